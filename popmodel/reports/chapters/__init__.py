"""The report's chapters: each arranges one part of the results, in the language in force, and computes nothing of the model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from importlib.metadata import version

from popmodel.chain import Results
from popmodel.messages import language, use_language
from popmodel.reports.chapters.assumptions import assumptions
from popmodel.reports.chapters.budget import budget
from popmodel.reports.chapters.common import say
from popmodel.reports.chapters.key_figures import key_figures
from popmodel.reports.chapters.own_figures import own_figures
from popmodel.reports.chapters.places import places
from popmodel.reports.chapters.places_plan import places_plan
from popmodel.reports.chapters.plan import plan
from popmodel.reports.chapters.population import population
from popmodel.reports.chapters.projection import projection
from popmodel.reports.chapters.scenarios import scenarios
from popmodel.reports.chapters.subsidies import subsidies
from popmodel.reports.chapters.trust import trust
from popmodel.reports.chapters.uncertainty import uncertainty
from popmodel.reports.model import Report


def build_report(results: Results, *, lang: str | None = None, run_id: str = "", today: date | None = None) -> Report:
    """The whole report on `results` in `lang`; `today` decides which assumptions are past their review date."""
    day = today or date.today()
    with use_language(lang):
        p = results.projection
        return Report(
            title=say("report.title"),
            subtitle=say("report.subtitle", year_first=p.launch + 1, year_last=p.years[-1]),
            area_name=p.area.name(),
            lang=language(),
            date=day,
            scenario=p.scenario.name(),
            run_id=run_id or say("report.no_run"),
            version_lines=_version_lines(results),
            chapters=[
                key_figures(results),
                population(results),
                *([own] if (own := own_figures(results)) is not None else []),
                projection(results),
                places(results),
                places_plan(results),
                subsidies(results),
                budget(results),
                plan(results),
                scenarios(results),
                uncertainty(results),
                assumptions(results, day),
                trust(results),
            ],
        )


def _version_lines(results: Results) -> Sequence[tuple[str, str]]:
    p = results.projection
    return [
        (say("report.launch"), say("report.launch_date", year=p.launch)),
        (say("report.census"), f"{p.base.census.date:%Y-%m-%d}"),
        ("popmodel", version("popmodel")),
    ]


__all__ = [
    "assumptions",
    "budget",
    "build_report",
    "key_figures",
    "own_figures",
    "places",
    "places_plan",
    "plan",
    "population",
    "projection",
    "scenarios",
    "subsidies",
    "trust",
    "uncertainty",
]
