"""Model schedules of migration by age (Rogers & Castro): the curve, its fit to gross rates, and net rates as in less out.

Annual rates by age, ages on the last axis; parameters may be arrays of any shape, which then comes first in the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import OLDEST, checked_between, checked_counts, checked_finite, checked_shape, checked_together
from popmodel.demography.migration import checked_cohorts, checked_log_change, cohort_passage
from popmodel.messages import InputError, Problem


class Retirement(NamedTuple):
    """Peak of moves around and after retirement: its level, descent, place (age) and ascent."""

    a3: npt.ArrayLike
    alpha3: npt.ArrayLike
    mu3: npt.ArrayLike
    lambda3: npt.ArrayLike


class Elderly(NamedTuple):
    """Upward slope of the oldest ages: its level at age 0 and its growth a year of age."""

    a4: npt.ArrayLike
    lambda4: npt.ArrayLike


class RogersCastro(NamedTuple):
    """Parameters of the model schedule: 7, or 9 with `elderly`, 11 with `retirement`, 13 with both.

    a1, alpha1: level and descent of the children; a2, alpha2, mu2, lambda2: level, descent, place (age) and ascent of the
    labour-force peak; c: constant at all ages.
    """

    a1: npt.ArrayLike
    alpha1: npt.ArrayLike
    a2: npt.ArrayLike
    alpha2: npt.ArrayLike
    mu2: npt.ArrayLike
    lambda2: npt.ArrayLike
    c: npt.ArrayLike
    retirement: Retirement | None = None
    elderly: Elderly | None = None


class RogersCastroFit(NamedTuple):
    """The fitted parameters, their rates at the ages given, and the share of the variance of the rates that they explain."""

    parameters: RogersCastro
    fitted: Array
    r_squared: float


class NetMigrationFit(NamedTuple):
    """Net migration of cohorts as returns less departures, with shapes shared by all of them and two levels each.

    outward, returning: the shapes; gross_out, gross_in: (...), sums of the annual rates over the ages; net: (..., ages), annual
    net rates (log growth); fitted: (..., cohorts), cohort rates of the interval; r_squared: (...), over log(1 + cohort rate).
    """

    outward: RogersCastro
    returning: RogersCastro
    gross_out: Array
    gross_in: Array
    net: Array
    fitted: Array
    r_squared: Array


def rogers_castro(ages: npt.ArrayLike, parameters: RogersCastro) -> Array:
    """Annual migration rates at `ages` (ages,) of a model schedule; returns (..., ages), … the shape of the parameters.

    m(x) = a1 e^(−α1 x) + a2 e^(−α2 (x−μ2) − e^(−λ2 (x−μ2))) + a3 e^(−α3 (x−μ3) − e^(−λ3 (x−μ3))) + a4 e^(λ4 x) + c.
    Raises InputError where the parameters are missing, give a rate below zero or do not go together, and on ages below 0.
    Source: Rogers & Castro (1981), Model migration schedules, IIASA RR-81-30; Rogers, Little & Raymer (2010), chapter 2.

    >>> rogers_castro([20.0], RogersCastro(0.0, 0.1, np.e, 0.1, 20.0, 0.4, 0.5)).round(12).tolist()
    [1.5]
    """
    parts = (parameters[:7], *(part for part in parameters[7:] if part is not None))
    values = (checked_finite(value, what="migration_parameters") for part in parts for value in part)
    vector = np.stack(checked_together(*values), axis=-1)[..., None, :]
    x = _ages(ages)
    rates = _curve(x, vector, parameters.retirement is not None, parameters.elderly is not None)
    return checked_counts(rates, what="migration_rates")


def fit_rogers_castro(
    ages: npt.ArrayLike, rates: npt.ArrayLike, *, retirement: bool = False, elderly: bool = False
) -> RogersCastroFit:
    """The model schedule nearest to gross `rates` (ages,) at `ages` by least squares within bounds.

    Starts from the best few of a fixed grid of places and slopes, so that the same rates always give the same parameters; rates
    times k give levels times k and the same slopes and places.
    Raises InputError when rates are negative or missing, all zero, or fewer than the parameters, and on ages below 0.
    Limits: one schedule a call, as the fit is not linear; take rates of few movers together first. A peak is not to be asked for
    where the rates show none: its parameters are then arbitrary. Net rates are no gross rates: see `fit_net_migration`.
    Source: Rogers & Castro (1981), section 2; Rogers, Little & Raymer (2010), chapter 2.

    >>> wanted = RogersCastro(0.02, 0.1, 0.06, 0.1, 20.0, 0.4, 0.003)
    >>> fit = fit_rogers_castro(np.arange(101), rogers_castro(np.arange(101), wanted))
    >>> round(float(fit.parameters.mu2), 4)
    20.0
    """
    x = _ages(ages)
    observed = checked_shape(checked_counts(rates, what="migration_rates", axes=1), x.shape, same=1)
    bounds = _bounds(retirement, elderly)
    _enough(observed.size, len(bounds[0]))
    level = float(observed.max())
    if level == 0:
        raise InputError([Problem("profile_empty", {})])

    def miss(vector: Array) -> Array:
        return np.asarray(_curve(x, vector, retirement, elderly) - observed / level)

    best = _best_fit(miss, _starts(x, observed / level, retirement, elderly), bounds, jac="cs")
    vector = _with_levels(best, level, retirement, elderly)
    fitted = _curve(x, vector, retirement, elderly)
    return RogersCastroFit(_named(vector, retirement, elderly), fitted, float(_r_squared(observed, fitted)))


def net_schedule(
    ages: npt.ArrayLike, inward: RogersCastro, outward: RogersCastro, *, gross_in: npt.ArrayLike, gross_out: npt.ArrayLike
) -> Array:
    """Net annual rates at `ages` (ages,): two model schedules, each brought to a gross level, the second less the first.

    gross_in, gross_out: (...), sums over `ages` of the in- and out-rates (gross migraproduction rates where the ages are single
    years). Returns (..., ages). Raises InputError where a schedule is zero at all ages or a level is negative.
    Limits: both rates are taken on the same population, the area's own.
    Source: Rogers & Castro (1981), section 1 (the gross migraproduction rate).

    >>> flat = RogersCastro(0.0, 0.1, 0.0, 0.1, 20.0, 0.4, 1.0)
    >>> net_schedule([0, 1], flat, flat, gross_in=3.0, gross_out=1.0).tolist()
    [1.0, 1.0]
    """
    levels = [checked_counts(gross, what="migration_rates")[..., None] for gross in (gross_in, gross_out)]
    arriving, leaving = (_per_unit(rogers_castro(ages, schedule)) for schedule in (inward, outward))
    return levels[0] * arriving - levels[1] * leaving


def fit_net_migration(
    cohort_rates: npt.ArrayLike, lowest_ages: npt.ArrayLike, *, width: int, years: int, ages: int
) -> NetMigrationFit:
    """Net cohort rates between two censuses as a model schedule of leaving less one of coming back.

    cohort_rates: (..., cohorts), above −1; lowest_ages, width, years, ages as for `annual_rates`. Least squares over
    log(1 + rate), each cohort's share in a schedule being what it passes (`cohort_passage`). The two shapes are shared by all
    leading dimensions (sexes, areas), the two levels are each one's own: departures with 7 parameters, α1 kept at the
    fundamental 0.1; returns with a retirement peak only, its height between 25 and 75. Of fits alike, the one with the least
    movement is taken (a small penalty on the levels, which makes them a little low: by some thousandths).
    Raises InputError when a cohort lost everybody, the rates are fewer than the parameters, or ages or years do not fit.
    Limits: net rates do not identify gross flows. The levels are the least movement of these shapes that gives the net rates, not
    counts of movers: as many leaving and coming at the same ages stay unseen, and a constant out-rate may stand for mortality
    set too low. Above the oldest age passed the rates are the curve's, not the data's.
    Source: the schedules are those of Rogers & Castro (1981); on net rates, Rogers (1990), Requiem for the net migrant.
    """
    change = checked_log_change(cohort_rates)
    _enough(change.size, len(_NET_LOW) + 2 * change[..., 0].size)
    passage = cohort_passage(lowest_ages, width=width, years=years, ages=ages)
    checked_cohorts(change, passage)
    x = np.arange(ages, dtype=float)

    def shapes(vector: Array) -> Array:
        return np.stack([-_per_unit(rogers_castro(x, _outward(vector))), _per_unit(rogers_castro(x, _returning(vector)))])

    def miss(vector: Array) -> Array:
        passed = shapes(vector) @ passage.T
        levels = _two_levels(passed, change)
        return np.concatenate([(levels @ passed - change).ravel(), _MOVEMENT_WEIGHT * levels.ravel()])

    best = _best_fit(miss, _net_starts(lambda vector: float((miss(vector) ** 2).sum())), (_NET_LOW, _NET_HIGH), jac="3-point")
    levels = _two_levels(shapes(best) @ passage.T, change)
    net = levels @ shapes(best)
    explained = _r_squared(change, net @ passage.T)
    fitted = np.expm1(net @ passage.T)
    return NetMigrationFit(_outward(best), _returning(best), levels[..., 0], levels[..., 1], net, fitted, explained)


# Bounds of the parameters, levels in units of the largest rate; wide of what schedules met in practice have.
_LABOUR_BOUNDS = ((0, 1e-3, 0, 5e-3, 10, 0.05, 0), (5, 2, 20, 1, 45, 3, 1))
_RETIREMENT_BOUNDS = ((0, 5e-3, 45, 0.05), (20, 2, 90, 3))
_ELDERLY_BOUNDS = ((0, 5e-3), (1, 0.3))
_STARTS_TRIED = 4

# Shape of net migration: a1/a2, α2, age of the peak, λ2, c/a2 of departures; α3, age of the peak, λ3 of returns. The peaks are
# bound, not μ, which lies far from the peak where α and λ differ: returns are to come after departures.
_NET_LOW = np.array([0.0, 0.01, 12.0, 0.1, 0.0, 0.02, 25.0, 0.05])
_NET_HIGH = np.array([2.0, 0.5, 35.0, 1.5, 1.0, 0.5, 75.0, 1.0])
_NET_PEAKS = (28.0, 38.0, 50.0, 65.0)
_NET_GRID = ((0.05, 0.5), (0.06, 0.15), (16.0, 20.0, 24.0), (0.3, 0.8), (0.02, 0.1), (0.06, 0.2), _NET_PEAKS, (0.1, 0.4))
_ALPHA1 = 0.1
# Without it, departures and returns of like shape may both grow without bound, as only their difference is seen.
_MOVEMENT_WEIGHT = 0.005


def _ages(ages: npt.ArrayLike) -> Array:
    """Exact ages on one axis."""
    found = checked_between(ages, "ages", 0, OLDEST, axes=1)
    return checked_shape(found, found.shape[-1:])


def _best_fit(
    miss: Callable[[Array], Array], starts: list[Array], bounds: tuple[Array, Array], *, jac: Literal["cs", "3-point"]
) -> Array:
    """The parameters with the least sum of squares that any of the starts leads to."""
    from scipy.optimize import least_squares

    options = {"bounds": bounds, "x_scale": "jac", "xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-12, "max_nfev": 500}
    found = [least_squares(miss, start, jac=jac, **options) for start in starts]
    return np.asarray(min(found, key=lambda fit: fit.cost).x)


def _curve(x: Array, vector: Array, retirement: bool, elderly: bool) -> Array:
    """The schedule; `vector`: (..., parameters), to be taken with the ages `x` on the axis before; complex steps pass through."""
    a1, alpha1, a2, alpha2, mu2, lambda2, c = (vector[..., place] for place in range(7))
    rates = a1 * np.exp(-alpha1 * x) + a2 * _peak(x, alpha2, mu2, lambda2) + c
    if retirement:
        a3, alpha3, mu3, lambda3 = (vector[..., place] for place in range(7, 11))
        rates = rates + a3 * _peak(x, alpha3, mu3, lambda3)
    if elderly:
        rates = rates + vector[..., -2] * np.exp(vector[..., -1] * x)
    return np.asarray(rates)


def _peak(x: Array, alpha: Array, mu: Array, lambda_: Array) -> Array:
    with np.errstate(over="ignore"):  # far below the peak the inner exponential may overflow; the rate is then rightly 0
        return np.asarray(np.exp(-alpha * (x - mu) - np.exp(-lambda_ * (x - mu))))


def _bounds(retirement: bool, elderly: bool) -> tuple[Array, Array]:
    parts = [_LABOUR_BOUNDS, *[_RETIREMENT_BOUNDS] * retirement, *[_ELDERLY_BOUNDS] * elderly]
    low, high = zip(*parts, strict=True)
    return np.concatenate(low).astype(float), np.concatenate(high).astype(float)


def _starts(x: Array, scaled: Array, retirement: bool, elderly: bool) -> list[Array]:
    """The best starting points of the grid of slopes and places, each with the levels that suit it (they enter linearly)."""
    from itertools import product

    from scipy.optimize import nnls

    low, high = _bounds(retirement, elderly)
    tried = []
    peaks = [(0.3, 60.0, 0.2), (0.05, 60.0, 0.1), (0.1, 70.0, 0.3)] if retirement else [()]
    for alpha1, alpha2, mu2, lambda2, late in product((0.05, 0.2), (0.05, 0.15), (17.0, 21.0, 26.0), (0.2, 0.6), peaks):
        vector = [1.0, alpha1, 1.0, alpha2, mu2, lambda2, 1.0, *[1.0] * retirement, *late, *[1.0, 0.05] * elderly]
        point = np.array(vector)
        levels = _level_places(retirement, elderly)
        basis = np.stack([_curve(x, _only(point, levels, place), retirement, elderly) for place in levels], axis=1)
        amounts, left = nnls(basis, scaled)
        point[levels] = amounts
        tried.append((left, point))
    tried.sort(key=lambda pair: pair[0])
    inside = 1e-6 * (high - low)
    return [np.clip(point, low + inside, high - inside) for _, point in tried[:_STARTS_TRIED]]


def _only(vector: Array, levels: list[int], place: int) -> Array:
    alone = vector.copy()
    alone[[other for other in levels if other != place]] = 0.0
    return alone


def _level_places(retirement: bool, elderly: bool) -> list[int]:
    return [0, 2, 6, *[7] * retirement, *[11 if retirement else 7] * elderly]


def _with_levels(vector: Array, level: float, retirement: bool, elderly: bool) -> Array:
    scaled = vector.copy()
    scaled[_level_places(retirement, elderly)] *= level
    return scaled


def _named(vector: Array, retirement: bool, elderly: bool) -> RogersCastro:
    a1, alpha1, a2, alpha2, mu2, lambda2, c = vector[:7].tolist()
    late = Retirement(*vector[7:11].tolist()) if retirement else None
    oldest = Elderly(*vector[-2:].tolist()) if elderly else None
    return RogersCastro(a1, alpha1, a2, alpha2, mu2, lambda2, c, late, oldest)


def _net_starts(cost: Callable[[Array], float]) -> list[Array]:
    """The best points of the grid, one for each place of the returns."""
    from itertools import product

    points = [np.array(point) for point in product(*_NET_GRID)]
    return [min((point for point in points if point[6] == peak), key=cost) for peak in _NET_PEAKS]


def _outward(vector: Array) -> RogersCastro:
    a1, alpha2, peak, lambda2, c = vector[:5].tolist()
    return RogersCastro(a1, _ALPHA1, 1.0, alpha2, peak - math.log(lambda2 / alpha2) / lambda2, lambda2, c)


def _returning(vector: Array) -> RogersCastro:
    alpha3, peak, lambda3 = vector[5:].tolist()
    retirement = Retirement(1.0, alpha3, peak - math.log(lambda3 / alpha3) / lambda3, lambda3)
    return _outward(vector)._replace(a1=0.0, a2=0.0, c=0.0, retirement=retirement)


def _per_unit(rates: Array) -> Array:
    total = rates.sum(axis=-1, keepdims=True)
    if np.any(total <= 0):
        raise InputError([Problem("profile_empty", {})])
    return rates / total


def _two_levels(passed: Array, change: Array) -> Array:
    """The two levels (..., 2), neither below zero, at which `passed` (2, cohorts) come nearest to `change` (..., cohorts)."""
    products = passed @ passed.T + _MOVEMENT_WEIGHT**2 * np.eye(2)
    target = change @ passed.T
    alone = np.maximum(target / np.diag(products), 0.0)
    both = target @ np.linalg.inv(products)
    gain = alone**2 * np.diag(products)
    one = np.where(np.arange(2) == np.argmax(gain, axis=-1)[..., None], alone, 0.0)
    return np.where(np.all(both >= 0, axis=-1, keepdims=True), both, one)


def _r_squared(observed: Array, fitted: Array) -> Array:
    left = ((observed - fitted) ** 2).sum(axis=-1)
    spread = ((observed - observed.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    return np.asarray(1 - np.divide(left, spread, out=np.full_like(left, np.nan), where=spread > 0))


def _enough(found: int, needed: int) -> None:
    if found < needed:
        raise InputError([Problem("fit_needs_more", {"found": found, "needed": needed})])
