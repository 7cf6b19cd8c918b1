# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ways of measuring: each takes the world, a contestant and a shape, and returns
figures and problems. With a problem the figures do not count."""

import contextlib
import dataclasses
import math
import shutil
import tempfile
import time

from . import contestants, machine
from .programs import Load, Redis

QUIET_S = 1.0
LATENESS = 7
# When the publisher comes so late, the machine had no time for us, and nothing that was
# measured says anything about the server; so it is done again.
MAX_LATE_MS = 400
# The same when others on the host have one of our cores while we want it: an event costs more
# then, with 3 to 5 % of a core a ninth more, with two thirds of one twice as much. After some
# rest a host with quotas lets us run again.
MAX_STOLEN_SHARE = 0.01
REST_S = 10
MAX_ATTEMPTS = 5


@dataclasses.dataclass
class Outcome:
    figures: dict
    problems: list
    raw: dict = dataclasses.field(default_factory=dict)


class World:
    """The tools, and a Redis, for all measurements. So many of these may be done again, in
    all, since others on the host took time from them: a test has to come to its end."""

    def __init__(self, tools, n_repeats=math.inf):
        self.tools = tools
        self.n_repeats = n_repeats
        self.redis = Redis()

    @contextlib.contextmanager
    def server(self, contestant, shape):
        folder = tempfile.mkdtemp(prefix="tide-bench-")
        server = None
        try:
            server = contestants.start(self.tools, contestant, self.redis, shape, folder)
            yield server
        finally:
            if server:
                server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def load(self, server, options, gives_way=False):
        load = Load(self.tools, server, options, gives_way)
        try:
            yield load
        finally:
            load.stop()

    def publish(self, server, shape, seconds):
        """Publishes to the end; what the publisher says then."""
        publisher = server.publish(shape, seconds)
        try:
            return publisher.expect_json(seconds + 60)
        finally:
            publisher.stop()

    def stop(self):
        self.redis.stop()


def _find_faults(result):
    """Sentences about what clients saw that must not be."""
    faults = ["failed", "gaps", "duplicates", "reordered", "foreign"]
    return ["%s: %d" % (name, result[name]) for name in faults if result.get(name)]


def _find_loss(result, expected):
    n = result["events"]
    if n == expected:
        return []
    if n > expected:
        return ["%d events too many" % (n - expected)]
    return [
        "lost %d of %d (%.1f %%)" % (expected - n, expected, 100 * (1 - n / expected))
    ]


def _measure_undisturbed(world, measure_once):
    """The outcome of a counted stretch; of those that others on the host took time from,
    the one with the least of it."""
    outcomes = []
    for attempt in range(MAX_ATTEMPTS):
        if attempt > 0:
            print("# %s: once more" % disturbance, flush=True)
            time.sleep(REST_S)
        outcome = measure_once()
        disturbance = _find_disturbance(outcome)
        if not disturbance:
            return outcome
        if not _is_late(outcome):
            outcomes.append(outcome)
            if world.n_repeats < 1:
                break
            world.n_repeats -= 1
    if not outcomes:
        outcome.problems.append(disturbance)
        return outcome
    return min(outcomes, key=lambda outcome: outcome.figures["stolen_share"])


def _is_late(outcome):
    return outcome.raw["sent"].get("late_ms_max", 0) > MAX_LATE_MS


def _find_disturbance(outcome):
    """What kept the machine from us, in words, if anything did."""
    if _is_late(outcome):
        return "the publisher was %d ms late" % outcome.raw["sent"]["late_ms_max"]
    stolen = outcome.figures["stolen_share"]
    # It makes events dear, and is no excuse for losing them.
    if stolen > MAX_STOLEN_SHARE and not outcome.problems:
        return "others on the host took %d %% of a core" % round(100 * stolen)
    return None


def _count_once(world, server, shape):
    options = shape.load_options() + ["--settle=0.5", "--quiet=%g" % QUIET_S]
    # Who takes some times as long as events come gets that time, and is late instead of losing.
    most_s = 20 + LATENESS * shape.seconds
    with world.load(server, options + ["-s", "%g" % most_s]) as load:
        ready = load.await_ready()
        stolen_s = machine.read_stolen_s()
        sent = world.publish(server, shape, shape.seconds)
        stolen_s = machine.read_stolen_s() - stolen_s
        result = load.await_end(most_s + 60)
    expected = shape.count_deliveries(sent["sent"], sent.get("sent_urgent", 0))
    problems = _find_faults(result) + _find_loss(result, expected) + server.find_losses()
    if sent.get("dropped"):
        problems.append("%d sends would have waited" % sent["dropped"])
    busy_s = max(sent["seconds"] - shape.warm_up, result["busy_s"])
    figures = {
        "us_per_event": result["us_per_event"],
        "p50_ms": result["latency_ms"]["p50"],
        "p99_ms": result["latency_ms"]["p99"],
        "rate": shape.rate,
        "delivered_per_s": expected / sent["seconds"],
        "core_share": result["cpu_s"] / busy_s,
        "load_core_share": result["own_cpu_s"] / busy_s,
        "stolen_share": stolen_s / sent["seconds"],
        "lost_share": max(0, 1 - result["events"] / max(1, expected)),
    }
    if shape.urgent_rate:
        figures["urgent_p99_ms"] = result["urgent_latency_ms"]["p99"]
    return Outcome(figures, problems, {"ready": ready, "sent": sent, "load": result})


def _count(world, server, shape):
    return _measure_undisturbed(world, lambda: _count_once(world, server, shape))


def deliver(world, contestant, shape):
    with world.server(contestant, shape) as server:
        return _count(world, server, shape)


def half_load(world, contestant, shape):
    """At the rate that takes half of the server's core. Clients, Redis and the publisher
    share the other one, so that a part of the latency is theirs: what Tidewire has added is
    in its own figures."""
    with world.server(contestant, shape) as server:
        rate = shape.rate
        # More at once costs less each, so that the first guess is too low. Others on the
        # host may take what they like here: only the rate is looked for.
        for _ in range(6):
            outcome = _count_once(world, server, shape.with_rate(rate))
            share = max(0.05, outcome.figures["core_share"])
            if 0.45 < share < 0.55:
                break
            rate = round(rate * 0.5 / share)

    # Anew each time, so that its own figures are of this rate and of this stretch only.
    def measure_once():
        with world.server(contestant, shape) as server:
            outcome = _count_once(world, server, shape.with_rate(rate))
            outcome.figures["added_p99_ms"] = server.get_added_ms("medium")
            outcome.figures["added_urgent_p99_ms"] = server.get_added_ms("high")
            return outcome

    return _measure_undisturbed(world, measure_once)


STEP = 1.5
MAX_TRIES = 10
MAX_RATE = 20000  # of a server to whom nothing else sets an end


def find_highest(world, contestant, shape, start_rate):
    """The highest rate at which nothing is lost and p99 is in time, by steps of 1.5 and,
    between the last that was good and the first that was not, one more."""
    tries = []

    def attempt(rate):
        with world.server(contestant, shape) as server:
            outcome = _count(world, server, shape.with_rate(rate))
        in_time = outcome.figures["p99_ms"] <= contestant.window_ms + 100
        tries.append({"rate": rate, "problems": outcome.problems, **outcome.figures})
        return outcome if in_time and not outcome.problems else None

    rate = start_rate
    best = attempt(rate)
    goes_up = best is not None
    while len(tries) < MAX_TRIES:
        next_rate = round(rate * STEP if goes_up else rate / STEP)
        if not 1 <= next_rate <= MAX_RATE:
            break
        outcome = attempt(next_rate)
        best = outcome or best
        # The way up ends with the first that fails, the way down with the first that does not.
        if goes_up != (outcome is not None):
            best = attempt(round(math.sqrt(rate * next_rate))) or best
            break
        rate = next_rate
    if not best:
        problems = tries[-1]["problems"] or ["no rate with p99 in time"]
        return Outcome({}, problems, {"tries": tries})
    return Outcome(best.figures, [], {"tries": tries})


def idle(world, contestant, shape, waves=1):
    """Memory of connections on which nothing happens, and what is left of it after they
    have gone, and after as many more have come and gone."""
    results = []
    problems = []
    with world.server(contestant, shape) as server:
        options = shape.load_options() + ["--settle=1", "--leave=3", "-s", "0"]
        for _ in range(waves):
            with world.load(server, options) as load:
                load.await_ready()
                results.append(load.await_end(60))
            problems += _find_faults(results[-1])
    before = results[0]["resident_kib_before"]
    grown = results[0]["resident_kib"] - before
    left = [result["resident_kib_after_leaving"] - before for result in results]
    figures = {
        "kib_per_connection": grown / shape.connections,
        "kib_before": before,
        "kib_after_leaving": left[0],
        "kept_share": left[0] / max(1, grown),
        "kept_by_the_next_share": (left[-1] - left[0]) / max(1, grown),
    }
    return Outcome(figures, problems, {"loads": results})


def idle_twice(world, contestant, shape):
    """The same with a second crowd after the first."""
    return idle(world, contestant, shape, waves=2)


def accept(world, contestant, shape):
    """How fast connections come in, and what is open at the server then."""
    with world.server(contestant, shape) as server:
        before = machine.cpu_seconds(server.pids)
        options = ["-n", str(shape.connections), "--settle=1", "-s", "0"]
        options.append("--opening=%d" % shape.opening)
        with world.load(server, options + ["--no-subscribe"]) as load:
            ready = load.await_ready(180)
            cpu_s = machine.cpu_seconds(server.pids) - before
            descriptors = machine.count_descriptors(server.pids)
            result = load.await_end(60)
    figures = {
        "accepted_per_s": shape.connections / result["open_s"],
        "open_s": result["open_s"],
        "cpu_us_per_connection": 1e6 * cpu_s / shape.connections,
        "descriptors_per_connection": descriptors / shape.connections,
    }
    return Outcome(figures, _find_faults(result), {"ready": ready, "load": result})


CROWD = 10000


def steady(world, contestant, shape):
    """A few who get events while a crowd comes in."""
    options = shape.load_options() + ["--settle=0.5", "--quiet=%g" % QUIET_S]
    # The crowd stays to the end: that it leaves at once is another matter.
    crowd_options = ["-n", str(CROWD), "--settle=%g" % (shape.seconds + 3), "-s", "0"]
    crowd_options.append("--no-subscribe")
    with world.server(contestant, shape) as server, contextlib.ExitStack() as stack:
        load = stack.enter_context(world.load(server, options + ["-s", "40"]))
        load.await_ready()
        # The crowd's program gives way to that of the few: it is the server's delay that is
        # looked for, not that of a client waiting for its turn on the same core.
        crowd = stack.enter_context(world.load(server, crowd_options, gives_way=True))
        sent = world.publish(server, shape, shape.seconds)
        result = load.await_end(60)
        crowd_result = crowd.await_end(180)
    expected = shape.count_deliveries(sent["sent"])
    problems = (
        _find_faults(result) + _find_loss(result, expected) + _find_faults(crowd_result)
    )
    figures = {
        "p50_ms": result["latency_ms"]["p50"],
        "p99_ms": result["latency_ms"]["p99"],
        "max_ms": result["latency_ms"]["max"],
        "crowd_s": crowd_result["open_s"],
    }
    return Outcome(figures, problems, {"load": result, "crowd": crowd_result})


MARK = "U0"
MARK_TEMPLATES = {
    "ws": '{"type":"subscribe_tickers","tickers":["%s"]}' % MARK,
    "socketio": '42["subscribe_tickers",{"tickers":["%s"]}]' % MARK,
}


def flood(world, contestant, shape):
    """Nobody wants what comes; then one event that everybody wants: when it has come, all
    before it has been read."""
    options = shape.load_options() + ["--settle=0.5", "--quiet=0.5", "-s", "60"]
    options += [
        "--urgent-symbols=1",
        "--subscribe-template=" + MARK_TEMPLATES[contestant.way],
    ]
    with world.server(contestant, shape) as server:
        with world.load(server, options) as load:
            load.await_ready()
            sent = world.publish(server, shape, shape.seconds)
            now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            mark = '{"symbol":"%s","seq":1,"t":%d,"pad":"x"}' % (MARK, now_us)
            world.redis.publish(contestants.TICKS, mark)
            result = load.await_end(120)
        losses = server.find_losses()
    latency = result["urgent_latency_ms"] if result["urgent_latency_ms"]["max"] else None
    figures = {
        "us_per_message": 1e6 * result["cpu_s"] / max(1, sent["sent"]),
        "core_share": result["cpu_s"] / max(sent["seconds"], result["busy_s"]),
        "rate": sent["sent"] / sent["seconds"],
        "mark_ms": (latency or result["latency_ms"])["max"],
    }
    problems = _find_faults(result) + losses + _find_loss(result, shape.connections)
    if figures["rate"] < 0.95 * shape.rate:
        problems.append("only %d messages a second were published" % figures["rate"])
    return Outcome(figures, problems, {"sent": sent, "load": result})
