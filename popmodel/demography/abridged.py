"""Death rates between abridged groups and single ages, the rate of a group being Σd/ΣL of the life table of single ages.

The two directions undo each other exactly. In single ages a is ½ but at age 0 and in the open age, as in `life_table`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_ages, checked_death_rates, checked_open_rate
from popmodel.demography.graduation import graduate_rates
from popmodel.demography.life_table import columns
from popmodel.demography.roots import find_roots
from popmodel.messages import InputError, Problem

IntArray = npt.NDArray[np.int_]
Mask = npt.NDArray[np.bool_]

# A single age is never below this share of its group's rate, so that one factor can reach the rate.
_LEAST_SHARE = 1e-9


def to_single(m: npt.ArrayLike, ages: Sequence[int]) -> Array:
    """Single-year death rates of abridged ones, each group keeping its rate exactly.

    m: (..., groups) per person-year; ages: lowest ages 0, 1 .., the last group open (age 0 alone, as infant mortality is no part
    of any smooth curve). Returns (..., ages 0..A), the open age A keeping its rate.
    The cumulated hazard is interpolated monotonely; then the rates of a group are multiplied by the one factor at which Σd/ΣL
    over its single ages is the group's rate (fewer live at the end of a group than at its beginning).
    Raises InputError on rates that are missing, negative, per 1,000 or zero in the open age, and on ages that do not begin 0, 1.
    Limits: rates may jump a little at the bounds of groups; a group without deaths stays without.
    Source: Preston, Heuveline & Guillot (2001), section 3.1; Fritsch & Carlson (1980), as in `graduation`.

    >>> single = to_single([0.02, 0.002, 0.001, 0.004, 0.01], [0, 1, 5, 10, 15])
    >>> single.shape, to_abridged(single, [0, 1, 5, 10, 15]).round(12).tolist()
    ((16,), [0.02, 0.002, 0.001, 0.004, 0.01])
    """
    m = checked_open_rate(checked_death_rates(m))
    lowest = _lowest_ages(ages, m.shape[-1])
    # The open age stands as one more group, so that the rates below it go on rising towards it.
    first = graduate_rates(m, [*lowest.tolist(), 2 * int(lowest[-1]) - int(lowest[-2])])
    grouped, inside = _grouped(first, lowest)
    grouped = np.where(inside, np.maximum(grouped, _LEAST_SHARE * m[..., :-1, None]), 0.0)
    factor = _factors(grouped.reshape(-1, *inside.shape), m[..., :-1].reshape(-1, len(lowest) - 1), inside)
    scaled = (grouped * factor.reshape(m[..., :-1].shape)[..., None])[..., inside]
    return np.concatenate([scaled, m[..., -1:]], axis=-1)


def to_abridged(m: npt.ArrayLike, ages: Sequence[int]) -> Array:
    """Abridged death rates Σd/ΣL of single-year ones.

    m: (..., ages 0..A) per person-year, A open; ages: lowest ages 0, 1 .. of the groups, the last one open and at most A.
    Returns (..., groups). The rates of the groups do not depend on a0, so that there is no sex. Errors as for `to_single`.
    Source: Preston, Heuveline & Guillot (2001), section 3.1.

    >>> to_abridged([0.02, 0.001, 0.001, 0.001, 0.001, 0.25], [0, 1, 5]).round(6).tolist()
    [0.02, 0.001, 0.25]
    """
    m = checked_open_rate(checked_death_rates(m))
    lowest = _lowest_ages(ages)
    if lowest[-1] >= m.shape[-1]:
        raise InputError([Problem("ages_do_not_match", {"found": int(lowest[-1]) + 1, "expected": m.shape[-1]})])
    grouped, inside = _grouped(m, lowest)
    above = m[..., lowest[-1] :]
    remaining = columns(above, np.full_like(above, 0.5), np.arange(above.shape[-1])).e[..., :1]
    return np.concatenate([_group_rates(grouped, inside), 1 / remaining], axis=-1)


def _grouped(single: Array, ages: IntArray) -> tuple[Array, Mask]:
    """Single-year values (..., groups, widest width), zero beyond a group's end, and where they lie inside (groups, widest)."""
    widths = np.diff(ages)
    steps = np.arange(widths.max())
    inside = steps < widths[:, None]
    return np.where(inside, single[..., np.where(inside, ages[:-1, None] + steps, 0)], 0.0), inside


def _group_rates(m: Array, inside: Mask) -> Array:
    """Σd/ΣL over the last axis, from one person alive at the beginning of each group."""
    a = np.minimum(0.5, np.divide(1.0, m, out=np.full_like(m, np.inf), where=m > 0))
    q = np.minimum(m / (1 + (1 - a) * m), 1.0)
    alive = np.ones_like(m)
    np.cumprod(1 - q[..., :-1], axis=-1, out=alive[..., 1:])
    d = alive * q
    return np.asarray(d.sum(axis=-1) / ((alive - (1 - a) * d) * inside).sum(axis=-1))


def _factors(m: Array, rates: Array, inside: Mask) -> Array:
    """The factor of each group (schedules, groups) at which its single ages `m` (schedules, groups, width) have its rate."""
    factors = np.ones_like(rates)
    schedule, group = np.nonzero((rates > 0) & (inside.sum(axis=-1) > 1))
    if not len(schedule):
        return factors
    rows, masks, wanted = m[schedule, group], inside[group], rates[schedule, group]

    def miss(log_factor: Array, row: IntArray) -> Array:
        return _group_rates(rows[row] * np.exp(log_factor)[..., None], masks[row]) / wanted[row] - 1

    # The rate lies between the least and the largest of its single ages: so does the factor that brings each of these to it.
    least, largest = np.where(masks, rows, np.inf).min(axis=-1), rows.max(axis=-1)
    found = find_roots(miss, np.log(wanted / largest) - 1e-6, np.log(wanted / least) + 1e-6, tolerance=1e-15, close=1e-15)
    # The last digits: near the root the rate follows the factor almost one to one.
    factors[schedule, group] = np.exp(found) / (1 + miss(found, np.arange(len(rows))))
    return factors


def _lowest_ages(ages: Sequence[int], groups: int | None = None) -> IntArray:
    lowest = checked_ages(ages, groups)
    if lowest[:2].tolist() != [0, 1]:
        raise InputError([Problem("ages_missing", {"found": int(lowest[-1] if len(lowest) < 2 else lowest[1]), "expected": 1})])
    return lowest
