# SPDX-License-Identifier: LGPL-2.1-or-later
"""What Tidewire has to reach, as data, and whether it does."""

import dataclasses
import typing


@dataclasses.dataclass
class Target:
    title: str
    workload: str
    contestant: str
    figure: str
    most: typing.Optional[float] = None
    least: typing.Optional[float] = None
    against: typing.Optional[str] = None  # the limit is on the ratio to this one
    unit: str = ""
    # What is measured counts as on a machine on which the floor takes so long for the same.
    floor_us: typing.Optional[float] = None


def _ratio(title, workload, contestant, against, most):
    return Target(title, workload, contestant, "us_per_event", most, None, against, "×")


US = "µs"
# What the floor took, an event, on the machine that the limits are from.
ROOM_US = 6.2
MANY_US = 7.9


def _times(title, workload, contestant, most, floor_us):
    """A limit as it is, and at the pace of the machine that it is from."""
    alike = (workload, contestant, "us_per_event", most)
    return [
        Target(title, *alike, unit=US),
        Target(title + ", at the floor's pace", *alike, unit=US, floor_us=floor_us),
    ]


TARGETS = [
    _ratio("one room, beside Bun", "one-room", "tidewire", "bun", 1.05),
    _ratio("one room, beside the floor", "one-room", "tidewire", "floor", 1.10),
    _ratio("many symbols, beside Bun", "many-symbols", "tidewire", "bun", 1.0),
    _ratio("100 connections, beside the floor", "growth-100", "tidewire", "floor", 1.10),
    _ratio(
        "10,000 connections, beside the floor", "growth-10000", "tidewire", "floor", 1.10
    ),
    *_times("one room, lanes", "one-room", "tidewire-lanes", 1.0, ROOM_US),
    *_times("one room, batch=1", "one-room", "tidewire-batch", 1.0, ROOM_US),
    *_times("many symbols, lanes", "many-symbols", "tidewire-lanes", 5.5, MANY_US),
    *_times("many symbols, batch=1", "many-symbols", "tidewire-batch", 5.5, MANY_US),
    _ratio(
        "many symbols, lanes beside single sends",
        "many-symbols",
        "tidewire-lanes",
        "floor",
        1,
    ),
    Target(
        "highest rate, window 0",
        "highest",
        "tidewire",
        "delivered_per_s",
        least=2.4e6,
        unit="/s",
    ),
    Target(
        "highest rate, lanes",
        "highest",
        "tidewire-lanes",
        "delivered_per_s",
        least=1e7,
        unit="/s",
    ),
    Target(
        "idle connection", "idle-5000", "tidewire", "kib_per_connection", 4, unit="KiB"
    ),
    # What is kept, and why: docs/decisions/0002-heap-trimming.md.
    Target(
        "share of memory kept after 10,000 left",
        "idle-10000",
        "tidewire",
        "kept_share",
        0.1,
    ),
    Target(
        "more of it kept after 10,000 others left",
        "idle-10000",
        "tidewire",
        "kept_by_the_next_share",
        0.02,
    ),
    Target(
        "accepted", "accept-10000", "tidewire", "accepted_per_s", least=5000, unit="/s"
    ),
    Target("p99 of 100 while 10,000 come", "steady", "tidewire", "p99_ms", 20, unit="ms"),
    Target(
        "the same by Socket.IO", "steady", "tidewire-socketio", "p99_ms", 20, unit="ms"
    ),
    Target(
        "descriptors of an upgraded client",
        "upgrade",
        "tidewire-upgrade",
        "descriptors_per_connection",
        1.05,
    ),
    Target(
        "urgent p99 at half load, as clients see it",
        "half-load",
        "tidewire-lanes",
        "urgent_p99_ms",
        10,
        unit="ms",
    ),
    Target(
        "ticks' p99 at half load, as clients see it",
        "half-load",
        "tidewire-lanes",
        "p99_ms",
        110,
        unit="ms",
    ),
    # From Tidewire's taking an event to the kernel's.
    Target(
        "urgent p99 at half load, of Tidewire alone",
        "half-load",
        "tidewire-lanes",
        "added_urgent_p99_ms",
        10,
        unit="ms",
    ),
    Target(
        "ticks' p99 at half load, of Tidewire alone",
        "half-load",
        "tidewire-lanes",
        "added_p99_ms",
        110,
        unit="ms",
    ),
    Target(
        "urgent p99 at half load, window 0",
        "half-load",
        "tidewire",
        "urgent_p99_ms",
        10,
        unit="ms",
    ),
    Target(
        "a message that nobody wants", "flood", "tidewire", "us_per_message", 10, unit=US
    ),
    Target("an event behind the flood", "flood", "tidewire", "mark_ms", 1000, unit="ms"),
]


def _say(value, unit):
    number = "{:,.0f}".format(value) if abs(value) >= 1000 else "%.3g" % value
    return number + (" " + unit if unit else "")


@dataclasses.dataclass
class Verdict:
    target: Target
    word: str  # ok, MISSED or "not measured"
    measured: str
    limit: str


def _write_limit(target):
    limit = _say(target.most if target.least is None else target.least, target.unit)
    limit = ("at least " if target.most is None else "at most ") + limit
    if target.against:
        limit += " " + target.against
    if target.floor_us:
        limit += ", where the floor takes %g" % target.floor_us
    return limit


def _find_run(records, target):
    """The one that the limit is looked at in; None when there is none."""
    against = [name for name in [_get_against(target)] if name]
    return records.find_common_run(target.workload, target.contestant, *against)


def _get_against(target):
    return target.against or (target.floor_us and "floor")


def _measure(records, target, run):
    """What the limit is on, and how to say it; None when something was not measured."""

    def find(contestant):
        spread = records.figure(target.workload, contestant, target.figure, run)
        return spread and spread.median

    value = find(target.contestant)
    against = _get_against(target)
    other = find(against) if against else None
    if value is None or (against and other is None):
        return None
    if target.against:
        return value / other, _say(value / other, target.unit)
    if target.floor_us:
        scaled = value * target.floor_us / other
        said = "%s; measured: %.3g, floor %.3g"
        return scaled, said % (_say(scaled, target.unit), value, other)
    return value, _say(value, target.unit)


def _judge(records, target):
    limit = _write_limit(target)
    run = _find_run(records, target)
    pair = (target.workload, target.contestant)
    problems = records.problems(*pair) or records.problems(*pair, run)
    if problems:
        return Verdict(target, "MISSED", "; ".join(problems[:3]), limit)
    measured = _measure(records, target, run) if run else None
    if measured is None:
        return Verdict(target, "not measured", "", limit)
    value, said = measured
    is_reached = value >= target.least if target.most is None else value <= target.most
    return Verdict(target, "ok" if is_reached else "MISSED", said, limit)


def judge_all(records):
    return [_judge(records, target) for target in TARGETS]


def print_verdicts(verdicts):
    """Returns whether none was missed."""
    for verdict in verdicts:
        print(
            "%-13s %-42s %s (%s)"
            % (verdict.word, verdict.target.title, verdict.measured or "-", verdict.limit)
        )
    return not any(verdict.word == "MISSED" for verdict in verdicts)
