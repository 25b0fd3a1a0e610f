"""What the years between the census and the launch are held to: births after the province's, residents after the prefecture's.

Both are assumptions made visible: the county's own figures replace them when it has them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Area
from popmodel.areas.reference import COUNTRY
from popmodel.demography.arrays import Array
from popmodel.forecast.base_population import as_date
from popmodel.forecast.series import by_year, equals, yearly


def births_share(area: Area) -> float:
    """The area's share of the province's children under one at the last census both have."""
    own = area.tables["census_population"]
    province = area.reference.tables["census_population"]
    latest = own["date"].max()
    of_province = equals(province, "area", area.province) & equals(province, "date", latest)
    return _infants(own, equals(own, "date", latest)) / _infants(province, of_province)


def published_births(area: Area, years: Sequence[int]) -> Array:
    """Births to residents (year,): the area's own where it has them, else its share of the province's published births.

    The province's missing last years follow the country's births, year on year.
    """
    series = area.reference.tables["series"]
    province, country = by_year(yearly(series, "births", area.province)), by_year(yearly(series, "births", COUNTRY))
    own = by_year(yearly(area.tables["series"], "births_to_residents")) if "series" in area.tables else {}
    share = births_share(area)
    found = []
    for year in years:
        if year not in province:
            province[year] = province[year - 1] * country[year] / country[year - 1]
        found.append(own.get(year, share * province[year]))
    return np.array(found)


def resident_controls(area: Area, census_date: dt.date, census_total: float, years: Sequence[int]) -> Array:
    """Residents at 31 December of `years` (year,): the census count moved by the prefecture's published change.

    Growth between two published dates is even; after the last one it goes on at the rate of the last interval. Where the
    reference has no series for the prefecture the province's is used.
    """
    known = reported_population(area)
    dates = np.array([day for day, _ in known])
    logs = np.log([value for _, value in known])
    wanted = np.array([_day_after(year) for year in years])
    start = float(census_date.toordinal())
    rate = (logs[-1] - logs[-2]) / (dates[-1] - dates[-2])

    def index(when: Array) -> Array:
        return np.interp(when, dates, logs) + rate * np.maximum(when - dates[-1], 0)

    return np.asarray(census_total * np.exp(index(wanted) - index(np.array([start]))))


def reported_population(area: Area) -> list[tuple[float, float]]:
    """(day as an ordinal, residents) of the prefecture, or of the province: its last census, then its year-end figures.

    A year-end figure within half a year of the census is left out: the two are not of one making.
    """
    series = area.reference.tables["series"]
    code = area.prefecture if len(yearly(series, "population_year_end", area.prefecture or "")) >= 2 else area.province
    year_ends = yearly(series, "population_year_end", code)
    totals = area.reference.tables["census_totals"]
    rows = equals(totals, "area", code) & equals(totals, "indicator", "residents")
    census = max(
        (float(as_date(date).toordinal()), float(value))
        for date, value in zip(totals["date"][rows], totals["value"][rows], strict=True)
    )
    later = [(_day_after(year), value) for year, value in by_year(year_ends).items()]
    return [census, *(point for point in later if point[0] > census[0] + 183)]


def reported_total(area: Area, indicator: str) -> tuple[int, float] | None:
    """The latest (year, value) the pack's own series gives for `indicator`; None when it has none."""
    if "series" not in area.tables:
        return None
    found = yearly(area.tables["series"], indicator)
    return None if found.empty else (int(found.index[-1]), float(found.iloc[-1]))


def _infants(table: pd.DataFrame, chosen: npt.NDArray[np.bool_]) -> float:
    return float(table["population"].to_numpy()[chosen & equals(table, "age_lo", 0)].sum())


def _day_after(year: int) -> float:
    """The ordinal of 0 h on 1 January after `year`, when its year-end stock is counted."""
    return float(dt.date(year + 1, 1, 1).toordinal())
