"""Area packs: one county's tables, checked and typed, with the national and provincial reference data that fill what it lacks."""

from popmodel.areas.build import new_area
from popmodel.areas.facts import Facts, Place, Places, side_by_side
from popmodel.areas.filled import Filled
from popmodel.areas.packs import Area, AreaCheck, check_area, load_area
from popmodel.areas.reference import Reference, load_reference

__all__ = [
    "Area",
    "AreaCheck",
    "Facts",
    "Filled",
    "Place",
    "Places",
    "Reference",
    "check_area",
    "load_area",
    "load_reference",
    "new_area",
    "side_by_side",
]
