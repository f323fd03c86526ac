"""The replica set that the stand-in for mongod says it is a member of."""
import datetime

import bson

from stand_in_data import CommandError, plain

STATES = {0: "STARTUP", 1: "PRIMARY", 2: "SECONDARY", 3: "RECOVERING", 5: "STARTUP2", 6: "UNKNOWN", 8: "(not reachable/healthy)",
          9: "ROLLBACK", 10: "REMOVED"}

WIRE_VERSIONS = {(2, 4): 0, (2, 6): 2, (3, 0): 3, (3, 2): 4, (3, 4): 5, (3, 6): 6, (4, 0): 7, (4, 2): 8, (4, 4): 9}


class ReplicaSet:
    def __init__(self, address, settings, version):
        """`settings`: {"set": "juju", "members": [{"host", "state", "health", "tags", "self"}]}, null before it was initiated, false for a
        mongod that was started without."""
        self.version = version
        self.address, self.config, self.states, self.enabled = address, None, {}, settings is not False
        if not settings:
            return
        members = []
        for number, member in enumerate(settings["members"]):
            host = member.get("host", address)
            members.append({"_id": member.get("_id", number), "host": host, "votes": 1, "priority": 1.0, "tags": member.get("tags", {})})
        self.config = {"_id": settings["set"], "version": 1, "protocolVersion": bson.Int64(1), "members": members}
        self.set_states(settings["members"])

    def set_states(self, members):
        for number, member in enumerate(members):
            host = member.get("host", self.address)
            if member.get("self", len(members) == 1):
                self.address = host
            self.states[host] = (member.get("state", 1 if number == 0 else 2), member.get("health", 1))

    def state(self, host):
        return self.states.get(host, (1 if host == self.address else 2, 1))

    def is_primary(self):
        return not self.enabled or (self.config is not None and self.state(self.address)[0] == 1)

    def hello(self):
        answer = {"ismaster": self.is_primary(), "isWritablePrimary": self.is_primary(), "maxBsonObjectSize": 16777216,
                  "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000, "localTime": datetime.datetime.utcnow(),
                  "minWireVersion": 0, "maxWireVersion": max(wire for first, wire in WIRE_VERSIONS.items() if self.version >= first),
                  "readOnly": False, "connectionId": 1}
        if self.version >= (3, 6):
            answer["logicalSessionTimeoutMinutes"] = 30
        if self.config is not None:
            hosts = [member["host"] for member in self.config["members"]]
            answer.update(setName=self.config["_id"], setVersion=self.config["version"], hosts=hosts, me=self.address,
                          secondary=self.state(self.address)[0] == 2)
            answer.update({"primary": host for host in hosts if self.state(host)[0] == 1})
        elif self.enabled:
            answer.update(isreplicaset=True, info="Does not have a valid replica set config", secondary=False)
        return answer

    def status(self):
        self.need()
        members = []
        for member in self.config["members"]:
            state, health = self.state(member["host"])
            each = {"_id": member["_id"], "name": member["host"], "health": float(health), "state": state, "stateStr": STATES[state],
                    "uptime": 100, "configVersion": self.config["version"]}
            members.append({**each, **({"self": True} if member["host"] == self.address else {})})
        return {"set": self.config["_id"], "date": datetime.datetime.utcnow(), "myState": self.state(self.address)[0], "members": members}

    def need(self):
        if not self.enabled:
            raise CommandError(76, "NoReplicationEnabled", "not running with --replSet")
        if self.config is None:
            raise CommandError(94, "NotYetInitialized", "no replset config has been received")

    def initiate(self, document):
        if not self.enabled:
            raise CommandError(76, "NoReplicationEnabled", "This node was not started with replication enabled.")
        if self.config is not None:
            raise CommandError(23, "AlreadyInitialized", "already initialized")
        self.take(plain(document))
        return {}

    def reconfigure(self, document, force):
        self.need()
        if not force and not self.is_primary():
            raise CommandError(10107, "NotWritablePrimary", "New config is not compatible with this state: node is not primary")
        new = plain(document)
        if not force and new.get("version", 0) <= self.config["version"]:
            raise CommandError(103, "NewReplicaSetConfigurationIncompatible",
                               f"New replica set configuration version must be greater than old, but {new.get('version')} is not")
        self.take({**new, "version": max(int(new.get("version", 1)), self.config["version"] + 1)})
        return {}

    def take(self, config):
        members = config.get("members") or []
        if not members or not config.get("_id"):
            raise CommandError(93, "InvalidReplicaSetConfig", "Replica set configuration must have an _id and members")
        self.config = {**config, "version": config.get("version", 1)}
        hosts = [member["host"] for member in members]
        # mongod finds itself in the configuration by connecting to each; here one that is alone is it.
        if self.address not in hosts:
            self.address = hosts[0]
        self.states = {host: state for host, state in self.states.items() if host in hosts}
        if not any(self.state(host)[0] == 1 for host in hosts) or len(hosts) == 1:
            self.states[self.address] = (1, 1)
