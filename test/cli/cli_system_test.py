"""The command line and the system around it: terminals, signals, full disks, and which files are touched."""
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from cli_support import ID_PATTERN, PROGRAM, CliTest, can_trace, juju_archive, make_tree

TREE = None


def setUpModule():
    global TREE
    TREE = make_tree(pathlib.Path(tempfile.mkdtemp(prefix="jujubackup-cli-")) / "tree", 24)


def tearDownModule():
    shutil.rmtree(TREE.parent)


def create_words():
    return ["create-backup", "--root", str(TREE / "root"), "--dump", str(TREE / "juju-backup/dump")]


class Terminal(CliTest):
    def run_on_terminal(self, *words):
        """Standard error on a terminal of its own; what came there, and the exit code."""
        leader, follower = pty.openpty()
        child = subprocess.Popen([PROGRAM, *words], cwd=self.dir, env=self.environment(TERM="xterm"), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=follower)
        os.close(follower)
        seen = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # how Linux says that the other side is closed
                break
            if not piece:
                break
            seen += piece
        os.close(leader)
        out = child.stdout.read()
        child.stdout.close()
        return child.wait(), out.decode(), seen.decode()

    def test_progress_on_a_terminal(self):
        code, out, seen = self.run_on_terminal(*create_words())
        self.assertEqual(code, 0)
        self.assertRegex(out, rf"^{ID_PATTERN}\n$")
        self.assertRegex(seen, r"\rwriting +\d+%.* of \S+ MiB")
        self.assertRegex(seen, r"\rpublishing")
        self.assertTrue(seen.endswith("\r\x1b[K"), repr(seen[-80:]))
        lines = [line.split("\x1b")[0] for line in seen.split("\r")]
        self.assertLess(max(map(len, lines)), 80)
        # At most ten a second, and one for each new phase.
        self.assertLess(len(lines), 400)

    def test_no_progress_with_quiet_or_a_pipe(self):
        code, _, seen = self.run_on_terminal("--quiet", *create_words())
        self.assertEqual((code, seen), (0, ""))
        self.assertEqual(self.run_cli("verify-backup", self.run_cli("backups").out.strip()).err, "")


    def test_what_was_not_verified_is_not_called_so(self):
        self.assertIn("stored and verified juju-backup-", self.run_cli("--verbose", *create_words()).err)
        self.run_cli("remove-backup", self.run_cli("backups").out.strip())
        fast = self.run_cli("--verbose", *create_words(), "--level", "fast").err
        self.assertIn("stored juju-backup-", fast)
        self.assertNotIn("verified", fast)


class Signals(CliTest):
    def interrupt_add(self, number):
        archive = self.dir / "a.tar.gz"
        juju_archive(archive, extra=[("juju-backup/dump/juju/noise.bin", os.urandom(4 << 20))])
        data = archive.read_bytes()
        child = subprocess.Popen([PROGRAM, "add-backup", "-"], cwd=self.dir, env=self.environment(), stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # More than a pipe holds: when it is written, the program is at work.
        child.stdin.write(data[:1 << 20])
        child.stdin.flush()
        child.send_signal(number)
        try:
            child.stdin.write(data[1 << 20:])
        except BrokenPipeError:
            pass
        try:
            child.stdin.close()
        except BrokenPipeError:
            pass
        out, err = child.stdout.read(), child.stderr.read()
        child.stdout.close()
        child.stderr.close()
        self.assertEqual((child.wait(), out, err), (130, b"", b"ERROR interrupted\n"))
        left = [p for p in self.store.rglob("*") if p.is_file() and p.stat().st_size > 0] if self.store.exists() else []
        self.assertEqual(left, [], "an interrupted add leaves nothing")

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                self.interrupt_add(number)


class Output(CliTest):
    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            for words in (["backups", "--format", "json"], ["help"], ["completion", "bash"]):
                with self.subTest(words=words):
                    result = self.run_cli(*words, stdout=full)
                    self.assertEqual((result.code, result.err), (1, "ERROR writing standard output: No space left on device\n"))

    def test_a_closed_pipe_is_quiet(self):
        read_end, write_end = os.pipe()
        os.close(read_end)
        result = self.run_cli("help", "--man", stdout=write_end)
        os.close(write_end)
        self.assertEqual((result.code, result.err), (1, ""))


@unittest.skipUnless(can_trace(), "no strace, or not allowed to trace")
class Trace(CliTest):
    def trace(self, calls, *words):
        log = self.dir / "trace"
        done = subprocess.run(["strace", "-f", "-qq", "-y", "-s", "0", "-e", "trace=" + calls, "-o", str(log), PROGRAM, *map(str, words)],
                              cwd=self.dir, env=self.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return log.read_text(), done.stdout

    def test_create_writes_into_the_store_alone(self):
        self.store.mkdir()
        log, _ = self.trace("openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,write,pwrite64,writev,pwritev", *create_words())
        writes = 0
        for line in log.splitlines():
            if re.search(r" (p?writev?(64)?)\(", line):
                place = re.search(r"\(\d+<([^>]*)>", line)
                if re.search(r"\((1|2)<", line):
                    continue
                self.assertTrue(place and place[1].startswith(str(self.store)), line)
                writes += 1
            elif re.search(r"O_WRONLY|O_RDWR|O_CREAT| creat\(", line):
                target = re.search(r"= \d+<([^>]*)>", line)
                if target and not target[1].startswith(("/dev/", str(self.store))):
                    self.fail("opened for writing: " + line)
            elif re.search(r" mkdir(at)?\(", line):
                self.assertIn(str(self.store), line)
        self.assertGreater(writes, 1)

    def bytes_read(self, log, path):
        lines = [line for line in log.splitlines() if f"<{path}>" in line and re.search(r" p?read(v|64)?\(", line)]
        return sum(int(re.search(r"= (\d+)$", line)[1]) for line in lines)

    def test_add_reads_once(self):
        archive = self.dir / "a.tar.gz"
        juju_archive(archive, extra=[("juju-backup/dump/juju/noise.bin", os.urandom(4 << 20))])
        self.store.mkdir()
        # With one thread, so that no line of the log is cut by another's.
        log, _ = self.trace("read,pread64,readv,preadv,mmap", "add-backup", archive, "--threads", "1")
        self.assertEqual(self.bytes_read(log, archive), archive.stat().st_size)
        # Nothing is read back.
        self.assertNotIn(str(self.store / ".tmp-"), log)

    def test_one_thread_starts_no_other(self):
        archive = self.dir / "a.tar.gz"
        juju_archive(archive, extra=[("juju-backup/dump/juju/noise.bin", os.urandom(4 << 20))])
        for words in (create_words(), ["add-backup", archive], ["verify-backup", archive], ["list-files", archive],
                      ["extract-backup", "--to", "out", archive], ["get-backup", "--filename", "copy", archive]):
            with self.subTest(words=words):
                log, _ = self.trace("clone,clone3", *words, "--threads", "1")
                self.assertNotIn("CLONE_THREAD", log)
        log, _ = self.trace("clone,clone3", "verify-backup", archive, "--threads=3")
        self.assertIn("CLONE_THREAD", log)

    def test_show_reads_only_the_beginning_of_a_big_archive(self):
        self.assertEqual(self.run_cli(*create_words()).code, 0)
        archive = next(self.store.glob("juju-backup-*.tar.gz"))
        self.assertGreater(archive.stat().st_size, 4 << 20)
        copy = self.dir / "copy.tar.gz"
        shutil.copy(archive, copy)
        log, out = self.trace("read,pread64,readv,preadv,mmap", "show-backup", copy)
        self.assertIn("size (B):        " + str(archive.stat().st_size), out)
        lines = [line for line in log.splitlines() if str(copy) in line]
        self.assertFalse([line for line in lines if " mmap(" in line])
        total = sum(int(re.search(r"= (\d+)$", line)[1]) for line in lines)
        self.assertGreater(total, 0)
        self.assertLess(total, 1 << 20)


if __name__ == "__main__":
    unittest.main()
