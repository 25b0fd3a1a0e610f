"""From a folder of tables to a History: the areas and years on one grid, in the finest age groups they all can be given in."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from popmodel.areas.checks import ladder_findings
from popmodel.areas.schemas import SEXES
from popmodel.areas.table_files import limited
from popmodel.areas.text_files import shown
from popmodel.assessment.backtest.launches import MINIMUM_YEARS, launch_years
from popmodel.assessment.backtest.tables import (
    BIRTHS,
    DEATHS,
    FERTILITY,
    MORTALITY,
    MOVES,
    NET_MIGRATION,
    POPULATION,
    SetTable,
    find_file,
    read_set_table,
)
from popmodel.demography import Array
from popmodel.forecast.history import OPEN_AGE, AgeTable, History, IntArray
from popmodel.messages import InputError, Problem

_TABLES = {
    "population": (POPULATION,),
    "births": (BIRTHS,),
    "fertility": (FERTILITY,),
    "deaths": (DEATHS,),
    "mortality": (MORTALITY,),
    "migration": (NET_MIGRATION, MOVES),
}


# The ages at which women bear must be told from those above them.
YOUNGEST_OPEN_AGE = 50


def read_set(folder: Path) -> History:
    """The history in a folder with `population.csv[.gz]` and any of births, fertility, deaths, mortality and migration.

    Groups that change over the years are put together into the finest that all years and areas have. Raises InputError with
    every problem of every file: what cannot be read, wrong columns or cells, rows given twice, age groups that overlap or leave
    gaps, a sex that is missing, gaps in the years, one area only, an open group that begins below 50, too few years to launch a
    forecast and see what came.
    """
    problems: list[Problem] = []
    if not folder.is_dir():
        raise InputError([Problem("set_no_folder", file=str(folder))])
    read: dict[str, SetTable] = {}
    for name, choices in _TABLES.items():
        path = find_file(folder, name, problems)
        if path is None and name == "population":
            problems.append(Problem("file_missing", {"folder": folder}, file=str(folder / "population.csv.gz")))
        table = read_set_table(path, choices, problems) if path is not None else None
        if table is not None:
            read[name] = table
    if "population" in read:
        problems += limited(_population_problems(read["population"]), read["population"].file)
        known = set(read["population"].frame["area"])
        for name in set(read) - {"population"}:
            problems += limited(_other_problems(read[name], known), read[name].file)
    if problems:
        raise InputError(problems)
    history = _history(read)
    if history.age_lo[-1] < YOUNGEST_OPEN_AGE:
        given = {"found": int(history.age_lo[-1]), "expected": YOUNGEST_OPEN_AGE}
        raise InputError([Problem("set_open_age_low", given, file=read["population"].file)])
    if not launch_years(history):
        raise InputError([Problem("set_no_launch", {"expected": MINIMUM_YEARS}, file=str(folder))])
    return history


def set_files(folder: Path) -> list[Path]:
    """The files of a set that `read_set` reads."""
    return [path for name in _TABLES if (path := find_file(folder, name, [])) is not None]


def _history(read: dict[str, SetTable]) -> History:
    people = read["population"].frame
    areas = tuple(sorted(set(people["area"])))
    years = np.arange(int(people["year"].min()), int(people["year"].max()) + 1)
    bounds = _common_bounds(people, ["area", "year", "sex"])
    tables: dict[str, AgeTable | None] = dict.fromkeys(("births", "fertility", "deaths", "mortality", "net_migration"))
    for name, table in read.items():
        if name != "population":
            tables["net_migration" if name == "migration" else name] = _age_table(table, areas)
    return History(
        areas=areas,
        years=years,
        age_lo=bounds[:-1],
        age_hi=bounds[1:] - 1,
        population=_grid(people, "population", areas, years, bounds),
        **tables,
    )


def _age_table(table: SetTable, areas: tuple[str, ...]) -> AgeTable:
    frame = table.frame.rename(columns={"mother_age_lo": "age_lo", "mother_age_hi": "age_hi"})
    value = table.table.columns[-1].name
    if table.table is MOVES:
        frame, value = frame.assign(net=frame["in"] - frame["out"]), "net"
    if "age" in frame:
        oldest = frame["age"].max() if "sex" in frame else np.nan  # the last age of a table of death rates is open
        frame = frame.assign(age_lo=frame["age"], age_hi=frame["age"].where(frame["age"] != oldest))
    years = np.arange(int(frame["year"].min()), int(frame["year"].max()) + 1)
    bounds = _common_bounds(frame, [name for name in ("area", "year", "sex") if name in frame])
    return AgeTable(years, bounds[:-1], bounds[1:] - 1, _grid(frame, value, areas, years, bounds))


def _common_bounds(frame: pd.DataFrame, distribution: list[str]) -> IntArray:
    """The lowest ages that are a bound in every distribution by age, and after them the first age above the last group."""
    given = frame.drop_duplicates(["year", "age_lo", "age_hi", *distribution])
    sets = given.groupby(distribution).ngroup()
    ends = given["age_hi"].fillna(OPEN_AGE) + 1
    bounds = pd.DataFrame({"bound": np.r_[given["age_lo"], ends], "of": np.r_[sets, sets]}).drop_duplicates()
    counted = bounds["bound"].value_counts()
    return np.sort(counted.index[counted == sets.nunique()].to_numpy()).astype(np.int64)


def _grid(frame: pd.DataFrame, value: str, areas: tuple[str, ...], years: IntArray, bounds: IntArray) -> Array:
    """The values summed into the groups between the bounds, (area, year[, sex], age); NaN where an area-year has no row."""
    inside = frame[(frame["age_lo"] >= bounds[0]) & (frame["age_lo"] < bounds[-1])]
    area = pd.Index(areas).get_indexer(inside["area"])
    year = inside["year"].to_numpy().astype(int) - years[0]
    group = np.searchsorted(bounds, inside["age_lo"], side="right") - 1
    place: tuple[Any, ...] = (area, year, group)
    shape: tuple[int, ...] = (len(areas), len(years), len(bounds) - 1)
    if "sex" in frame:
        place = (area, year, (inside["sex"] == SEXES[1]).to_numpy().astype(int), group)
        shape = (len(areas), len(years), len(SEXES), len(bounds) - 1)
    cells, rows = np.zeros(shape), np.zeros(shape)
    np.add.at(cells, place, inside[value].to_numpy())
    np.add.at(rows, place, 1)
    return np.where(rows > 0, cells, np.nan)


def _population_problems(table: SetTable) -> list[Problem]:
    frame = table.frame
    problems = _ladder_problems(table, "age_lo", "age_hi", ["area", "year", "sex"])
    problems += _sex_problems(table) + _gaps(table)
    first = frame.groupby("area")["year"].agg(["min", "max"])
    if len(first) < 2:
        problems.append(Problem("set_one_area", {"area": shown(first.index[0])}, file=table.file))
    longest = int((first["max"] - first["min"]).max()) + 1
    if longest < MINIMUM_YEARS + 1:
        problems.append(Problem("set_too_short", {"found": longest, "expected": MINIMUM_YEARS + 1}, file=table.file))
    return problems


def _other_problems(table: SetTable, known: set[str]) -> list[Problem]:
    frame = table.frame
    problems = []
    for area in sorted(set(frame["area"]) - known):
        first = int(np.flatnonzero(frame["area"] == area)[0])
        problems.append(table.problem("set_area_unknown", first, "area", area=shown(area)))
    if "age" in frame:
        ages = sorted({int(age) for age in frame["age"]})
        for lower, upper in pairwise(ages):
            if upper > lower + 1:
                given = {"which": table.table.name, "first": lower + 1, "last": upper - 1}
                problems.append(Problem("age_gap", given, file=table.file, column="age"))
    for low, high in (("age_lo", "age_hi"), ("mother_age_lo", "mother_age_hi")):
        for row in np.flatnonzero(frame[high] < frame[low]).tolist() if low in frame else ():
            given = {
                "which": shown(frame["area"].iloc[row]),
                "low": int(frame[low].iloc[row]),
                "high": int(frame[high].iloc[row]),
            }
            problems.append(Problem("age_group_reversed", given, file=table.file, line=table.lines[row], column=low))
    return problems


def _ladder_problems(table: SetTable, low: str, high: str, distribution: list[str]) -> list[Problem]:
    """Gaps and overlaps of the age groups; each ladder that occurs is looked at once, and told where it occurs first."""
    ordered = table.frame.sort_values([*distribution, low])
    number = ordered.groupby(distribution, sort=False).ngroup().to_numpy()
    starts = np.r_[0, np.flatnonzero(np.diff(number)) + 1, len(ordered)]
    lows, highs = ordered[low].to_numpy(), ordered[high].to_numpy()
    seen: set[bytes] = set()
    problems = []
    for start, end in pairwise(starts):
        ladder = lows[start:end].tobytes() + highs[start:end].tobytes()
        if ladder in seen:
            continue
        seen.add(ladder)
        groups = [(int(a), None if np.isnan(b) else int(b)) for a, b in zip(lows[start:end], highs[start:end], strict=True)]
        which = ", ".join(_written(value) for value in ordered[distribution].iloc[start])
        for position, code, column, given in ladder_findings(groups):
            row = int(ordered.index[start + position])
            problems.append(table.problem(code, row, column, which=which, **given))
    return problems


def _sex_problems(table: SetTable) -> list[Problem]:
    first = table.frame.drop_duplicates(["area", "year", "sex"])
    alone = first[~first.duplicated(["area", "year"], keep=False)]
    problems = []
    for row, area, year, sex in alone[["area", "year", "sex"]].itertuples(name=None):
        other = SEXES[1 - SEXES.index(sex)]
        problems.append(table.problem("sex_missing", int(row), "sex", which=f"{shown(area)}, {int(year)}", expected=other))
    return problems


def _gaps(table: SetTable) -> list[Problem]:
    problems = []
    for area, years in table.frame.groupby("area")["year"].unique().items():
        found = sorted(int(year) for year in years)
        missing = sorted(set(range(found[0], found[-1] + 1)) - set(found))
        if missing:
            given = {"area": shown(area), "missing": ", ".join(map(str, missing[:10])) + (" …" if len(missing) > 10 else "")}
            problems.append(Problem("set_years_missing", given, file=table.file))
    return problems


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else shown(value)
