"""What the commands do to backups, and exactly what they print."""
import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

from cli_support import ID_PATTERN, JUJU_ID, MODEL, CliTest, juju_archive, juju_metadata, make_tree

TREE = None


def setUpModule():
    global TREE
    TREE = make_tree(pathlib.Path(tempfile.mkdtemp(prefix="jujubackup-cli-")) / "tree", 1)


def tearDownModule():
    shutil.rmtree(TREE.parent)


def twelve_lines(checksum, size, stored="0001-01-01 00:00:00 +0000 UTC", backup_id="", form="SHA-1, base64 encoded"):
    return (f'backup ID:       "{backup_id}"\n'
            f'checksum:        "{checksum}"\n'
            f'checksum format: "{form}"\n'
            f"size (B):        {size}\n"
            f"stored:          {stored}\n"
            "started:         2016-10-13 09:15:00 +0000 UTC\n"
            "finished:        2016-10-13 09:15:20 +0000 UTC\n"
            'notes:           "before \\"R&D\\" upgrade"\n'
            f'model ID:        "{MODEL}"\n'
            'machine ID:      "0"\n'
            'created on host: "juju-aa01-0"\n'
            "juju version:    2.0.0\n")


class BackupTest(CliTest):
    def create(self, *words):
        result = self.run_cli("create-backup", "--root", TREE / "root", "--dump", TREE / "juju-backup/dump", "--hostname", "ctrl-0", *words)
        self.assertEqual(result.code, 0, result)
        return result

    def created_id(self, *words):
        return self.create(*words).out.splitlines()[0]

    def juju_file(self, **options):
        path = self.dir / "from-juju.tar.gz"
        self.sha1 = juju_archive(path, **options)
        return path


class Create(BackupTest):
    def test_prints_the_id_alone(self):
        result = self.create("before upgrade")
        self.assertRegex(result.out, rf"^{ID_PATTERN}\n$")
        self.assertEqual(result.err, "")
        backup_id = result.out.strip()
        self.check(self.run_cli("backups"), 0, result.out)
        record = json.loads(self.run_cli("show-backup", backup_id, "--format", "json").out)
        self.assertEqual(record["id"], backup_id)
        self.assertIn("before upgrade", json.dumps(record))
        data = (self.store / f"juju-backup-{backup_id}.tar.gz").read_bytes()
        text = self.run_cli("show-backup", backup_id).out
        self.assertIn(f'checksum:        "{base64.b64encode(hashlib.sha1(data).digest()).decode()}"\n', text)
        self.assertIn(f"size (B):        {len(data)}\n", text)
        self.assertIn('created on host: "ctrl-0"\n', text)

    def test_filename_makes_a_copy(self):
        copy = self.dir / "copy.tar.gz"
        copy.write_text("an older one")
        base = ["create-backup", "--root", TREE / "root", "--dump", TREE / "juju-backup/dump", "--filename", "copy.tar.gz"]
        self.check(self.run_cli(*base), 1, "", "ERROR file copy.tar.gz exists already; --force replaces it\n")
        self.assertEqual((copy.read_text(), self.stored_files()), ("an older one", []))
        result = self.create("--filename", "copy.tar.gz", "--force")
        backup_id, line = result.out.splitlines()
        self.assertEqual(line, "downloading to copy.tar.gz")
        self.assertEqual(result.err, "")
        self.assertEqual(copy.read_bytes(), (self.store / f"juju-backup-{backup_id}.tar.gz").read_bytes())
        self.assertEqual(stat.S_IMODE(copy.stat().st_mode), 0o600)

    def test_style_2_8_and_json(self):
        text = self.create("--style", "2.8").out
        self.assertTrue(text.startswith("\nbackup ID:             "), text)
        self.assertTrue(text.endswith(" \n\n"), text)
        backup_id = re.search(ID_PATTERN, text)[0]
        self.run_cli("remove-backup", backup_id)
        self.assertRegex(json.loads(self.create("--format", "json").out)["id"], ID_PATTERN)

    def test_failures(self):
        base = ["create-backup", "--root", TREE / "root", "--dump"]
        result = self.run_cli(*base, self.dir / "nothing")
        self.assertEqual((result.code, result.out), (1, ""), result)
        self.assertRegex(result.err, r"^ERROR .*nothing.*\n$")
        (self.dir / "empty").mkdir()
        result = self.run_cli(*base, self.dir / "empty")
        self.assertEqual((result.code, result.out), (1, ""), result)
        self.assertIn("too few files in dump dir (0)", result.err)
        self.assertEqual(self.stored_files(), [])

    def test_what_is_left_out_is_a_warning_or_with_strict_an_error(self):
        dump = self.dir / "dump"
        shutil.copytree(TREE / "juju-backup/dump", dump)
        os.mkfifo(dump / "juju" / "pipe")
        words = ["create-backup", "--root", TREE / "root", "--dump", dump]
        result = self.run_cli(*words, "--strict")
        self.assertEqual((result.code, result.out), (1, ""), result)
        self.assertEqual(self.stored_files(), [])
        result = self.run_cli(*words)
        self.assertEqual(result.code, 0, result)
        self.assertRegex(result.err, r"(?m)^WARNING .*pipe.*$")

    def test_mongodump_gets_no_password_on_its_command_line(self):
        tool = self.dir / "mongodump"
        tool.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$LOG.args"\ncat > "$LOG.input"\n'
                        'while [ $# -gt 0 ]; do case $1 in --out) out=$2;; --out=*) out=${1#--out=};; esac; shift; done\n'
                        'cp -r "$DUMP/." "$out"\n')
        tool.chmod(0o755)
        secret = self.dir / "secret"
        secret.write_text("correct horse\n")
        env = {"LOG": str(self.dir / "log"), "DUMP": str(TREE / "juju-backup/dump")}
        result = self.run_cli("create-backup", "--root", TREE / "root", f"--mongodump={tool}", "--mongo-password-file", secret,
                              "--mongo-user", "machine-7", "--mongodump-arg=--quiet", "--work-dir", self.dir, env=env)
        self.assertEqual(result.code, 0, result)
        arguments = (self.dir / "log.args").read_text()
        self.assertIn("machine-7\n", arguments)
        self.assertIn("--quiet\n", arguments)
        self.assertNotIn("horse", arguments)
        self.assertIn("correct horse", (self.dir / "log.input").read_text())
        self.assertEqual([p.name for p in self.dir.iterdir() if p.is_dir() and p.name != "store"], [])
        secret.write_text("")
        result = self.run_cli("create-backup", "--root", TREE / "root", f"--mongodump={tool}", "--mongo-password-file", secret, env=env)
        self.check(result, 1, "", f"ERROR the password file {secret} is empty\n")


class Show(BackupTest):
    def test_a_file(self):
        path = self.juju_file()
        size = path.stat().st_size
        for target in (str(path), "./from-juju.tar.gz", "from-juju.tar.gz"):
            self.check(self.run_cli("show-backup", target), 0, twelve_lines("", size, form=""))
        self.check(self.run_cli("show-backup", "--checksum", path), 0, twelve_lines(self.sha1, size))
        record = json.loads(self.run_cli("show-backup", path, "--format=json").out)
        self.assertEqual(record["notes"], 'before "R&D" upgrade')
        self.assertNotIn("KEY", json.dumps(record))

    def test_what_is_neither_an_id_nor_a_file(self):
        message = f'ERROR backup metadata "x" not found (neither an ID in the store file:{self.store} nor a file of that name)\n'
        for command in (["show-backup"], ["verify-backup"], ["list-files"], ["get-backup"], ["extract-backup", "--to", "y"]):
            with self.subTest(command=command):
                self.check(self.run_cli(*command, "x"), 1, "", message)
        result = self.run_cli("show-backup", "./x")
        self.assertEqual(result.code, 1)
        self.assertRegex(result.err, r"^ERROR .*\./x.*No such file or directory.*\n$")
        self.assertFalse((self.dir / "y").exists())

    def test_the_private_key_is_shown_only_when_asked_for(self):
        path = self.juju_file()
        self.check(self.run_cli("show-backup", "--ca-private-key", path), 0, "-----KEY-----\n")
        self.assertEqual(self.run_cli("add-backup", path).code, 0)
        self.check(self.run_cli("show-backup", "--ca-private-key", JUJU_ID), 0, "-----KEY-----\n")
        for words in (["show-backup", JUJU_ID], ["backups"], ["verify-backup", JUJU_ID], ["list-files", "-l", JUJU_ID]):
            for form in ("text", "json", "yaml"):
                result = self.run_cli(*words, "--format", form)
                self.assertNotIn("KEY", result.out + result.err)
        self.check(self.run_cli("show-backup", "--ca-private-key", self.created_id("--juju-version", "3.5.4")), 1, "",
                   "ERROR the metadata in this archive holds no CA private key\n")

    def test_facts(self):
        path = self.juju_file()
        result = self.run_cli("show-backup", "--facts", path)
        self.assertIn(f"models:           1\n  {MODEL}  admin/controller on aws (iaas)\n", result.out)
        facts = json.loads(self.run_cli("show-backup", "--facts", self.created_id(), "--format=json").out)
        self.assertEqual((facts["agent-version"], facts["ha-nodes"], facts["controller-nodes"]), ("3.5.4", 1, ["0"]))
        self.assertEqual([cloud["name"] for cloud in facts["clouds"]], ["aws"])
        self.assertEqual(len(facts["models"]), 12)
        self.assertEqual(facts["controller-machines"], [{"id": "0", "base": "ubuntu@22.04"}])

    def test_listing_in_other_forms(self):
        self.check(self.run_cli("backups", "--format", "yaml"), 0, "[]\n")
        first = self.created_id()
        self.assertEqual(self.run_cli("add-backup", self.juju_file()).code, 0)
        self.check(self.run_cli("backups"), 0, f"{JUJU_ID}\n{first}\n")
        listing = json.loads(self.run_cli("backups", "--format", "json").out)
        self.assertEqual([record["id"] for record in listing], [JUJU_ID, first])
        self.assertEqual(listing[0], json.loads(self.run_cli("show-backup", JUJU_ID, "--format", "json").out))
        yaml = self.run_cli("backups", "--format", "yaml").out
        self.assertEqual([line[:1] for line in yaml.splitlines()].count("-"), 2)

    def test_problems_are_warnings(self):
        self.store.mkdir()
        (self.store / "juju-backup-20200101-000000.tar.gz").write_text("no archive")
        result = self.run_cli("backups")
        self.assertEqual((result.code, result.out), (0, ""), result)
        self.assertRegex(result.err, r"^WARNING juju-backup-20200101-000000\.tar\.gz: .*\nNo backups to display\.\n$")


class ListFiles(BackupTest):
    def test_names_and_long_form(self):
        path = self.juju_file()
        names = self.run_cli("list-files", path).out.splitlines()
        self.assertEqual(names[:2], ["juju-backup", "juju-backup/metadata.json"])
        self.assertIn("juju-backup/root.tar/var/lib/juju/server.pem", names)
        outer = self.run_cli("list-files", "--keep-root-tar", path).out.splitlines()
        self.assertEqual([n for n in names if not n.startswith("juju-backup/root.tar/")], outer)
        long = self.run_cli("list-files", "-l", path).out
        self.assertIn("drwx------     0/0                0 2016-10-13 09:15:00 juju-backup\n", long)
        self.assertIn("-rw-r-----     0/0               20 2016-10-13 09:15:00 juju-backup/root.tar/var/lib/juju/server.pem\n", long)

    def test_json(self):
        entries = json.loads(self.run_cli("list-files", self.juju_file(), "--format", "json").out)
        self.assertEqual(entries[0], {"path": "juju-backup", "type": "directory", "size": 0, "mode": "0700", "uid": 0, "gid": 0,
                                      "modified": "2016-10-13T09:15:00Z"})

    def test_names_cannot_drive_the_terminal(self):
        path = self.juju_file(extra=[("juju-backup/dump/juju/a\x1b[31m\n\u202eb\\.bson", b"")])
        result = self.run_cli("list-files", path)
        self.assertIn("juju-backup/dump/juju/a\\x1b[31m\\n\\u202eb\\.bson\n", result.out)
        for form in ("text", "json", "yaml"):
            for command in (["list-files"], ["list-files", "-l"], ["verify-backup"]):
                out = self.run_cli(*command, path, "--format", form).out
                self.assertNotIn("\x1b", out)
        entries = json.loads(self.run_cli("list-files", path, "--format=json").out)
        self.assertIn("juju-backup/dump/juju/a\x1b[31m\n\u202eb\\.bson", [entry["path"] for entry in entries])


class Verify(BackupTest):
    def test_good(self):
        backup_id = self.created_id()
        for depth in ("quick", "full"):
            result = self.run_cli("verify-backup", "--depth", depth, backup_id)
            self.assertEqual((result.code, result.err), (0, ""), result)
        report = json.loads(self.run_cli("verify-backup", backup_id, "--format", "json").out)
        self.assertEqual((report["verdict"], report["findings"]), ("ok", []))
        path = self.store / f"juju-backup-{backup_id}.tar.gz"
        good = base64.b64encode(hashlib.sha1(path.read_bytes()).digest()).decode()
        self.assertEqual(self.run_cli("verify-backup", path, "--sha1", good).code, 0)
        self.assertEqual(self.run_cli("verify-backup", path, "--sha1", good.swapcase()).code, 1)
        self.assertEqual(self.run_cli("verify-backup", path, "--sha256", "0" * 64).code, 1)

    def test_exit_codes(self):
        path = self.juju_file()
        self.assertEqual(self.run_cli("verify-backup", path).code, 0)
        data = path.read_bytes()
        path.write_bytes(data[:-20])
        result = self.run_cli("verify-backup", path)
        self.assertEqual((result.code, result.err), (1, ""), result)
        self.assertIn("gzip-truncated", result.out)
        path.write_text("no gzip at all")
        self.assertEqual(self.run_cli("verify-backup", path).code, 1)
        path = self.juju_file(without=["juju-backup/dump/oplog.bson"])
        result = self.run_cli("verify-backup", path)
        self.assertEqual((result.code, result.err), (3, ""), result)
        self.assertEqual(json.loads(self.run_cli("verify-backup", path, "--format=json").out)["verdict"], "warnings")

    def test_damage_in_the_store(self):
        backup_id = self.created_id()
        path = self.store / f"juju-backup-{backup_id}.tar.gz"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        self.assertEqual(self.run_cli("verify-backup", backup_id).code, 1)


class Extract(BackupTest):
    def test_everything(self):
        backup_id = self.created_id()
        result = self.run_cli("extract-backup", backup_id, "--to", "out")
        self.assertEqual((result.code, result.out), (0, ""), result)
        self.assertRegex(result.err, r"^extracted \d+ files, \d+ directories, 1 link \(.* MiB\) to out\n$")
        for ours, theirs in (("juju-backup/dump", "juju-backup/dump"), ("juju-backup/root", "root")):
            done = subprocess.run(["diff", "-r", "--no-dereference", TREE / theirs, self.dir / "out" / ours], capture_output=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (0, b""))
        mode = (self.dir / "out/juju-backup/root/var/lib/juju/server.pem").stat().st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        result = self.run_cli("extract-backup", backup_id, "--to", "out", "-q")
        self.assertEqual(result.code, 1, "what exists is not replaced")

    def test_some(self):
        path = self.juju_file()
        name = "juju-backup/root.tar/var/lib/juju/server.pem"
        self.check(self.run_cli("extract-backup", "-q", "--to", "out", path, name, "juju-backup/metadata.json"), 0, "")
        files = sorted(str(p.relative_to(self.dir / "out")) for p in (self.dir / "out").rglob("*") if p.is_file())
        self.assertEqual(files, ["juju-backup/metadata.json", "juju-backup/root/var/lib/juju/server.pem"])
        result = self.run_cli("extract-backup", "-q", "--to", "more", path, "juju-backup/nothing", "juju-backup/metadata.json")
        self.assertEqual(result.code, 1)
        self.assertRegex(result.err, r"^ERROR .*juju-backup/nothing.*\n$")
        self.assertTrue((self.dir / "more/juju-backup/metadata.json").exists())

    def test_keep_root_tar(self):
        self.check(self.run_cli("extract-backup", "-q", "--to", "out", "--keep-root-tar", self.juju_file()), 0, "")
        self.assertTrue((self.dir / "out/juju-backup/root.tar").is_file())
        self.assertFalse((self.dir / "out/juju-backup/root").exists())


class Keep(BackupTest):
    def test_add(self):
        path = self.juju_file()
        self.check(self.run_cli("add-backup", path), 0, JUJU_ID + "\n")
        self.assertEqual((self.store / f"juju-backup-{JUJU_ID}.tar.gz").read_bytes(), path.read_bytes())
        text = self.run_cli("show-backup", JUJU_ID).out
        stored = re.search(r"stored: +(.*)\n", text)[1]
        self.assertRegex(stored, r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC$")
        self.assertEqual(text, twelve_lines(self.sha1, path.stat().st_size, stored, JUJU_ID))
        result = self.run_cli("add-backup", path)
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertRegex(result.err, rf'^ERROR .*backup metadata "{JUJU_ID}" already exists\n$')

    def test_add_from_standard_input(self):
        with open(self.juju_file(), "rb") as archive:
            self.check(self.run_cli("add-backup", "-", stdin=archive), 0, JUJU_ID + "\n")
        piped = subprocess.run(["cat", self.juju_file()], capture_output=True, check=True).stdout
        self.run_cli("remove-backup", JUJU_ID)
        result = self.run_cli("add-backup", "-", stdin=None, input=piped, text=False)
        self.assertEqual((result.code, result.out), (0, JUJU_ID.encode() + b"\n"), result)

    def test_threads_change_nothing(self):
        path = self.juju_file(extra=[("juju-backup/dump/juju/noise.bin", os.urandom(1 << 20))])
        report = self.run_cli("verify-backup", "--format", "json", path)
        for threads in ("0", "1", "2", "5", "4000000000"):
            with self.subTest(threads=threads):
                self.check(self.run_cli("--threads", threads, "verify-backup", "--format", "json", path), report.code, report.out, report.err)
                self.check(self.run_cli("add-backup", "--threads=" + threads, path), 0, JUJU_ID + "\n")
                self.assertEqual((self.store / f"juju-backup-{JUJU_ID}.tar.gz").read_bytes(), path.read_bytes())
                self.run_cli("remove-backup", JUJU_ID)

    def test_add_refuses_what_is_bad(self):
        path = self.juju_file(extra=[("juju-backup/dump/juju/noise.bin", os.urandom(1 << 20))])
        path.write_bytes(path.read_bytes()[:-2000])
        result = self.run_cli("add-backup", path)
        self.assertEqual((result.code, result.out), (1, ""), result)
        self.assertEqual(self.stored_files(), [])
        self.assertRegex(result.err, r"^ERROR .*does not verify: .*\n$")
        self.check(self.run_cli("add-backup", path, "--accept-bad"), 0, JUJU_ID + "\n")
        self.check(self.run_cli("backups"), 0, JUJU_ID + "\n")

    def test_get(self):
        path = self.juju_file()
        self.run_cli("add-backup", path)
        name = f"juju-backup-{JUJU_ID}.tar.gz"
        self.check(self.run_cli("get-backup", JUJU_ID), 0, name + "\n")
        self.assertEqual((self.dir / name).read_bytes(), path.read_bytes())
        self.assertEqual(stat.S_IMODE((self.dir / name).stat().st_mode), 0o600)
        (self.dir / name).write_text("mine")
        self.check(self.run_cli("get-backup", JUJU_ID), 1, "", f"ERROR file {name} exists already; --force replaces it\n")
        self.assertEqual((self.dir / name).read_text(), "mine")
        self.check(self.run_cli("get-backup", JUJU_ID, "--force"), 0, name + "\n")
        self.assertEqual((self.dir / name).read_bytes(), path.read_bytes())
        self.check(self.run_cli("get-backup", "--filename", "sub.tgz", path), 0, "sub.tgz\n")
        result = self.run_cli("get-backup", JUJU_ID, "--filename", "-", text=False)
        self.assertEqual((result.code, result.out, result.err), (0, path.read_bytes(), b""))

    def test_remove(self):
        self.run_cli("add-backup", self.juju_file())
        self.check(self.run_cli("remove-backup", JUJU_ID), 0, f"successfully removed: {JUJU_ID}\n")
        self.check(self.run_cli("backups"), 0, "", "No backups to display.\n")
        self.assertEqual([n for n in self.stored_files() if n.startswith("juju-backup")], [])
        self.check(self.run_cli("remove-backup", JUJU_ID), 1, "",
                   f'ERROR backup metadata "{JUJU_ID}" not found (no ID in the store file:{self.store})\n')

    def test_remove_all_but_the_latest(self):
        self.check(self.run_cli("remove-backup", "--keep-latest"), 0, "", "WARNING no backups to remove\n")
        ids = []
        for day in (14, 13, 15):
            path = self.juju_file(metadata=juju_metadata(Started=f"2016-10-{day}T09:15:00Z"))
            ids.append(self.run_cli("add-backup", path).out.strip())
        removed = "".join(f"successfully removed: {i}\n" for i in (ids[1], ids[0]))
        self.check(self.run_cli("remove-backup", "--keep-latest", "ignored"), 0, f"{removed}kept: {ids[2]}\n")
        self.check(self.run_cli("remove-backup", "--keep-latest"), 0, "", f"WARNING no backups to remove, {ids[2]} most current\n")


class Examples(BackupTest):
    def test_list_backups(self):
        result = self.run_cli(self.store, program=os.environ["LIST_BACKUPS"])
        self.check(result, 0, "")
        self.run_cli("add-backup", self.juju_file())
        size = self.juju_file().stat().st_size
        result = self.run_cli(self.store, program=os.environ["LIST_BACKUPS"])
        self.assertRegex(result.out, rf"^{JUJU_ID}  {size} bytes  verified 20\d\d-\S+Z\n$")

    def test_verify_backup(self):
        program = os.environ["VERIFY_BACKUP"]
        path = self.juju_file()
        result = self.run_cli(path, program=program)
        self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertTrue(result.out.endswith(f"{path}: ok, SHA-1 {self.sha1}\n"), result)
        path.write_bytes(path.read_bytes()[:-20])
        result = self.run_cli(path, program=program)
        self.assertEqual(result.code, 1, result)
        self.assertIn("error gzip-truncated: ", result.out)
        self.assertEqual(self.run_cli("nothing", program=program).code, 1)
        self.assertEqual(self.run_cli(program=program).code, 2)


if __name__ == "__main__":
    unittest.main()
