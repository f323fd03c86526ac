"""Juju's API as others speak it, from Python's standard library alone: a client, and a controller that can be told to misbehave.

Nothing of it comes from this project's library, so that what it understands is what the protocol says.
"""
import base64
import hashlib
import http.client
import json
import os
import socket
import ssl
import struct
import subprocess
import threading

ACCEPT_KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


def trust(ca_file):
    """A client's context: TLS 1.2 and later, that CA alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(ca_file)
    return context


def connect(port, ca_file, timeout=60):
    raw = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    return trust(ca_file).wrap_socket(raw, server_hostname="juju-apiserver")


class Frames:
    """WebSocket frames on a connected stream."""

    def __init__(self, stream, client):
        self._stream, self._client, self._file = stream, client, stream.makefile("rb")

    def send(self, text, opcode=1, final=True):
        data = text.encode() if isinstance(text, str) else text
        head = bytes([(0x80 if final else 0) | opcode])
        mask_bit = 0x80 if self._client else 0
        if len(data) < 126:
            head += bytes([mask_bit | len(data)])
        elif len(data) < 65536:
            head += bytes([mask_bit | 126]) + struct.pack(">H", len(data))
        else:
            head += bytes([mask_bit | 127]) + struct.pack(">Q", len(data))
        if self._client:
            mask = os.urandom(4)
            head += mask
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
        self._stream.sendall(head + data)

    def receive(self):
        """The next text message; None at the end."""
        text = b""
        while True:
            head = self._file.read(2)
            if len(head) < 2:
                return None
            opcode, size = head[0] & 15, head[1] & 127
            if size == 126:
                size = struct.unpack(">H", self._file.read(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self._file.read(8))[0]
            mask = self._file.read(4) if head[1] & 0x80 else b""
            data = self._file.read(size)
            if mask:
                data = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
            if opcode == 8:
                return None
            if opcode == 9:
                self.send(data, opcode=10)
                continue
            if opcode == 10:
                continue
            text += data
            if head[0] & 0x80:
                return text.decode()


class Api:
    """A logged-in connection: api.call("Backups", 2, "List")."""

    def __init__(self, port, ca_file, path):
        self._stream = connect(port, ca_file)
        key = base64.b64encode(os.urandom(16)).decode()
        self._stream.sendall((f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = self._stream.recv(1)
            if not piece:
                raise ConnectionError(f"no upgrade: {head!r}")
            head += piece
        expected = base64.b64encode(hashlib.sha1((key + ACCEPT_KEY).encode()).digest()).decode()
        if b" 101 " not in head.split(b"\r\n")[0] or expected.encode() not in head:
            raise ConnectionError(f"no upgrade: {head!r}")
        self._frames, self._next = Frames(self._stream, client=True), 1

    def call(self, facade, version, request, params=None):
        message = {"request-id": self._next, "type": facade, "version": version, "request": request, "params": params or {}}
        self._next += 1
        self._frames.send(json.dumps(message, indent=2))
        reply = json.loads(self._frames.receive())
        if reply["request-id"] != message["request-id"]:
            raise ConnectionError("an answer to another question")
        return reply

    def login(self, user, password):
        return self.call("Admin", 3, "Login", {"auth-tag": "user-" + user, "credentials": password})

    def close(self):
        self._stream.close()


def basic(user, password):
    return "Basic " + base64.b64encode(f"user-{user}:{password}".encode()).decode()


class ArchiveConnection(http.client.HTTPSConnection):
    """HTTPS to the endpoint for archives."""

    def __init__(self, port, ca_file, timeout=60):
        super().__init__("127.0.0.1", port, timeout=timeout, context=trust(ca_file))
        self._ca_file = ca_file

    def connect(self):
        self.sock = connect(self.port, self._ca_file, self.timeout)


def download(port, ca_file, model, user, password, backup_id):
    """Status, header fields and the body's size and SHA-1 as Juju notes it."""
    connection = ArchiveConnection(port, ca_file)
    body = json.dumps({"id": backup_id})
    connection.request("GET", f"/model/{model}/backups", body,
                       {"Content-Type": "application/json", "Authorization": basic(user, password)})
    answer = connection.getresponse()
    digest, size = hashlib.sha1(), 0
    while piece := answer.read(1 << 18):
        digest.update(piece)
        size += len(piece)
    connection.close()
    return answer.status, dict(answer.getheaders()), size, base64.b64encode(digest.digest()).decode()


def make_certificates(folder, name="juju-apiserver"):
    """A CA and a server's certificate of it: paths of (ca, certificate and key)."""
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    folder.mkdir(exist_ok=True)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-subj", "/CN=juju-ca", "-days", "2")
    openssl("req", *curve, "-keyout", folder / "key.pem", "-out", folder / "request.pem", "-subj", "/CN=*")
    (folder / "extensions").write_text(f"subjectAltName=DNS:{name},DNS:localhost\n")
    openssl("x509", "-req", "-in", folder / "request.pem", "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial",
            "-extfile", folder / "extensions", "-days", "2", "-out", folder / "certificate.pem")
    both = folder / "server.pem"
    both.write_text((folder / "certificate.pem").read_text() + (folder / "key.pem").read_text())
    return folder / "ca.pem", both


class FakeController:
    """A controller that answers as it is told to.

    `replies` maps "Facade.Method" to the members of a reply, or to a function of the parameters that gives them; `archives` is a function
    that gets (stream, method, header, file) of a request for archives, the file standing behind the header, and does what it likes.
    """

    def __init__(self, certificates, model, controller, version, facade_versions, replies, archives=None):
        self.ca_file, self._server_pem = certificates
        self.model, self.controller, self.version, self.facade_versions = model, controller, version, facade_versions
        self.replies, self.archives, self.logins = replies, archives, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self._server_pem)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        # Closing alone does not wake the thread that waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        try:
            raw.settimeout(60)
            with self._context.wrap_socket(raw, server_side=True) as stream:
                self._answer(stream)
        except (OSError, ValueError):
            pass  # the client went away, which is its right

    def _answer(self, stream):
        file = stream.makefile("rb")
        request = file.readline().decode().split()
        header = {}
        while (line := file.readline().decode().strip()):
            name, _, value = line.partition(":")
            header[name.strip().lower()] = value.strip()
        if header.get("upgrade", "").lower() != "websocket":
            # What is left unread would reset the connection at its end, and take the answer with it.
            if request[0] == "GET":
                file.read(int(header.get("content-length", 0)))
            self.archives(stream, request[0], header, file)
            return
        accept = base64.b64encode(hashlib.sha1((header["sec-websocket-key"] + ACCEPT_KEY).encode()).digest()).decode()
        stream.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        frames = Frames(stream, client=False)
        while (text := frames.receive()) is not None:
            message = json.loads(text)
            reply = self._reply(message)
            if reply is None:
                return
            frames.send(json.dumps({"request-id": message["request-id"], **reply}) + "\n")

    def _reply(self, message):
        name = f"{message['type']}.{message['request']}"
        if name == "Admin.Login":
            self.logins.append(message["params"])
        reply = self.replies.get(name, {"response": self.login_result()} if name == "Admin.Login" else {"response": {}})
        return reply(message["params"]) if callable(reply) else reply

    def login_result(self, **changes):
        result = {
            "servers": [[{"value": "127.0.0.1", "type": "ipv4", "scope": "public", "port": self.port}]],
            "model-tag": "model-" + self.model, "controller-tag": "controller-" + self.controller,
            "user-info": {"display-name": "", "identity": "user-admin", "controller-access": "superuser", "model-access": "admin"},
            "facades": [{"name": "Backups", "versions": self.facade_versions}, {"name": "Pinger", "versions": [1]}],
            "server-version": self.version}
        result.update(changes)
        return result


def write_client_dir(path, controllers):
    """controllers.yaml, accounts.yaml, models.yaml for a list of dicts: name, uuid, port, ca, model, user, password."""
    path.mkdir(mode=0o700)
    indent = "      "

    def save(name, text):
        file = path / name
        file.touch(mode=0o600)
        file.write_text(text)

    save("controllers.yaml", "controllers:\n" + "".join(
        f"  {c['name']}:\n    uuid: {c['uuid']}\n    api-endpoints: ['127.0.0.1:{c['port']}']\n    ca-cert: |\n"
        + "".join(indent + line + "\n" for line in c["ca"].splitlines()) for c in controllers)
        + f"current-controller: {controllers[0]['name']}\n")
    save("accounts.yaml", "controllers:\n" + "".join(
        f"  {c['name']}:\n    user: {c['user']}\n    password: {c['password']}\n" for c in controllers))
    save("models.yaml", "controllers:\n" + "".join(
        f"  {c['name']}:\n    models:\n      admin/controller:\n        uuid: {c['model']}\n        type: iaas\n"
        f"    current-model: admin/controller\n" for c in controllers))
