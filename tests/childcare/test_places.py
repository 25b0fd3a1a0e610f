"""Places by measure, on figures that a planner can check with a pocket calculator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from popmodel.areas import Area, load_area
from popmodel.childcare import MEASURES, closing_years, place_density, places_required
from popmodel.childcare.facilities import COLUMNS
from popmodel.messages import InputError
from popmodel.projection import Projection
from tests.subsidies import synthetic
from tests.subsidies.synthetic import BOOK

RESIDENTS, REGISTERED = 538_569, 670_000


def series(**values: float) -> pd.DataFrame:
    rows = [(name, 2023, value, "observed") for name, value in values.items()]
    return pd.DataFrame(rows, columns=["indicator", "year", "value", "status"])


def stock(total: float, children: float) -> synthetic.Stock:
    """`children` at each age 0-2 of both sexes together, the rest of `total` aged 40."""

    def persons(year: int, sex: str, age: int) -> float:
        return (children if age <= 2 else total - 3 * children if age == 40 else 0) / 2

    return persons


def project(children: float = 3000, tables: dict[str, pd.DataFrame] | None = None, **changes: object) -> Projection:
    area = synthetic.area({"series": series(childcare_places=2650)} if tables is None else tables)
    book = BOOK.with_changes(changes) if changes else None
    return synthetic.projection(area, stock(REGISTERED, children), stock(RESIDENTS, children), book)


def test_the_norm_under_both_denominators() -> None:
    row = places_required(project()).set_index("year").loc[2025]
    # 538,569 × 4.5 / 1,000 = 2,423.56; 670,000 × 4.5 / 1,000 = 3,015
    assert row["required_norm_resident"] == pytest.approx(2423.5605)
    assert row["required_norm_registered"] == pytest.approx(3015)
    assert row["gap_norm_resident"] == pytest.approx(2423.5605 - 2650)
    assert row["gap_norm_registered"] == pytest.approx(365)


def test_a_target_can_be_met_with_empty_seats() -> None:
    # 8 % of 10,000 children are 800: 30 % of the 2,650 places
    rates = {f"childcare.enrolment_age_{age}": 0.08 for age in range(3)}
    row = places_required(project(10_000 / 3, **rates)).set_index("year").loc[2030]
    assert row["required_enrolment"] == pytest.approx(800)
    assert row["utilisation"] == pytest.approx(800 / 2650)
    assert row["gap_enrolment"] == pytest.approx(-1850)


def test_more_children_than_places_fill_them_and_no_more() -> None:
    rates = {f"childcare.enrolment_age_{age}": 0.5 for age in range(3)}
    row = places_required(project(10_000 / 3, **rates)).set_index("year").loc[2030]
    assert row["required_enrolment"] == pytest.approx(5_000)
    assert row["utilisation"] == 1


def test_enrolment_starts_from_the_nation_s_and_rises_by_six_points() -> None:
    # Births of the nation 2021-23, in 10,000, are its children of 2, 1 and 0 at the end of 2023: 7.86 % overall.
    rates = [BOOK.path(f"childcare.enrolment_age_{age}", [2023, 2030]) for age in range(3)]
    born = np.array([902, 956, 1062])
    assert np.dot(born, [rate[0] for rate in rates]) / born.sum() == pytest.approx(0.0786, abs=5e-5)
    assert np.mean([rate[1] for rate in rates]) == pytest.approx(0.0786 + 0.06, abs=5e-5)


def test_the_gap_closes_in_the_first_year_with_enough_places() -> None:
    # 365 short under the registered denominator; 100 more places a year from 2026 on: 400 in 2029
    places = places_required(project(**{"childcare.places_planned": {2025: 0, 2030: 500}}))
    assert closing_years(places)["norm_registered"] == 2029
    assert closing_years(places)["norm_resident"] == 2023
    assert closing_years(places_required(project()))["norm_registered"] is pd.NA


def test_the_density_of_xichuan_today() -> None:
    # 2,650 places: 4.92 per 1,000 of 538,569 residents (census 2020), 3.96 of about 670,000 registered (2023)
    density = place_density(load_area(synthetic.ROOT / "data" / "xichuan")).set_index("denominator")
    assert density["per_1000"].round(2).to_dict() == {"resident": 4.92, "registered": 3.96}
    assert density["as_of"].to_dict() == {"resident": 2020, "registered": 2023}


def test_a_list_of_facilities_says_how_many_places_there_are_now(xichuan: Area) -> None:
    # 60 places open, 40 that open after the launch and 30 closed before it: 60, whatever total was published before.
    row = dict.fromkeys(COLUMNS, "") | {"probability": 1.0, "closes": pd.NaT}
    listed = [
        row | {"id": "one", "places": 60, "opened": pd.Timestamp("2021-03-01")},
        row | {"id": "two", "places": 40, "opened": pd.Timestamp("2027-09-01")},
        row | {"id": "three", "places": 30, "opened": pd.Timestamp("2019-09-01"), "closes": pd.Timestamp("2024-06-30")},
    ]
    area = replace(xichuan, tables=dict(xichuan.tables) | {"facilities": pd.DataFrame(listed)})
    density = place_density(area).set_index("denominator")
    assert density["places"].tolist() == [60, 60]
    assert density["places_year"].tolist() == [2025, 2025]
    assert density.loc["resident", "per_1000"] == pytest.approx(60 / 538.569)


def test_a_pack_that_does_not_say_how_many_places_there_are() -> None:
    places = places_required(project(tables={}))
    assert places[[f"gap_{measure}" for measure in MEASURES]].isna().all(axis=None)
    assert places[[f"required_{measure}" for measure in MEASURES]].notna().all(axis=None)
    assert closing_years(places).isna().all()


def test_a_county_s_own_target_counts_once_it_is_due() -> None:
    targets = pd.DataFrame({"target": ["places_per_1000"], "by_year": pd.array([2027], dtype="Int64"), "value": [5.0]})
    norms = places_required(project(tables={"targets": targets})).set_index("year")["norm_per_1000"]
    assert norms.loc[[2026, 2027, 2030]].tolist() == [4.5, 5.0, 5.0]


def test_a_year_outside_the_projection_is_refused() -> None:
    with pytest.raises(InputError, match="2051"):
        places_required(project(), years=[2051])
