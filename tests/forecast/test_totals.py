"""The years since the census against the published figures, worked by hand."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from popmodel.areas import Area, Places
from popmodel.forecast import births_share, published_births, resident_controls, year_fraction
from popmodel.forecast.totals import departures
from popmodel.messages import InputError


def without(area: Area, weight: float) -> Area:
    """The county as if its prefecture had no series, with a weight on its own past growth."""
    book = area.assumptions.with_changes({"residents.own_growth_weight": weight})
    return replace(area, prefecture=None, assumptions=book)


def test_a_county_without_a_series_of_its_prefecture_keeps_part_of_its_own_pace(xichuan: Area) -> None:
    """Without those resettled Xichuan lost 1.2 per cent a year beside Henan; half of it, 5.17 years after the census, is 3.1."""
    first, last = xichuan.facts.counts
    own = np.log(538_569 / (sum(part.sum() for part in first.persons) - xichuan.facts.resettled)) / 10
    province = np.log(99_365_519 / 94_029_939) / 10
    found, held = (
        resident_controls(without(xichuan, weight), without(xichuan, weight).assumptions, dt.date(2020, 11, 1), 538_569, [2025])
        for weight in (0.5, 0.0)
    )
    beside = max(own - province, -0.02)
    assert np.log(found[0] / held[0]) == pytest.approx(0.5 * beside * 5.167, rel=1e-3)
    assert last.date == dt.date(2020, 11, 1)


def test_births_are_the_county_share_of_the_published_births(xichuan: Area) -> None:
    # Children under one, census 2020: 2,393 + 2,081 = 4,474 in the county, 476,347 + 439,698 = 916,045 in the province.
    assert births_share(xichuan) == pytest.approx(4_474 / 916_045)
    # Province 2021: 793,000; 2024: 762,000; 2025 after the nation's 9.54 → 7.92 million.
    births = published_births(xichuan, xichuan.assumptions, [2021, 2024, 2025])
    assert births == pytest.approx([3_873.0, 3_721.6, 3_089.6], abs=0.1)


def test_births_counted_in_one_year_tell_of_the_years_around_it(xichuan: Area) -> None:
    # 4,500 in 2024 in place of 3,721.6: ln 0.18993. A year later 0.96 of it are left: 3,089.6 × exp(0.18233) = 3,707.5. In 2021,
    # a year from the census and three to the count: 0.96³ (1 − 0.96²) ÷ (1 − 0.96⁸) = 0.24896 of it: 3,873.0 × 1.04842 = 4,060.5.
    counted = replace(xichuan.facts, births={2024: np.asarray(4500.0)})
    place = Places(xichuan.reference, xichuan.province, counted)
    found = published_births(place, xichuan.assumptions, [2021, 2024, 2025])
    assert found == pytest.approx([4_060.5, 4_500.0, 3_707.5], abs=0.3)


@pytest.mark.parametrize("births", [0, 900, 12_000])
def test_births_that_can_only_be_a_slip_are_refused(xichuan: Area, births: int) -> None:
    # 3,721.6 are expected: a third are 1,240.5, three times as many 11,164.8.
    counted = replace(xichuan.facts, own=replace(xichuan.facts.own, births={2024: births}), births={2024: np.asarray(births)})
    place = Places(xichuan.reference, xichuan.province, counted)
    with pytest.raises(InputError) as refused:
        published_births(place, xichuan.assumptions, [2023, 2024])
    assert [problem.code for problem in refused.value.problems] == ["births_far_off"]


def test_between_two_counts_births_depart_by_something_of_both() -> None:
    # As far from one as from the other: 0.5 (1 − 0.5²) ÷ (1 − 0.5⁴) = 0.4 of each. A walk's bridge is a straight line.
    assert departures(np.array([0.0, np.nan, 0.2, np.nan]), 0.5) == pytest.approx([0.0, 0.08, 0.2, 0.1])
    assert departures(np.array([0.1, np.nan, np.nan, 0.4]), 1.0) == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_residents_follow_the_prefecture(xichuan: Area) -> None:
    # Nanyang: 9,713,112 at the census, 9,629,000 at the end of 2021, 9,454,000 at the end of 2024; then the same daily rate
    # for 365 days more (it was 1,096 days from the end of 2021 to that of 2024).
    found = resident_controls(xichuan, xichuan.assumptions, dt.date(2020, 11, 1), 538_569, [2021, 2024, 2025])
    last = 538_569 * 9_454 / 9_713.112 * (9_454 / 9_629) ** (365 / 1_096)
    assert found == pytest.approx([538_569 * 9_629 / 9_713.112, 538_569 * 9_454 / 9_713.112, last], rel=1e-6)


def test_the_change_before_the_first_year_end_is_even(xichuan: Area) -> None:
    # 61 of the 426 days from the census to the end of 2021 lie in 2020, so 61/426 of the logarithmic change.
    whole = np.log(9_629 / 9_713.112)
    found = resident_controls(xichuan, xichuan.assumptions, dt.date(2020, 11, 1), 538_569, [2020])
    assert found[0] == pytest.approx(538_569 * np.exp(whole * 61 / 426), rel=1e-5)


def test_a_county_whose_prefecture_publishes_nothing_follows_its_province(xichuan: Area) -> None:
    # Henan: 99,365,519 at the census, 98,830,000 at the end of 2021. The 99,410,000 published for the end of 2020 are of another
    # making than the census sixty-one days before, and are left out.
    found = resident_controls(
        without(xichuan, 0.0), without(xichuan, 0.0).assumptions, dt.date(2020, 11, 1), 538_569, [2020, 2021]
    )
    whole = 98_830_000 / 99_365_519
    assert found == pytest.approx([538_569 * whole ** (61 / 426), 538_569 * whole], rel=1e-6)


def test_the_census_leaves_sixty_one_days_of_its_year() -> None:
    assert year_fraction(dt.date(2020, 11, 1)) == pytest.approx(61 / 366)
    assert year_fraction(dt.date(2021, 1, 1)) == 1
