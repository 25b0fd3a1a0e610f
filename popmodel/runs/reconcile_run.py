"""Two lists of people held against each other: refused where a person can be known, and written as counts alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from popmodel.areas.people_lists import HASHED, ListColumn, columns_in, list_blocks
from popmodel.areas.schemas import Column
from popmodel.areas.text_files import list_encoding
from popmodel.areas.workbook.as_left import tidied
from popmodel.assessment.reconcile import Reconciled, reconcile
from popmodel.messages import InputError, Problem
from popmodel.runs.record import RunRecord
from popmodel.runs.run import write_folder

COLUMNS: Mapping[str, ListColumn] = {
    "id": ListColumn(("密文", "编号", "身份证号", "证件号码", "公民身份号码", "hash", "id")),
    "birth": ListColumn(("出生日期", "出生年月日", "birth", "born", "birth_date")),
    "township": ListColumn(("乡镇", "乡镇街道", "乡镇代码", "township"), needed=False),
}
_HASH = f"^(?:{HASHED})$"
# An identity number of eighteen characters, or of fifteen with a day in it, in half or full width.
_IDENTITY = (
    r"(?:^|[^0-9０-９])(?:[0-9０-９]{17}[0-9０-９XxＸｘ]"
    r"|[0-9]{6}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3})(?:$|[^0-9０-９])"
)
_BLOCK_BYTES = 1 << 24
_BIRTH = Column("birth_date", "date", required=False)


def reconcile_run(a: Path, b: Path, out: Path, day: dt.date, threshold: int) -> tuple[RunRecord, Reconciled, Sequence[Problem]]:
    """Compare the lists and write the counts as a folder under `out`; returns its record, the counts as they may be printed, and
    notices.

    Ages are completed on `day`; counts of townships under `threshold` are left out, and those that would give them away. Raises
    InputError for lists that cannot be read, hold identity numbers or ids that are no hashes.
    """
    notices: list[Problem] = []
    problems: list[Problem] = []
    tables = [_read(path, problems, notices) for path in (a, b)]
    if problems:
        raise InputError(problems)
    found = reconcile(tables[0], tables[1], day).printable(threshold)

    def write(folder: Path) -> None:
        for name in ("by_township", "by_month", "by_age"):
            getattr(found, name).to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")

    request = {"a": a.name, "b": b.name, "day": day.isoformat(), "threshold": threshold}
    record = write_folder(out / "reconcile", write, request=request, inputs=[a, b])
    return record, found, notices


def _read(path: Path, problems: list[Problem], notices: list[Problem]) -> Any:
    """The list as an Arrow table of id, birth and township; None after adding to `problems` why it cannot be."""
    import pyarrow as pa
    import pyarrow.csv as pc

    file, before = str(path), len(problems)
    encoding = list_encoding(path, problems, notices)
    if encoding is None:
        return None
    options = pc.ReadOptions(block_size=_BLOCK_BYTES, encoding="utf8" if encoding.startswith("utf-8") else encoding)
    try:
        names = _header(path, encoding)
        texts = pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
        reader = pc.open_csv(path, read_options=options, convert_options=texts)
        found = columns_in(reader.schema.names, COLUMNS, file, 1, problems, notices, exact=False)
        if found is None:
            return None
        columns = {what: name for what, name in zip(found, reader.schema.names, strict=True) if what}
        blocks = list(_blocks(reader, columns, file, problems))
    except pa.ArrowInvalid:  # what it says repeats the row, and with it whatever number stands there
        problems.append(_why_no_table(path))
        return None
    if len(problems) > before:
        return None
    if not blocks or not sum(block.num_rows for block in blocks):
        problems.append(Problem("table_empty", file=file))
        return None
    return pa.Table.from_batches(blocks)


def _why_no_table(path: Path) -> Problem:
    """Why a file that is no table to the fast reader is none."""
    problems: list[Problem] = []
    blocks = list_blocks(path, COLUMNS, problems, [], exact=False)
    found = next((wrong for block in blocks if (wrong := block.row_problem(str(path))) is not None), None)
    return found or next(iter(problems), None) or Problem("reconcile_not_a_table", file=str(path))


def _header(path: Path, encoding: str) -> list[str]:
    """The headings as they are written, without the quotation marks."""
    import csv

    with path.open(encoding=encoding, newline="") as lines:
        return next(csv.reader(lines), [])


def _blocks(reader: Any, columns: Mapping[str, str], file: str, problems: list[Problem]) -> Iterator[Any]:
    """The list block by block, each checked before anything of it is kept; no number that is refused is repeated."""
    import pyarrow as pa
    import pyarrow.compute as pc

    held = unhashed = 0
    for block in reader:
        for name in block.schema.names:
            if block.schema.field(name).type == pa.string():
                # A hash holds eighteen digits in a row now and then.
                shown = pc.filter(block[name], pc.invert(pc.match_substring_regex(block[name], _HASH)))
                held += int(pc.sum(pc.match_substring_regex(shown, _IDENTITY)).as_py() or 0)
        ids = pc.utf8_lower(pc.utf8_trim_whitespace(block[columns["id"]]))
        unhashed += int(pc.sum(pc.invert(pc.match_substring_regex(ids, _HASH))).as_py() or 0)
        if held or unhashed:
            continue
        township = block[columns["township"]] if "township" in columns else pa.array([""] * block.num_rows, pa.string())
        yield pa.RecordBatch.from_arrays(
            [_halves(ids), _births(block[columns["birth"]]), pc.utf8_trim_whitespace(township)], names=["id", "birth", "township"]
        )
    if held:
        problems.append(Problem("reconcile_identity_numbers", {"count": held}, file=file))
    elif unhashed:
        problems.append(Problem("reconcile_not_hashed", {"count": unhashed}, file=file, column=columns["id"]))


def _halves(ids: Any) -> Any:
    """The first 128 bits of hashes (lower-case texts): enough to tell millions apart, at a quarter of the room."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    digits = pc.utf8_slice_codeunits(pc.replace_substring(ids, "-", ""), 0, 32)
    characters = np.frombuffer("".join(digits.to_pylist()).encode("ascii"), dtype=np.uint8).reshape(-1, 16, 2)
    values = np.where(characters > ord("9"), characters - ord("a") + 10, characters - ord("0"))
    octets = (values * np.array([16, 1], dtype=np.uint8)).sum(axis=2, dtype=np.uint8)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(octets.tobytes())])


def _births(column: Any) -> Any:
    """Days of birth as people write them, each spelling read once; what is no day is none."""
    import pyarrow as pa

    coded = column.dictionary_encode()
    days = [_day(written) for written in coded.dictionary.to_pylist()]
    return pa.array(days, pa.date32()).take(coded.indices)


def _day(written: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(tidied(written, _BIRTH))
    except ValueError:
        return None
