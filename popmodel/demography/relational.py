"""Death rates moved to a wanted life expectancy, and the model life table of an area that has no rates of its own.

Single ages 0..A on the last axis, A open (130, where `old_age.kannisto` has extended them, leaves the open age without weight).
Leading dimensions of rates and of e0 or the parameters broadcast against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import (
    checked_above_zero,
    checked_between,
    checked_death_rates,
    checked_numbers,
    checked_probabilities,
    checked_together,
)
from popmodel.demography.life_table import LifeTable, columns_from_q, expectancy, expectancy_from_q, life_table
from popmodel.demography.roots import find_roots
from popmodel.demography.separation import a0_andreev_kingkade
from popmodel.messages import InputError, Problem

IntArray = npt.NDArray[np.int_]

LARGEST_FACTOR = 50.0
LARGEST_ALPHA = 5.0
# Far wider than between any two populations known; beyond, survivors are 0 or 1 to the last digit.
_GIVEN_ALPHA = 50.0


class BrassFit(NamedTuple):
    """Level and slope that carry the standard's logits into those fitted; each of the leading shape."""

    alpha: Array
    beta: Array


def scaled_to_e0(m: npt.ArrayLike, sex: str, e0: npt.ArrayLike) -> Array:
    """Death rates times the one constant at which their life expectancy is `e0`.

    m: (..., ages) per person-year; e0: (...) years, broadcast against the leading dimensions of `m`. Returns (..., ages).
    Raises InputError where no factor between 1/50 and 50 gives an e0, saying what range is reached.
    Limit: all ages move in one proportion, while real gains are larger at young ages.

    >>> m = 0.0002 * np.exp(0.085 * np.arange(101))
    >>> float(life_table(scaled_to_e0(m, "male", 74.59), "male").e[0].round(6))
    74.59
    """
    m = checked_death_rates(m)
    life_table(m, sex)  # refuses what has no life table

    def e0_at(log_factor: Array, given: Array) -> Array:
        rates = given * np.exp(log_factor)[..., None]
        a = np.full_like(rates, 0.5)
        a[..., 0] = a0_andreev_kingkade(rates[..., 0], sex)
        return expectancy(rates, a)

    return np.asarray(m * np.exp(_at_e0(e0_at, m, e0, np.log(LARGEST_FACTOR)))[..., None])


def brass_to_e0(m: npt.ArrayLike, sex: str, e0: npt.ArrayLike, *, beta: npt.ArrayLike = 1.0) -> Array:
    """Death rates whose survivors' logits are those of `m` times `beta` plus the one level at which life expectancy is `e0`.

    m: (..., ages) per person-year, the standard; e0: (...) years; beta: (...), above 1 for lower child and higher old-age
    mortality than the standard's at the same e0; all broadcast. Returns (..., ages); the open age's rate keeps its ratio to the
    age before. Raises InputError where no alpha between −5 and 5 gives an e0, saying what range is reached.
    Source: Brass (1971), On the scale of mortality; Preston, Heuveline & Guillot (2001), section 9.3.

    >>> m = 1 / (1 + np.exp(8.5 - 0.085 * np.arange(131)))
    >>> float(life_table(brass_to_e0(m, "male", 74.59), "male").e[0].round(6))
    74.59
    """
    return _brass_table_at_e0(m, sex, e0, beta).m


def brass_rates(m: npt.ArrayLike, sex: str, alpha: npt.ArrayLike, beta: npt.ArrayLike = 1.0) -> Array:
    """Death rates whose life table has the survivors that `brass_logit` makes of those of the standard `m`.

    m: (..., ages) per person-year; alpha, beta: (...), broadcast. Returns (..., ages); the open age's rate keeps its ratio to
    the age before. Raises InputError as `life_table`, and as `brass_logit` on alpha and beta. Source as for `brass_to_e0`.

    >>> brass_rates([0.01, 0.2, 0.5], "male", 0.0).round(6).tolist()
    [0.01, 0.2, 0.5]
    """
    return _brass_table(m, sex, alpha, beta).m


def brass_logit(l_standard: npt.ArrayLike, alpha: npt.ArrayLike, beta: npt.ArrayLike = 1.0) -> Array:
    """Survivors l(x) whose logits are alpha + beta times those of the standard, logit being ½ ln((1 − l)/l).

    l_standard: (..., ages), radix 1, any ages (survivors of 1 and 0 stay); alpha, beta: (...), broadcast. Returns (..., ages).
    Raises InputError on survivors outside 0..1 or rising with age, an alpha that is missing or beyond ±50, or a beta that is not
    above zero.
    Source: Brass (1971), On the scale of mortality; Preston, Heuveline & Guillot (2001), equation 9.5.

    >>> brass_logit([1.0, 0.9, 0.5], 0.5 * np.log(2.0)).round(4).tolist()
    [1.0, 0.8182, 0.3333]
    """
    return np.asarray(1 / (1 + _moved(_odds(_checked_survivors(l_standard)), alpha, beta)))


def fit_brass(l: npt.ArrayLike, l_standard: npt.ArrayLike) -> BrassFit:  # noqa: E741 - the standard symbol
    """Level and slope by least squares of the logits of `l` on those of the standard.

    l, l_standard: (..., ages), radix 1, the same ages, broadcast; ages where either is 0 or 1 do not count. Returns alpha and
    beta of the leading shape.
    Raises InputError on survivors outside 0..1 or rising, and where fewer than two ages can be fitted.
    Limit: every age given weighs the same; give only the ages whose survivors are trusted.
    Source: Brass (1971), On the scale of mortality; Preston, Heuveline & Guillot (2001), section 9.3.

    >>> standard = [1.0, 0.95, 0.8, 0.3]
    >>> [round(float(value), 6) for value in fit_brass(brass_logit(standard, -0.2, 1.1), standard)]
    [-0.2, 1.1]
    """
    survivors, standard = checked_together(_checked_survivors(l), _checked_survivors(l_standard), same=1)
    used = (survivors > 0) & (survivors < 1) & (standard > 0) & (standard < 1)
    y, x = (np.where(used, 0.5 * np.log(_odds(np.where(used, values, 0.5))), 0.0) for values in (survivors, standard))
    count = used.sum(axis=-1)
    mean_x, mean_y = (values.sum(axis=-1) / np.maximum(count, 1) for values in (x, y))
    from_mean = np.where(used, x - mean_x[..., None], 0.0)
    spread = (from_mean**2).sum(axis=-1)
    if np.any((count < 2) | (spread <= 1e-20)):
        raise InputError([Problem("relational_ages_too_few", {"found": int(count.min()), "expected": 2})])
    beta = (from_mean * y).sum(axis=-1) / spread
    return BrassFit(mean_y - beta * mean_x, beta)


def model_life_table(
    standard_m: npt.ArrayLike,
    sex: str,
    *,
    e0: npt.ArrayLike | None = None,
    alpha: npt.ArrayLike | None = None,
    beta: npt.ArrayLike = 1.0,
) -> LifeTable:
    """The life table of an area without rates of its own, in the Brass family of a standard: at a wanted `e0`, or at `alpha`.

    standard_m: (..., ages) per person-year (a province's rates, say); e0 in years or alpha, one of them; beta; all broadcast.
    Raises InputError unless exactly one of e0 and alpha is given, where e0 is out of reach, and on rates without a life table.
    Limit: the age pattern is the standard's; a wrong standard is not seen in the e0. Source as for `brass_to_e0`.

    >>> model_life_table([0.01, 0.2, 0.5], "male", alpha=0.0).e.round(3).tolist()
    [3.512, 2.545, 2.0]
    """
    if (e0 is None) == (alpha is None):
        raise InputError([Problem("relational_level_ambiguous", {"found": 2 if e0 is not None else 0})])
    if alpha is not None:
        return _brass_table(standard_m, sex, alpha, beta)
    assert e0 is not None
    return _brass_table_at_e0(standard_m, sex, e0, beta)


def _at_e0(expectancy: Callable[[Array, Array], Array], given: Array, e0: npt.ArrayLike, bound: float) -> Array:
    """The parameter, between −bound (long life) and bound, at which `expectancy` of the `given` rows (..., k) is `e0` (...)."""
    e0 = checked_numbers(e0, "life_expectancy")
    shape = checked_together(given[..., 0], e0)[0].shape
    rows = np.broadcast_to(given, (*shape, given.shape[-1])).reshape(-1, given.shape[-1])
    target = np.broadcast_to(e0, shape).ravel()
    bounds = np.full(target.shape, float(bound))
    low, high = expectancy(bounds, rows), expectancy(-bounds, rows)
    out = np.flatnonzero(~((low <= target) & (target <= high)))
    if len(out):
        first = out[0]
        found = {"found": float(target[first]), "low": float(low[first]), "high": float(high[first])}
        raise InputError([Problem("life_expectancy_unreachable", found)])

    def miss(parameter: Array, case: IntArray) -> Array:
        return expectancy(parameter, rows[case]) - target[case]

    return find_roots(miss, -bounds, bounds, tolerance=1e-13, close=1e-12).reshape(shape)


def _brass_table(m: npt.ArrayLike, sex: str, alpha: npt.ArrayLike, beta: npt.ArrayLike) -> LifeTable:
    m = _standard(m)
    q, open_m = _related(_moved(_odds(life_table(m, sex).l), alpha, beta), m[..., -2:])
    return columns_from_q(q, sex, open_m)


def _brass_table_at_e0(m: npt.ArrayLike, sex: str, e0: npt.ArrayLike, beta: npt.ArrayLike) -> LifeTable:
    m = _standard(m)
    odds = _moved(_odds(life_table(m, sex).l), 0.0, beta)
    given = np.concatenate([odds, np.broadcast_to(m[..., -2:], (*odds.shape[:-1], 2))], axis=-1)

    def e0_at(alpha: Array, given: Array) -> Array:
        q, open_m = _related(given[..., :-2] * np.exp(2 * alpha)[..., None], given[..., -2:])
        return expectancy_from_q(q, sex, open_m)

    return _brass_table(m, sex, _at_e0(e0_at, given, e0, LARGEST_ALPHA), beta)


def _related(odds: Array, last_m: Array) -> tuple[Array, Array]:
    """q and the open age's rate of the life table whose odds of having died before each exact age are `odds`.

    last_m: the standard's rates of the last closed and the open age; the open one changes as the closed one does.
    """
    q = np.ones_like(odds)
    left = np.isfinite(odds[..., 1:])
    # 1 − l_{x+1}/l_x from the odds themselves, which hold the small ones of young ages to the last digit; nobody left: 1.
    gain = np.subtract(odds[..., 1:], odds[..., :-1], out=np.ones_like(odds[..., 1:]), where=left)
    np.divide(gain, 1 + odds[..., 1:], out=q[..., :-1], where=left)
    before = q[..., -2] / (1 - 0.5 * q[..., -2])
    change = np.divide(before, last_m[..., 0], out=np.ones_like(before), where=last_m[..., 0] > 0)
    return q, last_m[..., 1] * change


def _standard(m: npt.ArrayLike) -> Array:
    m = checked_death_rates(m)
    if m.shape[-1] < 2:
        raise InputError([Problem("groups_too_few", {"found": m.shape[-1], "needed": 2})])
    return m


def _moved(odds: Array, alpha: npt.ArrayLike, beta: npt.ArrayLike) -> Array:
    """The odds (..., ages) of the standard at the level and slope (...)."""
    slope = checked_above_zero(beta, "brass_beta")[..., None]
    level = checked_between(alpha, "brass_alpha", -_GIVEN_ALPHA, _GIVEN_ALPHA)[..., None]
    odds, level, slope = checked_together(odds, level, slope)
    return np.asarray(odds**slope * np.exp(2 * level))


def _odds(survivors: Array) -> Array:
    """(1 − l)/l, infinite where nobody is left."""
    return np.divide(1 - survivors, survivors, out=np.full(survivors.shape, np.inf), where=survivors > 0)


def _checked_survivors(survivors: npt.ArrayLike) -> Array:
    survivors = checked_probabilities(survivors, what="survivors", axes=1)
    rising = np.argwhere(np.diff(survivors, axis=-1) > 0)
    if len(rising):
        place = (*rising[0][:-1], rising[0][-1] + 1)
        raise InputError([Problem("survivors_not_falling", {"found": float(survivors[place]), "place": int(place[-1])})])
    return survivors
