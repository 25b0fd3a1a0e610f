"""Refuses what cannot be a rate, a ratio or an age axis, says what was found, and converts only where the unit says so.

Every function returns its input as a float array or raises InputError with all that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.messages import InputError, Problem, Term, nearest

_Value = TypeVar("_Value")

# What a unit column may hold → the factor that makes it per person (or per woman) and year.
RATE_UNITS: Mapping[str, float] = {
    "per_person": 1.0,
    "birth_per_woman": 1.0,
    "percent": 1e-2,
    "permille": 1e-3,
    "per_10000": 1e-4,
    "per_100000": 1e-5,
}
# What a unit column may hold → the factor that makes it males per female.
SEX_RATIO_UNITS: Mapping[str, float] = {"male_per_female": 1.0, "male_per_100_female": 1e-2}

# No population is known with half of its single ages dying at 0.2 a year, nor with a woman bearing once a year at any age.
LARGEST_MEDIAN_DEATH_RATE = 0.2
LARGEST_DEATH_RATE = 10.0
LARGEST_FERTILITY_RATE = 1.0
SEX_RATIOS_AT_BIRTH = (0.8, 1.5)
# No age is above this one, nor any span of years; it leaves room for life tables to 130 and for group bounds above them.
OLDEST = 200

_LONGEST_SHOWN = 40


def per_person(values: npt.ArrayLike, unit: str) -> Array:
    """`values` of a table whose unit column says `unit` (a key of RATE_UNITS), per person or woman and year."""
    return checked_counts(values, what="rates") * _factor(unit, RATE_UNITS)


def males_per_female(values: npt.ArrayLike, unit: str) -> Array:
    """Sex ratios of a table whose unit column says `unit` (a key of SEX_RATIO_UNITS), as males per female."""
    return checked_counts(values, what="sex_ratios") * _factor(unit, SEX_RATIO_UNITS)


def checked_numbers(values: npt.ArrayLike, what: str, *, axes: int = 0) -> Array:
    """`values` as floats, whatever these are: no texts, not even of digits, not empty, and `axes` axes at least.

    `what` names them (an entry of demography.what), here and in the checks below. What is missing (None) becomes NaN.

    >>> checked_numbers([1, 2], "counts").tolist()
    [1.0, 2.0]
    """
    try:
        found = np.asarray(values)
        if found.dtype.kind not in "biufO" or any(isinstance(value, str | bytes) for value in _objects(found)):
            raise TypeError
        numbers = found.astype(float, copy=False)
    except (TypeError, ValueError):  # texts, dates, lists within lists of unlike length
        raise InputError([Problem("numbers_expected", {"what": _name(what), "found": _short(values)})]) from None
    if numbers.ndim < axes:
        raise InputError([Problem("axes_too_few", {"what": _name(what), "found": numbers.ndim, "needed": axes})])
    return _unless([] if numbers.size else [Problem("values_empty", {"what": _name(what)})], numbers)


def checked_death_rates(m: npt.ArrayLike, *, what: str = "death_rates", age_axis: int = -1) -> Array:
    """Death rates per person-year, ages on the axis `age_axis`: finite, not negative, no schedule of ages per 1,000."""
    m = checked_numbers(m, what, axes=-age_axis)
    largest = np.max(m)
    problems = [] if np.min(m) >= 0 and np.isfinite(largest) else _not_finite_or_negative(m, what)
    if not problems and largest > LARGEST_MEDIAN_DEATH_RATE:
        # Counting those above finds the side of the median without sorting.
        above = np.count_nonzero(m > LARGEST_MEDIAN_DEATH_RATE, axis=age_axis)
        bad = (2 * above > m.shape[age_axis]) | (np.max(m, axis=age_axis) > LARGEST_DEATH_RATE)
        problems = [_per_1000(np.moveaxis(m, age_axis, -1)[bad][0], what)] if bad.any() else []
    return _unless(problems, m)


def checked_open_rate(m: Array) -> Array:
    """Death rates whose open age, the last one, has deaths: without them nobody there would ever die."""
    survive = ~(m[..., -1] > 0)
    return _unless([Problem("open_age_rate_zero", {"count": int(survive.sum())})] if survive.any() else [], m)


def checked_fertility_rates(f: npt.ArrayLike, *, what: str = "fertility_rates", axes: int = 1) -> Array:
    """Births per woman-year, ages on the last axis: finite, not negative, at most one."""
    f = checked_numbers(f, what, axes=axes)
    problems = _not_finite_or_negative(f, what)
    if not problems and np.max(f) > LARGEST_FERTILITY_RATE:
        problems = [_per_1000(f, what)]
    return _unless(problems, f)


def checked_probabilities(q: npt.ArrayLike, *, what: str = "death_probabilities", axes: int = 0) -> Array:
    """Probabilities: finite, from 0 to 1."""
    q = checked_numbers(q, what, axes=axes)
    problems = _not_finite_or_negative(q, what)
    if not problems and np.max(q) > 1:
        problems = [Problem("probability_above_one", {"what": _name(what), **_worst(q, q > 1)})]
    return _unless(problems, q)


def checked_counts(counts: npt.ArrayLike, *, what: str = "counts", axes: int = 0) -> Array:
    """Persons or events: finite and not negative."""
    counts = checked_numbers(counts, what, axes=axes)
    return _unless(_not_finite_or_negative(counts, what), counts)


def checked_finite(values: npt.ArrayLike, *, what: str, axes: int = 0) -> Array:
    """Values of either sign, net migrants say: none missing, none infinite."""
    values = checked_numbers(values, what, axes=axes)
    return _unless([problem for problem in _not_finite_or_negative(values, what) if problem.code == "value_missing"], values)


def checked_above_zero(values: npt.ArrayLike, what: str, *, axes: int = 0) -> Array:
    """`values` as a float array, all finite and above zero."""
    array = checked_counts(values, what=what, axes=axes)
    bad = ~(array > 0)
    if bad.any():
        raise InputError([Problem("value_not_above_zero", {"what": _name(what), **_worst(array, bad)})])
    return array


def checked_between(values: npt.ArrayLike, what: str, low: float, high: float, *, axes: int = 0) -> Array:
    """`values` from `low` to `high`, none missing."""
    values = checked_numbers(values, what, axes=axes)
    bad = ~((values >= low) & (values <= high))
    facts = {"what": _name(what), "low": low, "high": high}
    return _unless([Problem("value_out_of_range", {**facts, **_worst(values, bad)})] if bad.any() else [], values)


def checked_whole(value: object, name: str, low: int, high: int) -> int:
    """The argument `name` as one whole number from `low` to `high`."""
    if not (isinstance(value, int | float | np.integer | np.floating) and low <= value <= high and value == round(value)):
        raise InputError([Problem("argument_not_whole", {"name": name, "found": _short(value), "low": low, "high": high})])
    return int(value)


def checked_age_range(ages: tuple[int, int], name: str) -> tuple[int, int]:
    """The argument `name` as a first and a last age, both whole."""
    if not (isinstance(ages, Sequence) and len(ages) == 2):
        raise InputError([Problem("age_range_expected", {"name": name, "found": _short(ages)})])
    return checked_whole(ages[0], name, 0, OLDEST), checked_whole(ages[1], name, 0, OLDEST)


def checked_word(word: str, known: Sequence[str]) -> str:
    """One of the `known` words."""
    if not (isinstance(word, str) and word in known):
        facts = {"found": _short(word), "expected": ", ".join(known), "nearest": nearest(str(word), known)}
        raise InputError([Problem("word_unknown", facts)])
    return word


def checked_together(*arrays: Array, same: int = 0) -> tuple[Array, ...]:
    """Arrays broadcast to one shape; on their last `same` axes no length of one stands for a longer one.

    So one age is not taken for all ages; a number without axes is, since that cannot be a slip.

    >>> [array.tolist() for array in checked_together(np.array([1.0, 2.0]), np.array(5.0), same=1)]
    [[1.0, 2.0], [5.0, 5.0]]
    """
    shapes = [array.shape for array in arrays]
    lengths = [{shape[-axis] for shape in shapes if len(shape) >= axis} for axis in range(1, same + 1)]
    try:
        if any(len(found) > 1 for found in lengths):
            raise ValueError
        return tuple(np.broadcast_arrays(*arrays))
    except ValueError:
        raise InputError([Problem("shapes_do_not_match", {"found": ", ".join(map(str, shapes))})]) from None


def checked_shape(values: Array, shape: tuple[int, ...], *, same: int = 0) -> Array:
    """`values` broadcast to `shape` and not beyond it (so to (): one number); `same` as for `checked_together`."""
    found = checked_together(values, np.broadcast_to(0.0, shape), same=same)[0]
    facts = {"found": f"{values.shape}, {shape}"}
    return _unless([Problem("shapes_do_not_match", facts)] if found.shape != shape else [], found)


def checked_sex_ratio_at_birth(srb: npt.ArrayLike) -> Array:
    """Males per female at birth, from 0.8 to 1.5: 106 is refused where 1.06 is meant."""
    srb = checked_numbers(srb, "sex_ratios")
    low, high = SEX_RATIOS_AT_BIRTH
    bad = ~((srb >= low) & (srb <= high))
    problems = []
    if bad.any():
        found = float(srb[bad].flat[0])
        hundredfold = low <= found / 100 <= high
        code = "sex_ratio_per_100" if hundredfold else "sex_ratio_out_of_range"
        problems.append(Problem(code, {"found": found, "low": low, "high": high, "meant": found / 100}))
    return _unless(problems, srb)


def checked_sex_ratio_per_100(srb: npt.ArrayLike) -> Array:
    """Males per 100 females at birth, as tables print it, turned into males per female: 1.06 is refused where 106 is meant."""
    srb = checked_numbers(srb, "sex_ratios")
    low, high = SEX_RATIOS_AT_BIRTH
    plain = (srb >= low) & (srb <= high)
    if plain.any():
        found = float(srb[plain].flat[0])
        raise InputError([Problem("sex_ratio_per_female", {"found": found, "meant": found * 100})])
    return checked_sex_ratio_at_birth(srb / 100)


def checked_ages(
    ages: Sequence[int] | npt.ArrayLike, groups: int | None = None, *, first: int | None = 0, lowest: int = 0
) -> npt.NDArray[np.int_]:
    """Lowest ages of `groups` age groups, the last one open: whole, rising, beginning at `first` (None: from `lowest` up).

    Where `groups` is None there are as many as ages.
    """
    found = checked_numbers(ages, "ages", axes=1)
    groups = len(found) if groups is None else groups
    problems = []
    if found.ndim != 1 or len(found) != groups:
        problems.append(Problem("ages_do_not_match", {"found": int(found.size), "expected": groups}))
    elif not np.all(np.isfinite(found)) or np.any(found != np.round(found)):
        problems.append(Problem("ages_not_whole", {"found": _shown(found)}))
    elif np.any(np.diff(found) <= 0):
        row = int(np.flatnonzero(np.diff(found) <= 0)[0])
        problems.append(Problem("ages_not_rising", {"found": int(found[row + 1]), "before": int(found[row])}))
    elif first is not None and found[0] != first:
        problems.append(Problem("ages_missing", {"found": int(found[0]), "expected": first}))
    if not problems:
        checked_between(found, "ages", lowest, OLDEST)
    return _unless(problems, found).astype(int)


def checked_age_groups(groups: Sequence[tuple[int, int | None]]) -> list[int]:
    """Lowest ages of (lowest, highest) groups as tables hold them: no gap, no overlap, only the last one open (highest None)."""
    if not groups or not all(_is_group(group) for group in groups):
        raise InputError([Problem("numbers_expected", {"what": _name("ages"), "found": _short(groups)})])
    problems = []
    for place, (low, high) in enumerate(groups):
        last = place == len(groups) - 1
        if high is None and not last:
            problems.append(Problem("open_age_not_last", {"found": f"{low}+", "after": groups[place + 1][0]}))
        elif high is not None and last:
            problems.append(Problem("open_age_missing", {"found": f"{low}-{high}"}))
        elif high is not None and groups[place + 1][0] != high + 1:
            problems.append(Problem("ages_missing", {"found": groups[place + 1][0], "expected": high + 1}))
    return _unless(problems, [low for low, _ in groups])


def _factor(unit: str, known: Mapping[str, float]) -> float:
    if not (isinstance(unit, str) and unit in known):
        raise InputError([Problem("unit_unknown", {"found": _short(unit), "known": ", ".join(known)})])
    return known[unit]


def _not_finite_or_negative(values: Array, what: str) -> list[Problem]:
    problems = []
    if not np.all(np.isfinite(values)):
        problems.append(Problem("value_missing", {"what": _name(what), **_worst(values, ~np.isfinite(values))}))
    if np.any(values < 0):
        problems.append(Problem("value_negative", {"what": _name(what), **_worst(values, values < 0)}))
    return problems


def _per_1000(rates: Array, what: str) -> Problem:
    found = {"found": float(np.max(rates)), "median": float(np.median(rates))}
    return Problem("rates_look_per_1000", {"what": _name(what), **found})


def _worst(values: Array, bad: npt.NDArray[np.bool_]) -> dict[str, object]:
    """The first bad value, its place on the last axis (an age, in an age axis from 0), and how many there are."""
    place = np.argwhere(bad)[0]
    return {"found": float(values[tuple(place)]), "place": int(place[-1]) if len(place) else 0, "count": int(bad.sum())}


def _is_group(group: object) -> bool:
    return isinstance(group, tuple | list) and [isinstance(age, Integral) or age is None for age in group] == [True, True]


def _objects(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """The elements that may be of any kind."""
    return values.ravel() if values.dtype.kind == "O" else values.ravel()[:0]


def _short(value: object) -> str:
    shown = str(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"


def _name(what: str) -> str:
    return Term(f"demography.what.{what}")


def _shown(values: npt.NDArray[np.generic]) -> str:
    return ", ".join(str(value) for value in values[:5].tolist())


def _unless(problems: list[Problem], value: _Value) -> _Value:
    if problems:
        raise InputError(problems)
    return value
