"""A pack as a workbook for people to fill in: its own tables, what the suite works out where it has none, and the ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.areas.schemas import DIRECTIONS, GROUPS, PACK_TABLES, SEXES
from popmodel.areas.table_files import read_table
from popmodel.areas.workbook.sheets import SHEETS, Choices
from popmodel.areas.workbook.write import Content, workbook_bytes
from popmodel.childcare.townships import township_children
from popmodel.messages import LANGUAGES, InputError, Problem, text
from popmodel.parameters.birth_months import birth_month_shares
from popmodel.projection import Launch, Projection, launch, project_from
from popmodel.runs.publish import put_file
from popmodel.runs.run import explain
from popmodel.runs.workbook_ranking import MEASURES, YEAR, ranked_assumptions
from popmodel.subsidies import scheme_title
from popmodel.subsidies.outturn import outturn_as_told
from popmodel.subsidies.recipients.family_reward import minimum_age, reward_recipients
from popmodel.subsidies.recipients.people import People
from popmodel.subsidies.schemes import schemes_of

REWARDS = ("rural_family_reward", "urban_only_child_parents")
# Births are asked for from the first year after the census; claims from the first birth year that is paid at all.
_FIRST_CLAIMED = 2023
_ORDERS = ("1", "2", "3+")


def write_workbook(area: Area, out: Path, lang: str, day: date) -> None:
    """Write the workbook of `area` to the new file `out`, whole or not at all.

    Raises InputError where `out` exists (someone may have filled it in), RunFailedError where it cannot be written.
    """
    if out.exists():
        raise InputError([Problem("workbook_exists", file=str(out))])
    if out.suffix.lower() != ".xlsx":
        raise InputError([Problem("workbook_name", {"found": out.name}, file=str(out))])
    written = workbook_bytes(content_of(area, lang, day), lang)
    try:
        put_file(out, written)
    except OSError as error:
        raise explain(error, out.parent) from None


def content_of(area: Area, lang: str, day: date) -> Content:
    """Everything that the workbook of `area` shows."""
    start = launch(area)
    baseline = next(scenario for scenario in area.scenarios.values() if scenario.baseline)
    return Content(
        code=area.code,
        name=area.name(lang),
        tables=pack_columns(area),
        book=area.assumptions,
        used=used_tables(start, project_from(start, baseline, YEAR)),
        choices=pack_choices(area),
        ranked=ranked_assumptions(start),
        measures={name: text(f"workbook.measure.{name}", lang=lang) for name in MEASURES},
        day=day,
    )


def pack_columns(area: Area) -> dict[str, Mapping[str, Sequence[Any]]]:
    """The typed cells of every table of the pack that has a sheet, by column."""
    found: dict[str, Mapping[str, Sequence[Any]]] = {}
    for sheet in SHEETS:
        path = area.folder / sheet.table.file
        read = read_table(path, area.folder, PACK_TABLES[sheet.key], [], []) if path.exists() else None
        if read is not None:
            found[sheet.key] = read.columns
    return found


def pack_choices(area: Area) -> Choices:
    """The names by which people know the schemes and the townships of a pack."""
    schemes = {lang: {scheme_title(scheme, area, lang): scheme for scheme in schemes_of(area)} for lang in LANGUAGES}
    table = area.tables.get("townships")
    if table is None:
        return {"scheme": schemes}
    names = {str(name): str(code) for name, code in zip(table["name"], table["code"], strict=True)}
    return {"scheme": schemes, "township": {lang: names for lang in LANGUAGES}}


def used_tables(start: Launch, projection: Projection) -> dict[str, pd.DataFrame]:
    """What the suite uses now for the tables that a pack may lack: the keys to fill in, and its own figures beside them."""
    years = [year for year in start.years if year > start.base.census.date.year]
    return {
        "registered_population": _registered(projection),
        "births": _births(projection, years),
        "deaths_by_age": _deaths(projection, years),
        "moves": _moves(years),
        "recipients": _recipients(projection),
        "allowance_claims": _claims(projection),
        "township_population": _townships(projection),
        "series": _series(projection, years),
    }


def _registered(projection: Projection) -> pd.DataFrame:
    year = projection.launch
    stock = projection.registered["population"].sel(year=year)
    rows = [
        {
            "date": date(year, 12, 31),
            "sex": sex,
            "age_lo": age,
            "age_hi": None if age == 100 else age,
            "population": round(persons),
        }
        for sex in SEXES
        for age, persons in enumerate(stock.sel(sex=sex).values.tolist())
    ]
    return pd.DataFrame(rows)


def _births(projection: Projection, years: Sequence[int]) -> pd.DataFrame:
    rows = []
    for lives, registered, population in (("here", "any", "resident"), ("any", "here", "registered")):
        births = projection.population(population)["births"].sum("sex")
        for year in years:
            of_year = dict(zip(_ORDERS, births.sel(year=year).values.tolist(), strict=True))
            rows += [
                {"year": year, "month": None, "lives": lives, "registered": registered, "order": order, "births": round(persons)}
                for order, persons in of_year.items()
            ]
    return pd.DataFrame(rows)


def _deaths(projection: Projection, years: Sequence[int]) -> pd.DataFrame:
    rows = []
    for group, population in (("registered", "registered"),):
        deaths = projection.population(population)["deaths"]
        for year in years:
            for sex in SEXES:
                by_age = deaths.sel(year=year, sex=sex).values
                for low, high in _five_year_groups():
                    counted = round(float(by_age[low : (100 if high is None else high) + 1].sum()))
                    rows.append({"year": year, "group": group, "sex": sex, "age_lo": low, "age_hi": high, "deaths": counted})
    return pd.DataFrame(rows)


def _moves(years: Sequence[int]) -> pd.DataFrame:
    rows = [
        {"year": year, "group": group, "direction": way, "sex": "both", "age_lo": 0, "age_hi": None, "persons": None}
        for year in years
        for group in GROUPS
        for way in DIRECTIONS
    ]
    return pd.DataFrame(rows)


def _recipients(projection: Projection) -> pd.DataFrame:
    """Recipients of the rewards by five-year ages at the launch, as the shares of their cohorts give them."""
    area, year, rows = projection.area, projection.launch, []
    paid, people = outturn_as_told(area), People(projection)
    for scheme in REWARDS:
        latest = paid[paid["scheme"] == scheme]
        if latest.empty:
            continue
        low = minimum_age(scheme, year)
        by_age = reward_recipients(people, scheme, year, {str(name): value for name, value in latest.iloc[-1].items()})
        for sex, ages in zip(SEXES, by_age, strict=True):
            for first, last in _five_year_groups(low):
                counted = float(np.sum(ages[first - low : (len(ages) if last is None else last - low + 1)]))
                rows.append(
                    {"year": year, "scheme": scheme, "sex": sex, "age_lo": first, "age_hi": last, "recipients": round(counted)}
                )
    return pd.DataFrame(rows, columns=["year", "scheme", "sex", "age_lo", "age_hi", "recipients"])


def _claims(projection: Projection) -> pd.DataFrame:
    """Claims to be expected of the months of birth, once all of them have come in."""
    book, launched = projection.assumptions, projection.launch
    shares = birth_month_shares(book)
    births = projection.components("registered")["births"]
    rows = []
    for year in range(_FIRST_CLAIMED, launched + 1):
        take_up = float(book.path("subsidies.allowance_take_up", [launched])[0])
        for month, share in enumerate(shares, start=1):
            expected = round(float(births[year]) * float(share) * take_up)
            rows.append({"to_date": date(launched, 12, 31), "birth_year": year, "birth_month": month, "claims": expected})
    return pd.DataFrame(rows)


def _townships(projection: Projection) -> pd.DataFrame:
    frame = township_children(projection, [projection.launch])
    return pd.DataFrame({"township": frame["code"], "year": frame["year"], "children_0_2": frame["children_0_2"]})


def _series(projection: Projection, years: Sequence[int]) -> pd.DataFrame:
    residents = projection.persons(0, 100)
    rows = [
        {"indicator": "population_year_end", "year": year, "value": float(round(residents[year])), "unit": "person"}
        for year in years
    ]
    return pd.DataFrame(rows)


def _five_year_groups(first: int = 0) -> list[tuple[int, int | None]]:
    """Five-year ages to 84 and an open group, infants by themselves."""
    lows = [low for low in (0, 1, *range(5, 86, 5)) if low >= first]
    return [(low, None if low == 85 else lows[place + 1] - 1) for place, low in enumerate(lows)]
