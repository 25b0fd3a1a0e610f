"""Demographic methods on the many schedules of a country's counties, and a country's projection replayed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.timing import SHARED, Figure, Seconds, figure, ratio, time_call

RUNS = 15
SVD_RUNS = 301
REPLAY_RUNS = 5

SCHEDULES, AGES, YEARS = 10_000, 101, 50
COUNTIES, SEXES, GROUPS = 3_000, 2, 20
# Japan: its tables of World Population Prospects are by single age, so that it is replayed in 31 single years.
COUNTRY = 392


def run_life_tables() -> Figure:
    """`life_table` of 10,000 schedules of 101 single ages."""
    from popmodel.demography import life_table

    rates = _rates_of_age() * np.random.default_rng(1).uniform(0.5, 1.5, (SCHEDULES, 1))
    life_table(rates, "male")
    return figure([time_call(lambda: life_table(rates, "male")) for _ in range(RUNS)])


def run_lee_carter() -> Figure:
    """`lee_carter` of 101 ages and 50 years over the singular value decomposition in it, done by numpy alone, timed in turn."""
    from popmodel.demography import lee_carter

    rng = np.random.default_rng(2)
    trend = np.linspace(20.0, -20.0, YEARS) + rng.normal(0.0, 2.0, YEARS)
    rates = _rates_of_age()[:, None] * np.exp(0.02 * trend + rng.normal(0.0, 0.05, (AGES, YEARS)))
    logs = np.log(rates)
    deviations = logs - logs.mean(axis=1, keepdims=True)
    model: list[Seconds] = []
    alone: list[Seconds] = []
    for _ in range(SVD_RUNS):
        alone.append(time_call(lambda: np.linalg.svd(deviations, full_matrices=False)))
        model.append(time_call(lambda: lee_carter(rates)))
    return ratio(model, alone, names=("lee_carter", "svd"))


def run_graduation() -> Figure:
    """`graduate_counts`, by its default method, of 3,000 counties, 2 sexes and 20 groups of five years."""
    from popmodel.demography import graduate_counts

    counts = np.random.default_rng(3).uniform(0.0, 1e4, (COUNTIES, SEXES, GROUPS))
    bounds = list(range(0, 5 * GROUPS + 1, 5))
    graduate_counts(counts, bounds)  # imports what is imported late
    return figure([time_call(lambda: graduate_counts(counts, bounds)) for _ in range(RUNS)])


def run_replay() -> Figure:
    """`certify` on a folder with the tables of one country, 2024-2054."""
    from popmodel.assessment.certificate import certify

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copy_country(folder / "wpp")
        certify(folder)  # imports what is imported late
        return figure([time_call(lambda: certify(folder)) for _ in range(REPLAY_RUNS)])


def _rates_of_age() -> np.ndarray:
    return 0.0002 * np.exp(0.085 * np.arange(AGES))


def _copy_country(folder: Path) -> None:
    """The rows of COUNTRY in every table that tells countries apart."""
    import pandas as pd

    folder.mkdir()
    for file in (SHARED / "wpp").glob("*.csv*"):
        table = pd.read_csv(file)
        if "country_code" in table:
            table[table["country_code"] == COUNTRY].to_csv(folder / file.name, index=False)
