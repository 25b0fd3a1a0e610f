"""The budget as a budget officer reads it in a terminal: schemes, payers, what suffices, quarters, and what to watch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from popmodel.assessment.text_table import text_table
from popmodel.budget import (
    PARTS,
    PAYERS,
    QUARTERS,
    TOTAL,
    Budget,
    budget_notes,
    by_scheme,
    payer_title,
    variant_range,
    variant_title,
)
from popmodel.messages import number, text
from popmodel.projection import Projection
from popmodel.reports.chapters.common import money_decimals, money_divisor
from popmodel.runs.budget_run import BudgetRun
from popmodel.subsidies import schemes_of, short_title

_MOST_VARIANTS = 8


def budget_text(run: BudgetRun) -> str:
    """The whole summary, in the language in force; money in 万元 or million yuan, rows adding as budgeted."""
    made, projection = run.budget, run.projection
    area = projection.area
    head = text("budget.text.title", name=area.name(), scenario=projection.scenario.name(), years=_span(made.years))
    parts = [
        head,
        text("budget.text.unit", unit=text("chapters.unit.money")),
        _section("schemes", _by_scheme(made, projection)),
        _section("payers", _by_payer(made)),
        _section("ranges", _ranges(made, projection)) if projection.draws is not None else "",
        _section("both", _both(run.both)) if len(run.both) else "",
        *(text("budget.text.no_places", why=problem.describe()) for problem in run.why_not),
        _section("calendar", _calendar(made, projection), year=made.first_ahead),
        _section("settlement", _settlement(made, projection)) if len(made.settled) else "",
        _section("switches", _switches(made, projection)) if made.switches["cost"].any() else "",
        _section("sensitivity", _sensitivity(made, projection), year=made.first_ahead),
        *(_note(note) for note in budget_notes(made, projection)),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _note(note: str) -> str:
    """A note of a budget as it is printed; a warning is told as one."""
    return text(f"budget.text.{'warning' if note == 'own_standard' else 'note'}", what=text(f"budget.text.{note}"))


def _span(years: Sequence[int]) -> str:
    return str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"


def _section(name: str, table: str, **given: Any) -> str:
    return f"\n{text(f'budget.text.{name}', **given)}\n{table.rstrip()}"


def _money(yuan: float) -> str:
    return number(yuan / money_divisor(), money_decimals())


def _fen(fen: int) -> str:
    return _money(fen / 100)


def _yuan(fen: Any) -> str:
    return "–" if pd.isna(fen) else number(int(fen) / 100, 2)


def _by_scheme(made: Budget, projection: Projection) -> str:
    totals = made.appropriation.groupby(["scheme", "year"])["amount_fen"].sum()
    finished = made.amounts.groupby("year")["basis"].agg(lambda held: set(held) == {"outturn"})
    head = ["", *(text("budget.text.of_outturn", year=year) if finished[year] else str(year) for year in made.years)]
    order = [scheme for scheme in schemes_of(projection.area) if scheme in set(made.appropriation["scheme"])]
    rows = [
        [short_title(scheme, projection.area), *(_fen(int(totals.get((scheme, year), 0))) for year in made.years)]
        for scheme in order
    ]
    whole = made.appropriation.groupby("year")["amount_fen"].sum()
    rows.append([text("subsidies.scheme.total"), *(_fen(int(whole[year])) for year in made.years)])
    return _table(head, rows)


def _by_payer(made: Budget) -> str:
    totals = made.appropriation.groupby(["payer", "year"])["amount_fen"].sum()
    rows = [[payer_title(payer), *(_fen(int(totals[payer, year])) for year in made.years)] for payer in PAYERS]
    return _table(["", *map(str, made.years)], rows)


def _both(both: pd.DataFrame) -> str:
    """Public money for families and for places by payer, and in all."""
    years = sorted(set(both["year"]))
    sums = both.set_index(["part", "payer", "year"])["amount_fen"]
    rows = []
    for part in PARTS:
        title = text(f"budget.text.for_{part}")
        rows.append([title, *(_fen(int(sums[part][:, year].sum())) for year in years)])
        rows += [[f"  {payer_title(payer)}", *(_fen(int(sums[part, payer, year])) for year in years)] for payer in PAYERS]
    return _table(["", *map(str, years)], rows)


def _ranges(made: Budget, projection: Projection) -> str:
    """Central, median, 80 per cent range and what suffices, of the total and of the county's part."""
    rows = []
    for payer, title in ((TOTAL, text("subsidies.scheme.total")), ("county", payer_title("county"))):
        own = made.ranges[(made.ranges["scheme"] == TOTAL) & (made.ranges["payer"] == payer)].set_index("year")
        for year in made.years:
            if year > projection.launch:
                of: Any = own.loc[year]
                cells = [_money(float(of[name])) for name in ("central", "q50", "q10", "q90", "contingency")]
                rows.append([title, str(year), *cells])
    head = [
        "",
        text("budget.text.year"),
        *(text(f"budget.text.{name}") for name in ("central", "q50", "q10", "q90", "contingency")),
    ]
    return _table(head, rows)


def _calendar(made: Budget, projection: Projection) -> str:
    own = made.calendar[made.calendar["year"] == made.first_ahead]
    by_scheme, by_payer = (own.groupby([name, "quarter"])["amount_fen"].sum() for name in ("scheme", "payer"))
    rows = [[short_title(str(scheme), projection.area), *_quarters(by_scheme, str(scheme))] for scheme in own["scheme"].unique()]
    rows.append([text("budget.text.of_county"), *_quarters(by_payer, "county")])
    return _table(["", *(text(f"chapters.quarter.{quarter}") for quarter in QUARTERS)], rows)


def _quarters(sums: pd.Series, name: str) -> list[str]:
    return [_fen(int(sums[name, quarter])) for quarter in QUARTERS]


def _settlement(made: Budget, projection: Projection) -> str:
    """Of each finished year and scheme: owed, paid, left unpaid, appropriated, left over; yuan and fen."""
    names = ["entitled_fen", "outturn_fen", "unpaid_fen", "appropriated_fen", "surplus_fen"]
    rows = []
    for row in by_scheme(made.settled).to_dict("records"):
        scheme = short_title(str(row["scheme"]), projection.area)
        titled = scheme if row["payer"] == TOTAL else f"{scheme} · {payer_title(str(row['payer']))}"
        rows.append([str(row["year"]), titled, *(_yuan(row[name]) for name in names)])
    head = [text("budget.text.year"), "", *(text(f"budget.text.{name}") for name in names)]
    return text_table(head, rows, numbers=range(2, len(head)))


def _switches(made: Budget, projection: Projection) -> str:
    rows = []
    for key, own in made.switches.groupby("scenario", sort=False):
        last = own.iloc[-1]
        if not last["cost"]:
            continue
        cells = [_money(float(last[name])) for name in ("cost", "cost_low", "cost_high")] if projection.draws is not None else [
            _money(float(last["cost"])), "–", "–",
        ]  # fmt: skip
        rows.append([projection.area.scenarios[str(key)].name(), str(int(last["year"])), *cells])
    head = ["", text("budget.text.year"), *(text(f"budget.text.{name}") for name in ("cost", "q10", "q90"))]
    return _table(head, rows)


def _sensitivity(made: Budget, projection: Projection) -> str:
    rows = [
        [
            variant_title(row["variant"], projection),
            variant_range(row["variant"]),
            *(_signed(float(row[name])) for name in ("change_low", "change_high")),
        ]
        for row in made.sensitivity[made.sensitivity["span"] > 0].head(_MOST_VARIANTS).to_dict("records")
    ]
    head = [text(f"budget.text.{name}") for name in ("assumption", "from_to", "at_low", "at_high")]
    return text_table(head, rows, numbers={2, 3})


def _signed(yuan: float) -> str:
    shown = _money(yuan)
    return f"+{shown}" if yuan > 0 and shown != _money(0.0) else shown


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return text_table(head, list(rows), numbers=range(1, len(head)))
