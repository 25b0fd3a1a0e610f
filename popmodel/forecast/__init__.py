"""Future paths of an area's rates: mortality, fertility, migration, and the totals the years since the census are held to."""

from popmodel.forecast.base_population import LAUNCH, Census, area_censuses, as_date, censuses, old_people, year_fraction
from popmodel.forecast.fertility import (
    ORDERS,
    a_year_later,
    census_births_by_order,
    fertility_path,
    fertility_schedule,
    order_shares,
    parity_before_census,
    rates_by_parity,
    sex_ratio_of_all,
    sex_ratios_at_birth,
    urban_share,
)
from popmodel.forecast.migration import MigrationProfile, migration_profile, return_pattern, whole_years
from popmodel.forecast.mortality import Level, Mortality, mortality_level, mortality_path, province_rates, survival_polynomials
from popmodel.forecast.series import value_path, yearly
from popmodel.forecast.totals import births_share, published_births, reported_total, resident_controls
from popmodel.forecast.uncertainty import Deviations, Known, Spreads, deviations, known_years, national_fertility, spreads

__all__ = [
    "LAUNCH",
    "ORDERS",
    "Census",
    "Deviations",
    "Known",
    "Level",
    "MigrationProfile",
    "Mortality",
    "Spreads",
    "a_year_later",
    "area_censuses",
    "as_date",
    "births_share",
    "census_births_by_order",
    "censuses",
    "deviations",
    "fertility_path",
    "fertility_schedule",
    "known_years",
    "migration_profile",
    "mortality_level",
    "mortality_path",
    "national_fertility",
    "old_people",
    "order_shares",
    "parity_before_census",
    "province_rates",
    "published_births",
    "rates_by_parity",
    "reported_total",
    "resident_controls",
    "return_pattern",
    "sex_ratio_of_all",
    "sex_ratios_at_birth",
    "spreads",
    "survival_polynomials",
    "urban_share",
    "value_path",
    "whole_years",
    "year_fraction",
    "yearly",
]
