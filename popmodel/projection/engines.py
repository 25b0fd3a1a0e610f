"""Which engine runs the draws, and on how many threads: numpy, always there, or kernels compiled by numba, an optional extra."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from popmodel.demography.arrays import Array
from popmodel.drawing import ENGINES
from popmodel.messages import InputError, Problem
from popmodel.projection.engine import BLOCK, EVERY_AGE, Course, Run, Shocks, empty_run, no_shocks, run_numpy

# Draws times areas from which numba is worth loading its kernels (half a second).
FAST_FROM = 15_000


class Warmed(NamedTuple):
    """What `warm_up` did: its seconds, whether it compiled (else it read the cache), and the cache's folder, if there is one."""

    seconds: float
    compiled: bool
    folder: str | None


def run(
    course: Course,
    shocks: Shocks,
    out: Run,
    bands: Sequence[int] = EVERY_AGE,
    births: Array | None = None,
    *,
    engine: str = "numpy",
    threads: int = 1,
) -> Run:
    """Run the draws of `shocks` through `course`, filling `out`, which is returned; arguments of `run_numpy`.

    engine: "numpy" or "numba", as `chosen_engine` gives it. The bits are the same for any number of threads; the two engines
    agree to 1e-9. Raises InputError for an engine that does not exist or is not installed.
    """
    one = _engine(engine)
    pieces = list(_pieces(out.births.shape[1], threads))
    if len(pieces) == 1:
        return one(course, shocks, out, bands, births, pieces[0])
    with ThreadPoolExecutor(len(pieces)) as pool:
        for done in [pool.submit(one, course, shocks, out, bands, births, piece) for piece in pieces]:
            done.result()
    return out


def chosen_engine(engine: str, size: int) -> str:
    """The engine that `engine` stands for, to be run and recorded: "auto" is numba from a `size` of FAST_FROM on, if installed.

    size: draws times areas. Raises InputError for an engine that does not exist or is not installed.
    """
    if engine != "auto":
        _engine(engine)
        return engine
    if size < FAST_FROM:
        return "numpy"
    try:
        _numba()
    except InputError:
        return "numpy"
    return "numba"


def warm_up() -> Warmed:
    """Have numba compile its kernels, for stocks of both precisions, into its cache. Raises InputError if it is not installed."""
    start = time.perf_counter()
    one = _numba()
    from popmodel.projection.engine_numba import cache_folder, compiled_here

    course = Course(*(np.zeros(shape) for shape in ((2, 101), (1, 3, 2, 101), (1, 2, 101), (1,), (1,), *[(1, 2, 101)] * 3)))
    for precision in (np.float64, np.float32):
        one(course, no_shocks(1, 1), empty_run(course, 1, EVERY_AGE, precision))
    return Warmed(time.perf_counter() - start, compiled_here(), cache_folder())


def _numba() -> Callable[..., Run]:
    try:
        from popmodel.projection.engine_numba import run_numba
    except ImportError as error:
        raise InputError([Problem("engine_not_installed", {"detail": str(error)})]) from error
    return run_numba


_LOADERS: Mapping[str, Callable[[], Callable[..., Run]]] = {"numpy": lambda: run_numpy, "numba": _numba}


def _engine(name: str) -> Callable[..., Run]:
    if name not in _LOADERS:
        raise InputError([Problem("unknown_engine", {"found": name, "expected": ", ".join(ENGINES)})])
    return _LOADERS[name]()


def _pieces(draws: int, threads: int) -> Iterator[range]:
    """The draws in contiguous pieces of whole blocks, one a thread."""
    blocks = -(-draws // BLOCK)
    shares = min(threads, blocks)
    for share in range(shares):
        low, high = (BLOCK * (blocks * edge // shares) for edge in (share, share + 1))
        yield range(low, min(high, draws))
