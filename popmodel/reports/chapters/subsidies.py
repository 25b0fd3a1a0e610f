"""Chapter: family subsidies. Recipients and amounts by scheme, who pays, the allowance's range, and the standards behind them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from popmodel.areas import Area, reported
from popmodel.assessment import anchor_year, years_counted
from popmodel.budget import totals_by_year
from popmodel.chain import Results
from popmodel.messages import number, text
from popmodel.reports.chapters.common import (
    assumption_notice,
    cell,
    columns,
    listed_years,
    money,
    money_decimals,
    money_divisor,
    money_statuses,
    outturn_years,
    say,
    source,
    status_counts,
    year_column,
)
from popmodel.reports.figures import Words, line_chart, stacked_bars
from popmodel.reports.model import Block, Chapter, Column, Heading, Paragraph, Picture, Table
from popmodel.subsidies import reproduce_outturn, scheme_title, schemes_of, short_title

ALLOWANCE = "childcare_allowance"


def subsidies(results: Results) -> Chapter:
    """The chapter on subsidies to 2035."""
    blocks: list[Block] = [
        Paragraph(_lead(results)),
        _amounts_figure(results),
        _amounts_table(results),
        _recipients_table(results),
    ]
    if "outturn" in results.projection.area.tables:
        blocks += [Heading(say("subsidies.outturn")), *_outturn_text(results.projection.area), _outturn_table(results)]
    blocks += [Heading(say("subsidies.allowance")), Paragraph(_allowance_text(results))]
    if results.births_by_counts:
        blocks += [_allowance_figure(results), _allowance_table(results)]
    blocks.append(assumption_notice("subsidies.allowance_note"))
    return Chapter("subsidies", say("subsidies.title"), blocks)


def amounts_by_scheme(results: Results) -> pd.DataFrame:
    """Yuan by year (rows) and scheme (columns, in the order of `schemes_of`), with `total`."""
    wide = results.amounts.pivot(index="year", columns="scheme", values="amount_yuan")
    wide = wide[[scheme for scheme in schemes_of(results.projection.area) if scheme in wide.columns]]
    return wide.assign(total=totals_by_year(results.amounts).set_index("year")["amount_yuan"])


def scheme_columns(area: Area, frame: pd.DataFrame, unit: str, decimals: int, divisor: float) -> list[Column]:
    """A column a scheme and the total, titled by the scheme's short name."""
    return [
        Column(name, short_title(name, area), unit=unit, decimals=decimals, divisor=divisor)
        for name in frame.columns
        if name != "year"
    ]


def _lead(results: Results) -> str:
    frame = amounts_by_scheme(results)
    low, high = (cell(results.allowance_range, 2026, end) for end in ("low", "high"))
    other_counts = {"low": money(low), "high": money(high)} if results.births_by_counts else {}
    return say(
        "subsidies.lead" if other_counts else "subsidies.lead_counted",
        **other_counts,
        total=money(cell(frame, 2026, "total")),
        allowance=money(cell(frame, 2026, ALLOWANCE)),
        share=number(100 * cell(frame, 2026, ALLOWANCE) / cell(frame, 2026, "total")),
        total_2030=money(cell(frame, 2030, "total")),
    )


def _amounts_figure(results: Results) -> Picture:
    frame = amounts_by_scheme(results).drop(columns="total") / money_divisor()
    frame = frame.rename(columns=lambda scheme: short_title(scheme, results.projection.area))
    words = Words(
        "subsidy_amounts_figure", say("subsidies.amounts_figure"), say("subsidies.amounts_figure_alt"), source("county", "own")
    )
    return stacked_bars(words, frame, unit=text("chapters.unit.money"))


def _amounts_table(results: Results) -> Table:
    frame, years = amounts_by_scheme(results).reset_index(), outturn_years(results.projection.area)
    return Table(
        "subsidy_amounts",
        say("subsidies.amounts_table"),
        frame,
        [
            year_column(),
            *scheme_columns(results.projection.area, frame, text("chapters.unit.money"), money_decimals(), money_divisor()),
        ],
        notes=[*([say("subsidies.amounts_outturn", years=years)] if years else []), say("subsidies.amounts_note")],
        source=source("county", "own"),
        statuses=money_statuses(results.projection.area),
    )


def _recipients_table(results: Results) -> Table:
    wide = results.amounts.pivot(index="year", columns="scheme", values="recipients")
    units = results.amounts.drop_duplicates("scheme").set_index("scheme")["recipient_unit"]
    wide = wide[[scheme for scheme in schemes_of(results.projection.area) if scheme in wide.columns]]
    shown = [
        Column(scheme, short_title(scheme, results.projection.area), unit=text(f"subsidies.unit.{units[scheme]}"))
        for scheme in wide.columns
    ]
    return Table(
        "recipients",
        say("subsidies.recipients_table"),
        wide.reset_index(),
        [year_column(), *shown],
        notes=[say("subsidies.recipients_note")],
        source=source("county", "own"),
        statuses=money_statuses(results.projection.area),
    )


def _outturn_text(area: Area) -> list[Block]:
    """How the outturn is worked out again, and what was spent beside it, where that is reported."""
    told, said = reported(area, "population_work_outturn"), [say("subsidies.outturn_text")]
    if told is not None:
        said.append(say("subsidies.work_outturn", year=told.year, amount=money(told.value)))
    return [Paragraph(one) for one in said]


def _outturn_table(results: Results) -> Table:
    frame = reproduce_outturn(results.projection.area)
    frame = frame.assign(
        scheme=[scheme_title(scheme, results.projection.area) for scheme in frame["scheme"]],
        basis=[text(f"subsidies.standard_basis.{basis}") for basis in frame["standard_basis"]],
        quantity_unit=[text(f"subsidies.unit.{unit}") for unit in frame["quantity_unit"]],
    )
    yuan, years = text("chapters.unit.yuan"), outturn_years(results.projection.area)
    fen: dict[str, Any] = {"unit": yuan, "decimals": 2, "divisor": 100}
    shown = [
        *columns(["year"], kind="year"),
        *columns(["scheme"]),
        *columns(["quantity"]),
        *columns(["quantity_unit"]),
        *columns(["standard_fen"], **fen),
        *columns(["basis"]),
        *columns(["computed_fen", "outturn_fen", "difference_fen"], **fen),
    ]
    return Table(
        "outturn",
        say("subsidies.outturn_table", years=years),
        frame,
        shown,
        notes=[say("subsidies.outturn_note")],
        source=source("county"),
        statuses={"observed": text("chapters.status.outturn", years=years)} | status_counts({"derived": "status.backed_out"}),
    )


def _allowance_text(results: Results) -> str:
    frame = results.allowance_range
    if not results.births_by_counts:
        return say(
            "subsidies.allowance_counted",
            years=listed_years(years_counted(results.projection.area)),
            central_2026=money(cell(frame, 2026, "central")),
            central_2030=money(cell(frame, 2030, "central")),
        )
    return say(
        "subsidies.allowance_text",
        low_2026=money(cell(frame, 2026, "low")),
        central_2026=money(cell(frame, 2026, "central")),
        high_2026=money(cell(frame, 2026, "high")),
        low_2030=money(cell(frame, 2030, "low")),
        central_2030=money(cell(frame, 2030, "central")),
        high_2030=money(cell(frame, 2030, "high")),
    )


def _allowance_figure(results: Results) -> Picture:
    frame = results.allowance_range.loc[2025:] / money_divisor()
    words = Words("allowance_figure", say("subsidies.allowance_figure"), say("subsidies.allowance_figure_alt"), source("own"))
    name = short_title(ALLOWANCE, results.projection.area)
    return line_chart(
        words,
        frame[["central"]].rename(columns={"central": name}),
        unit=text("chapters.unit.money"),
        bands={name: (frame["low"], frame["high"])},
    )


def _allowance_table(results: Results) -> Table:
    frame = results.allowance_range.loc[2025:].reset_index()
    return Table(
        "allowance_range",
        say("subsidies.allowance_table"),
        frame,
        [
            year_column(),
            *columns(["low", "central", "high"], text("chapters.unit.money"), money_decimals(), divisor=money_divisor()),
        ],
        notes=[say("subsidies.allowance_table_note", year=anchor_year(results.projection.area))],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )
