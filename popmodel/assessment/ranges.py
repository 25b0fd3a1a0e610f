"""What the draws say of finished quantities: their quantiles, the chance of a statement, and scenarios draw by draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.demography.arrays import Array
from popmodel.drawing import ENGINE
from popmodel.messages import text
from popmodel.projection import Launch, Projection, project_from
from popmodel.projection.quantiles import QUANTILES, probability, quantiles
from popmodel.scenarios import Scenario

# Age groups of which ranges are given: name → (lowest, highest completed age; 100 is open).
GROUPS = {
    "residents": (0, 100),
    "children_0_2": (0, 2),
    "children_3_5": (3, 5),
    "persons_6_14": (6, 14),
    "persons_15_59": (15, 59),
    "persons_60_plus": (60, 100),
    "persons_65_plus": (65, 100),
    "persons_80_plus": (80, 100),
}
FLOWS = ("births", "deaths", "migration")


@dataclass(frozen=True)
class Quantity:
    """A finished quantity of one area: `draws` (year, draw) and the `central` path (year,), in the same unit."""

    years: Sequence[int]
    draws: Array
    central: Array


def column(share: float) -> str:
    """The name of the column of a quantile: q05 for 0.05."""
    return f"q{round(100 * share):02d}"


def ranges(quantities: Mapping[str, Quantity], wanted: Sequence[float] = QUANTILES) -> pd.DataFrame:
    """Quantiles by quantity and year, a row each: quantity, year, central, then q05, q10, … for each of `wanted`.

    They are those of the finished quantity: a sum's is never the sum of quantiles.
    """
    frames = []
    for name, one in quantities.items():
        found = quantiles(one.draws.copy(), wanted)
        columns = {column(share): values for share, values in zip(wanted, found, strict=True)}
        frames.append(pd.DataFrame({"quantity": name, "year": list(one.years), "central": one.central, **columns}))
    return pd.concat(frames, ignore_index=True)


def people(projection: Projection, years: Sequence[int]) -> dict[str, Quantity]:
    """The quantities of people in `years`: GROUPS and FLOWS of the residents, registered people, and small children of these.

    Raises ValueError for a projection without draws.
    """
    drawn = projection.draws
    if drawn is None:
        raise ValueError("the projection has no draws")
    stocks = [projection.years.index(year) for year in years]
    flows = [list(drawn.years).index(year) for year in years]
    of_residents, of_registered = projection.components(), projection.components("registered")
    found = {}
    groups: list[tuple[str, int, int, str, str | None]]
    groups = [(name, *bounds, "resident", None) for name, bounds in GROUPS.items()]
    groups += [("women_15_49", 15, 49, "resident", "female"), ("registered", 0, 100, "registered", None)]
    groups += [("registered_0_2", 0, 2, "registered", None), ("registered_60_plus", 60, 100, "registered", None)]
    for name, low, high, population, sex in groups:
        central = projection.persons(low, high, population, sex).loc[list(years)].to_numpy()
        found[name] = Quantity(years, drawn.persons(low, high, population, sex)[stocks], central)
    for name in FLOWS:
        found[name] = Quantity(years, getattr(drawn.resident, name)[flows], of_residents[name].loc[list(years)].to_numpy())
    old, everybody = found["persons_65_plus"], found["residents"]
    found["share_65_plus"] = Quantity(years, 100 * old.draws / everybody.draws, 100 * old.central / everybody.central)
    births = of_registered["births"].loc[list(years)].to_numpy()
    return found | {"registered_births": Quantity(years, drawn.registered.births[flows], births)}


def chances(statements: Mapping[str, tuple[Sequence[int], npt.NDArray[np.bool_]]]) -> pd.DataFrame:
    """How likely each statement is by year: statement, year, probability, from whether each draw meets it, (year, draw)."""
    frames = [
        pd.DataFrame({"statement": name, "year": list(years), "probability": probability(met)})
        for name, (years, met) in statements.items()
    ]
    return pd.concat(frames, ignore_index=True)


def scenario_draws(
    start: Launch, scenarios: Iterable[Scenario], years: Sequence[int], *, draws: int, seed: int, engine: str = ENGINE
) -> pd.DataFrame:
    """Each scenario in each draw, which all scenarios share: scenario, draw, year, residents, births, children_0_2 (persons).

    The scenarios differ in what they change and in nothing else, so their difference in a draw is theirs.
    """
    frames = []
    for scenario in scenarios:
        found = people(project_from(start, scenario, max(years), draws=draws, seed=seed, engine=engine), years)
        for row, year in enumerate(years):
            values = {name: found[name].draws[row] for name in ("residents", "births", "children_0_2")}
            frames.append(pd.DataFrame({"scenario": scenario.key, "draw": np.arange(draws), "year": year, **values}))
    return pd.concat(frames, ignore_index=True)


def beside_baseline(drawn: pd.DataFrame, baseline: str, quantity: str) -> pd.DataFrame:
    """A quantity of `scenario_draws` beside the baseline's in the same draw, a row a scenario and year.

    Columns: scenario, year, low and high (10 and 90 per cent quantiles), difference (the median over draws), more (the share of
    draws with more than the baseline, missing for the baseline itself).
    """
    wide = drawn.pivot(index=["year", "draw"], columns="scenario", values=quantity)
    rows = []
    for year, of_year in wide.groupby(level="year"):
        base = of_year[baseline].to_numpy()
        for scenario in of_year.columns:
            own = of_year[scenario].to_numpy()
            low, high = quantiles(own.copy(), [0.1, 0.9])
            difference = float(quantiles(own - base, [0.5])[0])
            more = np.nan if scenario == baseline else float((own > base).mean())
            rows.append((scenario, year, float(low), float(high), difference, more))
    return pd.DataFrame(rows, columns=["scenario", "year", "low", "high", "difference", "more"])


def draws_frame(projection: Projection) -> pd.DataFrame:
    """Every draw of the quantities of people, a row a quantity, year and draw: quantity, year, draw, value (persons)."""
    found = people(projection, projection.years[1:])
    frames = []
    for name, one in found.items():
        years, draws = one.draws.shape
        frames.append(
            pd.DataFrame(
                {
                    "quantity": name,
                    "year": np.repeat(np.asarray(one.years), draws),
                    "draw": np.tile(np.arange(draws), years),
                    "value": one.draws.ravel(),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def quantity_title(quantity: str, lang: str | None = None) -> str:
    """The quantity's name as it is printed."""
    return text(f"assessment.quantity.{quantity}", lang=lang)


def statement_text(statement: str, lang: str | None = None) -> str:
    """The statement as it is printed."""
    return text(f"assessment.statement.{statement}", lang=lang)
