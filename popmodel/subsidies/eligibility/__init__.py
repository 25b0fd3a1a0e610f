"""Who of a list is entitled in a year, to how much, and which row must be settled before anything is paid."""

from popmodel.subsidies.eligibility.check import ENTITLED, NOT_ENTITLED, STATES, TO_SETTLE, CheckedList, check_list, excluded
from popmodel.subsidies.eligibility.lists import NOT_GIVEN, Finding, PeopleList, header_of, read_list

__all__ = [
    "ENTITLED",
    "NOT_ENTITLED",
    "NOT_GIVEN",
    "STATES",
    "TO_SETTLE",
    "CheckedList",
    "Finding",
    "PeopleList",
    "check_list",
    "excluded",
    "header_of",
    "read_list",
]
