"""Encrypted backups: whom to, what opens them, and that nothing secret is ever seen."""
import base64
import hashlib
import json
import os
import pathlib
import pty
import re
import shutil
import stat
import subprocess
import termios
import time
import unittest

from cli_support import ID_PATTERN, JUJU_ID, PROGRAM, CliTest, juju_archive, juju_metadata, make_tree

AGE = shutil.which("age")
SSH_KEYGEN = shutil.which("ssh-keygen")
SECRET = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}")
PASSPHRASE = "correct horse battery staple"


def decrypt_with_age(*words):
    return subprocess.run([AGE, "-d", *map(str, words)], capture_output=True, check=True, start_new_session=True).stdout


class EncryptionTest(CliTest):
    def keygen(self, name="key.txt"):
        """The identity file and its recipient."""
        path = self.dir / name
        result = self.run_cli("keygen", "--output", path)
        self.assertEqual((result.code, result.err), (0, ""), result)
        return path, result.out.strip().removeprefix("public key: ")

    def archive(self, **options):
        path = self.dir / "from-juju.tar.gz"
        self.sha1 = juju_archive(path, **options)
        return path

    def passphrase_file(self, text=PASSPHRASE):
        path = self.dir / "passphrase"
        path.write_text(text + "\n")
        return path

    def encrypted(self, recipient, *words, archive=None):
        path = archive or self.archive()
        self.check(self.run_cli("encrypt-backup", "--encrypt-to", recipient, *words, path), 0, f"{path}.age\n")
        return pathlib.Path(f"{path}.age")


class Keygen(EncryptionTest):
    def test_identity_file(self):
        path, recipient = self.keygen()
        self.assertRegex(recipient, r"^age1[0-9a-z]{58}$")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        text = path.read_text()
        self.assertRegex(text, rf"\A# created: \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n# public key: {recipient}\n{SECRET.pattern}\n\Z")
        before = path.stat()
        result = self.run_cli("keygen", "--output", path)
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertIn("exists already; an identity is never replaced", result.err)
        self.assertEqual((path.read_text(), path.stat().st_ino), (text, before.st_ino))
        if AGE:
            done = subprocess.run(["age-keygen", "-y", str(path)], capture_output=True, text=True, check=True)
            self.assertEqual(done.stdout.strip(), recipient)

    def test_standard_output(self):
        result = self.run_cli("keygen")
        self.assertEqual(result.code, 0)
        self.assertTrue(SECRET.search(result.out), result.out)
        recipient = re.search("# public key: (age1.*)\n", result.out)[1]
        self.assertEqual(result.err, f"public key: {recipient}\n")
        self.assertNotEqual(self.run_cli("keygen").out, result.out)
        others = self.dir / "others"
        others.touch(0o644)
        with open(others, "w", encoding="utf-8") as out:
            self.assertIn("WARNING others can read the file", self.run_cli("keygen", stdout=out).err)
        with open("/dev/full", "w", encoding="utf-8") as full:
            self.assertEqual(self.run_cli("keygen", stdout=full).code, 1)

    def test_a_directory_that_is_not_there(self):
        self.assertEqual(self.run_cli("keygen", "--output", self.dir / "no/key").code, 1)


class Files(EncryptionTest):
    def test_round_trip(self):
        key, recipient = self.keygen()
        archive = self.archive()
        for words in ([], ["--armor"]):
            with self.subTest(words=words):
                file = self.encrypted(recipient, *words, archive=archive)
                self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
                self.assertTrue(file.read_bytes().startswith(b"-----BEGIN AGE" if words else b"age-encryption.org/v1\n"))
                self.check(self.run_cli("decrypt-backup", "--identity", key, "--filename", "out", file), 0, "out\n")
                out = self.dir / "out"
                self.assertEqual(out.read_bytes(), archive.read_bytes())
                self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
                out.unlink()
                file.unlink()
        self.assertEqual([p.name for p in self.dir.iterdir() if p.name.startswith(".")], [])

    def test_usual_names_and_refusals(self):
        key, recipient = self.keygen()
        archive = self.archive()
        data = archive.read_bytes()
        file = self.encrypted(recipient, archive=archive)
        first = file.read_bytes()
        self.check(self.run_cli("encrypt-backup", "--encrypt-to", recipient, archive), 1, "",
                   f"ERROR file {file} exists already; --force replaces it\n")
        self.assertEqual(file.read_bytes(), first)
        self.assertEqual(self.run_cli("encrypt-backup", "--force", "--encrypt-to", recipient, archive).code, 0)
        self.assertNotEqual(file.read_bytes(), first)
        self.check(self.run_cli("decrypt-backup", "--identity", key, file), 1, "",
                   f"ERROR file {archive} exists already; --force replaces it\n")
        archive.unlink()
        self.check(self.run_cli("decrypt-backup", file, env={"JUJUBACKUP_IDENTITY": str(key)}), 0, f"{archive}\n")
        self.assertEqual(archive.read_bytes(), data)
        for words, message in (
                (["encrypt-backup", "--encrypt-to", recipient, file], f"{file} is encrypted already; decrypt-backup opens it"),
                (["decrypt-backup", "--identity", key, "--filename", "x", archive], f"{archive} is not encrypted"),
                (["decrypt-backup", "--filename", "x", file], f"{file} is encrypted: missing --identity, or $JUJUBACKUP_IDENTITY")):
            with self.subTest(words=words):
                self.check(self.run_cli(*words), 1, "", f"ERROR {message}\n")
        self.assertFalse((self.dir / "x").exists())

    def test_pipes(self):
        key, recipient = self.keygen()
        data = self.archive().read_bytes()
        done = self.run_cli("encrypt-backup", "--encrypt-to", recipient, "-", input=data, stdin=None, text=False)
        self.assertEqual((done.code, done.err), (0, b""))
        back = self.run_cli("decrypt-backup", "--identity", key, "-", input=done.out, stdin=None, text=False)
        self.assertEqual((back.code, back.err, back.out), (0, b"", data))
        # What is encrypted already is seen in a pipe as well; nothing at all is no error.
        for given, code in ((done.out, 1), (b"", 0)):
            result = self.run_cli("encrypt-backup", "--encrypt-to", recipient, "--filename", "x", "-", input=given, stdin=None, text=False)
            self.assertEqual(result.code, code, result)

    def test_several_recipients(self):
        keys = [self.keygen(f"key{i}") for i in range(3)]
        other, _ = self.keygen("other")
        recipients = self.dir / "recipients"
        recipients.write_text(f"# for the tests\n\n{keys[1][1]}\n{keys[2][1]}\n")
        archive = self.archive()
        file = self.dir / "file.age"
        self.assertEqual(self.run_cli("encrypt-backup", "--encrypt-to", keys[0][1], "--recipients-file", recipients, "--filename", file, archive).code, 0)
        for key, _ in keys:
            result = self.run_cli("decrypt-backup", "--identity", other, "--identity", key, "--filename", "-", file, text=False)
            self.assertEqual((result.code, result.out), (0, archive.read_bytes()))
        result = self.run_cli("decrypt-backup", "--identity", other, "--filename", "x", file)
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertIn("no identity matches any of the recipients", result.err)
        self.assertFalse((self.dir / "x").exists())
        recipients.write_text("# nobody\n")
        self.check(self.run_cli("encrypt-backup", "--recipients-file", recipients, "--filename", "x", archive), 1, "",
                   f"ERROR recipients in {recipients}: no recipient in it\n")

    def test_damage(self):
        key, recipient = self.keygen()
        file = self.encrypted(recipient)
        data = file.read_bytes()
        for name, broken in (("truncated", data[:-1]), ("longer", data + b"x"), ("changed", data[:-30] + bytes([data[-30] ^ 1]) + data[-29:])):
            with self.subTest(name=name):
                file.write_bytes(broken)
                self.assertEqual(self.run_cli("decrypt-backup", "--identity", key, "--filename", "out", file).code, 1)
                self.assertFalse((self.dir / "out").exists())
                self.assertEqual(self.run_cli("verify-backup", "--identity", key, file).code, 1)

    def test_ssh_keys(self):
        if not SSH_KEYGEN:
            self.skipTest("no ssh-keygen")
        archive = self.archive()
        for kind in ("ed25519", "rsa"):
            with self.subTest(kind=kind):
                key = self.dir / f"id_{kind}"
                subprocess.run([SSH_KEYGEN, "-q", "-t", kind, "-N", "", "-f", str(key)], check=True)
                public = pathlib.Path(f"{key}.pub").read_text().strip()
                self.assertEqual(self.run_cli("encrypt-backup", "--encrypt-to", public, "--filename", f"{kind}.age", archive).code, 0)
                result = self.run_cli("decrypt-backup", "--identity", key, "--filename", "-", f"./{kind}.age", text=False)
                self.assertEqual((result.code, result.out), (0, archive.read_bytes()))

    @unittest.skipUnless(AGE, "no age")
    def test_age_opens_ours_and_we_open_its(self):
        key, recipient = self.keygen()
        archive = self.archive()
        for words in ([], ["--armor"]):
            with self.subTest(words=words):
                ours = self.dir / "ours.age"
                self.assertEqual(self.run_cli("encrypt-backup", "--force", "--encrypt-to", recipient, *words, "--filename", ours, archive).code, 0)
                self.assertEqual(decrypt_with_age("-i", key, ours), archive.read_bytes())
                its = self.dir / "its.age"
                subprocess.run([AGE, "-r", recipient, *words, "-o", str(its), str(archive)], check=True)
                result = self.run_cli("decrypt-backup", "--identity", key, "--filename", "-", its, text=False)
                self.assertEqual((result.code, result.out), (0, archive.read_bytes()))
                self.assertEqual(self.run_cli("verify-backup", "--identity", key, its).code, 0)


class Reading(EncryptionTest):
    """Every command that reads takes an encrypted file with an identity, and says what is missing without."""

    def test_files(self):
        key, recipient = self.keygen()
        archive = self.archive()
        for armor in ([], ["--armor"]):
            file = self.encrypted(recipient, *armor, archive=archive)
            for words in (["show-backup"], ["show-backup", "--style", "2.8"], ["show-backup", "--format", "json"], ["show-backup", "--facts"],
                          ["show-backup", "--ca-private-key"], ["list-files"], ["list-files", "-l", "--keep-root-tar"]):
                with self.subTest(words=words, armor=armor):
                    plain = self.run_cli(*words, archive)
                    opened = self.run_cli(*words, "--identity", key, file)
                    self.assertEqual((plain.code, opened.code, opened.err), (0, 0, ""), opened)
                    # The size of what is armored is only known at its end.
                    if not armor:
                        self.assertEqual(opened.out, plain.out)
                    self.check(self.run_cli(*words, file), 1, "", f"ERROR {file} is encrypted: missing --identity, or $JUJUBACKUP_IDENTITY\n")
            for name, words in (("plain", [archive]), ("opened", ["--identity", key, file])):
                self.assertEqual(self.run_cli("extract-backup", "--to", name, *words).code, 0)
            self.assertEqual(subprocess.run(["diff", "-r", "plain", "opened"], cwd=self.dir, check=False).returncode, 0)
            shutil.rmtree(self.dir / "plain")
            shutil.rmtree(self.dir / "opened")
            self.assertEqual(self.run_cli("extract-backup", "--to", "x", file).code, 1)
            self.assertFalse((self.dir / "x").exists())
            file.unlink()

    def test_get_backup_copies_a_file(self):
        key, recipient = self.keygen()
        archive = self.archive()
        file = self.encrypted(recipient, archive=archive)
        self.check(self.run_cli("get-backup", "--filename", "copy", file), 0, "copy\n")
        self.assertEqual((self.dir / "copy").read_bytes(), file.read_bytes())
        self.check(self.run_cli("get-backup", "--decrypt", "--identity", key, "--filename", "plain", file), 0, "plain\n")
        self.assertEqual((self.dir / "plain").read_bytes(), archive.read_bytes())

    def test_verify(self):
        key, recipient = self.keygen()
        other, _ = self.keygen("other")
        file = self.encrypted(recipient)
        self.assertEqual(self.run_cli("verify-backup", "--identity", key, file).code, 0)
        self.assertEqual(self.run_cli("verify-backup", "--depth", "quick", "--identity", key, file).code, 0)
        for words in ([], ["--identity", other]):
            with self.subTest(words=words):
                report = self.run_cli("verify-backup", *words, file)
                self.assertEqual((report.code, report.err), (3, ""), report)
                self.assertIn("encrypted-not-opened", report.out)
        report = json.loads(self.run_cli("verify-backup", "--format", "json", file).out)
        self.assertEqual((report["verdict"], report["encrypted"], report["opened"]), ("warnings", True, False))
        good = base64.b64encode(hashlib.sha1(file.read_bytes()).digest()).decode()
        for words in ([], ["--identity", key]):
            code = 0 if words else 3
            self.assertEqual(self.run_cli("verify-backup", *words, "--sha1", good, file).code, code)
            self.assertEqual(self.run_cli("verify-backup", *words, "--sha1", good.swapcase(), file).code, 1)
        file.write_bytes(file.read_bytes()[:-1])
        self.assertEqual(self.run_cli("verify-backup", "--identity", key, file).code, 1)
        self.assertEqual(self.run_cli("verify-backup", "--identity", self.dir / "none", file).code, 1)


class Store(EncryptionTest):
    def names(self):
        return [n for n in self.stored_files() if not n.endswith(".json")]

    def test_create_list_show_verify_get(self):
        tree = make_tree(self.dir / "tree", 1)
        key, recipient = self.keygen()
        words = ["create-backup", "--root", tree / "root", "--dump", tree / "juju-backup/dump", "--hostname", "ctrl-0"]
        result = self.run_cli(*words, "--encrypt-to", recipient, "--filename", "copy.age", "a note")
        self.assertEqual((result.code, result.err), (0, ""), result)
        backup_id = result.out.splitlines()[0]
        self.assertRegex(backup_id, f"^{ID_PATTERN}$")
        self.assertEqual(self.names(), [f"juju-backup-{backup_id}.tar.gz.age"])
        stored = self.store / self.names()[0]
        self.assertEqual(stat.S_IMODE(stored.stat().st_mode), 0o600)
        self.assertEqual((self.dir / "copy.age").read_bytes(), stored.read_bytes())
        self.check(self.run_cli("backups"), 0, backup_id + "\n")
        self.check(self.run_cli("backups", "--verbose"), 0, backup_id + "\n", backup_id + " is encrypted\n")
        self.assertTrue(json.loads(self.run_cli("backups", "--format", "json").out)[0]["encrypted"])
        self.assertIn('"a note"', self.run_cli("show-backup", backup_id).out)
        self.assertIn("is encrypted", self.run_cli("show-backup", "-v", backup_id).err)
        self.check(self.run_cli("list-files", backup_id), 1, "", f"ERROR {backup_id} is encrypted: missing --identity, or $JUJUBACKUP_IDENTITY\n")
        env = {"JUJUBACKUP_IDENTITY": str(key)}
        for line in (["list-files"], ["show-backup", "--facts"], ["verify-backup"], ["verify-backup", "--depth", "quick"]):
            with self.subTest(line=line):
                self.assertEqual(self.run_cli(*line, backup_id, env=env).code, 0)
        outside = self.run_cli("verify-backup", backup_id)
        self.assertEqual(outside.code, 3, outside)
        self.assertIn("encrypted-not-opened", outside.out)
        self.check(self.run_cli("get-backup", backup_id), 0, f"juju-backup-{backup_id}.tar.gz.age\n")
        self.assertEqual((self.dir / f"juju-backup-{backup_id}.tar.gz.age").read_bytes(), stored.read_bytes())
        self.check(self.run_cli("get-backup", "--decrypt", backup_id, env=env), 0, f"juju-backup-{backup_id}.tar.gz\n")
        plain = self.dir / f"juju-backup-{backup_id}.tar.gz"
        self.assertEqual(self.run_cli("verify-backup", plain).code, 0)
        plain.rename(self.dir / "plain.tar.gz")
        self.check(self.run_cli("decrypt-backup", backup_id, env=env), 0, f"juju-backup-{backup_id}.tar.gz\n")
        self.assertEqual(plain.read_bytes(), (self.dir / "plain.tar.gz").read_bytes())
        if AGE:
            self.assertEqual(decrypt_with_age("-i", key, stored), plain.read_bytes())
        self.check(self.run_cli("remove-backup", backup_id), 0, f"successfully removed: {backup_id}\n")
        self.assertEqual(self.names(), [])

    def test_add(self):
        key, recipient = self.keygen()
        archive = self.archive()
        self.check(self.run_cli("add-backup", "--encrypt-to", recipient, archive), 0, JUJU_ID + "\n")
        self.assertEqual(self.names(), [f"juju-backup-{JUJU_ID}.tar.gz.age"])
        self.check(self.run_cli("get-backup", "--decrypt", "--identity", key, JUJU_ID), 0, f"juju-backup-{JUJU_ID}.tar.gz\n")
        self.assertEqual((self.dir / f"juju-backup-{JUJU_ID}.tar.gz").read_bytes(), archive.read_bytes())
        self.run_cli("remove-backup", JUJU_ID)
        # As it is, if it is encrypted already; verified with an identity.
        file = self.encrypted(recipient, archive=archive)
        result = self.run_cli("add-backup", "--encrypt-to", recipient, file)
        self.check(result, 1, "", f"ERROR {file} is encrypted already and would be stored as it is: --encrypt-to comes too late\n")
        self.check(self.run_cli("add-backup", "--identity", key, file), 0, JUJU_ID + "\n")
        self.assertEqual((self.store / self.names()[0]).read_bytes(), file.read_bytes())
        self.run_cli("remove-backup", JUJU_ID)
        with open(file, "rb") as pipe:
            self.check(self.run_cli("add-backup", "--identity", key, "-", stdin=pipe), 0, JUJU_ID + "\n")

    def test_encrypt_from_the_store(self):
        key, recipient = self.keygen()
        archive = self.archive()
        self.assertEqual(self.run_cli("add-backup", archive).code, 0)
        self.check(self.run_cli("encrypt-backup", "--encrypt-to", recipient, JUJU_ID), 0, f"juju-backup-{JUJU_ID}.tar.gz.age\n")
        self.assertEqual(self.names(), [f"juju-backup-{JUJU_ID}.tar.gz"])
        result = self.run_cli("decrypt-backup", "--identity", key, "--filename", "-", f"juju-backup-{JUJU_ID}.tar.gz.age", text=False)
        self.assertEqual(result.out, archive.read_bytes())

    def test_bare_record(self):
        key, recipient = self.keygen()
        archive = self.archive(metadata=juju_metadata(Notes="the word zebra"))
        self.check(self.run_cli("add-backup", "--bare-record", "--encrypt-to", recipient, archive), 0, JUJU_ID + "\n")
        for name in self.stored_files():
            self.assertNotIn(b"zebra", (self.store / name).read_bytes())
            self.assertNotIn(b"juju-aa01-0", (self.store / name).read_bytes())
        self.check(self.run_cli("backups"), 0, JUJU_ID + "\n")
        self.assertNotIn("zebra", self.run_cli("show-backup", JUJU_ID).out)
        self.assertIn("zebra", self.run_cli("show-backup", "--identity", key, JUJU_ID).out)

    def test_a_failure_leaves_nothing(self):
        archive = self.archive()
        result = self.run_cli("add-backup", "--encrypt-to", "age1nonsense", archive)
        self.assertEqual((result.code, result.out, self.stored_files()), (1, "", []), result)
        _, recipient = self.keygen()
        archive.write_bytes(archive.read_bytes()[:-20])
        result = self.run_cli("add-backup", "--encrypt-to", recipient, archive)
        self.assertEqual((result.code, result.out, self.stored_files()), (1, "", []), result)


class Passphrases(EncryptionTest):
    def test_file(self):
        archive = self.archive()
        secret = self.passphrase_file()
        file = self.dir / "p.age"
        self.check(self.run_cli("encrypt-backup", "--passphrase-file", secret, "--filename", file, archive), 0, f"{file}\n")
        result = self.run_cli("decrypt-backup", "--passphrase-file", secret, "--filename", "-", file, text=False)
        self.assertEqual((result.code, result.out), (0, archive.read_bytes()))
        wrong = self.dir / "wrong"
        wrong.write_text("wrong\n")
        result = self.run_cli("show-backup", "--passphrase-file", wrong, file)
        self.assertEqual((result.code, result.out), (1, ""))
        # No terminal: an error that says what to do, and no waiting. An identity for other files does not hide it.
        key, _ = self.keygen()
        message = f"ERROR {file} is encrypted to a passphrase, and there is no terminal to ask for it: missing --passphrase-file\n"
        for words in (["show-backup", file], ["decrypt-backup", "--filename", "x", file], ["list-files", "--identity", key, file]):
            with self.subTest(words=words):
                self.check(self.run_cli(*words), 1, "", message)
        self.assertEqual(self.run_cli("verify-backup", file).code, 3)
        wrong.write_text("\n")
        self.check(self.run_cli("show-backup", "--passphrase-file", wrong, file), 1, "", f"ERROR the passphrase file {wrong} is empty\n")

    def test_no_terminal_for_a_new_one(self):
        self.check(self.run_cli("encrypt-backup", "--passphrase", "--filename", "x", self.archive()), 1, "",
                   "ERROR there is no terminal to ask for the passphrase: --passphrase-file FILE reads it from a file\n")
        self.assertFalse((self.dir / "x").exists())

    def on_terminal(self, answers, *words):
        """Runs it on a terminal of its own; each answer is typed when it was asked for. Exit code and what was seen."""
        pid, leader = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execve(PROGRAM, [PROGRAM, *map(str, words)], self.environment(TERM="dumb"))
        seen, start = b"", 0
        deadline = time.monotonic() + 60
        answers = list(answers)
        while time.monotonic() < deadline:
            try:
                piece = os.read(leader, 4096)
            except OSError:
                break
            if not piece:
                break
            seen += piece
            if answers and re.search(rb"[Pp]assphrase[^\n]*: |again: ", seen[start:]):
                start = len(seen)
                self.assertFalse(termios.tcgetattr(leader)[3] & termios.ECHO, "what is typed would be shown")
                os.write(leader, answers.pop(0))
        os.close(leader)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()

    def test_asked_for_on_the_terminal(self):
        archive = self.archive()
        line = PASSPHRASE.encode() + b"\n"
        code, seen = self.on_terminal([line, b"something else\n"], "encrypt-backup", "--passphrase", archive)
        self.assertEqual(code, 1, seen)
        self.assertIn("the passphrases are not the same", seen)
        code, seen = self.on_terminal([line, line], "encrypt-backup", "--passphrase", archive)
        self.assertEqual(code, 0, seen)
        self.assertNotIn("horse", seen)
        file = f"{archive}.age"
        self.check(self.run_cli("decrypt-backup", "--passphrase-file", self.passphrase_file(), "--filename", "out", file), 0, "out\n")
        code, seen = self.on_terminal([line], "show-backup", file)
        self.assertEqual(code, 0, seen)
        self.assertIn("juju version:    2.0.0", seen)
        self.assertNotIn("horse", seen)

    def test_interrupted_while_asking(self):
        # As a terminal does it: Ctrl-C.
        code, seen = self.on_terminal([b"\x03"], "encrypt-backup", "--passphrase", self.archive())
        self.assertEqual(code, 130, seen)


class Secrets(EncryptionTest):
    def test_nothing_secret_is_seen(self):
        key, recipient = self.keygen()
        secret = SECRET.search(key.read_text())[0]
        archive = self.archive()
        file = self.encrypted(recipient, archive=archive)
        bad = self.dir / "bad"
        bad.write_text(secret[:-1] + ("Q" if secret[-1] != "Q" else "P") + "\n")
        for words in (["encrypt-backup", "--encrypt-to", secret, "--filename", "x", archive],
                      ["encrypt-backup", "--recipients-file", key, "--filename", "x", archive],
                      ["show-backup", "--identity", bad, file], ["show-backup", "-v", "--identity", key, file],
                      ["verify-backup", "-v", "--identity", key, file], ["decrypt-backup", "-v", "--identity", key, "--filename", "y", file]):
            with self.subTest(words=words):
                result = self.run_cli(*words)
                self.assertNotIn(secret[:40], result.out + result.err)
                self.assertNotIn(secret[20:], result.out + result.err)

    def test_not_on_the_command_line_of_any_process(self):
        key, recipient = self.keygen()
        file = self.encrypted(recipient)
        # The identity comes through a pipe, so that the program waits while it is looked at.
        fifo = self.dir / "fifo"
        os.mkfifo(fifo)
        child = subprocess.Popen([PROGRAM, "show-backup", "--identity", str(fifo), str(file)], cwd=self.dir, env=self.environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
        with open(fifo, "wb") as pipe:
            pipe.write(key.read_bytes())
            pipe.flush()
            proc = pathlib.Path("/proc") / str(child.pid)
            seen = (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
        out, err = child.communicate(timeout=60)
        self.assertEqual((child.returncode, err), (0, b""))
        self.assertIn(b"show-backup", seen)
        self.assertNotIn(b"AGE-SECRET", seen + out)


if __name__ == "__main__":
    unittest.main()
