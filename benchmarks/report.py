"""The scenario report in all formats by the real command, as a multiple of what any notebook run costs on the same machine."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence

from benchmarks.commands import popmodel
from benchmarks.timing import Figure, Seconds, ratio, time_process

RUNS = 3


def run() -> Figure:
    """The report over the floor (`benchmarks.floor`), timed in turn, so that a slow spell of the machine falls on both."""
    report: list[Seconds] = []
    floor: list[Seconds] = []
    for _ in range(RUNS):
        floor.append(_in_folder([sys.executable, "-m", "benchmarks.floor"]))
        report.append(_in_folder(popmodel("report", "data/xichuan", "--out")))
    return ratio(report, floor, names=("report", "floor"))


def _in_folder(command: Sequence[str]) -> Seconds:
    """The command with an empty temporary folder as its last argument."""
    with tempfile.TemporaryDirectory() as folder:
        return time_process([*command, folder])
