"""Recipients of the rural and the urban reward as stock and flow: cohorts that survive, and others that reach the age.

A cohort's recipients are its registered people times its share of such families, scaled so that the launch stock is the outturn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas.schemas import BOTH
from popmodel.demography import SEXES
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

    R_t(c) = κ s(c) w(c) N_t(c) (1 − e)^(years since the cohort became recipients): N is the registered stock, which carries
    deaths and moves of registration, s the cohort's share, e the rate at which people stop meeting the conditions otherwise, w
    how the county's own recipients by age depart from those shares (1 where it gives none), κ the calibration.
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
    own = own_weights(people, scheme, cohorts)
    return np.asarray(stock * kept.reshape(by_age) * shocks * own * calibration(people, scheme, latest))


def calibration(people: People, scheme: str, latest: Mapping[str, Any]) -> Quantity:
    """Recipients of the outturn for one that the shares give of the stock of its year: 1 where the shares are right, (…).

    Every draw has its own, and so starts from the recipients that were paid.
    """
    then, low = int(latest["year"]), minimum_age(scheme, int(latest["year"]))
    stock = people.stock(then)[:, low:]
    cohorts = then - np.arange(low, low + stock.shape[1])
    weighted = (stock * own_weights(people, scheme, cohorts)).sum(axis=0)
    by_share = cohort_share(scheme, people.book, cohorts) @ weighted
    return np.asarray(np.divide(latest["recipients"], by_share, out=np.zeros_like(by_share), where=by_share > 0))


def own_weights(people: People, scheme: str, cohorts: npt.NDArray[np.int64]) -> Array:
    """What a county's own recipients by age, of the latest year it gives, are to those that the shares give, (sex, cohort, …).

    A group of ages has one weight, its recipients over those of the shares, these having as many recipients in all; a cohort
    that was too young then has none of its own, nor has any where the pack gives no ages: 1.
    """
    shape = (2, len(cohorts), *(1,) * (people.stock(people.launch).ndim - 2))
    table = people.projection.area.tables.get("recipients")
    rows = None if table is None else table[np.asarray(table["scheme"] == scheme, dtype=bool)]
    if rows is None or rows.empty or set(rows["sex"]) == {BOTH}:
        return np.ones(shape)
    year = int(rows["year"].max())
    rows = rows[np.asarray(rows["year"] == year, dtype=bool)]
    stock = people.stock(year)
    ages = np.arange(stock.shape[1])
    expected = stock * cohort_share(scheme, people.book, year - ages).reshape(-1, *(1,) * (stock.ndim - 2))
    groups = [
        (SEXES.index(str(sex)), int(low), stock.shape[1] if pd.isna(high) else int(high) + 1, float(count))
        for sex, low, high, count in zip(rows["sex"], rows["age_lo"], rows["age_hi"], rows["recipients"], strict=True)
        if str(sex) in SEXES
    ]
    total = sum(count for *_, count in groups)
    of_shares = np.sum([expected[sex, low:high].sum(axis=0) for sex, low, high, _ in groups], axis=0)
    weights = np.ones((2, len(cohorts), *stock.shape[2:]))
    for sex, low, high, count in groups:
        held = (year - cohorts >= low) & (year - cohorts < high)
        own = expected[sex, low:high].sum(axis=0)
        weight = np.divide(count * of_shares, own * total, out=np.ones_like(np.asarray(own)), where=np.asarray(own * total) > 0)
        weights[sex, held] = weight
    return weights


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
