"""Runs commands one at a time, each in an empty folder, and says what each took."""

import dataclasses
import os
import shutil
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path

from .machine import touch_free_memory

# What is written by one command is of this size at most.
FREE_MIB = 2048
# How much of what a failed command said is worth showing.
ERROR_BYTES = 2000


@dataclasses.dataclass
class Command:
    """A program and its arguments; what it makes goes below the folder of the runner that it was made for."""

    name: str
    words: list[str]
    folder: Path | None = None  # to start in; that of the runner otherwise
    prepare: Callable[[], None] | None = None  # before each run, not measured
    output: Path | None = None  # whose size is of interest: a file or a folder; the name may be a pattern
    good_status: tuple[int, ...] = (0,)
    peer: bool = False


@dataclasses.dataclass
class Run:
    wall_s: float
    cpu_s: float
    peak_kib: int
    output_bytes: int | None = None


class CommandFailed(Exception):
    pass


class PeerFailed(CommandFailed):
    """Not our fault, so what is left can still be measured."""


def median(values):
    return statistics.median(list(values))


def size_of(output):
    found = []
    for path in output.parent.glob(output.name):
        found += path.rglob("*") if path.is_dir() else [path]
    return sum(path.stat().st_size for path in found if path.is_file())


class Runner:
    def __init__(self, work, measure_program):
        self.out = work / "out"
        self._measure = measure_program
        self._report = work / "measured"
        home = work / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        # Nothing of the user's own settings; restic and borg keep caches and ask questions otherwise.
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(work),
            "LC_ALL": "C",
            "XDG_CACHE_HOME": str(home / "cache"),
            "RESTIC_PASSWORD": "benchmark",
            "BORG_BASE_DIR": str(home),
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
            "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
        }

    def quiet(self, *words, **options):
        """Runs something that is not measured."""
        done = subprocess.run(words, env=self.environment, capture_output=True, stdin=subprocess.DEVNULL, check=False, **options)
        if done.returncode != 0:
            raise CommandFailed(f"{words[0]} failed: {done.stderr[-ERROR_BYTES:].decode(errors='replace').strip()}")

    def run(self, command):
        """One run. Before it, what earlier ones left is removed and written out, so that nobody pays for anybody else."""
        self.clear()
        self.out.mkdir()
        if command.prepare:
            command.prepare()
        os.sync()
        touch_free_memory(FREE_MIB)
        done = subprocess.run(
            [self._measure, self._report, *command.words],
            cwd=command.folder or self.out,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        failure = PeerFailed if command.peer else CommandFailed
        said = done.stderr[-ERROR_BYTES:].decode(errors="replace").strip()
        if done.returncode != 0:
            raise failure(f"{command.name} could not be measured: {said}")
        wall_ns, cpu_us, peak_kib, status = map(int, self._report.read_text().split())
        if status not in command.good_status:
            raise failure(f"{command.name} exited with {status}: {said}")
        output_bytes = size_of(command.output) if command.output else None
        return Run(wall_ns / 1e9, cpu_us / 1e6, peak_kib, output_bytes)

    def clear(self):
        shutil.rmtree(self.out, ignore_errors=True)

    def in_turn(self, commands, rounds):
        """Runs all once to warm up, then in turn, so often; the runs of each."""
        for command in commands:
            self.run(command)
        runs = [[] for _ in commands]
        for _ in range(rounds):
            for command, its_runs in zip(commands, runs):
                its_runs.append(self.run(command))
        self.clear()
        return runs
