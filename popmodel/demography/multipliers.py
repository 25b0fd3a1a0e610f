"""Published multipliers that split five-year groups into single ages, in ten-thousandths, and the matrices they make.

Each formula is three panels of 5 x 5: the first group, the second, and any in the middle; the last two are those of the first
two read backwards. A row is a single age of the group, a column one of the five groups the formula looks at.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from popmodel.demography.arrays import Array

Panels = tuple[npt.NDArray[np.int_], ...]

GROUPS_NEEDED = 5


def _panels(*rows: tuple[int, int, int, int, int]) -> Panels:
    table = np.array(rows)
    return tuple(table[start : start + 5] for start in range(0, len(rows), 5))


# Siegel & Swanson (2004), table C.13; Shryock & Siegel (1973), appendix C.
SPRAGUE = _panels(
    *((3616, -2768, 1488, -336, 0), (2640, -960, 400, -80, 0), (1840, 400, -320, 80, 0)),
    *((1200, 1360, -720, 160, 0), (704, 1968, -848, 176, 0)),
    *((336, 2272, -752, 144, 0), (80, 2320, -480, 80, 0), (-80, 2160, -80, 0, 0)),
    *((-160, 1840, 400, -80, 0), (-176, 1408, 912, -144, 0)),
    *((-128, 848, 1504, -240, 16), (-16, 144, 2224, -416, 64), (64, -336, 2544, -336, 64)),
    *((64, -416, 2224, 144, -16), (16, -240, 1504, 848, -128)),
)
# Siegel & Swanson (2004), table C.14.
BEERS_ORDINARY = _panels(
    *((3333, -1636, -210, 796, -283), (2595, -780, 130, 100, -45), (1924, 64, 184, -256, 84)),
    *((1329, 844, 54, -356, 129), (819, 1508, -158, -284, 115)),
    *((404, 2000, -344, -128, 68), (93, 2268, -402, 28, 13), (-108, 2272, -248, 112, -28)),
    *((-198, 1992, 172, 72, -38), (-191, 1468, 822, -84, -15)),
    *((-117, 804, 1570, -284, 27), (-20, 160, 2200, -400, 60), (50, -280, 2460, -280, 50)),
    *((60, -400, 2200, 160, -20), (27, -284, 1570, 804, -117)),
)
# Siegel & Swanson (2004), table C.15.
BEERS_MODIFIED = _panels(
    *((3332, -1938, 702, -118, 22), (2569, -753, 205, -27, 6), (1903, 216, -146, 32, -5)),
    *((1334, 969, -351, 59, -11), (862, 1506, -410, 54, -12)),
    *((486, 1831, -329, 21, -9), (203, 1955, -123, -31, -4), (8, 1893, 193, -97, 3)),
    *((-108, 1677, 577, -153, 7), (-159, 1354, 972, -170, 3)),
    *((-160, 973, 1321, -121, -13), (-129, 590, 1564, 18, -43), (-85, 260, 1650, 260, -85)),
    *((-43, 18, 1564, 590, -129), (-13, -121, 1321, 973, -160)),
)
# Shryock & Siegel (1973), appendix C: the middle panel only, a smoothed form of Sprague's.
GRABILL_MIDDLE = np.array(
    [
        *((111, 816, 826, 256, -9), (49, 673, 903, 377, -2), (15, 519, 932, 519, 15)),
        *((-2, 377, 903, 673, 49), (-9, 256, 826, 816, 111)),
    ]
)
# Ages 2 .. 8 from five quantities: age 1, the sum of 2-4, the sum of 5-8, age 9, age 10. The quartic in age through all five, its
# multipliers rounded to four places so that both sums stay exact. Johnson (2016), BEERSP.XLS; Stover et al. (2008), Sex. Transm.
# Infect. 84 (Suppl. 1).
JOHNSON = np.array(
    [
        *((2333, 3445, -1222, 3778, -1556), (-875, 3847, -236, 389, -111), (-1458, 2708, 1458, -4167, 1667)),
        *((-833, 1151, 2817, -6111, 2222), (0, -80, 3254, -3889, 1111), (458, -613, 2637, 1833, -1000)),
        (375, -458, 1292, 8167, -2333),
    ]
)


def multiplier_matrix(panels: Panels, groups: int) -> Array:
    """The matrix (5 x groups, groups) that turns at least five group totals into single ages by the panels of a formula.

    >>> multiplier_matrix(SPRAGUE, 5).shape
    (25, 5)
    """
    matrix = np.zeros((groups, 5, groups))
    for group in range(groups):
        last_but = groups - 1 - group
        if group < 2:
            matrix[group, :, :5] = panels[group]
        elif last_but < 2:
            matrix[group, :, -5:] = panels[last_but][::-1, ::-1]
        else:
            matrix[group, :, group - 2 : group + 3] = panels[2]
    return matrix.reshape(5 * groups, groups) / 10_000


def middle_matrix(panel: npt.NDArray[np.int_], groups: int) -> Array:
    """The same matrix with one middle `panel` (5, 5) for every group; groups beyond either end count as empty."""
    matrix = np.zeros((groups, 5, groups + 4))
    for group in range(groups):
        matrix[group, :, group : group + 5] = panel
    return matrix[:, :, 2:-2].reshape(5 * groups, groups) / 10_000
