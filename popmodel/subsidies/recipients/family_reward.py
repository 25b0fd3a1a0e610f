"""Recipients of the rural and the urban reward."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from popmodel.subsidies.recipients.people import People, YearAmount
from popmodel.subsidies.rules import standards
from popmodel.subsidies.rules.rural_family_reward import annual_reward


def family_reward(people: People, scheme: str, year: int, latest: Mapping[str, Any]) -> YearAmount:
    """Recipients and amount in `year`, at the number a registered person of the age in the latest outturn's year."""
    rule, day, then = standards(scheme), date(year, 1, 1), int(latest["year"])
    minimum_age = round(rule["minimum_age"].at(day))
    growth = people.aged(minimum_age, year) / people.aged(minimum_age, then)
    key = f"subsidies.recipient_rate_{scheme}"
    recipients = latest["recipients"] * growth * people.level(key, year) / people.level(key, then)
    owed = annual_reward(recipients, rule["annual_amount"].at(day))
    return YearAmount(
        recipients, owed * people.level("subsidies.standards_factor", year) * people.shocks.standard_of(scheme, year)
    )
