# SPDX-License-Identifier: LGPL-2.1-or-later
"""The plot of docs/benchmarks.md, as SVG with its words as text. Its colours can be read on
a light page and on a dark one; the background is the page's."""

from .contestants import BY_NAME
from .workloads import BATCHED, SINGLE

GREY = "#808080"
OURS = "#e07b00"
THEIRS = "#4a90c4"
FLOOR = "#808080"
LINE_COLOURS = {
    "floor": FLOOR,
    "bun": "#4a90c4",
    "nchan": "#3a9a5c",
    "ws": "#9a6fc4",
    "socketio": "#c75d86",
    "tidewire": OURS,
}
SIZES = [100, 1000, 5000, 10000]


def _colour_of(name):
    if name.startswith("tidewire"):
        return OURS
    return FLOOR if name.startswith("floor") else THEIRS


def _title_of(name):
    return BY_NAME[name].title.replace("`", "")


def _draw_bars(axes, records, workload, names, title):
    found = [(name, records.figure(workload, name, "us_per_event")) for name in names]
    found = [(name, spread) for name, spread in found if spread]
    found.sort(key=lambda pair: -pair[1].median)
    places = range(len(found))
    medians = [spread.median for _, spread in found]
    ends = [
        [spread.median - spread.least for _, spread in found],
        [spread.most - spread.median for _, spread in found],
    ]
    axes.barh(
        places, medians, xerr=ends, color=[_colour_of(n) for n, _ in found], ecolor=GREY
    )
    axes.set_yticks(places, [_title_of(name) for name, _ in found])
    for place, (_, spread) in zip(places, found):
        axes.text(
            spread.most, place, "  %.2f" % spread.median, va="center", color=GREY, size=8
        )
    axes.margins(x=0.15)
    axes.set_title(title)
    axes.set_xlabel("µs an event")


def _draw_growth(axes, records):
    for name, colour in LINE_COLOURS.items():
        points = [
            (size, records.figure("growth-%d" % size, name, "us_per_event"))
            for size in SIZES
        ]
        points = [(size, spread.median) for size, spread in points if spread]
        if points:
            axes.plot(*zip(*points), marker="o", color=colour, label=_title_of(name))
    axes.set_xscale("log")
    axes.set_xticks(SIZES, ["100", "1k", "5k", "10k"])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("connections")
    axes.set_ylabel("µs an event")
    axes.set_title("50,000 deliveries a second")
    if axes.lines:
        axes.legend(frameon=False, labelcolor=GREY, ncols=2, loc="lower right")


def draw(records, path):
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "tidewire",
            "font.family": "sans-serif",
            "font.size": 9,
            **{
                key: GREY
                for key in (
                    "text.color",
                    "axes.edgecolor",
                    "axes.labelcolor",
                    "axes.titlecolor",
                    "xtick.color",
                    "ytick.color",
                )
            },
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )
    figure, ((one, many), (batched, growth)) = pyplot.subplots(2, 2, figsize=(10, 7.5))
    _draw_bars(one, records, "one-room", SINGLE, "One room, each event by itself")
    _draw_bars(many, records, "many-symbols", SINGLE, "500 symbols, each event by itself")
    _draw_bars(
        batched, records, "many-symbols", BATCHED, "500 symbols, windows of 100 ms"
    )
    _draw_growth(growth, records)
    figure.tight_layout()
    figure.savefig(path, transparent=True, metadata={"Date": None})
