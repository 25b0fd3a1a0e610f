"""Residents and registered people through one year, against a calculation by hand."""

import numpy as np
import pytest

from popmodel.projection.pair import Moves, Pair, Rates, step_pair


def test_children_of_women_living_away_are_registered_by_hand() -> None:
    # Nobody dies or moves. 1,000 resident women of 25, a tenth registered elsewhere, and 400 registered women away; half of
    # the year each woman is 25, half 26, and bears 0.1 a year: 100 resident births, 90 of them registered here; those away bear
    # 40, half of whom are registered here. With an SRB of 1 half of the children are girls.
    resident = np.zeros((2, 101))
    resident[1, 25] = 1_000
    registered = 0.9 * resident
    registered[1, 25] += 400
    fertility = np.zeros((3, 101))
    fertility[:, 25:27] = np.array([0.05, 0.03, 0.02])[:, None]
    rates = Rates(np.ones((2, 101)), np.ones((2, 101)), fertility, np.ones(3), 1.0)
    pair = Pair(resident, registered, 0.1, 0.5, np.zeros((2, 101)))
    year = step_pair(pair, rates, Moves(np.zeros((2, 101)), 0.0, 0.0, 0.0))
    assert year.resident.births.sum(axis=0) == pytest.approx([50, 50])
    assert year.registered.births.sum(axis=0) == pytest.approx([55, 55])
    assert year.registered.births.sum(axis=1) == pytest.approx([55, 33, 22])
    assert year.registered.population[:, 0] == pytest.approx([55, 55])
    assert year.registered.population[1, 26] == pytest.approx(1_300)


def test_a_total_that_returns_cannot_meet_is_met_by_the_ages_that_move() -> None:
    # Nobody is born, and nobody lives away to return. Of 1,000 men of 29 a fifth leave, of 1,000 of 49 a tenth: 1,700 would stay,
    # and 2,000 are published. 300 more come, by the weights 1 and a half: 200 and 100.
    resident = np.zeros((2, 101))
    resident[0, [29, 49]] = 1_000
    growth = np.zeros((2, 101))
    growth[0, [30, 50]] = -0.2, -0.1
    rates = Rates(np.ones((2, 101)), np.ones((2, 101)), np.zeros((3, 101)), np.ones(3), 1.0)
    pair = Pair(resident, resident.copy(), 0.0, 0.5, np.zeros((2, 101)))
    year = step_pair(pair, rates, Moves(growth, 0.0, 0.0, 0.0), control=2_000)
    assert year.resident.population[0, [30, 50]] == pytest.approx([1_000, 1_000])
    assert year.resident.population.sum() == pytest.approx(2_000)
    assert year.moves.return_rate == 0
    assert year.moves.balance_rate == pytest.approx(0.2)
