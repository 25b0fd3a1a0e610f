"""Every county of a country from one table by the real command: 2,850 counties, made of Henan's, 1,000 draws, 30 years."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.commands import popmodel
from benchmarks.timing import ROOT, SHARED, Figure

COUNTIES = 2850
_SEED = 4
_IDENTITY = 6
_LOOK_EVERY_SECONDS = 0.1


class Measured(NamedTuple):
    """Seconds by the clock and by the processors, the most memory of all processes together (shared once), and MB written."""

    clock: float
    processor: float
    memory_gb: float
    written_mb: float


def run_seconds() -> Figure:
    """Seconds with the quantiles of indicators."""
    return _seconds(measure(COUNTIES, ages=False))


def run_memory() -> Figure:
    """Memory of the same run."""
    return _memory(measure(COUNTIES, ages=False))


def run_ages_seconds() -> Figure:
    """Seconds with those of all ages and sexes too."""
    return _seconds(measure(COUNTIES, ages=True))


def run_ages_memory() -> Figure:
    """Memory of the same run."""
    return _memory(measure(COUNTIES, ages=True))


@cache
def measure(counties: int, *, ages: bool) -> Measured:
    """One run of the command on a table of so many counties."""
    with tempfile.TemporaryDirectory() as folder:
        table = write_table(Path(folder) / "counties.csv", counties)
        command = popmodel("project-all", str(table), "--draws", "1000", "--to", "2050", "--out", folder, *["--ages"] * ages)
        before, start = _children_seconds(), time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        memory = _Memory(process.pid)
        _, said = process.communicate()
        clock = time.perf_counter() - start
        if process.returncode:
            raise SystemExit(f"project-all failed:\n{said.decode(errors='replace')}")
        written = sum(path.stat().st_size for path in Path(folder).rglob("*.parquet"))
        return Measured(clock, _children_seconds() - before, memory.most() / 1e9, written / 1e6)


def write_table(path: Path, counties: int) -> Path:
    """A census table of so many counties: Henan's over and over, each age group of each off by up to a fifth."""
    with (SHARED / "data" / "census_counties_henan_2010_2020.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    by_code: dict[str, list[list[str]]] = {}
    for row in rows:
        if not row[0].endswith("00"):
            by_code.setdefault(row[0], []).append(row)
    models = [own for own in by_code.values() if len(own) == 2]
    random = np.random.default_rng(_SEED)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number in range(counties):
            code = f"41{1 + number // 99:02d}{1 + number % 99:02d}"
            factors = random.uniform(0.8, 1.2, len(header) - _IDENTITY)
            for model in models[number % len(models)]:
                persons = np.round(np.array(model[_IDENTITY:], dtype=float) * factors).astype(int)
                total = int(persons.sum())
                urban, registered = (int(float(cell) / float(model[3]) * total) if cell else "" for cell in model[4:_IDENTITY])
                writer.writerow([code, f"县{code}", model[2], total, urban, registered, *persons])
    return path


class _Memory:
    """Watches what a process and all that it started hold together, each page counted once, in bytes; Linux only, else 0."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most = pid, 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def most(self) -> int:
        """The most there was, once the process has ended."""
        self._thread.join()
        return self._most

    def _watch(self) -> None:
        while Path(f"/proc/{self._pid}/smaps_rollup").exists():
            held = sum(map(_held, _with_children(self._pid)))
            if not held:
                return
            self._most = max(self._most, held)
            time.sleep(_LOOK_EVERY_SECONDS)


def _with_children(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return
    for child in (int(one) for found in children for one in found):
        yield from _with_children(child)


def _held(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _children_seconds() -> float:
    found = os.times()
    return found.children_user + found.children_system


def _seconds(found: Measured) -> Figure:
    notes = (f"{found.processor:.1f} s of processor time, {found.written_mb:.0f} MB written",)
    return Figure(found.clock, found.clock, found.processor, "s", notes)


def _memory(found: Measured) -> Figure:
    return Figure(found.memory_gb, found.memory_gb, 0.0, "GB")


if __name__ == "__main__":
    for ages in (False, True):
        print(measure(int(sys.argv[1]), ages=ages))
