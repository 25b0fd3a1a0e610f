"""The simple methods on populations whose future is known, and that no method sees what came after its launch."""

from dataclasses import replace

import numpy as np
import pytest

from popmodel.assessment.backtest import METHODS, read_set, roll, summary
from popmodel.forecast.history import AgeTable, History

from .conftest import GROWTH, stable_history

HORIZONS = [1, 5, 7, 10]
FACTORS = np.array([[factor**horizon for horizon in HORIZONS] for factor in GROWTH.values()])
GROUPS = [list(range(101)), list(range(0, 90, 5)), [0, 1, 3, 5, 6, 10, 15, 18, 20, *range(25, 100, 5)], list(range(0, 111))]


@pytest.mark.parametrize("method", ["hamilton_perry", "cohort_component"])
@pytest.mark.parametrize("lowest", GROUPS)
def test_cohort_methods_continue_stable_growth(method: str, lowest: list[int]) -> None:
    # All ages grow alike, so constant ratios and rates mean the same growth on: exactly at whole steps.
    history = stable_history(lowest)
    forecast = METHODS[method](history, HORIZONS)
    expected = history.population[:, -1:] * FACTORS[..., None, None]
    # Hamilton-Perry goes in a line between five-year steps.
    assert forecast == pytest.approx(expected, rel=2e-3 if method == "hamilton_perry" else 1e-9)
    assert forecast[:, [1, 3]] == pytest.approx(expected[:, [1, 3]], rel=1e-9)


def test_growth_and_shares_by_hand() -> None:
    # Two areas of two ages over five years: A from 100 to 150, B from 300 to 250; A's share of the set from 1/4 to 3/8.
    years = np.arange(2010, 2016)
    totals = np.array([np.linspace(100, 150, 6), np.linspace(300, 250, 6)])
    population = totals[:, :, None, None] / 4 * np.ones((1, 1, 2, 2))
    history = History(("A", "B"), years, np.array([0, 5]), np.array([4, 999]), population)
    assert METHODS["no_change"](history, [5]).sum(axis=(2, 3)).ravel().tolist() == [150, 250]
    assert METHODS["constant_age_structure"](history, [5]).sum(axis=(2, 3)).ravel().tolist() == [200, 200]
    assert METHODS["constant_age_structure"](history, [30]).sum(axis=(2, 3)).ravel().tolist() == [450, 0]
    assert METHODS["linear_share"](history, [5]).sum(axis=(2, 3)).ravel() == pytest.approx([200, 200])
    # B's share falls by 1/8 in five years from 5/8: in thirty it would be below nought.
    assert METHODS["linear_share"](history, [30])[1].tolist() == np.zeros((1, 2, 2)).tolist()
    growing = replace(history, population=population * np.array([1, 1, 1, 1, 1, 1.2])[:, None, None])
    # The set grows from 400 to 480, to 560 five years on; shares of 3/8 and 5/8 go on to 1/2 each.
    assert METHODS["linear_share"](growing, [5]).sum(axis=(2, 3)).ravel() == pytest.approx([280, 280])


def test_given_rates_are_used(stable: History) -> None:
    # A region in which nobody is born, dies or moves: after five years it lacks those under five and has all others.
    shape = (3, len(stable.years), 2, 101)
    ages, highest = np.arange(101), np.array([*range(100), 999])
    nothing = AgeTable(stable.years, ages, highest, np.zeros(shape))
    barren = AgeTable(stable.years, ages[15:50], ages[15:50], np.zeros((3, len(stable.years), 35)))
    immortal = replace(nothing, values=np.full(shape, 1e-12))
    closed = replace(stable, fertility=barren, mortality=immortal, net_migration=nothing)
    forecast = METHODS["cohort_component"](closed, [5])[:, 0]
    assert forecast[..., :5] == pytest.approx(0)
    assert forecast[..., 5:100] == pytest.approx(stable.population[:, -1, :, :95])
    moving = replace(closed, net_migration=replace(nothing, values=0.1 * stable.population))
    assert METHODS["cohort_component"](moving, [1])[..., 1:].sum() > forecast.sum()


def test_deaths_and_births_of_groups_give_the_rates(stable: History) -> None:
    # Deaths of one in a hundred at every age, births of one in ten women of 20-29, nobody moving.
    flat = replace(stable, population=np.full_like(stable.population, 1000.0))
    years = flat.years
    deaths = AgeTable(
        years, np.array([0, 1, 50]), np.array([0, 49, 999]), np.zeros((3, len(years), 2, 3)) + 10.0 * np.array([1, 49, 51])
    )
    births = AgeTable(years, np.array([20]), np.array([29]), np.full((3, len(years), 1), 1000.0))
    still = AgeTable(years, np.array([0]), np.array([999]), np.zeros((3, len(years), 2, 1)))
    forecast = METHODS["cohort_component"](replace(flat, deaths=deaths, births=births, net_migration=still), [1])
    assert forecast[0, 0, :, 10:90] == pytest.approx(1000 * np.exp(-0.01), rel=1e-4)
    assert forecast[0, 0, :, 0].sum() == pytest.approx(1000 * np.exp(-0.005), rel=1e-2)


def test_tables_with_holes_and_empty_areas_give_a_forecast(stable: History) -> None:
    # Small areas: no deaths at all, births suppressed, groups beyond the open age, an area that has not yet been settled.
    years = len(stable.years)
    births = AgeTable(stable.years, np.array([15, 30]), np.array([29, 999]), np.full((3, years, 2), np.nan))
    deaths = AgeTable(stable.years, np.array([0, 70, 105]), np.array([69, 104, 999]), np.zeros((3, years, 2, 3)))
    moves = AgeTable(stable.years, np.array([18]), np.array([999]), np.full((3, years, 2, 1), -1e9))
    population = stable.population.copy()
    population[0] = 0
    rough = replace(stable, population=population, births=births, deaths=deaths, net_migration=moves)
    for method in METHODS.values():
        forecast = method(rough, [1, 10])
        for found in [forecast] if isinstance(forecast, np.ndarray) else forecast.values():
            assert np.isfinite(found).all()
            assert (found >= 0).all()
            assert (found[0] == 0).all()
    rates = AgeTable(stable.years, np.arange(15, 50), np.arange(15, 50), np.full((3, years, 35), 0.05))
    rates.values[0] = np.nan  # an area without rates of its own takes those of all
    whole = replace(rates, values=np.full((3, years, 35), 0.05))
    with_hole, without = (METHODS["cohort_component"](replace(stable, fertility=one), [5]) for one in (rates, whole))
    assert with_hole == pytest.approx(without)


@pytest.mark.parametrize("method", METHODS)
def test_no_method_sees_what_comes_later(method: str, stable: History) -> None:
    noisy = replace(stable, population=stable.population * np.random.default_rng(1).uniform(0.9, 1.1, stable.population.shape))
    later = noisy.years > 2012
    changed = replace(noisy, population=np.where(later[:, None, None], 2 * noisy.population, noisy.population))
    one, other = (roll(history, {method: METHODS[method]}) for history in (noisy, changed))
    launched = [place for place, cutoff in enumerate(one.cutoffs) if cutoff <= 2012]
    for key, values in one.quantiles.items():
        np.testing.assert_array_equal(values[launched], other.quantiles[key][launched])


def test_until_cuts_every_table(stable: History) -> None:
    table = AgeTable(np.arange(1995, 2019), np.array([15]), np.array([49]), np.ones((3, 24, 1)))
    late = replace(table, years=np.arange(2015, 2039))
    known = replace(stable, births=table, fertility=late).until(2010)
    assert known.launch == 2010
    assert known.births is not None
    assert (known.births.years[-1], known.births.values.shape) == (2010, (3, 16, 1))
    assert known.fertility is None
    with pytest.raises(ValueError, match="2000"):
        stable.until(1999)


def test_an_area_that_begins_late_or_ends_early_is_scored_while_it_lasts(stable: History) -> None:
    population = stable.population.copy()
    population[0, :8] = np.nan  # A begins in 2008, so it is launched from 2013
    population[1, 15:] = np.nan  # B ends in 2014
    done = roll(replace(stable, population=population), METHODS)
    rows = summary(done).query("variable == 'total' and method == 'no_change'").set_index("horizon")
    assert rows.loc[1, ["areas", "launches"]].tolist() == [3, 15]
    assert rows.loc[15, ["areas", "launches"]].tolist() == [1, 1]
    counted = ~np.isnan(done.actual["total"]) & ~np.isnan(done.quantiles["total", "hamilton_perry"][..., 4])
    assert counted[:, 0, 0].sum() == 7  # 2013-2019
    assert counted[:, 1, 0].sum() == 9  # 2005-2013


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "finland",
            {
                "no_change": (2.4, 4.5, 11.3, 19.8),
                "constant_age_structure": (1.1, 2.4, 11.0, 19.8),
                "linear_share": (1.2, 2.5, 11.4, 25.7),
                "hamilton_perry": (1.3, 2.9, 10.4, 19.1),
                "cohort_component": (1.2, 2.8, 9.7, 19.3),
            },
        ),
        (
            "bavaria",
            {
                "no_change": (2.4, 4.4, 8.9, 14.0),
                "constant_age_structure": (2.5, 4.3, 9.2, 14.6),
                "linear_share": (2.5, 4.2, 13.3, 27.1),
                "hamilton_perry": (2.7, 5.9, 10.9, 22.3),
                "cohort_component": (2.6, 5.7, 9.2, 18.2),
            },
        ),
    ],
)
def test_errors_are_those_known_for_the_two_sets(shared, name: str, expected: dict[str, tuple[float, ...]]) -> None:
    # The table beside the sets; its cohort-component run takes migration as the residual, ours uses what the set records.
    history = replace(read_set(shared / "backtest" / name), net_migration=None)
    if name == "finland":
        history = read_set(shared / "backtest" / name)
    found = summary(roll(history, METHODS, horizons=[5, 10])).set_index(["method", "variable", "horizon"])["mape"]
    for method, errors in expected.items():
        near = 0.35 if method == "cohort_component" else 0.06
        ours = [found[method, variable, horizon] for variable in ("total", "age_0_2") for horizon in (5, 10)]
        assert ours == pytest.approx(errors, abs=near), method
