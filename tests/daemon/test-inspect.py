#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looking over the bus at who is connected, and what waits for them."""

import fcntl
import json
import random

import harness
import privatebus
import rawsocket
import tabs
from tabs import PlainTab, SocketioTab

N_CROWD = 1200


class Looker(privatebus.Caller):
    """Somebody who looks."""

    def ask(self, method, signature=None, *arguments):
        """What a method of Admin answers with, as plain values."""
        return self.call("Admin", method, signature, *arguments)[0]

    def take_pages(self, method, limit):
        """All pages of a list by id, checked to be in order and short enough."""
        rows = []
        while page := self.ask(method, "(tu)", rows[-1][0] if rows else 0, limit):
            harness.expect_equal(len(page) <= limit, True, "the page is short enough")
            rows += page
        ids = [row[0] for row in rows]
        harness.expect_equal(ids, sorted(set(ids)), "ids")
        return rows


def start(scope, *settings):
    bus = privatebus.Bus(scope)
    service = harness.Service(scope, bus.setting, tabs.DEVELOPMENT, *settings)
    bus.wait_for_service()
    return bus, Looker(bus), service


@harness.test
def lists_connections_by_pages(scope):
    """A list of 1,200 comes in pages; who stays is in it once, whatever comes and goes"""
    _, looker, service = start(scope)
    clients = [rawsocket.PlainClient(scope, service) for _ in range(N_CROWD)]
    stays = {row[0] for row in looker.take_pages("ListConnections", 500)}
    harness.expect_equal(len(stays), N_CROWD, "connections")
    seen = []
    while page := looker.ask("ListConnections", "(tu)", seen[-1] if seen else 0, 100):
        seen += [row[0] for row in page]
        for _ in range(5 if len(seen) < N_CROWD else 0):
            clients.pop(random.randrange(len(clients))).reset()
            clients.append(rawsocket.PlainClient(scope, service))
    service.wait_for_counter("connections", N_CROWD)
    left = {row[0] for row in looker.take_pages("ListConnections", 500)}
    harness.expect_equal(len(seen), len(set(seen)), "each once")
    harness.expect_equal((stays & left) - set(seen), set(), "who stayed and is missing")


@harness.test
def shows_users(scope):
    """A user in two tabs, its rooms, tickers and subscriptions; and anonymous ones"""
    bus, looker, service = start(scope)
    one = PlainTab(scope, service, user="anna")
    two = SocketioTab(scope, service, user="anna")
    nobody = PlainTab(scope, service)
    one.ask("subscribe_tickers", {"tickers": ["B", "A"]})
    two.ask("subscribe_tickers", {"tickers": ["C", "A"]})
    one.ask("subscribe", {"subscription_type": "tier_patterns", "filters": {"symbols": ["A"]}})
    two.ask("join_room", {"room": "system_health_room"})
    nobody.ask("subscribe_tickers", {"tickers": ["Z"]})

    users = {row[1]: row for row in looker.ask("ListUsers", "(tu)", 0, 0)}
    harness.expect_equal(users["anna"][2:6], ("connected", 2, 3, 1), "anna")
    anonymous = next(name for name in users if name.startswith(":"))
    harness.expect_equal(users[anonymous][2:6], ("connected", 1, 1, 0), anonymous)

    anna = looker.ask("GetUser", "(s)", "anna")
    harness.expect_equal(anna["tickers"], ["A", "B", "C"], "tickers")
    harness.expect_equal(len(anna["connections"]), 2, "connections")
    harness.expect_equal(anna["guest"], False, "guest")
    harness.expect_equal(anna["subscriptions"][0][2], "tier_patterns", "subscription")
    harness.expect_equal(anna["lane"]["pending"], 0, "pending")
    harness.expect_equal(
        looker.ask("GetUser", "(s)", anonymous)["tickers"], ["Z"], "tickers"
    )

    first, second = (
        looker.ask("GetConnection", "(t)", id) for id in anna["connections"]
    )
    harness.expect_equal(first["transport"], "websocket", "transport")
    harness.expect_equal(second["transport"], "socketio", "transport")
    harness.expect_equal(first["address"], "127.0.0.1", "address")
    harness.expect_equal(first["tickers"], ["B", "A"], "tickers")
    harness.expect_equal("system_health_room" in second["rooms"], True, "room")

    rows = looker.ask("ListSubscriptions", "(tu)", 0, 0)
    kinds = [(row[1], row[2], json.loads(row[3]), row[4]) for row in rows]
    harness.expect_equal(
        ("anna", "tier_patterns", {"symbols": ["A"]}, True) in kinds, True, "kept"
    )
    harness.expect_equal(
        ("anna", "tickers", {"tickers": ["A", "B", "C"]}, False) in kinds, True, "tickers"
    )


@harness.test
def shows_rooms(scope):
    """Rooms by name, their members by id"""
    bus, looker, service = start(scope)
    tabs_ = [PlainTab(scope, service, user=f"u{i}") for i in range(3)]
    for tab in tabs_[:2]:
        tab.ask("join_room", {"room": "system_health_room"})
    tabs_[0].ask("join_room", {"room": "backtest_results_room"})
    rooms = looker.ask("ListRooms", "(su)", "", 0)
    wanted = [("backtest_results_room", 1), ("system_health_room", 2)]
    harness.expect_equal(rooms, wanted, "rooms")
    after = looker.ask("ListRooms", "(su)", "backtest_results_room", 1)
    harness.expect_equal(after, wanted[1:], "the next page")
    members = looker.ask("ListMembers", "(stu)", "system_health_room", 0, 0)
    harness.expect_equal([row[1] for row in members], ["u0", "u1"], "members")
    rest = looker.ask("ListMembers", "(stu)", "system_health_room", members[0][0], 0)
    harness.expect_equal(rest, members[1:], "the next page")


@harness.test
def shows_who_is_away(scope):
    """A user who is away stays listed, with what waits for it"""
    bus, looker, service = start(scope)
    tab = PlainTab(scope, service, user="anna")
    tab.ask("subscribe", {"subscription_type": "tier_patterns", "filters": {"symbols": ["A"]}})
    tab.close_politely()
    service.wait_for_counter("users_away", 1)
    pattern = '{"pattern":"X","symbol":"A"}'
    bus.call("Admin.PublishThroughRoute", "tickstock.events.patterns", pattern)
    row = looker.ask("ListUsers", "(tu)", 0, 0)[0]
    harness.expect_equal(row[1:], ("anna", "away", 0, 0, 1, 1), "anna")
    harness.expect_equal(looker.ask("GetUser", "(s)", "anna")["offline"], 1, "kept")


@harness.test
def finds_the_busiest(scope):
    """Who gets and who does not read the most comes first"""
    bus, looker, service = start(scope, "delivery.outbox-soft-bytes=10000")
    reader = PlainTab(scope, service, user="reader")
    reader.ask("subscribe_tickers", {"tickers": ["A", "B"]})
    lazy = rawsocket.PlainClient(scope, service, user="lazy")
    lazy.subscribe("A")
    tick = '{"symbol":"%s","price":1,"pad":"%s"}'
    for i in range(40):
        symbol = "AB"[i % 2]
        bus.call(
            "Admin.PublishThroughRoute", "tickstock.all_ticks", tick % (symbol, "x" * 60000)
        )
    by_rate = looker.ask("ListBusiest", "(su)", "rate", 1)
    harness.expect_equal(by_rate[0][1], "reader", "the one who gets the most")
    lanes = looker.ask("ListLanes", "(tu)", 0, 0)
    harness.expect_equal(sorted(row[1] for row in lanes), ["lazy", "reader"], "lanes")
    for row in looker.ask("ListBusiest", "(su)", "unread", 0):
        harness.expect_equal(row[5] > 0, True, "unread bytes of those listed")
    harness.expect_equal(lazy is not None, True, "it stays connected")


@harness.test
def dumps_all(scope):
    """The dump is one JSON document that nobody can change, with what the lists have"""
    bus, looker, service = start(scope)
    PlainTab(scope, service, user='a"b').ask("subscribe_tickers", {"tickers": ["A"]})
    handle = looker.ask("DumpByFileDescriptor")
    with open(looker.fds[handle], encoding="utf-8") as file:
        seals = fcntl.fcntl(file, fcntl.F_GET_SEALS)
        text = file.read()
    wanted = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK
    harness.expect_equal(seals & wanted, wanted, "seals")
    dump = json.loads(text)
    harness.expect_equal(dump["users"][0]["user"], 'a"b', "the user")
    harness.expect_equal(dump["connections"][0]["address"], "127.0.0.1", "the address")
    harness.expect_equal(dump["subscriptions"][0]["type"], "tickers", "the type")
    harness.expect_equal("[server]" in dump["configuration"], True, "the configuration")
    harness.expect_equal(dump["counters"]["connections"], 1, "connections")
    text = looker.ask("GetConfiguration")
    harness.expect_equal(text, dump["configuration"], "the configuration")


@harness.test
def refuses_what_is_not_there(scope):
    """What is not there, and what can't be asked for, is told with what to do"""
    bus, _, _ = start(scope)
    for method, arguments, name, word in (
        ("GetConnection", ["4711"], "NotFound", "ListConnections"),
        ("GetUser", ["nobody"], "NotFound", "ListUsers"),
        ("GetUser", [":4711"], "NotFound", "ListUsers"),
        ("ListMembers", ["nowhere", "0", "0"], "NotFound", "ListRooms"),
        ("ListConnections", ["0", "501"], "InvalidArgs", "500"),
        ("ListBusiest", ["size", "0"], "InvalidArgs", "pending"),
        ("ListBusiest", ["rate", "101"], "InvalidArgs", "100"),
    ):
        answer = bus.call("Admin." + method, *arguments)
        harness.expect_match(name, answer)
        harness.expect_match(word, answer)


harness.run(limit_s=150)
