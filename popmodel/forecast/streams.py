"""Random streams that can be entered anywhere: a number depends on seed, area, component, year and draw alone.

Batches, order, workers and engines therefore see the same numbers, and a longer horizon or more draws leave the others alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array

# The generator gives four numbers a step of its counter, so that a range of draws has to begin at a multiple of four.
LANES = 4


def standard_normals(
    seed: int, area: str, component: str, years: Sequence[int], draws: range, cells: tuple[int, ...] = ()
) -> Array:
    """Standard normal numbers (year, *cells, draw) of one `component` of an `area`, a number for each of `draws`.

    draws: consecutive numbers, from 0 on. cells: further dimensions, of as many numbers a year and draw. Raises ValueError for
    draws that are not consecutive.
    Source: Salmon, Moraes, Dror & Shaw (2011), Parallel random numbers: as easy as 1, 2, 3 (Philox 4x64-10, keyed by a hash of
    seed, area and component; the counter is draw, cell, year); the normal quantile of the middle of 2⁵³ equal intervals.

    >>> few, many = (standard_normals(7, "411326", "births", [2026], range(draws)) for draws in (8, 1000))
    >>> bool((few == many[:, :8]).all())
    True
    """
    if draws.step != 1:
        raise ValueError("draws must be consecutive numbers")
    from scipy.special import ndtri

    first = draws.start // LANES
    skipped, count = draws.start - first * LANES, len(draws)
    per_cell = int(np.prod(cells, dtype=int))
    raw = np.empty((len(years) * per_cell, count), dtype=np.uint64)
    # One generator, set to the counter of each row: a new one would ask the system for a seed that nobody needs.
    generator = np.random.Philox(key=_key(seed, area, component))
    state: Any = generator.state
    for row in range(len(raw)):
        year, cell = years[row // per_cell], row % per_cell
        state["state"]["counter"][:] = (first, cell, year, 0)
        generator.state = state
        raw[row] = generator.random_raw(skipped + count)[skipped:]
    raw >>= np.uint64(11)
    uniform = raw.astype(np.float64)
    uniform += 0.5
    uniform *= 2.0**-53
    return np.asarray(ndtri(uniform, out=uniform)).reshape(len(years), *cells, count)


def _key(seed: int, area: str, component: str) -> npt.NDArray[np.uint64]:
    """Two words from a hash, each part with its length before it, so that no two triples share a text."""
    text = "".join(f"{len(part)}:{part}" for part in (str(seed), area, component))
    return np.frombuffer(hashlib.blake2b(text.encode(), digest_size=16).digest(), dtype="<u8").astype(np.uint64)
