"""Counts that are still being reported: the months of birth so far, completed as earlier months were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from popmodel.demography import checked_counts
from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_numbers
from popmodel.messages import InputError, Problem


@dataclass(frozen=True)
class Completed:
    """Counts brought to their end.

    factors: growth of the cumulative count from each delay to the next (delay - 1,); complete: share of the final count
    reported by each delay (delay,); counts: final counts by month of birth (month,), standard_errors: theirs; total,
    total_log_sd: of all months together.
    """

    factors: Array
    complete: Array
    counts: Array
    standard_errors: Array
    total: float
    total_log_sd: float


def completed_counts(triangle: npt.ArrayLike) -> Completed:
    """The final counts of months of which fewer and fewer reports have come in (chain ladder).

    triangle: cumulative counts (month of birth, months since), NaN where the time has not come; the first months are known to
    the last delay, each later one to at most the same delay. Nothing is reported after the last delay. Raises InputError for
    anything else, and for counts of zero, which no factor moves. Source: Mack (1993), *ASTIN Bulletin* 23(2), 213-225, with his
    variance of the last factor.

    >>> completed_counts([[50.0, 100.0], [60.0, float("nan")]]).counts.tolist()
    [100.0, 120.0]
    """
    counts = _checked(triangle)
    known = np.isfinite(counts)
    delays = counts.shape[1]
    factors, noise, weights = np.ones(delays - 1), np.zeros(delays - 1), np.zeros(delays - 1)
    for delay in range(delays - 1):
        rows = known[:, delay + 1]
        before, after = counts[rows, delay], counts[rows, delay + 1]
        weights[delay], factors[delay] = before.sum(), after.sum() / before.sum()
        if len(before) > 1:
            noise[delay] = (before * (after / before - factors[delay]) ** 2).sum() / (len(before) - 1)
        elif delay > 1:  # one month alone tells no variance: the trend of the two before, never above either
            least = min(noise[delay - 1], noise[delay - 2])
            noise[delay] = min(noise[delay - 1] ** 2 / noise[delay - 2], least) if noise[delay - 2] > 0 else 0.0
        elif delay == 1:
            noise[delay] = noise[0]
    full = counts.copy()
    for delay in range(delays - 1):
        full[:, delay + 1] = np.where(known[:, delay + 1], counts[:, delay + 1], full[:, delay] * factors[delay])
    final = full[:, -1]
    ahead = ~known[:, 1:]
    relative = noise / factors**2
    process = (ahead * relative / full[:, :-1]).sum(axis=1)
    shared = relative / weights
    # Months share the error of the factors still ahead of both.
    common = (ahead[:, None, :] & ahead[None, :, :]) @ shared
    variances = final**2 * (process + np.diag(common))
    covariances = np.outer(final, final) * common
    total = float(final.sum())
    total_variance = float(variances.sum() + covariances.sum() - np.trace(covariances))
    return Completed(
        factors=factors,
        complete=1 / np.concatenate([np.cumprod(factors[::-1])[::-1], [1.0]]),
        counts=final,
        standard_errors=np.sqrt(variances),
        total=total,
        total_log_sd=float(np.sqrt(np.log1p(total_variance / total**2))),
    )


def _checked(triangle: npt.ArrayLike) -> Array:
    """The triangle as floats: two axes, nothing negative, no gap in a month, no month known longer than one before it."""
    counts = checked_numbers(triangle, "counts", axes=2)
    known = ~np.isnan(counts)
    lengths = known.sum(axis=-1)
    stairs = (
        counts.ndim == 2 and (known == (np.arange(counts.shape[1]) < lengths[:, None])).all() and (np.diff(lengths) <= 0).all()
    )
    if not (stairs and lengths[0] == counts.shape[1] and lengths[-1] > 0):
        raise InputError([Problem("triangle_expected", {"found": " × ".join(map(str, counts.shape))})])
    checked_counts(counts[known])
    zero = int((counts[known] == 0).sum())
    if zero:
        raise InputError([Problem("triangle_zero", {"count": zero})])
    return counts
