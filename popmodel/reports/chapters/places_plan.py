"""Chapter: the plan of childcare places. What will be used where, what to open and when, with whom, at what cost."""

from __future__ import annotations

import pandas as pd

from popmodel.budget import PARTS, PAYERS, payer_title, with_places
from popmodel.chain import Results
from popmodel.childcare.county_plan import CHOSEN, PlacesPlan
from popmodel.childcare.decomposition import RULES
from popmodel.childcare.norms import nation_per_1000
from popmodel.childcare.planning import never_badly_wrong
from popmodel.messages import number, text
from popmodel.reports.chapters.common import (
    assumption_notice,
    cell,
    columns,
    money_decimals,
    money_divisor,
    say,
    source,
    status_counts,
    year_column,
)
from popmodel.reports.figures import Words, boundary_map, heat_table, stacked_bars, tile_map
from popmodel.reports.model import Block, Chapter, Column, Heading, Notice, Paragraph, Picture, Table

_OPENED = ("built", "converted", "moved_in", "moved_out")


def places_plan(results: Results) -> Chapter:
    """The chapter on the plan of places; a sentence where none could be made."""
    found = results.places_plan
    if found is None:
        return Chapter("places_plan", say("places_plan.title"), [Paragraph(say("places_plan.no_plan"))])
    blocks: list[Block] = [
        Paragraph(_lead(found)),
        assumption_notice("places_plan.assumed"),
        Heading(say("places_plan.demand")),
        _demand_table(found),
        Paragraph(_nation_text(results)),
        _map(found),
        _gap_figure(found),
        _gap_table(found),
        _age_table(found),
        Heading(say("places_plan.plan")),
        Paragraph(say("places_plan.plan_text", size=found.situation.task.class_size)),
        phasing_figure(found.plan),
    ]
    if (found.plan[list(_OPENED)] != 0).any(axis=None):
        blocks.append(opened_table(found.plan))
    blocks.append(_plans_table(found))
    for name, problems in found.refused.items():
        said = " ".join(problem.describe() for problem in problems)
        blocks.append(Notice("warning", say("places_plan.refused", plan=text(f"childcare.plan.{name}"), why=said)))
    blocks += [Heading(say("places_plan.regret")), Paragraph(_regret_text(found)), _regret_table(found)]
    blocks += [Heading(say("places_plan.staff")), _staff_table(found), _cost_table(found)]
    blocks += [_same_money_table(found), _payer_table(found, results)]
    if found.reach is None:
        blocks.append(Notice("info", say("places_plan.reach")))
    blocks += [Heading(say("places_plan.target")), Paragraph(say("places_plan.target_text")), _target_table(found)]
    if found.tracking is not None:
        blocks.append(_tracking_table(found.tracking))
    if found.reach is not None:
        blocks.append(_reach_table(found, found.reach))
    if found.sites is not None:
        blocks.append(_site_table(found.sites))
    return Chapter("places_plan", say("places_plan.title"), blocks)


def _last(found: PlacesPlan) -> int:
    return found.situation.task.years[-1]


def _lead(found: PlacesPlan) -> str:
    county = found.demand[(found.demand["code"] == "") & (found.demand["year"] == _last(found))]
    central, low, high = (float(value) for value in county[["central", "q10", "q90"]].to_numpy()[0])
    plan = found.plan[found.plan["year"] == _last(found)]
    return say(
        "places_plan.lead",
        year=_last(found),
        central=central,
        low=low,
        high=high,
        there=float(plan["there"].sum()),
        places=float(plan["places"].sum()),
        converted=float(found.plan["converted"].sum()),
        built=float(found.plan["built"].sum()),
    )


def _unit() -> str:
    return text("chapters.unit.place")


def _money(name: str, title: str) -> Column:
    return Column(name, title, unit=text("chapters.unit.money"), decimals=money_decimals(), divisor=money_divisor())


def _demand_table(found: PlacesPlan) -> Table:
    county = found.demand[found.demand["code"] == ""]
    shown = [Column(name, say(f"places_plan.{name}"), unit=_unit()) for name in ("central", "q10", "q90")]
    return Table(
        "places_demand",
        say("places_plan.demand_table"),
        county,
        [year_column(), *shown, Column("peak_month", say("places_plan.peak_month"), unit=say("places_plan.month"))],
        notes=[say("places_plan.demand_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _nation_text(results: Results) -> str:
    """The county's places per 1,000 people beside the nation's, in the nation's year, and how many of them are used."""
    year, nation = nation_per_1000()
    frame = results.places.set_index("year")
    resident, registered = (
        1000 * cell(frame, year, "places") / cell(frame, year, people) for people in ("residents", "registered")
    )
    return say(
        "places_plan.nation",
        year=year,
        nation=number(nation, 2),
        resident=number(resident, 2),
        registered=number(registered, 2),
        enrolment=number(100 * cell(frame, year, "enrolment_rate"), 1),
        used=number(100 * cell(frame, year, "utilisation"), 0),
        wish=number(100 * results.projection.assumptions.value("childcare.wish"), 0),
    )


def _by_township(found: PlacesPlan, year: int) -> pd.DataFrame:
    return found.plan[found.plan["year"] == year].set_index("name")


def _map(found: PlacesPlan) -> Picture:
    year = _last(found)
    frame = _by_township(found, year)
    gap = frame["demand"] - frame["there"]
    title, alt = (say(f"places_plan.{name}", year=year) for name in ("map", "map_alt"))
    boundaries = found.situation.projection.area.boundaries
    if set(frame["code"]) <= set(boundaries):
        outlines = [boundaries[code] for code in frame["code"]]
        words = Words("places_map", title, say("places_plan.boundary_alt", year=year), source("own", "county"))
        return boundary_map(words, gap, outlines, unit=_unit())
    words = Words("places_map", title, alt, source("own"), say("places_plan.map_note"))
    return tile_map(words, gap, unit=_unit())


def _gap_table(found: PlacesPlan) -> Table:
    """The last year by township: places used and there, how far apart they could be, and the chance of places standing empty."""
    year = _last(found)
    asked_for = found.demand[(found.demand["code"] != "") & (found.demand["year"] == year)]
    plan = found.plan[found.plan["year"] == year]
    frame = asked_for.merge(plan[["code", "there", "empty_30"]], on="code")
    frame = frame.assign(low=frame["q10"] - frame["there"], high=frame["q90"] - frame["there"])
    return Table(
        "places_gap",
        say("places_plan.gap_table", year=year),
        frame,
        [
            *columns(["name"]),
            Column("central", say("places_plan.asked_for"), unit=_unit()),
            Column("there", say("places_plan.there"), unit=_unit()),
            *(Column(name, say(f"places_plan.gap_{name}"), unit=_unit()) for name in ("low", "high")),
            Column("empty_30", say("places_plan.empty_30"), unit=text("chapters.unit.percent"), divisor=0.01),
        ],
        notes=[say("places_plan.gap_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _gap_figure(found: PlacesPlan) -> Picture:
    """Places short by township and year before the plan, negative where they are to spare, as a heat table."""
    gap = found.plan.assign(gap=found.plan["demand"] - found.plan["there"])
    frame = gap.pivot(index=["code", "name"], columns="year", values="gap").droplevel("code")
    words = Words("places_heat", say("places_plan.heat"), say("places_plan.heat_alt"), source("own"))
    return heat_table(words, frame, unit=_unit())


def _age_table(found: PlacesPlan) -> Table:
    """Places short by group of ages in the county, and the classes and carers each would need."""
    county = found.ages[found.ages["code"] == ""].merge(
        found.classes[["year", "group", "classes", "carers"]], on=["year", "group"]
    )
    frame = county.rename(columns={"q10": "low", "q90": "high"})
    frame["group"] = [text(f"childcare.group.{group}") for group in frame["group"]]
    return Table(
        "places_ages",
        say("places_plan.age_table"),
        frame,
        [
            year_column(),
            Column("group", say("places_plan.months_of_age")),
            Column("asked_for", say("places_plan.central"), unit=_unit()),
            *(Column(name, say(f"places_plan.gap_{name}"), unit=_unit()) for name in ("gap", "low", "high")),
            Column("short", say("places_plan.gap_short"), unit=text("chapters.unit.percent"), divisor=0.01),
            *(Column(name, say(f"places_plan.age_{name}")) for name in ("classes", "carers")),
        ],
        notes=[say("places_plan.age_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def phasing_figure(plan: pd.DataFrame) -> Picture:
    """Places there, converted and built by year, from `plan_table`."""
    there = plan.groupby("year")["there"].sum()
    opened = plan.groupby("year")[["built", "converted"]].sum().cumsum()
    frame = pd.DataFrame({say("places_plan.there"): there}).assign(
        **{say("places_plan.converted"): opened["converted"], say("places_plan.built"): opened["built"]}
    )
    words = Words("phasing_figure", say("places_plan.phasing"), say("places_plan.phasing_alt"), source("own"))
    return stacked_bars(words, frame, unit=_unit())


def opened_table(plan: pd.DataFrame) -> Table:
    """What is opened and moved, a row a unit and year in which something is, from `plan_table`."""
    frame = plan[(plan[list(_OPENED)] != 0).any(axis=1)]
    return Table(
        "places_opened",
        say("places_plan.opened_table"),
        frame,
        [*columns(["name"]), year_column(), *(Column(name, say(f"places_plan.{name}"), unit=_unit()) for name in _OPENED)],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _plans_table(found: PlacesPlan) -> Table:
    wide = found.plans.pivot(index="plan", columns="year", values="places").loc[list(found.made)].rename(columns=str)
    last = found.plans[found.plans["year"] == _last(found)].set_index("plan")
    wide["empty_30"] = last["empty_30"]
    wide["cost"] = found.plans.drop_duplicates("plan").set_index("plan")["cost"]
    frame = wide.reset_index()
    frame["plan"] = [text(f"childcare.plan.{name}") for name in frame["plan"]]
    return Table(
        "places_plans",
        say("places_plan.plans_table"),
        frame,
        [
            Column("plan", say("places_plan.which")),
            *(Column(str(year), str(year), unit=_unit()) for year in found.situation.task.years),
            Column("empty_30", say("places_plan.empty_30"), unit=text("chapters.unit.percent"), divisor=0.01),
            _money("cost", say("places_plan.cost")),
        ],
        notes=[say("places_plan.plans_note", gap=100 * found.made[CHOSEN].gap)],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _regret_text(found: PlacesPlan) -> str:
    return say("places_plan.regret_text", plan=text(f"childcare.plan.{never_badly_wrong(found.regret)}"))


def _regret_table(found: PlacesPlan) -> Table:
    scenarios = found.situation.projection.area.scenarios
    wide = found.regret.pivot(index="plan", columns="scenario", values="regret").loc[list(found.made)]
    worst = wide.max(axis=1)
    frame = wide.assign(worst=worst).reset_index()
    frame["plan"] = [text(f"childcare.plan.{name}") for name in frame["plan"]]
    return Table(
        "places_regret",
        say("places_plan.regret_table"),
        frame,
        [
            Column("plan", say("places_plan.which")),
            *(_money(str(key), scenarios[str(key)].name()) for key in wide.columns),
            _money("worst", say("places_plan.worst")),
        ],
        notes=[say("places_plan.regret_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _staff_table(found: PlacesPlan) -> Table:
    names = ("needed", "leaving", "recruits", "joining", "short", "to_train")
    return Table(
        "places_staff",
        say("places_plan.staff_table"),
        found.staff,
        [year_column(), *(Column(name, say(f"places_plan.{name}"), unit=text("chapters.unit.person")) for name in names)],
        notes=[say("places_plan.staff_note", trained=found.situation.projection.assumptions.value("childcare.trained"))],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _cost_table(found: PlacesPlan) -> Table:
    names = ("building", "running", "fees", "subsidy", "gap")
    return Table(
        "places_cost",
        say("places_plan.cost_table"),
        found.costs,
        [
            year_column(),
            *(_money(name, say(f"places_plan.{name}")) for name in names),
            Column("fee_to_fill", say("places_plan.fee_to_fill"), unit=say("places_plan.yuan_a_year")),
        ],
        notes=[say("places_plan.cost_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _same_money_table(found: PlacesPlan) -> Table:
    """A million yuan a year given by child or by place."""
    yuan = say("places_plan.yuan_a_year")
    return Table(
        "places_same_money",
        say("places_plan.same_money"),
        found.same_money,
        [year_column(), *(Column(name, say(f"places_plan.{name}"), unit=yuan) for name in ("by_child", "by_place"))],
        notes=[say("places_plan.same_money_note")],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
    )


def _reach_table(found: PlacesPlan, reach: pd.DataFrame) -> Table:
    county = text("childcare.text.county")
    frame = reach.assign(name=[name or county for name in reach["name"]])
    return Table(
        "places_reach",
        say("places_plan.reach_table", year=_last(found)),
        frame,
        [
            *columns(["name"]),
            Column("reached", say("places_plan.reached"), unit=text("chapters.unit.percent"), divisor=0.01),
            Column("places_a_child", say("places_plan.places_a_child"), decimals=2),
        ],
        notes=[say("places_plan.reach_note")],
        source=source("county", "own"),
        total_row=True,
    )


def _tracking_table(tracking: pd.DataFrame) -> Table:
    county = text("childcare.text.county")
    frame = tracking.assign(name=[name or county for name in tracking["name"]])
    return Table(
        "places_tracking",
        say("places_plan.tracking"),
        frame,
        [
            *columns(["name"]),
            Column("quarter", say("places_plan.quarter")),
            Column("target", say("places_plan.target_places"), unit=_unit()),
            Column("places", say("places_plan.open_places"), unit=_unit()),
            Column("share", say("places_plan.share"), unit=text("chapters.unit.percent"), divisor=0.01),
        ],
        notes=[say("places_plan.tracking_note")],
        source=source("county", "own"),
    )


def _site_table(sites: pd.DataFrame) -> Table:
    return Table(
        "places_sites",
        say("places_plan.sites"),
        sites,
        [Column("point", say("places_plan.point")), Column("township", say("places_plan.township"))],
        notes=[say("places_plan.sites_note")],
        source=source("county", "own"),
    )


def _payer_table(found: PlacesPlan, results: Results) -> Table:
    """What each payer pays for places and for families together: the county's one total."""
    both = with_places(results.budget.appropriation, found.payers)
    sums, years = both.set_index(["part", "payer", "year"])["amount_fen"], sorted(set(both["year"]))
    rows = []
    for part in PARTS:
        for payer in PAYERS:
            by_year = {str(year): int(sums[part, payer, year]) / 100 for year in years}
            rows.append({"what": text(f"budget.text.for_{part}"), "payer": payer_title(payer), **by_year})
    return Table(
        "places_and_families",
        say("places_plan.payer_table"),
        pd.DataFrame(rows),
        [
            Column("what", say("places_plan.for_what")),
            *columns(["payer"]),
            *(_money(str(year), str(year)) for year in years),
        ],
        source=source("own"),
        statuses=status_counts({"assumed": "status.shares"}),
    )


def _target_table(found: PlacesPlan) -> Table:
    sums = {name: float(found.target[name].sum()) for name in ("there", *RULES)}
    total = {"name": text("childcare.text.county"), **sums}
    frame = pd.concat([found.target, pd.DataFrame([total])], ignore_index=True)
    return Table(
        "places_target",
        say("places_plan.target_table", year=_last(found)),
        frame,
        [
            *columns(["name"]),
            Column("there", say("places_plan.there"), unit=_unit()),
            *(Column(rule, text(f"childcare.rule.{rule}"), unit=_unit()) for rule in RULES),
        ],
        notes=[say("places_plan.target_note", sum=number(sums["children"]))],
        source=source("own"),
        statuses=status_counts({"assumed": "status.all"}),
        total_row=True,
    )
