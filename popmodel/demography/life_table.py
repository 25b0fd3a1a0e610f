"""Complete period life tables from death rates, the survival ratios of the projection step, and schedules moved to a given e0.

All functions take single ages 0..A on the last axis, A open, and any leading dimensions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array

# Andreev & Kingkade (2015), table 3, as used by the Human Mortality Database protocol, version 6:
# (upper bound of 1m0, intercept, slope) of the three straight pieces.
_A0_PIECES = {
    "male": ((0.02300, 0.14929, -1.99545), (0.08307, 0.02832, 3.26021), (np.inf, 0.29915, 0.0)),
    "female": ((0.01724, 0.14903, -2.05527), (0.06891, 0.04667, 3.88089), (np.inf, 0.31411, 0.0)),
}


class LifeTable(NamedTuple):
    """A complete life table with radix 1; every field has the shape of the rates it was made from."""

    m: Array
    a: Array
    q: Array
    l: Array  # noqa: E741 - the standard symbol
    d: Array
    L: Array
    T: Array
    e: Array


def a0_andreev_kingkade(m0: npt.ArrayLike, sex: str) -> Array:
    """Mean years lived in the first year of life by those who die in it, from 1m0 (per person-year).

    Source: Andreev & Kingkade (2015), Demographic Research 33(13), table 3.

    >>> round(float(a0_andreev_kingkade(0.005, "male")), 7)
    0.1393128
    """
    m0 = np.asarray(m0, dtype=float)
    pieces = _A0_PIECES[sex]
    conditions = [m0 < bound for bound, _, _ in pieces]
    return np.asarray(np.select(conditions, [intercept + slope * m0 for _, intercept, slope in pieces]))


def life_table(m: npt.ArrayLike, sex: str) -> LifeTable:
    """The life table of death rates `m` (per person-year, ages 0..A on the last axis, A open).

    a is ½ but for age 0 (Andreev-Kingkade) and the open age (1/m); q = m / (1 + (1 − a) m).
    Raises ValueError where a rate is negative, not finite, or zero in the open age.
    Source: Preston, Heuveline & Guillot (2001), chapter 3.
    """
    m = np.asarray(m, dtype=float)
    if not np.all(np.isfinite(m)) or np.any(m < 0) or np.any(m[..., -1] <= 0):
        raise ValueError("death rates must be finite, not negative, and above zero in the open age")
    a = np.full_like(m, 0.5)
    a[..., 0] = a0_andreev_kingkade(m[..., 0], sex)
    a[..., -1] = 1 / m[..., -1]
    q = np.minimum(m / (1 + (1 - a) * m), 1.0)
    q[..., -1] = 1.0
    alive = np.ones_like(m)
    alive[..., 1:] = np.cumprod(1 - q[..., :-1], axis=-1)
    d = alive * q
    person_years = alive - d + a * d
    person_years[..., -1] = alive[..., -1] * a[..., -1]
    above = np.flip(np.cumsum(np.flip(person_years, -1), axis=-1), -1)
    remaining = np.divide(above, alive, out=np.array(a), where=alive > 0)
    return LifeTable(m, a, q, alive, d, person_years, above, remaining)


def life_expectancy(m: npt.ArrayLike, sex: str) -> Array:
    """e0 in years of death rates `m` (ages on the last axis)."""
    return life_table(m, sex).e[..., 0]


def survival_ratios(table: LifeTable) -> Array:
    """S of the step: S_0 = L_0/l_0 (births to age 0), S_x = L_x/L_{x−1}, S_A = T_A/T_{A−1}; same shape as the table."""
    ratios = np.empty_like(table.L)
    ratios[..., 0] = table.L[..., 0] / table.l[..., 0]
    ratios[..., 1:] = table.L[..., 1:] / table.L[..., :-1]
    ratios[..., -1] = table.T[..., -1] / table.T[..., -2]
    return ratios


def rates_at_e0(m: npt.ArrayLike, sex: str, e0: npt.ArrayLike) -> Array:
    """`m` (ages 0..A on the last axis) times the one constant at which its life expectancy is `e0` years.

    `e0` has any shape (years, say); the result has that shape followed by the ages.
    Raises ValueError when no factor between 1/50 and 50 gives an e0.
    """
    from scipy.optimize.elementwise import find_root

    m = np.asarray(m, dtype=float)
    e0 = np.asarray(e0, dtype=float)

    def miss(log_factor: Array, target: Array) -> Array:
        return life_expectancy(m * np.exp(log_factor)[..., None], sex) - target

    bound = np.full(e0.shape, np.log(50.0))
    found = find_root(miss, (-bound, bound), args=(e0,), tolerances={"xatol": 1e-13, "fatol": 1e-12})
    if not np.all(found.success):
        raise ValueError(f"no constant factor between 1/50 and 50 gives an e0 of {e0[~np.asarray(found.success)]}")
    return np.asarray(m * np.exp(found.x)[..., None])


def deaths_before_birthday(table: LifeTable) -> Array:
    """Share of the year's deaths of those aged x at its start that fall before their birthday; same shape as the table.

    (L_x − l_{x+1}) / (L_x − L_{x+1}); into the open age, whose survival ratio is T_A/T_{A−1}, kept between 0 and 1.
    """
    share = np.full_like(table.L, 0.5)
    following = table.L[..., 1:].copy()
    following[..., -1] = table.L[..., -2] * table.T[..., -1] / table.T[..., -2]
    lost = table.L[..., :-1] - following
    early = table.L[..., :-1] - table.l[..., 1:]
    np.divide(early, lost, out=share[..., :-1], where=lost > 0)
    return np.clip(share, 0.0, 1.0)
