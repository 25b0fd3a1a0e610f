"""The plain arrays that demography works on: their type, the order of the sexes, and the single ages of a projection."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
# One number, or an array of them, one a case.
Number: TypeAlias = float | Array

SEXES = ("male", "female")
MALE, FEMALE = 0, 1

_ROWS = 256


def areas_last(values: Array, axes: int) -> Array:
    """(…, a, b) as (a, b, …), `axes` of them: leading dimensions, as these methods take them, last, as the step takes them."""
    lead = values.ndim - axes
    if not lead:
        return values
    turned = _turned(values.reshape(math.prod(values.shape[:lead]), -1))
    return turned.reshape(*values.shape[lead:], *values.shape[:lead])


def areas_first(values: Array, axes: int) -> Array:
    """(a, b, …) as (…, a, b): the way back of `areas_last`."""
    if values.ndim == axes:
        return values
    turned = _turned(values.reshape(math.prod(values.shape[:axes]), -1))
    return turned.reshape(*values.shape[axes:], *values.shape[:axes])


def _turned(rows: Array) -> Array:
    """Columns as rows, whole in memory; a few rows at a time, whose columns then lie near each other."""
    turned = np.empty(rows.shape[::-1])
    for low in range(0, len(rows), _ROWS):
        turned[:, low : low + _ROWS] = rows[low : low + _ROWS].T
    return turned
