"""The extension of old-age mortality against a published run, and tables closed at an age."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from popmodel.demography.life_table import life_table
from popmodel.demography.old_age import close_at, kannisto
from popmodel.messages import InputError

Known = Callable[[str], dict[str, Any]]

# A logistic hazard with logit −11 + 0.1 x: 0.0474 at age 80, 0.269 at 100, 0.881 at 130.
SINGLE = 1 / (1 + np.exp(11 - 0.1 * np.arange(131)))


def test_chinese_males_of_2015_2020(known: Known) -> None:
    published = known("china_wpp2019_mx_and_leecarter")
    last_period = [rates[-1] for rates in published["mx"]["male"]]
    rates, ages = kannisto(last_period, [int(age) for age in published["mx"]["ages"]])
    assert ages.tolist() == [int(age) for age in published["kannisto"]["nm"]]
    assert rates == pytest.approx(published["kannisto"]["out"], abs=1e-9)


def test_single_ages_of_the_model_itself_come_back() -> None:
    # The model fitted to its own rates is itself, whatever stood at the ages replaced.
    given = np.where(np.arange(101) > 98, 0.9, SINGLE[:101])
    rates, ages = kannisto(given, np.arange(101))
    assert ages.tolist() == list(range(131))
    assert rates == pytest.approx(SINGLE, abs=1e-12)


def test_two_ages_worked_by_hand() -> None:
    # logit 0.2 = −1.38629436, logit 0.5 = 0: slope 0.27725887 a year over five; at 95 logit 1.38629436, m = 0.8.
    rates, ages = kannisto([0.01, 0.2, 0.5, 0.6], [80, 85, 90, 95], fit=(85, 90), to=100)
    assert ages.tolist() == [80, 85, 90, 95, 100]
    assert rates == pytest.approx([0.01, 0.2, 0.5, 0.8, 16 / 17], abs=1e-9)


def test_a_closed_table_shows_the_same_lives() -> None:
    table = life_table(SINGLE, "female")
    closed = close_at(table, 100)
    assert closed.ages[-1] == 100
    assert closed.e == pytest.approx(table.e[:101], abs=1e-12)
    assert closed.m[-1] == pytest.approx(table.l[100] / table.T[100], rel=1e-14)
    # The table made anew from the closed one's rates is the closed one.
    again = life_table(closed.m, "female")
    for column, other in zip(closed[:-1], again[:-1], strict=True):
        assert column == pytest.approx(other, abs=1e-12)
    assert table.m[100] == SINGLE[100]  # the long table keeps its own


def test_a_closed_abridged_table(known: Known) -> None:
    published = known("lifetables_un_pas_mortpak")["cases"][0]
    table = life_table(published["mx"], "male", ages=published["age"])
    closed = close_at(table, 70)
    assert closed.e == pytest.approx(published["ex_expected"][:16], abs=0.005)
    assert closed.d.sum() == pytest.approx(1)
    assert pytest.approx(closed.T[-1]) == closed.L[-1]


OLD = [0.05, 0.10, 0.18, 0.5]
REFUSED = [
    (lambda: kannisto(OLD, [80, 85, 90, 95], fit=(90, 98)), "old_age_fit_too_few", {"found": 1}),
    (lambda: kannisto(OLD, [80, 85, 86, 95], fit=(80, 90)), "old_age_fit_uneven", {}),
    (lambda: kannisto([0.05, 0.0, 0.18, 0.5], [80, 85, 90, 95]), "old_age_rates_outside", {"age": 85, "found": 0.0}),
    (lambda: kannisto([0.05, 0.1, 1.0, 0.1], [80, 85, 90, 95]), "old_age_rates_outside", {"age": 90, "found": 1.0}),
    (lambda: kannisto([0.18, 0.1, 0.05, 0.1], [80, 85, 90, 95]), "old_age_rates_falling", {"count": 1}),
    (lambda: kannisto(OLD, [80, 90, 85, 95]), "ages_not_rising", {}),
    (lambda: close_at(life_table([0.1, 0.1, 0.1], "male"), 100), "age_not_in_table", {"found": 100}),
]


@pytest.mark.parametrize(("given", "code", "found"), REFUSED, ids=[f"{code}-{i}" for i, (_, code, _) in enumerate(REFUSED)])
def test_is_refused(given: Callable[[], object], code: str, found: dict[str, object]) -> None:
    with pytest.raises(InputError) as refused:
        given()
    (problem,) = refused.value.problems
    assert problem.code == code
    assert {key: problem.parameters[key] for key in found} == found
    assert problem.describe("zh")
    assert problem.describe("en")
