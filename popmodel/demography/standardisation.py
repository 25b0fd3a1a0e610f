"""The level of mortality of small areas by indirect standardisation, and rates mixed of town and country.

Ages are the last axis of counts and rates; areas are the last axis of deaths and expected deaths.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import (
    checked_above_zero,
    checked_between,
    checked_counts,
    checked_death_rates,
    checked_numbers,
    checked_probabilities,
    checked_shape,
    checked_together,
)
from popmodel.messages import InputError, Problem

# Intervals wider or narrower say nothing.
_LEVELS = (0.01, 0.9999)


class MortalityRatio(NamedTuple):
    """Standardised mortality ratio and its interval, each of the shape of the deaths."""

    ratio: Array
    lower: Array
    upper: Array


class ShrunkRatio(NamedTuple):
    """Ratio shrunk to the prior and the weight of the area's own ratio (..., area); the prior's mean and strength (...).

    The strength is in expected deaths: an area that expects as many has half its weight on its own ratio.
    """

    ratio: Array
    weight: Array
    prior_mean: Array
    prior_strength: Array


def expected_deaths(population: npt.ArrayLike, standard_rates: npt.ArrayLike) -> Array:
    """Deaths (...) that `population` (..., age), person-years, would see at `standard_rates` (..., age) per person-year.

    Raises InputError on counts or rates that cannot be. Sexes are summed by the caller, each with its own rates.
    Source: Preston, Heuveline & Guillot (2001), Demography, chapter 2 (indirect standardisation).

    >>> float(expected_deaths([1000, 500], [0.002, 0.01]))
    7.0
    """
    people = checked_counts(population, what="population", axes=1)
    people, rates = checked_together(people, checked_death_rates(standard_rates), same=1)
    return np.asarray((people * rates).sum(axis=-1))


def standardised_mortality_ratio(deaths: npt.ArrayLike, expected: npt.ArrayLike, *, level: float = 0.95) -> MortalityRatio:
    """`deaths` over `expected` deaths (of one shape, or broadcasting) with the exact Poisson interval of `level`.

    Raises InputError on negative deaths, expected deaths not above zero, or a level not between 0.01 and 0.9999.
    Limits: expected deaths are taken as known; ratios of areas with different ages compare with the standard, not strictly
    with each other.
    Source: Breslow & Day (1987), Statistical Methods in Cancer Research II, pp. 65-72 (chi-square limits of a Poisson mean).

    >>> [round(float(x), 2) for x in standardised_mortality_ratio(76, 80.0)]
    [0.95, 0.75, 1.19]
    """
    from scipy.special import gammaincinv

    deaths, expected = checked_together(checked_counts(deaths, what="deaths"), checked_above_zero(expected, "expected_deaths"))
    share = checked_between(checked_probabilities(level, what="level"), "level", *_LEVELS)
    tail = (1 - checked_shape(share, ())) / 2
    # A chi-square of 2d degrees is twice a gamma of shape d; with no deaths the lower limit is 0.
    fewest = np.where(deaths > 0, gammaincinv(np.maximum(deaths, 0.5), tail), 0.0)
    most = gammaincinv(deaths + 1, 1 - tail)
    return MortalityRatio(deaths / expected, fewest / expected, most / expected)


def shrunk_mortality_ratio(
    deaths: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    prior_strength: npt.ArrayLike | None = None,
    prior_mean: npt.ArrayLike | None = None,
) -> ShrunkRatio:
    """Mortality ratios of areas drawn towards what areas of their kind have, the more so the fewer deaths they expect.

    deaths, expected: (..., area). Ratios are taken as gamma with mean μ and strength α: (deaths + α μ)/(expected + α). Unless
    `prior_mean` (...) is given μ is all deaths over all expected; unless `prior_strength` (...) is given α = μ/A, with
    A = Σ E (r − μ)²/ΣE − μ/Ē the variance between areas, beyond chance (none: every area gets μ).
    Raises InputError as `standardised_mortality_ratio`, and with a single area unless mean and strength are given.
    Limits: areas alike but for chance and level, no neighbours; the prior's own error is not carried; with few areas A is
    rough, and often zero.
    Source: Clayton & Kaldor (1987), Biometrics 43(3), pp. 671-681 (the model); Marshall (1991), Applied Statistics 40(2),
    pp. 283-294 (the moments).

    >>> shrunk = shrunk_mortality_ratio([30, 5], [20.0, 5.0], prior_strength=20, prior_mean=1)
    >>> shrunk.ratio.tolist(), shrunk.weight.tolist()
    ([1.25, 1.0], [0.5, 0.2])
    """
    deaths, expected = checked_counts(deaths, what="deaths"), checked_above_zero(expected, "expected_deaths")
    deaths, expected = checked_together(deaths, expected, same=1)
    if deaths.shape[-1:] in ((), (1,)) and (prior_strength is None or prior_mean is None):
        raise InputError([Problem("areas_too_few", {"found": 1})])
    own = checked_numbers(deaths, "deaths", axes=1) / expected
    overall = deaths.sum(axis=-1) / expected.sum(axis=-1)
    mean = overall if prior_mean is None else checked_shape(checked_above_zero(prior_mean, "death_ratio"), overall.shape)
    if prior_strength is not None:
        strength = checked_shape(checked_above_zero(prior_strength, "expected_deaths"), overall.shape)
    else:
        strength = _strength(own, expected, mean)
    weight = 1 / (1 + strength[..., None] / expected)
    return ShrunkRatio(weight * own + (1 - weight) * mean[..., None], weight, mean, strength)


def mixed_rates(urban_rates: npt.ArrayLike, rural_rates: npt.ArrayLike, urban_share: npt.ArrayLike) -> Array:
    """Death rates (..., age) of a population of which `urban_share` (..., age) live in towns at each age.

    Raises InputError on rates or shares that cannot be. Limits: the shares are of the population exposed, at each age, since
    towns are younger than the country; one share for all ages gives the old of the towns too little weight or too much.

    >>> mixed_rates([0.001, 0.02], [0.002, 0.03], [0.5, 0.2]).round(6).tolist()
    [0.0015, 0.028]
    """
    share = checked_probabilities(urban_share, what="urban_share")
    share, urban, rural = checked_together(share, checked_death_rates(urban_rates), checked_death_rates(rural_rates), same=1)
    return np.asarray(share * urban + (1 - share) * rural)


def _strength(own: Array, expected: Array, mean: Array) -> Array:
    """Marshall's α = μ/A, infinite where areas differ by no more than chance."""
    spread = (expected * (own - mean[..., None]) ** 2).sum(axis=-1) / expected.sum(axis=-1)
    between = spread - mean / expected.mean(axis=-1)
    # Areas exactly alike leave rounding only.
    return np.asarray(np.divide(mean, between, out=np.full_like(mean, np.inf), where=between > 1e-12 * mean))
