"""Women by the number of children they have borne as the state of a forecast, so that second births need mothers of one.

The state is the share of the women of each age at each parity on 31 December: (..., parity, age), parities 0 .. K − 1 with the
last one open, single ages in completed years, a sum of 1 over parities. Births are of the orders 1 .. K, the last one open: those
of order k are borne at parity k − 1, and those of the open order leave their mother where she is. With the orders 1, 2, 3+ the
parities are 0, 1, 2+.

In a year, half of the women-years at completed age x are those of the women aged x at its start, half those of the women who
reach x during it, as in the projection's (N_x + E_x)/2. The share of women-years at a parity is therefore the mean of the shares
at x and at x − 1 at the start of the year; below the first age everybody is at parity 0.

Limits, of all of this: mortality and migration are taken to be the same at every parity; cohorts next to each other are taken to
be of one size; a woman bears in at most one parity a year (twins and births within twelve months count as of one mother); within
parity 2+ everybody has the same rate; no account of the time since the last birth.

Source: Feeney & Yu (1987), Population Studies 41(1), 77-102; Rallu & Toulemon (1994), Population: an English Selection 6, 59-94.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import (
    checked_counts,
    checked_fertility_rates,
    checked_numbers,
    checked_probabilities,
    checked_together,
)
from popmodel.messages import InputError, Problem, Term

# Shares are sums and products of a few floats; anything further from 1 is another axis or a table that was rounded.
SUM_TOLERANCE = 1e-9
# Rates a thousandfold leave no woman without a birth who has any chance of one: what this does not reach cannot be reached.
LARGEST_FACTOR = 1000.0
# Newton's steps double the digits near the root; far from it, where nearly all bear, each adds about 1 to the exponent.
_ROUNDS, _PRECISION = 1100, 1e-14


def parity_rates(f_by_order: npt.ArrayLike, share: npt.ArrayLike) -> Array:
    """Occurrence-exposure rates r_k(x) = −log(1 − f_k(x) / share of women-years at parity k − 1), the order's own risk set.

    f_by_order: births per woman of the age, whatever her parity (..., order, age); share: the state at the start of the year
    (..., parity, age), as many parities as orders. Returns rates per woman-year at the parity (..., order, age), from which
    `fertility_by_order` gives f_by_order back exactly. The logarithm makes 1 − exp(−r) the probability of a birth in the year.
    Raises InputError on what is no rate or no state, or births of an order that are as many as its possible mothers, or more.
    Limits: see the module.
    Source: Rallu & Toulemon (1994); Human Fertility Database, Methods Protocol (Jasilioniene et al. 2015), conditional rates.

    >>> parity_rates([[0.05, 0.1], [0.0, 0.02]], [[0.9, 0.8], [0.1, 0.2]]).round(4).tolist()
    [[0.0541, 0.1252], [0.0, 0.1431]]
    """
    f, exposed = _matched(checked_fertility_rates(f_by_order), exposed_by_order(share), "fertility_rates")
    too_many = (f > 0) & (f >= exposed)
    if too_many.any():
        place = tuple(np.argwhere(too_many)[0])
        where = {"count": int(too_many.sum()), "order": int(place[-2]) + 1, "place": int(place[-1])}
        raise InputError(
            [Problem("births_exceed_mothers", {**where, "found": float(f[place]), "mothers": float(exposed[place])})]
        )
    return -np.log1p(-np.divide(f, exposed, out=np.zeros(f.shape), where=f > 0))


def birth_probabilities(rates: npt.ArrayLike) -> Array:
    """Probability of a birth in a year at `rates` (..., order, age) per woman-year: 1 − exp(−r), never above 1.

    Raises InputError on negative or missing rates.

    >>> birth_probabilities([0.0, 0.1252]).round(4).tolist()
    [0.0, 0.1177]
    """
    return np.asarray(-np.expm1(-checked_counts(rates, what="parity_rates")))


def exposed_by_order(share: npt.ArrayLike) -> Array:
    """Share of a year's women-years at each completed age that can bear each order: at parity k − 1, the last one open.

    share: the state at the start of the year (..., parity, age); returns (..., order, age). Raises InputError on what is no
    state. Births per woman by order are at most these.

    >>> exposed_by_order([[0.9, 0.8], [0.1, 0.2]]).round(3).tolist()
    [[0.95, 0.85], [0.05, 0.15]]
    """
    share = _checked_share(share)
    return (share + _younger(share)) / 2


def fertility_by_order(share: npt.ArrayLike, rates: npt.ArrayLike) -> Array:
    """Births per woman of the age by order in a year begun with `share`: share of women-years at parity k − 1 × (1 − exp(−r_k)).

    share: (..., parity, age); rates: (..., order, age) per woman-year at the parity; returns (..., order, age), never more births
    of an order than women who could bear it, whatever the rates. Raises InputError on what is no state or no rate.
    Limits and source: see the module.

    >>> fertility_by_order([[0.9, 0.8], [0.1, 0.2]], [[0.0541, 0.1252], [0.0, 0.1431]]).round(4).tolist()
    [[0.05, 0.1], [0.0, 0.02]]
    """
    probability, exposed = _matched(birth_probabilities(rates), exposed_by_order(share), "parity_rates")
    return np.asarray(exposed * probability)


def age_parity(share: npt.ArrayLike, birth_probability: npt.ArrayLike) -> Array:
    """The state a year later: every cohort one year older, its births moved one parity up.

    share: at the start of the year (..., parity, age); birth_probability: (..., order, age), see `birth_probabilities`. The women
    aged x − 1 at the start spend half of the year at x − 1 and half at x, so that a birth has the mean of both probabilities; the
    open order moves nobody. Returns (..., parity, age) in [0, 1], summing to 1 over parities; the last age drops out.
    Raises InputError on what is no state or no probability.
    Limits and source: see the module.

    >>> age_parity([[1.0, 1.0, 0.8], [0.0, 0.0, 0.2]], [[0.0, 0.1, 0.3], [0.0, 0.0, 0.1]]).round(3).tolist()
    [[1.0, 0.95, 0.8], [0.0, 0.05, 0.2]]
    """
    probability = checked_probabilities(birth_probability, what="birth_probabilities")
    probability, began = _matched(probability, _younger(_checked_share(share)), "birth_probabilities")
    return _moved(began, (began * _mean_of_both_ages(probability))[..., :-1, :])


def parity_from_rates(f_by_order_over_time: npt.ArrayLike) -> Array:
    """The state at the end of the last year, each cohort followed from the first age through the schedules of its years.

    f_by_order_over_time: births per woman of the age (..., year, order, age), consecutive years; women older than the years reach
    back are given the first year's schedule before it. Returns (..., parity, age). Where a cohort's births of an order would be
    more than the women there, they stop at those women.
    Raises InputError on what is no rate or lacks the axes.
    Limits: see the module; the first year's schedule stands for all before it, so that with one year the result is that of a
    synthetic cohort, which today has fewer mothers than the real ones.
    Source: Preston, Heuveline & Guillot (2001), chapter 5 (cumulated cohort fertility by order).

    >>> parity_from_rates(np.full((1, 1, 2, 4), 0.1))[0].round(3).tolist()
    [[0.95, 0.85, 0.75, 0.65], [0.05, 0.15, 0.25, 0.35]]
    """
    f = checked_fertility_rates(f_by_order_over_time, axes=3)
    share = np.zeros((*f.shape[:-3], *f.shape[-2:]))
    share[..., 0, :] = 1.0
    births = _mean_of_both_ages(f)
    for year in [0] * f.shape[-1] + list(range(1, f.shape[-3])):
        began = _younger(share)
        share = _moved(began, np.minimum(births[..., year, :-1, :], began[..., :-1, :]))
    return share


def progression_ratios(share_at_end: npt.ArrayLike) -> Array:
    """Parity progression ratios a_0, a_1, ...: of the women with at least k children, the share with at least k + 1.

    share_at_end: shares by parity past childbearing (at 50, say), (..., parity); returns (..., parity − 1), NaN where nobody has
    k children. Raises InputError on what is no state.
    Limit: the open parity hides the progressions within it.
    Source: Preston, Heuveline & Guillot (2001), chapter 5; Feeney & Yu (1987).

    >>> progression_ratios([0.1, 0.36, 0.54]).round(3).tolist()
    [0.9, 0.6]
    """
    share = _checked_share(checked_numbers(share_at_end, "parity_shares", axes=1)[..., None])[..., 0]
    at_least = np.flip(np.cumsum(np.flip(share, -1), axis=-1), -1)
    undefined = np.full(at_least[..., 1:].shape, np.nan)
    return np.divide(at_least[..., 1:], at_least[..., :-1], out=undefined, where=at_least[..., :-1] > 0)


def scale_to_total(share: npt.ArrayLike, rates: npt.ArrayLike, tfr: npt.ArrayLike) -> Array:
    """The one factor (...) on all `rates` at which a year begun with `share` has the total fertility `tfr`.

    share: (..., parity, age); rates: (..., order, age) per woman-year at the parity; tfr: children per woman (...).
    Births rise with the factor and level off at the women who can bear, so that there is at most one factor.
    Raises InputError on what is no state or no rate, or a total that a thousandfold of the rates does not reach.
    Limit: the factor is of all orders and ages alike.
    Source: Newton's method; births are concave in the factor, so that from 0 its steps never pass the root.

    >>> share, rates = [[0.9, 0.8], [0.1, 0.2]], [[0.05, 0.1], [0.0, 0.02]]
    >>> round(float(scale_to_total(share, rates, fertility_by_order(share, np.multiply(rates, 1.5)).sum())), 6)
    1.5
    """
    rates, exposed = _matched(checked_counts(rates, what="parity_rates"), exposed_by_order(share), "parity_rates")
    bearing = np.any(rates > 0, axis=tuple(range(rates.ndim - 1)))
    wanted = checked_counts(tfr, what="total_fertility")
    lead = checked_together(exposed[..., 0, 0], wanted)[0].shape
    wanted = np.broadcast_to(wanted, lead).ravel()
    rates, exposed = (_cells(table[..., bearing], lead) for table in (rates, exposed))
    most = _total(exposed, rates, np.full(len(wanted), LARGEST_FACTOR))
    # Where all who can bear do, the last bit of the sum decides nothing.
    beyond = wanted > most * (1 + SUM_TOLERANCE)
    if beyond.any():
        facts = {"count": int(beyond.sum()), "found": float(wanted[beyond][0]), "limit": float(most[beyond][0])}
        raise InputError([Problem("total_fertility_unreachable", facts)])
    factor, wanted = np.zeros(len(wanted)), np.minimum(wanted, most)
    for _ in range(_ROUNDS):
        slope = (exposed * rates * np.exp(-rates * factor)).sum(axis=0)
        missing = wanted - _total(exposed, rates, factor)
        # One that has arrived stays, however far the others of its batch still are.
        step = np.divide(missing, slope, out=np.zeros_like(factor), where=missing > _PRECISION * wanted)
        if not step.any():
            break
        factor += step
    return factor.reshape(lead)


def _cells(table: Array, lead: tuple[int, ...]) -> Array:
    """(cell, case): with the cells first they are added up in one order, whatever the number of cases."""
    cells = table.shape[-2] * table.shape[-1]
    return np.ascontiguousarray(np.broadcast_to(table, (*lead, *table.shape[-2:])).reshape(math.prod(lead), cells).T)


def _total(exposed: Array, rates: Array, factor: Array) -> Array:
    return np.asarray((exposed * -np.expm1(-rates * factor)).sum(axis=0))


def _checked_share(share: npt.ArrayLike) -> Array:
    share = checked_probabilities(share, what="parity_shares", axes=2)
    total = share.sum(axis=-2)
    off = np.abs(total - 1) > SUM_TOLERANCE
    if off.any():
        place = tuple(np.argwhere(off)[0])
        facts = {"count": int(off.sum()), "place": int(place[-1]), "found": float(total[place])}
        raise InputError([Problem("shares_do_not_sum", facts)])
    return share


def _younger(share: Array) -> Array:
    """By age at the end of the year, the state in which the cohort began it."""
    began = np.empty_like(share)
    began[..., 1:] = share[..., :-1]
    began[..., 0] = 0.0
    began[..., 0, 0] = 1.0
    return began


def _mean_of_both_ages(by_age: Array) -> Array:
    """By age at the end of the year, the mean of the ages x − 1 and x that a cohort passes in it; nothing below the first age."""
    mean = by_age / 2
    mean[..., 1:] += by_age[..., :-1] / 2
    return mean


def _moved(began: Array, mothers: Array) -> Array:
    """The state `began` with `mothers` of every parity but the open one (..., parity − 1, age) moved one parity up."""
    moved = began.copy()
    moved[..., :-1, :] -= mothers
    moved[..., 1:, :] += mothers
    return np.minimum(moved, 1.0)  # the sum of two shares can round to just above 1, which the next year would refuse


def _matched(by_order: Array, by_parity: Array, what: str) -> tuple[Array, Array]:
    """Both with the same leading dimensions, and as many orders as parities."""
    for axis in (-1, -2):
        found = by_order.shape[axis] if by_order.ndim >= 2 else 0
        if found != by_parity.shape[axis]:
            name = Term(f"demography.what.{what}")
            facts = {"what": name, "axis": -axis, "found": found, "expected": by_parity.shape[axis]}
            raise InputError([Problem("axis_of_wrong_length", facts)])
    both = checked_together(by_order, by_parity)
    return both[0], both[1]
