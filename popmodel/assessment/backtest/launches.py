"""From which years a set can be forecast: where enough is known before, and something is known after."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from popmodel.forecast.history import History

# Five years of growth before a launch take six year ends; of a file of births, fertility, deaths or mortality that the set has,
# six years as well, so that a launch is not scored with rates that begin only after it. Migration may begin later.
MINIMUM_YEARS = 6
HORIZONS = tuple(range(1, 16))


def launch_years(history: History) -> list[int]:
    """The launches that are scored: all years with MINIMUM_YEARS of data behind them and one year of population ahead."""
    begins = [int(history.years[0])]
    for table in (history.births, history.fertility, history.deaths, history.mortality):
        if table is not None:
            begins.append(int(table.years[0]))
    return list(range(max(begins) + MINIMUM_YEARS - 1, history.launch))


def possible_launches(history: History) -> list[int]:
    """The launches that the population alone allows, from which a method's errors can be known."""
    return list(range(int(history.years[0]) + MINIMUM_YEARS - 1, history.launch))


def launched_areas(history: History, launch: int) -> npt.NDArray[np.bool_]:
    """Which areas a launch forecasts: those there in each of its last MINIMUM_YEARS year ends, (area,)."""
    recent = (history.years > launch - MINIMUM_YEARS) & (history.years <= launch)
    if recent.sum() < MINIMUM_YEARS:
        return np.zeros(len(history.areas), dtype=bool)
    return np.asarray(~np.isnan(history.population[:, recent]).any(axis=(1, 2, 3)))
