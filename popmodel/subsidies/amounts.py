"""Recipients and amounts of every scheme by year: the outturn where a year is finished, the rules on the projection after it.

Recipients follow the registered people of their age in a fixed proportion; the assumption book says what that leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from popmodel.demography import SEXES
from popmodel.demography.arrays import Array
from popmodel.messages import InputError, Problem, text
from popmodel.projection import Projection
from popmodel.subsidies.outturn import SCHEMES, award_household_months, outturn
from popmodel.subsidies.rules import Quantity, standards
from popmodel.subsidies.rules.childcare_allowance import annual_payments, childcare_allowance, months_owed
from popmodel.subsidies.rules.only_child_award import months_paid, only_child_award
from popmodel.subsidies.rules.rural_family_reward import rural_family_reward
from popmodel.subsidies.rules.special_support import special_support
from popmodel.subsidies.rules.urban_only_child_parents import urban_only_child_parents

FIRST_YEAR, LAST_YEAR = 2023, 2035


def subsidy_amounts(
    projection: Projection, *, years: Iterable[int] | None = None, registered_births_factor: float = 1.0
) -> pd.DataFrame:
    """Recipients and amount of each scheme in each year (default: 2023 to `last_year`), a row a scheme and year.

    Columns: scheme, year, recipients, recipient_unit (person, household, child), amount_yuan (float), amount_fen (Int64, exact,
    only where the year is finished), basis (outturn or forecast). A scheme whose recipients follow an outturn is left out where
    the pack has none, and before its first year. `registered_births_factor` multiplies the registered children of the childcare
    allowance: how many there are is less certain than anything else, and two factors give the range.

    Raises InputError for a year the projection does not hold and for an unknown scheme in the outturn.
    """
    stock = projection.registered["population"].transpose("year", "sex", "age").values
    rows = _rows(projection, _Registered(projection, stock, registered_births_factor), years)
    columns = ["scheme", "year", "recipients", "recipient_unit", "amount_yuan", "amount_fen", "basis"]
    return pd.DataFrame(rows, columns=columns).astype({"recipients": float, "amount_yuan": float, "amount_fen": "Int64"})


def amount_draws(projection: Projection, years: Iterable[int] | None = None) -> dict[str, Array]:
    """Amounts by scheme in every draw, yuan, (year, draw); `years` as in `subsidy_amounts`, a finished year in all draws alike.

    A scheme that has no amount in some of the years is 0 there. The draws are those of the projection, which must have been made
    with some: each draw's recipients are that draw's registered people.
    """
    draws = projection.draws
    assert draws is not None, "a projection without draws"
    chosen = _chosen(projection, years)
    found: dict[str, Array] = {}
    for row in _rows(projection, _Registered(projection, draws.registered.stock), chosen):
        of_scheme = found.setdefault(row["scheme"], np.zeros((len(chosen), draws.count)))
        of_scheme[chosen.index(row["year"])] = row["amount_yuan"]
    return found


def last_year(projection: Projection) -> int:
    """The last year subsidies are worked out for: 2035, or the last year of the projection."""
    return min(LAST_YEAR, projection.years[-1])


def scheme_title(scheme: str, lang: str | None = None) -> str:
    """The scheme's name as it is printed."""
    return text(f"subsidies.scheme.{scheme}", lang=lang)


def _chosen(projection: Projection, years: Iterable[int] | None) -> list[int]:
    chosen = list(range(FIRST_YEAR, last_year(projection) + 1)) if years is None else list(years)
    held = projection.years
    if missing := [year for year in chosen if year not in held]:
        raise InputError([Problem("subsidy_year_outside", {"found": missing[0], "first": held[0], "last": held[-1]})])
    return chosen


def _rows(projection: Projection, people: _Registered, years: Iterable[int] | None) -> list[dict[str, Any]]:
    chosen, finished = _chosen(projection, years), outturn(projection.area)
    return [row for scheme in SCHEMES for row in _scheme_rows(people, scheme, chosen, finished)]


class _Registered:
    """The registered stock (year, sex, age, …) as plain arrays, and the assumption paths; persons come back as (…)."""

    def __init__(self, projection: Projection, stock: Array, births_factor: float = 1.0) -> None:
        self.by_sex = dict(zip(SEXES, np.moveaxis(stock, 1, 0), strict=True))
        self.all = stock.sum(axis=1)
        self.years = projection.years
        self.births_factor = births_factor
        self.launch = projection.launch
        self.book, self.scenario_book = projection.area.assumptions, projection.assumptions

    def born_in(self, birth_year: int, year: int) -> Quantity:
        """Children born in `birth_year` who are there at the end of `year`."""
        return self.all[year - self.years[0], year - birth_year]

    def aged(self, low: int, year: int, sex: str | None) -> Quantity:
        """People of `low` and over at the end of `year`."""
        stock = self.by_sex[sex] if sex else self.all
        return stock[year - self.years[0], low:].sum(axis=0)

    def level(self, key: str, year: int) -> float:
        """A path of the assumption book in `year`; a scenario changes only what comes after the launch."""
        book = self.scenario_book if year > self.launch else self.book
        return float(book.path(key, [year])[0])


def _scheme_rows(people: _Registered, scheme: str, years: list[int], finished: pd.DataFrame) -> Iterator[dict[str, Any]]:
    records = finished[finished["scheme"] == scheme].to_dict("records")
    paid = {int(row["year"]): {str(name): value for name, value in row.items()} for row in records}
    usable = {year: row for year, row in paid.items() if year in people.years}
    for year in years:
        if year in paid:
            yield paid[year] | {"amount_yuan": paid[year]["amount_fen"] / 100, "basis": "outturn"}
        elif scheme == "childcare_allowance":
            yield {"scheme": scheme, "year": year, "recipient_unit": "child"} | _allowance(people, year)
        elif usable and year > min(usable):
            latest = usable[max(before for before in usable if before < year)]
            ahead = _award(people, year, latest) if scheme == "only_child_award" else _reward(people, scheme, year, latest)
            yield {"scheme": scheme, "year": year, "recipient_unit": latest["recipient_unit"]} | ahead


def _reward(people: _Registered, scheme: str, year: int, latest: dict[str, Any]) -> dict[str, Any]:
    """Schemes whose recipients follow the registered people of their age, at the latest outturn's number a person."""
    rule, day, launch = standards(scheme), date(year, 1, 1), int(latest["year"])
    minimum_age, sex = round(rule["minimum_age"].at(day)), _SEX_FOLLOWED.get(scheme)
    growth = people.aged(minimum_age, year, sex) / people.aged(minimum_age, launch, sex)
    key = f"subsidies.recipient_rate_{scheme}"
    recipients = latest["recipients"] * growth * people.level(key, year) / people.level(key, launch)
    if scheme == "special_support":
        owed = special_support(recipients, latest["amount_fen"] / 100 / max(latest["recipients"], 1))
    elif scheme == "rural_family_reward":
        owed = rural_family_reward(recipients, rule["annual_amount"].at(day))
    else:
        owed = urban_only_child_parents(recipients, rule["annual_amount"].at(day))
    return _forecast(recipients, owed * people.level("subsidies.standards_factor", year))


# The mother's age decides for special support; the others are paid to men and women.
_SEX_FOLLOWED = {"special_support": "female"}


def _award(people: _Registered, year: int, latest: dict[str, Any]) -> dict[str, Any]:
    """The award in run-off: the household-months of the latest outturn, carried on by the children still under age."""
    rule, day, launch = standards("only_child_award"), date(year, 1, 1), int(latest["year"])
    children_then, months_then = _award_children(people, launch)
    children, months = _award_children(people, year)
    if not np.any(months_then):
        return _forecast(0.0, 0.0)
    household_months = award_household_months(latest["amount_fen"], launch) * months / months_then
    owed = only_child_award(household_months, rule["monthly_amount"].at(day), rule["parents"].at(day))
    return _forecast(latest["recipients"] * children / children_then, owed * people.level("subsidies.standards_factor", year))


def _award_children(people: _Registered, year: int) -> tuple[Quantity, Quantity]:
    """Registered children weighted by how many hold a certificate: those paid in `year` at all, and their months."""
    rule, day, book = standards("only_child_award"), date(year, 1, 1), people.book
    age_limit, last = round(rule["age_limit"].at(day)), round(rule["last_birth_year"].at(day))
    births = list(range(year - age_limit, last + 1))
    children: Quantity = 0.0
    months: Quantity = 0.0
    for birth_year, holders in zip(births, book.path("subsidies.award_holder_rate", births), strict=True):
        holding = holders * people.born_in(birth_year, year)
        paid = months_paid(
            birth_year,
            year,
            birth_month=book.value("subsidies.mean_birth_month"),
            birthday_month_paid=book.value("subsidies.award_birthday_month_paid"),
            age_limit=age_limit,
            last_birth_year=last,
        )
        children += holding * (paid > 0)
        months += holding * paid
    return children, months


def _allowance(people: _Registered, year: int) -> dict[str, Any]:
    rule, book = standards("childcare_allowance"), people.book
    first_year = rule["annual_amount"].values[0].start.year
    if year < first_year:
        return {"recipients": 0.0, "amount_yuan": 0.0, "amount_fen": 0, "basis": "outturn"}  # nothing was paid: a fact
    day = date(year, 1, 1)
    age_limit = round(rule["age_limit"].at(day))
    children: Quantity = 0.0
    payments: Quantity = 0.0
    months: Quantity = 0.0
    for birth_year in range(year - age_limit, year + 1):
        claimants = people.births_factor * people.born_in(birth_year, year) * people.level("subsidies.allowance_take_up", year)
        annual = annual_payments(
            birth_year,
            year,
            first_year=first_year,
            age_limit=age_limit,
            claim_next_year=book.value("subsidies.allowance_claim_next_year"),
        )
        owed = months_owed(
            birth_year,
            year,
            first_year=first_year,
            age_limit=age_limit,
            birth_month=book.value("subsidies.mean_birth_month"),
            birthday_month_paid=book.value("subsidies.allowance_birthday_month_paid"),
        )
        children += claimants * (annual + (owed > 0))
        payments += claimants * annual
        months += claimants * owed
    amount = childcare_allowance(payments, rule["annual_amount"].at(day), months, rule["monthly_amount"].at(day))
    return _forecast(children, amount * people.level("subsidies.allowance_factor", year))


def _forecast(recipients: Quantity, amount_yuan: Quantity) -> dict[str, Any]:
    return {"recipients": recipients, "amount_yuan": amount_yuan, "amount_fen": None, "basis": "forecast"}
