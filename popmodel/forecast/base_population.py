"""An area's censuses as stocks by sex and single age, graduated from the published groups.

Nothing is moved in time here: a stock keeps the date of its census.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.demography import SEXES, graduate_counts, split_open_group
from popmodel.demography.arrays import Array
from popmodel.forecast.series import equals

AGES = 101


@dataclass(frozen=True)
class Census:
    """A census stock: `population` (sex, age 0..100) in persons at 0 h on `date`."""

    date: dt.date
    population: Array


def censuses(table: pd.DataFrame, person_years: Array) -> list[Census]:
    """The censuses of a `census_population` table, earliest first, in single ages.

    person_years: (sex, age), L of a life table, by which the open group is spread over its ages.
    Group totals are kept exactly.
    """
    dates = table["date"].map(as_date).to_numpy()
    ages, persons = table["age_lo"].to_numpy(dtype=int), table["population"].to_numpy(dtype=float)
    by_sex = [equals(table, "sex", sex) for sex in SEXES]

    def single_ages(chosen: npt.NDArray[np.bool_], open_group: Array) -> Array:
        return _single_ages(ages[chosen], persons[chosen], open_group)

    return [
        Census(date, np.stack([single_ages(chosen & (dates == date), person_years[i]) for i, chosen in enumerate(by_sex)]))
        for date in sorted(set(dates))
    ]


def year_fraction(date: dt.date) -> float:
    """The part of the calendar year that remains from 0 h on `date` to 24 h on 31 December."""
    start, end = dt.date(date.year, 1, 1), dt.date(date.year + 1, 1, 1)
    return (end - date).days / (end - start).days


def _single_ages(lowest: npt.NDArray[np.int_], persons: Array, person_years: Array) -> Array:
    order = np.argsort(lowest)
    bounds, totals = lowest[order].tolist(), persons[order]
    closed = graduate_counts(totals[:-1], bounds)
    return np.concatenate([closed, split_open_group(totals[-1], person_years[bounds[-1] :])])


def as_date(value: object) -> dt.date:
    """A date cell, whatever date type the table holds, as a date."""
    return value.date() if isinstance(value, dt.datetime) else pd.Timestamp(str(value)).date()
