"""Chapter: the county's own figures. What they are used as, registers side by side, how good the records of births are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from popmodel.areas import Area
from popmodel.areas.disclosure import suppressed
from popmodel.areas.schemas import RECORD_CHECKS
from popmodel.assessment.record_checks import rate_class
from popmodel.assessment.registers import Compared, township_counts
from popmodel.chain import Results
from popmodel.messages import text
from popmodel.reports.chapters.common import cell, columns, say, source, status_counts
from popmodel.reports.model import Block, Chapter, Column, Heading, Paragraph, Table

RATED = ("missing_field", "late")


def own_figures(results: Results) -> Chapter | None:
    """The chapter; None for a pack that has none of these."""
    area = results.projection.area
    blocks: list[Block] = []
    if results.own_uses:
        blocks += [Heading(say("own.used")), Paragraph(say("own.used_text")), _uses(results)]
    for compared in results.registers:
        blocks += _registers(compared, area)
    if "record_checks" in area.tables:
        blocks += _records(area)
    return Chapter("own_figures", say("own.title"), [Paragraph(say("own.lead")), *blocks]) if blocks else None


def _uses(results: Results) -> Table:
    frame = pd.DataFrame(
        {
            "own_table": [text(f"areas.table.{one.table}") for one in results.own_uses],
            "own_which": [one.which() for one in results.own_uses],
            "own_use": [text(f"assessment.own_use.{one.use}") for one in results.own_uses],
            "own_detail": [one.detail() for one in results.own_uses],
        }
    )
    return Table("own_uses", say("own.uses_table"), frame, columns(frame.columns), source=source("own"))


def _registers(compared: Compared, area: Area) -> list[Block]:
    """One group of registers: by age with their ratios and the base they suggest, then by township."""
    group = text(f"workbook.word.group.{compared.group}")
    names = {str(register): text(f"workbook.word.register.{register}") for register in compared.counts}
    frame = pd.DataFrame({"age": compared.counts.index.astype("str")})
    shown: list[Column] = columns(["age"])
    person = text("chapters.unit.person")
    for register, name in names.items():
        frame[f"count_{register}"] = compared.counts[register].to_numpy()
        frame[f"ratio_{register}"] = compared.ratios[register].to_numpy()
        shown.append(Column(f"count_{register}", text("chapters.column.persons_counted"), unit=person, group=name))
        shown.append(Column(f"ratio_{register}", text("chapters.column.to_median"), decimals=2, group=name))
    frame["base"] = compared.base.to_numpy()
    shown.append(Column("base", text("chapters.column.suggested_base"), unit=person))
    by_age = Table(
        f"registers_{compared.group}",
        say("own.registers_table", group=group),
        frame,
        shown,
        notes=[say("own.registers_note")],
        source=source("own_pack"),
        statuses=status_counts({"derived": "status.suggested_base"}),
    )
    verdicts = pd.DataFrame(
        {
            "register": list(names.values()),
            "date": [compared.dates[register] for register in names],
            "verdict": [text(f"assessment.verdict.{compared.verdicts[register]}") for register in names],
            "weight": [compared.weights[register] for register in names],
        }
    )
    percent = text("chapters.unit.percent")
    weight = Column("weight", text("chapters.column.weight"), unit=percent, divisor=0.01)
    table = Table(
        f"register_verdicts_{compared.group}",
        say("own.verdicts_table", group=group),
        verdicts,
        [*columns(["register", "date", "verdict"]), weight],
        source=source("own"),
    )
    lead: list[Block] = [Heading(say("own.registers", group=group)), Paragraph(say("own.registers_text"))]
    return [*lead, by_age, table, *_by_township(compared, area)]


def _by_township(compared: Compared, area: Area) -> list[Block]:
    counts = township_counts(area, list(compared.weights))
    names = area.tables.get("townships")
    if counts.empty or names is None:
        return []
    known = dict(zip(names["code"], names["name"], strict=True))
    frame = pd.DataFrame({"name": [known[str(code)] for code in counts.index]})
    shown = [Column("name", text("chapters.column.name"))]
    for register in counts:
        told = [int(count) if count == count else 0 for count in counts[register]]
        frame[f"count_{register}"] = pd.array(suppressed(told, area.disclosure_threshold), dtype="Int64")
        shown.append(Column(f"count_{register}", text(f"workbook.word.register.{register}"), unit=text("chapters.unit.person")))
    return [
        Table(
            f"registers_by_township_{compared.group}",
            say("own.by_township_table", group=text(f"workbook.word.group.{compared.group}")),
            frame,
            shown,
            notes=[say("own.hidden", threshold=area.disclosure_threshold)],
            source=source("own_pack"),
        )
    ]


def _records(area: Area) -> list[Block]:
    """Faults found in the county by register and year, then the townships' classes of rates."""
    table = area.tables["record_checks"]
    whole = table[table["township"] == ""]
    blocks: list[Block] = [Heading(say("own.records")), Paragraph(say("own.records_text"))]
    if len(whole):
        checks = [check for check in RECORD_CHECKS if check in set(whole["check"])]
        titles = [text("cli.records.records"), *(text(f"workbook.word.check.{check}") for check in checks)]
        frame, shown = pd.DataFrame({"check": titles}), [Column("check", text("cli.records.check"))]
        for register, year in dict.fromkeys(zip(whole["register"], whole["year"], strict=True)):
            own = whole[np.asarray((whole["register"] == register) & (whole["year"] == year), dtype=bool)].set_index("check")
            name = f"{register}_{year}"
            frame[name] = pd.array([int(own["records"].max()), *own["found"].reindex(checks)], dtype="Int64")
            group = text(f"workbook.word.register.{register}")
            shown.append(Column(name, str(year), unit=text("chapters.unit.records"), group=group))
        blocks.append(Table("record_checks", say("own.records_table"), frame, shown, source=source("own_pack")))
    return [*blocks, *_rates(area, table)]


def _rates(area: Area, table: pd.DataFrame) -> list[Block]:
    names = area.tables.get("townships")
    rows = table[(table["township"] != "") & table["check"].isin(RATED)]
    if rows.empty or names is None:
        return []
    rows = rows[rows["year"] == rows["year"].max()]
    register = str(rows["register"].iloc[0])
    rows = rows[rows["register"] == register]
    known = dict(zip(names["code"], names["name"], strict=True))
    records = rows.drop_duplicates("township").set_index("township")["records"]
    shown = dict(zip(records.index, suppressed(records.tolist(), area.disclosure_threshold), strict=True))
    found = rows.pivot(index="township", columns="check", values="found")
    frame = pd.DataFrame(
        {
            "name": [known[str(code)] for code in records.index],
            "records": pd.array([shown[code] for code in records.index], dtype="Int64"),
            **{
                check: [_class(found, str(code), check, shown[code], area.disclosure_threshold) for code in records.index]
                for check in RATED
            },
        }
    )
    year = int(rows["year"].max())
    titled = [
        Column("name", text("chapters.column.name")),
        Column("records", text("cli.records.records"), unit=text("chapters.unit.records")),
        Column("missing_field", text("cli.records.complete")),
        Column("late", text("cli.records.timely")),
    ]
    title = say("own.rates_table", year=year, register=text(f"workbook.word.register.{register}"))
    notes = [say("own.rates_note", threshold=area.disclosure_threshold)]
    return [Table("record_rates", title, frame, titled, notes=notes, source=source("own_pack"))]


def _class(found: pd.DataFrame, township: str, check: str, records: int | None, threshold: int) -> str:
    if records is None or check not in found:
        return "–"
    name = rate_class(cell(found, township, check), records, threshold)
    return text(f"assessment.rate_class.{name}") if name else "–"
