"""Everything a county's plan of places holds: demand, supply, plans, staff, cost, the target by township, and regrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas.disclosure import suppressed
from popmodel.childcare.ages import gap_by_age
from popmodel.childcare.cost import cost_table, public_cost, subsidy_by
from popmodel.childcare.decomposition import decomposition, tracked
from popmodel.childcare.demand import demand
from popmodel.childcare.facilities import facilities
from popmodel.childcare.places import places_required
from popmodel.childcare.plan import Plan
from popmodel.childcare.planning import GROUP, Situation, empty_30, norm_places, plan_table, plans, regret_table, situation
from popmodel.childcare.reach import reach_table, site_table
from popmodel.childcare.staff import carers_needed, class_table, staff_table
from popmodel.childcare.supply import places_by_class
from popmodel.demography.arrays import Array
from popmodel.messages import InputError, Problem
from popmodel.projection import Launch, Projection, project_from
from popmodel.projection.quantiles import quantiles
from popmodel.scenarios import of_people

LAST_YEAR = 2035
# The plan that is costed and staffed.
CHOSEN = "use"
# The rule by which the target that is tracked was shared out.
TRACKED = "children"
# What is given by child or by place in the comparison of the two.
EXAMPLE_YUAN = 1_000_000.0
# Draws of every other scenario, against which plans are held.
_SCENARIO_DRAWS = 200


@dataclass(frozen=True)
class PlacesPlan:
    """Everything a run of places found; tables long, in full precision.

    measures: the county by year (`places_required`). demand: places asked for by unit and year, with the 10, 50 and 90 per cent
    quantiles of its draws, and of the county. ages: places short by unit, year and group of ages (`gap_by_age`), classes: the
    classes and carers that each group would need (`class_table`). plan: the plan for use by unit and year. plans: every plan's
    places, cost and gap. refused: plans that the limits leave none of. staff, costs, payers: of the plan for use. target: the
    norm by township. regret: each plan in each scenario. same_money: a million yuan a year given by child or by place. reach: who
    reaches a place in the last year, sites: where the plan's classes serve most, both None where the pack does not say where
    children live.
    tracking: places open by quarter against the target shared out by TRACKED, None where the pack has no counts.
    """

    situation: Situation
    made: dict[str, Plan]
    refused: dict[str, list[Problem]]
    measures: pd.DataFrame
    demand: pd.DataFrame
    ages: pd.DataFrame
    classes: pd.DataFrame
    plan: pd.DataFrame
    plans: pd.DataFrame
    staff: pd.DataFrame
    costs: pd.DataFrame
    payers: pd.DataFrame
    target: pd.DataFrame
    regret: pd.DataFrame
    same_money: pd.DataFrame
    reach: pd.DataFrame | None
    sites: pd.DataFrame | None
    tracking: pd.DataFrame | None

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables by name, for writing them out."""
        names = (
            "measures", "demand", "ages", "classes", "plan", "plans", "staff", "costs", "payers", "target", "regret",
            "same_money", "reach", "sites", "tracking",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def make_places_plan(start: Launch, projection: Projection, years: Sequence[int]) -> PlacesPlan:
    """The plan of places of a projection with draws, from `start`, for consecutive `years` after the launch.

    Raises InputError for years it does not reach back or forward to, for a pack that does not say how many places there are, and
    where the limits leave no plan for use.
    """
    first, last = projection.launch + 1, min(LAST_YEAR, projection.years[-1])
    if outside := [year for year in years if not first <= year <= last]:
        raise InputError([Problem("places_years_outside", {"found": outside[0], "first": first, "last": last})])
    if facilities(projection.area).empty:
        raise InputError([Problem("places_unknown", file=str(projection.area.folder))])
    of = situation(projection, years)
    made, refused = plans(of)
    chosen, book = made[CHOSEN], projection.assumptions
    costs = cost_table(of.task, chosen, of.central, book)
    target, progress = _target(of), projection.area.tables.get("progress")
    needed = carers_needed(costs["places"].to_numpy(), GROUP, years)
    return PlacesPlan(
        situation=of,
        made=made,
        refused=refused,
        measures=places_required(projection, years=years),
        demand=_demand_table(of),
        ages=gap_by_age(of.central, of.drawn, places_by_class(projection, years), projection.area.disclosure_threshold),
        classes=class_table(of.central.places_by_group().sum(axis=1), years),
        plan=_withheld(plan_table(of, chosen), of),
        plans=_plans_table(of, made),
        staff=staff_table(needed, book, years),
        costs=costs,
        payers=public_cost(costs, book),
        target=target,
        same_money=subsidy_by(costs, EXAMPLE_YUAN),
        reach=reach_table(projection, years[-1]),
        sites=_sites(of, chosen),
        tracking=tracked(target, TRACKED, progress) if progress is not None else None,
        regret=regret_table(of, made, _scenarios(start, projection, years)),
    )


def _demand_table(of: Situation) -> pd.DataFrame:
    """Places asked for by unit and year and in the county (code ""), central and quantiles of the draws."""
    rows = []
    hidden = _hidden(of)
    for place, year in enumerate(of.task.years):
        for unit, code in enumerate(of.task.units):
            low, middle, high = quantiles(of.drawn.places[unit, place].copy(), [0.1, 0.5, 0.9])
            central = float(of.central.places[unit, place])
            found = (np.nan,) * 4 if hidden[unit, place] else (central, low, middle, high)
            rows.append((code, of.central.names[unit], year, *found, int(of.central.peak[place])))
        county = of.drawn.places[:, place].sum(axis=0)
        whole = quantiles(county, [0.1, 0.5, 0.9])
        rows.append(("", "", year, float(of.central.places[:, place].sum()), *whole, int(of.central.peak[place])))
    return pd.DataFrame(rows, columns=["code", "name", "year", "central", "q10", "q50", "q90", "peak_month"])


def _hidden(of: Situation) -> npt.NDArray[np.bool_]:
    """Demand that may not be printed, (unit, year): below the disclosure threshold, or given away by the rest of its year."""
    threshold = of.projection.area.disclosure_threshold
    if len(of.task.units) == 1:
        return np.zeros((1, len(of.task.years)), dtype=bool)
    by_year = [suppressed([round(float(count)) for count in of_year], threshold) for of_year in of.central.places.T]
    return np.array([[count is None for count in of_year] for of_year in by_year]).T


def _withheld(table: pd.DataFrame, of: Situation) -> pd.DataFrame:
    """The plan with demand that may not be printed left empty."""
    return table.assign(demand=table["demand"].mask(_hidden(of).ravel()))


def _plans_table(of: Situation, made: dict[str, Plan]) -> pd.DataFrame:
    """Every plan by year: plan, year, places in all, built and converted in the year, empty_30 (of all places in the peak
    month, the probability that more than three in ten stand empty), cost and gap of the whole plan."""
    size = of.task.class_size
    rows = [
        (
            name,
            year,
            float(of.there[:, place].sum() + size * plan.at_work[:, place].sum()),
            int(size * plan.built[:, place].sum()),
            int(size * plan.converted[:, place].sum()),
            empty_30(of.drawn.enrolled[:, place], of.there[:, place] + size * plan.at_work[:, place]),
            plan.cost,
            plan.gap,
        )
        for name, plan in made.items()
        for place, year in enumerate(of.task.years)
    ]
    return pd.DataFrame(rows, columns=["plan", "year", "places", "built", "converted", "empty_30", "cost", "gap"])


def _sites(of: Situation, plan: Plan) -> pd.DataFrame | None:
    """Points for the classes at work in the last year of a plan."""
    asked_for, count = float(of.central.places[:, -1].sum()), int(plan.at_work[:, -1].sum())
    return site_table(of.projection, asked_for, of.task.class_size, count, of.task.years[-1])


def _target(of: Situation) -> pd.DataFrame:
    """The norm of the last year by residents, shared out to the units by every rule."""
    children = of.central.children[:, -1]
    total = round(float(norm_places(of, "resident")[-1]))
    residents = children / children.sum()
    return decomposition(of.task.units, of.central.names, total, children, residents, of.there[:, -1])


def _scenarios(start: Launch, projection: Projection, years: Sequence[int]) -> dict[str, Array]:
    """Places asked for under every scenario that moves people, in the draws of the plan."""
    drawn = projection.draws
    assert drawn is not None
    found = {}
    for key, scenario in of_people(projection.area.scenarios).items():
        other = project_from(start, scenario, projection.years[-1], draws=min(drawn.count, _SCENARIO_DRAWS), seed=drawn.seed)
        found[key] = demand(other, years, drawn=True).places
    return found
