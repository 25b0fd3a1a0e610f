"""One budget run: the projection, the budget's tables, and the vintage they can be compared by, published whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from popmodel.areas import Area
from popmodel.budget import Budget, make_budget
from popmodel.forecast.base_population import LAUNCH
from popmodel.messages import InputError, Problem
from popmodel.projection import Projection, launch, project_from
from popmodel.projection.engines import chosen_engine
from popmodel.runs.record import RunRecord
from popmodel.runs.run import write_folder
from popmodel.runs.vintages import store_vintage
from popmodel.scenarios import find_scenario
from popmodel.subsidies.amounts import LAST_YEAR

FOLDER = "budget"


def years_of(written: str) -> list[int]:
    """The years written as 2026-2030 or 2026; raises InputError for anything else."""
    found = re.fullmatch(r"\s*(\d{4})\s*(?:[-–—至]\s*(\d{4})\s*)?", written)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last:
        raise InputError([Problem("years_not_understood", {"found": written})])
    return list(range(first, last + 1))


def budget_run(
    area: Area,
    scenario: str,
    years: Sequence[int],
    draws: int,
    seed: int,
    engine: str,
    out: Path,
    inputs: Sequence[Path],
) -> tuple[RunRecord, Projection, Budget]:
    """Make the budget of `years` and write it to out/<pack>/<scenario>/budget; gives the record, the projection and the budget.

    Raises InputError as `make_budget` and `project_from`, and as `write_folder`.
    """
    chosen, engine = find_scenario(area.scenarios, scenario), chosen_engine(engine, draws)
    start = launch(area)
    to = min(max(years[-1], LAUNCH + 1), LAST_YEAR)
    projection = project_from(start, chosen, to, draws=draws, seed=seed, engine=engine)
    made = make_budget(start, projection, years)
    request = {
        "pack": area.folder.name,
        "scenario": scenario,
        "years": list(years),
        "draws": draws,
        "seed": seed,
        "engine": engine,
    }

    def write(folder: Path) -> None:
        for name, frame in made.frames().items():
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", float_format="%.2f")
        store_vintage(projection, folder)

    record = write_folder(out / area.folder.name / scenario / FOLDER, write, request=request, inputs=list(inputs))
    return record, projection, made
