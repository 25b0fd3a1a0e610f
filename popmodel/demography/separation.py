"""Separation factors nax: the mean years lived in an age interval by those who die in it.

Rates are per person-year. Where `sex` is "both", a factor is the mean of the male and the female one at the same rate, weighted
by births at 1.05 boys per girl: the rate of both sexes together does not tell how the infant deaths divide between them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import SEXES, Array
from popmodel.demography.checks import checked_ages, checked_counts, checked_open_rate, checked_word
from popmodel.messages import InputError, Problem

BOYS_PER_GIRL = 1.05
SEX_WORDS = (*SEXES, "both")

# Andreev & Kingkade (2015), table 3, as used by the Human Mortality Database protocol, version 6:
# (upper bound of 1m0, intercept, slope) of the three straight pieces.
_ANDREEV_KINGKADE = {
    "male": ((0.02300, 0.14929, -1.99545), (0.08307, 0.02832, 3.26021), (np.inf, 0.29915, 0.0)),
    "female": ((0.01724, 0.14903, -2.05527), (0.06891, 0.04667, 3.88089), (np.inf, 0.31411, 0.0)),
}

# Coale & Demeny (1983), page 20; United Nations (1983), Manual X, table 164. Both factors are straight in 1q0 up to 0.1 and
# constant above: (intercept of 1a0, its slope, intercept of 4a1, its slope).
_COALE_DEMENY_LIMIT = 0.1
_COALE_DEMENY = {
    "west": {"male": (0.0425, 2.875, 1.653, -3.013), "female": (0.050, 3.000, 1.524, -1.627)},
    "north": {"male": (0.0425, 2.875, 1.859, -3.013), "female": (0.050, 3.000, 1.733, -1.627)},
    "east": {"male": (0.0025, 2.875, 1.614, -3.013), "female": (0.010, 3.000, 1.487, -1.627)},
    "south": {"male": (0.0425, 2.875, 1.541, -3.013), "female": (0.050, 3.000, 1.402, -1.627)},
}
REGIONS = tuple(_COALE_DEMENY)

RULES = ("greville", "pas")
# Greville's formula begins here; 5-9 and 10-14, whose neighbours are infancy and the accident ages, stay at the middle.
_GREVILLE_FROM = 15
# What those who die under a constant hazard of one a year live in five: 1 − 5/(e⁵ − 1), as the UN rounds it.
_LOWEST_GREVILLE = 0.97


def a0_andreev_kingkade(m0: npt.ArrayLike, sex: str) -> Array:
    """Mean years lived in the first year of life by those who die in it, from 1m0 (per person-year); shape of `m0`.

    sex: "male", "female" or "both". Raises InputError on another sex, and on rates that are missing or negative.
    Source: Andreev & Kingkade (2015), Demographic Research 33(13), table 3.

    >>> round(float(a0_andreev_kingkade(0.005, "male")), 7)
    0.1393128
    """
    m0 = checked_counts(m0, what="death_rates")

    def of(one: str) -> Array:
        (low, *first), (high, *second), (_, *third) = _ANDREEV_KINGKADE[one]
        pieces = [intercept + slope * m0 for intercept, slope in (first, second, third)]
        return np.where(m0 < low, pieces[0], np.where(m0 < high, pieces[1], pieces[2]))

    return _of_sex(sex, of)


def a0_coale_demeny(m0: npt.ArrayLike, sex: str, *, region: str = "west") -> Array:
    """1a0 of a Coale-Demeny region from 1m0 (per person-year); shape of `m0`.

    region: "west", "north", "east" or "south". Raises InputError on another sex or region, and on rates
    that are missing or negative.
    a0 = A + B q0 with q0 at most 0.1, and q0 that which belongs to m0 and this a0; Preston, Heuveline & Guillot (2001), table
    3.3, give West in m0, which is the same to 0.003.
    Source: Coale & Demeny (1983), page 20; United Nations (1983), Manual X, table 164.

    >>> round(float(a0_coale_demeny(0.2, "female")), 3)
    0.35
    """
    return _of_sex(sex, lambda one: _linear_in_q0(m0, one, region)[0])


def a1_4_coale_demeny(m0: npt.ArrayLike, sex: str, *, region: str = "west") -> Array:
    """4a1 of a Coale-Demeny region, years lived from 1 to 5 by those who die there, from 1m0 (not 4m1); shape of `m0`.

    Arguments, errors and source as for `a0_coale_demeny`.

    >>> round(float(a1_4_coale_demeny(0.2, "male", region="north")), 3)
    1.558
    """
    return _of_sex(sex, lambda one: _linear_in_q0(m0, one, region)[1])


def greville_a(m: npt.ArrayLike, ages: Sequence[int]) -> Array:
    """Separation factors of 5-year groups by Greville's formula from age 15, the middle of the group below, 1/m in the open age.

    m: (..., groups); ages: lowest ages 0, 1, 5, 10 ..., the last group open. Returns the shape of `m`; the values of 0 and 1-4
    are the middle too and are not meant for use.
    a = 5/2 − 25/12 (m_x − k), k = ln(m_{x+5}/m_{x−5})/10, as in the United Nations' tables: the last closed group takes k of the
    group before it, as the open age's rate is no neighbour. A group with a neighbour without deaths takes the middle. Factors are
    kept between 0.97 and 4.03, so that q stays below 1 where the rates of a small area jump.
    Raises InputError on ages that are not 0, 1, 5, 10 ..., and on rates as `abridged_a`.
    Limits: too low an a where m passes 0.6 (ages above 95).
    Source: Greville (1943); United Nations (1982), Model Life Tables for Developing Countries, page 31; Mortpak LIFETB.

    >>> greville_a([0.1, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01], [0, 1, 5, 10, 15, 20, 25])[4:].round(4).tolist()
    [2.4792, 2.4792, 100.0]
    """
    m = checked_open_rate(checked_counts(m, what="death_rates", axes=1))
    a = _middle(m, _abridged_widths(ages, m.shape[-1], five_years=True))
    rows = np.flatnonzero(np.asarray(ages[:-1]) >= _GREVILLE_FROM)
    if rows.size:
        centres = np.minimum(rows, rows[-1] - 1)
        before, after = m[..., centres - 1], m[..., centres + 1]
        known = (before > 0) & (after > 0)
        k = (np.log(np.where(known, after, 1.0)) - np.log(np.where(known, before, 1.0))) / 10
        formula = np.clip(2.5 - 25 / 12 * (m[..., rows] - k), _LOWEST_GREVILLE, 5 - _LOWEST_GREVILLE)
        a[..., rows] = np.where(known, formula, 2.5)
    return a


def abridged_a(m: npt.ArrayLike, sex: str, ages: Sequence[int], rule: str, *, region: str = "west") -> Array:
    """Separation factors of an abridged life table by a named rule; shape of `m`.

    m: (..., groups); ages: lowest ages 0, 1, 5 ..., the last group open. Both rules take 1a0 and 4a1 of the Coale-Demeny `region`
    and 1/m in the open age. "greville" (the United Nations): `greville_a` in between; "pas" (U.S. Census Bureau): the middle.
    Raises InputError on another rule, sex or region, on rates that are missing, negative or zero in the open age, and on ages
    that do not begin 0, 1, 5 (for "greville" go on by fives).
    Source: United Nations (1982), page 31; Arriaga (1994), Population Analysis with Microcomputers, LTPOPDTH.

    >>> abridged_a([0.2, 0.02, 0.01, 0.5], "male", [0, 1, 5, 10], "pas").round(3).tolist()
    [0.33, 1.352, 2.5, 2.0]
    """
    checked_word(rule, RULES)
    m = checked_open_rate(checked_counts(m, what="death_rates", axes=1))
    a = greville_a(m, ages) if rule == "greville" else _middle(m, _abridged_widths(ages, m.shape[-1]))
    a[..., 0] = a0_coale_demeny(m[..., 0], sex, region=region)
    a[..., 1] = a1_4_coale_demeny(m[..., 0], sex, region=region)
    return a


def _middle(m: Array, widths: npt.NDArray[np.int_]) -> Array:
    a = np.empty_like(m)
    a[..., :-1] = widths / 2
    a[..., -1] = 1 / m[..., -1]
    return a


def _linear_in_q0(m0: npt.ArrayLike, sex: str, region: str) -> tuple[Array, Array]:
    """1a0 and 4a1 at 1m0."""
    checked_word(region, REGIONS)
    m0 = checked_counts(m0, what="death_rates")
    intercept, slope, intercept_1, slope_1 = _COALE_DEMENY[region][sex]
    limit = _COALE_DEMENY_LIMIT
    m_limit = limit / (1 - (1 - intercept - slope * limit) * limit)
    m = np.minimum(m0, m_limit)
    # q (1 + (1 − a) m) = m with a = intercept + slope q: the smaller root of a quadratic in q, good at m = 0 too.
    half = 1 + (1 - intercept) * m
    q = 2 * m / (half + np.sqrt(half**2 - 4 * slope * m**2))
    return intercept + slope * q, intercept_1 + slope_1 * q


def _of_sex(sex: str, of: Callable[[str], Array]) -> Array:
    checked_word(sex, SEX_WORDS)
    if sex == "both":
        return (BOYS_PER_GIRL * of("male") + of("female")) / (1 + BOYS_PER_GIRL)
    return of(sex)


def _abridged_widths(ages: Sequence[int], groups: int, *, five_years: bool = False) -> npt.NDArray[np.int_]:
    """Widths of the closed groups of ages that begin 0, 1, 5 (and go on by fives)."""
    found = checked_ages(ages, groups)
    widths = np.diff(found)
    if found[:3].tolist() != [0, 1, 5] or (five_years and np.any(widths[2:] != 5)):
        shown = ", ".join(str(age) for age in found[:6].tolist())
        raise InputError([Problem("ages_not_abridged", {"found": shown})])
    return widths
