"""The sex ratio at birth by birth order of a small area, drawn towards its province's as far as the area's births are few.

A county has a few hundred third births a year: their sex ratio is mostly chance, while that of the province is known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_counts, checked_shape, checked_together
from popmodel.messages import InputError, Problem


class SexRatios(NamedTuple):
    """Males per female at birth and what they rest on, all (..., area, order).

    weight: of the area's own births in the result, 0 (the province's ratio) to 1 (its own). prior_births: how many births the
    province's ratio counts for, infinite where the areas differ by no more than chance.
    """

    males_per_female: Array
    weight: Array
    prior_births: Array


def sex_ratio_by_order(
    male_births: npt.ArrayLike,
    female_births: npt.ArrayLike,
    *,
    prior_male: npt.ArrayLike,
    prior_female: npt.ArrayLike,
    prior_births: npt.ArrayLike | None = None,
) -> SexRatios:
    """Males per female at birth by order: the share of males is the mean of the area's and the province's, weighted by births.

    male_births, female_births: counts (..., area, order); prior_male, prior_female: the province's (..., order), whose ratio is
    the prior; prior_births: the births it counts for (broadcast to the counts), by default estimated by moments from how far the
    areas differ, and then one birth at least. p = (male + n0 p0) / (births + n0) is the posterior mean of a beta-binomial.
    Raises InputError on negative or missing counts, a prior without births of both sexes or that counts for none, or a single
    area where n0 is to be estimated.
    Limits: one value, not its uncertainty; the area's births are not taken out of the province's; a real difference of one county
    (its own practice of registration, say) is drawn towards the province as if it were chance.
    Source: Kleinman (1973), Journal of the American Statistical Association 68, 46-54; Carlin & Louis (2000), Bayes and Empirical
    Bayes Methods for Data Analysis, chapter 3.

    >>> ratios = sex_ratio_by_order([[60]], [[40]], prior_male=[52], prior_female=[48], prior_births=300)
    >>> float(ratios.weight[0, 0]), round(float(ratios.males_per_female[0, 0]), 4)
    (0.25, 1.1739)
    """
    counts = (checked_counts(births, what="births", axes=2) for births in (male_births, female_births))
    prior = _male_share(prior_male, prior_female)[..., None, :]
    male, female, prior = checked_together(*checked_together(*counts, same=2), prior, same=1)
    births = male + female
    strength = _estimated_births(male, births, prior) if prior_births is None else _given_births(prior_births)
    strength = checked_shape(strength, male.shape)
    weight = np.divide(births, births + strength, out=np.zeros(births.shape), where=births > 0)
    own = np.divide(male, births, out=np.zeros(births.shape), where=births > 0)
    share = weight * own + (1 - weight) * prior
    return SexRatios(share / (1 - share), weight, strength)


def _male_share(male: npt.ArrayLike, female: npt.ArrayLike) -> Array:
    male, female = (checked_counts(births, what="births", axes=1) for births in (male, female))
    male, female = checked_together(male, female, same=1)
    if np.any(male <= 0) or np.any(female <= 0):
        raise InputError([Problem("prior_needs_births", {"found": float(min(male.min(), female.min()))})])
    return np.asarray(male / (male + female))


def _given_births(prior_births: npt.ArrayLike) -> Array:
    given = checked_counts(prior_births, what="births")
    if np.any(given <= 0):
        raise InputError([Problem("prior_needs_births", {"found": float(given.min())})])
    return given


def _estimated_births(male: Array, births: Array, prior: Array) -> Array:
    """n0 (..., 1, order) by moments: sum of n (p − p0)² is expected to be p0 (1 − p0) times the sum of 1 + (n − 1) / (n0 + 1)."""
    counted = births > 0
    if male.shape[-2] < 2:
        raise InputError([Problem("prior_needs_areas", {"found": male.shape[-2]})])
    apart = np.divide((male - births * prior) ** 2, births, out=np.zeros(births.shape), where=counted)
    excess = (apart / (prior * (1 - prior))).sum(axis=-2, keepdims=True) - counted.sum(axis=-2, keepdims=True)
    room = (births - counted).sum(axis=-2, keepdims=True)
    alike = np.divide(excess, room, out=np.zeros(excess.shape), where=room > 0)
    # Likeness of births of one area beyond chance, 1/(n0 + 1): at most ½, or an area without girls would have no ratio at all.
    unlimited = np.full(alike.shape, np.inf)
    return np.divide(1.0, np.minimum(alike, 0.5), out=unlimited, where=alike > 0) - 1
