"""Which of a county's own figures a forecast uses, and as what: benchmark, nowcast, control total, or only to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from popmodel.forecast import LAUNCH
from popmodel.messages import number, text
from popmodel.projection import Launch

# Years are held to these; parts of a year move the rest of it; totals bind what is derived; structures shape it.
BENCHMARK, NOWCAST, CONTROL, STRUCTURE, COMPARED, UNUSED = USES = (
    "benchmark", "nowcast", "control", "structure", "compared", "unused",
)  # fmt: skip


class OwnUse(NamedTuple):
    """One set of own figures: the pack's table, which of it, what it is used as (of USES), and what came of it; in words."""

    table: str
    which: str
    use: str
    detail: str


def own_uses(start: Launch, lang: str | None = None) -> list[OwnUse]:
    """Every set of own figures of the launched area that the forecast could use, in the order of the workbook."""
    return [*_registered_people(start, lang), *_births(start, lang), *_deaths(start, lang), *_others(start, lang)]


def _registered_people(start: Launch, lang: str | None) -> Iterator[OwnUse]:
    for stock in start.area.facts.own.stocks:
        used = start.base.census.date.year < stock.date.year <= LAUNCH
        persons = number(sum(float(people.sum()) for people in stock.persons))
        code = "stock" if used else "stock_outside"
        detail = text(f"assessment.own.{code}", lang=lang, persons=persons, groups=len(stock.lowest[0]))
        yield OwnUse("registered_population", stock.date.isoformat(), STRUCTURE if used else UNUSED, detail)


def _births(start: Launch, lang: str | None) -> Iterator[OwnUse]:
    own, evidence, nowcast = start.area.facts.own, start.evidence, start.nowcast
    for group, years in (("residents", own.births), ("registered", own.registered_births)):
        within = [year for year in years if year in start.years]
        if within:
            which = text(f"assessment.own.births_{group}", lang=lang, years=_listed(within))
            yield OwnUse("births", which, BENCHMARK, text("assessment.own.held", lang=lang))
    told = [("births", part.group, part.year) for part in own.months]
    told += [("claims", "registered", claims.year) for claims in own.claims]
    for kind, group, year in told:
        table = "births" if kind == "births" else "allowance_claims"
        which = text(f"assessment.own.{kind}_{group}", lang=lang, years=str(year))
        chosen = evidence is not None and (evidence.kind, evidence.year) == (kind, year)
        chosen = chosen and evidence is not None and evidence.group.startswith(group.rstrip("s"))
        if chosen and nowcast is not None:
            given = {
                "share": number(100 * nowcast.share, 1),
                "births": number(nowcast.births),
                "expected": number(nowcast.expected),
                "weight": number(100 * nowcast.weight),
            }
            yield OwnUse(table, which, NOWCAST, text("assessment.own.nowcast", lang=lang, **given))
        else:
            yield OwnUse(table, which, UNUSED, text("assessment.own.later_known", lang=lang))


def _deaths(start: Launch, lang: str | None) -> Iterator[OwnUse]:
    own = start.area.facts.own
    for group in ("residents", "registered"):
        years = [
            year for one, year in own.deaths if one == group and (year in start.years or year == start.base.census.date.year)
        ]
        if not years:
            continue
        which = text(f"assessment.own.deaths_{group}", lang=lang, years=_listed(years))
        beaten = group == "registered" and all(("residents", year) in own.deaths for year in years)
        if beaten or start.place.facts.own.deaths_since is None:
            detail = text("assessment.own.deaths_of_residents" if beaten else "assessment.own.deaths_census", lang=lang)
            yield OwnUse("deaths_by_age", which, COMPARED if beaten else BENCHMARK, detail)
            continue
        counted, expected = start.place.facts.own.deaths_since
        given = {"counted": number(counted), "expected": number(expected), "ratio": number(counted / expected, 2)}
        yield OwnUse("deaths_by_age", which, BENCHMARK, text("assessment.own.deaths", lang=lang, **given))


def _others(start: Launch, lang: str | None) -> Iterator[OwnUse]:
    area, own = start.area, start.area.facts.own
    years = [year for year in own.registered_moves if year in start.years]
    if years:
        which = text("assessment.own.moves_registered", lang=lang, years=_listed(years))
        yield OwnUse("moves", which, CONTROL, text("assessment.own.held", lang=lang))
    for year in sorted(year for year in own.resident_moves if year in start.years):
        which = text("assessment.own.moves_residents", lang=lang, years=str(year))
        given = {"own": number(own.resident_moves[year]), "used": number(float(start.year(year).resident.migration.sum()))}
        yield OwnUse("moves", which, COMPARED, text("assessment.own.compared", lang=lang, **given))
    years = [year for year in own.residents if year >= start.base.census.date.year]
    if years:
        which = text("assessment.own.residents", lang=lang, years=_listed(years))
        yield OwnUse("series", which, CONTROL, text("assessment.own.held", lang=lang))
    recipients = area.tables.get("recipients")
    if recipients is not None:
        listed = _listed(sorted({int(year) for year in recipients["year"]}))
        yield OwnUse("recipients", listed, STRUCTURE, text("assessment.own.recipients", lang=lang))
    townships = area.tables.get("township_population")
    if townships is not None:
        listed = _listed(sorted({int(year) for year in townships["year"]}))
        yield OwnUse("township_population", listed, STRUCTURE, text("assessment.own.townships", lang=lang))


def _listed(years: Iterable[int]) -> str:
    """Years as a range where they follow each other."""
    known = sorted(years)
    if len(known) > 2 and known == list(range(known[0], known[-1] + 1)):
        return f"{known[0]}-{known[-1]}"
    return ", ".join(map(str, known))
