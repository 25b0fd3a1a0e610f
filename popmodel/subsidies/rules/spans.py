"""Days, birthdays and months as the rules count them, on whole columns.

A person turns n on the birthday; one born on 29 February on 28 February of a common year, the last day of that month
(Civil Code of the PRC, art. 202: where the last month has no such day, its last day counts).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from popmodel.parameters import DatedParameter, to_fen
from popmodel.subsidies.rules.entitlement import Counts, Days

NEVER = np.datetime64("NaT", "D")


def as_day(day: date) -> np.datetime64:
    """A date as the columns hold it."""
    return np.datetime64(day, "D")


def birthday(born: Days, age: int | Counts) -> Days:
    """The day on which people born on `born` turn `age`.

    >>> birthday(np.array(["1964-02-29"], dtype="datetime64[D]"), 61)
    array(['2025-02-28'], dtype='datetime64[D]')
    """
    months = born.astype("datetime64[M]")
    of_month = born - months.astype("datetime64[D]")
    then = months + 12 * np.asarray(age)
    last = (then + 1).astype("datetime64[D]") - then.astype("datetime64[D]") - 1
    return np.asarray(then.astype("datetime64[D]") + np.minimum(of_month, last))


def latest(*days: Days | np.datetime64) -> Days:
    """The latest of the days that there are, NaT where there is none."""
    return _together(np.fmax, days)


def earliest(*days: Days | np.datetime64) -> Days:
    """The earliest of the days that there are, NaT where there is none."""
    return _together(np.fmin, days)


def months_within(start: Days, end: Days, year: int) -> tuple[Counts, Counts]:
    """First month of `year` (1-12) touched by the days from `start` to `end`, and how many months are; 0 months where none is.

    An empty end is no end, an empty start no span at all.
    """
    first_of_year = np.datetime64(f"{year}-01", "M")
    from_month = (start.astype("datetime64[M]") - first_of_year).astype(np.int64)
    to_month = (end.astype("datetime64[M]") - first_of_year).astype(np.int64)
    from_month = np.where(np.isnat(start), 12, np.maximum(from_month, 0))
    to_month = np.where(np.isnat(end), 11, np.minimum(to_month, 11))
    count = np.where(np.isnat(start) | (end < start), 0, np.maximum(to_month - from_month + 1, 0))
    return from_month + 1, count


def monthly_fen(standard: DatedParameter, year: int) -> list[int]:
    """The monthly standard of each month of `year`, whole fen: the one in force on the month's first day."""
    return [to_fen(standard.at(date(year, month, 1))) for month in range(1, 13)]


def sum_of_months(fen: Sequence[int], first: Counts, count: Counts) -> Counts:
    """What `count` months from month `first` (1-12) on come to, at each month's amount in `fen`."""
    running = np.concatenate([[0], np.cumsum(fen)])
    begin = np.clip(first - 1, 0, 12)
    return np.asarray(running[np.minimum(begin + count, 12)] - running[begin], dtype=np.int64)


def _together(choose: np.ufunc, days: Sequence[Days | np.datetime64]) -> Days:
    found = days[0]
    for other in days[1:]:
        found = choose(found, other)
    return np.asarray(found)
