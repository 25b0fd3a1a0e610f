"""Opening a workbook: the cells of its sheets that hold something, or why the file cannot be opened."""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from popmodel.areas.text_files import shown
from popmodel.messages import Problem

MOST_BYTES, MOST_UNPACKED = 20_000_000, 300_000_000
MOST_ROWS, MOST_COLUMNS = 5_000, 60
_OLD = b"\xd0\xcf\x11\xe0"  # .xls, and an .xlsx under a password

Place = tuple[int, int]


class Grid(NamedTuple):
    """A sheet: its cells that hold something by (row, column) from 1; of merged blocks every cell but the first → the first."""

    cells: Mapping[Place, Any]
    merged: Mapping[Place, Place]


class Opened(NamedTuple):
    """The sheets by their tabs, the day from which they count days, and formulas whose value was not saved."""

    grids: Mapping[str, Grid]
    epoch: dt.date
    unsaved: Sequence[Problem]


def open_workbook(path: Path, problems: list[Problem], notices: list[Problem]) -> Opened | None:
    """The workbook with the values that were saved with it; formulas are not worked out, macros and links not followed.

    None after adding to `problems` why it cannot be opened.
    """
    import openpyxl

    file = str(path)
    try:
        size = path.stat().st_size
        if not path.is_file():
            problems.append(Problem("file_not_regular", file=file))
            return None
        if size > MOST_BYTES:
            given = {"found": f"{size / 1e6:.0f}", "limit": f"{MOST_BYTES / 1e6:.0f}"}
            problems.append(Problem("workbook_too_large", given, file=file))
            return None
        with path.open("rb") as stream:
            start = stream.read(4)
        if start == _OLD:
            problems.append(Problem("workbook_old_or_locked", file=file))
            return None
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            unpacked = sum(one.file_size for one in packed.infolist())
            broken = packed.testzip() if unpacked <= MOST_UNPACKED else None
        if unpacked > MOST_UNPACKED:
            given = {"found": f"{unpacked / 1e6:.0f}", "limit": f"{MOST_UNPACKED / 1e6:.0f}"}
            problems.append(Problem("workbook_too_large", given, file=file))
            return None
        if broken is not None or "xl/workbook.xml" not in names:
            problems.append(Problem("workbook_broken", file=file))
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, data_only=True, keep_links=False)
    except FileNotFoundError:
        problems.append(Problem("workbook_missing", file=file))
        return None
    except OSError as error:
        problems.append(Problem("file_unreadable", {"detail": error.strerror or str(error)}, file=file))
        return None
    except Exception:  # whatever a damaged archive makes the library stumble over
        problems.append(Problem("workbook_broken", file=file))
        return None
    if any("vbaProject" in name for name in names):
        notices.append(Problem("workbook_macros", file=file))
    if any(name.startswith("xl/externalLinks/") for name in names):
        notices.append(Problem("workbook_links", file=file))
    if any((path.parent / other).exists() for other in (f"~${path.name}", f".~lock.{path.name}#", f".~{path.name}")):
        notices.append(Problem("workbook_open_elsewhere", file=file))
    grids = {sheet.title: Grid(_cells(sheet, path, problems), _merged(sheet)) for sheet in book.worksheets}
    return Opened(grids, book.epoch.date(), _unsaved_formulas(path, book))


def _cells(sheet: Any, path: Path, problems: list[Problem]) -> dict[tuple[int, int], Any]:
    """The cells that hold something, by (row, column) from 1; asking for rows would make a cell of every empty one."""
    cells = {
        place: cell.value
        for place, cell in sheet._cells.items()
        if cell.value is not None and str(cell.value).strip() and place[1] <= MOST_COLUMNS
    }
    if cells and max(row for row, _ in cells) > MOST_ROWS:
        given = {"found": max(row for row, _ in cells), "limit": MOST_ROWS}
        problems.append(Problem("workbook_rows", given, file=str(path), cell=f"{sheet.title}!A{MOST_ROWS + 1}"))
    return {place: value for place, value in sorted(cells.items()) if place[0] <= MOST_ROWS}


def _merged(sheet: Any) -> dict[tuple[int, int], tuple[int, int]]:
    """Every cell of a merged block but its first → the first."""
    found = {}
    for block in sheet.merged_cells.ranges:
        if block.max_row - block.min_row > MOST_ROWS or block.max_col > MOST_COLUMNS:
            continue
        for row in range(block.min_row, block.max_row + 1):
            for column in range(block.min_col, block.max_col + 1):
                if (row, column) != (block.min_row, block.min_col):
                    found[row, column] = (block.min_row, block.min_col)
    return found


def _unsaved_formulas(path: Path, book: Any) -> list[Problem]:
    """Formulas whose value was not saved with them: a program other than a spreadsheet wrote the file last."""
    import openpyxl

    with zipfile.ZipFile(path) as packed:
        sheets = [name for name in packed.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
        if not any(re.search(rb"<f[ >/]", packed.read(name)) for name in sheets):
            return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        written = openpyxl.load_workbook(path, keep_links=False)
    return [
        Problem("workbook_formula_unsaved", {"found": shown(cell.value)}, file=str(path), cell=f"{sheet.title}!{cell.coordinate}")
        for sheet in written.worksheets
        for cell in list(sheet._cells.values())
        if cell.data_type == "f" and book[sheet.title].cell(cell.row, cell.column).value is None
    ]
