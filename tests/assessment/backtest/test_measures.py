"""The measures held to calculations by hand: a planner compares methods by them, so a slip here praises the wrong one."""

import numpy as np
import pytest

from popmodel.assessment.backtest import coverage, crps, malpe, mape, median_ape, shelf_life, winkler, within
from popmodel.forecast.history import QUANTILES

ACTUAL = np.array([100.0, 200.0, 400.0])
FORECAST = np.array([110.0, 190.0, 400.0])  # +10 %, −5 %, 0 %


def flat(value: float) -> np.ndarray:
    return np.full((1, len(QUANTILES)), value)


def test_point_measures_by_hand() -> None:
    assert mape(ACTUAL, FORECAST) == pytest.approx(5.0)
    assert malpe(ACTUAL, FORECAST) == pytest.approx(5 / 3)
    assert median_ape(ACTUAL, FORECAST) == pytest.approx(5.0)
    assert within(ACTUAL, FORECAST, 5) == pytest.approx(200 / 3)
    assert within(ACTUAL, FORECAST, 10) == pytest.approx(100.0)


def test_cells_without_outcome_or_forecast_do_not_count() -> None:
    assert mape([100.0, np.nan, 100.0, 0.0], [110.0, 5.0, np.nan, 5.0]) == pytest.approx(10.0)
    assert np.isnan(mape([np.nan], [1.0]))
    assert np.isnan(coverage([100.0], flat(np.nan), 80))


@pytest.mark.parametrize("forecast", [110.0, 90.0])
def test_a_forecast_without_spread_scores_its_absolute_error(forecast: float) -> None:
    assert crps([100.0], flat(forecast)) == pytest.approx(10.0)


def test_crps_of_a_normal_forecast_is_near_its_formula() -> None:
    # Gneiting & Raftery (2007), p. 367: σ (2 φ(0) − 1/√π) at an actual in the middle; lines between the quantiles miss 3 % of it.
    normal = 100 + 10 * np.array([-1.959964, -1.644854, -1.281552, -0.67449, 0, 0.67449, 1.281552, 1.644854, 1.959964])
    assert crps([100.0], normal[None]) == pytest.approx(10 * (2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi)), rel=0.04)


def test_winkler_and_coverage_by_hand() -> None:
    quantiles = np.array([[80.0, 85, 90, 95, 100, 105, 110, 115, 120]])
    assert winkler([100.0], quantiles) == pytest.approx(20.0)  # the width of 90..110
    assert winkler([200.0], quantiles) == pytest.approx((20 + 10 * 90) / 2)  # 2/0.2 a person beyond 110
    assert winkler([50.0], quantiles) == pytest.approx((20 + 10 * 40) * 2)
    both = np.repeat(quantiles, 4, axis=0)
    came = [100.0, 105.0, 110.0, 130.0]
    assert [coverage(came, both, share) for share in (50, 80, 95)] == [50.0, 75.0, 75.0]


def test_shelf_life_ends_at_the_first_year_that_misses() -> None:
    assert shelf_life([1, 2, 3, 4], [100.0, 80.0, 79.9, 95.0]) == 2
    assert shelf_life([1], [79.0]) == 0
    assert shelf_life([2, 1], [85.0, 90.0]) == 2
