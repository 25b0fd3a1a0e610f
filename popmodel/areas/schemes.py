"""Schemes of money for families that a county declares in its pack, one YAML file each in `schemes/`: read and checked here.

What is owed and to how many is worked out elsewhere; this only says what the county wrote.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from popmodel.messages import Problem, language
from popmodel.parameters import DatedParameter, parameter_from
from popmodel.parameters.fields import Fields
from popmodel.parameters.shares import DatedShares, bad_total, by_date, is_shares, share_names
from popmodel.parameters.yaml_text import LinedMap, read_yaml, shown

FOLDER = "schemes"
# The schemes that come with the suite; a county's own has another name.
BUILT_IN = (
    "rural_family_reward",
    "urban_only_child_parents",
    "special_support",
    "only_child_award",
    "childcare_allowance",
)
PAYERS = ("central", "province", "city", "county")
RECIPIENTS = ("person", "household", "child")
POPULATIONS = ("registered", "resident")
AMOUNT_UNITS = ("yuan_per_person_year", "yuan_per_child_year", "yuan_per_household_year")
_FIELDS = (
    "title", "short_title", "note", "recipient", "population", "conditions", "share", "amount", "months", "payers",
)  # fmt: skip
_CONDITIONS = ("age_from", "age_to", "age_on", "sex", "registration", "birth_order", "born_from", "born_to")


@dataclass(frozen=True)
class DeclaredScheme:
    """A scheme as a county declared it; `key` is the name of its file.

    Of the `population` (registered or resident) those are meant who on `age_on` (month, day) of a year have completed `age_from`
    to `age_to` years, were born from `born_from` to `born_to`, are of `sex` and, as children, at least the `birth_order`-th of
    their mother. share: how many of them are paid (0-1), by date. amount: yuan a year, by date, an equal part in each of
    `months`. payers: shares of who pays, by date.
    """

    key: str
    titles: Mapping[str, str]
    short_titles: Mapping[str, str]
    notes: Mapping[str, str]
    recipient: str
    population: str
    age_from: int
    age_to: int
    age_on: tuple[int, int]
    sex: str
    registration: str
    birth_order: int
    born_from: date | None
    born_to: date | None
    share: DatedParameter
    amount: DatedParameter
    months: tuple[int, ...]
    payers: DatedShares
    file: str = field(compare=False)

    def title(self, lang: str | None = None) -> str:
        return self.titles[lang or language()]

    def short_title(self, lang: str | None = None) -> str:
        return self.short_titles[lang or language()]

    def note(self, lang: str | None = None) -> str:
        return self.notes[lang or language()]


def read_schemes(folder: Path, problems: list[Problem], notices: list[Problem]) -> dict[str, DeclaredScheme]:
    """The schemes declared in a pack's folder, by key, in the order of their names; every problem of every file is added."""
    read = (_read(path, problems, notices) for path in sorted((folder / FOLDER).glob("*.yaml")))
    return {scheme.key: scheme for scheme in read if scheme is not None}


def _read(path: Path, problems: list[Problem], notices: list[Problem]) -> DeclaredScheme | None:
    before = len(problems)
    content = read_yaml(path, problems, notices)
    if len(problems) > before:
        return None
    if not isinstance(content, LinedMap):
        problems.append(Problem("scheme_not_a_mapping", {"found": shown(content)}, file=str(path), line=1))
        return None
    fields = Fields(content, path.stem, str(path), problems)
    fields.only(_FIELDS)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", path.stem) or path.stem in (*BUILT_IN, "total"):
        problems.append(Problem("scheme_key", {"found": path.stem, "taken": ", ".join(BUILT_IN)}, file=str(path)))
    amount = _dated(fields, "amount", AMOUNT_UNITS)
    given: dict[str, Any] = {
        "titles": fields.languages("title"),
        "short_titles": fields.languages("short_title"),
        "notes": fields.languages("note"),
        "recipient": fields.word("recipient", RECIPIENTS, "entry_word"),
        "population": fields.word("population", POPULATIONS, "entry_word"),
        **_conditions(fields),
        "share": _dated(fields, "share", ("share",)),
        "amount": amount,
        "months": _months(fields),
        "payers": _payers(fields, amount),
    }
    return DeclaredScheme(key=path.stem, file=str(path), **given) if len(problems) == before else None


def _conditions(outer: Fields) -> dict[str, Any]:
    raw = outer.raw.get("conditions")
    if not isinstance(raw, LinedMap):
        outer.add("entry_field_missing" if raw is None else "scheme_not_a_mapping", "conditions", found=shown(raw))
        return {}
    fields = Fields(raw, outer.entry, outer.file, outer.problems)
    fields.only(_CONDITIONS)
    low, high = (_whole(fields, name, 0, 100) for name in ("age_from", "age_to"))
    if low is not None and high is not None and low > high:
        fields.add("scheme_ages", "age_to", low=low, high=high)
    born = {name: fields.day(name, required=False) for name in ("born_from", "born_to")}
    if born["born_from"] and born["born_to"] and born["born_from"] > born["born_to"]:
        fields.add("scheme_born", "born_to", first=str(born["born_from"]), last=str(born["born_to"]))
    return {
        "age_from": low,
        "age_to": high,
        "age_on": _month_and_day(fields),
        "sex": fields.word("sex", ("male", "female"), "entry_word") if "sex" in raw else "",
        "registration": fields.word("registration", ("rural", "urban"), "entry_word") if "registration" in raw else "",
        "birth_order": _whole(fields, "birth_order", 1, 9) if "birth_order" in raw else 1,
        **born,
    }


def _whole(fields: Fields, field: str, low: int, high: int) -> int | None:
    value = fields.number(field)
    if value is None:
        return None
    if value != int(value) or not low <= value <= high:
        fields.add("scheme_number", field, found=f"{value:g}", low=low, high=high)
        return None
    return int(value)


def _month_and_day(fields: Fields) -> tuple[int, int] | None:
    """A day of the year, written "08-31"; the year's end where it is left out."""
    if "age_on" not in fields.raw:
        return 12, 31
    written = fields.text("age_on")
    if written is None:
        return None
    try:
        day = date.fromisoformat(f"2024-{written}")
    except ValueError:
        fields.add("scheme_day", "age_on", found=written)
        return None
    return day.month, day.day


def _dated(outer: Fields, field: str, units: tuple[str, ...]) -> DatedParameter | None:
    raw = outer.raw.get(field)
    if raw is None:
        outer.add("entry_field_missing", field)
        return None
    parameter = parameter_from(field, raw, outer.file, outer.line(field), outer.problems)
    for dated in parameter.values if parameter else ():
        if dated.unit not in units:
            outer.add("scheme_unit", field, found=dated.unit, expected=", ".join(units))
        if isinstance(dated.value, float) and (dated.value < 0 or (field == "share" and dated.value > 1)):
            outer.add("scheme_value", field, found=f"{dated.value:g}")
    return parameter


def _months(fields: Fields) -> tuple[int, ...] | None:
    written: Any = fields.raw.get("months")
    whole = isinstance(written, list) and all(type(month) is int and 1 <= month <= 12 for month in written)
    if not whole or not written or len(set(written)) < len(written):
        fields.add("entry_field_missing" if written is None else "scheme_months", "months", found=shown(written))
        return None
    return tuple(sorted(written))


def _payers(fields: Fields, amount: DatedParameter | None) -> DatedShares | None:
    written = fields.raw.get("payers")
    if not is_shares(written):
        fields.add("entry_field_missing" if written is None else "scheme_payers", "payers", found=shown(written))
        return None
    if unknown := [name for name in share_names(written) if name not in PAYERS]:
        fields.add("scheme_payer_unknown", "payers", found=unknown[0], expected=", ".join(PAYERS))
        return None
    if bad := bad_total(written):
        fields.add("scheme_payers_total", "payers", found=f"{100 * bad[1]:g}")
        return None
    complete = by_date(written, amount.values[0].start if amount else date.min)
    return {day: {payer: of.get(payer, 0.0) for payer in PAYERS} for day, of in complete.items()}
