"""One cell at a time: from text to a typed value, or a problem that says what was found and how it should be written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from popmodel.areas.schemas import Column
from popmodel.areas.text_files import holds_identity_number, shown
from popmodel.messages import nearest


class Finding(NamedTuple):
    """Why a cell is refused: the code of the problem and its parameters."""

    code: str
    parameters: dict[str, Any]


_PLAIN = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FORMULA = re.compile(r"[=@]|[+\-](?!\s*[\d.,]*\s*$)")
_FORMULA_IN_NUMBER = re.compile(r"[=@]|[+\-][^\d.]")
_ABSENT = {"na", "n/a", "nan", "null", "none", "-", "--", "—", "——", "…", "...", "/", "\\", "无", "缺", "不详", "*"}
_TIMES = {"千": 1000, "万": 10_000, "亿": 100_000_000}
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．，－＋％", "0123456789.,-+%")
_SEX_WORDS = dict.fromkeys(("男", "男性", "m", "1"), "male") | dict.fromkeys(("女", "女性", "f", "2"), "female")


def parse_cell(written: str, column: Column) -> Any:
    """The value of a cell (stripped text), or a Finding.

    text, word, code → str; integer → int; number → float; money → int (fen); date → datetime.date; an empty optional cell → None.
    """
    if not written:
        if not column.required:
            return "" if column.kind in ("text", "word", "code") else None
        return Finding("source_empty" if column.name == "source" else "cell_empty", {})
    if holds_identity_number(written):
        return Finding("cell_identity_number", {})
    formula = _FORMULA if column.kind in ("text", "word", "code") else _FORMULA_IN_NUMBER
    if written not in _ABSENT and formula.match(written):
        return Finding("cell_formula", {"found": shown(written)})
    return _PARSERS[column.kind](written, column)


def _text(written: str, column: Column) -> str:
    return written


def _word(written: str, column: Column) -> str | Finding:
    if written in column.words:
        return written
    expected = ", ".join(column.words)
    if column.name == "sex":
        return Finding("sex_word", {"found": shown(written), "nearest": _SEX_WORDS.get(written.lower(), expected)})
    return Finding("word_unknown", {"found": shown(written), "expected": expected, "nearest": nearest(written, column.words)})


def _code(written: str, column: Column) -> str | Finding:
    if re.fullmatch(rf"\d{{{column.digits}}}", written, re.ASCII):
        return written
    return Finding("code_malformed", {"found": shown(written), "digits": column.digits})


def _integer(written: str, column: Column) -> int | Finding:
    value = _decimal(written, column)
    if isinstance(value, Finding):
        return value
    if value != value.to_integral_value():
        return Finding("number_not_whole", {"found": shown(written)})
    return int(value)


def _number(written: str, column: Column) -> float | Finding:
    value = _decimal(written, column)
    return value if isinstance(value, Finding) else float(value)


def _money(written: str, column: Column) -> int | Finding:
    value = _decimal(written, column)
    if isinstance(value, Finding):
        return value
    fen = value * 100
    if fen != fen.to_integral_value():
        return Finding("money_decimals", {"found": shown(written)})
    return int(fen)


def _decimal(written: str, column: Column) -> Decimal | Finding:
    if not _PLAIN.fullmatch(written):
        return number_finding(written)
    if len(written) > 25:
        return Finding("number_too_long", {"found": shown(written)})
    value = Decimal(written)
    if column.low == 0 and value < 0:
        return Finding("number_negative", {"found": shown(written)})
    if (column.low is not None and value < Decimal(str(column.low))) or (
        column.high is not None and value > Decimal(str(column.high))
    ):
        return Finding("number_out_of_range", {"found": shown(written), "low": _bound(column.low), "high": _bound(column.high)})
    return value


def number_finding(written: str) -> Finding:
    """Why a text is no plain number, with the number it was probably meant to be where that can be told."""
    found = shown(written)
    half = written.translate(_HALF_WIDTH)
    plain = half.replace(",", "").replace(" ", "").removeprefix("+")
    if written.lower() in _ABSENT:
        return Finding("number_absent", {"found": found})
    if plain[-1:] in _TIMES and _PLAIN.fullmatch(plain[:-1]):
        value = Decimal(plain[:-1]) * _TIMES[plain[-1]]
        return Finding("number_in_large_units", {"found": found, "plain": f"{value.normalize():f}"})
    if plain[-1:] in ("%", "‰"):
        return Finding("number_percent", {"found": found, "plain": plain[:-1]})
    if re.fullmatch(r"-?\d+(\.\d+)?[eE][+-]?\d+", plain):
        return Finding("number_scientific", {"found": found})
    if _PLAIN.fullmatch(plain):
        return Finding("number_full_width" if half != written else "number_separators", {"found": found, "plain": plain})
    return Finding("number_text", {"found": found})


def _date(written: str, column: Column) -> dt.date | Finding:
    if not _DATE.fullmatch(written):
        return Finding("date_format", {"found": shown(written)})
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        return Finding("date_impossible", {"found": written})
    if not (column.low or 1) <= day.year <= (column.high or 9999):
        return Finding("number_out_of_range", {"found": written, "low": _bound(column.low), "high": _bound(column.high)})
    return day


def _bound(limit: float | None) -> str:
    return "…" if limit is None else f"{limit:g}"


_PARSERS: dict[str, Callable[[str, Column], Any]] = {
    "text": _text,
    "word": _word,
    "code": _code,
    "integer": _integer,
    "number": _number,
    "money": _money,
    "date": _date,
}
