"""The county's workbook written and brought in, and two lists of two million people compared, each by the real command."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from benchmarks.commands import popmodel
from benchmarks.timing import Figure, Seconds, figure

PACK = Path(__file__).resolve().parents[1] / "data" / "xichuan"
PEOPLE, APART = 2_000_000, 200_000
REPEATS = 3


def run_write() -> Figure:
    """Seconds by the clock of `popmodel workbook`."""
    with tempfile.TemporaryDirectory() as folder:
        return figure([_timed("workbook", str(PACK), "--out", f"{folder}/{turn}.xlsx")[0] for turn in range(REPEATS)])


def run_import() -> Figure:
    """Seconds by the clock of `popmodel import` with registered people of every age and births of this year filled in."""
    with tempfile.TemporaryDirectory() as folder:
        pack, path = Path(folder) / "xichuan", Path(folder) / "filled.xlsx"
        shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns(".imports"))
        _timed("workbook", str(pack), "--out", str(path), "--lang", "zh")
        _fill(path)
        return figure([_timed("import", str(pack), str(path), "--dry-run")[0] for _ in range(REPEATS)])


def run_reconcile() -> Figure:
    """Seconds by the clock of `popmodel reconcile`."""
    return figure([_reconciled()[0]])


def run_reconcile_memory() -> Figure:
    """The most memory that command held, GB."""
    most = _reconciled()[1] / 1e6
    return Figure(most, most, 0.0, "GB")


def _timed(*arguments: str) -> tuple[Seconds, float]:
    """Time and memory (kB) of a command."""
    start = time.perf_counter()
    with subprocess.Popen(popmodel(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"popmodel {arguments[0]} failed")
    return Seconds(time.perf_counter() - start, used.ru_utime), used.ru_maxrss


def _fill(path: Path) -> None:
    import openpyxl

    book = openpyxl.load_workbook(path)
    registered, births = book["户籍人口"], book["出生"]
    columns = {str(cell.value): cell.column for cell in registered[6]}
    for row in range(7, 108):
        for sex in ("男", "女"):
            used = registered.cell(row, columns[f"现用：{sex}"]).value
            registered.cell(row, columns[sex], round(0.98 * used))
        registered.cell(row, columns["性质"], "公布数")
        registered.cell(row, columns["来源"], "benchmark")
    for month in range(1, 10):
        for column, value in enumerate(
            (2026, month, "本县", "未分", None, None, None, 250 + month, "公布数", "benchmark"), start=1
        ):
            births.cell(17 + month, column).value = value
    book.save(path)


@cache
def _reconciled() -> tuple[Seconds, float]:
    with tempfile.TemporaryDirectory() as folder:
        lists = [Path(folder) / name for name in ("a.csv", "b.csv")]
        for place, path in enumerate(lists):
            _write(path, place * APART)
        return _timed("reconcile", *map(str, lists), "--out", folder)


def _write(path: Path, first: int) -> None:
    """People from number `first` on, every cell worked out from the number."""
    start = date(2020, 1, 1)
    with path.open("w", encoding="utf-8") as out:
        out.write("id,birth_date,township\n")
        for number in range(first, first + PEOPLE):
            own = hashlib.sha256(str(number).encode()).hexdigest()
            out.write(f"{own},{start + timedelta(days=number * 7919 % 2_500)},4113260{number % 17 + 1:02d}\n")
