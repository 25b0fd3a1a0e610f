"""An area's censuses as stocks by sex and single age, graduated from the published groups.

Nothing is moved in time here: a stock keeps the date of its census.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Area
from popmodel.areas.reference import COUNTRY
from popmodel.demography import SEXES, graduate_counts, hold_out, split_open_group
from popmodel.demography.arrays import Array
from popmodel.forecast.series import equals

AGES = 101
CENSUS_YEAR = 2020
# The last year with published figures; scenarios part after it.
LAUNCH = 2025


@dataclass(frozen=True)
class Census:
    """A census stock: `population` (sex, age 0..100) in persons at 0 h on `date`, of whom `held_out` live in group quarters."""

    date: dt.date
    population: Array
    held_out: Array


def area_censuses(area: Area) -> list[Census]:
    """The censuses of an area's own pack, earliest first; see `censuses`."""
    return censuses(area.tables["census_population"], old_people(area), area.tables.get("group_quarters"))


def censuses(table: pd.DataFrame, old: Array, quarters: pd.DataFrame | None = None) -> list[Census]:
    """The censuses of a `census_population` table, earliest first, in single ages.

    old: (sex, age), persons by single age of a larger population (`old_people`), like whom the open group is spread over
    its ages; quarters: the pack's `group_quarters`, whose groups are spread like the residents of these ages. Group totals are
    kept exactly.
    """
    dates = table["date"].map(as_date).to_numpy()
    ages, persons = table["age_lo"].to_numpy(dtype=int), table["population"].to_numpy(dtype=float)
    by_sex = [equals(table, "sex", sex) for sex in SEXES]

    def single_ages(chosen: npt.NDArray[np.bool_], open_group: Array) -> Array:
        return _single_ages(ages[chosen], persons[chosen], open_group)

    found = []
    for date in sorted(set(dates)):
        stock = np.stack([single_ages(chosen & (dates == date), old[i]) for i, chosen in enumerate(by_sex)])
        found.append(Census(date, stock, hold_out(stock, _in_quarters(quarters, date, stock)).held))
    return found


def _in_quarters(quarters: pd.DataFrame | None, date: dt.date, stock: Array) -> Array:
    """People in group quarters (sex, age) on the date of a census, each group spread like the residents of its ages."""
    held = np.zeros_like(stock)
    if quarters is None:
        return held
    rows = quarters[quarters["date"].map(as_date) == date]
    for sex, low, high, persons in zip(rows["sex"], rows["age_lo"], rows["age_hi"], rows["population"], strict=True):
        place, ages = SEXES.index(str(sex)), slice(int(low), AGES if pd.isna(high) else int(high) + 1)
        residents = stock[place, ages]
        held[place, ages] += float(persons) * residents / max(float(residents.sum()), 1.0)
    return held


def year_fraction(date: dt.date) -> float:
    """The part of the calendar year that remains from 0 h on `date` to 24 h on 31 December."""
    start, end = dt.date(date.year, 1, 1), dt.date(date.year + 1, 1, 1)
    return (end - date).days / (end - start).days


def old_people(area: Area) -> Array:
    """Persons (sex, age 0..100) of the area's province, or of the nation, at the census: their table goes on to 100 by fives."""
    deaths = area.reference.tables["deaths"]
    code = area.province if area.province in set(deaths["area"]) else COUNTRY
    found = []
    for sex in SEXES:
        lowest, _, persons = counted_deaths(deaths, code, sex)
        found.append(graduate_counts(persons, lowest.tolist(), open_group=True))
    return np.stack(found)


def counted_deaths(
    deaths: pd.DataFrame, area: str, sex: str, residence: str = "total", census: int = CENSUS_YEAR
) -> tuple[npt.NDArray[np.int_], Array, Array]:
    """Lowest ages, deaths and population by group of an area in the year before a census, from the reference's `deaths`."""
    rows = deaths[equals(deaths, "area", area)]
    rows = rows[equals(rows, "sex", sex) & equals(rows, "urban_rural", residence) & equals(rows, "census", census)]
    lowest, *counts = (rows[column].to_numpy(dtype=float) for column in ("age_lo", "deaths", "population"))
    order = np.argsort(lowest)
    return lowest[order].astype(int), counts[0][order], counts[1][order]


def _single_ages(lowest: npt.NDArray[np.int_], persons: Array, old: Array) -> Array:
    order = np.argsort(lowest)
    bounds, totals = lowest[order].tolist(), persons[order]
    closed = graduate_counts(totals[:-1], bounds)
    return np.concatenate([closed, split_open_group(totals[-1], old[bounds[-1] :])])


def as_date(value: object) -> dt.date:
    """A date cell, whatever date type the table holds, as a date."""
    return value.date() if isinstance(value, dt.datetime) else pd.Timestamp(str(value)).date()
