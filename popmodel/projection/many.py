"""Many areas at once: those alike go through their years side by side, and one that cannot be projected stops no other."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from popmodel.areas import Place, Places, side_by_side
from popmodel.messages import InputError, Problem
from popmodel.parameters import AssumptionBook
from popmodel.projection.draws import Courses
from popmodel.projection.years import Launched, courses_from, launched, years_ahead
from popmodel.scenarios import Scenario

# numpy adds up a single area in another order than one among several.
FEWEST = 2


@dataclass(frozen=True)
class Together(Launched):
    """Areas launched side by side, on the last axis of every array, from the assumption book of them all.

    count: how many they are; a single one stands there twice.
    """

    places: Places
    book: AssumptionBook
    count: int

    @property
    def codes(self) -> tuple[str, ...]:
        """Their codes, in the order of the last axis."""
        return self.places.facts.codes[: self.count]


class Many(NamedTuple):
    """Areas launched together, in batches of those alike, and why an area could not be, by its code."""

    batches: tuple[Together, ...]
    refused: Mapping[str, tuple[Problem, ...]]


def launch_many(places: Sequence[Place], book: AssumptionBook) -> Many:
    """Launch many areas of one reference, each with its own facts, under one assumption book.

    Each area's figures are the same to the last bit whatever other areas it is launched with, and in what order; with `launch`
    they agree to 1e-9. To 2050 an area takes about two megabytes, and fifty at a time are as fast as hundreds.
    """
    alike: dict[Hashable, list[Place]] = {}
    for place in places:
        alike.setdefault((place.province, place.facts.kind), []).append(place)
    refused: dict[str, tuple[Problem, ...]] = {}
    batches = [batch for group in alike.values() for batch in _launch_alike(group, book, refused)]
    return Many(tuple(batches), refused)


def courses_of(batch: Together, scenario: Scenario, to: int) -> Iterator[tuple[Places, Courses]]:
    """Each area of a batch with the courses of its draws under `scenario` to 31 December of `to`, from its census year on."""
    book = scenario.apply(batch.book)
    # Nothing else is kept of the years ahead, which take more room than the courses.
    every = courses_from(batch.places, batch.book, batch, years_ahead(batch.places, book, batch, to), book)
    facts = batch.places.facts
    for place, paths in zip(range(batch.count), every.split(), strict=False):
        yield batch.places._replace(facts=facts.of(place)), paths


def _launch_alike(group: Sequence[Place], book: AssumptionBook, refused: dict[str, tuple[Problem, ...]]) -> Iterator[Together]:
    """The areas of a group in one batch, or, where one of them cannot be launched, in the halves that can."""
    try:
        places = side_by_side(group if len(group) >= FEWEST else [*group] * FEWEST)
        yield Together(**vars(launched(places, book)), places=places, book=book, count=len(group))
    except InputError as error:
        if len(group) == 1:
            refused[group[0].facts.codes[0]] = _problems_of(group[0], book) or tuple(error.problems)
            return
        middle = len(group) // 2
        yield from _launch_alike(group[:middle], book, refused)
        yield from _launch_alike(group[middle:], book, refused)


def _problems_of(place: Place, book: AssumptionBook) -> tuple[Problem, ...]:
    """Why an area cannot be launched, with its own numbers and places."""
    try:
        launched(place, book)
    except InputError as error:
        return tuple(error.problems)
    return ()
