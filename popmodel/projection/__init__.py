"""The projection of an area: the step, the years since the census, the registered population beside the residents."""

from popmodel.projection.draws import Draws, cell_quantiles
from popmodel.projection.many import Many, Together, courses_of, launch_many
from popmodel.projection.project import Launch, launch, project, project_from
from popmodel.projection.results import AGE_GROUPS, Projection, balance_error
from popmodel.projection.step import YearEnd, births_by_order, finish_year, split_by_sex, step_year, survive

__all__ = [
    "AGE_GROUPS",
    "Draws",
    "Launch",
    "Many",
    "Projection",
    "Together",
    "YearEnd",
    "balance_error",
    "births_by_order",
    "cell_quantiles",
    "courses_of",
    "finish_year",
    "launch",
    "launch_many",
    "project",
    "project_from",
    "split_by_sex",
    "step_year",
    "survive",
]
