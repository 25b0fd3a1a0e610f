"""The methods that are scored side by side, under the names they have in every table."""

from __future__ import annotations

from collections.abc import Mapping

from popmodel.assessment.backtest.constant_rates import constant_rates
from popmodel.assessment.backtest.simple_methods import constant_age_structure, hamilton_perry, linear_share, no_change
from popmodel.forecast.history import Method
from popmodel.projection.areas_together import forecast_areas

METHODS: Mapping[str, Method] = {
    "popmodel": forecast_areas,
    "no_change": no_change,
    "constant_age_structure": constant_age_structure,
    "linear_share": linear_share,
    "hamilton_perry": hamilton_perry,
    "cohort_component": constant_rates,
}
