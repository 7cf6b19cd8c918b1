#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tidewirectl and the real tidewired, with clients at its other end: each verb does what it
says."""

import json

import ctl
import harness
import privatebus
import tabs
from harness import expect_equal, expect_match, test
from redisserver import TICKS
from tabs import PlainTab, SocketioTab

TICK = '{"event_type":"tick_data","symbol":"AAPL","price":0.10}'


class Place:
    """A service on a bus of its own."""

    def __init__(self, scope, *settings):
        self.bus = privatebus.Bus(scope)
        self.service = harness.Service(
            scope, tabs.DEVELOPMENT, "rooms.open=lobby", self.bus.setting, *settings
        )
        self.bus.wait_for_service()

    def run(self, *words, code=0, stdin=b""):
        """Gives what it prints; with a code other than 0 what it complains about."""
        done = ctl.run(*words, bus=self.bus.address, stdin=stdin)
        expect_equal(done.returncode, code, f"the exit code of {words}: {done.stderr}")
        return done.stderr if code else done.stdout

    def get(self, *words):
        return json.loads(self.run("--json", *words))

    def publish(self, payload):
        return self.run("publish", "--channel", TICKS, payload)

    def follow(self, scope, *words):
        """The program, running, while a tick is published again and again until it has
        written a line."""
        env = ctl.make_environment(TIDEWIRE_BUS=self.bus.address)
        program = harness.Program(scope, [ctl.TIDEWIRECTL, *words], env)
        harness.wait_until(lambda: self.publish(TICK) and program.lines, f"{words} writes")
        return program


@test
def tells_how_it_is(scope):
    """Status and counters are those of the service, and reset sets them back"""
    place = Place(scope)
    PlainTab(scope, place.service, user="anna")
    place.service.wait_for_counter("users", 1)
    expect_match("tidewired .*: ", place.run("status"))
    facts = place.get("status")
    expect_equal(facts["stats"]["Users"], 1, "users")
    expect_equal(facts["manager"]["Listeners"], [f"http://127.0.0.1:{place.service.port}/"])
    place.publish(TICK)
    expect_match("^EventsReceived +1$", place.run("stats"))
    place.run("stats", "reset")
    expect_match("^EventsReceived +0$", place.run("stats"))


@test
def lists(scope):
    """Lists have every connection, user, room, subscription and lane, and show has details"""
    place = Place(scope)
    anna = PlainTab(scope, place.service, user="anna")
    anna.want("AAPL", "MSFT")
    bert = SocketioTab(scope, place.service, user="bert")
    bert.ask("join_room", {"room": "lobby"})
    connections = place.get("connections")["connections"]
    expect_equal([row["user"] for row in connections], ["anna", "bert"], "users")
    expect_equal([row["transport"] for row in connections], ["websocket", "socketio"])
    ids = [row["id"] for row in connections]
    expect_equal([row["tickers"] for row in place.get("users")["users"]], [2, 0], "tickers")
    rooms = {row["room"]: row["members"] for row in place.get("rooms")["rooms"]}
    expect_equal(rooms["lobby"], 1, "members of lobby")
    (subscription,) = place.get("subscriptions")["subscriptions"]
    expect_equal(subscription["user"], "anna", "who subscribed")
    expect_equal(subscription["filters"], {"tickers": ["AAPL", "MSFT"]}, "filters")
    lanes = place.get("lanes")["lanes"]
    expect_equal([lane["is_slow"] for lane in lanes], [False, False], "slow lanes")

    shown = place.get("show", str(ids[0]))
    expect_equal((shown["kind"], shown["details"]["user"]), ("connection", "anna"))
    shown = place.get("show", "bert")
    expect_equal((shown["kind"], shown["details"]["connections"]), ("user", [ids[1]]))
    shown = place.get("show", "lobby")
    expect_equal((shown["kind"], len(shown["members"])), ("room", 1))
    expect_match("^tickers +AAPL, MSFT$", place.run("show", "user:anna"))

    page = place.get("users", "--limit=1")
    expect_equal((len(page["users"]), page["has_more"]), (1, True), "a page")
    dump = place.get("dump")
    expect_equal(len(dump["connections"]), 2, "connections in the dump")


@test
def names_what_is_wrong(scope):
    """What is not there, refused or not now has an exit code, without names of the bus"""
    place = Place(scope)
    for code, *words in (
        (4, "show", "connection:77"),
        (4, "show", "nobody"),
        (4, "disconnect", "77"),
        (4, "disconnect", "user:nobody"),
        (4, "publish", "user:nobody", "news", "{}"),
        (4, "explain", "no.such.channel", "{}"),
        (7, "publish", "everyone", "news", "["),
        (7, "monitor", "color=red"),
        (7, "limits", "set", "batch-window-msec=10001"),
    ):
        said = place.run(*words, code=code)
        for name in ("org.", "GDBus", "List"):
            expect_equal(name in said, False, f"{name} in {said!r}")


@test
def acts_on_users(scope):
    """Users get what is published, under limits of their own, and are sent away"""
    place = Place(scope)
    anna = PlainTab(scope, place.service, user="anna")
    out = place.run("publish", "user:anna", "news", "-", stdin=b'{"n": 1}')
    expect_match("1 user", out)
    expect_equal(anna.take_data("news"), {"n": 1}, "what anna gets")
    expect_equal(place.get("publish", "-p", "high", "everyone", "x", "{}"), {"n_users": 1})

    both = ("events-per-second=5", "urgent-events-per-second=6")
    place.run("limits", "-u", "anna", "set", *both)
    expect_equal(
        place.get("limits", "-u", "anna"),
        {"events-per-second": 5, "urgent-events-per-second": 6},
    )
    place.run("limits", "-u", "anna", "reset")
    expect_equal(place.get("limits", "-u", "anna")["events-per-second"], 0, "of all again")
    place.run("limits", "-u", "nobody", code=4)
    place.run("limits", "-u", "nobody", "set", *both, code=4)

    (row,) = place.get("connections")["connections"]
    place.run("disconnect", f"connection:{row['id']}")
    place.service.wait_for_counter("connections", 0)
    PlainTab(scope, place.service, user="anna")
    place.run("disconnect", "anna")
    place.service.wait_for_counter("connections", 0)
    PlainTab(scope, place.service, user="anna")
    expect_equal(place.get("logout", "anna"), {"closed": 1}, "closed by a log-out")
    expect_equal(place.get("logout", "anna"), {"closed": 0}, "closed by another")


@test
def acts_on_the_service(scope):
    """Limits, the log, draining and a reload are in force at once"""
    place = Place(scope)
    place.run("limits", "set", "batch-window-msec=0", "events-per-second=7")
    limits = place.get("limits")
    expect_equal((limits["batch-window-msec"], limits["events-per-second"]), (0, 7))
    expect_equal(place.get("log-level"), {"level": "notice"})
    place.run("log-level", "debug")
    expect_equal(place.get("log-level"), {"level": "debug"})
    place.run("reload")
    expect_equal(place.get("limits")["events-per-second"], 0, "the rate after a reload")
    expect_match("^listen=127.0.0.1:", place.run("config", "show"))

    place.run("drain", "--deadline=5")
    expect_match("draining", place.run("status").splitlines()[0])
    expect_match("“tidewirectl undrain”", place.run("drain", code=9))
    place.run("undrain")
    expect_equal("draining" in place.run("status").splitlines()[0], False, "draining")


@test
def explains(scope):
    """It says who would get an event and why others would not, and delivers nothing"""
    place = Place(scope)
    anna = PlainTab(scope, place.service, user="anna")
    anna.want("AAPL")
    PlainTab(scope, place.service, user="bert")
    answer = place.get("explain", TICKS, TICK)
    expect_equal([row["user"] for row in answer["recipients"]], ["anna"], "recipients")
    expect_equal([row["user"] for row in answer["others"]], ["bert"], "others")
    expect_equal(answer["facts"]["key"], "AAPL", "the key")
    expect_match("^bert ", place.run("explain", TICKS, "-", stdin=TICK.encode()))
    evil = json.dumps({"event_type": "tick_data", "symbol": "\x1b[2J\u202e", "price": 1})
    shown = place.run("explain", TICKS, evil)
    expect_equal("\x1b" in shown or "\u202e" in shown, False, f"harm in {shown!r}")
    tabs.expect_no(anna, "tick_data", 0.1)


@test
def follows(scope):
    """Events of the filter are shown as they come, until the service ends"""
    place = Place(scope)
    plain = place.follow(scope, "monitor", "--count=1")
    expect_match('tick_data  AAPL .*"price":0.10}$', plain.lines[0])
    expect_equal(plain.wait_for_end(), 0, "the exit code after one")
    lines = place.follow(scope, "--json", "monitor", "key=A*")
    place.publish(TICK.replace("AAPL", "MSFT"))
    place.publish(TICK.replace("AAPL", "AMD"))
    lines.wait_for_line('"AMD"')
    expect_equal(lines.count_lines("MSFT"), 0, "lines past the filter")
    expect_equal(json.loads(lines.lines[0])["key"], "AAPL", "the key")
    place.service.stop()
    expect_equal(lines.wait_for_end(), 3, "the exit code without a service")


@test
def replays(scope):
    """A recording reaches those who want it, in its order"""
    place = Place(scope, "delivery.batch-window-ms=0")
    anna = PlainTab(scope, place.service, user="anna")
    anna.want("A")
    payloads = [{"event_type": "tick_data", "symbol": "A", "price": i} for i in range(3)]
    recording = [
        {"t_ms": 100 * i, "channel": TICKS, "payload": payload}
        for i, payload in enumerate(payloads)
    ]
    path = harness.make_folder(scope) / "recording"
    path.write_text("".join(json.dumps(line) + "\n" for line in recording))
    expect_equal(place.get("replay", str(path))["published"], 3, "published")
    expect_equal([anna.take_data("tick_data") for _ in payloads], payloads, "what came")


@test
def watches(scope):
    """The live view has who is busy, and a tick has the counters of the service"""
    place = Place(scope, "source.type=demo")
    tab = PlainTab(scope, place.service, user="anna")
    tab.want("AAPL", "F", "MRK", "MSFT", "T")
    terminal = ctl.Terminal(scope, "top", "-i", "0.25", bus=place.bus.address)
    terminal.wait_for("anna")
    terminal.type("q")
    expect_equal(terminal.wait_for_end()[0], 0, "the exit code")
    lines = place.run("--json", "top", "-c", "2", "-i", "0.25").splitlines()
    expect_equal([json.loads(line)["counters"]["Users"] for line in lines], [1, 1])


harness.run(110)
