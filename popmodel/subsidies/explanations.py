"""What a published total can mean: numbers of people by kind and months that the standards turn into exactly that amount.

Only the total and the number of people are published. Which mixes give them is a question in whole numbers, answered exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from math import gcd

import numpy as np
import pandas as pd

from popmodel.messages import text
from popmodel.subsidies.rules import standards
from popmodel.subsidies.rules.spans import monthly_fen
from popmodel.subsidies.rules.special_support import KINDS

CHOICE = "subsidies.special_support_explanation"
CHOICES = ("part_years", "other_supplement", "flat")
_ENDS = ("fewest", "most")
# No supplement a head and year is looked for above this, yuan.
_MOST_YUAN = 100_000


@dataclass(frozen=True)
class Explanation:
    """One way in which the total may have come about.

    possible: whether whole numbers of people and months give it to the fen. mixes: kind → fewest and most people of it that some
    such mix has; example: one mix, people by kind. amount_fen: lowest and highest amount a head, or of a supplement, with `step`
    between the amounts that fit (0: one amount). reason: why it is not possible.
    """

    name: str
    possible: bool
    mixes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    example: Mapping[str, int] = field(default_factory=dict)
    amount_fen: tuple[int, int] | None = None
    step_fen: int = 0
    reason: str = ""

    def title(self, lang: str | None = None) -> str:
        return text(f"subsidies.explanation.{self.name}", lang=lang)


def explanations(recipients: int, amount_fen: int, year: int) -> list[Explanation]:
    """The ways in which `recipients` special support recipients can have been paid `amount_fen` in `year`, possible or not.

    full_years_single, full_years: everybody for twelve months at the national standards, plain or with the province's addition;
    part_years: with it, everybody from one to twelve months; flat: one amount a head; other_supplement: twelve months at the
    national standards and a yearly amount a head on top. Raises InputError for a year outside the standards.
    """
    rule = standards("special_support")
    single = [tuple(monthly_fen(rule[kind], year)) for kind in KINDS]
    added = [1 + rule["provincial_supplement"].at(_new_year(year))] * len(KINDS)
    doubled = [tuple(round(fen * factor) for fen in months) for months, factor in zip(single, added, strict=True)]
    return [
        _full_years("full_years_single", recipients, amount_fen, single),
        _full_years("full_years", recipients, amount_fen, doubled),
        _part_years(recipients, amount_fen, doubled),
        _other_supplement(recipients, amount_fen, single),
        _flat(recipients, amount_fen),
    ]


def explanation_table(recipients: int, amount_fen: int, year: int) -> pd.DataFrame:
    """The explanations as a table, a row each: explanation, possible, amount_low_fen, amount_high_fen, step_fen, <kind>_low,
    <kind>_high for each of KINDS (persons, Int64), reason.
    """
    rows = []
    for one in explanations(recipients, amount_fen, year):
        low, high = one.amount_fen or (None, None)
        row: dict[str, object] = {
            "explanation": one.name,
            "possible": one.possible,
            "amount_low_fen": low,
            "amount_high_fen": high,
        }
        for kind in KINDS:
            row[f"{kind}_low"], row[f"{kind}_high"] = one.mixes.get(kind, (None, None))
        rows.append(row | {"step_fen": one.step_fen, "reason": one.reason})
    frame = pd.DataFrame(rows)
    whole = [name for name in frame if str(name).endswith(("_low", "_high", "_fen"))]
    return frame.astype(dict.fromkeys(whole, "Int64"))


def national_share(recipients: int, amount_fen: int, year: int, choice: str) -> float:
    """The part of what was paid in `year` that is the national base, under a county's `choice` (of CHOICES).

    part_years and flat: what the province's addition leaves; other_supplement: full years of its example mix ÷ the amount.
    """
    supplement = standards("special_support")["provincial_supplement"].at(_new_year(year))
    if choice != "other_supplement":
        return 1 / (1 + supplement)
    found = next(one for one in explanations(recipients, amount_fen, year) if one.name == choice)
    if not found.possible or not amount_fen:
        return 1 / (1 + supplement)
    rule = standards("special_support")
    return sum(people * sum(monthly_fen(rule[kind], year)) for kind, people in found.example.items()) / amount_fen


def possible_amounts(recipients: int, amount_fen: int, months: Sequence[tuple[int, ...]]) -> tuple[int | None, int | None]:
    """The highest amount not above, and the lowest not below `amount_fen` that `recipients` people can be paid.

    months: of each kind of recipient the standard of every month, fen; everybody is of one kind and paid from one to twelve
    months. None where there is no such amount. Equal to `amount_fen` both where that is possible itself.
    """
    if len(months) == 1 and len(set(months[0])) == 1:
        return _whole_months(recipients, amount_fen, months[0][0], len(months[0]))
    return _nearest(recipients, amount_fen, tuple(months), False), _nearest(recipients, amount_fen, tuple(months), True)


def _whole_months(recipients: int, amount_fen: int, fen: int, months: int) -> tuple[int | None, int | None]:
    """The same for one kind and one standard: whole months, at least one for everybody."""
    fewest, most = recipients * fen, recipients * fen * months
    below = min(amount_fen // fen * fen, most)
    above = max(-(-amount_fen // fen) * fen, fewest)
    return below if below >= fewest else None, above if above <= most else None


def _full_years(name: str, recipients: int, amount_fen: int, months: Sequence[tuple[int, ...]]) -> Explanation:
    yearly = [sum(of_kind) for of_kind in months]
    if not min(yearly) * recipients <= amount_fen <= max(yearly) * recipients:
        return Explanation(name, False, reason="bounds", amount_fen=(min(yearly), max(yearly)))
    if amount_fen % gcd(*yearly):
        return Explanation(name, False, reason="divisibility", step_fen=gcd(*yearly))
    return _mixes(name, recipients, amount_fen, [(fen,) for fen in yearly])


def _part_years(recipients: int, amount_fen: int, months: Sequence[tuple[int, ...]]) -> Explanation:
    return _mixes("part_years", recipients, amount_fen, months)


def _other_supplement(recipients: int, amount_fen: int, months: Sequence[tuple[int, ...]]) -> Explanation:
    """Full years at the national standards and whole yuan a head and year on top."""
    yearly = [(sum(of_kind),) for of_kind in months]
    found = _mixes("other_supplement", recipients, amount_fen, yearly, lump=True)
    if not found.possible:
        return found
    ends = [_solution(recipients, amount_fen, tuple(yearly), len(KINDS), end, lump=True) for end in _ENDS]
    low, high = (one[-1] * 100 for one in ends if one is not None)
    # Between two amounts that fit, everybody's difference must be made up by whole steps of the yearly standards.
    common = gcd(*(fen for (fen,) in yearly))
    step = common // gcd(common, recipients * 100) * 100
    return replace(found, amount_fen=(low, high), step_fen=step)


def _flat(recipients: int, amount_fen: int) -> Explanation:
    if recipients and amount_fen % recipients == 0:
        a_head = amount_fen // recipients
        return Explanation("flat", True, amount_fen=(a_head, a_head))
    return Explanation("flat", False, reason="divisibility", step_fen=recipients)


def _mixes(name: str, recipients: int, amount_fen: int, months: Sequence[tuple[int, ...]], *, lump: bool = False) -> Explanation:
    """Which numbers of people by kind give the amount to the fen."""
    example = _solution(recipients, amount_fen, tuple(months), None, "fewest", lump=lump)
    if example is None:
        return Explanation(name, False, reason="no_mix")
    mixes = {}
    for place, kind in enumerate(KINDS):
        ends = [_solution(recipients, amount_fen, tuple(months), place, end, lump=lump) or example for end in _ENDS]
        mixes[kind] = (ends[0][place], ends[1][place])
    return Explanation(name, True, mixes, dict(zip(KINDS, example, strict=False)))


class _Programme:
    """People N of each kind and their months M by standard, whole numbers: Σ N given, N ≤ Σ M, M ≤ N × months at the standard.

    With a lump there is one more unknown, whole yuan that everybody is paid on top; a last one is the largest of the N.
    """

    def __init__(self, recipients: int, months: tuple[tuple[int, ...], ...], *, lump: bool) -> None:
        self.kinds = len(months)
        cells = [(kind, fen, of.count(fen)) for kind, of in enumerate(months) for fen in dict.fromkeys(of)]
        count = self.kinds + len(cells) + 2
        self.fen = np.array([0] * self.kinds + [fen for _, fen, _ in cells] + [recipients * 100 * lump, 0], dtype=object)
        self.lump, self.largest = count - 2, count - 1
        most = [recipients] * self.kinds + [length * recipients for *_, length in cells] + [_MOST_YUAN * lump, recipients]
        self.most = np.array(most, dtype=float)
        self.rows: list[np.ndarray] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.row(dict.fromkeys(range(self.kinds), 1), recipients, recipients)
        for place, (kind, _, length) in enumerate(cells, start=self.kinds):
            self.row({place: 1, kind: -length}, -np.inf, 0)
        for kind in range(self.kinds):
            own = {place: -1 for place, (of, *_) in enumerate(cells, start=self.kinds) if of == kind}
            self.row({kind: 1, **own}, -np.inf, 0)
            self.row({kind: 1, self.largest: -1}, -np.inf, 0)

    def row(self, values: Mapping[int, float], low: float, high: float) -> None:
        line = np.zeros(len(self.most))
        line[list(values)] = list(values.values())
        self.rows.append(line)
        self.low.append(low)
        self.high.append(high)

    def total(self, low: float, high: float) -> None:
        """Bound what is paid in all, fen; in the largest unit of all standards, to keep the numbers small."""
        unit = gcd(*(int(fen) for fen in self.fen if fen))
        self.row({place: int(fen) // unit for place, fen in enumerate(self.fen) if fen}, low / unit, high / unit)

    def solve(self, price: Mapping[int, float]) -> list[int] | None:
        """Whole numbers of least price, None where there are none. HiGHS through scipy."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        weights = np.zeros(len(self.most))
        weights[list(price)] = list(price.values())
        limits = LinearConstraint(np.array(self.rows), self.low, self.high)
        exact = {"mip_rel_gap": 0.0}
        found = milp(weights, constraints=limits, bounds=Bounds(0, self.most), integrality=np.ones(len(self.most)), options=exact)
        return None if found.x is None else [round(value) for value in found.x]

    def paid(self, numbers: Sequence[int]) -> int:
        return sum(int(fen) * number for fen, number in zip(self.fen, numbers, strict=True))


@lru_cache(4096)
def _solution(
    recipients: int, amount_fen: int, months: tuple[tuple[int, ...], ...], of: int | None, end: str, *, lump: bool = False
) -> tuple[int, ...] | None:
    """People by kind, and the lump in yuan, that give the amount exactly; verified in whole numbers.

    of: the place in that answer of which there are to be the `fewest` or `most`; None makes the largest kind as small as can be.
    """
    programme = _Programme(recipients, months, lump=lump)
    if amount_fen % gcd(*(int(fen) for fen in programme.fen if fen)):
        return None
    programme.total(amount_fen, amount_fen)
    wanted = programme.largest if of is None else programme.lump if of == programme.kinds else of
    found = programme.solve({wanted: -1.0 if end == "most" else 1.0})
    if found is None or programme.paid(found) != amount_fen or sum(found[: programme.kinds]) != recipients:
        return None
    return (*found[: programme.kinds], found[programme.lump])


@lru_cache(1024)
def _nearest(recipients: int, amount_fen: int, months: tuple[tuple[int, ...], ...], above: bool) -> int | None:
    programme = _Programme(recipients, months, lump=False)
    programme.total(amount_fen if above else -np.inf, np.inf if above else amount_fen)
    unit = gcd(*(int(fen) for fen in programme.fen if fen))
    sign = 1 if above else -1
    found = programme.solve({place: sign * (int(fen) // unit) for place, fen in enumerate(programme.fen) if fen})
    return None if found is None else programme.paid(found)


def _new_year(year: int) -> date:
    return date(year, 1, 1)
