"""Users, roles and SCRAM logins of the stand-in for mongod (RFC 5802, RFC 7677; the password's digest as MongoDB has it)."""
import base64
import hashlib
import hmac
import json
import os

from stand_in_data import CommandError

ITERATIONS = 4096  # the fewest that drivers take
JUJU_ROLES = ["userAdminAnyDatabase", "dbAdminAnyDatabase", "clusterAdmin", "readWriteAnyDatabase"]
MECHANISMS = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}


class Users:
    """All are of the database admin, and kept in a file if there is one: name to password and roles."""

    def __init__(self, path):
        self.path, self.users, self.roles = path, {}, {}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                for name, user in json.load(file).items():
                    self.users[name] = {"password": user, "roles": JUJU_ROLES} if isinstance(user, str) else user

    def save(self):
        if self.path:
            with open(os.open(self.path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                json.dump(self.users, file)
            os.replace(self.path + ".new", self.path)

    def may_do_anything(self, name):
        return any(self.roles.get(role) or role == "__system" for role in self.users[name]["roles"])

    def need(self, name):
        if name not in self.users:
            raise CommandError(11, "UserNotFound", f"User {name}@admin not found")
        return self.users[name]

    def command(self, name, document):
        """createUser and its like; an answer."""
        target = document[name]
        if name == "createUser":
            if target in self.users:
                raise CommandError(51003, "Location51003", f'User "{target}@admin" already exists')
            self.users[target] = {"password": document["pwd"], "roles": role_names(document["roles"])}
        elif name == "updateUser":
            user = self.need(target)
            user.update({"password": document["pwd"]} if "pwd" in document else {})
            user.update({"roles": role_names(document["roles"])} if "roles" in document else {})
        elif name == "dropUser":
            self.need(target)
            del self.users[target]
        elif name == "grantRolesToUser":
            user = self.need(target)
            for role in role_names(document["roles"]):
                self.need_role(role)
            user["roles"] = sorted({*user["roles"], *role_names(document["roles"])})
        elif name == "revokeRolesFromUser":
            user = self.need(target)
            user["roles"] = [role for role in user["roles"] if role not in role_names(document["roles"])]
        elif name == "createRole":
            if target in self.roles:
                raise CommandError(51002, "Location51002", f'Role "{target}@admin" already exists')
            self.roles[target] = any(each["resource"].get("anyResource") and "anyAction" in each["actions"] for each in document["privileges"])
        elif name == "dropRole":
            self.need_role(target)
            if target in self.roles:
                del self.roles[target]
            for user in self.users.values():
                user["roles"] = [role for role in user["roles"] if role != target]
        elif name == "usersInfo":
            wanted = target if isinstance(target, str) else target.get("user") if hasattr(target, "get") else None
            names = [each for each in sorted(self.users) if wanted in (None, each)]
            return {"users": [{"_id": "admin." + each, "user": each, "db": "admin",
                               "roles": [{"role": role, "db": "admin"} for role in self.users[each]["roles"]]} for each in names]}
        elif name == "rolesInfo":
            wanted = target if isinstance(target, str) else target.get("role") if hasattr(target, "get") else None
            return {"roles": [{"role": each, "db": "admin"} for each in sorted(self.roles) if wanted in (None, each)]}
        self.save()
        return {}

    def need_role(self, role):
        if role not in self.roles and role not in (*JUJU_ROLES, "root", "backup", "restore", "__system"):
            raise CommandError(31, "RoleNotFound", f"Could not find role: {role}@admin")


def role_names(roles):
    return [role if isinstance(role, str) else role["role"] for role in roles]


def fields_of(text):
    return dict(part.split("=", 1) for part in text.split(",") if "=" in part)


class ScramLogin:
    """The server's side of one login."""

    def __init__(self, users, mechanism, payload):
        if mechanism not in MECHANISMS:
            raise CommandError(334, "MechanismUnavailable", f"Received authentication for mechanism {mechanism} which is not enabled")
        self.hash, self.users, self.done, self.verified = MECHANISMS[mechanism], users, False, False
        self.bare = payload.decode().split(",", 2)[2]
        fields = fields_of(self.bare)
        self.name = fields["n"].replace("=2C", ",").replace("=3D", "=")
        # As long as mongod's, which clients insist on.
        self.salt, self.nonce = os.urandom(16 if self.hash == "sha1" else 28), fields["r"] + base64.b64encode(os.urandom(18)).decode()
        self.first = f"r={self.nonce},s={base64.b64encode(self.salt).decode()},i={ITERATIONS}"

    def keys(self):
        password = self.users.users.get(self.name, {}).get("password")
        if password is None:
            raise CommandError(18, "AuthenticationFailed", "Authentication failed.")
        if self.hash == "sha1":
            password = hashlib.md5(f"{self.name}:mongo:{password}".encode()).hexdigest()
        salted = hashlib.pbkdf2_hmac(self.hash, password.encode(), self.salt, ITERATIONS)
        return self.mac(salted, b"Client Key"), self.mac(salted, b"Server Key")

    def mac(self, key, text):
        return hmac.new(key, text, self.hash).digest()

    def final(self, payload):
        """The answer to the client's proof; then an empty exchange ends it."""
        if self.verified:
            self.done = True
            return b""
        client_key, server_key = self.keys()
        without_proof, _, proof = payload.decode().rpartition(",p=")
        message = f"{self.bare},{self.first},{without_proof}".encode()
        signature = self.mac(hashlib.new(self.hash, client_key).digest(), message)
        claimed = bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature))
        if fields_of(without_proof).get("r") != self.nonce or not hmac.compare_digest(claimed, client_key):
            raise CommandError(18, "AuthenticationFailed", "Authentication failed.")
        self.verified = True
        return b"v=" + base64.b64encode(self.mac(server_key, message))
