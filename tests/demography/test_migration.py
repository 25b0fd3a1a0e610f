"""Intercensal migration against the published arithmetic, and the annual rates against the decade they came from."""

import numpy as np
import pytest

from popmodel.demography import annual_rates, intercensal_migration


def test_net_migration_is_the_count_less_the_survivors() -> None:
    # Boys of Xichuan aged 10-14 in 2010: 26,910; survival 0.9961 by the province's rates; 10,186 counted in 2020.
    found = intercensal_migration([26_910], [10_186], [0.9961])
    assert found.expected[0] == pytest.approx(26_805, abs=1)
    assert found.net[0] == pytest.approx(-16_619, abs=1)
    assert found.rate[0] == pytest.approx(-0.62, abs=5e-4)


def test_annual_rates_take_each_cohort_where_the_decade_took_it() -> None:
    rates = np.array([0.05, -0.30, -0.57, -0.53, -0.32, -0.25, -0.22, -0.16, -0.10, -0.06, -0.02, 0.02])
    lowest = np.arange(0, 60, 5)
    annual = annual_rates(rates, lowest, width=5, years=10, ages=101, first_age=5, last_age=75)
    for start, rate in zip(lowest, rates, strict=True):
        passages = [annual[age + 1 : age + 11].sum() for age in range(start, start + 5)]
        assert np.mean(passages) == pytest.approx(np.log1p(rate), abs=1e-9)
    assert np.all(annual[75:] == 0)
    assert np.all(annual[:5] == 0)


def test_no_schedule_that_fits_is_smoother() -> None:
    # Any schedule that fits differs by one the cohorts do not see; adding such a difference can only add roughness.
    lowest = np.arange(0, 60, 5)
    rates = np.linspace(0.1, -0.4, len(lowest))
    annual = annual_rates(rates, lowest, width=5, years=10, ages=101, first_age=5, last_age=75)
    unseen = np.zeros(101)
    unseen[5:75] = np.sin(2 * np.pi * np.arange(70) / 5)  # sums to zero over any five ages, so over every passage
    rough = np.sum(np.diff(annual, 2) ** 2)
    for size in (1e-3, -1e-3):
        assert np.sum(np.diff(annual + size * unseen, 2)[:70] ** 2) > np.sum(np.diff(annual, 2)[:70] ** 2)
    assert rough > 0


def test_a_cohort_that_lost_everybody_is_refused() -> None:
    with pytest.raises(ValueError, match="lose everybody"):
        annual_rates([-1.0], [0], width=5, years=10, ages=101, first_age=5, last_age=75)
