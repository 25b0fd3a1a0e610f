"""An area pack as the model sees it: tables, assumptions and scenarios of one county, with what it lacks filled and listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from popmodel.areas.boundaries import FILE as BOUNDARIES
from popmodel.areas.boundaries import Rings, read_boundaries
from popmodel.areas.checks import table_problems
from popmodel.areas.facts import Facts, facts_of_tables
from popmodel.areas.filled import Filled, code_change_notices, coverage_problems, what_is_filled
from popmodel.areas.history import import_state, unfinished_problems
from popmodel.areas.package import FILE, read_identity, read_package, resource_problems
from popmodel.areas.reference import Reference, load_reference
from popmodel.areas.schemas import PACK_TABLES
from popmodel.areas.schemes import FOLDER as SCHEMES
from popmodel.areas.schemes import DeclaredScheme, read_schemes
from popmodel.areas.table_files import ReadTable, data_frame, read_table
from popmodel.areas.text_files import identity_problems, read_text
from popmodel.messages import InputError, Problem, language, nearest
from popmodel.parameters import AssumptionBook
from popmodel.scenarios import Scenario, read_scenarios

ASSUMPTIONS = "assumptions.yaml"


@dataclass(frozen=True)
class Area:
    """One county as it was read from its pack.

    `tables` and `reference.tables` hold DataFrames (see `table_files.data_frame` for their types); a table the pack does not have
    is not in `tables`. `filled` lists what the pack lacks, `notices` findings that are no errors; the book has its own.
    `schemes` are those the county declared itself, `boundaries` those of its townships by code, where it gave them.
    """

    code: str
    names: Mapping[str, str]
    folder: Path
    province: str
    prefecture: str | None
    tables: Mapping[str, pd.DataFrame]
    reference: Reference
    assumptions: AssumptionBook
    scenarios: Mapping[str, Scenario]
    filled: tuple[Filled, ...]
    notices: tuple[Problem, ...]
    disclosure_threshold: int
    schemes: Mapping[str, DeclaredScheme] = field(default_factory=dict)
    boundaries: Mapping[str, Rings] = field(default_factory=dict)

    def name(self, lang: str | None = None) -> str:
        """The area's name in `lang` (default: the language in force)."""
        return self.names[lang or language()]

    @cached_property
    def facts(self) -> Facts:
        """What a projection reads of the pack's own tables. Raises InputError where an event falls outside its censuses."""
        return facts_of_tables(self.code, self.prefecture, self.tables)


@dataclass(frozen=True)
class AreaCheck:
    """What a check of a pack found: `area` where nothing is wrong, else every problem; notices in either case."""

    area: Area | None
    problems: tuple[Problem, ...]
    notices: tuple[Problem, ...]

    @property
    def filled(self) -> tuple[Filled, ...]:
        """What the pack lacks; empty where it could not be read."""
        return self.area.filled if self.area else ()


def load_area(folder: Path | str, *, reference: Path | str | None = None) -> Area:
    """Read and check an area pack; `reference` is another reference folder than the one that comes with popmodel.

    Raises InputError with every problem of the pack and of the reference data.

    >>> load_area("data/xichuan").code
    '411326'
    """
    found = check_area(folder, reference=reference)
    if found.area is None:
        raise InputError(found.problems)
    return found.area


def check_area(folder: Path | str, *, reference: Reference | Path | str | None = None) -> AreaCheck:
    """Check an area pack as `load_area` reads it, without raising for what is wrong; the reference data may be read already."""
    problems: list[Problem] = []
    notices: list[Problem] = []
    folder = Path(folder)
    area = None
    if not folder.is_dir():
        problems.append(Problem("pack_missing", file=str(folder)))
    else:
        state = import_state(folder)
        problems += unfinished_problems(folder)
        if not problems:
            area = _read(folder, reference, problems, notices)
            problems += unfinished_problems(folder, state)
    return AreaCheck(area if not problems else None, tuple(problems), tuple(notices))


def reference_assumptions(reference: Reference) -> tuple[AssumptionBook, Mapping[str, Scenario]]:
    """The assumption book and the scenarios of an area that has none of its own. Raises InputError as `load_area`."""
    book = AssumptionBook.from_files([reference.folder / ASSUMPTIONS])
    return book, read_scenarios([reference.folder / "scenarios"], book)


def _read(folder: Path, reference: Reference | Path | str | None, problems: list[Problem], notices: list[Problem]) -> Area | None:
    content = read_package(folder, problems, notices)
    identity = read_identity(content, folder, problems) if content is not None else None
    if content is not None:
        problems += resource_problems(content, folder, PACK_TABLES, notices)
    read = _read_tables(folder, problems, notices)
    problems += table_problems(read, notices, code=identity.code if identity else None)
    base = _reference(reference, problems)
    book, scenarios = _assumptions(folder, base, problems) if base else (None, {})
    schemes = _schemes(folder, problems, notices)
    codes = [code for _, (code,) in read["townships"].rows("code")] if "townships" in read else []
    boundaries = read_boundaries(folder, codes, problems, notices)
    notices += _unread_files(folder)
    if problems or identity is None or base is None or book is None:
        return None
    tables = {name: data_frame(typed, PACK_TABLES[name]) for name, typed in read.items()}
    problems += coverage_problems(identity, tables, base, str(folder))
    if problems:
        return None
    notices += code_change_notices(identity, tables, base, str(folder))
    return Area(
        **vars(identity),
        folder=folder,
        tables=tables,
        reference=base,
        assumptions=book,
        scenarios=scenarios,
        schemes=schemes,
        boundaries=boundaries,
        filled=what_is_filled(identity, tables, base, own_assumptions=(folder / ASSUMPTIONS).exists()),
        notices=tuple(notices),
    )


def _read_tables(folder: Path, problems: list[Problem], notices: list[Problem]) -> dict[str, ReadTable]:
    read = {}
    for name, table in PACK_TABLES.items():
        path = folder / table.file
        if table.required or path.exists() or path.is_symlink():
            typed = read_table(path, folder, table, problems, notices)
            if typed is not None:
                read[name] = typed
    return read


def _reference(folder: Reference | Path | str | None, problems: list[Problem]) -> Reference | None:
    if isinstance(folder, Reference):
        return folder
    try:
        return load_reference(folder)
    except InputError as error:
        problems += error.problems
        return None


def _assumptions(
    folder: Path, reference: Reference, problems: list[Problem]
) -> tuple[AssumptionBook | None, dict[str, Scenario]]:
    """The assumption book and the scenarios over it: those of the reference data, with the pack's own laid over them."""
    own = [path for path in (folder / ASSUMPTIONS, *sorted((folder / "scenarios").glob("*.yaml"))) if path.exists()]
    before = len(problems)
    for path in own:
        written = read_text(path, folder, problems, [])  # the book gives the notice of its encoding itself
        problems += identity_problems(written, path) if written is not None else []
    if len(problems) > before:
        return None, {}
    try:
        book = AssumptionBook.from_files([reference.folder / ASSUMPTIONS, *(path for path in own if path.name == ASSUMPTIONS)])
        return book, dict(read_scenarios([reference.folder / "scenarios", folder / "scenarios"], book))
    except InputError as error:
        problems += error.problems
        return None, {}


def _schemes(folder: Path, problems: list[Problem], notices: list[Problem]) -> dict[str, DeclaredScheme]:
    before = len(problems)
    for path in sorted((folder / SCHEMES).glob("*.yaml")):
        written = read_text(path, folder, problems, [])
        problems += identity_problems(written, path) if written is not None else []
    return read_schemes(folder, problems, notices) if len(problems) == before else {}


def _unread_files(folder: Path) -> list[Problem]:
    """Files that look like tables of the pack but are not read, so that a slip in a name does not go unnoticed."""
    known = [table.file for table in PACK_TABLES.values()] + [ASSUMPTIONS, BOUNDARIES, FILE]
    return [
        Problem("file_unread", {"found": path.name, "nearest": nearest(path.name.lower(), known)}, file=str(folder))
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in (".csv", ".yaml", ".yml", ".xlsx", ".xls", ".json", ".geojson") and path.name not in known
    ]
