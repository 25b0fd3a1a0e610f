"""Values of a yearly series as a path: given years as they are, years between by a straight line, years outside held."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.demography.arrays import Array


def yearly(table: pd.DataFrame, indicator: str, area: str | None = None) -> pd.Series:
    """The values of `indicator` by year (of `area`, where the table has areas), years rising; empty when there are none."""
    chosen = equals(table, "indicator", indicator)
    if area is not None:
        chosen = chosen & equals(table, "area", area)
    years, values = (table[column].to_numpy()[chosen] for column in ("year", "value"))
    return pd.Series(values.astype(float), index=pd.Index(years.astype(int), name="year"), name="value").sort_index()


def equals(table: pd.DataFrame, column: str, value: object) -> npt.NDArray[np.bool_]:
    """Where `column` holds `value`, a row each; choosing among plain arrays spares the texts that lie beside the figures."""
    return np.asarray(table[column] == value, dtype=bool)


def by_year(series: pd.Series) -> dict[int, float]:
    """A series of `yearly` as a dictionary."""
    return dict(zip(series.index.to_numpy(dtype=int).tolist(), series.to_numpy(dtype=float).tolist(), strict=True))


def value_path(table: pd.DataFrame, indicator: str, years: Sequence[int]) -> Array:
    """`indicator` at `years`, (year,). Raises KeyError when the table does not hold it."""
    known = yearly(table, indicator)
    if known.empty:
        raise KeyError(indicator)
    return np.interp(np.asarray(years, dtype=float), known.index.to_numpy(dtype=float), known.to_numpy())
