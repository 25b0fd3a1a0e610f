"""Values with their dates, sources and owners: the assumption book, and the dated parameters of rules.

Imported by every part of the model; imports only messages.
"""

from popmodel.parameters.assumptions import Assumption, AssumptionBook, along
from popmodel.parameters.dated import DatedParameter, DatedValue, read_parameters
from popmodel.parameters.exact import largest_remainder, to_fen

__all__ = [
    "Assumption",
    "AssumptionBook",
    "DatedParameter",
    "DatedValue",
    "along",
    "largest_remainder",
    "read_parameters",
    "to_fen",
]
