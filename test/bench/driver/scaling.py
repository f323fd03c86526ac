"""Our own operations with different numbers of threads, on trees of different sizes."""

from . import tables
from .compare import progress
from .inputs import Inputs
from .measure import median
from .rows import OURS, PEAK_GOAL_MIB

THREADS = (1, 2)
# As many as on a large machine, to see what memory they take; how fast they are says nothing on a small one.
MANY_THREADS = 64
MANY_PEAK_GOAL_MIB = 64
OPERATIONS = ("create", "create-fast", "verify", "verify-go-made", "extract", "extract-go-made", "take-in", "list", "show")
# Their time does not follow from the size.
READS_LITTLE = ("list", "show")


def measure_scaling(bench, sizes, rounds):
    """One row for each size and operation."""
    rows = []
    ours = bench.ours
    for size_mib in sizes:
        bench.inputs = Inputs(bench, size_mib)
        for operation in OPERATIONS:
            if operation.endswith("go-made") and bench.missing(("go",)):
                continue
            progress(f"{operation} at {size_mib} MiB")
            commands = []
            for threads in (*THREADS, MANY_THREADS):
                bench.ours = ours.with_threads(threads)
                commands.append(OURS[operation](bench))
            bench.ours = ours
            runs = bench.runner.in_turn(commands[:-1], rounds)
            runs.append([bench.runner.run(commands[-1])])
            bench.runner.clear()
            for threads, its_runs in zip((*THREADS, MANY_THREADS), runs):
                rows.append(
                    {
                        "size_mib": size_mib,
                        "content_bytes": bench.inputs.content_bytes,
                        "operation": operation,
                        "threads": threads,
                        "wall_s": median(run.wall_s for run in its_runs),
                        "cpu_s": median(run.cpu_s for run in its_runs),
                        "peak_kib": max(run.peak_kib for run in its_runs),
                    }
                )
    return rows


HEADINGS = [
    "operation",
    "size, MiB",
    *(f"s, {threads} threads" for threads in THREADS),
    "ratio",
    *(f"MB/s, {threads} threads" for threads in THREADS),
    *(f"peak, MiB, {threads} threads" for threads in (*THREADS, MANY_THREADS)),
    f"below {PEAK_GOAL_MIB} and {MANY_PEAK_GOAL_MIB}",
]


def table_row(group):
    """Of the measurements of one operation at one size: by the number of threads."""
    timed = [group[threads] for threads in THREADS]
    one = timed[0]
    rates = ["" if one["operation"] in READS_LITTLE else f"{row['content_bytes'] / row['wall_s'] / 1e6:.0f}" for row in timed]
    met = group[2]["peak_kib"] <= PEAK_GOAL_MIB * 1024 and group[MANY_THREADS]["peak_kib"] <= MANY_PEAK_GOAL_MIB * 1024
    return [
        one["operation"],
        str(one["size_mib"]),
        *(tables.seconds(row["wall_s"]) for row in timed),
        tables.times(one["wall_s"] / timed[-1]["wall_s"]),
        *rates,
        *(tables.mib(row["peak_kib"]) for row in group.values()),
        tables.verdict(met),
    ]


def lines(results, markdown):
    groups = {}
    for row in results["scaling"]:
        groups.setdefault((row["operation"], row["size_mib"]), {})[row["threads"]] = row
    yield from (tables.in_markdown if markdown else tables.in_text)(HEADINGS, [table_row(group) for group in groups.values()])
