"""Places that children will use: children by month of age, township and year, times the enrolment of their age and residence.

Linear in the children, so that the same lines serve the central path and every draw. The wish for a place that surveys find is no
demand and never enters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.childcare.reach import reached_shares
from popmodel.childcare.townships import township_shares, urban_shares
from popmodel.demography.arrays import Array
from popmodel.forecast.streams import standard_normals
from popmodel.parameters import AssumptionBook
from popmodel.parameters.birth_months import birth_month_shares
from popmodel.projection import Projection

MONTHS_OF_AGE = range(6, 36)
AGES = range(3)
# The groups of ages for which classes have norms, with their months of age.
GROUPS = {"6_12": slice(6, 12), "12_24": slice(12, 24), "24_36": slice(24, 36)}
# Of the children under 1 those from six months on may attend; their rate is told of all of them.
_FIRST_MONTH = 6


class Demand(NamedTuple):
    """Places asked for, (township, year, …): in the peak month, with the places held for children who enter in mid-year.

    children: residents aged 0-2 at the year's end, (township, year, …). peak: the month (1-12) in which most attend, (year,), on
    average over the draws. enrolled: children attending in that month, (township, year, …). by_group: the part of them in each of
    GROUPS, (group, year, …), the same in every township.
    """

    codes: Sequence[str]
    names: Sequence[str]
    years: Sequence[int]
    children: Array
    enrolled: Array
    places: Array
    peak: Array
    by_group: Array

    def places_by_group(self) -> Array:
        """Places asked for by the children of each of GROUPS, (group, township, year, …); they add to `places`."""
        return np.asarray(self.by_group[:, None] * self.places[None])


def demand(projection: Projection, years: Sequence[int], *, drawn: bool = False) -> Demand:
    """Demand by township in `years` (each with the year before it in the projection), on the central path or in every draw.

    In a draw the children are that draw's, spread over townships with chance, and enrolment is shifted on the logit scale by one
    normal number a draw. Without townships the county is one unit. Raises ValueError for draws that the projection does not have.
    """
    if drawn and projection.draws is None:
        raise ValueError("the projection has no draws")
    area, book = projection.area, projection.assumptions
    units = township_units(area)
    shares = _spread(projection, units, years, drawn)
    by_month = attending_ages(projection, years, drawn=drawn)
    rates = enrolment_by_month(projection, years, drawn=drawn)
    held = 1 + book.path("childcare.entry_buffer", years)
    local = book.path("childcare.local_hold", years)
    in_county = np.einsum("kymd,ymd->ykd", by_month, rates)  # attending in calendar month k of year y, at the county's mean rate
    peak = in_county.mean(axis=2).argmax(axis=1)
    at_peak = np.stack([in_county[row, month] for row, month in enumerate(peak)]) * local[:, None]
    of_age = np.stack([by_month[month, row] * rates[row] for row, month in enumerate(peak)])
    of_group = np.stack([of_age[:, months].sum(axis=1) for months in GROUPS.values()])
    attending = of_group.sum(axis=0)
    weights = shares * _by_residence(area, book, units, years)[:, :, None]
    near, near_at_launch = _by_distance(projection, units, years)
    # The county's own enrolment, whoever lives where, with the places within reach at the launch.
    level = (weights * near_at_launch[:, None, None]).sum(axis=0) / shares.sum(axis=0)
    enrolled = weights * near[:, :, None] / level * at_peak
    ages = _persons(projection, years, drawn)
    return Demand(
        codes=units["code"].tolist(),
        names=units["name"].tolist(),
        years=list(years),
        children=_plain(shares * ages.sum(axis=0), drawn),
        enrolled=_plain(enrolled, drawn),
        places=_plain(enrolled * held[None, :, None], drawn),
        peak=peak + 1,
        by_group=_plain(np.divide(of_group, attending, out=np.zeros_like(of_group), where=attending > 0), drawn),
    )


def township_units(area: Area) -> pd.DataFrame:
    """The units a plan is made for: code, name, share of the county's small children, urban (share of its people who are urban).

    The whole county is one unit where the pack has no townships.
    """
    shares = township_shares(area)
    if shares.empty:
        whole = {"code": [area.code], "name": [area.name()], "share": [1.0]}
        return pd.DataFrame(whole).assign(urban=urban_shares(area)[1])
    by_unit, _ = urban_shares(area)
    return shares[["code", "name", "share"]].assign(urban=by_unit)


def attending_ages(projection: Projection, years: Sequence[int], *, drawn: bool = False) -> Array:
    """Resident children by calendar month (its end), year and month of age 0-35, (12, year, 36, …): nobody under six months.

    Those born in month j of a year are 12 (t − b) + k − j months old at the end of month k of year t; a birth year's children go
    in a straight line from one year's end to the next, and in the year of birth are those of its end.
    """
    months = birth_month_shares(projection.assumptions)
    now, before = _persons(projection, years, drawn), _persons(projection, [year - 1 for year in years], drawn)
    found = np.zeros((12, len(years), 36, now.shape[-1]))
    for month in range(12):
        for born in range(12):
            for back in range(4):
                age = 12 * back + month - born
                if not 0 <= age < 36:
                    continue
                gone = (month + 1) / 12
                cohort = now[back] if back == 0 else (1 - gone) * before[back - 1] + gone * (now[back] if back < 3 else before[2])
                found[month, :, age] += months[born] * cohort
    found[:, :, :_FIRST_MONTH] = 0
    return found


def enrolment_by_month(projection: Projection, years: Sequence[int], *, drawn: bool = False) -> Array:
    """Enrolment by year and month of age 0-35, (year, 36, …): the dated path of each age, told of all children of that age.

    The path of children under 1 is of all of them, and so doubled for the half year in which they may attend. In draws the logit
    of every rate is shifted by one normal number a draw times `uncertainty.enrolment`.
    """
    book = projection.assumptions
    paths = [book.path(f"childcare.enrolment_age_{age}", years) for age in AGES]
    rates = np.stack([np.minimum(paths[0] * 12 / (12 - _FIRST_MONTH), 1.0), paths[1], paths[2]], axis=1)
    rates = rates * (book.path("childcare.fee_factor", years) ** book.value("childcare.fee_elasticity"))[:, None]
    rates = np.repeat(np.minimum(rates, 1.0), 12, axis=1)[..., None]
    rates[:, :_FIRST_MONTH] = 0
    if not drawn:
        return rates
    draws = projection.draws
    assert draws is not None
    shift = standard_normals(draws.seed, projection.area.code, "childcare/enrolment", [0], range(draws.count))[0]
    with np.errstate(divide="ignore"):
        logit = np.log(rates) - np.log1p(-rates)
    return np.asarray(1 / (1 + np.exp(-(logit + book.value("uncertainty.enrolment") * shift))))


def _persons(projection: Projection, years: Sequence[int], drawn: bool) -> Array:
    """Resident children aged 0, 1, 2 at the end of `years`, (age, year, draw); one draw for the central path."""
    if drawn:
        draws = projection.draws
        assert draws is not None
        rows = [projection.years.index(year) for year in years]
        return np.stack([draws.persons(age, age)[rows] for age in AGES])
    return np.stack([projection.persons(age, age).loc[list(years)].to_numpy()[:, None] for age in AGES])


def _spread(projection: Projection, units: pd.DataFrame, years: Sequence[int], drawn: bool) -> Array:
    """Each unit's part of the county's children, (unit, year, draw), adding to 1: with chance in draws, as `township_draws`."""
    share = units["share"].to_numpy(dtype=float)[:, None, None]
    if not drawn or len(units) == 1:
        return np.broadcast_to(share, (len(units), len(years), 1))
    draws = projection.draws
    assert draws is not None
    county = _persons(projection, years, drawn).sum(axis=0)[None]
    codes = [str(code) for code in units["code"]]
    normals = np.stack([standard_normals(draws.seed, code, "children", years, range(draws.count)) for code in codes])
    chance = np.sqrt(county * share) * normals
    counts = np.maximum(county * share + chance - share * chance.sum(axis=0), 0.0)
    return np.asarray(counts / counts.sum(axis=0))


def _by_residence(area: Area, book: AssumptionBook, units: pd.DataFrame, years: Sequence[int]) -> Array:
    """How often children of a unit attend, next to urban ones, (unit, year)."""
    urban = units["urban"].to_numpy(dtype=float)[:, None]
    rural = book.path("childcare.enrolment_rural", years)
    return np.asarray(urban + (1 - urban) * rural)


def _by_distance(projection: Projection, units: pd.DataFrame, years: Sequence[int]) -> tuple[Array, Array]:
    """How often a unit's children attend next to those with a place within reach, (unit, year), and at the launch, (unit,).

    1 where the pack does not say where children live. Places that a plan opens are not yet within anybody's reach.
    """
    reached = reached_shares(projection.area, units["code"].tolist(), [projection.launch, *years])
    if reached is None:
        return np.ones((len(units), len(years))), np.ones(len(units))
    found = reached + (1 - reached) * projection.assumptions.value("childcare.enrolment_out_of_reach")
    return found[:, 1:], found[:, 0]


def _plain(values: Array, drawn: bool) -> Array:
    return values if drawn else values[..., 0]
