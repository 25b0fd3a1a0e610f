"""Run the benchmarks and hold each against its bar: `python -m benchmarks [NAME ...] [--record]`.

Ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from benchmarks import commands, projection, record, report
from benchmarks.timing import Figure


class Benchmark(NamedTuple):
    """What is timed, how, and what its median may come to at most."""

    title: str
    run: Callable[[], Figure]
    bar: float


BENCHMARKS: Mapping[str, Benchmark] = {
    "help": Benchmark("popmodel --help", commands.run_help, 0.5),
    "check": Benchmark("popmodel check data/xichuan", commands.run_check, 1.5),
    "projection": Benchmark("both populations of Xichuan, 2020-2050", projection.run, 0.15),
    "report": Benchmark("scenario report, all formats", report.run, 3.0),
}
ROW = "{:<12}{:<40}{:>9}{:>9}{:>11}{:>7}  {:<9}{}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named (all, when none is) and print a row for each; 1 when a bar is missed, else 0."""
    chosen = _parse(arguments)
    print(f"{os.cpu_count()} cores{_load()}")
    print(ROW.format("name", "what", "median", "lowest", "processor", "bar", "unit", "met"))
    found: dict[str, tuple[Figure, float]] = {}
    for name in chosen.names or BENCHMARKS:
        title, run, bar = BENCHMARKS[name]
        one = run()
        found[name] = one, bar
        cells = (f"{value:.3f}" for value in (one.median, one.lowest, one.processor))
        print(ROW.format(name, title, *cells, f"{bar:g}", one.unit, "yes" if one.median <= bar else "NO"), flush=True)
        for note in one.notes:
            print(" " * 12 + note, flush=True)
    if chosen.record:
        record.append(found)
    return int(any(one.median > bar for one, bar in found.values()))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("benchmarks", description="Time popmodel and hold it against its bars.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which benchmarks: {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--record", action="store_true", help=f"add the figures to {record.RECORD.name}")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    return chosen


def _load() -> str:
    """How busy the machine is: figures from a busy one are too high."""
    return f", {os.getloadavg()[0]:.1f} processes at work" if hasattr(os, "getloadavg") else ""


if __name__ == "__main__":
    sys.exit(main())
