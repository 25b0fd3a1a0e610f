"""County population, childcare places and family subsidies: from an area's own figures to a report.

Results are labelled arrays:

    import popmodel as pm

    area = pm.load_area("data/xichuan")
    projection = pm.project(area, scenario="medium", to=2050)
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from popmodel.areas import load_area
    from popmodel.projection import project

__all__ = ["__version__", "load_area", "project"]

# Read when first asked for: the command line must answer `--help` without loading pandas.
_WHERE = {"load_area": "popmodel.areas", "project": "popmodel.projection"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("popmodel")
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
