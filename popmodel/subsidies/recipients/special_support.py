"""Recipients of special support: parents whose only child died or is disabled, and surgical cases.

Parents are followed by their own age: the chance that an only child is lost grows with the child, who is as many years younger
as the parent was at birth. Surgical cases only die off. All is scaled so that the launch stock is the outturn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from popmodel.demography import SEXES
from popmodel.demography.arrays import Array
from popmodel.parameters import AssumptionBook
from popmodel.subsidies.recipients.people import People, YearAmount
from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.special_support import support_by_average

SCHEME = "special_support"


def special_support_amount(people: People, year: int, latest: Mapping[str, Any]) -> YearAmount:
    """Recipients and amount in `year`, at the average a head of the `latest` outturn."""
    recipients = support_recipients(people, year, latest)
    owed = support_by_average(recipients, latest["amount_fen"] / 100 / max(latest["recipients"], 1))
    factor = people.level("subsidies.standards_factor", year) * people.shocks.standard_of(SCHEME, year)
    return YearAmount(recipients, owed * factor)


def support_recipients(people: People, year: int, latest: Mapping[str, Any]) -> Quantity:
    """Recipients at the end of `year`, persons: parents by expectation, surgical cases by survival; every draw starts
    from those paid."""
    then = int(latest["year"])
    now, at_launch = expected_parents(people, year, then), expected_parents(people, then, then)
    parents = np.divide(now, at_launch, out=np.zeros_like(at_launch), where=at_launch > 0)
    low, female = minimum_age(year), SEXES.index("female")
    alive = people.stock(year)[female, low + year - then :].sum(axis=0) / people.stock(then)[female, low:].sum(axis=0)
    surgical = people.book.value("subsidies.complication_share")
    return np.asarray(latest["recipients"] * ((1 - surgical) * parents + surgical * alive))


def expected_parents(people: People, year: int, then: int) -> Quantity:
    """Parents of 49 and over (fathers by their wife's age) who lost their only child or whose child is disabled, before scaling.

    At the end of `year`, persons. The share of one-child families of cohorts that come of age after `then` carries
    the shock of the shares.
    """
    book, low, stock = people.book, minimum_age(year), people.stock(year)
    total: Quantity = np.zeros(stock.shape[2:])
    for sex, older in (("female", 0), ("male", round(book.value("subsidies.father_older")))):
        ages = np.arange(low + older, stock.shape[1])
        child_age = ages - older - round(book.value("subsidies.mother_age_at_birth"))
        lost = lost_by_age(people)[child_age] + book.value("subsidies.disabled_share")
        share = one_child_share(book, year - ages) * lost
        of_age = stock[SEXES.index(sex), low + older :]
        shaped = (len(ages), *(1,) * (of_age.ndim - 1))
        entered = (ages - (year - then) < low + older).reshape(shaped)
        shocks = np.where(entered, people.shocks.share_of(SCHEME), 1.0)
        total = total + (of_age * share.reshape(shaped) * shocks).sum(axis=0)
    return np.asarray(total)


def one_child_share(book: AssumptionBook, cohorts: npt.NDArray[np.int64]) -> Array:
    """Share of the registered people born in `cohorts` with one child ever, rural and urban together."""
    urban = book.path("subsidies.urban_share_registered", cohorts)
    by_residence = {name: book.path(f"subsidies.one_child_share_{name}", cohorts) for name in ("rural", "urban")}
    return np.asarray((1 - urban) * by_residence["rural"] + urban * by_residence["urban"])


def lost_by_age(people: People) -> Array:
    """Chance that a child died before completing each age 0..100, both sexes, by the life table of the projection's launch."""
    survival = people.projection.base.table.survival[-1].mean(axis=0)
    return np.asarray(1 - np.cumprod(survival))


def minimum_age(year: int) -> int:
    """Age of the mother from which parents are paid in `year`."""
    return round(standards(SCHEME)["minimum_age"].at(date(year, 1, 1)))
