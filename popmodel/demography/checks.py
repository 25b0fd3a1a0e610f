"""Refuses what cannot be a rate, a ratio or an age axis, says what was found, and converts only where the unit says so.

Every function returns its input as a float array or raises InputError with all that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.messages import InputError, Problem, text

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


def per_person(values: npt.ArrayLike, unit: str) -> Array:
    """`values` of a table whose unit column says `unit` (a key of RATE_UNITS), per person or woman and year."""
    return np.asarray(values, dtype=float) * _factor(unit, RATE_UNITS)


def males_per_female(values: npt.ArrayLike, unit: str) -> Array:
    """Sex ratios of a table whose unit column says `unit` (a key of SEX_RATIO_UNITS), as males per female."""
    return np.asarray(values, dtype=float) * _factor(unit, SEX_RATIO_UNITS)


def checked_death_rates(m: npt.ArrayLike, *, what: str = "death_rates") -> Array:
    """Death rates per person-year, ages on the last axis: finite, not negative, not per 1,000."""
    m = np.asarray(m, dtype=float)
    if not m.size:
        return m
    problems = [] if np.min(m) >= 0 and np.isfinite(np.max(m)) else _not_finite_or_negative(m, what)
    # Counting those above finds the side of the median without sorting.
    if not problems and (np.max(m) > LARGEST_DEATH_RATE or 2 * np.count_nonzero(m > LARGEST_MEDIAN_DEATH_RATE) > m.size):
        problems = [_per_1000(m, what)]
    return _unless(problems, m)


def checked_open_rate(m: Array) -> Array:
    """Death rates whose open age, the last one, has deaths: without them nobody there would ever die."""
    survive = ~(m[..., -1] > 0)
    return _unless([Problem("open_age_rate_zero", {"count": int(survive.sum())})] if survive.any() else [], m)


def checked_fertility_rates(f: npt.ArrayLike, *, what: str = "fertility_rates") -> Array:
    """Births per woman-year, ages on the last axis: finite, not negative, at most one."""
    f = np.asarray(f, dtype=float)
    problems = _not_finite_or_negative(f, what)
    if not problems and f.size and np.max(f) > LARGEST_FERTILITY_RATE:
        problems = [_per_1000(f, what)]
    return _unless(problems, f)


def checked_probabilities(q: npt.ArrayLike, *, what: str = "death_probabilities") -> Array:
    """Probabilities: finite, from 0 to 1."""
    q = np.asarray(q, dtype=float)
    problems = _not_finite_or_negative(q, what)
    if not problems and q.size and np.max(q) > 1:
        problems = [Problem("probability_above_one", {"what": _name(what), **_worst(q, q > 1)})]
    return _unless(problems, q)


def checked_counts(counts: npt.ArrayLike, *, what: str = "counts") -> Array:
    """Persons or events: finite and not negative."""
    counts = np.asarray(counts, dtype=float)
    return _unless(_not_finite_or_negative(counts, what), counts)


def checked_finite(values: npt.ArrayLike, *, what: str) -> Array:
    """Values of either sign, net migrants say: none missing, none infinite."""
    values = np.asarray(values, dtype=float)
    return _unless([problem for problem in _not_finite_or_negative(values, what) if problem.code == "value_missing"], values)


def checked_above_zero(values: npt.ArrayLike, what: str) -> Array:
    """`values` as a float array, all finite and above zero; `what` names them (an entry of demography.what).

    >>> checked_above_zero([1, 2], "counts").tolist()
    [1.0, 2.0]
    """
    array = checked_counts(values, what=what)
    bad = ~(array > 0)
    if bad.any():
        raise InputError([Problem("value_not_above_zero", {"what": _name(what), **_worst(array, bad)})])
    return array


def checked_sex_ratio_at_birth(srb: npt.ArrayLike) -> Array:
    """Males per female at birth, from 0.8 to 1.5: 106 is refused where 1.06 is meant."""
    srb = np.asarray(srb, dtype=float)
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
    srb = np.asarray(srb, dtype=float)
    low, high = SEX_RATIOS_AT_BIRTH
    plain = (srb >= low) & (srb <= high)
    if plain.any():
        found = float(srb[plain].flat[0])
        raise InputError([Problem("sex_ratio_per_female", {"found": found, "meant": found * 100})])
    return checked_sex_ratio_at_birth(srb / 100)


def checked_ages(ages: Sequence[int] | npt.ArrayLike, groups: int, *, first: int | None = 0) -> npt.NDArray[np.int_]:
    """Lowest ages of `groups` age groups, the last one open: whole, rising, beginning at `first` (None: anywhere)."""
    found = np.asarray(ages)
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
    return _unless(problems, found.astype(int) if not problems else found)


def checked_age_groups(groups: Sequence[tuple[int, int | None]]) -> list[int]:
    """Lowest ages of (lowest, highest) groups as tables hold them: no gap, no overlap, only the last one open (highest None)."""
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
    if unit not in known:
        raise InputError([Problem("unit_unknown", {"found": unit, "known": ", ".join(known)})])
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


def _name(what: str) -> str:
    return text(f"demography.what.{what}")


def _shown(values: npt.NDArray[np.generic]) -> str:
    return ", ".join(str(value) for value in values[:5].tolist())


def _unless(problems: list[Problem], value: _Value) -> _Value:
    if problems:
        raise InputError(problems)
    return value
