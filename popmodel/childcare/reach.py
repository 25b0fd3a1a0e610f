"""Who reaches which places: distances or travel times, places for each child within reach, and where new sites reach most.

It takes coordinates of where children live and of facilities, or travel times between them; without them nothing here is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Area
from popmodel.childcare.facilities import facilities, open_in
from popmodel.demography.arrays import Array
from popmodel.messages import InputError, Problem
from popmodel.projection import Projection

REACH_KM, REACH_MINUTES = 3.0, 20.0
_EARTH_KM = 6371.0088  # mean radius, IUGG

Flags = npt.NDArray[np.bool_]


def distance_km(from_longitude: Array, from_latitude: Array, to_longitude: Array, to_latitude: Array) -> Array:
    """Great-circle distances, km, (from, to), from degrees in one datum. Source: Sinnott (1984), Sky and Telescope 68, haversine.

    >>> round(float(distance_km(np.array([0.0]), np.array([0.0]), np.array([1.0]), np.array([0.0]))[0, 0]), 1)
    111.2
    """
    longitude, latitude = np.radians(from_longitude)[:, None], np.radians(from_latitude)[:, None]
    other_longitude, other_latitude = np.radians(to_longitude)[None], np.radians(to_latitude)[None]
    half = np.sin((other_latitude - latitude) / 2) ** 2
    half = half + np.cos(latitude) * np.cos(other_latitude) * np.sin((other_longitude - longitude) / 2) ** 2
    return np.asarray(2 * _EARTH_KM * np.arcsin(np.sqrt(half)))


def two_step(children: Array, places: Array, within: Flags) -> Array:
    """Places for each child within reach of where it lives, (point,): the two-step floating catchment area.

    R_j = S_j ÷ Σ_i within C_i, then A_i = Σ_j within R_j. Σ C_i A_i is all places that anybody reaches.
    children: (point,); places: (facility,); within: (point, facility). Source: Luo & Wang (2003), Environment and Planning B 30.
    """
    asking = children @ within
    ratio = np.divide(places, asking, out=np.zeros_like(asking), where=asking > 0)
    return np.asarray(within @ ratio)


class Sites(NamedTuple):
    """Candidate sites chosen, (candidate,), and the children served by all facilities then."""

    chosen: Flags
    served: float


def best_sites(children: Array, existing: Array, within: Flags, candidates: Flags, size: float, count: int) -> Sites:
    """Where `count` new sites of `size` places serve most children, those that exist staying with the places they have.

    Maximal covering with capacities: max Σ x, Σ_j x[i,j] ≤ C_i, Σ_i x[i,j] ≤ S_j y_j, Σ y = count over candidates, x only within
    reach. existing: places, (facility,); within: (point, facility); candidates: within reach of a new site, (point, candidate).
    Solved by HiGHS through scipy. Source: Current & Storbeck (1988), Environment and Planning B 15.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import lil_array

    reachable = np.hstack([within, candidates])
    point, facility = np.nonzero(reachable)
    links, held, new = len(point), len(existing), candidates.shape[1]
    count = min(count, new)
    rows = lil_array((len(children) + held + new + 1, links + new))
    for link in range(links):
        rows[point[link], link] = 1
        rows[len(children) + facility[link], link] = 1
    for site in range(new):
        rows[len(children) + held + site, links + site] = -size
        rows[len(children) + held + new, links + site] = 1
    high = np.concatenate([children, existing, np.zeros(new), [count]])
    low = np.full(len(high), -np.inf)
    # A tie goes to the first of equal sites.
    price = np.concatenate([-np.ones(links), 1e-7 * np.arange(new)])
    found = milp(
        price,
        constraints=LinearConstraint(rows.tocsr(), low, high),
        bounds=Bounds(0, np.concatenate([np.full(links, np.inf), np.ones(new)])),
        integrality=np.concatenate([np.zeros(links), np.ones(new)]),
    )
    chosen = np.round(found.x[links:]).astype(bool)
    return Sites(chosen, float(found.x[:links].sum()))


def reached_shares(area: Area, codes: Sequence[str], years: Sequence[int]) -> Array | None:
    """The share of each unit's children with any place within reach at the end of each year, (unit, year), 0-1.

    A unit without points has the county's share; None where the pack has no points, or the county is one unit.
    """
    points = area.tables.get("points")
    if points is None or points.empty or list(codes) == [area.code]:
        return None
    found = np.empty((len(codes), len(years)))
    weight = points["weight"].to_numpy(dtype=float)
    for column, year in enumerate(years):
        reached = weight * _within(area, points, open_in(facilities(area), year)).any(axis=1)
        for unit, code in enumerate(codes):
            own = (points["township"] == code).to_numpy() & (weight > 0)
            chosen = own if own.any() else np.ones(len(points), dtype=bool)
            found[unit, column] = reached[chosen].sum() / weight[chosen].sum()
    return found


def reach_table(projection: Projection, year: int) -> pd.DataFrame | None:
    """Who reaches a place at the end of `year`, a row a township and the county (code ""); None without points in the pack.

    Columns: code, name, reached (share of the children aged 0-2 with any place within reach, 0-1), places_a_child (within reach,
    mean over children). Reach is 20 minutes where the pack has travel times, else 3 km. Facilities without coordinates or
    times reach nobody; planned ones count times their probability.
    """
    area = projection.area
    points = area.tables.get("points")
    if points is None or points.empty:
        return None
    open_then = open_in(facilities(area), year)
    within = _within(area, points, open_then)
    children = float(projection.persons(0, 2)[year]) * (points["weight"] / points["weight"].sum()).to_numpy(dtype=float)
    each = two_step(children, open_then["places"].to_numpy(dtype=float), within)
    frame = pd.DataFrame(
        {"code": points["township"], "children": children, "reached": children * within.any(axis=1), "held": children * each}
    )
    sums = frame.groupby("code", sort=False).sum()
    sums.loc[""] = sums.sum()
    townships = area.tables.get("townships")
    names = {} if townships is None else dict(zip(townships["code"], townships["name"], strict=True))
    return pd.DataFrame(
        {
            "code": sums.index,
            "name": [names.get(code, "") for code in sums.index],
            "reached": (sums["reached"] / sums["children"]).to_numpy(),
            "places_a_child": (sums["held"] / sums["children"]).to_numpy(),
        }
    )


def site_table(projection: Projection, asked_for: float, size: int, count: int, year: int) -> pd.DataFrame | None:
    """Points at which `count` new classes of `size` places serve most of the places `asked_for`, beside those that exist.

    Columns: point, township, and served (places taken in all, with what exists), a row a site; None without points or coordinates
    of theirs (a new site has no travel times yet).
    """
    area = projection.area
    points = area.tables.get("points")
    if points is None or points.empty or not count:
        return None
    open_then = open_in(facilities(area), year)
    within = _within(area, points, open_then)
    longitude, latitude = (points[name].to_numpy(dtype=float) for name in ("longitude", "latitude"))
    near = distance_km(longitude, latitude, longitude, latitude) <= REACH_KM
    weight = (points["weight"] / points["weight"].sum()).to_numpy(dtype=float)
    found = best_sites(asked_for * weight, open_then["places"].to_numpy(dtype=float), within, near, float(size), count)
    chosen = points.loc[found.chosen, ["id", "township"]].rename(columns={"id": "point"})
    return chosen.assign(served=found.served).reset_index(drop=True)


def _within(area: Area, points: pd.DataFrame, open_then: pd.DataFrame) -> Flags:
    """Which of the facilities each point reaches, (point, facility). Raises InputError for coordinates in several datums."""
    times = area.tables.get("travel_times")
    if times is not None:
        near = {(row["point"], row["facility"]) for row in times[times["minutes"] <= REACH_MINUTES].to_dict("records")}
        return np.array([[(point, facility) in near for facility in open_then["id"]] for point in points["id"]], dtype=bool)
    placed = open_then["longitude"].notna().to_numpy()
    datums = sorted({*points["datum"], *open_then.loc[placed, "datum"]})
    if len(datums) > 1:
        raise InputError([Problem("coordinates_mixed", {"found": ", ".join(datums)}, file="facilities.csv")])
    found = distance_km(*(points[name].to_numpy(dtype=float) for name in ("longitude", "latitude")),
                        *(open_then[name].to_numpy(dtype=float) for name in ("longitude", "latitude")))  # fmt: skip
    return np.asarray((found <= REACH_KM) & placed)
