"""A county's own scheme: the worked example of the documentation, its money by hand, and every slip told where it is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from popmodel.areas import Area, load_area
from popmodel.budget import make_budget
from popmodel.messages import InputError
from popmodel.projection import launch, project_from
from popmodel.subsidies.declared import declared_rules

KEY = "seniors_allowance"


def example(root: Path, name: str = "own-scheme.md") -> str:
    (block,) = re.findall(r"```yaml\n(.*?)```", (root / "docs" / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    return str(block)


def with_scheme(root: Path, folder: Path, content: str, key: str = KEY) -> Path:
    pack = folder / "xichuan"
    shutil.copytree(root / "data" / "xichuan", pack)
    (pack / "schemes" / f"{key}.yaml").write_text(content, encoding="utf-8")
    return pack


@pytest.fixture(scope="module")
def area(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Area:
    return load_area(with_scheme(root, tmp_path_factory.mktemp("own"), example(root)))


def test_the_example_is_the_same_in_both_languages(root: Path) -> None:
    assert example(root) == example(root, "own-scheme.zh-CN.md")


def test_the_worked_example_by_hand(area: Area) -> None:
    start = launch(area)
    projection = project_from(start, area.scenarios["medium"], 2030)
    made = make_budget(start, projection, range(2026, 2031))
    own = made.amounts[made.amounts["scheme"] == KEY].set_index("year")
    assert own.loc[2026, "amount_yuan"] == 0
    for year in (2027, 2030):
        aged_80 = float(projection.registered["population"].sel(year=year, age=slice(80, 100)).sum())
        assert own.loc[year, "recipients"] == pytest.approx(0.98 * aged_80)
        assert own.loc[year, "amount_yuan"] == pytest.approx(0.98 * 600 * aged_80)
    # All of it is the county's, a quarter in each quarter, to the fen.
    budgeted = made.appropriation[(made.appropriation["scheme"] == KEY) & (made.appropriation["year"] == 2027)]
    fen = budgeted.set_index("payer")["amount_fen"]
    assert fen["county"] == fen.sum()
    assert abs(fen.sum() - 100 * own.loc[2027, "amount_yuan"]) <= 100
    quarters = (
        made.calendar[(made.calendar["scheme"] == KEY) & (made.calendar["year"] == 2027)].groupby("quarter")["amount_fen"].sum()
    )
    assert quarters.sum() == fen.sum()
    assert quarters.max() - quarters.min() <= 1
    # Whoever has the scheme not pays as before.
    without = project_from(launch(area), area.scenarios["medium"], 2030)
    np.testing.assert_array_equal(without.registered["population"], projection.registered["population"])


def test_a_list_of_it_by_hand(area: Area) -> None:
    rule = declared_rules(area)[KEY]
    born = np.array(["1947-12-31", "1948-01-01", "1920-02-29"], dtype="datetime64[D]")
    nobody = np.full(3, np.datetime64("NaT"), dtype="datetime64[D]")
    died = np.array(["NaT", "NaT", "2027-12-30"], dtype="datetime64[D]")
    facts = {"birth_date": born, "registered_from": nobody, "registered_to": nobody, "died": died}
    found = rule.entitlement(facts, 2027)
    # 80 on the last day of 2027; a day too late; and one who died the day before ages are counted.
    assert found.amount_fen.tolist() == [60_000, 0, 0]


SLIPS = [
    ("payers:\n  2027-01-01: {county: 1}", "payers:\n  2027-01-01: {county: 0.9}", "scheme_payers_total"),
    ("{county: 1}", "{village: 1}", "scheme_payer_unknown"),
    ("age_to: 100", "age_to: 70", "scheme_ages"),
    ("age_from: 80", "age_from: 80.5", "scheme_number"),
    ("age_from: 80", "age_from: 180", "scheme_number"),
    ("months: [3, 6, 9, 12]", "months: [3, 6, 9, 13]", "scheme_months"),
    ("months: [3, 6, 9, 12]", "months: []", "scheme_months"),
    ("unit: yuan_per_person_year", "unit: yuan_per_person_month", "scheme_unit"),
    ("unit: yuan_per_person_year", "unit: dollars", "parameter_unit"),
    ("value: 600", "value: -600", "scheme_value"),
    ("value: 0.98", "value: 98", "scheme_value"),
    ("recipient: person", "recipient: dog", "entry_word"),
    ("population: registered", "population: everyone", "entry_word"),
    ("conditions:\n  age_from: 80\n", "conditions:\n  age_from: 80\n  age_on: 02-30\n", "scheme_day"),
    (
        "conditions:\n  age_from: 80\n",
        "conditions:\n  age_from: 80\n  born_from: 2020-01-01\n  born_to: 2019-01-01\n",
        "scheme_born",
    ),
    ("share:\n", "shares:\n", "entry_field_missing"),
]


@pytest.mark.parametrize(("was", "now", "code"), SLIPS)
def test_a_slip_is_told_with_its_file(root: Path, tmp_path: Path, was: str, now: str, code: str) -> None:
    content = example(root)
    assert was in content
    with pytest.raises(InputError) as caught:
        load_area(with_scheme(root, tmp_path, content.replace(was, now, 1)))
    told = {problem.code: problem for problem in caught.value.problems}
    assert code in told, told
    assert str(told[code].file).endswith(f"{KEY}.yaml")
    assert told[code].line
    for lang in ("zh", "en"):
        assert "{" not in told[code].describe(lang)


@pytest.mark.parametrize("key", ["special_support", "total", "Seniors", "高龄"])
def test_a_name_that_is_taken_or_odd_is_refused(root: Path, tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError) as caught:
        load_area(with_scheme(root, tmp_path, example(root), key))
    assert "scheme_key" in [problem.code for problem in caught.value.problems]


def test_all_slips_of_all_files_come_at_once(root: Path, tmp_path: Path) -> None:
    pack = with_scheme(root, tmp_path, example(root).replace("age_to: 100", "age_to: 70"))
    (pack / "schemes" / "other.yaml").write_text("- a list\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_area(pack)
    assert {problem.code for problem in caught.value.problems} >= {"scheme_ages", "scheme_not_a_mapping"}
