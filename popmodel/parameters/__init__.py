"""Values with their dates, sources and owners: the assumption book, and the dated parameters of rules.

Imported by every part of the model; imports only messages.
"""

from popmodel.parameters.assumptions import Assumption, AssumptionBook, along
from popmodel.parameters.dated import (
    DatedParameter,
    DatedValue,
    Rules,
    parameter_from,
    read_parameters,
    rule_parameters,
    use_rules,
)
from popmodel.parameters.exact import largest_remainder, round_fen, to_fen

__all__ = [
    "Assumption",
    "AssumptionBook",
    "DatedParameter",
    "DatedValue",
    "Rules",
    "along",
    "largest_remainder",
    "parameter_from",
    "read_parameters",
    "round_fen",
    "rule_parameters",
    "to_fen",
    "use_rules",
]
