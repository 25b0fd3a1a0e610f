"""Shares by name and date: what holds on a day, over a year in which they change, and totals that are not the whole."""

from __future__ import annotations

from datetime import date

import pytest

from popmodel.parameters.shares import bad_total, by_date, in_force, is_shares, over_year

PLAIN = {"central": 0.6, "county": 0.4}
DATED = {date(2025, 1, 1): {"central": 0.9, "county": 0.1}, date(2026, 7, 1): {"central": 0.6, "county": 0.3, "city": 0.1}}


def test_what_holds_on_a_day() -> None:
    assert in_force(by_date(DATED, date.min), date(2026, 6, 30)) == {"central": 0.9, "county": 0.1}
    assert in_force(by_date(DATED, date.min), date(2026, 7, 1)) == {"central": 0.6, "county": 0.3, "city": 0.1}
    assert in_force(by_date(DATED, date.min), date(2024, 12, 31)) is None
    assert in_force(by_date(PLAIN, date(2020, 1, 1)), date(2020, 1, 1)) == PLAIN


def test_a_year_in_which_they_change_takes_each_for_its_months() -> None:
    # Six months at 90 % and six at 60 %; the city pays 10 % in half the year.
    assert over_year(DATED, 2026) == pytest.approx({"central": 0.75, "county": 0.2, "city": 0.05})
    assert over_year(DATED, 2024) is None
    # A scheme that begins in September has the shares of its four months.
    assert over_year({date(2025, 9, 1): PLAIN}, 2025) == PLAIN


def test_totals_that_are_not_the_whole() -> None:
    assert bad_total(DATED) is None
    assert bad_total({**DATED, date(2027, 1, 1): {"central": 0.5, "county": 0.49}}) == (date(2027, 1, 1), 0.99)
    assert bad_total({"central": 1.2, "county": -0.2}) == (date.min, 1.0)


@pytest.mark.parametrize(
    "value", [{}, {"central": "0.6"}, {"central": True}, [0.6, 0.4], {2025: {"central": 1}}, {date(2025, 1, 1): 1}]
)
def test_what_are_no_shares(value: object) -> None:
    assert not is_shares(value)
