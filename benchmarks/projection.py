"""The projection of Xichuan to 2050, after import and `load_area`: the central path, and a thousand draws; many counties."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.timing import ROOT, SHARED, Figure, Seconds, figure, time_call, time_process

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


def run_launch_many() -> Figure:
    """Every county of a census table of two dates from its rows to the launch, side by side, in milliseconds a county."""
    from popmodel.areas import is_county, load_area, place_of_rows, read_census_table
    from popmodel.projection import launch_many

    area = load_area(ROOT / "data" / "xichuan")
    table = read_census_table(SHARED / "data" / "census_counties_henan_2010_2020.csv", area.reference)
    counties = {code: rows for code, rows in table.areas.items() if is_county(code)}

    def every() -> None:
        launch_many([place_of_rows(code, rows, area.reference) for code, rows in counties.items()], area.assumptions)

    every()  # what depends on the province only is worked out once
    timings = [time_call(every) for _ in range(RUNS)]
    a_county = [Seconds(*(1000 * seconds / len(counties) for seconds in one)) for one in timings]
    return figure(a_county)._replace(unit="ms", notes=(f"{len(counties)} counties",))


def _draws_and_quantiles(area: Area) -> None:
    from popmodel.projection import cell_quantiles, project

    draws = project(area, "medium", 2050, draws=1000).draws
    for population in ("resident", "registered"):
        cell_quantiles(draws, population)


if __name__ == "__main__":
    from popmodel.areas import load_area

    _draws_and_quantiles(load_area(ROOT / "data" / "xichuan"))
