"""The table as pairs: sums of joined areas, what is left out, and every way in which a table cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Reference
from popmodel.assessment.backtest.census import read_pairs
from popmodel.messages import InputError


def codes(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


def test_joined_areas_are_added_up(table: Path, frame: pd.DataFrame, reference: Reference) -> None:
    pairs = read_pairs(table, reference)
    kinds = {ground.code: ground.kind for ground in pairs.grounds}
    assert kinds == {
        "410702+410772": "boundary",
        "411321": "same",
        "411325": "same",
        "411402+411425+411471+411472": "joined",
    }
    joined = [ground.code for ground in pairs.grounds].index("411402+411425+411471+411472")
    total = frame.set_index(["code", "census_date"])["total"]
    assert pairs.second[joined].total == total.loc[["411402", "411425", "411471", "411472"], "2020-11-01"].sum()
    assert pairs.first[joined].total == total.loc[["411402", "411425"], "2010-11-01"].sum()
    lowest, first, second = pairs.counted()
    assert lowest[:4].tolist() == [0, 1, 5, 10]
    assert np.array_equal(first.sum(axis=(1, 2)), [row.total for row in pairs.first])
    assert second.shape == (4, 2, len(lowest))


def test_what_one_area_does_not_state_the_sum_does_not_have(frame: pd.DataFrame, tmp_path: Path, reference: Reference) -> None:
    frame.loc[(frame["code"] == "411425") & (frame["census_date"] == "2010-11-01"), "registered"] = ""
    frame.to_csv(tmp_path / "t.csv", index=False)
    pairs = read_pairs(tmp_path / "t.csv", reference)
    registered = {ground.code: row.registered for ground, row in zip(pairs.grounds, pairs.first, strict=True)}
    assert registered["411402+411425+411471+411472"] is None
    assert registered["411321"] is not None


def test_a_bad_row_leaves_out_its_area_only(frame: pd.DataFrame, tmp_path: Path, reference: Reference) -> None:
    frame.loc[frame["code"] == "411325", "total"] += 7
    frame.to_csv(tmp_path / "t.csv", index=False)
    pairs = read_pairs(tmp_path / "t.csv", reference)
    assert "411325" not in {ground.code for ground in pairs.grounds}
    assert [problem.code for problem in pairs.refused["411325"]] == ["age_groups_differ"] * 2


def test_one_date_is_not_enough(frame: pd.DataFrame, tmp_path: Path, reference: Reference) -> None:
    frame[frame["census_date"] == "2010-11-01"].to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError) as error:
        read_pairs(tmp_path / "t.csv", reference)
    assert codes(error) == ["two_censuses_needed"]


def test_dates_must_be_whole_years_apart(frame: pd.DataFrame, tmp_path: Path, reference: Reference) -> None:
    frame["census_date"] = frame["census_date"].replace("2020-11-01", "2020-07-01")
    frame.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError) as error:
        read_pairs(tmp_path / "t.csv", reference)
    assert codes(error) == ["censuses_not_whole_years_apart"]


def test_no_common_area(frame: pd.DataFrame, tmp_path: Path, reference: Reference) -> None:
    first = frame[(frame["code"] == "411321") & (frame["census_date"] == "2010-11-01")]
    second = frame[(frame["code"] == "411325") & (frame["census_date"] == "2020-11-01")]
    pd.concat([first, second]).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError) as error:
        read_pairs(tmp_path / "t.csv", reference)
    assert codes(error) == ["no_area_at_both_censuses"]


@pytest.mark.parametrize("content", [b"", b"code,name\n1,2\n", b"\x00\x01\x02", "code,名称\n".encode("utf-16")])
def test_what_is_no_table_says_so(content: bytes, tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InputError) as error:
        read_pairs(tmp_path / "t.csv", reference)
    assert "t.csv" in str(error.value)
