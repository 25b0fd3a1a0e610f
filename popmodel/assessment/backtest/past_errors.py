"""A range for a method that gives one path: from its own errors at the same horizon, of launches whose outcome was known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from popmodel.demography import Array
from popmodel.forecast.history import QUANTILES

MEDIAN = QUANTILES.index(0.5)


def with_past_errors(points: Array, actual: Array, cutoffs: Sequence[int], horizons: Sequence[int]) -> Array:
    """Quantiles (cutoff, area, horizon, quantile) around `points` (cutoff, area, horizon), which stay their median.

    actual: what came, as `points`, NaN where it is not known. The central interval of share c reaches on either side,
    in logarithms, as far as the share c of the absolute errors of earlier launches, all areas pooled, whose outcome at the
    horizon was known at the launch. At horizons longer than any known then it is that of the longest known one,
    widened in proportion to the horizon. A launch without any has NaN but for the median.
    Source: Smith & Sincich (1988), Journal of the American Statistical Association 83; Vovk, Gammerman & Shafer (2005), 4.1.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.abs(np.log(actual / points))
    errors[~np.isfinite(errors)] = np.nan
    shares = np.abs(2 * np.array(QUANTILES) - 1)
    sides = np.sign(np.array(QUANTILES) - 0.5)
    spread = np.full((*points.shape[::2], len(QUANTILES)), np.nan)  # (cutoff, horizon, quantile)
    for place, cutoff in enumerate(cutoffs):
        longest = None
        for at, horizon in enumerate(horizons):
            known = errors[[earlier + horizon <= cutoff for earlier in cutoffs], :, at]
            known = known[~np.isnan(known)]
            if known.size:
                spread[place, at] = np.quantile(known, shares)
                longest = at
            elif longest is not None:
                spread[place, at] = spread[place, longest] * (horizon / horizons[longest])
    reach = np.where(sides == 0, 0.0, sides * spread)
    return points[..., None] * np.exp(reach[:, None])
