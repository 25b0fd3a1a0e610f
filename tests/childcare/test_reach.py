"""Distances, places within reach and the best sites: by hand and by enumeration."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from popmodel.childcare.reach import best_sites, distance_km, two_step


def test_distances_of_known_places() -> None:
    # A degree of latitude is 111.195 km on a sphere of 6,371.0088 km; the pole is a quarter of the way round.
    found = distance_km(np.array([0.0]), np.array([0.0]), np.array([0.0, 90.0, 0.0]), np.array([1.0, 0.0, 90.0]))
    assert found[0] == pytest.approx([111.195, 10_007.557, 10_007.557], abs=1e-3)
    assert distance_km(np.array([111.49]), np.array([33.14]), np.array([111.49]), np.array([33.14]))[0, 0] == 0


def test_places_within_reach_by_hand() -> None:
    """Three points of 10, 20 and 30 children; a facility of 6 places reaches the first two, one of 12 the last two."""
    within = np.array([[True, False], [True, True], [False, True]])
    found = two_step(np.array([10.0, 20.0, 30.0]), np.array([6.0, 12.0]), within)
    # 6 ÷ 30 = 0.2 and 12 ÷ 50 = 0.24 places a child.
    assert found == pytest.approx([0.2, 0.44, 0.24])
    assert np.array([10.0, 20.0, 30.0]) @ found == pytest.approx(18)


def test_whom_nobody_reaches_has_no_place() -> None:
    assert two_step(np.array([5.0, 5.0]), np.array([4.0]), np.array([[True], [False]])) == pytest.approx([0.8, 0.0])
    assert two_step(np.array([5.0]), np.array([4.0]), np.array([[False]])).tolist() == [0]


def served_by(children: np.ndarray, places: np.ndarray, within: np.ndarray) -> float:
    """The most children that places can serve within reach: a maximal flow, by linear programming."""
    from scipy.optimize import linprog

    point, facility = np.nonzero(within)
    if not len(point):
        return 0.0
    rows = np.zeros((len(children) + len(places), len(point)))
    rows[point, np.arange(len(point))] = 1
    rows[len(children) + facility, np.arange(len(point))] = 1
    found = linprog(-np.ones(len(point)), A_ub=rows, b_ub=np.concatenate([children, places]))
    return float(-found.fun)


@pytest.mark.parametrize("seed", range(5))
def test_the_best_sites_are_those_of_enumeration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    children, existing = rng.uniform(1, 20, 8), np.array([10.0, 5.0])
    within, candidates = rng.random((8, 2)) < 0.4, rng.random((8, 5)) < 0.4
    best = max(
        served_by(children, np.concatenate([existing, [15.0, 15.0]]), np.hstack([within, candidates[:, list(pair)]]))
        for pair in combinations(range(5), 2)
    )
    found = best_sites(children, existing, within, candidates, 15.0, 2)
    assert found.chosen.sum() <= 2
    assert found.served == pytest.approx(best)


def test_existing_places_are_used_before_a_site_is_opened_beside_them() -> None:
    # Both points are within reach of a candidate; the first has all it needs already.
    children, existing = np.array([10.0, 10.0]), np.array([10.0])
    found = best_sites(children, existing, np.array([[True], [False]]), np.eye(2, dtype=bool), 10.0, 1)
    assert found.chosen.tolist() == [False, True]
    assert found.served == pytest.approx(20)
