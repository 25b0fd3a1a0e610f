"""Separation factors against published tables and formulas."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from popmodel.demography.separation import a0_andreev_kingkade, a0_coale_demeny, a1_4_coale_demeny, abridged_a, greville_a
from popmodel.messages import InputError

Known = Callable[[str], dict[str, Any]]

# Coale & Demeny (1983), page 20: 1a0 and 4a1 where 1q0 is 0.1 or more.
CONSTANT = {
    "west": ((0.33, 1.352), (0.35, 1.361)),
    "north": ((0.33, 1.558), (0.35, 1.570)),
    "east": ((0.29, 1.313), (0.31, 1.324)),
    "south": ((0.33, 1.240), (0.35, 1.239)),
}


def test_andreev_kingkade_is_that_of_the_protocol(known: Known) -> None:
    published = known("a0_andreev_kingkade")
    assert a0_andreev_kingkade(published["m0"], "male") == pytest.approx(published["m"], abs=1e-7)
    assert a0_andreev_kingkade(published["m0"], "female") == pytest.approx(published["f"], abs=1e-7)


@pytest.mark.parametrize("region", CONSTANT)
def test_coale_demeny_is_constant_at_high_infant_mortality(region: str) -> None:
    for sex, (a0, a1_4) in zip(("male", "female"), CONSTANT[region], strict=True):
        assert a0_coale_demeny([0.11, 0.3], sex, region=region) == pytest.approx([a0, a0], abs=1e-9)
        assert a1_4_coale_demeny([0.11, 0.3], sex, region=region) == pytest.approx([a1_4, a1_4], abs=5e-4)


def test_coale_demeny_is_linear_in_the_probability_it_implies() -> None:
    # Males of the north at q0 = 0.05: a0 = 0.0425 + 2.875 · 0.05 = 0.18625, m0 = 0.05/(1 − 0.81375 · 0.05) = 0.052120645;
    # 4a1 = 1.859 − 3.013 · 0.05 = 1.70835.
    assert float(a0_coale_demeny(0.052120645, "male", region="north")) == pytest.approx(0.18625, abs=1e-7)
    assert float(a1_4_coale_demeny(0.052120645, "male", region="north")) == pytest.approx(1.70835, abs=1e-7)
    assert float(a0_coale_demeny(0.0, "male", region="east")) == pytest.approx(0.0025)


def test_coale_demeny_west_is_near_preston_in_m0() -> None:
    # Preston, Heuveline & Guillot (2001), table 3.3, below m0 = 0.107.
    m0 = np.linspace(0.002, 0.106, 50)
    assert a0_coale_demeny(m0, "male") == pytest.approx(0.045 + 2.684 * m0, abs=3e-3)
    assert a0_coale_demeny(m0, "female") == pytest.approx(0.053 + 2.800 * m0, abs=3e-3)
    assert a1_4_coale_demeny(m0, "male") == pytest.approx(1.651 - 2.816 * m0, abs=3e-3)
    assert a1_4_coale_demeny(m0, "female") == pytest.approx(1.522 - 1.518 * m0, abs=3e-3)


@pytest.mark.parametrize("rule", [a0_andreev_kingkade, a0_coale_demeny, a1_4_coale_demeny])
def test_both_sexes_are_weighted_by_births(rule: Callable[..., np.ndarray]) -> None:
    m0 = np.array([0.004, 0.03, 0.2])
    assert rule(m0, "both") == pytest.approx((1.05 * rule(m0, "male") + rule(m0, "female")) / 2.05, abs=1e-15)


def test_greville_worked_by_hand() -> None:
    # 15-19: k = ln(0.004/0.001)/10 = 0.13862944; a = 2.5 − 25/12 (0.002 − 0.13862944) = 2.78464466.
    # 20-24, the last closed group, takes the same k: a = 2.5 − 25/12 (0.004 − 0.13862944) = 2.78047799.
    a = greville_a([0.02, 0.001, 0.001, 0.001, 0.002, 0.004, 0.25], [0, 1, 5, 10, 15, 20, 25])
    assert a[2:] == pytest.approx([2.5, 2.5, 2.78464466, 2.78047799, 4.0], abs=1e-8)


def test_greville_stands_the_jumps_of_a_small_area() -> None:
    # No deaths at 10-14, then a jump of the rate a hundredfold and back.
    m = [0.01, 0.001, 0.001, 0.0, 0.001, 0.00001, 0.001, 0.9, 0.2, 0.4]
    a = greville_a(m, [0, 1, 5, 10, 15, 20, 25, 30, 35, 40])
    assert a[4] == 2.5
    assert np.all((a[2:-1] >= 0.97) & (a[2:-1] <= 4.03))


REFUSED = [
    (lambda: a0_andreev_kingkade(0.01, "m"), "word_unknown"),
    (lambda: a0_coale_demeny(0.01, "male", region="norh"), "word_unknown"),
    (lambda: abridged_a([0.1, 0.1, 0.1], "male", [0, 1, 5], "chiang"), "word_unknown"),
    (lambda: abridged_a([0.1, 0.1, 0.1], "male", [0, 5, 10], "pas"), "ages_not_abridged"),
    (lambda: greville_a([0.1, 0.1, 0.1, 0.1], [0, 1, 5, 15]), "ages_not_abridged"),
]


@pytest.mark.parametrize(("given", "code"), REFUSED)
def test_is_refused(given: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as refused:
        given()
    assert [problem.code for problem in refused.value.problems] == [code]
    assert refused.value.describe("zh")
