"""What the commands work on: trees, archives of ours and of Go, repositories. Each is made when it is first asked for."""

import shutil
import sys
from functools import cached_property
from pathlib import Path

GENERATOR = Path(__file__).resolve().parent.parent / "make_controller_tree.py"


class Inputs:
    """Those of one size. All but our own archive, which a new build would write differently, are kept for the next time."""

    def __init__(self, bench, size_mib):
        self.size_mib = size_mib
        self._bench = bench
        self._folder = bench.work / f"inputs-{size_mib}"
        self._folder.mkdir(exist_ok=True)

    def _made(self, name, make):
        """A path in the folder; `make` is called with another name first, so that what is there is whole."""
        path = self._folder / name
        if not path.exists():
            print(f"making {path.name} of {self.size_mib} MiB", file=sys.stderr, flush=True)
            half = self._folder / ("making-" + name)
            if half.is_dir():
                shutil.rmtree(half)
            half.unlink(missing_ok=True)
            make(half)
            half.rename(path)
        return path

    def _tree(self, name, *options):
        def make(path):
            words = [sys.executable, GENERATOR, "--out", path, "--size-mib", str(self.size_mib), "--seed", "1", "--root-tar", *options]
            self._bench.runner.quiet(*words)

        return self._made(name, make)

    @cached_property
    def tree(self):
        return self._tree("mixed")

    @cached_property
    def history(self):
        return self._tree("history", "--status-history")

    @cached_property
    def content_bytes(self):
        return sum(p.stat().st_size for p in (self.tree / "juju-backup").rglob("*") if p.is_file())

    @cached_property
    def own(self):
        """An archive of ours, at the default level."""
        command = self._bench.ours.create(self.tree)
        self._bench.runner.run(command)
        (made,) = command.output.parent.glob(command.output.name)
        path = self._folder / "own.tar.gz"
        made.replace(path)
        return path

    @cached_property
    def go_made(self):
        def make(path):
            command = self._bench.peers.go_create(self.tree)
            self._bench.runner.run(command)
            command.output.rename(path)

        return self._made("go-made.tar.gz", make)

    def _repository(self, name, command_for):
        def make(path):
            command = command_for(self.tree)
            self._bench.runner.run(command)
            command.output.rename(path)

        return self._made(name, make)

    @cached_property
    def restic(self):
        return self._repository("restic", self._bench.peers.restic_create)

    @cached_property
    def borg(self):
        return self._repository("borg", self._bench.peers.borg_create)
