"""The assumption book: every value that is not published, with its source, owner and dates.

A county's own book is laid over the reference book; a scenario changes a few of its values.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from popmodel.messages import InputError, Problem, language, nearest, text
from popmodel.parameters.fields import Fields, is_number
from popmodel.parameters.shares import DatedShares, Shares, bad_total, by_date, is_shares, over_year, share_names
from popmodel.parameters.yaml_text import LinedMap, read_yaml, shown

Value: TypeAlias = float | str | Mapping[int, float] | Shares | DatedShares

_FIELDS = (
    "key", "value", "unit", "from", "range", "scenario", "status", "document", "source", "owner", "checked", "review_by",
    "title", "note",
)  # fmt: skip
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


@dataclass(frozen=True)
class Assumption:
    """One value of the book.

    `value` is a number, a text, a path {year: number} (linear between the years, constant outside) or shares {name: number}
    that add to 1, or such shares by the date from which they hold. `range` bounds what a county or a scenario may set;
    `scenario` says whether a scenario may change it at all.
    """

    key: str
    value: Value
    unit: str
    start: date
    range: tuple[float, float] | None
    scenario: bool
    status: str
    document: str
    source: str
    owner: str
    checked: date
    review_by: date
    titles: Mapping[str, str]
    notes: Mapping[str, str]
    file: str
    line: int

    @property
    def kind(self) -> str:
        """number, text, path or shares."""
        return kind_of(self.value) or ""

    def title(self, lang: str | None = None) -> str:
        return self.titles[lang or language()]

    def unit_title(self, lang: str | None = None) -> str:
        """The unit as people read it."""
        return text(f"chapters.assumption_unit.{re.sub('[ -]', '_', self.unit).replace('/', '_per_')}", lang=lang)

    def note(self, lang: str | None = None) -> str:
        return self.notes[lang or language()]


class AssumptionBook:
    """All assumptions of a run, in the order of the files; `notices` are findings that are no errors."""

    def __init__(self, entries: Iterable[Assumption], notices: Iterable[Problem] = ()) -> None:
        self._entries = {entry.key: entry for entry in entries}
        self.notices = tuple(notices)

    @classmethod
    def from_files(cls, paths: Sequence[Path | str]) -> AssumptionBook:
        """Read the reference book, then the books laid over it; a later entry replaces an earlier one of the same key.

        Raises InputError with every problem of every file.
        """
        problems: list[Problem] = []
        notices: list[Problem] = []
        entries: dict[str, Assumption] = {}
        for position, path in enumerate(map(Path, paths)):
            own = _read_file(path, problems, notices)
            if position > 0:
                own = {key: _laid_over(entry, entries, problems, notices) for key, entry in own.items()}
            entries.update(own)
        if problems:
            raise InputError(problems)
        return cls(entries.values(), notices)

    def __getitem__(self, key: str) -> Assumption:
        if key not in self._entries:
            raise InputError([Problem("assumption_unknown", {"key": key, "nearest": nearest(key, self._entries)})])
        return self._entries[key]

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[Assumption]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def keys(self) -> list[str]:
        """Every key, in order."""
        return list(self._entries)

    def value(self, key: str) -> Any:
        """The number (float) or text of an entry; an entry that is a path or shares raises InputError."""
        entry = self[key]
        if entry.kind not in ("number", "text"):
            raise InputError([_kind_problem(entry, "number")])
        return entry.value

    def path(self, key: str, years: Iterable[int]) -> np.ndarray:
        """The value in each of `years` (float, shape of `years`): linear between the given years, constant outside."""
        entry = self[key]
        wanted = np.asarray(list(years), dtype=float)
        if entry.kind not in ("number", "path"):
            raise InputError([_kind_problem(entry, "path")])
        return along(entry.value, wanted)

    def shares(self, key: str, year: int | None = None) -> dict[str, float]:
        """Shares by name, adding to 1: those of `year`, month by month where they change in it, or the last there are.

        Raises InputError for an entry that is none, and for a year before its first shares.
        """
        entry = self[key]
        if not is_shares(entry.value):
            raise InputError([_kind_problem(entry, "shares")])
        dated = by_date(entry.value, entry.start)
        found = dated[max(dated)] if year is None else over_year(dated, year)
        if found is None:
            given = {"name": entry.title(), "day": f"{year}-12-31", "first": str(min(dated))}
            raise InputError([Problem("parameter_outside_dates", given, file=entry.file, line=entry.line)])
        return found

    def with_changes(self, changes: Mapping[str, Any]) -> AssumptionBook:
        """A book with other values for some keys; raises InputError for an unknown key, a wrong type or a value out of range."""
        problems: list[Problem] = []
        entries = dict(self._entries)
        for key, value in changes.items():
            found = self.change_problems(key, value)
            problems += found
            if not found:
                entries[key] = replace(entries[key], value=plain(value))
        if problems:
            raise InputError(problems)
        return AssumptionBook(entries.values(), self.notices)

    def change_problems(self, key: str, value: Any, *, file: str | None = None, line: int | None = None) -> list[Problem]:
        """Why `value` cannot be set for `key`; empty when it can."""
        if key not in self._entries:
            given = {"key": key, "nearest": nearest(key, self._entries)}
            return [Problem("assumption_unknown", given, file=file, line=line)]
        entry = self._entries[key]
        kind = kind_of(value)
        if kind != entry.kind and (entry.kind, kind) != ("path", "number"):
            return [_kind_problem(entry, entry.kind, found=shown(value), file=file, line=line)]
        if kind == "shares" and set(share_names(value)) != set(share_names(entry.value)):
            given = {"key": key, "found": ", ".join(share_names(value)), "expected": ", ".join(share_names(entry.value))}
            return [Problem("assumption_share_names", given, file=file, line=line)]
        return _value_problems(key, value, entry.unit, entry.range, file, line)

    def fingerprint(self, *prefixes: str) -> tuple[Hashable, ...]:
        """The values of all entries whose key begins with one of `prefixes`: books with the same ones give the same results."""
        return tuple((key, _frozen(entry.value)) for key, entry in self._entries.items() if key.startswith(prefixes))

    def overdue(self, on: date) -> list[Assumption]:
        """The entries whose `review_by` lies before `on`."""
        return [entry for entry in self if entry.review_by < on]


def along(value: Any, years: np.ndarray) -> np.ndarray:
    """A number or a path in each of `years` (float, same shape)."""
    if isinstance(value, Mapping):
        known = sorted((float(year), float(level)) for year, level in value.items())
        return np.interp(years, [year for year, _ in known], [level for _, level in known])
    return np.full(years.shape, float(value))


def kind_of(value: Any) -> str | None:
    """number, text, path or shares; None for anything else."""
    if isinstance(value, str):
        return "text"
    if is_number(value):
        return "number"
    if isinstance(value, Mapping) and value and all(isinstance(year, int) and is_number(level) for year, level in value.items()):
        return "path" if min(value) >= _FIRST_YEAR and max(value) <= _LAST_YEAR else None
    return "shares" if is_shares(value) else None


def plain(value: Any) -> Any:
    """A value as the book keeps it: floats, and paths in the order of their years."""
    if isinstance(value, Mapping):
        ordered = list(value) if any(isinstance(name, str) for name in value) else sorted(value)
        return {name: plain(value[name]) for name in ordered}
    return value if isinstance(value, str) else float(value)


def _frozen(value: Any) -> Hashable:
    return tuple((name, _frozen(level)) for name, level in value.items()) if isinstance(value, Mapping) else value


def _read_file(path: Path, problems: list[Problem], notices: list[Problem]) -> dict[str, Assumption]:
    before = len(problems)
    content = read_yaml(path, problems, notices)
    if len(problems) > before:
        return {}
    raw = content.get("assumptions") if isinstance(content, LinedMap) else None
    if not isinstance(raw, list) or len(content) != 1:
        problems.append(Problem("assumptions_not_a_list", {"found": shown(content)}, file=str(path), line=1))
        return {}
    entries: dict[str, Assumption] = {}
    for position, item in enumerate(raw, start=1):
        if not isinstance(item, LinedMap):
            problems.append(Problem("assumptions_not_a_list", {"found": shown(item)}, file=str(path)))
            continue
        entry = _entry(item, position, str(path), problems)
        if entry is not None and entry.key in entries:
            given = {"key": entry.key, "first": entries[entry.key].line}
            problems.append(Problem("yaml_duplicate_key", given, file=str(path), line=entry.line))
        elif entry is not None:
            entries[entry.key] = entry
    return entries


def _entry(raw: LinedMap, position: int, file: str, problems: list[Problem]) -> Assumption | None:
    before = len(problems)
    key = raw.get("key")
    fields = Fields(raw, key if isinstance(key, str) else str(position), file, problems)
    fields.only(_FIELDS)
    given: dict[str, Any] = {
        "key": fields.text("key"),
        "unit": fields.text("unit"),
        "start": fields.day("from"),
        "scenario": fields.flag("scenario"),
        "status": fields.status(),
        "document": fields.text("document", required=False),
        "source": fields.text("source"),
        "owner": fields.text("owner"),
        "checked": fields.day("checked"),
        "review_by": fields.day("review_by"),
        "titles": fields.languages("title"),
        "notes": fields.languages("note", required=False),
    }
    limits = _range(fields)
    value = raw.get("value")
    if kind_of(value) is None:
        fields.add("entry_field_missing" if value is None else "assumption_value", "value", found=shown(value))
    elif len(problems) == before:
        problems += _value_problems(given["key"], value, given["unit"], limits, file, fields.line("value"))
        if given["scenario"] and limits is None and kind_of(value) in ("number", "path"):
            fields.add("assumption_range_needed", "range")
    if len(problems) > before:
        return None
    return Assumption(value=plain(value), range=limits, file=file, line=raw.line, **given)


def _range(fields: Fields) -> tuple[float, float] | None:
    limits = fields.raw.get("range")
    if "range" not in fields.raw:
        return None
    if not isinstance(limits, list) or len(limits) != 2 or not all(map(is_number, limits)) or limits[0] > limits[1]:
        fields.add("assumption_range", "range", found=shown(limits))
        return None
    return float(limits[0]), float(limits[1])


def _value_problems(
    key: str, value: Any, unit: str, limits: tuple[float, float] | None, file: str | None, line: int | None
) -> list[Problem]:
    kind = kind_of(value)
    if kind == "shares":
        bad = bad_total(value)
        total = bad[1] if bad else 1.0
        given = {"key": key, "found": f"{total:g}", "unit": unit}
        return [Problem("assumption_shares", given, file=file, line=line)] if bad or unit != "share" else []
    if kind == "text" or limits is None:
        return []
    levels = value.values() if kind == "path" else [value]
    low, high = limits
    return [
        Problem("assumption_out_of_range", {"key": key, "found": f"{level:g}", "low": f"{low:g}", "high": f"{high:g}"},
                file=file, line=line)
        for level in levels
        if not low <= level <= high
    ]  # fmt: skip


def _kind_problem(
    entry: Assumption, wanted: str, *, found: str | None = None, file: str | None = None, line: int | None = None
) -> Problem:
    given = {"key": entry.key, "found": found or shown(entry.value)}
    return Problem(f"assumption_not_{wanted}", given, file=file or entry.file, line=line if file else entry.line)


def _laid_over(entry: Assumption, base: Mapping[str, Assumption], problems: list[Problem], notices: list[Problem]) -> Assumption:
    """A county's entry keeps the unit and the kind of the one it replaces, and its value stays in that one's range."""
    if entry.key not in base:
        given = {"key": entry.key, "nearest": nearest(entry.key, base)}
        notices.append(Problem("assumption_new", given, file=entry.file, line=entry.line))
        return entry
    earlier = base[entry.key]
    if entry.unit != earlier.unit:
        given = {"key": entry.key, "found": entry.unit, "expected": earlier.unit}
        problems.append(Problem("assumption_unit", given, file=entry.file, line=entry.line))
        return entry
    problems += AssumptionBook([earlier]).change_problems(entry.key, entry.value, file=entry.file, line=entry.line)
    return replace(entry, range=entry.range or earlier.range)
