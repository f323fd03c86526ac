"""Uses examples/python as an outsider would: python_smoke.py <folder of the module>

With --make STORE it only makes a store with one good and one bad backup, and prints the ID of the good one.
"""

import os
import socket
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


def make_store(folder, url, more_of_agent_conf=""):
    root, dump = sample_tree.make(folder)
    with open(os.path.join(root, "var/lib/juju/agents/machine-0/agent.conf"), "a", encoding="ascii") as file:
        file.write(more_of_agent_conf)
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


def serve(folder, name, version, **options):
    root, dump = sample_tree.make(folder)
    create = {"root": root, "dump_dir": dump, "level": -1, "check_space": 0}
    return jujubackup.Server([("admin", "a secret"), ("bob", "another", False)], create, address="127.0.0.1:0",
                             state_dir=os.path.join(folder, name), version=version, **options)


def connect_options(server, **options):
    known = {"endpoints": [server.address], "ca_cert": server.ca_cert, "model_uuid": server.model_uuid, "user": "admin",
             "password": "a secret"}
    return jujubackup.ConnectOptions(**{**known, **options})


def connect(server, **options):
    return jujubackup.Controller(connect_options(server, **options))


def remote(folder):
    lines = []
    server, second = serve(folder, "one", "2.9.21", log=lines.append), serve(folder, "two", "2.9.21")
    assert expect("permission", connect, server, password="wrong secret").find("wrong secret") == -1
    expect("permission", connect, server, ca_cert=second.ca_cert)
    assert expect("invalid-argument", jujubackup.Server, [], address="127.0.0.1:0", state_dir=os.path.join(folder, "none"))
    controller = connect(server)
    assert (controller.version, controller.user, controller.endpoint) == ("2.9.21", "admin", server.address)
    assert {"create", "keep-copy", "stored", "upload"} < controller.offers < set(jujubackup.OFFERS), controller.offers

    backup = controller.create("from Python", keep_copy=True)
    backup_id = backup.metadata["id"]
    assert backup.metadata["notes"] == "from Python"
    assert [each["id"] for each in controller.list()] == [backup_id]
    assert controller.show(backup_id)["checksum"] == backup.metadata["checksum"]
    path = os.path.join(folder, "fetched.tar.gz")
    seen = set()
    assert controller.download(backup_id, path, job=jujubackup.Job(lambda phase, *_: seen.add(phase))) == os.path.getsize(path)
    assert 8 in seen, seen
    expect("exists", controller.download, backup, path)
    with jujubackup.Archive(path) as archive:
        assert archive.verify().verdict == "ok"
    with jujubackup.Store(os.path.join(folder, "kept")) as store:
        assert controller.download_into(backup_id, store)["id"] == backup_id
        assert store.verify(backup_id).verdict == "ok"

    # To another controller, and there through the functions for stores.
    with connect(second) as taker:
        assert taker.upload(path) == backup_id
        expect("exists", taker.upload, path)
    options = jujubackup.ConnectOptions(endpoints=[second.address], ca_cert=second.ca_cert, model_uuid=second.model_uuid, user="admin",
                                        password="a secret")
    with jujubackup.Store(options) as store:
        assert [each["id"] for each in store.list()] == [backup_id]
        store.remove(backup_id)
    second.stop(0)

    assert controller.remove(backup_id, "20200101-000000." + sample_tree.MODEL).keys() == {"20200101-000000." + sample_tree.MODEL}
    assert controller.list() == []
    controller.close()
    expect("not-found", server.write_client_dir, os.path.join(folder, "client"), "mine", "eve", "x")
    server.write_client_dir(os.path.join(folder, "client"), "mine", "admin", "a secret")
    found = jujubackup.ConnectOptions.from_client_dir(os.path.join(folder, "client"), environment=False)
    assert (found.controller_name, found.model_name, found.user) == ("mine", "admin/controller", "admin")
    assert found.endpoints and found.model_uuid == server.model_uuid

    # The program beside the module.
    def run(*arguments):
        program = os.path.join(sys.argv[1], "controller_backups.py")
        environment = {**os.environ, "JUJU_DATA": os.path.join(folder, "client")}
        return subprocess.run([sys.executable, "-B", program, *arguments], capture_output=True, text=True, check=False, env=environment)

    made = os.path.join(folder, "made.tar.gz")
    done = run("create", made)
    assert (done.returncode, done.stdout) == (0, f"{made}  {os.path.getsize(made)} bytes  ok\n"), done
    done = run("-m", "mine:admin/controller", "upload", path)
    assert (done.returncode, done.stdout) == (0, backup_id + "\n"), done
    done = run("list")
    assert (done.returncode, done.stdout) == (0, f"{backup_id}  {os.path.getsize(path)} bytes  from Python\n"), done
    done = run("download", backup_id, path)
    assert done.returncode == 1 and "already exists" in done.stderr, done
    assert run("remove", backup_id).returncode == 0
    assert run("remove", backup_id).returncode == 1
    assert run("remove").returncode == 2
    server.stop()
    server.close()
    assert lines and all(line.startswith("{") and "secret" not in line for line in lines), lines

    # A backup that the server restores on itself.
    database = os.path.join(folder, "database")
    sample_tree.write(database, sample_tree.DUMP)
    root = os.path.join(folder, "root")
    restoring = {"root": root, "staging_dir": folder, "private_address": "10.0.0.1", "overrides": ["dump-complete"]}
    with serve(folder, "restoring", "2.9.21", restore=(restoring, database)) as server:
        # As the server says that it is.
        sample_tree.write(root, {"var/lib/juju/agents/machine-0/agent.conf": sample_tree.AGENT_CONF.replace("2.9.37", "2.9.21"),
                                 "var/lib/juju/tools/2.9.21-ubuntu-amd64/jujud": "#!/bin/sh\n"})
        with connect(server) as controller:
            assert "restore" in controller.offers
            kept = controller.create("before the disaster", keep_copy=True).metadata["id"]
        os.unlink(os.path.join(root, "var/lib/juju/server.pem"))
        os.unlink(os.path.join(database, "juju/controllerNodes.bson"))
        stages = []
        options = connect_options(server)
        expect("not-found", jujubackup.restore_controller, options, "20200101-000000." + sample_tree.MODEL)
        done = jujubackup.restore_controller(options, kept, event=lambda stage, *_: stages.append(stage), dial_ms=(20, 60_000))
        assert (done["backup_id"], done["uploaded"], done["version_after"]) == (kept, False, "2.9.21"), done
        assert stages[0] == "checking" and stages[-1] == "finishing", stages
        assert read(os.path.join(root, "var/lib/juju/server.pem")) == b"certificate\n"
        assert read(os.path.join(database, "juju/controllerNodes.bson")) == sample_tree.DUMP["juju/controllerNodes.bson"]
        assert jujubackup.finish_controller_restore(options) == "nothing"

    # What can be had once.
    with serve(folder, "three", "3.6.3") as server, connect(server) as controller:
        assert controller.offers == {"create", "one-shot"}
        expect("unsupported", controller.list)
        backup = controller.create()
        assert backup.one_shot and backup.remote_path
        assert controller.download(backup, os.path.join(folder, "once.tar.gz")) == backup.metadata["size-bytes"]


CLIENT = {
    "controllers.yaml": "controllers:\n  prod:\n    uuid: 0f5e9b7c-5555-4666-8777-2b1d3c4e5f60\n    api-endpoints: ['10.9.8.7:17070']\n"
                        "current-controller: prod\n",
    "accounts.yaml": "controllers:\n  prod: {user: admin, password: hush-admin}\n",
}


def read(path):
    with open(path, "rb") as file:
        return file.read()


def encryption(folder):
    identity, recipient = jujubackup.keygen()
    other, other_recipient = jujubackup.keygen()
    stranger = jujubackup.Identities(jujubackup.keygen()[0])
    recipients = jujubackup.Recipients(recipient, other_recipient)
    store, record, copy = make_store(folder, os.path.join(folder, "plain"))
    store.close()
    path = copy + ".age"
    assert jujubackup.encrypt(copy, path, recipients) == os.path.getsize(path)
    expect("exists", jujubackup.encrypt, copy, path, recipients)
    jujubackup.encrypt(copy, path, recipients, armor=True, replace=True)
    for text in (identity, other):
        identities = jujubackup.Identities(text)
        assert jujubackup.decrypt(path, copy, identities, replace=True) == record["size-bytes"]
        with jujubackup.Archive(path, identities) as archive:
            assert archive.metadata()["notes"] == "made in Python"
        assert jujubackup.verify_file(path, identities).verdict == "ok"
    expect("permission", jujubackup.decrypt, path, copy, stranger, replace=True)
    expect("permission", jujubackup.Archive, path, stranger)
    assert any(finding["code"] == "encrypted-not-opened" for finding in jujubackup.verify_file(path).findings)
    expect("invalid-argument", jujubackup.Recipients, "age1x")
    expect("not-found", jujubackup.Identities, files=[os.path.join(folder, "nothing")])
    by_passphrase = jujubackup.Recipients(passphrase="open sesame", work_factor=2)
    jujubackup.encrypt(copy, path, by_passphrase, replace=True)
    jujubackup.decrypt(path, copy, jujubackup.Identities(passphrase="open sesame"), replace=True)
    expect("permission", jujubackup.decrypt, path, copy, jujubackup.Identities(passphrase="open barley"), replace=True)

    url = os.path.join(folder, "encrypted")
    backup_id = record["id"]
    with jujubackup.Store(url) as store:
        added = store.add(copy, recipients=recipients, bare_record=True)
        assert added["encrypted"] and "made in Python" not in str(added), added
        expect("permission", store.open, backup_id)
        assert any(finding["code"] == "encrypted-not-opened" for finding in store.verify(backup_id).findings)
    with jujubackup.Store(url, jujubackup.Identities(other)) as store:
        assert [each["id"] for each in store.list()] == [backup_id]
        assert store.verify(backup_id).verdict == "ok"
        assert store.open(backup_id).metadata()["notes"] == "made in Python"
        store.save(backup_id, path, replace=True)
        assert read(path).startswith(b"age-encryption.org/v1")
        saved = os.path.join(folder, "saved.tar.gz")
        store.save(backup_id, saved, decrypt=True)
        assert read(saved) == read(copy)
        store.remove(backup_id)
        root, dump = sample_tree.make(folder)
        created = store.create(recipients=recipients, root=root, dump_dir=dump, level=-1, check_space=0)
        assert created["encrypted"] and store.verify(created["id"]).verdict == "ok"


def client(folder):
    home = os.path.join(folder, "home")
    directory = os.path.join(home, ".local/share/juju")
    sample_tree.write(directory, CLIENT)
    os.environ.update(HOME=home, TMPDIR=folder)
    for name in ("JUJU_DATA", "XDG_DATA_HOME", "JUJU_COOKIEFILE", "GOCOOKIES"):
        os.environ.pop(name, None)
    identity, recipient = jujubackup.keygen()
    identities = jujubackup.Identities(identity)
    path, record = jujubackup.backup_client(folder, recipients=jujubackup.Recipients(recipient), utc=True)
    assert os.path.dirname(path) == folder and path.endswith(".tar.gz.age"), path
    assert [controller["name"] for controller in record["controllers"]] == ["prod"], record
    assert "hush" not in str(record)
    assert jujubackup.show_client_backup(path, identities)["controllers"] == record["controllers"]
    assert jujubackup.verify_client_backup(path, identities).verdict == "ok"
    expect("permission", jujubackup.show_client_backup, path)

    target = os.path.join(folder, "target")
    plan = jujubackup.restore_client(path, identities, dry_run=True, directory=target)
    assert {step["path"]: step["action"] for step in plan["paths"]}["accounts.yaml"] == "create", plan
    jujubackup.restore_client(path, identities, directory=target)
    assert {name: read(os.path.join(target, name)).decode() for name in CLIENT} == CLIENT
    if jujubackup.unfinished_client_restore(target) is not None:
        jujubackup.end_client_restore("commit", target)
    with open(os.path.join(target, "accounts.yaml"), "w", encoding="ascii") as file:
        file.write("controllers: {}\n")
    expect("exists", jujubackup.restore_client, path, identities, directory=target)
    kept = jujubackup.restore_client(path, identities, directory=target, force=True)
    assert kept and jujubackup.unfinished_client_restore(target)[0] == "restored"
    jujubackup.end_client_restore("undo", target)
    assert read(os.path.join(target, "accounts.yaml")) == b"controllers: {}\n"
    expect("not-found", jujubackup.end_client_restore, "undo", target)
    expect("not-found", jujubackup.restore_client, path, identities, directory=target, controllers=["nobody"])

    # The program beside the module.
    def run(*arguments):
        program = os.path.join(sys.argv[1], "encrypted_backup.py")
        done = subprocess.run([sys.executable, "-B", program, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done
        return done.stdout.splitlines()

    key = os.path.join(folder, "key.txt")
    [recipient] = run("keygen", key)
    assert os.stat(key).st_mode & 0o777 == 0o600
    [made] = run("client", os.path.join(folder, "home"), recipient)
    shown = run("show", made, key)
    assert shown[0] == "prod  admin  0 models" and any(line.split() == ["same", "accounts.yaml"] for line in shown), shown
    run("encrypt", key, recipient)
    content = read(key)
    second = os.path.join(folder, "second.txt")
    os.rename(key, second)
    run("decrypt", key + ".age", second)
    assert read(key) == content


class Services:
    """Services that only remember."""

    def __init__(self):
        self.calls, self.active, self.known, self.problem = [], {"jujud-machine-0"}, set(), None

    def start(self, machine, address, service):
        self.calls.append(f"start {service}")
        if self.problem is not None:
            raise self.problem
        self.active.add(service)

    def stop(self, machine, address, service):
        assert (machine, address) == ("0", ""), (machine, address)
        self.calls.append(f"stop {service}")
        self.active.discard(service)

    def is_active(self, machine, address, service):
        return service in self.active

    def is_known(self, service):
        return service in self.known

    def install(self, unit_file):
        self.calls.append(f"install {os.path.basename(unit_file)}")
        self.known.add(os.path.basename(unit_file).removesuffix(".service"))

    def uninstall(self, service):
        self.known.discard(service)


def tree(folder):
    """What is below a folder, without what restores keep."""
    found = {}
    for at, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not os.path.join(at, name).endswith("/var/lib/juju/restore")]
        for name in files:
            path = os.path.join(at, name)
            found[os.path.relpath(path, folder)] = (os.stat(path).st_mode, read(path))
    return found


def restore(folder):
    os.environ.update(TMPDIR=folder)
    # The API server that a restore waits for; the system accepts its connections.
    listener = socket.create_server(("127.0.0.1", 0))
    store, record, archive_path = make_store(folder, os.path.join(folder, "store"), f"apiport: {listener.getsockname()[1]}\n")
    store.close()
    root = os.path.join(folder, "root")
    sample_tree.write(root, {"etc/systemd/system/jujud-machine-0.service": "[Unit]\n"})
    good = tree(root)
    sample_tree.write(root, {"var/lib/juju/server.pem": "wrong\n", "var/lib/juju/nonce.txt": "wrong\n"})
    os.unlink(os.path.join(root, "var/lib/juju/system-identity"))
    broken = tree(root)
    machine = {"root": root, "kind": "files-only"}
    services, archive = Services(), jujubackup.Archive(archive_path)
    tools = jujubackup.RestoreTools(services=services, **machine)

    assert jujubackup.backup_facts(archive)["controller-model-uuid"] == sample_tree.MODEL
    assert jujubackup.target_facts(tools, **machine)["machine"] == "0"
    plan = jujubackup.RestorePlan(archive, tools, **machine)
    assert plan.kind == "files-only" and not plan.blocked and [step["name"] for step in plan.steps][0] == "stop-agent"
    assert {check["name"]: check["state"] for check in plan.checks}["archive-verified"] == "ok"
    assert "Steps of files-only" in str(plan)
    assert jujubackup.RestorePlan(archive, root=root, kind="database-only").blocked
    for wrong in ({"kind": "everything"}, {"root": None}):
        try:
            jujubackup.RestorePlan(archive, **wrong)
            raise AssertionError(wrong)
        except (ValueError, TypeError):
            pass

    # Not confirmed; a callback that raises; a service that does not start; all of it undone.
    asked = []
    expect("cancelled", plan.run, archive, tools, confirm=lambda plan: asked.append(plan.kind))
    assert asked == ["files-only"] and services.calls == []
    events = []

    def tell(what, step, text):
        events.append((what, step))
        if (what, step) == ("ends", "unpack-root"):
            raise KeyError("enough")

    try:
        plan.run(archive, tools, event=tell)
        raise AssertionError("not stopped")
    except KeyError:
        pass
    assert ("undo-ends", "stop-agent") in events and tree(root) == broken, events
    assert jujubackup.find_restore(root) is None
    services.problem = OSError("the unit is masked")
    report = plan.run(archive, tools, undo_on_failure=False)
    assert report.state == "failed" and "the unit is masked" in report.error, report.error
    services.problem = None
    assert jujubackup.resume_restore(archive, tools, root).state == "restored"
    assert tree(root) == good
    expect("exists", plan.run, archive, tools)
    report = jujubackup.find_restore(root)
    assert report.state == "restored" and report.error == "" and report.commands_after == [] and report.data["kind"] == "files-only"
    assert "restored" in str(report)
    assert jujubackup.undo_restore(tools, root).state == "undone"
    assert tree(root) == broken
    tools.close()
    archive.close()

    # The program beside the module, with a folder for a database.
    database = os.path.join(folder, "database")
    sample_tree.write(database, {**sample_tree.DUMP, "juju/models.bson": sample_tree.document(_id=sample_tree.MODEL, name="lost")})
    tools_dir = os.path.join(folder, "bin")
    sample_tree.write(tools_dir, {"systemctl": "#!/bin/sh\n"})
    os.chmod(os.path.join(tools_dir, "systemctl"), 0o755)
    environment = {**os.environ, "PATH": tools_dir + ":" + os.environ["PATH"]}

    def run(code, *arguments, answer=""):
        command = [sys.executable, "-B", os.path.join(sys.argv[1], "restore.py"), *arguments, "--root", root]
        if arguments[0] != "commit":
            command += ["--database-dir", database, "--kind", "full-machine", "--override", "dump-complete",
                        "--private-address", "10.0.0.1"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, input=answer)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    assert "Steps of full-machine" in run(0, "check", archive_path).stdout
    assert "not confirmed" in run(1, "run", archive_path, answer="no\n").stderr
    assert tree(root) == broken
    done = run(0, "run", archive_path, answer="yes\n")
    assert "unpack-root ends\n" in done.stderr, done.stderr
    assert read(os.path.join(database, "juju/models.bson")) == sample_tree.DUMP["juju/models.bson"]
    run(0, "undo")
    assert tree(root) == broken and b"lost" in read(os.path.join(database, "juju/models.bson"))
    run(0, "run", archive_path, "--yes")
    run(0, "commit")
    assert {name: content for name, (_, content) in tree(root).items() if "agent.conf" not in name} == {
        name: content for name, (_, content) in good.items() if "agent.conf" not in name}
    assert "restore.py: " in run(1, "undo").stderr
    listener.close()


# Stands in for juju, ssh and scp.
STAND_IN = """#!/bin/sh
case "${0##*/}" in
ssh|scp) echo "$@" >> "${0%/*}/log"; exit 0;;
esac
case "$1" in
version) echo 2.9.37-ubuntu-amd64;;
help) printf -- '--agent-version (= "")\\n--bootstrap-series\\n--bootstrap-base\\n--no-default-model\\n';;
status) exit 1;;
bootstrap) echo Creating the controller
  echo 'controllers: {prod: {uuid: new, api-endpoints: ["127.0.0.1:9"]}}' > $JUJU_DATA/controllers.yaml
  echo 'controllers: {prod: {user: admin, password: new}}' > $JUJU_DATA/accounts.yaml;;
esac
"""
CA = """cacert: |
  -----BEGIN CERTIFICATE-----
  SU5WRU5URUQ6IG5vIGNlcnRpZmljYXRl
  -----END CERTIFICATE-----
caprivatekey: |
  -----BEGIN RSA PRIVATE KEY-----
  SU5WRU5URUQ6IG5vIGtleQ==
  -----END RSA PRIVATE KEY-----
"""


def rebootstrap(folder):
    store, _, path = make_store(folder, os.path.join(folder, "store"), CA)
    store.close()
    client_dir, programs = os.path.join(folder, "client"), os.path.join(folder, "bin")
    gone = "controllers: {prod: {uuid: 0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b, api-endpoints: ['127.0.0.1:1']}}\n"
    sample_tree.write(client_dir, {"controllers.yaml": gone, "accounts.yaml": "controllers: {prod: {user: admin, password: hush}}\n",
                                   "bootstrap-config.yaml": "controllers: {prod: {cloud: aws, region: eu}}\n"})
    sample_tree.write(programs, {name: STAND_IN for name in ("juju", "ssh", "scp")})
    for name in os.listdir(programs):
        os.chmod(os.path.join(programs, name), 0o755)
    events = []
    options = {"controller": "prod", "client_dir": client_dir, "juju": os.path.join(programs, "juju"), "dial_timeout_ms": 2000,
               "program": "/usr/bin/jujubackup", "archive": path, "scp": os.path.join(programs, "scp"), "arguments": ["--allow-downgrade"]}
    with jujubackup.Archive(path) as archive:
        expect("not-found", jujubackup.Rebootstrap, archive, **{**options, "controller": "nobody"})
        with jujubackup.Rebootstrap(archive, event=lambda kind, text: events.append((kind, text)), **options) as new:
            assert (new.controller, new.restores_over_api) == ("prod", False) and "juju" in str(new) and "hush" not in str(new)
            new.run()
            assert ("output", "Creating the controller") in events, events
            found = jujubackup.ConnectOptions.from_client_dir(new.client_dir, controller="prod", environment=False)
            assert found.endpoints == ["127.0.0.1:9"]
            assert read(os.path.join(client_dir, "controllers.yaml")).decode() == gone
            new.restore_over_ssh(jujubackup.RestoreTools(machine=False, settings={"ssh_program": os.path.join(programs, "ssh")}))
            assert b"--yes --allow-downgrade" in read(os.path.join(programs, "log"))
            new.adopt()
    assert b"127.0.0.1:9" in read(os.path.join(client_dir, "controllers.yaml"))


with tempfile.TemporaryDirectory() as scratch:
    if sys.argv[2:3] == ["--make"]:
        print(make_store(scratch, sys.argv[3])[1]["id"])
    else:
        for test in (smoke, remote, encryption, client, restore, rebootstrap):
            folder_of_test = os.path.join(scratch, test.__name__)
            os.mkdir(folder_of_test)
            test(folder_of_test)
