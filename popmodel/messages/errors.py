"""The project's own errors: each carries a code and parameters, and reads in either language."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from popmodel.messages.catalogue import text


class Term(str):
    """The key of a text that is put into a message in the message's own language, whatever that was when it was raised."""

    __slots__ = ()


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: where it is, what was found, what was expected, how to mend it.

    `code` names the entries `problems.<code>` (found and expected) and `problems.<code>.mend` (the remedy) of the catalogue;
    `parameters` fill both. `line` counts from 1 and includes the header, as a spreadsheet or editor shows it; `cell` is the
    address in a workbook (sheet!C12), given in place of line and column.
    """

    code: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    file: str | None = None
    line: int | None = None
    column: str | None = None
    cell: str | None = None

    def where(self, lang: str | None = None) -> str:
        """File, line and column or cell, as far as they are known."""
        parts = [str(self.file)] if self.file else []
        if self.line is not None:
            parts.append(text("problems.where_line", lang=lang, line=self.line))
        if self.cell is not None:
            parts.append(text("problems.where_cell", lang=lang, cell=self.cell))
        if self.column:
            parts.append(text("problems.where_column", lang=lang, column=self.column))
        return text("problems.where_separator", lang=lang).join(parts)

    def describe(self, lang: str | None = None) -> str:
        """The whole message: where, what, and how to mend it."""
        where, what = self.where(lang), self.what(lang)
        head = text("problems.head", lang=lang, where=where, what=what) if where else what
        return text("problems.with_mend", lang=lang, head=head, mend=self.mend(lang))

    def what(self, lang: str | None = None) -> str:
        """What was found and expected."""
        return text(f"problems.{self.code}", lang=lang, **self._said(lang))

    def mend(self, lang: str | None = None) -> str:
        """How to mend it."""
        return text(f"problems.{self.code}.mend", lang=lang, **self._said(lang))

    def _said(self, lang: str | None) -> dict[str, Any]:
        return {name: text(value, lang=lang) if isinstance(value, Term) else value for name, value in self.parameters.items()}


class PopmodelError(Exception):
    """Any failure the project foresees; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, /, **parameters: Any) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters

    def describe(self, lang: str | None = None) -> str:
        """The message in `lang` (default: the language in force)."""
        return text(f"errors.{self.code}", lang=lang, **self.parameters)

    def __str__(self) -> str:
        return self.describe()


class InputError(PopmodelError):
    """Bad input, with every problem found, never only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("an InputError needs at least one problem")
        super().__init__("bad_input", count=len(problems))
        self.problems = tuple(problems)

    def describe(self, lang: str | None = None) -> str:
        head = super().describe(lang)
        return "\n".join([head, *(f"  - {problem.describe(lang)}" for problem in self.problems)])


class RunFailedError(PopmodelError):
    """A run that began and did not reach its end."""


class BusyError(PopmodelError):
    """Another run holds the target (exit code 75, as EX_TEMPFAIL: try again later)."""

    exit_code = 75


class StoppedError(PopmodelError):
    """A run stopped from outside by a signal."""

    exit_code = 143


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, for "did you mean"; the first known one when none is alike."""
    choices = list(known)
    return next(iter(difflib.get_close_matches(word, choices, n=1, cutoff=0.0)), word)
