"""Childcare places: what the norm asks for, what would be used, and what there is.

Places follow residents; the norm is shown under the registered denominator too, because documents do not say which is meant.
"""

from popmodel.childcare.norms import NORMS_FILE, national_norm_per_1000, norms
from popmodel.childcare.places import (
    MEASURES,
    closing_years,
    enrolment_required,
    measure_title,
    place_density,
    places_draws,
    places_now,
    places_required,
    reported_norm,
)
from popmodel.childcare.townships import split, township_children, township_draws, township_shares

__all__ = [
    "MEASURES",
    "NORMS_FILE",
    "closing_years",
    "enrolment_required",
    "measure_title",
    "national_norm_per_1000",
    "norms",
    "place_density",
    "places_draws",
    "places_now",
    "places_required",
    "reported_norm",
    "split",
    "township_children",
    "township_draws",
    "township_shares",
]
