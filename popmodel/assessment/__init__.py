"""What a figure is worth: verdicts on the base data, and how far the results move with the assumptions behind them."""

from popmodel.assessment.finding import VERDICTS, Finding
from popmodel.assessment.quality import findings, quality
from popmodel.assessment.register_checks import registration_anchors
from popmodel.assessment.sensitivity import SENSITIVITY_YEARS, sensitivity, variant_title

__all__ = [
    "SENSITIVITY_YEARS",
    "VERDICTS",
    "Finding",
    "findings",
    "quality",
    "registration_anchors",
    "sensitivity",
    "variant_title",
]
