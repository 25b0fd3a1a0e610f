"""A census county table: one row an area and census, the age groups side by side.

The layout: code, name, census_date, total, urban, registered, then male_0, male_1_4 … male_85plus and the same for female.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from popmodel.areas.cells import Finding, parse_cell
from popmodel.areas.checks import ladder_findings
from popmodel.areas.reference import Reference
from popmodel.areas.schemas import FIRST_YEAR, LAST_AGE, LAST_YEAR, SEXES, Column
from popmodel.areas.table_files import RawTable, column_problems, limited, read_raw
from popmodel.areas.text_files import shown
from popmodel.messages import Problem, nearest

_GROUP = re.compile(r"(male|female)_(\d{1,3})(?:_(\d{1,3})|(plus))?", re.ASCII)
_COLUMNS = ("code", "name", "census_date", "total", "urban", "registered")
_DATE = Column("census_date", "date", low=FIRST_YEAR, high=LAST_YEAR)
_TOTAL = Column("total", "integer", low=0)


@dataclass(frozen=True)
class CensusRow:
    """One area at one census: total, urban and registered people, and persons by sex and age group (open group: age_hi None)."""

    name: str
    date: dt.date
    total: int
    urban: int | None
    registered: int | None
    groups: tuple[tuple[str, int, int | None, int], ...]


def read_census_rows(path: Path, code: str, name: str | None, base: Reference, problems: list[Problem]) -> list[CensusRow]:
    """The rows of one area, earliest census first; whatever is wrong with the table or with these rows is added to `problems`.

    name: a Chinese name must be that of the code; the last census must be one that the reference data have for the province.
    """
    found: list[Problem] = []
    raw = read_raw(path, path.resolve().parent, found, [])
    rows = _area_rows(raw, code, name, base, found) if raw is not None else []
    problems += limited(found, str(path))
    return rows


def is_chinese(name: str) -> bool:
    """Whether a name is written in Chinese characters."""
    return re.search(r"[\u3400-\u9fff]", name) is not None


def plain_name(name: str) -> str:
    """A name without spaces, and with 市 where a table has 巿 (fú), which looks the same."""
    return re.sub(r"\s", "", name).replace("巿", "市")


def _area_rows(raw: RawTable, code: str, name: str | None, base: Reference, problems: list[Problem]) -> list[CensusRow]:
    problems += column_problems(raw, _COLUMNS, closed=False)
    groups = _groups(raw, problems)
    if problems:
        return []
    for cells, line in zip(raw.rows, raw.lines, strict=True):
        if len(cells) != len(raw.header):
            lengths = {"found": len(cells), "expected": len(raw.header)}
            problems.append(Problem("row_length", lengths, file=raw.file, line=line))
    if problems:
        return []
    places = {column: raw.header.index(column) for column in _COLUMNS}
    names = [cells[places["name"]] for cells in raw.rows]
    codes = [cells[places["code"]] for cells in raw.rows]
    own = [row for row, found in enumerate(codes) if found == code]
    if not own:
        problems.append(_code_unknown(raw, code, name, dict(zip(codes, names, strict=True))))
        return []
    known = list(dict.fromkeys(names[row] for row in own))
    if name and is_chinese(name) and not any(_same_name(name, other) for other in known):
        given = {"code": code, "found": shown(name), "expected": " / ".join(known)}
        problems.append(Problem("area_name_differs", given, file=raw.file, line=raw.lines[own[0]], column="name"))
    rows = [row for row in (_census_row(raw, row, places, groups, problems) for row in own) if row is not None]
    problems += _date_problems(raw, rows, own, code, base) if len(rows) == len(own) else []
    return sorted(rows, key=lambda row: row.date)


def _groups(raw: RawTable, problems: list[Problem]) -> list[tuple[int, str, int, int | None]]:
    """(position, sex, age_lo, age_hi) of the columns that hold an age group."""
    found = []
    for position, column in enumerate(raw.header):
        if not column.startswith(("male_", "female_")):
            continue
        match = _GROUP.fullmatch(column)
        if match is None or int(match[2]) > LAST_AGE or (match[3] and int(match[3]) < int(match[2])):
            given = {"found": shown(column), "position": position + 1, "nearest": "male_0, male_1_4, male_85plus"}
            problems.append(Problem("column_unknown", given, file=raw.file, line=raw.header_line))
            continue
        lowest = int(match[2])
        found.append((position, match[1], lowest, None if match[4] else int(match[3] or lowest)))
    for sex in SEXES:
        ordered = sorted(((low, high) for _, one, low, high in found if one == sex), key=lambda group: group[0])
        lowest_ages = [low for low, _ in ordered]
        for low in sorted({low for low in lowest_ages if lowest_ages.count(low) > 1}):
            given = {"which": sex, "found": low, "expected": low + 1}
            problems.append(Problem("age_overlap", given, file=raw.file, line=raw.header_line))
        for _, code, _, given in ladder_findings(ordered):
            problems.append(Problem(code, {"which": sex, **given}, file=raw.file, line=raw.header_line))
        if not ordered:
            given = {"expected": f"{sex}_0, {sex}_1_4, …"}
            problems.append(Problem("column_missing", given, file=raw.file, line=raw.header_line, column=f"{sex}_0"))
    return found


def _census_row(
    raw: RawTable, row: int, places: dict[str, int], groups: Sequence[tuple[int, str, int, int | None]], problems: list[Problem]
) -> CensusRow | None:
    before = len(problems)

    def cell(position: int, column: Column) -> Any:
        value = parse_cell(raw.rows[row][position], column)
        if isinstance(value, Finding):
            given = (value.code, value.parameters)
            problems.append(Problem(*given, file=raw.file, line=raw.lines[row], column=raw.header[position]))
        return value

    date = cell(places["census_date"], _DATE)
    total = cell(places["total"], _TOTAL)
    urban, registered = (cell(places[name], Column(name, "integer", required=False, low=0)) for name in ("urban", "registered"))
    persons = [(sex, low, high, cell(position, _TOTAL)) for position, sex, low, high in groups]
    if len(problems) > before:
        return None
    counted = sum(number for *_, number in persons)
    where: dict[str, Any] = {"file": raw.file, "line": raw.lines[row], "column": "total"}
    if counted != total:
        given = {"indicator": "total", "found": f"{counted:,}", "expected": f"{total:,}", "gap": f"{counted - total:+,}"}
        problems.append(Problem("age_groups_differ", {"groups": "male_…, female_…", **given}, **where))
    if urban is not None and urban > total:
        given = {"part": "urban", "found": f"{urban:,}", "whole": "total", "expected": f"{total:,}"}
        problems.append(Problem("part_exceeds_whole", given, **where))
    if len(problems) > before:
        return None
    return CensusRow(raw.rows[row][places["name"]], date, total, urban, registered, tuple(persons))


def _date_problems(raw: RawTable, rows: Sequence[CensusRow], own: Sequence[int], code: str, base: Reference) -> list[Problem]:
    problems = []
    dates = [row.date for row in rows]
    for position, date in enumerate(dates):
        if date in dates[:position]:
            first = raw.lines[own[dates.index(date)]]
            given = {"key": f"{code}, {date}", "columns": "code, census_date", "first": first}
            problems.append(Problem("row_duplicate", given, file=raw.file, line=raw.lines[own[position]]))
    census = base.tables["census_population"]
    own_province = census.loc[census["area"] == f"{code[:2]}0000", "date"]
    if own_province.empty:
        provinces = ", ".join(f"{area} {base.name(area)}" for area in sorted(set(census["area"])) if area.endswith("0000"))
        given = {"found": f"{code[:2]}0000", "known": provinces, "reference": base.folder}
        problems.append(Problem("province_not_in_reference", given, file=raw.file))
    elif max(dates) != own_province.max().date():
        problems.append(_only_earlier(raw, own, max(dates), code, base, own_province.max().date()))
    return problems


def _only_earlier(raw: RawTable, own: Sequence[int], date: dt.date, code: str, base: Reference, latest: dt.date) -> Problem:
    """The code is in the table at an earlier census only: the area has another code since, or the table lacks the census."""
    changes = base.tables["code_changes"]
    later = changes[(changes["old_code"] == code) & (changes["new_code"] != "")]
    where: dict[str, Any] = {"file": raw.file, "line": raw.lines[own[-1]], "column": "code"}
    if len(later):
        given = {"code": code, "date": date, "new_code": later["new_code"].iloc[0], "new_name": later["new_name"].iloc[0]}
        return Problem("code_superseded", given, **where)
    return Problem("census_not_in_reference", {"found": date, "expected": latest}, **where)


def _code_unknown(raw: RawTable, code: str, name: str | None, known: dict[str, str]) -> Problem:
    """A code the table does not have: the area of that name where there is one, else the nearest code."""
    same = [other for other, named in known.items() if name and _same_name(name, named)]
    likely = same[-1] if same else nearest(code, known)
    given = {"found": shown(code), "nearest": likely, "name": known.get(likely, "")}
    return Problem("area_code_unknown", given, file=raw.file, column="code")


def _same_name(one: str, other: str) -> bool:
    """Whether two names are of one place: 邓州 is 邓州市."""
    first, second = plain_name(one), plain_name(other)
    return bool(first) and (first == second or (len(first) >= 2 and second[:-1] == first))
