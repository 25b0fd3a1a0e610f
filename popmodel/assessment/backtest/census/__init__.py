"""A census county table of two dates: every area forecast from the first with what was known then, scored at the second."""

from popmodel.assessment.backtest.census.explained import PARTS, explain
from popmodel.assessment.backtest.census.pairs import Pairs, read_pairs
from popmodel.assessment.backtest.census.scored import NOT_RUN, CensusScores, score_census
from popmodel.assessment.backtest.census.written import census_text, grounds, write_census

__all__ = [
    "NOT_RUN",
    "PARTS",
    "CensusScores",
    "Pairs",
    "census_text",
    "explain",
    "grounds",
    "read_pairs",
    "score_census",
    "write_census",
]
