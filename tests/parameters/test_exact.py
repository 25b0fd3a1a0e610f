"""Money is whole fen, and a whole split by shares is whole again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from popmodel.parameters import largest_remainder, to_fen


@pytest.mark.parametrize(("yuan", "fen"), [(960, 96_000), (19.99, 1999), (0.07, 7), (1.1, 110), (3_360_560.0, 336_056_000)])
def test_yuan_become_fen_exactly(yuan: float, fen: int) -> None:
    # In binary, 19.99 × 100 is 1998.9999…: a fen would be lost.
    assert to_fen(yuan) == fen


def test_a_part_of_a_fen_is_refused() -> None:
    with pytest.raises(ValueError, match="fen"):
        to_fen(0.005)


def test_the_textbook_election() -> None:
    # Ten seats by 100,000 votes under Hamilton's method: the common textbook example
    assert largest_remainder(10, [47_000, 16_000, 15_800, 12_000, 6_100, 3_100]) == [5, 2, 1, 1, 1, 0]


def test_shares_are_taken_as_written() -> None:
    # 3.5, 1.5 and 5: a tie, and the first is served. In binary 0.35 falls further short than 0.15 and would lose.
    assert largest_remainder(10, [0.35, 0.15, 0.5]) == [4, 1, 5]


@given(st.integers(0, 10**15), st.lists(st.floats(0, 1e6), min_size=1, max_size=20))
def test_parts_add_to_the_whole_and_lie_next_to_their_quota(total: int, weights: list[float]) -> None:
    if not sum(weights):
        return
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)
    tolerance = 1 + 1e-9 * total
    assert all(abs(part - total * weight / sum(weights)) < tolerance for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize(("total", "weights"), [(-1, [1.0]), (1, [0.0, 0.0]), (1, [-1.0, 2.0]), (1, [])])
def test_a_split_that_has_no_answer_is_refused(total: int, weights: list[float]) -> None:
    with pytest.raises(ValueError, match="cannot split"):
        largest_remainder(total, weights)
