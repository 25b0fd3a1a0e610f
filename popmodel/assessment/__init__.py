"""What a figure is worth: verdicts on the base data, and how far the results move with the assumptions behind them."""

from popmodel.assessment.quality import Finding, quality, registration_anchors
from popmodel.assessment.sensitivity import SENSITIVITY_YEARS, sensitivity, variant_title

__all__ = ["SENSITIVITY_YEARS", "Finding", "quality", "registration_anchors", "sensitivity", "variant_title"]
