"""计划生育家庭特别扶助: parents whose only child died or is disabled (mother 49 or over), and surgical complications.

The nation sets monthly amounts by kind; the province adds to them. The number of recipients by kind is not published, so the
county's own average a head is what is paid on.
"""

from __future__ import annotations

from collections.abc import Iterable

from popmodel.subsidies.rules import Quantity


def special_support(recipients: Quantity, average_amount: float) -> Quantity:
    """What is owed in a year to `recipients` persons at `average_amount` a head and year."""
    return recipients * average_amount


def highest_national_amount(monthly_amounts: Iterable[float]) -> float:
    """The most that national standards alone give a person in a year; an average above it proves a supplement."""
    return 12 * max(monthly_amounts)


def national_base_share(provincial_supplement: float) -> float:
    """The part of each payment that is the national base, when the province adds that multiple of it."""
    return 1 / (1 + provincial_supplement)
