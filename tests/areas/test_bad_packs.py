"""A planner's slips, one by one: each is told with its file, line and column, and how to mend it, in both languages."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from popmodel.areas import check_area, load_area
from popmodel.messages import LANGUAGES, InputError, Problem

Found = list[tuple[str, str | None, int | None, str | None]]


def problems_of(pack: Path, reference: Path) -> tuple[Problem, ...]:
    found = check_area(pack, reference=reference)
    for problem in (*found.problems, *found.notices):
        for lang in LANGUAGES:
            message = problem.describe(lang)
            assert problem.file is not None
            assert problem.file in message
            assert problem.line is None or str(problem.line) in message
    return found.problems


def brief(problems: tuple[Problem, ...]) -> Found:
    return [(one.code, Path(one.file).name if one.file else None, one.line, one.column) for one in problems]


def edit(path: Path, old: str, new: str) -> None:
    written = path.read_text(encoding="utf-8")
    assert written.count(old) >= 1, f"{old!r} is not in {path}"
    path.write_text(written.replace(old, new, 1), encoding="utf-8", newline="")


def test_the_pack_to_be_broken_is_sound(pack: Path, reference: Path) -> None:
    assert problems_of(pack, reference) == ()
    assert load_area(pack, reference=reference).notices == ()


CENSUS, TOTALS = "census_population.csv", "census_totals.csv"

# (file, what is there, what is written instead, the problem, its line, its column); lines counted by hand, the header is line 1
SLIPS = [
    # numbers
    (CENSUS, "male,0,4,100", "male,0,4,-100", "number_negative", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,一百", "number_text", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,100人", "number_text", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,100.5", "number_not_whole", 2, "population"),
    (CENSUS, "male,0,4,100", 'male,0,4,"1,000"', "number_separators", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,１００", "number_full_width", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,0.01万", "number_in_large_units", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,10%", "number_percent", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,1E+02", "number_scientific", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,—", "number_absent", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,", "cell_empty", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,4,=50+50", "cell_formula", 2, "population"),
    (CENSUS, "male,0,4,100", "male,0,121,100", "number_out_of_range", 2, "age_hi"),
    (CENSUS, "male,0,4,100", "male,0,4," + "9" * 30, "number_too_long", 2, "population"),
    ("outturn.csv", "9600.05", "9600.051", "money_decimals", 2, "amount_yuan"),
    ("facilities.csv", ",2,30,1,20,", ",2,40,1,10,", "facility_class_full", 2, "places_12_24"),
    ("facilities.csv", ",2,30,1,20,", ",2,30,1,19,", "facility_sum", 2, "places"),
    ("facilities.csv", ",2,30,1,20,", ",2,30,,20,", "facility_class_half", 2, "classes_24_36"),
    ("facilities.csv", "inclusive,50,", "inclusive,-50,", "number_negative", 2, "places"),
    ("facilities.csv", "private,5,", "private,6,", "facility_home", 3, "places"),
    ("facilities.csv", "2027-02-28", "2023-02-28", "dates_reversed", 3, "closes"),
    ("facilities.csv", "T2,", "T1,", "row_duplicate", 3, None),
    ("facilities.csv", "T1,410122001", "T1,410122009", "township_unknown", 2, "township"),
    ("facilities.csv", "114.02,34.72", "34.72,114.02", "coordinates_swapped", 2, "longitude"),
    ("facilities.csv", "114.02,34.72", "14.02,34.72", "coordinates_outside", 2, "longitude"),
    ("facilities.csv", "114.02,34.72", "114.02,", "coordinates_half", 2, "longitude"),
    ("facilities.csv", "GCJ02", "", "coordinates_datum", 2, "datum"),
    ("facilities.csv", "GCJ02", "CGCS2000", "word_unknown", 2, "datum"),
    ("facilities.csv", ",0.8,", ",8,", "number_out_of_range", 4, "probability"),
    ("kindergartens.csv", "600,450", "200,450", "number_out_of_range", 2, "enrolled"),
    ("kindergartens.csv", "410122001", "410122009", "township_unknown", 2, "township"),
    ("outturn.csv", "reward,10,", "reward,-10,", "number_negative", 2, "recipients"),
    ("outturn.csv", "2023,", "203,", "number_out_of_range", 2, "year"),
    ("outturn.csv", "2023,", "2203,", "number_out_of_range", 2, "year"),
    ("targets.csv", "4.5,place", "4.5‰,place", "number_percent", 2, "value"),
    # words, dates, codes
    (CENSUS, "2010-11-01,male,0", "2010-11-01,男,0", "sex_word", 2, "sex"),
    (CENSUS, "100,observed", "100,observd", "word_unknown", 2, "status"),
    (CENSUS, "100,observed,县统计局,", "100,observed,,", "source_empty", 2, "source"),
    (CENSUS, "100,observed,县统计局,", "100,derived,县统计局,", "derived_without_note", 2, "note"),
    (CENSUS, "100,observed,县统计局,", "100,observed,@SUM(A1),", "cell_formula", 2, "source"),
    (CENSUS, "100,observed,县统计局,", "100,observed,-cmd|calc,", "cell_formula", 2, "source"),
    (CENSUS, "2010-11-01,male,0", "2010/11/1,male,0", "date_format", 2, "date"),
    (CENSUS, "2010-11-01,male,0", "40483,male,0", "date_format", 2, "date"),
    (CENSUS, "2010-11-01,male,0", "2010-02-30,male,0", "date_impossible", 2, "date"),
    (CENSUS, "2010-11-01,male,0", "1010-11-01,male,0", "number_out_of_range", 2, "date"),
    ("townships.csv", "410122001", "41012200", "code_malformed", 2, "code"),
    ("townships.csv", "410122001", "4.10122E+08", "code_malformed", 2, "code"),
    ("townships.csv", "410122001", "411326001", "township_code", 2, "code"),
    ("townships.csv", "subdistrict,3,3", "subdistrict,3,4", "part_exceeds_whole", 2, "communities"),
    # columns and rows
    (CENSUS, "population,status", "persons,status", "column_missing", 1, "population"),
    (CENSUS, "population,status", "population,population", "column_duplicate", 1, "population"),
    (CENSUS, "male,0,4,100,", "male,0,4,100,extra,", "row_length", 2, None),
    (CENSUS, "2010-11-01,male,5,,400", "2010-11-01,male,0,,400", "row_duplicate", 3, None),
    # quotation marks
    (CENSUS, "县统计局,\n2010-11-01,male,5", '"县统计局,\n2010-11-01,male,5', "csv_quote_open", 2, None),
    (CENSUS, "县统计局", '"县"统计局', "csv_quote_stray", 2, None),
    (CENSUS, "县统计局", '"县\n统计局"', "csv_line_break", 2, None),
    # age groups
    (CENSUS, "2010-11-01,male,0,4", "2010-11-01,male,1,4", "ages_not_from_zero", 2, "age_lo"),
    (CENSUS, "2010-11-01,male,5,,", "2010-11-01,male,6,,", "age_gap", 3, "age_lo"),
    (CENSUS, "2010-11-01,male,5,,", "2010-11-01,male,4,,", "age_overlap", 3, "age_lo"),
    (CENSUS, "2010-11-01,male,5,,", "2010-11-01,male,5,9,", "open_group_missing", 3, "age_hi"),
    (CENSUS, "2010-11-01,male,0,4,", "2010-11-01,male,0,,", "open_group_not_last", 2, "age_hi"),
    (CENSUS, "2010-11-01,male,0,4,", "2010-11-01,male,4,0,", "age_group_reversed", 2, "age_hi"),
    ("group_quarters.csv", "male,18,21", "male,21,18", "age_group_reversed", 2, "age_hi"),
    ("group_quarters.csv", "male,18,21", "male,18,22", "age_overlap", 3, "age_lo"),
    ("group_quarters.csv", "male,18,21", "male,18,", "age_overlap", 3, "age_lo"),
    ("group_quarters.csv", "students,male,18", "pupils,male,18", "word_unknown", 2, "kind"),
    # parts and wholes: 2010 in lines 2-5, 2020 in lines 6-8 of the totals
    (TOTALS, "residents,1000", "residents,1001", "age_groups_differ", 2, "value"),
    (TOTALS, "rural_residents,600", "rural_residents,601", "parts_differ", 6, "value"),
    (TOTALS, "urban_residents,300", "urban_residents,901", "part_exceeds_whole", 7, "value"),
    (TOTALS, "registered,1200", "registred,1200", "indicator_unknown", 5, "indicator"),
    (TOTALS, "registered,1200,person", "registered,0.12,万人", "unit_wrong", 5, "unit"),
    (TOTALS, "registered,1200", "registered,1200.5", "number_not_whole", 5, "value"),
    (TOTALS, "registered,1200", "registered,-1200", "number_negative", 5, "value"),
    # dates and bounds
    ("birth_registrations.csv", "2023-12-20", "2022-12-20", "dates_reversed", 2, "to_date"),
    ("events.csv", "2012-12-31", "2011-12-31", "dates_reversed", 2, "to_date"),
    ("events.csv", "20,10,30", "40,10,30", "persons_outside_bounds", 2, "persons"),
    ("birth_registrations.csv", ",1,5,", ",一孩,5,", "word_unknown", 2, "order"),
    ("birth_registrations.csv", "2023-01-01,", "2022-10-01,", "registrations_cross_year", 2, "to_date"),
    # what a county knows of the years since its census
    ("registered_population.csv", "female,0,59", "male,0,59", "row_duplicate", 4, None),
    ("registered_population.csv", "male,60,,100", "male,61,,100", "age_gap", 3, "age_lo"),
    ("registered_population.csv", "female,60,,120", "both,60,,120", "sexes_and_both", 5, "sex"),
    ("births.csv", "2024,,here,any", "2024,,any,any", "births_of_nobody", 2, "registered"),
    ("births.csv", "2026,1,any,here,1,2", "2026,13,any,here,1,2", "number_out_of_range", 3, "month"),
    ("births.csv", "2026,1,any,here,3+,0", "2026,1,any,here,all,2", "parts_differ", 5, "births"),
    ("births.csv", "2026,1,any,here,1,2,", "2024,1,here,any,all,10,", "parts_differ", 2, "births"),
    ("deaths_by_age.csv", "both,60,,8", "male,60,,8", "sexes_and_both", 3, "sex"),
    ("deaths_by_age.csv", "both,60,,8", "both,59,,8", "age_overlap", 3, "age_lo"),
    ("moves.csv", "out,both", "away,both", "word_unknown", 3, "direction"),
    ("recipients.csv", "female,60,,6", "male,60,,6", "row_duplicate", 3, None),
    ("allowance_claims.csv", "2026-06-30,2025,3", "2026-06-30,2026,7", "claims_before_birth", 2, "birth_month"),
    ("township_population.csv", "500,20", "500,501", "part_exceeds_whole", 2, "children_0_2"),
    ("township_population.csv", "410122101", "410122109", "township_unknown", 3, "township"),
    ("registers.csv", "vaccination,2025-12-31,410122001", "vacination,2025-12-31,410122001", "word_unknown", 2, "register"),
    ("record_checks.csv", "120,3", "120,121", "part_exceeds_whole", 2, "found"),
]


@pytest.mark.parametrize(("file", "old", "new", "code", "line", "column"), SLIPS, ids=lambda value: str(value)[:30])
def test_a_slip_is_told_where_it_is(
    pack: Path, reference: Path, file: str, old: str, new: str, code: str, line: int, column: str | None
) -> None:
    edit(pack / file, old, new)
    assert (code, file, line, column) in brief(problems_of(pack, reference))


def test_registrations_that_would_count_twice_are_told(pack: Path, reference: Path) -> None:
    # Cumulative figures of June and December; orders of one period are no repetition.
    name, row = "birth_registrations.csv", "2023-01-01,2023-12-20,1,5,observed,县卫健委,\n"
    edit(pack / name, row, row + row.replace(",1,5,", ",2,3,") + row.replace("12-20", "06-30"))
    assert brief(problems_of(pack, reference)) == [("registrations_overlap", name, 2, "from_date")]


def test_age_groups_that_miss_the_total_are_told_at_the_totals(pack: Path, reference: Path) -> None:
    edit(pack / CENSUS, "male,0,4,100", "male,0,4,101")
    # 101 + 400 men, not 500; 1,001 people, not 1,000
    assert brief(problems_of(pack, reference)) == [
        ("age_groups_differ", TOTALS, 3, "value"),
        ("age_groups_differ", TOTALS, 2, "value"),
    ]


def test_a_census_without_its_total_is_told_at_its_first_row(pack: Path, reference: Path) -> None:
    edit(pack / TOTALS, "2020-11-01,residents,900", "2020-11-02,residents,900")
    assert brief(problems_of(pack, reference)) == [("total_missing", CENSUS, 6, "date")]


def test_lines_are_counted_as_an_editor_shows_them(pack: Path, reference: Path) -> None:
    # A cell over two lines and an empty line stand above the slip, which an editor shows in line 5.
    edit(pack / CENSUS, "县统计局,\n2010-11-01,male,5,,400", '"县\n统计局",\n\n2010-11-01,male,5,,四百')
    assert ("number_text", CENSUS, 5, "population") in brief(problems_of(pack, reference))


def test_a_plain_number_is_offered_for_a_written_one(pack: Path, reference: Path) -> None:
    edit(pack / CENSUS, "male,0,4,100", "male,0,4,0.01万")
    (problem,) = (one for one in problems_of(pack, reference) if one.code == "number_in_large_units")
    assert "100" in problem.describe("zh")


@pytest.mark.parametrize(("written", "meant"), [("男", "male"), ("女", "female")])
def test_a_chinese_sex_is_told_the_word_to_write(pack: Path, reference: Path, written: str, meant: str) -> None:
    edit(pack / CENSUS, f"2010-11-01,{meant},0", f"2010-11-01,{written},0")
    (problem,) = problems_of(pack, reference)
    assert problem.parameters["nearest"] == meant


def test_all_problems_come_at_once(pack: Path, reference: Path) -> None:
    edit(pack / CENSUS, "male,0,4,100", "male,0,4,-100")
    edit(pack / TOTALS, "residents_male,500,person,observed,县统计局", "residents_male,500,person,observed,")
    edit(pack / "outturn.csv", "9600.05", "9600元")
    (pack / "events.csv").write_text("", encoding="utf-8")
    edit(pack / "datapackage.json", '"code": "410122"', '"code": "41012"')
    with pytest.raises(InputError) as caught:
        load_area(pack, reference=reference)
    assert {problem.code for problem in caught.value.problems} == {
        *("number_negative", "source_empty", "number_text", "table_empty", "package_field_wrong")
    }
    assert "5" in caught.value.describe("zh").splitlines()[0]


def test_one_refused_cell_does_not_set_off_others(pack: Path, reference: Path) -> None:
    # A text where a number should be leaves sums and age groups unknown: nothing more is said about them.
    edit(pack / CENSUS, "male,0,4,100", "male,0,x,100")
    edit(pack / CENSUS, "male,5,,400", "male,5,,y")
    assert [one.code for one in problems_of(pack, reference)] == ["number_text", "number_text"]


def test_a_missing_sex_is_missed(pack: Path, reference: Path) -> None:
    edit(pack / CENSUS, "2020-11-01,female,0,4,50,observed,县统计局,\n2020-11-01,female,5,,350,observed,县统计局,\n", "")
    assert ("sex_missing", CENSUS, 6, "sex") in brief(problems_of(pack, reference))


@pytest.mark.parametrize("file", [CENSUS, TOTALS, "datapackage.json"])
def test_a_missing_file_is_missed(pack: Path, reference: Path, file: str) -> None:
    (pack / file).unlink()
    assert ("file_missing", file, None, None) in brief(problems_of(pack, reference))


def test_a_table_that_is_listed_must_be_there(pack: Path, reference: Path) -> None:
    (pack / "events.csv").unlink()
    assert brief(problems_of(pack, reference)) == [("package_file_missing", "datapackage.json", None, None)]


def test_a_missing_folder_is_told(tmp_path: Path, reference: Path) -> None:
    assert [one.code for one in problems_of(tmp_path / "none", reference)] == ["pack_missing"]


@pytest.mark.parametrize(
    "content", ["", "\n\n", CENSUS[:0] + "date,sex,age_lo,age_hi,population,status,source,note\n", ",,,\n,,,\n"]
)
def test_a_table_without_rows_is_told(pack: Path, reference: Path, content: str) -> None:
    (pack / CENSUS).write_text(content, encoding="utf-8")
    assert ("table_empty", CENSUS, None, None) in brief(problems_of(pack, reference))


IDENTITY_NUMBER = "11010519491231002X"  # the example of the standard GB 11643


@pytest.mark.parametrize(
    "written", [IDENTITY_NUMBER, "110105 19491231 0020", "１１０１０５１９４９１２３１００２Ｘ", f"联系人{IDENTITY_NUMBER}。"]
)
@pytest.mark.parametrize("file", [CENSUS, "datapackage.json", "assumptions.yaml"])
def test_an_identity_number_is_refused_and_never_repeated(pack: Path, reference: Path, written: str, file: str) -> None:
    if file == "assumptions.yaml":
        (pack / file).write_text(f"# {written}\nassumptions: []\n", encoding="utf-8")
    else:
        edit(
            pack / file,
            "县统计局" if file == CENSUS else '"title": "试验县"',
            f"{written}" if file == CENSUS else f'"title": "{written}"',
        )
    problems = problems_of(pack, reference)
    assert "cell_identity_number" in {one.code for one in problems}
    told = " ".join(one.describe(lang) for one in problems for lang in LANGUAGES)
    assert "19491231" not in told.replace(" ", "")
    assert "１９４９１２３１" not in told


def test_an_identity_number_in_a_header_is_not_repeated(pack: Path, reference: Path) -> None:
    edit(pack / CENSUS, "note\n", f"{IDENTITY_NUMBER}\n")
    assert IDENTITY_NUMBER not in " ".join(one.describe("zh") for one in problems_of(pack, reference))


JSON_SLIPS = [
    ('"code": "410122",', '"code": "410122"', "json_syntax"),
    ('"code": "410122"', '"code": 410122', "package_field_wrong"),
    ('"code": "410122"', '"area": "410122"', "package_field_missing"),
    ('"province": "410000"', '"province": "420000"', "package_codes_apart"),
    ('"prefecture": "410100"', '"prefecture": "411300"', "package_codes_apart"),
    ('"prefecture": "410100"', '"prefecture": "410122"', "package_field_wrong"),
    ('"en": "Test County"', '"en": ""', "package_field_wrong"),
    ('"disclosure_threshold": 10', '"disclosure_threshold": -1', "package_field_wrong"),
    ('"disclosure_threshold": 10', '"disclosure_threshold": 10, "code": "410122"', "json_duplicate_key"),
    ('"path": "events.csv"', '"path": "../../events.csv"', "package_path_outside"),
    ('"path": "events.csv"', '"path": "/etc/hosts"', "package_path_outside"),
    ('"path": "events.csv"', '"path": 3', "package_field_missing"),
    ('"path": "events.csv"', '"path": "a\\u0000b"', "package_path_outside"),
    ('"path": "events.csv"', '"path": "' + "a" * 5000 + '.csv"', "package_file_missing"),
]


@pytest.mark.parametrize(("old", "new", "code"), JSON_SLIPS, ids=lambda value: str(value)[:30])
def test_a_slip_in_the_package_file_is_told(pack: Path, reference: Path, old: str, new: str, code: str) -> None:
    edit(pack / "datapackage.json", old, new)
    assert code in {one.code for one in problems_of(pack, reference)}


def test_broken_json_names_the_line(pack: Path, reference: Path) -> None:
    edit(pack / "datapackage.json", '"code": "410122",', '"code": "410122"')
    line = (pack / "datapackage.json").read_text(encoding="utf-8").splitlines().index('    "code": "410122"') + 1
    (problem,) = (one for one in problems_of(pack, reference) if one.code == "json_syntax")
    assert problem.line == line + 1  # the parser stumbles at the next key


@pytest.mark.parametrize("content", ["[]", "3", "null", "[" * 100_000])
def test_a_package_file_that_is_no_object_is_told(pack: Path, reference: Path, content: str) -> None:
    (pack / "datapackage.json").write_text(content, encoding="utf-8")
    assert {one.code for one in problems_of(pack, reference)} & {"json_not_object", "json_syntax"}


def test_broken_yaml_names_file_and_line(pack: Path, reference: Path) -> None:
    (pack / "assumptions.yaml").write_text("assumptions:\n  - key: a\n   value: 1\n", encoding="utf-8")
    assert ("yaml_syntax", "assumptions.yaml", 3, None) in brief(problems_of(pack, reference))


def test_an_unknown_scenario_key_is_told(pack: Path, reference: Path) -> None:
    (pack / "scenarios").mkdir()
    content = "name: {zh: 试, en: Try}\ndescription: {zh: 试, en: Try}\nchanges:\n  mortality.e0_mal: 70\n"
    (pack / "scenarios" / "try.yaml").write_text(content, encoding="utf-8")
    assert brief(problems_of(pack, reference)) == [("assumption_unknown", "try.yaml", 4, None)]


def write_workbook(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 100)


def write_utf16(path: Path) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))


def write_damaged(path: Path) -> None:
    # One byte of 统 damaged in transfer. GB18030 takes the bytes for text all the same: 鍘跨粺@璁″眬 instead of 县统计局.
    path.write_bytes(path.read_bytes().replace("统".encode(), "统".encode()[:2] + b"@", 1))


def write_nul(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b",0,4,", b",0\x00,4,", 1))


def write_other_encoding(path: Path) -> None:
    path.write_bytes(b"date,sex\nM\xfcnchen,\xff\xff\n")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link_outside(path: Path) -> None:
    outside = path.parent.parent / "outside.csv"
    path.rename(outside)
    path.symlink_to(outside)


def link_in_a_circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("spoil", "code", "line"),
    [
        (write_workbook, "file_is_workbook", None),
        (write_utf16, "file_utf16", None),
        (write_damaged, "file_encoding", 2),
        (write_nul, "file_control_character", 2),
        (write_other_encoding, "file_encoding", 2),
        (make_folder, "file_not_regular", None),
        (make_pipe, "file_not_regular", None),
        (link_outside, "file_outside_pack", None),
        (link_in_a_circle, "file_unreadable", None),
    ],
)
def test_what_is_no_text_file_of_the_pack_is_refused(
    pack: Path, reference: Path, spoil: Callable[[Path], None], code: str, line: int | None
) -> None:
    spoil(pack / CENSUS)
    assert (code, CENSUS, line, None) in brief(problems_of(pack, reference))


def test_a_huge_file_is_refused_unread(pack: Path, reference: Path) -> None:
    with open(pack / CENSUS, "r+b") as file:
        file.truncate(50_000_001)  # sparse: takes no room on the disk
    assert ("file_too_large", CENSUS, None, None) in brief(problems_of(pack, reference))


def test_a_file_full_of_errors_is_told_in_short(pack: Path, reference: Path) -> None:
    header = "date,sex,age_lo,age_hi,population,status,source,note\n"
    (pack / CENSUS).write_text(header + "a,b,c,d,e,f,g,h\n" * 5_000, encoding="utf-8")
    codes = [one.code for one in problems_of(pack, reference) if one.file and one.file.endswith(CENSUS)]
    assert len(codes) == 201
    assert codes[-1] == "more_problems"


def test_an_unreadable_reference_is_told_like_a_pack(pack: Path, reference: Path, tmp_path: Path) -> None:
    assert {one.code for one in problems_of(pack, tmp_path / "nowhere")} == {"file_missing"}
