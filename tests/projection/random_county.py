"""A county of some 100,000 with random rates and shocks, on which the engines over draws are compared."""

from __future__ import annotations

import numpy as np

from popmodel.projection.engine import Course, Shocks

YEARS, DRAWS = 12, 300


def random_course() -> Course:
    """Students who do not bear, people who leave and some who come back."""
    rng = np.random.default_rng(20)
    ages = np.arange(101)
    survival = np.zeros((YEARS, 3, 2, 101))
    survival[:, 0] = 1 - np.minimum(0.0004 * np.exp(0.075 * ages), 0.6)
    survival[:, 1] = -0.1 * (1 - survival[:, 0])
    survival[:, 2] = 0.004 * (1 - survival[:, 0])
    fertility = np.zeros((YEARS, 2, 101))
    fertility[:, 0, 15:50] = 0.09 * np.exp(-(((ages[15:50] - 28) / 6) ** 2))
    fertility[:, 1] = -np.gradient(fertility[:, 0], axis=1)
    growth = 0.02 * rng.normal(size=(YEARS, 2, 101))
    return Course(
        start=rng.uniform(200, 800, (2, 101)),
        survival=survival,
        fertility=fertility,
        held_births=np.full(YEARS, 12.0),
        male_share=np.full(YEARS, 0.52),
        growth=growth,
        mobility=np.abs(growth),
        flow=rng.normal(0, 3, (YEARS, 2, 101)),
    )


def random_shocks() -> Shocks:
    """Of every kind but those of each cell."""
    rng = np.random.default_rng(21)

    def normal(sd: float) -> np.ndarray:
        return rng.normal(0, sd, (YEARS, DRAWS))

    return Shocks(np.exp(rng.normal(0, 0.02, DRAWS)), np.exp(normal(0.1)), normal(0.4), normal(1.0), normal(0.6), normal(1.0))
