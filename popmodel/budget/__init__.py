"""Money by who pays it: finished years in whole fen, forecasts in yuan, and the parts always add to the whole.

What childcare places cost joins the subsidies of families here, so that a county sees one total.
"""

from popmodel.budget.appropriation import TOTAL, payments
from popmodel.budget.calendar import QUARTERS
from popmodel.budget.payers import PAYERS, by_payer, payer_title
from popmodel.budget.plan import Budget, budget_notes, make_budget
from popmodel.budget.sensitivity import variant_range, variant_title
from popmodel.budget.settlement import by_scheme
from popmodel.budget.switches import money_scenarios
from popmodel.budget.totals import totals_by_year
from popmodel.budget.with_places import PARTS, with_places

__all__ = [
    "PARTS",
    "PAYERS",
    "QUARTERS",
    "TOTAL",
    "Budget",
    "budget_notes",
    "by_payer",
    "by_scheme",
    "make_budget",
    "money_scenarios",
    "payer_title",
    "payments",
    "totals_by_year",
    "variant_range",
    "variant_title",
    "with_places",
]
