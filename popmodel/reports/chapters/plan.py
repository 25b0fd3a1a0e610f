"""Chapter: the table for the five-year plan 2026-2030, people, places and money on one page."""

from __future__ import annotations

import pandas as pd

from popmodel.assessment import column
from popmodel.chain import Results
from popmodel.messages import number, text
from popmodel.reports.chapters.common import PLAN_YEARS, cell, say, source, status_counts
from popmodel.reports.chapters.subsidies import amounts_by_scheme
from popmodel.reports.model import Chapter, Column, Paragraph, Table

# One column holds persons, places and money, so money is in a unit that needs no decimals.
PLAN_MONEY = 10_000
# Rows that have their 80 per cent range below them, by its quantity.
RANGES = {
    "residents": "residents",
    "registered": "registered",
    "births": "births",
    "children_0_2": "children_0_2",
    "age_60_plus": "persons_60_plus",
    "required_norm_resident": "required_norm_resident",
    "required_norm_registered": "required_norm_registered",
    "required_enrolment": "required_enrolment",
    "money_total": "amount_total",
}


def plan(results: Results) -> Chapter:
    """The chapter with the plan's table: an indicator a row, a year a column."""
    return Chapter(
        "plan", say("plan.title"), [Paragraph(say("plan.lead", scenario=results.projection.scenario.name())), _table(results)]
    )


def _range(results: Results, quantity: str, divisor: float) -> dict[str, str]:
    """The 80 per cent range of each of the plan's years, as it is printed."""
    rows = results.ranges[results.ranges["quantity"] == quantity].set_index("year")
    return {str(year): "–".join(number(cell(rows, year, column(share)) / divisor) for share in (0.1, 0.9)) for year in PLAN_YEARS}


def _table(results: Results) -> Table:
    p = results.projection
    resident, registered, flows = p.age_groups(), p.age_groups("registered"), p.components()
    places = results.places.set_index("year")
    money = amounts_by_scheme(results) / PLAN_MONEY
    allowance = results.allowance_range / PLAN_MONEY
    person, place, yuan = (text(f"chapters.unit.{unit}") for unit in ("person", "place", "plan_money"))
    rows: list[tuple[str, str, pd.Series]] = [
        ("residents", person, resident["all"]),
        ("registered", person, registered["all"]),
        ("births", person, flows["births"]),
        ("deaths", person, flows["deaths"]),
        ("migration", person, flows["migration"]),
        ("registered_births", person, p.components("registered")["births"]),
        ("children_0_2", person, resident["0-2"]),
        ("children_3_5", person, resident["3-5"]),
        ("age_6_11", person, resident["6-11"]),
        ("age_12_14", person, resident["12-14"]),
        ("age_15_17", person, resident["15-17"]),
        ("age_16_59", person, resident["16-59"]),
        ("age_60_plus", person, resident["60+"]),
        ("age_65_plus", person, resident["65+"]),
        ("age_80_plus", person, resident["80+"]),
        ("women_15_49", person, resident["women 15-49"]),
        ("required_norm_resident", place, places["required_norm_resident"]),
        ("required_norm_registered", place, places["required_norm_registered"]),
        ("required_enrolment", place, places["required_enrolment"]),
        ("places", place, places["places"]),
        *((f"money_{scheme}", yuan, money[scheme]) for scheme in money.columns),
        ("allowance_low", yuan, allowance["low"]),
        ("allowance_high", yuan, allowance["high"]),
    ]
    printed = []
    for key, unit, values in rows:
        name = text(f"chapters.plan.row.{key}")
        printed.append({"indicator": name, "unit": unit} | {str(year): number(float(values[year])) for year in PLAN_YEARS})
        if key in RANGES:
            divisor = PLAN_MONEY if unit == yuan else 1
            printed.append({"indicator": say("plan.range_row", what=name), "unit": unit} | _range(results, RANGES[key], divisor))
    frame = pd.DataFrame(printed)
    shown = [Column("indicator", text("chapters.column.indicator")), Column("unit", text("chapters.column.unit"))]
    shown += [Column(str(year), str(year), align="right") for year in PLAN_YEARS]
    return Table(
        "plan",
        say("plan.table"),
        frame,
        shown,
        notes=[say("plan.note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.future"}),
    )
