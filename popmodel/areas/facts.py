"""What a projection reads of an area's own tables, as plain numbers: of one area, or of many alike side by side.

A pack and the rows of a census table give the same facts; everything else a projection needs comes from the reference data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas.census_table import CensusRow, prefecture_of, province_of
from popmodel.areas.own_figures import NONE, OwnFigures, own_figures
from popmodel.areas.reference import Reference
from popmodel.areas.schemas import SEXES
from popmodel.messages import InputError, Problem

Numbers = npt.NDArray[np.float64]
Tables = Mapping[str, pd.DataFrame]

OUTSIDE = ("registered_elsewhere_in_province", "registered_outside_province")


class Quarters(NamedTuple):
    """People in group quarters of one sex and of the ages `low` to `high` (None: and over); persons (…)."""

    sex: int
    low: int
    high: int | None
    persons: Numbers


class Count(NamedTuple):
    """One census as counted at 0 h on `date`.

    lowest: by sex, the lowest ages of its groups, rising, the last one open; persons: by sex, (group, …); quarters: those of them
    in group quarters. urban_share of the residents (…), registered people and residents registered `outside`, persons (…); NaN
    where not published.
    """

    date: dt.date
    lowest: tuple[tuple[int, ...], ...]
    persons: tuple[Numbers, ...]
    quarters: tuple[Quarters, ...]
    urban_share: Numbers
    registered: Numbers
    outside: Numbers


@dataclass(frozen=True)
class Facts:
    """The figures of one area, numbers (…) being single ones, or of many of one kind, the areas on the last axis.

    codes, prefectures: one an area; counts: its censuses, earliest first; births, deaths: by year, NaN in an area that has none
    of its own; resettled: persons moved out of the area by one-time events between the censuses; own: what else a single area's
    pack tells of the years since.
    """

    codes: tuple[str, ...]
    prefectures: tuple[str | None, ...]
    counts: tuple[Count, ...]
    births: Mapping[int, Numbers]
    deaths: Mapping[int, Numbers]
    resettled: Numbers
    own: OwnFigures = NONE

    @property
    def shape(self) -> tuple[int, ...]:
        """() for one area, (areas,) for areas side by side."""
        return np.shape(self.resettled)

    @property
    def kind(self) -> Hashable:
        """What must be the same in areas that stand side by side: dates and age groups."""
        return tuple((one.date, one.lowest, tuple(group[:3] for group in one.quarters)) for one in self.counts)

    def of(self, place: int) -> Facts:
        """The facts of one of the areas that stand side by side."""

        def one(numbers: Numbers) -> Numbers:
            return np.asarray(numbers[..., place])

        counts = [
            Count(
                count.date,
                count.lowest,
                tuple(one(persons) for persons in count.persons),
                tuple(group._replace(persons=one(group.persons)) for group in count.quarters),
                *(one(numbers) for numbers in count[4:]),
            )
            for count in self.counts
        ]
        births, deaths = ({year: one(numbers) for year, numbers in held.items()} for held in (self.births, self.deaths))
        return Facts((self.codes[place],), (self.prefectures[place],), tuple(counts), births, deaths, one(self.resettled))


class Place(Protocol):
    """One area, or areas of one province side by side: their own facts, and the reference data that fill what these lack."""

    @property
    def reference(self) -> Reference:
        """The reference data."""

    @property
    def province(self) -> str:
        """Code of the province."""

    @property
    def facts(self) -> Facts:
        """Their own figures."""


class Places(NamedTuple):
    """Areas side by side, or one known by its facts only."""

    reference: Reference
    province: str
    facts: Facts


def side_by_side(places: Sequence[Place]) -> Places:
    """Areas of one reference, province and kind (`Facts.kind`) as one, each having been one area."""
    facts = [place.facts for place in places]

    def stack(numbers: Iterable[Numbers]) -> Numbers:
        return np.stack(list(numbers), axis=-1)

    def series(held: Sequence[Mapping[int, Numbers]]) -> dict[int, Numbers]:
        return {
            year: stack(one.get(year, np.asarray(np.nan)) for one in held) for year in sorted({y for one in held for y in one})
        }

    counts = []
    for one in zip(*(own.counts for own in facts), strict=True):
        persons = tuple(stack(count.persons[sex] for count in one) for sex in range(len(SEXES)))
        quarters = tuple(
            groups[0]._replace(persons=stack(group.persons for group in groups))
            for groups in zip(*(c.quarters for c in one), strict=True)
        )
        counts.append(
            Count(one[0].date, one[0].lowest, persons, quarters, *(stack(c[field] for c in one) for field in (4, 5, 6)))
        )
    return Places(
        places[0].reference,
        places[0].province,
        Facts(
            tuple(own.codes[0] for own in facts),
            tuple(own.prefectures[0] for own in facts),
            tuple(counts),
            series([own.births for own in facts]),
            series([own.deaths for own in facts]),
            stack(own.resettled for own in facts),
        ),
    )


def facts_of_tables(code: str, prefecture: str | None, tables: Tables) -> Facts:
    """The facts of a pack. Raises InputError where a one-time event falls outside the time between its censuses."""
    totals, quarters = _totals(tables["census_totals"]), tables.get("group_quarters")
    counts = [
        _count(date, groups, totals.get(date, {}), _quarters(quarters, date))
        for date, groups in _by_date(tables["census_population"])
    ]
    series = tables.get("series")
    births, deaths = (_yearly(series, name) for name in ("births_to_residents", "deaths"))
    own = own_figures(tables)
    births |= {year: np.asarray(counted) for year, counted in own.births.items()}
    told = {year: counted for (group, year), counted in own.deaths.items() if group == "residents" and counted.every_age}
    deaths |= {year: np.asarray(counted.total) for year, counted in told.items()}
    resettled = _resettled(tables.get("events"), [count.date for count in counts])
    return Facts((code,), (prefecture,), tuple(counts), births, deaths, np.asarray(resettled), own)


def facts_of_rows(code: str, prefecture: str | None, rows: Sequence[CensusRow]) -> Facts:
    """The facts of an area of a census table, from its rows, earliest first."""
    counts = []
    for row in rows:
        chosen = [[group for group in row.groups if group[0] == sex] for sex in SEXES]
        groups = [([low for _, low, _, _ in one], [persons for *_, persons in one]) for one in chosen]
        stated = {"residents": row.total, "urban_residents": row.urban, "registered": row.registered}
        counts.append(_count(row.date, groups, {name: value for name, value in stated.items() if value is not None}, ()))
    return Facts((code,), (prefecture,), tuple(counts), {}, {}, np.zeros(()))


def counts_of_table(table: pd.DataFrame) -> list[Count]:
    """The censuses of a `census_population` table of one area, earliest first, of which no totals are known."""
    return [_count(date, groups, {}, ()) for date, groups in _by_date(table)]


def place_of_rows(code: str, rows: Sequence[CensusRow], reference: Reference) -> Places:
    """An area of a census table as a projection takes it, without a pack: from its rows, earliest first."""
    return Places(reference, province_of(code), facts_of_rows(code, prefecture_of(code), rows))


def as_date(value: object) -> dt.date:
    """A date cell, whatever date type the table holds, as a date."""
    return value.date() if isinstance(value, dt.datetime) else pd.Timestamp(str(value)).date()


def _by_date(table: pd.DataFrame) -> Iterable[tuple[dt.date, list[tuple[list[int], list[float]]]]]:
    """(date, by sex its lowest ages and persons) of a `census_population` table, the earliest first."""
    dates, sexes = _dates(table["date"]), table["sex"].to_numpy()
    lowest, persons = table["age_lo"].to_numpy(dtype=int), table["population"].to_numpy(dtype=float)
    for date in sorted(set(dates)):
        rows = [np.flatnonzero((dates == date) & (sexes == sex)) for sex in SEXES]
        yield date, [(lowest[chosen].tolist(), persons[chosen].tolist()) for chosen in rows]


def _count(
    date: dt.date,
    groups: Iterable[tuple[Sequence[int], Sequence[float]]],
    totals: Mapping[str, float],
    quarters: tuple[Quarters, ...],
) -> Count:
    """A census from the (lowest ages, persons) of each sex and its totals by indicator."""
    lowest, persons = [], []
    for ages, counted in groups:
        order = np.argsort(ages)
        lowest.append(tuple(np.asarray(ages)[order].tolist()))
        persons.append(np.asarray(counted, dtype=float)[order])
    urban, registered = (float(totals.get(name, np.nan)) for name in ("urban_residents", "registered"))
    parts = [float(totals[name]) for name in OUTSIDE if name in totals]
    outside = sum(parts) if parts else np.nan
    share = urban / float(totals["residents"]) if urban == urban and totals.get("residents") else np.nan
    return Count(date, tuple(lowest), tuple(persons), quarters, *map(np.asarray, (share, registered, outside)))


def _dates(column: pd.Series) -> npt.NDArray[np.object_]:
    """The dates of a column, of which few differ."""
    known = {value: as_date(value) for value in column.unique()}
    return np.array([known[value] for value in column], dtype=object)


def _totals(table: pd.DataFrame) -> dict[dt.date, dict[str, float]]:
    found: dict[dt.date, dict[str, float]] = {}
    for date, indicator, value in zip(_dates(table["date"]), table["indicator"], table["value"], strict=True):
        found.setdefault(date, {})[str(indicator)] = float(value)
    return found


def _quarters(table: pd.DataFrame | None, date: dt.date) -> tuple[Quarters, ...]:
    if table is None:
        return ()
    rows = table[_dates(table["date"]) == date]
    columns = zip(rows["sex"], rows["age_lo"], rows["age_hi"], rows["population"], strict=True)
    return tuple(
        Quarters(SEXES.index(str(sex)), int(low), None if pd.isna(high) else int(high), np.asarray(float(persons)))
        for sex, low, high, persons in columns
    )


def _yearly(table: pd.DataFrame | None, indicator: str) -> dict[int, Numbers]:
    if table is None:
        return {}
    rows = table[np.asarray(table["indicator"] == indicator, dtype=bool)]
    return {int(year): np.asarray(float(value)) for year, value in zip(rows["year"], rows["value"], strict=True)}


def _resettled(events: pd.DataFrame | None, dates: Sequence[dt.date]) -> float:
    """Persons moved by one-time events between the first and the last census; 0 without events or an earlier census."""
    if events is None or events.empty or len(dates) < 2:
        return 0.0
    start, end = pd.to_datetime(events["from_date"]), pd.to_datetime(events["to_date"])
    outside = (start < pd.Timestamp(dates[0])) | (end > pd.Timestamp(dates[-1]))
    if outside.any():
        row = int(np.flatnonzero(outside.to_numpy())[0])
        given = {"event": str(events["event"].iloc[row]), "first": dates[0], "last": dates[-1]}
        raise InputError([Problem("event_outside_censuses", given, file="events.csv", line=row + 2, column="from_date")])
    return float(events["persons"].sum())
