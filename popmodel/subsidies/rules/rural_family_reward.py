"""农村部分计划生育家庭奖励扶助: rural people from 60 on with one child or two daughters, a fixed amount a year."""

from __future__ import annotations


def rural_family_reward(recipients: float, annual_amount: float) -> float:
    """What is owed in a year to `recipients` persons at `annual_amount` each."""
    return recipients * annual_amount
