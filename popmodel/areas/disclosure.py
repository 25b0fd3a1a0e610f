"""Which counts of townships may be printed: none below the pack's threshold, and none from which such a one can be worked out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# Tables of a pack that count people or records of townships: their figures are not repeated where changes are listed.
TOWNSHIP_COUNTS = ("township_population", "registers", "record_checks")


def suppressed(counts: Sequence[int], threshold: int) -> list[int | None]:
    """Counts as they may be printed for townships: those below `threshold` withheld (None).

    When only one would be withheld, the next smallest is withheld too, since the county's total would give the one away.
    """
    withheld = {place for place, count in enumerate(counts) if count < threshold}
    if len(withheld) == 1 and len(counts) > 1:
        withheld.add(min((place for place in range(len(counts)) if place not in withheld), key=lambda place: counts[place]))
    return [None if place in withheld else count for place, count in enumerate(counts)]


def suppressed_in_table(counts: npt.NDArray[np.float64], threshold: int) -> npt.NDArray[np.bool_]:
    """Which counts of a table may not be printed beside its row and column totals, (row, column): those below `threshold`, and
    others until no row or column has a single one withheld, which its total would give away.

    >>> suppressed_in_table(np.array([[3.0, 20.0, 40.0], [30.0, 50.0, 60.0]]), 10).tolist()
    [[True, True, False], [True, True, False]]
    """
    hidden = np.asarray(counts < threshold)
    while True:
        before = hidden.copy()
        for table, values in ((hidden, counts), (hidden.T, counts.T)):
            for line, held in zip(table, values, strict=True):
                if line.sum() == 1 and len(line) > 1:
                    line[int(np.where(line, np.inf, held).argmin())] = True
        if (hidden == before).all():
            return hidden
