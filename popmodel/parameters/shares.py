"""Shares of a whole by name, such as who pays how much of it: plain, or by the date from which they hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias

from popmodel.messages import entries, text
from popmodel.parameters.fields import is_number

Shares: TypeAlias = Mapping[str, float]
DatedShares: TypeAlias = Mapping[date, Shares]

# As near to 1 as decimals written by hand come.
_EXACT = 1e-9


def is_shares(value: Any) -> bool:
    """Whether a value has the form {name: number} or {date: {name: number}}."""
    return _is_plain(value) or (_is_mapping(value) and all(isinstance(day, date) and _is_plain(of) for day, of in value.items()))


def by_date(value: Any, start: date) -> dict[date, dict[str, float]]:
    """The shares by the date from which they hold, in order; plain ones hold from `start`."""
    dated = value if all(isinstance(day, date) for day in value) else {start: value}
    return {day: {name: float(share) for name, share in of.items()} for day, of in sorted(dated.items())}


def in_force(dated: DatedShares, day: date) -> dict[str, float] | None:
    """The shares that hold on `day`; None before the first."""
    held = [start for start in dated if start <= day]
    return dict(dated[max(held)]) if held else None


def over_year(dated: DatedShares, year: int) -> dict[str, float] | None:
    """The shares of a year, each month counting alike, of the months in which there are any; None where there are none."""
    months = [in_force(dated, date(year, month, 1)) for month in range(1, 13)]
    held = [of for of in months if of is not None]
    names = dict.fromkeys(name for of in held for name in of)
    return {name: sum(of.get(name, 0.0) for of in held) / len(held) for name in names} if held else None


def share_names(value: Any) -> list[str]:
    """The names, of every date."""
    return list(dict.fromkeys(name for of in by_date(value, date.min).values() for name in of))


def share_title(name: str, lang: str | None = None) -> str:
    """A name as people read it: a payer, a month, a quarter or a lag."""
    known = entries("chapters")
    section = next(section for section in ("payer", "month", "quarter", "lag") if f"chapters.{section}.{name}" in known)
    return text(f"chapters.{section}.{name}", lang=lang)


def bad_total(value: Any) -> tuple[date, float] | None:
    """The first date whose shares do not add to 1 or of which one is negative, with their total; None where all are right."""
    for day, of in by_date(value, date.min).items():
        total = sum(of.values())
        if min(of.values()) < 0 or abs(total - 1) > _EXACT:
            return day, total
    return None


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _is_plain(value: Any) -> bool:
    return _is_mapping(value) and all(isinstance(name, str) and is_number(share) for name, share in value.items())
