"""A dated standard holds from its date until the next one, and never before the first."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from popmodel.childcare import NORMS_FILE
from popmodel.messages import InputError
from popmodel.parameters import read_parameters, rule_parameters, use_rules

VALUE = """\
    - value: {value}
      unit: yuan_per_person_month
      from: {start}
      document: 财政部 国家卫生健康委 2022-05-10 通知
      paragraph: ""
      source: 转引
      status: observed
      checked: 2026-11-24
      review_by: 2027-12-31
"""


def write(folder: Path, *values: tuple[str, str]) -> Path:
    path = folder / "standards.yaml"
    listed = "".join(VALUE.format(value=value, start=start) for value, start in values)
    path.write_text("only_child_died:\n  title: {zh: 独生子女死亡, en: Only child died}\n  values:\n" + listed, encoding="utf-8")
    return path


def test_the_standard_changes_on_its_day(tmp_path: Path) -> None:
    # 独生子女死亡家庭特别扶助: 450 yuan a month from 2018, 590 from 1 July 2022
    standard = read_parameters(write(tmp_path, ("450", "2018-01-01"), ("590", "2022-07-01")))["only_child_died"]
    assert [standard.at(date(2022, 6, 30)), standard.at(date(2022, 7, 1)), standard.at(date(2030, 1, 1))] == [450, 590, 590]


def test_a_day_before_the_first_standard_is_an_error(tmp_path: Path) -> None:
    standard = read_parameters(write(tmp_path, ("450", "2018-01-01")))["only_child_died"]
    with pytest.raises(InputError) as caught:
        standard.at(date(2017, 12, 31))
    assert [problem.code for problem in caught.value.problems] == ["parameter_outside_dates"]


@pytest.mark.parametrize("dates", [("2022-07-01", "2018-01-01"), ("2018-01-01", "2018-01-01")])
def test_dates_that_do_not_rise_are_refused(tmp_path: Path, dates: tuple[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        read_parameters(write(tmp_path, ("450", dates[0]), ("590", dates[1])))
    assert [problem.code for problem in caught.value.problems] == ["parameter_dates"]


def ended(folder: Path, first_ends: str, second_starts: str) -> Path:
    path = write(folder, ("450", "2018-01-01"), ("590", second_starts))
    content = path.read_text(encoding="utf-8").replace("from: 2018-01-01\n", f"from: 2018-01-01\n      to: {first_ends}\n", 1)
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("ends", "starts", "code"),
    [
        ("2022-05-31", "2022-07-01", "parameter_gap"),
        ("2022-07-01", "2022-07-01", "parameter_overlap"),
        ("2017-06-30", "2022-07-01", "parameter_ends_early"),
    ],
)
def test_dates_that_leave_a_gap_or_overlap_are_refused(tmp_path: Path, ends: str, starts: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        read_parameters(ended(tmp_path, ends, starts))
    (problem,) = [problem for problem in caught.value.problems if problem.code == code]
    assert problem.file
    assert problem.line


def test_dates_that_meet_are_taken(tmp_path: Path) -> None:
    standard = read_parameters(ended(tmp_path, "2022-06-30", "2022-07-01"))["only_child_died"]
    assert [standard.at(date(2022, 6, 30)), standard.at(date(2022, 7, 1))] == [450, 590]


def test_a_parameter_that_has_ended_is_no_standard_any_more(tmp_path: Path) -> None:
    path = write(tmp_path, ("450", "2018-01-01"))
    content = path.read_text(encoding="utf-8").replace("from: 2018-01-01\n", "from: 2018-01-01\n      to: 2022-06-30\n")
    path.write_text(content, encoding="utf-8")
    standard = read_parameters(path)["only_child_died"]
    assert standard.at(date(2022, 6, 30)) == 450
    with pytest.raises(InputError) as caught:
        standard.at(date(2022, 7, 1))
    assert [problem.code for problem in caught.value.problems] == ["parameter_ended"]


def test_a_unit_that_is_not_known_is_told_with_the_known_ones(tmp_path: Path) -> None:
    path = write(tmp_path, ("450", "2018-01-01"))
    path.write_text(path.read_text(encoding="utf-8").replace("yuan_per_person_month", "yuan/month"), encoding="utf-8")
    with pytest.raises(InputError, match="yuan_per_person_month"):
        read_parameters(path)


def test_a_day_as_a_value_is_no_number(tmp_path: Path) -> None:
    path = write(tmp_path, ("2015-12-31", "2016-01-01"))
    path.write_text(path.read_text(encoding="utf-8").replace("yuan_per_person_month", "date"), encoding="utf-8")
    last = read_parameters(path)["only_child_died"]
    assert last.day_at(date(2023, 1, 1)) == date(2015, 12, 31)
    with pytest.raises(TypeError):
        last.at(date(2023, 1, 1))


def test_only_the_value_in_force_falls_due_for_review(tmp_path: Path) -> None:
    standard = read_parameters(write(tmp_path, ("450", "2018-01-01"), ("590", "2022-07-01")))["only_child_died"]
    assert standard.overdue(date(2027, 12, 31)) == []
    assert [late.value for late in standard.overdue(date(2028, 1, 1))] == [590]


def test_a_mistyped_date_is_found_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_parameters(write(tmp_path, ("450", "2018年1月")))
    assert [(problem.code, problem.line) for problem in caught.value.problems] == [("entry_field_not_date", 6)]


def test_other_values_hold_inside_the_block_only(tmp_path: Path) -> None:
    # A run of last year is worked out again with last year's amounts; today's must be back afterwards, whatever happens.
    beside_the_code = write(tmp_path, ("450", "2018-01-01"))
    (tmp_path / "earlier").mkdir()
    earlier = read_parameters(write(tmp_path / "earlier", ("390", "2018-01-01")))
    day = date(2020, 1, 1)
    with suppress(KeyError), use_rules({beside_the_code.stem: earlier}):
        assert rule_parameters(beside_the_code)["only_child_died"].at(day) == 390
        assert rule_parameters(NORMS_FILE)["places_per_1000"].at(date(2025, 1, 1)) == 4.5  # a file not named there stays
        raise KeyError
    assert rule_parameters(beside_the_code)["only_child_died"].at(day) == 450
