"""A set small enough to know by heart: three areas whose people grow by a fixed factor a year, at every age alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.forecast.history import OPEN_AGE, History

GROWTH = {"A": 1.02, "B": 0.99, "C": 1.0}
FIRST, LAST = 2000, 2020


def stable_history(lowest: list[int], last: int = LAST) -> History:
    """The set as a History, in groups that begin at `lowest`: 100,000 · growth^t · 0.97^x at age x."""
    ages = 1000 * 100 * 0.97 ** np.arange(131)
    groups = np.add.reduceat(ages, lowest)
    years = np.arange(FIRST, last + 1)
    levels = np.array([[factor ** (year - FIRST) for year in years] for factor in GROWTH.values()])
    population = np.broadcast_to(levels[:, :, None, None] * groups / 2, (len(GROWTH), len(years), 2, len(lowest)))
    highest = np.array([*lowest[1:], OPEN_AGE + 1]) - 1
    return History(tuple(GROWTH), years, np.array(lowest), highest, population.copy())


@pytest.fixture
def stable() -> History:
    return stable_history(list(range(101)))


@pytest.fixture
def frame() -> pd.DataFrame:
    """The same set as a table of population, in five-year groups."""
    history = stable_history(list(range(0, 90, 5)))
    area, year, sex, age = (index.ravel() for index in np.indices(history.population.shape))
    high = ["" if group == OPEN_AGE else str(group) for group in history.age_hi]
    return pd.DataFrame(
        {
            "area": np.array(history.areas)[area],
            "year": history.years[year],
            "sex": np.array(["male", "female"])[sex],
            "age_lo": history.age_lo[age],
            "age_hi": np.array(high)[age],
            "population": history.population.ravel().round().astype(int),
        }
    )


@pytest.fixture
def folder(frame: pd.DataFrame, tmp_path: Path) -> Path:
    """The set on disk."""
    made = tmp_path / "set"
    made.mkdir()
    frame.to_csv(made / "population.csv", index=False)
    return made
