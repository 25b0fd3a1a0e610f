"""Parts put together into one table: the rows in their order, in groups that do not tell how they came."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from popmodel.runs import county_tables
from popmodel.runs.county_tables import join


@pytest.mark.parametrize("sizes", [[25], [1, 9, 15], [10, 10, 5], [24, 1], [3] * 8 + [1]])
def test_bytes_do_not_depend_on_the_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: list[int]) -> None:
    monkeypatch.setattr(county_tables, "ROW_GROUP", 10)
    table = pa.table({"code": [f"41{number:04d}" for number in range(25)], "central": [number / 7 for number in range(25)]})
    paths, low = [], 0
    for number, size in enumerate(sizes):
        paths.append(tmp_path / f"{number}.parquet")
        pq.write_table(table.slice(low, size), paths[-1])
        low += size
    assert join(paths, tmp_path / "all.parquet") == 25
    found = pq.ParquetFile(tmp_path / "all.parquet")
    assert [found.metadata.row_group(group).num_rows for group in range(found.num_row_groups)] == [10, 10, 5]
    assert found.read().equals(table)
    pq.write_table(table, tmp_path / "whole.parquet")
    join([tmp_path / "whole.parquet"], tmp_path / "again.parquet")
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "all.parquet").read_bytes()
