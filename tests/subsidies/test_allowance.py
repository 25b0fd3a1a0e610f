"""When the childcare allowance is claimed and paid: children followed month by month, and accounts that close."""

from __future__ import annotations

import numpy as np
import pytest

from popmodel.parameters import AssumptionBook
from popmodel.parameters.birth_months import MONTHS
from popmodel.projection import Projection
from popmodel.subsidies import allowance_account, subsidy_amounts
from popmodel.subsidies.recipients.childcare_allowance import allowance_quarters, timing
from popmodel.subsidies.recipients.people import People
from tests.subsidies import synthetic
from tests.subsidies.synthetic import BOOK
from tests.subsidies.test_amounts import AT_ONCE, even

LATE = {"same_quarter": 0.5, "one_later": 0.25, "two_later": 0.25, "three_later": 0, "four_later": 0}


def book(months: dict[str, float] | None = None, **changes: object) -> AssumptionBook:
    """The shipped book with everything at once but for `changes`, and births in these months."""
    births = {"births.months": months} if months else {}
    return BOOK.with_changes({**AT_ONCE, **births, **{f"subsidies.{name}": value for name, value in changes.items()}})


def born_in(month: int) -> dict[str, float]:
    return {name: float(place == month) for place, name in enumerate(MONTHS, start=1)}


def project(of: AssumptionBook) -> Projection:
    return synthetic.projection(synthetic.area({}, book=of), even)


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize(
    "lag",
    [
        AT_ONCE["subsidies.allowance_claim_lag"],
        LATE,
        {"same_quarter": 0, "one_later": 0, "two_later": 0, "three_later": 0, "four_later": 1},
    ],
)
def test_every_child_born_since_2025_brings_three_payments(month: int, lag: dict[str, float]) -> None:
    of = book(months=born_in(month), allowance_claim_lag=lag)
    for birth_year in (2025, 2026):
        paid = sum(
            (timing(of, birth_year, year).first + timing(of, birth_year, year).renewed).sum() for year in range(2025, 2036)
        )
        assert paid * 3600 == pytest.approx(10_800)


@pytest.mark.parametrize("month", range(1, 13))
def test_a_child_born_in_2022_is_paid_the_months_to_its_third_birthday(month: int) -> None:
    of = book(months=born_in(month))
    by_year = {year: timing(of, 2022, year).months.sum() * 300 for year in (2025, 2026)}
    assert by_year == {2025: pytest.approx(300 * month), 2026: 0}


def test_a_november_child_claimed_late_is_first_paid_in_the_next_year() -> None:
    # Born in the fourth quarter of 2026: half is claimed for then, a quarter each in the first and second quarter of 2027.
    of = book(months=born_in(11), allowance_claim_lag=LATE)
    assert timing(of, 2026, 2026).first.tolist() == [0, 0, 0, 0.5]
    assert timing(of, 2026, 2027).first.tolist() == [0.25, 0.25, 0, 0]
    # Renewed in 2027 by the half first paid in 2026, in 2028 by all, in 2029 by the half first paid in 2027.
    assert [timing(of, 2026, year).renewed.sum() for year in (2027, 2028, 2029, 2030)] == pytest.approx([0.5, 1, 0.5, 0])


def test_what_was_due_before_the_system_opened_comes_as_it_opens() -> None:
    # Born in January 2025: nothing before the third quarter, then 55 and 45 of 100.
    of = book(months=born_in(1), allowance_opening_claims={"q1": 0, "q2": 0, "q3": 0.55, "q4": 0.45})
    assert timing(of, 2025, 2025).first.tolist() == pytest.approx([0, 0, 0.55, 0.45])
    people = People(project(of))
    assert allowance_quarters(people, 2025)[:2].tolist() == [0, 0]


def test_a_part_of_the_claims_waits_for_the_next_batch() -> None:
    # 2,028: 3 × 1,000 children claimed evenly. Renewals 2,000 × (.3, .35, .25, .1), first claims 250 a quarter; a fifth waits.
    of = book(allowance_paid_next_quarter=0.2, allowance_renewal_quarters={"q1": 0.3, "q2": 0.35, "q3": 0.25, "q4": 0.1})
    claimed = np.array([250 + 600, 250 + 700, 250 + 500, 250 + 200]) * 3600
    paid = allowance_quarters(People(project(of)), 2029)
    assert paid.tolist() == pytest.approx(
        [
            0.8 * claimed[0] + 0.2 * claimed[3],  # the fourth quarter of the year before was claimed alike
            0.8 * claimed[1] + 0.2 * claimed[0],
            0.8 * claimed[2] + 0.2 * claimed[1],
            0.8 * claimed[3] + 0.2 * claimed[2],
        ]
    )


def test_accounts_close_and_the_amount_is_what_is_paid() -> None:
    projection = project(book(allowance_paid_next_quarter=0.3, allowance_claim_lag=LATE))
    account = allowance_account(projection, range(2024, 2034)).set_index("year")
    assert list(account.index) == list(range(2025, 2034))
    assert account.loc[2025, "arrears_start_yuan"] == 0
    closes = account["arrears_start_yuan"] + account["entitled_yuan"] - account["paid_yuan"] - account["arrears_end_yuan"]
    assert closes.abs().max() < 1e-6
    assert account["arrears_start_yuan"].iloc[1:].tolist() == pytest.approx(account["arrears_end_yuan"].iloc[:-1].tolist())
    assert account["arrears_end_yuan"].min() > 0
    amounts = subsidy_amounts(projection).set_index("year")
    assert amounts.loc[2025:2033, "amount_yuan"].tolist() == pytest.approx(account["paid_yuan"].tolist())


def test_a_county_supplement_is_paid_for_each_child_and_year() -> None:
    # 3,000 payments of 600 yuan more: 1.8 million
    plain = project(book())
    more = synthetic.projection(plain.area, even, book=book(allowance_county_supplement={2026: 600}))
    found = [subsidy_amounts(one).set_index("year")["amount_yuan"] for one in (plain, more)]
    assert found[1][2029] - found[0][2029] == pytest.approx(1_800_000)
    assert found[1][2025] == found[0][2025]
