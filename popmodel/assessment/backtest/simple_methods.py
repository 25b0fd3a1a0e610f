"""The methods that a better one has to beat: each takes a history and horizons, and gives persons by area, horizon, sex, age.

Source: Smith, Tayman & Swanson (2013), A Practitioner's Guide to State and Local Population Projections, chapters 7 and 8.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from popmodel.assessment.backtest.single_ages import grouped_like, single_ages
from popmodel.demography import FEMALE, Array
from popmodel.forecast.history import History

# Growth and cohort change are those of the last five years.
BASE_YEARS = 5
# Women of these ages (20-44) are set against the children under five; few of those around them bear.
_MOTHERS = slice(4, 9)


def no_change(history: History, horizons: Sequence[int]) -> Array:
    """Every area as it was at the launch: (area, horizon, sex, age)."""
    return np.repeat(history.population[:, -1:], len(horizons), axis=1)


def constant_age_structure(history: History, horizons: Sequence[int]) -> Array:
    """The total of an area goes on by its mean yearly growth of the last five years, its age structure stays: as `no_change`.

    N(h) = T(h) N/T, T(h) = T + h (T − T₋₅)/5, never below zero.
    """
    last, before = (history.population[:, place].sum(axis=(1, 2)) for place in (-1, -1 - BASE_YEARS))
    ahead = np.maximum(_line(last, before, horizons), 0.0)
    structure = _ratio(history.population[:, -1], last[:, None, None])
    return ahead[..., None, None] * structure[:, None]


def linear_share(history: History, horizons: Sequence[int]) -> Array:
    """Of each sex and age group, an area's share in the set and the set's total go on in a line: as `no_change`.

    N(h) = s(h) G(h), s(h) = s + h (s − s₋₅)/5 the area's share of the group, G(h) = G + h (G − G₋₅)/5 the group in all areas,
    neither below zero.
    """
    last, before = (history.population[:, place] for place in (-1, -1 - BASE_YEARS))
    of_all, of_all_before = last.sum(axis=0, keepdims=True), before.sum(axis=0, keepdims=True)
    shares = _line(_ratio(last, of_all), _ratio(before, of_all_before), horizons)
    return np.maximum(shares, 0.0) * np.maximum(_line(of_all, of_all_before, horizons), 0.0)


def hamilton_perry(history: History, horizons: Sequence[int]) -> Array:
    """Cohort change ratios of the last five years in five-year groups, and children under five to women of 20-44: as `no_change`.

    N_{x+5}(t+5) = N_x(t) · N_{x+5}/N_x,₋₅, in the open group all who reach it; N_0-4 = W_20-44 · N_0-4/W_20-44 of the launch.
    Horizons between multiples of five lie on the line between these; within a five-year group the launch's ages are kept.
    Source: Hamilton & Perry (1962), Social Forces 41(2).
    """
    population = single_ages(history, BASE_YEARS + 1)
    last, before = _by_fives(population[-1]), _by_fives(population[0])
    ratios = _ratio(last[..., 1:-1], before[..., :-2])
    of_oldest = _ratio(last[..., -1], before[..., -2:].sum(axis=-1))
    children = _ratio(last[..., 0], last[:, FEMALE, _MOTHERS].sum(axis=-1)[:, None])
    steps = [last]
    for _ in range(-(-max(horizons) // BASE_YEARS)):
        start, ahead = steps[-1], np.empty_like(last)
        ahead[..., 1:-1] = start[..., :-2] * ratios
        ahead[..., -1] = start[..., -2:].sum(axis=-1) * of_oldest
        ahead[..., 0] = children * ahead[:, FEMALE, _MOTHERS].sum(axis=-1)[:, None]
        steps.append(ahead)
    fives = np.stack([_between(steps, horizon) for horizon in horizons])
    return np.moveaxis(grouped_like(history, _within_fives(fives, population[-1], last)), 0, 1)


def _line(last: Array, before: Array, horizons: Sequence[int]) -> Array:
    """Linear continuation of the growth of BASE_YEARS; the horizons become the second axis."""
    growth = (last - before) / BASE_YEARS
    ahead = np.asarray(horizons, dtype=float).reshape(-1, *[1] * (last.ndim - 1))
    return last[:, None] + growth[:, None] * ahead


def _ratio(part: Array, whole: Array) -> Array:
    """Part over whole, 0 where the whole is nothing."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)


def _by_fives(single: Array) -> Array:
    """Single ages (…, age) as five-year groups, the last one open."""
    return np.add.reduceat(single, np.arange(0, single.shape[-1], BASE_YEARS), axis=-1)


def _within_fives(fives: Array, single: Array, launch: Array) -> Array:
    """Five-year groups (horizon, area, sex, group) as single ages, each group shared as at the launch."""
    group = np.arange(single.shape[-1]) // BASE_YEARS
    width = np.bincount(group)[group]
    shares = np.divide(
        single, launch[..., group], out=np.broadcast_to(1 / width, single.shape).copy(), where=launch[..., group] > 0
    )
    return fives[..., group] * shares


def _between(steps: list[Array], horizon: int) -> Array:
    """The population between two five-year steps, on the line between them."""
    lower, years = divmod(horizon, BASE_YEARS)
    if not years:
        return steps[lower]
    return steps[lower] + (steps[lower + 1] - steps[lower]) * (years / BASE_YEARS)
