"""Plans of classes: small ones against enumeration and by hand, limits kept or told, and a peak that is not built for."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from popmodel.childcare.plan import Costs, Limits, Task, expected_cost, greedy, made, phase
from popmodel.childcare.planning import empty_30
from popmodel.messages import InputError

COSTS = Costs(empty=1_000, turned_away=3_000, build=18_000, convert=4_000, move=2_000)


def task(demand: np.ndarray, *, there: float = 0.0, convertible: float = 0.0, weights: list[float] | None = None) -> Task:
    units, years, _ = demand.shape
    return Task(
        units=[f"unit {place}" for place in range(units)],
        years=list(range(2026, 2026 + years)),
        demand=demand,
        there=np.full((units, years), there),
        convertible=np.full((units, years), convertible),
        class_size=10,
        year_weights=np.array(weights or [1.0] * years),
    )


def limits(years: int, *, budget: float = 1e9, carers: float = 1e9, places: float = 0.0, one_service: bool = False) -> Limits:
    return Limits(np.full(years, budget), np.full(years, carers), 2.0, np.full(years, places), one_service)


def test_the_cost_of_a_number_of_places_by_hand() -> None:
    """Demand of 8 or 14 with ten places: two stand empty, or four are turned away."""
    found = expected_cost(task(np.array([[[8.0, 14.0]]])), COSTS, np.array([[1]]))
    assert found.tolist() == [[(2 * 1_000 + 4 * 3_000) / 2]]


@pytest.mark.parametrize("seed", range(6))
def test_small_plans_are_those_of_enumeration(seed: int) -> None:
    """Two units, two years, at most two classes a step, built or converted, within a budget and a number of carers."""
    rng = np.random.default_rng(seed)
    given = task(rng.uniform(0, 35, (2, 2, 5)), there=3.0, convertible=1.0)
    bound = limits(2, budget=40_000, carers=8)
    best = np.inf
    steps = [np.array(step).reshape(2, 2) for step in product(range(3), repeat=4)]
    for built in steps:
        for converted in steps:
            money = COSTS.build * built.sum(axis=0) + COSTS.convert * converted.sum(axis=0)
            kept = (converted.cumsum(axis=1) <= 1).all() and (money <= 40_000).all()
            if kept and (2 * (built + converted).cumsum(axis=1).sum(axis=0) <= 8).all():
                best = min(best, made(given, COSTS, built, converted, 0 * built, 0 * built).cost)
    found = phase(given, replace(COSTS, move=1e9), bound, gap=0.0)
    assert found.cost == pytest.approx(best)
    assert found.bound == pytest.approx(found.cost)
    # Never dearer than the naive plan, which keeps the same limits.
    naive = greedy(given, COSTS, bound)
    assert best <= naive.cost + 1e-6
    assert (COSTS.build * naive.built.sum(axis=0) + COSTS.convert * naive.converted.sum(axis=0) <= 40_000).all()


def test_a_short_peak_is_not_built_for() -> None:
    """Twenty children in one year of five, ten in the others: a second class would stand empty four years of five."""
    demand = np.array([10.0, 20.0, 10.0, 10.0, 10.0])[None, :, None]
    peak = phase(task(demand), COSTS, limits(5), gap=0.0)
    assert peak.at_work.tolist() == [[1, 1, 1, 1, 1]]
    # One class saves 30,000 a year for 18,000. A second saves 30,000 in the peak year and costs 18,000 and 30,000 empty after it.
    assert peak.cost == 18_000 + 10 * 3_000
    built_for = made(task(demand), COSTS, np.array([[1, 1, 0, 0, 0]]), *(np.zeros((1, 5), dtype=np.int64) for _ in range(3)))
    assert built_for.cost == 2 * 18_000 + 3 * 10 * 1_000 > peak.cost
    # A peak that lasts is built for.
    lasting = np.array([10.0, 20.0, 20.0, 20.0, 20.0])[None, :, None]
    assert phase(task(lasting), COSTS, limits(5), gap=0.0).at_work.tolist() == [[1, 2, 2, 2, 2]]


def test_a_class_moves_where_the_children_go() -> None:
    demand = np.array([[10.0, 0.0, 0.0], [0.0, 10.0, 10.0]])[:, :, None]
    found = phase(task(demand), COSTS, limits(3), gap=0.0)
    assert found.at_work.tolist() == [[1, 0, 0], [0, 1, 1]]
    assert (found.moved_out.sum(), found.moved_in.sum(), found.built.sum()) == (1, 1, 1)
    assert found.cost == 18_000 + 2_000


def test_what_is_converted_comes_before_what_is_built() -> None:
    demand = np.full((1, 2, 1), 20.0)
    found = phase(task(demand, convertible=1.0), COSTS, limits(2), gap=0.0)
    assert (found.converted.sum(), found.built.sum()) == (1, 1)


def test_every_unit_has_a_service_at_the_end() -> None:
    demand = np.stack([np.full((2, 1), 20.0), np.full((2, 1), 0.5)])
    free = phase(task(demand), COSTS, limits(2), gap=0.0)
    assert free.at_work[:, -1].tolist() == [2, 0]
    assert phase(task(demand), COSTS, limits(2, one_service=True), gap=0.0).at_work[:, -1].tolist() == [2, 1]


def test_years_after_the_plan_count_with_the_last() -> None:
    """A class for five children saves 15,000 a year and leaves 5,000 of empty places: 18,000 are won back in six, not in one."""
    demand = np.full((1, 1, 1), 5.0)
    assert phase(task(demand), COSTS, limits(1), gap=0.0).built.sum() == 0
    assert phase(task(demand, weights=[6.0]), COSTS, limits(1), gap=0.0).built.sum() == 1


@pytest.mark.parametrize(
    ("given", "code", "short"),
    [
        ({"budget": 10_000.0, "places": 10.0}, "plan_limit_budget", "2026: 8,000"),
        ({"carers": 1.0, "places": 10.0}, "plan_limit_carers", "2026: 1, 2027: 1"),
    ],
)
def test_a_limit_that_binds_is_named_with_what_would_do(given: dict[str, float], code: str, short: str) -> None:
    """Ten places need a class: 18,000 yuan, where there are 10,000; two carers, where there is one."""
    with pytest.raises(InputError) as caught:
        phase(task(np.full((1, 2, 1), 10.0)), COSTS, limits(2, **given))
    told = {problem.code: problem for problem in caught.value.problems}
    assert told[code].parameters["short"] == short
    assert "plan_limit_places" in told
    for lang in ("zh", "en"):
        assert short in told[code].describe(lang)


def test_limits_that_bind_only_together_are_told_so() -> None:
    with pytest.raises(InputError) as caught:
        phase(task(np.full((1, 1, 1), 10.0)), COSTS, limits(1, budget=0.0, carers=0.0, one_service=True))
    assert [problem.code for problem in caught.value.problems] == ["plan_limits_together"]


def test_the_naive_plan_keeps_to_the_carers_there_are() -> None:
    # Classes for forty children would be four; two carers a class and five carers leave two.
    found = greedy(task(np.full((1, 1, 1), 40.0), weights=[6.0]), COSTS, limits(1, carers=5.0))
    assert found.at_work.tolist() == [[2]]


def test_how_often_three_in_ten_places_stand_empty() -> None:
    """Two units of ten places: 7 and 7, 6 and 7, 20 and 4 children, of whom ten and four have a place: 14, 13, 14 of 20."""
    enrolled = np.array([[7.0, 6.0, 20.0], [7.0, 7.0, 4.0]])
    assert empty_30(enrolled, np.array([10.0, 10.0])) == pytest.approx(1 / 3)
    assert np.isnan(empty_30(enrolled, np.zeros(2)))


def test_the_same_task_gives_the_same_plan() -> None:
    demand = np.random.default_rng(3).gamma(9.0, 5.0, (6, 4, 50))
    one, other = (phase(task(demand, there=10.0, convertible=1.0), COSTS, limits(4, budget=60_000)) for _ in range(2))
    assert one.cost == other.cost
    assert all((a == b).all() for a, b in zip(one[:5], other[:5], strict=True))
    assert one.gap <= 0.01
