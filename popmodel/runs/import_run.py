"""Bringing a filled-in workbook into a pack: read, checked as a pack is, its effect worked out, and only then put in.

Every check is that of the pack's own files: what the workbook says is written as a pack aside, read again, and each problem is
told with the cell it came from.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from popmodel.areas import Area, check_area, load_area
from popmodel.areas.history import HISTORY
from popmodel.areas.package import FILE, package_text, read_package, with_tables
from popmodel.areas.packs import ASSUMPTIONS
from popmodel.areas.schemas import PACK_TABLES, Table
from popmodel.areas.table_files import csv_text
from popmodel.areas.workbook.assumptions import own_entry, value_of
from popmodel.areas.workbook.mark import marked_bytes
from popmodel.areas.workbook.read import ChangedAssumption, FoundTable, FoundWorkbook, read_workbook
from popmodel.areas.workbook.rows import canonical, fingerprint, texts
from popmodel.areas.workbook.sheets import PROVENANCE, SHEETS, Choices
from popmodel.assessment.bridge import bridge
from popmodel.chain import RULE_FILES
from popmodel.messages import InputError, Problem, entries, language, nearest, number, text
from popmodel.parameters import AssumptionBook, rule_parameters
from popmodel.runs.compare import Changed, Walk
from popmodel.runs.pack_history import checksums, put_in
from popmodel.runs.publish import put_file
from popmodel.runs.run import explain
from popmodel.runs.vintage_inputs import Inputs
from popmodel.runs.workbook_run import pack_choices, pack_columns
from popmodel.subsidies.outturn import outturn

TO = 2030
# The typed cells of the pack's tables, by table and column.
Own = Mapping[str, Mapping[str, Sequence[Any]]]
_CELLS = ["table", "row", "column", "old", "new"]


@dataclass(frozen=True)
class CellChange:
    """One figure that an import changes: of which table and row (its key), in which column; None where there was or is none."""

    table: str
    row: tuple[str, ...]
    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Prepared:
    """An import that may be put in: `files` (None: removed), what changes in them, and what that does to the forecast.

    problems: why it may not, with the cells; then there are no files. effects: as `assessment.bridge.bridge`, to 2030; titles:
    the assumptions among their items; choices: the names of the pack's schemes and townships.
    """

    pack: Path
    workbook: Path
    before: Mapping[str, str]
    problems: Sequence[Problem] = ()
    notices: Sequence[Problem] = ()
    files: Mapping[str, bytes | None] = field(default_factory=dict)
    cells: Sequence[CellChange] = ()
    changes: Sequence[Changed] = ()
    effects: pd.DataFrame = field(default_factory=pd.DataFrame)
    titles: Mapping[str, str] = field(default_factory=dict)
    choices: Choices = field(default_factory=dict)


def prepare_import(pack: Path, workbook: Path, today: date) -> Prepared:
    """Read and check the workbook against the pack, and work out what it changes; nothing is written.

    Raises InputError where the pack itself is not sound, or the workbook cannot be read at all.
    """
    before = checksums(pack)
    area = load_area(pack)
    problems: list[Problem] = []
    notices: list[Problem] = []
    choices = pack_choices(area)
    found = read_workbook(workbook, choices, problems, notices)
    if found is None:
        raise InputError(problems)
    if found.meta.get("code") != area.code:
        given = {
            "found": f"{found.meta.get('name', '–')} {found.meta.get('code', '–')}",
            "expected": f"{area.name()} {area.code}",
        }
        raise InputError([Problem("workbook_other_county", given, file=str(workbook))])
    own = pack_columns(area)
    changed = _changed_tables(own, found, problems, notices)
    entries = _changed_entries(area, found, today, problems)
    files = _files(area, changed, entries)
    if files:
        new = _checked(area, files, changed, found, choices, problems, notices)
        cells, same = _cell_changes(own, changed, workbook)
        notices += same
        if new is not None and not problems:
            changes, effects = _effect(area, new, changed, found, choices, problems)
            if not problems:
                titles = {entry.key: entry.title() for entry in new.assumptions}
                return Prepared(pack, workbook, before, (), notices, files, cells, changes, effects, titles, choices)
    return Prepared(pack, workbook, before, _in_order(_once(problems), found), notices)


def mark_problems(prepared: Prepared, lang: str) -> Path:
    """Write the marked copy beside the workbook; returns its path. Raises RunFailedError where it cannot be written."""
    source = prepared.workbook
    suffix = text("workbook.marked_suffix", lang=lang)
    path = source.with_name(f"{source.stem.removesuffix(suffix)}{suffix}.xlsx")
    try:
        put_file(path, marked_bytes(source, prepared.problems, lang))
    except OSError as error:
        raise explain(error, path.parent) from None
    return path


def accept_import(prepared: Prepared) -> Path:
    """Put a prepared import into its pack; returns its folder in the pack's history. Raises as `pack_history.put_in`."""
    cells = pd.DataFrame([vars(cell) | {"row": ", ".join(cell.row)} for cell in prepared.cells], columns=_CELLS)
    kept = {"cells.csv": cells, "bridge.csv": prepared.effects}
    record = {
        "workbook": prepared.workbook.name,
        "changes": [note for change in prepared.changes for note in change.notes],
    }
    tables = {name: frame.to_csv(index=False).encode("utf-8-sig") for name, frame in kept.items()}
    try:
        return put_in(prepared.pack, prepared.files, prepared.before, record, tables)
    except OSError as error:
        raise explain(error, prepared.pack) from None


def _changed_tables(own: Own, found: FoundWorkbook, problems: list[Problem], notices: list[Problem]) -> dict[str, FoundTable]:
    """The tables that someone changed in the workbook and that are not so in the pack already."""
    changed = {}
    for sheet in SHEETS:
        table = found.tables.get(sheet.key)
        if table is None:
            if sheet.key in own:
                name = sheet.name(found.meta.get("lang", "zh"))
                notices.append(Problem("workbook_sheet_missing", {"found": name}, file=str(found.path)))
            continue
        now = fingerprint(_rows(own, sheet.key), sheet.table)
        written, mark = found.meta.get(f"table:{sheet.key}", ""), fingerprint(table.rows, sheet.table)
        if mark in (written, now):
            continue
        if written != now:
            problems.append(Problem("workbook_pack_moved", file=str(found.path), cell=f"{table.tab}!A1"))
        changed[sheet.key] = table
    return changed


def _rows(own: Own, key: str) -> list[list[str]]:
    """The pack's rows of a table as texts; none where it does not have the table."""
    return texts(own[key], PACK_TABLES[key]) if key in own else []


def _changed_entries(area: Area, found: FoundWorkbook, today: date, problems: list[Problem]) -> dict[str, dict[str, Any]]:
    """The entries for the pack's assumptions.yaml, by key."""
    book, entries = area.assumptions, {}
    for one in found.assumptions:
        entry = _entry(book, one, today, str(found.path), problems)
        if entry is not None:
            entries[one.key] = entry
    return entries


def _entry(
    book: AssumptionBook, one: ChangedAssumption, today: date, file: str, problems: list[Problem]
) -> dict[str, Any] | None:
    before = len(problems)
    if one.key not in book:
        given = {"key": one.key, "nearest": nearest(one.key, book.keys())}
        problems.append(Problem("assumption_unknown", given, file=file, cell=one.cells["key"]))
        return None
    entry = book[one.key]
    value = value_of(one.written, entry.value)
    if value == entry.value:
        return None
    found = book.change_problems(one.key, value)
    problems += [replace(problem, file=file, line=None, column=None, cell=one.cells["new"]) for problem in found]
    if one.status not in ("observed", "derived", "assumed"):
        problems.append(Problem("workbook_status_unknown", {"found": one.status}, file=file, cell=one.cells["status"]))
    if not one.source:
        problems.append(Problem("source_empty", file=file, cell=one.cells["source"]))
    elif one.source == " ".join(entry.source.split()):
        problems.append(Problem("workbook_source_same", file=file, cell=one.cells["source"]))
    note = one.note if one.note not in entry.notes.values() else ""
    return own_entry(entry, value, one.status, one.source, note, today) if len(problems) == before else None


def _files(area: Area, changed: Mapping[str, FoundTable], entries: Mapping[str, Mapping[str, Any]]) -> dict[str, bytes | None]:
    """The files of the pack that become others."""
    files: dict[str, bytes | None] = {}
    for key, table in changed.items():
        schema = PACK_TABLES[key]
        files[schema.file] = csv_text(schema, table.rows).encode() if table.rows else None
    if entries:
        files[ASSUMPTIONS] = _assumptions_text(area.folder, entries)
    if files:
        content = read_package(area.folder, [], [])
        there = {path.name for path in area.folder.glob("*.csv")} | {name for name, held in files.items() if held is not None}
        gone = {name for name, held in files.items() if held is None}
        tables = [table for table in PACK_TABLES.values() if table.file in there - gone]
        written = package_text(with_tables(content or {}, tables)).encode()
        if written != (area.folder / FILE).read_bytes():
            files[FILE] = written
    return files


def _assumptions_text(folder: Path, entries: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The pack's own assumptions with these laid over them."""
    path = folder / ASSUMPTIONS
    held = yaml.safe_load(path.read_text(encoding="utf-8-sig"))["assumptions"] if path.exists() else []
    kept = [entry for entry in held if entry["key"] not in entries]
    written = yaml.safe_dump(
        {"assumptions": [*kept, *(dict(entry) for entry in entries.values())]}, allow_unicode=True, sort_keys=False, width=130
    )
    return written.encode()


def _checked(
    area: Area,
    files: Mapping[str, bytes | None],
    changed: Mapping[str, FoundTable],
    found: FoundWorkbook,
    choices: Choices,
    problems: list[Problem],
    notices: list[Problem],
) -> Area | None:
    """The pack as it would be; problems are told with their cells."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / area.folder.resolve().name
        shutil.copytree(area.folder, folder, ignore=shutil.ignore_patterns(HISTORY))
        for name, content in files.items():
            if content is None:
                (folder / name).unlink(missing_ok=True)
            else:
                (folder / name).write_bytes(content)
        check = check_area(folder, reference=area.reference)
        problems += [_in_workbook(problem, folder, changed, found.path, choices) for problem in check.problems]
        known = {(one.code, str(one.parameters)) for one in area.notices}
        fresh = [one for one in check.notices if (one.code, str(one.parameters)) not in known]
        notices += [_in_workbook(problem, folder, changed, found.path, choices) for problem in fresh]
    return check.area


def _in_workbook(problem: Problem, folder: Path, changed: Mapping[str, FoundTable], workbook: Path, choices: Choices) -> Problem:
    """The problem of a file of the pack, told of the workbook's cell that the file was written from."""
    file = Path(problem.file or "")
    table = changed.get(file.stem)
    if table is None or file.suffix != ".csv":
        inside = str(file.relative_to(folder)) if problem.file and file.is_relative_to(folder) else problem.file
        return replace(problem, file=inside)
    given = dict(problem.parameters)
    row = _row_of(problem, table)
    if row is None:
        return replace(problem, file=str(workbook), line=None, column=None, cell=f"{table.tab}!A1")
    if problem.code == "row_duplicate" and isinstance(given.get("first"), int):
        given["first"] = table.lines[given["first"] - 2]
    cell, code = table.address(row, problem.column), problem.code
    if code == "code_malformed" and problem.column == "township" and choices.get("township"):
        code, given["nearest"] = "township_unknown", nearest(str(given["found"]), choices["township"][language()])
    named = {name: _label(value) for name, value in given.items()}
    return Problem(code, named, file=str(workbook), cell=cell)


def _row_of(problem: Problem, table: FoundTable) -> int | None:
    """The row of the line told of; of a figure in a year of which no line is told, the row with both, else one of the year."""
    if problem.line is not None:
        return problem.line - 2 if 2 <= problem.line <= len(table.rows) + 1 else None
    names = table.sheet.table.names()
    if "year" not in names:
        return None
    year, found = str(problem.parameters.get("year")), problem.parameters.get("found")
    of_year = [row for row, written in enumerate(table.rows) if written[names.index("year")] == year]
    same = [row for row in of_year if problem.column and _as_told(table.rows[row][names.index(problem.column)]) == found]
    return next(iter(same or of_year), None)


def _as_told(written: str) -> str:
    return number(float(written)) if written else ""


def _label(value: Any) -> Any:
    """A figure's name as the workbook has it; anything else as it is."""
    key = f"workbook.indicator.{value}"
    return text(key) if isinstance(value, str) and key in entries("workbook") else value


def _effect(
    area: Area,
    new: Area,
    changed: Mapping[str, FoundTable],
    found: FoundWorkbook,
    choices: Choices,
    problems: list[Problem],
) -> tuple[list[Changed], pd.DataFrame]:
    """What the import does to births, children, places and money to 2030, change by change."""
    rules = {path.stem: rule_parameters(path) for path in RULE_FILES}
    before, after = (Inputs(one, next(s for s in one.scenarios.values() if s.baseline), rules) for one in (area, new))
    try:
        outturn(new)
        old_figures = before.figures(TO)
        walk = Walk(TO)
        walk.through(before, after)
        reached = walk.stages[-1].figures if walk.stages else None
        new_figures = after.figures(TO) if reached is None else reached
    except InputError as error:
        problems += [
            _in_workbook(replace(one, file=str(new.folder / (one.file or ""))), new.folder, changed, found.path, choices)
            for one in error.problems
        ]
        return [], pd.DataFrame()
    return walk.changes, bridge(old_figures, walk.stages, new_figures)


def _cell_changes(own: Own, changed: Mapping[str, FoundTable], workbook: Path) -> tuple[list[CellChange], list[Problem]]:
    """Old against new, figure by figure; and where figures changed under the same source: right at times, and often forgotten."""
    cells: list[CellChange] = []
    same: list[Problem] = []
    for key, table in changed.items():
        schema = PACK_TABLES[key]
        columns = [name for name in schema.names() if name not in schema.key]
        before = _by_key(canonical(_rows(own, key), schema), schema)
        after = _by_key(canonical(table.rows, schema), schema)
        moved = set()
        for row in sorted(dict.fromkeys([*before, *after]), key=_by_number):
            old, new = before.get(row), after.get(row)
            for column in columns:
                values = [(one.get(column) or None) if one is not None else None for one in (old, new)]
                if values[0] != values[1]:
                    cells.append(CellChange(key, row, column, *values))
                    if old and new and column not in PROVENANCE and old["source"] == new["source"]:
                        moved.add(row)
        for place, written in enumerate(table.rows):
            (now,) = _by_key(canonical([written], schema), schema).items()
            if now[0] in moved:
                given, cell = {"source": now[1]["source"]}, table.address(place, "source")
                same.append(Problem("workbook_same_source", given, file=str(workbook), cell=cell))
    return cells, same


def _by_number(row: Sequence[str]) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in row]


def _by_key(rows: Sequence[Sequence[str]], table: Table) -> dict[tuple[str, ...], dict[str, str]]:
    named = [dict(zip(table.names(), row, strict=True)) for row in rows]
    return {tuple(row[name] for name in table.key): row for row in named}


def _in_order(problems: Sequence[Problem], found: FoundWorkbook) -> list[Problem]:
    """Sheet by sheet and from top to bottom; what has no cell comes first."""
    tabs = [table.tab for table in found.tables.values()]

    def place(problem: Problem) -> tuple[int, int, str]:
        if problem.cell is None:
            return -1, 0, ""
        tab, address = problem.cell.rsplit("!", 1)
        letters = address.rstrip("0123456789")
        return (tabs.index(tab) if tab in tabs else len(tabs)), int(address[len(letters) :]), letters

    return sorted(problems, key=place)


def _once(problems: Sequence[Problem]) -> list[Problem]:
    """Problems without those that say the same of the same cell."""
    seen, found = set(), []
    for problem in problems:
        mark = (problem.code, problem.file, problem.cell, problem.line, problem.column, str(problem.parameters))
        if mark not in seen:
            seen.add(mark)
            found.append(problem)
    return found
