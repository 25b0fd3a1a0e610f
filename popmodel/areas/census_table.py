"""A census county table: one row an area and census, the age groups side by side.

The layout: code, name, census_date, total, urban, registered, then male_0, male_1_4 … male_85plus and the same for female.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from popmodel.areas.cells import Finding, parse_cell
from popmodel.areas.checks import ladder_findings
from popmodel.areas.reference import Reference
from popmodel.areas.schemas import FIRST_YEAR, LAST_AGE, LAST_YEAR, SEXES, Column
from popmodel.areas.table_files import RawTable, column_problems, limited, read_raw
from popmodel.areas.text_files import shown
from popmodel.messages import InputError, Problem, nearest

_GROUP = re.compile(r"(male|female)_(\d{1,3})(?:_(\d{1,3})|(plus))?", re.ASCII)
_COLUMNS = ("code", "name", "census_date", "total", "urban", "registered")
_DATE = Column("census_date", "date", low=FIRST_YEAR, high=LAST_YEAR)
_TOTAL = Column("total", "integer", low=0)
CODE_DIGITS = 6
_MUNICIPALITIES = ("11", "12", "31", "50")


@dataclass(frozen=True)
class CensusRow:
    """One area at one census: total, urban and registered people, and persons by sex and age group (open group: age_hi None)."""

    name: str
    date: dt.date
    total: int
    urban: int | None
    registered: int | None
    groups: tuple[tuple[str, int, int | None, int], ...]


class Mention(NamedTuple):
    """Where a table has a code: the name beside it, as last written, and the lines."""

    name: str
    lines: tuple[int, ...]


class CensusTable(NamedTuple):
    """The rows of every area of a table by code, earliest census first, and why an area was refused, by code.

    mentions: every code of the table in its order, right or wrong.
    """

    areas: Mapping[str, tuple[CensusRow, ...]]
    refused: Mapping[str, tuple[Problem, ...]]
    mentions: Mapping[str, Mention]


class _Layout(NamedTuple):
    """Positions of the columns by name, and (position, sex, age_lo, age_hi) of those that hold an age group."""

    places: Mapping[str, int]
    groups: Sequence[tuple[int, str, int, int | None]]


def read_census_rows(path: Path, code: str, name: str | None, base: Reference, problems: list[Problem]) -> list[CensusRow]:
    """The rows of one area, earliest census first; whatever is wrong with the table or with these rows is added to `problems`.

    name: a Chinese name must be that of the code; the last census must be one that the reference data have for the province.
    """
    found: list[Problem] = []
    raw = read_raw(path, path.resolve().parent, found, [])
    rows = _area_rows(raw, code, name, base, found) if raw is not None else []
    problems += limited(found, str(path))
    return rows


def read_census_table(path: Path, base: Reference | None) -> CensusTable:
    """The rows of every area of the table; what is wrong with the rows of one area does not touch the others.

    base: reference data that must have the last census of each area; None for censuses of any dates.
    Raises InputError where the table as a whole cannot be read.
    """
    problems: list[Problem] = []
    raw = read_raw(path, path.resolve().parent, problems, [])
    layout = _layout(raw, problems) if raw is not None else None
    if raw is None or layout is None:
        raise InputError(limited(problems, str(path)))
    own: dict[str, list[int]] = {}
    place = layout.places["code"]
    for row, cells in enumerate(raw.rows):
        own.setdefault(cells[place] if place < len(cells) else "", []).append(row)
    found, refused, mentions, last = {}, {}, {}, _last_censuses(base) if base else {}
    for code, places in own.items():
        mentions[code] = _mention(raw, places, layout.places["name"])
        wrong = [problem for row in places for problem in _length_problems(raw, raw.rows[row], raw.lines[row])]
        if not wrong and not is_code(code):
            given = {"found": shown(code), "digits": CODE_DIGITS}
            wrong = [Problem("code_malformed", given, file=raw.file, line=raw.lines[places[0]], column="code")]
        rows = [] if wrong else _rows_of_area(raw, places, code, layout, last, base, wrong)
        if wrong:
            refused[code] = tuple(limited(wrong, str(path)))
        else:
            found[code] = tuple(rows)
    return CensusTable(found, refused, mentions)


def is_code(code: str) -> bool:
    """Whether a text is written as the code of an area."""
    return re.fullmatch(rf"\d{{{CODE_DIGITS}}}", code, re.ASCII) is not None


def is_county(code: str) -> bool:
    """Whether a code is that of a county, and not of a province or a prefecture, whose people are those of its counties."""
    return not code.endswith("00")


def province_of(code: str) -> str:
    """Code of the province of an area."""
    return f"{code[:2]}0000"


def prefecture_of(code: str) -> str | None:
    """Code of the prefecture of an area; None in municipalities, in counties under the province (xx90xx), and for a province."""
    if code[:2] in _MUNICIPALITIES or code[2:4] == "90" or code.endswith("0000"):
        return None
    return f"{code[:4]}00"


def is_chinese(name: str) -> bool:
    """Whether a name is written in Chinese characters."""
    return re.search(r"[\u3400-\u9fff]", name) is not None


def plain_name(name: str) -> str:
    """A name without spaces, and with 市 where a table has 巿 (fú), which looks the same."""
    return re.sub(r"\s", "", name).replace("巿", "市")


def _area_rows(raw: RawTable, code: str, name: str | None, base: Reference, problems: list[Problem]) -> list[CensusRow]:
    layout = _layout(raw, problems)
    if layout is None:
        return []
    for cells, line in zip(raw.rows, raw.lines, strict=True):
        problems += _length_problems(raw, cells, line)
    if problems:
        return []
    names = [cells[layout.places["name"]] for cells in raw.rows]
    codes = [cells[layout.places["code"]] for cells in raw.rows]
    own = [row for row, found in enumerate(codes) if found == code]
    if not own:
        problems.append(_code_unknown(raw, code, name, dict(zip(codes, names, strict=True))))
        return []
    known = list(dict.fromkeys(names[row] for row in own))
    if name and is_chinese(name) and not any(_same_name(name, other) for other in known):
        given = {"code": code, "found": shown(name), "expected": " / ".join(known)}
        problems.append(Problem("area_name_differs", given, file=raw.file, line=raw.lines[own[0]], column="name"))
    return _rows_of_area(raw, own, code, layout, _last_censuses(base), base, problems)


def _rows_of_area(
    raw: RawTable,
    own: Sequence[int],
    code: str,
    layout: _Layout,
    last: Mapping[str, dt.date],
    base: Reference | None,
    problems: list[Problem],
) -> list[CensusRow]:
    """The `own` rows of one area, earliest census first."""
    rows = [row for row in (_census_row(raw, row, layout.places, layout.groups, problems) for row in own) if row is not None]
    problems += _date_problems(raw, rows, own, code, last, base) if len(rows) == len(own) else []
    return sorted(rows, key=lambda row: row.date)


def _mention(raw: RawTable, own: Sequence[int], place: int) -> Mention:
    last = raw.rows[own[-1]]
    return Mention(last[place] if place < len(last) else "", tuple(raw.lines[row] for row in own))


def _layout(raw: RawTable, problems: list[Problem]) -> _Layout | None:
    """Where the columns are; None where they are not as they should be."""
    before = len(problems)
    problems += column_problems(raw, _COLUMNS, closed=False)
    groups = _groups(raw, problems)
    return None if len(problems) > before else _Layout({column: raw.header.index(column) for column in _COLUMNS}, groups)


def _length_problems(raw: RawTable, cells: Sequence[str], line: int) -> list[Problem]:
    if len(cells) == len(raw.header):
        return []
    return [Problem("row_length", {"found": len(cells), "expected": len(raw.header)}, file=raw.file, line=line)]


def _last_censuses(base: Reference) -> dict[str, dt.date]:
    """The last census of each area of the reference data."""
    census = base.tables["census_population"]
    return {str(area): date.date() for area, date in census.groupby("area")["date"].max().items()}


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
    raw: RawTable,
    row: int,
    places: Mapping[str, int],
    groups: Sequence[tuple[int, str, int, int | None]],
    problems: list[Problem],
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


def _date_problems(
    raw: RawTable, rows: Sequence[CensusRow], own: Sequence[int], code: str, last: Mapping[str, dt.date], base: Reference | None
) -> list[Problem]:
    problems = []
    dates = [row.date for row in rows]
    for position, date in enumerate(dates):
        if date in dates[:position]:
            first = raw.lines[own[dates.index(date)]]
            given = {"key": f"{code}, {date}", "columns": "code, census_date", "first": first}
            problems.append(Problem("row_duplicate", given, file=raw.file, line=raw.lines[own[position]]))
    if base is None:
        return problems
    of_province = last.get(f"{code[:2]}0000")
    if of_province is None:
        provinces = ", ".join(f"{area} {base.name(area)}" for area in sorted(last) if area.endswith("0000"))
        given = {"found": f"{code[:2]}0000", "known": provinces, "reference": base.folder}
        problems.append(Problem("province_not_in_reference", given, file=raw.file))
    elif max(dates) != of_province:
        problems.append(_only_earlier(raw, own, max(dates), code, base, of_province))
    return problems


def _only_earlier(raw: RawTable, own: Sequence[int], date: dt.date, code: str, base: Reference, latest: dt.date) -> Problem:
    """The code is in the table at an earlier census only: the area has another code since, or the table lacks the census."""
    changes = base.tables["code_changes"]
    later = changes[(changes["old_code"] == code) & changes["change"].isin(["renamed", "dissolved"])]
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
