"""Reads the tables a certificate is run on into complete grids, and says what is missing where one is not complete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from popmodel.assessment.certificate.check import IncompleteError
from popmodel.demography import Array

# A reason names this many missing rows; the rest are counted.
NAMED = 3


def read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """The table at `path` with at least `columns`. Raises IncompleteError when it is absent, unreadable or lacks one."""
    if not path.is_file():
        raise IncompleteError("file_missing", file=path.name)
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError, EOFError) as error:
        raise IncompleteError("file_unreadable", file=path.name, detail=str(error).splitlines()[0]) from error
    missing = [column for column in columns if column not in table]
    if missing:
        raise IncompleteError("columns_missing", file=path.name, columns=", ".join(missing))
    for column in ("country_code", "year", "age", "age_start"):
        if column in columns and not table[column].astype(str).str.contains(r"[-+]").any():
            table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


def rows_of(table: pd.DataFrame, file: str, country: int) -> pd.DataFrame:
    """The rows of `country`. Raises IncompleteError when there are none."""
    chosen = table[table["country_code"] == country]
    if chosen.empty:
        raise IncompleteError("country_missing", file=file)
    return chosen


def grid(rows: pd.DataFrame, file: str, index: Sequence[tuple[str, Sequence[Any]]], value: str) -> Array:
    """`value` of every combination of the `index` columns' wanted values, one axis a column.

    Raises IncompleteError naming the first combinations that are missing, empty, no number, or given twice.
    """
    names = [name for name, _ in index]
    wanted = pd.MultiIndex.from_product([list(values) for _, values in index], names=names)
    numbers = pd.to_numeric(rows[value], errors="coerce").to_numpy(dtype=float)
    series = pd.Series(numbers, index=pd.MultiIndex.from_frame(rows[names]))
    doubled = series.index[series.index.duplicated()].intersection(wanted)
    if len(doubled):
        raise IncompleteError("rows_twice", file=file, rows=_shown(names, doubled), count=len(doubled))
    series = series[~series.index.duplicated()].reindex(wanted)
    absent = wanted[~np.isfinite(series.to_numpy())]
    if len(absent):
        raise IncompleteError("rows_missing", file=file, column=value, rows=_shown(names, absent), count=len(absent))
    return series.to_numpy().reshape([len(values) for _, values in index])


def _shown(names: Sequence[str], rows: pd.Index) -> str:
    shown = ["/".join(str(part) for part in row) for row in rows[:NAMED]]
    return f"{'/'.join(names)} " + ", ".join(shown) + (" …" if len(rows) > NAMED else "")
