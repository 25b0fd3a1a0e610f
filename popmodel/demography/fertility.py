"""Age-specific fertility: totals, and the level that gives an observed number of births.

Rates are births per woman and year by completed age, ages on the last axis; births by order have the order on the axis before.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array


def total_fertility(rates: npt.ArrayLike) -> Array:
    """TFR, children per woman: the sum of single-year `rates` over ages.

    >>> float(total_fertility([0.0, 0.1, 0.2]).round(6))
    0.3
    """
    return np.asarray(np.sum(rates, axis=-1))


def scale_to_births(rates: npt.ArrayLike, women_years: npt.ArrayLike, births: float) -> Array:
    """`rates` times the one constant at which `women_years` (person-years by age) bear `births` in all.

    rates: (..., ages), summed over every leading dimension; women_years: (ages,).
    """
    rates = np.asarray(rates, dtype=float)
    expected = float((rates * np.asarray(women_years, dtype=float)).sum())
    if expected <= 0:
        raise ValueError("the women and rates given bear no children: there is nothing to scale")
    return rates * (births / expected)
