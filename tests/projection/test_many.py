"""Many counties side by side: each as it is on its own, the same to the bit in any company, and none stopped by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import (
    Area,
    CensusRow,
    Place,
    Places,
    Reference,
    is_county,
    load_area,
    new_area,
    place_of_rows,
    read_census_table,
    side_by_side,
)
from popmodel.demography.arrays import Array
from popmodel.projection import launch, project
from popmodel.projection.draws import Courses
from popmodel.projection.many import Many, courses_of, launch_many
from popmodel.projection.registered import living_away
from popmodel.projection.years import Launched, courses_from, launched, years_ahead

TO = 2035


def row_of(area: Area, census: int, factors: Sequence[float], urban: float, registered: float | None) -> CensusRow:
    """One of Xichuan's censuses with the persons of every age group times a factor."""
    count = area.facts.counts[census]
    groups = []
    for sex, ages, persons in zip(("male", "female"), count.lowest, count.persons, strict=True):
        bounds = [*(age - 1 for age in ages[1:]), None]
        for low, high, number, factor in zip(ages, bounds, persons, factors, strict=True):
            groups.append((sex, low, high, round(float(number) * factor)))
    total = sum(number for *_, number in groups)
    return CensusRow("某县", count.date, total, round(urban * total), registered and round(registered * total), tuple(groups))


@pytest.fixture(scope="module")
def rows(xichuan: Area) -> dict[str, list[CensusRow]]:
    """Fourteen counties much like Xichuan, of three prefectures, the last four without an earlier census."""
    random = np.random.default_rng(4)
    found = {}
    for number in range(14):
        code = f"41{(1, 3, 16)[number % 3]:02d}{21 + number}"
        first, second = (random.uniform(0.7, 1.3, 19) * 2 ** random.uniform(-3, 1) for _ in range(2))
        second = first * random.uniform(0.95, 1.05, 19)
        both = [
            row_of(xichuan, 0, first, float(random.uniform(0.1, 0.9)), float(random.uniform(0.95, 1.2))),
            row_of(xichuan, 1, second, float(random.uniform(0.1, 0.9)), None),
        ]
        found[code] = both if number < 10 else both[1:]
    return found


@pytest.fixture(scope="module")
def places(xichuan: Area, rows: Mapping[str, list[CensusRow]]) -> list[Places]:
    return [place_of_rows(code, own, xichuan.reference) for code, own in rows.items()]


def figures(many: Many, area: Area) -> dict[str, Array]:
    """Every number that the draws of an area start from, by code."""
    medium = area.scenarios["medium"]
    return {place.facts.codes[0]: flat(paths) for batch in many.batches for place, paths in courses_of(batch, medium, TO)}


def flat(paths: Courses) -> Array:
    parts = (*paths.resident, *paths.registered, *paths[2:])
    return np.concatenate([np.ravel(np.asarray(part)) for part in parts])


def alone(place: Place, area: Area) -> Array:
    """The same numbers of one area by itself, without an axis of areas."""
    book = area.scenarios["medium"].apply(area.assumptions)
    start = launched(place, area.assumptions)
    return flat(courses_from(place, area.assumptions, start, years_ahead(place, book, start, TO), book))


def assert_alike(found: Array, wanted: Array) -> None:
    """To 1e-9 of the number itself; differences of large numbers, such as net migrants, to a ten-millionth of a person."""
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-7)


def test_side_by_side_each_county_is_as_it_is_on_its_own(xichuan: Area, places: Sequence[Places]) -> None:
    many = launch_many(places, xichuan.assumptions)
    assert [len(batch.codes) for batch in many.batches] == [10, 4]
    found = figures(many, xichuan)
    assert list(found) == [place.facts.codes[0] for place in places]
    for place in places:
        assert_alike(found[place.facts.codes[0]], alone(place, xichuan))


def test_the_company_and_the_order_change_no_bit(xichuan: Area, places: Sequence[Places]) -> None:
    together = figures(launch_many(places, xichuan.assumptions), xichuan)
    for sizes in (1, 3, 8):
        for low in range(0, len(places), sizes):
            part = figures(launch_many(list(reversed(places))[low : low + sizes], xichuan.assumptions), xichuan)
            assert all(np.array_equal(values, together[code]) for code, values in part.items())


def test_every_county_balances(xichuan: Area, places: Sequence[Places]) -> None:
    for batch in launch_many(places, xichuan.assumptions).batches:
        before = batch.base.pair
        for year in batch.published:
            for stock, flows in ((before.resident, year.resident), (before.registered, year.registered)):
                change = flows.births.sum(axis=(0, 1)) - flows.deaths.sum(axis=(0, 1)) + flows.migration.sum(axis=(0, 1))
                np.testing.assert_allclose(flows.population.sum(axis=(0, 1)), stock.sum(axis=(0, 1)) + change, rtol=1e-12)
            before = before.after(year)


def test_the_course_of_a_county_is_whole_in_memory(xichuan: Area, places: Sequence[Places]) -> None:
    # The engines take C order: a county's numbers next to each other, not a stride of counties apart.
    (batch, _) = launch_many(places, xichuan.assumptions).batches
    for _, paths in courses_of(batch, xichuan.scenarios["medium"], TO):
        assert all(part.flags.c_contiguous for part in (*paths.resident, *paths.registered))


@pytest.mark.parametrize(
    ("censuses", "sexes", "ages", "code"),
    [
        (2, ("male",), (30,), "cohort_lost_everybody"),
        (1, ("female",), range(100), "births_unreachable"),
        (1, ("male", "female"), range(100), "area_not_projectable"),
    ],
)
def test_a_county_that_cannot_be_projected_stops_no_other(
    xichuan: Area,
    rows: Mapping[str, list[CensusRow]],
    places: Sequence[Places],
    censuses: int,
    sexes: Sequence[str],
    ages: Sequence[int],
    code: str,
) -> None:
    """A cohort that nobody is left of, a county without women, or without anybody: each is told, in both languages."""
    first, second = next(iter(rows.values()))
    gone = tuple((sex, low, high, 0 if sex in sexes and low in ages else persons) for sex, low, high, persons in second.groups)
    bad = place_of_rows("419999", [first, replace(second, groups=gone)][-censuses:], xichuan.reference)
    many = launch_many([*places[:5], bad, *places[5:]], xichuan.assumptions)
    (problem,) = many.refused["419999"]
    assert problem.code == code
    assert problem.describe("zh") != problem.describe("en")
    sound, found = figures(launch_many(places, xichuan.assumptions), xichuan), figures(many, xichuan)
    assert set(found) == set(sound)
    assert all(np.array_equal(found[one], values) for one, values in sound.items())


def test_counties_with_and_without_figures_of_their_own_go_together(plain: Area) -> None:
    series = pd.DataFrame(
        {
            "indicator": ["births_to_residents", "deaths", "deaths"],
            "year": [2022, 2019, 2020],
            "value": [2_900.0, 4_500.0, 5_100.0],
        }
    )
    own = replace(plain, code="411399", tables={**plain.tables, "series": series})
    (batch,) = launch_many([plain, own, plain], plain.assumptions).batches
    for place, area in enumerate((plain, own, plain)):
        found = launch(area)
        assert_alike(batch.pair.resident[..., place], found.pair.resident)
        assert_alike(batch.pair.registered[..., place], found.pair.registered)
        assert_alike(batch.e0[..., place], found.e0)
    assert batch.year(2022).resident.births[..., 1].sum() == pytest.approx(2_900)


def test_facts_of_one_among_many_are_its_own(places: Sequence[Places]) -> None:
    together = side_by_side(places[:3]).facts
    for place in range(3):
        one, own = together.of(place), places[place].facts
        assert (one.codes, one.prefectures, one.kind) == (own.codes, own.prefectures, own.kind)
        for count, wanted in zip(one.counts, own.counts, strict=True):
            np.testing.assert_array_equal(count.persons, wanted.persons)
            np.testing.assert_array_equal(count[4:], wanted[4:])


def test_what_is_remembered_follows_the_book_and_the_reference(plain: Area) -> None:
    """A result kept from another book or from other tables would be a wrong figure without any sign of it."""
    before = launch(plain)
    changed = launch(replace(plain, assumptions=plain.assumptions.with_changes({"mortality.e0_male": 70.0})))
    assert changed.e0[0, 0] == pytest.approx(before.e0[0, 0] - 4.59, abs=0.01)
    series = plain.reference.tables["series"]
    doubled = series.assign(value=series["value"].where(series["indicator"] != "births", 2 * series["value"]))
    reference = Reference(plain.reference.folder, {**plain.reference.tables, "series": doubled}, plain.reference.names)
    twice = launch(replace(plain, reference=reference))
    assert twice.published[0].resident.births.sum() == pytest.approx(2 * before.published[0].resident.births.sum())
    np.testing.assert_array_equal(launch(plain).pair.resident, before.pair.resident)


def test_those_living_away_by_hand() -> None:
    """100 of 30 and 100 of 50, a tenth and two tenths of log growth lost in the last fifteen years.

    Those away are 100 (x − 1) and 100 (x² − 1), x = exp(θ/10): 400 in all where x = 2, so 100 and 300. Nobody is away where the
    total is not above zero; where nobody left, they are like the residents.
    """
    residents, growth = np.zeros((2, 101, 4)), np.zeros((2, 101, 4))
    residents[0, [30, 50]] = 100.0
    growth[0, 30], growth[0, 50] = -0.1, -0.2
    growth[..., 3] = 0.0
    away = living_away(residents, growth, np.array([400.0, 0.0, -50.0, 80.0]))
    np.testing.assert_allclose(away[0, [30, 50]].T, [[100, 300], [0, 0], [0, 0], [40, 40]], atol=1e-9)
    np.testing.assert_allclose(away.sum(axis=(0, 1)), [400, 0, 0, 80], atol=1e-9)


@pytest.mark.needs_shared
def test_every_county_of_henan_is_launched_as_on_its_own(xichuan: Area, shared: Path) -> None:
    """Six of 194 codes have no census of 2020; of the others 176 are counties, the rest the province and its prefectures."""
    reference = xichuan.reference
    table = read_census_table(shared / "data" / "census_counties_henan_2010_2020.csv", reference)
    assert set(table.refused) == {"410211", "410224", "410728", "411023", "411222", "411626"}
    counties = [place_of_rows(code, own, reference) for code, own in table.areas.items() if is_county(code)]
    assert (len(table.areas), len(counties)) == (194, 176)
    many = launch_many(counties, xichuan.assumptions)
    assert not many.refused
    at = {code: (batch, place) for batch in many.batches for place, code in enumerate(batch.codes)}
    for county in counties:
        batch, place = at[county.facts.codes[0]]
        assert_launched_alike(batch, place, launched(county, xichuan.assumptions))


@pytest.mark.needs_shared
@pytest.mark.parametrize("code", ["411326", "411681", "419001", "410212", "411771"])
def test_a_row_of_a_table_is_projected_like_its_pack(xichuan: Area, shared: Path, tmp_path: Path, code: str) -> None:
    """A large county, one of the province's own, one with another code since 2010, and a new zone."""
    path = shared / "data" / "census_counties_henan_2010_2020.csv"
    area = load_area(new_area(code, path, None, tmp_path))
    own = read_census_table(path, xichuan.reference).areas[code]
    (batch,) = launch_many([place_of_rows(code, own, xichuan.reference)], xichuan.assumptions).batches
    assert_launched_alike(batch, 0, launch(area))
    ahead = years_ahead(batch.places, xichuan.scenarios["medium"].apply(xichuan.assumptions), batch, TO)
    wanted = project(area, to=TO).resident["population"].sel(year=TO).values
    assert_alike(ahead.path[-1].resident.population[..., 0], wanted)


def assert_launched_alike(batch: Launched, place: int, wanted: Launched) -> None:
    for found, own in zip((batch.base.pair, *batch.published), (wanted.base.pair, *wanted.published), strict=True):
        for population in ("resident", "registered"):
            ours, theirs = getattr(found, population), getattr(own, population)
            assert_alike(getattr(ours, "population", ours)[..., place], getattr(theirs, "population", theirs))
    for year, own_year in zip(batch.published, wanted.published, strict=True):
        assert_alike(year.resident.births[..., place], own_year.resident.births)
        assert_alike(year.resident.migration[..., place], own_year.resident.migration)
        assert_alike(year.fertility[..., place], own_year.fertility)
    assert_alike(batch.e0[..., place], wanted.e0)
    assert_alike(batch.parity[..., place], wanted.parity)
