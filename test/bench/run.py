"""The benchmark of whole programs; run.sh is the way to start it."""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from driver import report, scaling
from driver.bench import VERSIONS, Bench
from driver.compare import Comparison
from driver.machine import describe_machine, lines_said
from driver.measure import CommandFailed
from driver.rows import ROWS

TOP = Path(__file__).resolve().parent.parent.parent
# Of a tree of that size, at the worst: two trees, the archives, the repositories, and what one command writes.
SPACE_FACTOR = 7

OPERATIONS = list(dict.fromkeys(row.operation for row in ROWS)) + ["sizes"]


def parse(words):
    parser = argparse.ArgumentParser(
        prog="run.sh",
        description="Measures jujubackup against other programs that do the same job, one after the other in pairs, and prints a table. "
        "A goal that is missed is no failure; a command of ours that fails is.",
        epilog="Operations: " + ", ".join(OPERATIONS) + ".",
    )
    parser.add_argument("--size-mib", type=int, default=1024, metavar="N", help="size of the tree (default 1024)")
    parser.add_argument("--pairs", type=int, default=5, metavar="N", help="runs of each program, after one to warm up (default 5)")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="of ours, pigz and igzip (default 2)")
    parser.add_argument("--only", action="append", default=[], metavar="OPERATION[/PEER]", help="leave out all others; may be repeated")
    parser.add_argument("--build", type=Path, metavar="DIR", help="measure the program of this build; build-bench is made otherwise")
    parser.add_argument("--work", type=Path, metavar="DIR", help=f"for trees and outputs, {SPACE_FACTOR} times the size; trees are kept")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the results go as JSON (default: results.json in the work folder)")
    parser.add_argument("--markdown", action="store_true", help="print the tables in Markdown")
    parser.add_argument(
        "--scaling",
        nargs="?",
        const="64,256,1024,4096",
        metavar="SIZES",
        help="instead measure our own operations with 1 and 2 threads on trees of these sizes (default 64,256,1024,4096)",
    )
    parser.add_argument("--install", action="store_true", help="first install the peers, on Debian and Ubuntu")
    return parser.parse_args(words)


def check_names(wanted):
    known = {row.operation for row in ROWS} | {f"{row.operation}/{row.peer}" for row in ROWS} | {"sizes"}
    for name in wanted:
        if name not in known:
            raise SystemExit(f"run.sh: no operation {name!r}; there are {', '.join(sorted(known))}")


def program_of(build):
    """The program of a build; without one, that of a release build of these sources."""
    if build is None:
        build = TOP / "build-bench"
        if not (build / "build.ninja").exists():
            subprocess.run(["meson", "setup", build, TOP, "--buildtype=release", "-Dtests=false"], stdout=sys.stderr, check=True)
        subprocess.run(["ninja", "-C", build, "examples/cli/jujubackup"], stdout=sys.stderr, check=True)
    program = build.resolve() / "examples" / "cli" / "jujubackup"
    if not os.access(program, os.X_OK):
        raise SystemExit(f"run.sh: no program {program}")
    return program


def check_space(work, needed_mib):
    free_mib = shutil.disk_usage(work).free >> 20
    kept_mib = sum(p.stat().st_size for p in work.rglob("*") if p.is_file() and not p.is_symlink()) >> 20
    if free_mib + kept_mib < needed_mib:
        raise SystemExit(f"run.sh: {needed_mib} MiB are needed below {work}, and {free_mib} MiB are free; see --work and --size-mib")


def main():
    options = parse(sys.argv[1:])
    check_names(options.only)
    program = program_of(options.build)
    work = (options.work or Path(tempfile.gettempdir()) / "jujubackup-bench").resolve()
    work.mkdir(parents=True, exist_ok=True)
    sizes = [int(size) for size in options.scaling.split(",")] if options.scaling else [options.size_mib]
    check_space(work, SPACE_FACTOR * max(sizes))
    bench = Bench(program, work, sizes[0], options.threads)
    results = {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "machine": describe_machine(),
        "ours": lines_said(program, "--version"),
        "programs": {name: lines_said(name, *VERSIONS[name])[0] for name in VERSIONS if name in bench.programs},
        "pairs": options.pairs,
    }
    failure = None
    if options.scaling:
        results["scaling"] = scaling.measure_scaling(bench, sizes, options.pairs)
        text = scaling.lines(results, options.markdown)
    else:
        comparison = Comparison(bench, options.pairs, options.only)
        try:
            comparison.run()
        except CommandFailed as error:
            failure = error
        results |= {"size_mib": options.size_mib, "threads": options.threads, **comparison.results()}
        text = report.lines(results, options.markdown)
    path = options.json or work / "results.json"
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print("\n".join((*report.about(results), *text)))
    if failure:
        raise failure
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CommandFailed as error:
        sys.exit(f"run.sh: {error}")
