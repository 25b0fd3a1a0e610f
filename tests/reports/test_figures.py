"""The charts: nothing missing, nothing over one another, told apart without colour, the same bytes every time."""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from popmodel.messages import use_language
from popmodel.reports import Picture
from popmodel.reports.figures import (
    Pyramid,
    Words,
    boundary_map,
    heat_table,
    horizontal_bars,
    line_chart,
    population_pyramids,
    stacked_bars,
    tile_map,
)
from popmodel.reports.style import COLOURS

WORDS = Words("key", "题目", "说明", "来源", "注")
YEARS = pd.Index(range(2020, 2051))


def pyramids() -> Picture:
    ages = np.arange(101)
    males, females = 3000.0 - 20 * ages, 2900.0 - 18 * ages
    shown = [Pyramid(f"{year}年", ages, males, females, (females, males)) for year in (2025, 2030, 2035, 2050)]
    return population_pyramids(WORDS, shown, unit="人", outline_title="2020年")


def lines() -> Picture:
    frame = pd.DataFrame(
        {name: 50.0 + 0.01 * place for place, name in enumerate(["基准 $a_b$", "低", "高", "无迁移"])}, index=YEARS
    )
    return line_chart(WORDS, frame, unit="万人", bands={"低": (np.full(31, 40.0), np.full(31, 60.0))}, projected_from=2025)


def stacks() -> Picture:
    frame = pd.DataFrame({f"项目{place}": np.arange(13.0) for place in range(5)}, index=range(2023, 2036))
    return stacked_bars(WORDS, frame, unit="万元", totals=[str(5 * place) for place in range(13)])


def townships() -> Picture:
    values = pd.Series([2385.0, 139.0], index=["丹阳镇（九重镇）", "仓房镇"])
    return horizontal_bars(WORDS, values, unit="人", ranges=(values * 0.5, values * 1.5))


GAPS = pd.Series([1_284.0, -139.0, np.nan], index=["丹阳镇（九重镇）", "仓房镇", "老城镇"])


def tiles() -> Picture:
    return tile_map(WORDS, GAPS, unit="个")


def heat() -> Picture:
    return heat_table(WORDS, pd.DataFrame({2026: GAPS, 2027: -GAPS}), unit="个")


def outlines() -> Picture:
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    corners = [np.array([111.0 + place, 33.0]) for place in range(3)]
    rings = [[corner + square, corner + 0.25 + 0.1 * square[::-1]] for corner in corners]
    return boundary_map(WORDS, GAPS, rings, unit="个")


CHARTS: list[Callable[[], Picture]] = [pyramids, lines, stacks, townships, tiles, heat, outlines]
SAID = {
    pyramids: ["2050年", "男", "女", "人", "年龄（岁）", "细线：2020年", "2,000"],
    lines: ["基准 $a_b$", "低", "高", "无迁移", "万人", "预测", "2030"],
    stacks: ["项目0", "项目4", "万元", "60", "2035"],
    tiles: ["+1,284", "−139", "–", "仓房镇", "个"],
    heat: ["+1,284", "−1,284", "−139", "+139", "–", "2026", "2027", "老城镇"],
    outlines: ["+1,284", "−139", "–", "老城镇", "个"],
    townships: ["丹阳镇（九重镇）", "2,385", "139", "人"],
}


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    with use_language("zh"), warnings.catch_warnings():
        warnings.simplefilter("error")  # a missing glyph is a warning to matplotlib and a broken chart to a reader
        yield


def texts(picture: Picture) -> list[ElementTree.Element]:
    return [one for one in ElementTree.fromstring(picture.svg).iter() if one.tag.endswith("}text")]


@pytest.mark.parametrize("chart", CHARTS)
def test_every_word_unit_and_value_is_written(chart: Callable[[], Picture]) -> None:
    written = [one.text for one in texts(chart())]
    assert not [word for word in SAID[chart] if word not in written]


@pytest.mark.parametrize("chart", CHARTS)
def test_the_same_figures_give_the_same_bytes(chart: Callable[[], Picture]) -> None:
    svg = chart().svg
    assert chart().svg == svg
    assert b"dc:date" not in svg
    assert b"Matplotlib v" not in svg


@pytest.mark.parametrize("chart", CHARTS)
def test_the_typeface_has_a_chinese_substitute_on_every_system(chart: Callable[[], Picture]) -> None:
    styles = {str(one.get("style")) for one in texts(chart())}
    assert styles
    assert all("Noto Sans SC" in style and "Microsoft YaHei" in style and "PingFang SC" in style for style in styles)


def test_names_of_lines_that_end_together_do_not_overlap() -> None:
    # Four scenarios that differ by 0.01 of 50: without care their names would be printed one upon the other.
    heights = []
    for one in texts(lines()):
        if one.text in {"基准 $a_b$", "低", "高", "无迁移"}:
            place = re.search(r"translate\([\d.]+ ([\d.]+)\)", str(one.get("transform")))
            heights.append(float(place[1] if place else str(one.get("y"))))
    assert len(heights) == 4
    assert min(abs(a - b) for a, b in combinations(heights, 2)) > 8.5  # the size of the type in points


def test_colours_stay_apart_in_grey_print() -> None:
    def lightness(colour: str) -> float:
        """CIE L* of an sRGB colour."""
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 116 * float(np.dot([0.2126, 0.7152, 0.0722], linear)) ** (1 / 3) - 16

    shades = sorted(lightness(colour) for colour in COLOURS)
    assert min(np.diff(shades)) >= 10
    assert shades[-1] < 88  # and the lightest can still be told from the paper


def test_the_users_own_settings_are_left_alone() -> None:
    import matplotlib

    before = matplotlib.rcParams["font.family"]
    lines()
    assert matplotlib.rcParams["font.family"] == before


@pytest.mark.parametrize("draw", [tile_map, heat_table])
@pytest.mark.parametrize(("value", "colour", "other"), [(5.0, COLOURS[1], COLOURS[2]), (-5.0, COLOURS[2], COLOURS[1])])
def test_what_is_short_is_red_and_what_is_to_spare_is_not(
    draw: Callable[..., Picture], value: float, colour: str, other: str
) -> None:
    values = pd.Series([value], index=["仓房镇"])
    svg = draw(WORDS, values.to_frame() if draw is heat_table else values, unit="个").svg.decode()
    assert colour.lower() in svg.lower()
    assert other.lower() not in svg.lower()
