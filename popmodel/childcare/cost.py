"""What places cost: building, running, what families pay, and subsidies by child and by place, by who pays.

Whole yuan are a matter of the budget; here amounts are float yuan of a forecast.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from popmodel.childcare.demand import Demand
from popmodel.childcare.plan import Plan, Task
from popmodel.demography.arrays import Array
from popmodel.parameters import AssumptionBook


def cost_table(task: Task, plan: Plan, demand: Demand, book: AssumptionBook) -> pd.DataFrame:
    """What a plan costs in each year, a row a year; yuan.

    Columns: year; places (with the plan), enrolled (children, no more than there are places in each unit); building (built,
    converted and moved in the year); running (of all places); fees (of enrolled children); subsidy_child, subsidy_place (at the
    amounts of the assumption book); subsidy (the two together); gap (running less fees and subsidies, what operators carry, or
    keep where negative); fee_to_fill (yuan a child and year at which all places would be taken, by the elasticity; NaN where it
    is 0).
    """
    years, size = list(task.years), task.class_size
    places = task.there + size * plan.at_work
    enrolled = np.minimum(demand.enrolled, places).sum(axis=0)
    building = size * (
        book.value("childcare.build_cost") * plan.built.sum(axis=0)
        + book.value("childcare.convert_cost") * plan.converted.sum(axis=0)
        + book.value("childcare.move_cost") * plan.moved_in.sum(axis=0)
    )
    whole = places.sum(axis=0)
    fee = book.value("childcare.fee_year") * book.path("childcare.fee_factor", years)
    running, fees = book.value("childcare.running_cost") * whole, fee * enrolled
    by_child = book.path("childcare.subsidy_child", years) * enrolled
    by_place = book.path("childcare.subsidy_place", years) * whole
    return pd.DataFrame(
        {
            "year": years,
            "places": whole,
            "enrolled": enrolled,
            "building": building,
            "running": running,
            "fees": fees,
            "subsidy_child": by_child,
            "subsidy_place": by_place,
            "subsidy": by_child + by_place,
            "gap": running - fees - by_child - by_place,
            "fee_to_fill": fee_to_fill(fee, demand.places.sum(axis=0), whole, book.value("childcare.fee_elasticity")),
        }
    )


def fee_to_fill(fee: Array, asked_for: Array, places: Array, elasticity: float) -> Array:
    """The fee at which as many places would be asked for as there are, all else as it is: fee × (places ÷ asked for)^(1 ÷ e).

    >>> fee_to_fill(np.array([7200.0]), np.array([100.0]), np.array([200.0]), -1.0)
    array([3600.])
    """
    if not elasticity:
        return np.full(len(fee), np.nan)
    return np.asarray(fee * (places / asked_for) ** (1 / elasticity))


def public_cost(costs: pd.DataFrame, book: AssumptionBook) -> pd.DataFrame:
    """What the public pays of `cost_table`: a row an item (building, subsidy), payer and year, yuan."""
    rows = []
    for item, key in (("building", "childcare.payers_building"), ("subsidy", "childcare.payers_running")):
        for year, amount in zip(costs["year"], costs[item], strict=True):
            shares = book.shares(key, int(year))
            rows += [(item, payer, year, float(amount) * share) for payer, share in shares.items()]
    return pd.DataFrame(rows, columns=["item", "payer", "year", "amount_yuan"])


def subsidy_by(costs: pd.DataFrame, amount: float) -> pd.DataFrame:
    """The same money given by child and by place, a row a year: year, by_child (yuan for each enrolled child), by_place.

    amount: yuan in all a year. What a place gets, a child gets times places over children: the emptier, the more.
    """
    return pd.DataFrame({"year": costs["year"], "by_child": amount / costs["enrolled"], "by_place": amount / costs["places"]})
