"""Runs us against the peers."""

import re
import shlex
import sys

from .measure import PeerFailed, median
from .rows import OURS, PEAK_GOAL_MIB, ROWS, SHOW_GOAL_BYTES, SHOW_GOAL_S, SIZES


def summary(command, runs):
    return {
        "name": command.name,
        "command": shlex.join(map(str, command.words)),
        "wall_s": median(run.wall_s for run in runs),
        "cpu_s": median(run.cpu_s for run in runs),
        "peak_kib": max(run.peak_kib for run in runs),
        "output_bytes": runs[-1].output_bytes,
        "runs": [{"wall_s": run.wall_s, "cpu_s": run.cpu_s, "peak_kib": run.peak_kib} for run in runs],
    }


def progress(text):
    print(text, file=sys.stderr, flush=True)


class Comparison:
    """All rows that `wanted` names, OPERATION or OPERATION/PEER; all there are if it names none."""

    def __init__(self, bench, pairs, wanted):
        self._bench = bench
        self._pairs = pairs
        self._wanted = wanted
        self.rows, self.sizes, self.skipped = [], [], []
        self.show = None

    def wants(self, operation, peer=""):
        return not self._wanted or operation in self._wanted or f"{operation}/{peer}" in self._wanted

    def run(self):
        for row in ROWS:
            if self.wants(row.operation, row.peer):
                missing = self._bench.missing(row.needs)
                if missing:
                    self._skip(row, f"{', '.join(missing)} not installed")
                    continue
                try:
                    self._run_row(row)
                except PeerFailed as failure:
                    self._skip(row, str(failure))
        if self.wants("show"):
            self._run_show()
        if self.wants("sizes"):
            self._run_sizes()

    def _skip(self, row, why):
        self.skipped.append(f"{row.operation} against {row.peer}: {why}")

    def _run_row(self, row):
        ours, theirs = OURS[row.operation](self._bench), row.theirs(self._bench)
        progress(f"{row.operation} against {theirs.name}")
        our_runs, their_runs = self._bench.runner.in_turn([ours, theirs], self._pairs)
        ratios = [b.wall_s / a.wall_s for a, b in zip(our_runs, their_runs)]
        ratio = median(ratios)
        self.rows.append(
            {
                "operation": row.operation,
                "peer": row.peer,
                "ratio": {"median": ratio, "min": min(ratios), "max": max(ratios)},
                "cpu_ratio": median(b.cpu_s / a.cpu_s for a, b in zip(our_runs, their_runs)),
                "goal": row.goal,
                "met": None if row.goal is None else ratio >= row.goal,
                "ours": summary(ours, our_runs),
                "theirs": summary(theirs, their_runs),
            }
        )

    def _run_show(self):
        """What has a goal of its own, and no peer."""
        progress("show")
        command = OURS["show"](self._bench)
        (runs,) = self._bench.runner.in_turn([command], max(5, self._pairs))
        wall_s = median(run.wall_s for run in runs)
        read_bytes = None
        if "strace" in self._bench.programs:
            read_bytes = self._read_of(command, self._bench.inputs.own)
        else:
            self.skipped.append("bytes that show reads: strace not installed")
        self.show = {
            **summary(command, runs),
            "wall_met": wall_s <= SHOW_GOAL_S,
            "read_bytes": read_bytes,
            "read_met": None if read_bytes is None else read_bytes < SHOW_GOAL_BYTES,
        }

    def _read_of(self, command, file):
        """How many bytes of a file a command reads."""
        trace = self._bench.work / "trace"
        self._bench.runner.quiet("strace", "-f", "-y", "-e", "trace=read,pread64,readv,preadv", "-o", trace, *command.words)
        read = re.compile(r"\bp?read(?:v|64)?\(\d+<" + re.escape(str(file.resolve())) + r">.* = (\d+)$", re.M)
        return sum(map(int, read.findall(trace.read_text(errors="replace"))))

    def _run_sizes(self):
        """What runs of rows made is not made again."""
        made = {}
        for row in self.rows:
            tree = "history" if row["operation"] == "create-history" else "tree"
            for command in (row["ours"], row["theirs"]):
                if command["output_bytes"] is not None:
                    made[tree, command["name"]] = command["output_bytes"]
        goals = {}
        for tree, level, goal in SIZES:
            if not self._bench.missing(("tar", "gzip")):
                self._size(made, tree, self._bench.peers.tar_create)
            name = self._size(made, tree, lambda path, level=level: self._bench.ours.create(path, level))
            goals[tree, name] = goal
        for (tree, name), size in sorted(made.items(), key=lambda item: (item[0][0] != "tree", item[0][1])):
            gzip_bytes = made.get((tree, "tar czf"))
            percent = gzip_bytes and (size / gzip_bytes - 1) * 100
            goal = goals.get((tree, name))
            met = None if goal is None or percent is None else percent <= goal
            self.sizes.append({"tree": tree, "name": name, "bytes": size, "percent": percent, "goal_percent": goal, "met": met})

    def _size(self, made, tree, command_for):
        command = command_for(getattr(self._bench.inputs, tree))
        if (tree, command.name) not in made:
            progress(f"size of {command.name}")
            made[tree, command.name] = self._bench.runner.run(command).output_bytes
            self._bench.runner.clear()
        return command.name

    def _memory(self):
        """The peak of each of our operations over all its runs."""
        peaks = {}
        for row in self.rows:
            peaks[row["operation"]] = max(peaks.get(row["operation"], 0), row["ours"]["peak_kib"])
        return [{"operation": name, "peak_kib": peak, "met": peak <= PEAK_GOAL_MIB * 1024} for name, peak in peaks.items()]

    def results(self):
        return {"rows": self.rows, "show": self.show, "sizes": self.sizes, "memory": self._memory(), "skipped": self.skipped}
