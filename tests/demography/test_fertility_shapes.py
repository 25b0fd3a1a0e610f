"""Parametric age patterns: they are the curves of the literature, find their own parameters again, and fit China's of 2020."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import least_squares, minimize
from scipy.special import gamma as gamma_function

from popmodel.demography.fertility_shapes import fit_shape, fit_shape_to_births, gamma_shape, hadwiger_shape, spline_shape
from popmodel.messages import InputError

REFERENCE = Path(__file__).resolve().parents[2] / "data" / "reference" / "fertility.csv"
AGES = np.arange(12, 56)
SHAPES: dict[str, Callable[..., np.ndarray]] = {
    "hadwiger": hadwiger_shape,
    "gamma": gamma_shape,
    "quadratic_spline": spline_shape,
}
EXAMPLES = {"hadwiger": [1.6, 28.5, 5.2], "gamma": [1.6, 28.5, 5.2, 13.0], "quadratic_spline": [1.6, 15.0, 27.0, 34.0]}

totals, means, spreads = st.floats(0.3, 7.0), st.floats(24.0, 33.0), st.floats(3.5, 6.5)
parameters = {
    "hadwiger": st.tuples(totals, means, spreads),
    "gamma": st.tuples(totals, means, spreads, st.floats(5.0, 12.0)),
    "quadratic_spline": st.tuples(totals, st.floats(12.0, 18.0), st.floats(22.0, 33.0), st.floats(4.0, 9.0)).map(
        lambda p: (p[0], p[1], p[2], p[2] + p[3])
    ),
}


def of_2020(residence: str) -> np.ndarray:
    """Births per woman by order (1, 2, 3+) at 14-49 in China, 2020."""
    table = pd.read_csv(REFERENCE).query("census == 2020 and residence == @residence")
    return table.pivot(index="order", columns="age", values="asfr").loc[["1", "2", "3+"]].to_numpy()


def by_single_age(density: Callable[[float], float], total: float, *, kinks: list[float] | None = None) -> np.ndarray:
    """The integrals of `density` over single ages, scaled to `total`."""
    within = np.array([quad(density, age, age + 1, points=kinks, limit=200)[0] for age in AGES])
    return within * total / within.sum()


def test_hadwigers_curve_is_that_of_the_literature() -> None:
    # f(x) = a b/c (c/x)^1.5 exp(−b² (c/x + x/c − 2)), b = 3.8, c = 28: mean 28, deviation 28 / (3.8 √2) = 5.2103.
    b, c = 3.8, 28.0
    curve = by_single_age(lambda x: b / c * (c / x) ** 1.5 * np.exp(-(b**2) * (c / x + x / c - 2)), 2.0)
    assert hadwiger_shape(AGES, [2.0, c, c / (b * np.sqrt(2))]) == pytest.approx(curve, abs=1e-10)


def test_the_gamma_curve_is_that_of_the_literature() -> None:
    # Hoem et al. (1981): f(x) = R (x − d)^(b−1) exp(−(x − d)/c) / (Γ(b) c^b); b = 6, c = 2.5, d = 14: mean 29, variance 37.5.
    b, c, d = 6.0, 2.5, 14.0
    curve = by_single_age(lambda x: max(x - d, 0.0) ** (b - 1) * np.exp(-(x - d) / c) / (gamma_function(b) * c**b), 2.0)
    assert gamma_shape(AGES, [2.0, 29.0, np.sqrt(37.5), 14.0]) == pytest.approx(curve, abs=1e-10)


@pytest.mark.parametrize("index_ages", [(13.0, 26.0, 35.0), (15.0, 23.0, 31.0), (18.0, 31.0, 36.0)])
def test_the_spline_meets_the_conditions_of_its_author(index_ages: tuple[float, float, float]) -> None:
    # Schmertmann (2003): knots α, α + W(P − α), P, (P + H)/2, (H + β)/2; W = min(¾, ¼ + (P − α)/40); β = max(50, H + (H − P)/3),
    # but at most H + 3(H − P); f(P) = 1, f'(P) = 0, f(H) = ½, f(β) = f'(β) = 0: five equations for five coefficients.
    alpha, peak, half = index_ages
    first = min(0.75, 0.25 + 0.025 * (peak - alpha))
    end = min(half + 3 * (half - peak), max(50.0, half + (half - peak) / 3))
    knots = np.array([alpha, alpha + first * (peak - alpha), peak, (peak + half) / 2, (half + end) / 2])

    def value(x: float) -> np.ndarray:
        return np.maximum(x - knots, 0) ** 2

    def slope(x: float) -> np.ndarray:
        return 2 * np.maximum(x - knots, 0)

    theta = np.linalg.solve([value(peak), slope(peak), value(half), value(end), slope(end)], [1, 0, 0.5, 0, 0])
    fine = np.linspace(alpha, end, 400)
    curve = np.array([theta @ value(x) for x in fine])
    assert fine[curve.argmax()] == pytest.approx(peak, abs=0.1)
    within = by_single_age(lambda x: float(theta @ value(x)) if x < end else 0.0, 1.6, kinks=[*knots, end])
    assert spline_shape(AGES, [1.6, *index_ages]) == pytest.approx(np.maximum(within, 0), abs=1e-7)


@given(st.sampled_from(list(SHAPES)), st.data())
def test_rates_sum_to_the_total_and_have_the_mean_asked_for(name: str, data: st.DataObject) -> None:
    p = data.draw(parameters[name])
    rates = SHAPES[name](AGES, p)
    assert np.all(rates >= 0)
    assert rates.sum() == pytest.approx(p[0], rel=1e-14)
    if name != "quadratic_spline":
        # The tails cut at 12 and 56, a few births in a thousand, move the mean a little.
        assert rates @ (AGES + 0.5) / p[0] == pytest.approx(p[1], abs=0.25)


@given(st.sampled_from(list(SHAPES)), st.data())
def test_a_shape_finds_its_own_parameters(name: str, data: st.DataObject) -> None:
    p = data.draw(parameters[name])
    fit = fit_shape(SHAPES[name](AGES, p), AGES, shape=name)
    assert fit.parameters == pytest.approx(p, rel=1e-4, abs=1e-3)
    assert fit.misplaced < 1e-6
    women = np.linspace(900.0, 1500.0, len(AGES))
    likeliest = fit_shape_to_births(women * SHAPES[name](AGES, p), women, AGES, shape=name)
    assert likeliest.misplaced < 2e-4
    assert likeliest.rates @ women == pytest.approx(women @ SHAPES[name](AGES, p), rel=1e-12)


# Share of births that each curve puts at another age than the national schedule of 2020 has them, all orders together.
MISPLACED = {
    ("total", "hadwiger"): 0.0151,
    ("total", "gamma"): 0.0156,
    ("total", "quadratic_spline"): 0.0211,
    ("city", "hadwiger"): 0.0180,
    ("city", "gamma"): 0.0189,
    ("city", "quadratic_spline"): 0.0254,
    ("rural", "hadwiger"): 0.0173,
    ("rural", "gamma"): 0.0159,
    ("rural", "quadratic_spline"): 0.0193,
}


@pytest.mark.parametrize(("residence", "name"), MISPLACED)
def test_the_schedule_of_2020_is_met_to_two_births_in_a_hundred(residence: str, name: str) -> None:
    rates = of_2020(residence).sum(axis=0)
    fit = fit_shape(rates, range(14, 50), shape=name)
    assert fit.misplaced <= MISPLACED[residence, name]
    assert fit.rates.sum() == pytest.approx(fit.parameters[0], rel=1e-14)
    assert fit.parameters[0] == pytest.approx(rates.sum(), rel=0.005)


@pytest.mark.parametrize("name", SHAPES)
def test_no_better_fit_is_found_by_scipy(name: str) -> None:
    rates = of_2020("total").sum(axis=0)
    ages = np.arange(14, 50)
    fit = fit_shape(rates, ages, shape=name)
    other = least_squares(
        lambda p: SHAPES[name](ages, p) - rates, np.array(EXAMPLES[name]), x_scale="jac", xtol=1e-14, ftol=1e-14
    )
    assert fit.parameters == pytest.approx(other.x, rel=2e-4)
    rng = np.random.default_rng(11)
    women = np.full(36, 3000.0)
    births = rng.poisson(women * rates).astype(float)
    likeliest = fit_shape_to_births(births, women, ages, shape=name)

    def minus_log_likelihood(p: np.ndarray) -> float:
        try:
            return -float(stats.poisson.logpmf(births, women * (SHAPES[name](ages, p) + 1e-7)).sum())
        except InputError:
            return np.inf

    simplex = minimize(minus_log_likelihood, likeliest.parameters, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8})
    assert minus_log_likelihood(likeliest.parameters) <= simplex.fun + 1e-3


def test_few_births_show_the_level_and_the_mean_of_a_known_pattern() -> None:
    # 200 counties of about 120 births each: on average the fit has the truth, and is nearer to it than the counties' own rates.
    rng = np.random.default_rng(3)
    truth = hadwiger_shape(AGES, [1.2, 29.0, 5.4])
    women = np.full((200, len(AGES)), 100.0)
    births = rng.poisson(women * truth).astype(float)
    fit = fit_shape_to_births(births, women, AGES, shape="hadwiger")
    assert fit.parameters.mean(axis=0) == pytest.approx([1.2, 29.0, 5.4], rel=0.01)
    assert np.abs(fit.rates - truth).sum() < 0.35 * np.abs(births / women - truth).sum()


def test_eight_births_give_a_township_hadwigers_curve() -> None:
    rng = np.random.default_rng(5)
    women = np.full((200, len(AGES)), 5.0)
    births = rng.poisson(women * hadwiger_shape(AGES, [1.6, 28.5, 5.2])).astype(float)
    fit = fit_shape_to_births(births, women, AGES, shape="hadwiger")
    assert np.all(np.isfinite(fit.rates))
    assert (fit.rates * women).sum(axis=1) == pytest.approx(births.sum(axis=1), rel=1e-12)


def test_five_births_far_apart_have_no_likeliest_gamma_curve() -> None:
    # One at 23, two at 24, one at 31, one at 38: the likelihood rises as mean and deviation go up without end.
    births = np.zeros(len(AGES))
    births[[11, 12, 19, 26]] = [1.0, 2.0, 1.0, 1.0]
    with pytest.raises(InputError) as raised:
        fit_shape_to_births(births, np.full(len(AGES), 5.0), AGES, shape="gamma")
    assert raised.value.problems[0].code == "fertility_fit_not_settled"
    assert "hadwiger" in raised.value.problems[0].describe("en")
    fit_shape_to_births(births, np.full(len(AGES), 5.0), AGES, shape="hadwiger")


@given(st.sampled_from(list(SHAPES)), st.integers(0, 2**32 - 1))
def test_a_batch_is_the_areas_one_by_one(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    women = rng.uniform(500, 3000, size=(2, 2, len(AGES)))
    births = rng.poisson(women * SHAPES[name](AGES, EXAMPLES[name]) * np.array([[0.6], [1.4]])).astype(float)
    p = np.array(EXAMPLES[name]) * rng.uniform(0.97, 1.03, size=(2, 2, len(EXAMPLES[name])))
    rates = SHAPES[name](AGES, p)
    squares = fit_shape(rates + 0.01, AGES, shape=name)
    likeliest = fit_shape_to_births(births, women, AGES, shape=name)
    for place in np.ndindex(2, 2):
        assert rates[place] == pytest.approx(SHAPES[name](AGES, p[place]), rel=1e-12)
        alone = (
            fit_shape(rates[place] + 0.01, AGES, shape=name),
            fit_shape_to_births(births[place], women[place], AGES, shape=name),
        )
        for whole, one in zip((squares, likeliest), alone, strict=True):
            assert all(np.array_equal(field[place], alone_field) for field, alone_field in zip(whole, one, strict=True))


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("fertility_shape_parameters", lambda: hadwiger_shape(AGES, [1.5, 28.0, -5.0])),
        ("fertility_shape_parameters", lambda: hadwiger_shape(AGES, [1.5, 28.0])),
        ("fertility_shape_parameters", lambda: gamma_shape(AGES, [1.5, 28.0, 5.0, 30.0])),
        ("fertility_shape_parameters", lambda: spline_shape(AGES, [1.5, 15.0, 35.0, 30.0])),
        ("fertility_shape_parameters", lambda: spline_shape(AGES, [1.5, 60.0, 70.0, 80.0])),
        ("fertility_shape_parameters", lambda: gamma_shape(AGES, [1.5, 28.0, np.nan, 13.0])),
        ("single_ages_expected", lambda: gamma_shape([15, 20, 25], EXAMPLES["gamma"])),
        ("ages_not_whole", lambda: gamma_shape([15.5, 16.5], EXAMPLES["gamma"])),
        ("fertility_shape_unknown", lambda: fit_shape([0.1, 0.1], [20, 21], shape="gompertz")),
        ("ages_do_not_match", lambda: fit_shape([0.1, 0.1, 0.1], [20, 21], shape="gamma")),
        ("births_none", lambda: fit_shape(np.zeros(44), AGES, shape="gamma")),
        ("births_without_women", lambda: fit_shape_to_births([1.0, 2.0], [10.0, 0.0], [20, 21], shape="gamma")),
        ("rates_look_per_1000", lambda: fit_shape(np.full(44, 80.0), AGES, shape="gamma")),
    ],
)
def test_what_cannot_be_is_refused(code: str, call: Callable[[], object]) -> None:
    with pytest.raises(InputError) as raised:
        call()
    (problem,) = raised.value.problems
    assert problem.code == code
    assert problem.describe("zh")
    assert problem.describe("en")
