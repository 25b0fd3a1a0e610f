"""Life tables against published values and hand calculation."""

import numpy as np
import pytest

from popmodel.demography import (
    a0_andreev_kingkade,
    deaths_before_birthday,
    life_expectancy,
    life_table,
    rates_at_e0,
    survival_ratios,
)

# Human Mortality Database protocol, version 6 (Andreev & Kingkade 2015): 1m0, then 1a0 of males and females.
PUBLISHED_A0 = [
    (0.001, 0.14729455, 0.14697473),
    (0.005, 0.13931275, 0.13875365),
    (0.01, 0.1293355, 0.1284773),
    (0.017, 0.11536735, 0.11409041),
    (0.02, 0.109381, 0.1242878),
    (0.03, 0.1261263, 0.1630967),
    (0.05, 0.1913305, 0.2407145),
    (0.07, 0.2565347, 0.31411),
    (0.1, 0.29915, 0.31411),
]


@pytest.mark.parametrize(("m0", "male", "female"), PUBLISHED_A0)
def test_a0_is_that_of_the_protocol(m0: float, male: float, female: float) -> None:
    assert a0_andreev_kingkade(m0, "male") == pytest.approx(male, abs=1e-7)
    assert a0_andreev_kingkade(m0, "female") == pytest.approx(female, abs=1e-7)


def test_three_ages_worked_by_hand() -> None:
    # Males, m = 0.01, 0.2, 0.5. a0 = 0.14929 − 0.0199545 = 0.1293355; q0 = 0.01 / (1 + 0.8706645 · 0.01) = 0.00991368.
    # q1 = 0.2 / 1.1 = 0.18181818. l = 1, 0.99008632, 0.81007062.
    # L0 = 0.99008632 + 0.1293355 · 0.00991368 = 0.99136851; L1 = (0.99008632 + 0.81007062) / 2 = 0.90007847;
    # L2 = 0.81007062 / 0.5 = 1.62014125; e0 = 3.51158823.
    table = life_table([0.01, 0.2, 0.5], "male")
    assert table.l == pytest.approx([1, 0.99008632, 0.81007062], abs=1e-7)
    assert pytest.approx([0.99136851, 0.90007847, 1.62014125], abs=1e-7) == table.L
    assert table.e[0] == pytest.approx(3.51158823, abs=1e-7)
    # S0 = L0, S1 = L1/L0, S2 = T2/T1 = 1.62014125 / 2.52021972.
    assert survival_ratios(table) == pytest.approx([0.99136851, 0.90791513, 0.64285714], abs=1e-6)
    # Of those aged 0 at the start, deaths before the birthday: (L0 − l1)/(L0 − L1) = 0.00128219/0.09129004.
    assert deaths_before_birthday(table)[0] == pytest.approx(0.01404526, abs=1e-6)


def test_scaled_rates_reach_the_wanted_life_expectancy_and_keep_their_shape() -> None:
    ages = np.arange(101)
    gompertz = 0.0002 * np.exp(0.085 * ages)
    targets = np.array([62.0, 74.59, 85.0])
    scaled = rates_at_e0(gompertz, "male", targets)
    assert life_expectancy(scaled, "male") == pytest.approx(targets, abs=1e-9)
    assert np.allclose(scaled / gompertz, (scaled / gompertz)[:, :1])


def test_an_impossible_life_expectancy_is_refused() -> None:
    with pytest.raises(ValueError, match="no constant factor"):
        rates_at_e0(np.full(101, 0.02), "female", 0.1)


@pytest.mark.parametrize("rates", [[0.1, -0.1, 0.5], [0.1, np.nan, 0.5], [0.1, 0.1, 0.0]])
def test_impossible_rates_are_refused(rates: list[float]) -> None:
    with pytest.raises(ValueError, match="death rates"):
        life_table(rates, "male")
