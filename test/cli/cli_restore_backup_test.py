"""restore-backup: on a machine below a root, over the API, and onto a controller that a stand-in for juju bootstraps."""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import textwrap
import unittest

from cli_controller_test import Served
from cli_support import PROGRAM, CliTest, can_trace

sys.path.append(str(pathlib.Path(__file__).parent.parent / "support"))
import juju_wire  # noqa: E402

DUMP = pathlib.Path(os.environ["TEST_DATA"]) / "dump"
CONTROLLER = "bda3b637-7972-47f7-87fd-a3f2d0c748a5"
MODEL = "1be318f6-9460-4fe1-8eb4-b1df2db23b53"  # that of the dump
SECRETS = ("Invented/State+Password0=", "invented-admin-password", "PRIVATE KEY")
CERT = "-----BEGIN CERTIFICATE-----\nSU5WRU5URUQ=\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nSU5WRU5URUQ=\n-----END RSA PRIVATE KEY-----\n"
WHO = "you must specify either a file or a backup id."
BOTH = "you must specify either a file or a backup id but not both."
NOWHERE = ("nothing to restore onto: this is no controller machine, and no controller is in use: -m names one, --root a machine's disk")
PATIENCE = 60


def block(text):
    return "|\n" + textwrap.indent(text, "  ")


def controller_root(root, version, cert=CERT, key=KEY):
    """A small controller machine's tree; every secret in it is invented."""
    data = root / "var/lib/juju"
    tools = f"{version}-ubuntu-amd64"
    files = {
        data / "agents/machine-0/agent.conf":
            "# format 2.0\ntag: machine-0\ndatadir: /var/lib/juju\nlogdir: /var/log/juju\nnonce: user-admin:bootstrap\n"
            "jobs:\n- JobManageModel\n- JobHostUnits\n"
            f"upgradedToVersion: {version}\ncacert: {block(cert)}stateaddresses:\n- localhost:37017\n"
            f"statepassword: Invented/State+Password0=\ncontroller: controller-{CONTROLLER}\nmodel: model-{MODEL}\n"
            "apiaddresses:\n- 10.9.8.7:17070\napipassword: Invented/Api+Password\noldpassword: invented-old-password\n"
            "values:\n  AGENT_SERVICE_NAME: jujud-machine-0\n"
            f"controllercert: {block(cert)}controllerkey: {block(key)}caprivatekey: {block(key)}"
            "apiport: 17070\nstateport: 37017\nsharedsecret: aW52ZW50ZWQ=\n"
            f"systemidentity: {block(key)}mongoversion: 4.4.30\n",
        data / "system-identity": key, data / "server.pem": cert + key, data / "shared-secret": "aW52ZW50ZWQ=",
        data / "nonce.txt": "user-admin:bootstrap", data / f"tools/{tools}/jujud": "#!/bin/sh\nexit 0\n",
        data / f"tools/{tools}/FORCE-VERSION": version,
        data / "init/jujud-machine-0/jujud-machine-0.service": "[Unit]\nDescription=juju agent for machine-0\n",
        root / "home/ubuntu/.ssh/authorized_keys": "ssh-rsa SU5WRU5URUQ= nobody\n",
        root / "etc/hostname": "juju-b23b53-0\n",
        root / "etc/os-release": 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\n'}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in (data / "agents/machine-0/agent.conf", data / "system-identity", data / "server.pem", data / "shared-secret"):
        path.chmod(0o600)
    (data / f"tools/{tools}/jujud").chmod(0o755)
    (data / "tools/machine-0").symlink_to(f"/var/lib/juju/tools/{tools}")
    units = root / "etc/systemd/system"
    units.mkdir(parents=True)
    (units / "jujud-machine-0.service").symlink_to("/var/lib/juju/init/jujud-machine-0/jujud-machine-0.service")
    return root


def database_folder(path):
    """The dump of the tests as the folder that stands for a database, with the modes that it gets there."""
    shutil.copytree(DUMP, path)
    for at in path.rglob("*"):
        at.chmod(0o700 if at.is_dir() else 0o600)
    return path


def tree(path):
    """Everything below it with type, mode, owner, content and link; of the work directory of restores nothing."""
    found = {}
    for at in sorted(path.rglob("*")):
        name = str(at.relative_to(path))
        if name.startswith("var/lib/juju/restore"):
            continue
        info = at.lstat()
        content = os.readlink(at) if at.is_symlink() else at.read_bytes() if at.is_file() else b""
        found[name] = (stat.S_IFMT(info.st_mode), stat.S_IMODE(info.st_mode), info.st_uid, info.st_gid, content)
    return found


def write_program(path, text):
    path.write_text(text)
    path.chmod(0o700)
    return path


class RestoreTest(CliTest):
    version = "3.6.22"  # as the database of the tests says

    def setUp(self):
        super().setUp()
        self.root = controller_root(self.dir / "root", self.version)
        self.database = database_folder(self.dir / "database")
        self.archive = self.make_archive()

    def make_archive(self, name="backup.tar.gz"):
        archive = self.dir / name
        # IDs have seconds, so that each backup has a store of its own.
        store = self.dir / f"store-of-{name}"
        result = self.run_cli("create-backup", "--root", self.root, "--dump", self.database, "--instance-id", "i-1", "--ha-nodes", "1",
                              "--filename", archive, env={"JUJUBACKUP_STORE": str(store)})
        self.assertEqual(result.code, 0, result)
        return archive

    def restore(self, *words, **options):
        result = self.run_cli("restore-backup", *words, **options)
        for secret in SECRETS:
            self.assertNotIn(secret, result.out + result.err)
        return result


class Arguments(RestoreTest):
    def test_wrong_command_lines(self):
        wrong = [
            ([], WHO), (["--id", ""], WHO), (["backup.tar.gz"], WHO), (["-b"], WHO), (["--yes", "--dry-run"], WHO),
            (["--id", "x", "--file", "y"], BOTH), (["-b", "--id", "x", "--file", "y"], BOTH),
            (["-b", "--id", "x"], "it is not possible to rebootstrap and restore from an id."),
            (["--file", "x", "--root", "r", "-m", "a:b"], "cannot mix --root and --model"),
            (["--file", "x", "--kind", "files-only", "-c", "a"], "cannot mix --kind and --controller"),
            (["--undo", "--commit"], "cannot mix --undo and --commit"), (["--resume", "--status"], "cannot mix --resume and --status"),
            (["--undo", "--dry-run"], "cannot mix --undo and --dry-run"), (["--commit", "-c", "a"], "cannot mix --commit and --controller"),
            (["--resume", "-b", "--file", "x"], "cannot mix --resume and --rebootstrap"), (["--resume"], WHO),
            (["--undo", "--file", "x"], "--undo takes no backup: it is about a restore that was begun"),
            (["--file", "x", "--root", "r", "--database-folder="], "missing folder for --database-folder"),
            (["--file", "x", "--kind", "all"], 'invalid value "all" for option --kind: expected one of database-only, full-machine, '
             "copy-controller, files-only, recover-survivor, single-then-enable-ha"),
            (["-b", "--file", "x"], "missing controller: -m or -c names the one to bootstrap again"),
            (["--file", "x", "--bootstrap"], "option provided but not defined: --bootstrap")]
        for words, message in wrong:
            with self.subTest(words=words):
                self.check(self.restore(*words), 2, "", f"ERROR {message}\n")

    def test_what_only_b_takes_is_named(self):
        self.check(self.restore("--file", "x", "--constraints", "mem=8G", "--upload-tools"), 1, "",
                   f"--constraints has no effect without -b\n--upload-tools has no effect without -b\nERROR {NOWHERE}\n")

    def test_nothing_to_restore_onto(self):
        for words in (["--id", "x"], ["--file", "backup.tar.gz", "what", "stands", "here"]):
            self.check(self.restore(*words), 1, "", f"ERROR {NOWHERE}\n")

    def test_a_controller_that_nobody_knows(self):
        result = self.restore("-c", "prod", "--file", self.archive)
        self.assertEqual((result.code, result.out, result.err), (2, "", "ERROR controller prod not found\n"))


def files_of(database):
    # A database without collections is none, whatever is left of its folder.
    return {k: v for k, v in tree(database).items() if stat.S_ISREG(v[0])}


def brought_back(database):
    """What mongorestore brings of it; the databases of backups and of mongod itself stay out of it, and the oplog is replayed."""
    return {k: v for k, v in database.items() if k != "oplog.bson" and k.split("/")[0] not in ("admin", "backups")}


class OnAMachine(RestoreTest):
    def setUp(self):
        super().setUp()
        self.staging = self.dir / "staging"
        self.staging.mkdir()
        self.old = self.now()

    def words(self, *more):
        return ["--root", self.root, "--database-folder", self.database, *more]

    def here(self, *more, **options):
        """restore-backup of the archive, as a whole machine."""
        return self.restore(*self.words("--kind", "full-machine", "--staging-dir", self.staging, "--file", self.archive, *more), **options)

    def now(self):
        return tree(self.root), files_of(self.database)

    def destroy(self):
        """All is lost: neither files nor database."""
        for name in ("var", "home"):
            shutil.rmtree(self.root / name)
        # Logs stay in the work directory after an undo.
        (self.root / "var/lib/juju").mkdir(parents=True)
        shutil.rmtree(self.database)
        self.database.mkdir()
        return self.now()

    def spoil(self):
        """Another state of the same machine, to which undo has to come back."""
        data = self.root / "var/lib/juju"
        (data / "nonce.txt").write_text("another")
        (data / "server.pem").unlink()
        (data / "tools/2.9.49-ubuntu-amd64").mkdir()
        conf = data / "agents/machine-0/agent.conf"
        conf.write_text(conf.read_text().replace("Invented/State+Password0=", "Invented/Other+Password0="))
        (self.database / "blobstore/blobstore.files.bson").write_bytes(b"")
        shutil.copy2(self.database / "juju/users.bson", self.database / "juju/younger.bson")
        shutil.copy2(self.database / "juju/users.bson", self.database / "juju/clouds.bson")
        for name in ("users.bson", "users.metadata.json"):
            (self.database / "juju" / name).unlink()
        return self.now()

    def is_restored(self):
        root, database = self.now()
        self.assertEqual(root, self.old[0])
        # What the backup does not know stays.
        database.pop("juju/younger.bson", None)
        self.assertEqual(brought_back(database), brought_back(self.old[1]))

    def unfinished(self):
        return self.run_cli("restore-backup", "--status", "--root", self.root)

    def test_destroyed_restored_and_committed(self):
        self.destroy()
        result = self.here("--yes")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(result.out.splitlines()[-1], f'restore from "{self.archive}" completed')
        steps = re.findall(r"^step (\d+) of (\d+): ", result.err, re.M)
        self.assertEqual([int(n) for n, _ in steps], list(range(1, int(steps[0][1]) + 1)), result)
        self.assertIn("You are about to restore this backup:\n", result.err)
        self.assertIn("    Juju version: 3.6.22\n    Models:       2\n", result.err)
        self.is_restored()
        # Another one has to wait.
        self.assertEqual(self.unfinished().code, 3)
        again = self.here("--yes")
        self.assertEqual((again.code, again.out), (1, ""), again)
        self.assertIn("--commit", again.err)
        result = self.run_cli("restore-backup", "--commit", *self.words())
        self.check(result, 0, "", "what was replaced is removed\n")
        self.check(self.unfinished(), 0, "", "no restore waits for its end\n")
        self.assertFalse((self.root / "var/lib/juju/restore").exists())
        self.is_restored()

    def test_undone_again(self):
        for change in (self.spoil, self.destroy):
            other = change()
            result = self.here("--yes")
            self.assertEqual(result.code, 0, result)
            self.assertNotEqual(self.now(), other)
            result = self.run_cli("restore-backup", "--undo", *self.words())
            self.assertEqual((result.code, result.out), (0, ""), result)
            self.assertTrue(result.err.endswith("what was replaced is back\n"), result)
            self.assertEqual(self.now(), other)
            self.check(self.unfinished(), 0, "", "no restore waits for its end\n")
            self.assertEqual(self.run_cli("restore-backup", "--undo", *self.words()).code, 1)

    def test_a_dry_run_changes_nothing(self):
        other = self.destroy()
        result = self.here("--dry-run")
        self.assertEqual((result.code, result.err), (3, ""), result)
        self.assertIn("Steps of full-machine\n", result.out)
        plan = json.loads(self.here("--dry-run", "--format", "json").out)
        self.assertEqual((plan["kind"], plan["blocked"]), ("full-machine", False))
        self.assertEqual(self.now(), other)
        self.assertEqual(os.listdir(self.staging), [])

    def test_json(self):
        self.destroy()
        result = self.here("--yes", "--format", "json")
        self.assertEqual(result.code, 0, result)
        report = json.loads(result.out)
        self.assertEqual({step["state"] for step in report["steps"]}, {"done"})

    def test_blocked(self):
        content = bytearray(self.archive.read_bytes())
        content[len(content) // 2] ^= 1
        self.archive.write_bytes(content)
        other = self.destroy()
        result = self.here("--yes")
        self.assertEqual(result.code, 1, result)
        self.assertEqual(result.err, "ERROR nothing was changed: the restore is blocked, see the checks\n")
        self.assertEqual(self.now(), other)

    def test_without_a_terminal_only_with_yes(self):
        other = self.destroy()
        # What is piped in is no answer.
        for text in ("", "y\n"):
            with self.subTest(text=text):
                with open(self.dir / "answers", "w+", encoding="utf-8") as answers:
                    answers.write(text)
                    answers.seek(0)
                    result = self.here(stdin=answers)
                self.assertEqual(result.code, 1)
                self.assertTrue(result.err.endswith("ERROR nothing was changed: there is no terminal to ask on, and --yes was not given\n"))
                self.assertNotIn("completed", result.out)
                self.assertEqual(self.now(), other)

    def on_a_terminal(self, answers):
        """Types one answer after each question; the exit code and what was to be seen."""
        master, slave = pty.openpty()
        words = [PROGRAM, "restore-backup", *map(str, self.words("--kind", "full-machine", "--staging-dir", self.staging, "--file",
                                                                 self.archive))]
        process = subprocess.Popen(words, stdin=slave, stdout=subprocess.DEVNULL, stderr=slave, env=self.environment(TERM="dumb"),
                                   cwd=self.dir)
        os.close(slave)
        seen = ""
        questions = 0
        while True:
            ready, _, _ = select.select([master], [], [], PATIENCE)
            try:
                piece = os.read(master, 4096) if ready else b""
            except OSError:  # the other side was closed
                piece = b""
            if not piece:
                break
            seen += piece.decode()
            while questions < len(answers) and seen.count("(y/N): ") > questions:
                os.write(master, answers[questions].encode())
                questions += 1
        os.close(master)
        return process.wait(PATIENCE), seen.replace("\r\n", "\n")

    def test_the_question(self):
        other = self.destroy()
        for answer in ("n\n", "\n", "NO\n"):
            with self.subTest(answer=answer):
                code, seen = self.on_a_terminal([answer])
                self.assertEqual(code, 1, seen)
                self.assertIn("Are you sure you want to proceed? (y/N): ", seen)
                self.assertTrue(seen.endswith("ERROR restore operation: aborted: nothing was changed\n"), seen)
                self.assertEqual(self.now(), other)
        code, seen = self.on_a_terminal(["\x04"])
        self.assertEqual(code, 1, seen)
        self.assertTrue(seen.endswith("ERROR no input: nothing was changed\n"), seen)
        self.assertEqual(self.now(), other)
        code, seen = self.on_a_terminal(["perhaps\n", "Yes\n"])
        self.assertEqual(code, 0, seen)
        self.assertIn('Invalid response "perhaps". Please answer (y/N): ', seen)
        self.is_restored()

    def struck(self, number, when):
        """A restore whose process gets that signal in its when-th sync; its exit code and standard error."""
        words = self.words("--kind", "full-machine", "--staging-dir", self.staging, "--file", self.archive, "--yes")
        done = subprocess.run(["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=fsync", "-e", f"inject=fsync:signal={number}:when={when}",
                               PROGRAM, "restore-backup", *map(str, words)], cwd=self.dir, env=self.environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=PATIENCE)
        return done.returncode, done.stderr

    @unittest.skipUnless(can_trace(), "no strace, or not allowed to trace")
    def test_killed_then_resumed_or_undone(self):
        other = self.spoil()
        for ending, when in (("--undo", 6), ("--undo", 25), ("--resume", 16)):
            with self.subTest(ending=ending, when=when):
                code, seen = self.struck("KILL", when)
                self.assertNotEqual(code, 0, seen)
                status = self.unfinished()
                self.assertEqual(status.code, 3, status)
                self.assertIn("interrupted", status.out)
                refused = self.here("--yes")
                self.assertEqual(refused.code, 1)
                self.assertIn("--resume --file", refused.err)
                if ending == "--undo":
                    self.assertEqual(self.run_cli("restore-backup", "--undo", *self.words()).code, 0)
                    self.assertEqual(self.now(), other)
                    continue
                result = self.restore("--resume", "--file", self.archive, *self.words())
                self.assertEqual(result.code, 0, result)
                self.assertEqual(result.out, f'restore from "{self.archive}" completed\n')
                self.is_restored()

    @unittest.skipUnless(can_trace(), "no strace, or not allowed to trace")
    def test_interrupted(self):
        other = self.spoil()
        code, seen = self.struck("INT", 16)
        self.assertEqual(code, 130, seen)
        self.assertRegex(seen, r"\neverything is as before: \d+ steps were undone\nERROR interrupted\n\Z")
        self.assertEqual(self.now(), other)

    def test_files_alone_need_no_database(self):
        root = tree(self.root)
        (self.root / "var/lib/juju/nonce.txt").unlink()
        (self.root / "var/lib/juju/server.pem").write_text("wrong")
        words = ["--kind", "files-only", "--root", self.root, "--yes", "--file", self.archive]
        result = self.restore(*words)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(tree(self.root), root)
        self.assertEqual(self.run_cli("restore-backup", "--commit", "--root", self.root).code, 0)
        result = self.restore("--kind", "full-machine", *words[2:])
        self.assertEqual(result.code, 1, result)
        self.assertEqual(tree(self.root), root)

    def test_a_step_that_fails_is_undone(self):
        self.destroy()
        # systemd's folder cannot be made where there is a file.
        shutil.rmtree(self.root / "etc/systemd")
        (self.root / "etc/systemd").write_text("")
        other = self.now()
        result = self.here("--yes")
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, r"\nundoing step 1 of \d+: ")
        self.assertRegex(result.err, r"\nERROR install-services: .*; everything is as before: \d+ steps were undone\n\Z")
        self.assertNotIn("completed", result.out)
        self.assertEqual(self.now(), other)
        self.check(self.unfinished(), 0, "", "no restore waits for its end\n")

    def test_an_id_of_the_store(self):
        self.assertEqual(self.run_cli("add-backup", self.archive).code, 0)
        (backup_id,) = [b["id"] for b in json.loads(self.run_cli("backups", "--format", "json").out)]
        self.destroy()
        result = self.restore("--id", backup_id, "--yes", "--kind", "full-machine", *self.words())
        self.assertEqual(result.code, 0, result)
        self.assertEqual(result.out.splitlines()[-1], f'restore from "{backup_id}" completed')
        self.is_restored()

    def test_an_encrypted_backup(self):
        key = self.dir / "key.txt"
        public = self.run_cli("keygen", "--output", key)
        self.assertEqual(public.code, 0, public)
        recipient = re.search(r"age1\w+", public.out + public.err)[0]
        self.assertEqual(self.run_cli("encrypt-backup", self.archive, "--encrypt-to", recipient, "--filename", "b.tar.gz.age").code, 0)
        self.destroy()
        result = self.restore("--file", "b.tar.gz.age", "--identity", key, "--yes", "--kind", "full-machine", *self.words())
        self.assertEqual(result.code, 0, result)
        self.is_restored()

    def test_a_database_folder_that_is_missing_is_not_made(self):
        for command in ("check-restore", "restore-backup"):
            words = [self.archive] if command == "check-restore" else ["--dry-run", "--file", self.archive]
            self.check(self.run_cli(command, "--root", self.root, "--database-folder", "none", *words), 1, "",
                       "ERROR the database folder none is not there\n")
        self.assertFalse((self.dir / "none").exists())

    def test_check_restore_asks_the_folder(self):
        result = self.run_cli("check-restore", *self.words(), self.archive)
        self.assertIn("\nok database: ", result.out)
        self.assertIn("\nok controller-model: ", result.out)


STAND_IN_JUJU = """#!{python}
# Keeps what it is told, and leaves in $JUJU_DATA what juju leaves there.
import json, os, pathlib, shutil, sys
kept = pathlib.Path({kept!r})
words = sys.argv[1:]
if words == ["version"]:
    print("{version}-ubuntu-amd64")
elif words == ["help", "bootstrap"]:
    print("--agent-version (= \\"\\")\\n--bootstrap-base\\n--bootstrap-series\\n--build-agent\\n--constraints\\n--no-default-model")
elif words[0] == "status":
    sys.exit("ERROR no answer")
elif words[0] == "bootstrap":
    (kept / "arguments").write_text(json.dumps(words))
    config = words[words.index("--config") + 1]
    shutil.copy2(config, kept / "config")
    print("Creating Juju controller")
    if (kept / "fails").exists():
        sys.exit("ERROR no quota")
    exec((kept / "made.py").read_text())
"""
MADE_WITHOUT_SERVER = """
pathlib.Path(os.environ["JUJU_DATA"], "controllers.yaml").write_text(
    "controllers:\\n  prod:\\n    uuid: 00000000-1111-4222-8333-444444444444\\n    api-endpoints: ['127.0.0.1:9']\\n")
"""


# The embedded controller as the new one. A real one would have UUIDs of its own until it is restored, and then those of the backup; this one
# has the latter all the time.
MADE_WITH_SERVER = """
import re, subprocess, textwrap
text = pathlib.Path(config).read_text()
pem = lambda key: textwrap.dedent(re.search("^" + key + ": [|]\\n((?:  .*\\n)+)", text, re.M)[1])
state = pathlib.Path({state!r})
state.mkdir(mode=0o700)
(state / "controller.json").write_text(json.dumps({{
    "controller-uuid": "{controller}", "model-uuid": "{model}", "ca-cert": pem("ca-cert"), "ca-private-key": pem("ca-private-key")}}))
(state / "password").write_text(re.search("^admin-secret: (.*)$", text, re.M)[1])
for folder in ({root!r}, {database!r}):
    os.makedirs(folder)
server = subprocess.Popen(
    [{program!r}, "serve", "--address", "127.0.0.1:0", "--emulate", "2.0", "--state-dir", state, "--client-dir", {made!r}, "--name", "prod",
     "--root", {root!r}, "--dump", {database!r}], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    start_new_session=True, text=True)
(kept / "pid").write_text(str(server.pid))
for line in server.stdout:
    if line.endswith(" backups\\n"):
        break
for file in pathlib.Path({made!r}).glob("*.yaml"):
    shutil.copy2(file, os.environ["JUJU_DATA"])
"""


class EveryFormat(CliTest):
    def test_restored(self):
        # What Juju of that version writes; the official tool refuses the last.
        for version, written in (("2.0.0", None), ("2.8.1", 1), ("3.4.5", 1), ("2.9.58", 2), ("3.6.22", 2)):
            with self.subTest(version=version):
                here = self.dir / version
                root, database = controller_root(here / "root", version), database_folder(here / "database")
                archive = here / "backup.tar.gz"
                made = self.run_cli("create-backup", "--root", root, "--dump", database, "--instance-id", "i-1", "--ha-nodes", "1",
                                    "--filename", archive, env={"JUJUBACKUP_STORE": str(here / "store")})
                self.assertEqual(made.code, 0, made)
                with tarfile.open(archive) as tar:
                    record = json.load(tar.extractfile("juju-backup/metadata.json"))
                self.assertEqual(record.get("FormatVersion"), written)
                old = tree(root), brought_back(files_of(database))
                for lost in (root / "var", root / "home", database):
                    shutil.rmtree(lost)
                database.mkdir()
                result = self.run_cli("restore-backup", "--root", root, "--database-folder", database, "--file", archive, "--kind",
                                      "full-machine", "--yes")
                self.assertEqual(result.code, 0, result)
                self.assertEqual((tree(root), files_of(database)), old)


class Bootstrap(RestoreTest):
    version = "2.9.50"

    def setUp(self):
        super().setUp()
        self.kept = self.dir / "kept"
        self.kept.mkdir()
        self.client = self.dir / "client"
        self.client.mkdir(mode=0o700)
        self.know_controller("127.0.0.1:1", CERT)
        self.stand_in("2.9.50")
        self.log = self.dir / "log"

    def know_controller(self, endpoint, cert):
        texts = {
            "controllers.yaml": f"controllers:\n  prod:\n    uuid: {CONTROLLER}\n    api-endpoints: ['{endpoint}']\n    cloud: aws\n"
                                f"    ca-cert: |\n{textwrap.indent(cert, '      ')}current-controller: prod\n",
            "accounts.yaml": "controllers:\n  prod:\n    user: admin\n    password: invented-admin-password\n",
            "models.yaml": f"controllers:\n  prod:\n    models:\n      admin/controller:\n        uuid: {MODEL}\n"
                           "    current-model: admin/controller\n",
            "bootstrap-config.yaml": "controllers:\n  prod:\n    cloud: aws\n    region: us-east-1\n    credential: mine\n"
                                     "    controller-config: {api-port: 17070}\n    model-config: {vpc-id: vpc-1}\n"}
        for name, text in texts.items():
            (self.client / name).write_text(text)
            (self.client / name).chmod(0o600)

    def stand_in(self, version, made=MADE_WITHOUT_SERVER):
        self.juju = write_program(self.dir / "stand-in-juju",
                                  STAND_IN_JUJU.format(python=sys.executable, kept=str(self.kept), version=version))
        (self.kept / "made.py").write_text(made)

    def stand_in_ssh(self, restore="exit 0"):
        """What is run there is logged; what restore-backup there does is told."""
        self.ssh = write_program(self.dir / "ssh", "#!/bin/sh\nfor word; do last=$word; done\n"
                                 f'echo "$last" >> {self.log}\ncase "$last" in *restore-backup*) echo step 1 of 1; {restore};; esac\n')
        self.scp = write_program(self.dir / "scp", f'#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\necho "copy $2 $3" >> {self.log}\n')

    def rebootstrap(self, *words, env=None):
        return self.restore("-b", "--file", self.archive, *words, env={
            "JUJU_DATA": str(self.client), "JUJUBACKUP_JUJU": str(self.juju), "JUJUBACKUP_STORE": None, **(env or {})})

    def test_a_plan_alone(self):
        before = tree(self.client)
        result = self.rebootstrap("--dry-run", "--constraints", "mem=8G cores=4")
        self.assertEqual(result.code, 0, result)
        self.assertIn(f'  {self.juju} bootstrap aws/us-east-1 prod --config <config> --credential mine --constraints "mem=8G cores=4" '
                      "--bootstrap-base ubuntu@22.04 --agent-version 2.9.50 --no-default-model\n", result.out)
        self.assertEqual(tree(self.client), before)
        self.assertFalse((self.kept / "arguments").exists())

    def test_over_ssh(self):
        self.stand_in_ssh()
        result = self.rebootstrap("--ssh", self.ssh, "--scp", self.scp, "--build-agent")
        self.assertEqual(result.code, 0, result)
        self.assertTrue(result.out.endswith(f'\nrestore from "{self.archive}" completed\n'), result)
        words = json.loads((self.kept / "arguments").read_text())
        self.assertIn("--build-agent", words)
        self.assertNotIn("invented-admin-password", str(words))
        config = (self.kept / "config").read_text()
        for part in ("admin-secret: invented-admin-password\n", "vpc-id: vpc-1\n", "BEGIN RSA PRIVATE KEY", "BEGIN CERTIFICATE"):
            self.assertIn(part, config)
        self.assertEqual(stat.S_IMODE((self.kept / "config").stat().st_mode), 0o600)
        self.assertEqual(self.log.read_text().splitlines(), [
            "mkdir -m 700 -p jujubackup-restore", f"copy {pathlib.Path(PROGRAM).resolve()} ubuntu@127.0.0.1:jujubackup-restore/jujubackup",
            "./jujubackup-restore/jujubackup --version", f"copy {self.archive} ubuntu@127.0.0.1:jujubackup-restore/backup.tar.gz",
            "sudo -n ./jujubackup-restore/jujubackup restore-backup --file jujubackup-restore/backup.tar.gz --yes --kind full-machine",
            "rm -rf -- jujubackup-restore"])
        for line in ("bootstrapping prod", "  Creating Juju controller", "restoring prod on 127.0.0.1", "  step 1 of 1"):
            self.assertIn(line + "\n", result.err)
        # The client knows it now, with the UUID of the backup and the account of before.
        controllers = (self.client / "controllers.yaml").read_text()
        self.assertIn("127.0.0.1:9", controllers)
        self.assertIn(CONTROLLER, controllers)
        self.assertEqual(sorted(p.name for p in self.client.iterdir()),
                         ["accounts.yaml", "bootstrap-config.yaml", "controllers.yaml", "models.yaml"])

    def test_a_bootstrap_that_fails_changes_nothing(self):
        (self.kept / "fails").touch()
        before = tree(self.client)
        result = self.rebootstrap()
        self.assertEqual(result.code, 1, result)
        self.assertIn("  ERROR no quota\n", result.err)
        self.assertRegex(result.err, r"\nERROR the client's directory is as it was; what juju knows of the new controller is in "
                         rf"{re.escape(str(self.client))}/rebootstrap-\w+/juju: cannot bootstrap new instance: juju bootstrap failed with exit code 1\n\Z")
        self.assertEqual({k: v for k, v in tree(self.client).items() if not k.startswith("rebootstrap-")}, before)

    def test_a_restore_that_fails_leaves_the_client_and_says_how_to_go_on(self):
        self.stand_in_ssh(restore="exit 1")
        before = tree(self.client)
        result = self.rebootstrap("--ssh", self.ssh, "--scp", self.scp)
        self.assertEqual(result.code, 1, result)
        self.assertNotIn("completed", result.out)
        self.assertIn("WARNING the new controller is there and the backup is not on it yet", result.err)
        self.assertRegex(result.err, r"  JUJU_DATA=\S+/juju \S+ scp -m prod:controller ")
        self.assertRegex(result.err, r"\nERROR restore-backup failed on 127\.0\.0\.1; [^\n]*\n\Z")
        self.assertEqual({k: v for k, v in tree(self.client).items() if not k.startswith("rebootstrap-")}, before)

    def test_no_juju(self):
        result = self.rebootstrap("--juju", "no-juju-here")
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertIn('ERROR program "no-juju-here" not found: bootstrapping is done by the juju of the user\n', result.err)

    def test_over_the_api_of_a_2_0_controller(self):
        shutil.rmtree(self.root)
        controller_root(self.root, "2.0.0")
        old = Served(self, "2.0", "old", create=False)
        state = json.loads((old.state / "controller.json").read_text())
        shutil.rmtree(self.root)
        controller_root(self.root, "2.0.0", state["ca-cert"], state["ca-private-key"])
        self.archive = self.make_archive("of-2.0.tar.gz")
        self.know_controller(old.address, state["ca-cert"])
        self.stand_in("2.0.2", MADE_WITH_SERVER.format(program=PROGRAM, state=str(self.dir / "new-state"), made=str(self.dir / "made"),
                                                       root=str(self.dir / "new-root"), database=str(self.dir / "new-database"),
                                                       controller=CONTROLLER, model=MODEL))
        self.addCleanup(self.end_new_controller)

        before = tree(self.client)
        result = self.rebootstrap()
        self.assertEqual(result.code, 1, result)
        self.assertIn(f"ERROR the old controller prod still answers at {old.address}; will not replace\n", result.err)
        self.assertEqual(tree(self.client), before)
        self.assertFalse((self.kept / "arguments").exists())

        old.kill()
        result = self.rebootstrap("--constraints", "mem=8G")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(result.out.splitlines()[-1], f'restore from "{self.archive}" completed')
        self.assertIn("mem=8G", json.loads((self.kept / "arguments").read_text()))
        restored = tree(self.dir / "new-root")
        of_backup = {k: v for k, v in tree(self.root).items() if not k.startswith("etc")}
        self.assertEqual({k: v for k, v in restored.items() if not k.startswith("etc")}, of_backup)
        self.assertEqual(brought_back(files_of(self.dir / "new-database")), brought_back(files_of(self.database)))
        # The client speaks to the new one, with the old account.
        self.assertNotIn(old.address, (self.client / "controllers.yaml").read_text())
        listed = self.run_cli("backups", "--format", "json", env={"JUJU_DATA": str(self.client), "JUJUBACKUP_STORE": None})
        self.assertEqual(listed.code, 0, listed)
        self.assertEqual(len(json.loads(listed.out)), 1)

    def end_new_controller(self):
        pid = self.kept / "pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGKILL)


class OverTheApi(RestoreTest):
    def serve(self, version):
        return Served(self, version, version, "--root", self.root, "--dump", self.database, create=False)

    def on(self, served, *words, **options):
        return self.restore(*words, env={"JUJU_DATA": str(served.client), "JUJUBACKUP_STORE": None}, **options)

    def test_by_file_and_by_id(self):
        for version, full in (("2.0", "2.0.0"), ("2.9", "2.9.21")):
            with self.subTest(version=version):
                shutil.rmtree(self.root)
                controller_root(self.root, full)
                old = tree(self.root)
                self.archive = self.make_archive(f"of-{full}.tar.gz")
                served = self.serve(version)
                shown = self.on(served, "--dry-run", "--file", self.archive)
                self.assertEqual(shown.code, 0, shown)
                self.assertIn("would restore by itself:\n", shown.out)
                (self.root / "var/lib/juju/nonce.txt").write_text("wrong")
                result = self.on(served, "--file", self.archive)
                self.assertEqual((result.code, result.out), (0, f'restore from "{self.archive}" completed\n'), result)
                self.assertEqual(tree(self.root), old)
                env = {"JUJU_DATA": str(served.client), "JUJUBACKUP_STORE": None}
                (backup,) = json.loads(self.run_cli("backups", "--format", "json", env=env).out)
                (self.root / "var/lib/juju/nonce.txt").write_text("wrong")
                result = self.on(served, "--id", backup["id"])
                self.assertEqual((result.code, result.out), (0, f'restore from "{backup["id"]}" completed\n'), result)
                self.assertEqual(tree(self.root), old)

    def test_a_controller_is_released(self):
        served = self.serve("2.9")
        result = self.on(served, "--release")
        self.assertEqual((result.code, result.out), (0, "no restore was going on\n"), result)
        # What a client leaves that is killed after PrepareRestore.
        ca_file = self.dir / "ca.pem"
        ca_file.write_text(json.loads((served.state / "controller.json").read_text())["ca-cert"])
        api = juju_wire.Api(int(served.address.rpartition(":")[2]), ca_file, f"/model/{MODEL}/api")
        self.addCleanup(api.close)
        api.login("admin", served.password)
        self.assertNotIn("error", api.call("Backups", 2, "PrepareRestore"))
        result = self.on(served, "--file", self.archive)
        self.assertEqual(result.code, 1, result)
        self.assertIn("juju restore is in progress", result.err)
        self.assertIn('"jujubackup restore-backup --release', result.err)
        result = self.on(served, "--release")
        self.assertEqual((result.code, result.out),
                         (0, "the controller can be used again; the restore that was begun counts as failed\n"), result)
        result = self.on(served, "--file", self.archive)
        self.assertEqual(result.code, 0, result)
        for words in (("--release", "--id", "x"), ("--release", "--undo"), ("--release", "-b")):
            result = self.on(served, *words)
            self.assertEqual(result.code, 2, result)
            self.assertIn("cannot mix --release and ", result.err)

    def test_a_release_without_it_says_where(self):
        served = self.serve("3.6")
        before = tree(self.root)
        result = self.on(served, "--file", self.archive)
        self.assertEqual((result.code, result.out), (1, ""), result)
        self.assertIn("  sudo jujubackup restore-backup --file backup.tar.gz\n", result.err)
        self.assertTrue(result.err.endswith("ERROR Juju 3.6.4 does not restore backups over its API\n"), result)
        self.assertEqual(tree(self.root), before)


if __name__ == "__main__":
    unittest.main()
