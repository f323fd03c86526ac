"""The embedded controller (`jujubackup serve`) and clients that nobody here wrote: curl, npm's @canonical/jujulib, Python's own HTTP and TLS."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import unittest

sys.path += [str(pathlib.Path(__file__).parent.parent / part) for part in ("support", "cli")]
import juju_wire  # noqa: E402
from cli_support import PROGRAM, CliTest, juju_archive, make_tree  # noqa: E402

JUJULIB = "9.1.0"  # @canonical/jujulib
WS = "8.18.0"
CONNECTIONS = 200
DOWNLOADS = 50


class Served:
    """A running `jujubackup serve`, and what a client has to know of it."""

    def __init__(self, test, name, version, *words):
        self.test, self.client_dir = test, test.dir / f"client-{name}"
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--address", "127.0.0.1:0", "--state-dir", test.dir / f"state-{name}", "--store", test.dir / f"store-{name}",
             "--client-dir", self.client_dir, "--emulate", version, "--root", test.tree / "root", "--dump",
             test.tree / "juju-backup" / "dump", *words],
            env=test.environment(JUJUBACKUP_STORE=None), cwd=test.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.end)
        while not (self.client_dir / "models.yaml").exists():
            if not self.process.stdout.readline():
                raise RuntimeError("serve ended: " + self.process.stderr.read())
        text = (self.client_dir / "controllers.yaml").read_text()
        self.port = int("".join(c for c in text.split("127.0.0.1:")[1][:6] if c.isdigit()))
        lines = text.splitlines()
        begin = next(i for i, line in enumerate(lines) if "BEGIN CERTIFICATE" in line)
        end = next(i for i, line in enumerate(lines) if "END CERTIFICATE" in line)
        self.ca_file = test.dir / f"ca-{name}.pem"
        self.ca_file.write_text("\n".join(line.strip() for line in lines[begin:end + 1]) + "\n")
        self.model = (self.client_dir / "models.yaml").read_text().split("uuid: ")[1].split()[0].strip("'\"")
        self.password = (self.client_dir / "accounts.yaml").read_text().split("password: ")[1].split()[0].strip("'\"")

    def end(self):
        """Stops it as an operator would; it has to end by itself."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=60)
        self.test.assertEqual(self.process.returncode, 0, said)
        self.test.assertNotIn(self.password, said)

    @property
    def url(self):
        return f"https://juju-apiserver:{self.port}/model/{self.model}/backups"

    def login(self):
        api = juju_wire.Api(self.port, self.ca_file, f"/model/{self.model}/api")
        reply = api.login("admin", self.password)
        self.test.assertNotIn("error", reply)
        return api, reply["response"]


class PeersTest(CliTest):
    def setUp(self):
        super().setUp()
        self.tree = make_tree(self.dir / "tree", 2)

    def curl(self, served, *words, user="user-admin", password=None):
        config = self.dir / "curlrc"
        config.touch(mode=0o600)
        config.write_text(f'user = "{user}:{password or served.password}"\n')
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--config", config, "--cacert", served.ca_file, "--resolve",
             f"juju-apiserver:{served.port}:127.0.0.1", "--write-out", "\n%{http_code} %{content_type}", *map(str, words)],
            check=False, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        body, _, status = done.stdout.rpartition(b"\n")
        code, _, kind = status.decode().partition(" ")
        return int(code), kind, body

    def create(self, api, notes="from Python"):
        reply = api.call("Backups", 2, "Create", {"notes": notes, "keep-copy": True, "no-download": True})
        self.assertNotIn("error", reply)
        return reply["response"]

    @unittest.skipUnless(shutil.which("curl"), "curl is not installed")
    def test_curl(self):
        one, two = Served(self, "one", "2.9"), Served(self, "two", "2.9")
        api, _ = one.login()
        made = self.create(api)
        want = ["--request", "GET", "--header", "Content-Type: application/json", "--data", json.dumps({"id": made["id"]})]
        copy = self.dir / "copy.tar.gz"
        code, kind, _ = self.curl(one, *want, "--output", copy, one.url)
        self.assertEqual((code, kind), (200, "application/octet-stream"))
        self.assertEqual(copy.stat().st_size, made["size"])
        self.assertEqual(self.run_cli("verify-backup", copy).code, 0)

        metadata = dict(made, id="", stored="0001-01-01T00:00:00Z")
        (self.dir / "metadata").write_text(json.dumps(metadata))
        put = ["--request", "PUT", "--form", f"metadata=<{self.dir / 'metadata'};type=application/json", "--form",
               f"attached=@{copy};type=application/octet-stream;filename=juju-backup.tar.gz"]
        code, kind, body = self.curl(two, *put, two.url)
        self.assertEqual((code, kind), (200, "application/json"), body)
        self.assertEqual(json.loads(body), {"id": made["id"]})
        code, _, body = self.curl(two, *put, two.url)
        self.assertEqual(code, 500)
        self.assertEqual(json.loads(body)["code"], "already exists")

        missing = ["--request", "GET", "--header", "Content-Type: application/json", "--data", '{"id":"x"}']
        code, _, body = self.curl(one, *missing, one.url)
        self.assertEqual((code, json.loads(body)), (404, {"message": 'backup metadata "x" not found', "code": "not found"}))
        code, _, body = self.curl(one, "--request", "GET", "--header", "Content-Type: text/plain", "--data", "{}", one.url)
        self.assertEqual((code, json.loads(body)["message"]), (500, 'expected Content-Type "application/json", got "text/plain"'))
        code, _, body = self.curl(one, "--request", "POST", "--data", "x", one.url)
        self.assertEqual((code, json.loads(body)["message"]), (405, 'unsupported method: "POST"'))
        code, kind, body = self.curl(one, *want, one.url, password="wrong")
        self.assertEqual((code, kind.split(";")[0]), (401, "text/plain"), body)
        self.assertEqual(self.curl(one, f"https://juju-apiserver:{one.port}/nowhere")[::2], (404, b"404 page not found\n"))
        self.assertEqual(self.curl(one, f"https://juju-apiserver:{one.port}/health")[::2], (200, b"running\n"))
        api.close()

    def test_many(self):
        served = Served(self, "many", "2.9")
        api, _ = served.login()
        made = self.create(api)
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            logins = list(pool.map(lambda _: served.login(), range(CONNECTIONS - 1)))
        self.assertEqual({result["server-version"] for _, result in logins}, {"2.9.21"})
        with concurrent.futures.ThreadPoolExecutor(DOWNLOADS) as pool:
            got = list(pool.map(lambda _: juju_wire.download(served.port, served.ca_file, served.model, "admin", served.password, made["id"]),
                                range(DOWNLOADS)))
        self.assertEqual({(status, size, digest) for status, _, size, digest in got}, {(200, made["size"], made["checksum"])})
        # All connections were there at the same time, and are still.
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            lists = list(pool.map(lambda login: login[0].call("Backups", 2, "List")["response"]["list"], logins))
        self.assertEqual({entries[0]["id"] for entries in lists}, {made["id"]})
        for other, _ in logins:
            other.close()
        api.close()

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    def test_jujulib(self):
        modules = self.jujulib()
        served = Served(self, "js", "2.9")
        env = self.environment(CA=str(served.ca_file), PORT=str(served.port), MODEL=served.model, PASSWORD=served.password)
        script = modules / "drive.mjs"
        shutil.copy(pathlib.Path(__file__).parent / "jujulib" / "drive.mjs", script)
        done = subprocess.run(["node", script], env=env, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual(said["facade"], 2)
        self.assertEqual(said["created"]["notes"], "from JavaScript")
        made = said["created"]["id"]
        self.assertEqual([entry["id"] for entry in said["listed"]["list"]], [made])
        self.assertEqual(said["info"]["checksum"], said["created"]["checksum"])
        self.assertEqual(said["removed"]["results"], [{}])
        self.assertEqual(said["after"]["list"], [])

        modern = Served(self, "js3", "3.6")
        env.update(CA=str(modern.ca_file), PORT=str(modern.port), MODEL=modern.model, PASSWORD=modern.password)
        done = subprocess.run(["node", script], env=env, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual((said["facade"], "listed" in said), (3, False))
        self.assertTrue(pathlib.Path(said["created"]["filename"]).is_absolute())

    def jujulib(self):
        """A folder with the packages in it, kept for the next run; skips where the registry cannot be reached."""
        cache = pathlib.Path(os.environ.get("JUJULIB_CACHE") or self.dir / "jujulib")
        if not (cache / "node_modules" / "@canonical" / "jujulib").is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            (cache / "package.json").write_text("{}\n")
            npm = shutil.which("npm")
            if npm is None:
                self.skipTest("npm is not installed")
            done = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", cache,
                                   f"@canonical/jujulib@{JUJULIB}", f"ws@{WS}"], capture_output=True, text=True, timeout=300, check=False,
                                  env={**os.environ, "npm_config_update_notifier": "false"})
            if done.returncode != 0:
                self.skipTest("npm cannot install @canonical/jujulib here: " + (done.stderr.strip().splitlines() or ["?"])[0])
        return cache


if __name__ == "__main__":
    unittest.main()
