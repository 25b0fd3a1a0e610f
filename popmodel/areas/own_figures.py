"""What only a county itself knows of the years since its census: births, deaths, moves, stocks, claims, as far as it gives them.

Whole years hold a forecast to them, parts of a year tell of the whole, and totals bind what is derived; nothing here judges.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas.schemas import BOTH, EVERY_ORDER, GROUPS, ORDERS, SEXES

Tables = Mapping[str, pd.DataFrame]


class StockByAge(NamedTuple):
    """People counted at the end of `date`: by sex, or of both together, the lowest ages of the groups, rising, the last one open,
    and persons."""

    date: dt.date
    lowest: tuple[tuple[int, ...], ...]
    persons: tuple[npt.NDArray[np.float64], ...]


class MonthsOfBirths(NamedTuple):
    """Births of some months of a year: (first day, last day, births), of the `residents` or the `registered` people."""

    group: str
    year: int
    months: tuple[tuple[dt.date, dt.date, float], ...]


class Claims(NamedTuple):
    """Children of a birth year claimed for up to the end of `to_date`, by month of birth."""

    to_date: dt.date
    year: int
    by_month: Mapping[int, float]


class DeathsOfAges(NamedTuple):
    """Deaths of one `sex` (male, female or both) aged `low` to `high`, None for the open age."""

    sex: str
    low: int
    high: int | None
    deaths: float


class CountedDeaths(NamedTuple):
    """Deaths of a year of one population, of `every_age` or of those that are told."""

    cells: tuple[DeathsOfAges, ...]
    every_age: bool

    @property
    def total(self) -> float:
        return sum(cell.deaths for cell in self.cells)


@dataclass(frozen=True)
class OwnFigures:
    """A county's own figures, persons, by year where not said otherwise; all empty for an area of a census table.

    births, registered_births: whole years; months: parts of years; residents: at the year end; registered_moves: net moves of
    registration; deaths: of whole years by (group, year), of all ages or some; stocks: registered people by age; claims: for the
    childcare allowance; deaths_since: deaths counted since the census year, and those expected of the same people, ages and years
    (see `launch`).
    """

    births: Mapping[int, float] = field(default_factory=dict)
    registered_births: Mapping[int, float] = field(default_factory=dict)
    months: tuple[MonthsOfBirths, ...] = ()
    residents: Mapping[int, float] = field(default_factory=dict)
    registered_moves: Mapping[int, float] = field(default_factory=dict)
    resident_moves: Mapping[int, float] = field(default_factory=dict)
    deaths: Mapping[tuple[str, int], CountedDeaths] = field(default_factory=dict)
    stocks: tuple[StockByAge, ...] = ()
    claims: tuple[Claims, ...] = ()
    deaths_since: tuple[float, float] | None = None

    def deaths_of(self, year: int) -> tuple[str, CountedDeaths] | None:
        """The deaths that say most of a year, and whose: of every age before some, of residents before the registered."""
        known = [(group, self.deaths[group, year]) for group in GROUPS if (group, year) in self.deaths]
        return next((one for one in known if one[1].every_age), known[0] if known else None)


NONE = OwnFigures()


def own_figures(tables: Tables) -> OwnFigures:
    """What the tables of a pack tell beside its censuses."""
    of_residents, of_registered = (_births(tables.get("births"), group) for group in ("residents", "registered"))
    return OwnFigures(
        births=_whole_years(of_residents),
        registered_births=_whole_years(of_registered),
        months=(*_parts("residents", of_residents), *_parts("registered", of_registered)),
        residents=_series(tables.get("series"), "population_year_end"),
        registered_moves=_net_moves(tables.get("moves"), "registered"),
        resident_moves=_net_moves(tables.get("moves"), "residents"),
        deaths=_deaths(tables.get("deaths_by_age")),
        stocks=_stocks(tables.get("registered_population")),
        claims=_claims(tables.get("allowance_claims")),
    )


def _births(table: pd.DataFrame | None, group: str) -> dict[tuple[int, int], float]:
    """Births of one population by (year, month; 0 for the whole year), where the table tells all of them.

    Those of residents are of mothers who live here, those of registered people of children registered here; the other side is
    not told, or both of its parts are.
    """
    if table is None:
        return {}
    own, other, parts = ("lives", "registered", ("here", "elsewhere"))
    if group == "registered":
        own, other, parts = ("registered", "lives", ("here", "away"))
    rows = table[np.asarray(table[own] == "here", dtype=bool)]
    sums: dict[tuple[int, int], dict[str, dict[str, float]]] = {}
    months = rows["month"].fillna(0)
    for year, month, side, order, births in zip(rows["year"], months, rows[other], rows["order"], rows["births"], strict=True):
        sums.setdefault((int(year), int(month)), {}).setdefault(str(side), {})[str(order)] = float(births)
    found = {}
    for when, by_side in sums.items():
        of_sides = {side: total for side, orders in by_side.items() if (total := _of_every_order(orders)) is not None}
        if "any" in of_sides:
            found[when] = of_sides["any"]
        elif all(part in of_sides for part in parts):
            found[when] = sum(of_sides[part] for part in parts)
    return found


def _of_every_order(orders: Mapping[str, float]) -> float | None:
    if EVERY_ORDER in orders:
        return orders[EVERY_ORDER]
    return sum(orders.values()) if all(order in orders for order in ORDERS) else None


def _whole_years(births: Mapping[tuple[int, int], float]) -> dict[int, float]:
    """Years given as a whole, or by all of their months."""
    years = {year for year, _ in births}
    found = {}
    for year in sorted(years):
        months = [births[year, month] for month in range(1, 13) if (year, month) in births]
        if (year, 0) in births:
            found[year] = births[year, 0]
        elif len(months) == 12:
            found[year] = sum(months)
    return found


def _parts(group: str, births: Mapping[tuple[int, int], float]) -> Iterable[MonthsOfBirths]:
    """Years of which only some months are given."""
    whole = _whole_years(births)
    for year in sorted({year for year, _ in births} - set(whole)):
        months = [
            (dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]), births[year, month])
            for month in range(1, 13)
            if (year, month) in births
        ]
        yield MonthsOfBirths(group, year, tuple(months))


def _series(table: pd.DataFrame | None, indicator: str) -> dict[int, float]:
    if table is None:
        return {}
    rows = table[np.asarray(table["indicator"] == indicator, dtype=bool)]
    return {int(year): float(value) for year, value in zip(rows["year"], rows["value"], strict=True)}


def _net_moves(table: pd.DataFrame | None, group: str) -> dict[int, float]:
    """Those who came less those who left, in years that tell both."""
    if table is None:
        return {}
    rows = table[np.asarray(table["group"] == group, dtype=bool)]
    sums: dict[int, dict[str, float]] = {}
    for year, direction, persons in zip(rows["year"], rows["direction"], rows["persons"], strict=True):
        of_year = sums.setdefault(int(year), {})
        of_year[str(direction)] = of_year.get(str(direction), 0.0) + float(persons)
    return {year: ways["in"] - ways["out"] for year, ways in sorted(sums.items()) if {"in", "out"} <= set(ways)}


def _deaths(table: pd.DataFrame | None) -> dict[tuple[str, int], CountedDeaths]:
    if table is None:
        return {}
    found = {}
    for group, year in dict.fromkeys(zip(table["group"], table["year"], strict=True)):
        rows = table[np.asarray((table["group"] == group) & (table["year"] == year), dtype=bool)]
        by_sex = [_covers_every_age(own) for _, own in rows.groupby("sex")]
        cells = tuple(
            DeathsOfAges(str(sex), int(low), None if pd.isna(high) else int(high), float(deaths))
            for sex, low, high, deaths in zip(rows["sex"], rows["age_lo"], rows["age_hi"], rows["deaths"], strict=True)
        )
        every_age = set(rows["sex"]) in ({BOTH}, set(SEXES)) and all(by_sex)
        found[str(group), int(year)] = CountedDeaths(cells, every_age)
    return found


def _covers_every_age(rows: pd.DataFrame) -> bool:
    groups = sorted(zip(rows["age_lo"], rows["age_hi"], strict=True), key=lambda group: group[0])
    reached = 0
    for low, high in groups:
        if low != reached:
            return False
        if pd.isna(high):
            return True
        reached = int(high) + 1
    return False


def _stocks(table: pd.DataFrame | None) -> tuple[StockByAge, ...]:
    if table is None:
        return ()
    found = []
    for date, rows in table.groupby("date"):
        told = (BOTH,) if BOTH in set(rows["sex"]) else SEXES
        by_sex = [rows[np.asarray(rows["sex"] == sex, dtype=bool)].sort_values("age_lo") for sex in told]
        lowest = tuple(tuple(int(age) for age in own["age_lo"]) for own in by_sex)
        persons = tuple(own["population"].to_numpy(dtype=float) for own in by_sex)
        found.append(StockByAge(pd.Timestamp(str(date)).date(), lowest, persons))
    return tuple(found)


def _claims(table: pd.DataFrame | None) -> tuple[Claims, ...]:
    """The latest count of each birth year."""
    if table is None:
        return ()
    found = []
    for year, rows in table.groupby("birth_year"):
        latest = rows[np.asarray(rows["to_date"] == rows["to_date"].max(), dtype=bool)]
        by_month = {int(month): float(claims) for month, claims in zip(latest["birth_month"], latest["claims"], strict=True)}
        found.append(Claims(pd.Timestamp(latest["to_date"].iloc[0]).date(), int(str(year)), by_month))
    return tuple(found)
