"""Census tables of made-up counties much like Xichuan, in the layout in which a country's counties are read."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from popmodel.areas import Area

BOTH, LAST = (0, 1), (1,)


def header(xichuan: Area) -> list[str]:
    """The columns: identity and totals, then an age group a column, men first."""
    found = ["code", "name", "census_date", "total", "urban", "registered"]
    for sex, lowest in zip(("male", "female"), xichuan.facts.counts[0].lowest, strict=True):
        highest = [*(low - 1 for low in lowest[1:]), None]
        for low, high in zip(lowest, highest, strict=True):
            found.append(f"{sex}_{low}plus" if high is None else f"{sex}_{low}" if high == low else f"{sex}_{low}_{high}")
    return found


def rows(xichuan: Area, code: str, *, size: float = 1.0, censuses: Sequence[int] = BOTH) -> list[list[object]]:
    """A county of `size` times Xichuan, its age groups off by up to a tenth, differently for each code."""
    random = np.random.default_rng(int(code))
    factors = size * random.uniform(0.9, 1.1, 19)
    found: list[list[object]] = []
    for census in censuses:
        count = xichuan.facts.counts[census]
        groups = [round(number) for persons in count.persons for number in persons * factors * random.uniform(0.97, 1.03, 19)]
        total = sum(groups)
        registered = round(total * 1.15) if census == 0 else ""
        found.append([code, f"县{code}", count.date, total, round(total * 0.4), registered, *groups])
    return found


def many(xichuan: Area, number: int) -> list[list[object]]:
    """So many counties of three prefectures, every fourth with the last census only."""
    codes = [f"41{(1, 3, 16)[one % 3]:02d}{21 + one // 3:02d}" for one in range(number)]
    return [row for place, code in enumerate(codes) for row in rows(xichuan, code, censuses=LAST if place % 4 == 3 else BOTH)]


def write(path: Path, xichuan: Area, lines: Iterable[Sequence[object]], encoding: str = "utf-8") -> Path:
    """The table as a CSV file; gives its path."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header(xichuan))
        writer.writerows(lines)
    return path
