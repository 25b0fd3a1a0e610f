"""One budget run: the projection, the budget's tables, and the vintage they can be compared by, published whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from popmodel.areas import Area
from popmodel.budget import Budget, make_budget
from popmodel.projection import Projection
from popmodel.runs.plan_years import projected
from popmodel.runs.record import RunRecord
from popmodel.runs.run import write_folder
from popmodel.runs.vintages import store_vintage
from popmodel.subsidies.amounts import LAST_YEAR

FOLDER = "budget"


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

    Raises InputError as `make_budget` and `projected`, and as `write_folder`.
    """
    start, projection, request = projected(area, scenario, years, LAST_YEAR, draws=draws, seed=seed, engine=engine)
    made = make_budget(start, projection, years)

    def write(folder: Path) -> None:
        for name, frame in made.frames().items():
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", float_format="%.2f")
        store_vintage(projection, folder)

    record = write_folder(out / area.folder.name / scenario / FOLDER, write, request=request, inputs=list(inputs))
    return record, projection, made
