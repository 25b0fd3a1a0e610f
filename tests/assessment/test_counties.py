"""What is kept of a county's draws: groups put together from bands of ages, by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from popmodel.assessment.counties import AGE_BANDS, AGES, INDICATOR_BANDS, INDICATORS, age_draws, indicator_draws
from popmodel.projection.engine import Run


def one_of_each_age(draws: int, bands: Sequence[int], years: int = 2) -> Run:
    """As many men and women of each single age as the number of the draw, counted from 1."""
    widths = np.diff([*bands, 101]).astype(float)
    stock = np.ones((years + 1, 2, len(bands), draws)) * widths[:, None] * np.arange(1, draws + 1)
    flow = np.ones((years, draws))
    return Run(stock, 10 * flow, 20 * flow, 30 * flow, flow)


@pytest.mark.parametrize("bands", [AGE_BANDS, INDICATOR_BANDS])
@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        ("residents", 2 * 101),
        ("children_0_2", 2 * 3),
        ("children_3_5", 2 * 3),
        ("persons_6_14", 2 * 9),
        ("persons_15_59", 2 * 45),
        ("persons_60_plus", 2 * 41),
        ("persons_65_plus", 2 * 36),
        ("persons_80_plus", 2 * 21),
        ("women_15_49", 35),
        ("required_norm_resident", 2 * 101 * 4.5 / 1000),
    ],
)
def test_one_person_of_each_age(indicator: str, expected: float, bands: Sequence[int]) -> None:
    found = indicator_draws(one_of_each_age(3, bands), bands, np.array([4.5, 4.5]))
    np.testing.assert_allclose(found[INDICATORS.index(indicator)], np.tile(expected * np.arange(1, 4), (2, 1)))


def test_dependants_are_those_under_15_and_from_65_on() -> None:
    # 15 single ages below and 36 above, of 50 between, whatever the number at each.
    found = indicator_draws(one_of_each_age(3, AGE_BANDS), AGE_BANDS, np.array([4.5, np.nan]))
    np.testing.assert_allclose(found[INDICATORS.index("dependency_ratio")], 100 * (15 + 36) / 50)
    assert np.isnan(found[INDICATORS.index("required_norm_resident"), 1]).all()
    flows = {name: found[INDICATORS.index(name)] for name in ("births", "deaths", "migration")}
    assert {name: float(values.mean()) for name, values in flows.items()} == {"births": 10, "deaths": 20, "migration": 30}


def test_age_groups_have_five_ages_but_the_open_one() -> None:
    found = age_draws(one_of_each_age(2, AGE_BANDS))
    assert found.shape == (2, 2, len(AGES), 2)
    np.testing.assert_allclose(found[0, 0, :, 1], [*[10.0] * 20, 2.0])
