"""Exact amounts: yuan to whole fen, and a whole number split by shares so that the parts add to it.

Here and not in the budget, because the split of children over townships needs it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def to_fen(yuan: float | Decimal) -> int:
    """An amount in yuan as whole fen; raises ValueError for a part of a fen.

    >>> to_fen(9.52)
    952
    """
    fen = Decimal(str(yuan)) * 100
    if fen != fen.to_integral_value():
        raise ValueError(f"{yuan} yuan is not a whole number of fen")
    return int(fen)


def round_fen(yuan: float) -> int:
    """One payment in yuan as whole fen, half a fen up: the rounding rule of every payment that could have a part of a fen.

    Totals are sums of payments rounded so, never a rounded sum.

    >>> round_fen(9.525), round_fen(0.004)
    (953, 0)
    """
    return int((Decimal(str(yuan)) * 100).to_integral_value(ROUND_HALF_UP))


def largest_remainder(total: int, weights: Sequence[float]) -> list[int]:
    """`total` (0 or more) in whole parts proportional to `weights`, adding to it exactly.

    Of equal remainders the first is served. Weights are taken at their printed decimals, so that 0.6 is six tenths. Raises
    ValueError for a negative total or weight, and when all weights are 0. Source: Hamilton's method of apportionment.

    >>> largest_remainder(100, [1, 1, 1])
    [34, 33, 33]
    """
    exact = [Fraction(str(float(weight))) for weight in weights]
    if total < 0 or not sum(exact) or min(exact) < 0:
        raise ValueError(f"cannot split {total} by {list(weights)}")
    quotas = [total * weight / sum(exact) for weight in exact]
    parts = [int(quota) for quota in quotas]
    order = sorted(range(len(parts)), key=lambda place: parts[place] - quotas[place])
    for place in order[: total - sum(parts)]:
        parts[place] += 1
    return parts
