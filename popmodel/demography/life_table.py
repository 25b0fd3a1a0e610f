"""Period life tables, complete and abridged, from death rates or probabilities, and what is read off them.

Ages are on the last axis, the last one open, with any leading dimensions. Where ages are not said they are the single ages 0..A.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import (
    checked_ages,
    checked_counts,
    checked_death_rates,
    checked_numbers,
    checked_open_rate,
    checked_probabilities,
    checked_shape,
    checked_word,
)
from popmodel.demography.separation import REGIONS, SEX_WORDS, a0_andreev_kingkade, abridged_a
from popmodel.messages import InputError, Problem

IntArray = npt.NDArray[np.int_]

# Each round shrinks what is left by 2 m² or more: far fewer are needed below m = 0.6, and more would not help above.
_ROUNDS = 200


class LifeTable(NamedTuple):
    """A life table with radix 1; fields have the shape of the rates it was made from, but `ages` holds the lowest ages."""

    m: Array
    a: Array
    q: Array
    l: Array  # noqa: E741 - the standard symbol
    d: Array
    L: Array
    T: Array
    e: Array
    ages: IntArray


def life_table(
    m: npt.ArrayLike,
    sex: str,
    *,
    ages: Sequence[int] | None = None,
    a: npt.ArrayLike | str | None = None,
    region: str = "west",
) -> LifeTable:
    """The life table of death rates.

    m: (..., ages), per person-year, above zero in the open age; sex: "male", "female" or "both"; ages: lowest ages of the groups
    (None: 0, 1, 2 ..). a: the separation factors (the open age's is 1/m whatever is given), or None: in a complete table
    Andreev-Kingkade at age 0 and ½ elsewhere, in an abridged one "greville", the other named rule of `separation.abridged_a`
    being "pas"; region: the Coale-Demeny region of a named rule.
    q = n m / (1 + (n − a) m). Where that would pass 1, a is lowered to 1/m, so that d/L is m at every age.
    Raises InputError on rates that are missing, negative, per 1,000 or zero in the open age, on ages or factors that do not
    fit, and on another sex, rule or region.
    Source: Preston, Heuveline & Guillot (2001), chapter 3, boxes 3.1 and 3.2.

    >>> life_table([0.01, 0.2, 0.5], "male").e.round(3).tolist()
    [3.512, 2.545, 2.0]
    """
    m = checked_open_rate(checked_death_rates(m))
    lowest = _lowest_ages(ages, m.shape[-1])
    return columns(m, _separation(m, sex, lowest, a, region), lowest)


def life_table_from_q(
    q: npt.ArrayLike,
    sex: str,
    *,
    open_m: npt.ArrayLike,
    ages: Sequence[int] | None = None,
    a: npt.ArrayLike | str | None = None,
    region: str = "west",
) -> LifeTable:
    """The life table of probabilities of dying.

    q: (..., ages), 1 in the open age; open_m: the open age's death rate per person-year (...), of which q says nothing and which
    is not guessed; the rest as for `life_table`. m = q / (n − (n − a) q), m and a found together where a depends on m, so that
    `life_table` of the m found has these q.
    Raises InputError on probabilities outside 0..1 or an open age where it is not 1, and as `life_table` does.
    Limit: where q hardly changes with age, Greville's formula has no m for a 5-year q above 0.93 or so; the q are kept then, with
    the last a tried.
    Source: Preston, Heuveline & Guillot (2001), chapter 3.

    >>> life_table_from_q([0.00991368, 0.18181818, 1.0], "male", open_m=0.5).m.round(6).tolist()
    [0.01, 0.2, 0.5]
    """
    q = checked_probabilities(q, axes=1)
    if not np.all(q[..., -1] == 1):
        raise InputError([Problem("open_age_not_one", {"found": float(q[..., -1].min())})])
    lowest = _lowest_ages(ages, q.shape[-1])
    open_m = checked_open_rate(checked_counts(open_m, what="death_rates")[..., None])[..., 0]
    open_m = checked_shape(open_m, q.shape[:-1])
    if a is None and _single(lowest):
        checked_word(region, REGIONS)
        table = columns_from_q(q, sex, open_m)
    else:
        m, factors = _settled(q, open_m, lowest, lambda m: _separation(m, sex, lowest, a, region))
        factors[..., -1] = 1 / m[..., -1]
        table = _columns(m, factors, q, lowest)
    checked_death_rates(table.m)
    return table


def columns(m: Array, a: Array, ages: IntArray) -> LifeTable:
    """The columns that follow from m and a (of one shape) and the lowest `ages`, all of them taken as they are.

    `a` is written to: 1/m in the open age, and where q would pass 1. For the methods of this package, whose trial rates need no
    check at every step.
    """
    return _columns(m, a, _probabilities(m, a, _widths(ages)), ages)


def expectancy(m: Array, a: Array) -> Array:
    """e0 (...) of the rates and factors of single ages, taken as they are: what `columns` has, without the other columns."""
    return _expectancy(_probabilities(m, a, 1.0), a)


def expectancy_from_q(q: Array, sex: str, open_m: Array) -> Array:
    """e0 (...) of probabilities at single ages: what `columns_from_q` has, without the other columns."""
    return _expectancy(q, _rates_and_factors(q, sex, open_m)[1])


def _probabilities(m: Array, a: Array, widths: Array | float) -> Array:
    """q; `a` is written to, see `columns`."""
    a[..., -1] = 1 / m[..., -1]
    if m.max() * np.max(widths) > 1:
        closed, rates = a[..., :-1], m[..., :-1]
        np.divide(1.0, rates, out=closed, where=rates * closed > 1)
    # In place and over the open age too, which is set right after: half the time of slices and temporaries.
    q = np.subtract(widths, a)
    q *= m
    q += 1.0
    np.divide(m, q, out=q)
    if not isinstance(widths, float):
        q *= widths
    np.minimum(q, 1.0, out=q)  # against the last bit of rounding
    q[..., -1] = 1.0
    return q


def columns_from_q(q: Array, sex: str, open_m: Array) -> LifeTable:
    """The columns of a complete table that follow from q, all of it taken as it is: `life_table_from_q` without its checks."""
    m, a = _rates_and_factors(q, sex, open_m)
    return _columns(m, a, q, np.arange(q.shape[-1]))


def _rates_and_factors(q: Array, sex: str, open_m: Array) -> tuple[Array, Array]:
    """m and a of a complete table that belong to q."""
    m = np.empty_like(q)
    a = np.full_like(q, 0.5)
    m[..., 1:] = q[..., 1:] / (1 - 0.5 * q[..., 1:])
    m[..., -1] = open_m
    m0, q0, a0 = q[..., 0], q[..., 0], a[..., 0]
    for _ in range(_ROUNDS):
        previous = m0
        m0 = q0 / (1 - (1 - a0) * q0)
        a0 = a0_andreev_kingkade(m0, sex)
        if np.allclose(m0, previous, rtol=1e-15, atol=0.0):
            break
    m[..., 0], a[..., 0] = m0, a0
    a[..., -1] = 1 / m[..., -1]
    return m, a


def life_expectancy(m: npt.ArrayLike, sex: str) -> Array:
    """e0 in years of death rates `m` (single ages on the last axis); arguments and errors as for `life_table`.

    >>> float(life_expectancy([0.01, 0.2, 0.5], "male").round(3))
    3.512
    """
    m = checked_open_rate(checked_death_rates(m))
    return expectancy(m, _separation(m, sex, np.arange(m.shape[-1]), None, "west"))


def life_expectancy_at(table: LifeTable, age: int) -> Array:
    """Years still to live at exact `age`, a lowest age of the table (complete or abridged); shape (...).

    Raises InputError on an age at which no group of the table begins.

    >>> float(life_expectancy_at(life_table([0.01, 0.2, 0.5], "male"), 2))
    2.0
    """
    return table.e[..., place_of_age(table, age)]


def probability_of_dying(table: LifeTable, from_age: int, to_age: int) -> Array:
    """Probability that one alive at exact `from_age` dies before exact `to_age` (5q0, 45q15); shape (...).

    Both are lowest ages of the table. Where nobody reaches `from_age` it is 1. Raises InputError on an age at which no group of
    the table begins.
    Source: Preston, Heuveline & Guillot (2001), chapter 3.

    >>> float(probability_of_dying(life_table([0.01, 0.2, 0.5], "male"), 0, 2).round(4))
    0.1899
    """
    start, end = table.l[..., place_of_age(table, from_age)], table.l[..., place_of_age(table, to_age)]
    return 1 - np.divide(end, start, out=np.zeros_like(start), where=start > 0)


def survival_ratios(table: LifeTable) -> Array:
    """Survival ratios of the projection step, of single ages, or of 5-year groups 0-4, 5-9 ... over five years.

    S_0 = L_0/(n l_0) of births, S_x = L_x/L_{x−n}, S_A = T_A/T_{A−n}. A complete table gives its own shape; an abridged one
    (0, 1-4, 5-9 ..) has one group fewer, 0 and 1-4 being one. Raises InputError on other groups.
    Source: Preston, Heuveline & Guillot (2001), chapter 6, pages 119-121.

    >>> survival_ratios(life_table([0.01, 0.2, 0.5], "male")).round(3).tolist()
    [0.991, 0.908, 0.643]
    """
    if _single(table.ages):
        width, years, above = 1, table.L, table.T
    elif table.ages[:3].tolist() == [0, 1, 5] and np.all(np.diff(table.ages[2:]) == 5):
        width = 5
        years = np.concatenate([table.L[..., :2].sum(axis=-1, keepdims=True), table.L[..., 2:]], axis=-1)
        above = np.concatenate([table.T[..., :1], table.T[..., 2:]], axis=-1)
    else:
        raise _wrong_ages("ages_not_abridged", table.ages)
    ratios = np.zeros_like(years)
    ratios[..., 0] = years[..., 0] / (width * table.l[..., 0])
    np.divide(years[..., 1:], years[..., :-1], out=ratios[..., 1:], where=years[..., :-1] > 0)
    np.divide(above[..., -1], above[..., -2], out=ratios[..., -1], where=above[..., -2] > 0)
    return ratios


def deaths_before_birthday(table: LifeTable) -> Array:
    """Share of the year's deaths of those aged x at its start that fall before their birthday; shape of the (complete) table.

    (L_x − l_{x+1}) / (L_x − L_{x+1}); into the open age, whose survival ratio is T_A/T_{A−1}, kept between 0 and 1; ½ in the open
    age. Raises InputError on a table of groups.

    >>> float(deaths_before_birthday(life_table([0.01, 0.2, 0.5], "male"))[0].round(4))
    0.014
    """
    if not _single(table.ages):
        raise _wrong_ages("ages_not_single", table.ages)
    share = np.full_like(table.L, 0.5)
    following = table.L[..., 1:].copy()
    following[..., -1] = table.L[..., -2] * table.T[..., -1] / table.T[..., -2]
    lost = table.L[..., :-1] - following
    early = table.L[..., :-1] - table.l[..., 1:]
    np.divide(early, lost, out=share[..., :-1], where=lost > 0)
    return np.clip(share, 0.0, 1.0)


def _settled(q: Array, open_m: Array, ages: IntArray, rule: Callable[[Array], Array]) -> tuple[Array, Array]:
    """m that belongs to q and the separation factors of `rule` at this m, by turns from the middle of each group."""
    widths = np.diff(ages)
    m = np.empty_like(q)
    m[..., -1] = open_m
    factors = np.broadcast_to(np.append(widths / 2, 1.0), q.shape)
    for _ in range(_ROUNDS):
        previous = factors
        m[..., :-1] = q[..., :-1] / (widths - (widths - factors[..., :-1]) * q[..., :-1])
        factors = rule(m)
        if np.allclose(factors, previous, rtol=1e-15, atol=1e-15):
            break
    m[..., :-1] = q[..., :-1] / (widths - (widths - factors[..., :-1]) * q[..., :-1])
    return m, factors


def _columns(m: Array, a: Array, q: Array, ages: IntArray) -> LifeTable:
    widths = _widths(ages)
    alive = np.empty_like(q)
    alive[..., 0] = 1.0
    survivors = alive[..., 1:]
    np.subtract(1.0, q[..., :-1], out=survivors)
    np.cumprod(survivors, axis=-1, out=survivors)
    d = alive * q
    years = np.subtract(a, widths)
    years *= d
    years += alive if isinstance(widths, float) else widths * alive
    years[..., -1] = alive[..., -1] * a[..., -1]
    above = np.empty_like(q)
    np.cumsum(years[..., ::-1], axis=-1, out=above[..., ::-1])
    # Nobody lives on at an age nobody reaches: its expectation is its own a.
    reached = np.all(alive[..., -1] > 0)
    remaining = above / alive if reached else np.divide(above, alive, out=a.copy(), where=alive > 0)
    return LifeTable(m, a, q, alive, d, years, above, remaining, ages)


def _expectancy(q: Array, a: Array) -> Array:
    alive = np.empty_like(q)
    alive[..., 0] = 1.0
    survivors = alive[..., 1:]
    np.subtract(1.0, q[..., :-1], out=survivors)
    np.cumprod(survivors, axis=-1, out=survivors)
    years = np.subtract(a, 1.0)
    years *= q
    years += 1.0
    years[..., -1] = a[..., -1]
    years *= alive
    return np.asarray(years.sum(axis=-1))


def _widths(ages: IntArray) -> Array | float:
    """Years in each group, any number for the open one; a plain 1 for single ages, which is faster."""
    return 1.0 if _single(ages) else np.append(np.diff(ages), 1).astype(float)


def _separation(m: Array, sex: str, ages: IntArray, a: npt.ArrayLike | str | None, region: str) -> Array:
    if isinstance(a, str) or (a is None and not _single(ages)):
        return abridged_a(m, sex, ages.tolist(), "greville" if a is None else a, region=region)
    checked_word(sex, SEX_WORDS)
    checked_word(region, REGIONS)
    if a is None:
        factors = np.full_like(m, 0.5)
        factors[..., 0] = a0_andreev_kingkade(m[..., 0], sex)
        return factors
    factors = np.array(checked_shape(checked_numbers(a, "separation_factors"), m.shape, same=1))
    widths = np.diff(ages)
    outside = ~((factors[..., :-1] > 0) & (factors[..., :-1] <= widths))
    if outside.any():
        place = int(np.argwhere(outside)[0][-1])
        found = float(factors[..., :-1][outside].flat[0])
        problem = Problem("separation_factor_outside", {"found": found, "age": int(ages[place]), "width": int(widths[place])})
        raise InputError([problem])
    return factors


def _lowest_ages(ages: Sequence[int] | None, groups: int) -> IntArray:
    return np.arange(groups) if ages is None else checked_ages(ages, groups)


def _single(ages: IntArray) -> bool:
    return bool(ages[-1] - ages[0] == len(ages) - 1)


def place_of_age(table: LifeTable, age: int) -> int:
    """The place of the group that begins at `age`."""
    places = np.flatnonzero(table.ages == age) if np.ndim(age) == 0 else np.empty(0, dtype=int)
    if not len(places):
        raise InputError([Problem("age_not_in_table", {"found": age, "known": ", ".join(map(str, table.ages.tolist()))})])
    return int(places[0])


def _wrong_ages(code: str, ages: IntArray) -> InputError:
    return InputError([Problem(code, {"found": ", ".join(map(str, ages[:6].tolist()))})])
