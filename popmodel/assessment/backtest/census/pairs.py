"""A table of two censuses as pairs to forecast and to score: what each common ground had at either date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from popmodel.areas import CensusRow, Ground, Reference, common_grounds, is_county, load_area, read_census_table
from popmodel.demography import SEXES, Array
from popmodel.forecast.history import IntArray
from popmodel.messages import InputError, Problem
from popmodel.shipped import shipped


@dataclass(frozen=True)
class Pairs:
    """The grounds that both censuses of a table have, with their rows, those of joined areas added up.

    years: whole years between the dates; alone: codes at one date only, without a known counterpart; refused: problems of rows
    that were left out, by code.
    """

    grounds: Sequence[Ground]
    first: Sequence[CensusRow]
    second: Sequence[CensusRow]
    years: int
    alone: Sequence[str]
    refused: Mapping[str, Sequence[Problem]]

    @property
    def launch(self) -> int:
        """Year of the first census."""
        return self.first[0].date.year

    def counted(self) -> tuple[IntArray, Array, Array]:
        """Lowest ages of the groups, and the persons of both censuses by (area, sex, group)."""
        lowest = np.array([low for sex, low, *_ in self.first[0].groups if sex == SEXES[0]], dtype=np.int64)
        order = np.argsort(lowest)
        first, second = (np.stack([_by_sex(row)[:, order] for row in rows]) for rows in (self.first, self.second))
        return lowest[order], first, second

    def resettled(self) -> Array:
        """Persons (area,) moved out by one-time events between the censuses, where a pack that comes with popmodel has them."""
        known: dict[str, float] = {}
        for folder in sorted(path.parent for path in shipped("data").glob("*/events.csv")):
            facts = load_area(folder).facts
            if [count.date for count in facts.counts] == [self.first[0].date, self.second[0].date]:
                known[facts.codes[0]] = float(facts.resettled)
        return np.array([sum(known.get(code, 0.0) for code in ground.first) for ground in self.grounds])


def read_pairs(path: Path, reference: Reference) -> Pairs:
    """The pairs of a census county table; its rows of prefectures and provinces are left out, since they are sums.

    Raises InputError where the table cannot be read, has not two dates whole years apart, or no area at both.
    """
    table = read_census_table(path, None)
    rows = {code: {row.date: row for row in of_area} for code, of_area in table.areas.items() if is_county(code)}
    dates = sorted({date for of_area in rows.values() for date in of_area})
    if len(dates) != 2:
        refused = [problem for problems in table.refused.values() for problem in problems]
        shown = ", ".join(str(date) for date in dates) or "—"
        raise InputError([*refused, Problem("two_censuses_needed", {"found": shown}, file=str(path), column="census_date")])
    before, after = dates
    if (before.month, before.day) != (after.month, after.day):
        given = {"first": before, "second": after}
        raise InputError([Problem("censuses_not_whole_years_apart", given, file=str(path), column="census_date")])
    here, there = ([code for code, of_area in rows.items() if date in of_area] for date in dates)
    grounds, alone = common_grounds(here, there, reference.tables["code_changes"])
    if not grounds:
        raise InputError([Problem("no_area_at_both_censuses", {"first": before, "second": after}, file=str(path))])
    return Pairs(
        grounds,
        [_together([rows[code][before] for code in ground.first]) for ground in grounds],
        [_together([rows[code][after] for code in ground.second]) for ground in grounds],
        after.year - before.year,
        alone,
        table.refused,
    )


def _together(rows: Sequence[CensusRow]) -> CensusRow:
    """The rows of areas as one; what one of them does not state the sum does not have."""

    def added(values: Sequence[int | None]) -> int | None:
        stated = [value for value in values if value is not None]
        return sum(stated) if len(stated) == len(values) else None

    groups = tuple(
        (*same[0][:3], sum(persons for *_, persons in same)) for same in zip(*(row.groups for row in rows), strict=True)
    )
    return CensusRow(
        "、".join(row.name.strip() for row in rows),
        rows[0].date,
        sum(row.total for row in rows),
        added([row.urban for row in rows]),
        added([row.registered for row in rows]),
        groups,
    )


def _by_sex(row: CensusRow) -> Array:
    return np.array([[persons for one, *_, persons in row.groups if one == sex] for sex in SEXES], dtype=float)
