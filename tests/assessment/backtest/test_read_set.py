"""Sets as offices hand them over: groups that change, packed files, and all that can be wrong with them, told at once."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from popmodel.assessment.backtest import read_set
from popmodel.forecast.history import OPEN_AGE
from popmodel.messages import InputError

Change = Callable[[pd.DataFrame], pd.DataFrame]


def problems_of(folder: Path) -> str:
    with pytest.raises(InputError) as refused:
        read_set(folder)
    return refused.value.describe("en")


def test_population_alone_is_enough(folder: Path, frame: pd.DataFrame) -> None:
    history = read_set(folder)
    assert (history.areas, history.launch, history.births) == (("A", "B", "C"), 2020, None)
    assert history.age_hi[-1] == OPEN_AGE
    assert history.variables() == ("total", "age_0_4", "age_65_plus")
    assert history.persons("total").sum() == frame["population"].sum()
    infants = frame.query("area == 'B' and year == 2003 and age_lo == 0")["population"].sum()
    assert history.persons("age_0_4")[1, 3] == infants


def test_groups_that_change_are_put_together(tmp_path: Path, frame: pd.DataFrame) -> None:
    # From 2010 on 0-4 is given as 0-2 and 3-4, and the open group begins at 85 in place of 80: every year keeps its sum.
    late = frame[frame["year"] >= 2010]
    split = pd.concat(
        [late[late["age_lo"] == 0].assign(age_hi=2, population=60), late[late["age_lo"] == 0].assign(age_lo=3, population=40)]
    )
    early = frame[frame["year"] < 2010].replace({"age_lo": {85: 80}})
    early.loc[early["age_lo"] == 80, "age_hi"] = ""
    early = early.groupby(["area", "year", "sex", "age_lo", "age_hi"], as_index=False)["population"].sum()
    mixed = pd.concat([early, late[late["age_lo"] != 0], split])
    with gzip.open(tmp_path / "population.csv.gz", "wt") as packed:
        mixed.to_csv(packed, index=False)
    history = read_set(tmp_path)
    assert history.age_lo.tolist() == list(range(0, 81, 5))
    assert history.persons("age_0_4")[0, 10] == 200
    assert history.persons("total")[:, 3].sum() == frame.query("year == 2003")["population"].sum()


def test_other_tables_keep_their_own_years_and_ages(folder: Path) -> None:
    rows = [f"{area},{year},15,49,{births}" for area in "ABC" for year, births in ((1999, 7), (2001, 9), (2002, ""))]
    (folder / "births.csv").write_text("\n".join(["area,year,mother_age_lo,mother_age_hi,births", *rows]))
    (folder / "migration.csv").write_text(
        "area,year,sex,age_lo,age_hi,in,out\n" + "".join(f"A,2019,{s},0,,9,4\n" for s in ("male", "female"))
    )
    (folder / "mortality.csv").write_text("area,year,sex,age,m\n" + "".join(f"B,2000,male,{age},1e-03\n" for age in range(91)))
    history = read_set(folder)
    assert history.births is not None
    assert history.births.years.tolist() == [1999, 2000, 2001, 2002]
    assert history.births.all_ages()[0].tolist() == pytest.approx([7, float("nan"), 9, float("nan")], nan_ok=True)
    assert history.net_migration is not None
    assert history.net_migration.values[0, 0].ravel().tolist() == [5, 5]
    assert history.mortality is not None
    assert history.mortality.age_hi[-1] == OPEN_AGE
    assert history.mortality.values[1, 0, 0, 40] == 0.001


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.assign(population=t["population"].where(t.index != 3, -5)), "line 5"),
        (lambda t: t.assign(sex=t["sex"].where(t.index != 0, "m")), "Write male"),
        (lambda t: t.drop(columns="age_hi"), "age_hi"),
        (lambda t: pd.concat([t, t.iloc[[7]]]), "repeats line 9"),
        (lambda t: t[~((t["area"] == "B") & (t["year"] == 2007))], "2007 missing"),
        (lambda t: t[t["area"] == "A"], "one area only (A)"),
        (lambda t: t[t["year"] < 2006], "6 year ends; 7 are needed"),
        (lambda t: t[~((t["age_lo"] == 20) & (t["year"] == 2004))], "ages 20 to 24"),
        (lambda t: t[~((t["sex"] == "female") & (t["area"] == "C"))], "female is missing"),
        (lambda t: t.assign(age_hi=t["age_hi"].replace("", "89")), "should be open"),
        (lambda t: t.assign(population=t["population"].astype(str).where(t.index != 2, "")), "line 4"),
        (lambda t: t.assign(year=t["year"].where(t.index != 2, 20011)), "20011"),
        (lambda t: t.iloc[:0], "no rows"),
        (lambda t: t[t["age_lo"] < 50].replace({"age_hi": {"49": ""}}), "begins at 45"),
    ],
)
def test_bad_population_is_told_with_its_place(change: Change, said: str, folder: Path, frame: pd.DataFrame) -> None:
    change(frame).to_csv(folder / "population.csv", index=False)
    assert said in problems_of(folder)


def test_all_files_are_told_of_at_once(folder: Path, frame: pd.DataFrame) -> None:
    frame.assign(sex=frame["sex"].where(frame.index != 0, "x")).to_csv(folder / "population.csv", index=False)
    (folder / "deaths.csv").write_bytes(b"\xff\xfea\x00r\x00")
    (folder / "fertility.csv").write_text("area,year,age\nA,2001,15\n")
    (folder / "mortality.csv.gz").write_bytes(gzip.compress(b"area,year,sex,age,m\n" * 1000)[:-20])
    (folder / "migration.csv").write_text("area,year,sex,age_lo,age_hi,net\nA,2001,male,9,5,1.5\n")
    (folder / "births.csv").write_text("x\n")
    (folder / "births.csv.gz").write_bytes(b"")
    said = problems_of(folder)
    for expected in ("population.csv, line 2", "UTF-16", "asfr", "cut short", "births.csv.gz"):
        assert expected in said, expected


def test_areas_and_ages_of_other_tables_are_checked(folder: Path) -> None:
    (folder / "deaths.csv").write_text("area,year,sex,age_lo,age_hi,deaths\nZ,2001,male,9,5,1\n")
    said = problems_of(folder)
    assert "area Z" in said
    assert "deaths.csv, line 2" in said


def test_rates_are_by_single_age(folder: Path) -> None:
    (folder / "mortality.csv").write_text("area,year,sex,age,m\nA,2000,male,0,0.01\nA,2000,male,1,0.001\nA,2000,male,5,0.001\n")
    assert "ages 2 to 4" in problems_of(folder)


def test_rates_that_begin_too_late_leave_no_launch(folder: Path) -> None:
    (folder / "fertility.csv").write_text("area,year,age,asfr\nA,2017,20,0.1\n")
    assert "no year can be launched" in problems_of(folder)


def test_missing_folder_and_file(tmp_path: Path) -> None:
    assert "no such folder" in problems_of(tmp_path / "none")
    assert "population.csv.gz" in problems_of(tmp_path)
