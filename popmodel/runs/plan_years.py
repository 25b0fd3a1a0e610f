"""What runs for some years of a plan have in common: the years as they are written, the projection, and the request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from popmodel.areas import Area
from popmodel.forecast.base_population import LAUNCH
from popmodel.messages import InputError, Problem
from popmodel.projection import Launch, Projection, launch, project_from
from popmodel.projection.engines import chosen_engine
from popmodel.scenarios import find_scenario


def years_of(written: str) -> list[int]:
    """The years written as 2026-2030 or 2026; raises InputError for anything else."""
    found = re.fullmatch(r"\s*(\d{4})\s*(?:[-–—至]\s*(\d{4})\s*)?", written)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last:
        raise InputError([Problem("years_not_understood", {"found": written})])
    return list(range(first, last + 1))


def projected(
    area: Area, scenario: str, years: Sequence[int], last_year: int, *, draws: int, seed: int, engine: str
) -> tuple[Launch, Projection, dict[str, Any]]:
    """The launch, the projection far enough for `years` (to `last_year` at most), and the request that a run records.

    Raises InputError as `find_scenario`, `chosen_engine` and `project_from`.
    """
    chosen, engine = find_scenario(area.scenarios, scenario), chosen_engine(engine, draws)
    start = launch(area)
    to = min(max(years[-1], LAUNCH + 1), last_year)
    projection = project_from(start, chosen, to, draws=draws, seed=seed, engine=engine)
    named = {"pack": area.folder.name, "scenario": scenario, "years": list(years)}
    return start, projection, {**named, "draws": draws, "seed": seed, "engine": engine}
