"""One budget run: the projection, the budget's tables, and the vintage they can be compared by, published whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from popmodel.areas import Area
from popmodel.budget import Budget, make_budget, with_places
from popmodel.childcare.county_plan import LAST_YEAR as LAST_PLACES_YEAR
from popmodel.childcare.county_plan import make_places_plan
from popmodel.messages import InputError, Problem
from popmodel.projection import Launch, Projection
from popmodel.runs.plan_years import projected
from popmodel.runs.record import RunRecord
from popmodel.runs.run import write_folder
from popmodel.runs.vintages import store_vintage
from popmodel.subsidies.amounts import LAST_YEAR

FOLDER = "budget"


@dataclass(frozen=True)
class BudgetRun:
    """What a budget run found. both: the money for families and for places (`with_places`), empty where no plan of places can be
    made, and then why not; also of a run without draws, which a plan of places takes."""

    record: RunRecord
    projection: Projection
    budget: Budget
    both: pd.DataFrame
    why_not: Sequence[Problem]


def budget_run(
    area: Area,
    scenario: str,
    years: Sequence[int],
    draws: int,
    seed: int,
    engine: str,
    out: Path,
    inputs: Sequence[Path],
) -> BudgetRun:
    """Make the budget of `years`, with what the plan of places costs, and write it to out/<pack>/<scenario>/budget.

    Raises InputError as `make_budget` and `projected`, and as `write_folder`.
    """
    start, projection, request = projected(area, scenario, years, LAST_YEAR, draws=draws, seed=seed, engine=engine)
    made = make_budget(start, projection, years)
    both, why_not = _both(start, projection, made)

    def write(folder: Path) -> None:
        for name, frame in made.frames().items():
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", float_format="%.2f")
        if len(both):
            both.to_csv(folder / "with_places.csv", index=False, encoding="utf-8-sig")
        store_vintage(projection, folder)

    record = write_folder(out / area.folder.name / scenario / FOLDER, write, request=request, inputs=list(inputs))
    return BudgetRun(record, projection, made, both, why_not)


def _both(start: Launch, projection: Projection, made: Budget) -> tuple[pd.DataFrame, Sequence[Problem]]:
    years = [year for year in made.years if projection.launch < year <= LAST_PLACES_YEAR]
    if projection.draws is None or not years:
        return pd.DataFrame(), []
    try:
        places = make_places_plan(start, projection, years)
    except InputError as error:
        return pd.DataFrame(), error.problems
    return with_places(made.appropriation, places.payers), []
