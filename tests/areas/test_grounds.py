"""What two censuses have in common: a wrong match would score a boundary as an error of a forecast."""

from __future__ import annotations

import pandas as pd
import pytest

from popmodel.areas import common_grounds, load_reference

COLUMNS = ["old_code", "new_code", "change", "status"]


def changes(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def kinds(first: list[str], second: list[str], table: pd.DataFrame) -> dict[str, str]:
    return {ground.code: ground.kind for ground in common_grounds(first, second, table)[0]}


def test_a_code_that_changed_is_the_same_ground() -> None:
    table = changes(("411222", "411203", "renamed", "derived"))
    assert kinds(["411222", "411224"], ["411203", "411224"], table) == {"411203": "same", "411224": "same"}


def test_a_zone_is_joined_to_all_it_took_ground_from() -> None:
    table = changes(("410104", "410171", "new_zone", "derived"), ("410122", "410171", "new_zone", "derived"))
    grounds, alone = common_grounds(["410104", "410122", "410103"], ["410104", "410122", "410171", "410103"], table)
    assert [(ground.first, ground.second, ground.kind) for ground in grounds] == [
        (("410103",), ("410103",), "same"),
        (("410104", "410122"), ("410104", "410122", "410171"), "joined"),
    ]
    assert alone == []


def test_what_is_only_assumed_breaks_the_boundary() -> None:
    table = changes(("410104", "410171", "new_zone", "derived"), ("410122", "410171", "new_zone", "assumed"))
    assert kinds(["410104", "410122"], ["410104", "410122", "410171"], table) == {"410104+410122+410171": "boundary"}


def test_a_zone_of_unknown_origin_breaks_its_whole_prefecture() -> None:
    grounds, alone = common_grounds(["410104", "410202"], ["410104", "410171", "410202"], changes())
    assert {ground.code: ground.kind for ground in grounds} == {"410104": "boundary", "410202": "same"}
    assert alone == ["410171"]


def test_a_county_of_no_prefecture_breaks_no_other() -> None:
    # 419001 is under the province; nothing can have passed within a prefecture it does not have.
    assert kinds(["410104"], ["410104", "419001"], changes()) == {"410104": "same"}


def test_every_zone_of_the_reference_has_an_origin() -> None:
    table = load_reference().tables["code_changes"]
    zones = table[table["change"] == "new_zone"]
    assert zones["new_code"].nunique() == 18
    assert (zones["old_code"] != "").all()
    assert (table["new_code"] != "").all()


@pytest.mark.parametrize("zone", ["410773", "411071"])
def test_a_zone_cut_from_one_county_has_one_row(zone: str) -> None:
    # Pingyuan and Xuchang's zone lie wholly in Yuanyang and Jian'an (lists of townships before and after).
    table = load_reference().tables["code_changes"]
    assert (table["new_code"] == zone).sum() == 1
