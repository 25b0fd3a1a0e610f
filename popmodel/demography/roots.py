"""Roots of one unknown for many cases at once, without derivatives."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array

Cases = npt.NDArray[np.int_]

# Halving alone takes a bracket to the last digit in as many.
_MOST = 120


def find_roots(miss: Callable[[Array, Cases], Array], low: Array, high: Array, *, tolerance: float, close: float = 0.0) -> Array:
    """x (case,) between `low` and `high` at which `miss` is zero: to within `tolerance`, or where it is as `close` to zero.

    miss: of x and the numbers of the cases these belong to, each (case,), of unlike sign at the two ends or zero at one of them.
    A case's root is the same, to the last bit, whatever other cases it is found with.
    Source: Chandrupatla (1997), A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function without
    using derivatives, Advances in Engineering Software 28(3), 145-149.

    >>> find_roots(lambda x, case: x**3 - np.array([8.0, 27.0])[case], np.zeros(2), np.full(2, 9.0), tolerance=1e-14).round(9)
    array([2., 3.])
    """
    cases = np.arange(len(low))
    found = np.empty(len(low))
    last, x = high, low
    miss_last, miss_x = miss(high, cases), miss(low, cases)
    part = np.full(len(low), 0.5)
    for _ in range(_MOST):
        best = np.abs(miss_x) < np.abs(miss_last)
        root, error = np.where(best, x, last), np.where(best, miss_x, miss_last)
        width = np.abs(last - x)
        least = (2 * np.finfo(float).eps * np.abs(root) + tolerance) / np.maximum(width, np.finfo(float).tiny)
        done = (np.abs(error) <= close) | (least > 0.5)
        found[cases[done]] = root[done]
        left = ~done
        if not left.any():
            return found
        cases = cases[left]
        last, x, miss_last, miss_x, part, least = (values[left] for values in (last, x, miss_last, miss_x, part, least))
        tried = x + np.clip(part, least, 1 - least) * (last - x)
        miss_tried = miss(tried, cases)
        same = np.sign(miss_tried) == np.sign(miss_x)
        before, miss_before = np.where(same, x, last), np.where(same, miss_x, miss_last)
        last, miss_last = np.where(same, last, x), np.where(same, miss_last, miss_x)
        x, miss_x = tried, miss_tried
        part = _next_part(x, last, before, miss_x, miss_last, miss_before)
    found[cases] = x
    return found


def _next_part(x: Array, last: Array, before: Array, miss_x: Array, miss_last: Array, miss_before: Array) -> Array:
    """How far to go from x towards the other end: by the inverse parabola through all three where it is safe, else half."""
    along = (x - last) / (before - last)
    with np.errstate(divide="ignore", invalid="ignore"):
        fall = (miss_x - miss_last) / (miss_before - miss_last)
        trusted = (fall**2 < along) & ((1 - fall) ** 2 < 1 - along)
        first = miss_x / (miss_last - miss_x) * (miss_before / (miss_last - miss_before))
        second = (before - x) / (last - x) * (miss_x / (miss_before - miss_x)) * (miss_last / (miss_before - miss_last))
    return np.where(trusted, first + second, 0.5)
