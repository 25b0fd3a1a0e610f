"""A census table made of shares of Nanyang's two censuses, so that its ages are real and every total is known beforehand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from popmodel.areas import Reference, load_reference
from popmodel.parameters import AssumptionBook

DATES = ("2010-11-01", "2020-11-01")
# Code → share of Nanyang at either census (None: not there), registered people over residents.
SHARES: dict[str, tuple[float | None, float | None, float | None]] = {
    "410000": (1.0, 1.0, 1.0),
    "411300": (1.0, 1.0, 1.0),
    "411321": (0.05, 0.05, 1.0),
    "411325": (0.08, 0.06, 1.25),
    "411402": (0.06, 0.04, 0.8),
    "411425": (0.06, 0.06, 1.1),
    "411471": (None, 0.02, None),
    "411472": (None, 0.02, None),
    "410702": (0.04, 0.03, 1.0),
    "410772": (None, 0.02, None),
}


def table_of(shares: dict[str, tuple[float | None, float | None, float | None]], reference: Reference) -> pd.DataFrame:
    """The census table of `SHARES`-like entries."""
    census = reference.tables["census_population"]
    nanyang = census[census["area"] == "411300"]
    rows = []
    for code, (first, second, ratio) in shares.items():
        for date, share in zip(DATES, (first, second), strict=True):
            if share is None:
                continue
            groups = {}
            for row in nanyang[nanyang["date"] == date].itertuples(index=False):
                high = "plus" if pd.isna(row.age_hi) else "" if row.age_hi == row.age_lo else f"_{int(row.age_hi)}"
                groups[f"{row.sex}_{row.age_lo}{high}"] = round(row.population * share)
            total = sum(groups.values())
            registered = round(total * ratio) if ratio is not None and date == DATES[0] else ""
            rows.append(
                {"code": code, "name": f"County {code}", "census_date": date, "total": total}
                | {"urban": total // 2, "registered": registered}
                | groups
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def reference() -> Reference:
    return load_reference()


@pytest.fixture(scope="session")
def book(reference: Reference) -> AssumptionBook:
    return AssumptionBook.from_files([reference.folder / "assumptions.yaml"])


@pytest.fixture
def frame(reference: Reference) -> pd.DataFrame:
    return table_of(SHARES, reference)


@pytest.fixture
def table(frame: pd.DataFrame, tmp_path: Path) -> Path:
    """The table on disk."""
    path = tmp_path / "counties.csv"
    frame.to_csv(path, index=False)
    return path
