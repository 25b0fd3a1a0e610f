"""Every ground of a census table forecast from the first census with what was known then, and scored at the second."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Reference, place_of_rows, side_by_side
from popmodel.areas.census_table import province_of
from popmodel.areas.grounds import BROKEN
from popmodel.assessment.backtest.census.explained import explain
from popmodel.assessment.backtest.census.pairs import Pairs, read_pairs
from popmodel.assessment.backtest.past_errors import MEDIAN
from popmodel.assessment.backtest.rolling import Forecasts
from popmodel.forecast import spreads
from popmodel.forecast.history import QUANTILES, VARIABLES, persons_of, variables_of
from popmodel.parameters import AssumptionBook
from popmodel.projection.from_census import ahead, central, draws_of, known_at, start_of, unchanged
from popmodel.projection.quantiles import quantiles

DRAWS, SEED = 1000, 2010
# What needs more than one census at the launch, and why: the reasons are texts of the catalogue.
NOT_RUN: Mapping[str, str] = {
    "constant_age_structure": "growth_unknown",
    "linear_share": "two_earlier_needed",
    "hamilton_perry": "two_earlier_needed",
}


@dataclass(frozen=True)
class CensusScores:
    """Forecasts of all grounds, which of them are boundary breaks (area,), and where the misses come from (`explain`)."""

    pairs: Pairs
    forecasts: Forecasts
    broken: npt.NDArray[np.bool_]
    explained: pd.DataFrame

    def of(self, broken: bool) -> Forecasts:
        """The forecasts of the grounds that are boundary breaks, or of the others."""
        return of_areas(self.forecasts, self.broken == broken)


def score_census(
    path: Path,
    reference: Reference,
    book: AssumptionBook,
    draws: int = DRAWS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> CensusScores:
    """Forecast a census county table of two dates from the first and score at the second.

    Methods: `popmodel` (`projection.from_census.ahead` under draws), `no_change`, `cohort_component` (the rates of the census
    kept, nobody moving); `NOT_RUN` says which others cannot be, and why. A method without draws has no range.
    Raises InputError as `read_pairs` and `known_at` do.
    """
    pairs = read_pairs(path, reference)
    lowest, before, after = pairs.counted()
    variables = variables_of(lowest)
    bands = sorted({0, *(bound for name in variables for bound in (VARIABLES[name][0], VARIABLES[name][1] + 1) if bound <= 100)})
    spread = spreads(book)
    shape = (1, len(pairs.grounds), 1, len(QUANTILES))
    found = {
        (name, method): np.full(shape, np.nan) for name in variables for method in ("popmodel", "no_change", "cohort_component")
    }
    parts: list[pd.DataFrame] = []
    resettled, done = pairs.resettled(), 0
    for province, chosen in _by_province(pairs):
        of_province = side_by_side([place_of_rows(pairs.grounds[at].code, [pairs.first[at]], reference) for at in chosen])
        then = known_at(of_province, pairs.launch, pairs.years)
        start = start_of(of_province, then)
        middle = []
        for at, course in zip(chosen, ahead(start, then, pairs.years, spread.fertility_persistence), strict=True):
            code = pairs.grounds[at].code
            stock = draws_of(course, then, code, province, pairs.launch, spread, bands, range(draws), SEED)
            for name in variables:
                persons = persons_of(np.moveaxis(stock, -1, 0), np.array(bands), name)
                found[name, "popmodel"][0, at, 0] = quantiles(persons.copy(), QUANTILES)
            middle.append(central(course))
            done += 1
            progress(done, len(pairs.grounds))
        for at, course in zip(chosen, unchanged(start, then, pairs.years), strict=True):
            for name in variables:
                persons = persons_of(central(course), np.arange(101), name)
                found[name, "cohort_component"][0, at, 0, MEDIAN] = persons
        second = side_by_side([place_of_rows(pairs.grounds[at].code, [pairs.second[at]], reference) for at in chosen])
        parts.append(explain(start, then, np.stack(middle, axis=-1), second, resettled[chosen], book).assign(place=chosen))
    for name in variables:
        found[name, "no_change"][0, :, 0, MEDIAN] = persons_of(before, lowest, name)
    actual = {name: persons_of(after, lowest, name)[None, :, None] for name in variables}
    codes = tuple(ground.code for ground in pairs.grounds)
    forecasts = Forecasts(codes, (pairs.launch,), (pairs.years,), actual, found)
    broken = np.array([ground.kind == BROKEN for ground in pairs.grounds])
    return CensusScores(pairs, forecasts, broken, _named(pd.concat(parts), pairs))


def of_areas(forecasts: Forecasts, chosen: npt.NDArray[np.bool_]) -> Forecasts:
    """The forecasts of some areas."""
    areas = tuple(area for area, one in zip(forecasts.areas, chosen, strict=True) if one)
    actual = {name: values[:, chosen] for name, values in forecasts.actual.items()}
    said = {key: values[:, chosen] for key, values in forecasts.quantiles.items()}
    return Forecasts(areas, forecasts.cutoffs, forecasts.horizons, actual, said)


def _by_province(pairs: Pairs) -> Iterator[tuple[str, list[int]]]:
    provinces: dict[str, list[int]] = {}
    for at, ground in enumerate(pairs.grounds):
        provinces.setdefault(province_of(ground.code), []).append(at)
    yield from provinces.items()


def _named(explained: pd.DataFrame, pairs: Pairs) -> pd.DataFrame:
    """With code, name and set of each ground in front, in the order of the table."""
    ordered = explained.sort_values("place").drop(columns="place").reset_index(drop=True)
    ordered.insert(0, "area", [ground.code for ground in pairs.grounds])
    ordered.insert(1, "name", [row.name for row in pairs.second])
    ordered.insert(2, "set", [ground.kind for ground in pairs.grounds])
    return ordered
