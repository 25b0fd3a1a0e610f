"""Groups to single ages and back: the rate of every group is kept to the last digit."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popmodel.demography.abridged import to_abridged, to_single
from popmodel.demography.life_table import life_table
from popmodel.messages import InputError

Known = Callable[[str], dict[str, Any]]

AGES = [0, 1, *range(5, 90, 5)]
rates = st.tuples(
    st.lists(st.one_of(st.just(0.0), st.floats(1e-7, 0.2)), min_size=13, max_size=13),
    st.lists(st.floats(1e-4, 0.9), min_size=6, max_size=6),
).map(lambda parts: np.array(parts[0] + parts[1]))


@given(rates)
def test_every_group_rate_is_kept(m: np.ndarray) -> None:
    single = to_single(m, AGES)
    assert single.shape == (86,)
    assert single.min() >= 0
    assert to_abridged(single, AGES) == pytest.approx(m, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("sex", ["male", "female"])
def test_the_group_rate_is_deaths_over_years_of_the_life_table(known: Known, sex: str) -> None:
    # The oracle is the life table itself: Σd/ΣL between the ages, T/l turned over in the open age.
    published = known("phg_austria1992_males_lifetable")
    single = to_single(published["mx"], AGES)
    table = life_table(single, sex)
    grouped = [table.d[low:high].sum() / table.L[low:high].sum() for low, high in pairwise(AGES)]
    assert [*grouped, table.l[85] / table.T[85]] == pytest.approx(published["mx"], rel=1e-12)


def test_single_ages_give_the_life_table_they_came_from(known: Known) -> None:
    # Austria, box 3.1: l and e are met without knowing the country's own nax, which differ from any smooth curve's above 75 only
    # (2.518 and 2.423 at 75-79 and 80-84, where Greville's formula has 2.56 and 2.47).
    published = known("phg_austria1992_males_lifetable")
    table = life_table(to_single(published["mx"], AGES), "male")
    assert table.l[AGES[:-2]] == pytest.approx(published["lx"][:-2], abs=5e-5)
    assert table.e[0] == pytest.approx(72.889, abs=0.01)


def test_two_ages_worked_by_hand() -> None:
    # Rates 0.2 and 0.4 at ages 1 and 2: q = 0.2/1.1 = 0.18181818 and 0.4/1.2 = 0.33333333; d = 0.18181818, 0.27272727;
    # L = 0.90909091, 0.68181818; Σd/ΣL = 0.45454545/1.59090909 = 0.28571429, below the plain mean of 0.3. Age 3 and over: 0.1.
    assert to_abridged([0.01, 0.2, 0.4, 0.1, 0.1], [0, 1, 3]) == pytest.approx([0.01, 2 / 7, 0.1], abs=1e-12)


def test_the_open_group_of_a_longer_table() -> None:
    single = 1 / (1 + np.exp(11 - 0.1 * np.arange(131)))
    table = life_table(single, "male")
    assert to_abridged(single, [*AGES, 90, 100])[-1] == pytest.approx(table.l[100] / table.T[100], rel=1e-12)


def test_a_constant_rate_stays_constant() -> None:
    assert to_single(np.full(len(AGES), 0.02), AGES) == pytest.approx(np.full(86, 0.02), rel=1e-12)


REFUSED = [
    (lambda: to_single([0.1, -0.1, 0.1], [0, 1, 5]), "value_negative"),
    (lambda: to_single([0.1, np.nan, 0.1], [0, 1, 5]), "value_missing"),
    (lambda: to_single([5.0, 1.0, 100.0], [0, 1, 5]), "rates_look_per_1000"),
    (lambda: to_single([0.1, 0.1, 0.1], [0, 5, 10]), "ages_missing"),
    (lambda: to_single([0.1, 0.1, 0.1], [0, 1]), "ages_do_not_match"),
    (lambda: to_abridged([0.1, 0.1, 0.1], [0, 1, 5]), "ages_do_not_match"),
    (lambda: to_abridged([0.1, 0.1, 0.0], [0, 1, 2]), "open_age_rate_zero"),
]


@pytest.mark.parametrize(("given", "code"), REFUSED, ids=[f"{code}-{i}" for i, (_, code) in enumerate(REFUSED)])
def test_is_refused(given: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as refused:
        given()
    assert [problem.code for problem in refused.value.problems] == [code]
    assert refused.value.describe("zh")
