"""The county's plan of places: what will be used, what is there, what to open when and where, and how wrong each plan could be.

The programme itself is in `plan`; here the county's demand, supply, costs and limits are put into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from popmodel.childcare.demand import Demand, demand
from popmodel.childcare.norms import children_a_carer, class_size
from popmodel.childcare.places import norm_per_1000
from popmodel.childcare.plan import Costs, Limits, Plan, Task, expected_cost, greedy, made, phase
from popmodel.childcare.supply import convertible_classes, places_there
from popmodel.demography.arrays import Array
from popmodel.messages import InputError, Problem
from popmodel.projection import Projection

# Plans are made of mixed classes, which take children of all ages from 18 months on and fit small places.
GROUP = "mixed"
DRAWS = 200
# What plans are made: none at all, for use, for use and the norm under either denominator in the last year, for the highest
# demand in view, and by a naive rule.
PLANS = ("none", "use", "norm_resident", "norm_registered", "peak", "greedy")


@dataclass(frozen=True)
class Situation:
    """What a plan has to do with: demand on the central path and in draws, places there, (unit, year), and the programme."""

    projection: Projection
    central: Demand
    drawn: Demand
    there: Array
    task: Task
    costs: Costs
    limits: Limits


def situation(projection: Projection, years: Sequence[int], *, draws: int = DRAWS) -> Situation:
    """The situation of an area in `years`; the programme has the first `draws` of the projection's draws.

    Raises ValueError for a projection without draws.
    """
    book = projection.assumptions
    central, drawn = demand(projection, years), demand(projection, years, drawn=True)
    there = places_there(projection, years)
    size = class_size(GROUP, years[-1])
    weights = np.ones(len(years))
    weights[-1] += book.value("childcare.years_after")
    task = Task(
        units=central.codes,
        years=list(years),
        demand=drawn.places[..., :draws],
        there=there,
        convertible=convertible_classes(projection, years),
        class_size=size,
        year_weights=weights,
    )
    costs = Costs(
        empty=book.value("childcare.empty_cost"),
        turned_away=book.value("childcare.turned_away_cost"),
        build=book.value("childcare.build_cost") * size,
        convert=book.value("childcare.convert_cost") * size,
        move=book.value("childcare.move_cost") * size,
    )
    carers_a_class = size / children_a_carer(GROUP, years[-1])
    limits = Limits(
        budget=book.path("childcare.building_budget", years),
        carers=carers_for_more(projection, years, there, carers_a_class / size),
        carers_a_class=carers_a_class,
        least_places=np.zeros(len(years)),
    )
    return Situation(projection, central, drawn, there, task, costs, limits)


def carers_for_more(projection: Projection, years: Sequence[int], there: Array, carers_a_place: float) -> Array:
    """Carers whom the plan's classes can have by the end of each year, (year,): those trained who take up the work, less those
    needed to replace who leaves; of last year's as many as stay."""
    book = projection.assumptions
    joining = book.value("childcare.trained") * book.value("childcare.trained_joining")
    turnover = book.value("childcare.turnover")
    free, found = 0.0, []
    for year in range(len(years)):
        at_work = float(there[:, year].sum()) * carers_a_place
        free = max((1 - turnover) * free + joining - turnover * at_work, 0.0)
        found.append(free)
    return np.array(found)


def plans(of: Situation) -> tuple[dict[str, Plan], dict[str, list[Problem]]]:
    """Every plan of PLANS that the limits allow, and of the others which limit binds and what would do.

    Raises InputError where they leave no plan for use.
    """
    nothing = np.zeros((len(of.task.units), len(of.task.years)), dtype=np.int64)
    found = {
        "none": made(of.task, of.costs, nothing, nothing, nothing, nothing),
        "use": phase(of.task, of.costs, of.limits),
    }
    refused: dict[str, list[Problem]] = {}
    for population in ("resident", "registered"):
        try:
            found[f"norm_{population}"] = phase(of.task, of.costs, replace(of.limits, least_places=norm_places(of, population)))
        except InputError as error:
            refused[f"norm_{population}"] = list(error.problems)
    return found | {"peak": _for_the_peak(of), "greedy": greedy(of.task, of.costs, of.limits)}, refused


def norm_places(of: Situation, population: str) -> Array:
    """Places that the norm asks for in the last year by `population` (resident or registered), none before, (year,)."""
    year = of.task.years[-1]
    found = np.zeros(len(of.task.years))
    found[-1] = norm_per_1000(of.projection.area, year) * of.projection.persons(0, 100, population)[year] / 1000
    return found


def plan_table(of: Situation, plan: Plan) -> pd.DataFrame:
    """A plan by unit and year, a row each: code, name, year, demand (places, central path), there, built, converted, moved_in,
    moved_out (places opened or moved in the year), places (there with the plan), and empty_30, the probability that more than
    three in ten stand empty."""
    task, size = of.task, of.task.class_size
    places = of.there + size * plan.at_work
    rows = [
        {
            "code": code,
            "name": of.central.names[unit],
            "year": year,
            "demand": of.central.places[unit, place],
            "there": of.there[unit, place],
            **{name: int(size * getattr(plan, name)[unit, place]) for name in ("built", "converted", "moved_in", "moved_out")},
            "places": places[unit, place],
            "empty_30": empty_30(of.drawn.enrolled[unit : unit + 1, place], places[unit : unit + 1, place]),
        }
        for unit, code in enumerate(task.units)
        for place, year in enumerate(task.years)
    ]
    return pd.DataFrame(rows)


def empty_30(enrolled: Array, places: Array) -> float:
    """The probability that more than three in ten places of some units stand empty, 0-1: children attend in their own unit only.

    enrolled: (unit, draw); places: (unit,). NaN without places.
    """
    whole = places.sum()
    used = np.minimum(enrolled, places[:, None]).sum(axis=0)
    return float((used < 0.7 * whole - 1e-9).mean()) if whole > 0 else float("nan")


def regret_table(of: Situation, made_plans: Mapping[str, Plan], scenarios: Mapping[str, Array]) -> pd.DataFrame:
    """What each plan costs in each scenario more than the best of them there, a row a plan and scenario; yuan.

    scenarios: places asked for, (unit, year, draw). Columns: plan, scenario, cost, regret; the plan whose largest regret is least
    is the one that is never badly wrong.
    """
    rows = []
    for scenario, places in scenarios.items():
        task = replace(of.task, demand=places[..., : of.task.demand.shape[-1]])
        costs = {name: _cost_in(task, of.costs, plan) for name, plan in made_plans.items()}
        best = min(costs.values())
        rows += [(name, scenario, cost, cost - best) for name, cost in costs.items()]
    return pd.DataFrame(rows, columns=["plan", "scenario", "cost", "regret"])


def never_badly_wrong(regret: pd.DataFrame) -> str:
    """The plan whose largest regret over the scenarios is least."""
    return str(regret.groupby("plan", sort=False)["regret"].max().idxmin())


def _cost_in(task: Task, costs: Costs, plan: Plan) -> float:
    spent = costs.build * plan.built.sum() + costs.convert * plan.converted.sum() + costs.move * plan.moved_in.sum()
    return float((expected_cost(task, costs, plan.at_work) @ task.year_weights).sum() + spent)


def _for_the_peak(of: Situation) -> Plan:
    """Classes for the highest central demand of each unit in any year, opened in the first: what counting the peak asks for."""
    task = of.task
    short = np.maximum(of.central.places.max(axis=1) - task.there[:, 0], 0)
    built = np.zeros((len(task.units), len(task.years)), dtype=np.int64)
    built[:, 0] = np.ceil(short / task.class_size)
    nothing = np.zeros_like(built)
    return made(task, of.costs, built, nothing, nothing, nothing)
