"""Demand by township in a thousand draws, and the plan of places: seconds, and what a naive plan costs next to it."""

from __future__ import annotations

from functools import cache

from benchmarks.timing import Figure, figure, time_call

YEARS = range(2026, 2032)
DRAWS = 1_000
RUNS = 5


def run_demand() -> Figure:
    """Demand and gap of 17 townships, six years and 1,000 draws, from a projection that is there."""
    projection, places_there, demand = _parts()

    def once() -> None:
        found = demand(projection, YEARS, drawn=True)
        assert (found.places - places_there(projection, YEARS)[:, :, None]).shape == (17, len(YEARS), DRAWS)

    return figure([time_call(once) for _ in range(RUNS)])


def run_plan() -> Figure:
    """The plan for use over 200 draws, to a gap of one in a hundred."""
    from popmodel.childcare.plan import phase

    of = _situation()
    return figure([time_call(lambda: phase(of.task, of.costs, of.limits)) for _ in range(RUNS)])


def run_greedy() -> Figure:
    """Cost of the naive plan over that of the programme."""
    from popmodel.childcare.plan import greedy, phase

    of = _situation()
    plan = phase(of.task, of.costs, of.limits)
    ratio = greedy(of.task, of.costs, of.limits).cost / plan.cost
    return Figure(ratio, ratio, 0.0, "x plan", (f"gap of the plan: {plan.gap:.4f}",))


@cache
def _parts():  # type: ignore[no-untyped-def]
    import popmodel as pm
    from popmodel.childcare.demand import demand
    from popmodel.childcare.supply import places_there

    projection = pm.project(pm.load_area("data/xichuan"), to=YEARS[-1] + 1, draws=DRAWS)
    return projection, places_there, demand


@cache
def _situation():  # type: ignore[no-untyped-def]
    from popmodel.childcare.planning import situation

    projection, *_ = _parts()
    return situation(projection, YEARS)
