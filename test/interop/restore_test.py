"""A restore as it is planned and carried out, into a stand-in for mongod that speaks the wire protocol, through child processes.

    restore_test.py RESTORE_TOOL TEST_DATA [unittest's arguments]

With JUJUBACKUP_MONGODUMP and JUJUBACKUP_MONGORESTORE the genuine tools are run instead of their stand-ins.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import stand_in_database as stand_in  # noqa: E402

TOOL = DATA = None


class RestoreTest(unittest.TestCase):
    version = "4.4.30"

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="jujubackup-restore-")
        self.addCleanup(scratch.cleanup)
        self.dir = pathlib.Path(scratch.name)
        (self.dir / "staging").mkdir()
        self.root = self.dir / "root"
        # The API of the agent that was started: a connection is accepted.
        api = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(api.close)
        threading.Thread(target=self.accept, args=(api,), daemon=True).start()
        port = socket.create_server(("127.0.0.1", 0))
        state_port = port.getsockname()[1]
        port.close()
        pem, ca = stand_in.certificate(self.dir)
        self.password = self.tool("make", self.root, ca, state_port, api.getsockname()[1], self.version).strip()
        shutil.copy(ca, self.root / "var/lib/juju/ca.crt")
        # Where mongodump of save-collections is found, and the version of mongod is.
        snap = self.root / "snap/bin"
        snap.mkdir(parents=True)
        (snap / "juju-db.mongod").write_text(f"#!/bin/sh\necho db version v{self.version}\n")
        (snap / "juju-db.mongod").chmod(0o755)
        os.symlink(stand_in.mongodump(), snap / "juju-db.mongodump")
        shutil.copytree(pathlib.Path(DATA) / "dump", self.dir / "db")
        for stray in (self.dir / "db").glob("*.bson"):
            stray.unlink()
        tags = {"juju-machine-id": "0"}
        self.server = stand_in.StandInMongod(self.dir / "db", users={"machine-0": self.password}, tls=pem, port=state_port,
                                             version=self.version,
                                             replica_set={"set": "juju", "members": [{"tags": tags, "host": f"127.0.0.1:{state_port}"}]})
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        # One controller of the three that the dump speaks of.
        self.shell("""
client.juju.machines.delete_many({"jobs": 2, "machineid": {"$in": ["1", "2"]}})
client.juju.controllerNodes.delete_many({"_id": {"$in": ["1", "2"]}})
""")
        self.tool("create", self.root, self.dir / "store", self.server.address, stand_in.mongodump())
        (self.archive,) = (self.dir / "store").glob("juju-backup-*.tar.gz")

    @staticmethod
    def accept(listener):
        try:
            while True:
                listener.accept()[0].close()
        except OSError:
            pass

    def tool(self, *words, code=0):
        done = subprocess.run([TOOL, *map(str, words)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertNotIn(getattr(self, "password", "\0"), done.stderr + (done.stdout if words[0] != "make" else ""))
        return done.stdout

    def restore(self, kind, what="restore", code=0):
        return self.tool(what, self.root, self.archive, self.server.address, stand_in.mongorestore(), kind, self.dir / "staging", code=code)

    def databases(self):
        """Every document to the byte, and what is said of collections, but for their UUIDs: a collection that is made anew has a new one."""
        base, found = self.dir / "db", {}
        for path in base.rglob("*"):
            if path.suffix == ".bson":
                found[str(path.relative_to(base))] = path.read_bytes()
            elif path.is_file():
                found[str(path.relative_to(base))] = {**json.loads(path.read_text()), "uuid": ""}
        return found

    def ruin(self):
        """What happens to a database between a backup and the day it is needed."""
        self.shell("""
client.juju.machines.delete_many({"jobs": 1})
client.juju.models.update_many({}, {"$set": {"ruined": True}})
client.juju.drop_collection("clouds")
client.juju.strange.insert_one({"_id": "since the backup"})
""")

    def shell(self, program):
        """Somebody else's client."""
        program = ("import sys, pymongo, ssl\nclient = pymongo.MongoClient(sys.argv[1], username='machine-0', password=sys.stdin.read(), "
                   "ssl=True, ssl_cert_reqs=ssl.CERT_NONE, directConnection=True)\n" + program)
        subprocess.run([stand_in.PYTHON, "-B", "-c", program, self.server.address], input=self.password, text=True, check=True)

    def ruin_tree(self):
        shutil.rmtree(self.root / "var/lib/juju/tools")
        (self.root / "var/lib/juju/nonce.txt").write_text("ruined")

    def tree(self):
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*")
                if path.is_file() and "var/lib/juju/restore" not in str(path)}

    def test_database_only(self):
        before = self.databases()
        self.ruin()
        self.assertNotEqual(self.databases(), before)
        report = self.restore("database-only")
        after = self.databases()
        # What the backup knows nothing of stays.
        self.assertTrue(after.pop("juju/strange.bson"))
        after.pop("juju/strange.metadata.json")
        self.assert_same(after, before, report)
        self.assertEqual(list((self.dir / "staging").iterdir()), [])
        # The password is in none of the files that tell of it.
        kept = [path for path in (self.root / "var/lib/juju/restore").rglob("*") if path.is_file()]
        self.assertIn("mongorestore.log", [path.name for path in kept])
        for path in kept:
            self.assertNotIn(self.password.encode(), path.read_bytes(), path)
            if path.suffix == ".log":
                self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)
                self.assertIn("done dumping" if path.name != "mongorestore.log" else "finished restoring", path.read_text())

    def test_undone(self):
        self.ruin()
        ruined, tree = self.databases(), self.tree()
        report = self.restore("database-only", what="undo")
        self.assert_same(self.databases(), ruined, report)
        self.assertEqual(self.tree(), tree)

    def test_a_failure_is_undone(self):
        self.ruin()
        ruined = self.databases()
        self.server.fault(createIndexes="refuse", insert="refuse")
        report = self.restore("database-only", code=1)
        self.assertIn("refused", report)
        self.server.fault(createIndexes="", insert="")
        self.assertNotEqual(self.databases(), ruined)  # what was dropped could not be put back while that was refused
        self.tool("undo-again", self.root, self.server.address)
        self.assert_same(self.databases(), ruined, report)

    def test_full_machine(self):
        before, tree = self.databases(), self.tree()
        self.ruin()
        self.ruin_tree()
        report = self.restore("full-machine")
        after = self.databases()
        self.assertTrue(after.pop("juju/strange.bson"))
        after.pop("juju/strange.metadata.json")
        self.assert_same(after, before, report)
        self.assertEqual({path: data for path, data in self.tree().items() if "agent.conf" not in path},
                         {path: data for path, data in tree.items() if "agent.conf" not in path})

    def assert_same(self, after, before, report):
        self.assertEqual(sorted(after), sorted(before), report)
        for path, data in before.items():
            self.assertEqual(after[path], data, path + "\n" + report)


# With a mongod of Juju 2.x, which the driver does not know.
class OldRestoreTest(RestoreTest):
    version = "3.2.22"


if __name__ == "__main__":
    TOOL, DATA = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
    if stand_in.missing():
        print(f"skipped: {stand_in.missing()}")
        sys.exit(77)
    unittest.main()
