"""What the years between the census and the launch are held to: births after the province's, residents after the prefecture's.

Both are assumptions made visible: the county's own figures replace them when it has them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from popmodel.areas import Place, Places
from popmodel.areas.facts import as_date
from popmodel.areas.own_figures import NONE
from popmodel.areas.reference import COUNTRY
from popmodel.demography.arrays import Array, Number
from popmodel.forecast.recent import Recent
from popmodel.forecast.series import by_year, equals, yearly
from popmodel.messages import InputError, Problem, number
from popmodel.parameters import AssumptionBook

DAYS = 365.25
# A fifth of Henan's areas departed by more from the province in 2010-20: districts of cities, and ground that changed hands.
LARGEST_OWN_GROWTH = 0.02

# Births so many times those expected, or so small a part of them, are taken for a slip.
_FAR_OFF = 3.0
# Keeps the logarithm of a year without births finite.
_LEAST_BIRTHS = 0.5

_PROVINCE = Recent[Array](512)


def births_share(place: Place) -> Array:
    """The area's share (…) of the province's children under one at the last census both have."""
    count = place.facts.counts[-1]
    return np.asarray((count.persons[0][0] + count.persons[1][0]) / _infants(place, count.date))


def published_births(place: Place, book: AssumptionBook, years: Sequence[int]) -> Array:
    """Births to residents (year, …) of years from the last census on: the area's own where it has them.

    Else its share of the province's published births, whose missing last years follow the country's, year on year; moved by what
    the area's own births of other years depart from that share (`departures`), which were none at the census. Raises InputError
    for own births of a county's workbook that can only be a slip.
    """
    every = tuple(range(min(place.facts.counts[-1].date.year, *years), max(years) + 1))
    expected = np.multiply.outer(_births(place, every), births_share(place))
    _check_own_births(place, every, expected)
    missing = np.full(place.facts.shape, np.nan)
    own = np.stack([place.facts.births.get(year, missing) for year in every])
    known = np.log(np.maximum(own, _LEAST_BIRTHS) / expected)
    known[0] = np.where(np.isnan(known[0]), 0.0, known[0])
    moved = expected * np.exp(departures(known, float(book.value("uncertainty.fertility_persistence"))))
    return np.where(np.isnan(own), moved, own)[[every.index(year) for year in years]]


def _check_own_births(place: Place, years: Sequence[int], expected: Array) -> None:
    """Refuse births `_FAR_OFF` times those expected, or a part of them, and by more than chance could make of few."""
    problems = []
    for year, births in place.facts.own.births.items():
        if year in years:
            share = float(expected[years.index(year)])
            off = abs(np.log(max(births, _LEAST_BIRTHS) / share)) > np.log(_FAR_OFF)
            if off and abs(births - share) > _FAR_OFF * np.sqrt(share):
                given = {"year": year, "found": number(births), "expected": number(share)}
                problems.append(Problem("births_far_off", given, file="births.csv", column="births"))
    if problems:
        raise InputError(problems)


def departures(known: Array, persistence: float) -> Array:
    """Departures (year, …) from what is expected, in every year: as `known`, and as an autoregression has them where that is NaN.

    Of a known one `persistence` is left a year later; between two known ones the mean given both, that of a bridge: with a years
    to the earlier and b to the later, φᵃ (1 − φ²ᵇ) ÷ (1 − φ²⁽ᵃ⁺ᵇ⁾) of the earlier and the same with a and b exchanged of the
    later. The first year is known.

    >>> departures(np.array([0.0, np.nan, 0.2, np.nan]), 0.5).round(2).tolist()
    [0.0, 0.08, 0.2, 0.1]
    """
    found = known.copy()
    for column, given in zip(found.reshape(len(known), -1).T, known.reshape(len(known), -1).T, strict=True):
        years = np.flatnonzero(~np.isnan(given))
        for year in np.flatnonzero(np.isnan(given)):
            earlier, later = years[years < year][-1], years[years > year]
            column[year] = given[earlier] * persistence ** (year - earlier)
            if len(later):
                column[year] = _bridge(given[earlier], given[later[0]], year - earlier, later[0] - year, persistence)
    return found


def _bridge(earlier: float, later: float, since: int, until: int, persistence: float) -> float:
    if persistence == 1:
        return (earlier * until + later * since) / (since + until)

    def weight(near: int, far: int) -> float:
        return persistence**near * (1 - persistence ** (2 * far)) / (1 - persistence ** (2 * (near + far)))

    return earlier * weight(since, until) + later * weight(until, since)


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
