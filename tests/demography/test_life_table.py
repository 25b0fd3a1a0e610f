"""Life tables against published tables, hand calculation and what holds for any of them."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from popmodel.demography.life_table import (
    deaths_before_birthday,
    life_expectancy,
    life_expectancy_at,
    life_table,
    life_table_from_q,
    probability_of_dying,
    survival_ratios,
)
from popmodel.demography.separation import a0_coale_demeny
from popmodel.messages import InputError

Known = Callable[[str], dict[str, Any]]

ABRIDGED = [0, 1, *range(5, 90, 5)]
SEXES = st.sampled_from(["male", "female", "both"])


def schedules(ages: int, largest: float = 0.4) -> st.SearchStrategy[list[float]]:
    """Rates that pass as per person: fewer than half of the ages above 0.2, anything from zero below."""
    young = st.lists(st.floats(0, 0.2), min_size=ages - ages // 3, max_size=ages - ages // 3)
    old = st.lists(st.floats(1e-3, largest), min_size=ages // 3, max_size=ages // 3)
    return st.tuples(young, old).map(lambda parts: parts[0] + parts[1])


def test_austrian_males_of_1992(known: Known) -> None:
    published = known("phg_austria1992_males_lifetable")
    table = life_table(published["mx"], "male", ages=[int(age) for age in published["age_start"]], a=published["ax"])
    assert table.q == pytest.approx(published["qx"], abs=1e-9)
    # Columns printed to five decimals; T and e were cumulated from them.
    assert table.l == pytest.approx(published["lx"], abs=6e-6)
    assert table.d == pytest.approx(published["dx"], abs=6e-6)
    assert pytest.approx(published["nLx"], abs=6e-6) == table.L
    assert pytest.approx(published["Tx"], abs=2e-5) == table.T
    assert table.e == pytest.approx(published["ex"], abs=3e-4)
    assert table.e[0] == pytest.approx(72.889, abs=5e-4)


@pytest.mark.parametrize(("case", "sex"), [(0, "male"), (1, "female")])
def test_the_united_nations_tables(known: Known, case: int, sex: str) -> None:
    published = known("lifetables_un_pas_mortpak")["cases"][case]
    table = life_table(published["mx"], sex, ages=published["age"], a="greville", region="west")
    assert table.e == pytest.approx(published["ex_expected"], abs=0.005)


def test_the_census_bureau_table(known: Known) -> None:
    published = known("lifetables_un_pas_mortpak")["cases"][2]
    m = np.array(published["deaths"]) / np.array(published["exposure"])
    # The table was asked for at an infant mortality of 0.1 whatever the deaths say: q0 = 0.1, a0 = 0.33, m0 = 0.1/(1 − 0.067).
    m[0] = 0.1 / (1 - 0.67 * 0.1)
    table = life_table(m, "male", ages=published["age"], a="pas", region="north")
    assert table.e == pytest.approx(published["ex_expected"], abs=0.01)


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


def test_five_year_survival_ratios_are_those_of_sweden_1993(known: Known) -> None:
    # Box 6.2 gives 5Lx of 0-4, 5-9 .., radix 100,000; 0-4 is divided here as at 99,500 a year in infancy.
    published = known("phg_sweden1993_5x5")
    grouped = np.array(published["pers_years_age_f"]) / 1e5
    years = np.concatenate([[0.995, grouped[0] - 0.995], grouped[1:]])
    table = life_table(np.full(len(years), 0.1), "female", ages=[0, 1, *range(5, 90, 5)])
    table = table._replace(L=years, T=years[::-1].cumsum()[::-1])
    assert survival_ratios(table) == pytest.approx(published["survival_ratio_age_f"], abs=1e-9)


def test_five_year_ratios_follow_those_of_single_ages() -> None:
    # A table of groups whose m and a are those of the single ages inside must have their l, and the sums of their L.
    single = life_table(0.0002 * np.exp(0.085 * np.arange(101)), "female")
    sums = np.add.reduceat(single.L, np.arange(0, 101, 5))
    ages = np.array([0, 1, *range(5, 105, 5)])
    pick = [slice(low, high) for low, high in pairwise([*ages, 101])]
    deaths = np.array([single.d[part].sum() for part in pick])
    years = np.array([single.L[part].sum() for part in pick])
    a = np.array(
        [((single.ages[part] - low + single.a[part]) * single.d[part]).sum() for low, part in zip(ages, pick, strict=True)]
    )
    table = life_table(deaths / years, "female", ages=ages.tolist(), a=a / deaths)
    assert table.l == pytest.approx(single.l[ages], abs=1e-12)
    assert survival_ratios(table)[1:-1] == pytest.approx(sums[1:-1] / sums[:-2], abs=1e-12)
    assert life_expectancy_at(table, 65) == pytest.approx(life_expectancy_at(single, 65), abs=1e-10)
    for low, high in ((0, 5), (15, 60)):
        assert probability_of_dying(table, low, high) == pytest.approx(probability_of_dying(single, low, high), abs=1e-12)


def test_summary_measures_of_austria(known: Known) -> None:
    published = known("phg_austria1992_males_lifetable")
    table = life_table(published["mx"], "male", ages=[int(age) for age in published["age_start"]], a=published["ax"])
    # 5q0 = 1 − 0.98986; 45q15 = 1 − 0.83845/0.98815.
    assert probability_of_dying(table, 0, 5) == pytest.approx(0.01014, abs=6e-6)
    assert probability_of_dying(table, 15, 60) == pytest.approx(1 - 0.83845 / 0.98815, abs=1e-5)
    assert life_expectancy_at(table, 60) == pytest.approx(18.4256, abs=1e-3)


@given(schedules(21), SEXES)
def test_any_complete_table_holds_together(rates: list[float], sex: str) -> None:
    table = life_table(rates, sex)
    assert np.all((table.q >= 0) & (table.q <= 1))
    assert np.all(np.diff(table.l) <= 0)
    assert table.d.sum() == pytest.approx(1, abs=1e-12)
    assert table.d == pytest.approx(table.m * table.L, abs=1e-13)
    ratios = survival_ratios(table)
    assert np.all((ratios >= 0) & (ratios <= 1 + 1e-15))
    shares = deaths_before_birthday(table)
    assert np.all((shares >= 0) & (shares <= 1))


@given(
    schedules(19, largest=9.0), SEXES, st.sampled_from(["greville", "pas"]), st.sampled_from(["west", "north", "east", "south"])
)
def test_any_abridged_table_holds_together(rates: list[float], sex: str, rule: str, region: str) -> None:
    table = life_table(rates, sex, ages=ABRIDGED, a=rule, region=region)
    assert np.all((table.q >= 0) & (table.q <= 1))
    assert np.all(np.diff(table.l) <= 0)
    assert table.d == pytest.approx(table.m * table.L, abs=1e-12)
    ratios = survival_ratios(table)
    assert np.all((ratios >= 0) & (ratios <= 1 + 1e-12))


@given(schedules(21), SEXES, st.integers(0, 20), st.floats(1e-3, 0.1))
def test_life_expectancy_falls_when_any_rate_rises(rates: list[float], sex: str, age: int, rise: float) -> None:
    higher = np.array(rates)
    higher[age] += rise
    if np.count_nonzero(higher > 0.2) * 2 > len(higher):
        return
    before = life_table(rates, sex)
    # Nobody dies at an age hardly anybody reaches.
    if before.l[age] > 1e-6:
        assert life_expectancy(higher, sex) < before.e[0]


@given(schedules(21), SEXES)
def test_rates_come_back_from_the_probabilities(rates: list[float], sex: str) -> None:
    table = life_table(rates, sex)
    back = life_table_from_q(table.q, sex, open_m=table.m[-1])
    # The two pieces of Andreev-Kingkade meet with a gap of 1e-4 in a0, inside which m0 is uncertain by less than 1e-6.
    assert back.m == pytest.approx(table.m, abs=1e-6)
    assert back.m[1:] == pytest.approx(table.m[1:], abs=1e-12)
    assert back.l == pytest.approx(table.l, abs=1e-15)


@pytest.mark.parametrize("rule", ["greville", "pas"])
@pytest.mark.parametrize("case", [0, 1])
def test_abridged_rates_come_back_from_the_probabilities(known: Known, case: int, rule: str) -> None:
    published = known("lifetables_un_pas_mortpak")["cases"][case]
    table = life_table(published["mx"], "female", ages=published["age"], a=rule)
    back = life_table_from_q(table.q, "female", open_m=table.m[-1], ages=published["age"], a=rule)
    assert back.m == pytest.approx(published["mx"], abs=1e-12)
    assert back.a == pytest.approx(table.a, abs=1e-10)
    given_a = life_table_from_q(table.q, "female", open_m=table.m[-1], ages=published["age"], a=table.a)
    assert given_a.m == pytest.approx(published["mx"], abs=1e-14)


def test_everybody_dying_in_a_closed_age_has_a_rate() -> None:
    # q = 1 in the last closed year: m = 1/a = 2, nobody left.
    table = life_table_from_q([0.1, 0.01, 0.01, 0.01, 1.0, 1.0], "female", open_m=0.4)
    assert table.m[4] == pytest.approx(2.0)
    assert table.l[5] == 0
    assert np.isfinite(table.e).all()
    assert survival_ratios(table)[-1] == 0
    # And rates above 2 leave nobody either: years lived are deaths over the rate.
    high = life_table([0.01, 0.02, 4.0, 0.1, 0.1, 0.1], "male")
    assert high.q[2] == 1
    assert high.L[2] == pytest.approx(high.l[2] / 4)


def test_named_ages_from_zero_by_one_are_a_complete_table() -> None:
    m = 0.0002 * np.exp(0.085 * np.arange(101))
    plain, named = life_table(m, "male"), life_table(m, "male", ages=list(range(101)))
    assert all(np.array_equal(one, other) for one, other in zip(plain, named, strict=True))


def test_infants_of_an_abridged_table_are_those_of_the_region() -> None:
    table = life_table([0.05, 0.01, 0.002, 0.1], "both", ages=[0, 1, 5, 10], region="east")
    assert table.a[0] == pytest.approx(float(a0_coale_demeny(0.05, "both", region="east")))


GROUPS = life_table([0.05, 0.01, 0.002, 0.1], "male", ages=[0, 1, 5, 15], a="pas")
REFUSED = [
    (lambda: life_table([0.1, -0.1, 0.5], "male"), "value_negative"),
    (lambda: life_table([0.1, np.nan, 0.5], "male"), "value_missing"),
    (lambda: life_table([5.1, 0.3, 0.4, 12, 160], "male"), "rates_look_per_1000"),
    # Three ages of five above 0.2: no population dies like that.
    (lambda: life_table([0.3, 0.3, 0.3, 0.1, 0.1], "male"), "rates_look_per_1000"),
    (lambda: life_table([0.1, np.inf, 0.1], "male"), "value_missing"),
    (lambda: life_table([0.1, 0.1, 0.0], "male"), "open_age_rate_zero"),
    (lambda: life_table([0.1, 0.1, 0.1], "boy"), "word_unknown"),
    (lambda: life_table([0.1, 0.1, 0.1], "male", ages=[0, 1]), "ages_do_not_match"),
    (lambda: life_table([0.1, 0.1, 0.1], "male", ages=[1, 5, 10]), "ages_missing"),
    (lambda: life_table([0.1, 0.1, 0.1], "male", ages=[0, 5, 1]), "ages_not_rising"),
    (lambda: life_table([0.1, 0.1, 0.1], "male", ages=[0, 5, 10]), "ages_not_abridged"),
    (lambda: life_table([0.1, 0.1, 0.1], "male", a="pas"), "ages_not_abridged"),
    (lambda: life_table([0.1, 0.1, 0.1], "male", ages=[0, 1, 5], a=[0.3, 5.0, 1]), "separation_factor_outside"),
    (lambda: life_table([0.1, 0.1, 0.1], "male", ages=[0, 1, 5], a=[0.0, 2.0, 1]), "separation_factor_outside"),
    (lambda: life_table_from_q([0.1, 1.2, 1], "male", open_m=0.3), "probability_above_one"),
    (lambda: life_table_from_q([0.1, 0.2, 0.3], "male", open_m=0.3), "open_age_not_one"),
    (lambda: life_table_from_q([0.1, 0.2, 1], "male", open_m=0.0), "open_age_rate_zero"),
    (lambda: life_table_from_q([0.1, 0.2, 1], "male", open_m=300.0), "rates_look_per_1000"),
    (lambda: survival_ratios(GROUPS), "ages_not_abridged"),
    (lambda: deaths_before_birthday(GROUPS), "ages_not_single"),
    (lambda: life_expectancy_at(GROUPS, 10), "age_not_in_table"),
    (lambda: probability_of_dying(GROUPS, 0, 60), "age_not_in_table"),
]


@pytest.mark.parametrize(("given", "code"), REFUSED, ids=[f"{code}-{i}" for i, (_, code) in enumerate(REFUSED)])
def test_is_refused(given: Callable[[], object], code: str) -> None:
    with pytest.raises(InputError) as refused:
        given()
    assert [problem.code for problem in refused.value.problems] == [code]
    assert refused.value.describe("zh")
    assert refused.value.describe("en")
