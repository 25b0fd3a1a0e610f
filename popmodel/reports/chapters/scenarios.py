"""Chapter: the scenarios side by side, and what each changes."""

from __future__ import annotations

import pandas as pd

from popmodel.chain import Results
from popmodel.messages import text
from popmodel.reports.chapters.common import columns, people_divisor, say, source, status_counts
from popmodel.reports.figures import Words, line_chart
from popmodel.reports.model import Block, Chapter, Column, Paragraph, Picture, Table
from popmodel.scenarios import of_people

COMPARED_YEARS = (2030, 2035, 2050)


def scenarios(results: Results) -> Chapter:
    """The chapter that compares every scenario of the area."""
    blocks: list[Block] = [
        Paragraph(say("scenarios.lead")),
        _changes_table(results),
        _figure(results, "births"),
        _figure(results, "residents"),
        _comparison_table(results),
    ]
    return Chapter("scenarios", say("scenarios.title"), blocks)


def _changes_table(results: Results) -> Table:
    chosen = results.projection.scenario.key
    frame = pd.DataFrame(
        {
            "scenario": [
                say("scenarios.this_report", name=scenario.name()) if scenario.key == chosen else scenario.name()
                for scenario in of_people(results.projection.area.scenarios).values()
            ],
            "description": [scenario.description() for scenario in of_people(results.projection.area.scenarios).values()],
        }
    )
    return Table("scenario_list", say("scenarios.list"), frame, columns(frame.columns), source=source("own"))


def _figure(results: Results, variable: str) -> Picture:
    frame = results.comparison.pivot(index="year", columns="scenario", values=variable)
    names = {scenario.key: scenario.name() for scenario in of_people(results.projection.area.scenarios).values()}
    divisor = people_divisor() if variable == "residents" else 1
    words = Words(f"scenario_{variable}", say(f"scenarios.{variable}"), say(f"scenarios.{variable}_alt"), source("own"))
    unit = text("chapters.unit.many_persons" if variable == "residents" else "chapters.unit.births")
    return line_chart(words, frame[list(names)].rename(columns=names) / divisor, unit=unit, from_zero=False)


def _comparison_table(results: Results) -> Table:
    frame = results.comparison[results.comparison["year"].isin(COMPARED_YEARS)]
    names = {scenario.key: scenario.name() for scenario in of_people(results.projection.area.scenarios).values()}
    wide = frame.pivot(index="scenario", columns="year", values=["residents", "births", "children_0_2"]).loc[list(names)]
    wide.columns = [f"{pair[0]}_{pair[1]}" for pair in wide.columns.to_list()]
    wide.insert(0, "scenario", list(names.values()))
    titles = {"residents": "unit.person", "births": "unit.births", "children_0_2": "unit.person"}
    shown = [columns(["scenario"])[0]]
    for variable, unit in titles.items():
        group = text(f"chapters.column.{variable}")
        shown += [
            Column(f"{variable}_{year}", str(year), unit=text(f"chapters.{unit}"), group=group)
            for year in COMPARED_YEARS
            if f"{variable}_{year}" in wide.columns
        ]
    return Table(
        "scenario_comparison",
        say("scenarios.comparison"),
        wide.reset_index(drop=True),
        shown,
        notes=[say("scenarios.comparison_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.future"}),
    )
