"""Shelf lives from a small table of errors, by hand, and the shipped table against the histories it was made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area
from popmodel.assessment.backtest.by_size import SIZES, errors_by_size, in_proportion
from popmodel.assessment.backtest.methods import METHODS
from popmodel.assessment.backtest.read_set import read_set
from popmodel.assessment.backtest.rolling import Forecasts, roll
from popmodel.assessment.shelf_life import ShelfLife, census_errors, shelf_life, worst_errors
from popmodel.forecast.history import QUANTILES


@pytest.fixture
def reference(xichuan: Area):
    """Two histories: one scored at 1 to 3 years, one at 10 years only; small areas fail earlier."""
    rows = [
        ("a", "total", 0, 100_000, 1, 85.0),
        ("a", "total", 0, 100_000, 2, 79.0),
        ("a", "total", 0, 100_000, 3, 82.0),
        ("a", "total", 100_000, None, 1, 99.0),
        ("a", "total", 100_000, None, 2, 98.0),
        ("a", "total", 100_000, None, 3, 97.0),
        ("henan_2010_2020", "total", 100_000, None, 10, 60.0),
        ("a", "age_0_2", 100_000, None, 1, 90.0),
    ]
    frame = pd.DataFrame(rows, columns=["history", "variable", "size_lo", "size_hi", "horizon", "within10"])
    frame = frame.assign(mape=100 - frame["within10"], cover80=80.0, areas=5, mape_no_change=12.0).astype({"size_hi": "Int64"})
    return replace(xichuan.reference, tables={**xichuan.reference.tables, "forecast_errors": frame})


def test_it_ends_before_the_first_horizon_that_fails(reference) -> None:
    assert shelf_life(reference, "total", 50_000) == ShelfLife(1, False)


def test_a_history_scored_once_ends_it_there(reference) -> None:
    assert shelf_life(reference, "total", 500_000) == ShelfLife(9, False)


def test_without_failure_its_end_was_not_seen(reference) -> None:
    assert shelf_life(reference, "age_0_2", 100_000) == ShelfLife(1, True)


def test_the_worst_of_all_histories_is_shown(reference) -> None:
    more = reference.tables["forecast_errors"]
    more = pd.concat([more, more.iloc[[3]].assign(history="b", mape=9.0, cover80=70.0)])
    found = worst_errors(replace(reference, tables={**reference.tables, "forecast_errors": more}), 200_000)
    row = found[(found["variable"] == "total") & (found["horizon"] == 1)].iloc[0]
    assert (row["mape"], row["cover80"], row["within10"]) == (9.0, 70.0, 99.0)


def test_counties_forecast_between_censuses_stand_apart(reference) -> None:
    found = census_errors(reference, 500_000)
    assert found[["horizon", "mape"]].to_numpy().tolist() == [[10, 40.0]]
    assert set(worst_errors(reference, 500_000)["horizon"]) == {1, 2, 3}


def test_errors_by_size_by_hand() -> None:
    """A small area 20 % out and outside its range, a large one 5 % out and inside."""
    actual = np.array([[[100.0], [1000.0]]])
    quantiles = np.empty((1, 2, 1, len(QUANTILES)))
    quantiles[0, 0, 0], quantiles[0, 1, 0] = np.linspace(119, 121, len(QUANTILES)), np.linspace(850, 1050, len(QUANTILES))
    methods = {("total", "popmodel"): quantiles, ("total", "no_change"): quantiles + 5}
    forecasts = Forecasts(("s", "l"), (2020,), (1,), {"total": actual}, methods)
    found = errors_by_size(forecasts, np.array([[90.0, SIZES[-1] + 1.0]]))
    assert found[["size_lo", "areas", "launches", "within10", "cover80"]].to_numpy().tolist() == [
        [0, 1, 1, 0.0, 0.0],
        [300_000, 1, 1, 100.0, 100.0],
    ]
    assert found["mape"].tolist() == pytest.approx([20.0, 5.0])


def test_misses_grow_in_proportion_with_the_years() -> None:
    """A forecast 21 % too high after two years was 10 % too high after one, as logarithms go."""
    quantiles = np.full((1, 1, 1, len(QUANTILES)), 121.0)
    forecasts = Forecasts(("a",), (2010,), (2,), {"total": np.full((1, 1, 1), 100.0)}, {("total", "popmodel"): quantiles})
    found = in_proportion(forecasts, [1, 2]).quantiles["total", "popmodel"][0, 0]
    middle = len(QUANTILES) // 2
    assert found[:, middle].tolist() == pytest.approx([110.0, 121.0])
    assert np.isnan(found[0]).sum() == len(QUANTILES) - 1
    assert found[1].tolist() == pytest.approx([121.0] * len(QUANTILES))


@pytest.mark.needs_shared
def test_the_shipped_errors_are_those_of_a_back_test_of_today(xichuan: Area, shared: Path) -> None:
    history = read_set(shared / "backtest" / "finland")
    forecasts = roll(history, {name: METHODS[name] for name in ("popmodel", "no_change")})
    years = list(history.years)
    launched = np.stack([history.persons("total")[:, years.index(cutoff)] for cutoff in forecasts.cutoffs])
    found = errors_by_size(forecasts, launched)
    table = xichuan.reference.tables["forecast_errors"]
    shipped = table[table["history"] == "finland"].reset_index(drop=True)
    for name in ("horizon", "areas", "launches"):
        assert found[name].tolist() == shipped[name].tolist()
    for name in ("mape", "mape_no_change", "within10", "cover80"):
        np.testing.assert_allclose(found[name], shipped[name].to_numpy(dtype=float), atol=0.06)
