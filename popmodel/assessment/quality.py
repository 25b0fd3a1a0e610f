"""What the base data of an area are worth: every check its figures allow, with a verdict and a reason in words."""

from __future__ import annotations

import pandas as pd

from popmodel.areas import Area
from popmodel.assessment.census_checks import census_checks
from popmodel.assessment.finding import Finding
from popmodel.assessment.register_checks import register_checks
from popmodel.messages import text
from popmodel.projection import Launch, launch


def quality(area: Area, lang: str | None = None) -> pd.DataFrame:
    """The checks of `area` as a table: key, check, found, against, verdict (a word of `lang`), reason; a row a check.

    Raises InputError as `launch`.

    >>> import popmodel as pm
    >>> quality(pm.load_area("data/xichuan"), lang="en").loc[0, ["key", "verdict"]].tolist()
    ['third_births', 'doubtful']
    """
    rows = [
        {
            "key": one.key,
            "check": one.title(lang),
            "found": one.found,
            "against": one.expected,
            "verdict": text(f"assessment.verdict.{one.verdict}", lang=lang),
            "reason": one.reason(lang),
        }
        for one in findings(launch(area))
    ]
    return pd.DataFrame(rows)


def findings(start: Launch) -> list[Finding]:
    """The checks of an area already launched, in the order of the report: what was registered, then the censuses."""
    return [*register_checks(start), *census_checks(start)]
