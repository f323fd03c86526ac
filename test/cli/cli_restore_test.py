"""check-restore: whether a backup would go onto a machine, and what that would take. Nothing is ever changed."""
import json
import os
import unittest

from cli_support import CliTest, juju_archive


def snapshot(root):
    """Every path below it with type, mode, time and content."""
    found = {}
    for path in sorted(root.rglob("*")):
        info = path.lstat()
        found[str(path)] = (info.st_mode, info.st_mtime_ns, path.read_bytes() if path.is_file() else b"")
    return found


class CheckRestoreTest(CliTest):
    def setUp(self):
        super().setUp()
        self.root = self.dir / "root"
        agent = self.root / "var/lib/juju/agents/machine-0"
        agent.mkdir(parents=True)
        (agent / "agent.conf").write_text("# format 2.0\nstatepassword: hidden-state-password\n")
        os.chmod(agent / "agent.conf", 0o600)
        self.archive = self.dir / "archive.tar.gz"
        juju_archive(self.archive)

    def check_restore(self, *words):
        before = snapshot(self.root)
        result = self.run_cli("check-restore", "--root", self.root, *words)
        self.assertEqual(snapshot(self.root), before)
        for secret in ("hidden-state-password", "-----KEY-----"):
            self.assertNotIn(secret, result.out + result.err)
        return result

    def test_checks(self):
        result = self.check_restore(self.archive)
        self.assertEqual(result.code, 1, result)  # its dump lacks most of what a controller has
        lines = result.out.splitlines()
        self.assertTrue(all(line.split()[0] in ("ok", "warning", "blocker") for line in lines), result)
        self.assertTrue(any(line.startswith("blocker dump-complete: ") for line in lines), result)
        self.assertNotIn("Steps", result.out)

    def test_a_plan(self):
        result = self.check_restore("--plan", "--kind", "files-only", self.archive)
        self.assertIn("Steps of files-only", result.out)
        self.assertRegex(result.out, r"\n1\. save-files: ")
        self.assertIn("undo: ", result.out)

    def test_json(self):
        result = self.check_restore("--format", "json", "--kind", "database-only", self.archive)
        plan = json.loads(result.out)
        self.assertEqual((plan["kind"], plan["blocked"]), ("database-only", True))
        self.assertEqual(result.code, 1)

    def test_a_damaged_archive_is_blocked(self):
        content = bytearray(self.archive.read_bytes())
        content[len(content) // 2] ^= 1
        self.archive.write_bytes(content)
        result = self.check_restore(self.archive)
        self.assertEqual(result.code, 1, result)

    def test_usage(self):
        self.check(self.run_cli("check-restore"), 2, "", "ERROR missing ID or file\n")
        self.assertEqual(self.check_restore("--kind", "everything", self.archive).code, 2)
        self.assertEqual(self.check_restore("nowhere/archive.tar.gz").code, 1)


if __name__ == "__main__":
    unittest.main()
