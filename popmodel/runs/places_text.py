"""The plan of places as a planner reads it in a terminal: what is asked for, what there is, what to open, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from popmodel.assessment.text_table import text_table
from popmodel.budget import PAYERS, payer_title
from popmodel.childcare import MEASURES, measure_title
from popmodel.childcare.county_plan import PlacesPlan
from popmodel.childcare.decomposition import RULES
from popmodel.childcare.norms import nation_per_1000
from popmodel.childcare.planning import never_badly_wrong
from popmodel.messages import number, text
from popmodel.reports.chapters.common import money_decimals, money_divisor


def places_text(found: PlacesPlan) -> str:
    """The whole summary, in the language in force."""
    projection = found.situation.projection
    years = found.situation.task.years
    span = str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
    parts = [
        text("childcare.text.title", name=projection.area.name(), scenario=projection.scenario.name(), years=span),
        _section("measures", _measures(found)),
        _nation(),
        _section("demand", _demand(found)),
        _section("ages", _ages(found), year=years[-1]),
        _section("plans", _plans(found)),
        *_refused(found),
        _section("opened", _opened(found)),
        _section("staff", _staff(found)),
        _section("costs", _costs(found), unit=text("chapters.unit.money")),
        _section("target", _target(found), year=years[-1]),
        _section("regret", _regret(found), unit=text("chapters.unit.money")),
        text("childcare.text.wrong_least", plan=text(f"childcare.plan.{never_badly_wrong(found.regret)}")),
        text("childcare.text.assumed"),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _section(name: str, table: str, **given: Any) -> str:
    return f"\n{text(f'childcare.text.{name}', **given)}\n{table.rstrip()}" if table else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return text_table(head, list(rows), numbers=range(1, len(head)))


def _years(found: PlacesPlan) -> list[str]:
    return [str(year) for year in found.situation.task.years]


def _measures(found: PlacesPlan) -> str:
    frame = found.measures
    rows = [[measure_title(measure), *(number(value) for value in frame[f"required_{measure}"])] for measure in MEASURES]
    rows.append([text("childcare.text.there"), *("–" if np.isnan(value) else number(value) for value in frame["places"])])
    per_1000 = 1000 * frame["places"] / frame["residents"]
    rows.append([text("childcare.text.per_1000"), *("–" if np.isnan(value) else number(value, 2) for value in per_1000)])
    a_child = frame["places"] / frame["children_0_2"]
    rows.append([text("childcare.text.a_child"), *("–" if np.isnan(value) else number(value, 2) for value in a_child)])
    if found.reach is not None:
        within = float(found.reach.loc[found.reach["code"] == "", "places_a_child"].iloc[0])
        blank = [""] * (len(frame) - 1)
        rows.append([text("childcare.text.within_reach"), *blank, number(within, 2)])
    used = 100 * frame["utilisation"]
    rows.append([text("childcare.text.utilisation"), *("–" if np.isnan(value) else number(value, 1) for value in used)])
    rows.append([text("childcare.text.enrolment"), *(number(100 * value, 1) for value in frame["enrolment_rate"])])
    return _table(["", *_years(found)], rows)


def _nation() -> str:
    year, nation = nation_per_1000()
    return text("childcare.text.nation", year=year, nation=number(nation, 2))


def _demand(found: PlacesPlan) -> str:
    county = found.demand[found.demand["code"] == ""]
    rows = [[text(f"childcare.text.{name}"), *(number(value) for value in county[name])] for name in ("central", "q10", "q90")]
    rows.append([text("childcare.text.peak_month"), *(str(month) for month in county["peak_month"])])
    return _table(["", *_years(found)], rows)


def _ages(found: PlacesPlan) -> str:
    """The county's last year by group of ages."""
    year = found.situation.task.years[-1]
    own = found.ages[(found.ages["code"] == "") & (found.ages["year"] == year)].set_index("group")
    classes = found.classes[found.classes["year"] == year].set_index("group")
    given = {"asked_for": own["asked_for"], "gap": own["gap"], "high": own["q90"]}
    given |= {name: classes[name] for name in ("classes", "carers")}
    rows = [[text(f"childcare.text.ages_{name}"), *(number(value) for value in values)] for name, values in given.items()]
    return _table(["", *(text(f"childcare.group.{group}") for group in own.index)], rows)


def _plans(found: PlacesPlan) -> str:
    wide = found.plans.pivot(index="plan", columns="year", values="places")
    cost = found.plans.drop_duplicates("plan").set_index("plan")["cost"]
    rows = []
    for name in found.made:
        places = [number(float(value)) for value in wide.loc[name].to_numpy()]
        rows.append([text(f"childcare.plan.{name}"), *places, _money(float(cost[name]))])
    return _table(["", *_years(found), text("childcare.text.cost", unit=text("chapters.unit.money"))], rows)


def _refused(found: PlacesPlan) -> list[str]:
    """Plans that the limits leave none of, with what stands in the way."""
    lines = []
    for name, problems in found.refused.items():
        lines.append(text("childcare.text.refused", plan=text(f"childcare.plan.{name}")))
        lines += [f"  {one.describe()}" for one in problems]
    return lines


def _opened(found: PlacesPlan) -> str:
    names = ("built", "converted", "moved_in", "moved_out")
    own = found.plan[(found.plan[list(names)] != 0).any(axis=1)]
    rows = [[row["name"], str(row["year"]), *(number(row[name]) for name in names)] for row in own.to_dict("records")]
    return _table(["", text("childcare.text.year"), *(text(f"childcare.text.{name}") for name in names)], rows) if rows else ""


def _staff(found: PlacesPlan) -> str:
    names = ("needed", "leaving", "recruits", "joining", "short", "to_train")
    rows = [[text(f"childcare.text.{name}"), *(number(value) for value in found.staff[name])] for name in names]
    return _table(["", *_years(found)], rows)


def _costs(found: PlacesPlan) -> str:
    names = ("building", "running", "fees", "subsidy", "gap")
    rows = [[text(f"childcare.text.{name}"), *(_money(float(value)) for value in found.costs[name])] for name in names]
    by_payer = found.payers.groupby(["payer", "year"])["amount_yuan"].sum()
    years = found.situation.task.years
    rows += [[payer_title(payer), *(_money(float(by_payer[payer, year])) for year in years)] for payer in PAYERS]
    return _table(["", *_years(found)], rows)


def _target(found: PlacesPlan) -> str:
    rows = [
        [row["name"], number(row["there"]), *(number(row[rule]) for rule in RULES)] for row in found.target.to_dict("records")
    ]
    head = ["", text("childcare.text.there"), *(text(f"childcare.rule.{rule}") for rule in RULES)]
    return _table(head, rows)


def _regret(found: PlacesPlan) -> str:
    wide = found.regret.pivot(index="plan", columns="scenario", values="regret")
    scenarios = found.situation.projection.area.scenarios
    rows = []
    for name in found.made:
        rows.append([text(f"childcare.plan.{name}"), *(_money(float(value)) for value in wide.loc[name].to_numpy())])
    return _table(["", *(scenarios[str(key)].name() for key in wide.columns)], rows)


def _money(yuan: float) -> str:
    return number(yuan / money_divisor(), money_decimals())
