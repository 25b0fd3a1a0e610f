"""Parametric age patterns of fertility, and their fit where births are too few to show a pattern of their own.

Each shape gives births per woman by single age, which sum to its total fertility exactly over the ages asked for: the curve is
integrated over every year of age, then scaled. Parameters are on the last axis, total fertility first; ages are in years.

Three curves out of many: Hadwiger (three parameters, for the thinnest data) and gamma (four) have the mean and the standard
deviation of the age at birth as parameters, and were among the best of those compared by Hoem et al. (1981); the quadratic spline
(four) has the ages a planner can point at, and can be skewed either way. None has two humps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_ages, checked_counts, checked_fertility_rates, checked_numbers, checked_together
from popmodel.messages import InputError, Problem

# Schmertmann (2003): the spline falls to zero at 50, but for very early or very late patterns.
_USUAL_END = 50.0
# In a likelihood this share of the total is spread evenly over the ages, so that a stray birth does not rule a shape out.
_STRAY = 1e-6
_LARGEST_STEPS = 500
# A fit is settled when a step gains less than this share of the sum of squares left, or this much of a deviance: what is still to
# come moves no parameter by a thousandth of its standard error. Data that are the curve itself leave nothing: then it is a share
# of the data's own squares.
_SETTLED_SHARE, _SETTLED_DEVIANCE, _SETTLED_SQUARES = 1e-9, 1e-6, 1e-13
# No spread or distance between index ages below a year is fitted: single ages do not show it, and a lone birth would ask for it.
_NARROWEST = 1.0


class ShapeFit(NamedTuple):
    """A fitted shape.

    parameters: (..., parameters); rates: births per woman (..., age), which sum to the first parameter; misplaced: half the sum
    of absolute differences from the data over their sum (...), the share of births that the fit puts at another age.
    """

    parameters: Array
    rates: Array
    misplaced: Array


def hadwiger_shape(ages: npt.ArrayLike, parameters: npt.ArrayLike) -> Array:
    """Hadwiger's curve (an inverse Gaussian density) by single age.

    ages: consecutive completed years (age,); parameters: total fertility, mean age, standard deviation (..., 3). In the usual
    notation f(x) = a b/c (c/x)^1.5 exp(−b² (c/x + x/c − 2)): c is the mean age, c/(b √2) the deviation, a √π the total.
    Returns births per woman (..., age). Raises InputError on ages with gaps or parameters that give no curve.
    Limit: starts at birth, so that the youngest ages come out too high where childbearing starts abruptly.
    Source: Hadwiger (1940), Skandinavisk Aktuarietidskrift 23, 101-113; Hoem et al. (1981), as `gamma_shape`.

    >>> float(hadwiger_shape(range(12, 56), [1.5, 28.0, 5.0]).sum().round(9))
    1.5
    """
    return _rates("hadwiger", ages, parameters)


def gamma_shape(ages: npt.ArrayLike, parameters: npt.ArrayLike) -> Array:
    """The gamma density (Pearson type III) by single age.

    ages: consecutive completed years (age,); parameters: total fertility, mean age, standard deviation, age at which fertility
    starts (..., 4). Returns births per woman (..., age). Raises InputError on ages with gaps or parameters that give no curve.
    Limits: one hump, skewed to the right; of nearly symmetric patterns the start is hardly determined.
    Source: Hoem, Madsen, Nielsen, Ohlsen, Hansen & Rennermalm (1981), Demography 18(2), 231-244.

    >>> float(gamma_shape(range(12, 56), [1.5, 28.0, 5.0, 13.0]).sum().round(9))
    1.5
    """
    return _rates("gamma", ages, parameters)


def spline_shape(ages: npt.ArrayLike, parameters: npt.ArrayLike) -> Array:
    """Schmertmann's quadratic spline by single age.

    ages: consecutive completed years (age,); parameters: total fertility, the age α at which fertility starts, the age P of its
    peak, the later age H at which it is half its peak (..., 4). Five quadratic pieces without a jump in value or slope.
    Returns births per woman (..., age). Raises InputError on ages with gaps or parameters that give no curve.
    Limits: the mean age is no parameter; where H is far from P beside the last age, the tail is cut at zero.
    Source: Schmertmann (2003), Demographic Research 9(5), 81-110, section 3 and appendix B.

    >>> float(spline_shape(range(12, 56), [1.5, 15.0, 27.0, 34.0]).sum().round(9))
    1.5
    """
    return _rates("quadratic_spline", ages, parameters)


def fit_shape(rates: npt.ArrayLike, ages: npt.ArrayLike, *, shape: str) -> ShapeFit:
    """The curve of `shape` ("hadwiger", "gamma" or "quadratic_spline") nearest to `rates` by least squares.

    rates: births per woman (..., age) at `ages`, consecutive completed years (age,). Raises InputError on an unknown shape, ages
    with gaps, what is no rate, a schedule of zeros, or a fit that does not settle.
    Limits: every age counts alike, however few women it rests on (`fit_shape_to_births` weighs them); a local minimum is found;
    no spread or distance of index ages below a year.
    Source: Levenberg-Marquardt, Nocedal & Wright (2006), Numerical Optimization, section 10.3.

    >>> ages = range(15, 50)
    >>> fit_shape(gamma_shape(ages, [1.5, 28.0, 5.0, 13.0]), ages, shape="gamma").parameters.round(4).tolist()
    [1.5, 28.0, 5.0, 13.0]
    """
    return _fit(checked_fertility_rates(rates), None, ages, shape)


def fit_shape_to_births(births: npt.ArrayLike, women: npt.ArrayLike, ages: npt.ArrayLike, *, shape: str) -> ShapeFit:
    """The curve of `shape` under which `births` by age are most likely, as Poisson counts of `women` person-years.

    births, women: (..., age) at `ages`, consecutive completed years (age,). The fitted births of a schedule sum to its births.
    Raises InputError as `fit_shape`, or on births without women.
    Limits: as `fit_shape`; a few births far apart have no likeliest gamma curve or spline, and are refused; births spread more
    than Poisson counts (twins, heaped ages) leave the curve as it is and its errors larger.
    Source: Brillinger (1986), Biometrics 42, 693-734 (Poisson rates); Fisher scoring with Levenberg-Marquardt damping.

    >>> ages, women = range(15, 50), np.full(35, 1000.0)
    >>> births = women * hadwiger_shape(ages, [1.5, 28.0, 5.0])
    >>> fit_shape_to_births(births, women, ages, shape="hadwiger").parameters.round(3).tolist()
    [1.5, 28.0, 5.0]
    """
    born = checked_counts(births, what="births", axes=1)
    born, exposed = checked_together(born, checked_counts(women, what="women", axes=1), same=1)
    alone = (exposed <= 0) & (born > 0)
    if alone.any():
        raise InputError([Problem("births_without_women", {"place": int(np.argwhere(alone)[0][-1]), "count": int(alone.sum())})])
    return _fit(np.divide(born, exposed, out=np.zeros(born.shape), where=exposed > 0), exposed, ages, shape)


class _Shape(NamedTuple):
    """What the fit needs to know: the curve's integral up to an age, its domain, where to start, and free coordinates."""

    names: int
    rule: str
    holds: Callable[[Array], npt.NDArray[np.bool_]]
    cumulated: Callable[[Array, Array], Array]
    start: Callable[[Array, Array, Array], Array]
    to_free: Callable[[Array], Array]
    from_free: Callable[[Array], Array]


def _hadwiger_cumulated(edges: Array, p: Array) -> Array:
    from scipy.stats import invgauss

    mean, spread = p[..., 1:2], p[..., 2:3]
    scale = mean**3 / spread**2
    return np.asarray(invgauss.cdf(edges, mean / scale, scale=scale))


def _gamma_cumulated(edges: Array, p: Array) -> Array:
    from scipy.special import gammainc

    mean, spread, start = p[..., 1:2], p[..., 2:3], p[..., 3:4]
    after = mean - start
    return np.asarray(gammainc((after / spread) ** 2, np.maximum(edges - start, 0.0) * after / spread**2))


def _spline_cumulated(edges: Array, p: Array) -> Array:
    """Integral of the spline with peak 1: sum of θ_k (x − t_k)³ / 3 over the knots t_k passed."""
    start, peak, half = p[..., 1], p[..., 2], p[..., 3]
    first = np.minimum(0.75, 0.25 + 0.025 * (peak - start))
    end = np.minimum(half + 3 * (half - peak), np.maximum(_USUAL_END, half + (half - peak) / 3))
    knots = np.stack([start, start + first * (peak - start), peak, (peak + half) / 2, (half + end) / 2], axis=-1)
    rise = 1 / (first * (peak - start) ** 2)
    rising = np.stack([rise, -rise / (1 - first)], axis=-1)

    # The three later coefficients: half the peak at H, value and slope of zero at the end.
    at = np.stack([half, end, end], axis=-1)[..., None]
    beyond = np.maximum(at - knots[..., None, :], 0.0)
    powers = np.concatenate([beyond[..., :2, :] ** 2, 2 * beyond[..., 2:, :]], axis=-2)
    wanted = np.stack([np.full(half.shape, 0.5), np.zeros(half.shape), np.zeros(half.shape)], axis=-1)
    missing = wanted[..., None] - (powers[..., :2] * rising[..., None, :]).sum(axis=-1, keepdims=True)
    coefficients = np.concatenate([rising, np.linalg.solve(powers[..., 2:], missing)[..., 0]], axis=-1)
    passed = np.clip(np.minimum(edges, end[..., None])[..., None, :] - knots[..., None], 0.0, None)
    return np.asarray((coefficients[..., None] * passed**3).sum(axis=-2) / 3)


def _hadwiger_to_free(p: Array) -> Array:
    return np.log(np.concatenate([p[..., :2], p[..., 2:] - _NARROWEST], axis=-1))


def _hadwiger_from_free(free: Array) -> Array:
    p = np.exp(free)
    p[..., 2] += _NARROWEST
    return p


def _gamma_to_free(p: Array) -> Array:
    return np.concatenate([_hadwiger_to_free(p[..., :3]), np.log(p[..., 3:] / (p[..., 1:2] - p[..., 3:]))], axis=-1)


def _gamma_from_free(free: Array) -> Array:
    from scipy.special import expit

    p = _hadwiger_from_free(free[..., :3])
    return np.concatenate([p, p[..., 1:2] * expit(free[..., 3:])], axis=-1)


def _spline_to_free(p: Array) -> Array:
    return np.log(np.concatenate([p[..., :2], np.diff(p[..., 1:], axis=-1) - _NARROWEST], axis=-1))


def _spline_from_free(free: Array) -> Array:
    p = np.exp(free)
    p[..., 2:] += _NARROWEST
    return np.concatenate([p[..., :1], np.cumsum(p[..., 1:], axis=-1)], axis=-1)


_SHAPES: Mapping[str, _Shape] = {
    "hadwiger": _Shape(
        names=3,
        rule="TFR >= 0, mean > 0, sd > 0",
        holds=lambda p: (p[..., 0] >= 0) & (p[..., 1] > 0) & (p[..., 2] > 0),
        cumulated=_hadwiger_cumulated,
        start=lambda total, mean, spread: np.stack([total, mean, spread], axis=-1),
        to_free=_hadwiger_to_free,
        from_free=_hadwiger_from_free,
    ),
    "gamma": _Shape(
        names=4,
        rule="TFR >= 0, sd > 0, 0 <= start < mean",
        holds=lambda p: (p[..., 0] >= 0) & (p[..., 2] > 0) & (p[..., 3] >= 0) & (p[..., 3] < p[..., 1]),
        cumulated=_gamma_cumulated,
        start=lambda total, mean, spread: np.stack([total, mean, spread, np.maximum(mean - 2.5 * spread, mean / 10)], axis=-1),
        to_free=_gamma_to_free,
        from_free=_gamma_from_free,
    ),
    "quadratic_spline": _Shape(
        names=4,
        rule="TFR >= 0, 0 < α < P < H",
        holds=lambda p: (p[..., 0] >= 0) & (p[..., 1] > 0) & (p[..., 1] < p[..., 2]) & (p[..., 2] < p[..., 3]),
        cumulated=_spline_cumulated,
        start=lambda total, mean, spread: np.stack(
            [total, np.maximum(mean - 2.2 * spread, mean / 10), mean - 0.2 * spread, mean + 1.1 * spread], axis=-1
        ),
        to_free=_spline_to_free,
        from_free=_spline_from_free,
    ),
}


def _rates(name: str, ages: npt.ArrayLike, parameters: npt.ArrayLike) -> Array:
    shape, p = _SHAPES[name], checked_numbers(parameters, "shape_parameters")
    holds = p.ndim > 0 and p.shape[-1] == shape.names and bool(np.all(np.isfinite(p)) and np.all(shape.holds(p)))
    rates = _curve(shape, _edges(ages), p) if holds else np.full(1, np.nan)
    if not np.all(np.isfinite(rates)):
        found = ", ".join(f"{value:g}" for value in p.ravel()[: shape.names])
        raise InputError([Problem("fertility_shape_parameters", {"shape": name, "found": found, "rule": shape.rule})])
    return rates


def _curve(shape: _Shape, edges: Array, p: Array) -> Array:
    """Rates that sum to the first parameter; NaN where the curve has nothing at these ages."""
    within = np.maximum(np.diff(shape.cumulated(edges, p), axis=-1), 0.0)
    total = within.sum(axis=-1, keepdims=True)
    return np.asarray(p[..., :1] * np.divide(within, total, out=np.full(within.shape, np.nan), where=total > 0))


def _edges(ages: npt.ArrayLike) -> Array:
    whole = checked_ages(ages, first=None)
    if np.any(np.diff(whole) != 1):
        raise InputError([Problem("single_ages_expected", {"found": ", ".join(str(age) for age in whole[:5])})])
    return np.append(whole, whole[-1] + 1).astype(float)


def _fit(rates: Array, women: Array | None, ages: npt.ArrayLike, name: str) -> ShapeFit:
    if not (isinstance(name, str) and name in _SHAPES):
        raise InputError([Problem("fertility_shape_unknown", {"found": name, "known": ", ".join(_SHAPES)})])
    shape, edges = _SHAPES[name], _edges(ages)
    checked_ages(ages, rates.shape[-1], first=None)
    total = rates.sum(axis=-1)
    if np.any(total <= 0):
        raise InputError([Problem("births_none", {"count": int(np.sum(total <= 0))})])
    lead, data = rates.shape[:-1], rates.reshape(-1, rates.shape[-1])
    exposed = None if women is None else women.reshape(data.shape)
    free = _settled(shape, edges, data, exposed, shape.to_free(_by_moments(shape, edges, data)))
    p = shape.from_free(free)
    fitted = _curve(shape, edges, p)
    if exposed is not None:  # the likeliest level bears exactly the births there were
        p[:, 0] *= (exposed * data).sum(axis=-1) / (exposed * fitted).sum(axis=-1)
        fitted = _curve(shape, edges, p)
    misplaced = np.abs(fitted - data).sum(axis=-1) / (2 * data.sum(axis=-1))
    return ShapeFit(p.reshape(*lead, -1), fitted.reshape(rates.shape), misplaced.reshape(lead))


def _by_moments(shape: _Shape, edges: Array, data: Array) -> Array:
    middle, total = edges[:-1] + 0.5, data.sum(axis=-1)
    mean = (data * middle).sum(axis=-1) / total
    spread = np.sqrt(np.maximum((data * (middle - mean[:, None]) ** 2).sum(axis=-1) / total, 4.0))
    return shape.start(total, mean, spread)


def _settled(shape: _Shape, edges: Array, data: Array, women: Array | None, free: Array) -> Array:
    """Free coordinates (schedule, parameter) at the minimum, each schedule damped and stopped on its own.

    scipy's least_squares takes one schedule at a time, or all of them as one problem in which they hinder each other; here a
    schedule's result does not depend on which others are fitted with it.
    """

    def curve(free: Array) -> Array:
        with np.errstate(all="ignore"):  # a step too far gives NaN, and is not taken
            return _curve(shape, edges, shape.from_free(free))

    exact = _SETTLED_SQUARES * (data**2).sum(axis=-1)
    damping, running = np.full(len(data), 1e-3), np.ones(len(data), dtype=bool)
    fitted = curve(free)
    loss = _loss(data, women, fitted)
    for _ in range(_LARGEST_STEPS):
        step = _step(curve, data, women, free, fitted, damping)
        moved = curve(free + step)
        moved_loss = _loss(data, women, moved)
        better = running & (moved_loss <= loss)
        gained = np.where(better, loss - moved_loss, np.inf)
        free, fitted = np.where(better[:, None], free + step, free), np.where(better[:, None], moved, fitted)
        loss, damping = np.where(better, moved_loss, loss), np.where(better, np.maximum(damping / 9, 1e-9), damping * 4)
        little = np.maximum(_SETTLED_SHARE * loss, exact) if women is None else _SETTLED_DEVIANCE
        running &= ~((gained <= little) | (damping > 1e12))  # or no step however short is better
        if not running.any():
            return free
    raise InputError(
        [Problem("fertility_fit_not_settled", {"count": int(running.sum()), "place": int(np.flatnonzero(running)[0])})]
    )


def _step(curve: Callable[[Array], Array], data: Array, women: Array | None, free: Array, fitted: Array, damping: Array) -> Array:
    small = 1e-6 * np.eye(free.shape[-1])
    slopes = np.nan_to_num(np.stack([(curve(free + row) - curve(free - row)) / 2e-6 for row in small], axis=-1))
    weight = np.ones_like(fitted) if women is None else women / _with_strays(fitted)
    # Plain sums, whose rounding, unlike that of einsum and matmul, is the same in any batch.
    weighed = slopes * weight[..., None]
    towards = (weighed * (data - fitted)[..., None]).sum(axis=-2)
    normal = (weighed[..., :, None] * slopes[..., None, :]).sum(axis=-3)
    scale = np.diagonal(normal, axis1=-2, axis2=-1)
    scale = np.maximum(scale, 1e-9 * scale.max(axis=-1, keepdims=True) + 1e-300)
    damped = normal + (damping[:, None] * scale)[:, :, None] * np.eye(free.shape[-1])
    # Coordinates are logarithms: more than one at once is a leap to where the slopes say nothing.
    return np.clip(np.linalg.solve(damped, towards[..., None])[..., 0], -1.0, 1.0)


def _loss(data: Array, women: Array | None, fitted: Array) -> Array:
    """Sum of squares, or the Poisson deviance of births of `women`; infinite where the curve is none."""
    if women is None:
        loss = ((data - fitted) ** 2).sum(axis=-1)
    else:
        expected = _with_strays(fitted)
        ratio = np.divide(data, expected, out=np.ones(data.shape), where=data > 0)
        loss = 2 * (women * (data * np.log(ratio) - data + expected)).sum(axis=-1)
    return np.where(np.isfinite(loss), loss, np.inf)


def _with_strays(fitted: Array) -> Array:
    return (1 - _STRAY) * fitted + _STRAY * fitted.mean(axis=-1, keepdims=True)
