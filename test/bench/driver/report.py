"""The results of a comparison as tables."""

from . import tables
from .rows import PEAK_GOAL_MIB, SHOW_GOAL_BYTES, SHOW_GOAL_S
from .tables import mib, seconds, times, verdict


def time_rows(results):
    for row in results["rows"]:
        ratio = row["ratio"]
        yield [
            row["operation"],
            row["theirs"]["name"],
            seconds(row["ours"]["wall_s"]),
            seconds(row["theirs"]["wall_s"]),
            f"{times(ratio['median'])} ({times(ratio['min'])}..{times(ratio['max'])})",
            times(row["cpu_ratio"]),
            f"{row['goal']:g}x" if row["goal"] else "",
            verdict(row["met"]),
            mib(row["ours"]["peak_kib"]),
            mib(row["theirs"]["peak_kib"]),
        ]


def size_rows(results):
    for row in results["sizes"]:
        larger = "" if row["percent"] is None else f"{row['percent']:+.1f} %"
        goal = "" if row["goal_percent"] is None else f"at most {row['goal_percent']:+g} %"
        yield [row["tree"], row["name"], f"{row['bytes'] / 1e6:.1f}", larger, goal, verdict(row["met"])]


def memory_rows(results):
    for row in results["memory"]:
        yield [row["operation"], mib(row["peak_kib"]), str(PEAK_GOAL_MIB), verdict(row["met"])]


def show_rows(results):
    if results["show"]:
        show = results["show"]
        yield ["wall time, ms", f"{show['wall_s'] * 1000:.1f}", f"at most {SHOW_GOAL_S * 1000:g}", verdict(show["wall_met"])]
        if show["read_bytes"] is not None:
            yield ["bytes read of the archive", str(show["read_bytes"]), f"below {SHOW_GOAL_BYTES}", verdict(show["read_met"])]


TIME_HEADINGS = ["operation", "against", "ours, s", "theirs, s", "ratio (min..max)", "by CPU", "goal", "met", "our peak, MiB", "theirs"]
SIZE_HEADINGS = ["tree", "made by", "MB", "against gzip -6", "goal", "met"]
MEMORY_HEADINGS = ["operation", "peak, MiB", "goal", "met"]
SHOW_HEADINGS = ["show, own archive", "measured", "goal", "met"]


def about(results):
    machine = results["machine"]
    hardware = f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_mib']} MiB"
    yield f"{results['date']}: {hardware}, {machine['system']}, Linux {machine['kernel']}."
    yield "Ours: " + "; ".join(results["ours"]) + "."
    yield "Peers: " + "; ".join(results["programs"].values()) + "."


def lines(results, markdown):
    """All that was measured. Ratio: the time of the peer over ours, pair by pair; the median of the pairs."""
    table = tables.in_markdown if markdown else tables.in_text
    yield f"Tree of {results['size_mib']} MiB; pairs: {results['pairs']}; threads: {results['threads']}."
    for headings, rows in (
        (TIME_HEADINGS, list(time_rows(results))),
        (SHOW_HEADINGS, list(show_rows(results))),
        (SIZE_HEADINGS, list(size_rows(results))),
        (MEMORY_HEADINGS, list(memory_rows(results))),
    ):
        if rows:
            yield ""
            yield from table(headings, rows)
    if results["skipped"]:
        yield ""
    for text in results["skipped"]:
        yield f"skipped: {text}"
