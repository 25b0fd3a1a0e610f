"""An area's censuses as stocks by sex and single age, graduated from the published groups.

Nothing is moved in time here: a stock keeps the date of its census.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from popmodel.demography import SEXES, graduate_counts, split_open_group
from popmodel.demography.life_table import Array

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
    return [
        Census(date, np.stack([_single_ages(rows[rows["sex"] == sex], person_years[index]) for index, sex in enumerate(SEXES)]))
        for date, rows in sorted(((as_date(key), group) for key, group in table.groupby("date")), key=lambda item: item[0])
    ]


def year_fraction(date: dt.date) -> float:
    """The part of the calendar year that remains from 0 h on `date` to 24 h on 31 December."""
    start, end = dt.date(date.year, 1, 1), dt.date(date.year + 1, 1, 1)
    return (end - date).days / (end - start).days


def _single_ages(groups: pd.DataFrame, person_years: Array) -> Array:
    groups = groups.sort_values("age_lo")
    bounds = groups["age_lo"].astype(int).tolist()
    totals = groups["population"].to_numpy(dtype=float)
    closed = graduate_counts(totals[:-1], bounds)
    return np.concatenate([closed, split_open_group(totals[-1], person_years[bounds[-1] :])])


def as_date(value: object) -> dt.date:
    """A date cell, whatever date type the table holds, as a date."""
    return pd.Timestamp(str(value)).date()
