"""The scenario report in all formats by the real command, as a multiple of what any notebook run costs on the same machine."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence

from benchmarks.commands import popmodel
from benchmarks.timing import Figure, Seconds, time_process

RUNS = 3


def run() -> Figure:
    """The report over the floor (`benchmarks.floor`), timed in turn, so that a slow spell of the machine falls on both."""
    report: list[Seconds] = []
    floor: list[Seconds] = []
    for _ in range(RUNS):
        floor.append(_in_folder([sys.executable, "-m", "benchmarks.floor"]))
        report.append(_in_folder(popmodel("report", "data/xichuan", "--out")))
    return Figure(
        median=_median(report, "clock") / _median(floor, "clock"),
        lowest=min(one.clock for one in report) / min(one.clock for one in floor),
        processor=_median(report, "processor") / max(_median(floor, "processor"), 0.01),
        unit="x floor",
        notes=tuple(
            f"{name}: {_median(timings, 'clock'):.2f} s by the clock, {_median(timings, 'processor'):.2f} s of processor time"
            for name, timings in (("report", report), ("floor", floor))
        ),
    )


def _in_folder(command: Sequence[str]) -> Seconds:
    """The command with an empty temporary folder as its last argument."""
    with tempfile.TemporaryDirectory() as folder:
        return time_process([*command, folder])


def _median(timings: Sequence[Seconds], kind: str) -> float:
    return statistics.median(getattr(one, kind) for one in timings)
