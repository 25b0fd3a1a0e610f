"""The budget of an area for some years: what to appropriate, when it is needed, what was settled, and what could move it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from popmodel.budget.appropriation import appropriation, money_ranges, payments
from popmodel.budget.calculator import calculator
from popmodel.budget.calendar import cash_calendar
from popmodel.budget.sensitivity import budget_sensitivity
from popmodel.budget.settlement import next_request, settlement
from popmodel.budget.switches import policy_switches
from popmodel.budget.yearly_bridge import yearly_bridge
from popmodel.messages import InputError, Problem
from popmodel.projection import Launch, Projection
from popmodel.subsidies import allowance_account, last_year, recipient_flows, schemes_of, subsidy_amounts
from popmodel.subsidies.amounts import FIRST_YEAR
from popmodel.subsidies.outturn import outturn


@dataclass(frozen=True)
class Budget:
    """A budget for `years`, all tables long.

    amounts: subsidies.subsidy_amounts of the years. payments: the same by payer. appropriation: as budgeted, fen by scheme,
    payer and year. ranges: yuan with quantiles (`money_ranges`). calendar: fen by quarter. flows, account: recipients as stock
    and flow, and the allowance's account, from the year after the last outturn. settled: finished years. request: what to ask
    for in `first_ahead`, the first year of the budget that is not finished. switches: what changes of policy cost. sensitivity:
    what moves the total of `first_ahead` most. bridge: from year to year, in fen. calculator: the years ahead beside the
    standards they rest on.
    """

    years: Sequence[int]
    first_ahead: int
    amounts: pd.DataFrame
    payments: pd.DataFrame
    appropriation: pd.DataFrame
    ranges: pd.DataFrame
    calendar: pd.DataFrame
    flows: pd.DataFrame
    account: pd.DataFrame
    settled: pd.DataFrame
    request: pd.DataFrame
    switches: pd.DataFrame
    sensitivity: pd.DataFrame
    bridge: pd.DataFrame
    calculator: pd.DataFrame

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables by name, for writing them out."""
        names = (
            "amounts", "payments", "appropriation", "ranges", "calendar", "flows", "account", "settled", "request", "switches",
            "sensitivity", "bridge", "calculator",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


def make_budget(start: Launch, projection: Projection, years: Sequence[int]) -> Budget:
    """The budget of a projection from `start` for consecutive `years`; ranges where it has draws.

    Raises InputError for years outside those that money is worked out for, and for shares and standards asked for outside their
    dates.
    """
    first, last = FIRST_YEAR, last_year(projection)
    if outside := [year for year in years if not first <= year <= last]:
        raise InputError([Problem("budget_years_outside", {"found": outside[0], "first": first, "last": last})])
    amounts = subsidy_amounts(projection, years=years)
    ahead = amounts.loc[amounts["basis"] == "forecast", "year"]
    # A year counts as finished only when nothing in it is a forecast.
    first_ahead = next((year for year in years if year > projection.launch and year in set(ahead)), years[-1])
    paid = payments(projection, years)
    budgeted = appropriation(paid)
    settled = settlement(projection.area)
    finished = outturn(projection.area)
    since = int(finished["year"].max()) + 1 if len(finished) else projection.launch + 1
    account_years = range(since, years[-1] + 1)
    return Budget(
        years=list(years),
        first_ahead=first_ahead,
        amounts=amounts,
        payments=paid,
        appropriation=budgeted,
        ranges=money_ranges(projection, years),
        calendar=cash_calendar(projection, budgeted),
        flows=recipient_flows(projection, account_years),
        account=allowance_account(projection, account_years),
        settled=settled,
        request=next_request(settled, budgeted, first_ahead),
        switches=policy_switches(projection, [year for year in years if year > projection.launch]),
        sensitivity=budget_sensitivity(start, projection, first_ahead),
        bridge=yearly_bridge(amounts),
        calculator=calculator(projection, budgeted, [year for year in years if year >= first_ahead]),
    )


def budget_notes(made: Budget, projection: Projection) -> list[str]:
    """What a reader must know of this budget: keys of `budget.text`."""
    found = ["assumed"]
    book = projection.assumptions
    supplement = book.path("subsidies.allowance_county_supplement", made.years)
    factor = book.path("subsidies.allowance_factor", made.years)
    if supplement.any() or (factor != 1).any():
        found.append("own_standard")
    if not set(schemes_of(projection.area)) <= set(made.amounts["scheme"]):
        found.append("no_outturn")
    if "appropriations" not in projection.area.tables and len(made.settled):
        found.append("no_appropriations")
    return found
