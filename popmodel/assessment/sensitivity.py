"""How far births and small children move when one assumption is changed: what a planner should check first.

Each variant changes one entry of the assumption book, everything else staying as in the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from popmodel.messages import text
from popmodel.projection import Launch, Projection, launch, project_from

SENSITIVITY_YEARS = (2030, 2035, 2040)

# Variant → what it changes after the launch. The sizes are for comparison, no statement of how likely they are.
AFTER_LAUNCH: Mapping[str, Mapping[str, float]] = {
    "baseline": {},
    "fertility_up": {"fertility.level": 1.1},
    "fertility_down": {"fertility.level": 0.9},
    "launch_mean": {"fertility.launch_years": 3.0},
    "hold_launch_fertility": {"fertility.un_path_weight": 0.0},
    "nobody_moves": {"migration.leaving": 0.0, "migration.returning": 0.0},
    "nobody_returns": {"migration.returning": 0.0},
    "life_expectancy_up": {"mortality.gain_factor": 2.0},
    "life_expectancy_held": {"mortality.gain_factor": 0.0},
}
# Variant → what it changes in the base, so that the years up to the launch change too.
IN_BASE: Mapping[str, Mapping[str, float]] = {
    "resettlement_as_migration": {"migration.exclude_resettlement": 0.0},
    "un_mortality": {"mortality.un_standard": 1.0},
    "older_return": {"migration.returning_older": 1.0},
    "away_fertility_up": {"registered.away_fertility": 0.75},
    "away_fertility_down": {"registered.away_fertility": 0.25},
}


def sensitivity(start: Launch, to: int = 2040) -> pd.DataFrame:
    """How the baseline of the launched area moves, a row a variant and year.

    Columns: variant, year, residents, births, children_0_2, women_15_49, persons_80_plus, registered_births, registered_0_2,
    registered_60_plus; persons.
    """
    area = start.area
    baseline = next(scenario for scenario in area.scenarios.values() if scenario.baseline)
    rows = [
        _series(project_from(start, replace(baseline, changes=changes), to)).assign(variant=variant)
        for variant, changes in AFTER_LAUNCH.items()
    ]
    for variant, changes in IN_BASE.items():
        changed = launch(replace(area, assumptions=area.assumptions.with_changes(changes)))
        rows.append(_series(project_from(changed, baseline, to)).assign(variant=variant))
    return pd.concat(rows, ignore_index=True)


def variant_title(variant: str, lang: str | None = None) -> str:
    """The variant's name as it is printed."""
    return text(f"assessment.variant.{variant}", lang=lang)


def _series(projection: Projection) -> pd.DataFrame:
    series = {
        "residents": projection.persons(0, 100),
        "births": projection.components()["births"],
        "children_0_2": projection.persons(0, 2),
        "women_15_49": projection.persons(15, 49, "resident", "female"),
        "persons_80_plus": projection.persons(80, 100),
        "registered_births": projection.components("registered")["births"],
        "registered_0_2": projection.persons(0, 2, "registered"),
        "registered_60_plus": projection.persons(60, 100, "registered"),
    }
    return pd.DataFrame(series).loc[projection.launch + 1 :].reset_index(names="year")
