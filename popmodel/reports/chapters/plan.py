"""Chapter: the table for the five-year plan 2026-2030, people, places and money on one page."""

from __future__ import annotations

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.assessment import column
from popmodel.chain import Results
from popmodel.messages import text
from popmodel.reports.chapters.common import PLAN_YEARS, cell, say, source, status_counts
from popmodel.reports.chapters.subsidies import amounts_by_scheme
from popmodel.reports.model import Chapter, Column, Paragraph, Table
from popmodel.subsidies import short_title

# One column holds persons, places and money, so money is in a unit that needs no decimals.
PLAN_MONEY = 10_000
# Rows that have an 80 per cent range, by its quantity.
RANGES = {
    "residents": "residents",
    "registered": "registered",
    "births": "births",
    "deaths": "deaths",
    "migration": "migration",
    "registered_births": "registered_births",
    "children_0_2": "children_0_2",
    "children_3_5": "children_3_5",
    "age_60_plus": "persons_60_plus",
    "age_65_plus": "persons_65_plus",
    "age_80_plus": "persons_80_plus",
    "women_15_49": "women_15_49",
    "required_norm_resident": "required_norm_resident",
    "required_norm_registered": "required_norm_registered",
    "required_enrolment": "required_enrolment",
}

_MONEY = "money_"


def plan(results: Results) -> Chapter:
    """The chapter with the plan's table: an indicator a row, a year a column."""
    return Chapter(
        "plan", say("plan.title"), [Paragraph(say("plan.lead", scenario=results.projection.scenario.name())), _table(results)]
    )


def _title(key: str, area: Area) -> str:
    if not key.startswith(_MONEY) or key == f"{_MONEY}total":
        return text(f"chapters.plan.row.{key}")
    return short_title(key.removeprefix(_MONEY), area)


def _range(ranged: pd.DataFrame, key: str, divisor: float) -> dict[str, float]:
    """The 80 per cent range of a row in the plan's last year, missing where it has none."""
    quantity = f"amount_{key.removeprefix(_MONEY)}" if key.startswith(_MONEY) else RANGES.get(key)
    if quantity is None:
        return {"low": np.nan, "high": np.nan}
    return {name: cell(ranged, quantity, column(share)) / divisor for name, share in (("low", 0.1), ("high", 0.9))}


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
        *((f"{_MONEY}{scheme}", yuan, money[scheme]) for scheme in money.columns),
    ]
    if results.births_by_counts:
        rows += [("allowance_low", yuan, allowance["low"]), ("allowance_high", yuan, allowance["high"])]
    ranged = results.ranges[results.ranges["year"] == PLAN_YEARS[-1]].set_index("quantity")
    frame = pd.DataFrame(
        [
            {
                "indicator": _title(key, p.area),
                "unit": unit,
                **{str(year): float(values[year]) for year in PLAN_YEARS},
                **_range(ranged, key, PLAN_MONEY if unit == yuan else 1),
            }
            for key, unit, values in rows
        ]
    )
    shown = [Column("indicator", text("chapters.column.indicator")), Column("unit", text("chapters.column.unit"))]
    shown += [Column(str(year), str(year)) for year in PLAN_YEARS]
    group = say("plan.range", year=PLAN_YEARS[-1])
    shown += [Column(name, text(f"chapters.column.range_{name}"), group=group) for name in ("low", "high")]
    return Table(
        "plan",
        say("plan.table"),
        frame,
        shown,
        notes=[say("plan.note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.future"}),
    )
