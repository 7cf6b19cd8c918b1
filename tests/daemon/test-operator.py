#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an operator does over the bus, with real clients at the other end: explain, publish,
send away, limit, drain, reload, and read along."""

import importlib.util
import json
import os
import signal
import socket
import time

import harness
import privatebus
import redisserver
import tabs
from redisserver import TICKS
from tabs import PlainTab, SocketioTab


class Stream:
    """Events as they are routed."""

    def __init__(self, scope, caller, text=""):
        (handle,) = caller.call("Admin", "OpenEventStream", "(s)", text)
        self._socket = socket.socket(fileno=caller.fds[handle])
        self._socket.settimeout(harness.WAIT_S)
        self._lines = self._socket.makefile("r")
        scope.callback(self.close)

    def take(self):
        return json.loads(self._lines.readline())

    def close(self):
        self._lines.close()
        self._socket.close()


def start(scope, *settings):
    bus = privatebus.Bus(scope)
    redis, service = redisserver.start_with_redis(
        scope, tabs.DEVELOPMENT, bus.setting, *settings
    )
    bus.wait_for_service()
    return bus, redis, service


def expect_error(bus, name, method, *arguments):
    answer = bus.call("Admin." + method, *arguments)
    if f"Error.{name}" not in answer:
        raise AssertionError(f"{method} says {answer}, not {name}")


def expect_balance(bus):
    harness.expect_equal(bus.get("Stats", "BalanceError"), "0", "BalanceError")


@harness.test
def publishes(scope):
    """What an operator publishes reaches everyone, a room and a user, and the books balance"""
    bus, redis, service = start(scope, "rooms.open=lobby")
    anna = PlainTab(scope, service, user="anna")
    bert = SocketioTab(scope, service, user="bert")
    bert.ask("join_room", {"room": "lobby"})
    for audience, wanted in (
        ("everyone", (anna, bert)),
        ("room:lobby", (bert,)),
        ("user:anna", (anna,)),
    ):
        payload = json.dumps({"to": audience})
        answer = bus.call("Admin.Publish", audience, "news", payload, "")
        harness.expect_equal(answer, f"(uint32 {len(wanted)},)", audience)
        for tab in wanted:
            harness.expect_equal(tab.take_data("news"), {"to": audience}, audience)
    tabs.expect_no(anna, "news", 0.1)
    tabs.leave(anna, service, 1)
    expect_error(bus, "NotFound", "Publish", "user:carl", "news", "{}", "")
    expect_error(bus, "InvalidArgs", "Publish", "everyone", "news", "[]", "")
    expect_error(bus, "InvalidArgs", "Publish", "everyone", "connect", "{}", "")
    expect_balance(bus)
    service.wait_for_line(r"uid \d+ published an event over the bus: it was for 2 users")


@harness.test
def explains_and_routes(scope):
    """What is said of an event is what becomes of it when it goes through its route"""
    bus, redis, service = start(scope)
    anna = PlainTab(scope, service, user="anna")
    bert = PlainTab(scope, service, user="bert")
    anna.want("AAPL")
    tick = tabs.make_tick("AAPL", 7)
    said = bus.call("Admin.ExplainDelivery", TICKS, tick)
    for part in (
        "('anna', 'ticker AAPL', 'sent at once')",
        "('bert', 'no subscription of tickers or watchlist')",
        "'route': <'tick_data'>",
    ):
        if part not in said:
            raise AssertionError(f"no {part} in {said}")
    harness.expect_equal(service.get_counters()["events_received"], 0, "events_received")
    answer = bus.call("Admin.PublishThroughRoute", TICKS, tick)
    harness.expect_equal(answer, "(uint32 1,)", "for whom it was")
    tabs.expect_numbers(anna, [7], "the ticks", "tick_data")
    tabs.expect_no(bert, "tick_data", 0.1)
    expect_error(bus, "NotFound", "ExplainDelivery", "nowhere", "{}")
    expect_error(bus, "InvalidArgs", "PublishThroughRoute", TICKS, "{}")
    expect_balance(bus)


@harness.test
def disconnects(scope):
    """A client that is disconnected may come back, and the official one does by itself"""
    if not importlib.util.find_spec("socketio"):
        raise harness.Skip("there is no Python module socketio")
    import socketio

    bus, redis, service = start(scope)
    client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.2)
    client.connect(
        f"http://127.0.0.1:{service.port}?user=anna", transports=["websocket"]
    )
    scope.callback(client.disconnect)
    service.wait_for_counter("connections", 1)
    answer = bus.call("Admin.DisconnectUser", "anna")
    harness.expect_equal(answer, "(uint32 1,)", "connections closed")
    service.wait_for_counter("connections_opened", 2)
    service.wait_for_counter("users", 1)
    tab = PlainTab(scope, service, user="bert")
    # Its id is that of the third connection.
    harness.expect_equal(bus.call("Admin.Disconnect", "3"), "()", "Disconnect")
    tab.expect_close(1012, "connect again")
    expect_error(bus, "NotFound", "Disconnect", "3")
    expect_error(bus, "NotFound", "DisconnectUser", "bert")


@harness.test
def limits_one_user(scope):
    """One user's limits leave all others alone, stay over a reload, and can be taken back"""
    bus, redis, service = start(scope, "delivery.batch-window-ms=0")
    anna = PlainTab(scope, service, user="anna")
    bert = PlainTab(scope, service, user="bert")
    for tab in (anna, bert):
        tab.watch("A")
    bus.call("Admin.SetUserDeliveryLimits", "anna", 1, 2)
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Reloaded")
    tabs.publish_alerts(redis, "A", range(20))
    tabs.expect_numbers(bert, range(20))
    waiting = int(bus.get("Stats", "LosslessInLanes"))
    if waiting < 10:
        raise AssertionError(f"only {waiting} events wait for the limited user")
    harness.expect_equal(bus.call("Admin.ResetUserDeliveryLimits", "anna"), "()", "reset")
    tabs.expect_numbers(anna, range(20))
    expect_error(bus, "NotFound", "SetUserDeliveryLimits", "carl", 1, 1)
    expect_error(bus, "InvalidArgs", "SetUserDeliveryLimits", "anna", 1000001, 1)
    expect_balance(bus)


@harness.test
def drains_and_goes_on(scope):
    """Drained, it keeps events for who is away; undrained, they come, once and in order"""
    bus, redis, service = start(scope)
    anna = PlainTab(scope, service, user="anna")
    anna.watch("A")
    harness.expect_equal(bus.call("Admin.Drain", 5), "()", "Drain")
    anna.take_data("server_draining")
    anna.expect_close(1012, "retry_after_ms")
    service.wait_for_counter("connections", 0)
    harness.expect_equal(bus.get("Manager", "State"), '"draining"', "State")
    harness.expect_equal(service.get("/ready").status, 503, "the status of /ready")
    harness.expect_equal(service.get(tabs.SOCKETIO_PATH).status, 503, "a newcomer's")
    expect_error(bus, "Draining", "Drain", 5)
    expect_error(bus, "InvalidArgs", "Drain", 3601)
    tabs.publish_alerts(redis, "A", range(5))
    service.wait_for_counter("offline_queued", 5)
    harness.expect_equal(bus.call("Admin.Undrain"), "()", "Undrain")
    harness.expect_equal(service.get("/ready").status, 200, "the status of /ready")
    back = PlainTab(scope, service, user="anna")
    tabs.publish_alerts(redis, "A", range(5, 8))
    tabs.expect_numbers(back, range(8))
    tabs.expect_no(back, "pattern_alert", 0.1)
    expect_balance(bus)
    bus.call("Admin.Drain", 0)
    service.stop()


@harness.test
def reloads(scope):
    """A reload over the bus tells all mistakes, and puts what is good in force"""
    bus = privatebus.Bus(scope)
    config = harness.make_folder(scope) / "tidewire.conf"
    config.write_text("[delivery]\nevents-per-second=5\n")
    service = harness.Service(scope, bus.setting, config=config)
    bus.wait_for_service()
    config.write_text("[delivery]\nevents-per-second=x\nbatch-window-ms=-1\n")
    answer = bus.call("Admin.Reload")
    for part in ("Error.BadConfig", "events-per-second", "batch-window-ms", "tidewire.conf"):
        if part not in answer:
            raise AssertionError(f"no {part} in {answer}")
    harness.expect_match(r"\(uint32 5,", bus.call("Manager.GetDeliveryLimits"))
    config.write_text("[delivery]\nevents-per-second=6\n")
    harness.expect_equal(bus.call("Admin.Reload"), "()", "Reload")
    harness.expect_match(r"\(uint32 6,", bus.call("Manager.GetDeliveryLimits"))


@harness.test
def resets_statistics(scope):
    """Counters go back to 0 while users read slowly and others are away, and still balance"""
    bus, redis, service = start(scope)
    anna = PlainTab(scope, service, user="anna")
    anna.watch("A")
    away = PlainTab(scope, service, user="bert")
    away.watch("A")
    tabs.leave(away, service, 1)
    for turn in range(5):
        tabs.publish_alerts(redis, "A", range(turn * 50, turn * 50 + 50))
        harness.expect_equal(bus.call("Admin.ResetStatistics"), "()", "ResetStatistics")
        expect_balance(bus)
    tabs.expect_numbers(anna, range(250))
    expect_balance(bus)
    back = PlainTab(scope, service, user="bert")
    tabs.expect_numbers(back, range(150, 250), "what was kept")
    expect_balance(bus)


@harness.test
def reads_along(scope):
    """Each reader gets the events of its filter; one that stops reading hinders nobody"""
    bus, redis, service = start(scope)
    anna = PlainTab(scope, service, user="anna")
    anna.want("AAPL")
    caller = privatebus.Caller(bus)
    apples = Stream(scope, caller, "key=AAPL user=anna")
    idle = Stream(scope, caller)
    redis.publish(TICKS, tabs.make_tick("MSFT", 1))
    redis.publish(TICKS, tabs.make_tick("AAPL", 2))
    line = apples.take()
    harness.expect_equal(line["channel"], TICKS, "the channel")
    harness.expect_equal(line["type"], "tick_data", "the type")
    harness.expect_equal(line["n_users"], 1, "n_users")
    harness.expect_equal(line["payload"]["number"], 2, "the number")
    filler = json.dumps({"symbol": "FILL", "filler": "x" * 50000})
    for _ in range(10):
        redis.publish_all(TICKS, [filler] * 20)
    service.wait_for_counter("events_received", 202)
    redis.publish(TICKS, tabs.make_tick("AAPL", 3))
    harness.expect_equal(apples.take()["payload"]["number"], 3, "the number")
    n_lost = n_lines = 0
    while n_lost + n_lines < 203:
        line = idle.take()
        n_lost += line.get("lost", 0)
        n_lines += "lost" not in line
    if n_lost == 0:
        raise AssertionError("nothing was lost to who did not read")
    for text in ("price=1", "key"):
        answer = bus.call("Admin.OpenEventStream", text)
        harness.expect_match("Error.BadFilter", answer)
    streams = [Stream(scope, caller) for _ in range(14)]
    harness.expect_match("Error.LimitExceeded", bus.call("Admin.OpenEventStream", ""))
    for stream in streams:
        stream.close()
    expect_balance(bus)


@harness.test
def watches(scope):
    """Ticks come to who asked for them, alone; limits that are hit are told of"""
    bus, redis, service = start(scope, "source.max-event-bytes=1024")
    one, other = privatebus.Caller(bus), privatebus.Caller(bus)
    ticks, strange, hits = one.listen("Tick"), other.listen("Tick"), one.listen("LimitHit")
    one.call("Stats", "Watch", "(u)", 250)
    redis.publish(TICKS, json.dumps({"symbol": "A", "x": "x" * 2000}))
    one.wait_for(lambda: len(ticks) >= 2 and hits, "two ticks and a signal")
    other.wait_for(lambda: True, "a turn")
    harness.expect_equal(strange, [], "ticks of somebody else")
    harness.expect_equal(hits[0], ("source.max-event-bytes", 1), "LimitHit")
    one.wait_for(lambda: ticks[-1][0]["EventsDroppedTooLarge"] == 1, "a counter")
    harness.expect_equal(ticks[-1][0]["BalanceError"], 0, "BalanceError")
    one.call("Stats", "Watch", "(u)", 0)
    one.wait_for(lambda: True, "a turn")
    n_ticks = len(ticks)
    end = time.monotonic() + 0.6
    one.wait_for(lambda: time.monotonic() > end, "some time")
    harness.expect_equal(len(ticks), n_ticks, "ticks after the end")
    harness.expect_match("InvalidArgs", bus.call("Stats.Watch", 100))


harness.run(200)
