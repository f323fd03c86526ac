"""What the tests of the command line share: running it, and archives as Juju makes them."""
import base64
import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

PROGRAM = os.environ["JUJUBACKUP_CLI"]
MODEL = "6d0c1a52-1111-4222-8333-94c7d2f0aa01"
JUJU_ID = "20161013-091500." + MODEL
ID_PATTERN = r"\d{8}-\d{6}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Result:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out!r}\nstderr: {self.err!r}"


class CliTest(unittest.TestCase):
    """Each test has a directory of its own, with a store in it; nothing outside is touched."""

    maxDiff = None

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="jujubackup-cli-"))
        self.addCleanup(shutil.rmtree, self.dir)
        self.store = self.dir / "store"
        # For the lock of the Juju client's directory, which Juju keeps in the temporary directory for ever.
        self.temporary = pathlib.Path(tempfile.mkdtemp(prefix="jujubackup-cli-"))
        self.addCleanup(shutil.rmtree, self.temporary)

    def environment(self, **extra):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.dir), "LC_ALL": "C.UTF-8", "TMPDIR": str(self.temporary),
               "JUJUBACKUP_STORE": str(self.store)}
        env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        env.update(extra)
        return {k: v for k, v in env.items() if v is not None}

    def run_cli(self, *words, program=PROGRAM, env=None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        # Without a terminal: nothing can wait for somebody to type a passphrase.
        options.setdefault("start_new_session", True)
        text = options.pop("text", True)
        done = subprocess.run([str(program), *map(str, words)], cwd=self.dir, env=self.environment(**(env or {})), text=text,
                              timeout=120, check=False, **options)
        return Result(done)

    def check(self, result, code, out, err=""):
        self.assertEqual((result.code, result.out, result.err), (code, out, err))

    def link(self, name):
        path = self.dir / name
        if not path.exists():
            path.symlink_to(PROGRAM)
        return path

    def stored_files(self):
        if not self.store.exists():
            return []
        return sorted(p.name for p in self.store.iterdir() if not p.name.startswith("."))


def bson_document(**fields):
    """A document of text fields."""
    body = b"".join(b"\x02" + k.encode() + b"\0" + len(v.encode() + b"\0").to_bytes(4, "little") + v.encode() + b"\0" for k, v in fields.items())
    return (len(body) + 5).to_bytes(4, "little") + body + b"\0"


def tar_bytes(entries):
    """A tar of (name, content) pairs; None makes a directory."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.mtime = 1476350100
            if content is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o700
                tar.addfile(info)
            else:
                info.size, info.mode = len(content), 0o640
                tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def juju_metadata(**changes):
    """The record as Juju 2.0.0 writes it."""
    values = {
        "ID": "", "Checksum": "", "ChecksumFormat": "", "Size": 0, "Stored": "0001-01-01T00:00:00Z", "Started": "2016-10-13T09:15:00Z",
        "Finished": "2016-10-13T09:15:20Z", "Notes": "before \"R&D\" upgrade", "Environment": MODEL, "Machine": "0",
        "Hostname": "juju-aa01-0", "Version": "2.0.0", "Series": "xenial", "CACert": "-----CERT-----\n", "CAPrivateKey": "-----KEY-----\n"}
    values.update(changes)
    return (json.dumps(values, separators=(",", ":")) + "\n").encode()


def juju_archive(path, extra=(), without=(), metadata=None):
    """An archive in the shape of Juju's own; returns its SHA-1 as Juju notes it."""
    root = tar_bytes([("var/lib/juju/server.pem", b"certificate and key\n"), ("var/lib/juju/system-identity", b"key\n"),
                      ("var/lib/juju/shared-secret", b"secret\n"), ("var/lib/juju/tools", None), ("var/lib/juju/tools/jujud", b"\x7fELF"),
                      ("var/lib/juju/agents/machine-0/agent.conf", b"# format 2.0\n")])
    entries = [
        ("juju-backup", None), ("juju-backup/metadata.json", metadata if metadata is not None else juju_metadata()),
        ("juju-backup/root.tar", root), ("juju-backup/dump", None), ("juju-backup/dump/juju", None),
        ("juju-backup/dump/juju/models.bson", bson_document(_id=MODEL, name="controller", owner="admin", cloud="aws", type="iaas")),
        ("juju-backup/dump/juju/models.metadata.json", b"{}"), ("juju-backup/dump/logs", None),
        ("juju-backup/dump/oplog.bson", bson_document(op="n")), *extra]
    data = gzip.compress(tar_bytes([e for e in entries if e[0] not in without]), mtime=0)
    pathlib.Path(path).write_bytes(data)
    return base64.b64encode(hashlib.sha1(data).digest()).decode()


def can_trace():
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


def make_tree(path, size_mib):
    """A controller tree of the generator."""
    subprocess.run([sys.executable, os.environ["MAKE_TREE"], "--out", str(path), "--size-mib", str(size_mib)], check=True,
                   stdout=subprocess.DEVNULL)
    return pathlib.Path(path)
