"""The reference data: national and provincial tables that stand in for what a county's pack does not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from popmodel.areas.checks import table_problems
from popmodel.areas.package import read_package, resource_problems
from popmodel.areas.schemas import REFERENCE_TABLES
from popmodel.areas.table_files import ReadTable, data_frame, read_table
from popmodel.messages import InputError, Problem, language
from popmodel.shipped import shipped

COUNTRY = "100000"


@dataclass(frozen=True, eq=False)
class Reference:
    """The tables of a reference folder, typed and checked; `names`: the areas they cover, by code and language.

    One is equal to itself only, so that what is derived from its tables can be remembered by it; they do not change.
    """

    folder: Path
    tables: Mapping[str, pd.DataFrame]
    names: Mapping[str, Mapping[str, str]]

    def name(self, code: str, lang: str | None = None) -> str:
        """The name of an area the tables cover, else its code."""
        return self.names.get(code, {}).get(lang or language(), code)


def reference_folder() -> Path:
    """The reference data that come with popmodel."""
    return shipped("data") / "reference"


def load_reference(folder: Path | str | None = None) -> Reference:
    """Read and check a reference folder (default: the one that comes with popmodel).

    Raises InputError with every problem of every table.
    """
    folder = reference_folder() if folder is None else Path(folder)
    problems: list[Problem] = []
    notices: list[Problem] = []
    content = read_package(folder, problems, notices) or {}
    problems += resource_problems(content, folder, REFERENCE_TABLES, notices)
    read: dict[str, ReadTable] = {}
    for name, table in REFERENCE_TABLES.items():
        typed = read_table(folder / table.file, folder, table, problems, notices)
        if typed is not None:
            read[name] = typed
    problems += table_problems(read, notices)
    if problems:
        raise InputError(problems)
    own = content.get("popmodel")
    names = own.get("names", {}) if isinstance(own, dict) else {}
    return Reference(folder, {name: data_frame(typed, REFERENCE_TABLES[name]) for name, typed in read.items()}, names)
