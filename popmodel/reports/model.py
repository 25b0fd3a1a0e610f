"""The report model: what a report says and shows, in order, before anyone decides on a format.

Nothing is computed here; frames keep their full precision and the writers round when they print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeAlias

import pandas as pd

from popmodel.messages import LANGUAGES, text
from popmodel.reports.formatting import STATUSES, day_text, is_missing, value_text

Kind: TypeAlias = Literal["number", "year", "text", "status"]
Align: TypeAlias = Literal["left", "center", "right"]
_KEY = re.compile(r"[a-z][a-z0-9_]*")


class Shown:
    """Shows itself as the report's own HTML when it stands on the last line of a notebook's cell."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from popmodel.reports.html_writer import html_of

        return {"text/html": html_of(self), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({getattr(self, 'key', '')})"


@dataclass(frozen=True, repr=False)
class Paragraph(Shown):
    """Running text; `**bold**` is the only mark."""

    text: str


@dataclass(frozen=True, repr=False)
class Heading(Shown):
    """The title of a section inside a chapter."""

    text: str


@dataclass(frozen=True, repr=False)
class Bullets(Shown):
    """A list; `**bold**` is the only mark."""

    items: Sequence[str]


@dataclass(frozen=True, repr=False)
class Notice(Shown):
    """A text set apart and marked: an assumption, a caution or a remark."""

    kind: Literal["assumption", "warning", "info"]
    text: str


@dataclass(frozen=True)
class KeyFigure:
    """One figure to be seen first: its value already written out, its unit, a short note, and what kind of figure it is."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    status: str = ""

    def __post_init__(self) -> None:
        _check_statuses([self.status] if self.status else [])


@dataclass(frozen=True, repr=False)
class KeyFigures(Shown):
    """Key figures side by side."""

    figures: Sequence[KeyFigure]


@dataclass(frozen=True)
class Column:
    """How one column of a frame is printed.

    Values are printed as multiples of `divisor` (10,000 for 万, 0.01 for per cent, 100 for fen as yuan) with `decimals` places;
    `unit` names what is printed. `kind` is taken from the frame when it is not given; a `year` has no thousands separator, a
    `status` is printed in words. Neighbours of the same `group` stand under one header. `width` is in em (Chinese characters),
    for where the automatic one is not right. In a workbook `editable` cells are marked as to be changed, and a column with a
    `formula` is reckoned from the row's others as the sheet shows them: "{amount}*{standard}", the names those of columns.
    """

    name: str
    title: str
    unit: str = ""
    decimals: int = 0
    align: Align | None = None
    width: float | None = None
    divisor: float = 1
    kind: Kind | None = None
    group: str = ""
    editable: bool = False
    formula: str = ""

    @property
    def side(self) -> Align:
        return self.align or ("right" if self.kind == "number" else "left")


@dataclass(frozen=True, eq=False, repr=False)
class Table(Shown):
    """A table: the frame's rows in their order, the columns named.

    `statuses` says what is observed, derived, assumed: {status: which figures, or ""}. `total_row` sets the last row off as a
    total. `wide` puts the table on a landscape page (True) or keeps it upright (False); by default its width decides.
    """

    key: str
    title: str
    frame: pd.DataFrame
    columns: Sequence[Column]
    notes: Sequence[str] = ()
    source: str = ""
    statuses: Mapping[str, str] = field(default_factory=dict)
    total_row: bool = False
    wide: bool | None = None

    def __post_init__(self) -> None:
        _check_key(self.key)
        _check_statuses(self.statuses)
        absent = [column.name for column in self.columns if column.name not in self.frame.columns]
        if absent or not self.columns:
            raise ValueError(f"table {self.key}: columns {absent} are not in the frame, which has {list(self.frame.columns)}")
        object.__setattr__(self, "columns", tuple(_with_kind(column, self.frame[column.name]) for column in self.columns))
        for column in self.columns:
            if column.kind == "status":
                _check_statuses(value for value in self.frame[column.name] if not is_missing(value))
            elif column.kind == "number" and self.frame[column.name].isin([float("inf"), float("-inf")]).any():
                raise ValueError(f"table {self.key}: column {column.name} has an infinite value")

    def rows(self, lang: str | None = None) -> list[list[str]]:
        """Every cell as it is printed, row by row."""
        printed = [
            [
                value_text(value, str(column.kind), column.decimals, column.divisor, lang)
                for value in self.frame[column.name].tolist()
            ]
            for column in self.columns
        ]
        return [list(row) for row in zip(*printed, strict=True)]

    def foot(self, lang: str | None = None) -> list[tuple[str, str]]:
        """What stands under the table: (word, text) for its notes, the status of its figures, its source."""
        named = [(text(f"report.status.{status}", lang=lang), said) for status, said in self.statuses.items()]
        colon = text("report.foot.colon_separator", lang=lang)
        statuses = [f"{word}{colon}{said}" if said else word for word, said in named]
        return _foot(self.notes, statuses, self.source, lang)

    @property
    def common_unit(self) -> str:
        """The unit all numbers share, to be said once for the table; empty where each column says its own."""
        units = {column.unit for column in self.columns if column.unit or column.kind == "number"}
        several = sum(1 for column in self.columns if column.unit) > 1
        return units.pop() if several and len(units) == 1 else ""

    def groups(self) -> list[tuple[str, int]]:
        """Headers that span neighbouring columns, from left to right: (group or "", number of columns); [] without groups."""
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if column.group and spans and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return spans if any(group for group, _ in spans) else []


@dataclass(frozen=True, eq=False, repr=False)
class Picture(Shown):
    """A chart as SVG; `alt` says in words what it shows, for those who cannot see it."""

    key: str
    title: str
    svg: bytes
    alt: str
    source: str
    note: str = ""

    def __post_init__(self) -> None:
        _check_key(self.key)
        if not self.alt or not self.source:
            raise ValueError(f"picture {self.key}: alt and source must be given")

    def foot(self, lang: str | None = None) -> list[tuple[str, str]]:
        """What stands under the picture: (word, text) for its note and its source."""
        return _foot([self.note] if self.note else [], [], self.source, lang)


Block: TypeAlias = Paragraph | Heading | Bullets | Notice | KeyFigures | Table | Picture


@dataclass(frozen=True, eq=False, repr=False)
class Chapter(Shown):
    """A chapter; its number and language are set by the report it belongs to.

    sheets: tables that stand in the workbook alone, to be worked with there.
    """

    key: str
    title: str
    blocks: Sequence[Block]
    number: int | None = None
    lang: str | None = None
    sheets: Sequence[Table] = ()

    def __post_init__(self) -> None:
        _check_key(self.key)

    def labelled(self) -> Iterator[tuple[Block, str]]:
        """Each block with its label: "表2-1" for a table, "图2-1" for a picture, "2.1" for a heading, "" for others."""
        counts = {Table: 0, Picture: 0, Heading: 0}
        for block in self.blocks:
            label = ""
            if type(block) in counts:
                counts[type(block)] += 1
                label = self._label(block, counts[type(block)])
            yield block, label

    def tables(self) -> Iterator[tuple[Table, str]]:
        """Each table with its label."""
        return ((block, label) for block, label in self.labelled() if isinstance(block, Table))

    def _label(self, block: Block, count: int) -> str:
        if isinstance(block, Heading):
            return f"{self.number}.{count}" if self.number else ""
        word = "table" if isinstance(block, Table) else "figure"
        return text(f"report.label.{word}", lang=self.lang, number=f"{self.number}-{count}" if self.number else count)


@dataclass(frozen=True, eq=False, repr=False)
class Report(Shown):
    """A whole report. `version_lines` are (label, value) pairs for the cover: versions, checksums, the last date with data.

    Raises ValueError for a key used twice; a key names a file, a sheet or an anchor.
    """

    title: str
    subtitle: str
    area_name: str
    lang: str
    date: date
    scenario: str
    run_id: str
    version_lines: Sequence[tuple[str, str]]
    chapters: Sequence[Chapter]

    def __post_init__(self) -> None:
        if self.lang not in LANGUAGES:
            raise ValueError(f"language {self.lang!r}, expected one of {LANGUAGES}")
        numbered = [replace(chapter, number=place, lang=self.lang) for place, chapter in enumerate(self.chapters, start=1)]
        object.__setattr__(self, "chapters", tuple(numbered))
        shown = [block for chapter in numbered for block in (*chapter.blocks, *chapter.sheets)]
        keyed = [block.key for block in shown if isinstance(block, Table | Picture)]
        for keys in ([chapter.key for chapter in numbered], keyed):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            if twice:
                raise ValueError(f"keys used twice in one report: {twice}")

    def chapter(self, key: str) -> Chapter:
        """The chapter of this key, numbered; raises KeyError when there is none."""
        return {chapter.key: chapter for chapter in self.chapters}[key]

    def frames(self) -> dict[str, pd.DataFrame]:
        """The frame of every table by its key, in full precision."""
        return {table.key: table.frame for chapter in self.chapters for table, _ in chapter.tables()}

    def facts(self) -> list[tuple[str, str]]:
        """What the cover says about the report: (label, value)."""
        said = {"area": self.area_name, "scenario": self.scenario, "date": day_text(self.date, self.lang), "run": self.run_id}
        named = [(text(f"report.cover.{word}", lang=self.lang), value) for word, value in said.items()]
        return [*named, *self.version_lines]


def _foot(notes: Sequence[str], statuses: Sequence[str], source: str, lang: str | None) -> list[tuple[str, str]]:
    noted = list(notes) if len(notes) == 1 else [f"{place}. {note}" for place, note in enumerate(notes, start=1)]
    said = [
        ("note", "\n".join(noted)),
        ("status", text("report.foot.list_separator", lang=lang).join(statuses)),
        ("source", source),
    ]
    colon = text("report.foot.colon_separator", lang=lang)
    return [(text(f"report.foot.{word}", lang=lang) + colon, written) for word, written in said if written]


def _with_kind(column: Column, values: pd.Series) -> Column:
    if column.kind is not None:
        return column
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return replace(column, kind="number" if numeric else "text")


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise ValueError(f"key {key!r}: a key is small letters, digits and _, a letter first")


def _check_statuses(statuses: Any) -> None:
    unknown = [status for status in statuses if status not in STATUSES]
    if unknown:
        raise ValueError(f"status {unknown[0]!r}, expected one of {STATUSES}")
