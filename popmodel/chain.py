"""One run of the whole chain for an area and a scenario: people, places, money, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from popmodel.areas import Area
from popmodel.assessment import Finding, findings, registration_anchors, sensitivity
from popmodel.budget import by_payer
from popmodel.childcare import places_required, township_children
from popmodel.projection import Launch, Projection, launch, project_from
from popmodel.scenarios import find_scenario
from popmodel.subsidies import subsidy_amounts

# The year whose registrations are known, and the years for which children are split over townships.
ANCHOR_YEAR = 2023
TOWNSHIP_YEARS = (2025, 2030)


@dataclass(frozen=True)
class Results:
    """Everything the report arranges.

    projection: the scenario asked for; comparison: every scenario by year (scenario, year, residents, births, children_0_2);
    places: childcare.places_required; amounts, payments: subsidies by scheme, and by payer; allowance_range: the childcare
    allowance by year (columns low, central, high; yuan), low and high by the two ways registered births can be counted;
    quality: verdicts on the base data; sensitivity: a row a variant and year.
    """

    projection: Projection
    comparison: pd.DataFrame
    places: pd.DataFrame
    townships: pd.DataFrame
    amounts: pd.DataFrame
    payments: pd.DataFrame
    allowance_range: pd.DataFrame
    quality: list[Finding]
    sensitivity: pd.DataFrame

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
        return {**cells, **tables, "all_sensitivity": self.sensitivity}


def run_chain(area: Area, scenario: str = "medium", to: int = 2050) -> Results:
    """Everything for `area` under `scenario` to 31 December of `to`. Raises InputError as `project`."""
    find_scenario(area.scenarios, scenario)
    start = launch(area)
    projections = {key: project_from(start, one, to) for key, one in area.scenarios.items()}
    projection = projections[scenario]
    amounts = subsidy_amounts(projection)
    return Results(
        projection=projection,
        places=places_required(projection),
        townships=township_children(projection, [year for year in TOWNSHIP_YEARS if year in projection.years]),
        amounts=amounts,
        payments=_payments(projection, amounts),
        allowance_range=_allowance_range(projection, start),
        comparison=pd.concat([_key_series(projections[key]) for key in area.scenarios], ignore_index=True),
        quality=findings(start),
        sensitivity=sensitivity(start, max(2040, to)),
    )


def _payments(projection: Projection, amounts: pd.DataFrame) -> pd.DataFrame:
    """Amounts by payer; finished years by the area's own shares, which a scenario cannot change."""
    finished = amounts["basis"] == "outturn"
    books = ((finished, projection.area.assumptions), (~finished, projection.assumptions))
    return pd.concat([by_payer(amounts[chosen], book) for chosen, book in books], ignore_index=True)


def _allowance_range(projection: Projection, start: Launch) -> pd.DataFrame:
    births = float(projection.components("registered")["births"][ANCHOR_YEAR])
    anchors = sorted(count / births for count in registration_anchors(start, ANCHOR_YEAR).values()) or [1.0]
    factors = {"low": min(anchors[0], 1.0), "central": 1.0, "high": max(anchors[-1], 1.0)}
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
