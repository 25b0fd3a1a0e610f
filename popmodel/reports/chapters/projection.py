"""Chapter: the projection. Totals, ages, births with and without migration, both populations."""

from __future__ import annotations

from typing import Any

import pandas as pd

from popmodel.chain import Results
from popmodel.demography import SEXES
from popmodel.messages import number, text
from popmodel.projection import AGE_GROUPS, Projection
from popmodel.reports.chapters.common import (
    assumption_notice,
    column_title,
    columns,
    people_divisor,
    pyramid,
    say,
    source,
    status_counts,
    table_years,
    with_years,
    year_column,
)
from popmodel.reports.figures import Words, line_chart, population_pyramids
from popmodel.reports.model import Block, Chapter, Column, Heading, Paragraph, Picture, Table

PYRAMID_YEARS = (2025, 2030, 2035, 2050)
# Variants of the sensitivity table drawn beside the baseline's births.
BIRTH_VARIANTS = ("baseline", "nobody_moves", "resettlement_as_migration")


def projection(results: Results) -> Chapter:
    """The chapter on both populations to the last year."""
    p = results.projection
    persons = text("chapters.unit.person")
    blocks: list[Block] = [
        Paragraph(_lead(p)),
        _totals_figure(p),
        _components_table(p, "resident"),
        assumption_notice("projection.controls"),
        Heading(say("projection.ages")),
        _pyramids(p),
        _ages_table(p, "resident"),
        _dependency_table(p),
        Heading(say("projection.births")),
        Paragraph(_births_text(results)),
        _births_figure(results),
        _births_variants_table(results),
        _births_by_order_table(p),
        _births_deaths_figure(p),
        _rates_table(p),
        Heading(say("projection.registered")),
        Paragraph(say("projection.registered_text")),
        _components_table(p, "registered"),
        _ages_table(p, "registered"),
    ]
    shortfall = float(p.resident["shortfall"].sum())
    if shortfall > 0.5:
        blocks.append(Paragraph(say("projection.shortfall", persons=f"{number(shortfall)} {persons}")))
    return Chapter("projection", say("projection.title"), blocks)


def _lead(p: Projection) -> str:
    total = p.persons(0, 100)
    last = p.years[-1]
    old = p.persons(65, 100)
    return say(
        "projection.lead",
        year=p.launch,
        now=total[p.launch],
        in_2030=total[2030] if 2030 in total.index else total[last],
        year_last=last,
        last=total[last],
        old_now=number(100 * old[p.launch] / total[p.launch], 1),
        old_last=number(100 * old[last] / total[last], 1),
        year_next=p.launch + 1,
        migration=float(p.components()["migration"].loc[p.launch + 1]),
    )


def _totals_figure(p: Projection) -> Picture:
    frame = pd.DataFrame({column_title(name): p.persons(0, 100, name) / people_divisor() for name in ("resident", "registered")})
    words = Words("totals", say("projection.totals"), say("projection.totals_alt"), source("own"))
    return line_chart(words, frame, unit=text("chapters.unit.many_persons"), projected_from=p.launch)


def _components_table(p: Projection, name: str) -> Table:
    frame = with_years(p.components(name), table_years(p))
    unit = text("chapters.unit.person")
    return Table(
        f"components_{name}",
        say(f"projection.components_{name}"),
        frame,
        [year_column(), *columns(["population", "births", "deaths", "migration", "growth"], unit)],
        notes=[say(f"projection.components_note_{name}")],
        source=source("own"),
        statuses=status_counts({"derived": "status.published_years", "assumed": "status.future"}),
    )


def _pyramids(p: Projection) -> Picture:
    panels = [pyramid(str(year), p.resident["population"].sel(year=year).values) for year in PYRAMID_YEARS if year in p.years]
    words = Words("pyramids", say("projection.pyramids"), say("projection.pyramids_alt"), source("own"))
    return population_pyramids(words, panels, unit=text("chapters.unit.person"))


def _ages_table(p: Projection, name: str) -> Table:
    frame = with_years(p.age_groups(name), table_years(p, p.census_year if name == "resident" else p.launch))
    shown = [year_column(), *columns([*AGE_GROUPS, "women 15-49", "all"], text("chapters.unit.person"))]
    return Table(
        f"ages_{name}",
        say(f"projection.ages_{name}"),
        frame,
        shown,
        notes=[say("projection.ages_note")],
        source=source("own"),
        statuses=status_counts({"derived": "status.published_years", "assumed": "status.future"}),
    )


def _dependency_table(p: Projection) -> Table:
    young, working, old = p.persons(0, 14), p.persons(15, 64), p.persons(65, 100)
    frame = pd.DataFrame({"child": young / working, "old": old / working, "total_dependency": (young + old) / working})
    frame["share_60"] = p.persons(60, 100) / p.persons(0, 100)
    frame["share_65"] = old / p.persons(0, 100)
    percent: dict[str, Any] = {"unit": text("chapters.unit.percent"), "decimals": 1, "divisor": 0.01}
    return Table(
        "dependency",
        say("projection.dependency"),
        with_years(frame, table_years(p)),
        [year_column(), *columns(["child", "old", "total_dependency", "share_60", "share_65"], **percent)],
        notes=[say("projection.dependency_note")],
        source=source("own"),
        statuses=status_counts({"derived": "status.published_years", "assumed": "status.future"}),
    )


def _births_text(results: Results) -> str:
    frame = results.sensitivity.set_index(["variant", "year"])["births"]
    year = 2035
    return say(
        "projection.births_text",
        year=year,
        baseline=frame["baseline", year],
        stay=frame["nobody_moves", year],
        resettled=frame["resettlement_as_migration", year],
    )


def _births_variants(results: Results) -> pd.DataFrame:
    """Births by year with and without migration; the report's own scenario last, where it is not the baseline."""
    frame = results.sensitivity.pivot(index="year", columns="variant", values="births")[list(BIRTH_VARIANTS)]
    p = results.projection
    return frame if p.scenario.baseline else frame.assign(this_scenario=p.components()["births"])


def _births_figure(results: Results) -> Picture:
    lines = _births_variants(results).rename(columns=lambda name: _variant_name("short", name))
    words = Words("births_with_and_without", say("projection.births_figure"), say("projection.births_figure_alt"), source("own"))
    return line_chart(words, lines, unit=text("chapters.unit.births"))


def _births_variants_table(results: Results) -> Table:
    frame = _births_variants(results)
    shown = [Column(name, _variant_name("variant", name), unit=text("chapters.unit.births")) for name in frame.columns]
    years = [year for year in frame.index if year <= 2030 or year % 5 == 0]
    return Table(
        "births_variants",
        say("projection.births_table"),
        with_years(frame, years),
        [year_column(), *shown],
        source=source("own"),
        statuses=status_counts({"assumed": "status.future"}),
    )


def _variant_name(kind: str, name: str) -> str:
    return column_title(name) if name == "this_scenario" else text(f"assessment.{kind}.{name}")


def _births_by_order_table(p: Projection) -> Table:
    births = pd.DataFrame(p.resident["births"].sum("sex").to_pandas()).iloc[1:]
    by_sex = pd.DataFrame(p.resident["births"].sum("order").to_pandas()).iloc[1:]
    frame = births.rename(columns={"1": "first", "2": "second", "3+": "third"}).join(by_sex)
    frame["births"] = births.sum(axis=1)
    return Table(
        "births_by_order",
        say("projection.births_by_order"),
        with_years(frame, table_years(p, p.census_year + 1)),
        [year_column(), *columns(["births", "first", "second", "third", "male", "female"], text("chapters.unit.births"))],
        notes=[say("projection.births_by_order_note")],
        source=source("own"),
        statuses=status_counts({"derived": "status.published_years", "assumed": "status.future"}),
    )


def _births_deaths_figure(p: Projection) -> Picture:
    frame = p.components().iloc[1:][["births", "deaths", "migration"]].rename(columns=column_title)
    words = Words("births_deaths", say("projection.births_deaths"), say("projection.births_deaths_alt"), source("own"))
    return line_chart(words, frame, unit=text("chapters.unit.person_a_year"), projected_from=p.launch, from_zero=False)


def _rates_table(p: Projection) -> Table:
    frame = pd.DataFrame({"tfr": p.rates["tfr"].to_series()})
    for sex in SEXES:
        frame[f"e0_{sex}"] = p.rates["e0"].sel(sex=sex).to_series()
    frame["return_rate"] = p.rates["return_rate"].to_series()
    children, years = text("chapters.unit.children_per_woman"), text("chapters.unit.years")
    return Table(
        "rates",
        say("projection.rates"),
        with_years(frame, table_years(p, p.census_year + 1)),
        [
            year_column(),
            *columns(["tfr"], children, 2),
            *columns(["e0_male", "e0_female"], years, 1),
            *columns(["return_rate"], text("chapters.unit.percent"), 2, divisor=0.01),
        ],
        notes=[say("projection.rates_note")],
        source=source("own", "wpp"),
        statuses=status_counts({"derived": "status.published_years", "assumed": "status.future"}),
    )
