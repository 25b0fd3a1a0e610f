"""What is drawn beside the people: the shares of families, the take-up, and whether standards are raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from popmodel.demography.arrays import Array
from popmodel.forecast.streams import standard_normals
from popmodel.parameters import AssumptionBook
from popmodel.projection import Projection
from popmodel.subsidies.rules import Quantity, standards

# Schemes whose standards are raised together, because one decision sets them.
RAISED_TOGETHER = {
    "rural_family_reward": "rewards",
    "urban_only_child_parents": "rewards",
    "special_support": "special_support",
    "only_child_award": "award",
    "childcare_allowance": "allowance",
}
AMOUNT = {"special_support": "only_child_died", "only_child_award": "monthly_amount"}
ENTERING = ("rural_family_reward", "urban_only_child_parents", "special_support")
CLAIMED = "childcare_allowance"


@dataclass(frozen=True)
class Shocks:
    """Factors beside the central path, by scheme; a scheme that is not named has none.

    share: on the share of each cohort that becomes entitled after the launch, (draw,). take_up: on the take-up, and standard: on
    the amounts, (year, draw), the years being those of `years`.
    """

    years: Sequence[int] = ()
    share: dict[str, Array] = field(default_factory=dict)
    take_up: dict[str, Array] = field(default_factory=dict)
    standard: dict[str, Array] = field(default_factory=dict)

    def share_of(self, scheme: str) -> Quantity:
        return self.share.get(scheme, 1.0)

    def take_up_of(self, scheme: str, year: int) -> Quantity:
        return self._in(self.take_up, scheme, year)

    def standard_of(self, scheme: str, year: int) -> Quantity:
        return self._in(self.standard, scheme, year)

    def _in(self, factors: dict[str, Array], scheme: str, year: int) -> Quantity:
        return np.asarray(factors[scheme][self.years.index(year)]) if scheme in factors and year in self.years else 1.0


def drawn_shocks(projection: Projection) -> Shocks:
    """The shocks of every draw of `projection`, the same for any number of draws and any order of working them out.

    Shares: one factor a scheme, log-normal. Take-up: one normal shift of its logit, so that nobody claims more than there is.
    Standards: in every year after the one they were last checked in, a raise by a fixed factor with a fixed chance, kept for
    good.
    """
    drawn, book = projection.draws, projection.assumptions
    assert drawn is not None, "a projection without draws"
    years, area = list(drawn.years), projection.area.code

    def normals(component: str, of_years: Sequence[int]) -> Array:
        return standard_normals(drawn.seed, area, f"subsidies/{component}", of_years, range(drawn.count))

    spread = book.value("uncertainty.recipient_share")
    share = {scheme: np.exp(spread * normals(f"share/{scheme}", [0])[0]) for scheme in ENTERING}
    shift = book.value("uncertainty.take_up") * normals("take_up", [0])[0]
    level = book.path("subsidies.allowance_take_up", years)[:, None]
    with np.errstate(divide="ignore"):
        shifted = 1 / (1 + np.exp(-(np.log(level) - np.log1p(-level) + shift)))
    take_up = {CLAIMED: np.divide(shifted, level, out=np.ones_like(shifted), where=level > 0)}
    groups = dict.fromkeys(RAISED_TOGETHER.values())
    raised = {group: _raises(book, group, normals(f"raise/{group}", years)) for group in groups}
    size = book.value("uncertainty.standard_raise_size")
    standard = {
        scheme: np.exp(size * np.cumsum(_after_check(scheme, years) * raised[group], axis=0))
        for scheme, group in RAISED_TOGETHER.items()
    }
    return Shocks(years, share, take_up, standard)


def _raises(book: AssumptionBook, group: str, normals: Array) -> Array:
    """Whether the standards of a group are raised, (year, draw)."""
    from scipy.special import ndtr

    chance = book.value(f"uncertainty.standard_raise_{group}")
    return np.asarray(ndtr(normals) < chance, dtype=float)


def _after_check(scheme: str, years: Sequence[int]) -> Array:
    """1 in the years after the one in which the amount in force was last checked, 0 before: until then it is known."""
    checked = standards(scheme)[AMOUNT.get(scheme, "annual_amount")].values[-1].checked.year
    return np.array([float(year > checked) for year in years])[:, None]
