"""One census carried ahead: moves that make the registered people the residents, and draws around the central course."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from popmodel.areas import CensusRow, load_reference, place_of_rows
from popmodel.demography.arrays import Array
from popmodel.forecast import spreads
from popmodel.parameters import AssumptionBook
from popmodel.projection.from_census import Start, Then, ahead, central, draws_of, known_at, start_of, unchanged
from popmodel.projection.registered import recent_moves

YEARS = 10


def census(registered_over_residents: float | None, scale: float = 1.0) -> tuple[Start, Then]:
    """An area with ages like Nanyang's in 2010."""
    reference = load_reference()
    table = reference.tables["census_population"]
    rows = table[(table["area"] == "411300") & (table["date"] == "2010-11-01")]
    groups = tuple(
        (str(row.sex), int(row.age_lo), None if np.isnan(row.age_hi) else int(row.age_hi), round(row.population * scale))
        for row in rows.astype({"age_hi": float}).itertuples(index=False)
    )
    total = sum(persons for *_, persons in groups)
    registered = None if registered_over_residents is None else round(total * registered_over_residents)
    row = CensusRow("A", dt.date(2010, 11, 1), total, total // 2, registered, groups)
    place = place_of_rows("411321", [row], reference)
    then = known_at(place, 2010, YEARS)
    return start_of(place, then), then


@pytest.mark.parametrize("ratio", [0.7, 0.95, 1.0, 1.3])
def test_moves_turned_back_give_the_registered_people(ratio: float) -> None:
    start, _ = census(ratio)
    back = start.population * np.exp(-recent_moves(start.moves))
    assert back.sum() == pytest.approx(ratio * start.population.sum(), rel=1e-6)
    assert np.sign(start.moves.sum()) == np.sign(1 - ratio)


def test_nobody_moves_where_the_registered_are_not_known() -> None:
    assert not census(None)[0].moves.any()


def test_life_expectancy_is_that_published_for_2010() -> None:
    # 72.38 and 77.37 years in 2010, 2.75 and 4.04 more than in 2000 (National Bureau of Statistics, 2012).
    _, then = census(1.0)
    for sex, (level, pace) in enumerate([(72.38, 0.275), (77.37, 0.404)]):
        for survival, expected in ((then.constant[0, 0, sex], level), (then.improving[4, 0, sex], level + 5 * pace)):
            # Person-years at 0, 1, … of a birth; those of the open age live on among themselves.
            lived = np.cumprod(survival[:-1])
            assert lived.sum() + lived[-1] * survival[-1] / (1 - survival[-1]) == pytest.approx(expected, abs=0.01)


def last(course_of: str, start: Start, then: Then) -> Array:
    courses = ahead(start, then, YEARS, 0.96) if course_of == "ahead" else unchanged(start, then, YEARS)
    return central(next(iter(courses)))


def side_by_side(start: Start) -> Start:
    """The area as one of several, which courses are made from."""
    return Start(start.population[..., None], start.fertility[None], start.of_all, start.moves[..., None])


def test_leaving_people_make_a_smaller_population() -> None:
    found = {ratio: last("ahead", side_by_side(census(ratio)[0]), census(ratio)[1]).sum() for ratio in (0.9, 1.0, 1.2)}
    assert found[0.9] > found[1.0] > found[1.2]


def test_constant_rates_neither_improve_nor_move() -> None:
    start, then = census(1.2)
    still, moving = (last(name, side_by_side(start), then) for name in ("unchanged", "ahead"))
    assert still[:, 25:30].sum() > moving[:, 25:30].sum()
    assert still[:, 90:].sum() < moving[:, 90:].sum()


def test_half_of_the_moves_go_on() -> None:
    start, then = census(1.2)
    growth = next(iter(ahead(side_by_side(start), then, YEARS, 0.96))).growth
    np.testing.assert_allclose(growth, np.repeat(np.expm1(start.moves / 2)[None], YEARS, axis=0))


def test_fertility_returns_to_that_of_all() -> None:
    """One of 2.0 beside 1.0 of all, with half of the distance left a year later: 2^(1/2), then 2^(1/4)."""
    start, then = census(1.0)
    apart = side_by_side(start)._replace(fertility=np.array([2.0]), of_all=1.0)
    levels = next(iter(ahead(apart, then, 2, 0.5))).fertility[:, 0].sum(axis=-1)
    assert (levels / then.pattern.sum()).tolist() == pytest.approx([2**0.5, 2**0.25])


def test_draws_lie_around_the_course_and_do_not_hang_on_their_number() -> None:
    start, then = census(1.1)
    book = AssumptionBook.from_files([load_reference().folder / "assumptions.yaml"])
    course = next(iter(ahead(side_by_side(start), then, YEARS, 0.96)))
    few, many = (
        draws_of(course, then, "411321", "410000", 2010, spreads(book), [0, 5, 65], range(draws), 1) for draws in (8, 400)
    )
    assert np.array_equal(few, many[..., :8])
    total = central(course).sum()
    assert np.median(many.sum(axis=(0, 1))) == pytest.approx(total, rel=0.02)


def test_without_spreads_only_chance_is_left() -> None:
    start, then = census(1.1)
    book = AssumptionBook.from_files([load_reference().folder / "assumptions.yaml"])
    names = ("fertility_shared", "fertility_province", "fertility_local", "timing_shared", "mortality_shared")
    names += ("mortality_level", "mortality_local", "migration_shared", "migration_local", "migration_district")
    none = spreads(book)._replace(census=0.0, registered=0.0, **dict.fromkeys(names, 0.0))
    course = next(iter(ahead(side_by_side(start), then, YEARS, 0.96)))
    found = draws_of(course, then, "411321", "410000", 2010, none, [0, 5, 65], range(400), 1)
    # Some two and a half million births and deaths in ten years, of independent chance.
    assert found.sum(axis=(0, 1)).std() < 2 * np.sqrt(2_500_000)
    assert np.median(found.sum(axis=(0, 1))) == pytest.approx(central(course).sum(), rel=1e-3)
