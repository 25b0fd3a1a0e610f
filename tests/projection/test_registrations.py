"""Registrations of part of a year move the launch and narrow its draws, as far as they may and no further."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import popmodel as pm
from popmodel.areas import Area
from popmodel.forecast import LAUNCH, deviations, known_years, local_fertility_sds, spreads
from popmodel.projection import launch
from popmodel.projection.registrations import narrowed


def with_registrations(area: Area, year: int, count: float | None, **changes: float) -> Area:
    """The county with one count for a whole year, or none."""
    tables = dict(area.tables)
    row = tables.pop("birth_registrations").iloc[:1]
    if count is not None:
        dates = {"from_date": pd.Timestamp(year, 1, 1), "to_date": pd.Timestamp(year, 12, 31)}
        tables["birth_registrations"] = row.assign(**dates, order="1", registrations=count)
    book = area.assumptions.with_changes({f"nowcast.{key}": value for key, value in changes.items()})
    return replace(area, tables=tables, assumptions=book)


# Registrations that are births, one for one, without anything else between them.
CERTAIN = {"registrations_log_sd": 0.0, "season_sd": 0.0, "dispersion": 1.0, "away_log_sd": 0.0}


def test_the_spread_of_the_countys_own_error_by_year(xichuan: Area) -> None:
    """0.045 after a year, 0.045 √(1 + 0.96²) after two; none in the census year."""
    known = known_years(xichuan, 2020)
    found = local_fertility_sds(spreads(xichuan.assumptions), known, [2020, 2021, 2022])
    np.testing.assert_allclose(found, [0.0, 0.045, 0.045 * np.sqrt(1 + 0.96**2)])


def test_without_registrations_nothing_moves(xichuan: Area) -> None:
    start = launch(with_registrations(xichuan, LAUNCH, None))
    assert start.told == ()
    # 792 / 954 of 3,722 births: the province's of 2024 carried on by the nation's.
    assert start.year(LAUNCH).resident.births.sum() == pytest.approx(3722 * 792 / 954, abs=1.0)


def test_registrations_that_are_births_are_met(xichuan: Area) -> None:
    plain = launch(with_registrations(xichuan, LAUNCH, None)).year(LAUNCH).registered.births.sum()
    start = launch(with_registrations(xichuan, LAUNCH, 1.1 * plain, **CERTAIN))
    assert start.year(LAUNCH).registered.births.sum() == pytest.approx(1.1 * plain, rel=0.01)
    drawn = pm.project(with_registrations(xichuan, LAUNCH, 1.1 * plain, **CERTAIN), to=2030, draws=400).draws
    before = pm.project(with_registrations(xichuan, LAUNCH, None), to=2030, draws=400).draws
    at = list(drawn.years).index(LAUNCH)
    # What is left is the province's last year, 0.023 in the draws and as much in what it hides of the county's own, and chance in
    # 3,400 births, 0.017: 0.037 in all, against 0.1 before.
    assert np.log(drawn.resident.births[at]).std() < 0.042 < 0.08 < np.log(before.resident.births[at]).std()
    assert np.log(drawn.resident.births[-1]).std() < np.log(before.resident.births[-1]).std()


def test_doubtful_registrations_move_little_and_the_middle_stays_in_the_middle(xichuan: Area) -> None:
    projection = pm.project(xichuan, to=2030, draws=1000)
    (told,) = launch(xichuan).told
    assert told.nowcast.year == 2023
    assert 0.0 < told.nowcast.weight < 0.15
    births = projection.components()["births"]
    assert births[LAUNCH] == pytest.approx(3090 * np.exp(told.nowcast.log_factor_mean), rel=0.01)
    median = np.median(projection.draws.resident.births, axis=1)
    np.testing.assert_allclose(median, births.to_numpy()[1:], rtol=0.02)


def test_draws_are_as_sure_of_a_year_as_its_nowcast(xichuan: Area) -> None:
    area = with_registrations(xichuan, LAUNCH - 1, 3900, registrations_log_sd=0.02, away_log_sd=0.08, births_log_sd=0.01)
    months = {"year": LAUNCH, "month": range(1, 10), "lives": "any", "registered": "here", "order": "all", "births": 290}
    area = replace(area, tables={**area.tables, "births": pd.DataFrame(months)})
    start, years, book = launch(area), list(range(2021, 2031)), area.assumptions
    found = deviations(area, book, known_years(area, 2020), years, range(4000), seed=3)
    after = narrowed(area, book, start.told, found, years, 2020).own_fertility
    spread = start.told[-1].nowcast.log_factor_sd
    assert [one.evidence.kind for one in start.told] == ["registrations", "births"]
    # The county's own error of 0.1, told by two counts that err alike by 0.08.
    assert 0.05 < spread < 0.09
    assert np.std(after[years.index(LAUNCH)]) == pytest.approx(spread, rel=0.05)


def test_what_mothers_away_add_takes_weight_from_registrations(xichuan: Area) -> None:
    weights = []
    for sd in (0.0, 0.12, 0.5):
        book = xichuan.assumptions.with_changes({"nowcast.away_log_sd": sd})
        weights.append(launch(replace(xichuan, assumptions=book)).told[0].nowcast.weight)
    assert weights[0] > 1.1 * weights[1] > 1.5 * weights[2]


def test_a_county_with_births_of_its_own_needs_no_registrations(xichuan: Area) -> None:
    series = xichuan.tables["series"]
    own = series.iloc[:1].assign(indicator="births_to_residents", year=LAUNCH, value=3000.0)
    area = replace(with_registrations(xichuan, 2024, 6000), tables={**xichuan.tables, "series": pd.concat([series, own])})
    assert launch(area).told == ()
