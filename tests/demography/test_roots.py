"""Roots of many cases at once, against roots known by hand and in any company."""

from __future__ import annotations

import numpy as np
import pytest

from popmodel.demography.roots import find_roots

WANTED = np.array([1e-9, 0.3, 2.0, 8.0, 27.0, 999.0])


def cube(x: np.ndarray, case: np.ndarray) -> np.ndarray:
    return x**3 - WANTED[case]


def test_cube_roots_are_found_to_the_last_digits() -> None:
    found = find_roots(cube, np.zeros(6), np.full(6, 10.0), tolerance=0.0)
    np.testing.assert_allclose(found, [1e-3, 0.3 ** (1 / 3), 2 ** (1 / 3), 2.0, 3.0, 999 ** (1 / 3)], rtol=1e-15)


def test_the_ends_may_stand_either_way_round_and_fall_or_rise() -> None:
    # e^-x = 1/2 at ln 2, from above and from below.
    ends = np.array([0.0, 50.0]), np.array([50.0, 0.0])
    np.testing.assert_allclose(find_roots(lambda x, _: np.exp(-x) - 0.5, *ends, tolerance=1e-15), np.log(2), rtol=1e-14)


def test_an_end_that_is_a_root_is_found() -> None:
    assert find_roots(lambda x, _: x - 3.0, np.array([3.0]), np.array([5.0]), tolerance=0.0) == 3.0
    assert find_roots(lambda x, _: x - 5.0, np.array([3.0]), np.array([5.0]), tolerance=0.0) == 5.0


def test_a_step_is_found_where_it_is() -> None:
    # No parabola helps at a jump: halving brings it to the last digit all the same.
    found = find_roots(lambda x, _: np.where(x < 0.7, -1.0, 1.0), np.array([0.0]), np.array([1.0]), tolerance=1e-12)
    assert found == pytest.approx(0.7, abs=1e-12)


def test_a_case_has_the_same_root_in_any_company() -> None:
    together = find_roots(cube, np.zeros(6), np.full(6, 10.0), tolerance=1e-12)
    for case in range(6):
        alone = find_roots(lambda x, _, case=case: x**3 - WANTED[case], np.zeros(1), np.full(1, 10.0), tolerance=1e-12)
        assert alone[0] == together[case]


def test_few_trials_are_enough_for_a_smooth_curve() -> None:
    """Each trial is a life table: halving would take 50 of them."""
    trials = []

    def miss(x: np.ndarray, _: np.ndarray) -> np.ndarray:
        trials.append(len(x))
        return np.exp(x) - 2.0

    find_roots(miss, np.array([-5.0]), np.array([5.0]), tolerance=1e-13)
    assert len(trials) < 16
