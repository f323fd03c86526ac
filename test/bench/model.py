#!/usr/bin/env python3
"""How fast an operation can be on more cores than were measured:  model.py [--markdown] MICRO_JSON

MICRO_JSON is what the program micro writes with --benchmark_out=FILE --benchmark_out_format=json. Each stage of an
operation costs a time for each byte of content; some stages work on many pieces at once, others on one after the other. So with n threads

    time = max(all stages together / n, the slowest of those that go in order)

which leaves out what threads cost each other: caches, memory, the disk. A figure for more cores than the machine
has is a bound, no promise.
"""

import argparse
import json
import sys

from driver import tables

CORES = (1, 2, 4, 8, 16, 20, 32, 64)
MAX_THREADS = 20  # job.hpp


class Rates:
    """Seconds for each byte, out of a run of micro."""

    def __init__(self, results):
        found = {b["name"]: b for b in results["benchmarks"] if b.get("aggregate_name", "median") == "median"}
        self._found = {name.removesuffix("_median"): b for name, b in found.items()}

    def cost(self, name):
        return 1 / self._found["tree/" + name]["bytes_per_second"]

    def size(self, level):
        return self._found["tree/produce/" + level]["size"]


def create(rates, level):
    size = rates.size(level)
    at_once = {"compress": rates.cost("produce/" + level)}
    in_order = {
        "SHA-1": size * rates.cost("sha1"),
        "SHA-256": size * rates.cost("sha256"),
        "check, write": rates.cost("check") + size * rates.cost("write"),
    }
    return at_once, in_order


def read_own(rates, caller, digests):
    size = rates.size("default")
    at_once = {"inflate": rates.cost("inflate/members")}
    in_order = {name: size * rates.cost(cost) for name, cost in digests.items()}
    in_order["caller"] = size * rates.cost("read") + sum(rates.cost(cost) for cost in caller)
    return at_once, in_order


def verify_foreign(rates):
    at_once, in_order = read_own(rates, ["check"], {"SHA-1": "sha1", "SHA-256": "sha256"})
    return {}, {"inflate": rates.cost("inflate/foreign"), **in_order}


def operations(rates):
    both = {"SHA-1": "sha1", "SHA-256": "sha256"}
    yield "create", create(rates, "default"), MAX_THREADS
    yield "create, fast", create(rates, "fast"), MAX_THREADS
    yield "create, compact", create(rates, "compact"), MAX_THREADS
    yield "verify own", read_own(rates, ["check"], both), MAX_THREADS
    yield "verify made by Go", verify_foreign(rates), MAX_THREADS
    yield "extract own", read_own(rates, ["tar", "write"], {"SHA-256": "sha256"}), MAX_THREADS


def rate(stages, threads):
    at_once, in_order = stages
    together = sum(at_once.values()) + sum(in_order.values())
    return 1 / max(together / threads, *in_order.values()) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    parser.add_argument("micro_json")
    options = parser.parse_args()
    with open(options.micro_json, encoding="utf-8") as file:
        rates = Rates(json.load(file))
    rows = []
    for name, stages, most in operations(rates):
        slowest = max(stages[1], key=stages[1].get)
        enough = rate(stages, 1e9)
        cores = min(enough / rate(stages, 1), most)
        rows.append([name, *(f"{rate(stages, min(n, most)):.0f}" for n in CORES), f"{slowest}, {enough:.0f}", f"{cores:.1f}"])
    headings = ["content, MB/s, cores:", *map(str, CORES), "bound, MB/s", "reached at"]
    print("\n".join((tables.in_markdown if options.markdown else tables.in_text)(headings, rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
