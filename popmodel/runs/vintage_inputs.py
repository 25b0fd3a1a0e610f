"""The inputs of a vintage as they were read, and the changes that lead from those of one to those of another, one by one.

A change is put into inputs held in memory: what is between two vintages never was a pack on disk.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from popmodel.areas import Area, load_area
from popmodel.areas.disclosure import TOWNSHIP_COUNTS
from popmodel.areas.filled import coverage_problems
from popmodel.areas.package import Identity
from popmodel.areas.packs import ASSUMPTIONS
from popmodel.areas.reference import reference_folder
from popmodel.areas.schemas import PACK_TABLES, REFERENCE_TABLES, Table
from popmodel.areas.schemes import DeclaredScheme
from popmodel.assessment.money_bridge import MONEY_STEPS
from popmodel.chain import RULE_FILES, key_figures
from popmodel.messages import InputError, Problem, text
from popmodel.parameters import Assumption, AssumptionBook, DatedParameter, Rules, read_parameters, rule_parameters, use_rules
from popmodel.projection import launch, project_from
from popmodel.reports.chapters.assumptions import shown_value
from popmodel.runs.publish import safe_output
from popmodel.runs.vintages import Vintage, as_figures
from popmodel.scenarios import PAYERS, PRICES, Scenario, find_scenario

# Tables that contradict each other when only one of them is exchanged.
CENSUS = ("census_population", "census_totals", "group_quarters")
_BOUNDARY, _POLICY = ("townships", "code_changes"), ("targets",)
_PROVENANCE = ("status", "source", "note")
_MOST_SHOWN = 3


@dataclass(frozen=True)
class Inputs:
    """All a forecast is reckoned from: the area with its reference tables and assumptions, the scenario, dated parameters."""

    area: Area
    scenario: Scenario
    rules: Rules

    def figures(self, to: int) -> pd.Series:
        """The key figures to the year `to`, by (quantity, year), as today's code has them; raises InputError."""
        area = self.area
        identity = Identity(area.code, area.names, area.province, area.prefecture, area.disclosure_threshold)
        if problems := coverage_problems(identity, area.tables, area.reference, "pack"):
            raise InputError(problems)
        with use_rules(self.rules):
            return as_figures(key_figures(project_from(launch(area), self.scenario, to)))


@dataclass(frozen=True)
class Change:
    """One change on the way: its step, what it is of, what changed in words (the language in force), and how it is put in.

    heading: what it is to a budget, of assessment.money_bridge.MONEY_STEPS.
    """

    step: str
    item: str
    notes: Sequence[str]
    put_into: Callable[[Inputs], Inputs]
    heading: str


def read_inputs(vintage: Vintage) -> tuple[Inputs, list[str]]:
    """The inputs of a vintage, and what it lacks because newer code asks for it, taken from what comes with popmodel today.

    Raises InputError with everything in them that the version at work cannot read.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with zipfile.ZipFile(vintage.inputs) as archive:
            for name in archive.namelist():
                path = safe_output(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))
        added = _add_tables(folder / "reference")
        try:
            area = load_area(folder / "pack", reference=folder / "reference")
            rules = {path.stem: read_parameters(path) for path in sorted((folder / "rules").glob("*.yaml"))}
            inputs = Inputs(area, find_scenario(area.scenarios, vintage.scenario), rules)
        except InputError as error:
            raise InputError([Problem("vintage_inputs_unread", file=str(vintage.inputs)), *_inside(folder, error)]) from error
    return _with_needs(inputs, added)


def changes_between(old: Inputs, new: Inputs) -> list[Change]:
    """Everything in which `new` differs from `old`, in the order in which it is put in: data, boundary, parameters, policy.

    A change of the census tables belongs to the boundary where the area's code or townships changed and the censuses did not.
    """
    moved = _area_moved(old.area, new.area)
    restated = moved and _census_dates(old.area) == _census_dates(new.area)
    own = [name for name in PACK_TABLES if name not in (*CENSUS, *_BOUNDARY, *_POLICY)]
    reference = [name for name in REFERENCE_TABLES if name not in (*CENSUS, *_BOUNDARY)]
    found = [
        None if restated else _tables("data", "pack", CENSUS, old, new),
        *(_tables("data", "pack", (name,), old, new) for name in own),
        _tables("data", "reference", CENSUS, old, new),
        *(_tables("data", "reference", (name,), old, new) for name in reference),
        _territory(old.area, new.area, CENSUS if restated else ()),
        _tables("boundary", "reference", ("code_changes",), old, new),
        *_assumptions(old.area.assumptions, new.area.assumptions),
        *_scenario(old, new),
        _tables("policy", "pack", _POLICY, old, new),
        *_rules(old.rules, new.rules),
        *_schemes(old.area, new.area),
    ]
    return [change for change in found if change is not None]


def _add_tables(reference: Path) -> list[str]:
    """Copy the reference tables that are not there from those that come with popmodel; what was copied, in words."""
    names = [name for name, table in REFERENCE_TABLES.items() if not (reference / table.file).exists()]
    for name in names:
        shutil.copy(reference_folder() / REFERENCE_TABLES[name].file, reference)
    return [text("bridge.note.needed_table", table=text(f"areas.table.{name}")) for name in names]


def _with_needs(inputs: Inputs, notes: Sequence[str]) -> tuple[Inputs, list[str]]:
    """The inputs with the assumptions and dated parameters of today that they do not have, and `notes` with these."""
    book, found = inputs.area.assumptions, list(notes)
    entries = [entry for entry in AssumptionBook.from_files([reference_folder() / ASSUMPTIONS]) if entry.key not in book]
    found += [text("bridge.note.needed", key=entry.key, title=entry.title(), value=shown_value(entry.value)) for entry in entries]
    rules = {stem: dict(parameters) for stem, parameters in inputs.rules.items()}
    for stem, name, parameter in _parameters({path.stem: rule_parameters(path) for path in RULE_FILES}):
        if name not in rules.setdefault(stem, {}):
            rules[stem][name] = parameter
            found.append(text("bridge.note.needed", key=f"{stem}.{name}", title=parameter.title(), value=_dated(parameter)))
    area = replace(inputs.area, assumptions=AssumptionBook([*book, *entries], book.notices))
    return replace(inputs, area=area, rules=rules), found


def _inside(folder: Path, error: InputError) -> list[Problem]:
    """The problems with their files as they are called in the zip: the folder it was unpacked into means nothing to a reader."""
    return [replace(one, file=str(Path(one.file).relative_to(folder)) if one.file else None) for one in error.problems]


def _area_moved(old: Area, new: Area) -> bool:
    """Whether the area has another code or other townships."""
    codes = [set(area.tables["townships"]["code"]) if "townships" in area.tables else None for area in (old, new)]
    return old.code != new.code or (None not in codes and codes[0] != codes[1])


def _census_dates(area: Area) -> set[Any]:
    return set(area.tables["census_population"]["date"])


def _tables(step: str, kind: str, names: Sequence[str], old: Inputs, new: Inputs) -> Change | None:
    """The change of some tables of the `pack` or the `reference` data, together."""
    before, after = (_of_kind(inputs.area, kind) for inputs in (old, new))
    schemas = PACK_TABLES if kind == "pack" else REFERENCE_TABLES
    notes = [note for name in names if name in schemas for note in _table_notes(before.get(name), after.get(name), schemas[name])]
    if not notes:
        return None

    def put_into(inputs: Inputs) -> Inputs:
        kept = {name: table for name, table in _of_kind(inputs.area, kind).items() if name not in names}
        tables = kept | {name: after[name] for name in names if name in after}
        if kind == "pack":
            return replace(inputs, area=replace(inputs.area, tables=tables))
        return replace(inputs, area=replace(inputs.area, reference=replace(inputs.area.reference, tables=tables)))

    return Change(step, f"{kind}.{names[0]}", notes, put_into, "policy" if step == "policy" else "data")


def _of_kind(area: Area, kind: str) -> Mapping[str, pd.DataFrame]:
    return area.tables if kind == "pack" else area.reference.tables


def _territory(old: Area, new: Area, with_tables: Sequence[str]) -> Change | None:
    """The area's code, province and prefecture and its townships, with the tables that were restated for them."""
    notes = [
        text("bridge.note.identity", field=text(f"bridge.identity.{field}"), old=before or "–", new=after or "–")
        for field in ("code", "province", "prefecture")
        if (before := getattr(old, field)) != (after := getattr(new, field))
    ]
    exchanged = ("townships", *with_tables)
    for name in exchanged:
        notes += _table_notes(old.tables.get(name), new.tables.get(name), PACK_TABLES[name])
    if not notes:
        return None

    def put_into(inputs: Inputs) -> Inputs:
        kept = {name: table for name, table in inputs.area.tables.items() if name not in exchanged}
        tables = kept | {name: new.tables[name] for name in exchanged if name in new.tables}
        identity = {field: getattr(new, field) for field in ("code", "names", "province", "prefecture")}
        return replace(inputs, area=replace(inputs.area, tables=tables, **identity))

    return Change("boundary", "area", notes, put_into, "data")


def _assumptions(old: AssumptionBook, new: AssumptionBook) -> Iterator[Change]:
    for entry in new:
        before = old[entry.key].value if entry.key in old else None
        if before != entry.value:
            written = "–" if before is None else shown_value(before)
            note = _moved(entry.key, entry.title(), written, shown_value(entry.value))
            yield Change("parameters", entry.key, [note], _put_assumption(entry), _heading_of(entry.key))


def _put_assumption(entry: Assumption) -> Callable[[Inputs], Inputs]:
    def put_into(inputs: Inputs) -> Inputs:
        book = inputs.area.assumptions
        others = [one for one in book if one.key != entry.key]
        return replace(inputs, area=replace(inputs.area, assumptions=AssumptionBook([*others, entry], book.notices)))

    return put_into


def _scenario(old: Inputs, new: Inputs) -> Iterator[Change]:
    """The change of the scenario: what it does to people, and what it does to prices and payers, each by itself."""
    before, after = old.scenario, new.scenario
    if before.key == after.key and before.changes == after.changes:
        return
    notes: dict[str, list[str]] = {}
    changes = dict(before.changes)
    for key in dict.fromkeys([*before.changes, *after.changes]):
        written = [shown_value(one.changes[key]) if key in one.changes else text("bridge.as_the_book") for one in (before, after)]
        if written[0] != written[1]:
            book = new.area.assumptions if key in new.area.assumptions else old.area.assumptions
            notes.setdefault(_heading_of(key), []).append(_moved(key, book[key].title(), *written))
    named = text("bridge.note.scenario", old=before.key, new=after.key)
    for heading in [one for one in MONEY_STEPS if one in notes] or ["people"]:
        others = {key: value for key, value in changes.items() if _heading_of(key) != heading}
        changes = others | {key: value for key, value in after.changes.items() if _heading_of(key) == heading}
        item = "scenario" if heading == "people" else f"scenario.{heading}"
        yield Change("policy", item, [named, *notes.get(heading, [])], _put_scenario(replace(after, changes=changes)), heading)


def _put_scenario(scenario: Scenario) -> Callable[[Inputs], Inputs]:
    return lambda inputs: replace(inputs, scenario=scenario)


def _heading_of(key: str) -> str:
    """What an assumption is to a budget: who pays is policy, the amount each is the price, all else moves people."""
    return "policy" if key.startswith(PAYERS) else "price" if key in PRICES else "people"


def _rules(old: Rules, new: Rules) -> Iterator[Change]:
    for stem, name, parameter in _parameters(new):
        before = old.get(stem, {}).get(name)
        if before is not None and _steps(before) != _steps(parameter):
            note = _moved(f"{stem}.{name}", parameter.title(), _dated(before), _dated(parameter))
            heading = "price" if parameter.values[0].unit.startswith("yuan") else "policy"
            yield Change("policy", f"{stem}.{name}", [note], _put_rule(stem, name, parameter), heading)


def _schemes(old: Area, new: Area) -> Iterator[Change]:
    """Schemes of a county's own that came, went or changed."""
    for key in dict.fromkeys([*old.schemes, *new.schemes]):
        before, after = old.schemes.get(key), new.schemes.get(key)
        shown = after or before
        if before != after and shown is not None:
            code = "changed" if before and after else "new" if after else "gone"
            title = shown.title()
            priced = before is not None and after is not None and before == replace(after, amount=before.amount)
            notes = [text(f"bridge.note.scheme_{code}", title=title)]
            yield Change("policy", f"scheme.{key}", notes, _put_scheme(key, after), "price" if priced else "policy")


def _put_scheme(key: str, scheme: DeclaredScheme | None) -> Callable[[Inputs], Inputs]:
    def put_into(inputs: Inputs) -> Inputs:
        kept = {name: one for name, one in inputs.area.schemes.items() if name != key}
        schemes = kept if scheme is None else kept | {key: scheme}
        return replace(inputs, area=replace(inputs.area, schemes=schemes))

    return put_into


def _put_rule(stem: str, name: str, parameter: DatedParameter) -> Callable[[Inputs], Inputs]:
    def put_into(inputs: Inputs) -> Inputs:
        return replace(inputs, rules={**inputs.rules, stem: {**inputs.rules.get(stem, {}), name: parameter}})

    return put_into


def _parameters(rules: Rules) -> Iterator[tuple[str, str, DatedParameter]]:
    return ((stem, name, parameter) for stem, parameters in rules.items() for name, parameter in parameters.items())


def _steps(parameter: DatedParameter) -> list[tuple[Any, ...]]:
    return [(dated.start, dated.end, dated.value) for dated in parameter.values]


def _dated(parameter: DatedParameter) -> str:
    steps = ((f"{start:%Y-%m-%d}", value) for start, _, value in _steps(parameter))
    shown = (f"{start}: {f'{value:g}' if isinstance(value, float) else value}" for start, value in steps)
    return text("problems.where_separator").join(shown)


def _moved(key: str, title: str, old: str, new: str) -> str:
    return text("bridge.note.value", key=key, title=title, old=old, new=new)


def _table_notes(old: pd.DataFrame | None, new: pd.DataFrame | None, table: Table) -> list[str]:
    """What changed in a table, its sources and notes aside: rows that came or went, and the cells that have another value."""
    title = text(f"areas.table.{table.name}")
    if old is None:
        return [] if new is None else [text("bridge.note.table_new", table=title, rows=len(new))]
    if new is None:
        return [text("bridge.note.table_gone", table=title, rows=len(old))]
    if old.equals(new):
        return []
    before, after = _cells(old, table), _cells(new, table)
    added, removed = [key for key in after if key not in before], [key for key in before if key not in after]
    cells = [
        (key, column, before[key][column], value)
        for key, values in after.items()
        if key in before
        for column, value in values.items()
        if before[key][column] != value
    ]
    if not (added or removed or cells):
        return []
    notes = [text("bridge.note.table", table=title, added=len(added), removed=len(removed), cells=len(cells))]
    for code, keys in (("rows_added", added), ("rows_removed", removed)):
        if keys:
            listed = [", ".join(key) for key in keys[:_MOST_SHOWN]] + ["…"] * (len(keys) > _MOST_SHOWN)
            notes.append(text(f"bridge.note.{code}", keys=text("chapters.source.separator").join(listed)))
    for key, column, one, other in [] if table.name in TOWNSHIP_COUNTS else cells[:_MOST_SHOWN]:
        written = {"key": ", ".join(key), "column": text(f"areas.column.{column}"), "old": _written(one), "new": _written(other)}
        notes.append(text("bridge.note.cell", **written))
    return notes


def _cells(frame: pd.DataFrame, table: Table) -> dict[tuple[str, ...], dict[str, Any]]:
    """The cells of each row, by column as the file calls it, by the row's key; a missing one is None, money is in yuan."""
    plain = frame.astype(object).where(frame.notna(), None)
    for name in [str(name) for name in plain if str(name).endswith("_fen")]:
        plain[name.replace("_fen", "_yuan")] = plain.pop(name) / 100
    values = [str(name) for name in plain if name not in (*table.key, *_PROVENANCE)]
    rows = [{name: row[name] for name in values} for row in plain.to_dict("records")]
    keys = zip(*([_written(value) for value in plain[name]] for name in table.key), strict=True)
    return dict(zip(keys, rows, strict=True))


def _written(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:,.12g}" if isinstance(value, float) else str(value)
