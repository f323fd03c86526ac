#!/usr/bin/python3 -B
"""A stand-in for mongod: it speaks the wire protocol (through mockupdb), keeps collections in a folder of the shape of a dump, and knows
users, a replica set and the oplog as far as Juju and this project use them. It proves nothing about a genuine mongod's storage.

    stand_in_mongod.py --folder DIR [--port N] [--tls PEM] [--users FILE] [--noauth] [--version V] [--replica-set JSON] [--log FILE]

Prints {"port": N} and ends when its standard input does. A line of JSON there changes it, and is answered with {"ok": true}:
    {"fault": {"find": "hang"}}     from now on find is never answered ("hang"), hung up on ("hang-up"), or refused ("refuse")
    {"members": [{"host": ..., "state": 2, "health": 1, "self": true}]}
The log has a line for each command: database, name, user; nothing that is in it.
"""
import argparse
import contextlib
import itertools
import json
import socket
import ssl
import struct
import sys
import threading
from collections import OrderedDict

import bson
import mockupdb
from bson.codec_options import CodecOptions

from stand_in_data import ID_INDEX, RAW, CommandError, Data, canonical, matches, plain, raw, values_at
from stand_in_replica_set import ReplicaSet
from stand_in_users import MECHANISMS, ScramLogin, Users

mockupdb.CODEC_OPTIONS = RAW  # its own would take UUIDs and dates apart
NO_LOGIN_NEEDED = {"hello", "ismaster", "ping", "buildinfo", "saslstart", "saslcontinue", "logout", "endsessions", "whatsmyuri"}
# What mongod's exception for localhost lets through while there are no users.
FOR_LOCALHOST = {"createuser", "createrole", "grantrolestouser", "replsetinitiate", "replsetgetstatus", "replsetgetconfig", "replsetreconfig"}
USER_COMMANDS = {name.lower(): name for name in ("createUser", "updateUser", "dropUser", "grantRolesToUser", "revokeRolesFromUser",
                                                 "createRole", "dropRole", "usersInfo", "rolesInfo")}
WRITES = {"insert", "update", "delete", "drop", "dropdatabase", "create", "createindexes", "applyops"}
FIRST_BATCH, MAX_BATCH_BYTES = 101, 12 << 20


class HangUp(Exception):
    pass


class Server:
    def __init__(self, options, port):
        self.options, self.data, self.users = options, Data(options.folder), Users(options.users)
        self.version = tuple(int(part) for part in options.version.split("."))
        self.replica_set = ReplicaSet(f"127.0.0.1:{port}", options.replica_set, self.version)
        self.lock, self.faults, self.ended = threading.Lock(), {}, threading.Event()
        self.log = open(options.log, "a", encoding="utf-8") if options.log else None
        self.cursors, self.numbers = {}, itertools.count(1000)

    def authorise(self, session, name):
        if self.options.noauth or name in NO_LOGIN_NEEDED:
            return
        if session.user is None:
            if self.users.users or name not in FOR_LOCALHOST:
                raise CommandError(13, "Unauthorized", f"command {name} requires authentication")
        elif name == "applyops" and not self.users.may_do_anything(session.user):
            raise CommandError(13, "Unauthorized", "not authorized on admin to execute command applyOps")

    def command(self, session, document):
        """The answer to one command."""
        given = next(iter(document))
        name, database = given.lower(), document["$db"] if "$db" in document else session.database
        fault = self.faults.get(name) or self.faults.get(given)
        if self.log:
            print(json.dumps({"database": database, "command": given, "user": session.user}), file=self.log, flush=True)
        if fault == "hang":
            self.ended.wait()
            raise HangUp
        if fault == "hang-up":
            raise HangUp
        if fault == "refuse":
            raise CommandError(8000, "AtlasError", f"{given} is refused here")
        with self.lock:
            self.authorise(session, name)
            if name in WRITES and not self.replica_set.is_primary():
                raise CommandError(10107, "NotWritablePrimary", "not master")
            if name in USER_COMMANDS:
                return self.users.command(USER_COMMANDS[name], OrderedDict([(USER_COMMANDS[name], plain(document[given])), *plain_items(document)]))
            handler = getattr(self, "on_" + name, None)
            if handler is None:
                raise CommandError(59, "CommandNotFound", f"no such command: '{given}'")
            return handler(session, database, document)

    # Who and what it is.

    def on_ismaster(self, _session, _database, document):
        answer = self.replica_set.hello()
        user = document.get("saslSupportedMechs")
        if user and self.version >= (4, 0):
            answer["saslSupportedMechs"] = list(MECHANISMS) if user.partition(".")[2] in self.users.users else []
        return answer

    def on_hello(self, *arguments):
        if self.version < (4, 4, 2):
            raise CommandError(59, "CommandNotFound", "no such command: 'hello'")
        return self.on_ismaster(*arguments)

    def on_ping(self, *_):
        return {}

    on_endsessions = on_logout = on_refreshsessions = on_ping

    def on_buildinfo(self, *_):
        return {"version": self.options.version, "versionArray": [*self.version, 0], "modules": [], "bits": 64, "maxBsonObjectSize": 16777216}

    def on_saslstart(self, session, _, document):
        session.login = ScramLogin(self.users, document["mechanism"], bytes(document["payload"]))
        return {"conversationId": 1, "done": False, "payload": session.login.first.encode()}

    def on_saslcontinue(self, session, _, document):
        if session.login is None:
            raise CommandError(17, "ProtocolError", "No SASL session state found")
        payload = session.login.final(bytes(document["payload"]))
        if session.login.verified:
            session.user = session.login.name
        return {"conversationId": 1, "done": session.login.done, "payload": payload}

    def on_connectionstatus(self, session, *_):
        return {"authInfo": {"authenticatedUsers": [{"user": session.user, "db": "admin"}] if session.user else []}}

    def on_replsetgetstatus(self, *_):
        return self.replica_set.status()

    def on_replsetgetconfig(self, *_):
        self.replica_set.need()
        return {"config": self.replica_set.config}

    def on_replsetinitiate(self, _session, _database, document):
        return self.replica_set.initiate(document["replSetInitiate"])

    def on_replsetreconfig(self, _session, _database, document):
        return self.replica_set.reconfigure(document["replSetReconfig"], bool(document.get("force")))

    # What there is.

    def on_listdatabases(self, _session, _database, document):
        names = [{"name": name, "sizeOnDisk": 1, "empty": False} for name in sorted({*self.data.databases, "local"})]
        return {"databases": [{"name": each["name"]} for each in names] if document.get("nameOnly") else names, "totalSize": 1}

    def on_listcollections(self, session, database, document):
        condition = plain(document.get("filter") or {})
        found = [{"name": name, "type": "collection", "options": collection.options, "info": {"readOnly": False}, "idIndex": ID_INDEX}
                 for name, collection in self.data.databases.get(database, {}).items()]
        if database == "local":
            found = [{"name": "oplog.rs", "type": "collection", "options": {"capped": True}, "info": {"readOnly": False}}]
        return self.cursor(session, f"{database}.$cmd.listCollections", [each for each in found if matches(each, condition)],
                           document.get("cursor", {}))

    def on_listindexes(self, session, database, document):
        name = document[next(iter(document))]
        collection = self.data.get(database, name)
        if collection is None:
            raise CommandError(26, "NamespaceNotFound", f"ns does not exist: {database}.{name}")
        return self.cursor(session, f"{database}.{name}", collection.indexes, document.get("cursor", {}))

    def selected(self, database, name, condition):
        if (database, name) == ("local", "oplog.rs"):
            return [each for each in self.data.oplog if matches(plain(each), condition)]
        collection = self.data.get(database, name)
        return collection.find(condition) if collection else []

    def on_count(self, _session, database, document):
        return {"n": len(self.selected(database, document["count"], plain(document.get("query") or {})))}

    def on_distinct(self, _session, database, document):
        values = {}
        for each in self.selected(database, document["distinct"], plain(document.get("query") or {})):
            for value in values_at(plain(each), document["key"]):
                values.setdefault(canonical(value), value)
        return {"values": list(values.values())}

    def on_find(self, session, database, document):
        name = document["find"]
        found = self.selected(database, name, plain(document.get("filter") or {}))
        found = sorted_by(found, plain(document.get("sort") or {}))[document.get("skip") or 0:]
        if document.get("limit"):
            found = found[:abs(document["limit"])]
        found = projected(found, plain(document.get("projection") or {}))
        return self.cursor(session, f"{database}.{name}", found, document, bool(document.get("singleBatch")))

    def on_aggregate(self, session, database, document):
        name = document["aggregate"]
        found = self.selected(database, name, {}) if isinstance(name, str) else []
        for stage in document["pipeline"]:
            (operator, value), = plain(stage).items()
            if operator == "$match":
                found = [each for each in found if matches(plain(each), value)]
            elif operator == "$group" and value.get("_id") in (1, None):
                found = [{"_id": value["_id"], **{key: len(found) for key in value if key != "_id"}}] if found else []
            elif operator == "$count":
                found = [{value: len(found)}] if found else []
            elif operator in ("$sort", "$skip", "$limit"):
                found = sorted_by(found, value) if operator == "$sort" else found[value:] if operator == "$skip" else found[:value]
            else:
                raise CommandError(40324, "Location40324", f"Unrecognized pipeline stage name: '{operator}'")
        return self.cursor(session, f"{database}.{name}", found, document.get("cursor", {}))

    def cursor(self, session, namespace, documents, how, single=False):
        documents = iter(documents)
        number = next(self.numbers)
        batch, rest = take(documents, how.get("batchSize", FIRST_BATCH))
        if rest is not None and not single:
            self.cursors[number] = (session.user, namespace, rest)
        return {"cursor": {"id": bson.Int64(number if number in self.cursors else 0), "ns": namespace, "firstBatch": batch}}

    def on_getmore(self, session, database, document):
        number = document["getMore"]
        user, namespace, documents = self.cursors.pop(number, (None, None, None))
        if documents is None or user != session.user or namespace.partition(".")[0] != database:
            raise CommandError(43, "CursorNotFound", f"cursor id {number} not found")
        batch, rest = take(documents, document.get("batchSize", 1 << 30))
        if rest is not None:
            self.cursors[number] = (user, namespace, rest)
        return {"cursor": {"id": bson.Int64(number if rest is not None else 0), "ns": namespace, "nextBatch": batch}}

    def on_killcursors(self, _session, _database, document):
        killed = [number for number in document["cursors"] if self.cursors.pop(number, None)]
        return {"cursorsKilled": killed, "cursorsNotFound": [], "cursorsAlive": [], "cursorsUnknown": []}

    # What changes it.

    def on_insert(self, _session, database, document):
        errors, taken = self.data.need(database, document["insert"]).insert(document["documents"])
        for each in taken:
            self.data.note("i", f"{database}.{document['insert']}", each)
        return {"n": len(taken), **({"writeErrors": errors} if errors else {})}

    def on_update(self, _session, database, document):
        matched, modified, upserted = 0, 0, []
        for index, update in enumerate(document["updates"]):
            one = self.data.update(database, document["update"], update)
            matched, modified = matched + one[0] + (one[2] is not None), modified + one[1]
            upserted += [{"index": index, "_id": one[2]}] if one[2] is not None else []
        return {"n": matched, "nModified": modified, **({"upserted": upserted} if upserted else {})}

    def on_delete(self, _session, database, document):
        removed = 0
        collection = self.data.get(database, document["delete"])
        for each in document["deletes"] if collection else []:
            found = collection.find(plain(each["q"]))[:1 if each.get("limit") == 1 else None]
            collection.remove(found)
            removed += len(found)
            for gone in found:
                self.data.note("d", f"{database}.{document['delete']}", {"_id": gone["_id"]})
        if removed:
            collection.save()
        return {"n": removed}

    def on_create(self, _session, database, document):
        if self.data.get(database, document["create"]):
            raise CommandError(48, "NamespaceExists", f"a collection '{database}.{document['create']}' already exists")
        options = OrderedDict((key, value) for key, value in plain_items(document) if key in ("capped", "size", "max", "validator", "collation"))
        self.data.create(database, document["create"], options)
        self.data.note("c", f"{database}.$cmd", {"create": document["create"]})
        return {}

    def on_drop(self, _session, database, document):
        if not self.data.drop(database, document["drop"]):
            raise CommandError(26, "NamespaceNotFound", "ns not found")
        self.data.note("c", f"{database}.$cmd", {"drop": document["drop"]})
        return {"ns": f"{database}.{document['drop']}"}

    def on_dropdatabase(self, _session, database, _document):
        for name in list(self.data.databases.get(database, {})):
            self.data.drop(database, name)
        return {"dropped": database}

    def on_createindexes(self, _session, database, document):
        collection = self.data.need(database, document["createIndexes"])
        before = len(collection.indexes)
        known = [index["name"] for index in collection.indexes]
        collection.indexes = [*collection.indexes, *[plain(each) for each in document["indexes"] if each["name"] not in known]]
        collection.save_metadata()
        return {"numIndexesBefore": before, "numIndexesAfter": len(collection.indexes)}

    def on_applyops(self, session, _database, document):
        for entry in document["applyOps"]:
            self.apply(session, plain(entry))
        return {"applied": len(document["applyOps"]), "results": [True] * len(document["applyOps"])}

    def apply(self, session, entry):
        kind, change = entry["op"], entry["o"]
        database, _, name = entry["ns"].partition(".")
        if kind == "i":
            self.data.update(database, name, {"q": {"_id": change["_id"]}, "u": change, "upsert": True})
        elif kind == "u":
            self.data.update(database, name, {"q": entry["o2"], "u": change, "upsert": True})
        elif kind == "d":
            self.on_delete(session, database, {"delete": name, "deletes": [{"q": change, "limit": 1}]})
        elif kind == "c" and next(iter(change)) in ("create", "drop", "dropDatabase", "createIndexes"):
            with contextlib.suppress(CommandError):
                getattr(self, "on_" + next(iter(change)).lower())(session, database, change)
        elif kind != "n":
            raise CommandError(9, "FailedToParse", f"an operation of type {kind} cannot be applied")


def plain_items(document):
    return [(key, plain(value)) for key, value in list(document.items())[1:]]


def sorted_by(documents, keys):
    for path, direction in reversed(list(keys.items())):
        if path == "$natural":
            documents = documents if direction > 0 else documents[::-1]
        else:
            documents = sorted(documents, key=lambda each: repr(values_at(plain(each), path)), reverse=direction < 0)
    return documents


def projected(documents, fields):
    if not fields:
        return documents
    keep = {key for key, value in fields.items() if value}
    result = []
    for document in documents:
        items = plain(document).items()
        if keep - {"_id"} or keep == fields.keys():
            result.append(OrderedDict(item for item in items if item[0] in keep or (item[0] == "_id" and fields.get("_id", 1))))
        else:
            result.append(OrderedDict(item for item in items if item[0] not in fields))
    return result


def take(documents, count):
    """A batch, and what is left; None if nothing is."""
    batch, size = [], 0
    for document in documents:
        document = raw(document)
        if len(batch) >= count or (batch and size + len(document.raw) > MAX_BATCH_BYTES):
            return batch, itertools.chain([document], documents)
        batch.append(document)
        size += len(document.raw)
    return batch, None


class Session:
    def __init__(self, server, client):
        self.server, self.client, self.user, self.login, self.database = server, client, None, None, "admin"

    def run(self):
        with contextlib.suppress(OSError, HangUp):
            if self.server.options.tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.server.options.tls)
                self.client = context.wrap_socket(self.client, server_side=True)
            while True:
                self.answer(mockupdb.mock_server_receive_request(self.client, None))
        self.client.close()

    def answer(self, request):
        if isinstance(request, mockupdb.OpQuery):
            self.database = request.namespace
        elif self.server.version < (3, 6):
            raise HangUp  # it does not know that kind of message
        try:
            document = {**self.server.command(self, request.doc), "ok": 1.0}
        except CommandError as error:
            document = {"ok": 0.0, "errmsg": str(error), "code": error.code, "codeName": error.name}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            document = {"ok": 0.0, "errmsg": f"the stand-in cannot do that: {type(error).__name__} {error}", "code": 9, "codeName": "FailedToParse"}
        if not isinstance(request, mockupdb.OpMsg):
            request.replies(document)
            return
        if request.flags & mockupdb.OP_MSG_FLAGS["moreToCome"]:
            return
        body = struct.pack("<Ib", 0, 0) + bson.encode(document, codec_options=CodecOptions(uuid_representation=RAW.uuid_representation))
        self.client.sendall(struct.pack("<iiii", 16 + len(body), 0, request.request_id, mockupdb.OP_MSG) + body)


def accept(listener, server):
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=Session(server, client).run, daemon=True).start()


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", help="certificate and key in one file")
    parser.add_argument("--users", help="JSON: name to password; written to when users change")
    parser.add_argument("--noauth", action="store_true")
    parser.add_argument("--version", default="4.4.30")
    parser.add_argument("--replica-set", type=json.loads, default={"set": "juju", "members": [{"tags": {"juju-machine-id": "0"}}]})
    parser.add_argument("--log")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port))
    port = listener.getsockname()[1]
    server = Server(options, port)
    threading.Thread(target=accept, args=(listener, server), daemon=True).start()
    print(json.dumps({"port": port}), flush=True)
    for line in sys.stdin:
        change = json.loads(line)
        with server.lock:
            server.faults.update({name.lower(): fault for name, fault in change.get("fault", {}).items()})
            if "members" in change:
                server.replica_set.set_states(change["members"])
        print(json.dumps({"ok": True}), flush=True)
    listener.close()
    server.ended.set()


if __name__ == "__main__":
    main()
