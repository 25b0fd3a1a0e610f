"""Money for families: recipients and amounts of each scheme by year, from the registered population.

Each scheme is a rule in `rules/`, its dated standards beside it; `recipients/` says how many there will be.
"""

from popmodel.subsidies.amounts import amount_draws, last_year, subsidy_amounts, total_yuan
from popmodel.subsidies.outturn import reproduce_outturn
from popmodel.subsidies.recipients.childcare_allowance import allowance_account
from popmodel.subsidies.recipients.flows import calibrations, recipient_flows
from popmodel.subsidies.rules import standards
from popmodel.subsidies.schemes import scheme_title, schemes_of, short_title

__all__ = [
    "allowance_account",
    "amount_draws",
    "calibrations",
    "last_year",
    "recipient_flows",
    "reproduce_outturn",
    "scheme_title",
    "schemes_of",
    "short_title",
    "standards",
    "subsidy_amounts",
    "total_yuan",
]
