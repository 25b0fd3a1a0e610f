"""The range of a method without one, from its own past errors, by hand."""

import numpy as np
import pytest

from popmodel.assessment.backtest.past_errors import with_past_errors
from popmodel.forecast.history import QUANTILES


def test_range_is_that_of_errors_known_at_the_launch() -> None:
    # Two areas, launches 2000-2003, one and two years ahead, 100 forecast everywhere; 2000 is off by ±10 % (in logs) at one.
    points = np.full((4, 2, 2), 100.0)
    actual = np.full((4, 2, 2), 100.0)
    actual[0, :, 0] = 100 * np.exp([0.1, -0.1])
    found = with_past_errors(points, actual, [2000, 2001, 2002, 2003], [1, 2])
    low, high = QUANTILES.index(0.1), QUANTILES.index(0.9)
    assert np.isnan(found[0, 0, 0, low])  # nothing is known at the first launch
    assert found[0, 0, 0, QUANTILES.index(0.5)] == 100
    assert found[1, 0, 0, [low, high]] == pytest.approx(100 * np.exp([-0.1, 0.1]))
    # No launch has an outcome two years on by 2001: twice the range of one year.
    assert found[1, 0, 1, [low, high]] == pytest.approx(100 * np.exp([-0.2, 0.2]))
    # By 2002 the forecast of 2000 has one, and it was right.
    assert found[2, 0, 1, [low, high]] == pytest.approx([100, 100])
    # At one year 2002 knows four errors: 0.1, 0.1, 0, 0; eight tenths of them lie within 0.1, half within 0.05.
    assert found[2, 0, 0, [low, high]] == pytest.approx(100 * np.exp([-0.1, 0.1]))
    assert found[2, 0, 0, QUANTILES.index(0.75)] == pytest.approx(100 * np.exp(0.05))
    assert (np.diff(found[1:], axis=-1) >= 0).all()


def test_an_area_without_people_gives_no_error() -> None:
    points, actual = np.array([[[0.0]], [[5.0]]]), np.array([[[3.0]], [[np.nan]]])
    found = with_past_errors(points, actual, [2000, 2001], [1])
    assert np.isnan(found[1, 0, 0, 0])
    assert found[1, 0, 0, 4] == 5
