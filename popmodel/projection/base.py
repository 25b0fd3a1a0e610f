"""The base of a projection: both populations at the end of the last census year, and the schedules the years after start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from popmodel.areas import Place
from popmodel.demography import FEMALE
from popmodel.demography.arrays import Array
from popmodel.forecast import (
    Census,
    MigrationProfile,
    Mortality,
    a_year_later,
    area_censuses,
    fertility_schedule,
    migration_profile,
    mortality_path,
    parity_before_census,
    published_births,
    rates_by_parity,
    resident_controls,
    return_pattern,
    sex_ratio_of_all,
    sex_ratios_at_birth,
    year_fraction,
)
from popmodel.parameters import AssumptionBook
from popmodel.projection.pair import EVERYBODY, Moves, Pair, Rates, part_of_year, step_pair
from popmodel.projection.registered import RegisteredBase, registered_at_census, registered_total


@dataclass(frozen=True)
class Base:
    """Where an area stands at the end of its census year; areas side by side are on the last axis of every array.

    pair: both stocks at 31 December; own: its censuses; schedule: births per woman (order, age) of the census year, by_parity:
    per woman who has one child less; parity: women by number of children (parity, age) at 31 December;
    growth: intercensal net change a year as a share of survivors (sex, age); registered: how the registered stock was found;
    years, table: the census year and those up to the launch, and their mortality.
    """

    pair: Pair
    own: Sequence[Census]
    schedule: Array
    by_parity: Array
    parity: Array
    growth: Array
    profile: MigrationProfile
    registered: RegisteredBase
    years: Sequence[int]
    table: Mortality

    @property
    def census(self) -> Census:
        """The last census."""
        return self.own[-1]


def base(place: Place, book: AssumptionBook, launch: int) -> Base:
    """Both populations moved from the last census to 31 December of that year; `launch`: the last year with data."""
    own = area_censuses(place)
    census = own[-1]
    year = census.date.year
    years = range(year, launch + 1)
    table = mortality_path(place, book, years)
    residents = census.population.sum(axis=EVERYBODY)
    outside_share = registered_total(place, census)[1] / residents
    profile = migration_profile(place, book, own)
    births = published_births(place, book, [year])[0]
    schedule = fertility_schedule(place, (census.population - census.held_out)[FEMALE], births)
    srb = sex_ratios_at_birth(place, book)
    rates = rates_of(table, 0, schedule, srb, float(sex_ratio_of_all(book, [year])[0]))
    before = parity_before_census(place, book, schedule)
    registered = registered_at_census(place, book, own, profile, rates, outside_share)
    away_fertility = float(book.value("registered.away_fertility"))
    at_date = Pair(census.population, registered.stock, outside_share, away_fertility, census.held_out)
    growth = np.expm1(profile.log_growth)
    fraction = year_fraction(census.date)
    year_end = resident_controls(place, book, census.date, residents, [year])[0]
    full_year = residents + (year_end - residents) / fraction
    done = step_pair(at_date, rates, moves_of(growth, book), births=births, control=full_year)
    pair = at_date._replace(
        resident=part_of_year(at_date.resident, done.resident, fraction),
        registered=part_of_year(at_date.registered, done.registered, fraction),
    )
    by_parity, parity = rates_by_parity(schedule, before), a_year_later(before, schedule)
    return Base(pair, own, schedule, by_parity, parity, growth, profile, registered, years, table)


def rates_of(table: Mortality, index: int, fertility: Array, srb: Array, srb_overall: float) -> Rates:
    """The rates of the year at `index` of `table`."""
    return Rates(table.survival[index], table.deaths_before_birthday[index], fertility, srb, srb_overall)


def moves_of(growth: Array, book: AssumptionBook) -> Moves:
    """The intercensal moves, with nobody returning yet."""
    registration_rate = float(book.value("registered.net_moves_per_1000")) / 1000
    return Moves(growth, 0.0, 0.0, registration_rate, partial(return_pattern, book))
