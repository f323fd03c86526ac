#!/usr/bin/env python3
"""Lists the backups in a store and verifies each: list_backups.py STORE

Exits with 0 if all are good, 1 if some have warnings, 2 if some are bad.
"""

import sys

import jujubackup


def show_progress(phase, done, total):
    if total and sys.stderr.isatty():
        print(f"\r{100 * done // total:3d} %", end="", file=sys.stderr)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    worst = 0
    with jujubackup.Store(sys.argv[1]) as store:
        for record in store.list():
            report = store.verify(record["id"], job=jujubackup.Job(show_progress))
            print(f"{record['id']}  {record['size-bytes']} bytes  {report.verdict}")
            for finding in report.findings:
                print(f"  {finding['severity']}: {finding['code']}: {finding['message']}")
            worst = max(worst, ["ok", "warnings", "bad"].index(report.verdict))
        for problem in store.problems:
            print(problem, file=sys.stderr)
            worst = 2
    return worst


if __name__ == "__main__":
    try:
        sys.exit(main())
    except jujubackup.Error as error:
        sys.exit(f"list_backups.py: {error}")
