"""Residents and registered people of an area, stepped together: one births model, one mortality, and a bridge between them.

registered = residents − residents registered outside the county + registered people living outside it. Areas side by side stand
on the last axis of every array; what is one number of an area has that axis alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from popmodel.demography.arrays import Array, Number
from popmodel.projection.step import YearEnd, births_by_order, finish_year, split_by_sex, survive

EVERYBODY = (0, 1)  # the axes of sex and age
# Above this share of those living away returning in a year, or when the residents must lose more than the profile takes,
# the control total is met by the ages that move most instead of by returns.
LARGEST_RETURN = 0.15


class Rates(NamedTuple):
    """One year's rates: survival, deaths_before_birthday (sex, age, …), fertility (order, age, …).

    srb: males per female by order, how they differ; srb_overall: that of all births to residents, to which one factor on the
    shares of boys brings them.
    """

    survival: Array
    deaths_before_birthday: Array
    fertility: Array
    srb: Array
    srb_overall: float


class Moves(NamedTuple):
    """One year's moves.

    growth: (sex, age, …), net change of residents as a share of survivors; return_rate: share of those living away who come
    back; balance_rate: further share of survivors gained, spread like the profile; registration_rate: share of registered
    people gained by moves of registration, which follows from registration_net persons where that is known; return_pattern:
    from those away (sex, age, …) the weights of their ages, of mean 1.
    """

    growth: Array
    return_rate: Number
    balance_rate: Number
    registration_rate: float
    return_pattern: Callable[[Array], Array] = np.ones_like
    registration_net: Number | None = None


class Pair(NamedTuple):
    """Stocks (sex, age, …) of both populations and what does not change between them.

    outside_share: share of residents registered outside the county; away_fertility: fertility of registered women living
    away, so far as their children are registered in the county, relative to resident women; held_out: residents (sex, age, …) in
    group quarters, students and others, who neither age nor bear there: their number at each age stays, by moves in and out.
    """

    resident: Array
    registered: Array
    outside_share: Number
    away_fertility: float
    held_out: Array

    def after(self, year: PairYear) -> Pair:
        """The pair at the end of `year`."""
        return self._replace(resident=year.resident.population, registered=year.registered.population)


class PairYear(NamedTuple):
    """A year of both populations, and the women's person-years and fertility the births came from.

    corrected: registered people (sex, age, …) added or taken off to meet a count at the year's end; part of their migration.
    registered_born: registered births as they were worked out, before they were held to any that are known.
    """

    resident: YearEnd
    registered: YearEnd
    women_years: Array
    fertility: Array
    moves: Moves
    registered_born: Number
    corrected: Array | None = None

    def held_to(self, registered: Array) -> PairYear:
        """The year with another registered stock (sex, age, …) at its end, the difference being moves of registration."""
        change = registered - self.registered.population
        met = self.registered._replace(population=registered, migration=self.registered.migration + change)
        return self._replace(registered=met, corrected=change)


def step_pair(
    pair: Pair,
    rates: Rates,
    moves: Moves,
    *,
    births: Number | None = None,
    registered_births: Number | None = None,
    control: Number | None = None,
) -> PairYear:
    """Take both populations through one year.

    births: hold resident births to this number by one factor on fertility; registered_births: hold these to that number;
    control: hold residents at year end to this total, by returns of those living away (or, where that cannot do it, by a balance
    on the moving ages).
    """
    resident, held = survive(pair.resident, rates.survival), survive(pair.held_out, rates.survival)
    registered = survive(pair.registered, rates.survival)
    away_women = np.maximum(registered.women_years - resident.women_years * (1 - pair.outside_share), 0.0)
    mothers = np.maximum(resident.women_years - held.women_years, 0.0)
    fertility = rates.fertility
    born = births_by_order(mothers, fertility)
    if births is not None:
        factor = births / born.sum(axis=0)
        fertility, born = fertility * factor, born * factor
    srb = _brought_to(rates.srb_overall, rates.srb, born)
    born_resident = split_by_sex(born, srb)
    born_away = split_by_sex(births_by_order(away_women, fertility) * pair.away_fertility, srb)
    born_registered = born_resident * (1 - pair.outside_share) + born_away
    registered_born = born_registered.sum(axis=EVERYBODY)
    if registered_births is not None:
        born_registered = born_registered * (registered_births / registered_born)

    alive = _with_newborn(resident.persons, born_resident, rates.survival)
    alive_registered = _with_newborn(registered.persons, born_registered, rates.survival)
    away = np.maximum(alive_registered - alive * (1 - pair.outside_share), 0.0)
    if moves.registration_net is not None:
        moves = moves._replace(registration_rate=moves.registration_net / alive_registered.sum(axis=EVERYBODY))
    turnover = pair.held_out - held.persons
    ordinary = np.maximum(alive - held.persons, 0.0)
    if control is not None:
        moves = _meet(control - (turnover.sum(axis=EVERYBODY) + alive.sum(axis=EVERYBODY)), ordinary, away, moves)
    migration = (
        ordinary * (moves.growth + moves.balance_rate * mobility(moves.growth))
        + away * moves.return_pattern(away) * moves.return_rate
        + turnover
    )
    return PairYear(
        finish_year(pair.resident, resident.persons, born_resident, rates.survival, rates.deaths_before_birthday, migration),
        finish_year(
            pair.registered,
            registered.persons,
            born_registered,
            rates.survival,
            rates.deaths_before_birthday,
            alive_registered * moves.registration_rate,
        ),
        mothers,
        fertility,
        moves,
        registered_born,
    )


def mobility(growth: Array) -> Array:
    """Weights (sex, age, …) by how much each age moves, the largest being 1; even over ages where nobody moves."""
    size = np.abs(growth)
    largest = size.max(axis=EVERYBODY)
    return np.divide(size, largest, out=np.ones_like(size), where=largest > 0)


def part_of_year(start: Array, year: YearEnd, fraction: float) -> Array:
    """The stock `fraction` of the way from `start` to the year's end: births, deaths and moves fall evenly over the year."""
    return start + fraction * (year.population - start)


def _brought_to(overall: float, srb: Array, births: Array) -> Array:
    """Sex ratios by order (order, …) times one factor on their shares of boys, at which all `births` (order, …) have `overall`.

    Where nobody is born there is nothing to bring, and they stay.
    """
    srb = np.broadcast_to(srb.reshape(-1, *[1] * (births.ndim - 1)), births.shape)
    boys, born = srb / (1 + srb), births.sum(axis=0)
    expected = (births * boys).sum(axis=0)
    factor = np.divide(overall / (1 + overall) * born, expected, out=np.ones_like(born), where=expected > 0)
    brought = boys * factor
    return np.where(born > 0, brought / (1 - brought), srb)


def _with_newborn(persons: Array, births: Array, survival: Array) -> Array:
    alive = persons.copy()
    alive[:, 0] = survival[:, 0] * births.sum(axis=0)
    return alive


def _meet(change: Number, ordinary: Array, away: Array, moves: Moves) -> Moves:
    """Moves of the `ordinary` residents, and returns of those `away`, that add up to `change` persons."""
    needed = change - (ordinary * moves.growth).sum(axis=EVERYBODY)
    there = away.sum(axis=EVERYBODY)
    met = (needed >= 0) & (needed <= LARGEST_RETURN * there)
    moving = (ordinary * mobility(moves.growth)).sum(axis=EVERYBODY)
    balance = np.divide(needed, moving, out=np.zeros_like(moving), where=~met)
    return moves._replace(return_rate=np.where(met, needed / np.maximum(there, 1.0), 0.0), balance_rate=balance)
