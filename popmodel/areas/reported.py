"""Single figures of a year that a pack's `series` reports, and people registered: counted by the county, or only reported."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from popmodel.areas.packs import Area


class Reported(NamedTuple):
    """A figure of one `year`, in the unit of its indicator, with its status."""

    year: int
    value: float
    status: str


def reported(area: Area, indicator: str) -> Reported | None:
    """The latest figure the pack's own series gives for `indicator`; None when it has none."""
    series = area.tables.get("series")
    own = series[series["indicator"] == indicator].sort_values("year") if series is not None else pd.DataFrame()
    if own.empty:
        return None
    last = own.iloc[-1]
    return Reported(int(last["year"]), float(last["value"]), str(last["status"]))


def counted_registered(area: Area) -> tuple[int, float] | None:
    """Year and persons of the county's latest own count of its registered people; None where it has given none."""
    stocks = area.facts.own.stocks
    if not stocks:
        return None
    last = max(stocks, key=lambda stock: stock.date)
    return last.date.year, float(sum(persons.sum() for persons in last.persons))


def known_registered(area: Area) -> tuple[int, float] | None:
    """Year and persons of the registered people counted or reported last; None where they are neither."""
    told = reported_registered(area)
    return counted_registered(area) if told is None else (told.year, told.value)


def reported_registered(area: Area) -> Reported | None:
    """The registered people reported of a county that has not counted them itself in that year or later; None elsewhere.

    Who has counted needs no report to hold the derived people against: they are carried from the count.
    """
    told, counted = reported(area, "registered_population"), counted_registered(area)
    return told if told is not None and (counted is None or counted[0] < told.year) else None
