"""Where the notebooks and the data that come with popmodel lie: in the checkout it runs from, or in the installed package."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from popmodel.messages import RunFailedError

Kind = Literal["notebooks", "data"]


def shipped(kind: Kind) -> Path:
    """The folder of the `notebooks` or the `data` that come with popmodel.

    Raises RunFailedError when the installation lacks it.
    """
    package = Path(__file__).parent
    # The wheel carries the folders in `_shipped`, which no checkout has: there they lie beside the package.
    for folder in (package / "_shipped" / kind, package.parent / kind):
        if folder.is_dir():
            return folder
    raise RunFailedError("shipped_folder_missing", kind=kind, folder=package)
