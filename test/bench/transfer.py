"""Measures archives on their way to and from a controller:  transfer.py --cli PROGRAM [--size-mib N] [--pairs N] [--work DIR]

Everything is on this machine, over loopback and TLS. The yardstick is curl, fetching the same archive from nginx; runs take turns, and
what is printed are medians. Downloads and uploads of ours are on the disk when they end, which is why there is a curl with a sync, too. The archive is of a controller whose files are random bytes, so that its size is about --size-mib.
Needs nginx, curl and openssl (test/setup.sh bench).
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).parent.parent / "support"))
import juju_wire  # noqa: E402
from driver.machine import describe_machine, touch_free_memory  # noqa: E402

HERE = pathlib.Path(__file__).parent
PIECE = 1 << 20
NOISE = pathlib.Path("tree/root/var/lib/juju/tools/noise")


class Service:
    """A `jujubackup serve` with a client directory."""

    def __init__(self, bench, name):
        self.client_dir = bench.work / ("client-" + name)
        self.process = subprocess.Popen(
            [bench.cli, "serve", "--address", "127.0.0.1:0", "--state-dir", bench.work / ("state-" + name), "--store",
             bench.work / ("store-" + name), "--client-dir", self.client_dir, "--emulate", "2.9", "--root", bench.work / "tree" / "root",
             "--dump", bench.work / "tree" / "juju-backup" / "dump"],
            env=bench.environment, stdout=subprocess.PIPE, text=True)
        while not (self.client_dir / "models.yaml").exists():
            if not self.process.stdout.readline():
                raise SystemExit("serve ended")
        text = (self.client_dir / "controllers.yaml").read_text()
        self.port = int("".join(c for c in text.split("127.0.0.1:")[1][:6] if c.isdigit()))
        lines = [line.strip() for line in text.splitlines()]
        self.ca_file = bench.work / f"ca-{name}.pem"
        self.ca_file.write_text("\n".join(lines[lines.index("-----BEGIN CERTIFICATE-----"):lines.index("-----END CERTIFICATE-----") + 1]))
        self.model = (self.client_dir / "models.yaml").read_text().split("uuid: ")[1].split()[0].strip("'\"")
        self.password = (self.client_dir / "accounts.yaml").read_text().split("password: ")[1].split()[0].strip("'\"")

    def peak_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


class Bench:
    def __init__(self, options):
        self.cli, self.work, self.size_mib, self.pairs = str(options.cli.resolve()), options.work, options.size_mib, options.pairs
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.work), "LC_ALL": "C.UTF-8"}
        self.measure = self.work / "measure"
        subprocess.run(["cc", "-O2", "-o", self.measure, HERE / "measure.c"], check=True)

    def make_tree(self):
        subprocess.run([sys.executable, HERE / "make_controller_tree.py", "--out", self.work / "tree", "--size-mib", "3"], check=True,
                       stdout=subprocess.DEVNULL)
        (self.work / NOISE).parent.mkdir(parents=True, exist_ok=True)
        with open(self.work / NOISE, "wb") as noise:
            for _ in range(self.size_mib):
                noise.write(os.urandom(PIECE))

    def run(self, client_dir, *words):
        """Seconds, peak MiB and standard output of one run of a program."""
        # So that no run pays for what the one before it did not wait for.
        os.sync()
        touch_free_memory(2 * self.size_mib)
        report = self.work / "measured"
        env = dict(self.environment, JUJU_DATA=str(client_dir)) if client_dir else self.environment
        done = subprocess.run([self.measure, report, *map(str, words)], env=env, cwd=self.work, capture_output=True, text=True, check=False)
        wall_ns, _, peak_kib, status = map(int, report.read_text().split())
        if done.returncode != 0 or status != 0:
            raise SystemExit(f"{words[0]} {words[1]} failed: {done.stderr}")
        return wall_ns / 1e9, peak_kib / 1024, done.stdout

    def start_nginx(self, archive):
        ca, both = juju_wire.make_certificates(self.work / "nginx-tls")
        folder = self.work / "nginx"
        (folder / "root").mkdir(parents=True)
        (folder / "root" / "archive").symlink_to(archive)
        port = 20000 + os.getpid() % 20000
        (folder / "nginx.conf").write_text(f"""
worker_processes 2; daemon off; pid {folder}/pid; error_log {folder}/error.log; user root;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {both}; ssl_certificate_key {both}; root {folder}/root; }} }}
""")
        process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                juju_wire.connect(port, ca).close()
                return process, port, ca
            except OSError:
                time.sleep(0.1)
        raise SystemExit("nginx did not start")

    def go(self):
        self.make_tree()
        first = Service(self, "first")
        self.run(first.client_dir, self.cli, "create-backup", "--no-download", "--keep-copy")
        (self.work / NOISE).unlink()  # and out of the page cache
        archive = next((self.work / "store-first").glob("*.tar.gz"))
        backup_id = archive.name.removeprefix("juju-backup-").removesuffix(".tar.gz")
        size_mb = archive.stat().st_size / 1e6
        nginx, port, ca = self.start_nginx(archive)
        target = self.work / "target"
        config = self.work / "curlrc"
        config.touch(mode=0o600)
        config.write_text(f'user = "user-admin:{first.password}"\n')
        plain = ["curl", "-sS", "--fail", "-o", target]
        from_nginx = [*plain, "--cacert", ca, "--resolve", f"juju-apiserver:{port}:127.0.0.1", f"https://juju-apiserver:{port}/archive"]
        rows = {"curl from nginx": [], "curl from nginx, synced": [], "curl from us": [], "download-backup": [], "upload-backup": []}
        peaks = {name: 0.0 for name in rows}

        def note(name, wall, peak):
            rows[name].append(size_mb / wall)
            peaks[name] = max(peaks[name], peak)
            target.unlink(missing_ok=True)

        server_peaks = []
        for turn in range(self.pairs + 1):
            results = []
            results.append(("curl from nginx", *self.run(None, *from_nginx)))
            target.unlink()
            # What we promise, the disk of this machine has to keep.
            results.append(("curl from nginx, synced", *self.run(None, "sh", "-c", '"$@" && sync "$0"', target, *from_nginx)))
            target.unlink()
            results.append(("curl from us", *self.run(
                None, *plain, "--config", config, "--cacert", first.ca_file, "--resolve", f"juju-apiserver:{first.port}:127.0.0.1", "-X",
                "GET", "-H", "Content-Type: application/json", "-d", json.dumps({"id": backup_id}),
                f"https://juju-apiserver:{first.port}/model/{first.model}/backups")))
            target.unlink()
            results.append(("download-backup", *self.run(first.client_dir, self.cli, "download-backup", backup_id, "--filename", target)))
            second = Service(self, f"second-{turn}")
            results.append(("upload-backup", *self.run(second.client_dir, self.cli, "upload-backup", target)))
            server_peaks.append(second.peak_mib())
            second.stop()
            shutil.rmtree(self.work / f"store-second-{turn}")
            target.unlink()
            if turn > 0:  # the first warms up
                for name, wall, peak, _ in results:
                    note(name, wall, peak)
        nginx.terminate()
        nginx.wait()

        print(f"archive of {size_mb:.0f} MB, {self.pairs} runs, {json.dumps(describe_machine())}")
        base = rows["curl from nginx"]
        print("| | MB/s | against curl from nginx | peak of the client, MiB |\n| --- | --- | --- | --- |")
        for name, rates in rows.items():
            ratio = statistics.median(rate / b for rate, b in zip(rates, base))
            print(f"| {name} | {statistics.median(rates):.0f} | {ratio:.2f} | {peaks[name]:.1f} |")
        print(f"peak of the server: {first.peak_mib():.1f} MiB downloading, {max(server_peaks):.1f} MiB uploading")
        self.many(first, backup_id, archive)
        first.stop()

    def many(self, service, backup_id, archive, connections=200, downloads=50):
        """Many at once, from Python: nothing lost, every digest right."""
        def login(_):
            api = juju_wire.Api(service.port, service.ca_file, f"/model/{service.model}/api")
            if "error" in api.login("admin", service.password):
                raise SystemExit("login refused")
            return api

        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(connections) as pool:
            apis = list(pool.map(login, range(connections)))
        logins_s = time.monotonic() - began
        info = apis[0].call("Backups", 2, "Info", {"id": backup_id})["response"]
        if archive.stat().st_size > 300e6:
            downloads_word = "left out for an archive of this size"
        else:
            began = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(downloads) as pool:
                got = list(pool.map(lambda _: juju_wire.download(service.port, service.ca_file, service.model, "admin", service.password,
                                                                 backup_id), range(downloads)))
            wall = time.monotonic() - began
            wrong = sum((status, size, digest) != (200, info["size"], info["checksum"]) for status, _, size, digest in got)
            downloads_word = f"in {wall:.1f} s, {downloads * info['size'] / 1e6 / wall:.0f} MB/s together, {wrong} wrong"
        print(f"{connections} logins at once in {logins_s:.2f} s; {downloads} downloads at once {downloads_word}; "
              f"peak of the server {service.peak_mib():.1f} MiB")
        for api in apis:
            api.close()


def main():
    parser = argparse.ArgumentParser(description="Measures archives on their way to and from a controller.")
    parser.add_argument("--cli", type=pathlib.Path, required=True, help="the jujubackup program, of a release build")
    parser.add_argument("--size-mib", type=int, default=256)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--work", type=pathlib.Path, help="needs five times the size; default: a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jujubackup-transfer-", dir=options.work) as work:
        options.work = pathlib.Path(work)
        Bench(options).go()


if __name__ == "__main__":
    main()
