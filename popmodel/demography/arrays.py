"""The plain arrays that demography works on: their type, the order of the sexes, and the single ages of a projection."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SEXES = ("male", "female")
MALE, FEMALE = 0, 1
