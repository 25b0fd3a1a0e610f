"""The data files: what was computed comes back bit by bit, and a name cannot leave the folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from popmodel.reports import Report, write_data


def test_frames_come_back_bit_by_bit(report: Report, tmp_path: Path) -> None:
    frames = {**report.frames(), "indexed": pd.DataFrame({"x": [0.1 + 0.2, np.nan]}, index=pd.Index([2026, 2027], name="year"))}
    written = write_data(frames, tmp_path / "data")
    assert [path.name for path in written] == [f"{name}.parquet" for name in frames]
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "data" / f"{name}.parquet"), frame, check_exact=True)


def test_the_same_frames_give_the_same_bytes(report: Report, tmp_path: Path) -> None:
    first, second = (write_data(report.frames(), tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.parametrize("name", ["../outside", "a/b", "Name", "", "a.b"])
def test_a_name_cannot_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name"):
        write_data({name: pd.DataFrame({"x": [1]})}, tmp_path / "data")
    assert not list(tmp_path.rglob("*.parquet"))
