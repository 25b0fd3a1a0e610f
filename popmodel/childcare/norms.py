"""The norms of childcare by date: places per 1,000 people, the largest classes and the carers they need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from popmodel.parameters import DatedParameter, rule_parameters

NORMS_FILE = Path(__file__).with_name("norms.yaml")


def norms() -> Mapping[str, DatedParameter]:
    """The dated norms of childcare, with their documents."""
    return rule_parameters(NORMS_FILE)


def national_norm_per_1000(year: int) -> float:
    """Places per 1,000 people that the nation asks for at the end of `year`."""
    return norms()["places_per_1000"].at(date(year, 12, 31))


def nation_per_1000() -> tuple[int, float]:
    """The last year whose places per 1,000 people in the nation are known, and how many they were."""
    last = norms()["nation_places_per_1000"].values[-1]
    return last.start.year, norms()["nation_places_per_1000"].at(last.start)


def class_size(group: str, year: int) -> int:
    """The most children in a class of a group of ages (6_12, 12_24, 24_36, mixed) in `year`."""
    return round(norms()[f"class_size_{group}"].at(date(year, 12, 31)))


def children_a_carer(group: str, year: int) -> float:
    """Children for whom one carer is enough, in a class of that group in `year`."""
    return norms()[f"children_a_carer_{group}"].at(date(year, 12, 31))
