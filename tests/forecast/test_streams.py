"""Random streams: the same numbers however they are asked for, and different ones for whatever differs."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from popmodel.forecast.streams import _key, standard_normals

YEARS = [2026, 2027, 2028]


def drawn(**changes: object) -> np.ndarray:
    asked = {"seed": 1, "area": "411326", "component": "births", "years": YEARS, "draws": range(1000), **changes}
    return standard_normals(**asked)  # type: ignore[arg-type]


def test_batches_see_the_numbers_of_the_whole() -> None:
    whole = drawn()
    for low, high in ((0, 1), (0, 250), (250, 251), (3, 998), (999, 1000)):
        np.testing.assert_array_equal(drawn(draws=range(low, high)), whole[:, low:high])


def test_a_year_has_its_numbers_whatever_the_horizon() -> None:
    np.testing.assert_array_equal(drawn(years=[2028, 2040])[0], drawn()[2])


@pytest.mark.parametrize("change", [{"seed": 2}, {"area": "411327"}, {"component": "deaths"}, {"years": [2029, 2030, 2031]}])
def test_other_keys_have_unrelated_numbers(change: dict[str, object]) -> None:
    """The correlation of 3,000 unrelated pairs has a standard deviation of 1/√3000 = 0.018."""
    assert abs(np.corrcoef(drawn().ravel(), drawn(**change).ravel())[0, 1]) < 0.075


def test_area_and_component_are_not_run_together() -> None:
    assert not np.array_equal(drawn(area="41", component="1births"), drawn(area="411", component="births"))


def test_numbers_are_standard_normal() -> None:
    """Kolmogorov and Smirnov's distance of 200,000 numbers is below 1.95/√n in 999 of 1,000 cases."""
    from scipy.stats import kstest

    found = drawn(draws=range(200_000), years=[2026]).ravel()
    assert kstest(found, "norm").statistic < 1.95 / np.sqrt(found.size)


def test_years_and_neighbouring_draws_do_not_go_together() -> None:
    found = drawn(draws=range(20_000))
    assert abs(np.corrcoef(found)[0, 1]) < 0.03
    assert abs(np.corrcoef(found[0, :-1], found[0, 1:])[0, 1]) < 0.03


def test_cells_are_numbers_of_their_own() -> None:
    found = drawn(cells=(2, 3), draws=range(5000))
    assert found.shape == (3, 2, 3, 5000)
    off_diagonal = np.corrcoef(found.reshape(18, -1)) - np.eye(18)
    assert np.abs(off_diagonal).max() < 0.07


def test_a_known_number() -> None:
    """Draw 6 of a year is the third number of Philox 4x64-10 at the counter (1, 0, year, 0) under the hashed key."""
    generator = np.random.Philox(key=_key(1, "411326", "births"), counter=[1, 0, 2026, 0])
    raw = int(generator.random_raw(3)[2])
    assert drawn()[0, 6] == pytest.approx(NormalDist().inv_cdf(((raw >> 11) + 0.5) / 2**53), rel=1e-12)
