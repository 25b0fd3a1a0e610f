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
from popmodel.forecast import censuses, mortality_path, old_people, province_level, year_fraction, yearly
from popmodel.messages import number
from popmodel.projection import Launch, survive

# The scores suppose that nobody moves, so a county is held against its province, whose people move, too.
TIMES_THE_PROVINCE = (1.5, 3.0)
HIGHLY_INACCURATE = 40.0
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
        _reverse_survival,
        _deaths_reported,
        _deaths_of_province,
        _deaths_of_prefecture,
        _ages_of_prefecture,
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
        verdict = graded(found / against, *TIMES_THE_PROVINCE)
        if key == "age_sex_accuracy" and found > HIGHLY_INACCURATE and verdict == SOUND:
            verdict = LOOK
        yield Finding(key, number(found, 1), number(against, 1), verdict)


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
    if profile.sources != (start.area.code,):
        return
    gain = float(profile.cohorts.net[:, 0].sum() / profile.cohorts.expected[:, 0].sum())
    yield Finding("small_children", percent(gain, signed=True), "0 %", LOOK if gain > 0.03 else SOUND)


def _cohorts(start: Launch) -> Iterator[Finding]:
    """The cohort from age 5 on that gained most: in a county that people leave, a gain is a miscount or a move of ages."""
    profile = start.base.profile
    if profile.sources != (start.area.code,):
        return
    gains = np.asarray(profile.cohorts.rate)[:, 1:]
    place = np.unravel_index(int(np.argmax(gains)), gains.shape)
    yield Finding("cohort_consistency", percent(float(gains[place]), signed=True), "0 %", graded(float(gains[place]), 0.05, 0.15))


def _births_against_infants(start: Launch) -> Iterator[Finding]:
    """The area's own births of the twelve months before the census, or the province's, against the infants counted."""
    area, survival = start.area, float(start.base.table.survival[0, :, 0].mean())
    own = yearly(area.tables["series"], "births_to_residents") if "series" in area.tables else pd.Series(dtype=float)
    reference = area.reference.tables["census_population"]
    census, date = area.tables["census_population"], start.base.census.date
    key = "births_against_infants"
    if not {date.year - 1, date.year} <= set(own.index):
        key = "births_against_infants_of_province"
        own = yearly(area.reference.tables["series"], "births", area.province)
        census = reference[reference["area"] == area.province]
    if not {date.year - 1, date.year} <= set(own.index):
        return
    rest = year_fraction(date)
    births = rest * float(own[date.year - 1]) + (1 - rest) * float(own[date.year])
    latest = _latest(census)
    infants = float(latest.loc[latest["age_lo"] == 0, "population"].sum())
    ratio = float(births_against_infants(births, infants, survival))
    yield Finding(key, number(infants), number(births * survival), graded(abs(ratio - 1), 0.03, 0.1))


def _reverse_survival(start: Launch) -> Iterator[Finding]:
    """Total fertility of the five years before the census by its children, against the same years by the province's births."""
    base = start.base
    stock, survival, lived = base.census.population, base.table.survival[0], base.table.person_years[0]
    shape, year = base.schedule.sum(axis=0), base.census.date.year
    before = reverse_survival_tfr(
        stock[:, :CHILDREN].sum(axis=0),
        stock[FEMALE],
        child_survival=lived[:, :CHILDREN].mean(axis=0),
        female_survival=survival[None, FEMALE],
        asfr_shape=shape[None],
    )
    births = yearly(start.area.reference.tables["series"], "births", start.area.province)
    years = list(range(year - CHILDREN + 1, year + 1))
    if not set(years) <= set(births.index):
        return
    found, expected = float(before.total.mean()), float(shape.sum() * births.loc[years].mean() / births[year])
    yield Finding("reverse_survival", number(found, 2), number(expected, 2), graded(abs(found / expected - 1), 0.15, 0.5))


def _deaths_reported(start: Launch) -> Iterator[Finding]:
    """The crude death rate of the first census against that which the corrected rates of its year give its residents."""
    area, census = start.area, start.base.own[0]
    rates = yearly(area.tables["series"], "crude_death_rate") if "series" in area.tables else pd.Series(dtype=float)
    if census.date.year not in rates.index:
        return
    then = mortality_path(area, area.assumptions, [census.date.year]).rates[0]
    expected = 1000 * float((then * census.population).sum() / census.population.sum())
    reported = float(rates[census.date.year])
    verdict = graded(abs(reported / expected - 1), 0.1, 0.5)
    yield Finding("deaths_reported", f"{number(reported, 2)} ‰", f"{number(expected, 2)} ‰", verdict)


def _deaths_of_province(start: Launch) -> Iterator[Finding]:
    """Deaths of the province in the latest published year, its census population survived to it at the corrected rates."""
    area, year = start.area, start.base.census.date.year
    published = yearly(area.reference.tables["series"], "deaths", area.province)
    published = published[published.index > year]
    if published.empty:
        return
    census, deaths = area.reference.tables["census_population"], 0.0
    stock = censuses(census[census["area"] == area.province], old_people(area))[-1].population
    level = province_level(area, area.assumptions)
    years = range(year + 1, int(published.index[-1]) + 1)
    for survival in mortality_path(area, area.assumptions, years, level).survival:
        left = survive(stock, survival).persons
        deaths, stock = float(stock.sum() - left.sum()), left
    latest = float(published.iloc[-1])
    yield Finding("deaths_of_province", number(deaths), number(latest), graded(abs(deaths / latest - 1), 0.05, 0.15))


def _deaths_of_prefecture(start: Launch) -> Iterator[Finding]:
    area, series = start.area, start.area.reference.tables["series"]
    deaths, people = (yearly(series, name, area.prefecture or "") for name in ("deaths", "population_year_end"))
    years = [year for year in deaths.index if year in people.index and year in start.years]
    if not years:
        return
    year, own = years[-1], start.year(years[-1]).resident
    found = 1000 * float(own.deaths.sum() / own.population.sum())
    expected = 1000 * float(deaths[year] / people[year])
    yield Finding(
        "deaths_of_prefecture", f"{number(found, 2)} ‰", f"{number(expected, 2)} ‰", graded(abs(found / expected - 1), 0.1, 0.25)
    )


def _ages_of_prefecture(start: Launch) -> Iterator[Finding]:
    area, series = start.area, start.area.reference.tables["series"]
    old, people = (yearly(series, name, area.prefecture or "") for name in ("population_60_plus", "population_year_end"))
    years = [year for year in old.index if year in people.index and year in start.years]
    if not years:
        return
    stock = start.year(years[-1]).resident.population
    found, expected = float(stock[:, 60:].sum() / stock.sum()), float(old[years[-1]] / people[years[-1]])
    yield Finding("ages_of_prefecture", percent(found), percent(expected), graded(abs(found - expected), 0.02, 0.05))


def _replay(start: Launch) -> Iterator[Finding]:
    profile = start.base.profile
    if profile.sources != (start.area.code,):
        return
    own = start.base.own
    held = own[0].held_out.any() and own[-1].held_out.any()
    replayed, counted = start.base.registered.replayed_residents, own[-1].population
    if held:
        replayed, counted = replayed - own[0].held_out, counted - own[-1].held_out
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
