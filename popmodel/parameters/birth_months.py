"""Months of birth, as the assumption book has them: even over the year until a county gives its registrations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from popmodel.parameters.assumptions import AssumptionBook

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def birth_month_shares(book: AssumptionBook) -> npt.NDArray[np.float64]:
    """Share of a year's children born in each month, January first, (12,); they add to 1."""
    shares = book.shares("births.months")
    return np.array([shares[month] for month in MONTHS])
