#!/usr/bin/python3 -B
"""A stand-in for mongodump that really dumps, over the wire, with the real tool's arguments as far as this project gives them."""
import os

from stand_in_data import PLAIN, RAW, metadata_text
from stand_in_tools import command, connect, give_up, parse, parser_for, say


def collections_of(client, database):
    return {each["name"]: each.get("options") or {} for each in client[database].with_options(PLAIN).list_collections()}


def dump(client, database, name, options, directory):
    os.makedirs(directory, exist_ok=True)
    count = 0
    with open(os.path.join(directory, name + ".bson"), "wb") as file:
        for document in client[database].get_collection(name, RAW).find():
            file.write(document.raw)
            count += 1
    indexes = command(client, database, "listIndexes", name)["cursor"]["firstBatch"]
    with open(os.path.join(directory, name + ".metadata.json"), "w", encoding="utf-8") as file:
        file.write(metadata_text(name, options, indexes))
    say(f"done dumping {database}.{name} ({count} documents)")


def dump_oplog(client, path, since):
    with open(path, "wb") as file:
        for entry in client["local"].get_collection("oplog.rs", RAW).find({"ts": {"$gt": since}} if since else {}):
            file.write(entry.raw)


def main():
    parser = parser_for("mongodump")
    parser.add_argument("--out", default="dump")
    parser.add_argument("--oplog", action="store_true")
    options = parse(parser)
    if options.oplog and options.db:
        give_up("bad option: --oplog mode only supported on full dumps")
    client = connect(options)
    last = [entry["ts"] for entry in client["local"].get_collection("oplog.rs", PLAIN).find()][-1:] if options.oplog else []
    os.makedirs(options.out, exist_ok=True)
    names = [each["name"] for each in command(client, "admin", "listDatabases")["databases"]]
    for database in [options.db] if options.db else [name for name in names if name not in ("local", "config")]:
        for name, settings in collections_of(client, database).items():
            if not options.collection or name == options.collection:
                dump(client, database, name, settings, os.path.join(options.out, database))
    if options.oplog:
        dump_oplog(client, os.path.join(options.out, "oplog.bson"), last[0] if last else None)


if __name__ == "__main__":
    main()
