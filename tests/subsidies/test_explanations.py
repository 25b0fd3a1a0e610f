"""353 people and 3,360,560 yuan: which readings give exactly that, held to brute force where that can be done."""

from __future__ import annotations

from itertools import product

import pytest

from popmodel.subsidies.explanations import Explanation, explanations, national_share, possible_amounts

PEOPLE, FEN = 353, 336_056_000


def by_name(people: int, fen: int, year: int = 2023) -> dict[str, Explanation]:
    return {one.name: one for one in explanations(people, fen, year)}


def test_what_gives_the_published_total_of_xichuan() -> None:
    found = by_name(PEOPLE, FEN)
    assert {name: one.possible for name, one in found.items()} == {
        "full_years_single": False,  # at most 12 × 590 = 7,080 a head, and 9,520 were paid
        "full_years": False,  # doubled full years are whole multiples of 24 × 10 = 240 yuan apart; see below
        "part_years": True,
        "other_supplement": True,
        "flat": True,
    }
    assert found["full_years_single"].reason == "bounds"
    assert found["full_years"].reason == "divisibility"
    # 353 × 9,520.00 = 3,360,560.00
    assert found["flat"].amount_fen == (952_000, 952_000)
    # Full years at 3,120 to 7,080 yuan leave 9,520 − 7,080 = 2,440 to 9,520 − 3,120 = 6,400 for the supplement, in steps of 120.
    assert (found["other_supplement"].amount_fen, found["other_supplement"].step_fen) == ((244_000, 640_000), 12_000)


def test_full_years_are_ruled_out_by_divisibility() -> None:
    # Monthly standards are multiples of 10 yuan, so doubled full years of whatever mix are multiples of 240: 3,360,560 is not.
    assert all(24 * standard % 240 == 0 for standard in (590, 460, 520, 390, 260))
    assert FEN % 24_000 != 0
    assert FEN % 12_000 != 0  # nor of 120, which rules out single full years


def test_an_example_comes_to_the_amount() -> None:
    found = by_name(PEOPLE, FEN)["other_supplement"]
    assert sum(found.example.values()) == PEOPLE
    standards = {
        "only_child_died": 590, "only_child_disabled": 460, "complication_grade_1": 520, "complication_grade_2": 390,
        "complication_grade_3": 260,
    }  # fmt: skip
    base = sum(12 * standards[kind] * number for kind, number in found.example.items())
    supplement = (FEN // 100 - base) / PEOPLE
    assert 2_440 <= supplement <= 6_400


@pytest.mark.parametrize("people", [1, 2, 3])
def test_the_nearest_possible_amounts_are_those_of_brute_force(people: int) -> None:
    """Two kinds at 10 and 7 fen a month, one to twelve months each: every amount that up to three people can be paid."""
    months = [(10,) * 12, (7,) * 12]
    one = {fen * count for fen in (10, 7) for count in range(1, 13)}
    every = {sum(paid) for paid in product(one, repeat=people)}
    for amount in range(0, max(every) + 20):
        below = max((fen for fen in every if fen <= amount), default=None)
        above = min((fen for fen in every if fen >= amount), default=None)
        assert possible_amounts(people, amount, months) == (below, above), amount


@pytest.mark.parametrize("people", [1, 3])
def test_one_kind_at_one_standard_is_that_of_brute_force(people: int) -> None:
    every = {10 * count for count in range(people, 12 * people + 1)}
    for amount in range(0, 12 * people * 10 + 25):
        below = max((fen for fen in every if fen <= amount), default=None)
        above = min((fen for fen in every if fen >= amount), default=None)
        assert possible_amounts(people, amount, [(10,) * 12]) == (below, above), amount


def test_two_people_have_supplements_sixty_yuan_apart() -> None:
    # Full years of two people at the national standards are 120 yuan apart, which is 60 a head: 20,000 yuan leave half of what
    # two of 7,080, 5,520, 6,240, 4,680 and 3,120 do not take.
    yearly = (7_080, 5_520, 6_240, 4_680, 3_120)
    supplements = sorted({(20_000 - one - other) // 2 for one in yearly for other in yearly})
    found = by_name(2, 2_000_000)["other_supplement"]
    assert found.amount_fen == (100 * supplements[0], 100 * supplements[-1])
    assert found.step_fen == 6_000
    assert all((one - supplements[0]) % 60 == 0 for one in supplements)


def test_the_share_of_the_national_base() -> None:
    # Doubled standards: half. Another supplement: full years at the national standards over the total.
    assert national_share(PEOPLE, FEN, 2023, "part_years") == pytest.approx(0.5)
    assert national_share(PEOPLE, FEN, 2023, "flat") == pytest.approx(0.5)
    share = national_share(PEOPLE, FEN, 2023, "other_supplement")
    assert (9_520 - 6_400) / 9_520 <= share <= 7_080 / 9_520
