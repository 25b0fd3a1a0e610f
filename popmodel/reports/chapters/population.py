"""Chapter: the population now. Two censuses, what changed between them, where people are registered, what figures are worth."""

from __future__ import annotations

import pandas as pd

from popmodel.areas import reported_registered
from popmodel.assessment import Finding
from popmodel.chain import Results
from popmodel.demography import SEXES
from popmodel.messages import number, text
from popmodel.projection import Projection
from popmodel.reports.chapters.common import assumption_notice, column_title, columns, pyramid, say, source, status_counts
from popmodel.reports.figures import Words, line_chart, population_pyramids
from popmodel.reports.model import Block, Chapter, Column, Heading, Paragraph, Picture, Table


def population(results: Results) -> Chapter:
    """The chapter on the population at the launch."""
    projection = results.projection
    two_censuses = len(projection.base.own) > 1
    blocks: list[Block] = [_lead(projection), _census_table(projection), _census_pyramids(projection)]
    blocks.append(Heading(say("population.migration")))
    if two_censuses:
        blocks += [Paragraph(_migration_text(projection)), _cohort_table(projection), _profile_figure(projection)]
    if projection.base.profile.resettled > 0:
        blocks.append(assumption_notice("population.resettlement", persons=float(projection.base.profile.resettled)))
    blocks += [Heading(say("population.registered")), Paragraph(_registered_text(projection)), _bridge_table(projection)]
    blocks.append(assumption_notice("population.registered_assumption"))
    blocks += [Heading(say("population.quality")), _quality_table(results.quality)]
    if projection.area.filled:
        blocks.append(_filled_table(projection))
    return Chapter("population", say("population.title"), blocks)


def _lead(projection: Projection) -> Paragraph:
    own = projection.base.own
    now = projection.persons(0, 100)
    if len(own) == 1:
        return Paragraph(
            say("population.lead_one", residents=own[-1].population.sum(), now=now[projection.launch], year=projection.launch)
        )
    first, last = float(own[0].population.sum()), float(own[-1].population.sum())
    return Paragraph(
        say(
            "population.lead",
            year_first=own[0].date.year,
            first=first,
            year_last=own[-1].date.year,
            last=last,
            change=number(100 * (last / first - 1), 1),
            year=projection.launch,
            now=now[projection.launch],
        )
    )


def _census_table(projection: Projection) -> Table:
    totals = projection.area.tables["census_totals"]
    wide = totals.assign(date=totals["date"].astype(str).str[:10]).pivot(index="indicator", columns="date", values="value")
    order = list(dict.fromkeys(totals["indicator"]))
    frame = wide.loc[order].astype(float).reset_index()
    frame["indicator"] = [column_title(name) for name in frame["indicator"]]
    dates = [column for column in frame.columns if column != "indicator"]
    shown = [Column("indicator", column_title("indicator"))]
    shown += [Column(date, date, unit=text("chapters.unit.person_or_household")) for date in dates]
    return Table(
        "census_totals",
        say("population.census_table"),
        frame,
        shown,
        source=source("census"),
        statuses=status_counts({"observed": "status.all"}),
    )


def _census_pyramids(projection: Projection) -> Picture:
    panels = [pyramid(f"{census.date:%Y-%m-%d}", census.population) for census in projection.base.own]
    words = Words("census_pyramids", say("population.pyramids"), say("population.pyramids_alt"), source("census"))
    return population_pyramids(words, panels, unit=text("chapters.unit.person"))


def _migration_text(projection: Projection) -> str:
    cohorts = projection.base.profile.cohorts
    young = slice(2, 4)
    share = float(cohorts.net[:, young].sum() / cohorts.expected[:, young].sum())
    census = projection.base.census.population
    resettled = float(projection.base.profile.resettled)
    return say(
        "population.migration_text",
        first=say("population.migration_resettled", resettled=resettled) if resettled else say("population.migration_plain"),
        net=float(cohorts.net.sum()),
        young_share=number(100 * share),
        children=float(census[:, 5:15].sum()),
    )


def _cohort_table(projection: Projection) -> Table:
    profile = projection.base.profile
    years = profile.second.date.year - profile.first.date.year
    rows = []
    for index, low in enumerate(profile.lowest_ages):
        first = projection.base.own[0].population[:, low : low + 5].sum(axis=1)
        row: dict[str, object] = {"age_first": f"{low}-{low + 4}", "age_second": f"{low + years}-{low + years + 4}"}
        for place, sex in enumerate(SEXES):
            row[f"counted_{sex}"] = first[place]
            row[f"expected_{sex}"] = profile.cohorts.expected[place, index]
            row[f"net_{sex}"] = profile.cohorts.net[place, index]
            row[f"rate_{sex}"] = profile.cohorts.rate[place, index]
        rows.append(row)
    shown = columns(["age_first", "age_second"])
    percent, persons = text("chapters.unit.percent"), text("chapters.unit.person")
    for sex in SEXES:
        group = column_title(sex)
        for name in ("counted", "expected", "net"):
            shown.append(Column(f"{name}_{sex}", column_title(name), unit=persons, group=group))
        shown.append(Column(f"rate_{sex}", column_title("rate"), unit=percent, decimals=1, divisor=0.01, group=group))
    return Table(
        "cohort_migration",
        say("population.cohort_table"),
        pd.DataFrame(rows),
        shown,
        notes=[say("population.cohort_note")],
        source=source("census", "own"),
        statuses=status_counts({"observed": "status.counted", "derived": "status.migration"}),
    )


def _profile_figure(projection: Projection) -> Picture:
    growth = 1000 * projection.base.growth[:, :81]
    frame = pd.DataFrame({column_title(sex): growth[place] for place, sex in enumerate(SEXES)})
    words = Words(
        "migration_profile",
        say("population.profile"),
        say("population.profile_alt"),
        source("census", "own"),
    )
    return line_chart(
        words, frame, unit=text("chapters.unit.per_1000_a_year"), from_zero=False, x_title=text("chapters.unit.age")
    )


def _registered_text(projection: Projection) -> str:
    told = reported_registered(projection.area)
    bridge = projection.bridge().loc[projection.launch]
    common = {"year": projection.launch, "registered": bridge["registered"], "away": bridge["away"], "outside": bridge["outside"]}
    if told is None or told.year not in projection.years:
        return say("population.registered_text", **common)
    derived = float(projection.persons(0, 100, "registered").loc[told.year])
    gap = abs(derived - told.value)
    return say("population.registered_gap", **common, year_reported=told.year, reported=told.value, derived=derived, gap=gap)


def _bridge_table(projection: Projection) -> Table:
    years = [year for year in projection.years if year <= 2030 or year % 5 == 0]
    frame = projection.bridge().loc[years].rename_axis("year").reset_index()
    unit = text("chapters.unit.person")
    return Table(
        "bridge",
        say("population.bridge_table"),
        frame,
        [Column("year", column_title("year"), kind="year"), *columns(["resident", "outside", "away", "registered"], unit)],
        notes=[say("population.bridge_note"), *_base_notes(projection)],
        source=source("census", "own"),
        statuses=status_counts({"derived": "status.published_years", "assumed": "status.future"}),
    )


def _base_notes(projection: Projection) -> list[str]:
    """What was added to the base, said beside the figures it is in."""
    added = {"missed_note": projection.base.profile.missed, "shortfall_note": projection.base.registered.shortfall}
    return [say(f"population.{key}", persons=float(persons)) for key, persons in added.items() if persons >= 1]


def _quality_table(findings: list[Finding]) -> Table:
    frame = pd.DataFrame(
        {
            "check": [finding.title() for finding in findings],
            "found": [finding.found for finding in findings],
            "against": [finding.expected for finding in findings],
            "verdict": [text(f"assessment.verdict.{finding.verdict}") for finding in findings],
            "reason": [finding.reason() for finding in findings],
        }
    )
    return Table("quality", say("population.quality_table"), frame, columns(frame.columns), source=source("own"))


def _filled_table(projection: Projection) -> Table:
    frame = pd.DataFrame(
        {
            "missing": [filled.what() for filled in projection.area.filled],
            "instead": [filled.instead() for filled in projection.area.filled],
        }
    )
    return Table("filled", say("population.filled_table"), frame, columns(frame.columns), source=source("own"))
