"""What moves the budget most: one assumption at a time from a low to a high value that could well be true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from popmodel.assessment import registered_births_range
from popmodel.messages import text
from popmodel.parameters import AssumptionBook
from popmodel.projection import Launch, Projection, project_from
from popmodel.subsidies import subsidy_amounts

_COHORTS = ("one_child_share_rural", "two_daughter_share_rural", "one_child_share_urban")


class Variant(NamedTuple):
    """An assumption's low and high values: changes of the book for money, or of the projection's scenario for `people`."""

    name: str
    low: Mapping[str, Any]
    high: Mapping[str, Any]
    people: bool = False


def budget_sensitivity(start: Launch, projection: Projection, year: int) -> pd.DataFrame:
    """The total of all schemes in `year` under each variant, a row each, the one that moves it most first.

    Columns: variant, low and high (yuan, at the variant's low and high values), change_low, change_high (to the central total),
    span (of the two). What low and high are is said by `variant_range`.
    """
    central = _total(projection, year)
    rows: list[tuple[str, float, float]] = []
    for variant in variants(projection):
        low, high = (_total(_varied(start, projection, variant, changes), year) for changes in (variant.low, variant.high))
        rows.append((variant.name, low, high))
    if births := registered_births_range(start):
        rows.append(("births_counted", _total(projection, year, births[0]), _total(projection, year, births[1])))
    rows += [(f"declared:{key}", *_declared(projection, key, year)) for key in projection.area.schemes]
    frame = pd.DataFrame(rows, columns=["variant", "low", "high"])
    frame["change_low"], frame["change_high"] = frame["low"] - central, frame["high"] - central
    frame["span"] = (frame["high"] - frame["low"]).abs()
    return frame.sort_values("span", ascending=False, ignore_index=True)


def variants(projection: Projection) -> Iterator[Variant]:
    """Every variant but those of how births are counted and of a county's own schemes."""
    book, first = projection.assumptions, projection.launch + 1
    yield Variant("fertility", {"fertility.level": 0.9}, {"fertility.level": 1.1}, people=True)
    yield Variant("life_expectancy", {"mortality.gain_factor": 0.0}, {"mortality.gain_factor": 2.0}, people=True)
    yield Variant("take_up", {"subsidies.allowance_take_up": 0.85}, {"subsidies.allowance_take_up": 1.0})
    yield Variant("cohort_shares", _scaled(book, 0.75), _scaled(book, 1.25))
    yield Variant("exits", {"subsidies.reward_exit_rate": 0.01}, {"subsidies.reward_exit_rate": 0.0})
    yield Variant("waiting", {"subsidies.allowance_paid_next_quarter": 0.6}, {"subsidies.allowance_paid_next_quarter": 0.0})
    yield Variant("disabled", {"subsidies.disabled_share": 0.006}, {"subsidies.disabled_share": 0.024})
    yield Variant("standards", {"subsidies.standards_factor": {first: 0.9}}, {"subsidies.standards_factor": {first: 1.1}})
    yield Variant("allowance", {"subsidies.allowance_factor": {first: 0.9}}, {"subsidies.allowance_factor": {first: 1.1}})


def variant_title(variant: str, projection: Projection, lang: str | None = None) -> str:
    """What is varied, as it is printed."""
    if variant.startswith("declared:"):
        scheme = projection.area.schemes[variant.removeprefix("declared:")]
        return text("budget.variant.declared", lang=lang, scheme=scheme.short_title(lang))
    return text(f"budget.variant.{variant}", lang=lang)


def variant_range(variant: str, lang: str | None = None) -> str:
    """From where to where it is varied, as it is printed."""
    return text(f"budget.variant_range.{variant.split(':')[0]}", lang=lang)


def _varied(start: Launch, projection: Projection, variant: Variant, changes: Mapping[str, Any]) -> Projection:
    if variant.people:
        merged = {**projection.scenario.changes, **changes}
        return project_from(start, replace(projection.scenario, changes=merged, baseline=False), projection.years[-1])
    area = projection.area
    return replace(
        projection,
        area=replace(area, assumptions=area.assumptions.with_changes(changes)),
        assumptions=projection.assumptions.with_changes(changes),
    )


def _scaled(book: AssumptionBook, factor: float) -> dict[str, dict[int, float]]:
    """The shares of cohorts born after 1963, who are not yet recipients, times `factor`; at most 1."""
    changes = {}
    for name in _COHORTS:
        key, held, ahead = f"subsidies.{name}", [1933, *range(1945, 1964)], range(1964, 1981)
        known = dict(zip(held, book.path(key, held).tolist(), strict=True))
        scaled = {year: min(factor * share, 1.0) for year, share in zip(ahead, book.path(key, ahead).tolist(), strict=True)}
        changes[key] = known | scaled
    return changes


def _declared(projection: Projection, key: str, year: int) -> tuple[float, float]:
    """The total with a county's own scheme at three tenths less and more."""
    amounts = subsidy_amounts(projection, years=[year])
    own = float(amounts.loc[amounts["scheme"] == key, "amount_yuan"].sum())
    total = float(amounts["amount_yuan"].sum())
    return total - 0.3 * own, total + 0.3 * own


def _total(projection: Projection, year: int, births_factor: float = 1.0) -> float:
    return float(subsidy_amounts(projection, years=[year], registered_births_factor=births_factor)["amount_yuan"].sum())
