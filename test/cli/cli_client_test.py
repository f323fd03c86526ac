"""The Juju client's own directory: backed up, shown, brought back, put back."""
import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tarfile
import unittest

from cli_support import PROGRAM, CliTest, can_trace

AGE = shutil.which("age")
PASSWORD, KEY = "hush-password", "hush-private-key"
UUIDS = {"prod": "0f5e9b7c-5555-4666-8777-2b1d3c4e5f60", "test": "1f5e9b7c-5555-4666-8777-2b1d3c4e5f61"}


def controllers_yaml(*names, endpoint="10.9.8.7:17070"):
    text = "controllers:\n"
    for name in names:
        text += f"  {name}:\n    uuid: {UUIDS[name]}\n    api-endpoints: ['{endpoint}']\n    ca-cert: CERT\n    cloud: aws\n"
    return text + f"current-controller: {names[0]}\n"


def tree_of(top):
    """Everything below, with what a restore has to bring back."""
    found = {}
    for path in sorted(pathlib.Path(top).rglob("*")):
        info = path.lstat()
        kind = "link " + os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else "directory"
        found[str(path.relative_to(top))] = (kind, stat.S_IMODE(info.st_mode), 0 if path.is_dir() else int(info.st_mtime))
    return found


class ClientTest(CliTest):
    def setUp(self):
        super().setUp()
        # Apart from where the commands run, so that what appears there can be seen.
        self.home = self.dir / "home"
        self.juju = self.home / ".local/share/juju"
        self.fill(self.juju)

    def environment(self, **extra):
        return super().environment(**{"HOME": str(self.home), "JUJU_DATA": None, **extra})

    def fill(self, juju):
        for name, text in {
                "controllers.yaml": controllers_yaml("prod", "test"),
                "accounts.yaml": f"controllers:\n  prod: {{user: admin, password: {PASSWORD}}}\n  test: {{user: bob@external}}\n",
                "models.yaml": "controllers:\n  prod:\n    models:\n      admin/controller: {uuid: 6d0c1a52-1111-4222-8333-94c7d2f0aa01}\n",
                "credentials.yaml": f"credentials:\n  aws:\n    me: {{auth-type: access-key, secret-key: {KEY}}}\n",
                "ssh/juju_id_rsa": KEY + "\n", "aliases": "st = status\n"}.items():
            path = juju / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(text)
            path.chmod(0o600)
            os.utime(path, (1476350100, 1476350100))
        (juju / "aliases").chmod(0o644)
        (juju / "more-aliases").symlink_to("aliases")
        os.utime(juju / "more-aliases", (1476350100, 1476350100), follow_symlinks=False)
        juju.chmod(0o700)

    def back_up(self, *words):
        result = self.run_cli("backup-client", *words)
        self.assertEqual((result.code, result.err), (0, ""), result)
        return self.dir / result.out.strip()

    def kept_places(self):
        return sorted(p.name for p in self.juju.parent.iterdir() if p.name != "juju")


class Backup(ClientTest):
    def test_name_mode_and_content(self):
        before = tree_of(self.juju)
        for words, zone in (([], "JST-9"), (["--utc"], "UTC0")):
            with self.subTest(words=words):
                result = self.run_cli("backup-client", *words, env={"TZ": "JST-9"})
                self.assertEqual((result.code, result.err), (0, ""), result)
                self.assertRegex(result.out, r"\Ajuju-client-\d{8}-\d{6}\.tar\.gz\n\Z")
                now = subprocess.run(["date", "+%Y%m%d-%H"], env={"TZ": zone, "PATH": os.environ["PATH"]}, capture_output=True, text=True,
                                     check=True).stdout.strip()
                hour = re.search(r"\d{8}-\d\d", result.out)[0]
                # It may have struck meanwhile.
                self.assertLessEqual(abs(int(now[-2:]) - int(hour[-2:])) % 23, 1, (hour, now))
                path = self.dir / result.out.strip()
                self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
                with tarfile.open(path) as tar:
                    names = tar.getnames()
                self.assertEqual(names[0], ".local/share/juju")
                self.assertIn(".local/share/juju/ssh/juju_id_rsa", names)
                path.unlink()
        self.assertEqual(tree_of(self.juju), before)
        self.assertEqual(self.kept_places(), [])

    def test_where_it_goes(self):
        self.check(self.run_cli("backup-client", "--filename", "b.tar.gz"), 0, "b.tar.gz\n")
        first = (self.dir / "b.tar.gz").read_bytes()
        self.check(self.run_cli("backup-client", "--filename", "b.tar.gz"), 1, "",
                   "ERROR file b.tar.gz exists already; --force replaces it\n")
        self.assertEqual((self.dir / "b.tar.gz").read_bytes(), first)
        self.check(self.run_cli("backup-client", "--filename", "b.tar.gz", "--force"), 0, "b.tar.gz\n")
        done = self.run_cli("backup-client", "--filename", "-", text=False)
        self.assertEqual((done.code, done.err, done.out[:2]), (0, b"", b"\x1f\x8b"))
        self.assertEqual(self.run_cli("backup-client", "--filename", "no/b.tar.gz").code, 1)
        other = self.dir / "other"
        self.fill(other)
        self.check(self.run_cli("backup-client", "--client-dir", other, "--filename", "o.tar.gz"), 0, "o.tar.gz\n")
        self.check(self.run_cli("backup-client", "--filename", "j.tar.gz", env={"JUJU_DATA": str(other)}), 0, "j.tar.gz\n")
        result = self.run_cli("backup-client", "--client-dir", self.dir / "none", "--filename", "n.tar.gz")
        self.assertEqual((result.code, result.out), (1, ""), result)
        self.assertEqual(sorted(p.name for p in self.dir.iterdir()), ["b.tar.gz", "home", "j.tar.gz", "o.tar.gz", "other"])

    def test_cookie_jar(self):
        jar = self.home / ".go-cookies"
        jar.write_text("[]")
        jar.chmod(0o600)
        for words, there in (([], True), (["--no-cookie-jar"], False)):
            with tarfile.open(self.back_up("--force", "--filename", "b.tar.gz", *words)) as tar:
                self.assertEqual(".go-cookies" in tar.getnames(), there)

    def test_what_is_left_out_is_told(self):
        os.mkfifo(self.juju / "pipe")
        self.assertIn("left out: pipe", self.run_cli("backup-client", "-v", "--filename", "b.tar.gz").err)

    def test_somebody_else_holds_the_lock(self):
        # Whatever the digits of its name are: the file appears with the first backup.
        self.back_up("--filename", "first.tar.gz")
        locks = list(self.temporary.glob("juju-store-lock-*"))
        self.assertEqual(len(locks), 1)
        with open(locks[0], "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            result = self.run_cli("backup-client", "--filename", "b.tar.gz")
            self.assertEqual((result.code, result.out), (1, ""), result)
            self.assertFalse((self.dir / "b.tar.gz").exists())
            result = self.run_cli("backup-client", "--filename", "b.tar.gz", "--without-lock")
            self.assertEqual((result.code, result.out), (0, "b.tar.gz\n"), result)
            self.assertIn("WARNING", result.err)

    def test_gnu_tar_unpacks_it_in_the_home_folder(self):
        archive = self.back_up()
        home = self.dir / "new home"
        home.mkdir()
        subprocess.run(["tar", "-xpzf", str(archive), "-C", str(home)], check=True)
        found = tree_of(home / ".local/share/juju")
        found.pop(".juju-client-manifest.json", None)
        self.assertEqual(found, tree_of(self.juju))


class Show(ClientTest):
    def test_names_and_no_secrets(self):
        archive = self.back_up()
        record = json.loads(self.run_cli("show-client-backup", "--format", "json", archive).out)
        self.assertEqual([(c["name"], c["uuid"], c.get("user"), c["models"], c["current"]) for c in record["controllers"]],
                         [("prod", UUIDS["prod"], "admin", ["admin/controller"], True), ("test", UUIDS["test"], "bob@external", [], False)])
        self.assertEqual(record["sha256"], hashlib.sha256(archive.read_bytes()).hexdigest())
        for form in ("text", "json", "yaml"):
            result = self.run_cli("show-client-backup", "--format", form, archive)
            self.assertEqual((result.code, result.err), (0, ""))
            for word in ("prod", "admin", "admin/controller", "test"):
                self.assertIn(word, result.out)
            self.assertNotIn("hush", result.out)
        with open(archive, "rb") as pipe:
            self.check(self.run_cli("show-client-backup", "-", stdin=pipe), 0, self.run_cli("show-client-backup", archive).out)

    def test_what_tar_made(self):
        archive = self.dir / "tar.tar.gz"
        subprocess.run(["tar", "-cpzf", str(archive), ".local/share/juju"], cwd=self.home, check=True)
        record = json.loads(self.run_cli("show-client-backup", "--format", "json", archive).out)
        self.assertEqual([c["name"] for c in record["controllers"]], ["prod", "test"])
        self.assertFalse(record["own"])

    def test_what_is_none(self):
        archive = self.dir / "x.tar.gz"
        subprocess.run(["tar", "-czf", str(archive), "-C", "/", "etc/hostname"], check=True)
        self.assertEqual(self.run_cli("show-client-backup", archive).code, 1)
        archive.write_text("nothing")
        self.assertEqual(self.run_cli("show-client-backup", archive).code, 1)


class Verify(ClientTest):
    def test_recognised(self):
        ours = self.back_up()
        its = self.dir / "tar.tar.gz"
        subprocess.run(["tar", "-cpzf", str(its), ".local/share/juju"], cwd=self.home, check=True)
        for archive in (ours, its):
            result = self.run_cli("verify-backup", archive)
            self.assertEqual((result.code, result.err), (0, ""), result)
            self.assertNotIn("hush", result.out)
        ours.write_bytes(ours.read_bytes()[:-5])
        self.assertEqual(self.run_cli("verify-backup", ours).code, 1)

    def test_encrypted(self):
        key = self.dir / "key"
        recipient = self.run_cli("keygen", "--output", key).out.split()[-1]
        archive = self.back_up("--encrypt-to", recipient)
        self.assertEqual(self.run_cli("verify-backup", "--identity", key, archive).code, 0)
        self.assertEqual(self.run_cli("verify-backup", archive).code, 3)


class Restore(ClientTest):
    def test_into_nothing(self):
        before = tree_of(self.juju)
        archive = self.back_up()
        shutil.rmtree(self.juju)
        plan = self.run_cli("restore-client", "--dry-run", archive)
        self.assertEqual((plan.code, plan.err), (0, ""), plan)
        self.assertIn("create", plan.out)
        self.assertFalse(self.juju.exists())
        result = self.run_cli("restore-client", archive)
        self.assertEqual((result.code, result.out), (0, plan.out), result)
        self.assertIn("restored ", result.err)
        found = tree_of(self.juju)
        found.pop(".juju-client-manifest.json", None)
        self.assertEqual(found, before)
        self.assertNotIn("hush", result.out + result.err)

    def test_nothing_to_do(self):
        archive = self.back_up()
        inode = self.juju.stat().st_ino
        result = self.run_cli("restore-client", archive)
        self.assertEqual(result.code, 0, result)
        self.assertIn("nothing had to be changed", result.err)
        self.assertEqual(self.juju.stat().st_ino, inode)

    def changed(self):
        """An archive, and a directory that is not the same any more."""
        archive = self.back_up()
        (self.juju / "controllers.yaml").write_text(controllers_yaml("prod", endpoint="192.0.2.1:17070"))
        (self.juju / "mine").write_text("stays\n")
        return archive

    def test_refuses_to_overwrite_without_force(self):
        archive = self.changed()
        before = tree_of(self.juju)
        result = self.run_cli("restore-client", archive)
        self.assertEqual((result.code, result.err), (1, "ERROR nothing was changed: what is there would be overwritten; --force does that\n"))
        self.assertRegex(result.out, r"(?m)overwrite +controllers\.yaml")
        self.assertEqual(tree_of(self.juju), before)
        plan = json.loads(self.run_cli("restore-client", "--dry-run", "--format", "json", archive).out)
        self.assertTrue(plan["needs-force"])
        self.assertEqual(tree_of(self.juju), before)
        self.assertEqual(self.kept_places(), [])

    def test_undo_and_commit(self):
        archive = self.changed()
        changed = tree_of(self.juju)
        for words in (["--undo"], ["--commit"], ["--finish"]):
            self.check(self.run_cli("restore-client", *words), 1, "", f"ERROR there is no restore to {words[0][2:]}\n")
        result = self.run_cli("restore-client", "--force", archive)
        self.assertEqual(result.code, 0, result)
        kept = re.search(r"what was replaced is kept in (.*): restore-client --undo puts it back, restore-client --commit removes it\n", result.err)[1]
        self.assertEqual((pathlib.Path(kept) / "mine").read_text(), "stays\n")
        self.assertEqual((self.juju / "mine").read_text(), "stays\n")
        self.assertIn("test:", (self.juju / "controllers.yaml").read_text())
        # As long as that is open, everything that follows says so, and there is no other restore.
        self.assertRegex(self.run_cli("backup-client", "--filename", "b.tar.gz").err, r"\AWARNING ")
        again = self.run_cli("restore-client", "--force", archive)
        self.assertEqual(again.code, 1, again)
        self.assertRegex(again.err, r"\AWARNING .*\nERROR nothing was changed: end the restore before with --undo or --commit")
        result = self.run_cli("restore-client", "--undo")
        self.assertEqual((result.code, result.err), (0, "what was replaced is back\n"))
        self.assertEqual(tree_of(self.juju), changed)
        self.assertEqual(self.kept_places(), [])
        self.assertEqual(self.run_cli("restore-client", "--force", archive).code, 0)
        self.assertEqual(self.run_cli("restore-client", "--commit").code, 0)
        self.assertIn("test:", (self.juju / "controllers.yaml").read_text())
        self.assertEqual(self.kept_places(), [])
        self.check(self.run_cli("restore-client", "--commit"), 1, "", "ERROR there is no restore to commit\n")

    @unittest.skipUnless(can_trace(), "no strace, or not allowed to trace")
    def test_killed_between_its_steps(self):
        archive = self.changed()
        old = tree_of(self.juju)
        left = 0
        for when in range(1, 5):
            with self.subTest(when=when):
                done = subprocess.run(["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=rename,renameat,renameat2", "-e",
                                       f"inject=rename,renameat,renameat2:signal=KILL:when={when}", PROGRAM, "restore-client", "--force",
                                       str(archive)], cwd=self.dir, env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True,
                                      check=False)
                now = tree_of(self.juju)
                is_new = "192.0.2.1" not in (self.juju / "controllers.yaml").read_text()
                if not is_new:
                    self.assertEqual(now, old)
                seen = self.run_cli("restore-client", "--dry-run", archive)
                self.assertEqual(seen.code, 0, seen)
                if seen.err:
                    self.assertRegex(seen.err, r"\AWARNING .*restore")
                    left += done.returncode != 0
                    self.assertEqual(self.run_cli("restore-client", "--undo").code, 0)
                self.assertEqual(tree_of(self.juju), old)
                self.assertEqual(self.kept_places(), [])
        self.assertGreater(left, 0, "nothing was killed")

    def test_single_controllers(self):
        archive = self.back_up()
        (self.juju / "controllers.yaml").write_text(controllers_yaml("prod", endpoint="192.0.2.1:17070"))
        (self.juju / "accounts.yaml").write_text("controllers:\n  prod: {user: other, password: hush-other}\n")
        (self.juju / "aliases").write_text("mine\n")
        result = self.run_cli("restore-client", "--controller", "test", archive)
        self.assertEqual(result.code, 0, result)
        text = (self.juju / "controllers.yaml").read_text()
        self.assertIn("192.0.2.1", text)
        self.assertIn("test:", text)
        accounts = (self.juju / "accounts.yaml").read_text()
        self.assertIn("hush-other", accounts)
        self.assertIn("bob@external", accounts)
        self.assertEqual((self.juju / "aliases").read_text(), "mine\n")
        self.assertNotIn("hush", result.out + result.err)
        self.assertEqual(self.run_cli("restore-client", "--commit").code, 0)
        result = self.run_cli("restore-client", "-c", "nobody", archive)
        self.assertEqual((result.code, result.out), (1, ""), result)

    def test_what_tar_made_and_modes(self):
        (self.juju / "credentials.yaml").chmod(0o644)
        archive = self.dir / "tar.tar.gz"
        subprocess.run(["tar", "-cpzf", str(archive), ".local/share/juju"], cwd=self.home, check=True)
        shutil.rmtree(self.juju)
        self.assertEqual(self.run_cli("restore-client", archive).code, 0)
        # Juju's own files are 0600 whatever the archive says.
        self.assertEqual(stat.S_IMODE((self.juju / "credentials.yaml").stat().st_mode), 0o600)
        self.assertEqual(os.readlink(self.juju / "more-aliases"), "aliases")

    def test_encrypted(self):
        key = self.dir / "key"
        recipient = self.run_cli("keygen", "--output", key).out.split()[-1]
        before = tree_of(self.juju)
        for words in ([], ["--armor"]):
            with self.subTest(words=words):
                archive = self.back_up("--encrypt-to", recipient, *words)
                self.assertRegex(archive.name, r"\Ajuju-client-\d{8}-\d{6}\.tar\.gz\.age\Z")
                self.assertEqual(stat.S_IMODE(archive.stat().st_mode), 0o600)
                self.assertNotIn(b"hush", archive.read_bytes())
                shutil.rmtree(self.juju)
                result = self.run_cli("restore-client", archive)
                self.assertEqual((result.code, result.out), (1, ""))
                self.assertIn("is encrypted: missing --identity", result.err)
                self.assertFalse(self.juju.exists())
                self.assertIn("prod", self.run_cli("show-client-backup", "--identity", key, archive).out)
                self.assertEqual(self.run_cli("restore-client", "--identity", key, archive).code, 0)
                self.run_cli("restore-client", "--commit")
                found = tree_of(self.juju)
                found.pop(".juju-client-manifest.json", None)
                self.assertEqual(found, before)
                archive.unlink()

    @unittest.skipUnless(AGE, "no age")
    def test_age_and_tar_bring_it_back(self):
        key = self.dir / "key"
        recipient = self.run_cli("keygen", "--output", key).out.split()[-1]
        archive = self.back_up("--encrypt-to", recipient)
        home = self.dir / "new home"
        home.mkdir()
        plain = subprocess.run([AGE, "-d", "-i", str(key), str(archive)], capture_output=True, check=True).stdout
        subprocess.run(["tar", "-xpzC", str(home)], input=plain, check=True)
        self.assertEqual((home / ".local/share/juju/ssh/juju_id_rsa").read_text(), KEY + "\n")

    def test_damage(self):
        archive = self.back_up()
        shutil.rmtree(self.juju)
        archive.write_bytes(archive.read_bytes()[:-30])
        result = self.run_cli("restore-client", archive)
        self.assertEqual(result.code, 1, result)
        self.assertFalse(self.juju.exists())
        self.assertEqual(self.kept_places(), [])

    def test_as_a_plugin(self):
        result = self.run_cli("--filename", "b.tar.gz", program=self.link("juju-backup-client"))
        self.check(result, 0, "b.tar.gz\n")
        self.assertEqual(self.run_cli("b.tar.gz", program=self.link("juju-show-client-backup")).code, 0)
        self.assertEqual(self.run_cli("--dry-run", "b.tar.gz", program=self.link("juju-restore-client")).code, 0)


if __name__ == "__main__":
    unittest.main()
