"""Timing of fresh processes and of calls, by the clock and by the processor.

The clock is what a user waits for and what a bar is set on; processor time tells whether a busy machine made it slower.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


class Seconds(NamedTuple):
    """One timing: by the clock, and user time of the processor with all finished children (0 where the system has none)."""

    clock: float
    processor: float


class Figure(NamedTuple):
    """What a benchmark found: the median and the lowest by the clock, the median by the processor, in `unit`, and notes."""

    median: float
    lowest: float
    processor: float
    unit: str
    notes: tuple[str, ...] = ()


def time_process(command: Sequence[str]) -> Seconds:
    """A fresh process from start to end. Ends the benchmarks with its own words when it fails: it was not timed."""
    before, start = os.times().children_user, time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name} {command[1]} failed:\n{done.stderr.decode(errors='replace')}")
    return Seconds(time.perf_counter() - start, os.times().children_user - before)


def time_call(function: Callable[[], object]) -> Seconds:
    """One call in this process."""
    before, start = time.process_time(), time.perf_counter()
    function()
    return Seconds(time.perf_counter() - start, time.process_time() - before)


def figure(timings: Sequence[Seconds]) -> Figure:
    """Several timings of one thing as a figure in seconds."""
    clock = [one.clock for one in timings]
    return Figure(statistics.median(clock), min(clock), statistics.median(one.processor for one in timings), "s")


def ratio(timings: Sequence[Seconds], floor: Sequence[Seconds], *, names: tuple[str, str]) -> Figure:
    """Several timings of one thing over those of its floor, of `names`, timed in turn: a slow spell falls on both."""
    one, least = figure(timings), figure(floor)
    return Figure(
        median=one.median / least.median,
        lowest=one.lowest / least.lowest,
        processor=one.processor / least.processor if least.processor else 0.0,
        unit=f"x {names[1]}",
        notes=tuple(
            f"{name}: {found.median:.3g} s by the clock, {found.processor:.3g} s of processor time"
            for name, found in zip(names, (one, least), strict=True)
        ),
    )
