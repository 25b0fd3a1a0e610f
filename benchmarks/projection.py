"""The deterministic projection: both populations of Xichuan from the census of 2020 to 2050, after import and `load_area`."""

from __future__ import annotations

from benchmarks.timing import ROOT, Figure, figure, time_call

RUNS = 15


def run() -> Figure:
    """`project(area, "medium", 2050)`, over and over in one process."""
    import popmodel

    area = popmodel.load_area(ROOT / "data" / "xichuan")
    popmodel.project(area, "medium", 2050)  # imports what is imported late
    return figure([time_call(lambda: popmodel.project(area, "medium", 2050)) for _ in range(RUNS)])
