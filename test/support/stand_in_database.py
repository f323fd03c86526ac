"""Starting the stand-in for mongod, and finding MongoDB's tools: the genuine ones where the environment names them, else stand-ins.

The stand-ins run on the system's Python, which is the one that Debian's python3-mockupdb and python3-pymongo are for.
"""
import functools
import json
import os
import pathlib
import subprocess

SUPPORT = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"


@functools.lru_cache(maxsize=None)
def missing():
    """Why there is no stand-in for mongod here; "" if there is one."""
    if not os.access(PYTHON, os.X_OK):
        return f"no {PYTHON}"
    if subprocess.run([PYTHON, "-c", "import mockupdb, pymongo"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return "no python3-mockupdb"
    return ""


def mongodump():
    return os.environ.get("JUJUBACKUP_MONGODUMP") or str(SUPPORT / "stand_in_mongodump.py")


def mongorestore():
    return os.environ.get("JUJUBACKUP_MONGORESTORE") or str(SUPPORT / "stand_in_mongorestore.py")


def certificate(directory, name="mongod", ca=None):
    """A key with a certificate, as (the file of both, the CA's certificate): signed by a new CA, or by that of an earlier call."""
    base = pathlib.Path(directory) / name
    ca = ca or make_ca(directory, name + "-ca")
    run = functools.partial(subprocess.run, check=True, capture_output=True)
    run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{base}.key", "-subj", "/CN=juju-mongodb", "-out", f"{base}.csr"])
    run(["openssl", "x509", "-req", "-in", f"{base}.csr", "-CA", f"{ca}.crt", "-CAkey", f"{ca}.key", "-CAcreateserial", "-days", "2",
         "-out", f"{base}.crt"])
    both = pathlib.Path(f"{base}.pem")
    both.write_text(pathlib.Path(f"{base}.crt").read_text() + pathlib.Path(f"{base}.key").read_text())
    return str(both), f"{ca}.crt"


def make_ca(directory, name="ca"):
    base = pathlib.Path(directory) / name
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{base}.key", "-subj", "/CN=juju-generated CA",
                    "-days", "2", "-out", f"{base}.crt"], check=True, capture_output=True)
    return str(base)


class StandInMongod:
    """A context: running inside of it. `users` is a dictionary of passwords, None for none yet, False for no authentication."""

    def __init__(self, folder, users=None, tls=None, replica_set=..., version=None, log=None, port=0):
        os.makedirs(folder, exist_ok=True)
        self.command = [PYTHON, "-B", str(SUPPORT / "stand_in_mongod.py"), "--folder", str(folder), "--port", str(port)]
        self.users_path = f"{folder}.users.json"
        if users is False:
            self.command.append("--noauth")
        else:
            self.command += ["--users", self.users_path]
            if users is not None:
                pathlib.Path(self.users_path).write_text(json.dumps(users))
        if replica_set is not ...:
            self.command += ["--replica-set", json.dumps(replica_set)]
        for option, value in (("--tls", tls), ("--version", version), ("--log", log)):
            self.command += [option, str(value)] if value else []
        self.port = self._process = None

    def __enter__(self):
        self._process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = json.loads(self._process.stdout.readline())["port"]
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def change(self, **what):
        """fault={"find": "hang"} or members=[...]; in force when this returns."""
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        assert json.loads(self._process.stdout.readline())["ok"]

    def fault(self, **faults):
        self.change(fault=faults)
