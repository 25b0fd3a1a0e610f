"""What a back-test leaves behind: one long table of forecasts, a summary by method and horizon, and the shelf lives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from popmodel.assessment.backtest.measures import OF_MEDIAN, OF_QUANTILES, shelf_life
from popmodel.assessment.backtest.past_errors import MEDIAN
from popmodel.assessment.backtest.rolling import Forecasts
from popmodel.forecast.history import QUANTILES

if TYPE_CHECKING:
    import pyarrow as pa

KEY = ("variable", "method", "horizon")
SUMMARY_COLUMNS = (*KEY, "areas", "launches", *OF_MEDIAN, *OF_QUANTILES)


def summary(forecasts: Forecasts) -> pd.DataFrame:
    """One row a variable, method and horizon: SUMMARY_COLUMNS, every measure in percent, pooled over areas and launches.

    areas, launches: how many of each have an outcome and a forecast. Measures of the quantiles are over those that have a range.
    """
    rows = []
    for (variable, method), quantiles in forecasts.quantiles.items():
        for at, horizon in enumerate(forecasts.horizons):
            actual, said = forecasts.actual[variable][..., at], quantiles[..., at, :]
            counted = (actual > 0) & ~np.isnan(said[..., MEDIAN])
            if not counted.any():
                continue
            sizes = {"areas": int(counted.any(axis=0).sum()), "launches": int(counted.any(axis=1).sum())}
            of_median = {name: measure(actual, said[..., MEDIAN]) for name, measure in OF_MEDIAN.items()}
            of_quantiles = {name: measure(actual, said) for name, measure in OF_QUANTILES.items()}
            rows.append({"variable": variable, "method": method, "horizon": horizon} | sizes | of_median | of_quantiles)
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def shelf_lives(summarised: pd.DataFrame) -> pd.DataFrame:
    """`variable, method, shelf_life` (years), and the longest horizon that was scored, from a summary."""
    rows = [
        (variable, method, shelf_life(group["horizon"].tolist(), group["within10"].tolist()), int(group["horizon"].max()))
        for (variable, method), group in summarised.groupby(["variable", "method"], sort=False)
    ]
    return pd.DataFrame(rows, columns=["variable", "method", "shelf_life", "longest_horizon"])


def long_table(forecasts: Forecasts) -> pa.Table:
    """Every quantile of every forecast with an outcome: area, cutoff, horizon, variable, method, quantile, value, actual."""
    import pyarrow as pa

    return pa.concat_tables([_of_method(forecasts, variable, method) for variable, method in forecasts.quantiles])


def write_results(forecasts: Forecasts, summarised: pd.DataFrame, folder: Path) -> None:
    """Write forecasts.parquet, summary.csv and shelf_life.csv into an empty folder."""
    import pyarrow.parquet as pq

    pq.write_table(long_table(forecasts), folder / "forecasts.parquet", compression="zstd")
    summarised.to_csv(folder / "summary.csv", index=False, float_format="%.4f")
    shelf_lives(summarised).to_csv(folder / "shelf_life.csv", index=False)


def _of_method(forecasts: Forecasts, variable: str, method: str) -> pa.Table:
    import pyarrow as pa

    quantiles, actual = forecasts.quantiles[variable, method], forecasts.actual[variable]
    cutoff, area, horizon, level = np.nonzero(~np.isnan(quantiles) & ~np.isnan(actual)[..., None])

    def words(places: np.ndarray, of: tuple[str, ...]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(places.astype(np.int32), list(of))

    same = np.zeros(len(area), dtype=np.int32)
    return pa.table(
        {
            "area": words(area, forecasts.areas),
            "cutoff": np.array(forecasts.cutoffs, dtype=np.int32)[cutoff],
            "horizon": np.array(forecasts.horizons, dtype=np.int32)[horizon],
            "variable": words(same, (variable,)),
            "method": words(same, (method,)),
            "quantile": np.array(QUANTILES)[level],
            "value": quantiles[cutoff, area, horizon, level],
            "actual": actual[cutoff, area, horizon],
        }
    )
