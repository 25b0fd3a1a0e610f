"""农村部分计划生育家庭奖励扶助: rural people from 60 on with one child or two daughters, a fixed amount a year."""

from __future__ import annotations

from popmodel.subsidies.rules import Quantity


def rural_family_reward(recipients: Quantity, annual_amount: float) -> Quantity:
    """What is owed in a year to `recipients` persons at `annual_amount` each."""
    return recipients * annual_amount
