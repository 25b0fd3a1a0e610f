"""How far one method was out in areas of each size: what a report says beside its own figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from popmodel.assessment.backtest.measures import coverage, mape, within
from popmodel.assessment.backtest.past_errors import MEDIAN
from popmodel.assessment.backtest.rolling import Forecasts
from popmodel.demography import Array

# Lowest population at the launch of each class of size.
SIZES = (0, 100_000, 300_000)
COLUMNS = ("variable", "size_lo", "size_hi", "horizon", "areas", "launches", "mape", "mape_no_change", "within10", "cover80")


def errors_by_size(forecasts: Forecasts, launched: Array, method: str = "popmodel") -> pd.DataFrame:
    """COLUMNS of `method`, a row a variable, size and horizon; measures in percent, pooled over areas and launches.

    launched: (cutoff, area), the population each forecast set out from. mape_no_change: of the method `no_change`. A class
    without any forecast has no row.
    """
    rows = []
    for variable, actual in forecasts.actual.items():
        said, unchanged = (forecasts.quantiles[variable, name] for name in (method, "no_change"))
        for low, high in zip(SIZES, (*SIZES[1:], None), strict=True):
            of_size = (launched >= low) & (launched < (np.inf if high is None else high))
            for place, horizon in enumerate(forecasts.horizons):
                came, quantiles = actual[..., place], said[..., place, :]
                counted = of_size & (came > 0) & ~np.isnan(quantiles[..., MEDIAN])
                if not counted.any():
                    continue
                sizes = (int(counted.any(axis=0).sum()), int(counted.any(axis=1).sum()))
                came, quantiles = came[counted], quantiles[counted]
                plain = mape(came, unchanged[..., place, MEDIAN][counted])
                found = (
                    mape(came, quantiles[:, MEDIAN]),
                    plain,
                    within(came, quantiles[:, MEDIAN], 10),
                    coverage(came, quantiles, 80),
                )
                rows.append((variable, low, high, horizon, *sizes, *found))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"size_hi": "Int64"})


def in_proportion(forecasts: Forecasts, horizons: Sequence[int]) -> Forecasts:
    """Forecasts of one horizon as if made for shorter ones too, each miss, as a logarithm, growing in proportion with the years.

    Ranges are not carried over: they stay at the horizon that was scored.
    """
    (scored,) = forecasts.horizons
    shares = np.array(horizons) / scored
    quantiles = {}
    for (variable, method), said in forecasts.quantiles.items():
        came = forecasts.actual[variable][..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            nearer = came * np.exp(np.log(said / came) * shares[:, None])
        nearer[..., : shares.size, :][..., shares < 1, :] = np.where(
            np.arange(said.shape[-1]) == MEDIAN, nearer[..., shares < 1, :], np.nan
        )
        quantiles[variable, method] = nearer
    actual = {name: np.repeat(came, len(shares), axis=-1) for name, came in forecasts.actual.items()}
    return Forecasts(forecasts.areas, forecasts.cutoffs, tuple(horizons), actual, quantiles)
