"""The compiled engine against numpy's, which is held to the plain step; skipped, saying so, where numba is not installed."""

from __future__ import annotations

import numpy as np
import pytest

from popmodel.projection.engine import EVERY_AGE, Course, Run, Shocks, empty_run, no_shocks, run_numpy
from tests.projection.random_county import DRAWS, YEARS, random_course, random_shocks
from tests.projection.test_engine import one_draw

pytest.importorskip("numba", reason="numba, the extra of the fast engine, is not installed")

from popmodel.projection.engine_numba import LANES, run_numba

BANDS = (0, 3, 6, 15, 60, 65, 100)


@pytest.fixture
def course() -> Course:
    return random_course()


@pytest.fixture
def shocks() -> Shocks:
    return random_shocks()


def run(course: Course, shocks: Shocks, bands: tuple[int, ...] = EVERY_AGE, births: np.ndarray | None = None) -> Run:
    return run_numba(course, shocks, empty_run(course, shocks.fertility.shape[1], bands), bands, births)


def agree(found: Run, expected: Run) -> None:
    """To 1e-9; flows are differences of sums of all cells, which have a dozen figures of the sums."""
    np.testing.assert_allclose(found.stock, expected.stock, rtol=1e-9)
    for one, other in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9 * expected.stock.sum(axis=(1, 2)).max() * 1e-2)


@pytest.mark.parametrize("draw", [0, LANES - 1, LANES, DRAWS - 1])
def test_a_draw_is_the_plain_step_with_its_rates(course: Course, shocks: Shocks, draw: int) -> None:
    found = run(course, shocks).stock[1:, ..., draw]
    np.testing.assert_allclose(found, one_draw(course, shocks, draw), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "what", ["every age", "bands", "given births", "chance in each cell", "no chance in births", "no fertility"]
)
def test_agrees_with_numpy(course: Course, shocks: Shocks, what: str) -> None:
    bands = BANDS if what == "bands" else EVERY_AGE
    births = np.linspace(500.0, 1500.0, YEARS * DRAWS).reshape(YEARS, DRAWS) if what == "given births" else None
    if what == "chance in each cell":
        shocks = shocks._replace(cells=np.random.default_rng(5).normal(size=(YEARS, 2, 101, DRAWS)))
    if what == "no chance in births":
        shocks = shocks._replace(sampling=None)
    if what == "no fertility":
        course = course._replace(fertility=course.fertility * 0)
    agree(run(course, shocks, bands, births), run_numpy(course, shocks, empty_run(course, DRAWS, bands), bands, births))


@pytest.mark.parametrize(("youngest", "oldest"), [(1, 1), (15, 49), (15, 50), (99, 100), (100, 100)])
def test_births_at_any_age_are_counted(course: Course, shocks: Shocks, youngest: int, oldest: int) -> None:
    """The kernel takes fertile ages by twos, even where they are an odd number or stand at the end of life."""
    fertility = np.zeros_like(course.fertility)
    fertility[:, :, youngest : oldest + 1] = 0.05
    course = course._replace(fertility=fertility)
    agree(run(course, shocks), run_numpy(course, shocks, empty_run(course, DRAWS, EVERY_AGE)))


def test_a_cell_stops_at_zero_and_the_shortfall_is_kept(course: Course, shocks: Shocks) -> None:
    course = course._replace(flow=course.flow - 40)
    found = run(course, shocks)
    agree(found, run_numpy(course, shocks, empty_run(course, DRAWS, EVERY_AGE)))
    assert found.stock.min() == 0
    assert (found.shortfall[-1] > 0).all()


@pytest.mark.parametrize("bands", [EVERY_AGE, BANDS])
@pytest.mark.parametrize("cells", [False, True])
def test_draws_are_the_same_to_the_bit_alone_and_in_company(
    course: Course, shocks: Shocks, bands: tuple[int, ...], cells: bool
) -> None:
    if cells:
        shocks = shocks._replace(cells=np.random.default_rng(5).normal(size=(YEARS, 2, 101, DRAWS)))
    together = run(course, shocks, bands)
    for low, high in ((0, 1), (3, 10), (60, 130), (7, 207), (299, 300)):
        alone = run(course, shocks.of(slice(low, high)), bands)
        for one, all_draws in zip(alone, together, strict=True):
            assert one.tobytes() == all_draws[..., low:high].tobytes()


def test_some_draws_leave_the_others_alone(course: Course, shocks: Shocks) -> None:
    whole, part = run(course, shocks), empty_run(course, DRAWS, EVERY_AGE)
    for values in part:
        values.fill(-1.0)
    run_numba(course, shocks, part, draws=range(70, 200))
    for one, all_draws in zip(part, whole, strict=True):
        assert one[..., 70:200].tobytes() == all_draws[..., 70:200].tobytes()
        assert (one[..., :70] == -1).all()
        assert (one[..., 200:] == -1).all()


def test_stocks_in_single_precision_are_the_rounded_ones(course: Course, shocks: Shocks) -> None:
    found = run_numba(course, shocks, empty_run(course, DRAWS, BANDS, np.float32), BANDS)
    np.testing.assert_array_equal(found.stock, run(course, shocks, BANDS).stock.astype(np.float32))


def test_takes_arrays_as_they_come(course: Course, shocks: Shocks) -> None:
    """Room within larger arrays, read-only rates and shocks in another order in memory come to the same."""
    larger = empty_run(course, 2 * DRAWS, EVERY_AGE)
    room = Run(*(values[..., ::2] for values in larger))
    fixed = Course(*(part.copy() for part in course))
    for part in fixed:
        part.flags.writeable = False
    turned = shocks._replace(mortality=np.asfortranarray(shocks.mortality), timing=shocks.timing.astype(np.float32))
    found = run_numba(fixed, turned, room)
    expected = run(course, shocks._replace(timing=turned.timing.astype(np.float64)))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("what", ["a year too few", "a draw too few", "ages", "bands", "room"])
def test_refuses_what_it_would_read_or_write_beyond(course: Course, shocks: Shocks, what: str) -> None:
    bands, out = BANDS, empty_run(course, DRAWS, BANDS)
    if what == "a year too few":
        shocks = shocks._replace(timing=shocks.timing[:-1])
    if what == "a draw too few":
        shocks = shocks._replace(start=shocks.start[:-1])
    if what == "ages":
        course = course._replace(flow=course.flow[:, :, :-1])
    if what == "bands":
        bands = (*BANDS[:-1], 101)
    if what == "room":
        out = out._replace(deaths=out.deaths[:-1])
    with pytest.raises(ValueError, match=r"shape|room|bands"):
        run_numba(course, shocks, out, bands)


def test_without_shocks_every_draw_is_the_course(course: Course) -> None:
    stock = run(course, no_shocks(YEARS, 5)).stock
    assert (stock == stock[..., :1]).all()
