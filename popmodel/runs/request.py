"""What a report is asked for; it reaches the notebook as one checked JSON text, the notebook's only parameter.

One text, because papermill writes values of other types as Python code by guessing: a numpy bool, say, arrives as a text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import Any

from popmodel.drawing import DRAWS, ENGINE, ENGINES, LEAST_DRAWS, MOST_DRAWS, SEED
from popmodel.messages import LANGUAGES, InputError, Problem
from popmodel.runs.publish import safe_output

FORMATS = ("html", "pdf", "xlsx")


@dataclass(frozen=True)
class Request:
    """A report of `pack` under `scenario` up to the year `to`, in `lang`, in some of `FORMATS`, with the `draws` of `seed`.

    `out` is the folder the notebook writes into; only the runner sets it. Raises InputError with every field that is wrong.
    """

    pack: Path
    scenario: str
    to: int
    lang: str = "zh"
    formats: tuple[str, ...] = FORMATS
    out: Path | None = None
    draws: int = DRAWS
    seed: int = SEED
    engine: str = ENGINE

    def __post_init__(self) -> None:
        problems = [
            Problem("request_field", {"field": field, "found": _quoted(getattr(self, field)), "expected": expected})
            for field, (valid, expected) in _FIELDS.items()
            if not valid(getattr(self, field))
        ]
        if problems:
            raise InputError(problems)
        for name in ("to", "draws", "seed"):
            object.__setattr__(self, name, index(getattr(self, name)))
        object.__setattr__(self, "formats", tuple(one for one in FORMATS if one in self.formats))

    @classmethod
    def from_json(cls, text: str) -> Request:
        """The request in `text`, as `to_json` wrote it. Raises InputError."""
        try:
            content = json.loads(text)
        except (TypeError, ValueError) as error:
            raise InputError([Problem("request_not_json", {"detail": error})]) from error
        if not isinstance(content, dict):
            raise InputError([Problem("request_not_json", {"detail": _quoted(content)})])
        expected = ", ".join(cls.__dataclass_fields__)
        unknown = [name for name in content if name not in cls.__dataclass_fields__]
        missing = [name for name in ("pack", "scenario", "to") if name not in content]
        if unknown or missing:
            raise InputError(
                [Problem("request_field", {"field": name, "found": "–", "expected": expected}) for name in [*unknown, *missing]]
            )
        paths = {name: Path(content[name]) for name in ("pack", "out") if isinstance(content.get(name), str)}
        formats = content.get("formats", FORMATS)
        return cls(**{**content, **paths, "formats": tuple(formats) if isinstance(formats, list) else formats})

    @property
    def run_id(self) -> str:
        """The run's name, for the report's cover; empty in a notebook opened by hand."""
        return self.out.name.removeprefix(".run-") if self.out else ""

    def to_json(self) -> str:
        """One line of JSON with whole paths, for a kernel that works in another folder."""
        out = str(self.out.resolve()) if self.out else None
        return json.dumps(self._content(str(self.pack.resolve()), out), ensure_ascii=False)

    def as_cell(self) -> str:
        """The code cell that sets the parameter, as it is shown in the executed notebook."""
        return f"# Parameters\nrequest_json = {json.dumps(self.shown(), ensure_ascii=False)!r}"

    def shown(self) -> dict[str, Any]:
        """The request as it is recorded and printed: without the machine's own folders."""
        pack = self.pack.resolve()
        here = Path.cwd()
        return self._content(pack.relative_to(here).as_posix() if pack.is_relative_to(here) else pack.name, None)

    def _content(self, pack: str, out: str | None) -> dict[str, Any]:
        return {
            "pack": pack, "scenario": self.scenario, "to": self.to, "lang": self.lang, "formats": list(self.formats),
            "draws": self.draws, "seed": self.seed, "engine": self.engine, "out": out,
        }  # fmt: skip


def _whole_number(low: int, high: int) -> Callable[[object], bool]:
    def valid(value: object) -> bool:
        try:
            return low <= index(value) <= high  # type: ignore[arg-type]
        except TypeError:
            return False

    return valid


def _plain_name(value: object) -> bool:
    try:
        return isinstance(value, str) and "/" not in value and bool(safe_output(Path("."), value))
    except InputError:
        return False


def _formats(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and all(one in FORMATS for one in value)


_FIELDS = {
    "pack": (lambda value: isinstance(value, os.PathLike) and Path(value).is_dir(), "folder"),
    "scenario": (_plain_name, "name"),
    "to": (_whole_number(1900, 2200), "1900–2200"),
    "lang": (lambda value: value in LANGUAGES, " | ".join(LANGUAGES)),
    "formats": (_formats, ", ".join(FORMATS)),
    "draws": (_whole_number(LEAST_DRAWS, MOST_DRAWS), f"{LEAST_DRAWS}–{MOST_DRAWS}"),
    "seed": (_whole_number(0, 2**63 - 1), "0–2⁶³ − 1"),
    "engine": (lambda value: value in ENGINES, " | ".join(ENGINES)),
    "out": (lambda value: value is None or isinstance(value, os.PathLike), "folder"),
}


def _quoted(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)
