"""The collections of the stand-in for mongod: kept as the bytes they came in, in a folder that has the shape of a dump."""
import os
import re
from collections import OrderedDict

import bson
from bson import json_util
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

# Documents that are only passed on are never taken apart, so that every type of BSON survives.
RAW = CodecOptions(document_class=RawBSONDocument, uuid_representation=UuidRepresentation.UNSPECIFIED)
PLAIN = CodecOptions(document_class=OrderedDict, uuid_representation=UuidRepresentation.UNSPECIFIED)
ID_INDEX = OrderedDict([("v", 2), ("key", OrderedDict([("_id", 1)])), ("name", "_id_")])


class CommandError(Exception):
    def __init__(self, code, name, text):
        super().__init__(text)
        self.code, self.name = code, name


def raw(document):
    return document if isinstance(document, RawBSONDocument) else RawBSONDocument(bson.encode(document, codec_options=PLAIN), RAW)


def plain(document):
    return bson.decode(document.raw, PLAIN) if isinstance(document, RawBSONDocument) else document


def canonical(value):
    """Comparable whatever classes the value is made of; numbers by what they are."""
    if isinstance(value, RawBSONDocument):
        value = plain(value)
    if isinstance(value, dict):
        return ("document", tuple((key, canonical(each)) for key, each in value.items()))
    if isinstance(value, (list, tuple)):
        return ("array", tuple(canonical(each) for each in value))
    return ("boolean", value) if isinstance(value, bool) else value


def values_at(document, path):
    """All that a dotted path leads to, through arrays as mongod does."""
    head, _, rest = path.partition(".")
    if isinstance(document, list):
        found = [value for each in document if isinstance(each, dict) for value in values_at(each, path)]
        if head.isdigit() and int(head) < len(document):
            found += values_at(document[int(head)], rest) if rest else [document[int(head)]]
        return found
    if not isinstance(document, dict) or head not in document:
        return []
    return values_at(document[head], rest) if rest else [document[head]]


def ordered(found, wanted, test):
    try:
        return any(test(value, wanted) for value in found if isinstance(value, type(wanted)) or isinstance(value, (int, float)))
    except TypeError:
        return False


def satisfies(found, condition):
    """Whether values found at a path fit a condition: {"$in": [...]} and the like, or a value."""
    spread = found + [item for value in found if isinstance(value, list) for item in value]
    if not (isinstance(condition, dict) and condition and all(key.startswith("$") for key in condition)):
        return canonical(condition) in [canonical(value) for value in spread] or (condition is None and not found)
    for operator, wanted in condition.items():
        if operator == "$eq":
            fits = satisfies(found, wanted) if not isinstance(wanted, dict) else canonical(wanted) in map(canonical, spread)
        elif operator == "$ne":
            fits = canonical(wanted) not in [canonical(value) for value in spread]
        elif operator in ("$in", "$nin"):
            fits = any(satisfies(found, each) for each in wanted) == (operator == "$in")
        elif operator == "$exists":
            fits = bool(found) == bool(wanted)
        elif operator == "$not":
            fits = not satisfies(found, wanted)
        elif operator == "$regex":
            fits = any(isinstance(value, str) and re.search(getattr(wanted, "pattern", wanted), value) for value in spread)
        elif operator == "$options":
            fits = True
        elif operator == "$elemMatch":
            fits = any(matches(each, wanted) for value in found if isinstance(value, list) for each in value if isinstance(each, dict))
        elif operator in ("$gt", "$gte", "$lt", "$lte"):
            tests = {"$gt": lambda a, b: a > b, "$gte": lambda a, b: a >= b, "$lt": lambda a, b: a < b, "$lte": lambda a, b: a <= b}
            fits = ordered(spread, wanted, tests[operator])
        else:
            raise CommandError(2, "BadValue", f"unknown operator: {operator}")
        if not fits:
            return False
    return True


def matches(document, condition):
    for key, wanted in condition.items():
        if key in ("$and", "$or", "$nor"):
            each = [matches(document, part) for part in wanted]
            fits = all(each) if key == "$and" else any(each) == (key == "$or")
        else:
            fits = satisfies(values_at(document, key), wanted)
        if not fits:
            return False
    return True


def parent_of(document, path, make):
    keys = path.split(".")
    for key in keys[:-1]:
        if isinstance(document, list):
            document = document[int(key)]
        else:
            if make:
                document.setdefault(key, OrderedDict())
            document = document.get(key) if isinstance(document, dict) else None
        if document is None:
            return None, keys[-1]
    return document, int(keys[-1]) if isinstance(document, list) else keys[-1]


def apply_update(document, update):
    """Changes `document` in place."""
    for operator, fields in update.items():
        if operator == "$v":
            continue
        for path, value in fields.items():
            holder, key = parent_of(document, path, operator not in ("$unset", "$pull"))
            if holder is None:
                continue
            if operator == "$set":
                holder[key] = value
            elif operator == "$unset":
                holder.pop(key, None)
            elif operator == "$inc":
                holder[key] = holder.get(key, 0) + value
            elif operator in ("$push", "$addToSet"):
                array = holder.setdefault(key, [])
                if operator == "$push" or canonical(value) not in map(canonical, array):
                    array.append(value)
            elif operator == "$pull":
                if isinstance(holder.get(key), list):
                    holder[key] = [each for each in holder[key] if not pulled(each, value)]
            elif operator != "$setOnInsert":
                raise CommandError(9, "FailedToParse", f"Unknown modifier: {operator}")


def pulled(item, condition):
    if isinstance(condition, dict) and isinstance(item, dict) and not any(key.startswith("$") for key in condition):
        return matches(item, condition)
    return satisfies([item], condition)


class Collection:
    def __init__(self, path):
        self.path, self.documents, self.options, self.indexes = path, [], OrderedDict(), [ID_INDEX]
        self._by_id = {}

    def load(self):
        with open(self.path + ".bson", "rb") as file:
            data = file.read()
        at = 0
        while at < len(data):
            size = int.from_bytes(data[at:at + 4], "little")
            self._take(RawBSONDocument(data[at:at + size], RAW))
            at += size
        if os.path.exists(self.path + ".metadata.json"):
            with open(self.path + ".metadata.json", encoding="utf-8") as file:
                metadata = json_util.loads(file.read(), json_options=json_util.JSONOptions(document_class=OrderedDict))
            self.options = metadata.get("options") or OrderedDict()
            self.indexes = metadata.get("indexes") or [ID_INDEX]

    def _take(self, document):
        self.documents.append(document)
        self._by_id[canonical(document.get("_id"))] = document

    def with_id(self, identifier):
        return self._by_id.get(canonical(identifier))

    def insert(self, documents):
        """Returns mongod's writeErrors."""
        errors, taken = [], []
        for index, document in enumerate(documents):
            if "_id" not in document:
                document = raw(OrderedDict([("_id", bson.ObjectId()), *plain(document).items()]))
            if canonical(document["_id"]) in self._by_id:
                errors.append({"index": index, "code": 11000, "errmsg": "E11000 duplicate key error"})
                break
            document = raw(document)
            self._take(document)
            taken.append(document)
        with open(self.path + ".bson", "ab") as file:
            for document in taken:
                file.write(document.raw)
        return errors, taken

    def find(self, condition):
        identifier = condition.get("_id") if len(condition) == 1 else None
        if identifier is not None and not isinstance(identifier, (dict, list)):
            found = self.with_id(identifier)
            return [found] if found is not None else []
        return [document for document in self.documents if not condition or matches(plain(document), condition)]

    def replace(self, old, new):
        self.documents[next(i for i, each in enumerate(self.documents) if each is old)] = new
        self._by_id[canonical(new["_id"])] = new

    def remove(self, documents):
        gone = {id(document) for document in documents}
        self.documents = [document for document in self.documents if id(document) not in gone]
        for document in documents:
            del self._by_id[canonical(document["_id"])]

    def save(self):
        save(self.path + ".bson", b"".join(document.raw for document in self.documents))

    def save_metadata(self):
        save(self.path + ".metadata.json", metadata_text(self.path.rsplit("/", 1)[1], self.options, self.indexes).encode())


def metadata_text(name, options, indexes):
    """What mongodump writes beside a collection."""
    document = OrderedDict([("options", options)] if options else [])
    document.update([("indexes", indexes), ("uuid", ""), ("collectionName", name), ("type", "collection")])
    return json_util.dumps(document, json_options=json_util.CANONICAL_JSON_OPTIONS, separators=(",", ":"))


def save(path, data):
    with open(path + ".new", "wb") as file:
        file.write(data)
    os.replace(path + ".new", path)


class Data:
    """Databases by name, and the oplog of what was changed since the start."""

    def __init__(self, folder):
        self.folder, self.databases, self.oplog = folder, {}, []
        for database in sorted(os.listdir(folder)):
            directory = os.path.join(folder, database)
            if not os.path.isdir(directory):
                continue
            for name in sorted(os.listdir(directory)):
                if name.endswith(".bson"):
                    self._new(database, name[:-len(".bson")]).load()

    def _new(self, database, name):
        os.makedirs(os.path.join(self.folder, database), exist_ok=True)
        collection = Collection(os.path.join(self.folder, database, name))
        self.databases.setdefault(database, OrderedDict())[name] = collection
        return collection

    def get(self, database, name):
        return self.databases.get(database, {}).get(name)

    def create(self, database, name, options=None):
        collection = self._new(database, name)
        collection.options = OrderedDict(options or {})
        collection.save()
        collection.save_metadata()
        return collection

    def need(self, database, name):
        return self.get(database, name) or self.create(database, name)

    def drop(self, database, name):
        collection = self.databases.get(database, {}).pop(name, None)
        if collection is None:
            return False
        for ending in (".bson", ".metadata.json"):
            if os.path.exists(collection.path + ending):
                os.unlink(collection.path + ending)
        if not self.databases[database]:
            del self.databases[database]
            os.rmdir(os.path.join(self.folder, database))
        return True

    def note(self, kind, namespace, document, query=None):
        entry = OrderedDict([("ts", bson.Timestamp(1_700_000_000, len(self.oplog) + 1)), ("t", bson.Int64(1)), ("h", bson.Int64(0)),
                             ("v", 2), ("op", kind), ("ns", namespace), ("o", document)])
        if query is not None:
            entry["o2"] = query
        self.oplog.append(raw(entry))

    def update(self, database, name, update):
        """One element of an update command: (matched, modified, the _id that was upserted or None)."""
        condition, change = plain(update["q"]), plain(update["u"])
        collection = self.need(database, name)
        found = collection.find(condition)
        operators = bool(change) and next(iter(change)).startswith("$")
        if not found:
            return (0, 0, None) if not update.get("upsert") else (0, 0, self._upsert(collection, condition, change, operators))
        if not update.get("multi"):
            found = found[:1]
        modified = 0
        for old in found:
            if operators:
                document = plain(old)
                apply_update(document, change)
            else:
                document = OrderedDict([("_id", old["_id"])])
                document.update(change)
            new = raw(document if operators else reordered(document, change))
            if new.raw != old.raw:
                modified += 1
                collection.replace(old, new)
                self.note("u", f"{database}.{name}", new, {"_id": new["_id"]})
        if modified:
            collection.save()
        return len(found), modified, None

    def _upsert(self, collection, condition, change, operators):
        document = OrderedDict((key, value) for key, value in condition.items() if not key.startswith("$") and not isinstance(value, dict))
        if operators:
            apply_update(document, change)
            for key, value in change.get("$setOnInsert", {}).items():
                document[key] = value
        else:
            document = reordered(document, change)
        if "_id" not in document:
            document = OrderedDict([("_id", bson.ObjectId()), *document.items()])
        collection.insert([raw(document)])
        return document["_id"]


def reordered(document, change):
    """A replacement as it was given, with the _id of what it replaces if it brings none."""
    if "_id" in change or "_id" not in document:
        return change
    return OrderedDict([("_id", document["_id"]), *change.items()])
