"""The projection replayed against the United Nations: single ages of both sexes together, and five-year inputs by sex.

World Population Prospects 2024: stocks at 1 July, flows of calendar years, migrants by age as completed at the year's end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pandas as pd

from popmodel.assessment.certificate.check import Check, IncompleteError, attempt
from popmodel.assessment.certificate.tables import grid, read_table, rows_of
from popmodel.demography import SEXES, Array, graduate_counts, graduate_rates, life_table, scaled_to_e0, survival_ratios
from popmodel.projection.step import finish_year, step_year, survive

SOURCE = "United Nations (2024), World Population Prospects 2024"
CHINA = 156

TOTALS = "wpp2024_annual_totals.csv"
SINGLE = "wpp2024_bothsex_age1_annual.csv.gz"
LAUNCH = "wpp2024_recovered_1jan2024_bothsex.csv"
MOVES = "wpp2024_net_migration_age1_sex.csv.gz"
STOCKS_5 = "wpp2024_pop_age5_sex_july1_decadal.csv"
RATES_5 = "wpp2024_mx_abridged_sex_decadal.csv"
RATES_OF_CHINA = "wpp2024_china_mx_by_age_sex_period.csv"
FERTILITY_5 = "wpp2024_pasfr_age5_annual.csv"

COLUMNS = {
    TOTALS: ["country_code", "year", "births", "tfr", "e0M", "e0F", "srb", "mig"],
    SINGLE: ["country_code", "year", "age", "pop_both_july1", "mx_both"],
    LAUNCH: ["country_code", "age", "pop_both_1jan2024"],
    MOVES: ["country_code", "year", "age", "mig_m_thousand", "mig_f_thousand"],
    STOCKS_5: ["country_code", "year", "sex", "age_start", "pop_july1"],
    RATES_5: ["country_code", "year", "sex", "age_start", "mx_abridged"],
    RATES_OF_CHINA: ["sex", "age", "period", "mx"],
    FERTILITY_5: ["country_code", "age", "year", "pasfr_pct"],
}

FIRST_YEAR, LAST_YEAR = 2024, 2054
COMPARED_AGES = 80
TOTAL_BAR, MEAN_BAR, LARGEST_BAR = 0.005, 0.01, 0.1

FIVE_YEAR_LAUNCH, FIVE_YEAR_TARGETS = 2020, (2030, 2040, 2050)
FIVE_YEAR_TOTAL_BAR, FIVE_YEAR_MEAN_BAR = 0.15, 0.2
GROUPS = [*range(0, 100, 5), 100]
ABRIDGED = [0, 1, *range(5, 105, 5)]
FERTILE = [f"{age}-{age + 4}" for age in range(10, 55, 5)]
OPEN_AGE = 100
THOUSAND = 1000.0


@dataclass(frozen=True)
class Prospects:
    """A folder of tables of World Population Prospects; each is read when first asked for."""

    folder: Path

    @cached_property
    def _read(self) -> dict[str, pd.DataFrame]:
        return {}

    def table(self, file: str) -> pd.DataFrame:
        """One table. Raises IncompleteError when it is absent or lacks a column."""
        if file not in self._read:
            self._read[file] = read_table(self.folder / file, COLUMNS[file])
        return self._read[file]

    def rows(self, file: str, country: int) -> pd.DataFrame:
        """The rows of one country. Raises IncompleteError when there are none."""
        return rows_of(self.table(file), file, country)

    def countries(self) -> dict[int, str]:
        """Every country that a table names: code → ISO code (the code itself, where no table gives one)."""
        found: dict[int, str] = {}
        for file in COLUMNS:
            try:
                table = self.table(file)
            except IncompleteError:
                continue
            if "country_code" not in table:
                continue
            named = table["iso3"] if "iso3" in table else table["country_code"].astype(str)
            pairs = pd.DataFrame({"code": pd.to_numeric(table["country_code"], errors="coerce"), "name": named}).dropna()
            for code, label in pairs.drop_duplicates().itertuples(index=False):
                found.setdefault(int(code), str(label))
        return dict(sorted(found.items()))


def replays(folder: Path) -> list[Check]:
    """A line or more for every country in the tables of `folder`; one that cannot be run says why."""
    prospects = Prospects(folder)
    found: list[Check] = []
    for country, name in prospects.countries().items():
        route = _five_year if _has_no_single_ages(prospects, country) else _single_ages
        found += attempt("wpp_country", SOURCE, partial(route, prospects, country, name), country=name)
    return found


def _has_no_single_ages(prospects: Prospects, country: int) -> bool:
    for file in (SINGLE, LAUNCH):
        try:
            prospects.rows(file, country)
        except IncompleteError:
            continue
        return False
    return True


def _single_ages(prospects: Prospects, country: int, name: str) -> Iterator[Check]:
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    launch = prospects.rows(LAUNCH, country)
    single = prospects.rows(SINGLE, country)
    ages = range(int(min(table["age"].max() for table in (launch, single))) + 1)
    if len(ages) < COMPARED_AGES:
        raise IncompleteError("too_few_ages", file=LAUNCH, found=len(ages), expected=COMPARED_AGES)
    start = grid(launch, LAUNCH, [("age", ages)], "pop_both_1jan2024")
    rates = grid(single, SINGLE, [("year", years), ("age", ages)], "mx_both")
    expected = grid(single, SINGLE, [("year", years), ("age", ages)], "pop_both_july1")
    moves = _moves(prospects, country, years, ages).sum(axis=1)
    births = THOUSAND * grid(prospects.rows(TOTALS, country), TOTALS, [("year", years)], "births")
    found = np.stack(list(_mid_years(start, rates, moves, births)))
    error = 100 * (np.abs(found - expected) / np.maximum(expected, 1.0))[1:, :COMPARED_AGES]
    total = 100 * np.max(np.abs(found.sum(axis=1) / expected.sum(axis=1) - 1)[1:])
    yield Check("wpp_total", SOURCE, "percent", float(total), TOTAL_BAR, {"country": name})
    yield Check("wpp_ages_mean", SOURCE, "percent", float(error.mean()), MEAN_BAR, {"country": name})
    yield Check("wpp_ages_largest", SOURCE, "percent", float(error.max()), LARGEST_BAR, {"country": name})


def _mid_years(start: Array, rates: Array, moves: Array, births: Array) -> Iterator[Array]:
    """Mid-year stocks (age,) of each year: the mean of both ends of the year, as the United Nations take it.

    The step keeps two sexes; both together are run as two equal halves with the rates of both.
    """
    stock = _with_open_age(start)
    for year_rates, year_moves, born in zip(rates, moves, births, strict=True):
        survival = _twice(_survival_of_both(year_rates, open_age=start.size > OPEN_AGE))
        halves, half_deaths = _twice(stock / 2), np.full_like(survival, 0.5)
        alive = survive(halves, survival).persons
        newborn = np.full((1, len(SEXES)), born / len(SEXES))
        done = finish_year(halves, alive, newborn, survival, half_deaths, _twice(_with_open_age(year_moves) / 2))
        ended = done.population.sum(axis=0)
        yield ((stock + ended) / 2)[: start.size]
        stock = ended


def _survival_of_both(rates: Array, *, open_age: bool) -> Array:
    """Survival ratios of both sexes together; a table that ends with a closed age loses those who pass it."""
    ratios = survival_ratios(life_table(rates if open_age else np.append(rates, 1.0), "both"))
    if not open_age:
        ratios[-1] = 0.0
    return ratios


def _with_open_age(values: Array) -> Array:
    return values if values.size > OPEN_AGE else np.append(values, 0.0)


def _twice(values: Array) -> Array:
    return np.stack([values, values])


def _moves(prospects: Prospects, country: int, years: Sequence[int], ages: Sequence[int]) -> Array:
    """Net migrants (year, sex, age), persons a calendar year."""
    rows = prospects.rows(MOVES, country)
    index = [("year", years), ("age", ages)]
    return THOUSAND * np.stack([grid(rows, MOVES, index, column) for column in ("mig_m_thousand", "mig_f_thousand")], axis=1)


def _five_year(prospects: Prospects, country: int, name: str) -> Iterator[Check]:
    """Two sexes from July to July: stocks, rates and fertility graduated from five-year groups, rates of both calendar years."""
    years = range(FIVE_YEAR_LAUNCH, FIVE_YEAR_TARGETS[-1] + 1)
    stocks = grid(
        prospects.rows(STOCKS_5, country),
        STOCKS_5,
        [("year", [FIVE_YEAR_LAUNCH, *FIVE_YEAR_TARGETS]), ("sex", SEXES), ("age_start", GROUPS)],
        "pop_july1",
    )
    totals = prospects.rows(TOTALS, country)
    tfr, e0_male, e0_female, srb, net = (
        grid(totals, TOTALS, [("year", years)], column) for column in ("tfr", "e0M", "e0F", "srb", "mig")
    )
    survival = _survival_of_years(_abridged_rates(prospects, country, years), np.stack([e0_male, e0_female], axis=1))
    percent = grid(prospects.rows(FERTILITY_5, country), FERTILITY_5, [("year", years), ("age", FERTILE)], "pasfr_pct")
    fertility = np.zeros((len(years), OPEN_AGE + 1))
    fertility[:, 10:55] = graduate_rates(percent / 100 * tfr[:, None] / 5, list(range(10, 56, 5)))
    moves = _moves_since_launch(prospects, country, years, THOUSAND * net, float(stocks[0].sum()))
    stock = np.concatenate([graduate_counts(stocks[0][:, :-1], GROUPS), stocks[0][:, -1:]], axis=1)
    for place in range(len(years) - 1):
        both = slice(place, place + 2)
        rates = survival[both].mean(axis=0), fertility[both].mean(axis=0)[None], float(srb[both].mean())
        stock = step_year(stock, *rates, moves[both].mean(axis=0)).population
        if years[place + 1] in FIVE_YEAR_TARGETS:
            expected = stocks[1 + FIVE_YEAR_TARGETS.index(years[place + 1])]
            yield from _compared(stock, expected, {"country": name, "year": years[place + 1]})


def _compared(stock: Array, expected: Array, parameters: dict[str, object]) -> Iterator[Check]:
    found = np.add.reduceat(stock, GROUPS, axis=1)
    groups = COMPARED_AGES // 5
    error = 100 * (np.abs(found - expected) / np.maximum(expected, 1.0))[:, :groups]
    total = 100 * abs(found.sum() / expected.sum() - 1)
    yield Check("wpp_five_year_total", SOURCE, "percent", float(total), FIVE_YEAR_TOTAL_BAR, parameters)
    yield Check("wpp_five_year_ages", SOURCE, "percent", float(error.mean()), FIVE_YEAR_MEAN_BAR, parameters)


def _abridged_rates(prospects: Prospects, country: int, years: Sequence[int]) -> Array:
    """Death rates (year, sex, group): China's of the five-year period, else between the decades' ones, on a log scale."""
    if country == CHINA and (prospects.folder / RATES_OF_CHINA).is_file():
        table = prospects.table(RATES_OF_CHINA)
        rows = table.assign(age=table["age"].astype(str).str.rstrip("+"))
        starts = [year - year % 5 for year in years]
        periods = [f"{start}-{start + 5}" for start in sorted(set(starts))]
        index = [("period", periods), ("sex", SEXES), ("age", [str(age) for age in ABRIDGED])]
        by_period = grid(rows, RATES_OF_CHINA, index, "mx")
        return by_period[[sorted(set(starts)).index(start) for start in starts]]
    decades = list(range(FIVE_YEAR_LAUNCH, FIVE_YEAR_TARGETS[-1] + 1, 10))
    cells = [("year", decades), ("sex", SEXES), ("age_start", ABRIDGED)]
    logs = np.log(grid(prospects.rows(RATES_5, country), RATES_5, cells, "mx_abridged"))
    place = (np.asarray(years) - decades[0]) / 10
    low = np.minimum(place.astype(int), len(decades) - 2)
    weight = (place - low)[:, None, None]
    return np.exp((1 - weight) * logs[low] + weight * logs[low + 1])


def _survival_of_years(rates: Array, e0: Array) -> Array:
    """Survival ratios (year, sex, age) of abridged rates (year, sex, group) graduated and brought to `e0` (year, sex)."""
    single = np.concatenate([graduate_rates(rates[..., :-1], ABRIDGED), rates[..., -1:]], axis=-1)
    by_sex = [
        survival_ratios(life_table(scaled_to_e0(single[:, place], sex, e0[:, place]), sex)) for place, sex in enumerate(SEXES)
    ]
    return np.stack(by_sex, axis=1)


def _moves_since_launch(prospects: Prospects, country: int, years: Sequence[int], net: Array, persons: float) -> Array:
    """Net migrants (year, sex, age); years before the first with ages have their total at that year's pattern."""
    rows = prospects.rows(MOVES, country)
    first = int(rows["year"].min())
    known = [year for year in years if year >= first]
    moves = _moves(prospects, country, known, range(OPEN_AGE + 1))
    unknown = net[: len(years) - len(known)]
    share = 100 * float(np.abs(unknown).sum()) / persons
    if share > FIVE_YEAR_MEAN_BAR:
        raise IncompleteError("migration_without_ages", file=MOVES, first=first, share=share, bar=FIVE_YEAR_MEAN_BAR)
    earlier = unknown[:, None, None] * moves[0] / moves[0].sum()
    return np.concatenate([earlier, moves])
