"""Every public function on areas at once gives what the plain loop over them gives, and their order changes nothing."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from popmodel import demography as d
from popmodel.demography import Array
from popmodel.demography.graduation import METHODS

# Three areas of two sexes, or of two years: the leading dimensions of every batch. What begins with them differs from area to
# area; all else is the same for all.
LEAD = (3, 2)

SINGLE, ABRIDGED, FIVES = np.arange(101), [0, 1, *range(5, 90, 5)], np.arange(0, 90, 5)
FERTILE = range(15, 50)
COHORTS = {"width": 5, "years": 10, "ages": 101}
CURVES = {"hadwiger": [1.6, 28.5, 5.2], "gamma": [1.6, 28.5, 5.2, 13.0], "quadratic_spline": [1.6, 15.0, 27.0, 34.0]}


class Given(NamedTuple):
    """The arguments of a call."""

    arguments: tuple[Any, ...]
    options: dict[str, Any]


def of(*arguments: Any, **options: Any) -> Given:
    return Given(arguments, options)


# Plausible inputs of many areas


def some(draw: Generator, low: float, high: float, *shape: int) -> Array:
    return draw.uniform(low, high, (*LEAD, *shape))


def mortality(draw: Generator, ages: Any = SINGLE) -> Array:
    return 0.0002 * np.exp(0.085 * np.asarray(ages)) * some(draw, 0.8, 1.25, len(ages))


def survivors(draw: Generator) -> Array:
    return d.life_table(mortality(draw), "male").l


def table(draw: Generator, ages: Any = SINGLE) -> d.LifeTable:
    return d.life_table(mortality(draw, ages), "female", ages=ages)


def falling_mortality(draw: Generator, *populations: int) -> Array:
    """Rates (..., age, year) over twenty years."""
    level = np.linspace(0.4, -0.4, 20) + some(draw, -0.05, 0.05, *populations, 1, 20)
    age = 0.0002 * np.exp(0.085 * SINGLE)[:, None]
    return age * np.exp(level * np.linspace(1.5, 0.5, 101)[:, None] + some(draw, -0.1, 0.1, *populations, 101, 20))


def fertility(draw: Generator, *axes: int) -> Array:
    """Rates by single age 15-49, of a TFR near 1.3 without further axes."""
    hump = 0.1 * np.exp(-(((np.asarray(FERTILE) - 28) / 6) ** 2) / 2)
    return hump * some(draw, 0.5, 1.5, *axes, len(FERTILE)) / max(1, axes[-1] if axes else 1)


def parities(draw: Generator) -> Array:
    """Shares by parity (0, 1, 2+) at single ages 15-49."""
    weights = some(draw, 0.1, 1.0, 3, len(FERTILE))
    return weights / weights.sum(axis=-2, keepdims=True)


def persons(draw: Generator, *shape: int) -> Array:
    return some(draw, 50.0, 1000.0, *shape)


def shapes(draw: Generator, name: str) -> Array:
    return np.array(CURVES[name]) * some(draw, 0.97, 1.03, len(CURVES[name]))


def few_births(draw: Generator, name: str) -> Given:
    women = persons(draw, len(FERTILE))
    rates = {"hadwiger": d.hadwiger_shape, "gamma": d.gamma_shape, "quadratic_spline": d.spline_shape}[name]
    return of(draw.poisson(women * rates(FERTILE, shapes(draw, name))), women, FERTILE, shape=name)


def two_censuses(draw: Generator) -> tuple[Array, Array, Array]:
    """Counts of two censuses five years apart and the deaths between, by five-year age."""
    rates = 0.0005 * np.exp(0.08 * FIVES)
    first = 1000 * np.exp(-0.01 * FIVES - np.cumsum(rates)) * some(draw, 0.9, 1.1, len(FIVES))
    return first, first * some(draw, 1.0, 1.1, len(FIVES)), 5 * rates * first * some(draw, 0.7, 0.9, len(FIVES))


def balance(draw: Generator) -> Given:
    return of(*two_censuses(draw), FIVES, some(draw, 4.0, 6.0), net_migration=some(draw, -5.0, 5.0, len(FIVES)))


def generations(draw: Generator) -> Given:
    arguments, options = balance(draw)
    whole = d.growth_balance(*arguments, **options)
    return of(*arguments, **options, open_expectation=some(draw, 4.0, 6.0), balance=whole)


def cohorts(draw: Generator) -> d.CohortMigration:
    return d.intercensal_migration(persons(draw, 12), persons(draw, 12), some(draw, 0.8, 1.0, 12))


def children_of_mothers(draw: Generator) -> Given:
    linked = some(draw, 0.0, 5.0, 3, 60)
    linked[..., :18], linked[..., 50:] = 0.0, 0.0
    return of(linked, persons(draw, 60), child_survival=some(draw, 0.9, 1.0, 3), female_survival=some(draw, 0.95, 1.0, 3, 60))


def children_by_age(draw: Generator) -> Given:
    pattern = np.zeros((*LEAD, 1, 60))
    pattern[..., 15:50] = fertility(draw, 1)
    return of(
        persons(draw, 3),
        persons(draw, 60),
        child_survival=some(draw, 0.9, 1.0, 3),
        female_survival=some(draw, 0.95, 1.0, 3, 60),
        asfr_shape=pattern,
    )


def parts_of_wholes(draw: Generator) -> Given:
    share, reference = persons(draw), persons(draw)
    return of(share, share + persons(draw), reference, reference + persons(draw))


def movers(draw: Generator) -> d.RogersCastro:
    """All 13 parameters, the levels and two places by area."""
    late = d.Retirement(some(draw, 1e-5, 1e-4), 0.7, some(draw, 60.0, 65.0), 0.14)
    oldest = d.Elderly(some(draw, 1e-4, 1e-3), 0.02)
    labour = (some(draw, 0.01, 0.03), 0.1, some(draw, 0.04, 0.08), 0.1, some(draw, 18.0, 22.0), 0.4, 0.003)
    return d.RogersCastro(*labour, late, oldest)


def gains_and_losses(draw: Generator) -> Given:
    moves = some(draw, -100.0, 100.0, 2, 18)
    moves[1] = np.abs(moves[1])  # one area gains at every age
    return of(moves.sum(axis=(-2, -1)) + some(draw, -50.0, 50.0), moves)


def cells(draw: Generator, low: float = 0.0, high: float = 100.0) -> Array:
    """By sex and age."""
    return some(draw, low, high, 2, 18)


Function = Callable[..., Any]
Maker = Callable[[Generator], Given]

# Every function, with each of its methods, and some with arguments that all areas share.
CASES: list[tuple[Function, Maker]] = [
    # abridged
    (d.to_single, lambda draw: of(mortality(draw, ABRIDGED), ABRIDGED)),
    (d.to_abridged, lambda draw: of(mortality(draw), ABRIDGED)),
    # age_heaping
    (d.whipple, lambda draw: of(persons(draw, 100))),
    (d.whipple, lambda draw: of(persons(draw, 100), digit=0)),
    (d.whipple, lambda draw: of(persons(draw, 100), digit=5)),
    (d.myers, lambda draw: of(persons(draw, 100))),
    (d.myers, lambda draw: of(persons(draw, 100), pas=True)),
    (d.bachi, lambda draw: of(persons(draw, 100))),
    (d.bachi, lambda draw: of(persons(draw, 100), pas=True)),
    (d.noumbissi, lambda draw: of(persons(draw, 100))),
    (d.spoorenberg, lambda draw: of(persons(draw, 100))),
    (d.coale_li, lambda draw: of(persons(draw, 100))),
    (d.coale_li, lambda draw: of(persons(draw, 100), digit=5)),
    (d.sawtooth, lambda draw: of(persons(draw, 100))),
    # age_sex_structure
    (d.age_ratios, lambda draw: of(persons(draw, 15))),
    (d.age_ratio_score, lambda draw: of(persons(draw, 15))),
    (d.sex_ratios, lambda draw: of(persons(draw, 15), persons(draw, 15))),
    (d.sex_ratio_score, lambda draw: of(persons(draw, 15), persons(draw, 15))),
    (d.age_sex_accuracy, lambda draw: of(persons(draw, 15), persons(draw, 15))),
    (d.cohort_consistency, lambda draw: of(persons(draw, 12), persons(draw, 12), some(draw, 0.8, 1.0, 12))),
    (d.births_against_infants, lambda draw: of(persons(draw), persons(draw), some(draw, 0.9, 1.0))),
    (d.share_ratio, parts_of_wholes),
    (d.share_ratio, lambda draw: of(*parts_of_wholes(draw).arguments[:2], 30.0, 90.0)),
    (d.sex_ratio_at_birth_with_error, lambda draw: of(persons(draw), persons(draw))),
    # checks
    (d.per_person, lambda draw: of(some(draw, 1.0, 9.0, 5), "permille")),
    (d.males_per_female, lambda draw: of(some(draw, 100.0, 120.0), "male_per_100_female")),
    (d.checked_counts, lambda draw: of(persons(draw, 18))),
    (d.checked_death_rates, lambda draw: of(mortality(draw))),
    (d.checked_fertility_rates, lambda draw: of(fertility(draw))),
    (d.checked_probabilities, lambda draw: of(some(draw, 0.0, 1.0, 18))),
    (d.checked_sex_ratio_at_birth, lambda draw: of(some(draw, 1.0, 1.2))),
    (d.checked_sex_ratio_per_100, lambda draw: of(some(draw, 100.0, 120.0))),
    # fertility
    (d.asfr_by_order, lambda draw: of(some(draw, 0.0, 9.0, 3, 35), persons(draw, 35))),
    (d.total_fertility, lambda draw: of(fertility(draw))),
    (d.total_fertility_by_order, lambda draw: of(fertility(draw, 3))),
    (d.mean_age_at_birth, lambda draw: of(fertility(draw, 3), first_age=15)),
    (d.tempo_adjusted_fertility, lambda draw: of(fertility(draw, 5, 3), first_age=15)),
    (d.scale_to_births, lambda draw: of(fertility(draw, 3), persons(draw, 1, 35), persons(draw, 3))),
    (d.scale_to_births, lambda draw: of(fertility(draw), default_rng(0).uniform(50.0, 99.0, 35), persons(draw))),
    # fertility_shapes
    (d.hadwiger_shape, lambda draw: of(FERTILE, shapes(draw, "hadwiger"))),
    (d.gamma_shape, lambda draw: of(FERTILE, shapes(draw, "gamma"))),
    (d.spline_shape, lambda draw: of(FERTILE, shapes(draw, "quadratic_spline"))),
    *((d.fit_shape, lambda draw, name=name: of(fertility(draw), FERTILE, shape=name)) for name in CURVES),
    *((d.fit_shape_to_births, lambda draw, name=name: few_births(draw, name)) for name in CURVES),
    # graduation
    *(
        (d.graduate_counts, lambda draw, name=name: of(persons(draw, 19), ABRIDGED, method=name, open_group=True))
        for name in METHODS
    ),
    (d.graduate_rates, lambda draw: of(some(draw, 0.0, 0.1, 6), range(15, 46, 5))),
    (d.graduate_rates, lambda draw: of(mortality(draw, ABRIDGED), ABRIDGED, method="sprague", open_group=True)),
    (d.graduate_births, lambda draw: of(draw.exponential(50.0, (*LEAD, 7)), persons(draw, 35), range(15, 51, 5))),
    (d.graduate_births, lambda draw: of(persons(draw, 7), default_rng(0).uniform(50.0, 99.0, 35), range(15, 51, 5))),
    (d.age_at_census_to_age_at_birth, lambda draw: of(fertility(draw), shift=0.5)),
    (d.split_open_group, lambda draw: of(persons(draw), some(draw, 1.0, 5.0, 10))),
    # indirect_fertility
    (d.brass_pf, lambda draw: of(some(draw, 0.5, 6.0, 7), some(draw, 0.05, 0.3, 7), ages_at_end=True)),
    (d.brass_pf, lambda draw: of(some(draw, 0.5, 6.0, 7), some(draw, 0.05, 0.3, 7), ages_at_end=False)),
    (d.reverse_survival_tfr, children_by_age),
    (d.own_children_tfr, children_of_mothers),
    (
        d.tfr_from_infants,
        lambda draw: of(persons(draw), persons(draw, 35), infant_survival=some(draw, 0.9, 1.0), asfr_shape=fertility(draw)),
    ),
    (
        d.tfr_from_child_woman_ratio,
        lambda draw: of(persons(draw), persons(draw, 7), under_five_mortality=some(draw, 0.0, 0.1)),
    ),
    # lee_carter
    (d.lee_carter, lambda draw: of(falling_mortality(draw))),
    (d.lee_carter, lambda draw: of(falling_mortality(draw), method="regression")),
    (d.adjust_k_to_e0, lambda draw: of(d.lee_carter(falling_mortality(draw)), "male", some(draw, 68.0, 78.0, 20))),
    (
        d.adjust_k_to_deaths,
        lambda draw: of(
            d.lee_carter(falling_mortality(draw)),
            people := persons(draw, 101, 20),
            (people * falling_mortality(draw)).sum(axis=-2),
        ),
    ),
    (d.forecast_k, lambda draw: of(np.linspace(9.0, -9.0, 20) + some(draw, -2.0, 2.0, 20), 7)),
    (d.forecast_own_k, lambda draw: of(some(draw, -2.0, 2.0, 20), 7)),
    (d.li_lee, lambda draw: of(falling_mortality(draw, 4))),
    (d.li_lee, lambda draw: of(falling_mortality(draw, 4), person_years=persons(draw, 4, 101, 20), least_gain=0.0)),
    # life_table
    (d.life_table, lambda draw: of(mortality(draw), "male")),
    (d.life_table, lambda draw: of(mortality(draw, ABRIDGED), "female", ages=ABRIDGED)),
    (d.life_table, lambda draw: of(mortality(draw, ABRIDGED), "both", ages=ABRIDGED, a="pas", region="south")),
    (d.life_table, lambda draw: of(mortality(draw, ABRIDGED), "male", ages=ABRIDGED, a=some(draw, 0.1, 1.0, 19))),
    (d.life_table_from_q, lambda draw: of(table(draw).q, "male", open_m=some(draw, 0.3, 0.5))),
    (d.life_table_from_q, lambda draw: of(table(draw, ABRIDGED).q, "female", open_m=0.3, ages=ABRIDGED)),
    (d.life_expectancy, lambda draw: of(mortality(draw), "male")),
    (d.life_expectancy_at, lambda draw: of(table(draw), 60)),
    (d.probability_of_dying, lambda draw: of(table(draw), 15, 60)),
    (d.survival_ratios, lambda draw: of(table(draw))),
    (d.survival_ratios, lambda draw: of(table(draw, ABRIDGED))),
    (d.deaths_before_birthday, lambda draw: of(table(draw))),
    # migration
    *(
        (
            d.intercensal_migration,
            lambda draw, name=name: of(persons(draw, 12), persons(draw, 12), some(draw, 0.8, 1.0, 12), method=name),
        )
        for name in ("forward", "reverse", "average")
    ),
    (d.cohorts_between, lambda draw: of(persons(draw, 18), persons(draw, 18), steps=2)),
    (d.cohorts_between, lambda draw: of(persons(draw, 18), persons(draw, 18), steps=2, births=persons(draw, 2))),
    (d.cohort_survival, lambda draw: of(table(draw).L, steps=10)),
    (d.cohort_survival, lambda draw: of(table(draw).L, steps=10, width=1)),
    (d.annualised, lambda draw: of(cohorts(draw), 10)),
    (d.annual_rates, lambda draw: of(some(draw, -0.3, 0.3, 12), FIVES[:12], **COHORTS, first_age=5, last_age=75)),
    # migration_flows
    (d.net_from_numbers, gains_and_losses),
    (d.net_from_rates, lambda draw: of(cells(draw), cells(draw, 0, 0.1), cells(draw, 0, 0.2), in_base=cells(draw))),
    (d.net_from_net_rates, lambda draw: of(cells(draw), cells(draw, -0.2, 0.2))),
    (d.within_population, lambda draw: of(cells(draw), cells(draw, -100.0, 100.0))),
    (d.event_moves, lambda draw: of(cells(draw), [d.Event(300.0, 2011, cells(draw)), d.Event(20.0, 2011)], 2011)),
    (d.without_event, lambda draw: of(cells(draw), some(draw, 0.0, 2000.0), cells(draw))),
    (d.hold_out, lambda draw: of(cells(draw), cells(draw))),
    (d.put_back, lambda draw: of(cells(draw), cells(draw))),
    # old_age
    (d.kannisto, lambda draw: of(mortality(draw), SINGLE, fit=(70, 95), to=120)),
    (d.close_at, lambda draw: of(table(draw), 90)),
    # parity
    (d.parity_rates, lambda draw: of(fertility(draw, 3), parities(draw))),
    (d.birth_probabilities, lambda draw: of(some(draw, 0.0, 2.0, 3, 35))),
    (d.exposed_by_order, lambda draw: of(parities(draw))),
    (d.fertility_by_order, lambda draw: of(parities(draw), some(draw, 0.0, 2.0, 3, 35))),
    (d.age_parity, lambda draw: of(parities(draw), some(draw, 0.0, 1.0, 3, 35))),
    (d.parity_from_rates, lambda draw: of(fertility(draw, 5, 3))),
    (d.progression_ratios, lambda draw: of(parities(draw)[..., 0])),
    (d.scale_to_total, lambda draw: of(parities(draw), some(draw, 0.0, 0.2, 3, 35), some(draw, 1.0, 2.0))),
    # registration
    (d.growth_balance, balance),
    (d.synthetic_extinct_generations, generations),
    (
        d.corrected_rates,
        lambda draw: of(mortality(draw, ABRIDGED), some(draw, 0.7, 1.0), child_completeness=some(draw, 0.4, 0.7), ages=ABRIDGED),
    ),
    # relational
    (d.scaled_to_e0, lambda draw: of(mortality(draw), "male", some(draw, 65.0, 85.0))),
    (d.brass_to_e0, lambda draw: of(mortality(draw), "female", some(draw, 65.0, 85.0), beta=some(draw, 0.8, 1.2))),
    (d.brass_rates, lambda draw: of(mortality(draw), "male", some(draw, -0.3, 0.3), some(draw, 0.8, 1.2))),
    (d.brass_logit, lambda draw: of(survivors(draw), some(draw, -0.3, 0.3), some(draw, 0.8, 1.2))),
    (d.fit_brass, lambda draw: of(survivors(draw), survivors(draw))),
    (d.fit_brass, lambda draw: of(survivors(draw), survivors(default_rng(0))[0, 0])),
    (d.model_life_table, lambda draw: of(mortality(draw), "both", e0=some(draw, 65.0, 85.0), beta=some(draw, 0.8, 1.2))),
    (d.model_life_table, lambda draw: of(mortality(draw)[0, 0], "both", alpha=some(draw, -0.3, 0.3))),
    # rogers_castro
    (d.rogers_castro, lambda draw: of(SINGLE, movers(draw))),
    (d.net_schedule, lambda draw: of(SINGLE, movers(draw), movers(draw), gross_in=some(draw, 0, 2), gross_out=1.0)),
    # separation
    (d.a0_andreev_kingkade, lambda draw: of(some(draw, 0.001, 0.1), "both")),
    (d.a0_coale_demeny, lambda draw: of(some(draw, 0.001, 0.2), "male", region="north")),
    (d.a1_4_coale_demeny, lambda draw: of(some(draw, 0.001, 0.2), "female", region="east")),
    (d.greville_a, lambda draw: of(mortality(draw, ABRIDGED), ABRIDGED)),
    (d.abridged_a, lambda draw: of(mortality(draw, ABRIDGED), "female", ABRIDGED, "greville", region="south")),
    (d.abridged_a, lambda draw: of(mortality(draw, ABRIDGED), "both", ABRIDGED, "pas")),
    # sex_ratio
    (
        d.sex_ratio_by_order,
        lambda draw: of(persons(draw, 5, 3), persons(draw, 5, 3), prior_male=[520, 530, 560], prior_female=[480, 470, 440]),
    ),
    # standardisation
    (d.expected_deaths, lambda draw: of(persons(draw, 101), mortality(draw))),
    (d.standardised_mortality_ratio, lambda draw: of(draw.poisson(9, LEAD), some(draw, 3.0, 20.0))),
    (d.shrunk_mortality_ratio, lambda draw: of(draw.poisson(9, (*LEAD, 5)), some(draw, 3.0, 20.0, 5))),
    (
        d.shrunk_mortality_ratio,
        lambda draw: of(
            draw.poisson(9, (*LEAD, 5)), some(draw, 3.0, 20.0, 5), prior_strength=9.0, prior_mean=some(draw, 0.8, 1.2)
        ),
    ),
    (d.mixed_rates, lambda draw: of(mortality(draw), mortality(draw), some(draw, 0.0, 1.0, 101))),
]

# Not held to the loop, and why.
LEFT_OUT = {
    "checked_ages": "one age axis",
    "checked_age_groups": "one age axis, as tables hold it",
    "cohort_passage": "the years of cohorts at ages: no figures of areas enter",
    "fit_rogers_castro": "one schedule a call, as the fit is not linear",
    "fit_net_migration": "its shapes are fitted to all areas together: alone, an area has others",
}

# Functions in which areas learn from each other, on the axis of the areas itself: seven of them, a number that no other axis has.
MANY = (7,)
POOLED: list[tuple[Function, Maker]] = [
    (d.shrunk_mortality_ratio, lambda draw: of(draw.poisson(9, 7), draw.uniform(3.0, 20.0, 7))),
    (
        d.sex_ratio_by_order,
        lambda draw: of(
            draw.poisson(60, (7, 3)), draw.poisson(50, (7, 3)), prior_male=[520, 530, 560], prior_female=[480, 470, 440]
        ),
    ),
    (d.li_lee, lambda draw: of(0.01 * np.exp(-0.02 * np.arange(20) + draw.uniform(-0.3, 0.3, (7, 12, 20))))),
]


def names(cases: list[tuple[Function, Maker]]) -> list[str]:
    """The function's name, numbered where it stands more than once."""
    all_names = [function.__name__ for function, _ in cases]
    return [
        f"{name}-{all_names[:place].count(name)}" if all_names.count(name) > 1 else name for place, name in enumerate(all_names)
    ]


def at(value: Any, place: Any, lead: tuple[int, ...] = LEAD) -> Any:
    """`value` with every array in it that begins with the dimensions `lead` taken at `place`."""
    if isinstance(value, np.ndarray):
        return value[place] if value.shape[: len(lead)] == lead else value
    if isinstance(value, dict):
        return {key: at(one, place, lead) for key, one in value.items()}
    if isinstance(value, tuple | list):
        parts = [at(one, place, lead) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def columns(result: Any) -> list[Array]:
    """The arrays of a result, whatever they are wrapped in."""
    if isinstance(result, tuple):
        return [column for part in result if part is not None for column in columns(part)]
    return [np.asarray(result)]


def same(found: Array, expected: Array, *, rel: float = 1e-10) -> None:
    # Where a difference of large numbers is all but nothing, its last digits are rounding.
    size = np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0)
    np.testing.assert_allclose(found, expected, rtol=rel, atol=1e-4 * rel * size, strict=True)


@pytest.mark.parametrize(("function", "make"), CASES, ids=names(CASES))
def test_a_batch_is_the_plain_loop(function: Function, make: Maker) -> None:
    asked = make(default_rng(20))
    batch = columns(function(*asked.arguments, **asked.options))
    assert any(column.shape[: len(LEAD)] == LEAD for column in batch)
    for place in np.ndindex(LEAD):
        alone = at(asked, place)
        for whole, one in zip(batch, columns(function(*alone.arguments, **alone.options)), strict=True):
            same(at(whole, place), one)


@pytest.mark.parametrize(
    ("function", "make", "lead"),
    [(*case, LEAD) for case in CASES] + [(*case, MANY) for case in POOLED],
    ids=names(CASES + POOLED),
)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1), data=st.data())
def test_relabelling_the_areas_changes_nothing(
    function: Function, make: Maker, lead: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(lead[0])).filter(lambda order: order != sorted(order)))
    relabelled_is_the_same(function, make(default_rng(seed)), lead, order)


def test_relabelling_areas_that_share_a_fitted_shape_changes_nothing() -> None:
    # Young people leave, some come back: seven areas of other levels, with scatter. Least squares settle, no closer than that.
    draw = default_rng(1)
    leaving = d.RogersCastro(0.5, 0.1, 1.0, 0.15, 20.0, 0.5, 0.02)
    coming = d.RogersCastro(0.0, 0.1, 0.0, 0.1, 20.0, 0.4, 0.0, d.Retirement(1.0, 0.12, 36.0, 0.3))
    net = d.net_schedule(SINGLE, coming, leaving, gross_in=draw.uniform(0.3, 0.9, MANY), gross_out=draw.uniform(0.8, 1.6, MANY))
    change = net @ d.cohort_passage(FIVES[:15], **COHORTS).T + draw.normal(0.0, 0.02, (*MANY, 15))
    relabelled_is_the_same(
        d.fit_net_migration, of(np.expm1(change), FIVES[:15], **COHORTS), MANY, [3, 0, 6, 1, 5, 2, 4], rel=1e-6
    )


def relabelled_is_the_same(
    function: Function, asked: Given, lead: tuple[int, ...], order: list[int], *, rel: float = 1e-10
) -> None:
    relabelled = at(asked, order, lead)
    before, after = function(*asked.arguments, **asked.options), function(*relabelled.arguments, **relabelled.options)
    for whole, turned in zip(columns(before), columns(after), strict=True):
        same(turned, at(whole, order, lead), rel=rel)


def test_every_public_function_is_held_to_the_loop_or_left_out_for_a_reason() -> None:
    public = {name for name in d.__all__ if inspect.isfunction(getattr(d, name))}
    held = {function.__name__ for function, _ in CASES}
    assert held | set(LEFT_OUT) == public
    assert not held & set(LEFT_OUT)
