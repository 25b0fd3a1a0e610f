"""The projection of Xichuan to 2050, after import and `load_area`: the central path, and a thousand draws."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.timing import ROOT, Figure, figure, time_call, time_process

if TYPE_CHECKING:
    from popmodel.areas import Area

RUNS, FRESH_RUNS = 15, 5


def run() -> Figure:
    """`project(area, "medium", 2050)`, over and over in one process."""
    import popmodel

    area = popmodel.load_area(ROOT / "data" / "xichuan")
    popmodel.project(area, "medium", 2050)  # imports what is imported late
    return figure([time_call(lambda: popmodel.project(area, "medium", 2050)) for _ in range(RUNS)])


def run_draws() -> Figure:
    """A thousand draws of both populations and the quantiles of every cell, by age, sex and year, in a process at work."""
    import popmodel

    area = popmodel.load_area(ROOT / "data" / "xichuan")
    _draws_and_quantiles(area)
    return figure([time_call(lambda: _draws_and_quantiles(area)) for _ in range(RUNS)])


def run_draws_afresh() -> Figure:
    """The same from a fresh process: import, pack, draws, quantiles."""
    command = [sys.executable, "-m", "benchmarks.projection"]
    time_process(command)
    return figure([time_process(command) for _ in range(FRESH_RUNS)])


def _draws_and_quantiles(area: Area) -> None:
    from popmodel.projection import cell_quantiles, project

    draws = project(area, "medium", 2050, draws=1000).draws
    for population in ("resident", "registered"):
        cell_quantiles(draws, population)


if __name__ == "__main__":
    from popmodel.areas import load_area

    _draws_and_quantiles(load_area(ROOT / "data" / "xichuan"))
