"""Death rates by year, sex and single age: the province's census rates at a corrected e0, then the United Nations' gains.

Census deaths are under-registered, so the level comes from an assumed e0 and only the age pattern from the deaths counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.demography import SEXES, deaths_before_birthday, graduate_rates, life_table, rates_at_e0, survival_ratios
from popmodel.demography.arrays import Array
from popmodel.forecast.series import equals, value_path
from popmodel.parameters import AssumptionBook

CENSUS_YEAR = 2020
COUNTRY = "100000"


class Mortality(NamedTuple):
    """Mortality of `years`: every array (year, sex, age) but e0 (year, sex)."""

    rates: Array
    survival: Array
    deaths_before_birthday: Array
    person_years: Array
    e0: Array


def mortality(area: Area, book: AssumptionBook, years: Sequence[int]) -> Mortality:
    """Rates, survival ratios, L and e0 of each year.

    e0 of a year is the assumed e0 of 2020 (`mortality.e0_male`, `mortality.e0_female`) plus the gain since 2020 in the United
    Nations' path for China, times `mortality.gain_factor`; before 2020 it is that of 2020.
    """
    deaths = area.reference.tables["deaths"]
    source = area.province if area.province in set(deaths["area"]) else COUNTRY
    by_sex = []
    for sex in SEXES:
        path = value_path(area.reference.tables["wpp_china"], f"e0_{sex}", [CENSUS_YEAR, *years])
        gain = np.where(np.asarray(years) > CENSUS_YEAR, path[1:] - path[0], 0.0)
        e0 = float(book.value(f"mortality.e0_{sex}")) + gain * book.path("mortality.gain_factor", years)
        by_sex.append(life_table(rates_at_e0(census_rates(deaths, source, sex), sex, e0), sex))

    def by_year(values: Iterable[Array]) -> Array:
        return np.stack(list(values), axis=1)

    return Mortality(
        rates=by_year(table.m for table in by_sex),
        survival=by_year(survival_ratios(table) for table in by_sex),
        deaths_before_birthday=by_year(deaths_before_birthday(table) for table in by_sex),
        person_years=by_year(table.L for table in by_sex),
        e0=by_year(table.e[..., 0] for table in by_sex),
    )


def census_rates(deaths: pd.DataFrame, area: str, sex: str) -> Array:
    """Death rates (age 0..100) as counted: deaths over population by group, graduated to single ages, the open group kept."""
    chosen = equals(deaths, "area", area) & equals(deaths, "sex", sex) & equals(deaths, "urban_rural", "total")
    ages, count, exposed = (deaths[column].to_numpy()[chosen] for column in ("age_lo", "deaths", "population"))
    order = np.argsort(ages)
    rates = (count / exposed)[order].astype(float)
    return np.append(graduate_rates(rates[:-1], ages[order].astype(int).tolist()), rates[-1])
