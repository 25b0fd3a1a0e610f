"""Work in pieces: in this process, in several on this machine, or on a Dask cluster, to the same results.

A function of the module it stands in is called as function(setup, piece); results come in whatever order they are done.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from popmodel.messages import InputError, Problem, RunFailedError

Piece = TypeVar("Piece")
Result = TypeVar("Result")
Work = Callable[[bytes, Piece], Result]
Check = Callable[[], None]

# So many pieces a worker are handed out at a time: one at work and one waiting.
_AHEAD = 2
_LOOK_EVERY_SECONDS = 0.5
_FIND_WORKERS_SECONDS = 30


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(
    work: Work[Piece, Result],
    setup: bytes,
    pieces: Sequence[Piece],
    *,
    workers: int,
    scheduler: str | None = None,
    check: Check,
) -> Generator[Result, None, None]:
    """The results of `work` on every piece, once each, as they are done.

    scheduler: address of a Dask scheduler, whose workers do it instead of `workers` processes. check: called often; what it
    raises ends the work. A worker that dies is replaced, and its pieces are done by others. Raises InputError where no scheduler
    answers, and RunFailedError where workers die of the same piece again and again.
    """
    if scheduler is not None:
        return _on_cluster(work, setup, pieces, scheduler, check)
    if workers == 1 or len(pieces) < 2:
        return _here(work, setup, pieces, check)
    return _in_processes(work, setup, pieces, min(workers, len(pieces)), check)


def _here(work: Work[Piece, Result], setup: bytes, pieces: Sequence[Piece], check: Check) -> Generator[Result, None, None]:
    for piece in pieces:
        check()
        yield work(setup, piece)


def _in_processes(
    work: Work[Piece, Result], setup: bytes, pieces: Sequence[Piece], workers: int, check: Check
) -> Generator[Result, None, None]:
    # The first in this process: copies of it then share what was loaded and worked out for it.
    yield work(setup, pieces[0])
    left = dict(enumerate(pieces[1:]))
    while left:
        before = len(left)
        try:
            for number, result in _in_one_pool(work, setup, left, workers, check):
                del left[number]
                yield result
        except BrokenProcessPool as error:
            check()
            if len(left) == before:
                raise RunFailedError("worker_died") from error


def _in_one_pool(
    work: Work[Piece, Result], setup: bytes, pieces: dict[int, Piece], workers: int, check: Check
) -> Generator[tuple[int, Result], None, None]:
    pool = ProcessPoolExecutor(workers, _context(), initializer=_begin_worker)
    try:
        waiting: dict[Future[Result], int] = {}
        to_do = iter(list(pieces.items()))
        while True:
            while len(waiting) < _AHEAD * workers and (item := next(to_do, None)) is not None:
                waiting[pool.submit(work, setup, item[1])] = item[0]
            if not waiting:
                return
            check()
            for future in wait(waiting, timeout=_LOOK_EVERY_SECONDS, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _context() -> Any:
    """How processes start: as copies of this one, which share what it has loaded, where that is safe; else afresh."""
    alone = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if alone else "spawn")


def _begin_worker() -> None:
    """Leave signals to the process that started this one, and end when that one does, however it ends."""
    gc.freeze()  # what is shared with it stays shared: looking for garbage writes to every object
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _on_cluster(
    work: Work[Piece, Result], setup: bytes, pieces: Sequence[Piece], address: str, check: Check
) -> Generator[Result, None, None]:
    client = _client(address)
    from distributed import wait as wait_for
    from distributed.scheduler import KilledWorker

    try:
        waiting, to_do = set[Any](), iter(pieces)
        while True:
            room = _AHEAD * max(1, sum(client.nthreads().values()))
            while len(waiting) < room and (piece := next(to_do, None)) is not None:
                # The setup with every piece: kept on one worker, it would have to be waited for when that one dies.
                waiting.add(client.submit(work, setup, piece, pure=False))
            if not waiting:
                return
            check()
            try:
                with client.as_current():
                    done = wait_for(waiting, timeout=_LOOK_EVERY_SECONDS, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue
            for future in done:
                yield future.result()
            waiting -= done
    except KilledWorker as error:
        raise RunFailedError("worker_died") from error
    except (CancelledError, OSError) as error:
        raise RunFailedError("cluster_lost", address=address, detail=str(error) or type(error).__name__) from error
    finally:
        client.close()


def _client(address: str) -> Any:
    """A client of the scheduler at `address`, which has found some worker there."""
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError([Problem("cluster_not_installed", {"detail": str(error)})]) from error
    client = None
    try:
        client = Client(address, timeout=_FIND_WORKERS_SECONDS, set_as_default=False)
        client.wait_for_workers(1, timeout=_FIND_WORKERS_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        if client is not None:
            client.close()
        given = {"found": address, "detail": str(error) or type(error).__name__, "seconds": _FIND_WORKERS_SECONDS}
        raise InputError([Problem("scheduler_unreachable", given)]) from error
    return client
