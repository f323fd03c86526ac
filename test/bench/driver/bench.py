"""Everything that a measurement needs: programs, inputs, and the folder they work in."""

import os
import shutil
import subprocess
from pathlib import Path

from .contestants import Ours, Peers
from .inputs import Inputs
from .measure import CommandFailed, Runner

HERE = Path(__file__).resolve().parent.parent

# How each peer says its version, and in which line.
VERSIONS = {
    "tar": ("--version",),
    "gzip": ("--version",),
    "bsdtar": ("--version",),
    "pigz": ("--version",),
    "igzip": ("--version",),
    "go": ("version",),
    "restic": ("version",),
    "borg": ("--version",),
    "strace": ("--version",),
}


class Bench:
    def __init__(self, program, work, size_mib, threads):
        self.work = work
        self.program = program
        self.programs = {name for name in VERSIONS if shutil.which(name)}
        tools = work / "tools"
        tools.mkdir(parents=True, exist_ok=True)
        measure, peer = tools / "measure", tools / "peer"
        build(["cc", "-O2", "-o", measure, HERE / "measure.c"])
        if "go" in self.programs:
            environment = {**os.environ, "GO111MODULE": "off", "GOFLAGS": ""}
            build(["go", "build", "-o", peer, "."], cwd=HERE / "peers", env=environment)
        self.runner = Runner(work, measure)
        self.ours = Ours(program, self.runner.out, threads)
        self.peers = Peers(self.runner, peer, threads)
        self.inputs = Inputs(self, size_mib)

    def missing(self, names):
        return [name for name in names if name not in self.programs]


def build(words, **options):
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, **options)
    if done.returncode != 0:
        raise CommandFailed(f"{words[0]} failed: {done.stderr.decode(errors='replace').strip()}")
