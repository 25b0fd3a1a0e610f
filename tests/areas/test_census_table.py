"""A census table as a whole: every area's rows, and what is wrong with one area kept away from the others."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from popmodel.areas import is_county, load_area, load_reference, new_area, place_of_rows, read_census_table
from popmodel.areas.census_table import prefecture_of
from popmodel.messages import InputError

HEADER = "code,name,census_date,total,urban,registered,male_0,male_1_4,male_5plus,female_0,female_1_4,female_5plus"
# By hand: 400 = 10 + 40 + 150 + 8 + 32 + 160; 500 = 5 + 20 + 230 + 4 + 16 + 225; 90 = 1 + 4 + 40 + 1 + 4 + 40
GOOD = [
    "410122,中牟县,2020-11-01,400,150,,10,40,150,8,32,160",
    "410122,中牟县,2010-11-01,500,100,620,5,20,230,4,16,225",
    "419001,济源市,2020-11-01,90,30,,1,4,40,1,4,40",
]


def written(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "census.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "code", "problem"),
    [
        ("410124,巩义市,2020-11-01,400,150,,10,40,150,8,32,161", "410124", "age_groups_differ"),
        ("410124,巩义市,2020-11-01,400,150,,10,四十,150,8,32,160", "410124", "number_text"),
        ("410124,巩义市,2020-11-01,400,450,,10,40,150,8,32,160", "410124", "part_exceeds_whole"),
        ("410124,巩义市,2020-11-01,400,150,,10,40,150,8,32", "410124", "row_length"),
        ("410124,巩义市,2010-11-01,400,150,,10,40,150,8,32,160", "410124", "census_not_in_reference"),
        ("410224,开封县,2010-11-01,90,30,95,1,4,40,1,4,40", "410224", "code_superseded"),
        ("990122,某县,2020-11-01,90,30,,1,4,40,1,4,40", "990122", "province_not_in_reference"),
        ("41012,某县,2020-11-01,90,30,,1,4,40,1,4,40", "41012", "code_malformed"),
        (",某县,2020-11-01,90,30,,1,4,40,1,4,40", "", "code_malformed"),
    ],
)
def test_a_bad_row_is_refused_alone(tmp_path: Path, reference: Path, row: str, code: str, problem: str) -> None:
    table = read_census_table(written(tmp_path, GOOD[0], row, *GOOD[1:]), load_reference(reference))
    assert list(table.areas) == ["410122", "419001"]
    assert [one.code for one in table.refused[code]] == [problem]
    assert table.refused[code][0].line == 3 or problem == "province_not_in_reference"


def test_a_date_given_twice_is_refused(tmp_path: Path, reference: Path) -> None:
    table = read_census_table(written(tmp_path, *GOOD, GOOD[0]), load_reference(reference))
    assert [one.code for one in table.refused["410122"]] == ["row_duplicate"]


def test_the_rows_of_an_area_are_its_censuses_in_order(tmp_path: Path, reference: Path) -> None:
    rows = read_census_table(written(tmp_path, *GOOD), load_reference(reference)).areas["410122"]
    assert [(row.date, row.total, row.registered) for row in rows] == [
        (dt.date(2010, 11, 1), 500, 620),
        (dt.date(2020, 11, 1), 400, None),
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "table_empty"),
        ("code,name\n410122,中牟县\n", "column_missing"),
        ("\n".join([HEADER.replace("male_1_4", "male_1_x"), *GOOD]), "column_unknown"),
    ],
)
def test_a_table_that_cannot_be_read_is_an_error(tmp_path: Path, reference: Path, content: str, problem: str) -> None:
    path = tmp_path / "census.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_census_table(path, load_reference(reference))
    assert problem in {one.code for one in refused.value.problems}


def test_a_pack_and_the_rows_it_was_built_from_have_the_same_facts(tmp_path: Path, reference: Path) -> None:
    path, base = written(tmp_path, *GOOD), load_reference(reference)
    for code, rows in read_census_table(path, base).areas.items():
        pack = load_area(new_area(code, path, None, tmp_path / "out", reference=reference), reference=reference)
        own, light = pack.facts, place_of_rows(code, rows, base)
        assert (light.province, light.facts.codes, light.facts.prefectures) == (pack.province, own.codes, own.prefectures)
        assert light.facts.kind == own.kind
        for count, wanted in zip(light.facts.counts, own.counts, strict=True):
            np.testing.assert_array_equal(count.persons, wanted.persons)
            np.testing.assert_array_equal(count[4:], wanted[4:])


def test_prefectures_and_provinces_are_no_counties() -> None:
    # The table has rows of the province and of its prefectures too: counted with their counties everybody would be there thrice.
    codes = ["410000", "410100", "410122", "419001", "500101", "500000"]
    assert [code for code in codes if is_county(code)] == ["410122", "419001", "500101"]
    assert [prefecture_of(code) for code in codes] == [None, "410100", "410100", None, None, None]
