"""Chapter: how far to trust it. What was checked, what each assumption moves, and what would help most."""

from __future__ import annotations

from popmodel.assessment import SENSITIVITY_YEARS, variant_title
from popmodel.chain import Results
from popmodel.messages import text
from popmodel.projection import balance_error
from popmodel.reports.chapters.common import columns, say, source, status_counts
from popmodel.reports.model import Block, Bullets, Chapter, Column, Heading, Paragraph, Table


def trust(results: Results) -> Chapter:
    """The chapter on what the figures are worth."""
    p = results.projection
    error = max(balance_error(p.resident), balance_error(p.registered))
    blocks: list[Block] = [
        Paragraph(say("trust.lead")),
        Heading(say("trust.checked")),
        Bullets([say("trust.balance", error=f"{error:.0e}"), say("trust.step"), say("trust.outturn"), say("trust.replay")]),
        Heading(say("trust.moves")),
        Paragraph(say("trust.moves_text")),
        _sensitivity_table(results, "births"),
        _sensitivity_table(results, "children_0_2"),
        _sensitivity_table(results, "registered_births"),
        _sensitivity_table(results, "registered_60_plus"),
        Heading(say("trust.shelf_life")),
        Bullets([say(f"trust.horizon_{name}") for name in ("near", "middle", "far")]),
        Heading(say("trust.wanted")),
        Bullets(
            [say(f"trust.want_{name}") for name in ("registered", "births", "deaths", "townships", "childcare", "subsidies")]
        ),
    ]
    return Chapter("trust", say("trust.title"), blocks)


def _sensitivity_table(results: Results, variable: str) -> Table:
    wide = results.sensitivity.pivot(index="variant", columns="year", values=variable)[list(SENSITIVITY_YEARS)]
    wide = wide.loc[list(dict.fromkeys(results.sensitivity["variant"]))]
    base = wide.loc["baseline"]
    frame = wide.rename(columns=lambda year: f"value_{year}")
    for year in SENSITIVITY_YEARS:
        frame[f"change_{year}"] = wide[year] / base[year] - 1
    frame.insert(0, "variant", [variant_title(variant) for variant in wide.index])
    unit = text("chapters.unit.births" if "births" in variable else "chapters.unit.person")
    shown = columns(["variant"])
    for year in SENSITIVITY_YEARS:
        shown.append(Column(f"value_{year}", text("chapters.column.value"), unit=unit, group=str(year)))
        percent = text("chapters.unit.percent")
        shown.append(
            Column(f"change_{year}", text("chapters.column.change"), unit=percent, decimals=1, divisor=0.01, group=str(year))
        )
    return Table(
        f"sensitivity_{variable}",
        say(f"trust.table_{variable}"),
        frame.reset_index(drop=True),
        shown,
        source=source("own"),
        statuses=status_counts({"assumed": "status.future"}),
    )
