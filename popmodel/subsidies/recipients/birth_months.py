"""Months of birth, as the assumption book has them: even over the year until a county gives its registrations."""

from __future__ import annotations

import numpy as np

from popmodel.demography.arrays import Array
from popmodel.parameters import AssumptionBook

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def birth_month_shares(book: AssumptionBook) -> Array:
    """Share of a year's children born in each month, January first, (12,); they add to 1."""
    shares = book.shares("subsidies.birth_months")
    return np.array([shares[month] for month in MONTHS])
