"""Checking the fields of an entry read from YAML: which must be there, of what type, and which are unknown.

Used by assumptions, dated parameters and scenarios, so that the three refuse the same things in the same words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from popmodel.messages import LANGUAGES, Problem, nearest
from popmodel.parameters.yaml_text import LinedMap, shown

STATUSES = ("observed", "derived", "assumed")


class Fields:
    """Takes the fields of one YAML entry, collecting a Problem for each that is missing, mistyped or unknown.

    `entry` is how messages name it. Each `text`, `day`, … returns None after noting a problem.
    """

    def __init__(self, raw: LinedMap, entry: str, file: str, problems: list[Problem]) -> None:
        self.raw, self.entry, self.file, self.problems = raw, entry, file, problems

    def only(self, known: tuple[str, ...]) -> None:
        """Every field must be among `known`."""
        for field in self.raw:
            if field not in known:
                self.add("entry_field_unknown", field, found=field, nearest=nearest(str(field), known))

    def text(self, field: str, *, required: bool = True) -> str | None:
        """A text; a required one may not be empty, an optional one is "" where it is missing."""
        value = self._get(field, required)
        if value is None:
            return None if required else ""
        if not isinstance(value, str):
            self._mistyped(field, value, "text")
            return None
        if required and not value.strip():
            self.add("entry_field_empty", field)
            return None
        return value

    def word(self, field: str, allowed: tuple[str, ...], code: str) -> str | None:
        """A text that is one of `allowed`; another is noted as the problem `code`."""
        value = self.text(field)
        if value is None or value in allowed:
            return value
        self.add(code, field, found=value, nearest=nearest(value, allowed), expected=", ".join(allowed))
        return None

    def day(self, field: str, *, required: bool = True) -> date | None:
        """A date, written 2025-01-31 without quotes; an optional one is None where it is missing."""
        value = self._get(field, required)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self._mistyped(field, value, "date")
        return None

    def flag(self, field: str) -> bool:
        """true or false; false where it is missing."""
        value = self._get(field, False)
        if value is not None and not isinstance(value, bool):
            self._mistyped(field, value, "flag")
        return value is True

    def number(self, field: str) -> float | None:
        """A finite number."""
        value = self._get(field, True)
        if is_number(value):
            return float(value)
        if value is not None:
            self._mistyped(field, value, "number")
        return None

    def status(self) -> str | None:
        """One of observed, derived, assumed."""
        return self.word("status", STATUSES, "entry_status")

    def languages(self, field: str, *, required: bool = True) -> Mapping[str, str] | None:
        """A text in every language: {zh: …, en: …}."""
        value = self._get(field, required)
        if value is None:
            return None if required else {lang: "" for lang in LANGUAGES}
        complete = isinstance(value, dict) and set(value) == set(LANGUAGES)
        if not complete or not all(isinstance(written, str) and written.strip() for written in value.values()):
            self._mistyped(field, value, "languages")
            return None
        return dict(value)

    def line(self, field: str) -> int:
        """The line of a field, or of the entry where the field is missing."""
        return self.raw.lines.get(field, self.raw.line)

    def add(self, code: str, field: str, **parameters: Any) -> None:
        """Note a problem at a field."""
        given = {"entry": self.entry, "field": field, **parameters}
        self.problems.append(Problem(code, given, file=self.file, line=self.line(field)))

    def _get(self, field: str, required: bool) -> Any:
        value = self.raw.get(field)
        if value is None and (required or field in self.raw):
            self.add("entry_field_empty" if field in self.raw else "entry_field_missing", field)
        return value

    def _mistyped(self, field: str, value: object, expected: str) -> None:
        self.add(f"entry_field_not_{expected}", field, found=shown(value))


def is_number(value: object) -> bool:
    """Whether a YAML value is a finite number (true and false are not)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
