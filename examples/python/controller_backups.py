#!/usr/bin/env python3
"""Backups on a Juju controller: controller_backups.py [-m MODEL] COMMAND [ARGUMENT]

  list              what the controller keeps
  create FILE       makes a backup, downloads it and verifies the file
  download ID FILE  a backup that it keeps
  upload FILE       an archive file; prints the ID that it got
  remove ID...      backups that it keeps

The controller is found as by Juju's own commands: -m [controller:]model, else $JUJU_MODEL, else the current model. It has to be the
controller model: controller_backups.py -m prod:admin/controller list
"""

import argparse
import sys

import jujubackup


def show_progress(phase, done, total):
    if total and sys.stderr.isatty():
        print(f"\r{100 * done // total:3d} %", end="", file=sys.stderr)


def list_backups(controller):
    for metadata in controller.list():
        print(f"{metadata['id']}  {metadata.get('size-bytes', 0)} bytes  {metadata.get('notes', '')}".rstrip())


def create(controller, path):
    backup = controller.create("made by controller_backups.py")
    if backup.one_shot:
        print("the controller deletes its copy after this download", file=sys.stderr)
    size = controller.download(backup, path, job=jujubackup.Job(show_progress))
    with jujubackup.Archive(path) as archive:
        report = archive.verify()
    print(f"{path}  {size} bytes  {report.verdict}")
    return ["ok", "warnings", "bad"].index(report.verdict)


def download(controller, backup_id, path):
    print(f"{path}  {controller.download(backup_id, path, job=jujubackup.Job(show_progress))} bytes")


def upload(controller, path):
    print(controller.upload(path, job=jujubackup.Job(show_progress)))


def remove(controller, *backup_ids):
    errors = controller.remove(*backup_ids)
    for backup_id, error in errors.items():
        print(f"{backup_id}: {error}", file=sys.stderr)
    return 1 if errors else 0


COMMANDS = {"list": (list_backups, 0), "create": (create, 1), "download": (download, 2), "upload": (upload, 1), "remove": (remove, None)}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("-m", "--model")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs="*")
    chosen = parser.parse_args()
    command, count = COMMANDS[chosen.command]
    if len(chosen.arguments) != count if count is not None else not chosen.arguments:
        parser.error(f"wrong number of arguments for {chosen.command}")
    options = jujubackup.ConnectOptions.from_client_dir(model=chosen.model)
    with jujubackup.Controller(options) as controller:
        return command(controller, *chosen.arguments) or 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except jujubackup.Error as error:
        sys.exit(f"controller_backups.py: {error}")
