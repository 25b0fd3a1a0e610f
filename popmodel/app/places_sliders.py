"""Three sliders over the plan of places: enrolment, what kindergartens can give up, and the money for building."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from popmodel.areas import Area
from popmodel.chain import PLAN_YEARS
from popmodel.childcare.plan import phase
from popmodel.childcare.planning import plan_table, situation
from popmodel.messages import InputError, text
from popmodel.projection import Projection, project
from popmodel.reports.chapters.places_plan import opened_table, phasing_figure
from popmodel.reports.html_writer import html_of
from popmodel.reports.model import Notice, Paragraph

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 200


def places_sliders(area: Area, scenario: str = "medium", years: Sequence[int] = PLAN_YEARS) -> Any:
    """A widget: enrolment next to the assumed path, share of freed kindergarten seats that can be converted, yuan a year for
    building; below them the plan for use, worked out anew at every change. Raises InputError as `project`."""
    import ipywidgets

    projection = project(area, scenario, years[-1] + 1, draws=DRAWS)
    book = projection.assumptions
    look = {
        "style": {"description_width": "14em"},
        "layout": ipywidgets.Layout(width="36em"),
        "continuous_update": False,
    }
    conversion, budget = (float(book.path(f"childcare.{name}", years)[0]) for name in ("conversion_share", "building_budget"))
    bounds = {
        "enrolment": (1.0, 0.5, 2.5, 0.1),
        "conversion": (conversion, 0.0, 1.0, 0.05),
        "budget": (budget / 10_000, 0.0, 1_000.0, 10.0),
    }
    sliders = {
        name: ipywidgets.FloatSlider(value, min=low, max=high, step=step, description=_label(name), **look)
        for name, (value, low, high, step) in bounds.items()
    }
    shown = ipywidgets.HTML()

    def show(_: object = None) -> None:
        chosen = {name: slider.value for name, slider in sliders.items()}
        shown.value = places_html(projection, years, chosen["enrolment"], chosen["conversion"], 10_000 * chosen["budget"])

    for slider in sliders.values():
        slider.observe(show, "value")
    show()
    return ipywidgets.VBox([*sliders.values(), shown])


def replanned(projection: Projection, years: Sequence[int], enrolment: float, conversion: float, budget: float) -> pd.DataFrame:
    """The plan for use by unit and year (`plan_table`), with enrolment times `enrolment`, the share of freed seats that can be
    converted, and yuan a year for building. Raises InputError where no plan keeps the limits."""
    book = projection.assumptions
    changes: dict[str, Any] = {
        f"childcare.enrolment_age_{age}": {
            year: min(enrolment * float(book.path(f"childcare.enrolment_age_{age}", [year])[0]), 1.0) for year in years
        }
        for age in range(3)
    }
    changes |= {"childcare.conversion_share": {years[0]: conversion}, "childcare.building_budget": {years[0]: budget}}
    of = situation(replace(projection, assumptions=book.with_changes(changes)), years)
    return plan_table(of, phase(of.task, of.costs, of.limits))


def places_html(projection: Projection, years: Sequence[int], enrolment: float, conversion: float, budget: float) -> str:
    """The plan as the report shows it, or why there is none."""
    try:
        plan = replanned(projection, years, enrolment, conversion, budget)
    except InputError as error:
        return html_of(Notice("warning", " ".join(problem.describe() for problem in error.problems)))
    last = plan[plan["year"] == years[-1]]
    said = text(
        "childcare.slider.summary",
        year=years[-1],
        demand=f"{last['demand'].sum():,.0f}",
        places=f"{last['places'].sum():,.0f}",
        converted=f"{plan['converted'].sum():,}",
        built=f"{plan['built'].sum():,}",
    )
    blocks = [Paragraph(said), phasing_figure(plan), opened_table(plan)]
    return "".join(html_of(block) for block in blocks)


def _label(name: str) -> str:
    return text(f"childcare.slider.{name}")
