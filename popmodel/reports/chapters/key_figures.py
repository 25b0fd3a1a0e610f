"""Chapter: the key figures on one page, each with what kind of figure it is."""

from __future__ import annotations

import numpy as np

from popmodel.chain import Results
from popmodel.childcare import MEASURES, reported_norm
from popmodel.messages import number, text
from popmodel.reports.chapters.common import cell, money, money_decimals, money_divisor, say
from popmodel.reports.chapters.subsidies import ALLOWANCE, amounts_by_scheme
from popmodel.reports.chapters.trust import shelf_life_label
from popmodel.reports.chapters.uncertainty import range_note
from popmodel.reports.model import Block, Bullets, Chapter, KeyFigure, KeyFigures, Notice, Paragraph


def key_figures(results: Results) -> Chapter:
    """The opening chapter."""
    p = results.projection
    blocks: list[Block] = [
        Paragraph(say("key.lead", name=p.area.name(), scenario=p.scenario.name(), description=p.scenario.description())),
        KeyFigures(_people(results)),
        KeyFigures(_places_and_money(results)),
        Bullets(_messages(results)),
        Notice("warning", say("key.caution")),
    ]
    if p.area.filled:
        blocks.append(Notice("info", say("key.filled", count=len(p.area.filled))))
    return Chapter("key_figures", say("key.title"), blocks)


def _people(results: Results) -> list[KeyFigure]:
    p = results.projection
    total, births, small = p.persons(0, 100), p.components()["births"], p.persons(0, 2)
    person, last = text("chapters.unit.person"), p.years[-1]
    shown = [
        KeyFigure(
            say("key.residents", year=year),
            number(total[year]),
            person,
            _notes(range_note(results, "residents", year), shelf_life_label(results, "total", year)),
            "derived" if year <= p.launch else "assumed",
        )
        for year in (p.launch, 2030, last)
        if year in total.index
    ]
    for title, series, name, year in (
        ("key.births", births, "births", p.launch + 1),
        ("key.children", small, "children_0_2", 2030),
    ):
        note = _notes(range_note(results, name, year), shelf_life_label(results, "age_0_2", year))
        shown.append(KeyFigure(say(title, year=year), number(series[year]), person, note, "assumed"))
    old = 100 * p.persons(65, 100)[2030] / total[2030]
    note = _notes(range_note(results, "share_65_plus", 2030, decimals=1), shelf_life_label(results, "age_65_plus", 2030))
    shown.append(KeyFigure(say("key.old", year=2030), number(old, 1), "%", note, "assumed"))
    return shown


def _places_and_money(results: Results) -> list[KeyFigure]:
    frame = results.places.set_index("year")
    place, yuan = text("chapters.unit.place"), text("chapters.unit.money")
    shown = []
    for measure in MEASURES:
        gap = cell(frame, 2030, f"gap_{measure}")
        if np.isnan(gap):
            shown.append(
                KeyFigure(say(f"key.required_{measure}"), number(cell(frame, 2030, f"required_{measure}")), place, "", "assumed")
            )
        else:
            word = say("key.short" if gap > 0 else "key.surplus")
            label = shelf_life_label(results, "age_0_2" if measure == "enrolment" else "total", 2030)
            reported = _by_reported(results) if measure == "norm_registered" else ""
            note = _notes(range_note(results, f"gap_{measure}", 2030), reported, label)
            shown.append(KeyFigure(say(f"key.gap_{measure}"), f"{word} {number(abs(gap))}", place, note, "assumed"))
    amounts = amounts_by_scheme(results)
    for year in (2026, 2030):
        allowance = money(cell(amounts, year, ALLOWANCE))
        shown.append(
            KeyFigure(
                say("key.money", year=year),
                money(cell(amounts, year, "total")),
                yuan,
                _notes(
                    range_note(results, "amount_total", year, money_divisor(), money_decimals() - 1),
                    say("key.money_note", allowance=allowance),
                    shelf_life_label(results, "age_0_2", year),
                ),
                "assumed",
            )
        )
    return shown


def _notes(*notes: str) -> str:
    """Several short notes as one."""
    return text("chapters.key.separator").join(note for note in notes if note)


def _by_reported(results: Results) -> str:
    """The gap by the registered people that are reported, beside that by those derived."""
    norm = reported_norm(results.projection.area, results.places, 2030)
    return "" if norm is None else say("key.gap_reported", people=norm.persons, gap=norm.gap)


def _messages(results: Results) -> list[str]:
    p = results.projection
    total, small = p.persons(0, 100), p.persons(0, 2)
    frame = results.sensitivity.set_index(["variant", "year"])["births"]
    low, high = (cell(results.allowance_range, 2026, end) for end in ("low", "high"))
    return [
        say("key.message_people", year=p.launch, change=number(100 * (total[2030] / total[p.launch] - 1), 1)),
        say("key.message_children", year=p.launch, now=small[p.launch], in_2030=small[2030]),
        say("key.message_births", baseline=frame["baseline", 2035], stay=frame["nobody_moves", 2035]),
        say("key.message_returns", without=frame["nobody_returns", 2035]),
        say("key.message_allowance", low=money(low), high=money(high))
        if results.births_by_counts
        else say("key.message_allowance_counted", central=money(cell(results.allowance_range, 2026, "central"))),
    ]
