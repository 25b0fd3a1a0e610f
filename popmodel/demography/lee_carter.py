"""Mortality over time: the Lee-Carter model of one population, and Li and Lee's coherent model of several.

Rates have the age on the last axis but one and the year on the last; ages and years in any step, equal throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import (
    checked_above_zero,
    checked_counts,
    checked_death_rates,
    checked_finite,
    checked_numbers,
    checked_shape,
    checked_whole,
    checked_word,
)
from popmodel.demography.life_table import expectancy
from popmodel.demography.roots import find_roots
from popmodel.demography.separation import a0_andreev_kingkade
from popmodel.messages import InputError, Problem

# Second-stage values of k move the most sensitive age's rate by at most this factor from the fitted one.
LARGEST_CHANGE = 50.0
_FURTHEST = 1000  # steps ahead
# Where the root is looked for, in terms of the log rate of the most sensitive age: near the fitted first.
_REACHES = (0.1, 0.4, 1.6, np.log(LARGEST_CHANGE))


class LeeCarter(NamedTuple):
    """log m = a + b k: a, b (..., age), b adding to 1; k (..., year), adding to 0; share of the variance explained (...)."""

    a: Array
    b: Array
    k: Array
    explained: Array

    def rates(self, k: npt.ArrayLike) -> Array:
        """Death rates (..., age, year) at the levels `k` (..., year); leading dimensions broadcast, so draws come first."""
        level = checked_finite(k, what="time_index", axes=1)[..., None, :]
        return np.exp(self.a[..., None] + self.b[..., None] * level)


class RandomWalk(NamedTuple):
    """Forecast of k by a random walk with drift: (...) but for mean and sd, (..., year)."""

    drift: Array
    drift_error: Array
    innovation_sd: Array
    mean: Array
    sd: Array


class Autoregression(NamedTuple):
    """Forecast of an own factor, k_t = constant + coefficient k_{t−1}: (...) but for mean and sd, (..., year)."""

    constant: Array
    coefficient: Array
    innovation_sd: Array
    mean: Array
    sd: Array


class LiLee(NamedTuple):
    """log m = a + B K + b k: B (..., age), K (..., year) of all; a, b (..., population, age), k (..., population, year) of each.

    explained_common and explained (..., population): share of each one's variance that B K, and B K + b k, explain.
    """

    a: Array
    B: Array
    K: Array
    b: Array
    k: Array
    explained_common: Array
    explained: Array

    def rates(self, common: npt.ArrayLike, own: npt.ArrayLike) -> Array:
        """Death rates (..., population, age, year) at levels `common` (..., year) and `own` (..., population, year)."""
        shared = self.B[..., None, :, None] * checked_finite(common, what="time_index", axes=1)[..., None, None, :]
        apart = self.b[..., None] * checked_finite(own, what="time_index", axes=2)[..., None, :]
        return np.exp(self.a[..., None] + shared + apart)


def lee_carter(m: npt.ArrayLike, *, method: Literal["svd", "regression"] = "svd") -> LeeCarter:
    """The Lee-Carter model of death rates `m` (..., age, year), per person-year and above zero.

    "svd" takes the first singular vectors of log m less its mean over years (Lee & Carter); "regression" takes k as the sum
    over ages of those deviations and b as their regression on k through the origin (the United Nations' estimate).
    Raises InputError where a rate is zero (smooth or group first), with fewer than two years, on another method, or when no
    overall level can be told from the rates. Rates that never change have k = 0 and b the same at every age.
    Limits: one pattern of change at all times; counts of deaths carry no weight, so small areas need smoothed rates.
    Source: Lee & Carter (1992), JASA 87(419), pp. 659-671; Sevcikova, Li, Kantorova, Gerland & Raftery (2016), in Schoen (ed.),
    Dynamic Demographic Analysis, pp. 285-310.

    >>> model = lee_carter(np.exp([[-4.0, -5.0, -9.0], [-1.0, -1.5, -3.5]]))
    >>> model.b.round(6).tolist(), model.k.round(6).tolist()
    ([0.666667, 0.333333], [3.0, 1.5, -4.5])
    """
    checked_word(method, tuple(_METHODS))
    logs = _logs(m, axes=2)
    a = logs.mean(axis=-1)
    deviations = logs - a[..., None]
    b, k, explained = _METHODS[method](deviations)
    return LeeCarter(a, b, k, explained)


def adjust_k_to_e0(model: LeeCarter, sex: str, e0: npt.ArrayLike) -> LeeCarter:
    """`model` with the k at which its life expectancy is `e0` (..., year), years; ages of the model 0..A single, A open.

    Raises InputError where no k that changes a rate less than fiftyfold gives it. The adjusted k no longer adds to zero.
    Source: Lee & Miller (2001), Demography 38(4), pp. 537-549.

    >>> from popmodel.demography.life_table import life_expectancy
    >>> model = lee_carter(np.exp([[-4.0, -5.0, -6.0], [-1.0, -1.5, -2.0]]))
    >>> adjust_k_to_e0(model, "male", life_expectancy(model.rates([1.0, 0.5, -2.0]).T, "male")).k.round(6).tolist()
    [1.0, 0.5, -2.0]
    """
    target = checked_shape(checked_above_zero(e0, "life_expectancy"), model.k.shape, same=1)

    def miss(rates: Array, place: npt.NDArray[np.int_]) -> Array:
        factors = np.full_like(rates, 0.5)
        factors[..., 0] = a0_andreev_kingkade(rates[..., 0], sex)
        return expectancy(rates, factors) - target.ravel()[place]

    return model._replace(k=_solved_k(model, miss))


def adjust_k_to_deaths(model: LeeCarter, population: npt.ArrayLike, deaths: npt.ArrayLike) -> LeeCarter:
    """`model` with the k at which it gives all `deaths` (..., year) of `population` (..., age, year), person-years.

    Raises InputError where no k that changes a rate less than fiftyfold gives them. The adjusted k no longer adds to zero.
    Source: Lee & Carter (1992), JASA 87(419), pp. 659-671.

    >>> model = lee_carter(np.exp([[-4.0, -5.0, -6.0], [-1.0, -1.5, -2.0]]))
    >>> adjust_k_to_deaths(model, np.ones((2, 3)), model.rates([1.0, 0.5, -2.0]).sum(axis=0)).k.round(6).tolist()
    [1.0, 0.5, -2.0]
    """
    wanted = np.log(checked_shape(checked_above_zero(deaths, "deaths"), model.k.shape, same=1)).ravel()
    people = checked_shape(checked_counts(population, what="population"), (*model.a.shape, model.k.shape[-1]), same=2)
    lines = np.moveaxis(people, -1, -2).reshape(-1, model.a.shape[-1])

    def miss(rates: Array, place: npt.NDArray[np.int_]) -> Array:
        return np.log((lines[place] * rates).sum(axis=-1)) - wanted[place]

    return model._replace(k=_solved_k(model, miss))


def forecast_k(k: npt.ArrayLike, years: int) -> RandomWalk:
    """Random walk with drift from the last of `k` (..., year), `years` steps of its own spacing ahead.

    The standard deviation holds the innovations and the error of the drift: sd² = h s² + h² s²/n, n differences seen.
    Raises InputError with fewer than three values, one that is missing, or years that are no whole number above 0.
    Limits: the past pace goes on; errors of a and b and any change of the age pattern are left out; n differences are few,
    so 95% intervals by ±1.96 sd are a little narrow.
    Source: Lee & Carter (1992), JASA 87(419), pp. 659-671.

    >>> walk = forecast_k([3.0, 1.0, 0.0, -4.0], 2)
    >>> walk.mean.round(4).tolist(), walk.sd.round(4).tolist()
    ([-6.3333, -8.6667], [1.7638, 2.7889])
    """
    k = checked_finite(k, what="time_index", axes=1)
    _enough_years(k, 3)
    years = checked_whole(years, "years", 1, _FURTHEST)
    steps = np.diff(k, axis=-1)
    count = steps.shape[-1]
    drift = steps.mean(axis=-1)
    sd = steps.std(axis=-1, ddof=1)
    error = sd / np.sqrt(count)
    ahead = np.arange(1, years + 1)
    mean = k[..., -1:] + drift[..., None] * ahead
    return RandomWalk(drift, error, sd, mean, np.sqrt(ahead * sd[..., None] ** 2 + (ahead * error[..., None]) ** 2))


def li_lee(m: npt.ArrayLike, *, person_years: npt.ArrayLike | None = None, least_gain: float = 0.01) -> LiLee:
    """Li and Lee's coherent model of death rates `m` (..., population, age, year): a common factor and each one's own.

    B and K are the Lee-Carter model of the aggregate's rates: the mean over populations, weighted by `person_years` (of the
    shape of m, or broadcasting to it) when given. b k is the first singular pair of what B K leaves of each population; b is
    of unit length, since it may change sign over ages and add to nothing. A population in which b k raises the explained
    share by less than `least_gain` is left without an own factor (b = k = 0).
    Raises InputError as `lee_carter` does. Limits: what the aggregate's own second pattern explains is told with the own
    factors; explained_common below zero says that a population does not belong to the group.
    Source: Li & Lee (2005), Demography 42(3), pp. 575-594.

    >>> two = np.exp([[[-4.0, -5.0, -6.0], [-1.0, -1.5, -2.0]], [[-5.0, -6.0, -7.0], [-1.0, -1.5, -2.0]]])
    >>> model = li_lee(two)
    >>> np.allclose(model.rates(model.K, model.k), two), model.explained_common.round(6).tolist()
    (True, [1.0, 1.0])
    """
    logs = _logs(m, axes=3)
    weights = np.ones(()) if person_years is None else checked_above_zero(person_years, "person_years")
    weights = checked_shape(weights, logs.shape)
    common = lee_carter((np.exp(logs) * weights).sum(axis=-3) / weights.sum(axis=-3))
    a = logs.mean(axis=-1)
    deviations = logs - a[..., None]
    left = deviations - (common.b[..., None] * common.k[..., None, :])[..., None, :, :]
    u, s, _ = np.linalg.svd(left, full_matrices=False)
    b = u[..., :, 0] * np.where(u[..., :, 0].sum(axis=-1) < 0, -1.0, 1.0)[..., None]
    k = (left * b[..., None]).sum(axis=-2)
    total = (deviations**2).sum(axis=(-2, -1))
    explained_common = _share(total - (s**2).sum(axis=-1), total)
    explained = _share(total - (s[..., 1:] ** 2).sum(axis=-1), total)
    own = explained - explained_common >= checked_shape(checked_finite(least_gain, what="least_gain"), ())
    explained = np.where(own, explained, explained_common)
    return LiLee(a, common.b, common.k, b * own[..., None], k * own[..., None], explained_common, explained)


def forecast_own_k(k: npt.ArrayLike, years: int) -> Autoregression:
    """First-order autoregression from the last of an own factor's `k` (..., year), `years` steps ahead: its pull fades.

    Where the coefficient fitted is not between −1 and 1 (or k never changes) it is a random walk without drift instead,
    coefficient 1 and constant 0, whose mean stays at the last value. Either way the ratios of populations' rates converge.
    Raises InputError with fewer than four values, one that is missing, or years that are no whole number above 0.
    Limits: least squares; a coefficient from few years is biased towards zero; its error is not in the sd.
    Source: Li & Lee (2005), Demography 42(3), pp. 575-594.

    >>> forecast_own_k([8.0, 4.0, 2.0, 1.0], 2).mean.round(6).tolist()
    [0.5, 0.25]
    """
    k = checked_finite(k, what="time_index", axes=1)
    _enough_years(k, 4)
    years = checked_whole(years, "years", 1, _FURTHEST)
    before, after = k[..., :-1], k[..., 1:]
    centre, level = before.mean(axis=-1, keepdims=True), after.mean(axis=-1, keepdims=True)
    spread = ((before - centre) ** 2).sum(axis=-1)
    slope = ((before - centre) * after).sum(axis=-1) / np.where(spread > 0, spread, 1.0)
    fading = (spread > 0) & (np.abs(slope) < 1)
    coefficient = np.where(fading, slope, 1.0)
    constant = np.where(fading, level[..., 0] - slope * centre[..., 0], 0.0)
    errors = after - constant[..., None] - coefficient[..., None] * before
    sd = np.sqrt((errors**2).sum(axis=-1) / (after.shape[-1] - 2 * fading))
    ahead = np.arange(1, years + 1)
    powers = coefficient[..., None] ** np.arange(years)
    mean = k[..., -1:] * coefficient[..., None] ** ahead + constant[..., None] * np.cumsum(powers, axis=-1)
    return Autoregression(constant, coefficient, sd, mean, sd[..., None] * np.sqrt(np.cumsum(powers**2, axis=-1)))


def _by_svd(deviations: Array) -> tuple[Array, Array, Array]:
    u, s, v = np.linalg.svd(deviations, full_matrices=False)
    scale = u[..., :, 0].sum(axis=-1)
    # Rows that do not change (but for rounding) have no pattern of change: the pattern of one level for all ages is as good.
    still = s[..., 0] <= 1e-13 * deviations.size
    if np.any(~still & (np.abs(scale) < 1e-8)):
        raise InputError([Problem("age_pattern_without_level", {"count": int((~still & (np.abs(scale) < 1e-8)).sum())})])
    b = np.where(still[..., None], 1 / deviations.shape[-2], u[..., :, 0] / np.where(still, 1.0, scale)[..., None])
    k = np.where(still[..., None], 0.0, (s[..., 0] * scale)[..., None] * v[..., 0, :])
    squares = s**2
    return b, k, _share(squares[..., 0], squares.sum(axis=-1))


def _by_regression(deviations: Array) -> tuple[Array, Array, Array]:
    k = deviations.sum(axis=-2)
    total = (deviations**2).sum(axis=(-2, -1))
    squares = (k**2).sum(axis=-1)
    still = np.sqrt(total) <= 1e-13 * deviations.size
    flat = ~still & (squares <= 1e-16 * total)
    if np.any(flat):
        raise InputError([Problem("age_pattern_without_level", {"count": int(flat.sum())})])
    products = (deviations * k[..., None, :]).sum(axis=-1)
    b = np.where(still[..., None], 1 / deviations.shape[-2], products / np.where(still, 1.0, squares)[..., None])
    k = np.where(still[..., None], 0.0, k)
    left = ((deviations - b[..., None] * k[..., None, :]) ** 2).sum(axis=(-2, -1))
    return b, k, _share(total - left, total)


_METHODS: Mapping[str, Callable[[Array], tuple[Array, Array, Array]]] = {"svd": _by_svd, "regression": _by_regression}


def _solved_k(model: LeeCarter, miss: Callable[[Array, npt.NDArray[np.int_]], Array]) -> Array:
    """The k at which `miss` of the rates (..., age) is zero, for every population and year, by bracketing around the fitted."""
    count = model.a.shape[-1]
    a = np.repeat(model.a.reshape(-1, count), model.k.shape[-1], axis=0)
    b = np.repeat(model.b.reshape(-1, count), model.k.shape[-1], axis=0)

    def at(k: Array, case: npt.NDArray[np.int_]) -> Array:
        return miss(np.exp(a[case] + b[case] * k[..., None]), case)

    fitted, reach = model.k.ravel(), 1 / np.abs(b).max(axis=-1)
    low, high = _brackets(at, fitted, reach)
    bad = np.flatnonzero(np.isnan(low))
    if len(bad):
        place = int(bad[0] % model.k.shape[-1])
        raise InputError([Problem("level_not_reached", {"count": len(bad), "place": place, "factor": LARGEST_CHANGE})])
    return find_roots(at, low, high, tolerance=1e-12, close=1e-13).reshape(model.k.shape)


def _brackets(at: Callable[[Array, npt.NDArray[np.int_]], Array], fitted: Array, reach: Array) -> tuple[Array, Array]:
    """Two k (case,) between which `at` changes sign, looked for further and further from the fitted; NaN where it never does."""
    found = np.full((2, len(fitted)), np.nan)
    cases, inner = np.arange(len(fitted)), (fitted, fitted)
    signs = (np.sign(at(fitted, cases)),) * 2
    for share in _REACHES:
        away = share * reach[cases]
        outer = (fitted[cases] - away, fitted[cases] + away)
        crossed = np.zeros(len(cases), dtype=bool)
        outer_signs = []
        for near, far, sign in zip(inner, outer, signs, strict=True):
            outer_signs.append(np.sign(at(far, cases)))
            across = (outer_signs[-1] * sign <= 0) & ~crossed
            found[:, cases[across]] = np.sort(np.stack([near, far])[:, across], axis=0)
            crossed |= across
        left = ~crossed
        if not left.any():
            break
        cases = cases[left]
        inner = (outer[0][left], outer[1][left])
        signs = (outer_signs[0][left], outer_signs[1][left])
    return found[0], found[1]


def _logs(m: npt.ArrayLike, *, axes: int) -> Array:
    """Logarithms of rates (..., age, year)."""
    rates = checked_death_rates(checked_numbers(m, "death_rates", axes=axes), age_axis=-2)
    checked_above_zero(rates, "death_rates")
    _enough_years(rates, 2)
    return np.log(rates)


def _enough_years(values: Array, least: int) -> None:
    if values.shape[-1] < least:
        raise InputError([Problem("years_too_few", {"found": int(values.shape[-1]), "expected": least})])


def _share(part: Array, whole: Array) -> Array:
    """part / whole, and 1 where there is nothing to explain."""
    return np.asarray(np.divide(part, whole, out=np.ones_like(whole), where=whole > 1e-20))
