"""Run the benchmarks and hold each against its bar: `python -m benchmarks [NAME ...] [--record]`.

Ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from benchmarks import commands, counties, demography, eligibility, engine, places, projection, record, report, workbook
from benchmarks.timing import SHARED, Figure


class Benchmark(NamedTuple):
    """What is timed, how, its bar (None: it is reported), and whether it needs ../shared.

    The bar is what the median may come to at most or, of a rate or a multiple, what it has to come to at least.
    """

    title: str
    run: Callable[[], Figure]
    bar: float | None
    needs_shared: bool = False
    at_least: bool = False


BENCHMARKS: Mapping[str, Benchmark] = {
    "help": Benchmark("popmodel --help", commands.run_help, 0.5),
    "check": Benchmark("popmodel check data/xichuan", commands.run_check, 1.5),
    "projection": Benchmark("both populations of Xichuan, 2020-2050", projection.run, 0.15),
    "draws": Benchmark("1,000 draws of Xichuan, all quantiles", projection.run_draws, 0.15),
    "draws_fresh": Benchmark("the same as a fresh process", projection.run_draws_afresh, 2.0),
    "launch_many": Benchmark("launch of every county of a table, each", projection.run_launch_many, 1.5, needs_shared=True),
    "life_tables": Benchmark("10,000 life tables of 101 ages", demography.run_life_tables, 0.1),
    "lee_carter": Benchmark("Lee-Carter, 101 ages and 50 years", demography.run_lee_carter, 1.5),
    "graduation": Benchmark("3,000 counties to single ages", demography.run_graduation, 1.0),
    "engine": Benchmark("cell-updates a CPU second, numpy", engine.run_default, 100, at_least=True),
    "pandas": Benchmark("numpy over draws / pandas loop", engine.run_pandas, 1000, at_least=True),
    "fast": Benchmark("fast engine / numpy", engine.run_fast, 5, at_least=True),
    "bound": Benchmark("fast engine / operation bound", engine.run_bound, 0.5, at_least=True),
    "quantiles": Benchmark("seven quantiles of 1,000 draws, a number", engine.run_quantiles, None),
    "first_use": Benchmark("fast engine, first use of all", engine.run_first_use, 6.0),
    "later_use": Benchmark("fast engine, first use in a process", engine.run_later_use, 1.0),
    "counties": Benchmark("2,850 counties, indicators", counties.run_seconds, 30, needs_shared=True),
    "counties_gb": Benchmark("memory of that", counties.run_memory, 0.5, needs_shared=True),
    "ages": Benchmark("2,850 counties, all ages and sexes", counties.run_ages_seconds, 90, needs_shared=True),
    "ages_gb": Benchmark("memory of that", counties.run_ages_memory, 1.5, needs_shared=True),
    "certify": Benchmark("popmodel certify", commands.run_certify, None),
    "replay": Benchmark("a country replayed over 31 years", demography.run_replay, None, needs_shared=True),
    "list": Benchmark("a list of a million people checked", eligibility.run_seconds, 30),
    "list_gb": Benchmark("memory of that", eligibility.run_memory, 1.0),
    "demand": Benchmark("demand of 17 townships, 1,000 draws", places.run_demand, 1.0),
    "phasing": Benchmark("plan of places over 200 draws", places.run_plan, 60.0),
    "naive": Benchmark("naive plan / plan, cost", places.run_greedy, None),
    "workbook": Benchmark("popmodel workbook data/xichuan", workbook.run_write, 3.0),
    "import": Benchmark("popmodel import of a filled workbook", workbook.run_import, 5.0),
    "reconcile": Benchmark("two lists of 2,000,000 people compared", workbook.run_reconcile, 60.0),
    "reconcile_gb": Benchmark("memory of that", workbook.run_reconcile_memory, 2.0),
    "report": Benchmark("scenario report, all formats", report.run, 3.0),
}
ROW = "{:<12}{:<41}{:>9}{:>9}{:>11}{:>8}  {:<9}{}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named (all, when none is) and print a row for each; 1 when a bar is missed, else 0."""
    chosen = _parse(arguments)
    print(f"{os.cpu_count()} cores{_load()}")
    print(ROW.format("name", "what", "median", "lowest", "processor", "bar", "unit", "met"))
    found: dict[str, tuple[Figure, float | None]] = {}
    missed = 0
    for name in chosen.names or BENCHMARKS:
        benchmark = BENCHMARKS[name]
        if benchmark.needs_shared and not SHARED.is_dir():
            print(f"{name:<12}{benchmark.title}: not run, it needs the reference material in ../shared", flush=True)
            continue
        one = benchmark.run()
        found[name] = one, benchmark.bar
        missed += _missed(one, benchmark)
        cells = [f"{value:.3f}" for value in (one.median, one.lowest, one.processor)]
        print(ROW.format(name, benchmark.title, *cells, *_verdict(one, benchmark)).rstrip(), flush=True)
        for note in one.notes:
            print(" " * 12 + note, flush=True)
    if chosen.record:
        record.append(found)
    return int(missed > 0)


def _missed(one: Figure, benchmark: Benchmark) -> bool:
    if benchmark.bar is None:
        return False
    return one.median < benchmark.bar if benchmark.at_least else one.median > benchmark.bar


def _verdict(one: Figure, benchmark: Benchmark) -> tuple[str, str, str]:
    """Bar, unit, and whether the bar is met."""
    if benchmark.bar is None:
        return "", one.unit, ""
    return f"{'≥ ' if benchmark.at_least else ''}{benchmark.bar:g}", one.unit, "NO" if _missed(one, benchmark) else "yes"


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
