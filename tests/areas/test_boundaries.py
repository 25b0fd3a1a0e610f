"""A county's own boundaries: taken as they are given, and refused in words a mapper understands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from popmodel.areas import check_area, load_area
from popmodel.messages import Problem

ROOT = Path(__file__).resolve().parents[2]
CODES = [
    *(f"4113260{number:02d}" for number in (1, 2)),
    *(f"411326{number}" for number in (*range(101, 112), *range(301, 305))),
]


def square(code: str, east: float) -> dict[str, object]:
    ring = [[east, 33.0], [east + 0.1, 33.0], [east + 0.1, 33.1], [east, 33.1], [east, 33.0]]
    return {"type": "Feature", "properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def squares() -> list[dict[str, object]]:
    return [square(code, 111.0 + 0.1 * place) for place, code in enumerate(CODES)]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "data" / "xichuan", tmp_path / "pack")
    return tmp_path / "pack"


def problems(pack: Path, written: str) -> list[Problem]:
    (pack / "boundaries.geojson").write_text(written, encoding="utf-8")
    return list(check_area(pack).problems)


def collection(features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_boundaries_are_read_by_township(pack: Path) -> None:
    several = squares()
    # One township in two parts, the second with a hole.
    outer = [[112.0, 34.0], [112.9, 34.0], [112.9, 34.9], [112.0, 34.0]]
    hole = [[112.5, 34.1], [112.6, 34.1], [112.6, 34.2], [112.5, 34.1]]
    parts = [several[0]["geometry"]["coordinates"], [outer, hole]]  # type: ignore[index]
    several[0]["geometry"] = {"type": "MultiPolygon", "coordinates": parts}
    assert problems(pack, collection(several)) == []
    found = load_area(pack).boundaries
    assert list(found) == CODES
    assert [len(ring) for ring in found[CODES[0]]] == [5, 4, 4]
    assert found[CODES[1]][0][0].tolist() == [111.1, 33.0]


def test_a_pack_without_boundaries_has_none() -> None:
    assert load_area(ROOT / "data" / "xichuan").boundaries == {}


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("", ["boundaries_not_json"]),
        ('{"type": "FeatureCollection", "features": [', ["boundaries_not_json"]),
        ("[" * 100_000, ["boundaries_not_json"]),
        ("[]", ["boundaries_not_features"]),
        (collection({}), ["boundaries_not_features"]),
        (collection([]), ["boundary_missing"]),
        (collection([None, 3, {"properties": None}]), ["boundary_unknown_township"] * 3),
        (collection([*squares(), square("411327001", 111.0)]), ["boundary_unknown_township"]),
        (collection([*squares(), square(CODES[3], 111.0)]), ["boundary_twice"]),
        (collection(squares()[1:]), ["boundary_missing"]),
        # Metres of a projection, and a corner that is no number.
        (collection([square(CODES[0], 19_458_000.0), *squares()[1:]]), ["boundary_not_a_polygon"]),
        (collection([square(CODES[0], float("nan")), *squares()[1:]]), ["boundary_not_a_polygon"]),
    ],
)
def test_wrong_boundaries_are_told(pack: Path, written: str, codes: list[str]) -> None:
    found = problems(pack, written)
    assert [problem.code for problem in found] == codes
    for lang in ("zh", "en"):
        assert all("boundaries.geojson" in problem.describe(lang) for problem in found)


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "Point", "coordinates": [111.0, 33.0]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[111.0, 33.0], [111.1, 33.0], [111.0, 33.0]]]},
        {"type": "Polygon", "coordinates": [[["a", "b"]] * 4]},
        {"type": "Polygon", "coordinates": [[[111.0]] * 4]},
    ],
)
def test_what_is_no_polygon_is_told(pack: Path, geometry: object) -> None:
    features = squares()
    features[2]["geometry"] = geometry
    assert [problem.code for problem in problems(pack, collection(features))] == ["boundary_not_a_polygon"]


def test_a_slip_in_the_name_is_noticed(pack: Path) -> None:
    (pack / "boundary.geojson").write_text(collection(squares()), encoding="utf-8")
    notices = [notice for notice in check_area(pack).notices if notice.code == "file_unread"]
    assert [notice.parameters["nearest"] for notice in notices] == ["boundaries.geojson"]
