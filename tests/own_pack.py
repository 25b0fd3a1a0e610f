"""Xichuan's pack with figures of its own in every table a county can fill: invented for the tests, none is Xichuan's."""

from __future__ import annotations

import shutil
from pathlib import Path

from popmodel.areas.history import HISTORY

_END = "observed,虚构（测试用）,"
TOWNSHIPS = [f"411326{place:03d}" for place in (1, 2, *range(101, 112), *range(301, 305))]


def with_own_figures(source: Path, folder: Path, **tables: str) -> Path:
    """A copy of the pack at `source` in `folder` with these tables (rows without status, source and note), or all of OWN."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(HISTORY))
    for name, rows in (tables or OWN).items():
        head, *lines = rows.strip().splitlines()
        path = folder / f"{name}.csv"
        if name == "series":
            path.write_text(path.read_text(encoding="utf-8") + "".join(f"{line},{_END}\n" for line in lines), encoding="utf-8")
        else:
            written = [f"{head},status,source,note", *(f"{line},{_END}" for line in lines)]
            path.write_text("\n".join(written) + "\n", encoding="utf-8")
    return folder


def _registered(factor: float = 1.0) -> str:
    """Registered people at the end of 2024 by five-year ages, roughly as many as the suite has."""
    persons = [28_000, 42_000, 54_000, 53_000, 44_000, 38_000, 45_000, 58_000, 44_000, 36_000, 48_000, 52_000, 44_000, 26_000,
               24_000, 16_000, 9_000, 6_000]  # fmt: skip
    rows = ["date,sex,age_lo,age_hi,population"]
    for sex, share in (("male", 0.53), ("female", 0.47)):
        for place, count in enumerate(persons):
            high = "" if place == len(persons) - 1 else 5 * place + 4
            rows.append(f"2024-12-31,{sex},{5 * place},{high},{round(factor * share * count)}")
    return "\n".join(rows)


def _registers() -> str:
    rows = ["register,date,township,age_lo,age_hi,persons"]
    children = [2900, 3500, 3300, 3400, 3700, 4200, 4800]
    factors = {"vaccination": 1.02, "birth_certificates": 0.99, "census": 1.15}
    for register, factor in factors.items():
        rows += [f"{register},2025-12-31,,{age},{age},{round(factor * count)}" for age, count in enumerate(children)]
    rows += [f"household_registration,2025-12-31,,{age},{age},{round(1.4 * count)}" for age, count in enumerate(children)]
    for place, township in enumerate(TOWNSHIPS):
        for register in ("vaccination", "birth_certificates"):
            rows.append(f"{register},2025-12-31,{township},0,0,{4 if place == 5 else 60 + 20 * place}")
    return "\n".join(rows)


def _records() -> str:
    rows = ["register,year,township,check,records,found"]
    for township, records in (("", 2_900), *((township, 40 + 30 * place) for place, township in enumerate(TOWNSHIPS))):
        for check, share in (("missing_field", 0.02), ("mother_age", 0.001), ("duplicate", 0.01), ("late", 0.12)):
            rows.append(f"birth_certificates,2025,{township},{check},{records},{round(share * records)}")
    return "\n".join(rows)


OWN = {
    "registered_population": _registered(),
    "births": "\n".join(
        [
            "year,month,lives,registered,order,births",
            "2023,,here,any,all,3500",
            "2024,,any,here,all,5100",
            *(f"2026,{month},here,any,all,{250 + month}" for month in range(1, 10)),
        ]
    ),
    "deaths_by_age": "year,group,sex,age_lo,age_hi,deaths\n2024,registered,both,0,,5200\n2025,registered,both,0,,5300",
    "moves": "year,group,direction,sex,age_lo,age_hi,persons\n2023,registered,in,both,0,,2100\n2023,registered,out,both,0,,3400",
    "recipients": "\n".join(
        [
            "year,scheme,sex,age_lo,age_hi,recipients",
            "2023,rural_family_reward,male,60,69,2400",
            "2023,rural_family_reward,male,70,,700",
            "2023,rural_family_reward,female,60,69,2800",
            "2023,rural_family_reward,female,70,,843",
        ]
    ),
    "allowance_claims": "\n".join(
        ["to_date,birth_year,birth_month,claims", *(f"2026-06-30,2025,{month},{330 + month}" for month in range(1, 7))]
    ),
    "township_population": "\n".join(
        [
            "township,year,residents,children_0_2,registered_people,births",
            *(f"{township},2025,{10_000 + 2_000 * place},{200 + 40 * place},," for place, township in enumerate(TOWNSHIPS)),
        ]
    ),
    "series": "indicator,year,value,unit\npopulation_year_end,2022,530000,person\npopulation_year_end,2025,512000,person",
    "registers": _registers(),
    "record_checks": _records(),
}
