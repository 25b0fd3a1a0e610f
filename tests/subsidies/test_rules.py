"""Each rule on single children, worked out by hand from the documents."""

from __future__ import annotations

from datetime import date

import pytest

from popmodel.areas.schemes import BUILT_IN
from popmodel.messages import InputError
from popmodel.subsidies import standards
from popmodel.subsidies.rules.childcare_allowance import annual_payments, childcare_allowance, months_owed
from popmodel.subsidies.rules.only_child_award import months_paid
from popmodel.subsidies.rules.special_support import national_base_share


def allowance_of(birth_year: int, birth_month: int, year: int, claim_next_year: float = 0.0) -> float:
    terms = {"first_year": 2025, "age_limit": 3}
    payments = annual_payments(birth_year, year, **terms, claim_next_year=claim_next_year)
    months = months_owed(birth_year, year, **terms, birth_month=birth_month, birthday_month_paid=1)
    return childcare_allowance(payments, 3600, months, 300)


@pytest.mark.parametrize(
    ("birth_year", "birth_month", "by_year"),
    [
        (2021, 12, {}),  # turned 3 in December 2024
        (2022, 1, {2025: 300}),  # January 2025 alone
        (2022, 12, {2025: 3600}),
        (2023, 6, {2025: 3600, 2026: 1800}),  # January to June 2026
        (2024, 12, {2025: 3600, 2026: 3600, 2027: 3600}),  # 36 months: as much as a child born a month later
        (2025, 1, {2025: 3600, 2026: 3600, 2027: 3600}),
        (2026, 7, {2026: 3600, 2027: 3600, 2028: 3600}),
    ],
)
def test_childcare_allowance_of_one_child(birth_year: int, birth_month: int, by_year: dict[int, float]) -> None:
    paid = {year: allowance_of(birth_year, birth_month, year) for year in range(2023, 2036)}
    assert {year: amount for year, amount in paid.items() if amount} == by_year


@pytest.mark.parametrize("late", [0.0, 0.2, 1.0])
def test_a_late_first_claim_moves_money_and_loses_none(late: float) -> None:
    paid = {year: allowance_of(2026, 5, year, late) for year in range(2025, 2036)}
    assert sum(paid.values()) == pytest.approx(3 * 3600)
    assert paid[2026] == pytest.approx((1 - late) * 3600)
    assert paid[2029] == pytest.approx(late * 3600)


@pytest.mark.parametrize(
    ("birth_year", "birth_month", "year", "months"),
    [
        (2005, 1, 2023, 1),  # 18 in January 2023
        (2005, 12, 2023, 12),
        (2006, 1, 2023, 12),
        (2004, 12, 2023, 0),  # 18 in December 2022
        (2015, 12, 2033, 12),  # the last child of the last certificates
        (2015, 12, 2034, 0),
        (2016, 1, 2023, 0),  # no certificate
    ],
)
def test_only_child_award_of_one_child(birth_year: int, birth_month: int, year: int, months: int) -> None:
    terms = {"age_limit": 18, "last_birth_year": 2015}
    assert months_paid(birth_year, year, birth_month=birth_month, birthday_month_paid=1, **terms) == months


def test_the_month_of_the_birthday_can_be_left_out() -> None:
    terms = {"age_limit": 18, "last_birth_year": 2015}
    assert months_paid(2005, 2023, birth_month=1, birthday_month_paid=0, **terms) == 0
    assert months_owed(2022, 2025, first_year=2025, age_limit=3, birth_month=1, birthday_month_paid=0) == 0


def test_doubling_makes_half_of_each_payment_the_national_base() -> None:
    assert national_base_share(1) == 0.5
    assert national_base_share(0) == 1


def test_national_standards_of_special_support_rose_in_mid_2022() -> None:
    # 财政部 国家卫生健康委, 10 May 2022: from 1 July, 450 → 590 and 350 → 460 yuan a month
    rule = standards("special_support")
    before, after = date(2022, 6, 30), date(2022, 7, 1)
    assert [rule["only_child_died"].at(day) for day in (before, after)] == [450, 590]
    assert [rule["only_child_disabled"].at(day) for day in (before, after)] == [350, 460]


def test_there_is_no_allowance_before_2025() -> None:
    with pytest.raises(InputError):
        standards("childcare_allowance")["annual_amount"].at(date(2024, 12, 31))


@pytest.mark.parametrize("scheme", BUILT_IN)
def test_standards_without_a_document_are_not_passed_off_as_published(scheme: str) -> None:
    for parameter in standards(scheme).values():
        for dated in parameter.values:
            assert dated.status == "assumed" or dated.document or "央视" in dated.source
            assert dated.status != "observed" or "未核实" not in dated.source
