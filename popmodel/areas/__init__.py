"""Area packs: one county's tables, checked and typed, with the national and provincial reference data that fill what it lacks."""

from popmodel.areas.build import new_area
from popmodel.areas.census_table import CensusRow, CensusTable, is_county, read_census_table
from popmodel.areas.facts import Facts, Place, Places, place_of_rows, side_by_side
from popmodel.areas.filled import Filled
from popmodel.areas.grounds import Ground, common_grounds
from popmodel.areas.packs import Area, AreaCheck, check_area, load_area
from popmodel.areas.reference import Reference, load_reference
from popmodel.areas.reported import Reported, known_registered, reported, reported_registered

__all__ = [
    "Area",
    "AreaCheck",
    "CensusRow",
    "CensusTable",
    "Facts",
    "Filled",
    "Ground",
    "Place",
    "Places",
    "Reference",
    "Reported",
    "check_area",
    "common_grounds",
    "is_county",
    "known_registered",
    "load_area",
    "load_reference",
    "new_area",
    "place_of_rows",
    "read_census_table",
    "reported",
    "reported_registered",
    "side_by_side",
]
