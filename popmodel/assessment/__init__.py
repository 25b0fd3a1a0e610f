"""What a figure is worth: verdicts on the base data, how far the results move with the assumptions behind them, and ranges."""

from popmodel.assessment.finding import VERDICTS, Finding
from popmodel.assessment.quality import findings, quality
from popmodel.assessment.ranges import (
    Quantity,
    beside_baseline,
    chances,
    column,
    draws_frame,
    people,
    quantity_title,
    ranges,
    scenario_draws,
    statement_text,
)
from popmodel.assessment.register_checks import (
    anchor_year,
    registered_births_range,
    registration_anchors,
    years_counted,
)
from popmodel.assessment.sensitivity import SENSITIVITY_YEARS, sensitivity, variant_title
from popmodel.assessment.shelf_life import ShelfLife, census_errors, errors_of_size, shelf_life, worst_errors

__all__ = [
    "SENSITIVITY_YEARS",
    "VERDICTS",
    "Finding",
    "Quantity",
    "ShelfLife",
    "anchor_year",
    "beside_baseline",
    "census_errors",
    "chances",
    "column",
    "draws_frame",
    "errors_of_size",
    "findings",
    "people",
    "quality",
    "quantity_title",
    "ranges",
    "registered_births_range",
    "registration_anchors",
    "scenario_draws",
    "sensitivity",
    "shelf_life",
    "statement_text",
    "variant_title",
    "worst_errors",
    "years_counted",
]
