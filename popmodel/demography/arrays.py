"""The plain arrays that demography works on: their type, the order of the sexes, and the single ages of a projection."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
# One number, or an array of them, one a case.
Number: TypeAlias = float | Array

SEXES = ("male", "female")
MALE, FEMALE = 0, 1


def areas_last(values: Array, axes: int) -> Array:
    """(…, a, b) as (a, b, …), `axes` of them: leading dimensions, as these methods take them, last, as the step takes them."""
    lead = values.ndim - axes
    return np.ascontiguousarray(np.moveaxis(values, range(lead), range(-lead, 0))) if lead else values


def areas_first(values: Array, axes: int) -> Array:
    """(a, b, …) as (…, a, b): the way back of `areas_last`."""
    lead = values.ndim - axes
    return np.ascontiguousarray(np.moveaxis(values, range(-lead, 0), range(lead))) if lead else values
