"""How far one method was out in areas of each size: what a report says beside its own figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from popmodel.assessment.backtest.measures import coverage, mape, within
from popmodel.assessment.backtest.past_errors import MEDIAN
from popmodel.assessment.backtest.rolling import Forecasts
from popmodel.demography import Array

# Lowest population at the launch of each class of size.
SIZES = (0, 100_000, 300_000)
COLUMNS = ("variable", "size_lo", "size_hi", "horizon", "areas", "launches", "mape", "within10", "cover80")


def errors_by_size(forecasts: Forecasts, launched: Array, method: str = "popmodel") -> pd.DataFrame:
    """COLUMNS of `method`, a row a variable, size and horizon; measures in percent, pooled over areas and launches.

    launched: (cutoff, area), the population each forecast set out from. A class without any forecast has no row.
    """
    rows = []
    for variable, actual in forecasts.actual.items():
        said = forecasts.quantiles[variable, method]
        for low, high in zip(SIZES, (*SIZES[1:], None), strict=True):
            of_size = (launched >= low) & (launched < (np.inf if high is None else high))
            for place, horizon in enumerate(forecasts.horizons):
                came, quantiles = actual[..., place], said[..., place, :]
                counted = of_size & (came > 0) & ~np.isnan(quantiles[..., MEDIAN])
                if not counted.any():
                    continue
                sizes = (int(counted.any(axis=0).sum()), int(counted.any(axis=1).sum()))
                came, quantiles = came[counted], quantiles[counted]
                found = mape(came, quantiles[:, MEDIAN]), within(came, quantiles[:, MEDIAN], 10), coverage(came, quantiles, 80)
                rows.append((variable, low, high, horizon, *sizes, *found))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"size_hi": "Int64"})
