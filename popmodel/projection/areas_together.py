"""A set of areas forecast together from their past populations: parts held to the region's own forecast, and joint draws.

A draw has shocks shared by the region and an area's own; they run through the projection, so that one set of draws gives every
variable, and the region is the sum of its areas in each draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from popmodel.demography import FEMALE
from popmodel.demography.arrays import Array
from popmodel.forecast.from_history import (
    AGES,
    CHILDBEARING,
    INFANT_CHANCE,
    LOCAL_DAMPING,
    LOCAL_FERTILITY_STEP,
    LOCAL_MORTALITY_STEP,
    MORTALITY_DECLINE,
    MORTALITY_DECLINE_ERROR,
    MORTALITY_STEP,
    MOVERS,
    OLD,
    Rates,
    Spread,
    aged,
    rates_of,
    trend_left,
)
from popmodel.forecast.history import OPEN_AGE, QUANTILES, VARIABLES, History
from popmodel.forecast.streams import standard_normals
from popmodel.forecast.uncertainty import autoregression
from popmodel.projection.engine import Course, Shocks, empty_run, run_numpy
from popmodel.projection.quantiles import quantiles

DRAWS = 400
SEED = 20260101
# What shared shocks are keyed by in place of an area's code, which is never empty.
REGION = ""
# A cell loses at most four fifths of its people to migration in a year.
LEAST_KEPT = 0.2
# Lowest ages of the bands that every variable is made of.
BANDS = (0, 3, 5, 65)


class RegionShocks(NamedTuple):
    """Shocks that all areas share, (year, draw): logarithm of fertility and of mortality, rate of net migration."""

    fertility: Array
    mortality: Array
    migration: Array


def forecast_areas(history: History, horizons: Sequence[int], *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Array]:
    """Forecast every area of `history` by its population alone.

    horizons: whole years ahead, rising. Returns, for each variable that the age groups allow, persons at QUANTILES,
    (area, horizon, quantile). Raises ValueError when an area is not there at the launch.
    Source: cohort change ratios of Hamilton & Perry (1962), shrunk, damped and controlled as in Smith, Tayman & Swanson (2013),
    chapters 6, 7 and 10; draws with shared and own errors as in Alho & Spencer (2005), chapters 8-9.
    """
    found = draw_areas(history, max(horizons), draws=draws, seed=seed)
    years = [horizon - 1 for horizon in horizons]
    return {name: np.moveaxis(quantiles(persons[:, years], QUANTILES), 0, -1) for name, persons in found.items()}


def draw_areas(history: History, years: int, *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Array]:
    """Persons of each variable in every draw, (area, year, draw), at the ends of the `years` after the launch."""
    rates = rates_of(history)
    region = region_shocks(rates, history.launch, years, draws, seed)
    found = {name: np.empty((len(history.areas), years, draws)) for name in history.variables()}
    for place, (area, course) in enumerate(zip(history.areas, area_courses(rates, years), strict=True)):
        shocks = area_shocks(rates, place, area, history.launch, region, seed)
        bands = run_numpy(course, shocks, empty_run(course, draws, BANDS), BANDS).stock[1:].sum(axis=1)
        for name, persons in found.items():
            persons[place] = bands[:, _inside(name)].sum(axis=1)
    return found


def area_courses(rates: Rates, years: int) -> list[Course]:
    """What each area goes through: its own rates, held at every age, sex and year to the region's own forecast."""
    areas = len(rates.start)
    survival, growth = np.empty((years, 3, *rates.hazard.shape)), np.zeros((areas, years, *rates.hazard.shape))
    level = np.empty((areas, years))
    boys_girls = np.array([rates.boys, 1 - rates.boys])
    region, parts = rates.start.sum(axis=0), rates.start
    for year in range(years):
        hazard = rates.hazard * np.exp(-MORTALITY_DECLINE * (year + 1))
        survival[year] = _survival(hazard)
        common = np.exp(rates.level + rates.trend * trend_left(np.array([year + 1]))[0])
        damping = np.where(AGES >= OLD, 1.0, LOCAL_DAMPING ** (year + 0.5))
        own = np.maximum(1 + rates.region_growth + rates.local_growth * damping, LEAST_KEPT)

        there, region_there = aged(parts, hazard), aged(region, hazard)
        infants, region_infants = common * np.exp(rates.own_level) * _women(parts, there), common * _women(region, region_there)
        region_there *= 1 + rates.region_growth
        held = _over(region_there, (there * own).sum(axis=0))
        growth[:, year, :, 1:] = (own * held - 1)[..., 1:]
        of_infants = _over(region_infants, infants.sum())
        level[:, year] = common * np.exp(rates.own_level) * of_infants

        there *= 1 + growth[:, year]
        there[..., 0], region_there[..., 0] = (infants * of_infants)[:, None] * boys_girls, region_infants * boys_girls
        parts, region = there, region_there
    return [_course(rates, place, survival, growth[place], level[place]) for place in range(areas)]


def region_shocks(rates: Rates, launch: int, years: int, draws: int, seed: int) -> RegionShocks:
    """The shared shocks of the `years` after `launch`."""

    def normals(component: str, when: Sequence[int] = range(launch + 1, launch + years + 1)) -> Array:
        return standard_normals(seed, REGION, component, when, range(draws))

    decline = MORTALITY_DECLINE_ERROR * np.arange(1, years + 1)[:, None] * normals("mortality_decline", [launch])
    return RegionShocks(
        fertility=np.cumsum(_strayed(rates.region_fertility, normals("fertility"), normals("fertility_lasting")), axis=0),
        mortality=MORTALITY_STEP * np.cumsum(normals("mortality"), axis=0) + decline,
        migration=_strayed(rates.region_migration, normals("migration"), normals("migration_lasting")),
    )


def area_shocks(rates: Rates, place: int, area: str, launch: int, region: RegionShocks, seed: int) -> Shocks:
    """The shocks of one area, at `place` in `rates`, on top of the region's: its own, and chance in its infants and deaths."""
    years, draws = region.fertility.shape

    def normals(component: str, when: Sequence[int] = range(launch + 1, launch + years + 1)) -> Array:
        return standard_normals(seed, area, component, when, range(draws))

    start = rates.start[place]
    infants = np.exp(rates.level + rates.own_level[place]) * _women(start, start)
    fertility = np.sqrt(rates.own_level_variance[place]) * normals("fertility_start", [launch])
    fertility = fertility + np.sqrt(LOCAL_FERTILITY_STEP) * np.cumsum(normals("fertility"), axis=0)
    fertility += np.sqrt(INFANT_CHANCE / max(infants, 1.0)) * normals("infants")
    mortality = LOCAL_MORTALITY_STEP * np.cumsum(normals("mortality"), axis=0)
    mortality += normals("deaths") / np.sqrt(max((start * rates.hazard).sum(), 1.0))
    migration = rates.scale[place] * _strayed(rates.local_migration, normals("migration"), normals("migration_lasting"))
    return Shocks(
        start=np.ones(draws),
        fertility=np.exp(region.fertility + fertility),
        timing=np.zeros((years, draws)),
        mortality=region.mortality + mortality,
        migration=region.migration + migration,
        sampling=normals("births") if start.any() else None,  # the expansion of Poisson's law is not nought at nought
    )


def _course(rates: Rates, place: int, survival: Array, growth: Array, level: Array) -> Course:
    start = np.ascontiguousarray(rates.start[place])
    movers = np.broadcast_to(np.where(AGES > 0, MOVERS, 0.0), start.shape)
    movers = movers * _over(start.sum(), (movers * start).sum())  # a shock is a rate of the whole population
    return Course(
        start=start,
        survival=survival,
        fertility=np.stack([np.outer(level, CHILDBEARING), np.zeros((len(level), len(AGES)))], axis=1),
        held_births=np.zeros(len(level)),
        male_share=np.full(len(level), rates.boys),
        growth=growth,
        mobility=np.repeat(movers[None], len(level), axis=0),
        flow=np.zeros_like(growth),
    )


def _strayed(spread: Spread, yearly: Array, lasting: Array) -> Array:
    """Deviations (year, draw) of a rate from its expected path, of standard normals for both parts of its spread."""
    return spread.yearly * yearly + autoregression(spread.lasting * lasting, spread.persistence)


def _survival(hazard: Array) -> Array:
    """Survival (3, sex, age), a parabola in the logarithm of mortality; infants are counted at the year's end, so all survive."""
    ratio = np.exp(-hazard)
    found = np.stack([ratio, -hazard * ratio, (hazard**2 - hazard) * ratio / 2])
    found[:, :, 0] = np.array([1.0, 0.0, 0.0])[:, None]
    return found


def _women(before: Array, after: Array) -> Array:
    """Woman-years weighted by CHILDBEARING of people (…, sex, age) at both ends of a year, (…)."""
    return np.asarray((before[..., FEMALE, :] + after[..., FEMALE, :]) @ CHILDBEARING / 2)


def _inside(variable: str) -> list[bool]:
    low, high = VARIABLES[variable]
    return [low <= band and (high == OPEN_AGE or band <= high) for band in BANDS]


def _over(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.ones(np.shape(above)), where=np.asarray(below) > 0)
