"""Methods scored against history they could not see: rolling launches from a set of areas, side by side, by the same measures."""

from popmodel.assessment.backtest.launches import HORIZONS, MINIMUM_YEARS, launch_years
from popmodel.assessment.backtest.measures import coverage, crps, malpe, mape, median_ape, shelf_life, winkler, within
from popmodel.assessment.backtest.methods import METHODS
from popmodel.assessment.backtest.printed import summary_text
from popmodel.assessment.backtest.read_set import read_set, set_files
from popmodel.assessment.backtest.results import SUMMARY_COLUMNS, long_table, shelf_lives, summary, write_results
from popmodel.assessment.backtest.rolling import Forecasts, roll

__all__ = [
    "HORIZONS",
    "METHODS",
    "MINIMUM_YEARS",
    "SUMMARY_COLUMNS",
    "Forecasts",
    "coverage",
    "crps",
    "launch_years",
    "long_table",
    "malpe",
    "mape",
    "median_ape",
    "read_set",
    "roll",
    "set_files",
    "shelf_life",
    "shelf_lives",
    "summary",
    "summary_text",
    "winkler",
    "within",
    "write_results",
]
