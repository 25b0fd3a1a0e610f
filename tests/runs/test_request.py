"""The request reaches the notebook as it was meant, or is refused: every wrong field at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from popmodel.messages import InputError
from popmodel.runs import Request


def test_survives_the_way_into_the_notebook(tmp_path: Path) -> None:
    pack = tmp_path / "县 'a' \"b\" \\ {to}"
    pack.mkdir()
    asked = Request(pack, "medium", np.int64(2050), "en", ("xlsx", "html"), tmp_path / "out")  # type: ignore[arg-type]
    arrived = Request.from_json(asked.to_json())
    assert arrived == asked
    assert type(arrived.to) is int
    assert arrived.formats == ("html", "xlsx")


def test_shown_request_names_no_folder_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = tmp_path / "data" / "xichuan"
    pack.mkdir(parents=True)
    request = Request(pack, "medium", 2050, out=tmp_path / "out")
    assert request.shown()["pack"] == "xichuan"
    monkeypatch.chdir(tmp_path)
    assert request.shown()["pack"] == "data/xichuan"
    assert request.shown()["out"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", True),
        ("to", np.True_),
        ("to", "2050"),
        ("to", 2050.0),
        ("to", 20500),
        ("lang", "fr"),
        ("lang", None),
        ("formats", ()),
        ("formats", ("docx",)),
        ("formats", "html"),
        ("scenario", "../medium"),
        ("scenario", "a/b"),
        ("scenario", ""),
        ("scenario", None),
        ("scenario", "con"),
        ("draws", 99),
        ("draws", 1000.0),
        ("draws", 100_001),
        ("seed", -1),
        ("seed", "2020"),
        ("engine", "pandas"),
        ("pack", Path("no such folder")),
        ("pack", "data"),
        ("out", "out"),
    ],
)
def test_wrong_field_is_named(field: str, value: Any, tmp_path: Path) -> None:
    fields = {"pack": tmp_path, "scenario": "medium", "to": 2050, field: value}
    with pytest.raises(InputError) as caught:
        Request(**fields)
    (problem,) = caught.value.problems
    assert problem.parameters["field"] == field


def test_all_wrong_fields_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Request(Path("nowhere"), "", 0, "xx", ("doc",))
    assert [problem.parameters["field"] for problem in caught.value.problems] == ["pack", "scenario", "to", "lang", "formats"]


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"pack": "."}', '{"pack": ".", "scenario": "m", "to": 2050, "tp": 1}'])
def test_text_that_is_no_request(text: str) -> None:
    with pytest.raises(InputError):
        Request.from_json(text)


def test_a_number_in_place_of_a_path_is_refused() -> None:
    with pytest.raises(InputError):
        Request.from_json(json.dumps({"pack": 3, "scenario": "medium", "to": 2050}))
