"""Building a working pack from a census county table; the new folder appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from popmodel.areas.census_table import (
    CODE_DIGITS,
    CensusRow,
    is_chinese,
    is_code,
    plain_name,
    prefecture_of,
    province_of,
    read_census_rows,
)
from popmodel.areas.package import FILE, package_content, package_text
from popmodel.areas.reference import load_reference
from popmodel.areas.schemas import PACK_TABLES, SEXES
from popmodel.areas.table_files import csv_text
from popmodel.areas.text_files import shown
from popmodel.messages import InputError, Problem, RunFailedError, text

DISCLOSURE_THRESHOLD = 10


def new_area(
    code: str, census_table: Path | str, name: str | None, out: Path | str, *, reference: Path | str | None = None
) -> Path:
    """Build the pack of area `code` from a census county table, in the new folder `out`/`code`; returns that folder.

    A Chinese `name` must be the table's name of that code (it guards against a slip in the code); any other is taken as the
    English name. Everything the table does not have is filled from the reference data when the pack is loaded.

    Raises InputError when the table is wrong, the code or name is not in it, or the folder exists; RunFailedError when it cannot
    be written. The folder appears whole or not at all.
    """
    folder, table = Path(out) / code, Path(census_table)
    problems: list[Problem] = []
    if not is_code(code):
        raise InputError([Problem("code_malformed", {"found": shown(code), "digits": CODE_DIGITS})])
    if os.path.lexists(folder):
        problems.append(Problem("out_exists", file=str(folder)))
    rows = read_census_rows(table, code, name, load_reference(reference), problems)
    if problems:
        raise InputError(problems)
    _write(_pack_files(code, name, rows, table.name), folder)
    return folder


def _pack_files(code: str, name: str | None, rows: Sequence[CensusRow], table: str) -> dict[str, str]:
    """File name → content of the pack."""
    chinese = plain_name(rows[-1].name)
    english = name.strip() if name and name.strip() and not is_chinese(name) else text("areas.unnamed", lang="en", code=code)
    names = {"zh": chinese, "en": english}
    identity = {
        "code": code,
        "names": names,
        "province": province_of(code),
        "prefecture": prefecture_of(code),
        "disclosure_threshold": DISCLOSURE_THRESHOLD,
    }
    tables = [PACK_TABLES["census_population"], PACK_TABLES["census_totals"]]
    contents = [_population_rows(rows, chinese, table), _total_rows(rows, chinese, table)]
    files = {one.file: csv_text(one, lines) for one, lines in zip(tables, contents, strict=True)}
    title = text("areas.pack_title", lang="zh", name=chinese)
    return files | {FILE: package_text(package_content(f"area-{code}", title, tables, identity))}


def _population_rows(rows: Sequence[CensusRow], name: str, table: str) -> Iterator[list[Any]]:
    for row in rows:
        source = text("areas.census_source", lang="zh", name=name, date=row.date, table=table)
        for sex in SEXES:
            for _, low, high, persons in sorted((group for group in row.groups if group[0] == sex), key=lambda group: group[1]):
                yield [row.date, sex, low, "" if high is None else high, persons, "observed", source, ""]


def _total_rows(rows: Sequence[CensusRow], name: str, table: str) -> Iterator[list[Any]]:
    for row in rows:
        source = text("areas.census_source", lang="zh", name=name, date=row.date, table=table)
        sums = {sex: sum(persons for one, *_, persons in row.groups if one == sex) for sex in SEXES}
        stated: list[tuple[str, int | None, str]] = [
            ("residents", row.total, ""),
            *((f"residents_{sex}", sums[sex], text("areas.summed_ages", lang="zh")) for sex in SEXES),
            ("urban_residents", row.urban, ""),
            ("rural_residents", None if row.urban is None else row.total - row.urban, text("areas.total_less_urban", lang="zh")),
            ("registered", row.registered, ""),
        ]
        for indicator, persons, note in stated:
            if persons is not None:
                yield [row.date, indicator, persons, "person", "derived" if note else "observed", source, note]


def _write(files: dict[str, str], folder: Path) -> None:
    """Write the files into a hidden folder beside `folder` and give it that name in one step."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)  # left by a killed process that had the same number
        partial.mkdir()
        for name, content in files.items():
            with open(partial / name, "w", encoding="utf-8", newline="") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        os.rename(partial, folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            shutil.rmtree(partial)
        raise RunFailedError("area_not_written", folder=folder, detail=error.strerror or str(error)) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
