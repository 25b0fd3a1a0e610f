"""Checks of the censuses: ages and sexes as counted, cohorts against each other, births and deaths against the stocks.

A check whose figures an area does not have is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from popmodel.assessment.finding import LOOK, SOUND, Finding, graded, percent
from popmodel.demography import (
    FEMALE,
    SEXES,
    Array,
    age_ratio_score,
    age_sex_accuracy,
    bachi,
    births_against_infants,
    myers,
    reverse_survival_tfr,
    sex_ratio_at_birth_with_error,
    sex_ratio_score,
    whipple,
)
from popmodel.forecast import censuses, mortality, old_people, value_path, yearly
from popmodel.messages import number
from popmodel.projection import Launch

# The scores suppose that nobody moves, so a county is held against its province, whose people move, too.
TIMES_THE_PROVINCE = (1.5, 3.0)
# Whipple's index: up to 1.10 fairly accurate, from 1.25 on rough (United Nations 1955, Manual II).
WHIPPLE_STEPS = (1.10, 1.25)
# Blended indices run from 0 to 90 per cent of the persons with a digit misreported.
DIGIT_STEPS = (5.0, 10.0)
ACCURACY_AGES = range(0, 80, 5)
OLDEST_SINGLE_AGE = 90
CHILDREN = 5


def census_checks(start: Launch) -> Iterator[Finding]:
    """Every check of this module that the area's figures allow."""
    for check in (
        _age_and_sex,
        _digit_preference,
        _infant_sex_ratio,
        _small_children_of_first_census,
        _cohorts,
        _births_against_infants,
        _own_children,
        _deaths_reported,
        _deaths_of_province,
        _replay,
    ):
        yield from check(start)


def _age_and_sex(start: Launch) -> Iterator[Finding]:
    own = _five_year_groups(_latest(start.area.tables["census_population"]))
    reference = start.area.reference.tables["census_population"]
    province = _five_year_groups(_latest(reference[reference["area"] == start.area.province]))
    if own is None or province is None:
        return
    scores = {
        "age_ratio_score": lambda groups: float(age_ratio_score(groups).mean()),
        "sex_ratio_score": lambda groups: float(sex_ratio_score(*groups)),
        "age_sex_accuracy": lambda groups: float(age_sex_accuracy(*groups)),
    }
    for key, score in scores.items():
        found, against = score(own), score(province)
        yield Finding(key, number(found, 1), number(against, 1), graded(found / against, *TIMES_THE_PROVINCE))


def _digit_preference(start: Launch) -> Iterator[Finding]:
    table = _latest(start.area.tables["census_population"])
    single = table[(table["age_lo"] == table["age_hi"]) & (table["age_lo"] < OLDEST_SINGLE_AGE)]
    counts = single.groupby("age_lo")["population"].sum()
    if list(counts.index) != list(range(OLDEST_SINGLE_AGE)):
        return
    persons = counts.to_numpy(dtype=float)
    for key, index, steps, decimals, none in (
        ("whipple", whipple, WHIPPLE_STEPS, 2, "1"),
        ("myers", myers, DIGIT_STEPS, 1, "0"),
        ("bachi", bachi, DIGIT_STEPS, 1, "0"),
    ):
        found = float(index(persons))
        yield Finding(key, number(found, decimals), none, graded(found, *steps))


def _infant_sex_ratio(start: Launch) -> Iterator[Finding]:
    reference = start.area.reference.tables["census_population"]
    tables = start.area.tables["census_population"], reference[reference["area"] == start.area.province]
    ratios = []
    for table in tables:
        latest = _latest(table)
        infants = latest[latest["age_lo"] == 0].set_index("sex")["population"]
        ratios.append(sex_ratio_at_birth_with_error(float(infants["male"]), float(infants["female"])))
    own, province = ratios
    distance = abs(float(own.ratio - province.ratio)) / float(np.hypot(own.standard_error, province.standard_error))
    found = f"{number(100 * float(own.ratio), 1)} ± {number(100 * float(own.standard_error), 1)}"
    yield Finding("infant_sex_ratio", found, number(100 * float(province.ratio), 1), graded(distance, 2.0, 4.0))


def _small_children_of_first_census(start: Launch) -> Iterator[Finding]:
    profile = start.base.profile
    if profile.source != start.area.code:
        return
    gain = float(profile.cohorts.net[:, 0].sum() / profile.cohorts.expected[:, 0].sum())
    yield Finding("small_children", percent(gain, signed=True), "0 %", LOOK if gain > 0.03 else SOUND)


def _cohorts(start: Launch) -> Iterator[Finding]:
    """The cohort from age 5 on that gained most: in a county that people leave, a gain is a miscount or a move of ages."""
    profile = start.base.profile
    if profile.source != start.area.code:
        return
    gains = np.asarray(profile.cohorts.rate)[:, 1:]
    place = np.unravel_index(int(np.argmax(gains)), gains.shape)
    yield Finding("cohort_consistency", percent(float(gains[place]), signed=True), "0 %", graded(float(gains[place]), 0.05, 0.15))


def _births_against_infants(start: Launch) -> Iterator[Finding]:
    """The area's own registered births of the census year, or the province's, against the infants counted."""
    area, survival = start.area, float(start.base.table.survival[0, :, 0].mean())
    own = yearly(area.tables["series"], "births_to_residents") if "series" in area.tables else pd.Series(dtype=float)
    reference = area.reference.tables["census_population"]
    census, year = area.tables["census_population"], start.base.census.date.year
    key = "births_against_infants"
    if year not in own.index:
        key = "births_against_infants_of_province"
        own = yearly(area.reference.tables["series"], "births", area.province)
        census = reference[reference["area"] == area.province]
    if year not in own.index:
        return
    latest = _latest(census)
    infants = float(latest.loc[latest["age_lo"] == 0, "population"].sum())
    ratio = float(births_against_infants(float(own[year]), infants, survival))
    yield Finding(key, number(infants), number(float(own[year]) * survival), graded(abs(ratio - 1), 0.03, 0.1))


def _own_children(start: Launch) -> Iterator[Finding]:
    """Total fertility of the five years before the census by its children under five, against the births used in its year."""
    base = start.base
    stock, survival, lived = base.census.population, base.table.survival[0], base.table.person_years[0]
    shape = base.schedule.sum(axis=0)
    before = reverse_survival_tfr(
        stock[:, :CHILDREN].sum(axis=0),
        stock[FEMALE],
        child_survival=lived[:, :CHILDREN].mean(axis=0),
        female_survival=survival[None, FEMALE],
        asfr_shape=shape[None],
    )
    found, used = float(before.total.mean()), float(shape.sum())
    country = float(value_path(start.area.reference.tables["wpp_china"], "tfr", [base.census.date.year])[0])
    verdict = graded(abs(found / used - 1), 0.25, 0.6)
    yield Finding("own_children", number(found, 2), f"{number(used, 2)} / {number(country, 2)}", verdict)


def _deaths_reported(start: Launch) -> Iterator[Finding]:
    """The crude death rate of the first census against that which the corrected rates give its residents."""
    area, census = start.area, start.base.own[0]
    rates = yearly(area.tables["series"], "crude_death_rate") if "series" in area.tables else pd.Series(dtype=float)
    if census.date.year not in rates.index:
        return
    expected = 1000 * float((start.base.table.rates[0] * census.population).sum() / census.population.sum())
    reported = float(rates[census.date.year])
    verdict = graded(abs(reported / expected - 1), 0.1, 0.3)
    yield Finding("deaths_reported", f"{number(reported, 2)} ‰", f"{number(expected, 2)} ‰", verdict)


def _deaths_of_province(start: Launch) -> Iterator[Finding]:
    area = start.area
    deaths = yearly(area.reference.tables["series"], "deaths", area.province)
    if deaths.empty:
        return
    book = area.assumptions.with_changes({"mortality.urban_rural": 0.0})
    table = mortality(area, book, [start.base.census.date.year])
    census = area.reference.tables["census_population"]
    province = censuses(census[census["area"] == area.province], old_people(area))[-1]
    expected = float((table.rates[0] * province.population).sum())
    published = float(deaths.iloc[0])
    yield Finding("deaths_of_province", number(expected), number(published), graded(abs(expected / published - 1), 0.05, 0.25))


def _replay(start: Launch) -> Iterator[Finding]:
    profile = start.base.profile
    if profile.source != start.area.code:
        return
    replayed, counted = start.base.registered.replayed_residents, start.base.census.population
    ages = range(10, int(start.area.assumptions.value("migration.last_age")), 5)
    groups = [(replayed[:, age : age + 5].sum(axis=1), counted[:, age : age + 5].sum(axis=1)) for age in ages]
    miss = max(float(np.max(np.abs(again / count - 1))) for again, count in groups)
    yield Finding("replay", percent(miss), "0 %", SOUND if miss < 0.03 else LOOK)


def _latest(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["date"] == table["date"].max()]


def _five_year_groups(table: pd.DataFrame) -> Array | None:
    """Persons (sex, group 0-4 .. 75-79) of one census as counted; None where its groups do not make these."""
    found = np.zeros((len(SEXES), len(ACCURACY_AGES)))
    bounds = {int(age) for age in table["age_lo"]}
    if not set(ACCURACY_AGES) <= bounds or ACCURACY_AGES.stop not in bounds:
        return None
    rows = table[table["age_lo"] < ACCURACY_AGES.stop]
    for sex, age, persons in zip(rows["sex"], rows["age_lo"], rows["population"], strict=True):
        found[SEXES.index(str(sex)), int(age) // ACCURACY_AGES.step] += float(persons)
    return found
