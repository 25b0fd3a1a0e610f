"""The step against the United Nations' own run, a hand calculation, and conservation of people."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from popmodel.assessment.known_answers import known_answer
from popmodel.demography import SEXES
from popmodel.projection import births_by_order, finish_year, split_by_sex, step_year, survive

GOLDEN = Path(__file__).parents[3] / "shared" / "golden"


def test_one_year_of_three_ages_by_hand() -> None:
    # 100 and 80 aged 0, 50 and 60 aged 1, 10 and 20 aged 2 and over; survival 0.9 at birth, 0.95, open 0.5 for both sexes.
    start = np.array([[100.0, 50, 10], [80, 60, 20]])
    survival = np.array([[0.9, 0.95, 0.5]] * 2)
    survivors = survive(start, survival)
    # E1 = 95, 76; E2 = 0.5 · (50 + 10) = 30 and 0.5 · (60 + 20) = 40.
    assert survivors.persons.tolist() == [[0, 95, 30], [0, 76, 40]]
    # Women's years at age 1: (60 + 76)/2 = 68. f = 0.5, 0.1 (orders) at age 1: 34 and 6.8 births.
    fertility = np.array([[0, 0.5, 0], [0, 0.1, 0]])
    born = births_by_order(survivors.women_years, fertility)
    assert born.tolist() == pytest.approx([34, 6.8])
    births = split_by_sex(born, 1.05)
    assert births.sum(axis=0).tolist() == pytest.approx([40.8 * 1.05 / 2.05, 40.8 / 2.05])
    # Five men of age 1 leave, three women of the open age come; 31 men leave the open age, where 30 are: one stays short.
    moves = np.array([[0, -5.0, -31], [0, 0, 3]])
    done = finish_year(start, survivors.persons, births, survival, np.full((2, 3), 0.5), moves)
    assert done.population[0].tolist() == pytest.approx([0.9 * 40.8 * 1.05 / 2.05, 90, 0])
    assert done.population[1].tolist() == pytest.approx([0.9 * 40.8 / 2.05, 76, 43])
    assert done.shortfall == pytest.approx(1)
    assert done.deaths.sum() == pytest.approx(done.cohort_deaths.sum())
    # Men: the cohort of age 0 loses 5, half of it before the birthday; the infants lose a tenth of those born.
    assert done.deaths[0, 0] == pytest.approx(0.1 * 40.8 * 1.05 / 2.05 + 2.5)


@pytest.mark.needs_shared
def test_canada_1950_2020_is_that_of_the_united_nations() -> None:
    # Seventy years, two sexes, single ages, migrants at the year's end; survival ratios, ASFR and SRB as the UN used them.
    rates = pd.read_csv(GOLDEN / "ccm_canada_rates_1950_2019.csv.gz")
    expected = pd.read_csv(GOLDEN / "ccm_canada_expected_pop_1950_2020.csv.gz")
    expected_births = pd.read_csv(GOLDEN / "ccm_canada_expected_births.csv").pivot(index="year", columns="sex", values="value")

    def grid(frame: pd.DataFrame, value: str) -> np.ndarray:
        return np.stack([frame[frame["sex"] == sex].sort_values("age")[value].to_numpy(float) for sex in SEXES])

    population = grid(expected[expected["year"] == 1950], "pop_1jan")
    for year, frame in rates.groupby("year"):
        survival, fertility = grid(frame, "lt_Sx"), grid(frame, "asfr")[1:]
        done = step_year(population, survival, fertility, float(frame["srb"].iloc[0]), grid(frame, "net_mig"))
        population = done.population
        wanted = grid(expected[expected["year"] == year + 1], "pop_1jan")
        assert np.max(np.abs(population - wanted) / np.maximum(wanted, 1)) < 1e-9
        assert done.births.sum(axis=0) == pytest.approx(expected_births.loc[year, list(SEXES)].to_numpy(float), rel=1e-9)


def test_sweden_1993_over_five_years_with_migrants_half_and_half() -> None:
    # Preston, Heuveline & Guillot (2001), box 6.2: five-year groups, half of the migrants at the start and half at the end,
    # 1.05 boys a girl. Every cell of the printed result after rounding.
    box = {name: np.array(column) for name, column in known_answer("phg_sweden1993_5x5").items() if name != "source"}

    def both(name: str) -> np.ndarray:
        return np.stack([box[name.format(letter)] for letter in "mf"])

    start, survival = both("pop_count_age_{}_begin"), both("survival_ratio_age_{}")
    moves, fertility = both("mig_net_count_age_{}"), box["fert_rate_age_f"][None]
    done = step_year(start, survival, fertility, 1.05, moves, years=5, timing="even")
    assert np.array_equal(np.round(done.population), both("pop_count_age_{}_end"))
    assert done.births.sum() == pytest.approx(box["birth_count_age_b"].sum(), abs=1)  # the book adds rounded ages
    # With all of them at the end, the migrants bear nobody and the children differ.
    assert step_year(start, survival, fertility, 1.05, moves, years=5).births.sum() < done.births.sum() - 1000


AGES = 6
stocks = arrays(float, (2, AGES), elements=st.floats(0, 1e5))
ratios = arrays(float, (2, AGES), elements=st.floats(0, 1))
movers = arrays(float, (2, AGES), elements=st.floats(-1e5, 1e5))


@given(stocks, ratios, arrays(float, (3, AGES), elements=st.floats(0, 0.3)), movers, st.sampled_from(["end", "even"]))
def test_nobody_is_lost_and_no_cell_falls_below_zero(start, survival, fertility, moves, timing) -> None:  # type: ignore[no-untyped-def]
    done = step_year(start, survival, fertility, 1.06, moves, timing=timing)
    assert done.population.min() >= 0
    assert done.deaths.sum() == pytest.approx(done.cohort_deaths.sum(), rel=1e-9, abs=1e-6)
    before = np.zeros_like(start)
    before[:, 0] = done.births.sum(axis=0)
    before[:, 1:] = start[:, :-1]
    before[:, -1] += start[:, -1]
    assert done.population == pytest.approx(before - done.cohort_deaths + done.migration, rel=1e-9, abs=1e-5)
    # What could not leave is named, not lost: moves asked for = moves made − shortfall.
    assert done.migration.sum() - done.shortfall == pytest.approx(moves.sum(), rel=1e-9, abs=1e-4)


@given(stocks, ratios, movers)
def test_draws_are_stepped_as_one_by_one(start, survival, moves) -> None:  # type: ignore[no-untyped-def]
    fertility = np.full((1, AGES), 0.1)
    draws = [start, 2 * start, start[::-1]]
    together = step_year(np.stack(draws, -1), survival[..., None], fertility[..., None], 1.05, np.stack([moves] * 3, -1))
    for place, draw in enumerate(draws):
        alone = step_year(draw, survival, fertility, 1.05, moves)
        assert together.population[..., place] == pytest.approx(alone.population, rel=1e-12, abs=1e-9)
