"""The assumption book refuses what a reader of the report could not follow back: a value without source, owner or date."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from popmodel.areas import Area
from popmodel.messages import LANGUAGES, InputError
from popmodel.parameters import AssumptionBook

ENTRY = """\
  - key: {key}
    value: {value}
    unit: {unit}
    from: 2020-01-01
    range: [0, 1]
    scenario: true
    status: assumed
    source: 来源待查
    owner: 县卫生健康委（待确认）
    checked: 2026-11-24
    review_by: 2027-12-31
    title: {{zh: 入托率, en: Enrolment rate}}
    note: {{zh: 说明, en: A note}}
"""


def write(folder: Path, *entries: str, name: str = "assumptions.yaml") -> Path:
    path = folder / name
    path.write_text("assumptions:\n" + "".join(entries), encoding="utf-8")
    return path


def entry(key: str = "childcare.rate", value: str = "0.5", unit: str = "share") -> str:
    return ENTRY.format(key=key, value=value, unit=unit)


def problems_of(path: Path) -> list[tuple[str, int | None]]:
    with pytest.raises(InputError) as caught:
        AssumptionBook.from_files([path])
    for problem in caught.value.problems:
        assert all(problem.describe(lang) for lang in LANGUAGES)
    return [(problem.code, problem.line) for problem in caught.value.problems]


def test_path_is_linear_between_its_years_and_constant_outside(tmp_path: Path) -> None:
    book = AssumptionBook.from_files([write(tmp_path, entry(value="{2030: 0.5, 2020: 0.1}"))])
    # by hand: 0.1 + 0.4 × 5/10 = 0.3 in 2025
    np.testing.assert_allclose(book.path("childcare.rate", [2015, 2020, 2025, 2030, 2040]), [0.1, 0.1, 0.3, 0.5, 0.5])


def test_a_single_number_is_constant_as_a_path(tmp_path: Path) -> None:
    book = AssumptionBook.from_files([write(tmp_path, entry())])
    np.testing.assert_array_equal(book.path("childcare.rate", range(2023, 2026)), [0.5, 0.5, 0.5])


@pytest.mark.parametrize("field", ["status", "source", "owner", "checked", "review_by", "unit", "from", "title", "value"])
def test_an_entry_without_its_provenance_is_refused(tmp_path: Path, field: str) -> None:
    kept = "".join(line for line in entry().splitlines(keepends=True) if not line.strip().startswith(f"{field}:"))
    assert problems_of(write(tmp_path, kept)) == [("entry_field_missing", 2)]


@pytest.mark.parametrize(
    ("written", "instead", "code", "line"),
    [
        ("checked: 2026-11-24", "checked: '2026-11-24'", "entry_field_not_date", 11),
        ("checked: 2026-11-24", "checked: 2026-11-31", "yaml_impossible_value", 11),
        ("checked: 2026-11-24", "checked: 2026-11-24 08:00:00", "entry_field_not_date", 11),
        ("status: assumed", "status: guessed", "entry_status", 8),
        ("source: 来源待查", "source: ''", "entry_field_empty", 9),
        ("source: 来源待查", "sorce: 来源待查", "entry_field_unknown", 9),
        ("scenario: true", "scenario: 1", "entry_field_not_flag", 7),
        ("range: [0, 1]", "range: [1, 0]", "assumption_range", 6),
        ("value: 0.5", "value: 1.5", "assumption_out_of_range", 3),
        ("value: 0.5", "value: {2020: 0.5, 2030: 1.5}", "assumption_out_of_range", 3),
        ("value: 0.5", "value: .nan", "assumption_value", 3),
        ("value: 0.5", "value: {2020: half}", "assumption_value", 3),
        ("value: 0.5", "value: {central: 0.6, county: 0.3}", "assumption_shares", 3),
        ("value: 0.5", "value: 0.5\n    value: 0.6", "yaml_duplicate_key", 4),
        ("value: 0.5", "value: {2020: 0.5, 2020: 0.6}", "yaml_duplicate_key", 3),
        ("unit: share", "unit: share\n\tfrom: x", "yaml_syntax", 5),
        ("unit: share", 'unit: "share', "yaml_syntax", None),
        ("title: {zh: 入托率, en: Enrolment rate}", "title: {zh: 入托率}", "entry_field_not_languages", 13),
    ],
)
def test_a_slip_is_found_at_its_line(tmp_path: Path, written: str, instead: str, code: str, line: int | None) -> None:
    found = problems_of(write(tmp_path, entry().replace(written, instead)))
    assert code in [name for name, _ in found]
    if line is not None:
        assert (code, line) in found


def test_all_problems_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    first = write(tmp_path, entry().replace("assumed", "guessed"), entry("b").replace("unit: share", "unit: 3"))
    second = write(tmp_path, entry("c").replace("checked: 2026-11-24", "checked: soon"), name="own.yaml")
    with pytest.raises(InputError) as caught:
        AssumptionBook.from_files([first, second])
    assert {problem.file for problem in caught.value.problems} == {str(first), str(second)}
    assert len(caught.value.problems) == 3


def test_shares_keep_their_names_and_add_to_one(tmp_path: Path) -> None:
    book = AssumptionBook.from_files([write(tmp_path, entry(value="{central: 0.6, province: 0.25, county: 0.15}"))])
    assert book.shares("childcare.rate") == {"central": 0.6, "province": 0.25, "county": 0.15}


class TestACountysOwnBook:
    def test_replaces_the_reference_value_and_keeps_its_range(self, tmp_path: Path) -> None:
        reference = write(tmp_path, entry("a"), entry("b"))
        own = write(tmp_path, entry("a", "0.7").replace("    range: [0, 1]\n", "").replace("scenario: true", "scenario: false"),
                    name="own.yaml")  # fmt: skip
        book = AssumptionBook.from_files([reference, own])
        assert (book.value("a"), book.value("b"), book["a"].range) == (0.7, 0.5, (0, 1))
        assert book.keys() == ["a", "b"]

    def test_may_not_leave_the_range_of_the_reference(self, tmp_path: Path) -> None:
        reference = write(tmp_path, entry("a"))
        own = write(tmp_path, entry("a", "3").replace("[0, 1]", "[0, 9]"), name="own.yaml")
        with pytest.raises(InputError) as caught:
            AssumptionBook.from_files([reference, own])
        assert [(p.code, p.file) for p in caught.value.problems] == [("assumption_out_of_range", str(own))]

    def test_a_key_the_model_does_not_know_is_pointed_out(self, tmp_path: Path) -> None:
        reference, own = write(tmp_path, entry("childcare.rate")), write(tmp_path, entry("childcare.rat"), name="own.yaml")
        (notice,) = AssumptionBook.from_files([reference, own]).notices
        assert (notice.code, notice.parameters["nearest"]) == ("assumption_new", "childcare.rate")


class TestChanges:
    def test_a_change_leaves_the_first_book_as_it_was(self, tmp_path: Path) -> None:
        book = AssumptionBook.from_files([write(tmp_path, entry("a"))])
        assert (book.with_changes({"a": 0.9}).value("a"), book.value("a")) == (0.9, 0.5)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"a": 2}, "assumption_out_of_range"),
            ({"a": "much"}, "assumption_not_number"),
            ({"a": {2020: 0.1}}, "assumption_not_number"),
            ({"a": True}, "assumption_not_number"),
            ({"aa": 0.5}, "assumption_unknown"),
        ],
    )
    def test_a_change_the_entry_does_not_take_is_refused(self, tmp_path: Path, change: dict[str, object], code: str) -> None:
        book = AssumptionBook.from_files([write(tmp_path, entry("a"))])
        with pytest.raises(InputError) as caught:
            book.with_changes(change)
        assert [problem.code for problem in caught.value.problems] == [code]


def test_an_entry_past_its_review_date_is_overdue(tmp_path: Path) -> None:
    book = AssumptionBook.from_files([write(tmp_path, entry("a"))])
    assert book.overdue(date(2027, 12, 31)) == []
    assert [late.key for late in book.overdue(date(2028, 1, 1))] == ["a"]


def test_a_gb18030_book_is_read_with_a_notice(tmp_path: Path) -> None:
    path = tmp_path / "assumptions.yaml"
    path.write_bytes(("assumptions:\n" + entry("a")).encode("gb18030"))
    book = AssumptionBook.from_files([path])
    assert book["a"].owner == "县卫生健康委（待确认）"
    assert [notice.code for notice in book.notices] == ["yaml_read_as_gb18030"]


def test_a_book_with_bom_is_read(tmp_path: Path) -> None:
    path = tmp_path / "assumptions.yaml"
    path.write_text("assumptions:\n" + entry("a"), encoding="utf-8-sig")
    assert AssumptionBook.from_files([path]).value("a") == 0.5


@pytest.mark.parametrize("content", ["", "- 1\n", "assumptions: none\n", "assumptions:\n  - 3\n", "a: &a [*a]\n"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "assumptions.yaml"
    path.write_text(content, encoding="utf-8")
    assert problems_of(path)


def test_books_with_the_same_values_have_the_same_fingerprint(xichuan: Area) -> None:
    """What was worked out for one book serves another as long as no value it rests on differs, be it one year of a path."""
    book = xichuan.assumptions
    same = book.with_changes({"migration.returning": 2.0}).fingerprint("mortality.")
    assert same == book.fingerprint("mortality.")
    for change in ({"mortality.e0_male": 75.0}, {"mortality.gain_factor": {2025: 1.1}}):
        assert book.with_changes(change).fingerprint("mortality.") != same
    assert hash(same) == hash(book.fingerprint("mortality."))
