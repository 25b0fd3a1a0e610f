"""What a change of policy would cost: money scenarios beside the chosen one, on the same people, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.projection import Projection
from popmodel.projection.quantiles import quantiles
from popmodel.scenarios import Scenario
from popmodel.subsidies import amount_draws, subsidy_amounts


def money_scenarios(area: Area) -> list[Scenario]:
    """The area's scenarios that change money alone."""
    return [scenario for scenario in area.scenarios.values() if scenario.changes_money_only]


def with_changes(projection: Projection, scenario: Scenario) -> Projection:
    """The same people under the money changes of another scenario, on top of the projection's own."""
    return replace(projection, assumptions=projection.assumptions.with_changes(scenario.changes))


def policy_switches(projection: Projection, years: Sequence[int]) -> pd.DataFrame:
    """What each money scenario adds to the budget of all schemes, a row a scenario and year.

    Columns: scenario, year, total (yuan), cost (yuan more than without it), cost_low, cost_high (80 per cent range of the
    difference in the same draw; NaN without draws).
    """
    base, base_drawn = _totals(projection, years)
    rows = []
    for scenario in money_scenarios(projection.area):
        if all(projection.assumptions[key].value == value for key, value in scenario.changes.items()):
            continue  # the run has it already
        total, drawn = _totals(with_changes(projection, scenario), years)
        for row, year in enumerate(years):
            low, high = (np.nan, np.nan) if drawn is None else quantiles((drawn - base_drawn)[row], [0.1, 0.9])
            rows.append((scenario.key, year, total[row], total[row] - base[row], float(low), float(high)))
    return pd.DataFrame(rows, columns=["scenario", "year", "total", "cost", "cost_low", "cost_high"])


def _totals(projection: Projection, years: Sequence[int]) -> tuple[np.ndarray, np.ndarray | None]:
    """Yuan of all schemes by year, and in every draw, (year, draw)."""
    amounts = subsidy_amounts(projection, years=years).groupby("year")["amount_yuan"].sum()
    drawn = np.sum(list(amount_draws(projection, years).values()), axis=0) if projection.draws is not None else None
    return amounts.reindex(list(years)).to_numpy(), drawn
