"""Every method launched from every year that allows it, and what came afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from popmodel.assessment.backtest.launches import HORIZONS, launch_years, launched_areas, possible_launches
from popmodel.assessment.backtest.past_errors import MEDIAN, with_past_errors
from popmodel.demography import Array
from popmodel.forecast.history import QUANTILES, History, Method, persons_of


@dataclass(frozen=True)
class Forecasts:
    """Forecasts and what came: whatever is scored has this form.

    areas: codes; cutoffs: launch years; horizons: years ahead. actual: variable → persons (cutoff, area, horizon), NaN where it
    is not known. quantiles: (variable, method) → persons (cutoff, area, horizon, quantile) at QUANTILES, NaN where there is none.
    """

    areas: tuple[str, ...]
    cutoffs: tuple[int, ...]
    horizons: tuple[int, ...]
    actual: Mapping[str, Array]
    quantiles: Mapping[tuple[str, str], Array]


def roll(
    history: History,
    methods: Mapping[str, Method],
    horizons: Sequence[int] = HORIZONS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Forecasts:
    """Forecast from every launch of `launch_years`, with nothing but what was known then, at the horizons that can be scored.

    A method that gives one path gets its range from its own past errors; those of launches that are possible but not scored
    (before the set's rates begin) count among them. `progress` is told how many launches of how many are done.
    """
    scored = launch_years(history)
    possible = possible_launches(history)
    ahead = tuple(horizon for horizon in horizons if scored and horizon <= history.launch - scored[0])
    variables = history.variables()
    actual = {name: _actual(history, name, possible, ahead) for name in variables}
    shape = (len(possible), len(history.areas), len(ahead), len(QUANTILES))
    found = {(name, method): np.full(shape, np.nan) for name in variables for method in methods}
    paths: set[str] = set()
    order = scored + [launch for launch in possible if launch not in scored]
    for done, launch in enumerate(order):
        areas = launched_areas(history, launch)
        known = history.until(launch).of_areas(areas)
        within = [horizon for horizon in ahead if launch + horizon <= history.launch]
        for name, method in methods.items() if areas.any() and within else ():
            if launch not in scored and name not in paths:
                continue
            forecast = method(known, within)
            if isinstance(forecast, np.ndarray):
                paths.add(name)
            for variable in variables:
                place = found[variable, name][possible.index(launch)]
                if isinstance(forecast, np.ndarray):
                    place[areas, : len(within), MEDIAN] = persons_of(forecast, history.age_lo, variable)
                else:
                    place[areas, : len(within)] = forecast[variable]
        progress(done + 1, len(order))
    for variable, name in found:
        if name in paths:
            points = found[variable, name][..., MEDIAN]
            found[variable, name] = with_past_errors(points, actual[variable], possible, ahead)
    kept = np.isin(possible, scored)
    return Forecasts(
        history.areas,
        tuple(scored),
        ahead,
        {name: values[kept] for name, values in actual.items()},
        {key: values[kept] for key, values in found.items()},
    )


def _actual(history: History, variable: str, launches: Sequence[int], horizons: Sequence[int]) -> Array:
    """What came: (launch, area, horizon), NaN after the last year."""
    persons = history.persons(variable)
    years: npt.NDArray[np.int64] = np.add.outer(np.array(launches, dtype=int), np.array(horizons, dtype=int))
    inside = years <= history.launch
    came = persons[:, np.where(inside, years - history.years[0], 0)]
    return np.moveaxis(np.where(inside, came, np.nan), 0, 1)
