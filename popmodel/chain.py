"""One run of the whole chain for an area and a scenario: people, places, money, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.assessment import (
    Finding,
    Quantity,
    chances,
    findings,
    people,
    ranges,
    registered_births_range,
    scenario_draws,
    sensitivity,
    years_counted,
)
from popmodel.assessment.own_data import OwnUse, own_uses
from popmodel.assessment.registers import Compared, registers_compared
from popmodel.budget import Budget, make_budget, payments
from popmodel.childcare import MEASURES, NORMS_FILE, places_draws, places_required, township_children
from popmodel.childcare.county_plan import PlacesPlan, make_places_plan
from popmodel.childcare.facilities import facilities
from popmodel.drawing import DRAWS, ENGINE, SEED
from popmodel.parameters import DatedParameter, rule_parameters
from popmodel.projection import Launch, Projection, launch, project_from
from popmodel.scenarios import find_scenario, of_people
from popmodel.subsidies import amount_draws, subsidy_amounts
from popmodel.subsidies.rules import FILES as STANDARD_FILES

# The years for which children are split over townships.
TOWNSHIP_YEARS = (2025, 2030)
# Years at which scenarios are compared draw by draw.
COMPARED_YEARS = (2030, 2035)
# The years a report budgets: the five-year plan's, and the year that is being paid.
BUDGET_YEARS = tuple(range(2025, 2031))
# The years of the five-year plan, for which places are planned.
PLAN_YEARS = tuple(range(2026, 2031))
# The dated parameters a run reckons with, besides the assumptions.
RULE_FILES = (NORMS_FILE, *STANDARD_FILES)


@dataclass(frozen=True)
class Results:
    """Everything the report arranges.

    projection: the scenario asked for; comparison: every scenario by year (scenario, year, residents, births, children_0_2);
    places: childcare.places_required; amounts, payments: subsidies by scheme, and by payer; allowance_range: the childcare
    allowance by year (columns low, central, high; yuan), low and high by the two ways registered births can be counted;
    quality: verdicts on the base data; sensitivity: a row a variant and year. places_plan: the plan of places for PLAN_YEARS,
    None where the projection reaches none of them or the places there are not known.
    ranges: quantiles of every quantity by year (`assessment.ranges`); chances: the probability of statements by year;
    scenario_draws: every scenario in every draw (`assessment.scenario_draws`). All three are of the projection's own draws.
    own_uses: which of the pack's own figures are used and as what; registers: those of children held against each other.
    """

    projection: Projection
    comparison: pd.DataFrame
    places: pd.DataFrame
    townships: pd.DataFrame
    amounts: pd.DataFrame
    payments: pd.DataFrame
    budget: Budget
    places_plan: PlacesPlan | None
    allowance_range: pd.DataFrame
    quality: list[Finding]
    sensitivity: pd.DataFrame
    ranges: pd.DataFrame
    chances: pd.DataFrame
    scenario_draws: pd.DataFrame
    own_uses: Sequence[OwnUse] = ()
    registers: Sequence[Compared] = ()

    @property
    def births_by_counts(self) -> bool:
        """Whether registered births are known only by the ways they can be counted, and not by the county itself."""
        return not years_counted(self.projection.area)

    def frames(self) -> dict[str, pd.DataFrame]:
        """The results as long tables by name, in full precision, for whoever wants to go on computing."""
        p = self.projection
        cells = {
            f"{population}_{variable}": p.to_frame(population, variable)
            for population in ("resident", "registered")
            for variable in ("population", "births", "deaths", "migration")
        }
        tables = {
            "all_scenarios": self.comparison,
            "all_places": self.places,
            "all_amounts": self.amounts,
            "all_payments": self.payments,
        }
        if self.places_plan is not None:
            tables |= {f"plan_{name}": frame for name, frame in self.places_plan.frames().items()}
        uncertain = {"all_ranges": self.ranges, "all_chances": self.chances}
        return {**cells, **tables, "all_sensitivity": self.sensitivity, **uncertain}


def key_figures(projection: Projection) -> pd.DataFrame:
    """The figures by which one run is held against another, a row a quantity and year.

    Columns: quantity, unit (person, place, yuan), year, value. Quantities, named as in the ranges: residents, registered,
    births, deaths, migration, registered_births, children_0_2, children_0_4, registered_0_2, women_15_49, persons_65_plus,
    registered_60_plus; required_<measure>; amount_<scheme>, amount_total and amount_county (what the county pays). Years with no
    such figure have no row.
    """
    flows, places, amounts = projection.components(), places_required(projection), subsidy_amounts(projection)
    by_scheme = amounts.pivot(index="year", columns="scheme", values="amount_yuan")[amounts["scheme"].unique()]
    persons = {
        "residents": projection.persons(0, 100),
        "registered": projection.persons(0, 100, "registered"),
        "births": flows["births"],
        "deaths": flows["deaths"],
        "migration": flows["migration"],
        "registered_births": projection.components("registered")["births"],
        "children_0_2": projection.persons(0, 2),
        "children_0_4": projection.persons(0, 4),
        "registered_0_2": projection.persons(0, 2, "registered"),
        "women_15_49": projection.persons(15, 49, "resident", "female"),
        "persons_65_plus": projection.persons(65, 100),
        "registered_60_plus": projection.persons(60, 100, "registered"),
    }
    required = {f"required_{measure}": places.set_index("year")[f"required_{measure}"] for measure in MEASURES}
    paid = payments(projection, sorted(amounts["year"].unique()))
    county = paid[paid["payer"] == "county"].groupby("year")["amount_yuan"].sum()
    money = {f"amount_{scheme}": by_scheme[scheme] for scheme in by_scheme}
    money |= {"amount_total": by_scheme.sum(axis=1), "amount_county": county}
    frames = [
        series.dropna().rename("value").rename_axis("year").reset_index().assign(quantity=quantity, unit=unit)
        for unit, block in (("person", persons), ("place", required), ("yuan", money))
        for quantity, series in block.items()
    ]
    return pd.concat(frames, ignore_index=True)[["quantity", "unit", "year", "value"]]


def run_chain(
    area: Area, scenario: str = "medium", to: int = 2050, *, draws: int = DRAWS, seed: int = SEED, engine: str = ENGINE
) -> Results:
    """Everything for `area` under `scenario` to 31 December of `to`, in `draws` of `seed` too. Raises InputError as `project`."""
    chosen = find_scenario(area.scenarios, scenario)
    start = launch(area)
    projection = project_from(start, chosen, to, draws=draws, seed=seed, engine=engine)
    # Scenarios of money alone have the people of the baseline, and stand in the budget.
    compared_scenarios = of_people(area.scenarios)
    projections = {key: project_from(start, one, to) for key, one in compared_scenarios.items()}
    amounts = subsidy_amounts(projection)
    places = places_required(projection)
    quantities = _quantities(projection, places, amounts)
    compared = [year for year in COMPARED_YEARS if year in projection.years]
    return Results(
        projection=projection,
        places=places,
        townships=township_children(projection, [year for year in TOWNSHIP_YEARS if year in projection.years]),
        amounts=amounts,
        payments=payments(projection, sorted(set(amounts["year"]))),
        budget=make_budget(start, projection, [year for year in BUDGET_YEARS if year in projection.years]),
        places_plan=_places_plan(start, projection),
        allowance_range=_allowance_range(projection, start),
        comparison=pd.concat([_key_series(projections[key]) for key in compared_scenarios], ignore_index=True),
        quality=findings(start),
        sensitivity=sensitivity(start, max(2040, to)),
        ranges=ranges(quantities),
        chances=_chances(projection, quantities),
        scenario_draws=scenario_draws(start, compared_scenarios.values(), compared, draws=draws, seed=seed, engine=engine),
        own_uses=own_uses(start),
        registers=registers_compared(area),
    )


def _places_plan(start: Launch, projection: Projection) -> PlacesPlan | None:
    """The plan of places for the years of the five-year plan that the projection reaches.

    None where there are none, or the pack does not say how many places there are.
    """
    years = [year for year in PLAN_YEARS if projection.launch < year <= projection.years[-1]]
    known = not facilities(projection.area).empty
    return make_places_plan(start, projection, years) if years and known else None


def _quantities(projection: Projection, places: pd.DataFrame, amounts: pd.DataFrame) -> dict[str, Quantity]:
    """People, places and their gaps, and subsidies by scheme and in all (yuan), in every draw and on the central path."""
    found = people(projection, projection.years[1:])
    by_year = places.set_index("year")
    for name, values in places_draws(projection, list(by_year.index)).items():
        found[name] = Quantity(list(by_year.index), values, by_year[name].to_numpy())
    money = amounts.pivot_table(index="year", columns="scheme", values="amount_yuan", aggfunc="sum").fillna(0.0)
    years, paid = list(money.index), amount_draws(projection, list(money.index))
    for scheme, values in paid.items():
        found[f"amount_{scheme}"] = Quantity(years, values, money[scheme].to_numpy())
    total = np.sum(list(paid.values()), axis=0)
    return found | {"amount_total": Quantity(years, total, money.sum(axis=1).to_numpy())}


def _chances(projection: Projection, quantities: dict[str, Quantity]) -> pd.DataFrame:
    """The probability of what a plan is asked: do the places suffice under each measure, are births and children fewer."""
    launch_year = projection.launch
    statements = {}
    for measure in MEASURES:
        gap = quantities[f"gap_{measure}"]
        if not np.isnan(gap.central).any():
            statements[f"enough_{measure}"] = (gap.years, gap.draws <= 0)
    for name in ("births", "children_0_2"):
        one = quantities[name]
        fewer = one.draws < one.draws[list(one.years).index(launch_year)]
        statements[f"fewer_{name}"] = (one.years, fewer)
    frame = chances(statements)
    return frame[frame["year"] > launch_year].reset_index(drop=True)


def _allowance_range(projection: Projection, start: Launch) -> pd.DataFrame:
    low, high = registered_births_range(start) or (1.0, 1.0)
    factors = {"low": min(low, 1.0), "central": 1.0, "high": max(high, 1.0)}
    columns = {}
    for name, factor in factors.items():
        amounts = subsidy_amounts(projection, registered_births_factor=factor)
        columns[name] = amounts[amounts["scheme"] == "childcare_allowance"].set_index("year")["amount_yuan"]
    return pd.DataFrame(columns)


def _key_series(projection: Projection) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "residents": projection.persons(0, 100),
            "births": projection.components()["births"],
            "children_0_2": projection.persons(0, 2),
            "registered_0_2": projection.persons(0, 2, "registered"),
        }
    )
    return frame.loc[projection.launch :].reset_index(names="year").assign(scenario=projection.scenario.key)


def dated_parameters(area: Area) -> list[DatedParameter]:
    """The dated parameters reckoned with: those of the rules, then those of the area's own schemes."""
    rules = [rule_parameters(path).values() for path in RULE_FILES]
    declared = [(scheme.share, scheme.amount) for scheme in area.schemes.values()]
    return [parameter for parameters in (*rules, *declared) for parameter in parameters]


def overdue(area: Area, on: date) -> list[str]:
    """What is reckoned with but should have been checked again before `on`: titles of assumptions, rules and own schemes."""
    late = [parameter.title() for parameter in dated_parameters(area) if parameter.overdue(on)]
    return [entry.title() for entry in area.assumptions.overdue(on)] + late
