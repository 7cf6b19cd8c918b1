# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tables in Markdown from the records, put between markers of docs/benchmarks.md."""

from . import targets
from .contestants import BY_NAME
from .workloads import make_all

BEGIN = "<!-- peers: begin -->"
END = "<!-- peers: end -->"
GOES_WITH_RATIOS = "us_per_event"

# Columns of a way of measuring: the figure, what it is called, and how it is written.
COLUMNS = {
    "deliver": [
        ("us_per_event", "µs an event", "%.2f"),
        ("p50_ms", "p50, ms", "%.1f"),
        ("p99_ms", "p99, ms", "%.1f"),
    ],
    "half_load": [
        ("us_per_event", "µs an event", "%.2f"),
        ("core_share", "of the core", "%.2f"),
        ("delivered_per_s", "delivered a second", "{:,.0f}"),
        ("p99_ms", "ticks' p99, ms", "%.1f"),
        ("urgent_p99_ms", "urgent p99, ms", "%.1f"),
        ("added_p99_ms", "of these Tidewire's, ms", "%.1f"),
        ("added_urgent_p99_ms", "urgent, Tidewire's, ms", "%.1f"),
    ],
    "_find_highest": [
        ("delivered_per_s", "delivered a second", "{:,.0f}"),
        ("p99_ms", "p99, ms", "%.0f"),
        ("core_share", "of the core", "%.2f"),
        ("load_core_share", "clients, of theirs", "%.2f"),
    ],
    "idle": [
        ("kib_per_connection", "KiB a connection", "%.2f"),
        ("kib_before", "KiB without any", "{:,.0f}"),
        ("kib_after_leaving", "KiB kept when all have left", "{:,.0f}"),
    ],
    "idle_twice": [
        ("kib_per_connection", "KiB a connection", "%.2f"),
        ("kib_after_leaving", "KiB kept when all have left", "{:,.0f}"),
        ("kept_by_the_next_share", "more kept after as many others", "{:.1%}"),
    ],
    "accept": [
        ("accepted_per_s", "accepted a second", "{:,.0f}"),
        ("cpu_us_per_connection", "server's µs each", "%.0f"),
        ("descriptors_per_connection", "descriptors each", "%.2f"),
    ],
    "steady": [
        ("p50_ms", "p50, ms", "%.1f"),
        ("p99_ms", "p99, ms", "%.1f"),
        ("max_ms", "longest, ms", "%.1f"),
        ("crowd_s", "crowd in, s", "%.1f"),
    ],
    "flood": [
        ("rate", "messages a second", "{:,.0f}"),
        ("us_per_message", "µs a message", "%.2f"),
        ("mark_ms", "event behind it, ms", "%.0f"),
    ],
}


def write_number(form, value):
    return form.format(value) if form.startswith("{") else form % value


def _write_spread(form, spread):
    text = write_number(form, spread.median)
    if spread.count > 1:
        ends = [write_number(form, end) for end in (spread.least, spread.most)]
        text += " (%s–%s)" % tuple(ends)
    return text


def _write_ratio(records, workload, name, against):
    ours = records.figure(workload, name, GOES_WITH_RATIOS)
    other = records.figure(workload, against, GOES_WITH_RATIOS)
    return "%.2f" % (ours.median / other.median) if ours and other else ""


def _make_row(records, workload, name, columns, has_ratios):
    cells = [BY_NAME[name].title]
    problems = records.problems(workload.name, name)
    for figure, _, form in columns:
        spread = records.figure(workload.name, name, figure)
        cells.append(_write_spread(form, spread) if spread else "")
    if has_ratios:
        cells += [
            _write_ratio(records, workload.name, name, against) for against in RATIOS
        ]
    if problems:
        cells[1] = (cells[1] + " " if cells[1] else "") + "**failed**: " + problems[0]
    return "| " + " | ".join(cells) + " |"


RATIOS = ["floor", "bun"]


def _make_table(records, workload):
    rows = [name for name in workload.contestants if records.find(workload.name, name)]
    if not rows:
        return []
    columns = COLUMNS[workload.run.__name__]
    has_ratios = workload.run.__name__ == "deliver"
    heads = (
        [""]
        + [title for _, title, _ in columns]
        + (["× floor", "× Bun"] if has_ratios else [])
    )
    return [
        "",
        "### %s%s" % (workload.title[0].upper(), workload.title[1:]),
        "",
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
        *[_make_row(records, workload, name, columns, has_ratios) for name in rows],
    ]


def _make_targets(records):
    lines = [
        "",
        "### What Tidewire has to reach",
        "",
        "| | has to be | is | |",
        "|---|---|---|---|",
    ]
    for verdict in targets.judge_all(records):
        cells = (verdict.target.title, verdict.limit, verdict.measured, verdict.word)
        lines.append("| %s | %s | %s | %s |" % cells)
    return lines


def _make_head(records):
    head = records.heads()[-1]
    machine = head["machine"]
    n = max(len(records.find(*pair)) for pair in records.pairs())
    repeated = "once, so take it as a hint" if n == 1 else "up to %d times" % n
    peers = ", ".join("%s %s" % pair for pair in head["peers"].items())
    settings = ", ".join("`%s`" % setting for setting in head["settings"])
    return [
        "%s, %d cores, Linux %s; the network is %s. "
        % (
            machine["cpu"],
            machine["cores"],
            machine["kernel"],
            machine.get("network", "the machine's"),
        )
        + "Measured %s; figures without a range once. " % repeated
        + "Figures are medians, with the least and the most.",
        "",
        "Peers: %s; %s; Node.js %s." % (peers, machine["nginx"], machine["node"]),
        "",
        "Tidewire's settings besides its defaults: %s." % settings,
        "",
        "![The server's CPU time for an event delivered](images/peers.svg)",
    ]


def make_report(records, file_limit):
    lines = _make_head(records) + _make_targets(records)
    for workload in make_all(file_limit):
        lines += _make_table(records, workload)
    return "\n".join(lines) + "\n"


def write_into(path, text):
    """Between the markers, which are put at the end when they are missing."""
    with open(path, encoding="utf-8") as file:
        old = file.read()
    if BEGIN not in old:
        old += "\n%s\n%s\n" % (BEGIN, END)
    before, _, rest = old.partition(BEGIN)
    after = rest.partition(END)[2]
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + text + END + after)
