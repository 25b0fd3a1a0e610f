"""Children by township: shares of the county's own counts, or assumed from villages and communities where it gives none.

Townships' people are not published: every table of an assumed split must say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from popmodel.areas import Area
from popmodel.areas.disclosure import suppressed
from popmodel.demography.arrays import Array
from popmodel.forecast.streams import standard_normals
from popmodel.parameters import largest_remainder
from popmodel.projection import Projection
from popmodel.projection.quantiles import quantiles


def township_shares(area: Area) -> pd.DataFrame:
    """Each township's share of the residents (and so of children and places), with its range; shares add to 1.

    Where the pack tells the townships' small children or residents (`own_counts`) these are the shares of the townships that it
    tells, of which the rest have what is left; else they are assumed as follows.

    Columns: code, name, share, share_low, share_high (0-1). One end of the range puts the census's urban residents evenly over
    communities and its rural ones over villages; the other takes all village-level units alike. `share` weighs the two by
    `childcare.township_community_weight`. Low and high are bounds of single townships and do not add to 1. Without communities or
    urban residents in the pack all three are the plain shares. Empty where the pack has no townships.
    """
    table = area.tables.get("townships")
    columns = ["code", "name", "share", "share_low", "share_high"]
    if table is None or not table["village_level_units"].sum():
        return pd.DataFrame(columns=columns)
    units = table["village_level_units"].to_numpy(float)
    plain = units / units.sum()
    by_residence = _by_residence(area, units, table["communities"].to_numpy(float), plain)
    weight = area.assumptions.value("childcare.township_community_weight")
    share, low, high = (
        weight * by_residence + (1 - weight) * plain,
        np.minimum(by_residence, plain),
        np.maximum(by_residence, plain),
    )
    known = own_shares(area, share)
    if known is not None:
        told, share = known
        low, high = np.where(told, share, low), np.where(told, share, high)
    return pd.DataFrame(
        {
            "code": table["code"].to_numpy(),
            "name": [_full_name(*names) for names in zip(table["name"], table["other_name"], strict=True)],
            "share": share,
            "share_low": low,
            "share_high": high,
        },
        columns=columns,
    )


def own_counts(area: Area) -> tuple[int, str, pd.Series] | None:
    """(year, column, persons by township) of the latest year in which the pack tells townships' people: small children, else
    residents, else registered people; None where it does not. Townships without a figure are not in it."""
    table = area.tables.get("township_population")
    if table is None:
        return None
    for column in ("children_0_2", "residents", "registered_people"):
        rows = table[np.asarray(table[column].notna() & (table[column] > 0), dtype=bool)]
        if len(rows):
            year = int(rows["year"].max())
            latest = rows[np.asarray(rows["year"] == year, dtype=bool)]
            return year, column, latest.set_index("township")[column].astype(float)
    return None


def own_shares(area: Area, assumed: Array) -> tuple[npt.NDArray[np.bool_], Array] | None:
    """Which townships the pack tells of, and the shares of all (township,): those told in proportion to their people, together
    as much as is `assumed` of them where others are not told."""
    counts, table = own_counts(area), area.tables["townships"]
    if counts is None:
        return None
    persons = np.array([counts[2].get(code, np.nan) for code in table["code"]], dtype=float)
    told = ~np.isnan(persons)
    of_told = 1.0 if told.all() else assumed[told].sum()
    return told, np.where(told, persons / np.nansum(persons) * of_told, assumed)


def urban_shares(area: Area) -> tuple[np.ndarray, float]:
    """The part of each township's residents that is urban, by the same split of the census, (township,), and the county's own.

    Where the pack does not say how many are urban every township, and the county, counts as half.
    """
    table, totals = area.tables.get("townships"), _latest_totals(area)
    known = {"urban_residents", "rural_residents"} <= set(totals.index)
    county = float(totals["urban_residents"] / (totals["urban_residents"] + totals["rural_residents"])) if known else 0.5
    if table is None:
        return np.array([]), county
    communities = table["communities"].to_numpy(float)
    villages = table["village_level_units"].to_numpy(float) - communities
    if not known or not communities.sum() or not villages.sum():
        return np.full(len(table), county), county
    urban = county * communities / communities.sum()
    rural = (1 - county) * villages / villages.sum()
    return urban / (urban + rural), county


def split(total: int, shares: Sequence[float]) -> list[int]:
    """`total` over the townships in whole numbers that add to it exactly (largest remainder)."""
    return largest_remainder(total, shares)


def township_children(projection: Projection, years: Iterable[int]) -> pd.DataFrame:
    """Resident children 0-2 by township and year in whole numbers that add to the county's, with the range the split allows.

    Columns: code, name, year, children_0_2, children_low, children_high, drawn_low, drawn_high (Int64; NA where below the pack's
    disclosure threshold). low and high: what the split allows; drawn: 10 and 90 per cent quantiles of `township_draws` at the
    assumed shares, NA for a projection without draws. Empty where the pack has no townships.
    """
    area, shares = projection.area, township_shares(projection.area)
    children = projection.persons(0, 2)
    frames = []
    for year in years:
        if shares.empty:
            break
        total = round(children[year])
        counts = split(total, shares["share"].tolist())
        printed = suppressed(counts, area.disclosure_threshold)
        frame = shares[["code", "name"]].assign(year=year, children_0_2=pd.array(printed, dtype="Int64"))
        for end, outer in (("low", np.minimum), ("high", np.maximum)):  # never inside the count, which may round the other way
            bound = pd.Series(outer((shares[f"share_{end}"] * total).round(), counts), dtype="Int64")
            frame[f"children_{end}"] = bound.mask(frame["children_0_2"].isna() | (bound < area.disclosure_threshold))
        for end, quantile in zip(("low", "high"), _drawn_bounds(projection, year), strict=True):
            bound = pd.Series(quantile, dtype="Int64")
            frame[f"drawn_{end}"] = bound.mask(frame["children_0_2"].isna() | (bound < area.disclosure_threshold))
        frames.append(frame)
    columns = ["code", "name", "year", "children_0_2", "children_low", "children_high", "drawn_low", "drawn_high"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def township_draws(projection: Projection, year: int) -> Array:
    """Resident children 0-2 of each township in every draw, (township, draw), at the assumed shares; they add to the county's.

    Chance spreads a draw's children over the townships: a multinomial count in its normal approximation, C p + e, whose errors
    e = √(C p) n − p Σ √(C p) n have the variances C p (1 − p) and add to nothing. Raises ValueError without draws.
    Source: Johnson, Kotz & Balakrishnan (1997), Discrete multivariate distributions, section 35.5.
    """
    drawn = projection.draws
    if drawn is None:
        raise ValueError("the projection has no draws")
    shares = township_shares(projection.area)
    share = shares["share"].to_numpy(dtype=np.float64)[:, None]
    county = drawn.persons(0, 2)[projection.years.index(year)]
    normals = [standard_normals(drawn.seed, str(code), "children", [year], range(drawn.count))[0] for code in shares["code"]]
    chance = np.sqrt(county * share) * np.stack(normals)
    return np.maximum(county * share + chance - share * chance.sum(axis=0), 0.0)


def _drawn_bounds(projection: Projection, year: int) -> list[list[int | None]]:
    if projection.draws is None:
        nothing: list[int | None] = [None] * len(township_shares(projection.area))
        return [nothing, nothing]
    return [[round(float(value)) for value in found] for found in quantiles(township_draws(projection, year), [0.1, 0.9])]


def _by_residence(area: Area, units: np.ndarray, communities: np.ndarray, plain: np.ndarray) -> np.ndarray:
    villages = units - communities
    totals = _latest_totals(area)
    known = {"urban_residents", "rural_residents"} <= set(totals.index)
    if not known or not communities.sum() or not villages.sum():
        return plain
    urban, rural = float(totals["urban_residents"]), float(totals["rural_residents"])
    return (urban * communities / communities.sum() + rural * villages / villages.sum()) / (urban + rural)


def _latest_totals(area: Area) -> pd.Series:
    return area.tables["census_totals"].sort_values("date").groupby("indicator")["value"].last()


def _full_name(name: str, other_name: str) -> str:
    return f"{name}（{other_name}）" if other_name else name
