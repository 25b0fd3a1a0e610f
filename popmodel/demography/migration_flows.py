"""The ways a projection can be told of migration: each gives net migrants by sex and age for one year.

Arrays are (..., sex, age), leading dimensions first; whether moves fall evenly over the year or at its end is the step's to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_counts, checked_finite, checked_probabilities, checked_together, checked_whole
from popmodel.messages import InputError, Problem

_CELLS = (-2, -1)  # sex and age
_LAST_YEAR = 9999


class NetMigrants(NamedTuple):
    """Net migrants (persons) that leave no cell below zero, and by how many persons a cell's loss was cut for that."""

    net: Array
    shortfall: Array


class Remaining(NamedTuple):
    """A population without those an event took, and by how many persons a cell had fewer than it should have lost."""

    population: Array
    shortfall: Array


class HeldOut(NamedTuple):
    """A population in two: those who age and move, and those held out; shortfall: persons to be held that were not there."""

    ordinary: Array
    held: Array
    shortfall: Array


class Event(NamedTuple):
    """A move of once, such as a resettlement: persons who leave in `year` (negative: who come).

    profile: weights (..., sex, age) by which they are shared out, of any sum; None: as the population at the time.
    """

    persons: float
    year: int
    profile: npt.ArrayLike | None = None


def net_from_numbers(total: npt.ArrayLike, profile: npt.ArrayLike) -> Array:
    """A net `total` of persons (...) shared out by an age-sex `profile` (..., sex, age); the result sums to the total.

    A profile of one sign is scaled, so only its shape matters. One that changes sign is in persons (net migrants of an earlier
    period) and takes the plus-minus adjustment: gains times 1 + δ/A, losses times 1 − δ/A, with δ the total less the profile's
    sum and A its sum without signs, so that each cell keeps its sign.
    Raises InputError when the profile is zero everywhere but not the total, or changes sign and lies further than A from the
    total.
    Limits: no population is known here; see `within_population` for cells with fewer people than are to leave.
    Source: Shryock & Siegel (1976), The Methods and Materials of Demography, appendix C (plus-minus method).

    >>> net_from_numbers(0.0, [[30.0, -10.0]]).tolist()
    [[15.0, -15.0]]
    """
    wanted = checked_finite(total, what="migrants")[..., None, None]
    weights = checked_finite(profile, what="migration_profile", axes=2)
    sums = (values.sum(axis=_CELLS, keepdims=True) for values in (weights, np.abs(weights)))
    wanted, added, size = checked_together(wanted, *sums)
    if np.any((size == 0) & (wanted != 0)):
        raise InputError([Problem("profile_empty", {})])
    mixed = np.any(weights > 0, axis=_CELLS, keepdims=True) & np.any(weights < 0, axis=_CELLS, keepdims=True)
    adjusted = weights * (1 + np.sign(weights) * _plus_minus(wanted, added, size, mixed))
    factor = np.divide(wanted, added, out=np.zeros(wanted.shape), where=~mixed & (size > 0))
    return np.where(mixed, adjusted, weights * factor)


def net_from_rates(
    population: npt.ArrayLike, in_rates: npt.ArrayLike, out_rates: npt.ArrayLike, *, in_base: npt.ArrayLike
) -> Array:
    """Net migrants from gross rates: in-rates times the outside population they are rates of, less out-rates times residents.

    population: residents at risk of leaving; in_base: the outside population (rest of the prefecture, say); rates a year, by
    sex and age, all of one shape or broadcasting to it. Out-rates are at most 1, so that no cell falls below zero.
    Raises InputError on negative or missing values, or out-rates above 1.
    Limits: the in-rates hold for the outside population given and no other; as that shrinks, so do the arrivals.
    Source: Rogers (1990), Requiem for the net migrant; Smith, Tayman & Swanson (2013), chapter 6.

    >>> net_from_rates([[100.0]], [[0.01]], [[0.1]], in_base=[[2000.0]]).tolist()
    [[10.0]]
    """
    arriving = checked_counts(in_rates, what="migration_rates"), checked_counts(in_base, what="population")
    leaving = checked_probabilities(out_rates, what="migration_rates"), checked_counts(population, what="population")
    into, outside, out_of, residents = checked_together(*arriving, *leaving, same=2)
    return np.asarray(into * outside - out_of * residents)


def net_from_net_rates(population: npt.ArrayLike, net_rates: npt.ArrayLike) -> Array:
    """Net migrants as `net_rates` (share a year, −1 at the least) of `population`, by sex and age.

    Raises InputError on negative or missing counts, missing rates or rates below −1 (so no cell falls below zero).
    Limits: net rates have no population at risk: gains grow with the residents, not with those who could come.
    Source: Smith, Tayman & Swanson (2013), chapter 6.

    >>> net_from_net_rates([[200.0, 100.0]], [[-0.5, 0.1]]).tolist()
    [[-100.0, 10.0]]
    """
    rates = checked_finite(net_rates, what="migration_rates")
    if np.any(rates < -1):
        raise InputError([Problem("net_rate_below_minus_one", {"found": float(rates.min()), "count": int((rates < -1).sum())})])
    people, rates = checked_together(checked_counts(population, what="population"), rates, same=2)
    return people * rates


def within_population(population: npt.ArrayLike, net: npt.ArrayLike) -> NetMigrants:
    """Net migrants cut so that no cell of `population` falls below zero, and the persons cut.

    Both (..., sex, age), persons; net − shortfall is what was asked: result.net − result.shortfall equals `net`.

    >>> within_population([[5.0, 5.0]], [[-8.0, 2.0]])
    NetMigrants(net=array([[-5.,  2.]]), shortfall=array([[3., 0.]]))
    """
    people = checked_counts(population, what="population", axes=2)
    people, asked = checked_together(people, checked_finite(net, what="migrants"), same=2)
    moved = np.maximum(asked, -people)
    return NetMigrants(moved, moved - asked)


def event_moves(population: npt.ArrayLike, events: Iterable[Event], year: int) -> NetMigrants:
    """Net migrants of the one-time `events` of `year`: losses negative, zero everywhere in a year without events.

    population: (..., sex, age), before the event; all events of the year share what a cell holds.
    Raises InputError on a negative, missing or empty profile, or a year that is none.
    Source: accounting identity; an event is kept apart from rates so that it is never carried forward as ordinary migration.

    >>> event_moves([[60.0, 40.0]], [Event(10, 2011)], 2011).net.tolist()
    [[-6.0, -4.0]]
    """
    people, year = checked_counts(population, what="population", axes=2), checked_whole(year, "year", 1, _LAST_YEAR)
    leaving = [
        _shared_out(event.persons, people if event.profile is None else event.profile)
        for event in events
        if checked_whole(event.year, "Event.year", 1, _LAST_YEAR) == year
    ]
    people, *leaving = checked_together(people, *leaving, same=2)
    return within_population(people, -sum(leaving, np.zeros_like(people)))


def without_event(first_census: npt.ArrayLike, persons: npt.ArrayLike, profile: npt.ArrayLike) -> Remaining:
    """A census without the `persons` (...) a later event moved out, so that intercensal migration is of ordinary moves only.

    first_census, profile (weights): (..., sex, age). The event is taken to follow the census at once: nobody dies in between.
    Raises InputError on a negative, missing or empty profile.
    Limits: the profile of those moved is seldom published; "as residents" (the census itself) leaves the age shape as it was.

    >>> without_event([[60.0, 40.0]], 10.0, [[60.0, 40.0]]).population.tolist()
    [[54.0, 36.0]]
    """
    people = checked_counts(first_census, what="population", axes=2)
    moved = within_population(people, -_shared_out(persons, profile))
    return Remaining(people + moved.net, moved.shortfall)


def hold_out(population: npt.ArrayLike, group_quarters: npt.ArrayLike) -> HeldOut:
    """Residents of group quarters (students, barracks, homes) taken out before ageing and moving; see `put_back`.

    Both (..., sex, age), persons; ordinary + held is the population, cell by cell. At most those there are held out.
    Limits: those held out neither age, die, move nor bear children here: they are replaced each year by others of the same ages.
    Source: Smith, Tayman & Swanson (2013), chapter 10 (special populations).

    >>> hold_out([[50.0, 5.0]], [[20.0, 8.0]]).shortfall.tolist()
    [[0.0, 3.0]]
    """
    people = checked_counts(population, what="population", axes=2)
    people, asked = checked_together(people, checked_counts(group_quarters, what="population"), same=2)
    held = np.minimum(asked, people)
    return HeldOut(people - held, held, asked - held)


def put_back(ordinary: npt.ArrayLike, held: npt.ArrayLike) -> Array:
    """The whole population again: the ordinary one after its year, and those who were held out of it; both (..., sex, age).

    >>> put_back([[30.0, 0.0]], [[20.0, 5.0]]).tolist()
    [[50.0, 5.0]]
    """
    people = checked_counts(ordinary, what="population", axes=2)
    people, added = checked_together(people, checked_counts(held, what="population", axes=2), same=2)
    return people + added


def _plus_minus(wanted: Array, added: Array, size: Array, mixed: npt.NDArray[np.bool_]) -> Array:
    """δ/A of the plus-minus adjustment where a profile is `mixed`, 0 elsewhere."""
    change = np.divide(wanted - added, size, out=np.zeros(wanted.shape), where=mixed & (size > 0))
    if np.any(np.abs(change) > 1):
        worst = int(np.argmax(np.abs(change)))
        total, gap, largest = (float(values.flat[worst]) for values in (wanted, wanted - added, size))
        raise InputError([Problem("plus_minus_too_far", {"total": total, "gap": gap, "size": largest})])
    return change


def _shared_out(persons: npt.ArrayLike, profile: npt.ArrayLike) -> Array:
    """`persons` (...) in proportion to the weights of `profile` (..., sex, age)."""
    return net_from_numbers(persons, checked_counts(profile, what="migration_profile"))
