"""Dated parameters: the standards of a rule, each with the document it comes from and the date it holds from.

The YAML stands beside the rule that uses it: `rules/rural_family_reward.yaml` beside `rules/rural_family_reward.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from popmodel.messages import InputError, Problem, language
from popmodel.parameters.fields import Fields
from popmodel.parameters.yaml_text import LinedMap, read_yaml, shown

# What a value may be counted in; the names printed are in the catalogue, `parameters.unit`.
UNITS = (
    "yuan_per_person_year", "yuan_per_person_month", "yuan_per_child_year", "yuan_per_child_month", "yuan_per_household_year",
    "yuan_per_household_month", "persons_per_household", "children", "years_of_age", "years", "months", "multiple", "switch",
    "share", "date", "grade", "places_per_1000_people",
)  # fmt: skip
DATE_UNIT = "date"

_FIELDS = ("value", "unit", "from", "to", "document", "paragraph", "source", "status", "checked", "review_by")


@dataclass(frozen=True)
class DatedValue:
    """One value of a parameter, in one of UNITS: a number, or a day where the unit is `date`.

    It holds from `start` to `end`, both included; without an end to the day before the next one's start, the last for good.
    """

    value: float | date
    unit: str
    start: date
    end: date | None
    document: str
    paragraph: str
    source: str
    status: str
    checked: date
    review_by: date


@dataclass(frozen=True)
class DatedParameter:
    """A parameter of a rule and its values in the order of their dates."""

    name: str
    titles: Mapping[str, str]
    values: tuple[DatedValue, ...]
    file: str = field(compare=False)

    def title(self, lang: str | None = None) -> str:
        return self.titles[lang or language()]

    def at(self, day: date) -> float:
        """The number in force on `day`; raises InputError for a day outside its dates, TypeError for a parameter of days."""
        value = self.in_force(day).value
        if isinstance(value, date):
            raise TypeError(f"{self.name} is a day, not a number")
        return value

    def day_at(self, day: date) -> date:
        """The day in force on `day`, of a parameter whose unit is `date`; raises InputError and TypeError as `at`."""
        value = self.in_force(day).value
        if not isinstance(value, date):
            raise TypeError(f"{self.name} is a number, not a day")
        return value

    def in_force(self, day: date) -> DatedValue:
        """The dated value in force on `day`, with its document and source; raises InputError for a day outside its dates."""
        held = [dated for dated in self.values if dated.start <= day]
        if held and (held[-1].end is None or day <= held[-1].end):
            return held[-1]
        given = {"name": self.title(), "day": day.isoformat(), "first": self.values[0].start.isoformat()}
        if not held:
            raise InputError([Problem("parameter_outside_dates", given, file=self.file)])
        raise InputError([Problem("parameter_ended", {**given, "last": str(held[-1].end)}, file=self.file)])

    def overdue(self, on: date) -> list[DatedValue]:
        """The values still in force on `on` whose `review_by` lies before it; superseded ones need no review."""
        return [dated for dated in self.values[-1:] if dated.review_by < on]


# Dated parameters by the stem of their file and their name.
Rules: TypeAlias = Mapping[str, Mapping[str, DatedParameter]]
_in_place: ContextVar[Rules | None] = ContextVar("rules", default=None)


def read_parameters(path: Path | str) -> dict[str, DatedParameter]:
    """The parameters of one YAML file, {name: {title, values: [...]}}; raises InputError with every problem."""
    path = Path(path)
    problems: list[Problem] = []
    content = read_yaml(path, problems, [])
    if not problems and not isinstance(content, LinedMap):
        problems.append(Problem("parameters_not_a_mapping", {"found": shown(content)}, file=str(path), line=1))
    if problems:
        raise InputError(problems)
    read = {name: parameter_from(str(name), raw, str(path), content.lines[name], problems) for name, raw in content.items()}
    if problems:
        raise InputError(problems)
    return {name: parameter for name, parameter in read.items() if parameter is not None}


def rule_parameters(path: Path) -> Mapping[str, DatedParameter]:
    """The dated parameters in the file beside a rule's code, or those that `use_rules` puts in its place.

    Raises InputError as `read_parameters`.
    """
    in_place = _in_place.get() or {}
    return in_place[path.stem] if path.stem in in_place else _beside_the_code(path)


@contextmanager
def use_rules(rules: Rules) -> Iterator[None]:
    """Reckon inside the block with other dated parameters, by the name of the rule's file: those of an earlier run, say."""
    token = _in_place.set(rules)
    try:
        yield
    finally:
        _in_place.reset(token)


_beside_the_code = cache(read_parameters)


def parameter_from(name: str, raw: Any, file: str, line: int, problems: list[Problem]) -> DatedParameter | None:
    """The dated parameter written as `raw` ({title, values}) at `line` of a file, or None after adding what is wrong with it."""
    if not isinstance(raw, LinedMap) or not isinstance(raw.get("values"), list) or not raw["values"]:
        problems.append(Problem("parameters_not_a_mapping", {"found": shown(raw)}, file=file, line=line))
        return None
    fields = Fields(raw, name, file, problems)
    fields.only(("title", "values"))
    titles = fields.languages("title")
    values = [_dated(name, item, file, line, problems) for item in raw["values"]]
    complete = tuple(value for value in values if value is not None)
    if titles is None or len(complete) < len(values):
        return None
    for earlier, later in pairwise(complete):
        given = {"name": name, "earlier": earlier.start.isoformat(), "later": later.start.isoformat(), "end": str(earlier.end)}
        if later.start <= earlier.start:
            problems.append(Problem("parameter_dates", given, file=file, line=line))
        elif earlier.end is not None and earlier.end != later.start - timedelta(days=1):
            code = "parameter_overlap" if earlier.end >= later.start else "parameter_gap"
            problems.append(Problem(code, given, file=file, line=line))
    return DatedParameter(name=name, titles=titles, values=complete, file=file)


def _dated(name: str, raw: Any, file: str, line: int, problems: list[Problem]) -> DatedValue | None:
    if not isinstance(raw, LinedMap):
        problems.append(Problem("parameters_not_a_mapping", {"found": shown(raw)}, file=file, line=line))
        return None
    before = len(problems)
    fields = Fields(raw, name, file, problems)
    fields.only(_FIELDS)
    given: dict[str, Any] = {
        "value": fields.day("value") if raw.get("unit") == DATE_UNIT else fields.number("value"),
        "unit": fields.word("unit", UNITS, "parameter_unit"),
        "start": fields.day("from"),
        "end": fields.day("to", required=False),
        "document": fields.text("document", required=False),
        "paragraph": fields.text("paragraph", required=False),
        "source": fields.text("source"),
        "status": fields.status(),
        "checked": fields.day("checked"),
        "review_by": fields.day("review_by"),
    }
    if given["start"] and given["end"] and given["end"] < given["start"]:
        fields.add("parameter_ends_early", "to", found=given["end"].isoformat(), start=given["start"].isoformat())
    return DatedValue(**given) if len(problems) == before else None
