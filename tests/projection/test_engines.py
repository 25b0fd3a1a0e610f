"""The choice of an engine, threads, and the warm-up of the fast one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from popmodel.messages import InputError
from popmodel.projection.engine import BLOCK, EVERY_AGE, Run, Shocks, empty_run
from popmodel.projection.engines import FAST_FROM, chosen_engine, run
from tests.projection.random_county import random_course, random_shocks

NUMBA = pytest.param(
    "numba", marks=pytest.mark.skipif("not __import__('importlib.util').util.find_spec('numba')", reason="numba is not installed")
)


@pytest.fixture
def no_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python without the extra: neither numba nor what was imported with it."""
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "popmodel.projection.engine_numba", raising=False)


def many() -> Shocks:
    """The shocks of several blocks of draws and part of one."""
    some = random_shocks()
    return some.of([*range(some.fertility.shape[1])] * 3)


@pytest.mark.parametrize("engine", ["numpy", NUMBA])
@pytest.mark.parametrize("bands", [EVERY_AGE, (0, 3, 15, 65)])
def test_bits_are_the_same_on_any_number_of_threads(engine: str, bands: tuple[int, ...]) -> None:
    course, shocks = random_course(), many()
    draws = shocks.fertility.shape[1]
    assert draws > 3 * BLOCK

    def on(threads: int) -> Run:
        return run(course, shocks, empty_run(course, draws, bands), bands, engine=engine, threads=threads)

    alone = on(1)
    for threads in (2, 3, 4, 16):
        assert [part.tobytes() for part in on(threads)] == [part.tobytes() for part in alone]


@pytest.mark.parametrize("engine", ["numpy", NUMBA])
def test_what_fails_on_a_thread_fails_the_run(engine: str) -> None:
    course, shocks = random_course(), many()
    with pytest.raises((ValueError, IndexError)):
        run(course, shocks._replace(timing=shocks.timing[:-2, :-1]), empty_run(course, 900, EVERY_AGE), engine=engine, threads=2)


def test_auto_is_numpy_for_small_work() -> None:
    assert chosen_engine("auto", FAST_FROM - 1) == "numpy"
    assert chosen_engine("numpy", 10 * FAST_FROM) == "numpy"


def test_auto_is_numba_for_large_work_where_it_is_installed() -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    assert chosen_engine("auto", FAST_FROM) == "numba"


@pytest.mark.usefixtures("no_numba")
def test_auto_is_numpy_where_numba_is_not_installed() -> None:
    assert chosen_engine("auto", 10 * FAST_FROM) == "numpy"


@pytest.mark.usefixtures("no_numba")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_numba_is_refused_where_it_is_not_installed(lang: str) -> None:
    course, shocks = random_course(), random_shocks()
    with pytest.raises(InputError) as refused:
        chosen_engine("numba", 1)
    assert 'pip install "popmodel[fast]"' in refused.value.describe(lang)
    with pytest.raises(InputError):
        run(course, shocks, empty_run(course, 300, EVERY_AGE), engine="numba")


def test_an_engine_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="numpy, numba, auto"):
        chosen_engine("cupy", 1)


def test_the_kernels_run_where_no_cache_can_be_written(tmp_path: Path) -> None:
    """A file takes the place of the cache's folder once numba has chosen it, as a disk might fill up."""
    pytest.importorskip("numba", reason="numba is not installed")
    code = """
import pathlib, shutil, sys
import popmodel.projection.engine_numba
from popmodel.projection.engines import warm_up
folder = pathlib.Path(sys.argv[1])
shutil.rmtree(folder)
folder.write_text("")
print(warm_up().folder)
"""
    folder = tmp_path / "cache"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    done = subprocess.run([sys.executable, "-c", code, str(folder)], env=environment, capture_output=True, text=True, timeout=300)
    assert (done.stdout.strip(), done.returncode) == ("None", 0), done.stderr
