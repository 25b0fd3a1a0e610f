"""Indirect estimates of fertility: a published worked example, projections run backwards, a country of known fertility."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.interpolate import PchipInterpolator

from popmodel.demography.indirect_fertility import (
    brass_pf,
    own_children_tfr,
    reverse_survival_tfr,
    tfr_from_child_woman_ratio,
    tfr_from_infants,
)
from tests.demography.refusal import refused

# Bangladesh, Retrospective Survey 1974: women, children ever born and births of the last year by age of women at the survey,
# 15-19 to 45-49. United Nations (1983), Manual X, chapter II, the worked example of the P/F ratio method.
WOMEN = np.array([3014706, 2653155, 2607009, 2015663, 1771680, 1479505, 1135129])
CHILDREN_EVER_BORN = np.array([1160919, 4901382, 9085852, 9910256, 10384001, 9164329, 6905673])
BIRTHS = np.array([320406, 609269, 561494, 367833, 237297, 95357, 38125])
PARITIES = np.array([0.385, 1.847, 3.485, 4.917, 5.861, 6.194, 6.084])
RATES = np.array([0.1063, 0.2296, 0.2154, 0.1825, 0.1339, 0.0644, 0.0336])
EQUIVALENTS = [0.237, 1.209, 2.338, 3.323, 4.094, 4.503, 4.789]
RATIOS = [1.624, 1.528, 1.491, 1.480, 1.432, 1.376, 1.270]


def test_pf_ratios_of_bangladesh_1974_are_those_of_manual_x() -> None:
    # Parities and rates as printed; the rate of 40-44 is cut, not rounded, to four decimals.
    assert pytest.approx(CHILDREN_EVER_BORN / WOMEN, abs=5e-4) == PARITIES
    assert pytest.approx(BIRTHS / WOMEN, abs=6e-5) == RATES
    estimate = brass_pf(PARITIES, RATES, ages_at_end=True)
    assert estimate.equivalents == pytest.approx(EQUIVALENTS, abs=6e-4)
    # The Manual's ratios are those of the rounded F, and its K of 1.500 the mean of three of them; unrounded, K is 1.4991.
    assert pytest.approx(RATIOS, abs=6e-4) == PARITIES / estimate.equivalents.round(3)
    assert estimate.factor == pytest.approx(1.500, abs=1e-3)
    assert 5 * RATES.sum() == pytest.approx(4.83, abs=5e-3)
    assert estimate.total == pytest.approx(7.24, abs=5e-3)
    assert estimate.ratios == pytest.approx(PARITIES / estimate.equivalents, abs=1e-12)


STEP = 0.01
EXACT = np.arange(10, 60, STEP) + STEP / 2


def coale_trussell(start: float, pace: float, control: float) -> np.ndarray:
    """Births per woman at the ages EXACT, six in all: share ever married (Coale & McNeil 1972) × n(x) exp(m v(x)); n and v by
    five-year age (Coale & Trussell 1974) are joined by a smooth curve."""
    middle = [12.5, 17.5, 22.5, 27.5, 32.5, 37.5, 42.5, 47.5, 50.0]
    natural = [0.360, 0.411, 0.460, 0.431, 0.395, 0.322, 0.167, 0.024, 0.0]
    limits = [0.0, 0.0, 0.0, -0.279, -0.667, -1.042, -1.414, -1.671, -1.75]
    n = np.nan_to_num(PchipInterpolator(middle, natural, extrapolate=False)(EXACT))
    v = np.nan_to_num(PchipInterpolator(middle, limits, extrapolate=False)(EXACT))
    z = (EXACT - start) / pace - 6.06
    married = np.cumsum(np.where(start < EXACT, np.exp(-0.174 * z - np.exp(-0.288 * z)), 0.0))
    f = married * n * np.exp(control * v)
    return f * 6 / (f.sum() * STEP)


@pytest.mark.parametrize(("start", "pace", "control"), [(14.0, 0.7, 0.5), (13.0, 0.9, 0.5), (14.0, 0.55, 0.0)])
def test_parities_and_half_a_year_agree_with_constant_fertility(start: float, pace: float, control: float) -> None:
    # An outside check of both coefficient tables, which were fitted to such schedules: under constant fertility parities, rates
    # by age at birth and rates by age half a year later are all integrals of one curve, and nothing is to be corrected.
    f = coale_trussell(start, pace, control)
    cumulated = np.cumsum(f) * STEP
    group = [(low <= EXACT) & (low + 5 > EXACT) for low in range(15, 50, 5)]
    at_birth, parities = (np.array([curve[ages].mean() for ages in group]) for curve in (f, cumulated))
    last_year = cumulated - np.interp(EXACT - 1, EXACT, cumulated, left=0.0)
    at_end = np.array([last_year[ages].mean() for ages in group])
    for rates, ages_at_end in ((at_birth, False), (at_end, True)):
        estimate = brass_pf(parities, rates, ages_at_end=ages_at_end)
        # The interpolation is weakest where fertility begins, as the Manual says.
        assert estimate.equivalents[0] == pytest.approx(parities[0], abs=0.015)
        assert estimate.equivalents[1] == pytest.approx(parities[1], rel=0.02)
        assert estimate.equivalents[2:] == pytest.approx(parities[2:], rel=0.006)
        assert estimate.factor == pytest.approx(1.0, abs=0.01)
        assert estimate.rates / estimate.factor == pytest.approx(at_birth, abs=0.0025)


# A projection of 30 years without migration, ages 0-100: the women and the children of both sexes at its end are the census.
YEARS, AGES = 30, 101
SURVIVAL = np.concatenate([[0.97], np.exp(-0.0006 * np.exp(0.07 * np.arange(1, AGES)))])


def projected(rng: np.random.Generator, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Children (year, mother's age), women, births and TFR (year) of the last fifteen years, year 0 the last."""
    women = 1000 + 200 * rng.random(AGES)
    tfr = 2.5 - 0.05 * np.arange(YEARS) + 0.2 * rng.random(YEARS)
    linked: list[np.ndarray] = []
    births: list[float] = []
    for year in range(YEARS):
        aged = np.zeros(AGES)
        aged[1:] = SURVIVAL[1:] * women[:-1]
        f = tfr[year] * shape
        by_cohort = np.zeros(AGES)  # by the mother's age at the end of the year
        by_cohort[1:] = f[:-1] * women[:-1] / 2 + f[1:] * aged[1:] / 2
        births.append(float((f * (women + aged) / 2).sum()))
        # Children already there: a year older, their mothers too (whose deaths do not part them from their line).
        linked = [np.concatenate([[0.0], row[:-1]]) * SURVIVAL[age + 1] for age, row in enumerate(linked)]
        linked.insert(0, by_cohort * SURVIVAL[0] * births[-1] / by_cohort.sum())
        aged[0] = 0.488 * births[-1] * SURVIVAL[0]
        women = aged
    return np.array(linked[:15]), women, np.array(births[::-1])[:15], tfr[::-1][:15]


SHAPE = np.zeros(AGES)
SHAPE[15:50] = stats.gamma(5, loc=13, scale=2.8).pdf(np.arange(15, 50) + 0.5)
SHAPE /= SHAPE.sum()
CHILD_SURVIVAL = np.cumprod(SURVIVAL)[:15]


def test_a_projection_is_run_backwards_exactly() -> None:
    linked, women, births, tfr = projected(np.random.default_rng(1), SHAPE)
    found = reverse_survival_tfr(
        linked.sum(axis=1), women, child_survival=CHILD_SURVIVAL, female_survival=SURVIVAL[None], asfr_shape=3 * SHAPE[None]
    )
    assert found.births == pytest.approx(births, rel=1e-9)
    assert found.total == pytest.approx(tfr, rel=1e-9)


def test_patterns_and_survival_may_change_from_year_to_year() -> None:
    linked, women, _, tfr = projected(np.random.default_rng(2), SHAPE)
    children = linked.sum(axis=1)
    options = {"child_survival": CHILD_SURVIVAL, "female_survival": np.tile(SURVIVAL, (15, 1))}
    same = reverse_survival_tfr(children, women, **options, asfr_shape=np.tile(SHAPE, (15, 1)))
    assert same.total == pytest.approx(tfr, rel=1e-9)
    # The age pattern matters little (Spoorenberg 2014): two years later at every age moves the level by less than three per cent.
    later = reverse_survival_tfr(children, women, **options, asfr_shape=np.roll(SHAPE, 2)[None])
    assert later.total == pytest.approx(tfr, rel=0.03)


def test_own_children_give_the_total_and_the_pattern() -> None:
    linked, women, _, tfr = projected(np.random.default_rng(3), SHAPE)
    found = own_children_tfr(linked, women, child_survival=CHILD_SURVIVAL, female_survival=SURVIVAL[None])
    # Halving cohorts' births over two ages moves a few births between cohorts of other sizes: half a per cent.
    assert found.total == pytest.approx(tfr, rel=0.005)
    assert found.rates[:, 15:50] == pytest.approx(tfr[:, None] * SHAPE[15:50], abs=0.006)


def test_own_children_by_hand() -> None:
    # 8 children of 1, 0.8 of those born, whose mothers are 4: 10 births in the year before the last, 5 of them at 2 and 5 at 3
    # (4 − 1 − 1 or 4 − 1). Women: 100 at every age, half of whom reach the next: 200 at an age a year ago, 400 two years ago; in
    # the year before the last (200 + 400)/2 = 300 → 5/300 each.
    linked = np.zeros((2, 8))
    linked[1, 4] = 8.0
    found = own_children_tfr(linked, np.full(8, 100.0), child_survival=[0.9, 0.8], female_survival=np.full((1, 8), 0.5))
    assert found.rates[1, 1:5] == pytest.approx([0.0, 5 / 300, 5 / 300, 0.0], abs=1e-15)
    assert found.total == pytest.approx([0.0, 10 / 300], abs=1e-15)


def test_infants_by_hand() -> None:
    # 97 infants of 100 births; women 500 and 300, pattern ¼ and ¾: 125 + 225 = 350 → 100/350.
    assert tfr_from_infants(97.0, [500.0, 300.0], infant_survival=0.97, asfr_shape=[0.1, 0.3]) == pytest.approx(
        100 / 350, rel=1e-12
    )


def test_infants_are_the_first_year_of_reverse_survival_where_cohorts_are_alike() -> None:
    women = np.full(AGES, 1000.0)
    one = np.ones((1, AGES))
    reverse = reverse_survival_tfr([80.0], women, child_survival=[0.97], female_survival=one, asfr_shape=SHAPE[None])
    infants = tfr_from_infants(80.0, women, infant_survival=0.97, asfr_shape=SHAPE)
    assert reverse.total[0] == pytest.approx(float(infants), rel=1e-12)


def test_child_woman_ratio_by_hand() -> None:
    # C/W = 300/1000; 25-34: 180 + 160 = 340 of 1000. iTFR = 2.1; xTFR = (10.65 − 12.55 · 0.34) · 0.3 = 6.383 · 0.3 = 1.9149.
    women = [120.0, 140.0, 180.0, 160.0, 150.0, 130.0, 120.0]
    plain = tfr_from_child_woman_ratio(300.0, women)
    assert plain.implied == pytest.approx(2.1, rel=1e-12)
    assert plain.extended == pytest.approx(1.9149, rel=1e-12)
    # q(5) = 0.08: children / (1 − 0.06).
    assert tfr_from_child_woman_ratio(300.0, women, under_five_mortality=0.08).implied == pytest.approx(2.1 / 0.94, rel=1e-12)


def test_child_woman_ratio_is_exact_where_all_ages_are_alike() -> None:
    # As many women at every age and nobody dies: five years' births are 5 · n · TFR/… of 35 n women: 7 C/W = TFR.
    births_a_year = 2.3 * 1000 / 5
    assert tfr_from_child_woman_ratio(5 * births_a_year, [1000.0] * 7).implied == pytest.approx(2.3, rel=1e-12)


@pytest.mark.needs_shared
def test_finland_2024_read_backwards(shared: Path) -> None:
    folder = shared / "backtest" / "finland"
    people = pd.read_csv(folder / "population.csv.gz").rename(columns={"age_lo": "age"})
    rates = pd.read_csv(folder / "fertility.csv.gz")
    now = people[people.year == 2024].pivot_table(index="age", columns="sex", values="population", aggfunc="sum")
    women = np.concatenate([now["female"].to_numpy()[:100], [0.0]])
    children = now.sum(axis=1).to_numpy()[:15]
    # The truth: births by age of mother (the regions' rates times their women) over all women, 2024 back to 2010.
    both = rates.merge(people[people.sex == "female"], on=["area", "year", "age"])
    both["births"] = both.asfr * both.population
    by_age = both.groupby(["year", "age"])[["births", "population"]].sum()
    truth = (by_age.births / by_age.population).groupby("year").sum().loc[2010:2024].to_numpy()[::-1]
    # Finnish mortality at these ages is so low that a rough table does: 2 per 1,000 children, 0.5 per 1,000 women a year.
    survival = np.full((1, 101), 0.9995)
    pattern = np.zeros((1, 101))
    pattern[0, 15:50] = stats.gamma(9.2, loc=13, scale=1.9).pdf(np.arange(15, 50) + 0.5)
    found = reverse_survival_tfr(children, women, child_survival=np.full(15, 0.998), female_survival=survival, asfr_shape=pattern)
    # What is left: migration, which the method cannot see, and one age pattern for fifteen years.
    assert found.total == pytest.approx(truth, rel=0.02)
    five = women[15:50].reshape(7, 5).sum(axis=1)
    totals = tfr_from_child_woman_ratio(children[:5].sum(), five)
    assert totals.extended == pytest.approx(truth[:5].mean(), rel=0.035)


def test_what_cannot_be_is_refused() -> None:
    parities, rates = PARITIES, RATES
    refused("axis_of_wrong_length", lambda: brass_pf(parities[:6], rates, ages_at_end=True))
    refused("births_none", lambda: brass_pf(parities, 0 * rates, ages_at_end=True))
    refused("rates_look_per_1000", lambda: brass_pf(parities, 1000 * rates, ages_at_end=True))
    # Nearly all births at 35-39: the parity equivalent of 30-34 that the coefficients give is below zero.
    refused("value_not_above_zero", lambda: brass_pf(parities, [0, 0, 0, 0.001, 0.2, 0, 0], ages_at_end=False))
    given_ = {"child_survival": [0.9, 0.9], "female_survival": np.ones((1, 8)), "asfr_shape": [[0, 0, 1, 1, 0, 0, 0, 0]]}
    women = np.full(8, 100.0)
    short = {**given_, "asfr_shape": [[0, 0, 1, 1, 1, 1, 0, 0]]}
    facts = refused("women_ages_too_low", lambda: reverse_survival_tfr([1.0, 1.0], women, **short))
    assert (facts["found"], facts["needed"]) == (7, 7)
    refused("axis_of_wrong_length", lambda: reverse_survival_tfr([1.0, 1.0, 1.0], women, **given_))
    refused("axis_of_wrong_length", lambda: reverse_survival_tfr([1.0, 1.0], women, **{**given_, "female_survival": np.ones(8)}))
    refused("value_not_above_zero", lambda: reverse_survival_tfr([1.0, 1.0], women, **{**given_, "child_survival": [0.9, 0.0]}))
    refused("births_none", lambda: reverse_survival_tfr([1.0, 1.0], women, **{**given_, "asfr_shape": np.zeros((1, 8))}))
    refused("value_not_above_zero", lambda: tfr_from_infants(5.0, [0.0, 9.0], infant_survival=0.9, asfr_shape=[1.0, 0.0]))
    linked = np.zeros((1, 8))
    linked[0, 7] = 1.0  # the mother is in the open age: nobody can be taken back from there
    survival = {"child_survival": [0.9], "female_survival": np.ones((1, 8))}
    refused("births_without_women", lambda: own_children_tfr(linked, women, **survival))
    refused("value_not_above_zero", lambda: tfr_from_child_woman_ratio(5.0, np.zeros(7)))
