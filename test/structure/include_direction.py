"""Holds the arrow rule: a file may include only from its own room and from those before it.

Usage: include_direction.py SOURCE_ROOT
"""

import pathlib
import re
import sys

# A room and those it may include from. "metadata" stands beside "archive", which may use its public header.
MAY_USE = {
    "base": [],
    "io": ["base"],
    "crypto": ["base", "io"],
    "deflate": ["base", "io", "crypto"],
    "bson": ["base", "io", "crypto", "deflate"],
    "metadata": ["base", "io", "crypto", "deflate", "bson"],
    "archive": ["base", "io", "crypto", "deflate", "bson", "metadata"],
    "store": ["base", "io", "crypto", "deflate", "bson", "metadata", "archive"],
    "machine": ["base", "io", "crypto", "deflate", "bson", "metadata", "archive", "store"],
}
MAY_USE["restore"] = sorted(MAY_USE)
MAY_USE["hosts"] = sorted(MAY_USE)
MAY_USE["database"] = [room for room in sorted(MAY_USE) if room != "hosts"]
MAY_USE["restore_run"] = sorted(MAY_USE)
MAY_USE["net"] = ["base", "io", "crypto"]
MAY_USE["client"] = ["base", "io", "crypto", "deflate", "metadata", "archive"]
MAY_USE["controller"] = ["base", "io", "crypto", "metadata", "archive", "store", "net", "client"]
MAY_USE["rebootstrap"] = sorted(MAY_USE)
MAY_USE["server"] = sorted(MAY_USE)
MAY_USE["capi"] = sorted(MAY_USE)
# Programs are outsiders: they see public headers only.
OUTSIDERS = ["examples"]

# Which room implements a public header.
ROOM_OF_PUBLIC = {
    "backup_id.hpp": "base",
    "error.hpp": "base",
    "job.hpp": "base",
    "juju_version.hpp": "base",
    "time.hpp": "base",
    "version.hpp": "base",
    "io.hpp": "io",
    "encryption.hpp": "crypto",
    "level.hpp": "deflate",
    "metadata.hpp": "metadata",
    "archive.hpp": "archive",
    "archive_writer.hpp": "archive",
    "dump_facts.hpp": "archive",
    "verify.hpp": "archive",
    "store.hpp": "store",
    "store_backend.hpp": "store",
    "machine.hpp": "machine",
    "restore.hpp": "restore",
    "restore_steps.hpp": "restore",
    "hosts.hpp": "hosts",
    "database.hpp": "database",
    "restore_run.hpp": "restore_run",
    "client.hpp": "client",
    "client_backup.hpp": "client",
    "controller.hpp": "controller",
    "controller_restore.hpp": "controller",
    "rebootstrap.hpp": "rebootstrap",
    "server.hpp": "server",
    "jujubackup.h": "capi",
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<jujubackup/([^>]+)>)')


def room_of_include(private, public):
    if public:
        return ROOM_OF_PUBLIC.get(public, "unknown header jujubackup/" + public)
    room, slash, _ = private.partition("/")
    return room if slash else None


def check_file(path, room, problems):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        where = f"{path}:{number}"
        target = room_of_include(*match.groups())
        if room in OUTSIDERS:
            if match.group(1) and target in MAY_USE:
                problems.append(f"{where}: {room} may use public headers only")
            continue
        if target is None or target == room:
            continue
        if target not in MAY_USE[room]:
            problems.append(f"{where}: {room} may not use {target}")


def main():
    root = pathlib.Path(sys.argv[1])
    problems = []
    checked = 0

    public = root / "include" / "jujubackup"
    for path in sorted([*public.glob("*.hpp"), *public.glob("*.h")]):
        checked += 1
        if path.name not in ROOM_OF_PUBLIC:
            problems.append(f"{path}: say in {pathlib.Path(__file__).name} which room it belongs to")
            continue
        check_file(path, ROOM_OF_PUBLIC[path.name], problems)

    for folder in [*sorted((root / "lib").iterdir()), root / "capi", root / "examples"]:
        if not folder.is_dir():
            continue
        if folder.name not in MAY_USE and folder.name not in OUTSIDERS:
            problems.append(f"{folder}: say in {pathlib.Path(__file__).name} where this room stands")
            continue
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".cpp", ".hpp", ".c", ".h"):
                checked += 1
                check_file(path, folder.name, problems)

    for problem in problems:
        print(problem)
    print(f"{checked} files, {len(problems)} problems")
    return 1 if problems or checked < 20 else 0


sys.exit(main())
