"""The registered population by age: at the earlier census from the residents and those away, then carried to the later one.

Only totals are published. Who lives away is derived, as if the leaving of the last decade had gone on before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from popmodel.areas import Area
from popmodel.demography.arrays import Array
from popmodel.forecast import Census, MigrationProfile, as_date
from popmodel.forecast.migration import whole_years
from popmodel.parameters import AssumptionBook
from popmodel.projection.pair import Moves, Pair, Rates, step_pair

# Years of leaving before the census that those living away at it look back on.
YEARS_OF_LEAVING = 15
OUTSIDE = ("registered_elsewhere_in_province", "registered_outside_province")


class RegisteredBase(NamedTuple):
    """Registered stock (sex, age) at the later census, and how it was reached.

    totals: (year of the earlier census, its registered total, its residents registered outside the county); away_first: those
    living away then; births: registered births (year,) between the censuses; shortfall: persons added where fewer would have
    been registered than live in the county with a registration there; replayed_residents: residents (sex, age) at the later
    census as the earlier one and the migration profile give them.
    """

    stock: Array
    totals: tuple[int, float, float]
    away_first: Array
    births: Array
    shortfall: float
    replayed_residents: Array


def registered_at_census(
    area: Area, book: AssumptionBook, own: Sequence[Census], profile: MigrationProfile, rates: Rates, outside_share: float
) -> RegisteredBase:
    """Registered people by sex and age at the last of the area's `own` censuses.

    With two censuses the registered stock of the first is survived to the second, less those resettled, plus births; with
    one, those away are added to its residents directly.
    """
    residents = profile.first.population if len(own) > 1 else own[0].population
    counted = float(own[0].population.sum())
    total, outside = registered_total(area, own[0].date, counted)
    away = living_away(residents, profile.log_growth, total - (counted - outside))
    registered = residents * (1 - outside / counted) + away
    totals = (own[0].date.year, total, outside)
    if len(own) == 1:
        return RegisteredBase(registered, totals, away, np.zeros(0), 0.0, residents)

    away_fertility = float(book.value("registered.away_fertility"))
    # Held out of the replay where they are held out of the profile: where both censuses tell of them.
    held = own[0].held_out if own[-1].held_out.any() else np.zeros_like(residents)
    ordinary = residents - held
    resettled = ordinary * (profile.resettled / ordinary.sum())
    pair = Pair(residents - resettled, registered - resettled, outside_share, away_fertility, held)
    moves = Moves(np.expm1(profile.log_growth), 0.0, 0.0, float(book.value("registered.net_moves_per_1000")) / 1000)
    births = []
    for survival, resident_births in zip(profile.survival, intercensal_births(own, profile), strict=True):
        done = step_pair(pair, rates._replace(survival=survival), moves, births=resident_births)
        births.append(float(done.registered.births.sum()))
        pair = pair.after(done)
    stock = np.maximum(pair.registered, own[-1].population * (1 - outside_share))
    return RegisteredBase(stock, totals, away, np.array(births), float((stock - pair.registered).sum()), pair.resident)


def living_away(residents: Array, log_growth: Array, total: float) -> Array:
    """`total` registered people living away by sex and age (sex, age); zero everywhere when `total` is not above zero.

    Residents times exp(θ · leaving over the last fifteen years of life) − 1, θ such that the sum is `total`: as if the leaving
    of the last decade had gone on before it at θ times its strength. Where nobody left, in proportion to the residents.
    """
    if total <= 0:
        return np.zeros_like(residents)
    from scipy.optimize import brentq

    cumulated = np.concatenate([np.zeros((len(residents), 1)), np.cumsum(log_growth, axis=1)], axis=1)
    ages = np.arange(residents.shape[1])
    left = np.maximum(cumulated[:, np.maximum(ages - YEARS_OF_LEAVING + 1, 0)] - cumulated[:, ages + 1], 0.0)
    if not left.any():
        return residents * (total / residents.sum())

    def excess(theta: float) -> float:
        return float((residents * np.expm1(theta * left)).sum()) - total

    theta = brentq(excess, 0.0, 50.0 / float(left.max()))
    return np.asarray(residents * np.expm1(theta * left))


def registered_total(area: Area, date: dt.date, residents: float) -> tuple[float, float]:
    """(registered people, residents registered outside the county) at the census of `date`.

    Where the census table has no registered total, the province's ratio of registered people to residents stands in; where
    residents registered outside are not given, the fewest that the totals allow.
    """
    totals = area.tables["census_totals"]
    rows = totals["date"].map(as_date) == date
    values = dict(zip(totals["indicator"][rows], totals["value"][rows], strict=True))
    registered = float(values["registered"]) if "registered" in values else residents * _province_ratio(area)
    parts = [float(values[name]) for name in OUTSIDE if name in values]
    return registered, float(sum(parts)) if parts else max(0.0, residents - registered)


def intercensal_births(own: Sequence[Census], profile: MigrationProfile) -> Array:
    """Births to residents in each year between the censuses, (year,), by reverse survival of the children of the second."""
    years = whole_years(own[0], own[-1])
    surviving = np.cumprod(profile.survival.mean(axis=0) * np.exp(profile.log_growth), axis=1)
    return np.asarray((own[-1].population / surviving)[:, :years].sum(axis=0)[::-1])


def _province_ratio(area: Area) -> float:
    totals = area.reference.tables["census_totals"]
    rows = totals[totals["area"] == area.province]
    rows = rows[rows["indicator"].isin(["registered", "residents"])]
    by_date = rows.pivot(index="date", columns="indicator", values="value").dropna().astype(float)
    latest = by_date.iloc[-1]
    return float(latest["registered"] / latest["residents"])
