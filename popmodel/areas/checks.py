"""What the rows of a table must be to each other: age groups without gap or overlap, parts that add to their whole."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from popmodel.areas.schemas import (
    BOTH,
    CENSUS_INDICATORS,
    DATUMS,
    EVERY_ORDER,
    LAST_AGE,
    ORDERS,
    SERIES_INDICATORS,
    SEXES,
    UNITS,
)
from popmodel.areas.table_files import ReadTable
from popmodel.areas.text_files import shown
from popmodel.messages import Problem, nearest

Tables = Mapping[str, ReadTable]

# The largest classes by months of age, 托育机构设置标准（试行）（国卫人口发〔2019〕58号）, and of childcare at home,
# 家庭托育点管理办法（试行）（国卫人口发〔2023〕28号）. What is there is held to them; what is planned has dated norms.
CLASS_SIZES = {"6_12": 10, "12_24": 15, "24_36": 20, "mixed": 18}
MOST_AT_HOME = 5
# Where China lies.
LONGITUDES, LATITUDES = (73.0, 136.0), (3.0, 54.0)

# Tables whose rows name a township.
_BY_TOWNSHIP = ("facilities", "kindergartens", "points", "progress", "township_population", "registers", "record_checks")

# Parts that add to the residents of a census, and parts that are at most all of them.
_HALVES = (("residents_male", "residents_female"), ("urban_residents", "rural_residents"))
_PARTS = (
    *("residents_male", "residents_female", "urban_residents", "rural_residents", "households"),
    *("registered_in_other_township", "registered_elsewhere_in_province", "registered_outside_province"),
)


def table_problems(tables: Tables, notices: list[Problem], *, code: str | None = None) -> list[Problem]:
    """Every contradiction within and between the tables of a pack or of the reference data.

    code: the area's, which its townships' codes begin with. What nothing reads is added to `notices`.
    """
    problems = []
    for name, table in tables.items():
        check = _CHECKS.get(name)
        problems += check(table) if check else []
    for name, known in (("census_totals", CENSUS_INDICATORS), ("series", SERIES_INDICATORS), ("wpp_china", SERIES_INDICATORS)):
        if name in tables:
            problems += _indicator_problems(tables[name], known, notices, closed=name == "census_totals")
    if "census_population" in tables and "census_totals" in tables:
        problems += _census_problems(tables["census_population"], tables["census_totals"])
    if "townships" in tables and code:
        problems += _township_code_problems(tables["townships"], code)
    for name in _BY_TOWNSHIP:
        if name in tables and "townships" in tables:
            problems += _township_unknown(tables[name], tables["townships"])
    return problems


def ladder_findings(groups: Sequence[tuple[int, int | None]]) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    """What is wrong with the age groups of one distribution, given as (lowest age, highest age or None) in rising order.

    Gives the position of the group, the code of the problem, the column it is in, and the problem's parameters.
    """
    expected = 0
    for position, (low, high) in enumerate(groups):
        last = position == len(groups) - 1
        if position and groups[position - 1][0] == low:
            continue  # reported as a duplicate row
        if low > expected:
            code = "age_gap" if position else "ages_not_from_zero"
            yield position, code, "age_lo", {"first": expected, "last": low - 1}
        elif low < expected:
            yield position, "age_overlap", "age_lo", {"found": low, "expected": expected}
        if high is None and not last:
            yield position, "open_group_not_last", "age_hi", {"found": low}
        elif high is not None and high < low:
            yield position, "age_group_reversed", "age_hi", {"low": low, "high": high}
        elif high is not None and last:
            yield position, "open_group_missing", "age_hi", {"found": f"{low}-{high}"}
        expected = max(expected, (low if high is None else high) + 1)


def _age_group_problems(table: ReadTable, *group: str) -> list[Problem]:
    """Gaps, overlaps and open groups out of place, and sexes left out; `group`: the columns that name one distribution."""
    groups: dict[tuple[Any, ...], list[tuple[int, int | None, int]]] = defaultdict(list)
    for row, (low, high, *rest) in table.rows("age_lo", "age_hi", *group):
        groups[tuple(rest)].append((low, high, row))
    problems = []
    if table.sound("age_lo", "age_hi", *group):  # a refused cell would read as a gap
        for key, rows in groups.items():
            ordered = sorted(rows, key=lambda item: (item[0], item[2]))
            for position, code, column, given in ladder_findings([(low, high) for low, high, _ in ordered]):
                problems.append(table.problem(code, ordered[position][2], column, which=_joined(key), **given))
    if table.sound(*group):
        problems += _sex_problems(table, tuple(name for name in group if name != "sex"))
    return problems


def _sex_problems(table: ReadTable, others: tuple[str, ...]) -> list[Problem]:
    sexes: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    for row, (sex, *key) in table.rows("sex", *others):
        sexes[tuple(key)].setdefault(sex, row)
    return [
        table.problem("sex_missing", next(iter(found.values())), "sex", which=_joined(key), expected=sex)
        for key, found in sexes.items()
        for sex in SEXES
        if sex not in found and BOTH not in found
    ]


def _census_population(table: ReadTable) -> list[Problem]:
    area = ("area",) if "area" in table.columns else ()
    return _age_group_problems(table, *area, "date", "sex")


def _deaths(table: ReadTable) -> list[Problem]:
    problems = _age_group_problems(table, "area", "census", "urban_rural", "sex")
    for row, (deaths, population) in table.rows("deaths", "population"):
        if deaths > population:
            given = {"part": "deaths", "found": f"{deaths:,}", "whole": "population", "expected": f"{population:,}"}
            problems.append(table.problem("part_exceeds_whole", row, "deaths", **given))
    return problems


def _wpp_death_rates(table: ReadTable) -> list[Problem]:
    return _age_group_problems(table, "from_year", "sex")


def _group_quarters(table: ReadTable) -> list[Problem]:
    return _overlap_problems(table, "date", "kind", "sex")


def _overlap_problems(table: ReadTable, *group: str) -> list[Problem]:
    """Ages may be few and with gaps, and no group need be open; but none may end before it begins, or lie in another.

    `group`: the columns that name one distribution.
    """
    groups: dict[tuple[Any, ...], list[tuple[int, int | None, int]]] = defaultdict(list)
    for row, (low, high, *rest) in table.rows("age_lo", "age_hi", *group):
        groups[tuple(rest)].append((low, high, row))
    problems = []
    for key, rows in groups.items():
        ordered = sorted(rows, key=lambda item: (item[0], item[2]))
        expected = 0
        for low, high, row in ordered:
            if high is not None and high < low:
                problems.append(table.problem("age_group_reversed", row, "age_hi", which=_joined(key), low=low, high=high))
            elif low < expected:
                problems.append(table.problem("age_overlap", row, "age_lo", which=_joined(key), found=low, expected=expected))
            expected = max(expected, (LAST_AGE if high is None else high) + 1)
    return problems


def _by_age(*group: str) -> Callable[[ReadTable], list[Problem]]:
    """The check of a table of counts by age, in which the sexes of one distribution are told apart or are not."""

    def check(table: ReadTable) -> list[Problem]:
        return [*_overlap_problems(table, *group, "sex"), *_mixed_sexes(table, *group)]

    return check


def _mixed_sexes(table: ReadTable, *group: str) -> Iterator[Problem]:
    first: dict[tuple[Any, ...], str] = {}
    for row, (sex, *key) in table.rows("sex", *group):
        told = first.setdefault(tuple(key), sex)
        if (told == BOTH) != (sex == BOTH):
            yield table.problem("sexes_and_both", row, "sex", which=_joined(tuple(key)), found=sex, first=told)


def _registered_population(table: ReadTable) -> list[Problem]:
    return [*_age_group_problems(table, "date", "sex"), *_mixed_sexes(table, "date")]


def _births(table: ReadTable) -> list[Problem]:
    """Births that say of whom they are; where the orders are told as well as all of them, they add up."""
    problems = [
        table.problem("births_of_nobody", row, "registered")
        for row, (lives, registered) in table.rows("lives", "registered")
        if "here" not in (lives, registered)
    ]
    told: dict[tuple[Any, ...], dict[str, tuple[int, int]]] = defaultdict(dict)
    for row, (order, births, *key) in table.rows("order", "births", "year", "month", "lives", "registered"):
        told[tuple(key)].setdefault(order, (births, row))
    for by_order in told.values():
        orders = [births for order, (births, _) in by_order.items() if order != EVERY_ORDER]
        if EVERY_ORDER in by_order and orders:
            whole, row = by_order[EVERY_ORDER]
            if sum(orders) > whole or (len(orders) == len(ORDERS) and sum(orders) != whole):
                given = {"found": f"{sum(orders):,}", "expected": f"{whole:,}", "gap": f"{sum(orders) - whole:+,}"}
                problems.append(table.problem("parts_differ", row, "births", parts="order", whole=EVERY_ORDER, **given))
    return problems + _months_and_year(table)


def _months_and_year(table: ReadTable) -> list[Problem]:
    """Months that add to more than the whole year of the same births, or twelve that add to another number."""
    months: dict[tuple[Any, ...], dict[int, int]] = defaultdict(dict)
    years: dict[tuple[Any, ...], tuple[int, int]] = {}
    for row, (month, births, *key) in table.rows("month", "births", "year", "lives", "registered", "order"):
        if month is None:
            years.setdefault(tuple(key), (births, row))
        else:
            months[tuple(key)].setdefault(month, births)
    problems = []
    for births_of, (whole, row) in years.items():
        found = sum(months[births_of].values())
        if found > whole or (len(months[births_of]) == 12 and found != whole):
            given = {"found": f"{found:,}", "expected": f"{whole:,}", "gap": f"{found - whole:+,}"}
            problems.append(table.problem("parts_differ", row, "births", parts="month", whole=str(births_of[0]), **given))
    return problems


def _allowance_claims(table: ReadTable) -> list[Problem]:
    return [
        table.problem("claims_before_birth", row, "birth_month", found=f"{year}-{month:02d}", day=until.isoformat())
        for row, (until, year, month) in table.rows("to_date", "birth_year", "birth_month")
        if (year, month) > (until.year, until.month)
    ]


def _township_population(table: ReadTable) -> list[Problem]:
    problems = []
    for part, whole in (("children_0_2", "residents"), ("births", "residents")):
        for row, (found, expected) in table.rows(part, whole):
            if found is not None and expected is not None and found > expected:
                given = {"part": part, "found": f"{found:,}", "whole": whole, "expected": f"{expected:,}"}
                problems.append(table.problem("part_exceeds_whole", row, part, **given))
    return problems


def _record_checks(table: ReadTable) -> list[Problem]:
    return [
        table.problem("part_exceeds_whole", row, "found", part="found", found=found, whole="records", expected=records)
        for row, (found, records) in table.rows("found", "records")
        if found > records
    ]


def _birth_registrations(table: ReadTable) -> list[Problem]:
    """Days that lie in one calendar year; no days counted in two rows, but for the orders of one period."""
    problems = _date_problems(table)
    periods: dict[tuple[Any, Any], int] = {}
    for row, days in table.rows("from_date", "to_date"):
        if days[0] <= days[1]:
            periods.setdefault(days, row)
    reached = None
    for (first, last), row in sorted(periods.items()):
        given = {"first": first.isoformat(), "last": last.isoformat()}
        if first.year != last.year:
            problems.append(table.problem("registrations_cross_year", row, "to_date", **given, year=first.year))
        if reached is not None and first <= reached:
            problems.append(table.problem("registrations_overlap", row, "from_date", **given, before=reached.isoformat()))
        reached = last if reached is None else max(reached, last)
    return problems


def _events(table: ReadTable) -> list[Problem]:
    problems = _date_problems(table)
    for row, (low, persons, high) in table.rows("persons_low", "persons", "persons_high"):
        if not low <= persons <= high:
            given = {"low": f"{low:,}", "found": f"{persons:,}", "high": f"{high:,}"}
            problems.append(table.problem("persons_outside_bounds", row, "persons", **given))
    return problems


def _townships(table: ReadTable) -> list[Problem]:
    problems = []
    for row, (communities, units) in table.rows("communities", "village_level_units"):
        if communities > units:
            given = {"part": "communities", "found": communities, "whole": "village_level_units", "expected": units}
            problems.append(table.problem("part_exceeds_whole", row, "communities", **given))
    first: dict[str, int] = {}
    for row, (name,) in table.rows("name"):
        if name in first:
            problems.append(table.problem("row_duplicate", row, "name", key=name, columns="name", first=first[name]))
        first.setdefault(name, table.lines[row])
    return problems


def _facilities(table: ReadTable) -> list[Problem]:
    """Places that classes can hold and that add up, dates in order, and coordinates that say what they are given in."""
    problems = []
    for row, (opened, closes) in table.rows("opened", "closes"):
        if closes is not None and closes < opened:
            given = {"first": opened.isoformat(), "last": closes.isoformat()}
            problems.append(table.problem("dates_reversed", row, "closes", **given))
    for row, (service, places) in table.rows("service", "places"):
        if service == "home" and places > MOST_AT_HOME:
            problems.append(table.problem("facility_home", row, "places", found=places, most=MOST_AT_HOME))
    groups = [(f"classes_{group}", f"places_{group}", size) for group, size in CLASS_SIZES.items()]
    for classes, places, size in groups:
        for row, (number, held) in table.rows(classes, places):
            if (number is None) != (held is None):
                problems.append(table.problem("facility_class_half", row, classes, places=places))
            elif number is not None and held > size * number:
                given = {"found": held, "classes": number, "most": size * number, "size": size}
                problems.append(table.problem("facility_class_full", row, places, **given))
    for row, (whole, *parts) in table.rows("places", *(places for _, places, _ in groups)):
        known = [part for part in parts if part is not None]
        if known and sum(known) != whole:
            problems.append(table.problem("facility_sum", row, "places", found=sum(known), expected=whole))
    return problems + _coordinates(table)


def _coordinates(table: ReadTable) -> list[Problem]:
    problems = []
    for row, (longitude, latitude, datum) in table.rows("longitude", "latitude", "datum"):
        if (longitude is None) != (latitude is None):
            problems.append(table.problem("coordinates_half", row, "longitude"))
        elif longitude is not None and not datum:
            problems.append(table.problem("coordinates_datum", row, "datum", expected=", ".join(DATUMS)))
        elif longitude is not None and not (_inside(longitude, LONGITUDES) and _inside(latitude, LATITUDES)):
            swapped = _inside(latitude, LONGITUDES) and _inside(longitude, LATITUDES)
            given = {"longitude": f"{longitude:g}", "latitude": f"{latitude:g}"}
            problems.append(table.problem("coordinates_swapped" if swapped else "coordinates_outside", row, "longitude", **given))
    return problems


def _inside(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]


def _kindergartens(table: ReadTable) -> list[Problem]:
    return [
        table.problem("number_out_of_range", row, "enrolled", found=f"{enrolled:,}", low="0", high=f"{2 * seats:,}")
        for row, (seats, enrolled) in table.rows("seats", "enrolled")
        if enrolled > 2 * seats
    ]


def _township_unknown(table: ReadTable, townships: ReadTable) -> list[Problem]:
    known = [code for _, (code,) in townships.rows("code")]
    return [
        table.problem("township_unknown", row, "township", found=found, nearest=nearest(found, known))
        for row, (found,) in table.rows("township")
        if found and found not in known
    ]


def _date_problems(table: ReadTable) -> list[Problem]:
    return [
        table.problem("dates_reversed", row, "to_date", first=first.isoformat(), last=last.isoformat())
        for row, (first, last) in table.rows("from_date", "to_date")
        if first > last
    ]


def _township_code_problems(table: ReadTable, code: str) -> list[Problem]:
    return [
        table.problem("township_code", row, "code", found=found, expected=code)
        for row, (found,) in table.rows("code")
        if not found.startswith(code)
    ]


def _indicator_problems(table: ReadTable, known: Mapping[str, str], notices: list[Problem], *, closed: bool) -> list[Problem]:
    problems: list[Problem] = []
    for row, (indicator, unit) in table.rows("indicator", "unit"):
        if indicator not in known:
            target = problems if closed else notices
            code = "indicator_unknown" if closed else "indicator_unread"
            target.append(table.problem(code, row, "indicator", found=shown(indicator), nearest=nearest(indicator, known)))
        elif unit != known[indicator]:
            given = {"found": shown(unit), "indicator": indicator, "expected": known[indicator]}
            problems.append(table.problem("unit_wrong", row, "unit", **given))
    for row, (unit, value) in table.rows("unit", "value"):
        low, high, whole = UNITS.get(unit, (-math.inf, math.inf, False))
        if value < 0 <= low:
            problems.append(table.problem("number_negative", row, "value", found=f"{value:g}"))
        elif not low <= value <= high:
            given = {"found": f"{value:g}", "low": f"{low:g}", "high": f"{high:g}"}
            problems.append(table.problem("number_out_of_range", row, "value", **given))
        elif whole and value != round(value):
            problems.append(table.problem("number_not_whole", row, "value", found=f"{value:g}"))
    return problems


def _census_problems(population: ReadTable, totals: ReadTable) -> list[Problem]:
    """Age groups against the stated totals, and the stated totals against each other, at every census of every area."""
    area = ("area",) if "area" in population.columns else ()
    stated: dict[tuple[Any, ...], dict[str, tuple[int, int]]] = defaultdict(dict)
    for row, (indicator, value, *key) in totals.rows("indicator", "value", *area, "date"):
        stated[tuple(key)].setdefault(indicator, (int(value), row))
    problems = []
    if population.sound("population", "sex", *area, "date") and totals.sound("indicator", "value", *area, "date"):
        problems += _sums_by_sex(population, totals, stated, area)
    for found in stated.values():
        problems += _stated_problems(totals, found)
    return problems


def _sums_by_sex(
    population: ReadTable, totals: ReadTable, stated: Mapping[tuple[Any, ...], dict[str, tuple[int, int]]], area: tuple[str, ...]
) -> list[Problem]:
    sums: dict[tuple[Any, ...], dict[str, int]] = defaultdict(lambda: dict.fromkeys(SEXES, 0))
    first: dict[tuple[Any, ...], int] = {}
    for row, (sex, persons, *rest) in population.rows("sex", "population", *area, "date"):
        census = tuple(rest)
        sums[census][sex] += persons
        first.setdefault(census, row)
    problems = []
    for census, by_sex in sums.items():
        found = stated.get(census, {})
        if "residents" not in found:
            given = {"which": _joined(census), "totals": totals.name}
            problems.append(population.problem("total_missing", first[census], "date", **given))
        counted = {f"residents_{sex}": persons for sex, persons in by_sex.items()} | {"residents": sum(by_sex.values())}
        for indicator, persons in counted.items():
            value, row = found.get(indicator, (persons, 0))
            if value != persons:
                differ = {"found": f"{persons:,}", "expected": f"{value:,}", "gap": f"{persons - value:+,}"}
                given = {"groups": population.name, "indicator": indicator, **differ}
                problems.append(totals.problem("age_groups_differ", row, "value", **given))
    return problems


def _stated_problems(totals: ReadTable, found: Mapping[str, tuple[int, int]]) -> list[Problem]:
    if "residents" not in found:
        return []
    whole, whole_row = found["residents"]
    problems = []
    for pair in _HALVES:
        if all(name in found for name in pair):
            parts = sum(found[name][0] for name in pair)
            given = {"parts": " + ".join(pair), "found": f"{parts:,}", "expected": f"{whole:,}", "gap": f"{parts - whole:+,}"}
            if parts != whole:
                problems.append(totals.problem("parts_differ", whole_row, "value", whole="residents", **given))
    for name in _PARTS:
        if name in found and found[name][0] > whole:
            given = {"part": name, "found": f"{found[name][0]:,}", "whole": "residents", "expected": f"{whole:,}"}
            problems.append(totals.problem("part_exceeds_whole", found[name][1], "value", **given))
    return problems


def _joined(key: tuple[Any, ...]) -> str:
    return " ".join(map(str, key))


_CHECKS: dict[str, Callable[[ReadTable], list[Problem]]] = {
    "census_population": _census_population,
    "deaths": _deaths,
    "birth_registrations": _birth_registrations,
    "events": _events,
    "group_quarters": _group_quarters,
    "registered_population": _registered_population,
    "births": _births,
    "deaths_by_age": _by_age("year", "group"),
    "moves": _by_age("year", "group", "direction"),
    "recipients": _by_age("year", "scheme"),
    "allowance_claims": _allowance_claims,
    "township_population": _township_population,
    "registers": lambda table: _overlap_problems(table, "register", "date", "township"),
    "record_checks": _record_checks,
    "wpp_death_rates": _wpp_death_rates,
    "townships": _townships,
    "facilities": _facilities,
    "kindergartens": _kindergartens,
    "points": _coordinates,
}
