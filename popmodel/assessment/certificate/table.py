"""The certificate as a table that reads well in a terminal and in a document."""

from __future__ import annotations

from collections.abc import Sequence

from popmodel.assessment.certificate.check import Check
from popmodel.assessment.text_table import text_table
from popmodel.messages import text

COLUMNS = ("check", "error", "bar", "unit", "result", "source")
NUMBERS = ("error", "bar")


def certificate_table(checks: Sequence[Check], lang: str | None = None) -> str:
    """A row a check: what was computed, its largest error, the bar, the unit, the result, and the source of the answer."""
    head = [text(f"certificate.column.{name}", lang=lang) for name in COLUMNS]
    return text_table(head, [_row(check, lang) for check in checks], {COLUMNS.index(name) for name in NUMBERS})


def _row(check: Check, lang: str | None) -> list[str]:
    result = text(f"certificate.result.{check.result}", lang=lang)
    why = check.why(lang)
    return [
        check.title(lang),
        "" if check.error is None else f"{check.error:.2g}",
        "" if check.bar is None else f"{check.bar:g}",
        text(f"certificate.unit.{check.unit}", lang=lang) if check.bar is not None else "",
        text("certificate.with_reason", lang=lang, result=result, reason=why) if why else result,
        check.source,
    ]
