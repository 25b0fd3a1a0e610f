"""Which of a county's own figures a forecast uses, and as what: benchmark, nowcast, control total, or only to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from popmodel.areas.schemas import GROUPS
from popmodel.forecast import LAUNCH
from popmodel.messages import number, text
from popmodel.projection import Launch

# Years are held to these; parts of a year move the rest of it; totals bind what is derived; structures shape it.
BENCHMARK, NOWCAST, CONTROL, STRUCTURE, COMPARED, UNUSED = USES = (
    "benchmark", "nowcast", "control", "structure", "compared", "unused",
)  # fmt: skip


Said = tuple[str, Mapping[str, str]]


class OwnUse(NamedTuple):
    """One set of own figures: the pack's table, what it is used as (of USES); which of it and what came of it, as texts to be."""

    table: str
    use: str
    said_which: Said
    said_detail: Said

    def which(self, lang: str | None = None) -> str:
        """Which figures."""
        key, given = self.said_which
        return text(f"assessment.own.{key}", lang=lang, **given) if key else given["plain"]

    def detail(self, lang: str | None = None) -> str:
        """What came of them."""
        key, given = self.said_detail
        return text(f"assessment.own.{key}", lang=lang, **given)


def own_uses(start: Launch) -> list[OwnUse]:
    """Every set of own figures of the launched area that the forecast could use, in the order of the workbook."""
    return [*_registered_people(start), *_births(start), *_deaths(start), *_others(start), *_left(start)]


def _registered_people(start: Launch) -> Iterator[OwnUse]:
    for stock in start.area.facts.own.stocks:
        used = start.base.census.date.year < stock.date.year <= LAUNCH
        persons = number(sum(float(people.sum()) for people in stock.persons))
        given = {"persons": persons, "groups": str(len(stock.lowest[0]))}
        detail = ("stock" if used else "stock_outside", given)
        yield OwnUse("registered_population", STRUCTURE if used else UNUSED, _plain(stock.date.isoformat()), detail)


def _births(start: Launch) -> Iterator[OwnUse]:
    own = start.area.facts.own
    nowcasts = {(one.evidence.kind, one.evidence.group, one.evidence.year): one.nowcast for one in start.told}
    for group, years in (("residents", own.births), ("registered", own.registered_births)):
        within = [year for year in years if year in start.years]
        if within:
            away = start.base.pair.away_fertility / float(start.area.assumptions.value("registered.away_fertility") or 1)
            given = {"factor": number(away, 2)} if group == "registered" else {}
            yield OwnUse("births", BENCHMARK, (f"births_{group}", {"years": _listed(within)}), (f"births_held_{group}", given))
    given_parts = [("births", part.group, part.year) for part in own.months]
    given_parts += [("claims", "registered", claims.year) for claims in own.claims]
    for kind, group, year in given_parts:
        table = "births" if kind == "births" else "allowance_claims"
        which = (f"{kind}_{group}", {"years": str(year)})
        nowcast = nowcasts.get((kind, group.removesuffix("s"), year))
        if nowcast is not None:
            given = {
                "share": number(100 * nowcast.share, 1),
                "births": number(nowcast.births),
                "expected": number(nowcast.expected),
                "weight": number(100 * nowcast.weight),
            }
            yield OwnUse(table, NOWCAST, which, ("nowcast", given))
        else:
            yield OwnUse(table, UNUSED, which, ("later_known", {}))


def _deaths(start: Launch) -> Iterator[OwnUse]:
    own, since = start.area.facts.own, start.place.facts.own.deaths_since
    used: dict[str, list[int]] = {group: [] for group in GROUPS}
    beside: list[int] = []
    for group, year in own.deaths:
        said_most = own.deaths_of(year)
        if year in start.years and said_most is not None:
            (used[group] if said_most[0] == group else beside).append(year)
        elif _of_the_census_year(start, group, year):
            yield OwnUse("deaths_by_age", BENCHMARK, (f"deaths_{group}", {"years": str(year)}), ("deaths_census", {}))
    for group, years in used.items():
        if years and since is not None:
            counted, expected = since
            given = {"counted": number(counted), "expected": number(expected), "ratio": number(counted / expected, 2)}
            every_age = all(own.deaths[group, year].every_age for year in years)
            detail = "deaths" if every_age else "deaths_of_some_ages"
            yield OwnUse("deaths_by_age", BENCHMARK, (f"deaths_{group}", {"years": _listed(years)}), (detail, given))
    if beside:
        yield OwnUse("deaths_by_age", COMPARED, ("deaths_beside", {"years": _listed(beside)}), ("deaths_better_known", {}))


def _of_the_census_year(start: Launch, group: str, year: int) -> bool:
    """Whether deaths make the level of the census year: those of its residents, of every age."""
    every_age = start.area.facts.own.deaths[group, year].every_age
    return year == start.base.census.date.year and group == "residents" and every_age


def _left(start: Launch) -> Iterator[OwnUse]:
    """Years of a table of which nothing could be used: outside the years of the forecast's start, or not told in full."""
    own = start.area.facts.own
    known = {
        "births": {*own.births, *own.registered_births} & {*start.years} | {part.year for part in own.months},
        "deaths_by_age": {year for group, year in own.deaths if year in start.years or _of_the_census_year(start, group, year)},
        "moves": {*own.registered_moves, *own.resident_moves} & {*start.years},
    }
    for table, years in known.items():
        if table in start.area.tables:
            left = {int(year) for year in start.area.tables[table]["year"]} - years
            if left:
                yield OwnUse(table, UNUSED, _plain(_listed(left)), ("left", {}))


def _others(start: Launch) -> Iterator[OwnUse]:
    area, own = start.area, start.area.facts.own
    years = [year for year in own.registered_moves if year in start.years]
    if years:
        yield OwnUse("moves", CONTROL, ("moves_registered", {"years": _listed(years)}), ("held", {}))
    for year in sorted(year for year in own.resident_moves if year in start.years):
        given = {"own": number(own.resident_moves[year]), "used": number(float(start.year(year).resident.migration.sum()))}
        yield OwnUse("moves", COMPARED, ("moves_residents", {"years": str(year)}), ("compared", given))
    years = [year for year in own.residents if year >= start.base.census.date.year]
    if years:
        yield OwnUse("series", CONTROL, ("residents", {"years": _listed(years)}), ("held", {}))
    for table, detail in (("recipients", "recipients"), ("township_population", "townships")):
        if table in area.tables:
            listed = _listed({int(year) for year in area.tables[table]["year"]})
            yield OwnUse(table, STRUCTURE, _plain(listed), (detail, {}))


def _plain(written: str) -> Said:
    """Years or a day, which read the same in either language."""
    return "", {"plain": written}


def _listed(years: Iterable[int]) -> str:
    """Years as a range where they follow each other."""
    known = sorted(years)
    if len(known) > 2 and known == list(range(known[0], known[-1] + 1)):
        return f"{known[0]}-{known[-1]}"
    return ", ".join(map(str, known))
