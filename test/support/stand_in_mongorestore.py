#!/usr/bin/python3 -B
"""A stand-in for mongorestore that really restores, over the wire, with the real tool's arguments as far as this project gives them.

With --dbpath it works on the files of a stand-in for mongod that is stopped, as mongorestore of 2.x did.
"""
import os
import re
import shutil

from bson import json_util
from pymongo.errors import PyMongoError

from stand_in_tools import connect, give_up, parse, parser_for, read_documents, say


def pattern(text):
    return re.compile("^" + "(.*)".join(re.escape(part) for part in text.split("*")) + "$")


def renamed(options, namespace):
    for source, target in zip(options.nsFrom, options.nsTo):
        found = pattern(source).match(namespace)
        if found:
            parts = iter(found.groups())
            return re.sub(r"\*", lambda _: next(parts), target)
    return namespace


def wanted(options, namespace):
    included = not options.nsInclude or any(pattern(each).match(namespace) for each in options.nsInclude)
    return included and not any(pattern(each).match(namespace) for each in options.nsExclude)


def collections_in(directory):
    for database in sorted(os.listdir(directory)):
        folder = os.path.join(directory, database)
        if os.path.isdir(folder):
            for name in sorted(os.listdir(folder)):
                if name.endswith(".bson") and not name.startswith("system."):
                    yield database, name[:-len(".bson")], os.path.join(folder, name)


def metadata_beside(path):
    path = path[:-len(".bson")] + ".metadata.json"
    if not os.path.exists(path):
        return {}, []
    with open(path, encoding="utf-8") as file:
        metadata = json_util.loads(file.read())
    return metadata.get("options") or {}, metadata.get("indexes") or []


def restore(client, options, namespace, path):
    database, _, name = namespace.partition(".")
    settings, indexes = metadata_beside(path)
    exists = name in client[database].list_collection_names()
    if exists and options.drop:
        say(f"dropping collection {namespace} before restoring")
        client[database].drop_collection(name)
        exists = False
    if not exists:
        client[database].command("create", name, **settings)
    concern = {"w": options.writeConcern} if options.writeConcern else {}
    batch, size, count = [], 0, 0
    for document in read_documents(path):
        if batch and (len(batch) >= options.batchSize or size + len(document.raw) > 8 << 20):
            insert(client, database, name, batch, concern)
            batch, size = [], 0
        batch.append(document)
        size += len(document.raw)
        count += 1
    if batch:
        insert(client, database, name, batch, concern)
    others = [index for index in indexes if index["name"] != "_id_"]
    if others:
        say(f"restoring indexes for collection {namespace} from metadata")
        client[database].command("createIndexes", name, indexes=[{**each, "ns": namespace} if "ns" in each else each for each in others])
    say(f"finished restoring {namespace} ({count} documents, 0 failures)")


def insert(client, database, name, batch, concern):
    answer = client[database].command("insert", name, documents=batch, ordered=True, writeConcern=concern)
    if answer.get("writeErrors"):
        give_up(f"{database}.{name}: error restoring: {answer['writeErrors'][0]['errmsg']}")


def replay(client, path):
    if not os.path.exists(path):
        give_up("no oplog file to replay; make sure you run mongodump with --oplog")
    say("replaying oplog")
    count = 0
    for entry in read_documents(path):
        if entry["op"] != "n":
            client.admin.command("applyOps", [entry])
            count += 1
    say(f"applied {count} oplog entries")


def restore_files(options):
    for database, name, path in collections_in(options.directory):
        target = os.path.join(options.dbpath, database)
        os.makedirs(target, exist_ok=True)
        for ending in (".bson", ".metadata.json"):
            source = path[:-len(".bson")] + ending
            if os.path.exists(source):
                shutil.copyfile(source, os.path.join(target, name + ending))
        say(f"finished restoring {database}.{name}")


def main():
    parser = parser_for("mongorestore")
    for flag in ("--drop", "--oplogReplay", "--stopOnError", "--maintainInsertionOrder"):
        parser.add_argument(flag, action="store_true")
    for option in ("--nsFrom", "--nsTo", "--nsInclude", "--nsExclude"):
        parser.add_argument(option, action="append", default=[])
    parser.add_argument("--writeConcern")
    parser.add_argument("--batchSize", type=int, default=1000)
    parser.add_argument("--dbpath")
    parser.add_argument("directory")
    options = parse(parser)
    if options.oplogReplay and (options.nsInclude or options.nsExclude or options.nsFrom or options.db):
        give_up("cannot use --oplogReplay with includes specified")
    if not os.path.isdir(options.directory):
        give_up(f"stat {options.directory}: no such file or directory")
    if options.dbpath:
        return restore_files(options)
    client = connect(options)
    try:
        for database, name, path in collections_in(options.directory):
            namespace = f"{database}.{name}"
            if wanted(options, namespace):
                restore(client, options, renamed(options, namespace), path)
        if options.oplogReplay:
            replay(client, os.path.join(options.directory, "oplog.bson"))
    except PyMongoError as error:
        give_up(f"restore error: {error}")
    return None


if __name__ == "__main__":
    main()
