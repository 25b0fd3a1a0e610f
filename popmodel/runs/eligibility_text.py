"""The check of a list as it is told in a terminal: rows by state, money, why not, and what to look at."""

from __future__ import annotations

import numpy as np

from popmodel.areas import Area
from popmodel.assessment.text_table import text_table
from popmodel.messages import number, text
from popmodel.runs.eligibility_run import counts, said, yuan
from popmodel.subsidies.eligibility import NOT_ENTITLED, CheckedList, Finding, excluded
from popmodel.subsidies.rules.entitlement import REASONS
from popmodel.subsidies.rules.registry import RULES
from popmodel.subsidies.schemes import title_of


def eligibility_text(checked: CheckedList, area: Area | None = None, *, others_given: bool = False) -> str:
    """The summary, in the language in force; amounts in yuan and fen."""
    scheme, found = title_of(checked.rule.scheme, area), counts(checked)
    rows = {name: number(value) for name, value in found.items() if not name.endswith("_fen")}
    parts = [
        text("subsidies.list_text.title", scheme=scheme, year=checked.year),
        text("subsidies.list_text.read", **rows),
        text("subsidies.list_text.owed", owed=_money(found["owed_fen"])),
        text("subsidies.list_text.new", count=number(int(checked.new.sum()))),
    ]
    if "paid_fen" in found:
        parts.append(text("subsidies.list_text.paid", paid=_money(found["paid_fen"])))
    against = np.bincount(checked.entitlement.reason[checked.state == NOT_ENTITLED], minlength=len(REASONS))
    if against.any():
        reasons = [[text(f"subsidies.reason.{REASONS[place]}"), number(int(against[place]))] for place in np.flatnonzero(against)]
        parts.append(_table("reasons", "reason", reasons))
    seen = [finding for finding in checked.findings if finding.code != "list_new"]
    if seen:
        ordered = sorted(seen, key=lambda finding: (not finding.settle, -len(finding.rows)))
        parts.append(_table("findings", "finding", [[_example(finding), number(len(finding.rows))] for finding in ordered]))
    excluding = [other.scheme for other in RULES.values() if excluded(checked.rule, other, checked.year)]
    if excluding and not others_given:
        others = text("problems.where_separator").join(title_of(other, area) for other in excluding)
        parts.append(text("subsidies.list_text.excludes", scheme=scheme, others=others))
    return "\n".join(parts) + "\n"


def _example(finding: Finding) -> str:
    return next(said(finding))[0]


def _table(title: str, head: str, rows: list[list[str]]) -> str:
    table = text_table([text(f"subsidies.list_text.{head}"), text("subsidies.list_text.rows")], rows, numbers={1})
    return f"\n{text(f'subsidies.list_text.{title}')}\n{table.rstrip()}\n"


def _money(fen: int) -> str:
    """Yuan and fen, exactly, thousands set apart."""
    whole, _, part = yuan(fen).partition(".")
    return f"{int(whole):,}.{part}"
