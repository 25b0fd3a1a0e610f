"""The look of all charts and pages: one typeface for Chinese and Latin, and colours that stay apart in grey print.

The fonts come with a package, because a server seldom has a Chinese one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

SANS, SERIF = "Noto Sans SC", "Noto Serif SC"
INK, FAINT, GRID = "#20262e", "#5f6872", "#d9dde2"

# From dark to light (L* 20, 42, 54, 71, 83), so that a photocopy keeps them apart; dashes, marks and hatches say it once more.
COLOURS = ("#16324f", "#a4453a", "#3f8a93", "#d9a441", "#c4cfda")
LINES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (7, 2, 1.5, 2)), (0, (1, 1)))
MARKS = ("o", "s", "^", "D", "v")
# Of the bars: a second round of colours has other hatches, so that no two of ten look alike.
HATCHES = ("", "", "////", "", "", "\\\\\\\\", "\\\\\\\\", "", "\\\\\\\\", "\\\\\\\\")
MALE, FEMALE = COLOURS[0], COLOURS[3]

# The SVG keeps text as text: it can be searched and copied, and is drawn with the page's own font.
_SETTINGS: dict[str, Any] = {
    "font.family": SANS,
    "font.size": 8.5,
    "text.color": INK,
    "text.parse_math": False,  # a "$" in a name is a dollar sign
    "axes.labelcolor": FAINT,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.6,
    "axes.grid": False,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titley": 1.0,  # spares matplotlib a layout pass for titles we do not use
    "axes.unicode_minus": True,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "popmodel",
}


def fonts() -> tuple[Path, Path]:
    """The files of the sans and the serif typeface."""
    from pylopdf_fonts_zh_cn import sans_path, serif_path

    return sans_path(), serif_path()


@cache
def chart_settings() -> dict[str, Any]:
    """Settings for `matplotlib.rc_context`; the font is registered the first time."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(str(fonts()[0]))
    return dict(_SETTINGS)
