"""A list of a million people checked by the real command: seconds and memory."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import time
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from benchmarks.commands import popmodel
from benchmarks.timing import Figure, Seconds, figure

ROWS = 1_000_000
HEAD = "id,birth date,registration,children,sons,births lawful,registered from,registered to,died,family since,family until,paid"


def run_seconds() -> Figure:
    """Seconds by the clock, from the start of the command to its end."""
    return figure([_checked()[0]])


def run_memory() -> Figure:
    """The most memory the command held, GB."""
    most = _checked()[1] / 1e6
    return Figure(most, most, 0.0, "GB")


@cache
def _checked() -> tuple[Seconds, float]:
    """Time and memory (kB) of a check of a list in which most rows have something to be said of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        _write(path)
        given = ["--scheme", "rural_family_reward", "--year", "2026", "--out", folder]
        start = time.perf_counter()
        with subprocess.Popen(popmodel("eligibility", str(path), *given), stdout=subprocess.DEVNULL) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit("popmodel eligibility failed")
        return Seconds(time.perf_counter() - start, used.ru_utime), used.ru_maxrss


def _write(path: Path) -> None:
    """People of all ages with hashed ids, every cell worked out from the row's number; everybody is paid 960 yuan."""
    first = date(1935, 1, 1)
    with path.open("w", encoding="utf-8") as out:
        out.write(f"{HEAD}\n")
        for row in range(ROWS):
            own = hashlib.sha256(str(row).encode()).hexdigest()
            born = first + timedelta(days=row * 7919 % 13_000)
            died = f"2024-03-{row % 28 + 1:02d}" if row % 20 == 0 else ""
            words = ("rural" if row % 3 else "urban", 1 + row % 3, row % 2, "yes" if row % 50 else "no")
            out.write(f"{own},{born},{','.join(map(str, words))},,,{died},,,960\n")
