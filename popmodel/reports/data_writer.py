"""The figures behind a report as Parquet, in full precision, for whoever wants to go on computing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def write_data(frames: Mapping[str, pd.DataFrame], folder: Path | str) -> list[Path]:
    """Write each frame to `<name>.parquet` in `folder`; the same frames give the same bytes. Returns the files.

    Raises ValueError for a name that is not small letters, digits and _, OSError when a file cannot be written.
    """
    wrong = [name for name in frames if not _NAME.fullmatch(name)]
    if wrong:
        raise ValueError(f"frame {wrong[0]!r}: a name is small letters, digits and _, a letter first")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in frames.items():
        path = folder / f"{name}.parquet"
        frame.to_parquet(path, engine="pyarrow", compression="zstd", index=_has_own_index(frame))
        written.append(path)
    return written


def _has_own_index(frame: pd.DataFrame) -> bool:
    return not isinstance(frame.index, pd.RangeIndex)
