"""Life tables, graduation, fertility, mortality and migration schedules: pure functions on plain arrays.

Nothing here knows of counties, files or reports. The age axis is the last one unless a docstring says otherwise.
"""

from popmodel.demography.arrays import FEMALE, MALE, SEXES, Array
from popmodel.demography.fertility import scale_to_births, total_fertility
from popmodel.demography.graduation import graduate_counts, graduate_rates, split_open_group
from popmodel.demography.life_table import (
    LifeTable,
    a0_andreev_kingkade,
    deaths_before_birthday,
    life_expectancy,
    life_table,
    rates_at_e0,
    survival_ratios,
)
from popmodel.demography.migration import CohortMigration, annual_rates, intercensal_migration

__all__ = [
    "FEMALE",
    "MALE",
    "SEXES",
    "Array",
    "CohortMigration",
    "LifeTable",
    "a0_andreev_kingkade",
    "annual_rates",
    "deaths_before_birthday",
    "graduate_counts",
    "graduate_rates",
    "intercensal_migration",
    "life_expectancy",
    "life_table",
    "rates_at_e0",
    "scale_to_births",
    "split_open_group",
    "survival_ratios",
    "total_fertility",
]
