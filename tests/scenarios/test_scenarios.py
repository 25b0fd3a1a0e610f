"""A scenario is a small difference from the baseline; a slip in one must not pass as a result."""

from pathlib import Path

import pytest

from popmodel.messages import LANGUAGES, InputError
from popmodel.parameters import AssumptionBook
from popmodel.scenarios import find_scenario, read_scenario, read_scenarios

BOOK = """\
assumptions:
  - key: fertility.tfr
    value: {2020: 1.4, 2030: 1.2}
    unit: 个/妇女
    from: 2020-01-01
    range: [0.5, 3]
    scenario: true
    status: assumed
    source: 来源待查
    owner: 县卫生健康委（待确认）
    checked: 2026-11-24
    review_by: 2027-12-31
    title: {zh: 总和生育率, en: Total fertility rate}
  - key: fertility.srb
    value: 1.1
    unit: 男/女
    from: 2020-01-01
    range: [1, 1.2]
    status: assumed
    source: 来源待查
    owner: 县卫生健康委（待确认）
    checked: 2026-11-24
    review_by: 2027-12-31
    title: {zh: 出生性别比, en: Sex ratio at birth}
"""
HEAD = "name: {zh: 低生育, en: Low fertility}\ndescription: {zh: 说明, en: A description}\n"


@pytest.fixture
def book(tmp_path: Path) -> AssumptionBook:
    path = tmp_path / "assumptions.yaml"
    path.write_text(BOOK, encoding="utf-8")
    return AssumptionBook.from_files([path])


def write(folder: Path, key: str, rest: str) -> Path:
    path = folder / f"{key}.yaml"
    path.write_text(HEAD + rest, encoding="utf-8")
    return path


def test_a_scenario_changes_its_keys_and_no_others(tmp_path: Path, book: AssumptionBook) -> None:
    scenario = read_scenario(write(tmp_path, "low", "changes:\n  fertility.tfr: {2026: 1.0}\n"), book)
    changed = scenario.apply(book)
    assert changed.path("fertility.tfr", [2020, 2040]).tolist() == [1.0, 1.0]
    assert changed.value("fertility.srb") == book.value("fertility.srb")


@pytest.mark.parametrize(
    ("rest", "code", "line"),
    [
        ("changes:\n  fertility.trf: 1.0\n", "assumption_unknown", 4),
        ("changes:\n  fertility.tfr: 5\n", "assumption_out_of_range", 4),
        ("changes:\n  fertility.tfr: low\n", "assumption_not_path", 4),
        ("changes:\n  fertility.srb: 1.05\n", "scenario_key_closed", 4),
        ("changes:\n  fertility.tfr: {2020: 1.4, 2025: 1.3, 2030: 1.2}\n", "scenario_same_value", 4),
        ("changes:\n", "scenario_changes_nothing", 3),
        ("changes: {}\n", "scenario_changes_nothing", 3),
        ("", "scenario_changes_nothing", 1),
        ("baseline: true\nchanges:\n  fertility.tfr: 1\n", "scenario_baseline_changes", 4),
        ("change:\n  fertility.tfr: 1\n", "entry_field_unknown", 3),
        ("changes:\n  fertility.tfr: 1\n  fertility.tfr: 2\n", "yaml_duplicate_key", 5),
    ],
)
def test_a_slip_is_named_at_its_line(tmp_path: Path, book: AssumptionBook, rest: str, code: str, line: int) -> None:
    with pytest.raises(InputError) as caught:
        read_scenario(write(tmp_path, "low", rest), book)
    assert (code, line) in [(problem.code, problem.line) for problem in caught.value.problems]
    assert all(problem.describe(lang) for problem in caught.value.problems for lang in LANGUAGES)


def test_an_unknown_key_names_the_nearest_one(tmp_path: Path, book: AssumptionBook) -> None:
    with pytest.raises(InputError, match=r"fertility\.trf.*fertility\.tfr"):
        read_scenario(write(tmp_path, "low", "changes:\n  fertility.trf: 1.0\n"), book)


class TestFolders:
    def test_the_baseline_comes_first_and_a_county_may_replace_a_scenario(self, tmp_path: Path, book: AssumptionBook) -> None:
        reference, own = tmp_path / "reference", tmp_path / "own"
        reference.mkdir()
        own.mkdir()
        write(reference, "low", "changes:\n  fertility.tfr: 1.0\n")
        write(reference, "medium", "baseline: true\n")
        write(own, "low", "changes:\n  fertility.tfr: 0.9\n")
        scenarios = read_scenarios([reference, own, tmp_path / "absent"], book)
        assert list(scenarios) == ["medium", "low"]
        assert scenarios["low"].changes == {"fertility.tfr": 0.9}

    @pytest.mark.parametrize("flags", [[], ["a", "b"]])
    def test_exactly_one_baseline(self, tmp_path: Path, book: AssumptionBook, flags: list[str]) -> None:
        folder = tmp_path / "scenarios"
        folder.mkdir()
        for key in flags:
            write(folder, key, "baseline: true\n")
        with pytest.raises(InputError) as caught:
            read_scenarios([folder], book)
        assert [problem.code for problem in caught.value.problems] == ["scenario_baseline_count"]

    def test_every_bad_file_is_reported(self, tmp_path: Path, book: AssumptionBook) -> None:
        folder = tmp_path / "scenarios"
        folder.mkdir()
        for key in ("a", "b"):
            write(folder, key, "changes:\n  fertility.tfr: 9\n")
        with pytest.raises(InputError) as caught:
            read_scenarios([folder], book)
        assert len(caught.value.problems) == 2

    def test_asking_for_a_scenario_that_is_not_there_names_the_nearest(self, tmp_path: Path, book: AssumptionBook) -> None:
        folder = tmp_path / "scenarios"
        folder.mkdir()
        write(folder, "low_fertility", "changes:\n  fertility.tfr: 1.0\n")
        write(folder, "medium", "baseline: true\n")
        with pytest.raises(InputError, match="low_fertility"):
            find_scenario(read_scenarios([folder], book), "low_fertilty")
