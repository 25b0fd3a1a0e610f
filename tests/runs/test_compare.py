"""The bridge between two runs: each change, and all of them at once, against figures worked out directly from packs on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from popmodel.assessment.bridge import GRAIN, STEPS, by_step
from popmodel.assessment.money_bridge import by_heading
from popmodel.cli import main
from popmodel.messages import InputError
from popmodel.parameters import read_parameters, use_rules
from popmodel.runs import vintages
from popmodel.runs.bridge_text import bridge_text
from popmodel.runs.compare import NEW_CODE, OLD_CODE, Comparison, compare
from popmodel.shipped import shipped
from tests.runs.vintage_runs import OWN_ASSUMPTION, copy_of, figures_of, publish, rewrite_inputs

# A cell of the pack: the resettled people, within the bounds the table itself gives.
EVENT = ("events.csv", "2011-12-31,85000,", "2011-12-31,81000,")
# A township goes to a neighbour, and the census of 2020 is given again without 1,000 of its men.
CEDED = (
    ("townships.csv", "411326304,滔河乡", "411326399,滔河乡"),
    ("census_population.csv", "2020-11-01,male,25,29,{men},", "2020-11-01,male,25,29,{fewer},"),
    ("census_totals.csv", "2020-11-01,residents,538569,", "2020-11-01,residents,537569,"),
    ("census_totals.csv", "2020-11-01,residents_male,271687,", "2020-11-01,residents_male,270687,"),
    ("census_totals.csv", "2020-11-01,rural_residents,258966,", "2020-11-01,rural_residents,257966,"),
)


@pytest.fixture(scope="module")
def pack(root: Path) -> Path:
    return root / "data" / "xichuan"


@pytest.fixture(scope="module")
def today(pack: Path) -> pd.Series:
    """The key figures of the pack as it ships."""
    return figures_of(pack)


@pytest.fixture(scope="module")
def old(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(pack, tmp_path_factory.mktemp("old") / "medium")


@pytest.fixture
def own_old(pack: Path, tmp_path: Path) -> Path:
    return publish(pack, tmp_path / "own_old")


def with_assumption(folder: Path, key: str, value: str) -> Path:
    (folder / "assumptions.yaml").write_text(OWN_ASSUMPTION.format(key=key, value=value), encoding="utf-8")
    return folder


@pytest.fixture
def higher_allowance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], use_rules]:
    """A program that comes with an allowance of 4,000 yuan a year where ours has 3,600; to be used as a context."""
    (shipped_file,) = [path for path in vintages.RULE_FILES if path.stem == "childcare_allowance"]
    other = tmp_path / "rules" / shipped_file.name
    other.parent.mkdir()
    content = shipped_file.read_text(encoding="utf-8")
    assert content.count("value: 3600") == 1
    other.write_text(content.replace("value: 3600", "value: 4000"), encoding="utf-8")
    files = tuple(other if path == shipped_file else path for path in vintages.RULE_FILES)
    monkeypatch.setattr(vintages, "RULE_FILES", files)
    return lambda: use_rules({"childcare_allowance": read_parameters(other)})


def expected(before: pd.Series, after: pd.Series) -> dict[tuple[str, int], float]:
    return (after - before).dropna().to_dict()


def check(found: Comparison, effects: dict[str, dict[tuple[str, int], float]]) -> None:
    """Each step's effect is as given, or nothing at all, and they add to the last bit."""
    steps = by_step(found.effects)
    for step in STEPS:
        if step in effects:
            # Stored figures stand on a grain of 2**-16, so a difference of two is right to that.
            assert steps[step].to_dict() == pytest.approx(effects[step], abs=GRAIN), step
            assert steps[step].abs().max() > 1
        else:
            assert not steps[step].any(), step
    ends = found.effects.drop_duplicates(["quantity", "year"])
    whole = found.effects.groupby(["quantity", "year"], sort=False)["effect"].sum()
    assert (whole.to_numpy() == (ends["new"] - ends["old"]).to_numpy()).all()


def told(found: Comparison, step: str) -> str:
    return "\n".join(note for change in found.changes if change.step == step for note in change.notes)


def test_the_same_twice_is_all_zeros(old: Path, pack: Path, tmp_path: Path) -> None:
    check(compare(old, publish(pack, tmp_path / "again")), {})
    found = compare(old, old)
    assert not found.effects["effect"].any()
    assert [change.notes for change in found.changes] == [[], []]


def test_one_assumption(old: Path, pack: Path, today: pd.Series, tmp_path: Path) -> None:
    other = with_assumption(copy_of(pack, tmp_path / "xichuan"), "fertility.level", "{2025: 1.0, 2027: 1.1}")
    found = compare(old, publish(other, tmp_path / "new"))
    check(found, {"parameters": expected(today, figures_of(other))})
    births = by_step(found.effects)["parameters"]["births"]
    assert births[2025] == 0 < births[2026] < births[2030]  # after the launch only
    assert told(found, "parameters") == "Test (fertility.level): 2025: 1 → 2025: 1; 2027: 1.1"


def test_one_cell_of_data(old: Path, pack: Path, today: pd.Series, tmp_path: Path) -> None:
    other = copy_of(pack, tmp_path / "xichuan", EVENT)
    found = compare(old, publish(other, tmp_path / "new"))
    check(found, {"data": expected(today, figures_of(other))})
    assert "rows added 0, removed 0; cells changed 1" in told(found, "data")
    assert "south_north_water_resettlement, persons: 85000 → 81000" in told(found, "data")


def test_one_cell_of_the_reference(old: Path, pack: Path, today: pd.Series, root: Path, tmp_path: Path) -> None:
    births = ("series.csv", "410000,births,2024,762000,", "410000,births,2024,752000,")
    reference = copy_of(root / "data" / "reference", tmp_path / "reference", births)
    found = compare(old, publish(pack, tmp_path / "new", reference=reference))
    check(found, {"data": expected(today, figures_of(pack, reference=reference))})
    # The province's births of 2024 give the county's in proportion.
    assert by_step(found.effects)["data"]["births", 2024] == pytest.approx(today["births", 2024] * -10 / 762, abs=GRAIN)


def test_one_scenario(old: Path, pack: Path, today: pd.Series, tmp_path: Path) -> None:
    found = compare(old, publish(pack, tmp_path / "new", scenario="more_return"))
    check(found, {"policy": expected(today, figures_of(pack, scenario="more_return"))})
    assert "scenario: medium → more_return" in told(found, "policy")
    assert "as in the baseline → 2025: 1; 2030: 1.5" in told(found, "policy")


def test_one_amount_of_a_rule(
    old: Path, pack: Path, today: pd.Series, tmp_path: Path, higher_allowance: Callable[[], use_rules]
) -> None:
    with higher_allowance():
        new = publish(pack, tmp_path / "new")
    found = compare(old, new)
    steps = by_step(found.effects)
    assert not steps.drop(columns="policy").any(axis=None)
    # From 2028 on nobody is owed by the month any more, and from 2029 nothing owed by the month is paid late: the allowance grows
    # by 400 in 3,600.
    allowance = today["amount_childcare_allowance"]
    for year in range(2029, 2036):
        effect = steps["policy"]["amount_childcare_allowance", year]
        assert effect == pytest.approx(allowance[year] / 9, abs=2 * GRAIN)
        assert effect == pytest.approx(steps["policy"]["amount_total", year], abs=2 * GRAIN)
    moved = set(steps.index[steps["policy"] != 0].get_level_values("quantity"))
    assert moved == {"amount_childcare_allowance", "amount_total", "amount_county"}
    assert "2025-01-01: 3600 → 2025-01-01: 4000" in told(found, "policy")


def test_a_target_of_the_county_is_policy(old: Path, pack: Path, today: pd.Series, tmp_path: Path) -> None:
    target = ("targets.csv", "places_per_1000,2025,4.5,", "places_per_1000,2025,5.5,")
    found = compare(old, publish(copy_of(pack, tmp_path / "xichuan", target), tmp_path / "new"))
    # One more place for each 1,000 residents.
    places, residents = by_step(found.effects)["policy"]["required_norm_resident"], today["residents"]
    assert places[2030] == pytest.approx(residents[2030] / 1000, abs=GRAIN)


def ceded(pack: Path) -> list[tuple[str, str, str]]:
    rows = (pack / "census_population.csv").read_text(encoding="utf-8").splitlines()
    (men,) = [int(row.split(",")[4]) for row in rows if row.startswith("2020-11-01,male,25,29,")]
    return [(name, was.format(men=men), now.format(fewer=men - 1000)) for name, was, now in CEDED]


def test_a_census_given_again_is_data_unless_townships_changed(old: Path, pack: Path, today: pd.Series, tmp_path: Path) -> None:
    census = [edit for edit in ceded(pack) if edit[0] != "townships.csv"]
    corrected = copy_of(pack, tmp_path / "corrected", *census)
    check(compare(old, publish(corrected, tmp_path / "new_data")), {"data": expected(today, figures_of(corrected))})
    smaller = copy_of(pack, tmp_path / "smaller", *ceded(pack))
    found = compare(old, publish(smaller, tmp_path / "new_boundary"))
    check(found, {"boundary": expected(today, figures_of(smaller))})
    assert "added: 411326399" in told(found, "boundary")
    assert "removed: 411326304" in told(found, "boundary")
    assert "2020-11-01, residents, value: 538,569 → 537,569" in told(found, "boundary")


def test_all_at_once_each_beside_those_before_it(
    old: Path, pack: Path, today: pd.Series, tmp_path: Path, higher_allowance: Callable[[], use_rules]
) -> None:
    # Packs on disk for what the bridge mixes in memory: the data, then the boundary, then the assumption, then the policy.
    folders = [copy_of(pack, tmp_path / "1", EVENT), copy_of(pack, tmp_path / "2", EVENT, *ceded(pack))]
    folders.append(with_assumption(copy_of(folders[-1], tmp_path / "3"), "fertility.level", "{2025: 1.0, 2027: 1.1}"))
    data, boundary, parameters = (figures_of(folder) for folder in folders)
    with higher_allowance():
        policy = figures_of(folders[-1], scenario="more_return")
        new = publish(folders[-1], tmp_path / "new", scenario="more_return")
    check(
        compare(old, new),
        {
            "data": expected(today, data),
            "boundary": expected(data, boundary),
            "parameters": expected(boundary, parameters),
            "policy": expected(parameters, policy),
        },
    )
    # The other way round the whole has the other sign, whatever its parts.
    there, back = compare(old, new).effects, compare(new, old).effects
    sums = [frame.groupby(["quantity", "year"])["effect"].sum() for frame in (there, back)]
    assert (sums[0] == -sums[1]).all()


def test_other_code_on_either_side_is_method(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A program that counted five births more a year, and one that counted two fewer.
    runs = []
    for births in (5, -2):
        with monkeypatch.context() as patch:
            figures = vintages.key_figures

            def shifted(projection: object, births: int = births, figures: Callable[..., pd.DataFrame] = figures) -> pd.DataFrame:
                frame = figures(projection)
                return frame.assign(value=frame["value"] + births * (frame["quantity"] == "births"))

            patch.setattr(vintages, "key_figures", shifted)
            patch.setattr(vintages, "program_now", lambda: {"version": "0.0.9", "sha256": "0"})
            runs.append(publish(pack, tmp_path / f"births{births}"))
    found = compare(*runs)
    steps = by_step(found.effects)
    assert steps["method"]["births"].to_numpy() == pytest.approx(-7, abs=2 * GRAIN)
    assert not steps.drop("births").any(axis=None)
    by_item = found.effects[found.effects["quantity"] == "births"].groupby("item")["effect"].mean()
    assert by_item[[OLD_CODE, NEW_CODE]].tolist() == pytest.approx([-5, -2], abs=2 * GRAIN)
    assert told(found, "method").count("made by popmodel 0.0.9") == 2


def test_what_newer_code_asks_for_comes_from_today(own_old: Path, old: Path) -> None:
    # A vintage made before there were rates of the United Nations, special support, or an assumption on older returns.
    book = (shipped("data") / "reference" / "assumptions.yaml").read_text(encoding="utf-8")
    entries = book.split("  - key: ")
    (older,) = [f"  - key: {entry}" for entry in entries if entry.startswith("migration.returning_older\n")]
    edits = {
        "reference/wpp_death_rates.csv": None,
        "rules/special_support.yaml": None,
        "reference/assumptions.yaml": (older, ""),
    }
    rewrite_inputs(own_old, edits)
    found = compare(own_old, old)
    check(found, {})
    assert told(found, "method").count("asked for by the program of today") == 1 + 1 + len(vintages_of("special_support"))
    assert "migration.returning_older" in told(found, "method")


def vintages_of(scheme: str) -> list[str]:
    (path,) = [path for path in vintages.RULE_FILES if path.stem == scheme]
    return list(read_parameters(path))


def test_inputs_too_early_for_the_code_of_today_are_told_with_the_data(own_old: Path, old: Path) -> None:
    # The launch has moved on: the old reference does not have the nation's births of its last year yet.
    reference = (shipped("data") / "reference" / "series.csv").read_text(encoding="utf-8")
    (row,) = [row for row in reference.splitlines(keepends=True) if row.startswith("100000,births,2025,")]
    rewrite_inputs(own_old, {"reference/series.csv": (row, "")})
    found = compare(own_old, old)
    check(found, {})
    (code, *_), data = found.changes, [change for change in found.changes if change.step == "data"]
    assert (code.item, code.counted_with) == (OLD_CODE, "reference.series")
    assert [change.item for change in data] == ["reference.series"]
    assert "cannot work with the inputs" in code.notes[-1]


def test_inputs_that_cannot_be_read_are_named_as_in_the_zip(own_old: Path, old: Path) -> None:
    rewrite_inputs(own_old, {"pack/events.csv": ("persons_low", "lowest")})
    with pytest.raises(InputError) as caught:
        compare(own_old, old)
    assert caught.value.problems[0].code == "vintage_inputs_unread"
    assert "pack/events.csv" in {problem.file for problem in caught.value.problems}
    assert "/tmp" not in "".join(problem.describe("zh") for problem in caught.value.problems[1:])


def test_areas_and_years_that_do_not_meet(
    old: Path, pack: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    townships = (pack / "townships.csv").read_text(encoding="utf-8")
    moved = copy_of(pack, tmp_path / "moved", ("datapackage.json", '"code": "411326"', '"code": "411399"'))
    (moved / "townships.csv").write_text(townships.replace("\n411326", "\n411399"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        compare(old, publish(moved, tmp_path / "other"))
    assert [problem.code for problem in caught.value.problems] == ["vintage_other_area"]
    # With the crosswalk it is the same county under another code, and nothing else changed.
    row = "410211,金明区,"
    known = ("code_changes.csv", row, f"411326,淅川县,411399,淅川市,renamed,observed,试,\n{row}")
    reference = copy_of(root / "data" / "reference", tmp_path / "reference", known)
    found = compare(old, publish(moved, tmp_path / "renamed", reference=reference))
    check(found, {})
    assert "code: 411326 → 411399" in told(found, "boundary")

    figures = vintages.key_figures
    monkeypatch.setattr(
        vintages, "key_figures", lambda projection: figures(projection).assign(year=lambda frame: frame["year"] - 30)
    )
    with pytest.raises(InputError) as caught:
        compare(publish(pack, tmp_path / "long_ago"), old)
    assert [problem.code for problem in caught.value.problems] == ["vintage_no_common_years"]


WORDS = {
    "zh": ["淅川县（411326）", "常住人口出生（人）", "情景：medium → more_return", "万元"],
    "en": ["Xichuan County", "Births to residents (persons)", "scenario: medium → more_return", "million yuan"],
}


@pytest.mark.parametrize("lang", WORDS)
def test_the_command_prints_a_table_that_adds(
    lang: str, old: Path, pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(pack, tmp_path / "new", scenario="more_return", to=2032)
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as end:
        main(["compare", str(old), str(tmp_path / "new"), "--out", str(out), "--lang", lang])
    printed = capsys.readouterr().out
    assert not end.value.code
    assert all(word in printed for word in WORDS[lang])
    block = printed.split(WORDS[lang][1])[1].split("\n\n")[0].splitlines()
    assert block[0].split() == ["2026", "2030", "2032"]
    rows = [[int(cell.replace(",", "").replace("\u2212", "-")) for cell in row.split()[-3:]] for row in block[1:]]
    assert len(rows) == 2 + len(STEPS)
    for first, *parts, last in zip(*rows, strict=True):
        assert first + sum(parts) == last
    frame = pd.read_csv(out / "bridge.csv")
    sums = frame.groupby(["quantity", "year"])["effect"].sum()
    ends = frame.drop_duplicates(["quantity", "year"]).set_index(["quantity", "year"])
    assert (sums - (ends["new"] - ends["old"])).abs().max() == 0  # through the file, too
    assert (out / "changes.csv").read_text(encoding="utf-8-sig").splitlines()[0] == "step,item,change,counted_with"


def test_nothing_is_written_into_a_published_run(old: Path) -> None:
    before = (old / "run.json").read_bytes()
    with pytest.raises(InputError, match="published run"):
        compare(old, old).write(old)
    assert not (old / "bridge.csv").exists()
    assert (old / "run.json").read_bytes() == before


def test_two_at_once_into_one_folder(old: Path, tmp_path: Path, root: Path) -> None:
    command = [sys.executable, "-m", "popmodel.cli", "compare", str(old), str(old), "--out", str(tmp_path / "out")]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    assert [(process.wait(120), process.communicate()[0] and process.returncode) for process in both] == [(0, 0), (0, 0)]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bridge.csv", "changes.csv", "money.csv"]
    assert not pd.read_csv(tmp_path / "out" / "bridge.csv")["effect"].any()


def test_what_changed_is_told_in_both_languages(old: Path, pack: Path, tmp_path: Path) -> None:
    from popmodel.messages import use_language

    new = publish(copy_of(pack, tmp_path / "xichuan", EVENT), tmp_path / "new")
    with use_language("zh"):
        printed = bridge_text(compare(old, new))
    assert "改动 1 格" in printed
    assert "south_north_water_resettlement，人数：85000 → 81000" in printed
    assert json.loads((new / "run.json").read_text(encoding="utf-8"))["state"] == "done"


def test_a_budget_s_headings_tell_people_from_price(pack: Path, old: Path, tmp_path: Path) -> None:
    # Scenarios that change births, that change what is paid each, and a county that shares otherwise.
    found = {name: compare(old, publish(pack, tmp_path / name, scenario=name)) for name in ("high_fertility", "higher_allowance")}
    for name, heading in (("high_fertility", "people"), ("higher_allowance", "price")):
        money = by_heading(found[name].money)
        assert (money.drop(columns=heading) == 0).all(axis=None), name
        assert money.loc[("amount_total", 2030), heading] > 0
    # The allowance a tenth higher from 2027 on, to the fen.
    ends = found["higher_allowance"].money.drop_duplicates(["quantity", "year"]).set_index(["quantity", "year"])
    before, after = ends.loc[("amount_childcare_allowance", 2030), ["old_fen", "new_fen"]]
    assert after == pytest.approx(1.1 * before, abs=1)
    effect = by_heading(found["higher_allowance"].money).loc[("amount_childcare_allowance", 2030), "price"]
    assert effect == after - before


def test_who_pays_is_policy_and_moves_the_county_s_part_alone(pack: Path, old: Path, tmp_path: Path) -> None:
    other = copy_of(pack, tmp_path / "xichuan")
    (other / "assumptions.yaml").write_text(PAYERS, encoding="utf-8")
    money = by_heading(compare(old, publish(other, tmp_path / "new")).money)
    assert (money.loc["amount_total"] == 0).all(axis=None)
    county = money.loc["amount_county"]
    assert (county.drop(columns="policy") == 0).all(axis=None)
    assert county.loc[2030, "policy"] > 0


PAYERS = """\
assumptions:
  - key: subsidies.payers_only_child_award
    value: {central: 0, province: 0, city: 0, county: 1}
    unit: share
    from: 2016-01-01
    scenario: true
    status: assumed
    source: 县财政局
    owner: 县财政局
    checked: 2026-11-24
    review_by: 2027-12-31
    title: {zh: 试, en: Test}
  - key: subsidies.payers_childcare_allowance
    value: {central: 0.8, province: 0.05, city: 0.02, county: 0.13}
    unit: share
    from: 2025-01-01
    scenario: true
    status: assumed
    source: 县财政局
    owner: 县财政局
    checked: 2026-11-24
    review_by: 2027-12-31
    title: {zh: 试, en: Test}
"""
