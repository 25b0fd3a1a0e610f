"""Refuses what a method divides by or takes logarithms of when it is not above zero."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_counts
from popmodel.messages import InputError, Problem, text


def above_zero(values: npt.ArrayLike, what: str) -> Array:
    """`values` as a float array, all finite and above zero; `what` names them (an entry of demography.what).

    >>> above_zero([1, 2], "counts").tolist()
    [1.0, 2.0]
    """
    array = checked_counts(values, what=what)
    bad = ~(array > 0)
    if bad.any():
        place = np.argwhere(bad)[0]
        found = {"what": text(f"demography.what.{what}"), "count": int(bad.sum()), "place": int(place[-1]) if len(place) else 0}
        raise InputError([Problem("value_not_above_zero", found)])
    return array
