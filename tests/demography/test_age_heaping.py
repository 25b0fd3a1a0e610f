"""Indices of digit preference against those published for one census, and where they are known without data."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popmodel.demography.age_heaping import (
    HEAPING_INDICES,
    bachi,
    coale_li,
    myers,
    noumbissi,
    sawtooth,
    spoorenberg,
    whipple,
)
from popmodel.messages import InputError

ONES = {name for name in HEAPING_INDICES if name.startswith(("whipple", "noumbissi", "coale", "sawtooth"))}
AGES = np.arange(100)


def only(*ages: int) -> np.ndarray:
    return np.isin(AGES, ages).astype(float)


@pytest.mark.parametrize("name", HEAPING_INDICES)
def test_index_is_the_published_one(known: Callable[[str], dict[str, Any]], name: str) -> None:
    answer = known("age_heaping_pas_singage_males")
    bar = 0.01 if name == "whipple_PAS" else 1e-9  # the spreadsheet prints two decimals
    assert HEAPING_INDICES[name](answer["counts"]) == pytest.approx(answer["expected"][name], abs=bar)


@pytest.mark.parametrize("name", sorted(set(HEAPING_INDICES) - {"myers_10_89_pasex"}))
def test_even_numbers_show_no_preference(name: str) -> None:
    assert HEAPING_INDICES[name](np.full(100, 7.0)) == pytest.approx(1.0 if name in ONES else 0.0, abs=1e-12)


@pytest.mark.parametrize(
    "name", ["noumbissi_20_64_by_digit0_9", "spoorenberg_20_64", "bachi_23_77_pasex", "coale_li_60_89_digit0"]
)
def test_numbers_falling_in_a_straight_line_show_none_where_digits_are_centred(name: str) -> None:
    # These four set a digit against ages lying evenly about it, so that a straight line cancels; the others do not.
    assert HEAPING_INDICES[name](1000.0 - 10 * AGES) == pytest.approx(1.0 if name in ONES else 0.0, abs=1e-12)


def test_the_spreadsheets_myers_is_not_zero_for_even_numbers() -> None:
    # Its first sum has eight terms, its second seven: 8 (d + 1) + 7 (9 - d) = 71 + d of 755 in all, so the digits lie
    # 0.5, 1.5, 2.5, 3.5 and 4.5 755ths from a tenth on either side.
    assert myers(np.ones(90), pas=True) == pytest.approx(100 * 12.5 / 755)


def test_everybody_at_round_ages_gives_the_extremes() -> None:
    tens, fives = (AGES % 10 == 0).astype(float), (AGES % 5 == 0).astype(float)
    assert whipple(fives) == pytest.approx(5.0)
    assert whipple(tens, digit=0) == pytest.approx(10.0)
    assert whipple(tens, digit=5) == pytest.approx(0.0)
    # One digit has all: half of |100 - 10| + 9 x |0 - 10|.
    assert myers(tens) == pytest.approx(90.0)
    assert myers(tens, pas=True) == pytest.approx(90.0)
    assert bachi(tens) == pytest.approx(90.0)
    assert bachi(tens, pas=True) == pytest.approx(90.0)


def test_all_at_0_and_5_gives_spoorenbergs_greatest_index() -> None:
    # Spoorenberg (2007): W0 = W5 = 5 and eight times 0, so 2 x 4 + 8 x 1 = 16.
    fives = (AGES % 5 == 0).astype(float)
    assert noumbissi(fives) == pytest.approx([5, 0, 0, 0, 0, 5, 0, 0, 0, 0])
    assert spoorenberg(fives) == pytest.approx(16.0)


def test_whipple_by_hand() -> None:
    # One person at each age, one more at 30: 5 x 9 / 41 for both digits; digit 0: 10 x 5 / 41; digit 5: 10 x 4 / 41, as 18-57
    # holds age 30.
    counts = np.ones(63) + only(30)[:63]
    assert whipple(counts) == pytest.approx(45 / 41)
    assert whipple(counts, digit=0) == pytest.approx(50 / 41)
    assert whipple(counts, digit=5) == pytest.approx(40 / 41)


def test_myers_by_hand() -> None:
    # One person at 10 and 20: digit 0 gets 1 x 2 (10, 20) + 9 x 1 (20), all of the blend: 90. At 10 and 21: digit 0 gets
    # 1 x 1 + 9 x 0 = 1, digit 1 gets 2 x 1 + 8 x 1 = 10; shares 1/11 and 10/11: half of |9.09-10| + |90.91-10| + 8 x 10.
    assert myers(only(10, 20)) == pytest.approx(90.0)
    assert myers(only(10, 21)) == pytest.approx((abs(100 / 11 - 10) + abs(1000 / 11 - 10) + 80) / 2)
    # 80 enters the first sum only on the spreadsheet: digit 0 weighs 9 without it, 10 with it, beside 10 for age 21.
    assert myers(only(80, 21)) == pytest.approx((abs(900 / 19 - 10) + abs(1000 / 19 - 10) + 80) / 2)
    assert myers(only(80, 21), pas=True) == pytest.approx(80.0)


def test_coale_li_by_hand() -> None:
    # One person at every age and nine more at 70. Taken twice, the five-term average weighs 1, 2, 3, 4, 5, 4, 3, 2, 1 in 25ths:
    # at 70 it is 1 + 9 x 5/25 = 2.8, the ratio 10/2.8; 60 and 80 stay 1.
    assert coale_li(np.ones(94) + 9 * only(70)[:94]) == pytest.approx((1 + 10 / 2.8 + 1) / 3)


def test_sawtooth_by_hand() -> None:
    # Groups of 6 at 40, 60, 80 and so on and of 4 between: every 0 is 6/4 of its neighbours, every 5 is 4/6 of its own.
    zigzag = np.where(AGES // 5 % 2 == 0, 6.0, 4.0)
    assert sawtooth(zigzag) == pytest.approx((6 / 4) / (4 / 6))


@pytest.mark.parametrize("name", HEAPING_INDICES)
@given(factor=st.floats(1e-3, 1e3))
def test_an_index_does_not_depend_on_how_many_were_counted(name: str, factor: float) -> None:
    counts = np.random.default_rng(1).uniform(1, 100, 100)
    assert HEAPING_INDICES[name](counts * factor) == pytest.approx(HEAPING_INDICES[name](counts), rel=1e-9)


@pytest.mark.parametrize(
    ("index", "ages"),
    [(whipple, 63), (myers, 90), (bachi, 78), (noumbissi, 67), (spoorenberg, 67), (coale_li, 85), (sawtooth, 95)],
)
def test_the_ages_an_index_needs(index: Callable[..., Any], ages: int) -> None:
    index(np.ones(ages))
    with pytest.raises(InputError) as error:
        index(np.ones(ages - 1))
    assert error.value.problems[0].code == "index_ages_too_few"


@pytest.mark.parametrize("name", HEAPING_INDICES)
def test_nobody_at_all_is_refused(name: str) -> None:
    with pytest.raises(InputError) as error:
        HEAPING_INDICES[name](np.zeros(100))
    assert error.value.problems[0].code == "value_not_above_zero"


@pytest.mark.parametrize("ages", [{"first_age": 45}, {"last_age": 80}, {"first_age": 0}, {"first_age": 90, "last_age": 79}])
def test_ages_that_are_not_decades_are_refused(ages: dict[str, int]) -> None:
    for index in (coale_li, sawtooth):
        with pytest.raises(InputError) as error:
            index(np.ones(100), **ages)
        assert error.value.problems[0].code == "age_range_not_decades"


def test_a_digit_that_is_none_is_refused() -> None:
    with pytest.raises(InputError) as error:
        whipple(np.ones(100), digit=10)
    assert error.value.problems[0].code == "digit_not_single"
