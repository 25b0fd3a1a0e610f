"""Net migration between two censuses by cohort, and the smooth annual rates by age that reproduce it.

Survival-ratio method: United Nations (1970), Manual VI; Preston, Heuveline & Guillot (2001), section 2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array


class CohortMigration(NamedTuple):
    """Net migration of cohorts between two censuses, by age at the first; persons and share of those expected."""

    expected: Array
    net: Array
    rate: Array


def intercensal_migration(first: npt.ArrayLike, second: npt.ArrayLike, survival: npt.ArrayLike) -> CohortMigration:
    """Net migration by cohort: those counted at the second census less the survivors of the first.

    first, second: persons of the same cohorts at both censuses; survival: their ratio between them; all of one shape.
    Positive is a gain. The rate is net migration over the expected survivors.
    """
    expected = np.asarray(first, dtype=float) * np.asarray(survival, dtype=float)
    net = np.asarray(second, dtype=float) - expected
    return CohortMigration(expected, net, net / expected)


def annual_rates(
    cohort_rates: npt.ArrayLike,
    lowest_ages: npt.ArrayLike,
    *,
    width: int,
    years: int,
    ages: int,
    first_age: int,
    last_age: int,
) -> Array:
    """The smoothest annual net rates by age (log growth a year) that reproduce each cohort's change over `years`.

    cohort_rates: share gained or lost by each cohort over the interval (above −1); lowest_ages: its lowest age at the first
    census; width: ages in a cohort; ages: length of the result. Rates are zero below `first_age`, where no cohort is seen long,
    and from `last_age` up.
    A cohort of ages a .. a+width−1 passes the ages a+1 .. a+width−1+years, each of its single ages `years` of them; the mean over
    its single ages of the summed rates equals log(1 + rate). Among all such schedules that with the least sum of squared
    second differences is taken, so that no age carries a jump the data do not ask for.
    Returns (ages,). Raises ValueError when a cohort lost everybody.
    """
    change = np.asarray(cohort_rates, dtype=float)
    starts = np.asarray(lowest_ages, dtype=int)
    if np.any(change <= -1):
        raise ValueError("a cohort cannot lose everybody: its rate must lie above -1")
    passage = np.zeros((len(starts), ages))
    for row, start in enumerate(starts):
        for age in range(start, start + width):
            passage[row, age + 1 : age + 1 + years] += 1 / width
    moving = slice(first_age, last_age)
    passage = passage[:, moving]
    second_differences = np.diff(np.eye(ages), n=2, axis=0)[:, moving]
    system = np.block([[second_differences.T @ second_differences, passage.T], [passage, np.zeros((len(starts), len(starts)))]])
    size = last_age - first_age
    solution = np.linalg.solve(system, np.concatenate([np.zeros(size), np.log1p(change)]))
    rates = np.zeros(ages)
    rates[moving] = solution[:size]
    return rates
