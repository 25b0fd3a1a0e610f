"""A scheme that a county declares in its pack: how many it pays and what, and its rule for lists.

The amount of a year is paid in equal parts in the scheme's months; of a year that the scheme does not cover whole, the months in
which an amount is in force.
"""

from __future__ import annotations

from datetime import date
from functools import partial

import numpy as np

from popmodel.areas import Area
from popmodel.areas.schemes import DeclaredScheme
from popmodel.demography import SEXES
from popmodel.demography.arrays import Array
from popmodel.parameters import DatedParameter, round_fen
from popmodel.subsidies.recipients.people import People, YearAmount
from popmodel.subsidies.rules import Quantity
from popmodel.subsidies.rules.entitlement import PERSON, Entitlement, Fact, Facts, Rule, first_reason
from popmodel.subsidies.rules.spans import NEVER, as_day, birthday, earliest, latest

_ORDERS = {1: ("1", "2", "3+"), 2: ("2", "3+"), 3: ("3+",)}


def declared_amount(people: People, scheme: DeclaredScheme, year: int) -> YearAmount:
    """Recipients and yuan of a declared scheme in `year`; nothing in a year in which no amount is in force."""
    due = monthly_yuan(scheme, year)
    if not due:
        return YearAmount(0.0, 0.0)
    recipients = _counted(people, scheme, year) * scheme.share.at(date(year, max(due), 1))
    return YearAmount(recipients, recipients * sum(due.values()))


def declared_quarters(people: People, scheme: DeclaredScheme, year: int) -> Array:
    """Yuan paid in each quarter of `year`, (4, …)."""
    found, due = declared_amount(people, scheme, year), monthly_yuan(scheme, year)
    total = sum(due.values())
    by_quarter = np.array([sum(yuan for month, yuan in due.items() if (month - 1) // 3 == quarter) for quarter in range(4)])
    return np.multiply.outer(by_quarter / total if total else by_quarter, found.amount_yuan)


def monthly_yuan(scheme: DeclaredScheme, year: int) -> dict[int, float]:
    """Yuan due a recipient in each month of `year` in which the scheme pays."""
    due = {}
    for month in scheme.months:
        amount = _at(scheme.amount, date(year, month, 1))
        if amount is not None and _at(scheme.share, date(year, month, 1)) is not None:
            due[month] = amount / len(scheme.months)
    return due


def declared_rules(area: Area) -> dict[str, Rule]:
    """The rules of an area's declared schemes, by key, for checking lists."""
    return {key: declared_rule(scheme) for key, scheme in area.schemes.items()}


def declared_rule(scheme: DeclaredScheme) -> Rule:
    """The rule of a declared scheme: the facts it reads are those its conditions speak of."""
    facts = [*PERSON]
    if scheme.sex:
        facts.append(Fact("sex", "word", SEXES))
    if scheme.registration:
        facts.append(Fact("registration", "word", ("rural", "urban")))
    if scheme.birth_order > 1:
        facts.append(Fact("birth_order", "count"))
    reasons = (
        "entitled", "born_too_early", "born_too_late", "wrong_sex", "wrong_registration", "wrong_birth_order", "died",
        "registered_elsewhere", "too_young", "too_old", "registered_later", "before_the_scheme",
    )  # fmt: skip
    return Rule(
        scheme=scheme.key,
        recipient_unit=scheme.recipient,
        facts=tuple(facts),
        entitlement=partial(_entitlement, scheme),
        clauses=dict.fromkeys(reasons, "amount"),
        parameters=lambda: {"amount": scheme.amount},
    )


def _entitlement(scheme: DeclaredScheme, facts: Facts, year: int) -> Entitlement:
    """What each person is owed: whoever meets the conditions on the day of the year on which ages are counted."""
    day = as_day(date(year, *_day_of(scheme, year)))
    born = facts["birth_date"]
    due = {month: round_fen(yuan) for month, yuan in monthly_yuan(scheme, year).items()}
    from_age, past_age = birthday(born, scheme.age_from), birthday(born, scheme.age_to + 1)
    nobody = np.zeros(len(born), dtype=bool)
    reason = first_reason(
        [
            ("born_too_early", born < as_day(scheme.born_from) if scheme.born_from else nobody),
            ("born_too_late", born > as_day(scheme.born_to) if scheme.born_to else nobody),
            ("wrong_sex", facts["sex"] != scheme.sex if scheme.sex else nobody),
            ("wrong_registration", facts["registration"] != scheme.registration if scheme.registration else nobody),
            ("wrong_birth_order", facts["birth_order"] < scheme.birth_order if scheme.birth_order > 1 else nobody),
            ("died", facts["died"] < day),
            ("registered_elsewhere", facts["registered_to"] < day),
            ("too_young", from_age > day),
            ("too_old", past_age <= day),
            ("registered_later", facts["registered_from"] > day),
            ("before_the_scheme", nobody if due else ~nobody),
        ],
        len(born),
    )
    entitled = reason == 0
    start, end = latest(from_age, facts["registered_from"]), earliest(past_age - 1, facts["died"], facts["registered_to"])
    return Entitlement(
        amount_fen=np.where(entitled, sum(due.values()), 0),
        months=np.where(entitled, len(due), 0),
        start=np.where(end < start, NEVER, start),
        end=np.where(end < start, NEVER, end),
        reason=reason,
    )


def _counted(people: People, scheme: DeclaredScheme, year: int) -> Quantity:
    """Who meets the conditions on the day ages are counted, from the stock at the end of `year`.

    Of those who are a years old on that day, the part born before it in the year is a at the year's end, the rest a + 1; births
    are taken as even over the year. Only the dates of birth by calendar year narrow the cohorts.
    """
    stock = people.stock(year, scheme.population)
    if scheme.sex:
        stock = stock[SEXES.index(scheme.sex)][None]
    by_age = stock.sum(axis=0)
    month, day_of_month = _day_of(scheme, year)
    turned = (date(year, month, day_of_month) - date(year - 1, 12, 31)).days / (date(year, 12, 31) - date(year - 1, 12, 31)).days
    total: Quantity = np.zeros(by_age.shape[1:])
    for age in range(scheme.age_from, scheme.age_to + 1):
        for at_end, part in ((age, turned), (min(age + 1, 100), 1 - turned)):
            weight = part * _born_within(scheme, year - at_end) * _order_share(people, scheme, year - at_end)
            total = total + weight * by_age[at_end]
    return np.asarray(total)


def _born_within(scheme: DeclaredScheme, birth_year: int) -> float:
    """Part of a birth year that lies between the dates of birth the scheme takes."""
    first = max(scheme.born_from or date.min, date(birth_year, 1, 1))
    last = min(scheme.born_to or date.max, date(birth_year, 12, 31))
    return max((last - first).days + 1, 0) / ((date(birth_year, 12, 31) - date(birth_year, 1, 1)).days + 1)


def _order_share(people: People, scheme: DeclaredScheme, birth_year: int) -> float:
    """Share of a birth year's children of at least the scheme's order, from the projected births; 3 stands for 3 and over.

    Years before the projection take the share of its first year.
    """
    if scheme.birth_order == 1:
        return 1.0
    births = people.projection.population(scheme.population)["births"]
    known = [int(year) for year in births["year"].values[1:]]
    of_year = births.sel(year=min(max(birth_year, known[0]), known[-1])).sum("sex")
    wanted = list(_ORDERS[min(scheme.birth_order, 3)])
    return float(of_year.sel(order=wanted).sum() / of_year.sum())


def _day_of(scheme: DeclaredScheme, year: int) -> tuple[int, int]:
    month, day = scheme.age_on
    return (month, 28) if (month, day) == (2, 29) and year % 4 else (month, day)


def _at(parameter: DatedParameter, day: date) -> float | None:
    """The number in force on `day`, None outside its dates."""
    first, last = parameter.values[0], parameter.values[-1]
    return parameter.at(day) if first.start <= day and (last.end is None or day <= last.end) else None
