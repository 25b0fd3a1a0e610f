"""Identity numbers: the standard's own examples, and what must not pass."""

from __future__ import annotations

from datetime import date

import pytest

from popmodel.assessment.identity import check_character, fault_of, hashed, plain_number

TODAY = date(2026, 11, 26)
# The two examples of GB 11643-1999.
WOMAN, MAN = "11010519491231002X", "440524188001010014"


@pytest.mark.parametrize("number", [WOMAN, MAN])
def test_the_examples_of_the_standard_are_right(number: str) -> None:
    assert check_character(number[:17]) == number[17]
    assert fault_of(number, TODAY) is None


@pytest.mark.parametrize("place", range(17))
def test_one_wrong_digit_is_always_seen(place: int) -> None:
    for digit in set("0123456789") - {WOMAN[place]}:
        assert fault_of(WOMAN[:place] + digit + WOMAN[place + 1 :], TODAY) in ("check", "day")


@pytest.mark.parametrize("place", range(16))
def test_two_neighbours_exchanged_are_seen(place: int) -> None:
    if WOMAN[place] != WOMAN[place + 1]:
        exchanged = WOMAN[:place] + WOMAN[place + 1] + WOMAN[place] + WOMAN[place + 2 :]
        assert fault_of(exchanged, TODAY) is not None


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("", "length"),
        ("4405241880010100", "length"),
        ("4.11326E+17", "characters"),
        ("44052418800101001A", "characters"),
        ("X40524188001010014", "characters"),
        ("440524202602300017", "day"),  # 30 February
        ("440524202612010010", "day"),  # after today
        ("440524188001010015", "check"),
    ],
)
def test_what_cannot_be_right_is_told(number: str, fault: str) -> None:
    assert fault_of(number, TODAY) == fault


@pytest.mark.parametrize(
    "written", ["11010519491231002x", "'11010519491231002X", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert plain_number(written) == WOMAN


def test_the_old_number_of_a_person_is_that_of_the_new() -> None:
    # Fifteen digits leave the century and the check out.
    assert plain_number("110105491231002") == WOMAN


def test_a_hash_is_that_of_the_standard_and_of_its_key() -> None:
    # RFC 4231, test case 2: HMAC-SHA-256 of this text under "Jefe".
    published = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hashed("what do ya want for nothing?", b"Jefe") == published
    assert hashed(WOMAN, b"one") != hashed(WOMAN, b"other")
