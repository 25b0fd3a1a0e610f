"""One line of the certificate: a method held to a published answer, its largest error, the bar, and whether it was met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from popmodel.messages import InputError, text

MET, MISSED, NOT_RUN = "met", "missed", "not_run"
# Parameters whose values are words of the catalogue.
WORDS = ("sex", "method", "index", "case")


@dataclass(frozen=True)
class Check:
    """`key` and `parameters` name what was held to what; `error` and `bar` are in `unit`; without an error it was not run."""

    key: str
    source: str
    unit: str = "relative"
    error: float | None = None
    bar: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    reason_parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def result(self) -> str:
        """`met`, `missed` or `not_run`; an error that is no number misses its bar."""
        if self.error is None or self.bar is None:
            return NOT_RUN
        return MET if self.error <= self.bar else MISSED

    def title(self, lang: str | None = None) -> str:
        """What was computed."""
        named = {name: _word(name, value, lang) if name in WORDS else value for name, value in self.parameters.items()}
        return text(f"certificate.check.{self.key}", lang=lang, **named)

    def why(self, lang: str | None = None) -> str:
        """Why it was not run; empty when it was."""
        return text(f"certificate.reason.{self.reason}", lang=lang, **self.reason_parameters) if self.reason else ""


def _word(name: str, value: object, lang: str | None) -> str:
    """The catalogue's word for a value; the value itself where a folder brings one that is not known."""
    try:
        return text(f"certificate.{name}.{value}", lang=lang)
    except KeyError:
        return str(value)


class IncompleteError(Exception):
    """The inputs of a check are not all there, or cannot be read: `reason` is a key of the catalogue."""

    def __init__(self, reason: str, **parameters: Any) -> None:
        super().__init__(reason)
        self.reason, self.parameters = reason, parameters


def not_run(key: str, source: str, why: IncompleteError, **parameters: Any) -> Check:
    """The line of a check whose inputs are incomplete."""
    return Check(key, source, parameters=parameters, reason=why.reason, reason_parameters=why.parameters)


def attempt(key: str, source: str, checks: Callable[[], Iterator[Check]], **parameters: Any) -> list[Check]:
    """All `checks`, or one line saying what was missing."""
    try:
        return list(checks())
    except IncompleteError as why:
        return [not_run(key, source, why, **parameters)]
    except InputError as error:
        detail = " ".join(problem.describe() for problem in error.problems)
        return [not_run(key, source, IncompleteError("values_impossible", detail=detail), **parameters)]


def largest(found: npt.ArrayLike, expected: npt.ArrayLike) -> float:
    """The largest absolute difference."""
    return float(np.max(np.abs(np.asarray(found, dtype=float) - np.asarray(expected, dtype=float))))


def largest_relative(found: npt.ArrayLike, expected: npt.ArrayLike) -> float:
    """The largest difference relative to the expected value; values below one count as one."""
    wanted = np.asarray(expected, dtype=float)
    return float(np.max(np.abs(np.asarray(found, dtype=float) - wanted) / np.maximum(np.abs(wanted), 1.0)))
