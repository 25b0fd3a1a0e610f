"""What the back-tests of our own method say of an area of this size: errors by years ahead, and how long a figure serves."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from popmodel.areas.reference import Reference
from popmodel.assessment.backtest.measures import SHELF_LIFE_AREAS

# Counties forecast from one census to the next; the other histories are of registers, year by year.
CENSUS_HISTORY = "henan_2010_2020"


class ShelfLife(NamedTuple):
    """Years for which at least 80 % of areas of this size were within ten percent; `open`: no end was seen."""

    years: int
    open: bool


def errors_of_size(reference: Reference, population: float) -> pd.DataFrame:
    """The rows of the reference's `forecast_errors` for areas of `population` persons: the class of size it falls in."""
    table = reference.tables["forecast_errors"]
    below = table["size_hi"].isna() | (table["size_hi"] > population)
    return table[(table["size_lo"] <= population) & below.astype(bool)]


def worst_errors(reference: Reference, population: float) -> pd.DataFrame:
    """Of the histories of registers the worse at each horizon: variable, horizon, mape, within10, cover80 (percent)."""
    rows = errors_of_size(reference, population)
    rows = rows[rows["history"] != CENSUS_HISTORY]
    worst = {"mape": "max", "within10": "min", "cover80": "min"}
    return rows.groupby(["variable", "horizon"], as_index=False).agg(worst)


def census_errors(reference: Reference, population: float) -> pd.DataFrame:
    """The same of counties forecast from one census to the next, at the second."""
    rows = errors_of_size(reference, population)
    rows = rows[(rows["history"] == CENSUS_HISTORY) & rows["cover80"].notna()]
    return rows[["variable", "horizon", "areas", "mape", "mape_no_change", "within10", "cover80"]]


def shelf_life(reference: Reference, variable: str, population: float) -> ShelfLife:
    """For how long forecasts of `variable` served in areas of `population` persons, by the history in which they served least.

    In counties forecast from one census to the next, misses before the second are taken to grow in proportion.
    Source: Wilson, Brokensha, Rowe & Simpson (2018), Population Research and Policy Review 37.
    """
    rows = errors_of_size(reference, population)
    rows = rows[rows["variable"] == variable]
    failed = rows.loc[rows["within10"] < SHELF_LIFE_AREAS, "horizon"]
    return ShelfLife(int(rows["horizon"].max()), True) if failed.empty else ShelfLife(int(failed.min()) - 1, False)
