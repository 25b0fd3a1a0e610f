"""A set of areas run together from their own past: parts held to the region's own forecast, draws with shared and own shocks."""

from __future__ import annotations

from collections.abc import Sequence

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
from popmodel.projection.engine import Course, Shocks, empty_run, run_numpy
from popmodel.projection.quantiles import quantiles

DRAWS = 400
SEED = 20260101
# What the shared part of a draw is keyed by in place of an area; no area can be called so.
REGION = ""


def forecast_areas(history: History, horizons: Sequence[int], *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Array]:
    """Quantiles (area, horizon, quantile) of each variable of `history` at `horizons` whole years ahead, rising."""
    run = draw_areas(history, max(horizons), draws=draws, seed=seed)
    places = [horizon - 1 for horizon in horizons]
    return {name: np.moveaxis(quantiles(values[:, places], QUANTILES), 0, -1) for name, values in run.items()}


def draw_areas(history: History, years: int, *, draws: int = DRAWS, seed: int = SEED) -> dict[str, Array]:
    """Persons (area, year, draw) of each variable of `history` in every draw."""
    rates = rates_of(history)
    courses = area_courses(rates, years)
    shared = _shared(rates, history.launch, years, draws, seed)
    bands = [0, 3, 5, 65]
    found = {name: np.empty((len(history.areas), years, draws)) for name in history.variables()}
    for place, area in enumerate(history.areas):
        shocks = _own(rates, place, area, history.launch, years, draws, seed, shared)
        run = run_numpy(courses[place], shocks, empty_run(courses[place], draws, bands), bands)
        stock = run.stock[1:].sum(axis=1)
        for name, values in found.items():
            low, high = VARIABLES[name]
            inside = [low <= band and (high == OPEN_AGE or band <= high) for band in bands]
            values[place] = stock[:, inside].sum(axis=1)
    return found


def area_courses(rates: Rates, years: int) -> list[Course]:
    """What each area goes through: its own rates, then held to the region's own forecast at every age, sex and year."""
    areas = len(rates.start)
    growth, level = np.zeros((areas, years, *rates.hazard.shape)), np.zeros((areas, years))
    survival = np.zeros((years, 3, *rates.hazard.shape))
    region, parts = rates.start.sum(axis=0), rates.start
    for year in range(years):
        hazard = rates.hazard * np.exp(-MORTALITY_DECLINE * (year + 1))
        survival[year] = _polynomial(hazard)
        common = np.exp(rates.level + rates.trend * float(trend_left(np.array([year + 1]))[0]))
        region_next = aged(region, hazard)
        region_infants = common * _women(region, region_next)
        region_next *= 1 + rates.region_growth
        damping = np.where(AGES >= OLD, 1.0, LOCAL_DAMPING ** (year + 0.5))
        own = np.maximum(1 + rates.region_growth + rates.local_growth * damping, 0.2)
        parts_next = aged(parts, hazard)
        wanted = common * np.exp(rates.own_level) * _women(parts, parts_next)
        held = _over(region_next, (parts_next * own).sum(axis=0))
        growth[:, year] = own * held - 1
        growth[..., year, :, 0] = 0.0
        factor = _over(region_infants, wanted.sum())
        level[:, year] = common * np.exp(rates.own_level) * factor
        boys = np.array([rates.boys, 1 - rates.boys])
        region_next[..., 0], region = region_infants * boys, region_next
        parts_next = parts_next * (1 + growth[:, year])
        parts_next[..., 0] = (wanted * factor)[:, None] * boys
        region, parts = region_next, parts_next
    return [_course(rates, place, survival, growth[place], level[place]) for place in range(areas)]


def _course(rates: Rates, place: int, survival: Array, growth: Array, level: Array) -> Course:
    years = len(level)
    start = np.ascontiguousarray(rates.start[place])
    movers = np.where(AGES > 0, MOVERS, 0.0) * np.ones((2, 1))
    movers = movers / max((movers * start).sum() / max(start.sum(), 1e-9), 1e-9)
    return Course(
        start=start,
        survival=survival,
        fertility=np.stack([level[:, None] * CHILDBEARING, np.zeros((years, len(AGES)))], axis=1),
        held_births=np.zeros(years),
        male_share=np.full(years, rates.boys),
        growth=growth,
        mobility=np.repeat(movers[None], years, axis=0),
        flow=np.zeros_like(growth),
    )


def _shared(rates: Rates, launch: int, years: int, draws: int, seed: int) -> dict[str, Array]:
    calendar = range(launch + 1, launch + years + 1)

    def normals(component: str, when: Sequence[int] = calendar) -> Array:
        return standard_normals(seed, REGION, component, when, range(draws))

    return {
        "fertility": np.cumsum(_strayed(rates.region_fertility, normals("fertility"), normals("fertility_lasting")), axis=0),
        "migration": _strayed(rates.region_migration, normals("migration"), normals("migration_lasting")),
        "mortality": MORTALITY_STEP * np.cumsum(normals("mortality"), axis=0)
        + MORTALITY_DECLINE_ERROR * np.arange(1, years + 1)[:, None] * normals("mortality_decline", [launch]),
    }


def _own(
    rates: Rates, place: int, area: str, launch: int, years: int, draws: int, seed: int, shared: dict[str, Array]
) -> Shocks:
    calendar = range(launch + 1, launch + years + 1)

    def normals(component: str, when: Sequence[int] = calendar) -> Array:
        return standard_normals(seed, area, component, when, range(draws))

    start = np.sqrt(rates.own_level_variance[place]) * normals("fertility_start", [launch])
    own_fertility = start + np.sqrt(LOCAL_FERTILITY_STEP) * np.cumsum(normals("fertility"), axis=0)
    infants = np.exp(rates.level + rates.own_level[place]) * _women(rates.start[place], rates.start[place])
    own_fertility += np.sqrt(INFANT_CHANCE / max(infants, 1.0)) * normals("infants")
    own_migration = rates.scale[place] * _strayed(rates.local_migration, normals("migration"), normals("migration_lasting"))
    deaths = (rates.start[place] * rates.hazard).sum()
    own_mortality = LOCAL_MORTALITY_STEP * np.cumsum(normals("mortality"), axis=0) + normals("deaths") / np.sqrt(max(deaths, 1.0))
    return Shocks(
        start=np.ones(draws),
        fertility=np.exp(shared["fertility"] + own_fertility),
        timing=np.zeros((years, draws)),
        mortality=shared["mortality"] + own_mortality,
        migration=shared["migration"] + own_migration,
        sampling=normals("births"),
    )


def _strayed(spread: Spread, yearly: Array, lasting: Array) -> Array:
    """Deviations (year, draw) of a rate from its expected path, of standard normals of both parts."""
    found, state = np.empty_like(yearly), np.zeros(yearly.shape[1])
    for year in range(len(yearly)):
        state = spread.persistence * state + spread.lasting * lasting[year]
        found[year] = state + spread.yearly * yearly[year]
    return found


def _polynomial(hazard: Array) -> Array:
    """Survival (3, sex, age) to the second order in the log of mortality; infants are counted at the year's end, so all survive."""
    ratio = np.exp(-hazard)
    found = np.stack([ratio, -hazard * ratio, (hazard**2 - hazard) * ratio / 2])
    found[:, :, 0] = np.array([1.0, 0.0, 0.0])[:, None]
    return found


def _women(before: Array, after: Array) -> Array:
    women: Array = (before[..., FEMALE, :] + after[..., FEMALE, :]) @ CHILDBEARING / 2
    return women


def _over(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.ones(np.shape(above)), where=np.asarray(below) > 0)
