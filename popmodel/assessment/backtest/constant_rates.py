"""Cohort-component with the rates of the last years kept: those the set has, the others worked out from the population alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from popmodel.assessment.backtest.launches import MINIMUM_YEARS
from popmodel.assessment.backtest.single_ages import grouped_like, single_ages
from popmodel.demography import (
    FEMALE,
    SEXES,
    Array,
    close_at,
    expected_deaths,
    graduate_rates,
    hadwiger_shape,
    life_table,
    scale_to_births,
    shrunk_mortality_ratio,
    survival_ratios,
)
from popmodel.forecast.history import AgeTable, History, IntArray
from popmodel.projection.step import step_year

# Rates are the mean of this many years, the last that are known, none older than the year ends a launch must have.
RATE_YEARS = 3
_SEX_RATIO_AT_BIRTH = 1.05
_OLDEST = 100
# A table of rates needs some deaths in its open age, and a ratio some expected ones.
_LEAST = 1e-9
# Of a set without births or deaths of its own: women bear as Hadwiger's curve of this mean age and deviation, at the level that
# bears its small children; people die by Gompertz's law rising by a tenth a year of age, at an e0 near 77 and 82. What such a
# standard misses in a place comes back as migration, which is the residual there.
_MOTHERS_AGES = (range(15, 50), 29.5, 5.5)
_DEATH_RATE_AT_NOUGHT = {"male": 3.3e-5, "female": 1.9e-5}


def constant_rates(history: History, horizons: Sequence[int]) -> Array:
    """Cohort-component by single years, births, deaths and migration at the mean rates of the last three years.

    Fertility: the set's own, or births by mother's age over women, or Hadwiger's curve at the level of the children under three.
    Mortality: the set's own, or the deaths of all areas by age times the area's ratio of deaths to those expected (shrunk where
    few), or a standard. Migration: net migrants over those there without migration, or, where the set has none in these years,
    what the population shows beyond survival and births (the residual). Returns (area, horizon, sex, age).
    """
    rates = _Rates(history)
    current, ends = rates.year_ends[-1], []
    for year in range(1, max(horizons) + 1):
        current = rates.without_migration(current) * rates.moved
        if year in horizons:
            ends.append(np.moveaxis(current, -1, 0))
    return np.moveaxis(grouped_like(history, np.stack(ends)), 0, 1)


class _Rates:
    """The rates of each area, as the step takes them: ages before areas. `year_ends`: (year end, sex, age, area)."""

    def __init__(self, history: History) -> None:
        self.years = history.years[-MINIMUM_YEARS:]
        self.year_ends = np.moveaxis(single_ages(history, MINIMUM_YEARS), 1, -1)
        self.survival = self._survival(history)
        self.fertility = self._fertility(history)[None]
        self.moved = self._moved(history)

    def without_migration(self, start: Array) -> Array:
        """A year end of (sex, age, area) from the one before, nobody moving."""
        none = np.zeros_like(start)
        return step_year(start, self.survival, self.fertility, _SEX_RATIO_AT_BIRTH, none).population

    def _recent(self, table: AgeTable | None) -> tuple[AgeTable, IntArray] | None:
        """The table cut to its last RATE_YEARS, and the place of each year among the year ends; None where there is none."""
        if table is None:
            return None
        last = [year for year in table.years[-RATE_YEARS:] if year > self.years[0]]
        values = table.values[:, len(table.years) - len(last) :]
        if np.isnan(values).all():
            return None
        return AgeTable(np.array(last), table.age_lo, table.age_hi, values), np.array(last) - self.years[0]

    def _lived(self, places: IntArray, lowest: IntArray, highest: int) -> Array:
        """Person-years of the years in groups that begin at `lowest`, the last ending at `highest`: (year, sex, group, area)."""
        mean = (self.year_ends[places] + self.year_ends[places - 1]) / 2
        return np.add.reduceat(mean[:, :, : highest + 1], lowest, axis=2)

    def _survival(self, history: History) -> Array:
        ratios = []
        for number, sex in enumerate(SEXES):
            m = self._death_rates(history, number)
            filled = np.concatenate([m, np.repeat(m[..., -1:], max(_OLDEST + 1 - m.shape[-1], 0), axis=-1)], axis=-1)
            table = close_at(life_table(np.maximum(filled, _LEAST), sex), self.year_ends.shape[2] - 1)
            ratios.append(survival_ratios(table))
        return np.stack(np.broadcast_arrays(*ratios)).swapaxes(1, 2)

    def _death_rates(self, history: History, sex: int) -> Array:
        """Death rates by single age, (area, age)."""
        if (given := self._recent(history.mortality)) is not None and given[0].age_lo[0] == 0:
            return _mean_rates(given[0].values[:, :, sex])
        if (given := self._recent(history.deaths)) is not None and given[0].age_lo[0] == 0 and len(given[0].age_lo) > 1:
            lowest, deaths, lived = self._matched(*given, sex)
            of_all = _rate(deaths.sum(axis=0), lived.sum(axis=0))
            expected = np.maximum(expected_deaths(lived, of_all), _LEAST)
            ratio = shrunk_mortality_ratio(deaths.sum(axis=1), expected).ratio
            return ratio[:, None] * graduate_rates(of_all, lowest.tolist(), open_group=True)
        standard = _DEATH_RATE_AT_NOUGHT[SEXES[sex]] * np.exp(0.1 * np.arange(_OLDEST + 1))
        return np.repeat(standard[None], len(history.areas), axis=0)

    def _matched(self, table: AgeTable, places: IntArray, sex: int) -> tuple[IntArray, Array, Array]:
        """Lowest ages of the groups, and events and person-years of all years in them, (area, group).

        What is not known counts on neither side; groups above the open age are put into the last that begins below it.
        """
        lowest = table.age_lo[table.age_lo < self.year_ends.shape[2]]
        lived = np.moveaxis(self._lived(places, lowest, int(table.age_hi[-1]))[:, sex], -1, 0)
        events = table.values if table.values.ndim == 3 else table.values[:, :, sex]
        events = np.add.reduceat(events, np.arange(len(lowest)), axis=-1)
        known = ~np.isnan(events)
        return lowest, np.where(known, events, 0).sum(axis=1), np.where(known, lived, 0).sum(axis=1)

    def _fertility(self, history: History) -> Array:
        """Births a woman and year by single age, (age, area)."""
        rates = np.zeros((self.year_ends.shape[2], len(history.areas)))
        if (given := self._recent(history.fertility)) is not None:
            ages = given[0].age_lo[given[0].age_lo < len(rates)]
            rates[ages] = _mean_rates(given[0].values)[:, : len(ages)].T
        elif (given := self._recent(history.births)) is not None:
            lowest, born, lived = self._matched(*given, FEMALE)
            ages = np.arange(lowest[0], min(int(given[0].age_hi[-1]) + 1, len(rates)))
            rates[ages] = _rate(born, lived).T[np.searchsorted(lowest, ages, side="right") - 1]
        else:
            rates[list(_MOTHERS_AGES[0])] = self._fertility_of_small_children().T
        return rates

    def _fertility_of_small_children(self) -> Array:
        """Hadwiger's curve at the level at which the women of three years bore those now under three, (area, age)."""
        ages, mean, deviation = _MOTHERS_AGES
        surviving = np.cumprod(self.survival[:, :RATE_YEARS], axis=1)
        births = (self.year_ends[-1][:, :RATE_YEARS] / surviving).sum(axis=(0, 1))
        women = self._lived(np.arange(-RATE_YEARS, 0) % MINIMUM_YEARS, np.array(ages), ages[-1])[:, FEMALE].sum(axis=0).T
        return scale_to_births(hadwiger_shape(ages, [1.0, mean, deviation]), women, np.where(women.sum(axis=1) > 0, births, 0.0))

    def _moved(self, history: History) -> Array:
        """One and the net migration a year of each person there without it, (sex, age, area)."""
        ages = np.arange(self.year_ends.shape[2])
        if (given := self._recent(history.net_migration)) is not None:
            table, places = given
            group = np.maximum(np.searchsorted(table.age_lo, ages, side="right") - 1, 0)
            net = np.moveaxis(np.nan_to_num(table.values.sum(axis=1)), 0, -1)
        else:
            places, group = np.arange(1, MINIMUM_YEARS), ages
        stayed = np.sum([self.without_migration(self.year_ends[place - 1]) for place in places], axis=0)
        if given is None:
            net = self.year_ends[places].sum(axis=0) - stayed
        there = np.zeros_like(net)
        for age, into in enumerate(group):
            there[:, into] += stayed[:, age]
        return np.maximum(1 + _rate(net, there)[:, group], 0.0)


def _mean_rates(values: Array) -> Array:
    """The mean over the years (second axis) that are known; of an area without any that of all areas, else nought."""
    known = ~np.isnan(values)
    sums = np.where(known, values, 0).sum(axis=1)
    of_all = _rate(sums.sum(axis=0), known.sum(axis=(0, 1)).astype(float))
    return np.where(known.any(axis=1), _rate(sums, known.sum(axis=1).astype(float)), of_all)


def _rate(events: Array, exposed: Array) -> Array:
    """Events over those exposed, nought where nobody is."""
    return np.divide(events, exposed, out=np.zeros(events.shape), where=exposed > 0)
