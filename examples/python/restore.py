#!/usr/bin/env python3
"""Restores a controller machine: restore.py COMMAND [OPTIONS] [ARCHIVE]

  check ARCHIVE   what speaks against it, and the steps that it would take; nothing is changed
  run ARCHIVE     the same, then asks, and does it
  resume ARCHIVE  goes on where it stopped
  undo            makes everything as it was before
  commit          keeps nothing of what was replaced

  --root DIR          the prefix of all paths on the controller machine, "/" if not given
  --kind KIND         database-only, full-machine, files-only, ...; chosen by what is found if not given
  --database-dir DIR  a folder in the form of a dump that stands for the database
  --systemctl PROGRAM, --mongorestore PROGRAM, --private-address ADDRESS, --override CHECK
  --yes               does not ask

Exits with 0 if all is done or could be, 1 if not.
"""

import argparse
import sys

import jujubackup


def ask(_):
    return input("Restore this machine? (yes/no) ") == "yes"


def tell(what, step, text):
    print(f"{step or 'restore'} {what}{': ' + text if text else ''}", file=sys.stderr)


def run(arguments):
    machine = {"root": arguments.root, "overrides": arguments.override}
    for name in ("kind", "mongorestore", "private_address"):
        if getattr(arguments, name) is not None:
            machine[name] = getattr(arguments, name)
    if arguments.command == "commit":
        jujubackup.commit_restore(arguments.root)
        return True
    settings = {"systemd_program": arguments.systemctl}
    with jujubackup.RestoreTools(database_dir=arguments.database_dir, settings=settings, **machine) as tools:
        if arguments.command == "undo":
            report = jujubackup.undo_restore(tools, arguments.root, event=tell)
            return report.state == "undone"
        with jujubackup.Archive(arguments.archive) as archive:
            if arguments.command == "resume":
                report = jujubackup.resume_restore(archive, tools, arguments.root, event=tell)
            else:
                plan = jujubackup.RestorePlan(archive, tools, **machine)
                print(plan)
                if plan.blocked or arguments.command == "check":
                    return not plan.blocked
                report = plan.run(archive, tools, confirm=None if arguments.yes else ask, event=tell)
    print(report)
    return report.state == "restored"


def main():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("command", choices=("check", "run", "resume", "undo", "commit"))
    parser.add_argument("archive", nargs="?")
    parser.add_argument("--root", default="/")
    for name in ("--kind", "--database-dir", "--mongorestore", "--private-address"):
        parser.add_argument(name)
    parser.add_argument("--systemctl", default="systemctl")
    parser.add_argument("--override", action="append", default=[])
    parser.add_argument("--yes", action="store_true")
    arguments = parser.parse_args()
    if (arguments.archive is None) != (arguments.command in ("undo", "commit")):
        parser.error("an archive is needed by check, run and resume alone")
    return 0 if run(arguments) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (jujubackup.Error, OSError) as error:
        sys.exit(f"restore.py: {error}")
