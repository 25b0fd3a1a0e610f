"""Places required by the norm under both denominators and by use, beside the places there are, year by year.

The measures answer different questions and are never combined: a target can be met with empty seats.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Area, known_registered, reported, reported_registered
from popmodel.childcare.facilities import places_in
from popmodel.childcare.norms import national_norm_per_1000
from popmodel.demography.arrays import Array
from popmodel.forecast import LAUNCH
from popmodel.messages import InputError, Problem, text
from popmodel.projection import Projection

FIRST_YEAR = 2023
MEASURES = ("norm_resident", "norm_registered", "enrolment")


def places_required(projection: Projection, *, years: Iterable[int] | None = None) -> pd.DataFrame:
    """Children, places required under each measure, places there are and the gap, a row a year (default: 2023 to the last year).

    Columns: year; children_0, children_1, children_2, children_0_2, children_3_5 (residents); residents, registered (persons at
    the year's end); norm_per_1000; required_<measure> for each of MEASURES (places); enrolment_rate (of children 0-2, 0-1);
    places (NaN where the pack does not say); gap_<measure> = required − places, positive where places are short; utilisation
    (children attending a place, 0-1). Persons and places are floats; round when printing. Of children under 1 only those from
    6 months on attend; their rate is of all children under 1.

    Raises InputError for a year the projection does not hold.
    """
    held = projection.years
    chosen = [year for year in held if year >= FIRST_YEAR] if years is None else list(years)
    if missing := [year for year in chosen if year not in held]:
        raise InputError([Problem("childcare_year_outside", {"found": missing[0], "first": held[0], "last": held[-1]})])
    frame = _people(projection, chosen)
    frame["norm_per_1000"] = [norm_per_1000(projection.area, year) for year in chosen]
    required = _required(projection, {str(name): values.to_numpy() for name, values in frame.items()}, chosen)
    for measure in MEASURES:
        frame[f"required_{measure}"] = required[measure]
    frame["enrolment_rate"] = frame["required_enrolment"] / frame["children_0_2"]
    frame["places"] = _places(projection, chosen)
    for measure in MEASURES:
        frame[f"gap_{measure}"] = frame[f"required_{measure}"] - frame["places"]
    frame["utilisation"] = np.minimum(frame["required_enrolment"], frame["places"]) / frame["places"]
    return frame.reset_index(names="year")


def enrolment_required(projection: Projection, year: int) -> float:
    """Places required by use in one year: `required_enrolment` of `places_required`, without its table."""
    return float(_by_use(projection, {age: projection.persons(age, age)[[year]].to_numpy() for age in range(3)}, [year])[0])


def places_draws(projection: Projection, years: list[int]) -> dict[str, Array]:
    """Places required and gap in every draw, (year, draw): required_<measure> and gap_<measure> for each of MEASURES.

    The draws are those of the projection, which must have been made with some.
    """
    draws, places = projection.draws, _places(projection, years)[:, None]
    assert draws is not None, "a projection without draws"
    rows = [projection.years.index(year) for year in years]
    people = {f"children_{age}": draws.persons(age, age)[rows] for age in range(3)}
    people["residents"] = draws.persons(0, 100)[rows]
    people["registered"] = draws.persons(0, 100, "registered")[rows]
    required = _required(projection, people, years)
    found = {f"required_{measure}": required[measure] for measure in MEASURES}
    return found | {f"gap_{measure}": required[measure] - places for measure in MEASURES}


def closing_years(places: pd.DataFrame) -> pd.Series:
    """The first year of `places_required` in which each measure's gap is 0 or less, by measure; NA where it never is."""
    closed = {measure: places.loc[places[f"gap_{measure}"] <= 0, "year"] for measure in MEASURES}
    first = {measure: int(years.min()) if len(years) else None for measure, years in closed.items()}
    return pd.Series(first, dtype="Int64", name="closes_in").rename_axis("measure")


def places_now(area: Area) -> tuple[int, float] | None:
    """Places there are and the year at the end of which: the open facilities of the launch, or the last total published."""
    if "facilities" in area.tables:
        return LAUNCH, places_in(area, LAUNCH)
    told = reported(area, "childcare_places")
    return None if told is None else (told.year, told.value)


def place_density(area: Area) -> pd.DataFrame:
    """Places per 1,000 people now, under each denominator the pack knows; no row where it does not say how many places there are.

    Columns: denominator (resident, registered), persons, as_of (year of the persons), places, places_year, per_1000. Residents
    are those of the last census or year end the pack has, registered people those counted last, else those reported.
    """
    places = places_now(area)
    totals, own = area.tables["census_totals"], area.facts.own.residents
    residents = totals[totals["indicator"] == "residents"]
    by_year = {date.year: float(value) for date, value in zip(residents["date"], residents["value"], strict=True)} | dict(own)
    known = {"resident": max(by_year.items(), default=None), "registered": known_registered(area)}
    rows = [
        {"denominator": name, "persons": people[1], "as_of": people[0], "places": places[1], "places_year": places[0]}
        for name, people in known.items()
        if people and places
    ]
    frame = pd.DataFrame(rows, columns=["denominator", "persons", "as_of", "places", "places_year"])
    return frame.assign(per_1000=frame["places"] / frame["persons"] * 1000)


class ReportedNorm(NamedTuple):
    """The norm by the registered people a county reports: their number and its year, places asked for, and the gap."""

    year: int
    persons: float
    required: float
    gap: float


def reported_norm(area: Area, places: pd.DataFrame, year: int) -> ReportedNorm | None:
    """The norm of `year` (a row of `places_required`) by the registered people last reported; None where none are,
    or where the county has counted them itself.

    The projected registered population is derived; this sets the reported one beside it. Persons and places.
    """
    told = reported_registered(area)
    if told is None:
        return None
    norm, there = places.loc[places["year"] == year, ["norm_per_1000", "places"]].to_numpy(dtype=float)[0]
    required = told.value / 1000 * norm
    return ReportedNorm(told.year, told.value, required, required - there)


def norm_per_1000(area: Area, year: int) -> float:
    """Places per 1,000 people asked for at the end of `year`: the county's own target once it is due, else the national norm."""
    targets = area.tables.get("targets")
    if targets is not None:
        own = targets[(targets["target"] == "places_per_1000") & targets["value"].notna() & (targets["by_year"] <= year)]
        if len(own):
            return float(own.sort_values("by_year")["value"].iloc[-1])
    return national_norm_per_1000(year)


def measure_title(measure: str, lang: str | None = None) -> str:
    """The measure's name as it is printed."""
    return text(f"childcare.measure.{measure}", lang=lang)


def _people(projection: Projection, years: list[int]) -> pd.DataFrame:
    people = {f"children_{age}": projection.persons(age, age) for age in range(3)}
    people["children_0_2"] = projection.persons(0, 2)
    people["children_3_5"] = projection.persons(3, 5)
    people["residents"] = projection.persons(0, 100)
    people["registered"] = projection.persons(0, 100, "registered")
    return pd.DataFrame(people).loc[years]


def _required(projection: Projection, people: Mapping[str, Array], years: list[int]) -> dict[str, Array]:
    """Places required under each measure, from people by year, (year, …)."""
    norm = [norm_per_1000(projection.area, year) for year in years]
    return {
        "norm_resident": _times(norm, people["residents"] / 1000),
        "norm_registered": _times(norm, people["registered"] / 1000),
        "enrolment": _by_use(projection, {age: people[f"children_{age}"] for age in range(3)}, years),
    }


def _by_use(projection: Projection, children: Mapping[int, Array], years: list[int]) -> Array:
    """Places required by use, from the children of each age, (year, …)."""
    rates = {age: _levels(projection, f"childcare.enrolment_age_{age}", years) for age in children}
    return np.sum([_times(rates[age], of_age) for age, of_age in children.items()], axis=0)


def _times(by_year: npt.ArrayLike, people: Array) -> Array:
    """A number a year times people by year, (year, …)."""
    return np.asarray(by_year, dtype=np.float64).reshape(-1, *(1,) * (people.ndim - 1)) * people


def _places(projection: Projection, years: list[int]) -> Array:
    """Places there are, with those planned, (year,)."""
    there = np.array([places_in(projection.area, year) for year in years])
    return there + _levels(projection, "childcare.places_planned", years)


def _levels(projection: Projection, key: str, years: list[int]) -> Array:
    """A path of the assumption book over `years`; a scenario changes only what comes after the launch."""
    before, after = projection.area.assumptions.path(key, years), projection.assumptions.path(key, years)
    return np.where(np.array(years) > projection.launch, after, before)
