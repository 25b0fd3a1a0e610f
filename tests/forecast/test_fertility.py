"""Sex ratios by order and the path of fertility, against the province's counts and the totals asked for."""

import numpy as np
import pytest

from popmodel.areas import Area
from popmodel.demography import total_fertility
from popmodel.forecast import fertility_path, order_shares, sex_ratios_at_birth
from popmodel.projection import launch


def test_sex_ratios_by_order_add_to_the_assumed_one(xichuan: Area) -> None:
    ratios = sex_ratios_at_birth(xichuan, xichuan.assumptions, [2020])[0]
    shares = order_shares(xichuan)
    boys = (shares * ratios / (1 + ratios)).sum()
    assert boys / (1 - boys) == pytest.approx(1.1104)


def test_sex_ratios_by_order_lie_between_the_province_and_the_nation(xichuan: Area) -> None:
    # Long form of 2020: Henan 19,383/16,656, 19,683/19,442, 7,535/5,870; nation 294,657/260,373, 269,715/252,586, 76,866/58,124.
    ratios = sex_ratios_at_birth(xichuan, xichuan.assumptions, [2020])[0]
    province = np.array([19_383 / 16_656, 19_683 / 19_442, 7_535 / 5_870])
    nation = np.array([294_657 / 260_373, 269_715 / 252_586, 76_866 / 58_124])
    level = ratios[0] / (province[0] + nation[0]) * 2  # one factor brings all orders to the assumed total
    for found, *ends in zip(ratios / level, province, nation, strict=True):
        assert min(ends) - 0.03 < found < max(ends) + 0.03
    # Mostly the province's own: its 13,405 third births against a prior of 5,000.
    assert abs(ratios[2] / ratios[1] - province[2] / province[1]) < abs(ratios[2] / ratios[1] - nation[2] / nation[1])


def test_fertility_follows_the_united_nations_from_the_launch(xichuan: Area) -> None:
    start = launch(xichuan)
    wpp = xichuan.reference.tables["wpp_china"].set_index(["indicator", "year"])["value"]
    years = [2026, 2030, 2040]
    last = start.published[-1].fertility
    path, share = fertility_path(xichuan, xichuan.assumptions, range(2026, 2041), 2025, last, start.parity[-1])
    tfr = total_fertility(path).sum(axis=1)
    wanted = [float(total_fertility(last).sum() * wpp["tfr", year] / wpp["tfr", 2025]) for year in years]
    assert [tfr[year - 2026] for year in years] == pytest.approx(wanted, rel=1e-9)
    assert share.sum(axis=1) == pytest.approx(np.ones((15, 101)))


def test_births_by_order_are_borne_by_women_who_have_one_child_less(xichuan: Area) -> None:
    start = launch(xichuan)
    last = start.published[-1].fertility
    path, share = fertility_path(xichuan, xichuan.assumptions, range(2026, 2051), 2025, last, start.parity[-1])
    before = np.concatenate([np.zeros((25, 3, 1)), share[:, :, :-1]], axis=2)
    before[:, 0, 0] = 1.0
    assert np.all(path <= (share + before) / 2 + 1e-12)
