"""Scenarios: named, small differences from the baseline, one YAML file each.

Every key must exist in the assumption book, be open to scenarios, and really change something.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from popmodel.messages import InputError, Problem, language, nearest
from popmodel.parameters import AssumptionBook, along
from popmodel.parameters.assumptions import kind_of, plain
from popmodel.parameters.fields import Fields
from popmodel.parameters.yaml_text import LinedMap, read_yaml, shown

MONEY = "subsidies."
# Of these what is paid each, and who pays; the others say to how many.
PRICES = ("subsidies.standards_factor", "subsidies.allowance_factor", "subsidies.allowance_county_supplement")
PAYERS = ("subsidies.payers_", "subsidies.special_support_explanation")

__all__ = ["Scenario", "find_scenario", "of_people", "read_scenario", "read_scenarios"]


@dataclass(frozen=True)
class Scenario:
    """A named set of changes to the assumption book; `key` is the name of its file. The baseline changes nothing."""

    key: str
    names: Mapping[str, str]
    descriptions: Mapping[str, str]
    changes: Mapping[str, Any]
    file: str
    baseline: bool = False

    def name(self, lang: str | None = None) -> str:
        return self.names[lang or language()]

    def description(self, lang: str | None = None) -> str:
        return self.descriptions[lang or language()]

    @property
    def changes_money_only(self) -> bool:
        """Whether it leaves people and places as they are: all it changes is what is paid."""
        return bool(self.changes) and all(key.startswith(MONEY) for key in self.changes)

    def apply(self, book: AssumptionBook) -> AssumptionBook:
        """The book with this scenario's values; raises InputError when the book does not take one of them."""
        return book.with_changes(self.changes)


def of_people(scenarios: Mapping[str, Scenario]) -> dict[str, Scenario]:
    """The scenarios that change people or places; those of money alone have the people of the baseline."""
    return {key: one for key, one in scenarios.items() if not one.changes_money_only}


def read_scenario(path: Path | str, book: AssumptionBook) -> Scenario:
    """Read and check one scenario against the book; raises InputError with every problem of the file."""
    path = Path(path)
    problems: list[Problem] = []
    content = read_yaml(path, problems, [])
    if not problems and not isinstance(content, LinedMap):
        problems.append(Problem("scenario_not_a_mapping", {"found": shown(content)}, file=str(path), line=1))
    if problems:
        raise InputError(problems)
    fields = Fields(content, path.stem, str(path), problems)
    fields.only(("name", "description", "changes", "baseline"))
    names, descriptions = fields.languages("name"), fields.languages("description")
    baseline = fields.flag("baseline")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", path.stem):
        problems.append(Problem("scenario_file_name", {"found": path.stem}, file=str(path)))
    changes = _changes(fields, baseline, book)
    if problems or names is None or descriptions is None:
        raise InputError(problems)
    return Scenario(path.stem, names, descriptions, changes, str(path), baseline)


def read_scenarios(folders: Iterable[Path | str], book: AssumptionBook) -> dict[str, Scenario]:
    """Every scenario of the folders (*.yaml; a folder may be missing), the baseline first.

    A later folder's file replaces an earlier one of the same name. Raises InputError with every problem of every file, and
    unless exactly one scenario is the baseline.
    """
    problems: list[Problem] = []
    found: dict[str, Scenario] = {}
    searched = [Path(folder) for folder in folders]
    for path in (path for folder in searched for path in sorted(folder.glob("*.yaml"))):
        try:
            found[path.stem] = read_scenario(path, book)
        except InputError as error:
            problems += error.problems
    baselines = [scenario.key for scenario in found.values() if scenario.baseline]
    if not problems and len(baselines) != 1:
        given = {"count": len(baselines), "found": ", ".join(baselines), "folders": ", ".join(map(str, searched))}
        problems.append(Problem("scenario_baseline_count", given))
    if problems:
        raise InputError(problems)
    return dict(sorted(found.items(), key=lambda item: not item[1].baseline))


def find_scenario(scenarios: Mapping[str, Scenario], key: str) -> Scenario:
    """The scenario of that name; raises InputError naming the nearest one."""
    if key not in scenarios:
        given = {"found": key, "nearest": nearest(key, scenarios), "known": ", ".join(scenarios)}
        raise InputError([Problem("scenario_unknown", given)])
    return scenarios[key]


def _changes(fields: Fields, baseline: bool, book: AssumptionBook) -> dict[str, Any]:
    raw = fields.raw.get("changes")
    if raw is not None and not isinstance(raw, LinedMap):
        fields.add("scenario_not_a_mapping", "changes", found=shown(raw))
        return {}
    if baseline:
        if raw:
            fields.add("scenario_baseline_changes", "changes", found=", ".join(map(str, raw)))
        return {}
    if not raw:
        fields.add("scenario_changes_nothing", "changes")
        return {}
    for key, value in raw.items():
        fields.problems += _change_problems(str(key), value, book, fields.file, raw.lines[key])
    return {} if fields.problems else {str(key): plain(value) for key, value in raw.items()}


def _change_problems(key: str, value: Any, book: AssumptionBook, file: str, line: int) -> list[Problem]:
    if key in book and not book[key].scenario:
        open_keys = [entry.key for entry in book if entry.scenario]
        given = {"key": key, "nearest": nearest(key, open_keys)}
        return [Problem("scenario_key_closed", given, file=file, line=line)]
    problems = book.change_problems(key, value, file=file, line=line)
    if not problems and _same(book[key].value, value):
        problems = [Problem("scenario_same_value", {"key": key, "found": shown(value)}, file=file, line=line)]
    return problems


def _same(old: Any, new: Any) -> bool:
    if kind_of(new) not in ("number", "path"):
        return bool(old == plain(new))
    years = [year for value in (old, new) if isinstance(value, Mapping) for year in value] or [0]
    return bool(np.allclose(along(old, np.array(years, float)), along(new, np.array(years, float)), rtol=1e-12, atol=0))
