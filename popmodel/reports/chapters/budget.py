"""Chapter: the budget of family subsidies. What to appropriate, its risk, when it is needed, what was settled, what moves it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from popmodel.budget import PAYERS, QUARTERS, TOTAL, budget_notes, by_scheme, payer_title, variant_range, variant_title
from popmodel.chain import Results
from popmodel.messages import number, text
from popmodel.reports.chapters.common import (
    assumption_notice,
    cell,
    column_title,
    columns,
    money,
    money_decimals,
    money_divisor,
    money_statuses,
    say,
    source,
    status_counts,
    year_column,
)
from popmodel.reports.figures import Words, stacked_bars
from popmodel.reports.model import Block, Chapter, Column, Heading, Notice, Paragraph, Picture, Table
from popmodel.subsidies import calibrations, schemes_of, short_title
from popmodel.subsidies.explanations import explanation_table
from popmodel.subsidies.outturn import outturn
from popmodel.subsidies.rules.special_support import KINDS

AWARD = "only_child_award"
_FEN = 100
# A calibration further from 1 than this says that the assumed shares of families are not the county's.
_FAR = 1.5


def budget(results: Results) -> Chapter:
    """The chapter on money: five years by scheme and payer, with ranges, quarters, settlement, switches and sensitivities."""
    made = results.budget
    drawn = results.projection.draws is not None
    blocks: list[Block] = [Paragraph(_lead(results)), *_notices(results), _scheme_table(results), _payer_figure(results)]
    blocks += [_payer_table(results), Paragraph(say("budget.payers_text")), assumption_notice("budget.payers_note")]
    if drawn:
        blocks += [Heading(say("budget.range")), Paragraph(say("budget.range_text")), _range_table(results)]
    blocks += [Heading(say("budget.people")), Paragraph(say("budget.people_text"))]
    if len(made.flows):
        blocks += [_flow_table(results)]
    blocks += [_bridge_table(results)]
    if (results.amounts["scheme"] == AWARD).any():
        blocks += [_award_figure(results)]
    if len(made.account):
        blocks += [_account_table(results)]
    blocks += [Heading(say("budget.calendar")), Paragraph(say("budget.calendar_text", year=made.first_ahead))]
    blocks += [_calendar_figure(results), _calendar_table(results)]
    if len(made.settled):
        blocks += [Heading(say("budget.settlement")), Paragraph(say("budget.settlement_text")), _settlement_table(results)]
        blocks += [_request_table(results)]
    blocks += [*_explanations(results)]
    if made.switches["cost"].any():
        blocks += [Heading(say("budget.switches")), Notice("warning", text("budget.text.switch_warning")), _switch_table(results)]
    blocks += [Heading(say("budget.worth")), Paragraph(say("budget.worth_text", year=made.first_ahead)), _worth_table(results)]
    if len(made.calculator):
        blocks += [Notice("info", say("budget.calculator_text"))]
    return Chapter("budget", say("budget.title"), blocks, sheets=[_calculator(results)] if len(made.calculator) else [])


def _unit() -> str:
    return text("chapters.unit.money")


def _money_column(name: str, title: str, *, fen: bool = False, group: str = "") -> Column:
    divisor = money_divisor() * (_FEN if fen else 1)
    return Column(name, title, unit=_unit(), decimals=money_decimals(), divisor=divisor, group=group, kind="number")


def _lead(results: Results) -> str:
    made = results.budget
    year = made.first_ahead
    of_year = made.appropriation[made.appropriation["year"] == year]
    total = int(of_year["amount_fen"].sum()) / _FEN
    county = int(of_year.loc[of_year["payer"] == "county", "amount_fen"].sum()) / _FEN
    key = "budget.lead" if results.projection.draws is not None else "budget.lead_plain"
    own = made.ranges[(made.ranges["scheme"] == TOTAL) & (made.ranges["year"] == year)].set_index("payer")
    low, high = (cell(own, TOTAL, name) for name in ("q10", "q90"))
    reserve = cell(own, "county", "contingency")
    return say(key, year=year, total=money(total), county=money(county), low=money(low), high=money(high), reserve=money(reserve))


def _notices(results: Results) -> list[Block]:
    """What a reader must know of this budget before the figures."""
    kinds: dict[str, Literal["assumption", "warning"]] = {"own_standard": "warning", "assumed": "assumption"}
    found = budget_notes(results.budget, results.projection)
    return [Notice(kinds.get(note, "info"), text(f"budget.text.{note}")) for note in found]


def _schemes(results: Results) -> list[str]:
    held = set(results.budget.appropriation["scheme"])
    return [scheme for scheme in schemes_of(results.projection.area) if scheme in held]


def _scheme_table(results: Results) -> Table:
    made, area = results.budget, results.projection.area
    wide = made.appropriation.pivot_table(index="scheme", columns="year", values="amount_fen", aggfunc="sum").astype("int64")
    wide = wide.loc[_schemes(results)]
    wide.loc[TOTAL] = wide.sum()
    frame = wide.rename(columns=str).reset_index()
    frame["scheme"] = [short_title(str(scheme), area) for scheme in frame["scheme"]]
    return Table(
        "budget_by_scheme",
        say("budget.scheme_table"),
        frame,
        [*columns(["scheme"]), *(_money_column(str(year), str(year), fen=True) for year in made.years)],
        notes=[say("budget.scheme_note")],
        source=source("county", "own"),
        statuses=money_statuses(area),
        total_row=True,
    )


def _payer_table(results: Results) -> Table:
    made, area = results.budget, results.projection.area
    wide = made.appropriation.pivot_table(index=["scheme", "payer"], columns="year", values="amount_fen").astype("int64")
    paying = wide.any(axis=1)
    order = [(scheme, payer) for scheme in _schemes(results) for payer in PAYERS if paying[scheme, payer]]
    sums = wide.groupby("payer").sum().loc[list(PAYERS)]
    chosen = wide.loc[order].rename(columns=str).reset_index()
    totals = sums.rename(columns=str).reset_index().assign(scheme=TOTAL)
    frame = pd.concat([chosen, totals], ignore_index=True)
    frame["scheme"] = [short_title(str(scheme), area) for scheme in frame["scheme"]]
    frame["payer"] = [payer_title(str(payer)) for payer in frame["payer"]]
    return Table(
        "budget_by_payer",
        say("budget.payer_table"),
        frame,
        [*columns(["scheme", "payer"]), *(_money_column(str(year), str(year), fen=True) for year in made.years)],
        source=source("own"),
        statuses=status_counts({"assumed": "status.shares"}),
    )


def _payer_figure(results: Results) -> Picture:
    sums = results.budget.appropriation.pivot_table(index="year", columns="payer", values="amount_fen", aggfunc="sum")
    frame = sums[list(PAYERS)].astype(float) / _FEN / money_divisor()
    words = Words("budget_payers_figure", say("budget.payer_figure"), say("budget.payer_figure_alt"), source("own"))
    return stacked_bars(words, frame.rename(columns=payer_title), unit=_unit())


def _range_table(results: Results) -> Table:
    made, projection = results.budget, results.projection
    ranges = made.ranges[(made.ranges["scheme"] == TOTAL) & made.ranges["payer"].isin([TOTAL, "county"])]
    frame = ranges[ranges["year"] > projection.launch].sort_values(["payer", "year"], ascending=[False, True])
    frame = frame.assign(payer=[payer_title(str(payer)) for payer in frame["payer"]])
    return Table(
        "budget_range",
        say("budget.range_table"),
        frame,
        [
            *columns(["payer"]),
            year_column(),
            _money_column("central", text("budget.text.central")),
            *(_money_column(name, column_title(name)) for name in ("q10", "q50", "q90")),
            _money_column("contingency", text("budget.text.contingency")),
        ],
        notes=[say("budget.range_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _flow_table(results: Results) -> Table:
    flows, area = results.budget.flows, results.projection.area
    order = {scheme: place for place, scheme in enumerate(schemes_of(area))}
    flows = flows[flows["year"] >= results.budget.first_ahead].sort_values(
        "scheme", key=lambda keys: keys.map(order), kind="stable"
    )
    titles = [short_title(str(scheme), area) for scheme in flows["scheme"]]
    frame = flows.assign(scheme=titles, exits=flows["moved"] + flows["ended"])
    names = ["start", "entrants", "deaths", "exits", "end"]
    shown = [Column(name, say(f"budget.flow_{name}"), unit=say("budget.people_unit")) for name in names]
    return Table(
        "recipient_flows",
        say("budget.flow_table"),
        frame,
        [*columns(["scheme"]), year_column(), *shown],
        notes=[say("budget.flow_note"), *_calibration_notes(results)],
        source=source("county", "own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _calibration_notes(results: Results) -> list[str]:
    """How far the assumed shares of families are from the recipients that were paid."""
    found = calibrations(results.projection)
    if not found:
        return []
    shown = text("problems.where_separator").join(
        f"{short_title(scheme, results.projection.area)} {factor:.2f}" for scheme, factor in found.items()
    )
    off = any(not 1 / _FAR <= factor <= _FAR for factor in found.values())
    return [say("budget.calibration_off" if off else "budget.calibration", factors=shown)]


def _bridge_table(results: Results) -> Table:
    """Every scheme from the year before to the first year ahead, then the totals of the years after."""
    made, area = results.budget, results.projection.area
    total = made.bridge.groupby("year").sum(numeric_only=True).reset_index().assign(scheme=TOTAL)
    frame = pd.concat([made.bridge[made.bridge["year"] == made.first_ahead], total[total["year"] >= made.first_ahead]])
    frame = frame.assign(scheme=[short_title(str(scheme), area) for scheme in frame["scheme"]])
    names = ["before_fen", "people_fen", "price_fen", "policy_fen", "after_fen"]
    return Table(
        "budget_bridge",
        say("budget.bridge_table"),
        frame,
        [*columns(["scheme"]), year_column(), *(_money_column(name, say(f"budget.{name}"), fen=True) for name in names)],
        notes=[say("budget.bridge_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _award_figure(results: Results) -> Picture:
    own = results.amounts[results.amounts["scheme"] == AWARD].set_index("year")
    name = short_title(AWARD, results.projection.area)
    frame = (own[["amount_yuan"]] / money_divisor()).rename(columns={"amount_yuan": name})
    words = Words("award_figure", say("budget.award_figure"), say("budget.award_figure_alt"), source("county", "own"))
    households = [number(float(count)) for count in own["recipients"]]
    return stacked_bars(words, frame, unit=_unit(), decimals=1, totals=households)


def _account_table(results: Results) -> Table:
    frame = results.budget.account
    yuan = ["arrears_start_yuan", "entitled_yuan", "paid_yuan", "arrears_end_yuan"]
    children = ["first_claims", "renewals", "part_year_children"]
    return Table(
        "allowance_account",
        say("budget.account_table"),
        frame,
        [
            year_column(),
            *(_money_column(name, say(f"budget.{name}")) for name in yuan),
            *(Column(name, say(f"budget.{name}"), unit=say("budget.children_unit")) for name in children),
        ],
        notes=[say("budget.account_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _calendar_table(results: Results) -> Table:
    frame = _by_quarter(results)
    own = results.budget.calendar[results.budget.calendar["year"] == results.budget.first_ahead]
    county = own[own["payer"] == "county"].groupby("quarter")["amount_fen"].sum().loc[list(QUARTERS)].astype("int64")
    frame.loc[TOTAL] = frame.sum()
    frame.loc["county"] = county
    frame["year"] = frame.sum(axis=1)
    named = {TOTAL: short_title(TOTAL, results.projection.area), "county": text("budget.text.of_county")}
    titles = [named.get(str(scheme)) or short_title(str(scheme), results.projection.area) for scheme in frame.index]
    frame = frame.reset_index(names="scheme").assign(scheme=titles)
    return Table(
        "cash_calendar",
        say("budget.calendar_table", year=results.budget.first_ahead),
        frame,
        [
            *columns(["scheme"]),
            *(_money_column(quarter, text(f"chapters.quarter.{quarter}"), fen=True) for quarter in QUARTERS),
            _money_column("year", say("budget.whole_year"), fen=True),
        ],
        notes=[say("budget.calendar_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _calendar_figure(results: Results) -> Picture:
    frame = _by_quarter(results).T / _FEN / money_divisor()
    frame = frame.rename(columns=lambda scheme: short_title(scheme, results.projection.area))
    frame = frame.rename(index=lambda quarter: text(f"chapters.quarter.{quarter}"))
    year = results.budget.first_ahead
    words = Words(
        "calendar_figure", say("budget.calendar_figure", year=year), say("budget.calendar_figure_alt", year=year), source("own")
    )
    return stacked_bars(words, frame, unit=_unit())


def _by_quarter(results: Results) -> pd.DataFrame:
    """Fen of the first year ahead by scheme (rows) and quarter (columns)."""
    own = results.budget.calendar[results.budget.calendar["year"] == results.budget.first_ahead]
    wide = own.pivot_table(index="scheme", columns="quarter", values="amount_fen", aggfunc="sum").astype("int64")
    wide.columns = wide.columns.tolist()  # a plain index: what is added to it has no name of its own
    return wide.loc[_schemes(results), list(QUARTERS)]


def _settlement_table(results: Results) -> Table:
    names = ["entitled_fen", "outturn_fen", "unpaid_fen", "appropriated_fen", "surplus_fen"]
    sums = by_scheme(results.budget.settled)
    titles = [short_title(str(scheme), results.projection.area) for scheme in sums["scheme"]]
    sums = sums.assign(scheme=titles, payer=[payer_title(str(payer)) for payer in sums["payer"]])
    yuan = text("chapters.unit.yuan")
    return Table(
        "settlement",
        say("budget.settlement_table"),
        sums,
        [
            year_column(),
            *columns(["scheme", "payer"]),
            *(
                Column(name, text(f"budget.text.{name}"), unit=yuan, decimals=2, divisor=_FEN, kind="number")
                for name in names
                if sums[name].notna().any()
            ),
        ],
        notes=[say("budget.settlement_note")],
        source=source("county"),
        statuses=status_counts({"observed": "status.settled"}),
    )


def _request_table(results: Results) -> Table:
    names = ["amount_fen", "unpaid_fen", "surplus_fen", "request_fen"]
    made = results.budget
    sums = made.request.groupby("payer")[names].sum().loc[list(PAYERS)]
    sums.loc[TOTAL] = sums.sum()
    frame = sums.reset_index()
    frame["payer"] = [payer_title(str(payer)) for payer in frame["payer"]]
    return Table(
        "budget_request",
        say("budget.request_table", year=made.first_ahead),
        frame,
        [*columns(["payer"]), *(_money_column(name, say(f"budget.{name}"), fen=True) for name in names)],
        notes=[say("budget.request_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.shares"}),
        total_row=True,
    )


def _explanations(results: Results) -> Sequence[Block]:
    """How the last outturn of special support may have come about, where there is one."""
    finished = outturn(results.projection.area)
    own = finished[(finished["scheme"] == "special_support") & (finished["recipients"] > 0)]
    if own.empty:
        return []
    last = own.iloc[-1]
    people, fen, year = int(last["recipients"]), int(last["amount_fen"]), int(last["year"])
    found = explanation_table(people, fen, year)
    frame = pd.DataFrame(
        {
            "explanation": [text(f"subsidies.explanation.{name}") for name in found["explanation"]],
            "possible": [_verdict(row) for row in found.to_dict("records")],
            "amounts": [_amounts(row) for row in found.to_dict("records")],
            **{kind: [_span(row, kind) for row in found.to_dict("records")] for kind in KINDS},
        }
    )
    titles = {kind: text(f"subsidies.fact_word.{kind}") for kind in KINDS}
    shown = [
        Column("explanation", say("budget.explanation"), width=12),
        Column("possible", say("budget.possible"), width=8),
        Column("amounts", say("budget.amounts"), width=7),
        *(Column(kind, title, width=4.6, group=say("budget.mixes")) for kind, title in titles.items()),
    ]
    table = Table(
        "special_support_explanations",
        say("budget.explanation_table", year=year, people=people, amount=number(fen / _FEN, 2)),
        frame,
        shown,
        notes=[say("budget.explanation_note")],
        source=source("county", "own"),
        statuses=status_counts({"derived": "status.explained"}),
        wide=False,
    )
    return [Heading(say("budget.explanations")), Paragraph(say("budget.explanation_text")), table]


def _verdict(row: Mapping[Hashable, Any]) -> str:
    if row["possible"]:
        return say("budget.possible_yes")
    return say("budget.possible_no", reason=text(f"subsidies.explanation_reason.{row['reason']}"))


def _amounts(row: Mapping[Hashable, Any]) -> str:
    """Yuan a head, or from where to where in which steps."""
    low, high, step = (row[name] for name in ("amount_low_fen", "amount_high_fen", "step_fen"))
    if pd.isna(low):
        return "–"
    first, last = (number(int(fen) / _FEN) for fen in (low, high))
    if low == high:
        return first
    key = "budget.amount_steps" if step else "budget.amount_span"
    return say(key, low=first, high=last, step=number(int(step) / _FEN))


def _span(row: Mapping[Hashable, Any], kind: str) -> str:
    low, high = row[f"{kind}_low"], row[f"{kind}_high"]
    return "–" if pd.isna(low) else f"{low}-{high}"


def _switch_table(results: Results) -> Table:
    made, area = results.budget, results.projection.area
    frame = made.switches[made.switches["cost"] != 0]
    frame = frame.assign(scenario=[area.scenarios[str(key)].name() for key in frame["scenario"]])
    names = ["cost", "cost_low", "cost_high"] if results.projection.draws is not None else ["cost"]
    return Table(
        "policy_switches",
        say("budget.switch_table"),
        frame,
        [
            *columns(["scenario"]),
            year_column(),
            _money_column("total", say("budget.switch_total")),
            *(_money_column(name, say(f"budget.{name}")) for name in names),
        ],
        notes=[say("budget.switch_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _worth_table(results: Results) -> Table:
    made = results.budget
    worth = made.sensitivity[made.sensitivity["span"] > 0]
    frame = pd.DataFrame(
        {
            "assumption": [variant_title(variant, results.projection) for variant in worth["variant"]],
            "from_to": [variant_range(variant) for variant in worth["variant"]],
            "change_low": worth["change_low"],
            "change_high": worth["change_high"],
        }
    )
    return Table(
        "budget_sensitivity",
        say("budget.worth_table", year=made.first_ahead),
        frame,
        [
            *columns(["assumption"]),
            Column("from_to", text("budget.text.from_to"), width=14),
            _money_column("change_low", text("budget.text.at_low")),
            _money_column("change_high", text("budget.text.at_high")),
        ],
        notes=[say("budget.worth_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _calculator(results: Results) -> Table:
    """The sheet in which a planner changes a standard: amounts follow by formula."""
    made, area = results.budget, results.projection.area
    years = [year for year in made.years if f"total_{year}" in made.calculator]
    frame = made.calculator.copy()
    frame["scheme"] = [short_title(str(scheme), area) for scheme in frame["scheme"]]
    average = say("budget.average_unit")
    frame["unit"] = [average if unit == "average" else text(f"parameters.unit.{unit}") for unit in frame["unit"]]
    frame["yours_yuan"] = frame["standard_yuan"]
    for year in years:
        frame[f"new_{year}"] = frame[f"total_{year}"]
        frame[f"new_county_{year}"] = frame[f"county_{year}"]
    total = {str(name): frame[name].sum() for name in frame if str(name)[-4:].isdigit()}
    frame = pd.concat([frame, pd.DataFrame([{"scheme": short_title(TOTAL, area), "unit": "", **total}])], ignore_index=True)
    groups = [
        ("total", say("budget.calculator_now"), ""),
        ("new", say("budget.calculator_new"), "{{total_{year}}}*{{yours_yuan}}/{{standard_yuan}}"),
        ("new_county", say("budget.calculator_county"), "{{county_{year}}}*{{yours_yuan}}/{{standard_yuan}}"),
        ("county", say("budget.calculator_county_now"), ""),
    ]
    yuan = text("chapters.unit.yuan")
    shown = [
        *columns(["scheme"]),
        Column("unit", say("budget.calculator_unit")),
        Column("standard_yuan", say("budget.calculator_standard"), decimals=2),
        Column("yours_yuan", say("budget.calculator_yours"), decimals=2, editable=True),
    ]
    for name, group, formula in groups:
        for year in years:
            one = _money_column(f"{name}_{year}", str(year), group=group)
            shown.append(Column(**{**vars(one), "formula": formula.format(year=year)}))
    return Table(
        "budget_calculator",
        say("budget.calculator_title"),
        frame,
        shown,
        notes=[say("budget.calculator_note"), say("budget.calculator_units", yuan=yuan, unit=_unit())],
        source=source("own"),
        total_row=True,
    )
