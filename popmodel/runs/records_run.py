"""A list of birth records read and checked: counts for the pack's record_checks.csv, and in words for whoever keeps the list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from popmodel.areas import Area
from popmodel.areas.disclosure import suppressed
from popmodel.areas.people_lists import ListColumn, list_blocks
from popmodel.areas.schemas import PACK_TABLES, RECORD_CHECKS, Column
from popmodel.areas.workbook.as_left import tidied
from popmodel.assessment.record_checks import FIELDS, NO_YEAR, checked_records, rate_class
from popmodel.messages import InputError, Problem, nearest, number, text
from popmodel.runs.bridge_text import aligned
from popmodel.runs.publish import put_file
from popmodel.runs.run import explain

COLUMNS: Mapping[str, ListColumn] = {
    "id": ListColumn(("子女证件号", "子女身份证号", "子女编号", "出生证号", "child", "id")),
    "mother": ListColumn(("母亲证件号", "母亲身份证号", "母亲编号", "mother")),
    "birth": ListColumn(("出生日期", "子女出生日期", "birth", "birth_date")),
    "mother_birth": ListColumn(("母亲出生日期", "mother_birth", "mother_birth_date")),
    "order": ListColumn(("孩次", "order")),
    "recorded": ListColumn(("登记日期", "签发日期", "录入日期", "recorded", "record_date")),
    "township": ListColumn(("乡镇", "乡镇街道", "乡镇代码", "township")),
}
_DATES = ("birth", "mother_birth", "recorded")
_ORDERS = {"一孩": "1", "二孩": "2", "三孩": "3", "四孩": "4", "一": "1", "二": "2", "三": "3", "四": "4"}
_DATE, _NUMBER, _TEXT = Column("date", "date"), Column("order", "integer"), Column("id", "text")


def check_records(path: Path, area: Area, today: date, late_days: int) -> tuple[pd.DataFrame, list[Problem]]:
    """The counts of `checked_records` for the list at `path`, and notices; townships by code.

    Raises InputError for a list that cannot be read, columns that are missing, and townships the pack does not know.
    """
    problems: list[Problem] = []
    notices: list[Problem] = []
    records = _read(path, area, problems, notices)
    if records is None or problems:
        raise InputError(problems)
    return checked_records(records, today, late_days), notices


def write_checks(checks: pd.DataFrame, register: str, source: str, note: str, out: Path) -> None:
    """Write the counts as rows of the pack's table record_checks; a birth without a year is left to the words.

    Raises InputError where `out` exists, RunFailedError where it cannot be written.
    """
    if out.exists():
        raise InputError([Problem("records_out_exists", file=str(out))])
    known = checks[checks["year"] != NO_YEAR]
    frame = known.assign(register=register, status="derived", source=source, note=note)[PACK_TABLES["record_checks"].names()]
    try:
        put_file(out, frame.to_csv(index=False).encode())
    except OSError as error:
        raise explain(error, out.parent) from None


def checks_text(checks: pd.DataFrame, area: Area) -> str:
    """What was found in the whole county by year, then how complete and timely each township is, in classes of rates."""
    whole = checks[checks["township"] == ""]
    years = sorted(whole["year"].unique())
    titles = [text("cli.records.no_year") if year == NO_YEAR else str(year) for year in years]
    found = whole.pivot(index="check", columns="year", values="found")
    records = whole.drop_duplicates("year").set_index("year")["records"]
    rows = [[text("cli.records.check"), *titles], [text("cli.records.records"), *(number(records[year]) for year in years)]]
    rows += [
        [text(f"workbook.word.check.{check}"), *(number(found.loc[check, year]) for year in years)] for check in RECORD_CHECKS
    ]
    lines = aligned(rows)
    by_township = township_rates(checks, area)
    if by_township:
        heads = [text(f"cli.records.{name}") for name in ("township", "records", "complete", "timely")]
        lines += ["", text("cli.records.by_township"), *aligned([heads, *by_township])]
    return "\n".join([*lines, "", text("cli.records.hidden", threshold=area.disclosure_threshold)])


def township_rates(checks: pd.DataFrame, area: Area) -> list[list[str]]:
    """Of each township of the last year: its name, records, and the classes of its completeness and timeliness.

    Records under the threshold, and those that would give them away, are not shown; a class says less than a rate, from which a
    small count could be worked out.
    """
    known = checks[(checks["year"] != NO_YEAR) & (checks["township"] != "")]
    table = area.tables.get("townships")
    if known.empty or table is None:
        return []
    last = known[known["year"] == known["year"].max()]
    records = last.drop_duplicates("township").set_index("township")["records"]
    shown = suppressed(records.tolist(), area.disclosure_threshold)
    found = last.pivot(index="township", columns="check", values="found")
    names = dict(zip(table["code"], table["name"], strict=True))
    rows = []
    for township, count in zip(records.index, shown, strict=True):
        faults = [float(found.loc[township, check]) for check in ("missing_field", "late")]
        classes = ["" if count is None else rate_class(fault, count, area.disclosure_threshold) for fault in faults]
        told = [text(f"assessment.rate_class.{name}") if name else "–" for name in classes]
        rows.append([names[str(township)], "–" if count is None else number(count), *told])
    return rows


def _read(path: Path, area: Area, problems: list[Problem], notices: list[Problem]) -> pd.DataFrame | None:
    file = str(path)
    parts: dict[str, list[str]] = {name: [] for name in COLUMNS}
    for block in list_blocks(path, COLUMNS, problems, notices, exact=False):
        for name, cells in zip(block.names, block.cells, strict=True):
            if name is not None:
                parts[name].extend(cells)
        if (wrong := block.row_problem(file)) is not None:
            problems.append(wrong)
            break
    if not problems and not parts["id"]:
        problems.append(Problem("table_empty", file=file))
    if problems:
        return None
    frame = pd.DataFrame(parts, dtype="str")
    for name in FIELDS:
        column = _DATE if name in _DATES else _NUMBER if name == "order" else _TEXT
        frame[name] = frame[name].map({written: tidied(written, column) for written in frame[name].unique()})
    frame["order"] = frame["order"].replace(_ORDERS)
    frame["township"] = _townships(frame["township"], area, file, problems)
    return frame


def _townships(written: pd.Series, area: Area, file: str, problems: list[Problem]) -> pd.Series:
    """Codes for names and codes; a township that the pack does not know is a problem, for its records would be nobody's."""
    table = area.tables.get("townships")
    if table is None:
        return written.where(written == "", "")
    codes = {str(code): str(code) for code in table["code"]}
    codes |= {str(name): str(code) for name, code in zip(table["name"], table["code"], strict=True)} | {"": ""}
    for unknown in sorted(set(written) - set(codes)):
        given = {"found": unknown[:20], "nearest": nearest(unknown, [str(name) for name in table["name"]])}
        problems.append(Problem("township_unknown", given, file=file, column="township"))
    return written.map(codes)
