"""When and where to open childcare classes: a mixed-integer programme over draws of demand, solved by HiGHS through scipy.

Sets        i units (townships), t years, s draws of demand.
Data        D[i,t,s] places asked for; K[i,t] places there without the plan; q places a class; G[i,t] classes that kindergartens
            can give up by t; w[t] how many years year t stands for.
Variables   N, C, I, O[i,t] classes built, converted, moved in and moved out; x[i,t] classes of the plan at work (whole numbers).
Objective   min Σ_t w[t] Σ_i f[i,t](x[i,t]) + Σ_t Σ_i (b N + v C + m I)[i,t]
            f[i,t](x) = mean over s of e (K + q x − D)⁺ + u (D − K − q x)⁺, the cost of empty places and of children turned away.
Constraints x[i,t] = x[i,t−1] + N + C + I − O;  Σ_(r≤t) C[i,r] ≤ G[i,t];  Σ_i I = Σ_i O;  O[i,t] ≤ x[i,t−1];
            Σ_i (b N + v C + m I) ≤ B[t];  a Σ_i x ≤ L[t];  Σ_i (K + q x) ≥ P[t];  K + q x ≥ 1 in every unit at the end.
f is convex in x, so it is the largest of its chords between neighbouring whole numbers of classes: the programme is linear, and
exact at the classes it may choose. Source: Birge & Louveaux (2011), Introduction to stochastic programming, section 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array
from popmodel.messages import InputError, Problem, number

Classes = npt.NDArray[np.int64]
_KINDS = ("built", "converted", "moved_in", "moved_out")
GAP = 0.002
SECONDS = 60.0


@dataclass(frozen=True)
class Task:
    """What a plan is made for. demand: places, (unit, year, draw); there: places without the plan, (unit, year).

    convertible: classes that kindergartens can give up by each year, cumulative, (unit, year); class_size: places a class.
    year_weights: how many years each year stands for, (year,): the last also for those after it.
    """

    units: Sequence[str]
    years: Sequence[int]
    demand: Array
    there: Array
    convertible: Array
    class_size: int
    year_weights: Array


@dataclass(frozen=True)
class Costs:
    """Yuan: of an empty place and of a child turned away, a year; of a class built, converted, moved."""

    empty: float
    turned_away: float
    build: float
    convert: float
    move: float


@dataclass(frozen=True)
class Limits:
    """What binds a plan: money for building by year, (year,); carers at work by year, (year,), and how many a class takes;
    places in all that are asked for by year, (year,); whether every unit has at least one service in the last year."""

    budget: Array
    carers: Array
    carers_a_class: float
    least_places: Array
    one_service: bool = True


class Plan(NamedTuple):
    """Classes by unit and year, (unit, year): built, converted, moved in and out, at work; expected cost in yuan, and the bound
    below which no plan can come (equal where it is proved best)."""

    built: Classes
    converted: Classes
    moved_in: Classes
    moved_out: Classes
    at_work: Classes
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """How far from best it can be at most, as a share of its cost."""
        return (self.cost - self.bound) / self.cost if self.cost else 0.0


def phase(task: Task, costs: Costs, limits: Limits, *, gap: float = GAP, seconds: float = SECONDS) -> Plan:
    """The plan of least expected cost, to within `gap`; deterministic for the same task.

    Raises InputError when no plan keeps the limits, saying which of them binds and what would do, and when none is found within
    `seconds`.
    """
    from scipy.optimize import milp

    programme = _Programme(task, costs, limits)
    found = milp(**programme.arguments(), options={"mip_rel_gap": gap, "time_limit": seconds})
    if found.x is None and found.status == 2:
        raise InputError(_binding(task, costs, limits))
    if found.x is None:
        raise InputError([Problem("plan_not_found", {"seconds": f"{seconds:g}"})])
    classes = {kind: programme.classes(found.x, place) for place, kind in enumerate(_KINDS)}
    plan = made(task, costs, **classes)
    return plan._replace(bound=min(float(found.mip_dual_bound) + programme.constant, plan.cost))


def greedy(task: Task, costs: Costs, limits: Limits) -> Plan:
    """A plan by a naive rule: in each year the class that saves most in that year alone, for as long as one saves more than its
    yearly part of the cost and the limits allow. What a planner without a solver does; the measure of what the solver is worth.
    """
    shape = (len(task.units), len(task.years))
    built, converted = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for year in range(shape[1]):
        money = float(limits.budget[year])
        while True:
            at_work = (built + converted).cumsum(axis=1)[:, year]
            if limits.carers_a_class * (at_work.sum() + 1) > limits.carers[year]:
                break
            saved = _this_year(task, costs, year, at_work) - _this_year(task, costs, year, at_work + 1)
            free = converted[:, : year + 1].sum(axis=1) < task.convertible[:, year]
            price = np.where(free, min(costs.convert, costs.build), costs.build)
            worth = np.where(price <= money, saved - price / task.year_weights[year:].sum(), -np.inf)
            unit = int(worth.argmax())
            if worth[unit] <= 0:
                break
            (converted if free[unit] and costs.convert <= costs.build else built)[unit, year] += 1
            money -= float(price[unit])
    nothing = np.zeros(shape, dtype=np.int64)
    return made(task, costs, built, converted, nothing, nothing)


def made(task: Task, costs: Costs, built: Classes, converted: Classes, moved_in: Classes, moved_out: Classes) -> Plan:
    """A plan of these classes, with its expected cost worked out from the draws themselves."""
    at_work = (built + converted + moved_in - moved_out).cumsum(axis=1)
    mismatch = expected_cost(task, costs, at_work) @ task.year_weights
    spent = costs.build * built.sum() + costs.convert * converted.sum() + costs.move * moved_in.sum()
    cost = float(mismatch.sum() + spent)
    return Plan(built, converted, moved_in, moved_out, at_work, cost, cost)


def expected_cost(task: Task, costs: Costs, at_work: Classes) -> Array:
    """Expected yearly cost of empty places and of children turned away with these classes at work, yuan, (unit, year)."""
    return mismatch_cost(task.demand, costs, task.there + task.class_size * at_work)


def mismatch_cost(demand: Array, costs: Costs, places: Array) -> Array:
    """The same for any number of places, the mean over the last axis of `demand`, (…) for demand (…, draw)."""
    over = places[..., None] - demand
    return np.asarray((costs.empty * np.maximum(over, 0) + costs.turned_away * np.maximum(-over, 0)).mean(axis=-1))


def _this_year(task: Task, costs: Costs, year: int, at_work: Classes) -> Array:
    return mismatch_cost(task.demand[:, year], costs, task.there[:, year] + task.class_size * at_work)


class _Programme:
    """The arrays of the programme: variables by kind, unit and year, then x, then the cost z of each unit and year."""

    def __init__(self, task: Task, costs: Costs, limits: Limits, *, elastic: str = "") -> None:
        self._task, self._shape = task, (len(task.units), len(task.years))
        self._cells = self._shape[0] * self._shape[1]
        self._count = (len(_KINDS) + 2) * self._cells + len(task.years) * bool(elastic)
        self._rows: list[tuple[list[int], list[float], float, float]] = []
        self.constant = 0.0
        self._prices = self._priced(costs)
        self._stock()
        self._chords(costs)
        self._limits(costs, limits, elastic)
        if elastic:
            self._prices = np.zeros(self._count)
            self._prices[self._slack(0) :] = 1.0

    def at(self, kind: int, unit: int, year: int) -> int:
        """The place of a variable: kind 0-3 as _KINDS, 4 classes at work, 5 expected cost."""
        return kind * self._cells + unit * self._shape[1] + year

    def classes(self, values: Array, kind: int) -> Classes:
        own = values[kind * self._cells : (kind + 1) * self._cells]
        return np.round(own).astype(np.int64).reshape(self._shape)

    def arguments(self) -> dict[str, object]:
        """What scipy.optimize.milp takes."""
        from scipy.optimize import Bounds, LinearConstraint
        from scipy.sparse import csr_array

        lengths = [len(places) for places, *_ in self._rows]
        columns = np.concatenate([places for places, *_ in self._rows])
        values = np.concatenate([values for _, values, *_ in self._rows])
        matrix = csr_array((values, columns, np.r_[0, np.cumsum(lengths)]), shape=(len(self._rows), self._count))
        low, high = (np.array([row[place] for row in self._rows]) for place in (2, 3))
        whole = np.r_[np.ones(4 * self._cells), np.zeros(self._count - 4 * self._cells)]  # x is whole where these are
        return {
            "c": self._prices,
            "constraints": LinearConstraint(matrix, low, high),
            "bounds": Bounds(0, np.inf),
            "integrality": whole,
        }

    def _priced(self, costs: Costs) -> Array:
        prices = np.zeros(self._count)
        for kind, price in enumerate((costs.build, costs.convert, costs.move, 0.0)):
            prices[kind * self._cells : (kind + 1) * self._cells] = price
        prices[5 * self._cells : 6 * self._cells] = np.tile(self._task.year_weights, self._shape[0])
        return prices

    def _row(self, places: Sequence[int], values: Sequence[float], low: float, high: float) -> None:
        self._rows.append((list(places), list(values), low, high))

    def _stock(self) -> None:
        """x follows from what is opened and moved; what is moved out was there, and goes to another unit."""
        units, years = self._shape
        for unit in range(units):
            for year in range(years):
                now = [self.at(kind, unit, year) for kind in range(5)]
                before = [self.at(4, unit, year - 1)] if year else []
                self._row([*now, *before], [1, 1, 1, -1, -1, *([1] if year else [])], 0, 0)
                self._row([self.at(3, unit, year), *before], [1, *([-1] if year else [])], -np.inf, 0)
                given = [self.at(1, unit, then) for then in range(year + 1)]
                self._row(given, [1] * len(given), -np.inf, float(np.floor(self._task.convertible[unit, year])))
        for year in range(years):
            moves = [self.at(kind, unit, year) for kind in (2, 3) for unit in range(units)]
            self._row(moves, [1] * units + [-1] * units, 0, 0)

    def _chords(self, costs: Costs) -> None:
        """z is at least every chord of the expected cost between neighbouring numbers of classes."""
        task = self._task
        most = np.ceil(np.maximum(task.demand.max(axis=-1) - task.there, 0).max() / task.class_size) + 1
        steps = np.arange(int(most) + 1)
        places = task.there[..., None] + task.class_size * steps
        cost = np.stack([mismatch_cost(task.demand, costs, places[..., step]) for step in steps], axis=-1)
        slope = np.diff(cost, axis=-1)
        for unit in range(self._shape[0]):
            for year in range(self._shape[1]):
                for step in _bends(slope[unit, year]):
                    start = cost[unit, year, step] - slope[unit, year, step] * step
                    self._row([self.at(5, unit, year), self.at(4, unit, year)], [1, -slope[unit, year, step]], start, np.inf)

    def _limits(self, costs: Costs, limits: Limits, elastic: str) -> None:
        units, years = self._shape
        task = self._task
        for year in range(years):
            spent = [self.at(kind, unit, year) for kind in range(3) for unit in range(units)]
            prices = [costs.build] * units + [costs.convert] * units + [costs.move] * units
            work = [self.at(4, unit, year) for unit in range(units)]
            self._limit(spent, prices, float(limits.budget[year]), year, elastic == "budget")
            self._limit(work, [limits.carers_a_class] * units, float(limits.carers[year]), year, elastic == "carers")
            wanted = float(limits.least_places[year]) - float(task.there[:, year].sum())
            if wanted > 0:
                self._limit(work, [-task.class_size] * units, -wanted, year, elastic == "places")
        if limits.one_service:
            for unit in np.flatnonzero(task.there[:, -1] < 1):
                self._row([self.at(4, int(unit), years - 1)], [1], 1, np.inf)

    def _limit(self, places: list[int], values: Sequence[float], high: float, year: int, slack: bool) -> None:
        """At most `high`, or as much more as the slack of the year, whose sum is then what is minimised."""
        if slack:
            self._row([*places, self._slack(year)], [*values, -1], -np.inf, high)
        else:
            self._row(places, values, -np.inf, high)

    def _slack(self, year: int) -> int:
        return 6 * self._cells + year


def _bends(slope: Array) -> npt.NDArray[np.int64]:
    """Where a convex cost bends: the first of every run of equal slopes."""
    return np.flatnonzero(np.r_[True, np.abs(np.diff(slope)) > 1e-9 * np.maximum(np.abs(slope[1:]), 1.0)])


def _binding(task: Task, costs: Costs, limits: Limits) -> list[Problem]:
    """Which limit has to give way for there to be a plan, by how much and when; each by itself, or none alone."""
    from scipy.optimize import milp

    problems = []
    for name in ("budget", "carers", "places"):
        programme = _Programme(task, costs, limits, elastic=name)
        found = milp(**programme.arguments(), options={"mip_rel_gap": 0.0, "time_limit": SECONDS})
        if found.x is not None:
            short = {year: value for year, value in zip(task.years, found.x[programme._slack(0) :], strict=True) if value > 1e-6}
            told = ", ".join(f"{year}: {number(float(np.ceil(value)))}" for year, value in short.items())
            problems.append(Problem(f"plan_limit_{name}", {"short": told}))
    return problems or [Problem("plan_limits_together")]
