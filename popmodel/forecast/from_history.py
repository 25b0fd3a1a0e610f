"""Rates, and how far they stray, of a set of areas from their past populations by age alone: what the set's forecast starts from.

The set together is the *region*; an area has the region's rates and a difference of its own. Births, deaths and moves need not be
known: cohorts show them. Every number that is not estimated from a history stands at the top and was chosen once, for all sets.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from popmodel.demography import FEMALE, MALE, graduate_counts, rogers_castro, split_open_group
from popmodel.demography.arrays import Array
from popmodel.demography.rogers_castro import RogersCastro
from popmodel.forecast.history import History, IntArray

OPEN_AGE = 100
AGES = np.arange(OPEN_AGE + 1)

# CHOSEN ONCE, FOR ALL SETS: round values, tried by hand on the regions of Finland and the districts of Bavaria, launched from
# many years. Errors are flat around each: over a grid that halves and nearly doubles the first four, the errors at 5 and 10 years
# stay below the best simple method's, and what one set prefers costs the other little (docs/methods.md, "Areas together").
MIGRATION_YEARS = 15  # net migration goes on at the mean of as many last years, or of those there are …
LOCAL_DAMPING = 0.9  # … and a year later this is left of what an area has beside the region's
TREND_YEARS = 3  # the region's fertility goes on changing as in the mean of as many last years …
TREND_DAMPING = 0.8  # … and a year later this is left of the change
OLD, OLD_YEARS = 65, 8  # from this age on "migration" is mostly the area's own mortality: a mean of fewer years, never damped
MORTALITY_DECLINE = 0.015  # a year, at every age, before the launch and after it
JUMP, LEAST_JUMP = 4.0, 0.002  # a year so many robust deviations from an area's median, as a census leaves it, is in no mean
LOCAL_HALF = 500.0  # person-years at which an area's own migration at an age counts as much as the region's

# Variances a year of the levels of fertility (logarithm), the region's and an area's beside it; what an area's is before anything
# is known of it; of the region's trend; of infants that have to be found inside a wider group.
REGION_FERTILITY_STEP, LOCAL_FERTILITY_STEP = 0.03**2, 0.018**2
LOCAL_FERTILITY_START, TREND_VARIANCE, UNSEEN_INFANTS = 0.15**2, 0.02**2, 0.02**2
# Variance of an area's infants beside the chance in births, as a multiple of it: they move with their parents.
INFANT_CHANCE = 1.0
# Relative standard deviations, for following cohorts through wide groups: births of a year, a cohort whose size inside its group
# is not known, one whose size is, and the people of a group by a year's migration.
BIRTHS, UNKNOWN_COHORT, KNOWN_COHORT, MOVED = 0.05, 0.04, 0.002, 0.01
# Moves and deaths, a person and year, whose chance adds to the spread of migration in a small area.
EVENTS = 0.06
# Standard deviations a year of the index of mortality (logarithm): steps of the region's and of an area's own random walk, and
# the error of the decline.
MORTALITY_STEP, LOCAL_MORTALITY_STEP, MORTALITY_DECLINE_ERROR = 0.03, 0.015, 0.01

# Standards, of which only the level is estimated: a Gompertz hazard by age at the year's end, of males and females; births by age
# of mother; ages of those who move (Rogers & Castro 1981, the mean of many schedules, with a floor); boys at birth.
GOMPERTZ_SLOPE, HAZARD_AT_80, LEAST_HAZARD = 0.115, (0.075, 0.050), 0.0002
HAZARD_AGES, HAZARD_LEVELS = (66, 95), (0.4, 2.5)  # where the level is estimated, and its bounds
CHILDBEARING = np.where((AGES >= 15) & (AGES < 50), np.exp(-0.5 * ((AGES + 0.5 - 30.0) / 5.5) ** 2), 0.0)
CHILDBEARING /= CHILDBEARING.sum()
MOVERS = rogers_castro(AGES, RogersCastro(0.02, 0.10, 0.06, 0.10, 20.0, 0.40, 0.003))
BOYS, BOYS_INFANTS = 0.512, 20_000.0  # the second: infants that the standard counts for


class Spread(NamedTuple):
    """How a rate strays from its expected path: a shock of its own each year, and a lasting one that fades by `persistence`.

    yearly, lasting: standard deviations a year, of the shock itself and of what is added to the lasting shock.
    """

    yearly: float
    lasting: float
    persistence: float

    def cumulated(self, horizons: IntArray) -> Array:
        """Variance of the sum of the rate's deviations over `horizons` years, (horizon,)."""
        return self.yearly**2 * horizons + self.lasting**2 * cumulated_lasting(self.persistence, horizons)


# What is believed of spreads before a history is seen, and how many independent windows of each length that counts for.
REGION_FERTILITY = Spread(yearly=0.026, lasting=0.015, persistence=0.8)
REGION_MIGRATION = Spread(yearly=0.0025, lasting=0.0026, persistence=0.8)
LOCAL_MIGRATION = Spread(yearly=0.0035, lasting=0.0020, persistence=0.8)
PRIOR_WINDOWS = 4.0
# Past forecasts are made up to so many years ahead, from not fewer years of migration.
LONGEST_WINDOW, LEAST_PAST = 10, 5
# Areas that count as independent in the spread they share; years that the shared spread counts for in an area's own; its bounds.
INDEPENDENT_AREAS, SHARED_YEARS, SCALES = 10, 10.0, (0.5, 2.5)


class Rates(NamedTuple):
    """Rates and spreads of a set of areas at its launch; ages are those at a year's end, 0 … OPEN_AGE, open.

    start: persons, (area, sex, age). hazard: −log of the share that survives a year (sex, age), at the launch.
    region_growth, local_growth: net migrants as a share of survivors, the region's (sex, age) and what an area's adds to it
    (area, sex, age). level, trend: log of the region's infants at a year's end per woman-year weighted by CHILDBEARING, and its
    last change a year. own_level, own_level_variance: log of an area's level over the region's, (area,). boys: share of infants.
    region_fertility, region_migration, local_migration: spreads; scale: factor (area,) on the last of an area.
    """

    start: Array
    hazard: Array
    region_growth: Array
    local_growth: Array
    level: float
    trend: float
    own_level: Array
    own_level_variance: Array
    boys: float
    region_fertility: Spread
    region_migration: Spread
    local_migration: Spread
    scale: Array


def rates_of(history: History) -> Rates:
    """The rates of the areas of `history` at its launch, from their populations by age alone.

    Areas must be there at the launch; in earlier years they may be missing (NaN), and then count in no rate of those years.
    Raises ValueError when an area is not there at the launch.
    Source: Hamilton & Perry (1962), cohort changes; Smith, Tayman & Swanson (2013), ch. 6, 7, 10: shrinking, damping, control.
    """
    singles = followed_ages(history)
    if np.isnan(singles[:, -1]).any():
        raise ValueError("every area must be there at the launch")
    hazard = _hazard(singles)
    lags = np.arange(singles.shape[1] - 1)[::-1]
    survivors = aged(singles[:, :-1], hazard * np.exp(MORTALITY_DECLINE * lags)[:, None, None])
    there = ~(np.isnan(survivors) | np.isnan(singles[:, 1:]))
    before, after = np.where(there, survivors, 0.0), np.where(there, singles[:, 1:], 0.0)
    moved, people = (after - before)[..., 1:].sum(axis=(2, 3)), np.where(there, singles[:, :-1], 0.0).sum(axis=(2, 3))
    usual = usual_years(_ratio(moved, people, np.nan))[:, :, None, None]
    region_growth, local_growth = _growth(before * usual, after * usual)
    fertility = _fertility(singles, infants_seen=1 in history.age_lo)
    region_migration, local_migration, scale = _migration_spreads(moved, people)
    return Rates(
        start=singles[:, -1],
        hazard=hazard,
        region_growth=region_growth,
        local_growth=local_growth,
        level=fertility.level,
        trend=fertility.trend,
        own_level=fertility.own_level,
        own_level_variance=fertility.own_level_variance,
        boys=_boys(singles),
        region_fertility=fertility.spread,
        region_migration=region_migration,
        local_migration=local_migration,
        scale=scale,
    )


def followed_ages(history: History) -> Array:
    """Persons by single age 0 … OPEN_AGE, (area, year, sex, age), whose groups add to those of the history.

    In an area's first year groups are graduated; later the people of the year before, a year older, and expected infants are
    brought to each group's total, so that cohorts keep their size while they cross a group.
    """
    lows = history.age_lo[history.age_lo <= OPEN_AGE]
    groups = history.population[..., : len(lows)].copy()
    groups[..., -1] = history.population[..., len(lows) - 1 :].sum(axis=-1)
    if len(lows) == OPEN_AGE + 1:
        return groups
    singles = np.full((*groups.shape[:-1], OPEN_AGE + 1), np.nan)
    hazard = _standard_hazard()
    for year in range(groups.shape[1]):
        now = ~np.isnan(groups[:, year]).any(axis=(1, 2))
        known = now & ~np.isnan(singles[:, year - 1]).any(axis=(1, 2)) if year else np.zeros_like(now)
        first = now & ~known
        if first.any():
            singles[first, year] = _graduated(groups[first, year], lows, hazard)
        if known.any():
            singles[known, year] = _a_year_on(singles[known, year - 1], groups[known, year], lows, hazard)
    return singles


def aged(population: Array, hazard: Array) -> Array:
    """Survivors of `population` (…, sex, age) a year later, before infants and migrants; `hazard` by age at that year's end."""
    alive = np.zeros_like(population)
    alive[..., 1:] = population[..., :-1]
    alive[..., -1] += population[..., -1]
    return alive * np.exp(-hazard)


def cumulated_lasting(persistence: float, horizons: IntArray) -> Array:
    """Variance of the sum, over `horizons` years, of an autoregression of unit innovations that starts at nothing, (horizon,).

    >>> cumulated_lasting(0.5, np.array([1, 2])).tolist()
    [1.0, 3.25]
    """
    reach = np.cumsum(persistence ** np.arange(int(horizons.max())))
    return np.cumsum(reach**2)[horizons - 1]


def fitted_spread(squares: Array, windows: Array, prior: Spread) -> Spread:
    """The spread under which mean squares of cumulated errors are likeliest, with the prior's as further windows.

    squares, windows: (length,) for lengths 1, 2 …: the mean square of past errors over as many years, and how many independent
    windows it is the mean of. Source: profile likelihood of a gamma variance; the prior is conjugate.
    """
    horizons = np.arange(1, len(squares) + 1)
    weights = windows + PRIOR_WINDOWS
    wanted = (windows * np.where(windows > 0, squares, 0.0) + PRIOR_WINDOWS * prior.cumulated(horizons)) / weights
    shares = np.linspace(0.0, 1.0, 51)[:, None]  # of the lasting part in the variance of the first year
    shapes = (1 - shares) * horizons + shares * cumulated_lasting(prior.persistence, horizons)
    scales = (weights * wanted / shapes).sum(axis=1) / weights.sum()
    misfit = (weights * np.log(scales[:, None] * shapes)).sum(axis=1)
    best = int(misfit.argmin())
    yearly, lasting = np.sqrt(scales[best] * np.array([1 - shares[best, 0], shares[best, 0]]))
    return Spread(float(yearly), float(lasting), prior.persistence)


def _standard_hazard() -> Array:
    shape = np.exp(GOMPERTZ_SLOPE * (AGES - 80.0))
    return np.maximum(np.outer(HAZARD_AT_80, shape), LEAST_HAZARD)


def _hazard(singles: Array) -> Array:
    """Gompertz hazard whose deaths at HAZARD_AGES are those that the region's cohorts lost, at the level of the launch."""
    standard = _standard_hazard()
    ages = slice(*HAZARD_AGES)
    years = min(OLD_YEARS, singles.shape[1] - 1)
    if years == 0:
        return standard
    before, after = singles[:, -years - 1 : -1, :, HAZARD_AGES[0] - 1 : HAZARD_AGES[1] - 1], singles[:, -years:, :, ages]
    there = ~(np.isnan(before) | np.isnan(after))
    lost = np.where(there, before - after, 0.0).sum(axis=(0, 3))
    lags = np.arange(years)[::-1]
    expected = np.where(there, before * (1 - np.exp(-standard[:, ages] * np.exp(MORTALITY_DECLINE * lags)[:, None, None])), 0.0)
    levels = lost / np.maximum(expected.sum(axis=(0, 3)), 1e-9)
    level = np.clip(np.median(levels, axis=0), *HAZARD_LEVELS)
    return np.maximum(standard * level[:, None], LEAST_HAZARD)


def _graduated(groups: Array, lows: IntArray, hazard: Array) -> Array:
    """Single ages of (area, sex, group), the open group by a stationary population."""
    single = graduate_counts(groups, lows.tolist(), open_group=True) if len(lows) > 1 else groups
    lived = np.exp(-np.cumsum(hazard, axis=1))
    lived[:, -1] /= 1 - np.exp(-hazard[:, -1])
    tail = np.stack([split_open_group(groups[:, sex, -1], lived[sex, lows[-1] :]) for sex in (MALE, FEMALE)], axis=1)
    return np.concatenate([single[..., :-1], tail], axis=-1)


def _a_year_on(before: Array, groups: Array, lows: IntArray, hazard: Array) -> Array:
    expected = aged(before, hazard)
    infants = before[..., 0].sum(axis=1) * _ratio(expected[:, FEMALE] @ CHILDBEARING, before[:, FEMALE] @ CHILDBEARING)
    expected[..., 0] = infants[:, None] * [BOYS, 1 - BOYS]
    expected[..., lows] = np.maximum(expected[..., lows] + _entering(expected, groups, lows), expected[..., lows] / 2)
    sums = np.add.reduceat(expected, lows, axis=-1)
    widths = np.diff([*lows, OPEN_AGE + 1])
    even = np.where(sums > 0, 0.0, groups / widths)
    return expected * np.repeat(_ratio(groups, sums), widths, axis=-1) + np.repeat(even, widths, axis=-1)


def _entering(expected: Array, groups: Array, lows: IntArray) -> Array:
    """What the cohorts entering each group are likeliest to have beyond `expected`, (area, sex, group), given the groups' totals.

    An unexpected total is the error of the cohort that entered, less that of the one that left to the next group, and migration:
    least squares weighted by the variances of the three.
    """
    unexpected = groups - np.add.reduceat(expected, lows, axis=-1)
    uncertain = np.where(np.diff(lows, prepend=lows[0]) == 1, KNOWN_COHORT, UNKNOWN_COHORT)
    uncertain[0] = BIRTHS
    flow = np.square(uncertain * expected[..., lows])
    moved = np.square(MOVED * groups) + 1.0
    passing = np.eye(len(lows)) - np.eye(len(lows), k=1)
    spread = (passing * flow[..., None, :]) @ passing.T + moved[..., None] * np.eye(len(lows))
    return flow * (np.linalg.solve(spread, unexpected[..., None])[..., 0] @ passing)


def _growth(before: Array, after: Array) -> tuple[Array, Array]:
    """Net migrants per survivor: the region's (sex, age), and what each area's adds to it (area, sex, age)."""
    parts = []
    for years in (MIGRATION_YEARS, OLD_YEARS):
        survivors, found = before[:, -years:].sum(axis=1), after[:, -years:].sum(axis=1)
        region = _ratio(found.sum(axis=0), survivors.sum(axis=0), 1.0) - 1
        own = np.clip(_ratio(found, survivors, 1.0) - 1, -0.5, 1.0) - region
        parts.append((region, own * survivors / (survivors + LOCAL_HALF)))
    old = AGES >= OLD
    region, own = (np.where(old, late, early) for early, late in zip(*parts, strict=True))
    region[:, 0], own[..., 0] = 0.0, 0.0
    return region, own


def usual_years(rates: Array) -> Array:
    """1 where an area's rate of net migration (area, year) is near its median, 0 where it jumped or is not known (NaN).

    >>> usual_years(np.array([[0.001, 0.002, -0.030, 0.002]])).tolist()
    [[1.0, 1.0, 0.0, 1.0]]
    """
    if rates.shape[1] == 0:
        return np.ones_like(rates)
    seen = np.where(np.isnan(rates).all(axis=1, keepdims=True), 0.0, rates)
    away = np.abs(seen - np.nanmedian(seen, axis=1, keepdims=True))
    deviation = 1.4826 * np.nanmedian(away, axis=1, keepdims=True)  # the standard deviation, were it normal
    away = np.where(np.isnan(rates), np.inf, away)
    return np.where(away <= JUMP * np.maximum(deviation, LEAST_JUMP), 1.0, 0.0)


class _Fertility(NamedTuple):
    level: float
    trend: float
    own_level: Array
    own_level_variance: Array
    spread: Spread


def _fertility(singles: Array, *, infants_seen: bool) -> _Fertility:
    """Levels of fertility from infants and women: random walks seen with the chance in births as noise."""
    infants, women = singles[..., 0].sum(axis=2), singles[:, :, FEMALE] @ CHILDBEARING
    exposed = np.concatenate([women[:, :1], (women[:, 1:] + women[:, :-1]) / 2], axis=1)
    exposed = np.where(np.isnan(exposed), women, exposed)
    there = ~np.isnan(infants)
    infants, exposed = np.where(there, infants, 0.0), np.where(there, exposed, 0.0)
    counted = np.maximum(infants.sum(axis=0), 0.5)
    seen = np.log(counted / np.maximum(exposed.sum(axis=0), 1e-9))
    region = local_levels(seen[None], 1 / counted[None], REGION_FERTILITY_STEP, float(seen[0]), float(1 / counted[0]))[0][0]
    certainty = TREND_VARIANCE / (TREND_VARIANCE + 2 / (TREND_YEARS**2 * counted[-1]))
    expected = np.maximum(exposed * np.exp(seen), 0.5)
    noise = np.where(there, 1 / expected + (0.0 if infants_seen else UNSEEN_INFANTS), np.inf)
    own = np.log(np.maximum(infants, 0.5) / expected)
    own_levels, variance = local_levels(own, noise, LOCAL_FERTILITY_STEP, 0.0, LOCAL_FERTILITY_START)
    return _Fertility(
        level=float(region[-1]),
        trend=float(certainty * np.diff(region)[-TREND_YEARS:].sum() / TREND_YEARS),
        own_level=own_levels[:, -1],
        own_level_variance=variance,
        spread=_region_fertility_spread(seen, region),
    )


def local_levels(values: Array, noise: Array, step: float, start: float, variance: float) -> tuple[Array, Array]:
    """Levels (series, year) as known in each year and the variance of the last, of random walks seen with noise.

    values: (series, year); noise: their variances, infinite where nothing is seen; step: the walk's variance a year; start,
    variance: what is known of a level in the first year, before it is seen. All series at once, the variances being given.
    Source: Kalman filter of the local level model; Durbin & Koopman (2012), Time series analysis by state space methods, 2.2.
    """
    level, uncertain = np.full(len(values), start), np.full(len(values), variance)
    levels = np.empty_like(values)
    for year in range(values.shape[1]):
        uncertain = uncertain + (step if year else 0.0)
        gain = uncertain / (uncertain + noise[:, year])
        level = np.asarray(level + gain * (values[:, year] - level))
        uncertain = (1 - gain) * uncertain
        levels[:, year] = level
    return levels, uncertain


def trend_left(horizons: IntArray) -> Array:
    """Years' worth of the last trend that the region's fertility has gone on by, (horizon,): the sum of a geometric series."""
    return np.asarray(TREND_DAMPING * (1 - TREND_DAMPING**horizons) / (1 - TREND_DAMPING))


def _region_fertility_spread(logs: Array, levels: Array) -> Spread:
    """The spread of the method's own forecasts of the region's level made at every past launch."""
    squares, windows = np.zeros(LONGEST_WINDOW), np.zeros(LONGEST_WINDOW)
    for length in range(1, LONGEST_WINDOW + 1):
        left = float(trend_left(np.array([length]))[0])
        errors = [
            logs[origin + length] - levels[origin] - left * (levels[origin] - levels[origin - TREND_YEARS]) / TREND_YEARS
            for origin in range(TREND_YEARS, len(logs) - length)
        ]
        if errors:
            squares[length - 1], windows[length - 1] = np.mean(np.square(errors)), (len(errors) + length - 1) / length
    return fitted_spread(squares, windows, REGION_FERTILITY)


def _migration_spreads(moved: Array, people: Array) -> tuple[Spread, Spread, Array]:
    """Spreads of the region's and the areas' yearly rates of net migration, and each area's factor on the latter."""
    region = _ratio(moved.sum(axis=0), people.sum(axis=0))
    own = np.where(people > 0, _ratio(moved, people) - region, np.nan)
    of_region = fitted_spread(*_past_errors(region[None], 1.0), REGION_MIGRATION)
    squares, windows = _past_errors(own, LOCAL_DAMPING)
    independent = min(int((~np.isnan(own)).any(axis=1).sum()), INDEPENDENT_AREAS)
    of_areas = fitted_spread(squares, windows * independent, LOCAL_MIGRATION)
    return of_region, of_areas, _scales(own, people, of_areas)


def _past_errors(rates: Array, damping: float) -> tuple[Array, Array]:
    """Mean squares of the errors, cumulated over 1, 2 … years, of past forecasts of `rates` (series, year), and their windows."""
    squares, windows = np.zeros(LONGEST_WINDOW), np.zeros(LONGEST_WINDOW)
    years = rates.shape[1]
    found: list[list[Array]] = [[] for _ in range(LONGEST_WINDOW)]
    for origin in range(LEAST_PAST, years):
        past = rates[:, max(0, origin - MIGRATION_YEARS) : origin]
        counted = (~np.isnan(past)).sum(axis=1)
        mean = np.where(counted >= LEAST_PAST, np.nansum(past, axis=1) / np.maximum(counted, 1), np.nan)
        ahead = np.arange(1, min(LONGEST_WINDOW, years - origin) + 1)
        errors = np.cumsum(rates[:, origin : origin + len(ahead)] - mean[:, None] * damping ** (ahead - 0.5), axis=1)
        for place in range(len(ahead)):
            found[place].append(errors[:, place])
    for place, errors_found in enumerate(found):
        if errors_found:
            every = np.square(np.stack(errors_found))
            if not np.isnan(every).all():
                squares[place] = np.nanmean(every)
                windows[place] = (len(errors_found) + place) / (place + 1)
    return squares, windows


def _scales(own: Array, people: Array, spread: Spread) -> Array:
    """Factor on the areas' spread for each area, from the years it has strayed and the chance in few moves."""
    if own.shape[1] == 0:
        return np.ones(len(own))
    shared = spread.yearly**2 + spread.lasting**2
    chance = EVENTS / np.maximum(people[:, -1], 1.0)
    usual_chance = chance[people[:, -1] > 0].mean() if people[:, -1].any() else 0.0
    expected = shared * (shared + chance) / (shared + usual_chance)
    change = np.square(np.diff(own, axis=1)) / 2
    counted = (~np.isnan(change)).sum(axis=1)
    usual = np.nanmean(change) if counted.any() else 1.0
    relative = np.where(counted > 0, np.nansum(change, axis=1) / max(usual, 1e-12), 0.0)
    factor = (SHARED_YEARS * expected / shared + relative) / (SHARED_YEARS + counted)
    return np.asarray(np.clip(np.sqrt(factor), *SCALES))


def _boys(singles: Array) -> float:
    last = singles[:, -MIGRATION_YEARS:, :, 0]
    boys, girls = np.nansum(last[:, :, MALE]), np.nansum(last[:, :, FEMALE])
    return float((boys + BOYS_INFANTS * BOYS) / (boys + girls + BOYS_INFANTS))


def _ratio(above: Array, below: Array, empty: float = 0.0) -> Array:
    return np.divide(above, below, out=np.full(np.broadcast_shapes(above.shape, below.shape), empty), where=below > 0)
