"""Regularity of a population by age and sex, and counts held against other counts of the same people.

Age groups are on the last axis, of one width and all closed; any leading dimensions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_above_zero, checked_counts, checked_probabilities, checked_together
from popmodel.messages import InputError, Problem

# The United Nations' weight of the sex ratio score in the joint score.
_SEX_RATIO_WEIGHT = 3


class RatioWithError(NamedTuple):
    """A ratio and its standard error, of one shape."""

    ratio: Array
    standard_error: Array


class ShareRatio(NamedTuple):
    """A share over a reference share, the standard error of that ratio, and the z-score of the difference of the two shares."""

    ratio: Array
    standard_error: Array
    z: Array


def age_ratios(counts: npt.ArrayLike) -> Array:
    """Persons of each age group per 100 of the mean of its two neighbours; 100 where numbers change evenly.

    counts: (..., groups), closed, at least three. Returns (..., groups - 2), from the second group to the last but one.
    Raises InputError on bad counts, too few groups, or a group whose neighbours are both empty.

    Source: United Nations (1955), Manual II, chapter III; Shryock & Siegel (1973), chapter 8.

    >>> age_ratios([30.0, 20.0, 10.0]).tolist()
    [100.0]
    """
    counts = _checked_groups(counts, needed=3, what="counts")
    return over(200 * counts[..., 1:-1], counts[..., :-2] + counts[..., 2:])


def age_ratio_score(counts: npt.ArrayLike) -> Array:
    """Mean distance of the age ratios from 100, per cent; 0 is regular.

    counts as for `age_ratios`. Returns (...). Limit: migration, wars and swings of births raise it as bad reporting does.

    Source: United Nations (1955), Manual II, chapter III.

    >>> float(age_ratio_score([30.0, 30.0, 10.0]))
    50.0
    """
    return np.asarray(np.abs(age_ratios(counts) - 100).mean(axis=-1))


def sex_ratios(males: npt.ArrayLike, females: npt.ArrayLike) -> Array:
    """Males per 100 females of each age group.

    males, females: (..., groups). Returns their broadcast shape. Raises InputError on bad counts or a group without females.

    Source: Shryock & Siegel (1973), chapter 7.

    >>> sex_ratios([51.0], [50.0]).tolist()
    [102.0]
    """
    men, women = checked_together(checked_counts(males, what="males"), checked_counts(females, what="females"), same=1)
    return over(100 * men, women, what="females")


def sex_ratio_score(males: npt.ArrayLike, females: npt.ArrayLike) -> Array:
    """Mean change of the sex ratio from one age group to the next, without regard to sign, per cent; 0 is regular.

    males, females: (..., groups), closed, at least two. Returns (...). Raises InputError as `sex_ratios`, or on too few groups.

    Source: United Nations (1955), Manual II, chapter III.

    >>> float(sex_ratio_score([51.0, 50.0], [50.0, 50.0]))
    2.0
    """
    men, women = _checked_groups(males, needed=2, what="males"), _checked_groups(females, needed=2, what="females")
    return np.asarray(np.abs(np.diff(sex_ratios(men, women), axis=-1)).mean(axis=-1))


def age_sex_accuracy(males: npt.ArrayLike, females: npt.ArrayLike) -> Array:
    """The United Nations' joint score: the age ratio scores of both sexes plus three times the sex ratio score.

    males, females: (..., groups), closed groups of five years, usually 0-4 to 70-74, without the open group. Returns (...).
    Below 20 is called accurate, 20-40 inaccurate, above 40 highly inaccurate.
    Limits: made for large populations; chance alone raises it in small ones (the United Nations' adjustment for populations
    below a million is not made), and so do migration and swings of births. Raises InputError as the scores it is made of.

    Source: United Nations (1952), Population Bulletin 2; (1955), Manual II, chapter III.

    >>> float(age_sex_accuracy([30.0, 20.0, 10.0], [30.0, 20.0, 10.0]))
    0.0
    """
    return age_ratio_score(males) + age_ratio_score(females) + _SEX_RATIO_WEIGHT * sex_ratio_score(males, females)


def cohort_consistency(first: npt.ArrayLike, second: npt.ArrayLike, survival: npt.ArrayLike) -> Array:
    """Persons of each cohort at the second census over the survivors of those counted at the first; 1 is consistent.

    first, second: (..., cohorts), the same cohorts at both censuses; survival: their ratio between the two, 0 to 1. Returns
    their broadcast shape. Limit: migration, better or worse counting and moved ages cannot be told apart. Raises InputError on
    bad numbers or a cohort with no survivors.

    Source: Shryock & Siegel (1973), chapter 8; United Nations (1955), Manual II, chapter II.

    >>> cohort_consistency([100.0], [99.0], [0.99]).tolist()
    [1.0]
    """
    ratios = checked_probabilities(survival, what="survival_ratios")
    start, end, ratios = checked_together(checked_counts(first), checked_counts(second), ratios, same=1)
    return over(end, start * ratios, what="expected_survivors")


def births_against_infants(births: npt.ArrayLike, infants: npt.ArrayLike, survival: npt.ArrayLike) -> Array:
    """Infants counted over those expected from registered births; below 1 infants were missed, above 1 births were.

    births: (...) of the 12 months before the census; infants: (...) at age 0; survival: (...), their ratio to births (L0/l0), 0
    to 1. Returns their broadcast shape. Limit: infants who moved in or out count as an error. Raises InputError on bad numbers
    or no births.

    Source: United Nations (1955), Manual II, chapter II.

    >>> float(births_against_infants(1000.0, 882.0, 0.98))
    0.9
    """
    ratios = checked_probabilities(survival, what="survival_ratios")
    born, counted, ratios = checked_together(
        checked_counts(births, what="births"), checked_counts(infants, what="children"), ratios
    )
    return over(counted, born * ratios, what="expected_survivors")


def share_ratio(
    count: npt.ArrayLike, total: npt.ArrayLike, reference_count: npt.ArrayLike, reference_total: npt.ArrayLike
) -> ShareRatio:
    """A share (third births among births, say) against a reference share (the province's), with its sampling error.

    All four broadcast, counts above zero and not above their totals. ratio = p / P; its standard error is ratio x sqrt((1 - p)
    / count + (1 - P) / reference count); z = (p - P) / sqrt(R (1 - R) (1 / total + 1 / reference total)), R being the share of
    both together, and 0 where both shares are 1.
    Limits: binomial counts in two separate samples; a county inside its province makes z a little too small. For a sample (the
    census long form) give the persons sampled, not those inflated to the whole. Raises InputError on bad counts, or counts
    above totals.

    Source: Armitage, Berry & Matthews (2002), Statistical Methods in Medical Research, chapter 4.

    >>> [float(value.round(3)) for value in share_ratio(20.0, 100.0, 100.0, 1000.0)]
    [2.0, 0.443, 3.058]
    """
    given = (checked_counts(value, what="births") for value in (count, total, reference_count, reference_total))
    count, total, reference_count, reference_total = checked_together(*given)
    for part, whole in ((count, total), (reference_count, reference_total)):
        _check_part(part, whole)
    share, reference = over(count, total, what="births"), over(reference_count, reference_total, what="births")
    ratio = over(share, reference, what="births")
    variance = over(1 - share, count, what="births") + over(1 - reference, reference_count, what="births")
    pooled = (count + reference_count) / (total + reference_total)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / total + 1 / reference_total))
    difference = np.asarray(share - reference)
    return ShareRatio(
        ratio, ratio * np.sqrt(variance), np.divide(difference, spread, out=np.zeros(spread.shape), where=spread > 0)
    )


def sex_ratio_at_birth_with_error(boys: npt.ArrayLike, girls: npt.ArrayLike) -> RatioWithError:
    """Boys per girl at birth and its standard error, from the numbers of both.

    boys, girls: broadcast, above zero. ratio r = boys / girls; standard error r x sqrt(1 / boys + 1 / girls).
    Limits: chance only, births independent; not for a handful of births; a sample's own numbers, not those inflated to the
    whole.
    Raises InputError on bad or zero counts.

    Source: delta method for a binomial odds; Armitage, Berry & Matthews (2002), chapter 4.

    >>> [float(value.round(4)) for value in sex_ratio_at_birth_with_error(100.0, 100.0)]
    [1.0, 0.1414]
    """
    boys, girls = checked_together(checked_counts(boys, what="boys"), checked_counts(girls, what="girls"))
    ratio = over(boys, girls, what="girls")
    return RatioWithError(ratio, ratio * np.sqrt(over(1.0, boys, what="boys") + over(1.0, girls, what="girls")))


def over(numerator: Array | float, denominator: npt.ArrayLike, *, what: str = "counts") -> Array:
    """numerator / denominator, broadcast; raises InputError naming `what` where the denominator is not above zero."""
    return np.asarray(numerator / checked_above_zero(denominator, what))


def _checked_groups(counts: npt.ArrayLike, *, needed: int, what: str) -> Array:
    counts = checked_counts(counts, what=what, axes=1)
    if counts.shape[-1] < needed:
        raise InputError([Problem("groups_too_few", {"found": counts.shape[-1], "needed": needed})])
    return counts


def _check_part(part: Array, whole: Array) -> None:
    if (bad := part > whole).any():
        found = {"count": int(bad.sum()), "found": float(part[bad].flat[0]), "total": float(whole[bad].flat[0])}
        raise InputError([Problem("count_above_total", found)])
