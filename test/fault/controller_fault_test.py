"""What the command line does when a controller, or the way to it, misbehaves: a clear error, no partial file, nothing of the source changed.

The misbehaving controller is test/support/juju_wire.py; where a real one is needed it is `jujubackup serve`.
"""
import base64
import hashlib
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path += [str(pathlib.Path(__file__).parent.parent / part) for part in ("support", "cli")]
import juju_wire  # noqa: E402
from cli_support import MODEL, PROGRAM, CliTest, juju_archive, make_tree  # noqa: E402

CONTROLLER = "0f5e9b7c-5555-4666-8777-2b1d3c4e5f60"
PASSWORD = "correct-horse-battery"
BACKUP_ID = "20161013-091500." + MODEL


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


class ControllerFaultTest(CliTest):
    def setUp(self):
        super().setUp()
        self.archive = self.dir / "archive.tar.gz"
        juju_archive(self.archive, extra=[("juju-backup/dump/juju/txns.bson", bytes(range(256)) * 0)])
        self.bytes = self.archive.read_bytes()
        self.checksum = base64.b64encode(hashlib.sha1(self.bytes).digest()).decode()
        self.certificates = juju_wire.make_certificates(self.dir / "tls")

    def fake(self, version="2.9.21", certificates=None, archives=None, **replies):
        metadata = {
            "id": BACKUP_ID, "checksum": self.checksum, "checksum-format": "SHA-1, base64 encoded", "size": len(self.bytes),
            "stored": "2016-10-13T09:15:27Z", "started": "2016-10-13T09:15:00Z", "finished": "2016-10-13T09:15:20Z", "notes": "",
            "model": MODEL, "machine": "0", "hostname": "juju-aa01-0", "version": version, "series": "xenial", "ca-cert": "",
            "ca-private-key": "", "filename": "", "format-version": 1, "controller-uuid": CONTROLLER, "controller-machine-id": "0",
            "controller-machine-inst-id": "", "ha-nodes": 1}
        known = {"Backups.Info": {"response": metadata}, "Backups.List": {"response": {"list": [metadata]}}}
        known.update({name.replace("_", "."): reply for name, reply in replies.items()})
        controller = juju_wire.FakeController(certificates or self.certificates, MODEL, CONTROLLER, version, [1, 2], known, archives)
        self.addCleanup(controller.close)
        return controller

    def juju_data(self, controller, ca=None, password=PASSWORD):
        path = self.dir / f"juju-{controller.port}"
        juju_wire.write_client_dir(path, [{
            "name": "prod", "uuid": CONTROLLER, "port": controller.port, "ca": (ca or controller.ca_file).read_text(), "model": MODEL,
            "user": "admin", "password": password}])
        return path

    def run_against(self, controller, *words, **options):
        env = {"JUJU_DATA": str(self.juju_data(controller, **options)), "JUJUBACKUP_STORE": None}
        result = self.run_cli(*words, env=env)
        self.assertNotIn(PASSWORD, result.out + result.err)
        return result

    def check_fails(self, result, *texts):
        """Exit 1, one ERROR line that holds the texts, and nothing but what was there before in the directory."""
        self.assertEqual(result.code, 1, result)
        self.assertIn("ERROR ", result.err)
        for text in texts:
            self.assertIn(text, result.err)
        left = [p for p in self.dir.iterdir() if p.name != "archive.tar.gz" and p.is_file()]
        self.assertEqual(left, [], result)
        self.assertEqual(self.archive.read_bytes(), self.bytes)

    # What comes instead of the archive.

    def transfer(self, *pieces, head=b"", end=chunk(b"")):
        digest = base64.b64encode(self.checksum.encode())

        def answer(stream, _method, _header, _file):
            stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nDigest: SHA-256=" + digest
                           + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + head)
            for piece in pieces:
                stream.sendall(chunk(piece))
            stream.sendall(end)
        return answer

    def test_whole(self):
        """The same without a fault, so that the others fail for the reason they say."""
        result = self.run_against(self.fake(archives=self.transfer(self.bytes)), "download-backup", BACKUP_ID, "--filename", "copy")
        self.assertEqual(result.code, 0, result)
        self.assertEqual((self.dir / "copy").read_bytes(), self.bytes)

    def test_bad_transfers(self):
        half = len(self.bytes) // 2
        flipped = self.bytes[:half] + bytes([self.bytes[half] ^ 1]) + self.bytes[half + 1:]
        tail = json.dumps({"message": "reading the archive: input/output error", "code": ""}).encode()
        cases = {
            "cut inside of a chunk": (self.transfer(head=b"%x\r\n" % len(self.bytes) + self.bytes[:half], end=b""), []),
            "cut between chunks": (self.transfer(self.bytes[:half], end=b""), []),
            "cut before the last chunk": (self.transfer(self.bytes, end=b""), []),
            "too short": (self.transfer(self.bytes[:half]), [str(half), str(len(self.bytes))]),
            "too long": (self.transfer(self.bytes, b"more"), [str(len(self.bytes))]),
            "an error behind half of it": (self.transfer(self.bytes[:half], tail), ["reading the archive: input/output error"]),
            "an error behind all of it": (self.transfer(self.bytes, tail), ["reading the archive: input/output error"]),
            "other bytes": (self.transfer(flipped), ["SHA-1"]),
            "nothing": (self.transfer(), []),
            "no answer": (lambda stream, *_: None, []),
            "no HTTP": (lambda stream, *_: stream.sendall(b"220 mail.example.org ESMTP\r\n\r\n"), []),
            "endless header": (lambda stream, *_: stream.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * (1 << 20)), []),
        }
        for name, (archives, texts) in cases.items():
            with self.subTest(name):
                result = self.run_against(self.fake(archives=archives), "download-backup", BACKUP_ID, "--filename", "copy")
                self.check_fails(result, *texts)

    def test_refused_transfers(self):
        def answer(status, body, kind=b"application/json"):
            return lambda stream, *_: stream.sendall(b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"
                                                     % (status, kind, len(body), body))
        cases = {
            "bare": (answer(b"404 Not Found", b'{"message":"backup metadata \\"x\\" not found","code":"not found"}'),
                     'backup metadata "x" not found'),
            "wrapped": (answer(b"500 Internal Server Error", b'{"error":{"message":"disk on fire","code":""}}'), "disk on fire"),
            "old": (answer(b"500 Internal Server Error", b'{"error":"disk on fire","error-code":""}'), "disk on fire"),
            "text": (answer(b"403 Forbidden", b"authorization failed: user bob is not a controller admin\n", b"text/plain"),
                     "user bob is not a controller admin"),
            "control characters": (answer(b"500 Internal Server Error", b"\x1b[2Jgotcha", b"text/plain"), "gotcha"),
        }
        for name, (archives, text) in cases.items():
            with self.subTest(name):
                result = self.run_against(self.fake(archives=archives), "download-backup", BACKUP_ID)
                self.check_fails(result, text)
                self.assertNotIn("\x1b", result.err)

    # Who is at the other end.

    def test_another_ca(self):
        other, _ = juju_wire.make_certificates(self.dir / "other")
        controller = self.fake()
        self.check_fails(self.run_against(controller, "backups", ca=other), "certificate")
        self.assertEqual(controller.logins, [])

    def test_another_name(self):
        controller = self.fake(certificates=juju_wire.make_certificates(self.dir / "name", name="elsewhere.example.org"))
        self.check_fails(self.run_against(controller, "backups"), "certificate")
        self.assertEqual(controller.logins, [])

    def test_logins(self):
        login = self.fake().login_result
        wrong_model = "model-7e1d0000-1111-4222-8333-94c7d2f0aa01"
        cases = {
            "wrong password": ({"error": "invalid entity name or password", "error-code": "unauthorized access"},
                               "invalid entity name or password"),
            "another model": ({"response": login(**{"model-tag": wrong_model})}, "mismatched model tag"),
            "another controller": ({"response": login(**{"controller-tag": "controller-" + MODEL})}, "controller"),
            "no version": ({"response": login(**{"server-version": "two"})}, "version"),
            "no object": ({"response": []}, ""),
            "discharge": ({"response": {"discharge-required": {"caveats": []}, "discharge-required-error": "no macaroons"}}, "juju login"),
            "maintenance": ({"error": "login failed - maintenance in progress", "error-code": ""}, "maintenance in progress"),
        }
        for name, (reply, text) in cases.items():
            with self.subTest(name):
                self.check_fails(self.run_against(self.fake(Admin_Login=reply), "backups"), text)

    def test_refused_calls(self):
        cases = {
            "no admin": ({"error": "permission denied", "error-code": "unauthorized access"},
                         "ERROR permission denied (unauthorized access)\n"),
            "other model": ({"error": "backups are only supported from the controller model\nUse juju switch to select the controller model"},
                            "ERROR backups are only supported from the controller model\nUse juju switch to select the controller model\n"),
        }
        for name, (reply, text) in cases.items():
            with self.subTest(name):
                self.check_fails(self.run_against(self.fake(Backups_List=reply), "backups"), text)

    def test_odd_answers(self):
        deep = "[" * 100000
        cases = {
            "wrong types": {"response": {"list": [{"id": 7}]}},
            "no list": {"response": {"list": "none"}},
            "gone": None,
            "negative size": {"response": {"list": [{"id": "x", "size": -1}]}},
            "error without text": {"error": {"deep": deep}},
        }
        for name, reply in cases.items():
            with self.subTest(name):
                self.check_fails(self.run_against(self.fake(Backups_List=lambda _params, reply=reply: reply), "backups"))

    # A real controller of ours, and faults around it.

    def tree(self):
        path = self.dir / "tree"
        return path if path.exists() else make_tree(path, 2)

    def serve(self, *words):
        tree = self.tree()
        client = self.dir / f"client-{time.monotonic_ns()}"
        process = subprocess.Popen(
            [PROGRAM, "serve", "--address", "127.0.0.1:0", "--state-dir", self.dir / "state", "--store", self.store, "--root", tree / "root", "--dump",
             tree / "juju-backup" / "dump", "--client-dir", client, *words],
            env=self.environment(), cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        while not (client / "models.yaml").exists():
            line = process.stdout.readline()
            self.assertTrue(line, "serve ended")
        return process, client

    def test_upload_broken_off(self):
        """A client that dies in the midst of an upload leaves nothing in the store, nor beside it."""
        _, client = self.serve("--emulate", "2.9")
        text = (client / "controllers.yaml").read_text()
        port = int(text.split("127.0.0.1:")[1].split("'")[0].split('"')[0].split()[0].rstrip("]"))
        ca = self.dir / "ca.pem"
        model = (client / "models.yaml").read_text().split("uuid: ")[1].split()[0]
        password = (client / "accounts.yaml").read_text().split("password: ")[1].split()[0]
        lines = text.splitlines()
        begin = next(i for i, line in enumerate(lines) if "BEGIN CERTIFICATE" in line)
        end = next(i for i, line in enumerate(lines) if "END CERTIFICATE" in line)
        ca.write_text("\n".join(line.strip() for line in lines[begin:end + 1]) + "\n")
        head = json.dumps({"id": "", "checksum": "", "checksum-format": "", "size": len(self.bytes), "stored": "0001-01-01T00:00:00Z",
                           "started": "2016-10-13T09:15:00Z", "finished": "2016-10-13T10:00:00Z", "notes": "", "model": MODEL,
                           "machine": "0", "hostname": "h", "version": "2.0.0"}).encode()
        body = (b"--XYZ\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n" + head
                + b"\r\n--XYZ\r\nContent-Disposition: form-data; name=\"attached\"; filename=\"juju-backup.tar.gz\"\r\n"
                b"Content-Type: application/octet-stream\r\n\r\n" + self.bytes + b"\r\n--XYZ--\r\n")
        def send(bytes_to_send):
            stream = juju_wire.connect(port, ca)
            stream.sendall((f"PUT /model/{model}/backups HTTP/1.1\r\nHost: localhost\r\nAuthorization: {juju_wire.basic('admin', password)}"
                            f"\r\nContent-Type: multipart/form-data; boundary=XYZ\r\nContent-Length: {len(body)}\r\n\r\n").encode())
            stream.sendall(bytes_to_send)
            return stream

        for cut in (10, len(body) // 2, len(body) - 30):
            send(body[:cut]).close()
        self.assertEqual(self.stored_archives(), [])
        # The whole of it is taken, so that it was the cut that mattered.
        with send(body) as stream:
            self.assertIn(b" 200 ", stream.recv(65536).split(b"\r\n")[0])
        self.assertEqual(len(self.stored_archives()), 1)
        self.assertEqual([p.name for p in self.store.iterdir() if p.name.startswith(".tmp")], [])

    def test_archive_changed_while_it_is_sent(self):
        """Between the reading that verifies an archive and the one that sends it: what was sent has no end, so that nobody can store it."""
        sent = queue.Queue()
        there = threading.Event()

        def take(stream, _method, header, file):
            body, size = b"", int(header["content-length"])
            try:
                while len(body) < size and (piece := file.read1(size - len(body))):
                    body += piece
                if len(body) == size:
                    there.set()
                    reply = json.dumps({"id": BACKUP_ID}).encode()
                    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                                   % (len(reply), reply))
            finally:
                sent.put(body)

        def look(_params):
            # The first question is asked when the archive was verified, the second when it was sent.
            if not there.is_set():
                if changed:
                    copy.write_bytes(changed)
                return {"error": f'backup metadata "{BACKUP_ID}" not found', "error-code": "not found"}
            return {"response": controller.replies["Backups.List"]["response"]["list"][0]}

        copy = self.dir / "copy"
        flipped = bytearray(self.bytes)
        flipped[len(flipped) // 2] ^= 1
        for changed in (bytes(flipped), self.bytes[:-1], None):
            copy.write_bytes(self.bytes)
            controller = self.fake(archives=take, Backups_Info=look)
            result = self.run_against(controller, "upload-backup", copy)
            if changed is None:
                self.assertEqual(result.code, 0, result)
                body = sent.get(timeout=60)
                self.assertIn(self.bytes, body)
                self.assertTrue(body.endswith(b"--\r\n"))
                continue
            self.assertEqual(result.code, 1, result)
            self.assertEqual(copy.read_bytes(), changed)
            if len(changed) == len(self.bytes):
                self.assertIn("copy changed after it was verified", result.err)
                self.assertFalse(sent.get(timeout=60).endswith(b"--\r\n"))
            else:
                self.assertIn(f"copy: has {len(changed)} bytes, where its metadata says {len(self.bytes)}", result.err)
        self.assertTrue(sent.empty())

    def stored_archives(self):
        return [name for name in self.stored_files() if name.endswith(".tar.gz")]

    def test_server_killed_in_a_download(self):
        # More than the buffers between the two hold, so that it is in the midst of it.
        tools = self.tree() / "root" / "var" / "lib" / "juju" / "tools"
        tools.mkdir(parents=True, exist_ok=True)
        (tools / "noise").write_bytes(os.urandom(48 << 20))
        process, client = self.serve("--emulate", "2.9")
        env = {"JUJU_DATA": str(client), "JUJUBACKUP_STORE": None}
        created = self.run_cli("create-backup", "--no-download", "--keep-copy", env=env)
        self.assertEqual(created.code, 0, created)
        backup_id = self.run_cli("backups", env=env).out.strip()
        # Nobody reads from the pipe, so that the transfer stands still until the server is gone.
        download = subprocess.Popen([PROGRAM, "get-backup", backup_id, "--filename", "-"], env=self.environment(**env), cwd=self.dir,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.assertEqual(len(download.stdout.read(1)), 1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        rest, said = download.communicate()
        self.assertLess(1 + len(rest), next(self.store.glob("*.tar.gz")).stat().st_size)
        self.assertEqual(download.returncode, 1, said)
        self.assertIn(b"ERROR ", said)
        self.assertEqual(len(self.stored_archives()), 1)

    def on_small_disk(self):
        """A file system of 256 KiB, where that can be had."""
        path = self.dir / "small"
        path.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", path], check=False, capture_output=True)
        if done.returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", path], check=True)
        return path

    def test_full_disk_of_the_server(self):
        small = self.on_small_disk()
        self.store = small / "store"
        _, client = self.serve("--emulate", "2.9")
        env = {"JUJU_DATA": str(client), "JUJUBACKUP_STORE": None}
        result = self.run_cli("create-backup", "--no-download", "--keep-copy", env=env)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, "(?i)space")
        self.assertEqual(self.stored_files(), [])

    def test_full_disk_of_the_client(self):
        small = self.on_small_disk()
        _, client = self.serve("--emulate", "3.6")
        env = {"JUJU_DATA": str(client), "JUJUBACKUP_STORE": None}
        result = self.run_cli("create-backup", "--filename", str(small / "copy.tar.gz"), env=env)
        self.assertEqual(result.code, 1, result)
        self.assertRegex(result.err, "(?i)space")
        self.assertEqual(list(small.iterdir()), [])
        # It can be fetched once, and the space was looked for before that.
        waiting = list((self.dir / "state").rglob("juju-backup-*.tar.gz"))
        self.assertEqual(len(waiting), 1, result)


if __name__ == "__main__":
    unittest.main()
