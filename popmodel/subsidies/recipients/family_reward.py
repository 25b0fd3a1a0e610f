"""Recipients of the rural and the urban reward as stock and flow: cohorts that survive, and others that reach the age.

A cohort's recipients are its registered people times its share of such families, scaled so that the launch stock is the outturn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.parameters import AssumptionBook
from popmodel.subsidies.recipients.people import People, YearAmount
from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.rural_family_reward import annual_reward

EXIT_RATE = "subsidies.reward_exit_rate"


def family_reward(people: People, scheme: str, year: int, latest: Mapping[str, Any]) -> YearAmount:
    """Recipients and amount of a reward in `year`, carried on from the `latest` outturn."""
    recipients = reward_recipients(people, scheme, year, latest).sum(axis=(0, 1))
    owed = annual_reward(recipients, standards(scheme)["annual_amount"].at(date(year, 1, 1)))
    factor = people.level("subsidies.standards_factor", year) * people.shocks.standard_of(scheme, year)
    return YearAmount(recipients, owed * factor)


def reward_recipients(people: People, scheme: str, year: int, latest: Mapping[str, Any]) -> Array:
    """Recipients at the end of `year` by sex and age from the minimum age on, (sex, age, …).

    R_t(c) = κ s(c) N_t(c) (1 − e)^(years since the cohort became recipients): N is the registered stock, which carries deaths
    and moves of registration, s the cohort's share, e the rate at which people stop meeting the conditions otherwise, κ the
    calibration.
    """
    then, low = int(latest["year"]), minimum_age(scheme, year)
    ages = np.arange(low, people.stock(year).shape[1])
    cohorts = year - ages
    entered = cohorts + low > then
    share = np.where(entered, cohort_share(scheme, people.scenario_book, cohorts), cohort_share(scheme, people.book, cohorts))
    since = np.minimum(year - then, ages - low)
    kept = share * (1 - people.level(EXIT_RATE, year)) ** since
    stock = people.stock(year)[:, low:]
    by_age = (len(ages), *(1,) * (stock.ndim - 2))
    shocks = np.where(entered.reshape(by_age), people.shocks.share_of(scheme), 1.0)
    return np.asarray(stock * kept.reshape(by_age) * shocks * calibration(people, scheme, latest))


def calibration(people: People, scheme: str, latest: Mapping[str, Any]) -> Quantity:
    """Recipients of the outturn for one that the shares give of the stock of its year: 1 where the shares are right, (…).

    Every draw has its own, and so starts from the recipients that were paid.
    """
    then, low = int(latest["year"]), minimum_age(scheme, int(latest["year"]))
    stock = people.stock(then)[:, low:].sum(axis=0)
    by_share = cohort_share(scheme, people.book, then - np.arange(low, low + len(stock))) @ stock
    return np.asarray(np.divide(latest["recipients"], by_share, out=np.zeros_like(by_share), where=by_share > 0))


def cohort_share(scheme: str, book: AssumptionBook, cohorts: npt.NDArray[np.int64]) -> Array:
    """Share of the registered people born in `cohorts` whose family the scheme rewards, shape of `cohorts`."""
    urban = book.path("subsidies.urban_share_registered", cohorts)
    if scheme == "urban_only_child_parents":
        return np.asarray(urban * book.path("subsidies.one_child_share_urban", cohorts))
    rural = [book.path(f"subsidies.{kind}_share_rural", cohorts) for kind in ("one_child", "two_daughter")]
    return np.asarray((1 - urban) * np.sum(rural, axis=0))


def minimum_age(scheme: str, year: int) -> int:
    """Age from which the scheme pays in `year`."""
    return round(standards(scheme)["minimum_age"].at(date(year, 1, 1)))
