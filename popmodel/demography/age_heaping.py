"""Indices of digit preference and of jagged ages in a population counted by single age.

Every function takes persons by single completed age, from age 0 on the last axis, no open group, and any leading dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from numbers import Integral

import numpy as np
import numpy.typing as npt

from popmodel.demography.age_sex_structure import over
from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_counts
from popmodel.messages import InputError, Problem

DIGITS = range(10)

_WHIPPLE_AGES = (25, 60)
_MYERS_AGES = (10, 89)
_BACHI_AGES = (23, 77)
_NOUMBISSI_AGES = (20, 64)


def whipple(counts: npt.ArrayLike, *, digit: int | None = None) -> Array:
    """Whipple's index of ages ending in 0 and 5, or in one `digit`, between 25 and 60, from 0; 1 is no preference.

    counts: (..., ages), to age 62 at least. Returns (...): persons at those ages over the share of all that is due to them, at
    most 5 (10 for one digit); the United Nations print it times 100. Both digits are set against ages 23-62; one digit against
    the whole decades that end two years above its last age (0 against 23-62, 5 against 18-57).
    Limits: assumes even numbers over the range; sees no other digits. Raises InputError on negative or missing counts, too few
    ages, an empty range, or a digit that is none.

    Source: Shryock & Siegel (1973), chapter 8; Roger, Waltisperger & Corbille-Guitton (1981), p. 148, for one digit.

    >>> float(whipple([10.0] * 70))
    1.0
    """
    first, last = _WHIPPLE_AGES
    if digit is None:
        ages, step, below = np.arange(first, last + 1, 5), 5, 2
    else:
        ages, step, below = _ages_ending_in(digit, first, last), 10, 7
    counts = _checked(counts, int(ages[-1]) + 2)
    return over(step * counts[..., ages].sum(axis=-1), counts[..., ages[0] - below : ages[-1] + 3].sum(axis=-1))


def myers(counts: npt.ArrayLike, *, pas: bool = False) -> Array:
    """Myers' blended index over ages 10-89: half the sum of the digits' distances from ten per cent, 0 to 90; 0 is no preference.

    counts: (..., ages), to age 89 at least. Returns (...), per cent: the least share of persons that reported a wrong last
    digit. Each digit's sum from age 10 is weighted 1 .. 10 and its sum from age 20 is weighted 9 .. 0. In the original form
    both sums have seven terms (10-79 and 20-89); with `pas`, as in the Census Bureau's SINGAGE, the first runs on to 89,
    which gives even numbers an index of 1.66.
    Limit: the blending assumes an even fall of numbers with age. Raises InputError on bad counts, too few ages, or an empty
    range.

    Source: Myers (1940), Transactions of the Actuarial Society of America 41; Shryock & Siegel (1973), chapter 8.

    >>> float(myers([10.0] * 90).round(9))
    0.0
    """
    first, last = _MYERS_AGES
    counts = _checked(counts, last)
    decades = counts[..., first : last + 1].reshape(*counts.shape[:-1], -1, 10)
    early = (decades if pas else decades[..., :-1, :]).sum(axis=-2)
    late = decades[..., 1:, :].sum(axis=-2)
    blended = early * np.arange(1, 11) + late * np.arange(9, -1, -1)
    return _distance_from_even(over(100 * blended, blended.sum(axis=-1, keepdims=True)))


def bachi(counts: npt.ArrayLike, *, pas: bool = False) -> Array:
    """Bachi's index over ages 23-77: half the sum of the digits' distances from ten per cent, 0 to 90; 0 is no preference.

    counts: (..., ages), to age 77 at least. Returns (...), per cent. Each digit's share is taken twice, in two runs of fifty
    ages of which the second begins a year later, so that the digit lies in the middle: from 23 and 24 for 3 and 8, up to 27 and
    28 for 2 and 7. The original averages the two shares; with `pas`, as in the Census Bureau's SINGAGE, persons of both runs
    are pooled first. The ten shares need not add up to one hundred. Raises InputError on bad counts, too few ages, or an empty
    range.

    Source: Bachi (1951), Bulletin of the International Statistical Institute 33; Shryock & Siegel (1973), chapter 8.

    >>> float(bachi([10.0] * 80).round(9))
    0.0
    """
    first, last = _BACHI_AGES
    counts = _checked(counts, last)
    starts = np.array([first + (digit - first) % 5 for digit in DIGITS])
    runs = [starts, starts + 1]
    ending = np.stack([np.stack([_of_digit(counts, digit, start[digit]) for digit in DIGITS], axis=-1) for start in runs])
    cumulated = np.concatenate([np.zeros((*counts.shape[:-1], 1)), np.cumsum(counts, axis=-1)], axis=-1)
    everybody = np.stack([cumulated[..., start + 50] - cumulated[..., start] for start in runs])
    if pas:
        return _distance_from_even(over(100 * ending.sum(axis=0), everybody.sum(axis=0)))
    return _distance_from_even(over(100 * ending, everybody).mean(axis=0))


def noumbissi(counts: npt.ArrayLike) -> Array:
    """Noumbissi's index of each last digit, ages 20-64: persons at its ages over a fifth of those within two years; 1 is none.

    counts: (..., ages), to age 66 at least. Returns (..., 10), digits 0 to 9, each between 0 and 5.
    Raises InputError on bad counts, too few ages, or a digit with nobody near.

    Source: Noumbissi (1992), L'indice de Whipple modifié, Population 47(4); Spoorenberg (2007), Population 62(4).

    >>> noumbissi([10.0] * 70).tolist() == [1.0] * 10
    True
    """
    first, last = _NOUMBISSI_AGES
    counts = _checked(counts, last + 2)
    near = np.lib.stride_tricks.sliding_window_view(counts, 5, axis=-1).sum(axis=-1)  # at place x: ages x .. x+4
    ages = [_ages_ending_in(digit, first, last) for digit in DIGITS]
    ending = np.stack([counts[..., at].sum(axis=-1) for at in ages], axis=-1)
    around = np.stack([near[..., at - 2].sum(axis=-1) for at in ages], axis=-1)
    return over(5 * ending, around)


def spoorenberg(counts: npt.ArrayLike) -> Array:
    """Spoorenberg's total modified Whipple index over ages 20-64: the digits' distances from 1, added up; 0 is none, 16 the most.

    counts: (..., ages), to age 66 at least. Returns (...). Raises InputError as `noumbissi`.

    Source: Spoorenberg (2007), Population 62(4).

    >>> float(spoorenberg([10.0] * 70))
    0.0
    """
    return np.asarray(np.abs(noumbissi(counts) - 1).sum(axis=-1))


def coale_li(counts: npt.ArrayLike, *, digit: int = 0, first_age: int = 60, last_age: int = 89) -> Array:
    """Coale and Li's index of one last `digit` at old ages: its ages over a five-term average taken twice; 1 is none.

    counts: (..., ages), to four ages above the last with the digit; first_age, last_age: whole decades, from 10 up. Returns
    (...).
    Limits: the average of averages is pulled up by heaping on the neighbouring five; every age must have somebody within four
    years.
    Raises InputError on bad counts, too few ages, a digit that is none, or ages that are not whole decades.

    Source: Coale & Li (1991), Demography 28(2), 293-301.

    >>> float(coale_li([10.0] * 100).round(9))
    1.0
    """
    _check_decades(first_age, last_age, lowest=10)
    ages = _ages_ending_in(digit, first_age, last_age)
    counts = _checked(counts, int(ages[-1]) + 4)
    twice = np.convolve(np.full(5, 0.2), np.full(5, 0.2))
    smooth = np.lib.stride_tricks.sliding_window_view(counts, len(twice), axis=-1) @ twice  # at place x: centred on x + 4
    return np.asarray(over(counts[..., ages], smooth[..., ages - 4]).mean(axis=-1))


def sawtooth(counts: npt.ArrayLike, *, first_age: int = 40, last_age: int = 89) -> Array:
    """How far heaping on 0 exceeds heaping on 5: the mean ratio of groups to their neighbours, at 0 over at 5.

    counts: (..., ages), to five ages above `last_age`; first_age, last_age: whole decades, from 10 up. Returns (...). Above 1,
    five-year groups zigzag every ten years, and graduating them would turn the zigzag into waves: smooth them first.
    Limit: no use below the ages where numbers fall steadily. Raises InputError on bad counts, too few ages, ages that are not
    whole decades, or empty groups.

    Source: Feeney (2013), Removing "Zigzag" from Age Data; the ratio of means as the DemoTools documentation describes it.

    >>> float(sawtooth([10.0] * 100))
    1.0
    """
    _check_decades(first_age, last_age, lowest=10)
    counts = _checked(counts, last_age + 5)
    groups = counts[..., first_age - 5 : last_age + 6].reshape(*counts.shape[:-1], -1, 5).sum(axis=-1)
    ratios = over(2 * groups[..., 1:-1], groups[..., :-2] + groups[..., 2:])
    return over(ratios[..., ::2].mean(axis=-1), ratios[..., 1::2].mean(axis=-1))


HEAPING_INDICES: Mapping[str, Callable[[npt.ArrayLike], Array]] = {
    "whipple_25_60_digits_0_5": whipple,
    "whipple_PAS": whipple,
    "whipple_25_60_digit_0": partial(whipple, digit=0),
    "whipple_25_60_digit_5": partial(whipple, digit=5),
    "myers_10_89_orig": myers,
    "myers_10_89_pasex": partial(myers, pas=True),
    "bachi_23_77": bachi,
    "bachi_23_77_pasex": partial(bachi, pas=True),
    "noumbissi_20_64_by_digit0_9": noumbissi,
    "spoorenberg_20_64": spoorenberg,
    "coale_li_60_89_digit0": coale_li,
    "coale_li_60_89_digit5": partial(coale_li, digit=5),
    "sawtooth_ageMin40": sawtooth,
}
"""Each index and variant by the name under which published answers give it."""


def _checked(counts: npt.ArrayLike, last_age: int) -> Array:
    counts = checked_counts(counts, what="counts", axes=1)
    if counts.shape[-1] <= last_age:
        raise InputError([Problem("index_ages_too_few", {"found": counts.shape[-1] - 1, "needed": last_age})])
    return counts


def _check_decades(first_age: int, last_age: int, *, lowest: int) -> None:
    whole = isinstance(first_age, Integral) and isinstance(last_age, Integral)
    if not whole or first_age % 10 != 0 or last_age % 10 != 9 or first_age < lowest or last_age < first_age:
        raise InputError([Problem("age_range_not_decades", {"first": first_age, "last": last_age, "lowest": lowest})])


def _ages_ending_in(digit: int, first: int, last: int) -> npt.NDArray[np.int_]:
    if not isinstance(digit, Integral) or digit not in DIGITS:
        raise InputError([Problem("digit_not_single", {"found": digit})])
    return np.arange(first + (digit - first) % 10, last + 1, 10)


def _of_digit(counts: Array, digit: int, start: int) -> Array:
    """Persons whose age ends in `digit` among the fifty ages from `start`."""
    return np.asarray(counts[..., _ages_ending_in(digit, start, start + 49)].sum(axis=-1))


def _distance_from_even(shares: Array) -> Array:
    return np.asarray(np.abs(shares - 10).sum(axis=-1) / 2)
