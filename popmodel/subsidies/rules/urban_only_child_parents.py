"""城镇独生子女父母奖励扶助: urban parents of an only child from 60 on, a fixed amount a year."""

from __future__ import annotations

from popmodel.subsidies.rules import Quantity


def urban_only_child_parents(recipients: Quantity, annual_amount: float) -> Quantity:
    """What is owed in a year to `recipients` persons at `annual_amount` each."""
    return recipients * annual_amount
