"""Recipients of special support: parents who lost their only child or whose only child is disabled, and surgical cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from popmodel.subsidies.recipients.people import People, YearAmount
from popmodel.subsidies.rules import standards
from popmodel.subsidies.rules.special_support import support_by_average

SCHEME = "special_support"


def special_support_amount(people: People, year: int, latest: Mapping[str, Any]) -> YearAmount:
    """Recipients and amount in `year`, at the number a registered woman of the age in the latest outturn's year."""
    minimum_age, then = round(standards(SCHEME)["minimum_age"].at(date(year, 1, 1))), int(latest["year"])
    growth = people.aged(minimum_age, year, "female") / people.aged(minimum_age, then, "female")
    key = f"subsidies.recipient_rate_{SCHEME}"
    recipients = latest["recipients"] * growth * people.level(key, year) / people.level(key, then)
    owed = support_by_average(recipients, latest["amount_fen"] / 100 / max(latest["recipients"], 1))
    return YearAmount(
        recipients, owed * people.level("subsidies.standards_factor", year) * people.shocks.standard_of(SCHEME, year)
    )
