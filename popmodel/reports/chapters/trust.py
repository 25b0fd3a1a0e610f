"""Chapter: how far to trust it. What was checked, what each assumption moves, and what would help most."""

from __future__ import annotations

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.assessment import SENSITIVITY_YEARS, census_errors, errors_of_size, shelf_life, variant_title, worst_errors
from popmodel.chain import Results
from popmodel.messages import number, text
from popmodel.projection import balance_error
from popmodel.reports.chapters.common import cell, columns, listed_years, say, source, status_counts
from popmodel.reports.model import Block, Bullets, Chapter, Column, Heading, Paragraph, Table
from popmodel.subsidies import reproduce_outturn

# A variant that moves a figure by less is left out of its table.
SHOWN_CHANGE = 0.0005
# What was scored, and the years ahead that are printed.
SCORED, SCORED_HORIZONS = ("total", "age_0_2", "age_65_plus"), (1, 3, 5, 10, 15)
# What decides most, and the pack's table that holds it.
_WANTED = {
    "registered": "registered_population",
    "births": "births",
    "deaths": "deaths_by_age",
    "townships": "township_population",
    "childcare": "facilities",
    "subsidies": "allowance_claims",
}


def trust(results: Results) -> Chapter:
    """The chapter on what the figures are worth."""
    p = results.projection
    error = max(balance_error(p.resident), balance_error(p.registered))
    blocks: list[Block] = [
        Paragraph(say("trust.lead")),
        Heading(say("trust.checked")),
        Bullets([say("trust.balance", error=f"{error:.0e}"), say("trust.step"), *_outturn(p.area), say("trust.replay")]),
        Heading(say("trust.moves")),
        Paragraph(say("trust.moves_text")),
        _sensitivity_table(results, "births"),
        _sensitivity_table(results, "children_0_2"),
        _sensitivity_table(results, "registered_births"),
        _sensitivity_table(results, "registered_60_plus"),
        Heading(say("trust.scores")),
        Paragraph(say("trust.scores_text", people=_residents(results))),
        _scores_table(results),
        *_census_scores(results),
        Heading(say("trust.shelf_life")),
        Paragraph(say("trust.shelf_life_text")),
        Bullets([*_shelf_lives(results), *(say(f"trust.horizon_{name}") for name in ("near", "middle", "far"))]),
        Heading(say("trust.wanted")),
        *_wanted(p.area),
    ]
    return Chapter("trust", say("trust.title"), blocks)


def _outturn(area: Area) -> list[str]:
    """Whether the outturn is met by what was worked out again; nothing where there is none."""
    again = reproduce_outturn(area)
    if again.empty:
        return []
    years, differ = listed_years(again["year"]), int((again["difference_fen"] != 0).sum())
    return [say("trust.outturn_differs", years=years, count=differ) if differ else say("trust.outturn", years=years)]


def _wanted(area: Area) -> list[Block]:
    """What the county has not given of what decides most."""
    missing = [say(f"trust.want_{name}") for name, table in _WANTED.items() if table not in area.tables]
    return [Bullets(missing), Paragraph(say("trust.wanted_how"))] if missing else [Paragraph(say("trust.wanted_none"))]


def shelf_life_label(results: Results, variable: str, year: int) -> str:
    """Whether a figure of `year` is within the shelf life of `variable` in areas of this size, as a short label."""
    p = results.projection
    life = shelf_life(p.area.reference, variable, _residents(results))
    until = p.launch + life.years
    if year <= p.launch:
        return ""
    if life.open:
        return say("trust.label_open" if year <= until else "trust.label_untried", year_until=until)
    return say("trust.label_within" if year <= until else "trust.label_past", year_until=until)


def _residents(results: Results) -> float:
    p = results.projection
    return float(p.persons(0, 100)[p.launch])


def _shelf_lives(results: Results) -> list[str]:
    reference, people = results.projection.area.reference, _residents(results)
    lines = []
    for variable in SCORED:
        life = shelf_life(reference, variable, people)
        lines.append(
            say("trust.life_open" if life.open else "trust.life", what=say(f"trust.scored_{variable}"), years=life.years)
        )
    return lines


def _census_scores(results: Results) -> list[Block]:
    """What counties of this size came to that were forecast from the census before."""
    errors = census_errors(results.projection.area.reference, _residents(results)).set_index("variable")
    if errors.empty:
        return []
    said = {}
    for variable in errors.index:
        for name, decimals in (("mape", 1), ("mape_no_change", 1), ("cover80", 0)):
            said[f"{name}_{variable}"] = number(cell(errors, variable, name), decimals)
    return [Paragraph(say("trust.scores_census", areas=cell(errors, "total", "areas"), **said))]


def _scores_table(results: Results) -> Table:
    """Errors and coverage of our own method by years ahead, in areas of this size, of the worse of the histories."""
    errors = worst_errors(results.projection.area.reference, _residents(results)).set_index(["variable", "horizon"])
    frame = pd.DataFrame({"horizon": list(SCORED_HORIZONS)})
    shown = [Column("horizon", text("chapters.column.years_ahead"))]
    percent = text("chapters.unit.percent")
    for variable in SCORED:
        group = say(f"trust.scored_{variable}")
        for name, decimals in (("mape", 1), ("cover80", 0)):
            frame[f"{name}_{variable}"] = [cell(errors, (variable, horizon), name) for horizon in SCORED_HORIZONS]
            title = text(f"chapters.column.{name}")
            shown.append(Column(f"{name}_{variable}", title, unit=percent, decimals=decimals, group=group))
    return Table(
        "scores",
        say("trust.table_scores"),
        frame,
        shown,
        notes=[_scores_note(results)],
        source=source("own"),
        statuses=status_counts({"derived": "status.all"}),
    )


def _scores_note(results: Results) -> str:
    """Which areas are behind the scores."""
    rows = errors_of_size(results.projection.area.reference, _residents(results))
    low, high = int(rows["size_lo"].iloc[0]), rows["size_hi"].iloc[0]
    size = say("trust.size_from", low=low) if pd.isna(high) else say("trust.size_between", low=low, high=int(high))
    areas = rows.groupby("history")["areas"].max()
    return say("trust.scores_note", size=size, finland=int(areas["finland"]), bavaria=int(areas["bavaria"]))


def _sensitivity_table(results: Results, variable: str) -> Table:
    wide = results.sensitivity.pivot(index="variant", columns="year", values=variable)[list(SENSITIVITY_YEARS)]
    wide = wide.loc[list(dict.fromkeys(results.sensitivity["variant"]))]
    base = wide.loc["baseline"]
    moved = (np.abs(wide / base - 1) >= SHOWN_CHANGE).any(axis=1)
    wide = wide[moved | (wide.index == "baseline")]
    frame = wide.rename(columns=lambda year: f"value_{year}")
    for year in SENSITIVITY_YEARS:
        frame[f"change_{year}"] = wide[year] / base[year] - 1
    frame.insert(0, "variant", [variant_title(variant) for variant in wide.index])
    unit = text("chapters.unit.births" if "births" in variable else "chapters.unit.person")
    shown = columns(["variant"])
    for year in SENSITIVITY_YEARS:
        shown.append(Column(f"value_{year}", text("chapters.column.value"), unit=unit, group=str(year)))
        percent = text("chapters.unit.percent")
        shown.append(
            Column(f"change_{year}", text("chapters.column.change"), unit=percent, decimals=1, divisor=0.01, group=str(year))
        )
    return Table(
        f"sensitivity_{variable}",
        say(f"trust.table_{variable}"),
        frame.reset_index(drop=True),
        shown,
        source=source("own"),
        statuses=status_counts({"assumed": "status.future"}),
    )
