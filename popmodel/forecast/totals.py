"""What the years between the census and the launch are held to: births after the province's, residents after the prefecture's.

Both are assumptions made visible: the county's own figures replace them when it has them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from popmodel.areas import Area, Place, Places
from popmodel.areas.facts import as_date
from popmodel.areas.own_figures import NONE
from popmodel.areas.reference import COUNTRY
from popmodel.demography.arrays import Array, Number
from popmodel.forecast.recent import Recent
from popmodel.forecast.series import by_year, equals, yearly
from popmodel.parameters import AssumptionBook

DAYS = 365.25
# A fifth of Henan's areas departed by more from the province in 2010-20: districts of cities, and ground that changed hands.
LARGEST_OWN_GROWTH = 0.02

_PROVINCE = Recent[Array](512)


def births_share(place: Place) -> Array:
    """The area's share (…) of the province's children under one at the last census both have."""
    count = place.facts.counts[-1]
    return np.asarray((count.persons[0][0] + count.persons[1][0]) / _infants(place, count.date))


def published_births(place: Place, years: Sequence[int]) -> Array:
    """Births to residents (year, …): the area's own where it has them, else its share of the province's published births.

    The province's missing last years follow the country's births, year on year.
    """
    province, share = _births(place, tuple(years)), births_share(place)
    missing = np.full(place.facts.shape, np.nan)
    own = np.stack([place.facts.births.get(year, missing) for year in years])
    return np.where(np.isnan(own), np.multiply.outer(province, share), own)


def resident_controls(
    place: Place, book: AssumptionBook, census_date: dt.date, census_total: Number, years: Sequence[int]
) -> Array:
    """Residents at 31 December of `years` (year, …): the census count (…) moved by the prefecture's published change.

    Growth between two published dates is even; after the last one it goes on at the rate of the last interval. Where the
    reference has no series for the prefecture the province's is used, and a part (`residents.own_growth_weight`) of what the
    area's own growth between its censuses was beside the province's. Year-end residents of the area's own hold it to them.
    """
    by_code = {code: _growth(place, code, census_date, tuple(years)) for code in set(place.facts.prefectures)}
    growth = np.stack([by_code[code] for code in place.facts.prefectures], axis=-1)
    passed = np.array([[_day_after(year) - census_date.toordinal()] for year in years]) / DAYS
    growth = growth * np.exp(passed * float(book.value("residents.own_growth_weight")) * _own_growth(place))
    growth = growth if place.facts.shape else growth[:, 0]
    return np.asarray(census_total * growth * _own_residents(place, book, census_date, census_total, years))


def _own_residents(
    place: Place, book: AssumptionBook, census_date: dt.date, census_total: Number, years: Sequence[int]
) -> Array | float:
    """Factors (year,) that bring what was worked out to the area's own residents at year end: 1 at the census, even growth of
    the difference between known years, and the last difference for good."""
    known = {year: persons for year, persons in place.facts.own.residents.items() if year >= census_date.year}
    if not known:
        return 1.0
    bare = replace(place.facts, own=NONE)
    others = resident_controls(Places(place.reference, place.province, bare), book, census_date, census_total, sorted(known))
    days = [float(census_date.toordinal()), *(float(_day_after(year)) for year in sorted(known))]
    ratios = [0.0, *(np.log(known[year] / float(other)) for year, other in zip(sorted(known), others, strict=True))]
    return np.exp(np.interp([_day_after(year) for year in years], days, ratios))


def _own_growth(place: Place) -> Array:
    """Log growth a year of each area (area,) beside its province's, between the censuses; 0 where its prefecture has a series.

    Without those resettled, and within LARGEST_OWN_GROWTH: what is more is ground that changed hands.
    """
    counts = place.facts.counts
    prefectures = np.array([not _has_series(place, code) for code in place.facts.prefectures])
    totals = place.reference.tables["census_totals"]
    rows = equals(totals, "area", place.province) & equals(totals, "indicator", "residents")
    province = {as_date(date): float(value) for date, value in zip(totals["date"][rows], totals["value"][rows], strict=True)}
    if len(counts) < 2 or not {counts[0].date, counts[-1].date} <= set(province):
        return np.zeros(len(prefectures))
    first, last = (np.asarray(sum(persons.sum(axis=0) for persons in one.persons)) for one in (counts[0], counts[-1]))
    own = np.log(last / np.maximum(first - place.facts.resettled, 1.0))
    of_province = np.log(province[counts[-1].date] / province[counts[0].date])
    years = (counts[-1].date - counts[0].date).days / DAYS
    beside = np.clip((own - of_province) / years, -LARGEST_OWN_GROWTH, LARGEST_OWN_GROWTH)
    return np.where(prefectures, np.atleast_1d(beside), 0.0)


def _has_series(place: Place, prefecture: str | None) -> bool:
    return len(yearly(place.reference.tables["series"], "population_year_end", prefecture or "")) >= 2


def reported_population(place: Place, prefecture: str | None) -> list[tuple[float, float]]:
    """(day as an ordinal, residents) of a prefecture, or of the province: its last census, then its year-end figures.

    A year-end figure within half a year of the census is left out: the two are not of one making.
    """
    series = place.reference.tables["series"]
    code = prefecture if _has_series(place, prefecture) else place.province
    year_ends = yearly(series, "population_year_end", code)
    totals = place.reference.tables["census_totals"]
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


def _births(place: Place, years: tuple[int, ...]) -> Array:
    """The province's births (year,), those not published yet after the country's."""

    def work_out() -> Array:
        series = place.reference.tables["series"]
        province, country = by_year(yearly(series, "births", place.province)), by_year(yearly(series, "births", COUNTRY))
        for year in years:
            if year not in province:
                province[year] = province[year - 1] * country[year] / country[year - 1]
        return np.array([province[year] for year in years])

    return _PROVINCE.of(place, ("births", place.province, years), work_out)


def _infants(place: Place, date: dt.date) -> Array:
    """The province's children under one at the census of `date`."""

    def work_out() -> Array:
        table = place.reference.tables["census_population"]
        chosen = equals(table, "area", place.province) & equals(table, "date", pd.Timestamp(date)) & equals(table, "age_lo", 0)
        return np.asarray(float(table["population"].to_numpy()[chosen].sum()))

    return _PROVINCE.of(place, ("infants", place.province, date), work_out)


def _growth(place: Place, prefecture: str | None, since: dt.date, years: tuple[int, ...]) -> Array:
    """Residents of a prefecture at the end of `years` (year,) over those on the day `since`."""

    def work_out() -> Array:
        known = reported_population(place, prefecture)
        dates = np.array([day for day, _ in known])
        logs = np.log([value for _, value in known])
        rate = (logs[-1] - logs[-2]) / (dates[-1] - dates[-2])

        def index(when: Array) -> Array:
            return np.interp(when, dates, logs) + rate * np.maximum(when - dates[-1], 0)

        wanted, start = np.array([_day_after(year) for year in years]), np.array([float(since.toordinal())])
        return np.asarray(np.exp(index(wanted) - index(start)))

    return _PROVINCE.of(place, ("growth", place.province, prefecture, since, years), work_out)


def _day_after(year: int) -> float:
    """The ordinal of 0 h on 1 January after `year`, when its year-end stock is counted."""
    return float(dt.date(year + 1, 1, 1).toordinal())
