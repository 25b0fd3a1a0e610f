"""Whatever a method cannot use is refused with what was found, in both languages, never with numpy's own error or in silence."""

import inspect
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy import inf, nan
from numpy.random import default_rng

from popmodel import demography as d
from popmodel.demography.lee_carter import LeeCarter
from popmodel.messages import InputError
from tests.demography.test_vectorised import CASES, Function, Given, Maker, at, names

M = 0.0002 * np.exp(0.085 * np.arange(101))
AGES, RATES = [0, 1, 5, 10, 15, 20], [0.01, 0.002, 0.001, 0.001, 0.002, 0.1]
FIVES, PEOPLE = np.arange(0, 90, 5), np.linspace(100, 10, 18)
DEATHS = PEOPLE * np.linspace(0.01, 0.2, 18)
OVER_TIME = np.exp([[-4.0, -5.0, -6.0], [-1.0, -1.5, -2.0]])
MODEL = d.lee_carter(OVER_TIME)
TABLE = d.life_table(M, "male")
SHARES, ORDERS = [[0.9, 0.8], [0.1, 0.2]], [[0.05, 0.1], [0.0, 0.02]]
FERTILE = range(15, 50)
MOVERS = d.RogersCastro(0.02, 0.1, 0.06, 0.1, 20.0, 0.4, 0.003)
COHORT_RATES, COHORT_AGES = np.full(12, -0.1), list(range(0, 60, 5))
YEARS = {"width": 5, "years": 10, "ages": 101}
MOVING = {"first_age": 5, "last_age": 75}
BACK = {"child_survival": [1.0, 1.0], "female_survival": np.ones((1, 8))}
PATTERN = [[0, 0, 1, 1, 0, 0, 0, 0]]
PRIOR = {"prior_male": [52.0, 52.0], "prior_female": [48.0, 48.0]}
LINE = (PEOPLE, PEOPLE, DEATHS, FIVES)


class Row(NamedTuple):
    """A call and the code of the problem it must raise."""

    code: str
    function: Function
    given: Given


def row(code: str, function: Function, *arguments: Any, **options: Any) -> Row:
    return Row(code, function, Given(arguments, options))


TABLE_OF_CALLS = [
    # abridged
    row("values_empty", d.to_single, [], AGES),
    row("axes_too_few", d.to_single, 0.1, AGES),
    row("numbers_expected", d.to_single, RATES, ["0", "1", "5", "10", "15", "20"]),
    row("values_empty", d.to_abridged, np.zeros((0, 101)), AGES),
    row("axes_too_few", d.to_abridged, M, 5),
    # age_heaping
    row("numbers_expected", d.whipple, ["10"] * 70),
    row("numbers_expected", d.whipple, np.array(["2020-01-01"] * 70, dtype="datetime64[D]")),
    row("digit_not_single", d.whipple, [10.0] * 70, digit=np.array([0, 5])),
    row("values_empty", d.myers, np.zeros((0, 100))),
    row("axes_too_few", d.bachi, 5.0),
    row("value_missing", d.noumbissi, [nan] * 70),
    row("index_ages_too_few", d.spoorenberg, [10.0] * 66),
    row("age_range_not_decades", d.coale_li, [10.0] * 100, first_age="60"),
    row("values_empty", d.sawtooth, np.zeros((0, 100))),
    # age_sex_structure
    row("groups_too_few", d.age_ratios, [1.0, 2.0]),
    row("axes_too_few", d.age_ratio_score, 5.0),
    row("shapes_do_not_match", d.sex_ratios, [51.0, 50.0], [50.0] * 3),
    row("shapes_do_not_match", d.sex_ratios, [51.0, 50.0], [50.0]),
    row("shapes_do_not_match", d.sex_ratio_score, [51.0] * 3, [50.0] * 4),
    row("shapes_do_not_match", d.age_sex_accuracy, [30.0] * 3, [30.0] * 4),
    row("shapes_do_not_match", d.cohort_consistency, [100.0] * 2, [99.0] * 3, [0.99] * 2),
    row("shapes_do_not_match", d.births_against_infants, [1000.0, 900.0], [882.0] * 3, 0.98),
    row("shapes_do_not_match", d.share_ratio, [20.0] * 2, 100.0, [100.0] * 3, 1000.0),
    row("shapes_do_not_match", d.sex_ratio_at_birth_with_error, [100.0] * 2, [100.0] * 3),
    # checks
    row("value_missing", d.per_person, [1.0, nan], "permille"),
    row("unit_unknown", d.per_person, [1.0], ["permille"]),
    row("value_missing", d.males_per_female, nan, "male_per_female"),
    row("values_empty", d.checked_counts, []),
    row("numbers_expected", d.checked_counts, [[1.0], [1.0, 2.0]]),
    row("numbers_expected", d.checked_counts, [1.0, "2"]),
    row("numbers_expected", d.checked_counts, np.array([1.0, "2"], dtype=object)),
    row("numbers_expected", d.checked_counts, [1 + 2j]),
    row("value_missing", d.checked_counts, [1.0, None]),
    row("rates_look_per_1000", d.checked_death_rates, np.vstack([M, M, np.full(101, 0.3)])),
    row("axes_too_few", d.checked_fertility_rates, 0.1),
    row("values_empty", d.checked_probabilities, []),
    row("numbers_expected", d.checked_sex_ratio_at_birth, "1.06"),
    row("numbers_expected", d.checked_sex_ratio_per_100, "106"),
    row("numbers_expected", d.checked_ages, ["0", "1"], 2),
    row("ages_not_whole", d.checked_ages, [0, None], 2),
    row("numbers_expected", d.checked_age_groups, "abc"),
    row("numbers_expected", d.checked_age_groups, []),
    # fertility
    row("axes_too_few", d.asfr_by_order, [[10.0, 30.0]], 100.0),
    row("shapes_do_not_match", d.asfr_by_order, [[10.0, 30.0]], [100.0] * 3),
    row("shapes_do_not_match", d.asfr_by_order, [[10.0, 30.0], [0.0, 20.0]], [100.0]),
    row("values_empty", d.total_fertility, []),
    row("axes_too_few", d.total_fertility_by_order, [0.1]),
    row("axes_too_few", d.mean_age_at_birth, 0.1),
    row("argument_not_whole", d.mean_age_at_birth, [0.1, 0.1], first_age=nan),
    row("argument_not_whole", d.mean_age_at_birth, [0.1, 0.1], first_age=-30),
    row("axes_too_few", d.tempo_adjusted_fertility, [[0.1, 0.1]]),
    row("shapes_do_not_match", d.scale_to_births, [0.1, 0.2], [10.0] * 3, 6.0),
    row("shapes_do_not_match", d.scale_to_births, [[0.1, 0.2]] * 2, [10.0, 10.0], [6.0] * 3),
    # fertility_shapes
    row("numbers_expected", d.hadwiger_shape, FERTILE, ["1.5", "28", "5"]),
    row("values_empty", d.gamma_shape, [], [1.5, 28.0, 5.0, 13.0]),
    row("fertility_shape_parameters", d.spline_shape, FERTILE, [1.5, nan, 27.0, 34.0]),
    row("values_empty", d.fit_shape, np.zeros((0, 35)), FERTILE, shape="gamma"),
    row("fertility_shape_unknown", d.fit_shape, [0.1] * 35, FERTILE, shape=["gamma"]),
    row("shapes_do_not_match", d.fit_shape_to_births, [1.0] * 35, [100.0] * 34, FERTILE, shape="gamma"),
    # graduation
    row("axes_too_few", d.graduate_counts, [1.0, 2.0], 5),
    row("value_out_of_range", d.graduate_counts, [50.0] * 3, [-10, 0, 5, 10]),
    row("graduation_method_unknown", d.graduate_rates, [0.1, 0.1], [0, 5, 10], method=np.array(["grabill"] * 2)),
    row("axis_of_wrong_length", d.graduate_births, [40.0, 60.0], [100.0] * 9, [20, 25, 30]),
    row("values_empty", d.graduate_births, [40.0, 60.0], [], [20, 25, 30]),
    row("values_empty", d.age_at_census_to_age_at_birth, []),
    row("axes_too_few", d.age_at_census_to_age_at_birth, 0.2),
    row("shift_out_of_range", d.age_at_census_to_age_at_birth, [0.2], shift="half"),
    row("shapes_do_not_match", d.split_open_group, [1.0, 2.0, 3.0], [[6.0, 3.0]] * 2),
    # indirect_fertility
    row("axis_of_wrong_length", d.brass_pf, [1.0] * 6, [0.1] * 7, ages_at_end=True),
    row("axes_too_few", d.reverse_survival_tfr, [30.0, 30.0], 100.0, asfr_shape=PATTERN, **BACK),
    row("values_empty", d.reverse_survival_tfr, [30.0, 30.0], [100.0] * 8, asfr_shape=np.zeros((0, 8)), **BACK),
    row("axes_too_few", d.own_children_tfr, np.zeros((2, 8)), 100.0, **BACK),
    row("axes_too_few", d.tfr_from_infants, 98.0, 500.0, infant_survival=0.98, asfr_shape=[0.3, 0.1]),
    row("axis_of_wrong_length", d.tfr_from_child_woman_ratio, 200.0, 100.0),
    # lee_carter
    row("axes_too_few", d.lee_carter, [0.1, 0.2, 0.3]),
    row("values_empty", d.lee_carter, np.zeros((0, 5))),
    row("word_unknown", d.lee_carter, OVER_TIME, method="SVD"),
    row("axes_too_few", d.li_lee, OVER_TIME),
    row("shapes_do_not_match", d.li_lee, np.stack([OVER_TIME] * 2), person_years=np.ones((2, 2, 4))),
    row("numbers_expected", d.li_lee, np.stack([OVER_TIME] * 2), least_gain="x"),
    row("value_missing", d.li_lee, np.stack([OVER_TIME, OVER_TIME * 1.1]), least_gain=nan),
    row("shapes_do_not_match", d.adjust_k_to_e0, MODEL, "male", [70.0, 71.0]),
    row("shapes_do_not_match", d.adjust_k_to_deaths, MODEL, np.ones((3, 3)), [1.0, 1.0, 1.0]),
    row("shapes_do_not_match", d.adjust_k_to_deaths, MODEL, np.ones((2, 3)), [1.0, 1.0]),
    row("value_missing", LeeCarter.rates, MODEL, [1.0, nan]),
    row("value_missing", d.forecast_k, [3.0, nan, 0.0, -4.0], 2),
    row("argument_not_whole", d.forecast_k, [3.0, 1.0, 0.0, -4.0], -3),
    row("argument_not_whole", d.forecast_k, [3.0, 1.0, 0.0, -4.0], 2.5),
    row("argument_not_whole", d.forecast_own_k, [8.0, 4.0, 2.0, 1.0], 0),
    row("value_missing", d.forecast_own_k, [8.0, nan, 2.0, 1.0, 0.5], 2),
    # life_table
    row("values_empty", d.life_table, [], "male"),
    row("axes_too_few", d.life_table, 0.5, "male"),
    row("shapes_do_not_match", d.life_table, M, "male", a=[0.5] * 3),
    row("shapes_do_not_match", d.life_table, M, "male", a=[0.5]),
    row("word_unknown", d.life_table, M, "xyz", a=np.full(101, 0.5)),
    row("word_unknown", d.life_table, RATES, "male", ages=AGES, a=""),
    row("word_unknown", d.life_table, M, np.array(["male", "female"])),
    row("values_empty", d.life_expectancy, [], "male"),
    row("axes_too_few", d.life_table_from_q, 0.5, "male", open_m=0.4),
    row("shapes_do_not_match", d.life_table_from_q, [0.01, 0.1, 1.0], "male", open_m=[0.4, 0.5]),
    row("shapes_do_not_match", d.life_table_from_q, [0.01, 0.1, 1.0], "male", open_m=0.4, a=[0.5] * 5),
    row("age_not_in_table", d.life_expectancy_at, TABLE, np.array([5, 6])),
    row("age_not_in_table", d.probability_of_dying, TABLE, 0, 2.5),
    row("ages_not_abridged", d.survival_ratios, d.life_table(RATES[:4], "male", ages=[0, 1, 5, 15], a=0.5)),
    row("ages_not_single", d.deaths_before_birthday, d.life_table(RATES, "male", ages=AGES)),
    # migration
    row("shapes_do_not_match", d.intercensal_migration, [200.0] * 2, [120.0] * 2, [0.8]),
    row("shapes_do_not_match", d.cohorts_between, [9.0, 8.0, 7.0], [5.0, 4.0], steps=1),
    row("interval_does_not_fit", d.cohorts_between, [9.0, 8.0, 7.0], [5.0, 4.0, 3.0], steps="1"),
    row("axes_too_few", d.cohort_survival, 5.0, steps=1),
    row("interval_does_not_fit", d.cohort_survival, [5.0, 4.0, 2.0], steps=1.5),
    row("value_out_of_range", d.cohort_survival, [5.0, 4.0, 2.0, 2.0], steps=1, width=0),
    row("value_out_of_range", d.cohort_survival, [5.0, 4.0, 2.0, 2.0], steps=1, width=nan),
    row("interval_not_positive", d.annualised, d.intercensal_migration([100.0], [121.0], 1.0), inf),
    row("argument_not_whole", d.cohort_passage, [0], width=0, years=2, ages=5),
    row("argument_not_whole", d.cohort_passage, [0], width=2, years=nan, ages=5),
    row("ages_not_whole", d.cohort_passage, [2.7], width=2, years=2, ages=5),
    row("argument_not_whole", d.annual_rates, COHORT_RATES, COHORT_AGES, **YEARS, first_age=5, last_age=-3),
    row("argument_not_whole", d.annual_rates, COHORT_RATES, COHORT_AGES, **YEARS, first_age=500, last_age=75),
    row("argument_not_whole", d.annual_rates, COHORT_RATES, COHORT_AGES, width=5, years=0, ages=101, **MOVING),
    row("ages_not_rising", d.annual_rates, COHORT_RATES, COHORT_AGES[::-1], **YEARS, **MOVING),
    row("ages_not_rising", d.annual_rates, COHORT_RATES, [0] * 12, **YEARS, **MOVING),
    row("axis_of_wrong_length", d.annual_rates, COHORT_RATES[:5], COHORT_AGES, **YEARS, **MOVING),
    row("cohorts_do_not_fit", d.annual_rates, COHORT_RATES[:1], [90], **YEARS, **MOVING),
    # migration_flows
    row("axes_too_few", d.net_from_numbers, 5.0, [1.0, 2.0]),
    row("shapes_do_not_match", d.net_from_rates, [[100.0] * 3], [[0.01] * 2], [[0.1] * 3], in_base=[[2000.0] * 3]),
    row("shapes_do_not_match", d.net_from_rates, [[100.0, 50.0]], [[0.01]], [[0.1, 0.1]], in_base=[[2000.0] * 2]),
    row("numbers_expected", d.net_from_net_rates, [["200"]], [[-0.5]]),
    row("shapes_do_not_match", d.within_population, [[5.0, 5.0]], [[-8.0, 2.0]] * 2),
    row("axes_too_few", d.event_moves, [60.0, 40.0], [d.Event(10, 2011)], 2011),
    row("argument_not_whole", d.event_moves, [[60.0, 40.0]], [d.Event(10, nan)], 2011),  # type: ignore[arg-type]
    row("shapes_do_not_match", d.event_moves, [[60.0, 40.0, 1.0]], [d.Event(10, 2011, [[1.0, 1.0]])], 2011),
    row("axes_too_few", d.without_event, [[60.0, 40.0]], 10.0, [60.0, 40.0]),
    row("shapes_do_not_match", d.hold_out, [[50.0, 5.0]], [[20.0]]),
    row("axes_too_few", d.put_back, [[1.0]], 5.0),
    # old_age
    row("argument_not_whole", d.kannisto, M, range(101), to=0),
    row("argument_not_whole", d.kannisto, M, range(101), to=110.5),
    row("argument_not_whole", d.kannisto, M, range(101), fit=("a", 98)),
    row("age_range_expected", d.kannisto, M, range(101), fit=(80,)),
    row("axes_too_few", d.kannisto, 0.1, [80]),
    row("age_not_in_table", d.close_at, TABLE, 100.5),
    # parity
    row("values_empty", d.exposed_by_order, np.zeros((2, 0))),
    row("axis_of_wrong_length", d.parity_rates, [[0.05, 0.1]], SHARES),
    row("values_empty", d.birth_probabilities, []),
    row("shapes_do_not_match", d.fertility_by_order, [SHARES] * 2, [ORDERS] * 3),
    row("numbers_expected", d.age_parity, SHARES, [["a", "b"]] * 2),
    row("values_empty", d.parity_from_rates, np.zeros((1, 0, 4))),
    row("axes_too_few", d.progression_ratios, 1.0),
    row("shapes_do_not_match", d.scale_to_total, [SHARES] * 2, ORDERS, [0.1] * 3),
    # registration
    row("axes_too_few", d.growth_balance, 5.0, *LINE[1:], 5),
    row("death_rate_constant", d.growth_balance, PEOPLE, PEOPLE, PEOPLE / 20, FIVES, 5),
    row("value_out_of_range", d.growth_balance, *LINE[:3], FIVES - 10, 5),
    row("age_range_expected", d.growth_balance, *LINE, 5, fit_ages=(15,)),
    row("numbers_expected", d.growth_balance, *LINE, "5"),
    row("shapes_do_not_match", d.synthetic_extinct_generations, *LINE, 5, open_expectation=[2.5] * 3),
    row("value_not_above_zero", d.synthetic_extinct_generations, *LINE[:2], np.zeros(18), FIVES, 5, open_expectation=2.5),
    row("argument_not_whole", d.corrected_rates, RATES, 0.8, child_completeness=0.5, adult_age=nan, ages=AGES),
    row("numbers_expected", d.corrected_rates, RATES, "0.8", child_completeness=0.5, ages=AGES),
    # relational
    row("numbers_expected", d.scaled_to_e0, M, "male", "abc"),
    row("groups_too_few", d.brass_to_e0, [0.1], "male", 10.0),
    row("value_out_of_range", d.brass_rates, M, "male", nan),
    row("value_not_above_zero", d.brass_rates, M, "male", 0.0, 0.0),
    row("value_out_of_range", d.model_life_table, M, "male", alpha=inf),
    row("value_not_above_zero", d.model_life_table, M, "male", e0=70.0, beta=0.0),
    row("values_empty", d.model_life_table, M, "male", e0=[]),
    row("axes_too_few", d.brass_logit, 0.5, 0.0),
    row("value_out_of_range", d.brass_logit, [1.0, 0.9, 0.5], nan),
    row("axes_too_few", d.fit_brass, 0.5, 0.5),
    row("shapes_do_not_match", d.fit_brass, [1, 0.9, 0.5], [1, 0.9]),
    # rogers_castro
    row("values_empty", d.rogers_castro, [], MOVERS),
    row("value_out_of_range", d.net_schedule, [-50.0, 20.0], MOVERS, MOVERS, gross_in=1.0, gross_out=0.5),
    row("value_out_of_range", d.fit_rogers_castro, [nan, *range(1, 101)], np.full(101, 0.1)),
    row("value_out_of_range", d.fit_rogers_castro, -np.arange(101), np.full(101, 0.1)),
    row("axes_too_few", d.fit_net_migration, 0.1, FIVES[:15], **YEARS),
    row("axis_of_wrong_length", d.fit_net_migration, np.full(14, 0.1), FIVES[:15], **YEARS),
    row("argument_not_whole", d.fit_net_migration, np.full(15, 0.1), FIVES[:15], width=5, years=0, ages=101),
    # separation
    row("value_missing", d.a0_andreev_kingkade, nan, "male"),
    row("value_negative", d.a0_coale_demeny, -1.0, "male"),
    row("value_negative", d.a1_4_coale_demeny, -1.0, "male"),
    row("value_missing", d.greville_a, [0.01, 0.002, nan, 0.001, 0.002, 0.1], AGES),
    row("open_age_rate_zero", d.greville_a, [0.0] * 6, AGES),
    row("value_negative", d.abridged_a, [-1.0, *RATES[1:]], "male", AGES, "pas"),
    row("axes_too_few", d.abridged_a, None, "male", AGES, "pas"),
    # sex_ratio
    row("shapes_do_not_match", d.sex_ratio_by_order, [[60, 5]], [[40] * 3], prior_births=300, **PRIOR),
    row("shapes_do_not_match", d.sex_ratio_by_order, [[60, 5, 5]], [[40, 5, 5]], prior_births=300, **PRIOR),
    # standardisation
    row("shapes_do_not_match", d.expected_deaths, [1000.0] * 3, [0.01] * 2),
    row("shapes_do_not_match", d.expected_deaths, [1000.0], [0.01] * 5),
    row("value_out_of_range", d.standardised_mortality_ratio, 3, 2.0, level=1.0),
    row("value_out_of_range", d.standardised_mortality_ratio, 3, 2.0, level=0.0),
    row("shapes_do_not_match", d.shrunk_mortality_ratio, [3, 4, 5], [2.0, 1.0]),
    row("shapes_do_not_match", d.shrunk_mortality_ratio, [3, 4], [2.0, 1.0], prior_mean=[1.0, 1.0]),
    row("shapes_do_not_match", d.mixed_rates, [0.001] * 3, [0.002] * 3, [0.5] * 2),
    row("shapes_do_not_match", d.mixed_rates, [0.001, 0.02], [0.002], [0.5]),
]


def refused(function: Function, given: Given) -> list[str]:
    """The codes of the problems, each of them told in both languages."""
    with pytest.raises(InputError) as raised:
        function(*given.arguments, **given.options)
    for problem in raised.value.problems:
        assert problem.describe("zh") != problem.describe("en")
    return [problem.code for problem in raised.value.problems]


@pytest.mark.parametrize("one", TABLE_OF_CALLS, ids=lambda one: f"{one.function.__name__}-{one.code}")
def test_is_refused(one: Row) -> None:
    assert refused(one.function, one.given) == [one.code]


def test_every_public_function_refuses_something() -> None:
    public = {name for name in d.__all__ if inspect.isfunction(getattr(d, name))}
    assert public <= {one.function.__name__ for one in TABLE_OF_CALLS}


def spoilt(values: np.ndarray[Any, Any]) -> dict[str, Any]:
    missing = values.astype(float)
    missing.flat[missing.size // 2] = nan
    return {"texts": values.astype(str), "empty": values[..., :0] if values.ndim else [], "missing": missing}


@pytest.mark.parametrize("how", ["texts", "empty", "missing"])
@pytest.mark.parametrize(("function", "make"), CASES, ids=names(CASES))
def test_an_array_of_texts_of_nothing_or_with_a_gap_is_refused_wherever_it_stands(
    function: Function, make: Maker, how: str
) -> None:
    asked = at(make(default_rng(20)), (0, 0))
    for place, value in enumerate(asked.arguments):
        if isinstance(value, np.ndarray | np.floating):
            changed = list(asked.arguments)
            changed[place] = spoilt(np.asarray(value))[how]
            assert refused(function, Given(tuple(changed), asked.options))
    for name, value in asked.options.items():
        if isinstance(value, np.ndarray | np.floating):
            assert refused(function, Given(asked.arguments, {**asked.options, name: spoilt(np.asarray(value))[how]}))


def test_high_rates_of_the_oldest_extend_the_oldest_ages() -> None:
    # From 85 up more than half of the rates pass 0.2 in any population: they are no rates per 1,000.
    rates = 1 / (1 + np.exp(11.0 - 0.115 * np.arange(85, 101)))
    assert np.median(rates) > 0.2
    assert d.kannisto(rates, range(85, 101), fit=(85, 98))[0][:14] == pytest.approx(rates[:14])


def test_rates_over_time_are_judged_year_by_year() -> None:
    # Above 0.2 at one age of three in every year: no year's schedule looks per 1,000, though all years of that age do.
    usual, absurd = [0.01, 0.02, 0.5], [0.3, 0.3, 0.4]
    rates = np.column_stack([usual] * 4) * np.linspace(1.0, 0.9, 4)
    assert d.lee_carter(rates).k.shape == (4,)
    # One absurd year among four usual ones leaves less than half of all cells above 0.2.
    assert refused(d.lee_carter, Given((np.column_stack([rates, absurd]),), {})) == ["rates_look_per_1000"]
