"""Registrations of part of a year move the launch and narrow its draws, as far as they may and no further."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import popmodel as pm
from popmodel.areas import Area
from popmodel.forecast import LAUNCH, known_years, local_fertility_sds, spreads
from popmodel.projection import launch


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
    assert start.nowcast is None
    # 792 / 954 of 3,722 births: the province's of 2024 carried on by the nation's.
    assert start.year(LAUNCH).resident.births.sum() == pytest.approx(3722 * 792 / 954, abs=1.0)


def test_registrations_that_are_births_are_met(xichuan: Area) -> None:
    plain = launch(with_registrations(xichuan, LAUNCH, None)).year(LAUNCH).registered.births.sum()
    start = launch(with_registrations(xichuan, LAUNCH, 1.1 * plain, **CERTAIN))
    assert start.nowcast is not None
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
    start = launch(xichuan)
    assert start.nowcast is not None
    assert start.nowcast.year == 2023
    assert 0.0 < start.nowcast.weight < 0.15
    births = projection.components()["births"]
    assert births[LAUNCH] == pytest.approx(3090 * np.exp(start.nowcast.log_factor_mean), rel=0.01)
    median = np.median(projection.draws.resident.births, axis=1)
    np.testing.assert_allclose(median, births.to_numpy()[1:], rtol=0.02)


def test_what_mothers_away_add_takes_weight_from_registrations(xichuan: Area) -> None:
    weights = []
    for sd in (0.0, 0.12, 0.5):
        book = xichuan.assumptions.with_changes({"nowcast.away_log_sd": sd})
        weights.append(launch(replace(xichuan, assumptions=book)).nowcast.weight)
    assert weights[0] > 1.1 * weights[1] > 1.5 * weights[2]


def test_a_county_with_births_of_its_own_needs_no_registrations(xichuan: Area) -> None:
    series = xichuan.tables["series"]
    own = series.iloc[:1].assign(indicator="births_to_residents", year=LAUNCH, value=3000.0)
    area = replace(with_registrations(xichuan, 2024, 6000), tables={**xichuan.tables, "series": pd.concat([series, own])})
    assert launch(area).nowcast is None
