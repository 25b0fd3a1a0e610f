"""The registered population by age: at the earlier census from the residents and those away, then carried to the later one.

Only totals are published. Who lives away is derived, as if the leaving of the last decade had gone on before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from popmodel.areas import Place
from popmodel.areas.own_figures import StockByAge
from popmodel.demography.arrays import Array
from popmodel.forecast import Census, MigrationProfile, year_fraction
from popmodel.forecast.migration import whole_years
from popmodel.forecast.recent import Recent
from popmodel.parameters import AssumptionBook
from popmodel.projection.pair import EVERYBODY, Moves, Pair, Rates, part_of_year, step_pair
from popmodel.projection.step import YearEnd

# Years of leaving before the census that those living away at it look back on.
YEARS_OF_LEAVING = 15
# Leaving is not multiplied to where those who left an age would be more than e to this power.
LARGEST_LEAVING = 50.0
# Newton's steps in convex sums of exponentials: at most about one for each unit of the largest exponent, then digits double.
ROUNDS, PRECISION = 100, 1e-15

_RATIOS = Recent[float](64)


class RegisteredBase(NamedTuple):
    """Registered stock (sex, age, …) at the later census, and how it was reached.

    totals: (year of the earlier census, its registered total, its residents registered outside the county); away_first: those
    living away then; births: registered births (year, …) between the censuses; shortfall: persons (…) added where fewer would
    have been registered than live in the county with a registration there; replayed_residents: residents (sex, age, …) at the
    later census as the earlier one and the migration profile give them.
    """

    stock: Array
    totals: tuple[int, Array, Array]
    away_first: Array
    births: Array
    shortfall: Array
    replayed_residents: Array


def registered_at_census(
    place: Place, book: AssumptionBook, own: Sequence[Census], profile: MigrationProfile, rates: Rates, outside_share: Array
) -> RegisteredBase:
    """Registered people by sex and age at the last of the area's `own` censuses.

    With two censuses the registered stock of the first is survived to the second, less those resettled, plus births; with
    one, those away are added to its residents directly.
    """
    residents = profile.first.population if len(own) > 1 else own[0].population
    counted = own[0].population.sum(axis=EVERYBODY)
    total, outside = registered_total(place, own[0])
    away = living_away(residents, profile.log_growth, total - (counted - outside))
    registered = residents * (1 - outside / counted) + away
    totals = (own[0].date.year, total, outside)
    if len(own) == 1:
        nothing = np.zeros(place.facts.shape)
        return RegisteredBase(registered, totals, away, np.zeros((0, *nothing.shape)), nothing, residents)

    away_fertility = float(book.value("registered.away_fertility"))
    # Held out of the replay where they are held out of the profile: where both censuses tell of them.
    held = np.where(own[-1].held_out.any(axis=EVERYBODY), own[0].held_out, 0.0)
    ordinary = residents - held
    resettled = ordinary * (profile.resettled / ordinary.sum(axis=EVERYBODY))
    pair = Pair(residents - resettled, registered - resettled, outside_share, away_fertility, held)
    moves = Moves(np.expm1(profile.log_growth), 0.0, 0.0, float(book.value("registered.net_moves_per_1000")) / 1000)
    births = []
    for survival, resident_births in zip(profile.survival, intercensal_births(own, profile), strict=True):
        done = step_pair(pair, rates._replace(survival=survival), moves, births=resident_births)
        births.append(done.registered.births.sum(axis=(0, 1)))
        pair = pair.after(done)
    stock = np.maximum(pair.registered, own[-1].population * (1 - outside_share))
    shortfall = (stock - pair.registered).sum(axis=EVERYBODY)
    return RegisteredBase(stock, totals, away, np.array(births), shortfall, pair.resident)


def registered_at_year_end(counted: StockByAge, before: Array, year: YearEnd) -> Array:
    """Registered people (sex, age) at the end of the year in which they were `counted`.

    before: the stock at the end of the year before, year: the year as it was worked out. Within each group counted the ages, and
    the sexes where they were not told apart, keep the shares that were worked out. What the count differs by at the end of its
    day is the difference at the year's end.
    """
    fraction = 1.0 - year_fraction(counted.date + dt.timedelta(days=1)) if counted.date < _last_day(counted.date) else 1.0
    expected = part_of_year(before, year, fraction)
    met = np.empty_like(expected)
    oldest = expected.shape[1] - 1
    of_sexes = [slice(None)] if len(counted.lowest) == 1 else [slice(0, 1), slice(1, 2)]
    for sexes, lowest, persons in zip(of_sexes, counted.lowest, counted.persons, strict=True):
        starts, places = np.unique(np.minimum(lowest, oldest), return_inverse=True)
        for place, (low, high) in enumerate(zip(starts, [*starts[1:], oldest + 1], strict=True)):
            group, there = expected[sexes, low:high], persons[places == place].sum()
            shares = group / group.sum() if group.sum() > 0 else np.full(group.shape, 1 / group.size)
            met[sexes, low:high] = there * shares
    return np.maximum(year.population + met - expected, 0.0)


def carried_back(base: Array, years: int, met: Array, expected: Array, least: Array) -> Array:
    """The registered stock (sex, age) from which a count comes out `years` later: each cohort times `met` over `expected` then.

    base: the stock from which `expected` came; least: those who are certainly registered. Cohorts of the open age are one.
    """
    factor = np.divide(met, expected, out=np.ones_like(met), where=expected > 0)
    ages = np.minimum(np.arange(base.shape[1]) + years, base.shape[1] - 1)
    return np.maximum(base * factor[:, ages], least)


def _last_day(day: dt.date) -> dt.date:
    return day.replace(month=12, day=31)


def living_away(residents: Array, log_growth: Array, total: Array) -> Array:
    """`total` (…) registered people living away by sex and age (sex, age, …); zero everywhere where `total` is not above zero.

    Residents times exp(θ · leaving over the last fifteen years of life) − 1, θ such that the sum is `total`: as if the leaving
    of the last decade had gone on before it at θ times its strength. Where nobody left, in proportion to the residents.
    """
    total = np.maximum(total, 0.0)
    left = np.maximum(-recent_moves(log_growth), 0.0)
    theta = leaving_strength(residents, left, total)
    even = residents * (total / residents.sum(axis=EVERYBODY))
    return np.where((residents * left).sum(axis=EVERYBODY) > 0, residents * np.expm1(theta * left), even)


def recent_moves(log_growth: Array) -> Array:
    """Log growth (sex, age, …) added up over the last fifteen years of the life of those at each age, at yearly `log_growth`."""
    cumulated = np.concatenate([np.zeros_like(log_growth[:, :1]), np.cumsum(log_growth, axis=1)], axis=1)
    ages = np.arange(log_growth.shape[1])
    return np.asarray(cumulated[:, ages + 1] - cumulated[:, np.maximum(ages - YEARS_OF_LEAVING + 1, 0)])


def leaving_strength(residents: Array, left: Array, total: Array) -> Array:
    """θ (…) at which Σ residents · (exp(θ · left) − 1) is `total` (…), persons; 0 where nobody `left` (sex, age, …).

    A negative total gives a negative θ: so many of the residents came, by the same ages.
    """
    at_first = (residents * left).sum(axis=EVERYBODY)
    # From where the straight line through zero reaches the total the sum is above it, and Newton's steps never pass the root.
    theta = np.divide(total, at_first, out=np.zeros_like(at_first), where=at_first > 0)
    largest = LARGEST_LEAVING / np.where(at_first > 0, left.max(axis=EVERYBODY), 1.0)
    theta = np.clip(theta, -largest, largest)
    for _ in range(ROUNDS):
        excess = (residents * np.expm1(theta * left)).sum(axis=EVERYBODY) - total
        slope = (residents * left * np.exp(theta * left)).sum(axis=EVERYBODY)
        step = np.divide(excess, slope, out=np.zeros_like(excess), where=slope > 0)
        step = np.where(step > PRECISION * np.abs(theta), step, 0.0)
        if not step.any():
            break
        theta = np.maximum(theta - step, -largest)
    return theta


def registered_total(place: Place, census: Census) -> tuple[Array, Array]:
    """(registered people, residents registered outside the county) at a census, each (…).

    Where the census table has no registered total, the province's ratio of registered people to residents stands in; where
    residents registered outside are not given, the fewest that the totals allow.
    """
    (count,) = (one for one in place.facts.counts if one.date == census.date)
    residents = census.population.sum(axis=EVERYBODY)
    registered = count.registered
    if np.isnan(registered).any():
        registered = np.where(np.isnan(registered), residents * _province_ratio(place), registered)
    return registered, np.where(np.isnan(count.outside), np.maximum(0.0, residents - registered), count.outside)


def intercensal_births(own: Sequence[Census], profile: MigrationProfile) -> Array:
    """Births to residents in each year between the censuses, (year, …), by reverse survival of the children of the second."""
    years = whole_years(own[0], own[-1])
    surviving = np.cumprod(profile.survival.mean(axis=0) * np.exp(profile.log_growth), axis=1)
    return np.asarray((own[-1].population / surviving)[:, :years].sum(axis=0)[::-1])


def _province_ratio(place: Place) -> float:
    """Registered people over residents of the province, by the last census that has both."""

    def work_out() -> float:
        totals = place.reference.tables["census_totals"]
        rows = totals[totals["area"] == place.province]
        rows = rows[rows["indicator"].isin(["registered", "residents"])]
        by_date = rows.pivot(index="date", columns="indicator", values="value").dropna().astype(float)
        latest = by_date.iloc[-1]
        return float(latest["registered"] / latest["residents"])

    return _RATIOS.of(place, place.province, work_out)
