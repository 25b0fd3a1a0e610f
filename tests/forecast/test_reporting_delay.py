"""Completing late reports: a published triangle, one by hand, and what is no triangle."""

from functools import partial

import numpy as np
import pytest

from popmodel.demography.arrays import Array
from popmodel.forecast import completed_counts
from tests.demography.refusal import refused

# Taylor and Ashe's claims, as in Mack (1993), ASTIN Bulletin 23(2), tables 1-3.
PUBLISHED = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]


def triangle(rows: list[list[int]]) -> Array:
    return np.array([[*row, *[np.nan] * (len(rows[0]) - len(row))] for row in rows])


def test_the_published_completion_and_its_errors() -> None:
    found = completed_counts(triangle(PUBLISHED))
    # Table 3: reserves in thousands, and their errors in per cent; total 18,681 ± 13 %.
    reached = np.array([row[-1] for row in PUBLISHED])
    reserves = found.counts - reached
    assert np.round(reserves[1:] / 1000) == pytest.approx([95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626])
    assert np.round(100 * found.standard_errors[1:] / reserves[1:]) == pytest.approx([80, 26, 19, 27, 29, 26, 22, 23, 29])
    assert found.total - reached.sum() == pytest.approx(18_680_856, abs=1)
    assert found.total * np.sqrt(np.expm1(found.total_log_sd**2)) == pytest.approx(2_447_095, abs=1)


def test_two_months_by_hand() -> None:
    # Fifty of the first month's hundred came in at once, so sixty are half of the second's.
    found = completed_counts([[50, 100], [60, np.nan]])
    assert found.counts.tolist() == [100, 120]
    assert found.complete.tolist() == [0.5, 1]
    # One month alone tells nothing of how much it might have been otherwise.
    assert found.total_log_sd == 0


def test_three_months_by_hand() -> None:
    # Factors 190/110 and 110/100. Variance about the first: 50 · 0.2727² + 60 · 0.2273² = 6.818, and for the last as much. The
    # second month ends at 99, with 99² · 6.818 / 1.1² · (1/90 + 1/100).
    found = completed_counts([[50, 100, 110], [60, 90, np.nan], [40, np.nan, np.nan]])
    assert found.factors == pytest.approx([190 / 110, 1.1])
    assert found.counts == pytest.approx([110, 99, 40 * 190 / 110 * 1.1])
    assert found.standard_errors[1] == pytest.approx(34.15, abs=0.01)


def test_months_that_are_all_in_stay_as_they_are() -> None:
    found = completed_counts([[50.0, 100.0], [70.0, 130.0]])
    assert found.counts.tolist() == [100, 130]
    assert found.total_log_sd == 0


def test_what_is_no_triangle_is_refused() -> None:
    gap, growing = np.array([[1.0, np.nan, 3.0]]), np.array([[1.0, 2.0], [1.0, np.nan], [1.0, 2.0]])
    shorter = np.array([[1.0, np.nan], [1.0, np.nan]])
    for wrong in (gap, growing, shorter, np.array([[np.nan, np.nan]]), np.ones((2, 2, 2))):
        refused("triangle_expected", partial(completed_counts, wrong))
    refused("triangle_zero", lambda: completed_counts([[0.0, 3.0], [1.0, np.nan]]))
    refused("value_negative", lambda: completed_counts([[-1.0, 3.0], [1.0, np.nan]]))
    refused("axes_too_few", lambda: completed_counts([1.0, 2.0]))
    refused("values_empty", lambda: completed_counts(np.ones((0, 3))))
