"""Death rates by year, sex and single age: the census pattern of town and country at a corrected e0, then the UN's gains by age.

Census deaths are under-registered, so the level comes from an assumed e0 of the province and only the pattern from the deaths
counted. Rates run to age 130 by Kannisto's model inside and are shown closed at 100.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Place, Places
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
from popmodel.forecast.base_population import CENSUS_YEAR, LAUNCH, area_censuses, counted_deaths, deaths_source
from popmodel.forecast.recent import Recent
from popmodel.forecast.series import equals, value_path, yearly
from popmodel.parameters import AssumptionBook

OPEN_AGE = 100
RECOVERED = 2026
CHILDREN, ROUNDS = 5, 30
# Years of e0 to either side at which survival is worked out for its polynomial.
DEVIATION = 2.0
# Five-year groups from 80 to 95 carry the fit at old ages; single ages lie inside them.
OLD_AGES = (80, 98)
# Shares of townspeople at which mortality is worked out for all areas of a province.
SHARES = 20
# Numbers worked on at a time, so that they stay in the cache of a core.
IN_CACHE = 32_768

_WorkOut = Callable[[Place, AssumptionBook, Sequence[int], Array, Array | None], tuple[Array, ...]]

_RATES, _BY_SHARE = Recent[Array](128), Recent[tuple[Array, ...]](16)


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


def mortality_level(place: Place, book: AssumptionBook) -> Level:
    """One area's death rates in the census year, and the ages at which they will fall."""
    return Level(np.stack([rates_at_census(place, book, sex) for sex in SEXES]), _decline(place, book))


def province_level(place: Place, book: AssumptionBook) -> Level:
    """The death rates of the province in the census year, and the ages at which they will fall."""
    return Level(np.stack([province_rates(place, book, sex) for sex in SEXES]), _decline(place, book))


def mortality_path(place: Place, book: AssumptionBook, years: Sequence[int], level: Level | None = None) -> Mortality:
    """Rates, survival ratios, L and e0 of each year; of areas side by side on the last axis.

    level: other rates to start from than those of the areas themselves.
    e0 of a year is that of the census year (`rates_at_census`) plus the nation's gain since then (`national_gain`), negative
    before it; from the launch on each year's further gain is multiplied by `mortality.gain_factor`.
    Rates change smoothly with the share that lives in towns: unless the area has deaths of its own they are worked out once for
    each of `SHARES` shares and interpolated, which departs from life tables of the share itself by less than 1e-11.
    """
    if level is not None:
        return Mortality._make(values[0] for values in _paths(place, book, years, level.rates[None], level.decline))
    return Mortality._make(_of_areas(place, book, years, _paths))


def survival_polynomials(place: Place, book: AssumptionBook, years: Sequence[int]) -> Array:
    """Survival ratios as c0 + c1 z + c2 z², (year, 3, sex, age, …), z being the years by which e0 departs from `mortality_path`.

    The parabola through the ratios at z = −2, 0 and 2; at z = 0 it is the path's ratio. Both sexes have the same z.
    """
    (found,) = _of_areas(place, book, years, _polynomials)
    return found


def around(e0: Array) -> Array:
    """Life expectancies (…, year) `DEVIATION` below, at and above those given, (…, 3 × year), for `survival_parabola`."""
    return np.concatenate([e0 - DEVIATION, e0, e0 + DEVIATION], axis=-1)


def survival_parabola(tables: LifeTable) -> Array:
    """The parabola (…, year, 3, age) through the survival ratios of life tables (…, 3 × year, age) at the e0 of `around`."""
    lower, middle, upper = np.split(survival_ratios(tables), 3, axis=-2)
    slope, bend = (upper - lower) / (2 * DEVIATION), (upper + lower - 2 * middle) / (2 * DEVIATION**2)
    return np.stack([middle, slope, bend], axis=-2)


def _of_areas(place: Place, book: AssumptionBook, years: Sequence[int], work_out: _WorkOut) -> list[Array]:
    """What `work_out` gives for the areas, these on the last axis."""
    facts = place.facts
    counted = ~np.isnan(facts.deaths.get(CENSUS_YEAR, np.full(facts.shape, np.nan))) | (facts.own.deaths_since is not None)
    if not facts.shape and counted:
        level = mortality_level(place, book)
        return [values[0] for values in work_out(place, book, years, level.rates[None], level.decline)]
    key = (work_out, place.province, tuple(years), book.fingerprint("mortality."))
    by_share = _BY_SHARE.of(place, key, lambda: work_out(place, book, years, _levels(place, book), _decline(place, book)))
    weights = _share_weights(facts.counts[-1].urban_share, bool(float(book.value("mortality.urban_rural"))))
    found = [_weighted(values, weights) for values in by_share]
    for index in np.flatnonzero(counted):
        own = _of_areas(Places(place.reference, place.province, facts.of(int(index))), book, years, work_out)
        for values, of_area in zip(found, own, strict=True):
            values[..., index] = of_area
    return found


def _levels(place: Place, book: AssumptionBook) -> Array:
    """Rates (level, sex, age 0..130) of the census year at the `SHARES` shares of townspeople, then those of the province."""

    def of_sex(sex: str) -> Array:
        return np.stack([*_by_share(place, book, sex, _nodes()), province_rates(place, book, sex)])

    kept = [_RATES.of(place, ("levels", *_depends_on(place, book, sex)), partial(of_sex, sex)) for sex in SEXES]
    return np.stack(kept, axis=1)


def _paths(place: Place, book: AssumptionBook, years: Sequence[int], rates: Array, decline: Array | None) -> tuple[Array, ...]:
    """The fields of `Mortality`, each (level, year, …), from `rates` (level, sex, age 0..130)."""
    tables = [
        _tables(book, rates[:, index], decline, sex, _e0_path(place, book, rates[:, index], sex, years))
        for index, sex in enumerate(SEXES)
    ]

    def by_year(values: Iterable[Array]) -> Array:
        return np.stack(list(values), axis=2)

    return Mortality(
        rates=by_year(table.m for table in tables),
        survival=by_year(survival_ratios(table) for table in tables),
        deaths_before_birthday=by_year(deaths_before_birthday(table) for table in tables),
        person_years=by_year(table.L for table in tables),
        e0=by_year(table.e[..., 0] for table in tables),
    )


def _polynomials(
    place: Place, book: AssumptionBook, years: Sequence[int], rates: Array, decline: Array | None
) -> tuple[Array, ...]:
    """`survival_polynomials`, (level, year, 3, sex, age), from `rates` (level, sex, age 0..130)."""
    by_sex = []
    for index, sex in enumerate(SEXES):
        e0 = _e0_path(place, book, rates[:, index], sex, years)
        tables = _tables(book, rates[:, index], decline, sex, around(e0))
        by_sex.append(survival_parabola(tables))
    return (np.stack(by_sex, axis=3),)


def _e0_path(place: Place, book: AssumptionBook, rates: Array, sex: str, years: Sequence[int]) -> Array:
    """Life expectancy of one sex (level, year) that starts from `rates` (level, age)."""
    return life_table(rates, sex).e[:, :1] + _gain_with_factor(place, book, sex, years)


def _tables(book: AssumptionBook, base: Array, decline: Array | None, sex: str, e0: Array) -> LifeTable:
    """Life tables of one sex, closed at 100, of the rates `base` (level, age 0..130) moved to `e0` (level, table)."""
    if decline is None:
        rates = _at_e0(book, base[:, None], sex, e0)
    else:
        held = LeeCarter(np.log(base), np.broadcast_to(decline, base.shape), np.zeros(e0.shape), np.ones(len(base)))
        rates = np.swapaxes(held.rates(adjust_k_to_e0(held, sex, e0).k), -1, -2)
    return close_at(life_table(rates, sex), OPEN_AGE)


def _nodes() -> Array:
    """Chebyshev's points of the first kind between shares of 0 and 1."""
    return np.asarray((1 - np.cos(np.pi * (np.arange(SHARES) + 0.5) / SHARES)) / 2)


def _share_weights(share: Array, by_share: bool) -> Array:
    """Weights (level, …) of the levels by share of townspeople at a `share` (…); all on the province's where it is not known.

    The polynomial through the points, by its sum of Chebyshev polynomials. Source: Press et al. (2007), Numerical Recipes,
    section 5.8.
    """
    known = np.isfinite(share) & by_share
    angle, nodes = np.arccos(1 - 2 * np.where(known, share, 0.5)), np.arccos(1 - 2 * _nodes())
    weights = np.full((SHARES, *angle.shape), 1 / SHARES)
    for order in range(1, SHARES):
        weights += np.multiply.outer(np.cos(order * nodes), np.cos(order * angle)) * (2 / SHARES)
    return np.concatenate([np.where(known, weights, 0.0), np.where(known, 0.0, 1.0)[None]])


def _weighted(values: Array, weights: Array) -> Array:
    """`values` (level, …) added up by `weights` (level, areas …), always in the same order, the areas on the last axis."""
    cells = np.ascontiguousarray(values.reshape(len(values), -1))
    found = np.zeros((cells.shape[1], *weights.shape[1:]))
    block = max(1, IN_CACHE // max(1, weights[0].size))
    for low in range(0, len(found), block):
        part, scaled = found[low : low + block], np.empty_like(found[low : low + block])
        for one, weight in zip(cells[:, low : low + block], weights, strict=True):
            part += np.multiply.outer(one, weight, out=scaled)
    return found.reshape(*values.shape[1:], *weights.shape[1:])


def national_gain(place: Place, book: AssumptionBook, sex: str, years: Sequence[int]) -> Array:
    """Years of life expectancy (year,) that the nation has gained since the census year; negative before it.

    With `mortality.published_gains` those published for the nation up to the last of them, both sexes alike, and the United
    Nations' before the census and after it; else the United Nations' throughout. Their path dips by the pandemic until 2025 and
    recovers in 2026, which the published figures do not show: after these the gains are those of the path's years after 2026.
    """
    table, wanted = place.reference.tables["wpp_china"], np.asarray(years)
    expected = value_path(table, f"e0_{sex}", years) - value_path(table, f"e0_{sex}", [CENSUS_YEAR])
    published = yearly(place.reference.tables["series"], "e0", COUNTRY)
    known = published[published.index >= CENSUS_YEAR]
    if not float(book.value("mortality.published_gains")) or CENSUS_YEAR not in known.index:
        return np.asarray(expected)
    last = int(known.index[-1])
    gained = np.interp(wanted, known.index.to_numpy(dtype=float), known.to_numpy(dtype=float)) - float(known[CENSUS_YEAR])
    recovered = max(RECOVERED, last)
    path = value_path(table, f"e0_{sex}", [recovered, *(wanted + recovered - last)])
    later = gained + np.where(wanted > last, path[1:] - path[0], 0.0)
    return np.where(wanted < CENSUS_YEAR, expected, later)


def _gain_with_factor(place: Place, book: AssumptionBook, sex: str, years: Sequence[int]) -> Array:
    """`national_gain` (year,) with the gains of each year after the launch times the factor of that year."""
    every = np.arange(min(LAUNCH, *years), max(LAUNCH, *years) + 1)
    gain = national_gain(place, book, sex, every.tolist())
    factor = np.where(every[1:] > LAUNCH, book.path("mortality.gain_factor", every[1:].tolist()), 1.0)
    total = gain[0] + np.concatenate([[0.0], np.cumsum(np.diff(gain) * factor)])
    return np.asarray(total[np.searchsorted(every, years)])


def rates_at_census(place: Place, book: AssumptionBook, sex: str) -> Array:
    """The area's death rates (age 0..130) in the census year.

    A standard, the province's census rates or with `mortality.un_standard` the United Nations' for China, is moved to the
    assumed e0 by Brass's relational logit (`mortality.brass_logit`) or by one factor. With `mortality.urban_rural` the rates
    take the pattern of the area's mixture of the province's towns and villages over that of the province, and an e0 as far from
    the province's as the census has it. Where the pack has deaths of the census year or of later ones, their ratio to those
    expected, drawn towards 1, multiplies all ages.
    """
    return _by_residence(place, book, sex) * local_ratio(place, book)


def local_ratio(place: Place, book: AssumptionBook) -> float:
    """Deaths of one area in the census year, and since, over those expected of it, drawn towards 1; 1 without deaths."""
    counted = float(place.facts.deaths.get(CENSUS_YEAR, np.nan))
    since = place.facts.own.deaths_since or (0.0, 0.0)
    if np.isnan(counted):
        return _shrunk(*since, book) if since[1] > 0 else 1.0
    stock, expected = area_censuses(place)[-1].population, 0.0
    for index, sex in enumerate(SEXES):
        shown = close_at(life_table(_by_residence(place, book, sex), sex), OPEN_AGE)
        expected += float(expected_deaths(stock[index], shown.m))
    return _shrunk(counted + since[0], expected + since[1], book)


def _shrunk(counted: float, expected: float, book: AssumptionBook) -> float:
    strength = float(book.value("mortality.prior_deaths"))
    return float(shrunk_mortality_ratio([counted], [expected], prior_strength=strength, prior_mean=1.0).ratio[0])


def province_rates(place: Place, book: AssumptionBook, sex: str) -> Array:
    """Death rates (age 0..130) of the area's province, or of the nation, in the census year: the standard at the assumed e0.

    With `mortality.un_children` ages 0 to 4, whose deaths a census misses most, have the United Nations' rates for China, and the
    ages from 5 on make up the e0.
    """
    return _RATES.of(place, ("province", *_depends_on(place, book, sex)), lambda: _province_rates(place, book, sex))


def _depends_on(place: Place, book: AssumptionBook, sex: str) -> tuple[Hashable, ...]:
    """All that the province's rates of one sex depend on beside the reference data."""
    choices = ("brass_logit", "un_standard", "un_children", f"e0_{sex}")
    return place.province, sex, book.fingerprint(*(f"mortality.{name}" for name in choices))


def _province_rates(place: Place, book: AssumptionBook, sex: str) -> Array:
    e0 = np.asarray(float(book.value(f"mortality.e0_{sex}")))
    un = _un_rates(place.reference.tables["wpp_death_rates"], sex)
    if float(book.value("mortality.un_standard")):
        return _at_e0(book, un, sex, e0)
    standard = _counted_rates(place, sex)
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


def _by_residence(place: Place, book: AssumptionBook, sex: str) -> Array:
    """The province's rates as the area's mixture of towns and villages has them."""
    share = place.facts.counts[-1].urban_share
    if np.isnan(share) or not float(book.value("mortality.urban_rural")):
        return province_rates(place, book, sex)
    return _by_share(place, book, sex, share)


def _by_share(place: Place, book: AssumptionBook, sex: str, share: Array) -> Array:
    """The province's rates (…, age 0..130) as a mixture of which a `share` (…) lives in towns has them."""
    rates, counted, mixture = province_rates(place, book, sex), _counted_rates(place, sex), _mixture(place, sex, share)
    apart = life_table(mixture, sex).e[..., 0] - life_table(counted, sex).e[0]
    return _at_e0(book, rates * mixture / counted, sex, life_table(rates, sex).e[0] + apart)


def _counted_rates(place: Place, sex: str, residence: str = "total") -> Array:
    """`census_rates` of the area's province, or of the nation."""
    source = deaths_source(place)
    key = ("counted", source, sex, residence)
    return _RATES.of(place, key, lambda: census_rates(place.reference.tables["deaths"], source, sex, residence))


def census_rates(deaths: pd.DataFrame, area: str, sex: str, residence: str = "total", census: int = CENSUS_YEAR) -> Array:
    """Death rates (age 0..130) as counted: deaths over population by group, in single ages, extended by Kannisto's model."""
    lowest, count, exposed = counted_deaths(deaths, area, sex, residence, census)
    return _extended(count / exposed, lowest)


def _decline(place: Place, book: AssumptionBook) -> Array | None:
    """`gains_by_age`, or None where every year is moved to its e0 as the census year was."""
    if not float(book.value("mortality.gains_by_age")):
        return None
    return _RATES.of(place, "decline", lambda: gains_by_age(place.reference.tables["wpp_death_rates"]))


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


def _mixture(place: Place, sex: str, share: Array) -> Array:
    """Rates (…, age) of areas of which a `share` (…) lives in towns, as many of the old among them as in the towns of all."""
    deaths, source = place.reference.tables["deaths"], deaths_source(place)
    lowest, _, town = counted_deaths(deaths, source, sex, "town")
    _, _, rural = counted_deaths(deaths, source, sex, "rural")
    urban = np.asarray(share)[..., None]
    in_town, in_country = urban * town / town.sum(), (1 - urban) * rural / rural.sum()
    rates = [_counted_rates(place, sex, residence) for residence in ("town", "rural")]
    by_age = np.repeat(in_town / (in_town + in_country), np.diff(np.append(lowest, len(rates[0]))), axis=-1)
    return mixed_rates(rates[0], rates[1], by_age)


def _at_e0(book: AssumptionBook, rates: Array, sex: str, e0: Array) -> Array:
    return (brass_to_e0 if float(book.value("mortality.brass_logit")) else scaled_to_e0)(rates, sex, e0)
