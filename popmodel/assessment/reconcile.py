"""Two lists of people held against each other by hashed ids alone: in both, only in one, born on different days.

Tables come and go as Arrow tables, which join two million people a side in seconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas.disclosure import suppressed, suppressed_in_table

BOTH, ONLY_A, ONLY_B, DIFFERENT_BIRTH = COUNTS = ("both", "only_a", "only_b", "different_birth")


class Reconciled(NamedTuple):
    """What two lists have in common: `totals` (people by COUNTS, and doubled_a, doubled_b: rows beyond the first of an id).

    by_township, by_month (of birth), by_age: the same counts by township code, month (YYYY-MM) and completed years; a person of
    both lists stands where list A has them, and `different_birth` are among `both`. An empty text is what a list does not say.
    """

    totals: Mapping[str, int]
    by_township: pd.DataFrame
    by_month: pd.DataFrame
    by_age: pd.DataFrame

    def printable(self, threshold: int) -> Reconciled:
        """With the counts of townships that may not be printed left out (NA), and those that would give them away.

        Those in both, only in A and only in B add up along rows and columns; those born on different days along their column.
        """
        frame = self.by_township.copy()
        apart = list(COUNTS[:3])
        hidden = suppressed_in_table(frame[apart].to_numpy(dtype=float), threshold)
        shown = suppressed(frame[DIFFERENT_BIRTH].tolist(), threshold)
        whole = {name: hidden[:, place] for place, name in enumerate(apart)}
        whole[DIFFERENT_BIRTH] = np.array([count is None for count in shown])
        for name, mask in whole.items():
            if frame[name].any():  # where nobody is counted at all there is nothing to hide
                frame[name] = frame[name].astype("Int64").mask(mask)
        return self._replace(by_township=frame)


def reconcile(a: Any, b: Any, day: dt.date) -> Reconciled:
    """The lists `a` and `b` (Arrow tables: id text, birth date32 or null, township text) compared; ages are completed on `day`.

    An id that a list has more than once counts once, with its first row.
    """
    import pyarrow.compute as pc

    first, second = _once(a), _once(b)
    joined = first.join(second, keys="id", join_type="full outer", left_suffix="_a", right_suffix="_b", use_threads=True)
    in_a, in_b = (pc.is_valid(joined[f"place_{side}"]).to_numpy(zero_copy_only=False) for side in "ab")
    births = [_days(joined[f"birth_{side}"]) for side in "ab"]
    known = [days != _NO_DAY for days in births]
    differ = in_a & in_b & known[0] & known[1] & (births[0] != births[1])
    born = np.where(known[0], births[0], births[1])
    marks = {BOTH: in_a & in_b, ONLY_A: in_a & ~in_b, ONLY_B: in_b & ~in_a, DIFFERENT_BIRTH: differ}
    townships = pc.coalesce(joined["township_a"], joined["township_b"]).to_pandas().fillna("")
    totals = {name: int(mark.sum()) for name, mark in marks.items()}
    totals |= {"doubled_a": a.num_rows - first.num_rows, "doubled_b": b.num_rows - second.num_rows}
    return Reconciled(
        totals,
        _counted(townships.to_numpy(), marks, "township"),
        _counted(_months(born), marks, "month"),
        _counted(_ages(born, day), marks, "age"),
    )


_NO_DAY = np.iinfo(np.int32).min


def _once(table: Any) -> Any:
    """The first row of each id, with its place in the list."""
    import pyarrow as pa

    placed = table.append_column("place", pa.array(np.arange(table.num_rows, dtype=np.int32)))
    first = placed.group_by("id", use_threads=False).aggregate([("place", "min")])
    return placed.take(first["place_min"])


def _days(column: Any) -> npt.NDArray[np.int32]:
    import pyarrow as pa
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(column.cast(pa.int32()), _NO_DAY).to_numpy())


def _months(born: npt.NDArray[np.int32]) -> npt.NDArray[Any]:
    """The month of birth, YYYY-MM; empty where it is not known."""
    months = np.where(born == _NO_DAY, 0, born).astype("datetime64[D]").astype("datetime64[M]")
    codes, names = pd.factorize(months)
    written = np.array([str(month) for month in names], dtype=object)[codes]
    return np.where(born == _NO_DAY, "", written)


def _ages(born: npt.NDArray[np.int32], day: dt.date) -> npt.NDArray[Any]:
    """Completed years on `day`, as text; empty where the birth is not known."""
    dates = np.where(born == _NO_DAY, 0, born).astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(int) + 1970
    months = dates.astype("datetime64[M]").astype(int) % 12 + 1
    of_month = (dates - dates.astype("datetime64[M]")).astype(int) + 1
    before = (months > day.month) | ((months == day.month) & (of_month > day.day))
    ages = day.year - years - before
    codes, names = pd.factorize(ages)
    return np.where(born == _NO_DAY, "", np.array([str(age) for age in names], dtype=object)[codes])


def _counted(keys: npt.NDArray[Any], marks: Mapping[str, npt.NDArray[np.bool_]], name: str) -> pd.DataFrame:
    codes, names = pd.factorize(keys)
    frame = pd.DataFrame({name: names})
    for count, mark in marks.items():
        frame[count] = np.bincount(codes[mark], minlength=len(names))
    return frame.iloc[_order(names.tolist())].reset_index(drop=True)


def _order(names: Sequence[Any]) -> list[int]:
    """Numbers by size, texts by letter, what is not known last."""
    return sorted(
        range(len(names)),
        key=lambda place: (names[place] == "", int(names[place]) if str(names[place]).lstrip("-").isdigit() else 0, names[place]),
    )
