"""The record of what was measured, a row a benchmark: what a change did to speed can be looked up later."""

from __future__ import annotations

import csv
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.timing import Figure

RECORD = Path(__file__).with_name("record.csv")
COLUMNS = ("date", "cores", "python", "popmodel", "name", "value", "unit", "bar", "lowest", "processor")


def append(figures: Mapping[str, tuple[Figure, float | None]], path: Path = RECORD) -> None:
    """Add the figures, each with its bar (or none), to the record; nothing in it tells whose machine it was."""
    new = not path.exists()
    machine = (f"{datetime.now(UTC):%Y-%m-%d}", os.cpu_count(), platform.python_version(), version("popmodel"))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(COLUMNS)
        for name, (one, bar) in figures.items():
            seconds = (f"{value:.3f}" for value in (one.lowest, one.processor))
            writer.writerow([*machine, name, f"{one.median:.3f}", one.unit, bar, *seconds])
