"""Future paths of an area's rates: mortality, fertility, migration, and the totals the years since the census are held to."""

from popmodel.forecast.base_population import Census, as_date, censuses, year_fraction
from popmodel.forecast.fertility import ORDERS, fertility_levels, fertility_schedule, order_shares
from popmodel.forecast.migration import MigrationProfile, migration_profile, whole_years
from popmodel.forecast.mortality import Mortality, mortality
from popmodel.forecast.series import yearly
from popmodel.forecast.totals import births_share, published_births, reported_total, resident_controls

__all__ = [
    "ORDERS",
    "Census",
    "MigrationProfile",
    "Mortality",
    "as_date",
    "births_share",
    "censuses",
    "fertility_levels",
    "fertility_schedule",
    "migration_profile",
    "mortality",
    "order_shares",
    "published_births",
    "reported_total",
    "resident_controls",
    "whole_years",
    "year_fraction",
    "yearly",
]
