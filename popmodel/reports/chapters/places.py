"""Chapter: childcare places. Children, what the norm asks for under both denominators, what would be used, and what there is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from popmodel.areas import Area, reported_registered
from popmodel.chain import Results
from popmodel.childcare import MEASURES, closing_years, measure_title, place_density, places_now, reported_norm
from popmodel.childcare.townships import own_counts
from popmodel.messages import language, number, text
from popmodel.projection import Projection
from popmodel.reports.chapters.common import (
    PLAN_YEARS,
    assumption_notice,
    cell,
    columns,
    say,
    source,
    status_counts,
    year_column,
)
from popmodel.reports.figures import Words, horizontal_bars, line_chart
from popmodel.reports.model import Block, Bullets, Chapter, Column, Heading, Notice, Paragraph, Picture, Table


def places(results: Results) -> Chapter:
    """The chapter on children and places to the last year."""
    p = results.projection
    known = bool(results.places["places"].notna().all())
    blocks: list[Block] = [Paragraph(_lead(results, known)), _children_figure(results), _children_table(results)]
    blocks.append(Heading(say("places.measures")))
    if known:
        blocks.append(_density_table(p))
    blocks += [Paragraph(_measures_text(results)), _required_figure(results, known), _required_table(results, known)]
    if known:
        blocks.append(Bullets(_closing(results)))
        blocks += _by_reported(results)
    blocks.append(_enrolment_notice(results))
    if p.area.tables.get("targets") is not None:
        blocks += [Heading(say("places.targets")), _targets_table(p)]
    if len(results.townships):
        own = own_counts(p.area)
        said = assumption_notice("places.townships_note") if own is None else Notice("info", _own_note(*own[:2]))
        blocks += [Heading(say("places.townships")), said, _township_figure(results)]
        blocks.append(_township_table(results))
    return Chapter("places", say("places.title"), blocks)


def _lead(results: Results, known: bool) -> str:
    frame = results.places.set_index("year")
    year = results.projection.launch
    common = {"year": year, "now": frame.loc[year, "children_0_2"], "in_2030": frame.loc[2030, "children_0_2"]}
    if not known:
        return say("places.lead_unknown", **common)
    return say(
        "places.lead",
        **common,
        places=frame.loc[2030, "places"],
        resident=frame.loc[2030, "required_norm_resident"],
        registered=frame.loc[2030, "required_norm_registered"],
        used=frame.loc[2030, "required_enrolment"],
    )


def _children_figure(results: Results) -> Picture:
    frame = results.places.set_index("year")[["children_0_2", "children_3_5"]]
    lines = frame.rename(columns={"children_0_2": text("chapters.column.0_2"), "children_3_5": text("chapters.column.3_5")})
    words = Words("children_figure", say("places.children_figure"), say("places.children_figure_alt"), source("own"))
    return line_chart(words, lines, unit=text("chapters.unit.person"), projected_from=results.projection.launch)


def _children_table(results: Results) -> Table:
    frame = _shown_years(results)
    names = ["children_0", "children_1", "children_2", "children_0_2", "children_3_5"]
    return Table(
        "children",
        say("places.children_table"),
        frame[["year", *names]],
        [year_column(), *columns(names, text("chapters.unit.person"))],
        source=source("own"),
        statuses=status_counts({"derived": "status.published_years", "assumed": "status.future"}),
    )


def _density_table(p: Projection) -> Table:
    frame, told = place_density(p.area), reported_registered(p.area)
    notes = [] if told is None else [say("places.density_note", year=told.year, people=told.value)]
    frame["denominator"] = [text(f"chapters.column.{name}") for name in frame["denominator"].replace("resident", "residents")]
    shown = [
        columns(["denominator"])[0],
        *columns(["persons"], text("chapters.unit.person")),
        *columns(["as_of"], kind="year"),
        *columns(["places"], text("chapters.unit.place")),
        *columns(["places_year"], kind="year"),
        *columns(["per_1000"], text("chapters.unit.place_per_1000"), 2),
    ]
    return Table(
        "place_density",
        say("places.density_table"),
        frame,
        shown,
        notes=notes,
        source=source("census", "county"),
        statuses=status_counts({"observed": "status.places"}),
    )


def _required_figure(results: Results, known: bool) -> Picture:
    frame = results.places.set_index("year")[[f"required_{measure}" for measure in MEASURES]]
    frame.columns = [text(f"chapters.short.{measure}") for measure in MEASURES]
    if known:
        frame[text("chapters.short.places")] = results.places.set_index("year")["places"]
    words = Words("places_required_figure", say("places.required_figure"), say("places.required_figure_alt"), source("own"))
    return line_chart(words, frame, unit=text("chapters.unit.place"), projected_from=results.projection.launch)


def _required_table(results: Results, known: bool) -> Table:
    shown = [year_column()]
    place, percent = text("chapters.unit.place"), text("chapters.unit.percent")
    for measure in MEASURES:
        group = measure_title(measure)
        shown.append(Column(f"required_{measure}", text("chapters.column.required"), unit=place, group=group))
        if known:
            shown.append(Column(f"gap_{measure}", text("chapters.column.gap"), unit=place, group=group))
    shown.append(Column("enrolment_rate", text("chapters.column.enrolment_rate"), unit=percent, decimals=1, divisor=0.01))
    if known:
        shown.append(Column("utilisation", text("chapters.column.utilisation"), unit=percent, decimals=1, divisor=0.01))
    return Table(
        "places_required",
        say("places.required_table"),
        _shown_years(results),
        shown,
        notes=_places_notes(results.projection.area),
        source=source("own"),
        statuses=status_counts({"assumed": "status.norm_and_enrolment"}),
    )


def _measures_text(results: Results) -> str:
    year, frame = results.projection.launch, results.places.set_index("year")
    attending, share = cell(frame, year, "required_enrolment"), cell(frame, year, "enrolment_rate")
    return say("places.measures_text", year=year, attending=attending, share=number(100 * share, 1))


def _enrolment_notice(results: Results) -> Notice:
    """The rates assumed, of the launch and of the plan's last year."""
    year, rates = results.projection.launch, results.places.set_index("year")["enrolment_rate"]
    share, share_2030 = (number(100 * float(rates[one]), 1) for one in (year, PLAN_YEARS[-1]))
    return assumption_notice("places.enrolment", year=year, share=share, share_2030=share_2030)


def _places_notes(area: Area) -> list[str]:
    """How the places there are go on; nothing where they are not known."""
    if "facilities" in area.tables:
        return [say("places.required_note_facilities")]
    now = places_now(area)
    return [] if now is None else [say("places.required_note", year=now[0])]


def _by_reported(results: Results) -> list[Block]:
    """The norm by the registered people that are reported, where that number is not the one derived."""
    norm = reported_norm(results.projection.area, results.places, 2030)
    if norm is None:
        return []
    return [Paragraph(say("places.reported_text", year=norm.year, people=norm.persons, required=norm.required, gap=norm.gap))]


def _closing(results: Results) -> list[str]:
    closing = closing_years(results.places)
    first = int(results.places["year"].min())
    lines = []
    for measure in MEASURES:
        year = closing[measure]
        gap = cell(results.places.set_index("year"), 2030, f"gap_{measure}")
        key = "never" if pd.isna(year) else "already" if int(year) == first else "closes"
        state = say("places.short" if gap > 0 else "places.surplus", places=number(abs(gap)))
        lines.append(
            say(f"places.{key}", measure=measure_title(measure), year="" if pd.isna(year) else str(int(year)), state=state)
        )
    return lines


def _targets_table(p: Projection) -> Table:
    targets = p.area.tables["targets"]
    frame = pd.DataFrame(
        {
            "target": [text(f"chapters.target.{key}") for key in targets["target"]],
            "by_year": targets["by_year"],
            "value": ["" if pd.isna(value) else f"{value:g}" for value in targets["value"]],
            "note": targets["note"].fillna(""),
        }
    )
    shown = columns(["target"]) + columns(["by_year"], kind="year") + columns(["value"], align="right")
    if language() == "zh":  # a pack's own notes are in Chinese
        shown += columns(["note"])
    return Table(
        "targets",
        say("places.targets_table"),
        frame,
        shown,
        source=source("county"),
        statuses=status_counts({"observed": "status.all"}),
    )


def _own_note(year: int, column: str) -> str:
    return say("places.townships_own_note", year=year, what=text(f"areas.column.{column}"))


def _split(results: Results) -> str:
    """How the children were split over the townships: the ending of the texts that say so."""
    return "" if own_counts(results.projection.area) is None else "_own"


def _township_figure(results: Results) -> Picture:
    year = int(results.townships["year"].max())
    frame = results.townships[results.townships["year"] == year].sort_values("children_0_2", ascending=False).dropna()
    central = frame.set_index("name")["children_0_2"].astype(float)
    low, high = frame["children_low"].to_numpy(dtype=float), frame["children_high"].to_numpy(dtype=float)
    words = Words(
        "township_figure",
        say(f"places.township_figure{_split(results)}", year=year),
        say(f"places.township_figure{_split(results)}_alt"),
        source("own", "townships"),
    )
    ranges = (np.minimum(low, central), np.maximum(high, central))
    return horizontal_bars(words, central, unit=text("chapters.unit.person"), ranges=ranges)


def _township_table(results: Results) -> Table:
    frame = _township_frame(results)
    person = text("chapters.unit.person")
    shown = columns(["code", "name"])
    for year in sorted(set(results.townships["year"])):
        shown += [
            Column(f"{name}_{year}", text(f"chapters.column.{name}_end"), unit=person, group=str(year), align="right")
            for name in ("children", "low", "high")
        ]
    last = int(results.townships["year"].max())
    group = say("places.township_drawn", year=last)
    for name in ("low", "high"):
        shown.append(
            Column(f"drawn_{name}_{last}", text(f"chapters.column.range_{name}"), unit=person, group=group, align="right")
        )
    return Table(
        "township_children",
        say(f"places.township_table{_split(results)}"),
        frame,
        shown,
        notes=[
            say(f"places.assumed_split{_split(results)}"),
            say("places.township_chance"),
            say("places.disclosure", threshold=results.projection.area.disclosure_threshold),
        ],
        source=source("own", "townships"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _township_frame(results: Results) -> pd.DataFrame:
    renamed = results.townships.rename(columns={"children_0_2": "children", "children_low": "low", "children_high": "high"})
    wide = renamed.pivot(index=["code", "name"], columns="year", values=["children", "low", "high", "drawn_low", "drawn_high"])
    wide.columns = [f"{pair[0]}_{pair[1]}" for pair in wide.columns.to_list()]
    return wide.reset_index()


def _shown_years(results: Results) -> pd.DataFrame:
    years = results.places["year"]
    return results.places[(years <= PLAN_YEARS[-1]) | (years % 5 == 0)].reset_index(drop=True)
