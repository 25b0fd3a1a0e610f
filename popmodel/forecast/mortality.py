"""Death rates by year, sex and single age: the census pattern of town and country at a corrected e0, then the UN's gains by age.

Census deaths are under-registered, so the level comes from an assumed e0 of the province and only the pattern from the deaths
counted. Rates run to age 130 by Kannisto's model inside and are shown closed at 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Area
from popmodel.areas.reference import COUNTRY
from popmodel.demography import (
    SEXES,
    LeeCarter,
    LifeTable,
    adjust_k_to_e0,
    brass_to_e0,
    close_at,
    deaths_before_birthday,
    expected_deaths,
    kannisto,
    li_lee,
    life_table,
    mixed_rates,
    per_person,
    scaled_to_e0,
    shrunk_mortality_ratio,
    survival_ratios,
    to_single,
)
from popmodel.demography.arrays import Array
from popmodel.forecast.base_population import CENSUS_YEAR, LAUNCH, area_censuses, counted_deaths
from popmodel.forecast.fertility import urban_share
from popmodel.forecast.series import equals, value_path, yearly
from popmodel.parameters import AssumptionBook

OPEN_AGE = 100
RECOVERED = 2026
CHILDREN, ROUNDS = 5, 30
# Years of e0 to either side at which survival is worked out for its polynomial.
DEVIATION = 2.0
# Five-year groups from 80 to 95 carry the fit at old ages; single ages lie inside them.
OLD_AGES = (80, 98)


class Mortality(NamedTuple):
    """Mortality of `years`: every array (year, sex, age 0..100) but e0 (year, sex)."""

    rates: Array
    survival: Array
    deaths_before_birthday: Array
    person_years: Array
    e0: Array


class Level(NamedTuple):
    """What the mortality of every year starts from: rates of the census year (sex, age 0..130), and the fall by age (age).

    decline is None where later years are moved to their e0 as the census year was.
    """

    rates: Array
    decline: Array | None


def mortality_level(area: Area, book: AssumptionBook) -> Level:
    """The area's death rates in the census year, and the ages at which they will fall."""
    by_age = bool(float(book.value("mortality.gains_by_age")))
    decline = gains_by_age(area.reference.tables["wpp_death_rates"]) if by_age else None
    return Level(np.stack([rates_at_census(area, book, sex) for sex in SEXES]), decline)


def mortality_path(area: Area, book: AssumptionBook, years: Sequence[int], level: Level | None = None) -> Mortality:
    """Rates, survival ratios, L and e0 of each year; level: `mortality_level`, where it is known already.

    e0 of a year is that of the census year (`rates_at_census`) plus the nation's gain since then (`national_gain`), negative
    before it; from the launch on each year's further gain is multiplied by `mortality.gain_factor`.
    """
    start = level or mortality_level(area, book)
    by_sex = [_tables(book, start, sex, _e0_path(area, book, start, sex, years)) for sex in SEXES]

    def by_year(values: Iterable[Array]) -> Array:
        return np.stack(list(values), axis=1)

    return Mortality(
        rates=by_year(table.m for table in by_sex),
        survival=by_year(survival_ratios(table) for table in by_sex),
        deaths_before_birthday=by_year(deaths_before_birthday(table) for table in by_sex),
        person_years=by_year(table.L for table in by_sex),
        e0=by_year(table.e[..., 0] for table in by_sex),
    )


def survival_polynomials(area: Area, book: AssumptionBook, years: Sequence[int], level: Level | None = None) -> Array:
    """Survival ratios as c0 + c1 z + c2 z², (year, 3, sex, age), where z is by how many years e0 departs from `mortality_path`.

    The parabola through the ratios at z = −2, 0 and 2; at z = 0 it is the path's ratio. Both sexes have the same z.
    """
    start = level or mortality_level(area, book)
    by_sex = []
    for sex in SEXES:
        e0 = _e0_path(area, book, start, sex, years)
        tables = _tables(book, start, sex, np.concatenate([e0 - DEVIATION, e0, e0 + DEVIATION]))
        lower, middle, upper = survival_ratios(tables).reshape(3, len(e0), -1)
        slope, bend = (upper - lower) / (2 * DEVIATION), (upper + lower - 2 * middle) / (2 * DEVIATION**2)
        by_sex.append(np.stack([middle, slope, bend], axis=1))
    return np.stack(by_sex, axis=2)


def _e0_path(area: Area, book: AssumptionBook, level: Level, sex: str, years: Sequence[int]) -> Array:
    """Life expectancy of one sex (year,)."""
    return np.asarray(life_table(level.rates[SEXES.index(sex)], sex).e[0] + _gain_with_factor(area, book, sex, years))


def _tables(book: AssumptionBook, level: Level, sex: str, e0: Array) -> LifeTable:
    """Life tables of one sex, closed at 100, at the life expectancies `e0` (table,)."""
    base = level.rates[SEXES.index(sex)]
    if level.decline is None:
        rates = _at_e0(book, base, sex, e0)
    else:
        held = LeeCarter(np.log(base), level.decline, np.zeros(len(e0)), np.ones(()))
        rates = held.rates(adjust_k_to_e0(held, sex, e0).k).T
    return close_at(life_table(rates, sex), OPEN_AGE)


def national_gain(area: Area, book: AssumptionBook, sex: str, years: Sequence[int]) -> Array:
    """Years of life expectancy (year,) that the nation has gained since the census year; negative before it.

    With `mortality.published_gains` those published for the nation up to the last of them, both sexes alike, and the United
    Nations' before the census and after it; else the United Nations' throughout. Their path dips by the pandemic until 2025 and
    recovers in 2026, which the published figures do not show: after these the gains are those of the path's years after 2026.
    """
    table, wanted = area.reference.tables["wpp_china"], np.asarray(years)
    expected = value_path(table, f"e0_{sex}", years) - value_path(table, f"e0_{sex}", [CENSUS_YEAR])
    published = yearly(area.reference.tables["series"], "e0", COUNTRY)
    known = published[published.index >= CENSUS_YEAR]
    if not float(book.value("mortality.published_gains")) or CENSUS_YEAR not in known.index:
        return np.asarray(expected)
    last = int(known.index[-1])
    gained = np.interp(wanted, known.index.to_numpy(dtype=float), known.to_numpy(dtype=float)) - float(known[CENSUS_YEAR])
    recovered = max(RECOVERED, last)
    path = value_path(table, f"e0_{sex}", [recovered, *(wanted + recovered - last)])
    later = gained + np.where(wanted > last, path[1:] - path[0], 0.0)
    return np.where(wanted < CENSUS_YEAR, expected, later)


def _gain_with_factor(area: Area, book: AssumptionBook, sex: str, years: Sequence[int]) -> Array:
    """`national_gain` (year,) with the gains of each year after the launch times the factor of that year."""
    every = np.arange(min(LAUNCH, *years), max(LAUNCH, *years) + 1)
    gain = national_gain(area, book, sex, every.tolist())
    factor = np.where(every[1:] > LAUNCH, book.path("mortality.gain_factor", every[1:].tolist()), 1.0)
    total = gain[0] + np.concatenate([[0.0], np.cumsum(np.diff(gain) * factor)])
    return np.asarray(total[np.searchsorted(every, years)])


def rates_at_census(area: Area, book: AssumptionBook, sex: str) -> Array:
    """The area's death rates (age 0..130) in the census year.

    A standard, the province's census rates or with `mortality.un_standard` the United Nations' for China, is moved to the
    assumed e0 by Brass's relational logit (`mortality.brass_logit`) or by one factor. With `mortality.urban_rural` the rates
    take the pattern of the area's mixture of the province's towns and villages over that of the province, and an e0 as far from
    the province's as the census has it. Where the pack has deaths of the census year, their ratio to those expected, drawn
    towards 1, multiplies all ages.
    """
    return _by_residence(area, book, sex) * local_ratio(area, book)


def local_ratio(area: Area, book: AssumptionBook) -> float:
    """Deaths of the area in the census year over those expected of it, drawn towards 1; 1 without deaths."""
    found = yearly(area.tables["series"], "deaths") if "series" in area.tables else pd.Series(dtype=float)
    if CENSUS_YEAR not in found.index:
        return 1.0
    stock, expected = area_censuses(area)[-1].population, 0.0
    for place, sex in enumerate(SEXES):
        shown = close_at(life_table(_by_residence(area, book, sex), sex), OPEN_AGE)
        expected += float(expected_deaths(stock[place], shown.m))
    strength = float(book.value("mortality.prior_deaths"))
    shrunk = shrunk_mortality_ratio([float(found[CENSUS_YEAR])], [expected], prior_strength=strength, prior_mean=1.0)
    return float(shrunk.ratio[0])


def province_rates(area: Area, book: AssumptionBook, sex: str) -> Array:
    """Death rates (age 0..130) of the area's province, or of the nation, in the census year: the standard at the assumed e0.

    With `mortality.un_children` ages 0 to 4, whose deaths a census misses most, have the United Nations' rates for China, and the
    ages from 5 on make up the e0.
    """
    e0 = np.asarray(float(book.value(f"mortality.e0_{sex}")))
    un = _un_rates(area.reference.tables["wpp_death_rates"], sex)
    if float(book.value("mortality.un_standard")):
        return _at_e0(book, un, sex, e0)
    standard = census_rates(area.reference.tables["deaths"], _source(area), sex)
    rates = _at_e0(book, standard, sex, e0)
    if not float(book.value("mortality.un_children")):
        return rates
    # The level moves a little with the children, and the children with the level: each round takes most of what is left.
    for _ in range(ROUNDS):
        standard = np.concatenate([standard[:CHILDREN] * un[:CHILDREN] / rates[:CHILDREN], standard[CHILDREN:]])
        rates = _at_e0(book, standard, sex, e0)
        if np.allclose(rates[:CHILDREN], un[:CHILDREN], rtol=1e-6):
            break
    return rates


def _un_rates(table: pd.DataFrame, sex: str) -> Array:
    """The United Nations' rates for China (age 0..130) of the five years from the census year on."""
    rows = table[equals(table, "from_year", CENSUS_YEAR) & equals(table, "sex", sex)].sort_values("age_lo")
    rates = per_person(rows["rate"].to_numpy(dtype=float), str(rows["unit"].iloc[0]))
    return _extended(rates, rows["age_lo"].to_numpy(dtype=int))


def _source(area: Area) -> str:
    return area.province if area.province in set(area.reference.tables["deaths"]["area"]) else COUNTRY


def _by_residence(area: Area, book: AssumptionBook, sex: str) -> Array:
    """The province's rates as the area's mixture of towns and villages has them."""
    rates, deaths, source = province_rates(area, book, sex), area.reference.tables["deaths"], _source(area)
    urban = urban_share(area) if float(book.value("mortality.urban_rural")) else None
    if urban is None:
        return rates
    counted, mixture = census_rates(deaths, source, sex), _mixture(deaths, source, sex, urban)
    apart = life_table(mixture, sex).e[0] - life_table(counted, sex).e[0]
    return _at_e0(book, rates * mixture / counted, sex, life_table(rates, sex).e[0] + apart)


def census_rates(deaths: pd.DataFrame, area: str, sex: str, residence: str = "total") -> Array:
    """Death rates (age 0..130) as counted: deaths over population by group, in single ages, extended by Kannisto's model."""
    lowest, count, exposed = counted_deaths(deaths, area, sex, residence)
    return _extended(count / exposed, lowest)


def gains_by_age(table: pd.DataFrame) -> Array:
    """Relative fall of the death rate by age (age 0..130), sum 1, as the United Nations expect it for China from 2020 on.

    The common factor of Li and Lee's coherent model of males and females: both fall alike, so that they do not drift apart.
    """
    rows = table[table["from_year"].to_numpy(dtype=int) >= CENSUS_YEAR].sort_values(["sex", "from_year", "age_lo"])
    (unit,) = set(rows["unit"])
    lowest = np.unique(rows["age_lo"].to_numpy(dtype=int))
    females_then_males = per_person(rows["rate"].to_numpy(dtype=float), unit).reshape(len(SEXES), -1, len(lowest))
    return li_lee(np.swapaxes(_extended(females_then_males, lowest), -1, -2)).B


def _extended(rates: Array, lowest: npt.NDArray[np.int_]) -> Array:
    """Abridged rates in single ages with Kannisto's model above the ages of its fit, to 130."""
    return kannisto(to_single(rates, lowest.tolist()), np.arange(lowest[-1] + 1), fit=OLD_AGES)[0]


def _mixture(deaths: pd.DataFrame, source: str, sex: str, urban: float) -> Array:
    """Rates of an area of which `urban` live in towns, as many of the old among them as in the province's towns."""
    lowest, _, town = counted_deaths(deaths, source, sex, "town")
    _, _, rural = counted_deaths(deaths, source, sex, "rural")
    in_town, in_country = urban * town / town.sum(), (1 - urban) * rural / rural.sum()
    rates = [census_rates(deaths, source, sex, residence) for residence in ("town", "rural")]
    share = np.repeat(in_town / (in_town + in_country), np.diff(np.append(lowest, len(rates[0]))))
    return mixed_rates(rates[0], rates[1], share)


def _at_e0(book: AssumptionBook, rates: Array, sex: str, e0: Array) -> Array:
    return (brass_to_e0 if float(book.value("mortality.brass_logit")) else scaled_to_e0)(rates, sex, e0)
