"""A list of people as a county keeps it: a CSV file read into the columns a rule works on, every cell checked.

Cells are read as text and typed once for each distinct text of a column. A row with a cell that cannot be read stays in the list
and is told; an identity number in plain digits refuses the whole list, and is repeated nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from popmodel.areas.people_lists import HASHED, Block, ListColumn, list_blocks
from popmodel.areas.text_files import holds_identity_number, lines_told, shown
from popmodel.messages import LANGUAGES, InputError, Problem, entries, text
from popmodel.parameters import to_fen
from popmodel.subsidies.rules.entitlement import Counts, Fact, Facts

ID, PAID = "id", "paid"
NOT_GIVEN = -1  # of an amount paid

_HASHED = re.compile(HASHED)
_ID = re.compile(r"[\w.\-]{1,128}")
# The identity numbers of before 1999: fifteen digits with a date of six.
_FIFTEEN = re.compile(r"(?<!\d)\d{6}\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}(?!\d)")
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．，－／　", "0123456789.,-/ ")
_DAY = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d\d)(\d\d))")
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00(\.0+)?)?$")
_COUNT = re.compile(r"\d{1,4}(?:\.0+)?")
_AMOUNT = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,2}0*)?")
_FLAGS = dict.fromkeys(("是", "有", "1", "y", "yes", "true", "t"), True) | dict.fromkeys(
    ("否", "无", "0", "n", "no", "false", "f"), False
)
# Other words that registers have for the same.
_SYNONYMS = dict.fromkeys(("农业", "农业户口", "农村居民", "农村户口"), "rural") | dict.fromkeys(
    ("非农业", "非农业户口", "城镇居民", "城镇户口", "城市"), "urban"
)
_EPOCH = date(1970, 1, 1).toordinal()
_NO_DAY = np.iinfo(np.int64).min


class Finding(NamedTuple):
    """One thing to be said of some rows: the code of the problem, the rows, and what fills its text, one for all or by row."""

    code: str
    rows: Counts
    given: Mapping[str, Any]
    settle: bool = True  # whether the rows wait for an answer


@dataclass(frozen=True)
class PeopleList:
    """A list of n people: `ids` and `lines` (of the file, from 1) by row, the columns of a rule, and what was paid.

    paid_fen: whole fen, NOT_GIVEN where the cell is empty; None where the list has no such column. findings: rows with cells that
    could not be read; their facts are empty. notices: columns that were left aside.
    """

    file: str
    ids: np.ndarray
    lines: Counts
    facts: Facts
    paid_fen: Counts | None
    findings: tuple[Finding, ...]
    notices: tuple[Problem, ...]

    def __len__(self) -> int:
        return len(self.ids)


def read_list(path: Path, facts: Sequence[Fact]) -> PeopleList:
    """The list in a CSV file (UTF-8 or GB18030), its headers the names of `facts` in Chinese or English, or their keys.

    Raises InputError for a file that cannot be read as a table, columns that are missing or given twice, and identity numbers.
    """
    problems: list[Problem] = []
    notices: list[Problem] = []
    needed = {ID: True, **{fact.name: fact.needed for fact in facts}, PAID: False}
    columns = {name: ListColumn((header_of(name, "zh"), name, header_of(name, "en")), must) for name, must in needed.items()}
    parts: list[_Typed] = []
    readers = {PAID: _Reader(PAID, None), **{fact.name: _Reader(fact.name, fact) for fact in facts}}
    identity: list[int] = []
    begin = 0
    for block in list_blocks(path, columns, problems, notices, exact=True):
        identity += _identity_lines(block)
        if not identity:
            parts.append(_typed(block, readers, begin))
        begin += len(block.lines)
    if identity:
        problems.append(Problem("list_identity_numbers", {"count": len(identity), "lines": lines_told(identity)}, file=str(path)))
    elif not problems and not begin:
        problems.append(Problem("table_empty", file=str(path)))
    if problems:
        raise InputError(problems)
    joined = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
    paid = joined.pop(PAID, None)
    return PeopleList(
        file=str(path),
        ids=np.concatenate([part.ids for part in parts]),
        lines=np.concatenate([part.lines for part in parts]),
        facts={fact.name: joined[fact.name] if fact.name in joined else _empty(fact, begin) for fact in facts},
        paid_fen=paid,
        findings=_merged([finding for part in parts for finding in part.findings]),
        notices=tuple(notices),
    )


def header_of(name: str, lang: str | None = None) -> str:
    """The heading of a column, as it is printed and as a list may have it."""
    return text(f"subsidies.fact.{name}", lang=lang)


def words_of(fact: Fact) -> str:
    """How the words of a fact are written in a list."""
    return text("problems.where_separator").join(text(f"subsidies.fact_word.{word}") for word in fact.words)


class _Typed(NamedTuple):
    ids: np.ndarray
    lines: Counts
    columns: dict[str, np.ndarray]
    findings: list[Finding]


def _identity_lines(block: Block) -> list[int]:
    """Lines that hold an identity number in plain digits; what is hashed is none."""
    found = {line for line, written in block.beyond if _is_identity(written, hashed=False)}
    for name, cells in zip(block.names, block.cells, strict=True):
        for written in dict.fromkeys(cells):
            if len(written) >= 15 and _is_identity(written, hashed=name == ID):
                found.update(line for line, cell in zip(block.lines, cells, strict=True) if cell == written)
    return sorted(found)


def _is_identity(written: str, *, hashed: bool) -> bool:
    if hashed and _HASHED.fullmatch(written.strip()):
        return False
    return holds_identity_number(written) or bool(_FIFTEEN.search(written.translate(_HALF_WIDTH)))


def _typed(block: Block, readers: Mapping[str, _Reader], begin: int) -> _Typed:
    columns: dict[str, np.ndarray] = {}
    findings: list[Finding] = []
    ids = np.array([""] * len(block.lines), dtype=object)
    for name, cells in zip(block.names, block.cells, strict=True):
        if name == ID:
            ids, unfit = _ids(cells)
            findings += [Finding("list_id", rows, {}) for rows in (np.flatnonzero(unfit) + begin,) if len(rows)]
        elif name is not None:
            columns[name], refused = readers[name].read(cells, begin)
            findings += refused
    if block.bad:
        rows = np.array(sorted(block.bad)) + begin
        counts = np.array([block.bad[place] for place in sorted(block.bad)])
        findings.append(Finding("list_row_cells", rows, {"found": counts, "expected": len(block.names)}))
    return _Typed(ids, np.array(block.lines, dtype=np.int64), columns, findings)


def _ids(cells: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Ids, and which of them are not fit to be one; those are left empty, so that nothing odd is written on."""
    ids = [cell.strip() for cell in cells]
    fit = [bool(_ID.fullmatch(one)) and one[0] not in "-" for one in ids]
    return np.array([one if good else "" for one, good in zip(ids, fit, strict=True)], dtype=object), ~np.array(fit)


class _Reader:
    """Types the cells of one column, each distinct text once in the whole file."""

    def __init__(self, name: str, fact: Fact | None) -> None:
        self._fact = fact
        self._name = name
        self._kind = fact.kind if fact else "amount"
        self._parse: Callable[[str], Any] = {
            "day": _day, "count": _count, "flag": _flag, "amount": _amount, "word": self._word,
        }[self._kind]  # fmt: skip
        self._known: dict[str, tuple[Any, bool]] = {}

    def read(self, cells: Sequence[str], begin: int) -> tuple[np.ndarray, list[Finding]]:
        codes, distinct = pd.factorize(np.array(cells, dtype=object))
        read = [self._value(written) for written in distinct]
        values = np.array([value for value, _ in read], dtype=_STORED[self._kind])[codes]
        unread = np.flatnonzero(np.array([not good for _, good in read])[codes])
        if self._kind == "day":
            values = values.view("datetime64[D]")
        if not len(unread):
            return values, []
        blank = np.array([not written.strip() for written in distinct])[codes[unread]]
        quoted = np.array([shown(written) for written in distinct], dtype=object)[codes[unread]]
        empty, other = unread[blank] + begin, unread[~blank] + begin
        given = {"column": header_of(self._name), "found": quoted[~blank]}
        if self._fact is not None and self._kind == "word":
            given["expected"] = words_of(self._fact)
        found = [
            Finding("list_cell_empty", empty, {"column": header_of(self._name)}),
            Finding(f"list_{self._kind}", other, given),
        ]
        return values, [finding for finding in found if len(finding.rows)]

    def _value(self, written: str) -> tuple[Any, bool]:
        """The value of a cell, and whether there is one as it should be."""
        if written not in self._known:
            plain = written.translate(_HALF_WIDTH).strip()
            nothing = (self._fact.missing if self._kind == "count" else _NOTHING[self._kind]) if self._fact else NOT_GIVEN
            if plain:
                value = self._parse(plain)
                self._known[written] = (nothing, False) if value is None else (value, True)
            else:
                self._known[written] = (nothing, not (self._fact and self._fact.needed))
        return self._known[written]

    def _word(self, written: str) -> str | None:
        words = self._fact.words if self._fact else ()
        if _SYNONYMS.get(written) in words:
            return _SYNONYMS[written]
        for word in words:
            accepted = [word, *(entries("subsidies")[f"subsidies.fact_word.{word}"][lang] for lang in LANGUAGES)]
            if written.lower() in accepted:
                return word
        return None


_STORED: Mapping[str, Any] = {"day": np.int64, "count": np.int64, "word": object, "flag": np.bool_, "amount": np.int64}
_NOTHING: Mapping[str, Any] = {"day": _NO_DAY, "word": "", "flag": False}


def _day(written: str) -> int | None:
    """Days since 1970 of a date written 2023-05-01, 2023/5/1, 2023.5.1, 2023年5月1日 or 20230501."""
    found = _DAY.fullmatch(_MIDNIGHT.sub("", written))
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None and part.isdigit())
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None


def _count(written: str) -> int | None:
    return int(float(written)) if _COUNT.fullmatch(written) else None


def _flag(written: str) -> bool | None:
    return _FLAGS.get(written.lower())


def _amount(written: str) -> int | None:
    """Fen of an amount in yuan with at most two decimals."""
    return to_fen(Decimal(written.replace(",", ""))) if _AMOUNT.fullmatch(written) else None


def _empty(fact: Fact, count: int) -> np.ndarray:
    if fact.kind == "day":
        return np.full(count, np.datetime64("NaT"), dtype="datetime64[D]")
    return np.full(count, fact.missing if fact.kind == "count" else _NOTHING[fact.kind], dtype=_STORED[fact.kind])


def _merged(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings of one kind and column together, whatever block they come from."""
    groups: dict[tuple[Any, ...], list[Finding]] = {}
    for finding in findings:
        fixed = tuple((name, value) for name, value in finding.given.items() if not isinstance(value, np.ndarray))
        groups.setdefault((finding.code, fixed), []).append(finding)
    return tuple(
        Finding(
            code,
            np.concatenate([one.rows for one in group]),
            {
                name: np.concatenate([one.given[name] for one in group]) if isinstance(value, np.ndarray) else value
                for name, value in group[0].given.items()
            },
        )
        for (code, _), group in groups.items()
    )
