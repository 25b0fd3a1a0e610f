"""How a value is written: the one place for number formats, bold runs in a text, and the width a text takes.

All writers print what is made here, so that the PDF, the web page and the charts never disagree on a figure.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date
from numbers import Real
from typing import Any

from popmodel.messages import language, number, text

STATUSES = ("observed", "derived", "assumed")
MISSING = "—"
LATIN_EM = 0.57  # the mean width of a Latin letter or digit in our typeface
LONG_WORD = 18  # characters; longer words (addresses, checksums) may be broken anywhere
_BOLD = re.compile(r"\*\*(.+?)\*\*", flags=re.DOTALL)
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_UNBREAKABLE = re.compile(rf"[^\s{_WIDE}]+|[{_WIDE}]")
_TOO_LONG = re.compile(rf"[!-~]{{{LONG_WORD + 1},}}")
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]


def number_text(value: float, decimals: int = 0) -> str:
    """`value` with thousands separators and a true minus; what rounds to zero has no sign."""
    written = number(value, decimals)
    return written if any(digit in "123456789" for digit in written) else written.lstrip("\u2212")


def value_text(value: Any, kind: str, decimals: int, divisor: float, lang: str | None) -> str:
    """One cell of a table as it is printed; a missing value is a dash, text in a column of numbers stays as it is."""
    if is_missing(value):
        return MISSING
    if kind == "status":
        return text(f"report.status.{value}", lang=lang)
    if is_number(value):
        return str(int(value)) if kind == "year" else number_text(in_multiples(value, divisor), decimals)
    if type(value).__name__ in {"bool", "bool_"}:
        return text("report.value.yes" if value else "report.value.no", lang=lang)
    if isinstance(value, date):  # pandas' Timestamp is one, too
        return f"{value:%Y-%m-%d}"
    return str(value)


def in_multiples(value: Any, divisor: float) -> Any:
    """`value` in multiples of `divisor`; an integer stays one where nothing is divided."""
    return value if divisor == 1 else value / divisor


def is_missing(value: Any) -> bool:
    """None, NaN, NaT or pandas' NA."""
    if value is None or type(value).__name__ in {"NaTType", "NAType"}:
        return True
    return isinstance(value, float) and math.isnan(value)


def is_number(value: Any) -> bool:
    """A Python or numpy number; a truth value is none."""
    return isinstance(value, Real) and not isinstance(value, bool)


def runs(written: str) -> list[tuple[str, bool]]:
    """A text cut at its `**bold**` marks: (text, is bold)."""
    pieces = _BOLD.split(written)  # plain, bold, plain, bold, …, plain
    return [(piece, place % 2 == 1) for place, piece in enumerate(pieces) if piece]


def width_in_em(written: str) -> float:
    """About how wide the longest line of a text is, in units of the type size: a Chinese character is 1."""
    return max((sum(_em(one) for one in line) for line in written.split("\n")), default=0.0)


def widest_word(written: str) -> float:
    """The widest piece of a text that cannot be broken over two lines, in em; Chinese breaks after every character."""
    return max((width_in_em(piece) for piece in _UNBREAKABLE.findall(written)), default=0.0)


def breakable(written: str) -> str:
    """Let very long words break: zero-width spaces inside them, none elsewhere."""
    return _TOO_LONG.sub(lambda found: "\u200b".join(re.findall(r".{1,8}", found.group())), written)


def day_text(day: date, lang: str | None) -> str:
    """A date in words: 2026年11月24日, 24 November 2026."""
    month = _MONTHS[day.month - 1] if (lang or language()) == "en" else day.month
    return text("report.cover.day", lang=lang, year=day.year, month=month, day=day.day)


def _em(one: str) -> float:
    return 1.0 if unicodedata.east_asian_width(one) in "WF" else LATIN_EM
