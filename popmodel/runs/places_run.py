"""One run of the plan of places, published whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from popmodel.areas import Area
from popmodel.childcare.county_plan import LAST_YEAR, PlacesPlan, make_places_plan
from popmodel.runs.plan_years import projected
from popmodel.runs.record import RunRecord
from popmodel.runs.run import write_folder

FOLDER = "places"


def places_run(
    area: Area, scenario: str, years: Sequence[int], draws: int, seed: int, engine: str, out: Path, inputs: Sequence[Path]
) -> tuple[RunRecord, PlacesPlan]:
    """Make the plan of places and write it to out/<pack>/<scenario>/places; gives the record and the plan.

    Raises InputError as `make_places_plan` and `projected`, and as `write_folder`.
    """
    start, projection, request = projected(area, scenario, years, LAST_YEAR, draws=draws, seed=seed, engine=engine)
    made = make_places_plan(start, projection, years)

    def write(folder: Path) -> None:
        for name, frame in made.frames().items():
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", float_format="%.4f")

    return write_folder(out / area.folder.name / scenario / FOLDER, write, request=request, inputs=list(inputs)), made
