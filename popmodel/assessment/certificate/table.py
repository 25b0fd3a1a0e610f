"""The certificate as a table that reads well in a terminal and in a document: Markdown with columns of even width."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from popmodel.assessment.certificate.check import Check
from popmodel.messages import text

COLUMNS = ("check", "error", "bar", "unit", "result", "source")
NUMBERS = ("error", "bar")


def certificate_table(checks: Sequence[Check], lang: str | None = None) -> str:
    """A row a check: what was computed, its largest error, the bar, the unit, the result, and the source of the answer."""
    head = [text(f"certificate.column.{name}", lang=lang) for name in COLUMNS]
    rows = [_row(check, lang) for check in checks]
    widths = [max(3, *(_width(row[place]) for row in [head, *rows])) for place in range(len(COLUMNS))]
    rule = [("-" * (width - 1) + ":") if name in NUMBERS else "-" * width for name, width in zip(COLUMNS, widths, strict=True)]
    return "\n".join(_line(row, widths) for row in [head, rule, *rows]) + "\n"


def _row(check: Check, lang: str | None) -> list[str]:
    result = text(f"certificate.result.{check.result}", lang=lang)
    why = check.why(lang)
    return [
        check.title(lang).replace("|", "\\|"),
        "" if check.error is None else f"{check.error:.2g}",
        "" if check.bar is None else f"{check.bar:g}",
        text(f"certificate.unit.{check.unit}", lang=lang) if check.bar is not None else "",
        text("certificate.with_reason", lang=lang, result=result, reason=why).replace("|", "\\|") if why else result,
        check.source.replace("|", "\\|"),
    ]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        " " * (width - _width(cell)) + cell if name in NUMBERS else cell + " " * (width - _width(cell))
        for name, cell, width in zip(COLUMNS, cells, widths, strict=True)
    ]
    return f"| {' | '.join(padded)} |"


def _width(cell: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in cell)
