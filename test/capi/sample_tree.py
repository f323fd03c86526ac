"""A small controller root and database dump, for the smoke tests of the bindings."""

import os
import struct

MODEL = "cda71d2d-5b63-4a0a-8c3e-ff54c5d1b7a9"
AGENT_CONF = f"""# format 2.0
tag: machine-0
upgradedToVersion: 2.9.37
controller: controller-0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b
model: model-{MODEL}
statepassword: sample-secret
stateport: 37017
"""
ROOT = {
    "var/lib/juju/agents/machine-0/agent.conf": AGENT_CONF,
    "var/lib/juju/system-identity": "identity\n",
    "var/lib/juju/server.pem": "certificate\n",
    "var/lib/juju/shared-secret": "secret\n",
    "var/lib/juju/nonce.txt": "user-admin:bootstrap",
    "var/lib/juju/tools/2.9.37-ubuntu-amd64/jujud": "#!/bin/sh\n",
    "var/lib/juju/init/jujud-machine-0/jujud-machine-0.service": "[Unit]\n",
    "home/ubuntu/.ssh/authorized_keys": "ssh-rsa AAAA Juju:admin\n",
    "etc/hostname": "juju-d1b7a9-0\n",
    "etc/os-release": 'ID=ubuntu\nVERSION_ID="20.04"\n',
}


def document(**texts):
    fields = b"".join(b"\x02" + name.encode() + b"\0" + struct.pack("<i", len(value) + 1) + value.encode() + b"\0"
                      for name, value in texts.items())
    return struct.pack("<i", len(fields) + 5) + fields + b"\0"


DUMP = {
    "oplog.bson": document(op="n"),
    "juju/controllers.bson": document(**{"_id": "e", "model-uuid": MODEL}),
    "juju/controllers.metadata.json": "{}",
    "juju/controllerNodes.bson": document(_id="0"),
    "juju/controllerNodes.metadata.json": "{}",
    "juju/models.bson": document(_id=MODEL, name="controller"),
    "juju/models.metadata.json": "{}",
}


def write(folder, files):
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())


def make(folder):
    """Makes both below `folder` and gives their paths."""
    root, dump = os.path.join(folder, "root"), os.path.join(folder, "dump")
    write(root, ROOT)
    write(dump, DUMP)
    return root, dump
