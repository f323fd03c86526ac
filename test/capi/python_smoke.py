"""Uses examples/python as an outsider would: python_smoke.py <folder of the module>

With --make STORE it only makes a store with one good and one bad backup, and prints the ID of the good one.
"""

import os
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import jujubackup  # noqa: E402
import sample_tree  # noqa: E402


def expect(code, function, *arguments, **options):
    try:
        function(*arguments, **options)
    except jujubackup.Error as error:
        assert error.code == code, (error.code, str(error))
        return str(error)
    raise AssertionError(f"expected {code}")


def make_store(folder, url):
    root, dump = sample_tree.make(folder)
    store = jujubackup.Store(url)
    record = store.create(root=root, dump_dir=dump, notes="made in Python", level=-1, check_space=0)
    cut = os.path.join(folder, "cut.tar.gz")
    store.save(record["id"], cut)
    return store, record, cut


def smoke(folder):
    assert jujubackup.version().count(".") == 2
    store, record, copy = make_store(folder, os.path.join(folder, "store"))
    backup_id = record["id"]
    assert [each["id"] for each in store.list()] == [backup_id]
    assert store.problems == []
    assert store.show(backup_id) == record
    assert os.path.getsize(copy) == record["size-bytes"]
    expect("exists", store.save, backup_id, copy)
    assert store.save(backup_id, copy, replace=True) == record["size-bytes"]
    assert "already exists" in expect("exists", store.add, copy)
    assert expect("not-found", store.show, "x") == 'backup metadata "x" not found'

    for threads in (0, 1, 3):
        seen = set()
        job = jujubackup.Job(lambda phase, done, total: seen.add((phase, threading.get_ident())), threads=threads)
        report = store.verify(backup_id, job=job)
        assert report.verdict == "ok", str(report)
        assert seen == {(4, threading.get_ident())}, seen
        assert report.findings == []

    archive = store.open(backup_id)
    store.close()  # the archive does not need it
    assert archive.metadata()["notes"] == "made in Python"
    names = archive.names()
    assert names[:2] == ["juju-backup", "juju-backup/metadata.json"], names[:2]
    assert "juju-backup/root.tar/var/lib/juju/nonce.txt" in names
    assert archive.read("juju-backup/root.tar/var/lib/juju/nonce.txt") == b"user-admin:bootstrap"
    target = os.path.join(folder, "out")
    # All but the two files of etc, which Juju does not back up; and metadata.json and manifest.json.
    assert archive.extract(target) == len(sample_tree.DUMP) + len(sample_tree.ROOT) - 2 + 2
    with open(os.path.join(target, "juju-backup/dump/juju/models.bson"), "rb") as file:
        assert file.read() == sample_tree.DUMP["juju/models.bson"]

    # What a callback raises comes back to the caller, and an operation can be cancelled beforehand.
    def fails(*_):
        raise KeyError("mine")

    try:
        archive.verify(job=jujubackup.Job(fails))
        raise AssertionError("expected KeyError")
    except KeyError as error:
        assert error.args == ("mine",)
    job = jujubackup.Job()
    job.cancel()
    expect("cancelled", archive.extract, os.path.join(folder, "never"), job=job)
    archive.close()
    archive.close()

    with open(copy, "rb") as file:
        content = file.read()
    with open(copy, "wb") as file:
        file.write(content[: len(content) // 2])
    with jujubackup.Archive(copy) as bad:
        report = bad.verify()
        assert report.verdict == "bad"
        assert any(finding["severity"] == "error" for finding in report.findings), report.data
        assert "gzip-truncated" in str(report) or "seal-missing" in str(report), str(report)
    expect("not-found", jujubackup.Archive, os.path.join(folder, "nothing"))

    # The program beside the module.
    program = os.path.join(sys.argv[1], "list_backups.py")

    def run(*arguments):
        return subprocess.run([sys.executable, "-B", program, *arguments], capture_output=True, text=True, check=False)

    listed = run(os.path.join(folder, "store"))
    assert (listed.returncode, listed.stdout) == (0, f"{backup_id}  {record['size-bytes']} bytes  ok\n"), listed
    with jujubackup.Store(os.path.join(folder, "store")) as again:
        again.remove(backup_id)
        again.add(copy, accept_bad=True)
    listed = run(os.path.join(folder, "store"))
    assert listed.returncode == 2 and "  bad\n" in listed.stdout and "  error: " in listed.stdout, listed
    assert run("gopher://x").returncode == 1


with tempfile.TemporaryDirectory() as scratch:
    if sys.argv[2:3] == ["--make"]:
        print(make_store(scratch, sys.argv[3])[1]["id"])
    else:
        smoke(scratch)
