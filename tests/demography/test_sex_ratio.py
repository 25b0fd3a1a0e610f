"""Sex ratios at birth of small areas: chance is taken out, real differences are kept, nobody's ratio leaves its two sources."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from popmodel.demography.sex_ratio import sex_ratio_by_order
from popmodel.messages import InputError

# The census of 2020, long form, China: boys and girls of the first, second and later orders (data/reference/births_by_order.csv).
BOYS, GIRLS = np.array([294657.0, 269715.0, 76866.0]), np.array([260373.0, 252586.0, 58124.0])

counts = arrays(float, (2, 4, 3), elements=st.integers(0, 400).map(float))


def test_is_the_posterior_mean_of_the_beta_distribution() -> None:
    boys, girls = np.array([[700.0, 420.0, 90.0]]), np.array([[640.0, 400.0, 60.0]])
    ratios = sex_ratio_by_order(boys, girls, prior_male=BOYS, prior_female=GIRLS, prior_births=200.0)
    p0 = BOYS / (BOYS + GIRLS)
    posterior = stats.beta(200 * p0 + boys[0], 200 * (1 - p0) + girls[0]).mean()
    assert ratios.males_per_female[0] == pytest.approx(posterior / (1 - posterior), rel=1e-12)
    assert ratios.weight[0] == pytest.approx([1340 / 1540, 820 / 1020, 150 / 350], rel=1e-12)


def test_strength_of_the_prior_by_hand() -> None:
    # Prior ½. Two areas of 100 births, 60 and 40 boys: sum n (p − ½)² / ¼ = 2 · 100 · 0.01 · 4 = 8, 2 expected by chance alone;
    # the excess 6 over the sum of n − 1 = 198 is 1/33 = 1/(n0 + 1) → n0 = 32; weight 100/132; p = (60 + 16)/132.
    ratios = sex_ratio_by_order([[60.0], [40.0]], [[40.0], [60.0]], prior_male=[1.0], prior_female=[1.0])
    assert ratios.prior_births == pytest.approx(np.full((2, 1), 32.0), rel=1e-12)
    assert ratios.weight == pytest.approx(np.full((2, 1), 100 / 132), rel=1e-12)
    assert ratios.males_per_female == pytest.approx(np.array([[76 / 56], [56 / 76]]), rel=1e-12)


def test_areas_alike_beyond_chance_get_the_provinces_ratio() -> None:
    ratios = sex_ratio_by_order([[52.0], [104.0]], [[48.0], [96.0]], prior_male=[52.0], prior_female=[48.0])
    assert np.all(np.isinf(ratios.prior_births))
    assert np.all(ratios.weight == 0)
    assert ratios.males_per_female == pytest.approx(np.full((2, 1), 52 / 48), rel=1e-12)


def test_a_known_spread_between_counties_is_found_again() -> None:
    # 4,000 counties of 50-600 births drawn with a prior worth 250 births; the estimate has a standard error of about 2 %.
    rng = np.random.default_rng(7)
    births = rng.integers(50, 600, size=(4000, 1))
    share = rng.beta(250 * 0.53, 250 * 0.47, size=births.shape)
    boys = rng.binomial(births, share).astype(float)
    ratios = sex_ratio_by_order(boys, births - boys, prior_male=[53.0], prior_female=[47.0])
    assert ratios.prior_births[0, 0] == pytest.approx(250, rel=0.08)
    # What shrinkage is for: nearer to the truth than the counties' own ratios.
    estimate = ratios.males_per_female / (1 + ratios.males_per_female)
    assert np.mean((estimate - share) ** 2) < 0.6 * np.mean((boys / births - share) ** 2)


@given(counts, counts)
def test_lies_between_the_area_and_the_province(boys: np.ndarray, girls: np.ndarray) -> None:
    ratios = sex_ratio_by_order(boys, girls, prior_male=BOYS, prior_female=GIRLS)
    p = ratios.males_per_female / (1 + ratios.males_per_female)
    prior, births = BOYS / (BOYS + GIRLS), boys + girls
    own = np.where(births > 0, boys / np.maximum(births, 1), prior)
    assert np.all((p >= np.minimum(own, prior) - 1e-12) & (p <= np.maximum(own, prior) + 1e-12))
    assert np.all(np.isfinite(ratios.males_per_female))
    assert np.all((ratios.weight >= 0) & (ratios.weight < 1))
    assert np.all(ratios.prior_births >= 1)


@given(counts, counts)
def test_a_batch_is_the_draws_and_orders_one_by_one(boys: np.ndarray, girls: np.ndarray) -> None:
    batch = sex_ratio_by_order(boys, girls, prior_male=BOYS, prior_female=GIRLS)
    for draw in range(2):
        for order in range(3):
            one = sex_ratio_by_order(
                boys[draw, :, [order]].T, girls[draw, :, [order]].T, prior_male=BOYS[[order]], prior_female=GIRLS[[order]]
            )
            for whole, alone in zip(batch, one, strict=True):
                assert whole[draw, :, order] == pytest.approx(alone[:, 0], rel=1e-12)


@pytest.mark.parametrize(
    ("code", "boys", "girls", "prior", "births"),
    [
        ("prior_needs_areas", [[5.0]], [[5.0]], ([1.0], [1.0]), None),
        ("prior_needs_births", [[5.0]], [[5.0]], ([1.0], [0.0]), 10.0),
        ("prior_needs_births", [[5.0]], [[5.0]], ([1.0], [1.0]), 0.0),
        ("value_negative", [[-5.0]], [[5.0]], ([1.0], [1.0]), 10.0),
        ("axes_too_few", [5.0], [5.0], ([1.0], [1.0]), 10.0),
    ],
)
def test_what_cannot_be_is_refused(code: str, boys: list, girls: list, prior: tuple, births: float | None) -> None:
    with pytest.raises(InputError) as raised:
        sex_ratio_by_order(boys, girls, prior_male=prior[0], prior_female=prior[1], prior_births=births)
    (problem,) = raised.value.problems
    assert problem.code == code
    assert problem.describe("zh")
    assert problem.describe("en")
