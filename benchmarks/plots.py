"""The results as pictures: SVG that is readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from benchmarks.peers import PEERS
from benchmarks.queries import FLOOR, OURS, Answer, mix_seconds

__all__ = ["plot_gains", "plot_matching", "plot_sizes", "plot_soak"]

# A grey with a contrast of 4 to white and to the usual dark pages, and colours of 3.
_TEXT: Final = "#747c87"
_COLOURS: Final = {
    OURS: "#e0561b",
    "Polars": "#2f81f7",
    "DuckDB": "#a8890b",
    "pandas": "#a371f7",
    "SQLite": "#1f9d57",
    "plain scan": "#d0569f",
    FLOOR: _TEXT,
    "filed by spelling": "#2f81f7",
    "every selector": "#a371f7",
}
_STYLE: Final = {
    "svg.fonttype": "path",  # no page has another font, in which text is longer and cut off
    "svg.hashsalt": "labelsel",  # the same results make the same file
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": _TEXT,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _TEXT,
    "grid.alpha": 0.25,
    "text.color": _TEXT,
    "axes.labelcolor": _TEXT,
    "axes.titlecolor": _TEXT,
    "xtick.color": _TEXT,
    "ytick.color": _TEXT,
    "xtick.labelcolor": _TEXT,
    "ytick.labelcolor": _TEXT,
}
SOAKED: Final = {
    "select": "LabelIndex.select",
    "count": "LabelIndex.count",
    "change": "LabelIndex, a change",
    "matching": "SelectorIndex.matching",
    "live change": "LiveIndex, a change",
    "inventory change": "Inventory, a change",
}
"""The calls of a soak that are shown, and how they are named."""
_MARKED: Final = {"p50": ("o", "median"), "p99": ("D", "p99"), "p99.9": ("s", "p99.9")}
_LINES: Final = 19
"""Lines of text for which an axis has room: names closer to each other than that move apart."""


def plot_sizes(by_size: Mapping[int, Mapping[str, Sequence[Answer]]], file: Path) -> None:
    """Draw the time of the rows of a query over the number of label sets, a line a rival."""
    lines = {
        name: {size: mix_seconds(answers["rows"], name) for size, answers in by_size.items()}
        for name in [OURS, *PEERS, FLOOR]
    }
    title = "Time until the rows of a query are there, geometric mean"
    _plot_lines(lines, "label sets", title, file)


def plot_matching(rows: Sequence[Mapping[str, float]], file: Path) -> None:
    """Draw the time for the selectors of a label set over how many there are, a line a rival."""
    rivals = {OURS: "index", "filed by spelling": "by spelling", "every selector": "every one"}
    lines = {
        name: {int(row["selectors"]): row[rival] for row in rows if rival in row}
        for name, rival in rivals.items()
    }
    title = "Time until the selectors of a label set are there, median"
    _plot_lines(lines, "selectors", title, file)


def _plot_lines(
    lines: Mapping[str, Mapping[int, float]], label: str, title: str, file: Path
) -> None:
    """Draw seconds over sizes, both logarithmic, with each line's name at its end."""
    matplotlib, figures, ticker = _library()
    with matplotlib.rc_context(_STYLE):
        figure = figures.Figure(figsize=(8, 5))
        axes = figure.subplots()
        for name, line in lines.items():
            ours = name == OURS
            axes.plot(
                list(line),
                list(line.values()),
                color=_COLOURS[name],
                linewidth=3 if ours else 1.8,
                linestyle="--" if name == FLOOR else "-",
                marker="" if name == FLOOR else "o",
                zorder=3 if ours else 2,
            )
        axes.set(xscale="log", yscale="log", xlabel=label)
        low, high = axes.get_ylim()
        ends = {name: list(line.values())[-1] for name, line in lines.items()}
        for name, height in _apart(ends, (high / low) ** (1 / _LINES)).items():
            axes.annotate(
                name,
                (max(lines[name]), height),
                xytext=(10, 0),
                textcoords="offset points",
                verticalalignment="center",
                color=_COLOURS[name],
                fontweight="bold" if name == OURS else "normal",
                annotation_clip=False,
            )
        axes.set_title(title, loc="left")
        axes.xaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f}"))
        axes.yaxis.set_major_formatter(ticker.EngFormatter(unit="s"))
        _save(figure, file)


def plot_gains(answers: Mapping[str, Sequence[Answer]], file: Path) -> None:
    """Draw how many times labelsel's time the fastest peer takes, a line a query."""
    matplotlib, figures, ticker = _library()
    with matplotlib.rc_context(_STYLE):
        queries = [answer.query for answer in answers["rows"]]
        figure = figures.Figure(figsize=(8, 1 + 0.27 * len(queries)))
        axes = figure.subplots()
        heights = range(len(queries))
        # Rows above and counts below the line of their query: neither hides the other.
        shown = (("rows", _COLOURS[OURS], "o", -0.14), ("count", _COLOURS["Polars"], "D", 0.14))
        for what, colour, marker, shift in shown:
            gains = [answer.gain for answer in answers[what]]
            places = [height + shift for height in heights]
            axes.scatter(gains, places, s=30, color=colour, marker=marker, label=what, zorder=3)
        axes.axvline(1, color=_TEXT)
        axes.set(xscale="log", yticks=heights, yticklabels=queries)
        axes.tick_params(axis="y", length=0, labelsize=9)
        axes.invert_yaxis()
        axes.margins(y=0.02)
        axes.set_title("Time of the fastest peer, in times that of labelsel", loc="right")
        axes.xaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,g}x"))
        axes.legend(frameon=False, ncols=2, loc="lower right", bbox_to_anchor=(-0.01, 0.995))
        _save(figure, file)


def plot_soak(found: Mapping[str, Any], file: Path) -> None:
    """Draw the memory of a soak over its minutes, and percentiles of its first and last ones."""
    matplotlib, figures, ticker = _library()
    with matplotlib.rc_context(_STYLE):
        figure = figures.Figure(figsize=(8, 7.6))
        above, below = figure.subplots(2, height_ratios=(2, 3), gridspec_kw={"hspace": 0.42})
        minutes, taken = zip(*found["memory"]["looks"], strict=True)
        above.plot(minutes, [each / 2**20 for each in taken], color=_COLOURS[OURS], linewidth=2)
        above.set(xlabel="minutes", xlim=(0, found["minutes"]))
        above.set_ylim(0, 1.25 * max(taken) / 2**20)
        above.yaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,.0f} MiB"))
        above.set_title("Memory of the process", loc="left")
        window = "minute" if found["window"] == 1 else f"{found['window']} minutes"
        # The first minutes above the line of their call, the last below: neither hides the other.
        for part, colour, shift in (
            ("first", _COLOURS["Polars"], -0.16),
            ("last", _COLOURS[OURS], 0.16),
        ):
            times = found["times"][part]
            heights = [height + shift for height in range(len(SOAKED))]
            for kind, height in zip(SOAKED, heights, strict=True):
                ends = times[kind]["p50"], times[kind]["p99.9"]
                below.plot(ends, (height, height), color=colour, linewidth=1.5)
            for percentile, (marker, _) in _MARKED.items():
                places = [times[kind][percentile] for kind in SOAKED]
                below.scatter(places, heights, s=30, color=colour, marker=marker, zorder=3)
            below.plot([], [], color=colour, linewidth=3, label=f"{part} {window}")
        for marker, name in _MARKED.values():
            below.scatter([], [], s=30, color=_TEXT, marker=marker, label=name)
        below.set(xscale="log", yticks=range(len(SOAKED)), yticklabels=SOAKED.values())
        below.tick_params(axis="y", length=0)
        below.invert_yaxis()
        below.margins(y=0.08)
        below.set_title("Time of a call", loc="left")
        below.xaxis.set_major_formatter(ticker.EngFormatter(unit="s"))
        below.legend(frameon=False, ncols=5, loc="upper center", bbox_to_anchor=(0.4, -0.08))
        _save(figure, file)


def _apart(ends: Mapping[str, float], line: float) -> dict[str, float]:
    """Return the heights of the lines' ends, each at least ``line`` times the one below it."""
    heights: dict[str, float] = {}
    least = 0.0
    for name, end in sorted(ends.items(), key=lambda item: item[1]):
        heights[name] = max(end, least)
        least = heights[name] * line
    return heights


def _library() -> tuple[Any, Any, Any]:
    return (
        import_module("matplotlib"),
        import_module("matplotlib.figure"),
        import_module("matplotlib.ticker"),
    )


def _save(figure: Any, file: Path) -> None:
    """Write a picture; the same results at another time make the same file."""
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(file, transparent=True, bbox_inches="tight", metadata=nothing)
