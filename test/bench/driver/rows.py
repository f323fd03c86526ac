"""What is compared with what, and how much faster it has to be."""

import dataclasses
from collections.abc import Callable

from .measure import Command

# Of the largest process, with two threads, whatever the size.
PEAK_GOAL_MIB = 24
SHOW_GOAL_S = 0.010
SHOW_GOAL_BYTES = 64 * 1024

# Our operations, each on what it works on.
OURS = {
    "create": lambda bench: bench.ours.create(bench.inputs.tree),
    "create-history": lambda bench: bench.ours.create(bench.inputs.history),
    "create-fast": lambda bench: bench.ours.create(bench.inputs.tree, "fast"),
    "verify": lambda bench: bench.ours.verify(bench.inputs.own),
    "verify-go-made": lambda bench: bench.ours.verify(bench.inputs.go_made),
    "extract": lambda bench: bench.ours.extract(bench.inputs.own),
    "extract-go-made": lambda bench: bench.ours.extract(bench.inputs.go_made),
    "list": lambda bench: bench.ours.list(bench.inputs.own),
    "show": lambda bench: bench.ours.show(bench.inputs.own),
    "take-in": lambda bench: bench.ours.take_in(bench.inputs.own),
    "take-in-go-made": lambda bench: bench.ours.take_in(bench.inputs.go_made),
}


@dataclasses.dataclass
class Row:
    operation: str  # of ours
    peer: str  # the name that --only takes
    goal: float | None  # the peer's time over ours, at least; none where a row is for comparison
    theirs: Callable[[object], Command]  # of the bench
    needs: tuple[str, ...]  # programs


ROWS = [
    Row("create", "pigz", 3, lambda bench: bench.peers.pigz_create(bench.inputs.tree), ("tar", "pigz")),
    Row("create", "go", 6, lambda bench: bench.peers.go_create(bench.inputs.tree), ("go",)),
    Row("create", "tar", None, lambda bench: bench.peers.tar_create(bench.inputs.tree), ("tar", "gzip")),
    Row("create", "bsdtar", None, lambda bench: bench.peers.bsdtar_create(bench.inputs.tree), ("bsdtar",)),
    Row("create", "restic", None, lambda bench: bench.peers.restic_create(bench.inputs.tree), ("restic",)),
    Row("create", "borg", None, lambda bench: bench.peers.borg_create(bench.inputs.tree), ("borg",)),
    Row("create-history", "pigz", 2, lambda bench: bench.peers.pigz_create(bench.inputs.history), ("tar", "pigz")),
    Row("create-fast", "igzip", 2, lambda bench: bench.peers.igzip_create(bench.inputs.tree), ("tar", "igzip")),
    Row("create-fast", "go", 20, lambda bench: bench.peers.go_create(bench.inputs.tree), ("go",)),
    Row("create-fast", "borg", 2, lambda bench: bench.peers.borg_create(bench.inputs.tree), ("borg",)),
    Row("verify", "go", 3.5, lambda bench: bench.peers.go_verify(bench.inputs.own), ("go",)),
    Row("verify", "borg", 2.5, lambda bench: bench.peers.borg_verify(bench.inputs.borg), ("borg",)),
    Row("verify", "restic", None, lambda bench: bench.peers.restic_verify(bench.inputs.restic), ("restic",)),
    Row("verify-go-made", "go", 2.5, lambda bench: bench.peers.go_verify(bench.inputs.go_made), ("go",)),
    Row("extract", "bsdtar", 2, lambda bench: bench.peers.bsdtar_extract(bench.inputs.own), ("bsdtar",)),
    Row("extract", "tar", None, lambda bench: bench.peers.tar_extract(bench.inputs.own), ("tar", "gzip")),
    Row("extract", "restic", None, lambda bench: bench.peers.restic_extract(bench.inputs.restic), ("restic",)),
    Row("extract", "borg", None, lambda bench: bench.peers.borg_extract(bench.inputs.borg), ("borg",)),
    Row("extract-go-made", "go", 2.5, lambda bench: bench.peers.go_extract(bench.inputs.go_made), ("go",)),
    Row("list", "tar", 100, lambda bench: bench.peers.tar_list(bench.inputs.own), ("tar", "gzip")),
    Row("list", "go", None, lambda bench: bench.peers.go_list(bench.inputs.own), ("go",)),
    Row("show", "go", None, lambda bench: bench.peers.go_show(bench.inputs.own), ("go",)),
    Row("take-in", "go", 2.5, lambda bench: bench.peers.go_take_in(bench.inputs.own), ("go",)),
    Row("take-in-go-made", "go", None, lambda bench: bench.peers.go_take_in(bench.inputs.go_made), ("go",)),
]

# Sizes against gzip -6: which tree, which level, how many per cent larger at most.
SIZES = [
    ("tree", "default", 1),
    ("tree", "fast", 7),
    ("tree", "compact", 0),
    ("history", "default", 6),
    ("history", "fast", None),
    ("history", "compact", 0),
]
