"""How many draws a run makes, by which seed and which engine, where it does not ask for others."""

from __future__ import annotations

# The 90 % quantile of 1,000 draws lies within a tenth of a standard deviation of that of endlessly many, 19 times in 20.
DRAWS = 1000
SEED = 2020
# Of "numpy", "numba" and "auto", which takes numba where it is installed and the job is large enough.
ENGINE = "auto"
ENGINES = ("numpy", "numba", "auto")
# Fewer draws than the first do not give the quantiles a report prints; more than the second do not fit a machine.
LEAST_DRAWS, MOST_DRAWS = 100, 100_000
