"""Where next year's recipients come from: the stock of the schemes that follow an outturn, and what enters and leaves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from popmodel.demography.arrays import Array
from popmodel.projection import Projection
from popmodel.subsidies.outturn import outturn
from popmodel.subsidies.recipients.family_reward import EXIT_RATE, calibration, minimum_age, reward_recipients
from popmodel.subsidies.recipients.only_child_award import award_amount
from popmodel.subsidies.recipients.people import People
from popmodel.subsidies.recipients.special_support import support_recipients

REWARDS = ("rural_family_reward", "urban_only_child_parents")
COLUMNS = ["scheme", "year", "start", "entrants", "deaths", "moved", "ended", "end"]


class _Flow(NamedTuple):
    """Persons or households of a year; start + entrants − deaths − moved − ended = end."""

    start: float
    entrants: float
    deaths: float
    moved: float
    ended: float
    end: float


def recipient_flows(projection: Projection, years: Iterable[int]) -> pd.DataFrame:
    """Stock and flow of recipients on the central path, a row a scheme and year after its latest outturn.

    Columns: scheme, year, start and end (at the ends of the year before and of this), entrants (who come of age), deaths, moved
    (registrations lost, less those gained), ended (other exits). Persons, of the only-child award households. start + entrants −
    deaths − moved − ended = end. For special support entrants are what is left of the balance: new losses and who came of age.
    """
    people, finished = People(projection), outturn(projection.area)
    rows = [
        (scheme, year, *flow)
        for scheme, of_scheme in finished.groupby("scheme", sort=False)
        for latest in of_scheme.sort_values("year").to_dict("records")[-1:]
        for year, flow in _flows(people, str(scheme), latest, years)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def calibrations(projection: Projection) -> dict[str, float]:
    """Of each reward the recipients of the last outturn for one that the assumed shares of families give: 1 where they are right.

    A scheme without an outturn that the projection reaches has none.
    """
    people, finished = People(projection), outturn(projection.area)
    return {
        scheme: float(calibration(people, scheme, {str(name): value for name, value in latest.items()}))
        for scheme in REWARDS
        for latest in finished[finished["scheme"] == scheme].sort_values("year").to_dict("records")[-1:]
        if latest["year"] in people.years
    }


def _flows(people: People, scheme: str, latest: Mapping[Any, Any], years: Iterable[int]) -> Iterator[tuple[int, _Flow]]:
    make = {"special_support": _support, "only_child_award": _award} | dict.fromkeys(REWARDS, _reward)
    if scheme not in make or latest["year"] not in people.years:
        return
    for year in years:
        if year > latest["year"]:
            yield year, make[scheme](people, scheme, year, latest)


def _reward(people: People, scheme: str, year: int, latest: Mapping[Any, Any]) -> _Flow:
    before = reward_recipients(people, scheme, year - 1, latest)
    after = reward_recipients(people, scheme, year, latest)
    low, rate = minimum_age(scheme, year), people.level(EXIT_RATE, year)
    deaths = _deaths(people, before, low, year)
    # Those who entered this year have not been through its exits.
    ended = float(after[:, 1:].sum()) * rate / (1 - rate)
    start, end, entrants = float(before.sum()), float(after.sum()), float(after[:, 0].sum())
    return _Flow(start, entrants, deaths, start + entrants - deaths - ended - end, ended, end)


def _support(people: People, scheme: str, year: int, latest: Mapping[Any, Any]) -> _Flow:
    start, end = (float(support_recipients(people, one, latest)) for one in (year - 1, year))
    low = minimum_age(scheme, year)
    stock = people.stock(year - 1)[:, low:]
    deaths = start * _deaths(people, stock, low, year) / float(stock.sum())
    moves = _cohorts(people, "migration", year)[:, low + 1 :].sum()
    moved = -start * float(moves) / float(stock.sum())
    return _Flow(start, end - start + deaths + moved, deaths, moved, 0.0, end)


def _award(people: People, scheme: str, year: int, latest: Mapping[Any, Any]) -> _Flow:
    """Households: those whose child comes of age leave with the second-child families, under `ended`."""
    start = float(latest["recipients"] if year - 1 == latest["year"] else award_amount(people, year - 1, latest).recipients)
    end = float(award_amount(people, year, latest).recipients)
    return _Flow(start, 0.0, 0.0, 0.0, start - end, end)


def _deaths(people: People, recipients: Array, low: int, year: int) -> float:
    """Deaths in `year` among recipients by sex and age from `low` on at its start, dying as the registered people do."""
    stock = people.stock(year - 1)[:, low:]
    died = _cohorts(people, "cohort_deaths", year)[:, low + 1 :]
    # The open group at the year's end holds the deaths of both ages that make it up.
    ages = np.concatenate([stock[:, :-2], stock[:, -2:].sum(axis=1, keepdims=True)], axis=1)
    held = np.concatenate([recipients[:, :-2], recipients[:, -2:].sum(axis=1, keepdims=True)], axis=1)
    return float((held * np.divide(died, ages, out=np.zeros_like(died), where=ages > 0)).sum())


def _cohorts(people: People, variable: str, year: int) -> Array:
    """A flow of the registered people in `year` by age at its end, (sex, age)."""
    return np.asarray(people.projection.registered[variable].sel(year=year).transpose("sex", "age").values)
