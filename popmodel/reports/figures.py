"""The charts of the reports: each function takes finished figures and gives a Picture.

Every axis names its unit, the same input gives the same bytes, and colours are never the only difference between two series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from popmodel.messages import text
from popmodel.reports.formatting import number_text, width_in_em
from popmodel.reports.model import Picture
from popmodel.reports.style import COLOURS, FAINT, FEMALE, GRID, HATCHES, INK, LINES, MALE, MARKS, SANS, chart_settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH_MM, _MM, _POINT = 164.0, 1 / 25.4, 25.4 / 72  # the width of the text on the page; mm in inches; points in mm
_SIZE = 8.5
_SINGLE_YEARS = 50  # a pyramid of more bars than this has no hairlines between them
_FALLBACK = f"'{SANS}', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"


@dataclass(frozen=True)
class Pyramid:
    """One population by sex and age: `ages` are the lower bounds of the groups, the last one open.

    `outline` is another population (male, female) of the same ages to compare with.
    """

    title: str
    ages: ArrayLike
    male: ArrayLike
    female: ArrayLike
    outline: tuple[ArrayLike, ArrayLike] | None = None


@dataclass(frozen=True)
class Fan:
    """One quantity over `years`: its central path, and bands (name, low, high) around it from the widest to the narrowest."""

    title: str
    unit: str
    years: ArrayLike
    central: ArrayLike
    bands: Sequence[tuple[str, ArrayLike, ArrayLike]]


@dataclass(frozen=True)
class Words:
    """What a chart says beside its figures; `alt` describes it to those who cannot see it."""

    key: str
    title: str
    alt: str
    source: str
    note: str = ""


def population_pyramids(
    words: Words, pyramids: Sequence[Pyramid], *, unit: str, outline_title: str = "", decimals: int = 0
) -> Picture:
    """Pyramids side by side, two in a row, all on one scale in `unit`; `outline_title` says what the outlines show."""
    rows, columns = -(-len(pyramids) // 2), min(len(pyramids), 2)
    peak = max(float(np.max([pyramid.male, pyramid.female])) for pyramid in pyramids)
    ticks = _round_ticks(0, peak, 2)
    reach = max(ticks[-1], peak) * 1.02

    def draw(figure: Figure) -> None:
        for place, pyramid in enumerate(pyramids):
            box = _box(figure, place // columns, place % columns, rows, columns, left=9, right=4, top=9, bottom=11)
            _pyramid(figure.add_axes(box), pyramid, ticks, reach, unit, decimals, outline_title)

    return _picture(words, 76.0 * rows, draw)


def line_chart(
    words: Words,
    frame: pd.DataFrame,
    *,
    unit: str,
    bands: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    projected_from: float | None = None,
    from_zero: bool = True,
    decimals: int = 0,
    x_title: str = "",
) -> Picture:
    """Lines over the frame's index (years), one a column, each named at its right end; `bands` are {column: (low, high)}.

    `x_title` names the index and its unit where it is not years. From `projected_from` on, the background says that figures are
    projected.
    """
    bands = dict(bands or {})
    names = [str(name) for name in frame.columns]
    right = max(width_in_em(name) for name in names) * _SIZE * _POINT + 7

    def draw(figure: Figure) -> None:
        axes = figure.add_axes(_box(figure, 0, 0, 1, 1, left=15, right=right, top=9, bottom=12 if x_title else 7))
        axes.set_xlabel(x_title, labelpad=2)
        years = frame.index.to_numpy(dtype=float)
        values = frame.to_numpy(dtype=float)
        reached = np.concatenate([values.ravel(), *(_floats(side) for band in bands.values() for side in band)])
        low, high = float(np.nanmin(reached)), float(np.nanmax(reached))
        ticks = _round_ticks(0 if from_zero else low, high, 5)
        _value_axis(axes, axes.yaxis, ticks, unit, decimals)
        axes.set_xlim(years[0], years[-1])
        axes.set_xticks(_year_ticks(years))
        if projected_from is not None:
            _mark_projected(axes, projected_from)
        for place, name in enumerate(names):
            _line(axes, years, values[:, place], place, bands.get(name))
        _name_lines(axes, names, values, years, figure)

    return _picture(words, 72.0, draw)


def fan_charts(words: Words, fans: Sequence[Fan], *, projected_from: float) -> Picture:
    """Fans side by side, two in a row, each on its own scale from zero; the bands' names stand once, above."""
    rows, columns = -(-len(fans) // 2), min(len(fans), 2)
    names = pd.DataFrame(columns=[text("report.figure.central"), *(name for name, _, _ in fans[0].bands)])
    above = _legend_mm(names) + 1

    def draw(figure: Figure) -> None:
        high = figure.get_size_inches()[1] / _MM
        for place, fan in enumerate(fans):
            box = _box(figure, place // columns, place % columns, rows, columns, left=14, right=5, top=13, bottom=7)
            axes = figure.add_axes((box[0], box[1] * (1 - above / high), box[2], box[3] * (1 - above / high)))
            _fan(axes, fan, projected_from)
        _legend(figure, figure.axes[0], names)

    return _picture(words, 58.0 * rows + above, draw)


def stacked_bars(
    words: Words,
    frame: pd.DataFrame,
    *,
    unit: str,
    totals: Sequence[str] | None = None,
    decimals: int = 0,
) -> Picture:
    """Bars over the frame's index, the columns stacked from below; `totals` are texts to stand above the bars."""

    def draw(figure: Figure) -> None:
        axes = figure.add_axes(_box(figure, 0, 0, 1, 1, left=15, right=3, top=_legend_mm(frame) + 8, bottom=7))
        values = frame.fillna(0.0).to_numpy(dtype=float)
        sums = values.sum(axis=1)
        ticks = _round_ticks(min(0.0, float(values.min())), float(sums.max()), 5)
        _value_axis(axes, axes.yaxis, ticks, unit, decimals)
        below = np.zeros(len(frame))
        for place in range(values.shape[1]):
            _bars(axes, np.arange(len(frame)), values[:, place], 0.66, place, str(frame.columns[place]), below)
            below = below + values[:, place]
        _make_room(axes, 0.0, float(sums.max()))
        for place, written in enumerate(totals or []):
            axes.annotate(written, (place, sums[place]), (0, 3), textcoords="offset points", ha="center", fontsize=_SIZE - 1)
        _category_axis(axes, frame)
        _legend(figure, axes, frame)

    return _picture(words, 74.0, draw)


def horizontal_bars(
    words: Words,
    values: pd.Series,
    *,
    unit: str,
    ranges: tuple[ArrayLike, ArrayLike] | None = None,
    decimals: int = 0,
) -> Picture:
    """One bar for each entry of the index, from above, with its value; `ranges` are (low, high), drawn as a whisker."""
    names = [str(name) for name in values.index]
    left = max(width_in_em(name) for name in names) * _SIZE * _POINT + 4

    def draw(figure: Figure) -> None:
        axes = figure.add_axes(_box(figure, 0, 0, 1, 1, left=left, right=18, top=2, bottom=11))
        lengths, where = values.to_numpy(dtype=float), np.arange(len(values))
        ends = np.maximum(lengths, _floats(ranges[1])) if ranges else lengths
        ticks = _round_ticks(0, float(np.nanmax(ends)), 5)
        _value_axis(axes, axes.xaxis, ticks, unit, decimals)
        axes.barh(where, lengths, height=0.62, color=COLOURS[2], linewidth=0)
        if ranges:
            low, high = _floats(ranges[0]), _floats(ranges[1])
            axes.hlines(where, low, high, color=INK, linewidth=1.0)
            axes.plot(np.concatenate([low, high]), np.tile(where, 2), "|", color=INK, markersize=5)
        for place, end in enumerate(ends):
            written = number_text(lengths[place], decimals)
            axes.annotate(written, (end, place), (4, 0), textcoords="offset points", va="center", fontsize=_SIZE - 1)
        axes.set_yticks(where, names, color=INK)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(values) - 0.4, -0.6)
        axes.spines["left"].set_visible(False)

    return _picture(words, 15.0 + 6.2 * len(values), draw)


def tile_map(words: Words, values: pd.Series, *, unit: str, across: int = 6) -> Picture:
    """A schematic map: a tile for each entry of the index, in its order, shaded by its value, red where it is above 0.

    Not where places lie: that takes boundaries. Missing values have an empty tile.
    """
    names = [str(name) for name in values.index]
    down = -(-len(names) // across)
    numbers = values.to_numpy(dtype=float)
    reach = float(np.nanmax(np.abs(numbers))) or 1.0 if np.isfinite(numbers).any() else 1.0

    def draw(figure: Figure) -> None:
        from matplotlib.patches import Rectangle

        axes = figure.add_axes(_box(figure, 0, 0, 1, 1, left=2, right=2, top=7, bottom=2))
        for place, (name, value) in enumerate(zip(names, numbers, strict=True)):
            column, row = place % across, place // across
            colour, strength, said = _shaded(value, reach)
            axes.add_patch(Rectangle((column + 0.03, row + 0.05), 0.94, 0.9, facecolor=colour, alpha=strength))
            axes.add_patch(Rectangle((column + 0.03, row + 0.05), 0.94, 0.9, fill=False, edgecolor=GRID, linewidth=0.6))
            axes.text(column + 0.5, row + 0.38, _fitted(name), ha="center", va="center", fontsize=_SIZE - 1.5)
            axes.text(column + 0.5, row + 0.72, said, ha="center", va="center", fontsize=_SIZE - 0.5)
        axes.set_xlim(0, across)
        axes.set_ylim(down, 0)
        axes.axis("off")
        figure.text(0.01, 1 - 3.5 / (figure.get_size_inches()[1] / _MM), unit, color=FAINT, fontsize=_SIZE - 1)

    return _picture(words, 12.0 + 15.0 * down, draw)


def boundary_map(words: Words, values: pd.Series, outlines: Sequence[Sequence[np.ndarray]], *, unit: str) -> Picture:
    """A map: the outline of each entry of the index, shaded by its value, red where it is above 0.

    outlines: of each entry its rings, (corner, [longitude, latitude]) in degrees; a ring inside another is a hole. Degrees of
    longitude are drawn as long as they are in the middle of the map. Missing values are white.
    """
    names = [str(name) for name in values.index]
    numbers = values.to_numpy(dtype=float)
    reach = float(np.nanmax(np.abs(numbers))) or 1.0 if np.isfinite(numbers).any() else 1.0
    corners = np.concatenate([ring for rings in outlines for ring in rings])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    narrow = float(np.cos(np.radians((south + north) / 2)))
    tall = max(north - south, 1e-9) / max((east - west) * narrow, 1e-9)
    height = min((_WIDTH_MM - 4) * tall, 120.0)

    def draw(figure: Figure) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        axes = figure.add_axes(_box(figure, 0, 0, 1, 1, left=2, right=2, top=7, bottom=2))
        for name, value, rings in zip(names, numbers, outlines, strict=True):
            colour, strength, said = _shaded(value, reach)
            outline = Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
            axes.add_patch(PathPatch(outline, facecolor=colour, alpha=strength, linewidth=0))
            axes.add_patch(PathPatch(outline, fill=False, edgecolor=FAINT, linewidth=0.5))
            east_of, north_of = _middle(max(rings, key=lambda ring: abs(_area(ring))))
            label = f"{_fitted(name)}\n{said}"
            axes.text(east_of, north_of, label, ha="center", va="center", fontsize=_SIZE - 1.5, linespacing=1.05)
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        axes.set_aspect(1 / narrow)
        axes.axis("off")
        figure.text(0.01, 1 - 3.5 / (figure.get_size_inches()[1] / _MM), unit, color=FAINT, fontsize=_SIZE - 1)

    return _picture(words, height + 9.0, draw)


def _area(ring: np.ndarray) -> float:
    """The area of a ring by its corners, positive where they run against the clock."""
    x, y = ring[:, 0], ring[:, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() + x[-1] * y[0] - x[0] * y[-1]) / 2


def _middle(ring: np.ndarray) -> tuple[float, float]:
    """The centre of gravity of a ring, or the mean of its corners where it has no area."""
    start = ring[0]
    x, y = (ring - start).T
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    if abs(cross.sum()) < 1e-12:
        return float(ring[:, 0].mean()), float(ring[:, 1].mean())
    middle = [((part[:-1] + part[1:]) * cross).sum() / (3 * cross.sum()) for part in (x, y)]
    return float(start[0] + middle[0]), float(start[1] + middle[1])


def heat_table(words: Words, frame: pd.DataFrame, *, unit: str) -> Picture:
    """A table whose cells are shaded by their value, red above 0: a row an entry of the index, a column a column of the frame.

    Missing values have an empty cell.
    """
    numbers = frame.to_numpy(dtype=float)
    reach = float(np.nanmax(np.abs(numbers))) or 1.0 if np.isfinite(numbers).any() else 1.0
    rows, across = numbers.shape
    room = max(width_in_em(str(name)) for name in frame.index) / 8.0  # of the names, in columns

    def draw(figure: Figure) -> None:
        from matplotlib.patches import Rectangle

        axes = figure.add_axes(_box(figure, 0, 0, 1, 1, left=2, right=2, top=7, bottom=2))
        for column, title in enumerate(frame.columns):
            axes.text(column + 0.5, -0.3, str(title), ha="center", va="center", fontsize=_SIZE, color=FAINT)
        for row, name in enumerate(frame.index):
            axes.text(-0.08, row + 0.5, str(name), ha="right", va="center", fontsize=_SIZE)
            for column, value in enumerate(numbers[row]):
                colour, strength, said = _shaded(value, reach)
                corner = (column + 0.02, row + 0.04)
                axes.add_patch(Rectangle(corner, 0.96, 0.92, facecolor=colour, alpha=strength))
                axes.text(column + 0.5, row + 0.52, said, ha="center", va="center", fontsize=_SIZE)
        axes.set_xlim(-room, across)
        axes.set_ylim(rows, -0.7)
        axes.axis("off")
        figure.text(0.01, 1 - 3.5 / (figure.get_size_inches()[1] / _MM), unit, color=FAINT, fontsize=_SIZE - 1)

    return _picture(words, 16.0 + 5.4 * rows, draw)


def _shaded(value: float, reach: float) -> tuple[str, float, str]:
    """Colour, strength and number of a cell: red above 0, white and a dash where missing."""
    if not np.isfinite(value):
        return "white", 1.0, "–"
    sign = "+" if round(value) > 0 else ""
    return COLOURS[1] if value > 0 else COLOURS[2], 0.12 + 0.63 * abs(value) / reach, sign + number_text(value, 0)


def _fitted(name: str, most: float = 6.5) -> str:
    """A name as a tile holds it: its part in brackets on a line of its own."""
    return name if width_in_em(name) <= most else name.replace("（", "\n（").replace(" (", "\n(")


def _picture(words: Words, height_mm: float, draw: Callable[[Figure], None]) -> Picture:
    import io

    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: Any = chart_settings()
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(_WIDTH_MM * _MM, height_mm * _MM))
        FigureCanvasSVG(figure)
        draw(figure)
        written = io.BytesIO()
        # Date and creator would change the bytes from day to day and from version to version.
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = written.getvalue().replace(f"'{SANS}'".encode(), _FALLBACK.encode())
    return Picture(words.key, words.title, svg, words.alt, words.source, words.note)


def _box(
    figure: Figure, row: int, column: int, rows: int, columns: int, *, left: float, right: float, top: float, bottom: float
) -> tuple[float, float, float, float]:
    """The place of an axes in the figure, its margins given in mm: (left, bottom, width, height) as shares of the figure."""
    wide, high = (size / _MM for size in figure.get_size_inches())
    cell_wide, cell_high = wide / columns, high / rows
    start, floor = column * cell_wide + left, (rows - 1 - row) * cell_high + bottom
    return start / wide, floor / high, (cell_wide - left - right) / wide, (cell_high - top - bottom) / high


def _pyramid(axes: Axes, pyramid: Pyramid, ticks: np.ndarray, reach: float, unit: str, decimals: int, outline_title: str) -> None:
    ages = np.asarray(pyramid.ages, dtype=float)
    edges = np.append(ages, ages[-1] + (ages[-1] - ages[-2]))
    for sign, values, colour in ((-1, pyramid.male, MALE), (1, pyramid.female, FEMALE)):
        axes.stairs(sign * _floats(values), edges, orientation="horizontal", fill=True, color=colour, linewidth=0)
    if len(ages) < _SINGLE_YEARS:  # a hairline between groups
        peak = max(axes.get_xlim())
        axes.hlines(edges[1:-1], -peak, peak, color="white", linewidth=0.5)
    if pyramid.outline is not None:
        for sign, values in zip((-1, 1), pyramid.outline, strict=True):
            for colour, width in (("white", 1.6), (INK, 0.7)):  # the white seam shows the line on dark bars, too
                steps = sign * _floats(values)
                axes.stairs(steps, edges, orientation="horizontal", color=colour, linewidth=width, baseline=None)
        said = text("report.figure.outline", title=outline_title)
        axes.text(1, 0.93, said, transform=axes.transAxes, ha="right", fontsize=_SIZE - 1.5)
    axes.axvline(0, color="white", linewidth=0.8)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(ages[0], edges[-1])
    both = np.concatenate([-ticks[:0:-1], ticks])
    axes.set_xticks(both, [number_text(abs(tick), decimals) for tick in both], fontsize=_SIZE - 1)
    axes.set_yticks(np.arange(ages[0], edges[-1], 20))
    axes.tick_params(axis="y", labelsize=_SIZE - 1)
    axes.text(0.5, 1.045, pyramid.title, transform=axes.transAxes, ha="center", va="bottom", fontsize=_SIZE + 1)
    for place, word, side in ((0.0, "male", "left"), (1.0, "female", "right")):
        axes.text(place, 1.045, text(f"report.sex.{word}"), transform=axes.transAxes, ha=side, va="bottom", color=FAINT)
    axes.text(0.0, 0.985, text("report.figure.age"), transform=axes.transAxes, va="top", color=FAINT, fontsize=_SIZE - 1.5)
    axes.set_xlabel(unit, fontsize=_SIZE - 1, labelpad=2)


def _fan(axes: Axes, fan: Fan, projected_from: float) -> None:
    years, central = _floats(fan.years), _floats(fan.central)
    ticks = _round_ticks(0, float(max(np.max(high) for _, _, high in fan.bands)), 4)
    axes.set_ylim(ticks[0], ticks[-1])
    axes.set_yticks(ticks, [number_text(tick, _decimals(ticks)) for tick in ticks], fontsize=_SIZE - 1)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="y")
    axes.set_xlim(years[0], years[-1])
    axes.set_xticks(_year_ticks(years)[::2])
    axes.tick_params(axis="x", labelsize=_SIZE - 1)
    axes.axvspan(projected_from, years[-1], color=GRID, alpha=0.35, linewidth=0, zorder=0)
    axes.plot(years, central, color=COLOURS[0], linewidth=1.5, label=text("report.figure.central"))
    for place, (name, low, high) in enumerate(fan.bands):
        shade = (0.22, 0.34, 0.5)[min(place + 3 - len(fan.bands), 2)]
        axes.fill_between(years, _floats(low), _floats(high), color=COLOURS[2], alpha=shade, linewidth=0, label=name)
    axes.text(0, 1.08, fan.title, transform=axes.transAxes, va="bottom", fontsize=_SIZE + 0.5)
    axes.text(1, 1.08, fan.unit, transform=axes.transAxes, va="bottom", ha="right", color=FAINT, fontsize=_SIZE - 1)


def _line(axes: Axes, years: np.ndarray, values: np.ndarray, place: int, band: tuple[ArrayLike, ArrayLike] | None) -> None:
    colour = COLOURS[place % 4]  # the fifth is too light for a line
    if band is not None:
        axes.fill_between(years, _floats(band[0]), _floats(band[1]), color=colour, alpha=0.18, linewidth=0)
    every = max(1, len(years) // 6)
    (line,) = axes.plot(years, values, color=colour, linewidth=1.5, markersize=3.6, markevery=every, clip_on=False)
    line.set(linestyle=LINES[place % len(LINES)], marker=MARKS[place % len(MARKS)])


def _name_lines(axes: Axes, names: list[str], values: np.ndarray, years: np.ndarray, figure: Figure) -> None:
    """Write each line's name at its right end, moving names apart where the ends lie close."""
    low, high = axes.get_ylim()
    height_points = axes.get_position().height * figure.get_size_inches()[1] * 72
    gap = (_SIZE + 2.5) / height_points * (high - low)
    last = [column[~np.isnan(column)][-1] for column in values.T]
    heights = _apart(np.array(last), gap, low, high)
    for place, name in enumerate(names):
        colour = COLOURS[place % 4]
        axes.annotate(
            name,
            (years[-1], last[place]),
            (years[-1] + 0.025 * (years[-1] - years[0]), heights[place]),
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 3},
        )


def _apart(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Positions as near to `wanted` as can be (least squares), in the same order, `gap` apart and between `low` and `high`."""
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    pools: list[list[float]] = []  # isotonic regression: neighbours that would overlap share the mean of their places
    for place in wanted[order] - steps:
        pools.append([place])
        while len(pools) > 1 and np.mean(pools[-2]) > np.mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    placed = np.concatenate([np.full(len(pool), np.mean(pool)) for pool in pools]) + steps
    placed += max(0.0, low - placed[0]) - max(0.0, placed[-1] - high)
    found = np.empty_like(placed)
    found[order] = placed
    return found


def _mark_projected(axes: Axes, start: float) -> None:
    axes.axvspan(start, axes.get_xlim()[1], color=GRID, alpha=0.35, linewidth=0, zorder=0)
    said, place = text("report.figure.projected"), ("data", "axes fraction")
    axes.annotate(said, (start, 0), (4, 4), xycoords=place, textcoords="offset points", color=FAINT, fontsize=_SIZE - 1)


def _bars(axes: Axes, where: np.ndarray, values: np.ndarray, width: float, place: int, name: str, below: Any = 0.0) -> None:
    colour, hatch = COLOURS[place % len(COLOURS)], HATCHES[place % len(HATCHES)]
    axes.bar(where, values, width, below, color=colour, hatch=hatch, edgecolor="white", linewidth=0.6, label=name)


def _make_room(axes: Axes, low: float, high: float) -> None:
    """Room for what is written beyond the ends of the bars."""
    bottom, top = axes.get_ylim()
    room = 0.07 * (top - bottom)
    axes.set_ylim(min(bottom, low - room) if low < 0 else bottom, max(top, high + room))


def _value_axis(axes: Axes, axis: Any, ticks: np.ndarray, unit: str, decimals: int) -> None:
    """Round ticks with hairlines across, and the unit at the end of the axis, written level."""
    axis.set_ticks(ticks, [number_text(tick, max(decimals, _decimals(ticks))) for tick in ticks])
    axis.grid(True)
    if axis is axes.yaxis:
        axes.set_ylim(ticks[0], ticks[-1])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        place = ("figure fraction", "axes fraction")
        axes.annotate(unit, (0, 1), (1, 7), xycoords=place, textcoords="offset points", color=FAINT)
    else:
        axes.set_xlim(ticks[0], ticks[-1])
        axes.set_xlabel(unit, labelpad=2)


def _category_axis(axes: Axes, frame: pd.DataFrame) -> None:
    """Names under the bars; of a long row of years only as many as have room."""
    names = [str(name) for name in frame.index]
    every = max(1, round(len(names) * (max(width_in_em(name) for name in names) + 1.2) * _SIZE * _POINT / (_WIDTH_MM - 18)))
    places = np.arange(0, len(names), every)
    axes.set_xticks(places, [names[place] for place in places], color=INK)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.6, len(names) - 0.4)


def _legend_rows(frame: pd.DataFrame) -> list[int]:
    """How many names stand in each row of the legend."""
    room, rows, used = _WIDTH_MM - 10, [0], 0.0
    for name in frame.columns:
        needed = (width_in_em(str(name)) + 4.0) * _SIZE * _POINT
        if rows[-1] and used + needed > room:
            rows, used = [*rows, 0], 0.0
        rows[-1] += 1
        used += needed
    return rows


def _legend_mm(frame: pd.DataFrame) -> float:
    return 5.0 * len(_legend_rows(frame))


def _legend(figure: Figure, axes: Axes, frame: pd.DataFrame) -> None:
    handles, names = axes.get_legend_handles_labels()
    figure.legend(
        handles, names, loc="upper left", ncols=max(_legend_rows(frame)), bbox_to_anchor=(0.0, 1.0), borderaxespad=0.2,
        handlelength=1.6, handleheight=0.9, handletextpad=0.5, columnspacing=1.6, labelspacing=0.35,
    )  # fmt: skip


def _round_ticks(low: float, high: float, parts: int) -> np.ndarray:
    """About `parts` steps of 1, 2, 2.5 or 5 times a power of ten that reach from below `low` to above `high`."""
    span = high - low if high > low else abs(high) or 1.0
    power = 10.0 ** np.floor(np.log10(span / parts))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * parts >= span * 0.999)
    first, last = np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9)
    return np.arange(first, max(last, first + 1) + 1) * step


def _floats(values: ArrayLike) -> np.ndarray:
    return np.asarray(values, dtype=float)


def _decimals(ticks: np.ndarray) -> int:
    step = float(ticks[1] - ticks[0])
    return next((places for places in range(6) if abs(round(step, places) - step) < 1e-9 * step), 6)


def _year_ticks(years: np.ndarray) -> np.ndarray:
    step = next(step for step in (1, 2, 5, 10, 20, 50) if (years[-1] - years[0]) / step <= 8 or step == 50)
    return np.arange(np.ceil(years[0] / step) * step, years[-1] + 1e-9, step)
