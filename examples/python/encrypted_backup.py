#!/usr/bin/env python3
"""Encrypted backups: encrypted_backup.py COMMAND [ARGUMENT]

  keygen KEY-FILE               makes an identity file that nobody else can read, and prints the public key, the recipient
  encrypt FILE RECIPIENT...     to all of them; writes FILE.age
  decrypt FILE.age KEY-FILE     writes FILE
  client FOLDER RECIPIENT...    backs up the Juju client's own directory into the folder; prints the path
  show FILE KEY-FILE            what such a backup holds, and what restoring it here would do

Whoever has the key file can read what is encrypted to it; without it, nobody can. The age command takes the same files and keys.
"""

import os
import sys

import jujubackup


def keygen(path):
    identity, recipient = jujubackup.keygen()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"# public key: {recipient}\n{identity}\n")
    print(recipient)


def encrypt(path, *recipients):
    jujubackup.encrypt(path, path + ".age", jujubackup.Recipients(*recipients))


def decrypt(path, key_file):
    if not path.endswith(".age"):
        sys.exit(f"{path}: does not end in .age")
    jujubackup.decrypt(path, path[: -len(".age")], jujubackup.Identities(files=[key_file]))


def client(folder, *recipients):
    path, record = jujubackup.backup_client(folder, recipients=jujubackup.Recipients(*recipients))
    for warning in record.get("warnings", []):
        print(warning, file=sys.stderr)
    print(path)


def show(path, key_file):
    identities = jujubackup.Identities(files=[key_file])
    record = jujubackup.show_client_backup(path, identities)
    for controller in record.get("controllers", []):
        print(f"{controller['name']}  {controller.get('user', '')}  {len(controller.get('models', []))} models")
    plan = jujubackup.restore_client(path, identities, dry_run=True)
    for step in plan["paths"]:
        print(f"{step['action']:10} {step['path']}")


# With how many arguments at least, and whether there may be more.
COMMANDS = {"keygen": (keygen, 1, False), "encrypt": (encrypt, 2, True), "decrypt": (decrypt, 2, False), "client": (client, 2, True),
            "show": (show, 2, False)}


def main():
    name, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    if name not in COMMANDS:
        sys.exit(__doc__)
    command, count, more = COMMANDS[name]
    if len(arguments) < count or (len(arguments) > count and not more):
        sys.exit(__doc__)
    command(*arguments)


if __name__ == "__main__":
    try:
        main()
    except (jujubackup.Error, OSError) as error:
        sys.exit(f"encrypted_backup.py: {error}")
