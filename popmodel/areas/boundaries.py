"""The county's own township boundaries, `boundaries.geojson` of its pack: read for drawing, checked, and never asked for.

A FeatureCollection (RFC 7946) of Polygons or MultiPolygons in degrees, each with the township's code as its property `code`. Any
datum will do for a drawing, if all are in the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from popmodel.areas.text_files import read_text
from popmodel.messages import Problem

FILE = "boundaries.geojson"
# The rings of a township: outer ones and holes, each (corner, [longitude, latitude]), the last corner being the first.
Rings = tuple[npt.NDArray[np.float64], ...]
_LEAST_CORNERS = 4


def read_boundaries(folder: Path, codes: Sequence[str], problems: list[Problem], notices: list[Problem]) -> Mapping[str, Rings]:
    """The rings of each township of `codes`; empty where it has none or, after adding to `problems`, wrong ones."""
    path = folder / FILE
    if not path.exists():
        return {}
    before = len(problems)
    written = read_text(path, folder, problems, notices)
    features = _features(written, str(path), problems) if written is not None else []
    found: dict[str, Rings] = {}
    for place, feature in enumerate(features, start=1):
        code = _part(feature, "properties", "code")
        told = {"feature": place, "found": str(code)}
        if code not in codes:
            problems.append(Problem("boundary_unknown_township", told, file=str(path)))
            continue
        if code in found:
            problems.append(Problem("boundary_twice", told, file=str(path)))
        rings = _rings(_part(feature, "geometry", "type"), _part(feature, "geometry", "coordinates"))
        if rings is None:
            problems.append(Problem("boundary_not_a_polygon", told, file=str(path)))
        else:
            found[code] = rings
    if len(problems) == before and (missing := [code for code in codes if code not in found]):
        problems.append(Problem("boundary_missing", {"missing": ", ".join(missing)}, file=str(path)))
    return found if len(problems) == before else {}


def _features(written: str, file: str, problems: list[Problem]) -> list[Any]:
    try:
        content = json.loads(written)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        problems.append(Problem("boundaries_not_json", {"found": str(error)}, file=file, line=line))
        return []
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list):
        problems.append(Problem("boundaries_not_features", file=file))
        return []
    return features


def _part(feature: Any, part: str, name: str) -> Any:
    held = feature.get(part) if isinstance(feature, dict) else None
    return held.get(name) if isinstance(held, dict) else None


def _rings(kind: Any, coordinates: Any) -> Rings | None:
    """The rings of a Polygon or MultiPolygon; None for anything else, and for corners that are no degrees."""
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(coordinates, list) or not coordinates:
        return None
    polygons = [coordinates] if kind == "Polygon" else coordinates
    try:
        rings = tuple(
            np.array([[float(value) for value in corner[:2]] for corner in ring]) for polygon in polygons for ring in polygon
        )
    except (TypeError, ValueError):
        return None
    good = all(ring.ndim == 2 and ring.shape[1] == 2 and len(ring) >= _LEAST_CORNERS and _degrees(ring) for ring in rings)
    return rings if rings and good else None


def _degrees(ring: npt.NDArray[np.float64]) -> bool:
    return bool((np.abs(ring[:, 0]) <= 180).all() and (np.abs(ring[:, 1]) <= 90).all())
