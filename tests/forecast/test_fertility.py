"""Sex ratios by order and the path of fertility, against the province's counts and the totals asked for."""

import numpy as np
import pytest

from popmodel.areas import Area
from popmodel.demography import total_fertility
from popmodel.forecast import fertility_path, sex_ratios_at_birth
from popmodel.projection import launch


def test_sex_ratios_by_order_lie_between_the_province_and_the_nation(xichuan: Area) -> None:
    # Long form of 2020: Henan 19,383/16,656, 19,683/19,442, 7,535/5,870; nation 294,657/260,373, 269,715/252,586, 76,866/58,124.
    ratios = sex_ratios_at_birth(xichuan, xichuan.assumptions)
    province = np.array([19_383 / 16_656, 19_683 / 19_442, 7_535 / 5_870])
    nation = np.array([294_657 / 260_373, 269_715 / 252_586, 76_866 / 58_124])
    for found, *ends in zip(ratios, province, nation, strict=True):
        assert min(ends) < found < max(ends)
    # Mostly the province's own: its 13,405 third births against a prior of 5,000.
    assert abs(ratios[2] - province[2]) < abs(ratios[2] - nation[2])


def test_fertility_follows_the_united_nations_from_the_launch(xichuan: Area) -> None:
    start = launch(xichuan)
    wpp = xichuan.reference.tables["wpp_china"].set_index(["indicator", "year"])["value"]
    years = [2026, 2030, 2040]
    last = start.published[-1].fertility
    published = np.array([total_fertility(year.fertility).sum() for year in start.published])
    path, share = fertility_path(xichuan, xichuan.assumptions, range(2026, 2041), last, start.parity[-1], published)
    tfr = total_fertility(path).sum(axis=1)
    wanted = [float(total_fertility(last).sum() * wpp["tfr", year] / wpp["tfr", 2025]) for year in years]
    assert [tfr[year - 2026] for year in years] == pytest.approx(wanted, rel=1e-9)
    assert share.sum(axis=1) == pytest.approx(np.ones((15, 101)))


def test_the_path_may_be_followed_halfway_and_at_another_level(xichuan: Area) -> None:
    start = launch(xichuan)
    tfr = np.array([total_fertility(year.fertility).sum() for year in start.published])
    book = xichuan.assumptions.with_changes({"fertility.un_path_weight": 0.5, "fertility.level": 1.2})
    wpp = xichuan.reference.tables["wpp_china"].set_index(["indicator", "year"])["value"]
    path, _ = fertility_path(xichuan, book, [2040], start.published[-1].fertility, start.parity[-1], tfr)
    assert total_fertility(path).sum() == pytest.approx(1.2 * tfr[-1] * (wpp["tfr", 2040] / wpp["tfr", 2025]) ** 0.5, rel=1e-9)


def test_the_level_at_the_launch_may_be_the_mean_of_several_years(xichuan: Area) -> None:
    # 2024 was a year of the dragon and 2025 one of the snake: the mean of 2023-2025 lies about a tenth above 2025.
    start = launch(xichuan)
    tfr = np.array([total_fertility(year.fertility).sum() for year in start.published])
    book = xichuan.assumptions.with_changes({"fertility.launch_years": 3})
    wpp = xichuan.reference.tables["wpp_china"].set_index(["indicator", "year"])["value"]
    path, _ = fertility_path(xichuan, book, [2026], start.published[-1].fertility, start.parity[-1], tfr)
    assert total_fertility(path).sum() == pytest.approx(tfr[2:].mean() * wpp["tfr", 2026] / wpp["tfr", 2025], rel=1e-9)
    assert 1.05 < tfr[2:].mean() / tfr[-1] < 1.12


def test_births_by_order_are_borne_by_women_who_have_one_child_less(xichuan: Area) -> None:
    start = launch(xichuan)
    last = start.published[-1].fertility
    path, share = fertility_path(xichuan, xichuan.assumptions, range(2026, 2051), last, start.parity[-1], np.array([1.27]))
    before = np.concatenate([np.zeros((25, 3, 1)), share[:, :, :-1]], axis=2)
    before[:, 0, 0] = 1.0
    assert np.all(path <= (share + before) / 2 + 1e-12)
