"""Runs the benchmark on a tiny tree and looks at what it says:  smoke.py RUN_SH BUILD"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

# One peer for each operation; restic, whose repositories take seconds, is none of them.
ROWS = ["create/go", "create-history/pigz", "create-fast/igzip", "verify/borg", "verify-go-made/go", "extract/bsdtar", "extract-go-made/go"]
ROWS += ["list/tar", "show/go", "take-in/go"]


def run(script, build, work, *options):
    words = ["sh", script, "--size-mib", "3", "--pairs", "1", "--build", build, "--work", work, "--json", Path(work) / "json", *options]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"run.sh {' '.join(options)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout, json.loads((Path(work) / "json").read_text(encoding="utf-8"))


def main():
    script, build = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="jujubackup-bench-") as work:
        text, results = run(script, build, work, "--only", "sizes", *(word for row in ROWS for word in ("--only", row)))
        rows = [f"{row['operation']}/{row['peer']}" for row in results["rows"]]
        skipped = [line.split(":")[0].replace(" against ", "/") for line in results["skipped"]]
        assert sorted(rows + skipped) == sorted(ROWS), (rows, skipped)
        for row in results["rows"]:
            assert row["operation"] in text
            assert row["ratio"]["median"] > 0 and len(row["ours"]["runs"]) == len(row["theirs"]["runs"]) == 1
            assert row["ours"]["peak_kib"] > 0
        assert results["machine"]["cores"] > 0 and results["sizes"]

        text, results = run(script, build, work, "--markdown", "--scaling", "3")
        assert {row["threads"] for row in results["scaling"]} >= {1, 2}
        assert "| create | 3 |" in text
    print(f"{len(rows)} rows, {len(skipped)} skipped")


main()
