"""How good forecasts were: small pure functions of what came and what had been forecast, all in percent.

Each takes `actual` (…) and either `forecast` (…), the median, or `quantiles` (…, quantile) at `QUANTILES`, and pools all cells. A
cell counts where the actual is above zero and the forecast is known; without any the result is NaN. Errors and scores are in
percent of the actual, so that areas of any size pool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from popmodel.demography import Array
from popmodel.forecast.history import QUANTILES

SHELF_LIFE_AREAS = 80.0  # percent of areas that must be within ten percent


def mape(actual: npt.ArrayLike, forecast: npt.ArrayLike) -> float:
    """Mean absolute percentage error.

    >>> mape([100, 200], [110, 180])
    10.0
    """
    return _mean(np.abs(_errors(actual, forecast)))


def malpe(actual: npt.ArrayLike, forecast: npt.ArrayLike) -> float:
    """Mean algebraic percentage error: above zero, forecasts were too high."""
    return _mean(_errors(actual, forecast))


def median_ape(actual: npt.ArrayLike, forecast: npt.ArrayLike) -> float:
    """Median absolute percentage error."""
    errors = np.abs(_errors(actual, forecast))
    return float(np.median(errors)) if errors.size else float("nan")


def within(actual: npt.ArrayLike, forecast: npt.ArrayLike, percent: float) -> float:
    """Percent of cells whose absolute error is `percent` at the most."""
    return 100 * _mean(np.abs(_errors(actual, forecast)) <= percent)


def crps(actual: npt.ArrayLike, quantiles: npt.ArrayLike) -> float:
    """Continuous ranked probability score of the distribution whose quantiles lie on lines between those given.

    CRPS = 2 ∫ (1[y < q(τ)] − τ)(q(τ) − y) dτ, twice the pinball loss over all levels τ, exact for such a distribution; beyond the
    outermost levels the quantile is theirs. A forecast without spread scores its absolute error.
    Source: Gneiting & Raftery (2007), Journal of the American Statistical Association 102, 359-378; Laio & Tamea (2007), HESS 11.
    """
    came, forecast = _matched(actual, quantiles)
    levels = np.array([0.0, *QUANTILES, 1.0])
    ends = forecast[:, [0, *range(len(QUANTILES)), -1]]
    low, high, share = ends[:, :-1], ends[:, 1:], np.diff(levels)
    crossing = (low < came[:, None]) & (came[:, None] < high)
    above = np.where(low >= came[:, None], (low + high) / 2 - came[:, None], 0.0)
    np.divide((high - came[:, None]) ** 2, 2 * (high - low), out=above, where=crossing)
    weighted = ((2 * levels[:-1] + levels[1:]) * low + (levels[:-1] + 2 * levels[1:]) * high) / 6
    return 100 * _mean((2 * (share * (above - weighted)).sum(axis=-1) + came) / came)


def winkler(actual: npt.ArrayLike, quantiles: npt.ArrayLike, percent: int = 80) -> float:
    """Winkler's score of the central interval of `percent`: its width, and 2/α times the distance of an actual outside it.

    Source: Winkler (1972), Journal of the American Statistical Association 67, 187-191.
    """
    came, forecast = _matched(actual, quantiles)
    low, high = _interval(forecast, percent)
    outside = np.maximum(low - came, 0) + np.maximum(came - high, 0)
    return 100 * _mean((high - low + 2 / (1 - percent / 100) * outside) / came)


def coverage(actual: npt.ArrayLike, quantiles: npt.ArrayLike, percent: int) -> float:
    """Percent of cells in the central interval of `percent` (50, 80, 90 or 95), its bounds included."""
    came, forecast = _matched(actual, quantiles)
    low, high = _interval(forecast, percent)
    return 100 * _mean((low <= came) & (came <= high))


# The measures of a summary, in its order: of the median, and of the quantiles.
OF_MEDIAN: Mapping[str, Callable[[Array, Array], float]] = {
    "mape": mape,
    "malpe": malpe,
    "medape": median_ape,
    "within5": lambda actual, forecast: within(actual, forecast, 5),
    "within10": lambda actual, forecast: within(actual, forecast, 10),
}
OF_QUANTILES: Mapping[str, Callable[[Array, Array], float]] = {
    "crps": crps,
    "winkler80": winkler,
    "cover50": lambda actual, quantiles: coverage(actual, quantiles, 50),
    "cover80": lambda actual, quantiles: coverage(actual, quantiles, 80),
    "cover95": lambda actual, quantiles: coverage(actual, quantiles, 95),
}


def shelf_life(horizons: Sequence[int], within10: Sequence[float]) -> int:
    """The longest horizon up to which, at each horizon, 80 % of areas were within ten percent; 0 when not even at the first.

    Source: Wilson, Brokensha, Rowe & Simpson (2018), Population Research and Policy Review 37, 137-155.

    >>> shelf_life([1, 2, 3], [95.0, 80.0, 79.0])
    2
    """
    lasting = 0
    for horizon, share in sorted(zip(horizons, within10, strict=True)):
        if not share >= SHELF_LIFE_AREAS:
            break
        lasting = horizon
    return lasting


def _errors(actual: npt.ArrayLike, forecast: npt.ArrayLike) -> Array:
    came, said = _matched(actual, np.asarray(forecast, dtype=float)[..., None])
    return 100 * (said[:, 0] - came) / came


def _matched(actual: npt.ArrayLike, forecast: npt.ArrayLike) -> tuple[Array, Array]:
    """The cells that count: actuals (cell,), forecasts (cell, quantile)."""
    said = np.asarray(forecast, dtype=float)
    came = np.asarray(actual, dtype=float).ravel()
    said = said.reshape(came.size, said.shape[-1])
    counts = (came > 0) & ~np.isnan(said).any(axis=-1)
    return came[counts], said[counts]


def _interval(quantiles: Array, percent: int) -> tuple[Array, Array]:
    tail = round(0.5 - percent / 200, 4)
    return quantiles[:, QUANTILES.index(tail)], quantiles[:, QUANTILES.index(round(1 - tail, 4))]


def _mean(values: npt.NDArray[np.generic]) -> float:
    return float(values.mean()) if values.size else float("nan")
