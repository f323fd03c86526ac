#!/usr/bin/env python3
"""Make a realistic Juju controller tree, to try and to measure backups with.

The tree has the shape that a controller backup is made from:

    OUT/juju-backup/metadata.json             about 1 KB of JSON
    OUT/juju-backup/dump/juju/*.bson          about 60 % of the bytes: plausible BSON
    OUT/juju-backup/dump/blobstore/*.bson     about 35 %: GridFS chunks, incompressible
    OUT/juju-backup/dump/logs/*.bson          about 1.5 %
    OUT/juju-backup/dump/oplog.bson           about 0.5 %
    OUT/root/var/lib/juju/...                 about 3 %: what goes into root.tar
    OUT/root/home/ubuntu/.ssh/authorized_keys
    OUT/juju-backup/root.tar                  only with --root-tar

Every byte follows from --size-mib and --seed. The agent binaries are synthetic; with
--elf-from they are real ELF files taken in name order from a folder instead (a machine
with other packages has other bytes there).
All names, keys and identifiers are invented. Python 3.9, standard library only.

With --status-history the dump is that one collection (and the few documents without
which it is no controller's), there are no agent binaries, and root.tar is small: what
compresses best, and where nothing can be stored as it is.

Usage: make_controller_tree.py --out DIR [--size-mib 1024] [--seed 1]
                               [--elf-from DIR] [--root-tar] [--status-history]
"""
import argparse
import base64
import hashlib
import itertools
import json
import os
import random
import struct
import tarfile
import time

MIB = 1 << 20
EPOCH = 1717200000  # 2024-06-01T00:00:00Z, the tree's "now"
OID = b"\xfe\xfdOIDOIDOID\xfc"  # 12-byte stand-in for an ObjectId in a template
STAMP = -0x0123456789ABCDE  # 8-byte stand-in for a changing int64
NONCE = "@@NONCE@"  # 8-byte stand-in for a transaction's nonce
I64 = struct.Struct("<q").pack
I32 = struct.Struct("<i").pack


class Oid(bytes):
    """An ObjectId."""


class Int64(int):
    """An integer that is always stored in 8 bytes."""


class Date(int):
    """Milliseconds since 1970."""


class Timestamp(tuple):
    """A BSON timestamp: (seconds, ordinal)."""


class Binary(bytes):
    """Generic binary."""


class Uuid(bytes):
    """Binary of subtype 4."""


def element(name, value):
    key = name.encode() + b"\0"
    if isinstance(value, bool):
        return b"\x08" + key + (b"\1" if value else b"\0")
    if isinstance(value, Int64):
        return b"\x12" + key + I64(value)
    if isinstance(value, Date):
        return b"\x09" + key + I64(value)
    if isinstance(value, int):
        return b"\x10" + key + I32(value)
    if isinstance(value, float):
        return b"\x01" + key + struct.pack("<d", value)
    if isinstance(value, str):
        raw = value.encode()
        return b"\x02" + key + I32(len(raw) + 1) + raw + b"\0"
    if isinstance(value, Oid):
        return b"\x07" + key + value
    if isinstance(value, Uuid):
        return b"\x05" + key + I32(len(value)) + b"\x04" + value
    if isinstance(value, Binary):
        return b"\x05" + key + I32(len(value)) + b"\x00" + value
    if isinstance(value, Timestamp):
        return b"\x11" + key + struct.pack("<II", value[1], value[0])
    if isinstance(value, dict):
        return b"\x03" + key + document(value)
    if isinstance(value, (list, tuple)):
        return b"\x04" + key + document({str(i): v for i, v in enumerate(value)})
    if value is None:
        return b"\x0a" + key
    raise TypeError(type(value))


def document(fields):
    body = b"".join([element(k, v) for k, v in fields.items()])
    return I32(len(body) + 5) + body + b"\0"


class Maker:
    """Draws names and identifiers, all from one seed."""

    def __init__(self, seed, version):
        self.version = version
        self.rng = random.Random(seed)
        self.machine_id = self.rng.randbytes(5)
        self.counter = self.rng.randrange(1 << 24)
        self.models = [self.uuid() for _ in range(12)]
        apps = ("postgresql mysql-innodb-cluster keystone nova-compute neutron-api glance ceph-osd "
                "ceph-mon rabbitmq-server vault etcd kubernetes-worker kubernetes-control-plane "
                "easyrsa haproxy grafana-agent prometheus2 telegraf nrpe ubuntu landscape-client "
                "hacluster ovn-chassis octavia designate memcached").split()
        self.units = [(self.models[self.rng.randrange(12)], app, n)
                      for app in apps for n in range(self.rng.choice((1, 3, 3, 3, 5, 12, 24)))]

    def uuid(self):
        h = self.rng.randbytes(16).hex()
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def oids(self, count, seconds, spread):
        """count ObjectIds in rising order over the spread seconds before `seconds`."""
        start, step, mid, base = seconds - spread, spread / max(count, 1), self.machine_id, self.counter
        self.counter = (base + count) & 0xFFFFFF
        pack = struct.Struct(">I").pack
        return [pack(int(start + i * step)) + mid + pack((base + i) & 0xFFFFFF)[1:] for i in range(count)]

    def oid(self):
        return Oid(self.oids(1, EPOCH, 1)[0])

    def nonces(self, count):
        raw = self.rng.randbytes(4 * count).hex().encode()
        return [raw[i:i + 8] for i in range(0, 8 * count, 8)]

    def token(self):
        return f"{self.oid().hex()}_{self.rng.randbytes(4).hex()}"


def write_until(path, size, batches):
    """Writes batches of bytes until the file holds at least size bytes."""
    done = 0
    with open(path, "wb", buffering=MIB) as f:
        while done < size:
            block = next(batches)
            f.write(block)
            done += len(block)
    return done


def split3(doc):
    """A template with an OID and then a STAMP: its three fixed parts."""
    head, rest = doc.split(OID)
    mid, tail = rest.split(I64(STAMP))
    return head, mid, tail


AGENT_STATES = [
    ("idle", "", 30), ("executing", "running update-status hook", 30), ("executing", "running config-changed hook", 4),
    ("executing", "running {} relation-changed hook", 6), ("executing", "running leader-settings-changed hook", 2),
    ("allocating", "", 1), ("failed", "resolver loop error", 1), ("lost", "agent is not communicating with the server", 1),
]
WORK_STATES = [
    ("active", "Unit is ready", 20), ("active", "Unit is ready and clustered", 8), ("active", "Live master (14.12)", 3),
    ("active", "Ready ({} OSD)", 4), ("active", "Healthy with {} known peers", 5), ("maintenance", "Installing packages", 2),
    ("waiting", "Incomplete relations: database", 3), ("waiting", "Waiting for {} other kube-system pods to start", 4),
    ("blocked", "Missing relations: certificates", 2), ("active", "Certificate Authority connected.", 2),
    ("active", "Unit is ready (Failover unit {}, last check ok)", 2), ("error", 'hook failed: "update-status"', 1),
]
MACHINE_STATES = [("started", "", 6), ("running", "Deployed", 3), ("pending", "", 1), ("down", "agent lost, see 'juju show-status-log {}'", 1)]


def status_templates(mk):
    out, weights = [], []
    for model, app, n in mk.units:
        unit = f"{app}/{n}"
        busy = mk.rng.choice((1, 1, 1, 2, 5))
        for key, states in ((f"u#{unit}", AGENT_STATES), (f"u#{unit}#charm", WORK_STATES),
                            (f"m#{n}", MACHINE_STATES), (f"m#{n}#instance", MACHINE_STATES)):
            for status, info, weight in states:
                data = {"hook": "update-status"} if status in ("error", "failed") else {}
                out.append(split3(document({
                    "_id": Oid(OID), "model-uuid": model, "globalkey": key, "status": status,
                    "statusinfo": info.format(mk.rng.randrange(1, 40)), "statusdata": data, "updated": Int64(STAMP)})))
                weights.append(weight * busy)
    return out, weights


def status_history(mk, total):
    templates, weights = status_templates(mk)
    count = max(1, total // 215)
    made, batch = 0, min(40000, count // 8 + 1)
    while True:
        picks = mk.rng.choices(templates, weights, k=batch)
        ids = mk.oids(batch, EPOCH - int(1209600 * max(0.0, 1 - made / count)), int(1209600 * batch / count) + 1)
        noise = struct.unpack(f"<{batch}I", mk.rng.randbytes(4 * batch))
        now = struct.Struct(">I").unpack_from
        pieces = []
        for (head, mid, tail), oid, low in zip(picks, ids, noise):
            pieces += (head, oid, mid, I64(now(oid)[0] * 1000000000 + low % 1000000000), tail)
        made += batch
        yield b"".join(pieces)


def txn_templates(mk):
    out = []
    for model, app, n in mk.units:
        unit = f"{app}/{n}"
        for status, info, _ in AGENT_STATES[:5] + WORK_STATES[:8]:
            ops = [
                {"c": "statuses", "d": f"{model}:u#{unit}", "a": {"txn-revno": Int64(mk.rng.randrange(1, 90000))},
                 "u": {"$set": {"status": status, "statusinfo": info.format(mk.rng.randrange(40)), "statusdata": {},
                                "updated": Int64(STAMP)}}},
            ]
            out.append(document({"_id": Oid(OID), "s": 6, "o": ops, "r": [Int64(mk.rng.randrange(2, 90000))], "n": NONCE}))
        for i in range(5):
            ops = [
                {"c": "units", "d": f"{model}:{unit}", "a": {"life": {"$ne": 2}}, "u": {"$set": {"charmurl": f"ch:amd64/jammy/{app}-{300 + i}"}}},
                {"c": "settings", "d": f"{model}:r#{i}#provider#{unit}",
                 "a": {"version": Int64(STAMP)}, "u": {"$set": {"settings": {
                     "egress-subnets": f"10.{i}.{n}.7/32", "ingress-address": f"10.{i}.{n}.7", "private-address": f"10.{i}.{n}.7"}},
                     "$inc": {"version": 1}}},
            ]
            out.append(document({"_id": Oid(OID), "s": 6, "o": ops, "r": [Int64(n + 2), Int64(mk.rng.randrange(2, 5000))], "n": NONCE}))
    parts = []
    for doc in out:
        head, mid, rest = split3(doc)
        inner, tail = rest.split(NONCE.encode())
        parts.append((head, mid, inner, tail))
    return parts


def txns(mk, total):
    templates, batch = txn_templates(mk), min(10000, total // 4000 + 1)
    while True:
        picks = mk.rng.choices(templates, k=batch)
        noise = struct.unpack(f"<{batch}I", mk.rng.randbytes(4 * batch))
        pieces = []
        for (head, mid, inner, tail), oid, low, nonce in zip(picks, mk.oids(batch, EPOCH, 86400), noise, mk.nonces(batch)):
            pieces += (head, oid, mid, I64((EPOCH - low % 86400) * 1000000000 + low), inner, nonce, tail)
        yield b"".join(pieces)


def txn_log(mk, total):
    batch = min(5000, total // 2000 + 1)
    parts = [split3(document({"_id": Oid(OID), "statuses": {"d": [f"{m}:u#{a}/{n}"], "r": [Int64(STAMP)]}})) for m, a, n in mk.units]
    while True:
        pieces = []
        for (head, mid, tail), oid in zip(mk.rng.choices(parts, k=batch), mk.oids(batch, EPOCH, 3600)):
            pieces += (head, oid, mid, I64(mk.rng.randrange(2, 90000)), tail)
        yield b"".join(pieces)


def queue(mk):
    return [mk.token() for _ in range(mk.rng.randrange(1, 4))]


def units(mk):
    while True:
        model, app, n = mk.rng.choice(mk.units)
        n += mk.rng.randrange(1000)
        password = base64.b64encode(mk.rng.randbytes(18)).decode()
        yield document({
            "_id": f"{model}:{app}/{n}", "name": f"{app}/{n}", "model-uuid": model, "base": {"os": "ubuntu", "channel": "22.04/stable"},
            "charmurl": f"ch:amd64/jammy/{app}-{300 + n % 9}", "application": app, "principal": "", "subordinates": [f"nrpe/{n}", f"telegraf/{n}"],
            "storageattachmentcount": 0, "machineid": str(n), "resolved": "", "tools": {
                "version": f"{mk.version}-ubuntu-amd64", "url": "", "sha256": mk.rng.randbytes(32).hex(), "size": Int64(0)},
            "life": 0, "passwordhash": password, "txn-revno": Int64(mk.rng.randrange(2, 400)), "txn-queue": queue(mk)})


def machines(mk):
    while True:
        model, n = mk.rng.choice(mk.models[2:]), mk.rng.randrange(5000)
        ip = f"10.{n % 250}.{n // 250}.{mk.rng.randrange(250)}"
        yield document({
            "_id": f"{model}:{n}", "machineid": str(n), "model-uuid": model, "nonce": f"machine-0:{mk.uuid()}",
            "base": {"os": "ubuntu", "channel": "22.04/stable"}, "containertype": "", "principals": [f"ubuntu/{n}"], "life": 0,
            "tools": {"version": f"{mk.version}-ubuntu-amd64", "url": "", "sha256": "", "size": Int64(0)}, "jobs": [1],
            "passwordhash": base64.b64encode(mk.rng.randbytes(18)).decode(), "clean": False, "volumes": [], "filesystems": [],
            "addresses": [], "machineaddresses": [{"value": ip, "addresstype": "ipv4", "networkscope": "local-cloud", "origin": "machine", "spaceid": "0"}
                                                  for ip in (ip, "127.0.0.1")],
            "preferredpublicaddress": {"value": ip, "addresstype": "ipv4", "networkscope": "local-cloud", "origin": "provider"},
            "supportedcontainersknown": True, "placement": "", "hostname": f"juju-{model[-6:]}-{n}",
            "agent-started-at": Date((EPOCH - mk.rng.randrange(9999999)) * 1000),
            "txn-revno": Int64(mk.rng.randrange(2, 90)), "txn-queue": queue(mk)})


def controller_machine(mk):
    """Machine 0 of the controller model: job 2 is JobManageModel."""
    return document({
        "_id": f"{mk.models[0]}:0", "machineid": "0", "model-uuid": mk.models[0], "nonce": "user-admin:bootstrap",
        "base": {"os": "ubuntu", "channel": "22.04/stable"}, "containertype": "", "principals": [], "life": 0, "jobs": [2, 1],
        "hostname": "juju-controller-0", "txn-revno": Int64(9), "txn-queue": []})


def controller_settings(mk):
    """The model settings document of the controller model."""
    return document({"_id": f"{mk.models[0]}:e", "model-uuid": mk.models[0], "version": Int64(3), "settings": {
        "agent-version": mk.version, "name": "controller", "type": "ec2", "uuid": mk.models[0], "default-base": "ubuntu@22.04/stable"}})


def small_collections(mk):
    """What there is one or a few of: controllers, controllerNodes, models, clouds, users."""
    names = "controller monitoring identity billing storage staging ci web data edge lab archive".split()
    models = b"".join(document({
        "_id": uuid, "name": name, "type": "iaas", "life": 0, "owner": "admin", "controller-uuid": mk.models[1], "migration-mode": "",
        "cloud": "aws", "cloud-region": "eu-central-1", "cloud-credential": "aws#admin#default", "latest-available-tools": "",
        "txn-revno": Int64(5), "txn-queue": []}) for uuid, name in zip(mk.models, names))
    return {
        "models": models,
        "clouds": document({"_id": "aws", "name": "aws", "type": "ec2", "auth-types": ["access-key"], "endpoint": "",
                            "regions": {"eu-central-1": {"endpoint": "https://ec2.eu-central-1.example"}}, "txn-revno": Int64(2)}),
        "controllers": document({"_id": "e", "cloud": "aws", "model-uuid": mk.models[0], "controller-ids": ["0"], "txn-revno": Int64(3)}),
        "controllerNodes": document({"_id": "0", "has-vote": True, "wants-vote": True, "password-hash": "", "agent-version": mk.version}),
        "users": document({"_id": "admin", "name": "admin", "displayname": "admin", "createdby": "admin", "deactivated": False, "txn-revno": Int64(2)}),
    }


def settings(mk):
    words = "enable-ssl log-level max-connections nagios-context region worker-multiplier cluster-count vip os-admin-network bridge-mappings debug use-syslog".split()
    while True:
        model, app, n = mk.rng.choice(mk.units)
        values = {w: mk.rng.choice((True, False, "", "RegionOne", "INFO", str(mk.rng.randrange(9999)), f"10.0.{n}.0/24")) for w in mk.rng.sample(words, 8)}
        yield document({"_id": f"{model}:r#{mk.rng.randrange(500)}#provider#{app}/{n}", "model-uuid": model, "settings": values,
                        "version": Int64(mk.rng.randrange(80)), "txn-revno": Int64(mk.rng.randrange(2, 99)), "txn-queue": queue(mk)})


def statuses(mk):
    while True:
        model, app, n = mk.rng.choice(mk.units)
        status, info, _ = mk.rng.choice(WORK_STATES)
        yield document({"_id": f"{model}:u#{app}/{n + mk.rng.randrange(1000)}#charm", "model-uuid": model, "status": status,
                        "statusinfo": info.format(n), "statusdata": {}, "updated": Int64(EPOCH * 1000000000 - mk.rng.randrange(10 ** 15)),
                        "neverset": False, "txn-revno": Int64(mk.rng.randrange(2, 9999)), "txn-queue": queue(mk)})


def actions(mk):
    while True:
        model, app, n = mk.rng.choice(mk.units)
        num = mk.rng.randrange(90000)
        when = (EPOCH - mk.rng.randrange(999999)) * 1000
        yield document({"_id": f"{model}:{num}", "model-uuid": model, "receiver": f"{app}/{n}", "name": mk.rng.choice(("juju-run", "backup", "show-status")),
                        "parameters": {"command": "systemctl status " + app, "timeout": Int64(300000000000)}, "enqueued": Date(when),
                        "started": Date(when + 800), "completed": Date(when + 2300), "operation": str(num - 1), "status": "completed", "message": "",
                        "results": {"return-code": 0, "stdout": f"{app}.service - {app}\n   Loaded: loaded\n   Active: active (running) pid {num}\n   Memory: {num % 900}.{n}M\n"},
                        "logs": [], "txn-revno": Int64(4), "txn-queue": queue(mk)})


def link_devices(mk):
    while True:
        model, n = mk.rng.choice(mk.models), mk.rng.randrange(5000)
        mac = ":".join(f"{b:02x}" for b in mk.rng.randbytes(6))
        yield document({"_id": f"{model}:m#{n}#d#eth{n % 4}", "name": f"eth{n % 4}", "model-uuid": model, "mtu": 1500, "providerid": mk.rng.randbytes(8).hex(),
                        "machine-id": str(n), "type": "ethernet", "mac-address": mac, "is-auto-start": True, "is-up": True, "parent-name": "",
                        "txn-revno": Int64(2), "txn-queue": queue(mk)})


LOG_LINES = [
    ("juju.worker.uniter.operation", "runhook.go:159", 3, 'ran "update-status" hook (via explicit, bespoke hook script)'),
    ("juju.worker.lease.raft", "manager.go:302", 2, "claiming lease {0} for {1}/{2}"),
    ("juju.apiserver.common", "tools.go:130", 4, "cannot get metadata for model {3}: not found"),
    ("unit.{1}/{2}.juju-log", "server.go:325", 3, "Registered config file: /etc/{1}/{1}.conf ({0} bytes)"),
    ("juju.worker.dependency", "engine.go:695", 5, '"api-caller" manifold worker returned unexpected error: [{3}] "machine-{2}" cannot open api'),
]


def logs(mk):
    while True:
        model, app, n = mk.rng.choice(mk.units)
        module, place, level, text = mk.rng.choice(LOG_LINES)
        args = (mk.rng.randrange(99999), app, n, mk.rng.randbytes(3).hex())
        yield document({"_id": mk.oid(), "t": Int64(EPOCH * 1000000000 - mk.rng.randrange(10 ** 14)), "n": f"unit-{app}-{n}",
                        "m": module.format(*args), "l": place, "v": level, "x": text.format(*args), "e": mk.version, "c": []})


def oplog(mk):
    ui, seq = Uuid(mk.rng.randbytes(16)), 0
    while True:
        model, app, n = mk.rng.choice(mk.units)
        seq += 1
        yield document({"ts": Timestamp((EPOCH + seq // 40, seq % 40)), "t": Int64(7), "h": Int64(mk.rng.randrange(1 << 62)), "v": 2, "op": "u",
                        "ns": "juju.statuses", "ui": ui, "o2": {"_id": f"{model}:u#{app}/{n}"}, "wall": Date((EPOCH + seq // 40) * 1000),
                        "o": {"$v": 1, "$set": {"txn-queue": queue(mk), "updated": Int64(EPOCH * 1000000000 + seq)}}})


def chunks(mk):
    """GridFS chunks: charms and agent archives are compressed already."""
    while True:
        files_id, n = mk.oid(), 0
        for n in range(mk.rng.choice((2, 8, 20, 60, 200))):
            size = 255 * 1024 if n else mk.rng.randrange(20000, 255 * 1024)
            yield document({"_id": mk.oid(), "files_id": files_id, "n": n, "data": Binary(mk.rng.randbytes(size))})


def blob_files(mk):
    while True:
        yield document({"_id": mk.oid(), "chunkSize": 261120, "uploadDate": Date(EPOCH * 1000), "length": Int64(mk.rng.randrange(10 ** 8)),
                        "md5": mk.rng.randbytes(16).hex(), "filename": f"buckets/{mk.models[0]}/{mk.uuid()}"})


def indexes(db, name, keys):
    spec = [{"v": {"$numberInt": "2"}, "key": {"_id": {"$numberInt": "1"}}, "name": "_id_"}]
    spec += [{"v": {"$numberInt": "2"}, "key": {k: {"$numberInt": "1"}}, "name": k + "_1"} for k in keys]
    uuid = hashlib.md5(f"{db}.{name}".encode()).hexdigest()
    return json.dumps({"options": {}, "indexes": spec, "uuid": uuid, "collectionName": name, "type": "collection"}, separators=(",", ":"))


def elf_files(folder):
    for base, dirs, names in os.walk(folder):
        dirs.sort()
        for name in sorted(names):
            path = os.path.join(base, name)
            if os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) > 100000:
                with open(path, "rb") as f:
                    if f.read(4) == b"\x7fELF":
                        f.seek(0)
                        yield f.read()


def synthetic_elf(mk):
    """Code-like bytes (about 2:1 under gzip), for a tree equal on every machine."""
    words = [mk.rng.randbytes(mk.rng.choice((2, 3, 4, 5, 7))) for _ in range(6000)]
    weights = [1 / (i + 3) for i in range(6000)]
    while True:
        yield b"\x7fELF\x02\x01\x01" + b"".join(
            w if r < 0.8 else mk.rng.randbytes(4) for w, r in ((w, mk.rng.random()) for w in mk.rng.choices(words, weights, k=250000)))


def pem(mk, kind, size):
    text = base64.b64encode(mk.rng.randbytes(size)).decode()
    rows = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {kind}-----\n{rows}\n-----END {kind}-----\n"


def make_root(mk, root, size, elf_from):
    juju = os.path.join(root, "var/lib/juju")
    tools = os.path.join(juju, f"tools/{mk.version}-ubuntu-amd64")
    agent = os.path.join(juju, "agents/machine-0")
    ssh = os.path.join(root, "home/ubuntu/.ssh")
    init = os.path.join(juju, "init/jujud-machine-0")
    for folder in (tools, agent, ssh, init):
        os.makedirs(folder)

    def put(path, text, mode):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)

    source = synthetic_elf(mk) if elf_from == "none" else elf_files(elf_from)
    done, number = 0, 0
    names = ["jujud", "jujuc", "containeragent", "pebble"] + [f"helper-{i}" for i in range(999)]
    while done < size:
        with open(os.path.join(tools, names[number]), "wb") as f:
            while done < size and f.tell() < max(size // 2, 64 * 1024):  # one big binary, then smaller ones
                blob = next(source, None)
                if blob is None:
                    source = synthetic_elf(mk)
                    blob = next(source)
                f.write(blob[:size - done])
                done += len(blob[:size - done])
        os.chmod(os.path.join(tools, names[number]), 0o755)
        number += 1
    put(os.path.join(tools, "downloaded-tools.txt"), json.dumps({"version": f"{mk.version}-ubuntu-amd64", "url": "", "size": done}) + "\n", 0o644)
    os.symlink(f"{mk.version}-ubuntu-amd64", os.path.join(juju, "tools/machine-0"))
    conf = ["# format 2.0", "tag: machine-0", "datadir: /var/lib/juju", "transient-datadir: /var/run/juju", "logdir: /var/log/juju",
            "nonce: user-admin:bootstrap", "jobs: [JobManageModel, JobHostUnits]", f"upgradedToVersion: {mk.version}", "cacert: |"]
    conf += ["  " + row for row in pem(mk, "CERTIFICATE", 1100).splitlines()]
    conf += [f"controller: controller-{mk.models[0]}", f"model: model-{mk.models[0]}", "apiaddresses:", "- 10.0.0.5:17070",
             f"statepassword: {base64.b64encode(mk.rng.randbytes(18)).decode()}", "apiport: 17070", "stateport: 37017",
             f"apipassword: {base64.b64encode(mk.rng.randbytes(18)).decode()}", f"oldpassword: {mk.rng.randbytes(16).hex()}",
             "values:", "  AGENT_SERVICE_NAME: jujud-machine-0", "  CONTAINER_TYPE: \"\"", "  MONGO_OPLOG_SIZE: \"1024\"",
             "controllercert: |"]
    conf += ["  " + row for row in pem(mk, "CERTIFICATE", 1200).splitlines()]
    put(os.path.join(agent, "agent.conf"), "\n".join(conf) + "\n", 0o600)
    put(os.path.join(init, "jujud-machine-0.service"), "[Unit]\nDescription=juju agent for machine-0\nAfter=network.target\n\n[Service]\n"
        "ExecStart=/etc/systemd/system/jujud-machine-0-exec-start.sh\nRestart=on-failure\nTimeoutSec=300\n\n[Install]\nWantedBy=multi-user.target\n", 0o644)
    put(os.path.join(juju, "system-identity"), pem(mk, "RSA PRIVATE KEY", 1190), 0o600)
    put(os.path.join(juju, "server.pem"), pem(mk, "CERTIFICATE", 1200) + pem(mk, "RSA PRIVATE KEY", 1190), 0o600)
    put(os.path.join(juju, "shared-secret"), base64.b64encode(mk.rng.randbytes(756)).decode(), 0o600)
    put(os.path.join(juju, "nonce.txt"), "user-admin:bootstrap", 0o644)
    keys = "".join(f"ssh-rsa {base64.b64encode(mk.rng.randbytes(279)).decode()} Juju:user-{i}\n" for i in range(4))
    put(os.path.join(ssh, "authorized_keys"), keys, 0o600)


def batched(docs, size=256 * 1024):
    while True:
        block, length = [], 0
        while length < size:
            doc = next(docs)
            block.append(doc)
            length += len(doc)
        yield b"".join(block)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="the folder to make (must not exist)")
    parser.add_argument("--size-mib", type=int, default=1024, help="about how many MiB in all (default 1024)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--juju-version", default="3.5.4", help="the version that agents, tools and database say they are of (default 3.5.4)")
    parser.add_argument("--elf-from", default="none", help="a folder with ELF files for the agent binaries, or 'none' (default): synthetic ones")
    parser.add_argument("--root-tar", action="store_true", help="also make juju-backup/root.tar")
    parser.add_argument("--status-history", action="store_true", help="a dump of status history alone, without agent binaries")
    args = parser.parse_args()

    began = time.time()
    total = args.size_mib * MIB
    small = max(2048, min(64 * 1024, total // 4096))  # batch for small collections: keeps tiny trees tiny
    mk = Maker(args.seed, args.juju_version)
    dump = os.path.join(args.out, "juju-backup", "dump")
    os.makedirs(args.out)
    plan = [  # database, collection, share of all bytes, maker, index keys
        ("juju", "statuseshistory", 0.420, status_history(mk, int(0.42 * total)), ("model-uuid", "globalkey", "updated")),
        ("juju", "txns", 0.090, txns(mk, int(0.09 * total)), ("s",)),
        ("juju", "txns.log", 0.010, txn_log(mk, int(0.01 * total)), ()),
        ("juju", "units", 0.020, batched(units(mk), small), ("model-uuid", "application", "machineid")),
        ("juju", "settings", 0.020, itertools.chain([controller_settings(mk)], batched(settings(mk), small)), ("model-uuid",)),
        ("juju", "machines", 0.010, itertools.chain([controller_machine(mk)], batched(machines(mk), small)), ("model-uuid",)),
        ("juju", "statuses", 0.010, batched(statuses(mk), small), ("model-uuid",)),
        ("juju", "actions", 0.010, batched(actions(mk), small), ("model-uuid",)),
        ("juju", "linklayerdevices", 0.010, batched(link_devices(mk), small), ("model-uuid", "providerid")),
        ("blobstore", "blobstore.chunks", 0.3495, chunks(mk), ("files_id",)),
        ("blobstore", "blobstore.files", 0.0005, batched(blob_files(mk), 4096), ("filename",)),
        ("logs", "logs." + mk.models[0], 0.008, batched(logs(mk), small), ("t",)),
        ("logs", "logs." + mk.models[1], 0.007, batched(logs(mk), small), ("t",)),
    ]
    oplog_bytes, root_bytes = int(total * 0.005), int(total * 0.03)
    if args.status_history:
        plan = [("juju", "statuseshistory", 1.0, status_history(mk, total), ("model-uuid", "globalkey", "updated"))]
        oplog_bytes = root_bytes = 0
    made = 0
    for db, name, share, maker, keys in plan:
        folder = os.path.join(dump, db)
        os.makedirs(folder, exist_ok=True)
        made += write_until(os.path.join(folder, name + ".bson"), int(total * share), maker)
        with open(os.path.join(folder, name + ".metadata.json"), "w", encoding="utf-8") as f:
            f.write(indexes(db, name, keys))
    for name, content in small_collections(mk).items():
        made += write_until(os.path.join(dump, "juju", name + ".bson"), len(content), iter([content]))
        with open(os.path.join(dump, "juju", name + ".metadata.json"), "w", encoding="utf-8") as f:
            f.write(indexes("juju", name, ()))
    made += write_until(os.path.join(dump, "oplog.bson"), oplog_bytes, batched(oplog(mk), small))
    root = os.path.join(args.out, "root")
    make_root(mk, root, root_bytes, args.elf_from)
    made += root_bytes
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH))
    meta = {"ID": "", "FormatVersion": 1, "Checksum": "", "ChecksumFormat": "", "Size": 0, "Stored": "0001-01-01T00:00:00Z",
            "Started": started, "Finished": "0001-01-01T00:00:00Z", "Notes": "benchmark tree", "ModelUUID": mk.models[0], "Machine": "0",
            "Hostname": "juju-controller-0", "Version": mk.version, "Base": "ubuntu@22.04", "ControllerUUID": mk.models[1], "HANodes": 1,
            "ControllerMachineID": "0", "ControllerMachineInstanceID": "i-0123456789", "CACert": pem(mk, "CERTIFICATE", 700), "CAPrivateKey": ""}
    with open(os.path.join(args.out, "juju-backup", "metadata.json"), "w", encoding="utf-8") as f:
        f.write(json.dumps(meta, separators=(",", ":")) + "\n")
    if args.root_tar:
        def plain(info):
            info.uid = info.gid = 0
            info.uname = info.gname = "root"
            info.mtime = EPOCH
            return info
        with tarfile.open(os.path.join(args.out, "juju-backup", "root.tar"), "w", format=tarfile.GNU_FORMAT) as tar:
            for top in sorted(os.listdir(root)):
                tar.add(os.path.join(root, top), arcname=top, filter=plain)
    for base, dirs, names in os.walk(args.out, topdown=False):
        for name in names + dirs:
            os.utime(os.path.join(base, name), (EPOCH, EPOCH), follow_symlinks=False)
    print(f"{made / MIB:.1f} MiB in {time.time() - began:.1f} s")


if __name__ == "__main__":
    main()
