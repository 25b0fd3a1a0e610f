"""From an area's pack to its projection: the base at the census, the published years up to the launch, then the scenario.

The years up to the launch are the same in every scenario: a scenario changes only what comes after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from popmodel.areas import Area, Place
from popmodel.demography import SEXES, total_fertility
from popmodel.demography.arrays import Array
from popmodel.drawing import MOST_DRAWS, SEED
from popmodel.forecast import (
    LAUNCH,
    Mortality,
    a_year_later,
    births_by_parity,
    deviations,
    fertility_path,
    known_years,
    mortality_path,
    published_births,
    resident_controls,
    sex_ratio_of_all,
    sex_ratios_at_birth,
    spreads,
    survival_polynomials,
)
from popmodel.forecast.fertility import ORDERS, PARITIES
from popmodel.forecast.streams import standard_normals
from popmodel.messages import InputError, Problem
from popmodel.parameters import AssumptionBook
from popmodel.projection.base import Base, base, moves_of, rates_of
from popmodel.projection.draws import Draws, courses, run_draws
from popmodel.projection.pair import EVERYBODY, Pair, PairYear, step_pair
from popmodel.projection.results import Projection
from popmodel.projection.step import YearEnd
from popmodel.scenarios import Scenario, find_scenario

LATEST_YEAR = 2100


@dataclass(frozen=True)
class Launch:
    """Where every scenario of an area starts: its base, the published years stepped through, and their e0 (year, sex).

    parity: women by number of children (year, parity, age) at the start of each published year.
    """

    area: Area
    base: Base
    published: Sequence[PairYear]
    parity: Array
    e0: Array

    @property
    def years(self) -> Sequence[int]:
        """The published years."""
        return self.base.years[1:]

    def year(self, year: int) -> PairYear:
        """One of the published years, stocks and flows."""
        return self.published[self.years.index(year)]

    @property
    def pair(self) -> Pair:
        """Both stocks at 31 December of the launch year."""
        return self.base.pair.after(self.published[-1])


def project(area: Area, scenario: str = "medium", to: int = 2050, *, draws: int = 0, seed: int = SEED) -> Projection:
    """Project the residents and the registered people of `area` under `scenario` to 31 December of `to`.

    With `draws`, as many joint paths of both populations come with it, drawn by `seed`: `Projection.draws`.
    Raises InputError for an unknown scenario, a year outside LAUNCH + 1 .. 2100 or draws outside 0 .. 100,000.

    >>> import popmodel as pm
    >>> pm.project(pm.load_area("data/xichuan"), scenario="medium", to=2030).years[-1]
    2030
    """
    return project_from(launch(area), find_scenario(area.scenarios, scenario), to, draws=draws, seed=seed)


def launch(area: Area) -> Launch:
    """The years of `area` from its last census to the launch, the same in every scenario."""
    start = base(area, area.assumptions, LAUNCH)
    published, parity = _published_years(area, area.assumptions, start)
    return Launch(area, start, published, parity, start.table.e0[1:])


def project_from(start: Launch, scenario: Scenario, to: int = 2050, *, draws: int = 0, seed: int = SEED) -> Projection:
    """Project from a launch already made, so that scenarios of one area share it. Raises as `project`."""
    if not LAUNCH < to <= LATEST_YEAR:
        raise InputError([Problem("projection_year_out_of_range", {"found": to, "first": LAUNCH + 1, "last": LATEST_YEAR})])
    if not 0 <= draws <= MOST_DRAWS:
        raise InputError([Problem("draws_out_of_range", {"found": draws, "last": MOST_DRAWS})])
    area, book = start.area, scenario.apply(start.area.assumptions)
    ahead = list(range(LAUNCH + 1, to + 1))
    table = mortality_path(area, book, ahead)
    future, parity = _future_years(start, book, ahead, table)
    done = [*start.published, *future]
    years = list(range(start.base.census.date.year, to + 1))
    return Projection(
        area=area,
        scenario=scenario,
        assumptions=book,
        census_year=years[0],
        launch=LAUNCH,
        resident=_dataset(start.base.pair.resident, [year.resident for year in done], years),
        registered=_dataset(start.base.pair.registered, [year.registered for year in done], years),
        rates=_rates(done, np.concatenate([start.e0, table.e0]), np.concatenate([start.parity, parity]), years[1:]),
        base=start.base,
        draws=_draws(start, book, done, years[1:], draws, seed) if draws else None,
    )


def _draws(start: Launch, book: AssumptionBook, done: Sequence[PairYear], years: Sequence[int], count: int, seed: int) -> Draws:
    """The draws of the years after the census, whose central path is `done`."""
    area, numbers = start.area, range(count)
    survival = np.concatenate(
        [
            survival_polynomials(area, one, part)
            for one, part in ((area.assumptions, years[: len(start.years)]), (book, years[len(start.years) :]))
        ]
    )
    paths = courses(start.base.pair, done, survival)
    found = deviations(area, book, known_years(area, start.base.census.date.year), years, numbers, seed)
    cells = None
    if start.base.pair.resident.sum() < spreads(book).cells_below:
        cells = standard_normals(seed, area.code, "cells", years, numbers, cells=start.base.pair.resident.shape)
    resident, registered = run_draws(paths, found, cells=cells)
    return Draws(list(years), seed, "numpy", resident, registered)


def _published_years(place: Place, book: AssumptionBook, start: Base) -> tuple[list[PairYear], Array]:
    """The years held to published figures: births after the province's, residents after the prefecture's; women by parity.

    Births of an order are those of the census year per woman who has one child less, times one factor a year on all orders.
    """
    pair, parity, years = start.pair, start.parity, start.years[1:]
    births = published_births(place, years)
    controls = resident_controls(place, start.census.date, start.census.population.sum(axis=EVERYBODY), years)
    srb, overall = sex_ratios_at_birth(place, book), sex_ratio_of_all(book, years)
    done: list[PairYear] = []
    parities = []
    for index in range(len(years)):
        fertility = births_by_parity(parity, start.by_parity)
        rates = rates_of(start.table, index + 1, fertility, srb, float(overall[index]))
        moves = moves_of(start.growth, book)
        step = step_pair(pair, rates, moves, births=births[index], control=controls[index])
        parities.append(parity)
        pair, parity = pair.after(step), a_year_later(parity, step.fertility)
        done.append(step)
    return done, np.stack(parities)


def _future_years(start: Launch, book: AssumptionBook, years: Sequence[int], table: Mortality) -> tuple[list[PairYear], Array]:
    """The years of the scenario: the launch year's fertility on its path, the published years' mean returns, its own factors."""
    pair, last = start.pair, start.published[-1]
    returning = np.mean([year.moves.return_rate for year in start.published], axis=0)
    balance = np.mean([year.moves.balance_rate for year in start.published], axis=0)
    published_tfr = np.stack([year.fertility.sum(axis=1).sum(axis=0) for year in start.published])
    fertility, parity = fertility_path(start.area, book, years, last.fertility, start.parity[-1], published_tfr)
    srb, overall = sex_ratios_at_birth(start.area, book), sex_ratio_of_all(book, years)
    leaving_path, returning_path = (book.path(f"migration.{name}", years) for name in ("leaving", "returning"))
    done: list[PairYear] = []
    for index in range(len(years)):
        rates = rates_of(table, index, fertility[index], srb, float(overall[index]))
        leaving = leaving_path[index]
        moves = moves_of(leaving_growth(start.base.growth, leaving), book)._replace(
            return_rate=returning * returning_path[index], balance_rate=balance * leaving
        )
        step = step_pair(pair, rates, moves)
        pair = pair.after(step)
        done.append(step)
    return done, parity


def leaving_growth(growth: Array, strength: float) -> Array:
    """The intercensal moves with leaving at `strength`: losses times it, gains at most as they were.

    At 0 nobody moves; above 1 more leave at the ages that lose people, and no more arrive at those that gain.
    """
    return np.where(growth < 0, growth * strength, growth * min(strength, 1.0))


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
        coords={
            "year": list(years),
            "sex": list(SEXES),
            "age": np.arange(first.shape[1]),
            "order": list(ORDERS),
            "parity": list(PARITIES),
        },
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
        coords={"year": list(years), "sex": list(SEXES), "order": list(ORDERS), "parity": list(PARITIES)},
    )
