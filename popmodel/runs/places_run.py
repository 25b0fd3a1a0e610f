"""One run of the plan of places, published whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from popmodel.areas import Area
from popmodel.childcare.county_plan import LAST_YEAR, PlacesPlan, make_places_plan
from popmodel.forecast.base_population import LAUNCH
from popmodel.projection import launch, project_from
from popmodel.projection.engines import chosen_engine
from popmodel.runs.record import RunRecord
from popmodel.runs.run import write_folder
from popmodel.scenarios import find_scenario

FOLDER = "places"


def places_run(
    area: Area, scenario: str, years: Sequence[int], draws: int, seed: int, engine: str, out: Path, inputs: Sequence[Path]
) -> tuple[RunRecord, PlacesPlan]:
    """Make the plan of places and write it to out/<pack>/<scenario>/places; gives the record and the plan.

    Raises InputError as `make_places_plan` and `project_from`, and as `write_folder`.
    """
    chosen, engine = find_scenario(area.scenarios, scenario), chosen_engine(engine, draws)
    start = launch(area)
    to = min(max(years[-1], LAUNCH + 1), LAST_YEAR)
    projection = project_from(start, chosen, to, draws=draws, seed=seed, engine=engine)
    made = make_places_plan(start, projection, years)
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
            frame.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", float_format="%.4f")

    return write_folder(out / area.folder.name / scenario / FOLDER, write, request=request, inputs=list(inputs)), made
