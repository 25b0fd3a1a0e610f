"""How far births and small children move when one assumption is changed: what a planner should check first.

Each variant changes one entry of the assumption book, everything else staying as in the baseline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from popmodel.areas import Area
from popmodel.messages import text
from popmodel.projection import project

SENSITIVITY_YEARS = (2030, 2035, 2040)

# Variant → what it changes. The sizes are for comparison, no statement of how likely they are.
VARIANTS: Mapping[str, Mapping[str, float]] = {
    "baseline": {},
    "fertility_up": {"fertility.level": 1.1},
    "fertility_down": {"fertility.level": 0.9},
    "hold_launch_fertility": {"fertility.un_path_weight": 0.0},
    "nobody_moves": {"migration.leaving": 0.0, "migration.returning": 0.0},
    "nobody_returns": {"migration.returning": 0.0},
    "resettlement_as_migration": {"migration.exclude_resettlement": 0.0},
    "away_fertility_up": {"registered.away_fertility": 0.75},
    "away_fertility_down": {"registered.away_fertility": 0.25},
    "life_expectancy_up": {"mortality.gain_factor": 2.0},
    "life_expectancy_held": {"mortality.gain_factor": 0.0},
}


def sensitivity(area: Area, to: int = 2040) -> pd.DataFrame:
    """A row a variant and year: residents, births, children 0-2 and women 15-49 among residents, registered births and children 0-2.

    Columns: variant, year, residents, births, children_0_2, women_15_49, registered_births, registered_0_2; persons.
    """
    rows = []
    for variant, changes in VARIANTS.items():
        projection = project(replace(area, assumptions=area.assumptions.with_changes(changes)), to=to)
        series = {
            "residents": projection.persons(0, 100),
            "births": projection.components()["births"],
            "children_0_2": projection.persons(0, 2),
            "women_15_49": projection.persons(15, 49, "resident", "female"),
            "registered_births": projection.components("registered")["births"],
            "registered_0_2": projection.persons(0, 2, "registered"),
        }
        frame = pd.DataFrame(series).loc[projection.launch + 1 :]
        rows.append(frame.reset_index(names="year").assign(variant=variant))
    return pd.concat(rows, ignore_index=True)


def variant_title(variant: str, lang: str | None = None) -> str:
    """The variant's name as it is printed."""
    return text(f"assessment.variant.{variant}", lang=lang)
