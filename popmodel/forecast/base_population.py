"""An area's censuses as stocks by sex and single age, graduated from the published groups.

Nothing is moved in time here: a stock keeps the date of its census.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Place
from popmodel.areas.facts import Count, counts_of_table
from popmodel.areas.reference import COUNTRY
from popmodel.demography import SEXES, graduate_counts, hold_out, split_open_group
from popmodel.demography.arrays import Array, areas_first, areas_last
from popmodel.forecast.recent import Recent
from popmodel.forecast.series import equals

AGES = 101
CENSUS_YEAR = 2020
# The last year with published figures; scenarios part after it.
LAUNCH = 2025

_OLD_PEOPLE = Recent[Array](64)


@dataclass(frozen=True)
class Census:
    """A census stock: `population` (sex, age 0..100, …), persons at 0 h on `date`, of whom `held_out` live in group quarters."""

    date: dt.date
    population: Array
    held_out: Array


def area_censuses(place: Place, year: int = CENSUS_YEAR) -> list[Census]:
    """The censuses of an area's own pack, earliest first, in single ages; areas side by side have them on the last axis.

    The open group is spread over its ages like `old_people` at the census of `year`, those in group quarters like the residents
    of their ages. Group totals are kept exactly.
    """
    old = old_people(place, year)
    return [_census(count, old) for count in place.facts.counts]


def censuses(table: pd.DataFrame, old: Array) -> list[Census]:
    """The censuses of a `census_population` table of one area, earliest first, in single ages.

    old: (sex, age), persons of a larger population (`old_people`), like whom the open group is spread over its ages.
    """
    return [_census(count, old) for count in counts_of_table(table)]


def _census(count: Count, old: Array) -> Census:
    by_sex = [
        _single_ages(ages, persons, old[sex]) for sex, (ages, persons) in enumerate(zip(count.lowest, count.persons, strict=True))
    ]
    stock = np.stack(by_sex)
    if not count.quarters:
        return Census(count.date, stock, np.zeros_like(stock))
    asked = np.zeros_like(stock)
    for sex, low, high, persons in count.quarters:
        ages = slice(low, AGES if high is None else high + 1)
        residents = stock[sex, ages]
        asked[sex, ages] += persons * residents / np.maximum(residents.sum(axis=0), 1.0)
    held = hold_out(areas_first(stock, 2), areas_first(asked, 2)).held
    return Census(count.date, stock, areas_last(held, 2))


def year_fraction(date: dt.date) -> float:
    """The part of the calendar year that remains from 0 h on `date` to 24 h on 31 December."""
    start, end = dt.date(date.year, 1, 1), dt.date(date.year + 1, 1, 1)
    return (end - date).days / (end - start).days


def old_people(place: Place, census: int = CENSUS_YEAR) -> Array:
    """Persons (sex, age 0..100) of the province, or of the nation, at a census: their table goes on to 100 by fives."""
    return _OLD_PEOPLE.of(place, (place.province, census), lambda: _old_people(place, census))


def counted_deaths(
    deaths: pd.DataFrame, area: str, sex: str, residence: str = "total", census: int = CENSUS_YEAR
) -> tuple[npt.NDArray[np.int_], Array, Array]:
    """Lowest ages, deaths and population by group of an area in the year before a census, from the reference's `deaths`."""
    rows = deaths[equals(deaths, "area", area)]
    rows = rows[equals(rows, "sex", sex) & equals(rows, "urban_rural", residence) & equals(rows, "census", census)]
    lowest, *counts = (rows[column].to_numpy(dtype=float) for column in ("age_lo", "deaths", "population"))
    order = np.argsort(lowest)
    return lowest[order].astype(int), counts[0][order], counts[1][order]


def deaths_source(place: Place) -> str:
    """The province where the reference has its deaths, else the nation."""
    return place.province if place.province in set(place.reference.tables["deaths"]["area"]) else COUNTRY


def _old_people(place: Place, census: int) -> Array:
    deaths, code = place.reference.tables["deaths"], deaths_source(place)
    found = []
    for sex in SEXES:
        lowest, _, persons = counted_deaths(deaths, code, sex, census=census)
        found.append(graduate_counts(persons, lowest.tolist(), open_group=True))
    return np.stack(found)


def _single_ages(lowest: Sequence[int], persons: Array, old: Array) -> Array:
    """Persons (age, …) of the groups (group, …) of one sex."""
    counted = areas_first(persons, 1)
    closed = graduate_counts(counted[..., :-1], lowest)
    return areas_last(np.concatenate([closed, split_open_group(counted[..., -1], old[lowest[-1] :])], axis=-1), 1)
