"""Money by who pays it: finished years in whole fen, forecasts in yuan, and the parts always add to the whole.

Subsidies today; what childcare costs joins them here, so that a county sees one total.
"""

from popmodel.budget.payers import PAYERS, by_payer, payer_title
from popmodel.budget.tables import budget_table, totals_by_year

__all__ = ["PAYERS", "budget_table", "by_payer", "payer_title", "totals_by_year"]
