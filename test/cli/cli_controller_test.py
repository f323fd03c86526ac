"""The commands with a controller in play: what they print for each generation of Juju, and running an embedded one."""
import hashlib
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from cli_support import ID_PATTERN, PROGRAM, CliTest, make_tree

TREE = None
LISTENING = re.compile(r"^listening on (\S+) as Juju (\S+)$", re.M)
PATIENCE = 30

TWELVE_LINES = (r'backup ID:       "(?P<id>{id})"\n'
                r'checksum:        "(?P<sha1>[A-Za-z0-9+/]{{27}}=)"\n'
                r'checksum format: "SHA-1, base64 encoded"\n'
                r'size \(B\):        (?P<size>\d+)\n'
                r'stored:          20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC\n'
                r'started:         20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC\n'
                r'finished:        20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC\n'
                r'notes:           "{notes}"\n'
                r'model ID:        "[0-9a-f-]{{36}}"\n'
                r'machine ID:      "0"\n'
                r'created on host: "ctrl-0"\n'
                r'juju version:    {version}\n')


def twelve_lines(version, notes, backup_id=ID_PATTERN):
    return TWELVE_LINES.format(version=re.escape(version), notes=notes, id=backup_id)


def block(version, notes, backup_id=None, extra_newline=True):
    """The block of 2.8 and later, with its trailing spaces; without ID since 2.9.22."""
    system = r"base:                  ubuntu@22\.04 \n" if version.startswith("3.") else r"series:                jammy \n"
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC \n"
    id_line = "" if backup_id is None else rf"backup ID:             {backup_id} \n"
    return (rf"\n{id_line}backup format version: 1 \n"
            rf"juju version:          {re.escape(version)} \n{system}"
            r"\ncontroller UUID:       [0-9a-f-]{36}\n"
            r"model UUID:            [0-9a-f-]{36} \n"
            r"machine ID:            0 \n"
            r"created on host:       ctrl-0 \n"
            r"\nchecksum:              [A-Za-z0-9+/]{27}= \n"
            r"checksum format:       SHA-1, base64 encoded \n"
            r"size \(B\):              \d+ \n"
            rf"stored:                {moment}started:               {moment}finished:              {moment}"
            rf"\nnotes:                 {notes} \n" + ("\n" if extra_newline else ""))


def setUpModule():
    global TREE
    TREE = make_tree(pathlib.Path(tempfile.mkdtemp(prefix="jujubackup-cli-")) / "tree", 1)


def tearDownModule():
    shutil.rmtree(TREE.parent)


class Served:
    """An embedded controller as a process of its own."""

    def __init__(self, test, version, name, *words, create=True):
        self.test, self.version = test, version
        self.state, self.client, self.log = (test.dir / f"{name}-{part}" for part in ("state", "client", "log"))
        words = [PROGRAM, "serve", "--address", "127.0.0.1:0", "--emulate", version, "--state-dir", self.state, "--client-dir", self.client,
                 "--log", self.log, *words]
        if create:
            words += ["--root", TREE / "root", "--dump", TREE / "juju-backup/dump", "--hostname", "ctrl-0"]
        self.process = subprocess.Popen(list(map(str, words)), cwd=test.dir, env=test.environment(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.kill)
        # It says what to do with it when it is ready, and its last line then ends with the command.
        self.text = ""
        while " backups\n" not in self.text:
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
            # Not through the buffered reader, which select knows nothing of.
            piece = os.read(self.process.stdout.fileno(), 4096) if ready else b""
            if not piece:
                self.process.kill()
                raise AssertionError("the server did not start: " + self.text + self.process.stderr.read())
            self.text += piece.decode()
        self.address, _ = LISTENING.search(self.text).groups()
        self.password = (self.state / "password").read_text().strip()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


class ControllerTest(CliTest):
    def serve(self, version, name="one", *words, **options):
        return Served(self, version, name, *words, **options)

    def on(self, served, *words, **options):
        """A command whose current controller is that one."""
        env = {"JUJU_DATA": str(served.client), "JUJUBACKUP_STORE": None}
        env.update(options.pop("env", {}))
        result = self.run_cli(*words, env=env, **options)
        self.assertNotIn(served.password, str(result.out) + str(result.err))
        return result

    def matches(self, result, code, out, err=""):
        """Exit code, and patterns that the whole of both streams has to match; gives the match of standard output."""
        self.assertEqual(result.code, code, result)
        self.assertRegex(result.err, rf"\A(?:{err})\Z", result)
        self.assertRegex(result.out, rf"\A(?:{out})\Z", result)
        return re.match(out, result.out)

    def verified(self, path):
        self.assertEqual(self.run_cli("verify-backup", path).code, 0)

    def refused(self, served, cases):
        for words, message in cases:
            with self.subTest(words=words):
                self.matches(self.on(served, *words), 1, "", rf"(WARNING .*\n)*ERROR {message}\n")


ONE_SHOT = r"the controller deletes its copy once it was downloaded, so this is the only time\n"
LONG_WARNING = "WARNING downloading backup archives is recommended; backups stored remotely are not guaranteed to be available.\\n"
DEPRECATED = r"WARNING --no-download flag is DEPRECATED\.\n"
FILE = r"juju-backup-\d{8}-\d{6}\.tar\.gz"


class Generations(ControllerTest):
    def test_2_0_0_keeps_everything(self):
        self.keeps_everything("2.0.0")

    def test_2_3_9_keeps_everything(self):
        self.keeps_everything("2.3.9")

    def keeps_everything(self, version):
        served = self.serve(version)
        self.matches(self.on(served, "backups"), 0, "", "No backups to display.\n")
        made = self.matches(self.on(served, "create-backup", 'before "x"'), 0, rf"(?P<id>{ID_PATTERN})\ndownloading to (?P<file>{FILE})\n")
        backup_id, file = made["id"], made["file"]
        self.assertEqual(file, f"juju-backup-{backup_id[:15]}.tar.gz")
        self.verified(self.dir / file)
        shown = self.matches(self.on(served, "show-backup", backup_id), 0, twelve_lines(version, r'before \\"x\\"', backup_id))
        self.assertEqual(int(shown["size"]), (self.dir / file).stat().st_size)
        self.check(self.on(served, "backups", "--verbose", "--quiet=false"), 0, backup_id + "\n",
                   f"connected to {served.address}, Juju {version}, as admin\n")
        name = f"juju-backup-{backup_id}.tar.gz"
        self.check(self.on(served, "download-backup", backup_id), 0, name + "\n")
        self.assertEqual((self.dir / name).read_bytes(), (self.dir / file).read_bytes())
        self.assertEqual((self.dir / name).stat().st_mode & 0o777, 0o600)
        second = self.matches(self.on(served, "create-backup", "--no-download"), 0, rf"(?P<id>{ID_PATTERN})\n")["id"]
        self.check(self.on(served, "backups"), 0, f"{backup_id}\n{second}\n")
        self.check(self.on(served, "remove-backup", second), 0, f"successfully removed: {second}\n")
        self.refused(served, [
            (["remove-backup", second], "not found"),
            (["remove-backup", "--keep-latest"], "--keep-latest is not supported by this controller"),
            (["create-backup", "--keep-copy"], "--keep-copy is not supported by this controller"),
            (["show-backup", "nothing"], r'backup metadata "nothing" not found \(not found\)'),
            (["download-backup", "nothing"], 'backup metadata "nothing" not found'),
            (["upload-backup", file], f'while storing backup archive: backup metadata "{backup_id}" already exists'),
        ])
        self.check(self.on(served, "remove-backup", backup_id), 0, f"successfully removed: {backup_id}\n")
        self.matches(self.on(served, "upload-backup", name), 0, twelve_lines(version, r'before \\"x\\"', backup_id))
        self.check(self.on(served, "backups"), 0, backup_id + "\n")

    def test_2_4_5_keeps_on_request(self):
        self.keeps_on_request("2.4.5")

    def test_2_9_21_keeps_on_request(self):
        self.keeps_on_request("2.9.21")

    def keeps_on_request(self, version):
        served = self.serve(version)
        blocks = version != "2.4.5"

        def printed(notes, backup_id):
            return block(version, notes, backup_id) if blocks else ""

        def shown(notes, backup_id):
            return block(version, notes, backup_id) if blocks else twelve_lines(version, notes, backup_id)

        self.matches(self.on(served, "create-backup", "--filename", "first.tgz", "one"), 0, printed("one", ""),
                     rf"Remote backup was not created\.\n{ONE_SHOT}Downloaded to first\.tgz\.\n")
        self.verified(self.dir / "first.tgz")
        self.check(self.on(served, "backups"), 0, "", "No backups to display.\n")
        result = self.on(served, "create-backup", "--no-download", "--keep-copy")
        self.matches(result, 0, printed("", ID_PATTERN), LONG_WARNING + rf"Remote backup stored on the controller as {ID_PATTERN}\.\n")
        second = re.search(ID_PATTERN, result.err)[0]
        result = self.on(served, "create-backup", "--keep-copy")
        self.matches(result, 0, printed("", ID_PATTERN),
                     rf"Remote backup stored on the controller as {ID_PATTERN}\.\nDownloaded to {FILE}\.\n")
        third = re.search(ID_PATTERN, result.err)[0]
        self.check(self.on(served, "backups"), 0, f"{second}\n{third}\n")
        self.matches(self.on(served, "show-backup", third), 0, shown("", third))
        self.matches(self.on(served, "show-backup", third, "--style", "2.0"), 0, twelve_lines(version, "", third))
        connected = rf"connected to {re.escape(served.address)}, Juju {re.escape(version)}, as admin\n"
        if blocks:
            # Juju itself wants the long form, behind the command's name.
            both = "".join(block(version, "", i) for i in (second, third))
            self.matches(self.on(served, "backups", "--verbose"), 0, "", connected + both)
            self.check(self.on(served, "create-backup", "--quiet", "--filename", "quiet.tgz"), 0, "")
            self.matches(self.on(served, "create-backup", "-q", "--filename", "q.tgz"), 0, printed("", ""))
        self.matches(self.on(served, "backups", "-v"), 0, f"{second}\n{third}\n", connected)
        self.check(self.on(served, "download-backup", third), 0, f"juju-backup-{third}.tar.gz\n")
        self.verified(self.dir / f"juju-backup-{third}.tar.gz")
        result = self.on(served, "upload-backup", "first.tgz")
        first = re.search(ID_PATTERN, result.out)[0]
        self.matches(result, 0, f"Uploaded backup file, creating backup ID {first}\n" if blocks else twelve_lines(version, "one", first))
        self.refused(served, [
            (["create-backup", "--no-download"], "--no-download cannot be set when --keep-copy is not: the backup will not be created"),
            (["remove-backup", "nothing"], "failed to remove nothing: not found"),
            (["show-backup", "nothing"], r'backup metadata "nothing" not found \(not found\)'),
            (["upload-backup", "first.tgz"], f'while storing backup archive: backup metadata "{first}" already exists'),
        ])
        self.matches(self.on(served, "remove-backup", second), 0, "", f"successfully removed: {second}\n")
        self.check(self.on(served, "remove-backup", "--keep-latest", "ignored"), 0, "", f"successfully removed: {first}\nkept: {third}\n")
        self.check(self.on(served, "remove-backup", "--keep-latest"), 0, "", f"WARNING no backups to remove, {third} most current\n")
        self.on(served, "remove-backup", third)
        self.check(self.on(served, "remove-backup", "--keep-latest"), 0, "", "WARNING no backups to remove\n")

    def test_2_9_22_lets_each_be_downloaded_once(self):
        self.has_files("2.9.22", LONG_WARNING)

    def test_2_9_42_lets_each_be_downloaded_once(self):
        self.has_files("2.9.42", DEPRECATED)

    def test_3_6_4_lets_each_be_downloaded_once(self):
        self.has_files("3.6.4", DEPRECATED)

    def has_files(self, version, warning):
        served = self.serve(version)
        self.matches(self.on(served, "create-backup", "--filename", "mine.tgz", "--force", "a note"), 0, block(version, "a note"),
                     ONE_SHOT + r"Downloaded to mine\.tgz\n")
        self.verified(self.dir / "mine.tgz")
        result = self.on(served, "create-backup", "--no-download")
        self.matches(result, 0, block(version, ""), warning + rf"Remote backup stored on the controller as /.*/{FILE}\n")
        path = pathlib.Path(re.search(r"as (/.*)\n", result.err)[1])
        self.assertTrue(path.exists())
        self.matches(self.on(served, "download-backup", path), 0, path.name + "\n", r"the controller deletes its copy .* are free here\n")
        self.verified(self.dir / path.name)
        self.assertFalse(path.exists(), "it can be downloaded once")
        self.matches(self.on(served, "download-backup", path, "--filename", "again.tgz", "-q"), 1, "",
                     "WARNING such a backup can be downloaded once, .*\nERROR .*\n")
        self.refused(served, [
            (["download-backup", "20161013-091500.x"], f"Juju {version} gives backups no IDs: .*"),
            (["backups"], f"Juju {version} keeps no list of backups: .*"),
            (["show-backup", "x"], f"Juju {version} keeps no records of backups: .*"),
            (["upload-backup", "mine.tgz"], f"Juju {version} takes no uploads: .*juju scp.*"),
            (["remove-backup", "x"], f"Juju {version} cannot remove backups: .*"),
            (["create-backup", "--keep-copy"], "--keep-copy is not supported by this controller"),
        ])
        self.assertFalse((self.dir / "again.tgz").exists())

    def test_4_has_none(self):
        served = self.serve("4.0.15")
        message = ".*Dqlite-based backups not implemented.*"
        self.refused(served, [([*words], message) for words in (
            ["create-backup"], ["backups"], ["show-backup", "x"], ["download-backup", "x"], ["remove-backup", "x"])])

    def test_short_names_of_generations(self):
        for short, full in (("2.0", "2.0.0"), ("2.9", "2.9.21"), ("3.6", "3.6.4")):
            self.assertIn(f" as Juju {full}\n", self.serve(short, short).text)


class Places(ControllerTest):
    def test_what_says_which_place(self):
        served = self.serve("2.0.0", create=False)
        connected = f"connected to {served.address}, Juju 2.0.0, as admin\n"
        none = "No backups to display.\n"
        data = {"JUJU_DATA": str(served.client), "JUJUBACKUP_STORE": None}
        local = f"file:{self.dir}/local"
        cases = [
            ([], {}, connected + none),
            (["-m", "controller"], {}, connected + none),
            (["--model=embedded:admin/controller"], {}, connected + none),
            (["-c", "embedded"], {}, connected + none),
            (["--store", "juju:"], {}, connected + none),
            (["--store", "juju:embedded"], {}, connected + none),
            ([], {"JUJU_CONTROLLER": "embedded"}, connected + none),
            ([], {"JUJUBACKUP_STORE": "juju:embedded"}, connected + none),
            # A store is more precise than what the client happens to be switched to, but not than what was typed.
            ([], {"JUJUBACKUP_STORE": local}, none),
            (["--store", local], {}, none),
            (["-c", "embedded"], {"JUJUBACKUP_STORE": local}, connected + none),
        ]
        for words, env, err in cases:
            with self.subTest(words=words, env=env):
                result = self.run_cli("backups", "-v", *words, env={**data, **env})
                # A store by its URL says nothing of the connection, which the library makes.
                self.assertEqual((result.code, result.out, result.err.replace(connected, "")), (0, "", err.replace(connected, "")), result)
                if connected in err:
                    self.assertIn(connected, result.err)

    def test_wrong_places(self):
        served = self.serve("2.0.0", create=False)
        nobody = {"JUJU_DATA": str(self.dir / "nobody"), "JUJUBACKUP_STORE": None}
        known = {"JUJU_DATA": str(served.client), "JUJUBACKUP_STORE": None}
        for words, env, code, message in (
                (["--store", "juju:embedded", "-m", "x"], known, 2, "cannot mix --store and --model"),
                (["-c", "x", "--store", "s"], known, 2, "cannot mix --store and --controller"),
                (["-c", "bogus"], known, 2, "controller bogus not found"),
                (["-m", "bogus:controller"], known, 2, "controller bogus not found"),
                (["-m", "controller"], nobody, 2, "No controllers registered."),
                (["-m", "embedded:admin/nothing"], known, 1, "model embedded:admin/nothing not found")):
            with self.subTest(words=words):
                result = self.run_cli("backups", *words, env=env)
                self.assertEqual((result.code, result.out), (code, ""), result)
                self.assertTrue(result.err.startswith(f"ERROR {message}"), result)

    def test_without_any_the_local_store_is_used_and_said_so(self):
        env = {"JUJUBACKUP_STORE": None}
        store = f"using the store file:{self.dir}/.local/share/jujubackup\n"
        self.check(self.run_cli("backups", env=env), 0, "", store + "No backups to display.\n")
        self.check(self.run_cli("backups", "--quiet", env=env), 0, "")
        # No place for a client directory is no error either.
        self.check(self.run_cli("backups", env={**env, "HOME": None, "XDG_DATA_HOME": str(self.dir / "data")}), 0, "",
                   f"using the store file:{self.dir}/data/jujubackup\nNo backups to display.\n")

    def test_create_of_this_machine_needs_no_controller(self):
        served = self.serve("3.6.4", create=False)
        words = ["create-backup", "--root", TREE / "root", "--dump", TREE / "juju-backup/dump"]
        self.matches(self.on(served, *words, env={"JUJUBACKUP_STORE": str(self.store)}), 0, ID_PATTERN + "\n")
        for option in ("model", "controller"):
            self.check(self.on(served, *words, f"--{option}=embedded"), 2, "", f"ERROR cannot mix --dump and --{option}\n")
        self.check(self.on(served, *words, "--no-download"), 2, "", "ERROR cannot mix --dump and --no-download\n")
        self.check(self.on(served, "create-backup", "--root", TREE / "root"), 2, "",
                   "ERROR missing --dump or --mongodump: where does the database come from?\n")

    def test_url_without_client_directory(self):
        served = self.serve("2.9")
        ca = self.dir / "ca.pem"
        text = (served.client / "controllers.yaml").read_text()
        pem = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.S)[0]
        ca.write_text("\n".join(line.strip() for line in pem.splitlines()) + "\n")
        model = re.search(r"model UUID: +(\S+)", served.text)[1]
        url = f"juju+wss://admin@{served.address}/{model}?ca-file={ca}&password-file={served.state}/password"
        env = {"JUJU_DATA": str(self.dir / "nobody")}
        result = self.run_cli("--store", url, "create-backup", "--quiet", "--filename", "a.tgz", env=env)
        self.check(result, 0, "")
        self.verified(self.dir / "a.tgz")
        result = self.run_cli("--store", url, "upload-backup", "a.tgz", "--format", "json", env=env)
        backup_id = json.loads(result.out)["id"]
        self.check(self.run_cli("--store", url, "backups", env=env), 0, backup_id + "\n")
        self.assertEqual(json.loads(self.run_cli("--store", url, "backups", "--format=json", env=env).out)[0]["id"], backup_id)


class Commands(ControllerTest):
    def test_wrong_arguments(self):
        served = self.serve("2.9")
        for words, message in (
                (["create-backup", "--no-download", "--filename", "x"], "cannot mix --no-download and --filename"),
                (["create-backup", "--no-download", "--filename="], "cannot mix --no-download and --filename"),
                (["create-backup", "--filename="], "missing filename"),
                (["create-backup", "a", "b"], 'unrecognized args: ["b"]'),
                (["download-backup"], "missing ID"),
                (["download-backup", "x", "--filename="], "missing filename"),
                (["download-backup", "/tmp/"], "missing filename"),
                (["upload-backup"], "backup filename not specified"),
                (["show-backup"], "missing ID"),
                (["remove-backup"], "missing ID or --keep-latest option"),
                (["serve", "x"], 'unrecognized args: ["x"]'),
                (["serve", "--emulate", "new"], 'invalid value "new" for option --emulate: expected 2.0, 2.9, 3.6 or a version of Juju'),
                (["serve", "--root", "r"], "--root is about what Create backs up: missing --dump or --mongodump"),
                (["serve", "-m", "x"], "cannot mix serve and --model")):
            with self.subTest(words=words):
                self.check(self.on(served, *words), 2, "", f"ERROR {message}\n")

    def test_literal_default_counts_as_not_given(self):
        served = self.serve("2.0")
        result = self.on(served, "create-backup", "--filename", "juju-backup-<date>-<time>.tar.gz")
        self.matches(result, 0, rf"{ID_PATTERN}\ndownloading to {FILE}\n")

    def test_files_that_exist_are_kept(self):
        served = self.serve("2.0")
        mine = self.dir / "mine.tgz"
        mine.write_text("mine")
        self.check(self.on(served, "create-backup", "--filename", mine), 1, "", f"ERROR file {mine} exists already; --force replaces it\n")
        self.check(self.on(served, "backups"), 0, "", "No backups to display.\n")
        result = self.on(served, "create-backup", "--filename", mine, "--force")
        backup_id = result.out.splitlines()[0]
        self.verified(mine)
        mine.write_text("mine")
        self.check(self.on(served, "download-backup", backup_id, "--filename", mine), 1, "",
                   f"ERROR file {mine} exists already; --force replaces it\n")
        self.assertEqual(mine.read_text(), "mine")
        self.check(self.on(served, "download-backup", backup_id, "--filename", mine, "--force"), 0, f"{mine}\n")
        result = self.on(served, "download-backup", backup_id, "--filename", "-", text=False)
        self.assertEqual((result.code, result.out, result.err), (0, mine.read_bytes(), b""))
        result = self.on(served, "create-backup", "--filename", self.dir / "no/where")
        self.check(result, 1, "", f"ERROR open {self.dir}/no/where: No such file or directory\n")

    def test_a_failed_download_says_where_the_backup_is(self):
        # The directory is good when it is looked at, and takes no file of that length.
        for version, left in (("2.0", rf"jujubackup download-backup --controller embedded {ID_PATTERN}"),
                              ("3.6", rf"jujubackup download-backup --controller embedded /.*/{FILE}")):
            with self.subTest(version=version):
                served = self.serve(version, version)
                result = self.on(served, "create-backup", "--filename", "x" * 256, "-q", "-c", "embedded")
                self.assertEqual(result.code, 1)
                self.assertRegex(result.err, rf"(?m)^WARNING the .*: {left}$")
                self.assertRegex(result.err, r"(?m)^ERROR .*File name too long$")
                command = re.search(r": jujubackup (.*)\n", result.err)[1].split()
                result = self.on(served, *command)
                if version == "2.0":
                    self.assertEqual(result.code, 0, result)
                    self.verified(self.dir / result.out.strip())
        self.assertEqual([p for p in self.dir.iterdir() if p.name.startswith(".tmp-")], [])

    def test_commands_of_ours_work_on_a_controllers_ids(self):
        served = self.serve("2.0")
        backup_id = self.on(served, "create-backup", "--no-download").out.strip()
        self.assertEqual(self.on(served, "verify-backup", backup_id).code, 0)
        self.assertIn("juju-backup/metadata.json\n", self.on(served, "list-files", backup_id).out)
        self.assertEqual(self.on(served, "extract-backup", "--to", "out", backup_id).code, 0)
        self.assertTrue((self.dir / "out/juju-backup/dump/juju").is_dir())
        self.assertIn("controller model: ", self.on(served, "show-backup", "--facts", backup_id).out)
        self.assertEqual(json.loads(self.on(served, "show-backup", backup_id, "--format", "json").out)["id"], backup_id)
        self.check(self.on(served, "get-backup", backup_id), 0, f"juju-backup-{backup_id}.tar.gz\n")
        self.check(self.on(served, "remove-backup", backup_id), 0, f"successfully removed: {backup_id}\n")
        self.check(self.on(served, "add-backup", f"juju-backup-{backup_id}.tar.gz"), 0, backup_id + "\n")

    def test_a_backup_goes_to_a_second_controller_with_its_id(self):
        one, two = self.serve("2.9", "one"), self.serve("2.0", "two", create=False)
        self.check(self.on(one, "create-backup", "--filename", "a.tgz", "--quiet"), 0, "")
        result = self.on(two, "upload-backup", "a.tgz")
        backup_id = re.search(ID_PATTERN, result.out)[0]
        self.check(self.on(two, "backups"), 0, backup_id + "\n")
        self.check(self.on(one, "backups"), 0, "", "No backups to display.\n")
        self.check(self.on(two, "download-backup", backup_id, "--filename", "b.tgz"), 0, "b.tgz\n")
        self.assertEqual(hashlib.sha256((self.dir / "a.tgz").read_bytes()).digest(), hashlib.sha256((self.dir / "b.tgz").read_bytes()).digest())

    def test_without_a_controller_they_are_the_local_commands(self):
        self.assertEqual(self.run_cli("create-backup", "--root", TREE / "root", "--dump", TREE / "juju-backup/dump", "--filename", "a.tgz").code, 0)
        backup_id = self.run_cli("backups").out.strip()
        self.check(self.run_cli("download-backup", backup_id), 0, f"juju-backup-{backup_id}.tar.gz\n")
        self.check(self.run_cli("download-backup", backup_id), 1, "",
                   f"ERROR file juju-backup-{backup_id}.tar.gz exists already; --force replaces it\n")
        self.run_cli("remove-backup", backup_id)
        self.check(self.run_cli("upload-backup", "a.tgz"), 0, backup_id + "\n")
        self.check(self.run_cli("a.tgz", "--store", self.dir / "other", program=self.link("juju-upload-backup")), 0, backup_id + "\n")


class Serving(ControllerTest):
    def test_signals_stop_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                served = self.serve("2.9", str(number), create=False)
                self.assertEqual(served.stop(number), (0, "", "stopping; once more stops at once\n"))

    def test_a_second_signal_stops_at_once(self):
        served = self.serve("2.9", "one", create=False)
        host, port = served.address.split(":")
        # Something that a graceful stop waits for.
        with socket.create_connection((host, int(port))):
            served.process.send_signal(signal.SIGTERM)
            self.assertEqual(served.process.stderr.readline(), "stopping; once more stops at once\n")
            served.process.send_signal(signal.SIGTERM)
            self.assertIn(served.process.wait(PATIENCE), (-signal.SIGTERM, 0))

    def test_files_are_private_and_nothing_tells_the_password(self):
        served = self.serve("2.9")
        self.assertEqual(self.on(served, "create-backup", "--filename", "a.tgz").code, 0)
        for top in (served.state, served.client):
            for path in [top, *top.rglob("*")]:
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        self.assertRegex(served.password, r"^[0-9a-f]{32}$")
        code, out, err = served.stop()
        self.assertEqual(code, 0)
        log = served.log.read_text()
        self.assertEqual(served.log.stat().st_mode & 0o777, 0o600)
        self.assertTrue(all(isinstance(json.loads(line), dict) for line in log.splitlines()) and log)
        for text in (served.text, out, err, log):
            self.assertNotIn(served.password, text)

    def test_started_again_it_is_the_same_controller(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        words = ["--address", f"127.0.0.1:{port}"]
        one = self.serve("2.0", "one", *words)
        backup_id = self.on(one, "create-backup", "--no-download").out.strip()
        self.assertEqual(one.stop()[0], 0)
        again = self.serve("2.0", "one", *words)
        self.assertEqual(one.password, again.password)
        self.check(self.on(again, "backups"), 0, backup_id + "\n")

    def test_what_it_serves_from_is_said_with_store(self):
        served = self.serve("2.0", "one", "--store", self.store)
        backup_id = self.on(served, "create-backup", "--no-download").out.strip()
        self.check(self.run_cli("backups"), 0, backup_id + "\n")

    def test_without_a_source_there_is_nothing_to_back_up(self):
        served = self.serve("2.0", create=False)
        self.matches(self.on(served, "create-backup"), 1, "", "ERROR this embedded controller has nothing to back up\n")

    def test_wrong_password(self):
        served = self.serve("2.0", create=False)
        accounts = served.client / "accounts.yaml"
        accounts.write_text(accounts.read_text().replace(served.password, "wrong-" + "0" * 26))
        result = self.on(served, "backups")
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertRegex(result.err, r"\AERROR .*invalid entity name or password.*\n\Z")
        self.assertNotIn("wrong-", result.err)

    def test_a_controller_that_is_not_there(self):
        served = self.serve("2.0", create=False)
        served.stop()
        result = self.on(served, "backups")
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertIn("unable to connect to API: ", result.err)


if __name__ == "__main__":
    unittest.main()
