"""Score our method on the histories of ../shared: `python -m benchmarks.forecast_errors` writes the reference's table.

The table holds scores only, none of the figures they were made from.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.timing import ROOT, SHARED

TABLE = ROOT / "data" / "reference" / "forecast_errors.csv"
HISTORIES = {
    "finland": "芬兰 19 个地区 1972-2025 年分单岁人口；popmodel backtest 逐年起推",
    "bavaria": "巴伐利亚 96 个县市 2000-2024 年分年龄人口；popmodel backtest 逐年起推",
}
NOTE = "只用起推时已知的人口；各起推年、各地区合并"
CENSUS = SHARED / "data" / "census_counties_henan_2010_2020.csv"
OF_CENSUS = (
    "河南各县 2010、2020 年两次普查；popmodel backtest --census 由 2010 年推到 2020 年",
    "范围一致的地区；范围变动不明的另计",
)

NEARER = "只在 10 年时有实际数，较短年限的误差按年限比例（对数）内插，不给覆盖率"
INFANTS = "2010 年普查没有 0-2 岁，以 0-4 岁代替"


def scored(name: str) -> pd.DataFrame:
    """The rows of one history."""
    from popmodel.assessment.backtest.by_size import errors_by_size
    from popmodel.assessment.backtest.methods import METHODS
    from popmodel.assessment.backtest.read_set import read_set
    from popmodel.assessment.backtest.rolling import roll

    history = read_set(SHARED / "backtest" / name)
    forecasts = roll(history, {name: METHODS[name] for name in ("popmodel", "no_change")})
    years = np.asarray(history.years)
    launched = np.stack([history.persons("total")[:, int(np.flatnonzero(years == cutoff)[0])] for cutoff in forecasts.cutoffs])
    frame = errors_by_size(forecasts, launched)
    frame.insert(0, "history", name)
    return frame.assign(status="derived", source=HISTORIES[name], note=NOTE)


def scored_census() -> pd.DataFrame:
    """The rows of Henan's counties, forecast from one census to the next."""
    from popmodel.areas.reference import load_reference
    from popmodel.assessment.backtest.by_size import errors_by_size, in_proportion
    from popmodel.assessment.backtest.census import score_census
    from popmodel.assessment.backtest.past_errors import MEDIAN
    from popmodel.assessment.shelf_life import CENSUS_HISTORY
    from popmodel.parameters import AssumptionBook

    reference = load_reference()
    book = AssumptionBook.from_files([reference.folder / "assumptions.yaml"])
    forecasts = score_census(CENSUS, reference, book).of(broken=False)
    launched = forecasts.quantiles["total", "no_change"][:, :, 0, MEDIAN]
    (scored_at,) = forecasts.horizons
    frame = errors_by_size(in_proportion(forecasts, range(1, scored_at + 1)), launched)
    infants = frame[frame["variable"] == "age_0_4"].assign(variable="age_0_2")
    frame = pd.concat([frame, infants], ignore_index=True)
    frame.insert(0, "history", CENSUS_HISTORY)
    notes = np.where(frame["horizon"] < scored_at, f"{OF_CENSUS[1]}；{NEARER}", OF_CENSUS[1])
    notes = np.where(frame["variable"] == "age_0_2", [f"{note}；{INFANTS}" for note in notes], notes)
    return frame.assign(status="derived", source=OF_CENSUS[0], note=notes)


def main() -> None:
    """Write the table anew."""
    frame = pd.concat([*(scored(name) for name in HISTORIES), scored_census()], ignore_index=True)
    frame.to_csv(TABLE, index=False, float_format="%.1f", lineterminator="\n")


if __name__ == "__main__":
    main()
