"""mongo_database against a stand-in that speaks MongoDB's wire protocol, and child processes that dump from it and restore into it.

    database_test.py DATABASE_TOOL [unittest's arguments]

With JUJUBACKUP_MONGODUMP and JUJUBACKUP_MONGORESTORE the genuine tools are run instead of their stand-ins.
"""
import contextlib
import json
import os
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import stand_in_database as stand_in  # noqa: E402

TOOL = None
MODEL, CONTROLLER = "1be318f6-9460-4fe1-8eb4-b1df2db23b53", "bda3b637-7972-47f7-87fd-a3f2d0c748a5"
PASSWORD = "pass,word=of+machine/0"
USERS = {"machine-0": PASSWORD}
ROLE = {"createRole": "oploger", "privileges": [{"resource": {"anyResource": True}, "actions": ["anyAction"]}], "roles": []}

# One of each type of BSON, in canonical Extended JSON.
EVERY_TYPE = {
    "_id": {"$oid": "5e5e00000000000000000001"}, "double": {"$numberDouble": "1.5"}, "nan": {"$numberDouble": "NaN"},
    "infinity": {"$numberDouble": "-Infinity"}, "tenth": {"$numberDouble": "0.10000000000000000555"}, "string": "\u00e4 \u0000 \u2028 \U0001f600",
    "document": {"$set": {"a.b": {"$numberInt": "1"}}, "": "empty"}, "array": [{"$numberInt": "1"}, [], {}],
    "binary": {"$binary": {"base64": "AAEC/w==", "subType": "00"}}, "uuid": {"$binary": {"base64": "AAECAwQFBgcICQoLDA0ODw==", "subType": "04"}},
    "old uuid": {"$binary": {"base64": "AAECAwQFBgcICQoLDA0ODw==", "subType": "03"}}, "undefined": {"$undefined": True}, "true": True,
    "date": {"$date": {"$numberLong": "1777600000123"}}, "before": {"$date": {"$numberLong": "-62135596800000"}}, "null": None,
    "regex": {"$regularExpression": {"pattern": "^a/\"b", "options": "im"}},
    "code": {"$code": "f()"}, "scoped": {"$code": "g()", "$scope": {"x": {"$numberInt": "1"}}}, "symbol": {"$symbol": "s"},
    "int": {"$numberInt": "-2147483648"}, "long": {"$numberLong": "9223372036854775807"}, "one": {"$numberLong": "1"},
    "timestamp": {"$timestamp": {"t": 4294967295, "i": 1}}, "decimal": {"$numberDecimal": "1.10E+3"}, "min": {"$minKey": 1}, "max": {"$maxKey": 1},
}


class Tool:
    """The library under test, in a process of its own; it must never write to standard error."""

    def __init__(self, test, **options):
        self.test = test
        self.process = subprocess.Popen([TOOL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.end)
        test.assertEqual(self.do("connect", **options), {"done": True})

    def end(self):
        self.process.stdin.close()
        said = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        self.test.assertEqual((self.process.wait(60), said), (0, ""))

    def send(self, what, **order):
        self.process.stdin.write(json.dumps({"do": what, **order}) + "\n")
        self.process.stdin.flush()

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def do(self, what, **order):
        self.send(what, **order)
        return self.answer()

    def open(self, address, username="machine-0", password=PASSWORD, ca=""):
        return self.do("open", address=address, username=username, password=password, ca=ca)

    def run(self, command, database="juju"):
        return self.do("run", database=database, command=json.dumps(command))


def bson(fields):
    """A document of numbers and booleans."""
    body = b""
    for name, value in fields.items():
        key = name.encode() + b"\0"
        if isinstance(value, bool):
            body += b"\x08" + key + bytes([value])
        elif isinstance(value, int):
            body += b"\x10" + key + struct.pack("<i", value)
        else:
            body += b"\x01" + key + struct.pack("<d", value)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


class DatabaseTest(unittest.TestCase):
    version = "4.4.30"

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="jujubackup-database-")
        self.addCleanup(scratch.cleanup)
        self.dir = pathlib.Path(scratch.name)

    def mongod(self, name="db", **options):
        options.setdefault("users", USERS)
        options.setdefault("version", self.version)
        server = stand_in.StandInMongod(self.dir / name, **options)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def listen(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        return listener, f"127.0.0.1:{listener.getsockname()[1]}"

    def assert_error(self, answer, code, *words, retry=False):
        self.assertEqual(answer.get("error"), code, answer)
        self.assertEqual(answer["retry"], retry, answer)
        for word in words:
            self.assertIn(word, answer["message"])
        self.assertNotIn(PASSWORD, answer["message"])
        self.assertNotIn("\n", answer["message"])

    def controller_root(self, port):
        conf = self.dir / "root/var/lib/juju/agents/machine-0/agent.conf"
        conf.parent.mkdir(parents=True)
        conf.write_text(f"# format 2.0\ntag: machine-0\ndatadir: /var/lib/juju\nupgradedToVersion: 3.6.22\nstatepassword: {PASSWORD}\n"
                        f"controller: controller-{CONTROLLER}\nmodel: model-{MODEL}\napiport: 17070\nstateport: {port}\n")
        return str(self.dir / "root")

    def fill_controller(self, tool):
        machines = [{"_id": f"{MODEL}:{n}", "machineid": str(n), "model-uuid": MODEL, "jobs": [2], "life": 0, "series": "jammy",
                     "addresses": [{"value": "fe80::1", "networkscope": "link-local"}, {"value": f"198.51.100.{n}", "networkscope": "public"},
                                   {"value": f"10.9.8.{7 + n}", "networkscope": "local-cloud"}]} for n in range(3)]
        workload = [{"_id": f"w:{n}", "machineid": str(n), "model-uuid": "w", "jobs": [1], "life": 2 if n == 1 else 0} for n in range(4)]
        for collection, documents in {
                "controllers": [{"_id": "e", "model-uuid": MODEL, "cloud": "lxd"}],
                "models": [{"_id": MODEL, "name": "controller", "owner": "admin", "controller-uuid": CONTROLLER, "cloud": "lxd",
                            "cloud-credential": "lxd/admin/default", "type": "iaas"}, {"_id": "w", "name": "default", "owner": "admin"}],
                "settings": [{"_id": f"{MODEL}:e", "settings": {"agent-version": "3.6.22"}}],
                "machines": machines + workload,
                "instanceData": [{"_id": f"{MODEL}:0", "instanceid": "juju-abc-0"}, {"_id": "w:0", "instanceid": "no"}]}.items():
            self.assertEqual(tool.run({"insert": collection, "documents": documents})["answer"]["ok"], {"$numberDouble": "1.0"})


class LoginTest(DatabaseTest):
    def test_right_password(self):
        tool = Tool(self)
        self.assertEqual(tool.open(self.mongod().address), {"done": True})
        self.assertEqual(tool.run({"find": "nothing"})["answer"]["cursor"]["firstBatch"], [])

    def test_wrong_password_is_refused(self):
        tool = Tool(self)
        server = self.mongod()
        self.assert_error(tool.open(server.address, password="not it"), "permission", "machine-0", "Authentication failed")
        self.assert_error(tool.open(server.address, username="machine-7"), "permission", "machine-7")

    def test_without_a_login_only_what_the_exception_for_localhost_allows(self):
        tool = Tool(self)
        server = self.mongod(users={}, replica_set=None)
        self.assertEqual(tool.open(server.address, username=""), {"done": True})
        self.assert_error(tool.run({"find": "machines"}), "permission", "requires authentication")
        self.assert_error(tool.run({"replSetGetStatus": 1}, "admin"), "program", "NotYetInitialized")
        config = {"_id": "juju", "members": [{"_id": 0, "host": server.address, "tags": {"juju-machine-id": "0"}}]}
        self.assertIn("answer", tool.run({"replSetInitiate": config}, "admin"))
        self.assertIn("answer", tool.run({"createUser": "machine-0", "pwd": PASSWORD, "roles": ["root"]}, "admin"))
        self.assert_error(tool.run({"createUser": "second", "pwd": PASSWORD, "roles": ["root"]}, "admin"), "permission")
        self.assertEqual(tool.open(server.address), {"done": True})
        self.assertIn("answer", tool.run({"find": "machines"}))

    def test_certificates(self):
        pem, ca = stand_in.certificate(self.dir)
        other = stand_in.make_ca(self.dir, "other")
        tool = Tool(self, tls=True)
        server = self.mongod(tls=pem)
        # The certificate names juju-mongodb, which nobody connects to.
        self.assertEqual(tool.open(server.address, ca=pathlib.Path(ca).read_text()), {"done": True})
        self.assertEqual(tool.open(server.address), {"done": True})
        self.assert_error(tool.open(server.address, ca=pathlib.Path(f"{other}.crt").read_text()), "permission", "certificate")
        self.assert_error(tool.open(server.address, ca="no certificate"), "invalid-argument", "CA certificate")

    def test_tls_with_one_that_has_none(self):
        tool = Tool(self, tls=True, timeout_ms=2000)
        answer = tool.open(self.mongod().address)
        self.assert_error(answer, "io", "127.0.0.1", retry=True)

    def test_addresses_that_are_none(self):
        tool = Tool(self)
        for address in ("localhost", ":37017", "::1:37017", "localhost:x", "a@b/c?x"):
            self.assert_error(tool.open(address), "invalid-argument", "host:port")


class TroubleTest(DatabaseTest):
    def test_nobody_listens(self):
        listener, address = self.listen()
        listener.close()
        self.assert_error(Tool(self).open(address), "io", address, "refused", retry=True)

    def test_a_peer_that_says_nothing(self):
        _, address = self.listen()
        for tls in (False, True):
            tool = Tool(self, tls=tls, timeout_ms=200)
            self.assert_error(tool.open(address), "io", address, "200 ms", retry=True)

    def test_no_answer_in_time(self):
        server = self.mongod()
        server.fault(buildInfo="hang")
        tool = Tool(self, root=self.controller_root(server.port), host="127.0.0.1", timeout_ms=300)
        self.assert_error(tool.do("facts"), "io", "300 ms", retry=True)

    def test_cancelled_while_it_waits(self):
        log = self.dir / "log"
        log.touch()
        server = self.mongod(log=log)
        server.fault(find="hang")
        tool = Tool(self)
        self.assertEqual(tool.open(server.address), {"done": True})
        with open(log, encoding="utf-8") as lines:
            tool.send("run", database="juju", command='{"find": "machines"}')
            while '"find"' not in lines.readline():
                pass
        tool.send("cancel")
        self.assert_error(tool.answer(), "cancelled")

    def test_a_mongod_that_is_too_old(self):
        server = self.mongod(version="2.6.12")
        self.assert_error(Tool(self).open(server.address), "unsupported", server.address, "version")

    def test_connection_lost_midway(self):
        server = self.mongod()
        tool = Tool(self)
        self.assertEqual(tool.open(server.address), {"done": True})
        server.fault(find="hang-up")
        self.assert_error(tool.run({"find": "machines"}), "io", "closed the connection", retry=True)
        server.fault(find="")
        # Connected and logged in anew.
        self.assertIn("answer", tool.run({"find": "machines"}))

    def test_mongod_ends(self):
        tool = Tool(self, timeout_ms=2000)
        with stand_in.StandInMongod(self.dir / "gone", users=USERS, version=self.version) as server:
            self.assertEqual(tool.open(server.address), {"done": True})
        self.assertEqual(tool.run({"find": "machines"})["error"], "io")

    def test_refused_commands(self):
        tool = Tool(self)
        self.assertEqual(tool.open(self.mongod().address), {"done": True})
        self.assert_error(tool.run({"nonsense": 1}), "program", "no such command", "CommandNotFound")
        self.assert_error(tool.run({"updateUser": "nobody", "pwd": PASSWORD}, "admin"), "program", "UserNotFound")
        # A server that quotes what it was sent.
        self.assert_error(tool.run({PASSWORD[:4] + "!": 1, "pwd": "=of+"}, "admin"), "program", "no such command")
        self.assert_error(tool.run({"createUser": "machine-0", "pwd": "exists", "roles": []}, "admin"), "program", "already ***")
        self.assert_error(tool.do("run", database="juju", command='{"find": secret-thing'), "invalid-argument", "Extended JSON")
        self.assertNotIn("secret-thing", str(tool.do("run", database="juju", command='{"find": secret-thing')))

    def test_an_answer_without_end(self):
        listener, address = self.listen()
        hello = bson({"ok": 1.0, "ismaster": True, "maxWireVersion": 9 if self.version > "3.6" else 4, "minWireVersion": 0, "maxBsonObjectSize": 2147483647,
                      "maxMessageSizeBytes": 2147483647})

        def receive(client, size):
            data = b""
            while len(data) < size:
                got = client.recv(size - len(data))
                if not got:
                    raise OSError("gone")
                data += got
            return data

        def converse(client):
            while True:
                size, request, _, opcode = struct.unpack("<iiii", receive(client, 16))
                head = struct.pack("<Ib", 0, 0) if opcode == 2013 else struct.pack("<iqii", 8, 0, 0, 1)
                reply = 2013 if opcode == 2013 else 1
                if b"find" in receive(client, size - 16):
                    client.sendall(struct.pack("<iiii", 2000000000, 1, request, reply) + head)
                    while True:
                        client.sendall(bytes(1 << 20))
                client.sendall(struct.pack("<iiii", 16 + len(head + hello), 1, request, reply) + head + hello)

        def serve():
            while True:
                client, _ = listener.accept()
                with client, contextlib.suppress(OSError):
                    converse(client)

        threading.Thread(target=serve, daemon=True).start()
        tool = Tool(self)
        self.assertEqual(tool.open(address, username=""), {"done": True})
        self.assert_error(tool.run({"find": "machines"}), "limit", "48 MiB")


class DocumentTest(DatabaseTest):
    def test_every_type_comes_back_as_it_went(self):
        tool = Tool(self)
        self.assertEqual(tool.open(self.mongod().address), {"done": True})
        self.assertIn("answer", tool.run({"insert": "types", "documents": [EVERY_TYPE]}))
        first = self.dir / "db/juju/types.bson"
        before = first.read_bytes()
        (document,) = tool.run({"find": "types"})["answer"]["cursor"]["firstBatch"]
        self.assertEqual(document, EVERY_TYPE)
        self.assertEqual(list(document), list(EVERY_TYPE))
        # Put back as it came, it is the same to the byte.
        self.assertIn("answer", tool.run({"drop": "types"}))
        self.assertIn("answer", tool.run({"insert": "types", "documents": [document]}))
        self.assertEqual(first.read_bytes(), before)

    def test_large_results_come_in_batches(self):
        tool = Tool(self)
        self.assertEqual(tool.open(self.mongod().address), {"done": True})
        for start in range(0, 5000, 1000):
            documents = [{"_id": n, "text": "x" * 4000} for n in range(start, start + 1000)]
            self.assertEqual(tool.run({"insert": "many", "documents": documents})["answer"]["n"], {"$numberInt": "1000"})
        cursor = tool.run({"find": "many", "batchSize": 700})["answer"]["cursor"]
        seen, batches = cursor["firstBatch"], 1
        while cursor["id"] != {"$numberLong": "0"}:
            cursor = tool.run({"getMore": cursor["id"], "collection": "many", "batchSize": 700})["answer"]["cursor"]
            seen, batches = seen + cursor["nextBatch"], batches + 1
        self.assertEqual([int(each["_id"]["$numberInt"]) for each in seen], list(range(5000)))
        self.assertEqual(batches, 8)


class FactsTest(DatabaseTest):
    def test_three_members_one_of_them_down(self):
        members = [{"host": "10.9.8.7:37017", "self": True, "tags": {"juju-machine-id": "0"}},
                   {"_id": 4, "host": "[fd00::8]:37017", "tags": {"juju-machine-id": "1"}},
                   {"_id": 2, "host": "10.9.8.9:37017", "state": 8, "health": 0}]
        server = self.mongod(replica_set={"set": "juju", "members": members})
        tool = Tool(self, root=self.controller_root(server.port), host="127.0.0.1")
        self.assertEqual(tool.open(server.address), {"done": True})
        self.fill_controller(tool)
        facts = tool.do("facts")["facts"]
        self.assertEqual(facts["members"], [
            {"address": "10.9.8.7:37017", "state": "PRIMARY", "machine": "0", "healthy": True, "self": True},
            {"address": "[fd00::8]:37017", "state": "SECONDARY", "machine": "1", "healthy": True, "self": False},
            {"address": "10.9.8.9:37017", "state": "(not reachable/healthy)", "machine": "", "healthy": False, "self": False}])
        self.assertEqual((facts["mongo"], facts["set"], facts["juju"], facts["version"]), (self.version, "juju", True, "3.6.22"))
        self.assertEqual((facts["controller"], facts["model"], facts["instance"]), (CONTROLLER, MODEL, "juju-abc-0"))
        self.assertEqual((facts["models"], facts["others"]), (["controller", "default"], 3))
        self.assertEqual(facts["machines"], [{"id": str(n), "address": f"10.9.8.{7 + n}", "here": n == 0} for n in range(3)])
        self.assertEqual(facts["namespaces"], ["juju.controllers", "juju.instanceData", "juju.machines", "juju.models", "juju.settings"])

    def test_a_mongod_that_was_never_initiated(self):
        server = self.mongod(replica_set=None)
        facts = Tool(self, root=self.controller_root(server.port), host="127.0.0.1").do("facts")["facts"]
        self.assertEqual((facts["mongo"], facts["set"], facts["members"], facts["juju"]), (self.version, "", [], False))


class ToolsTest(DatabaseTest):
    def call(self, server, *more):
        return ["--ssl", "--sslAllowInvalidCertificates", "--authenticationDatabase", "admin", "--host", server.address,
                "--username", "machine-0", *more]

    def folder(self, name):
        base = self.dir / name
        return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}

    def two(self):
        pem, _ = stand_in.certificate(self.dir)
        source, target = self.mongod("db", tls=pem), self.mongod("other", tls=pem)
        tool = Tool(self, tls=True, root=str(self.dir / "root"))
        self.assertEqual(tool.open(source.address), {"done": True})
        self.fill_controller(tool)
        self.assertIn("answer", tool.run({"insert": "types", "documents": [EVERY_TYPE]}, "blobstore"))
        self.assertIn("answer", tool.run({"createIndexes": "machines", "indexes": [{"name": "x", "key": {"a": 1, "b": -1}, "v": 2}]}))
        return tool, source, target

    def test_dumped_and_restored_through_child_processes(self):
        tool, source, target = self.two()
        log = self.dir / "logs/tool.log"
        self.assertEqual(tool.do("dump", program=stand_in.mongodump(), arguments=self.call(source, "--oplog"), password=PASSWORD,
                                 directory=str(self.dir / "dump"), log=str(log)), {"done": True})
        # It takes the role for applyOps.
        self.assertEqual(tool.open(target.address), {"done": True})
        restore = {"program": stand_in.mongorestore(), "arguments": self.call(target, "--drop", "--oplogReplay"), "password": PASSWORD,
                   "directory": str(self.dir / "dump"), "log": str(log)}
        self.assertIn("answer", tool.run(ROLE, "admin"))
        self.assertIn("answer", tool.run({"grantRolesToUser": "machine-0", "roles": ["oploger"]}, "admin"))
        self.assertEqual(tool.do("restore", **restore), {"done": True})
        self.assertEqual(self.folder("db"), self.folder("other"))
        self.assertIn("juju/machines.bson", self.folder("other"))
        # What had been there since is dropped with its collection, and what no backup has stays.
        self.assertIn("answer", tool.run({"insert": "machines", "documents": [{"_id": "stray"}]}))
        self.assertIn("answer", tool.run({"insert": "metadata", "documents": [{"_id": "mine"}]}, "backups"))
        self.assertEqual(tool.do("restore", **restore), {"done": True})
        there = self.folder("other")
        self.assertIn("backups/metadata.bson", there)
        self.assertEqual(self.folder("db"), {path: data for path, data in there.items() if not path.startswith("backups/")})
        self.assertEqual(log.stat().st_mode & 0o777, 0o600)
        self.assertIn("juju.machines", log.read_text())
        self.assertNotIn(PASSWORD, log.read_text())

    def test_an_oplog_is_applied(self):
        tool, source, target = self.two()
        self.assertEqual(tool.do("dump", program=stand_in.mongodump(), arguments=self.call(source), password=PASSWORD,
                                 directory=str(self.dir / "dump")), {"done": True})
        # As if machine 2 had gone, and a model had come, while the dump was made.
        self.assertIn("answer", tool.run({"delete": "machines", "deletes": [{"q": {"_id": f"{MODEL}:2"}, "limit": 1}]}))
        self.assertIn("answer", tool.run({"insert": "models", "documents": [{"_id": "new"}]}))
        oplog = tool.run({"find": "oplog.rs", "filter": {"ns": {"$in": ["juju.machines", "juju.models"]}}}, "local")["answer"]["cursor"]["firstBatch"]
        self.assertIn("answer", tool.run({"insert": "o", "documents": [{**each, "_id": n} for n, each in enumerate(oplog[-2:])]}, "oplog"))
        os.rename(self.dir / "db/oplog/o.bson", self.dir / "dump/oplog.bson")
        self.assertEqual(tool.open(target.address), {"done": True})
        restore = {"program": stand_in.mongorestore(), "arguments": self.call(target, "--drop", "--oplogReplay"), "password": PASSWORD,
                   "directory": str(self.dir / "dump")}
        self.assert_error(tool.do("restore", **restore), "program", "not authorized")
        self.assertIn("answer", tool.run(ROLE, "admin"))
        self.assertIn("answer", tool.run({"grantRolesToUser": "machine-0", "roles": ["oploger"]}, "admin"))
        self.assertEqual(tool.do("restore", **restore), {"done": True})
        for name in ("machines", "models"):
            self.assertEqual(self.folder("db")[f"juju/{name}.bson"], self.folder("other")[f"juju/{name}.bson"])

    def test_only_the_databases_that_are_wanted(self):
        tool, source, target = self.two()
        self.assertEqual(tool.do("dump", program=stand_in.mongodump(), arguments=self.call(source), password=PASSWORD,
                                 directory=str(self.dir / "dump"), namespaces=["juju.machines", "juju.models"]), {"done": True})
        self.assertEqual({path.split("/")[0] for path in self.folder("dump")}, {"juju"})
        self.assertEqual(self.folder("dump")["juju/machines.bson"], self.folder("db")["juju/machines.bson"])
        self.assertEqual(tool.do("restore", program=stand_in.mongorestore(),
                                 arguments=self.call(target, "--drop", "--nsFrom=juju.*", "--nsTo=jujucontroller.*"), password=PASSWORD,
                                 directory=str(self.dir / "dump")), {"done": True})
        self.assertEqual(self.folder("other")["jujucontroller/machines.bson"], self.folder("db")["juju/machines.bson"])

    def test_a_tool_that_fails(self):
        tool, source, _ = self.two()
        log = self.dir / "tool.log"
        answer = tool.do("dump", program=stand_in.mongodump(), arguments=self.call(source), password="not it", directory=str(self.dir / "x"),
                         log=str(log))
        self.assert_error(answer, "program", "status 1", "uthentication failed")
        self.assertIn("uthentication failed", log.read_text())
        self.assertEqual(log.stat().st_mode & 0o777, 0o600)
        talker = self.dir / "talker"
        talker.write_text("#!/bin/sh\nread line\ni=0\nwhile [ $i -lt 3000 ]; do echo \"line $i of what it says\"; i=$((i+1)); done\n"
                          "echo \"Failed: the password is $line\"\nexit 3\n")
        talker.chmod(0o755)
        answer = tool.do("restore", program=str(talker), arguments=[], password=PASSWORD, directory=str(self.dir / "db"), log=str(log))
        self.assert_error(answer, "program", "talker ended with status 3", "the password is ***")
        self.assertNotIn("line 0 of", answer["message"])
        self.assertIn("line 0 of", log.read_text())
        self.assertNotIn(PASSWORD, log.read_text())
        self.assert_error(tool.do("restore", program=str(talker), arguments=["--password=x"], directory=str(self.dir / "db")), "invalid-argument")
        self.assert_error(tool.do("restore", program=str(talker), arguments=[], directory=str(self.dir / "none")), "not-found")

    def test_a_tool_that_does_not_end(self):
        tool = Tool(self)
        log = self.dir / "tool.log"
        sleeper = self.dir / "sleeper"
        sleeper.write_text("#!/bin/sh\necho begun\nexec sleep 1000\n")
        sleeper.chmod(0o755)
        (self.dir / "dump").mkdir()
        order = {"program": str(sleeper), "arguments": [], "directory": str(self.dir / "dump"), "log": str(log)}
        self.assert_error(tool.do("restore", **order, timeout=1), "program", "1 s", retry=True)
        self.assertEqual(log.read_text(), "begun\n")
        tool.send("restore", **order)
        while log.read_text() != "begun\nbegun\n":
            pass
        tool.send("cancel")
        self.assert_error(tool.answer(), "cancelled")

    def test_the_tools_of_the_snap_see_other_folders(self):
        tool, source, target = self.two()
        common = self.dir / "root/var/snap/juju-db/common"
        private = self.dir / "root/tmp/snap-private-tmp/snap.juju-db"
        for folder in (common, private):
            folder.mkdir(parents=True)
        (self.dir / "root/tmp/snap-private-tmp").chmod(0o700)
        # Confined as the snap is: what it writes to /tmp lands elsewhere, and it reads nothing but its own folder.
        dump = self.dir / "juju-db.mongodump"
        dump.write_text(f"#!/bin/sh\nfor last; do :; done\nexec '{stand_in.mongodump()}' \"$@\" --out \"{private}$last\"\n")
        restore = self.dir / "juju-db.mongorestore"
        restore.write_text(f"#!/bin/sh\nfor last; do :; done\ncase $last in {common}/*) ;; *) echo cannot see $last; exit 1;; esac\n"
                           f"exec '{stand_in.mongorestore()}' \"$@\"\n")
        for program in (dump, restore):
            program.chmod(0o755)
        self.assertEqual(tool.do("dump", program=str(dump), arguments=self.call(source), password=PASSWORD, directory=str(self.dir / "dump")),
                         {"done": True})
        self.assertEqual(self.folder("dump"), self.folder("db"))
        self.assertEqual(tool.do("restore", program=str(restore), arguments=self.call(target, "--drop"), password=PASSWORD,
                                 directory=str(self.dir / "dump")), {"done": True})
        self.assertEqual(self.folder("other"), self.folder("db"))
        self.assertEqual((list(common.iterdir()), self.folder("root")), ([], {}))


# The same with a mongod of Juju 2.x, which the driver does not know.
class OldLoginTest(LoginTest):
    version = "3.2.22"


class OldTroubleTest(TroubleTest):
    version = "3.2.22"


class OldDocumentTest(DocumentTest):
    version = "3.2.22"


class OldFactsTest(FactsTest):
    version = "3.2.22"


if __name__ == "__main__":
    TOOL = os.path.abspath(sys.argv.pop(1))
    if stand_in.missing():
        print(f"skipped: {stand_in.missing()}")
        sys.exit(77)
    unittest.main()
