"""Births of a year nowcast from what was registered in part of it: how far the registrations move what the model expects.

Registrations are no births: a stated error of coverage, of season and of counting says how much they may weigh.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.areas import Area
from popmodel.areas.facts import as_date
from popmodel.demography import checked_counts
from popmodel.demography.arrays import Array
from popmodel.demography.checks import checked_above_zero, checked_between, checked_shape, checked_whole
from popmodel.messages import InputError, Problem, number
from popmodel.parameters import AssumptionBook

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# Registrations this many times more, or fewer, than expected, and this many standard deviations away, are a slip of the pen.
_FAR_OFF = 3.0
# A standard deviation above this, a factor of seven either way, is no knowledge any more.
_LARGEST_LOG_SD = 2.0
# Of a Poisson variance: what is left of the counting error where every birth of the year should be in the count.
_LEAST_NOISE = 0.01
_NODES = 2_001


@dataclass(frozen=True)
class Counted:
    """`count` registrations from `first` to `last`, both days included."""

    first: dt.date
    last: dt.date
    count: float


@dataclass(frozen=True)
class RegistrationModel:
    """How registrations follow the births of their year.

    per_birth: registrations for each birth, log_sd: standard deviation of its logarithm; months: share of a year's registrations
    by month (12,), even within a month; season_sd: standard deviation of the two coefficients of a yearly wave on top of them;
    dispersion: variance of a count over that of a Poisson count.
    """

    per_birth: float
    log_sd: float
    months: Array
    season_sd: float
    dispersion: float

    def __post_init__(self) -> None:
        checked_above_zero([self.per_birth, self.dispersion], "registration_model")
        checked_above_zero(checked_shape(np.asarray(self.months, dtype=float), (12,), same=1), "registration_model")
        checked_between([self.log_sd, self.season_sd], "log_sd", 0.0, _LARGEST_LOG_SD)

    @classmethod
    def from_book(cls, book: AssumptionBook) -> RegistrationModel:
        """The entries `nowcast.*` of an assumption book."""
        shares = book.shares("nowcast.month_shares")
        return cls(
            per_birth=float(book.value("nowcast.registrations_per_birth")),
            log_sd=float(book.value("nowcast.registrations_log_sd")),
            months=np.array([shares[month] for month in MONTHS]),
            season_sd=float(book.value("nowcast.season_sd")),
            dispersion=float(book.value("nowcast.dispersion")),
        )


@dataclass(frozen=True)
class Nowcast:
    """What the registrations of `year` say of its births.

    expected, expected_log_sd: the births the model expected (median) and its error; counted, share: registrations, and the
    part of the year's that falls on their days; full_year: the births these registrations alone would mean; log_factor_mean,
    log_factor_sd: births over expected, afterwards; weight: the part of the expected variance that the registrations took away;
    disagreement: of registrations and model, in standard deviations of what was to be expected of the two.
    """

    year: int
    expected: float
    expected_log_sd: float
    counted: float
    share: float
    full_year: float
    log_factor_mean: float
    log_factor_sd: float
    weight: float
    disagreement: float

    @property
    def births(self) -> float:
        """The median of the year's births."""
        return self.expected * math.exp(self.log_factor_mean)

    def interval(self, level: float = 0.8) -> tuple[float, float]:
        """The births between which the year's lie with probability `level`."""
        reach = NormalDist().inv_cdf((1 + level) / 2) * self.log_factor_sd
        return self.births * math.exp(-reach), self.births * math.exp(reach)


class Reading(NamedTuple):
    """What counts of part of a year say of ζ, the logarithm of the registrations they mean over those expected until then.

    counted, share, full_year, disagreement: as in `Nowcast`; before: the variance of ζ that was expected; mean, after: its mean
    and variance with the counts.
    """

    counted: float
    share: float
    full_year: float
    disagreement: float
    before: float
    mean: float
    after: float


class _Step(NamedTuple):
    """How draws of the own errors follow a count: by `step` (year,) times what those of the years at `places` have of `read`."""

    places: list[int]
    read: Array
    step: Array


@dataclass(frozen=True)
class BirthErrors:
    """Errors of the births expected of `years`, on the log scale and jointly normal, drawn together count by count.

    mean (2n + 1,), covariance (2n + 1, 2n + 1): the area's own error of each year, which is what a nowcast is after, then the
    province's of each year and that of the births to mothers living away, which stand between the own error and a count.
    """

    years: tuple[int, ...]
    mean: Array
    covariance: Array
    _steps: tuple[_Step, ...] = ()

    @classmethod
    def expected(
        cls, years: Sequence[int], own: Array, persistence: float, province: Array | None = None, away: float = 0.0
    ) -> BirthErrors:
        """The errors before any count. own, province: standard deviations (year,); away: that of births to mothers away.

        The own ones are autoregressive of order 1, `persistence` being left a year later, the province's a random walk.
        """
        own = checked_between(own, "log_sd", 0.0, _LARGEST_LOG_SD)
        walk = checked_between(np.zeros(len(own)) if province is None else province, "log_sd", 0.0, _LARGEST_LOG_SD)
        checked_between([away], "log_sd", 0.0, _LARGEST_LOG_SD)
        count, at = len(own), np.asarray(years)
        covariance = np.zeros((2 * count + 1, 2 * count + 1))
        kept = float(persistence) ** np.abs(np.subtract.outer(at, at))
        covariance[:count, :count] = kept * np.minimum.outer(own, own) ** 2
        covariance[count:-1, count:-1] = np.minimum.outer(walk, walk) ** 2
        covariance[-1, -1] = away**2
        return cls(tuple(years), np.zeros(len(covariance)), covariance)

    def log_factor(self, year: int) -> tuple[float, float]:
        """Mean and standard deviation of the own error of a year: ln of its births over those expected."""
        place = self.years.index(year)
        return float(self.mean[place]), math.sqrt(max(float(self.covariance[place, place]), 0.0))

    def read(self, year: int, counted: Iterable[Counted], expected: float, model: RegistrationModel, *, away: bool) -> Reading:
        """What counts of `year` say, given the births `expected` (median) before any count.

        away: whether those of mothers living away are among them. With η the errors between expected and true births, of
        variance v, ln(registrations per birth) ~ N(ln c, τ²) and a share P ± κ P of the year on the days counted, the count has
        mean expected · c · P · exp(ζ), ζ ~ N(E η, v + τ² + κ²), and about it the variance of a Poisson count times dispersion ·
        (1 − c P): births of the year already counted leave nothing to chance. Quasi-likelihood (McCullagh & Nelder 1989, chapter
        9); ζ is integrated numerically. Raises InputError for days outside the year or counted twice, and for counts that can
        only be a slip.
        """
        checked_above_zero(checked_shape(np.asarray(expected, dtype=float), ()), "births")
        intervals = _checked(year, counted)
        count, share = float(sum(one.count for one in intervals)), share_of_year(year, intervals, model.months)
        seen = self._seen(year, away=away)
        season = _season_sd(year, intervals, model.season_sd) / share
        before = float(self.covariance[np.ix_(seen, seen)].sum()) + model.log_sd**2 + season**2
        births = expected * math.exp(float(self.mean[seen].sum()))
        mean, full_year = births * model.per_birth * share, count / (share * model.per_birth)
        dispersion = model.dispersion * max(1 - share * model.per_birth, _LEAST_NOISE)
        # Half a birth on either side keeps the logarithm of a count of zero finite.
        gap = math.log((count + 0.5) / (mean + 0.5))
        disagreement = gap / math.sqrt(before + dispersion / (min(count, mean) + 0.5))
        if abs(gap) > math.log(_FAR_OFF) and abs(disagreement) > _FAR_OFF:
            given = {"year": year, "found": number(count), "full_year": number(full_year), "expected": number(births)}
            raise InputError([Problem("registrations_far_off", given)])
        centre, left = _posterior(count, mean, dispersion, before) if before > 0 else (0.0, 0.0)
        return Reading(count, share, full_year, disagreement, before, centre, left)

    def after(self, year: int, reading: Reading, *, away: bool) -> BirthErrors:
        """The errors given a reading of the counts of `year`: each moves, and is drawn together, by its part of ζ."""
        if reading.before <= 0:
            return self
        gain = self.covariance[:, self._seen(year, away=away)].sum(axis=1) / reading.before
        learnt = reading.before - reading.after
        # The own part of the gain is a mixture of what goes with the errors of the years counted so far, and of no others.
        places = sorted({self.years.index(year), *(place for step in self._steps for place in step.places)})
        own = gain[: len(self.years)]
        read = np.linalg.pinv(self.covariance[np.ix_(places, places)], hermitian=True) @ own[places]
        along = float(own[places] @ read)
        reach = (1 - math.sqrt(max(1 - along * learnt, 0.0))) / along if along > 0 else 0.0
        return BirthErrors(
            self.years,
            self.mean + gain * reading.mean,
            self.covariance - np.outer(gain, gain) * learnt,
            (*self._steps, _Step(places, read, reach * own)),
        )

    def drawn(self, errors: Array) -> Array:
        """Draws of the own errors (year, draw) as expected before any count, drawn together about 0 by what the counts know.

        No new random numbers, and each draw by itself: of covariance as before, they come to have the covariance afterwards.
        """
        for places, read, step in self._steps:
            errors = errors - step[:, None] * (read[:, None] * errors[places]).sum(axis=0)
        return np.asarray(errors)

    def _seen(self, year: int, *, away: bool) -> list[int]:
        """The places of the errors that lie between the births expected of a year and those that are counted."""
        count, place = len(self.years), self.years.index(year)
        return [place, count + place, *([2 * count] if away else [])]


def nowcast(year: int, expected: float, before: BirthErrors, reading: Reading, after: BirthErrors) -> Nowcast:
    """What one reading of the counts of `year` came to, beside the errors `before` and `after` it; expected: before any count."""
    (mean, spread), (mean_after, left) = before.log_factor(year), after.log_factor(year)
    return Nowcast(
        year=year,
        expected=expected * math.exp(mean),
        expected_log_sd=spread,
        counted=reading.counted,
        share=reading.share,
        full_year=reading.full_year,
        log_factor_mean=mean_after - mean,
        log_factor_sd=left,
        weight=1 - (left / spread) ** 2 if spread > 0 else 0.0,
        disagreement=reading.disagreement,
    )


def births_nowcast(
    year: int,
    counted: Iterable[Counted],
    expected: float,
    expected_log_sd: float,
    model: RegistrationModel,
    *,
    other_log_sd: float = 0.0,
) -> Nowcast:
    """The births of `year` after its registrations; without any, what was expected. Raises as `BirthErrors.read`.

    expected: births (median) by the model, expected_log_sd: standard deviation of their logarithm; other_log_sd: the same of
    whatever else lies between these births and the counts, such as late ones completed by `completed_counts`.

    >>> even = RegistrationModel(1.0, 0.25, np.full(12, 1 / 12), 0.1, 2.0)
    >>> found = births_nowcast(2023, [Counted(dt.date(2023, 1, 1), dt.date(2023, 12, 20), 5624)], 4939, 0.15, even)
    >>> round(found.births), round(found.weight, 2)
    (5152, 0.26)
    """
    checked_above_zero(checked_shape(np.asarray(expected, dtype=float), ()), "births")
    before = BirthErrors.expected([year], np.array([expected_log_sd]), 1.0, away=other_log_sd)
    intervals = list(counted)
    if not intervals:
        return Nowcast(year, expected, expected_log_sd, 0.0, 0.0, math.nan, 0.0, expected_log_sd, 0.0, 0.0)
    reading = before.read(year, intervals, expected, model, away=True)
    return nowcast(year, expected, before, reading, before.after(year, reading, away=True))


def registrations(area: Area, year: int) -> list[Counted]:
    """The registrations of the area's pack that touch `year`, all orders together, earliest first."""
    table = area.tables.get("birth_registrations")
    if table is None:
        return []
    sums: dict[tuple[dt.date, dt.date], float] = {}
    for first, last, count in zip(table["from_date"], table["to_date"], table["registrations"], strict=True):
        days = (as_date(first), as_date(last))
        if days[0].year <= year <= days[1].year:
            sums[days] = sums.get(days, 0.0) + float(count)
    return [Counted(*days, count) for days, count in sorted(sums.items())]


def last_registered_year(area: Area, not_after: int) -> int | None:
    """The last year up to `not_after` that the pack has registrations of; None when it has none.

    Only this one enters a launch: whatever makes registrations differ from births is much the same in the years before, so
    that they add little to it.
    """
    table = area.tables.get("birth_registrations")
    years = [] if table is None else [as_date(last).year for last in table["to_date"]]
    return max((year for year in years if year <= not_after), default=None)


def share_of_year(year: int, intervals: Iterable[Counted], months: npt.ArrayLike) -> float:
    """The part of `year` on the days of `intervals`; months: shares by month (12,), even within each.

    >>> share_of_year(2023, [Counted(dt.date(2023, 1, 1), dt.date(2023, 2, 14), 0)], np.full(12, 1 / 12))
    0.125
    """
    shares = np.asarray(months, dtype=float)
    starts = [dt.date(year, month, 1).toordinal() for month in range(1, 13)] + [dt.date(year + 1, 1, 1).toordinal()]
    passed = np.concatenate([[0.0], np.cumsum(shares / shares.sum())])
    ends = [(one.first.toordinal(), one.last.toordinal() + 1) for one in intervals]
    return float(sum(np.interp(last, starts, passed) - np.interp(first, starts, passed) for first, last in ends))


def _checked(year: int, counted: Iterable[Counted]) -> list[Counted]:
    """The intervals by their first day; all of them within the year, none on the days of another."""
    checked_whole(year, "year", dt.MINYEAR, dt.MAXYEAR - 1)
    intervals = sorted(counted, key=lambda one: (one.first, one.last))
    if intervals:
        checked_counts([one.count for one in intervals])
    problems, reached = [], dt.date.min
    for one in intervals:
        days = {"first": one.first.isoformat(), "last": one.last.isoformat()}
        if one.first > one.last:
            problems.append(Problem("dates_reversed", days))
        elif not one.first.year == one.last.year == year:
            problems.append(Problem("registrations_cross_year", {**days, "year": year}))
        if one.first <= reached:
            problems.append(Problem("registrations_overlap", {**days, "before": reached.isoformat()}))
        reached = max(reached, one.last)
    if problems:
        raise InputError(problems)
    return intervals


def _season_sd(year: int, intervals: Iterable[Counted], season_sd: float) -> float:
    """Standard deviation of the share of `intervals` when the year is even but for A cos 2πt + B sin 2πt.

    A, B ~ N(0, season_sd²), independent: no time of the year is preferred. For one interval of length d, season_sd sin(πd) / π.
    """
    start = dt.date(year, 1, 1).toordinal()
    days = dt.date(year + 1, 1, 1).toordinal() - start
    wave = sum(
        np.exp(2j * np.pi * (one.last.toordinal() + 1 - start) / days)
        - np.exp(2j * np.pi * (one.first.toordinal() - start) / days)
        for one in intervals
    )
    return season_sd * abs(complex(wave)) / (2 * math.pi)


def _posterior(count: float, mean: float, dispersion: float, variance: float) -> tuple[float, float]:
    """Mean and variance of ζ ~ N(0, variance), after a count of mean · exp(ζ) with `dispersion` times a Poisson's variance."""
    mode = 0.0 if count == 0 else float(np.clip(math.log(count / mean), -8 * math.sqrt(variance), 8 * math.sqrt(variance)))
    for _ in range(200):
        rate = mean * math.exp(mode)
        step = ((count - rate) / dispersion - mode / variance) / (rate / dispersion + 1 / variance)
        mode += min(max(step, -1.0), 1.0)
        if abs(step) < 1e-12:
            break
    narrow = 1 / math.sqrt(mean * math.exp(mode) / dispersion + 1 / variance)
    # Nodes dense about the mode and out to eight standard deviations of what was expected on either side.
    reach = np.linspace(-1, 1, _NODES) * math.asinh(8 * math.sqrt(variance) / narrow)
    zeta = mode + narrow * np.sinh(reach)
    log_density = (count * zeta - mean * np.exp(zeta)) / dispersion - zeta**2 / (2 * variance)
    density = np.exp(log_density - log_density.max()) * np.cosh(reach)
    density /= density.sum()
    centre = float(density @ zeta)
    return centre, float(density @ (zeta - centre) ** 2)
