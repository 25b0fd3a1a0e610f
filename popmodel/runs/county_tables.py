"""The ranges of counties as Parquet: a part a batch, then one table of all, whose bytes do not tell how they were batched."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from popmodel.assessment.counties import AGES, COLUMNS, INDICATORS, CountyRanges
from popmodel.demography import SEXES
from popmodel.demography.arrays import Array

if TYPE_CHECKING:
    import pyarrow as pa

Places = npt.NDArray[np.integer]

# Rows that a reader takes at once.
ROW_GROUP = 1 << 17
_WORDS = ["code", "quantity", "sex", "year", "age_lo", "age_hi"]


def parts_of(counties: Sequence[CountyRanges], *, ages: bool) -> dict[str, bytes]:
    """The ranges of some counties as whole Parquet files by kind, `indicators` and, where asked for, `ages`."""
    found = {"indicators": _parquet(indicator_table(counties))}
    return found | ({"ages": _parquet(age_table(counties))} if ages else {})


def indicator_table(counties: Sequence[CountyRanges]) -> pa.Table:
    """A row a county, quantity and year: code, quantity, year, then COLUMNS; none where there is no such quantity in a year."""
    import pyarrow as pa

    quantity, year = _places([(len(INDICATORS), one.years) for one in counties])
    values = np.concatenate([one.indicators.reshape(-1, len(COLUMNS)) for one in counties])
    columns = {
        "code": _codes(counties, [one.indicators for one in counties]),
        "quantity": _words(INDICATORS, quantity),
        "year": pa.array(year),
    }
    return _table(columns, values).filter(pa.array(~np.isnan(values[:, 0])))


def age_table(counties: Sequence[CountyRanges]) -> pa.Table:
    """A row a county, sex, age group and year: code, sex, age_lo, age_hi (empty: and over), year, then COLUMNS; persons."""
    import pyarrow as pa

    stocks = [one.ages for one in counties if one.ages is not None]
    cell, year = _places([(len(SEXES) * len(AGES), one.years) for one in counties])
    sex, age = np.divmod(cell, len(AGES))
    highest = np.array([*(low - 1 for low in AGES[1:]), 0], dtype=np.int16)
    columns = {
        "code": _codes(counties, stocks),
        "sex": _words(SEXES, sex),
        "age_lo": pa.array(np.array(AGES, dtype=np.int16)[age]),
        "age_hi": pa.array(highest[age], mask=age == len(AGES) - 1),
        "year": pa.array(year),
    }
    return _table(columns, np.concatenate([one.reshape(-1, len(COLUMNS)) for one in stocks]))


def join(parts: Iterable[Path], out: Path) -> int:
    """Put the rows of the files `parts`, in their order, into the file `out`, a few at a time; gives the number of rows."""
    import pyarrow.parquet as pq

    rows = 0
    writer: pq.ParquetWriter | None = None
    try:
        for table in _in_groups(pq.read_table(path) for path in parts):
            writer = writer or pq.ParquetWriter(out, table.schema, **_options(table))
            writer.write_table(table, row_group_size=ROW_GROUP)
            rows += len(table)
    finally:
        if writer is not None:
            writer.close()
    return rows


def _in_groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The rows of the tables in tables of ROW_GROUP rows, the last one with what is left."""
    import pyarrow as pa

    held: pa.Table | None = None
    for table in tables:
        held = table if held is None else pa.concat_tables([held, table])
        while len(held) > ROW_GROUP:
            yield held.slice(0, ROW_GROUP).combine_chunks()
            held = held.slice(ROW_GROUP)
    if held is not None:
        yield held.combine_chunks()


def _places(blocks: Sequence[tuple[int, Sequence[int]]]) -> tuple[Places, Places]:
    """Of each row, the place in its block's first dimension and the year; blocks are (places, years), the years inmost."""
    first = np.concatenate([np.repeat(np.arange(places), len(years)) for places, years in blocks])
    return first, np.concatenate([np.tile(np.asarray(years, dtype=np.int16), places) for places, years in blocks])


def _codes(counties: Sequence[CountyRanges], values: Sequence[Array]) -> pa.Array:
    rows = [one.size // len(COLUMNS) for one in values]
    return _words([one.code for one in counties], np.repeat(np.arange(len(counties)), rows))


def _words(words: Sequence[str], places: Places) -> pa.Array:
    """Texts, each one of few `words`."""
    import pyarrow as pa

    held = pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), pa.array(list(words), pa.string()))
    return held.dictionary_decode()


def _table(columns: Mapping[str, pa.Array], values: Array) -> pa.Table:
    import pyarrow as pa

    numbers = {name: pa.array(np.ascontiguousarray(values[:, place])) for place, name in enumerate(COLUMNS)}
    return pa.table({**columns, **numbers})


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    held = io.BytesIO()
    pq.write_table(table, held, row_group_size=ROW_GROUP, **_options(table))
    return held.getvalue()


def _options(table: pa.Table) -> dict[str, object]:
    """Words are worth packing; figures in full precision are not, and are read faster as they are."""
    return {
        "use_dictionary": [name for name in _WORDS if name in table.column_names],
        "compression": {name: "zstd" if name in _WORDS else "none" for name in table.column_names},
        "write_statistics": True,
    }
