"""The years of an area, or of areas side by side: those with published figures up to the launch, then those of a scenario.

Everything here takes one area or many alike: many stand on the last axis of every array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from popmodel.areas import Place
from popmodel.areas.own_figures import StockByAge
from popmodel.demography.arrays import Array
from popmodel.forecast import (
    LAUNCH,
    a_year_later,
    births_by_parity,
    fertility_path,
    mortality_path,
    published_births,
    resident_controls,
    sex_ratio_of_all,
    sex_ratios_at_birth,
    survival_polynomials,
)
from popmodel.messages import InputError, Problem
from popmodel.parameters import AssumptionBook
from popmodel.projection.base import Base, base, moves_of, rates_of
from popmodel.projection.draws import Courses, courses
from popmodel.projection.pair import EVERYBODY, Pair, PairYear, step_pair
from popmodel.projection.registered import carried_back, registered_at_year_end


@dataclass(frozen=True)
class Launched:
    """Where every scenario starts: the base, the published years stepped through, and their e0 (year, sex, …).

    parity: women by number of children (year, parity, age, …) at the start of each published year.
    """

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


class Ahead(NamedTuple):
    """The years after the launch: their numbers, the central path, women by parity (year, parity, age, …), e0 (year, sex, …)."""

    years: Sequence[int]
    path: Sequence[PairYear]
    parity: Array
    e0: Array


def launched(place: Place, book: AssumptionBook, births_factors: Array | None = None, start: Base | None = None) -> Launched:
    """The years from the last census to the launch, the same in every scenario.

    births_factors: (year,), what else is known moves the published births by. start: the base, where it was worked out before.

    They are held to published figures: births after the province's, residents after the prefecture's, and what the area itself
    knows of registered births, moves of registration and registered people by age. Births of an order are those of the census
    year per woman who has one child less, times one factor a year on all orders.
    Raises InputError where no population comes of the censuses, as where nobody was counted or an age has nobody left.
    """
    unknown = InputError([Problem("area_not_projectable", {"code": place.facts.codes[0]})])
    if not all(np.all(sum(persons.sum(axis=0) for persons in count.persons) > 0) for count in place.facts.counts):
        raise unknown
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = _launched(place, book, births_factors, start or base(place, book, LAUNCH))
    if not np.isfinite(found.pair.resident + found.pair.registered).all():
        raise unknown
    return found


def years_ahead(place: Place, book: AssumptionBook, start: Launched, to: int, *, level: float = 1.0) -> Ahead:
    """The years after the launch to `to` under a scenario's `book`.

    The launch year's fertility, times `level`, goes on its path, with the published years' mean returns and the scenario's own
    factors.
    """
    years = list(range(LAUNCH + 1, to + 1))
    table, pair, last = mortality_path(place, book, years), start.pair, start.published[-1]
    returning, balance = (
        np.mean([np.asarray(getattr(year.moves, rate)) for year in start.published], axis=0)
        for rate in ("return_rate", "balance_rate")
    )
    published_tfr = level * np.stack([year.fertility.sum(axis=1).sum(axis=0) for year in start.published])
    fertility, parity = fertility_path(place, book, years, last.fertility, start.parity[-1], published_tfr)
    srb, overall = sex_ratios_at_birth(place, book), sex_ratio_of_all(book, years)
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
    return Ahead(years, done, parity, table.e0)


def courses_from(place: Place, book: AssumptionBook, start: Launched, ahead: Ahead, scenario_book: AssumptionBook) -> Courses:
    """The courses that draws take from the census year's end on: the published years by `book`, the others by the scenario's."""
    survival = np.concatenate(
        [
            survival_polynomials(place, book, start.years),
            survival_polynomials(place, scenario_book, ahead.years),
        ]
    )
    return courses(start.base.pair, [*start.published, *ahead.path], survival, len(start.published))


def leaving_growth(growth: Array, strength: float) -> Array:
    """The intercensal moves with leaving at `strength`: losses times it, gains at most as they were.

    At 0 nobody moves; above 1 more leave at the ages that lose people, and no more arrive at those that gain.
    """
    return np.where(growth < 0, growth * strength, growth * min(strength, 1.0))


def _launched(place: Place, book: AssumptionBook, births_factors: Array | None, start: Base) -> Launched:
    """The years stepped through; where registered people were counted in one of them, from a base that leads to the count."""
    stocks = {stock.date.year: stock for stock in place.facts.own.stocks if stock.date.year in start.years[1:]}
    plain = _stepped(place, book, births_factors, start, {})
    if not stocks:
        return plain
    year = min(stocks)
    before = plain.year(year - 1).registered.population if year - 1 in plain.years else start.pair.registered
    of_year = plain.year(year).registered
    met = registered_at_year_end(stocks[year], before, of_year)
    here = start.pair.resident * (1 - start.pair.outside_share)
    since = year - start.census.date.year
    registered = carried_back(start.pair.registered, since, met, of_year.population, here)
    brought = replace(start, pair=start.pair._replace(registered=registered))
    return _stepped(place, book, births_factors, brought, stocks)


def _stepped(
    place: Place,
    book: AssumptionBook,
    births_factors: Array | None,
    start: Base,
    stocks: Mapping[int, StockByAge],
) -> Launched:
    pair, parity, years = start.pair, start.parity, start.years[1:]
    births = published_births(place, book, years)
    if births_factors is not None:
        births = (births.T * births_factors).T
    controls = resident_controls(place, book, start.census.date, start.census.population.sum(axis=EVERYBODY), years)
    srb, overall = sex_ratios_at_birth(place, book), sex_ratio_of_all(book, years)
    own = place.facts.own
    done: list[PairYear] = []
    parities = []
    for index in range(len(years)):
        fertility = births_by_parity(parity, start.by_parity)
        rates = rates_of(start.table, index + 1, fertility, srb, float(overall[index]))
        moves = moves_of(start.growth, book)._replace(registration_net=own.registered_moves.get(years[index]))
        step = step_pair(
            pair,
            rates,
            moves,
            births=births[index],
            registered_births=own.registered_births.get(years[index]),
            control=controls[index],
        )
        if years[index] in stocks:
            step = step.held_to(registered_at_year_end(stocks[years[index]], pair.registered, step.registered))
        parities.append(parity)
        pair, parity = pair.after(step), a_year_later(parity, step.fertility)
        done.append(step)
    return Launched(start, done, np.stack(parities), start.table.e0[1:])
