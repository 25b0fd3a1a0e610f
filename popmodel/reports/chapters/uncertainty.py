"""Chapter: how wrong it could be. Fans, ranges and chances from one set of draws that runs from births to money."""

from __future__ import annotations

import pandas as pd

from popmodel.areas import reported_registered
from popmodel.assessment import beside_baseline, column, quantity_title, statement_text
from popmodel.chain import Results
from popmodel.messages import number, text
from popmodel.reports.chapters.common import (
    PLAN_YEARS,
    cell,
    columns,
    money,
    money_decimals,
    money_divisor,
    people_divisor,
    say,
    source,
    status_counts,
)
from popmodel.reports.figures import Fan, Words, fan_charts
from popmodel.reports.model import Block, Chapter, Column, Heading, Notice, Paragraph, Picture, Table
from popmodel.scenarios import of_people

BANDS = ((0.05, 0.95), (0.10, 0.90), (0.25, 0.75))
TABLE_YEARS = (2026, 2030, 2035)
CHANCE_YEARS = (2026, 2028, 2030, 2035, 2050)
PEOPLE = ("residents", "births", "children_0_2", "children_3_5", "persons_60_plus", "registered", "registered_0_2")
PLACES = tuple(
    f"{kind}_{measure}" for measure in ("norm_resident", "norm_registered", "enrolment") for kind in ("required", "gap")
)
# The part of the draws for which an appropriation is to suffice.
SUFFICES = 0.90


def uncertainty(results: Results) -> Chapter:
    """The chapter on ranges and chances."""
    draws = results.projection.draws
    assert draws is not None, "the chain asks for draws"
    blocks: list[Block] = [
        Paragraph(_lead(results, draws.count)),
        Notice("assumption", say("uncertainty.sources")),
        _fans(results),
        Notice("info", say("uncertainty.reading")),
        Heading(say("uncertainty.people")),
        _ranges_table(results, "people", PEOPLE, text("chapters.unit.person")),
        *_reported_outside(results),
        Heading(say("uncertainty.places_money")),
        _ranges_table(results, "places", PLACES, text("chapters.unit.place")),
        Paragraph(_suffices(results)),
        _money_table(results),
        Heading(say("uncertainty.chances")),
        _chances_table(results),
        Heading(say("uncertainty.scenarios")),
        Paragraph(say("uncertainty.scenarios_text")),
        _scenario_table(results),
    ]
    return Chapter("uncertainty", say("uncertainty.title"), blocks)


def range_note(results: Results, quantity: str, year: int, divisor: float = 1, decimals: int = 0) -> str:
    """The 80 per cent range of a quantity in a year as a short note; empty where it has none."""
    rows = _of(results, quantity)
    if year not in rows.index:
        return ""
    low, high = (number(cell(rows, year, column(share)) / divisor, decimals) for share in (0.1, 0.9))
    return say("uncertainty.range_gap" if quantity.startswith("gap_") else "uncertainty.range_note", low=low, high=high)


def _of(results: Results, quantity: str) -> pd.DataFrame:
    """The ranges of one quantity by year, without those of which nothing is known."""
    rows = results.ranges[results.ranges["quantity"] == quantity].set_index("year")
    return rows.dropna(subset=["central"])


def _lead(results: Results, draws: int) -> str:
    year, own = results.projection.launch, results.projection.area.facts.own
    low, high = (cell(_of(results, "births"), year, column(share)) for share in (0.1, 0.9))
    used = own.births or own.registered_births or own.months or own.claims
    return say("uncertainty.lead_own" if used else "uncertainty.lead", draws=draws, year=year, low=low, high=high)


def _fans(results: Results) -> Picture:
    launch = results.projection.launch
    fans = [
        _fan(results, "births", text("chapters.unit.births"), 1),
        _fan(results, "children_0_2", text("chapters.unit.person"), 1),
        _fan(results, "residents", text("chapters.unit.many_persons"), people_divisor()),
        _fan(results, "amount_total", text("chapters.unit.money"), money_divisor()),
    ]
    words = Words("fans", say("uncertainty.fans"), say("uncertainty.fans_alt"), source("own"))
    return fan_charts(words, fans, projected_from=launch)


def _fan(results: Results, quantity: str, unit: str, divisor: float) -> Fan:
    rows = _of(results, quantity)
    bands = [
        (
            say("uncertainty.band", share=round(100 * (high - low))),
            rows[column(low)].to_numpy() / divisor,
            rows[column(high)].to_numpy() / divisor,
        )
        for low, high in BANDS
    ]
    return Fan(quantity_title(quantity), unit, rows.index.to_numpy(), rows["central"].to_numpy() / divisor, bands)


def _ranges_table(results: Results, key: str, quantities: tuple[str, ...], unit: str) -> Table:
    """Central path, 80 per cent range by year; a row a quantity."""
    rows = []
    years: list[int] = []
    for quantity in quantities:
        found = _of(results, quantity)
        if found.empty:
            continue
        years = [year for year in TABLE_YEARS if year in found.index]
        row: dict[str, object] = {"item": quantity_title(quantity)}
        for year in years:
            for name, shown_as in ((column(0.1), "low"), ("central", "central"), (column(0.9), "high")):
                row[f"{shown_as}_{year}"] = cell(found, year, name)
        rows.append(row)
    shown = columns(["item"])
    for year in years:
        for name in ("low", "central", "high"):
            shown.append(Column(f"{name}_{year}", text(f"chapters.column.range_{name}"), unit=unit, group=str(year)))
    return Table(
        f"ranges_{key}",
        say(f"uncertainty.table_{key}"),
        pd.DataFrame(rows),
        shown,
        notes=[say("uncertainty.table_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _reported_outside(results: Results) -> list[Block]:
    """That the reported number of registered people lies outside the range of the derived one, where it does."""
    told = reported_registered(results.projection.area)
    rows = _of(results, "registered")
    if told is None or told.year not in rows.index:
        return []
    low, high = (cell(rows, told.year, column(share)) for share in (0.1, 0.9))
    if low <= told.value <= high:
        return []
    return [Notice("warning", say("uncertainty.reported_outside", year=told.year, reported=told.value, low=low, high=high))]


def _suffices(results: Results) -> str:
    rows = _of(results, "amount_total")
    year = PLAN_YEARS[0]
    central, enough = cell(rows, year, "central"), cell(rows, year, column(SUFFICES))
    return say(
        "uncertainty.suffices",
        year=year,
        share=round(100 * SUFFICES),
        central=money(central),
        enough=money(enough),
        reserve=money(enough - central),
    )


def _money_table(results: Results) -> Table:
    rows = _of(results, "amount_total")
    frame = rows.loc[[year for year in rows.index if year > results.projection.launch]]
    frame = frame[["central", *(column(share) for share in (0.1, 0.5, 0.9, 0.95))]].reset_index()
    frame["reserve"] = frame[column(SUFFICES)] - frame["central"]
    titles = {
        "central": "range_central",
        **{column(share): column(share) for share in (0.1, 0.5, 0.9, 0.95)},
        "reserve": "reserve",
    }
    unit, decimals, divisor = text("chapters.unit.money"), money_decimals(), money_divisor()
    shown = columns(["year"], kind="year")
    for name, title in titles.items():
        shown.append(Column(name, text(f"chapters.column.{title}"), unit=unit, decimals=decimals, divisor=divisor))
    return Table(
        "ranges_money",
        say("uncertainty.table_money"),
        frame,
        shown,
        notes=[say("uncertainty.money_note" if results.births_by_counts else "uncertainty.money_note_counted")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _chances_table(results: Results) -> Table:
    years = [year for year in CHANCE_YEARS if year in set(results.chances["year"])]
    wide = results.chances.pivot(index="statement", columns="year", values="probability")
    wide = wide.loc[list(dict.fromkeys(results.chances["statement"])), years].rename(columns=lambda year: f"year_{year}")
    wide = wide.map(_percent)
    wide.insert(0, "statement", [statement_text(str(name)) for name in wide.index])
    percent = text("chapters.unit.percent")
    shown = columns(["statement"]) + [Column(f"year_{year}", str(year), unit=percent, align="right") for year in years]
    return Table(
        "chances",
        say("uncertainty.table_chances"),
        wide.reset_index(drop=True),
        shown,
        notes=[say("uncertainty.chances_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _percent(probability: float) -> str:
    """A probability as whole per cent; never 0 or 100 for what did happen, or fail, in some draws."""
    if 0 < probability < 0.01:
        return say("uncertainty.never")
    return say("uncertainty.nearly_always") if 0.99 < probability < 1 else number(100 * probability)


def _scenario_table(results: Results) -> Table:
    """Children 0-2 of each scenario: their 80 per cent range, and in how many draws they exceed the baseline's."""
    scenarios = of_people(results.projection.area.scenarios)
    baseline = next(one.key for one in scenarios.values() if one.baseline)
    found = beside_baseline(results.scenario_draws, baseline, "children_0_2")
    wide = found.pivot(index="scenario", columns="year", values=["low", "high", "difference", "more"]).loc[list(scenarios)]
    wide.columns = [f"{pair[0]}_{pair[1]}" for pair in wide.columns.to_list()]
    wide.insert(0, "name", [scenario.name() for scenario in scenarios.values()])
    years = sorted(set(found["year"]))
    person, percent = text("chapters.unit.person"), text("chapters.unit.percent")
    shown = [Column("name", text("chapters.column.scenario"))]
    for year in years:
        shown += [
            Column(f"{name}_{year}", text(f"chapters.column.{title}"), unit=person, group=str(year))
            for name, title in (("low", "range_low"), ("high", "range_high"), ("difference", "difference"))
        ]
        shown.append(Column(f"more_{year}", text("chapters.column.more_often"), unit=percent, divisor=0.01, group=str(year)))
    return Table(
        "scenario_draws",
        say("uncertainty.table_scenarios"),
        wide.reset_index(drop=True),
        shown,
        notes=[say("uncertainty.scenario_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )
