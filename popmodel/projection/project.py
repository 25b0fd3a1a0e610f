"""From an area's pack to its projection: the base at the census, the published years up to the launch, then the scenario.

The years up to the launch are the same in every scenario: a scenario changes only what comes after them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr

from popmodel.areas import Area, Place, Places
from popmodel.areas.schemas import BOTH
from popmodel.demography import SEXES, total_fertility
from popmodel.demography.arrays import Array
from popmodel.drawing import ENGINE, MOST_DRAWS, SEED
from popmodel.forecast import LAUNCH
from popmodel.forecast.fertility import ORDERS, PARITIES
from popmodel.forecast.mortality import local_ratio
from popmodel.messages import InputError, Problem
from popmodel.parameters import AssumptionBook
from popmodel.projection.draws import Draws, random_inputs, run_draws
from popmodel.projection.engines import chosen_engine
from popmodel.projection.pair import PairYear
from popmodel.projection.registrations import Told, away_factor, births_factors, level_ahead, narrowed, told_by_counts
from popmodel.projection.results import Projection
from popmodel.projection.step import YearEnd
from popmodel.projection.years import Ahead, Launched, courses_from, launched, years_ahead
from popmodel.scenarios import Scenario, find_scenario

LATEST_YEAR = 2100


@dataclass(frozen=True)
class Launch(Launched):
    """Where every scenario of an area starts.

    place: the area with the deaths expected since the census beside those it counted; told: what counts of
    parts of years tell of births; level: the factor on fertility after the launch that comes of counts of the year after it.
    """

    area: Area
    place: Place
    told: tuple[Told, ...] = ()
    level: float = 1.0


def project(
    area: Area, scenario: str = "medium", to: int = 2050, *, draws: int = 0, seed: int = SEED, engine: str = ENGINE
) -> Projection:
    """Project the residents and the registered people of `area` under `scenario` to 31 December of `to`.

    With `draws`, as many joint paths of both populations come with it, drawn by `seed`: `Projection.draws`. engine: numpy, numba,
    or auto, which is numba where it is installed and pays.
    Raises InputError for an unknown scenario or engine, a year outside LAUNCH + 1 .. 2100 or draws outside 0 .. 100,000.

    >>> import popmodel as pm
    >>> pm.project(pm.load_area("data/xichuan"), scenario="medium", to=2030).years[-1]
    2030
    """
    return project_from(launch(area), find_scenario(area.scenarios, scenario), to, draws=draws, seed=seed, engine=engine)


def launch(area: Area) -> Launch:
    """The years of `area` from its last census to the launch, the same in every scenario."""
    book = area.assumptions
    place: Place = area
    found = launched(place, book)
    if (since := _deaths_since(area, book, found)) is not None:
        own = replace(area.facts.own, deaths_since=since)
        place = Places(area.reference, area.province, replace(area.facts, own=own))
        found = launched(place, book)
    told, errors = told_by_counts(area, book, found)
    if told:
        pair = found.base.pair
        pair = pair._replace(away_fertility=pair.away_fertility * away_factor(told, found))
        found = launched(place, book, births_factors(errors, found.years), replace(found.base, pair=pair))
    return Launch(**vars(found), area=area, place=place, told=told, level=level_ahead(told, errors))


def _deaths_since(area: Area, book: AssumptionBook, found: Launched) -> tuple[float, float] | None:
    """Deaths counted in the published years (`OwnFigures.deaths_of`), and those expected of the same people and ages at the rates
    of the reference data; None where none were counted."""
    counted = expected = 0.0
    for year in found.years:
        told = area.facts.own.deaths_of(year)
        if told is not None:
            group, deaths = told
            of_year = found.year(year).resident if group == "residents" else found.year(year).registered
            counted += deaths.total
            for sex, low, high, _ in deaths.cells:
                of_sex = of_year.deaths.sum(axis=0) if sex == BOTH else of_year.deaths[SEXES.index(sex)]
                expected += float(of_sex[low : None if high is None else high + 1].sum())
    return (counted, expected / local_ratio(area, book)) if expected > 0 else None


def project_from(
    start: Launch, scenario: Scenario, to: int = 2050, *, draws: int = 0, seed: int = SEED, engine: str = ENGINE
) -> Projection:
    """Project from a launch already made, so that scenarios of one area share it. Raises as `project`."""
    if not LAUNCH < to <= LATEST_YEAR:
        raise InputError([Problem("projection_year_out_of_range", {"found": to, "first": LAUNCH + 1, "last": LATEST_YEAR})])
    if not isinstance(draws, int) or not 0 <= draws <= MOST_DRAWS:
        raise InputError([Problem("draws_out_of_range", {"found": draws, "last": MOST_DRAWS})])
    area, book = start.area, scenario.apply(start.area.assumptions)
    ahead = years_ahead(start.place, book, start, to, level=start.level)
    done = [*start.published, *ahead.path]
    years = list(range(start.base.census.date.year, to + 1))
    return Projection(
        area=area,
        scenario=scenario,
        assumptions=book,
        census_year=years[0],
        launch=LAUNCH,
        resident=_dataset(start.base.pair.resident, [year.resident for year in done], years),
        registered=_dataset(start.base.pair.registered, [year.registered for year in done], years),
        rates=_rates(done, np.concatenate([start.e0, ahead.e0]), np.concatenate([start.parity, ahead.parity]), years[1:]),
        base=start.base,
        draws=_draws(start, book, ahead, draws, seed, chosen_engine(engine, draws)) if draws else None,
    )


def _draws(start: Launch, book: AssumptionBook, ahead: Ahead, count: int, seed: int, engine: str) -> Draws:
    """The draws of the years after the census, whose central path leads through the published years and those `ahead`."""
    area, numbers, years = start.area, range(count), [*start.years, *ahead.years]
    paths = courses_from(start.place, area.assumptions, start, ahead, book)
    found, cells = random_inputs(area, book, paths, years, numbers, seed)
    if start.told:
        found = narrowed(area, book, start.told, found, years, start.base.census.date.year)
    resident, registered = run_draws(paths, found, cells=cells, engine=engine, threads=os.cpu_count() or 1)
    return Draws(years, seed, engine, resident, registered)


def _dataset(first: Array, flows: Sequence[YearEnd], years: Sequence[int]) -> xr.Dataset:
    """Stocks of `years` and the flows of all but the first, which are missing (NaN) there."""
    cell = ("year", "sex", "age")
    stocks = np.stack([first, *(flow.population for flow in flows)])

    def flow_values(name: str) -> Array:
        values = np.stack([getattr(flow, name) for flow in flows])
        return np.concatenate([np.full((1, *values.shape[1:]), np.nan), values])

    data = xr.Dataset(
        {
            "population": (cell, stocks),
            "births": (("year", "order", "sex"), flow_values("births")),
            "deaths": (cell, flow_values("deaths")),
            "cohort_deaths": (cell, flow_values("cohort_deaths")),
            "migration": (cell, flow_values("migration")),
            "shortfall": (("year",), flow_values("shortfall")),
        },
        coords=_labels(tuple(years), first.shape[1]),
    )
    for name in data.data_vars:
        data[name].attrs["units"] = "persons"
    return data


def _rates(done: Sequence[PairYear], e0: Array, parity: Array, years: Sequence[int]) -> xr.Dataset:
    """The rates behind the flows, by year: TFR in all and by order, e0 by sex, women by parity, what returns and balances."""
    by_order = np.stack([total_fertility(year.fertility) for year in done])
    return xr.Dataset(
        {
            "tfr": ("year", by_order.sum(axis=1)),
            "tfr_order": (("year", "order"), by_order),
            "e0": (("year", "sex"), e0),
            "women_by_parity": (("year", "parity", "age"), parity),
            "return_rate": ("year", [year.moves.return_rate for year in done]),
            "balance_rate": ("year", [year.moves.balance_rate for year in done]),
        },
        coords=_labels(tuple(years), None),
    )


@lru_cache(16)
def _labels(years: tuple[int, ...], ages: int | None) -> xr.Coordinates:
    """The labels of results, kept because they take longer to make than a year's step; `ages`: of results that are by age."""
    labels: dict[str, Any] = {"year": list(years), "sex": list(SEXES), "order": list(ORDERS), "parity": list(PARITIES)}
    return xr.Coordinates(labels if ages is None else labels | {"age": np.arange(ages)})
