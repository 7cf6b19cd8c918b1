#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looking over the bus at who is connected, and what waits for them."""

import fcntl
import json
import random
import signal
import socket

import harness
import privatebus
import rawsocket
import tabs
from tabs import PlainTab, SocketioTab

N_CROWD = 1200
TICKS = "tickstock.all_ticks"
SOFT_BYTES = 10000
# What the kernel keeps for a client does not wait in the service.
SMALL_WINDOW = [
    (socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),
    (socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000),
]


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
    anna = looker.ask("GetUser", "(s)", "anna")
    harness.expect_equal(anna["offline"], 1, "kept")
    harness.expect_equal(anna["offline-bytes"], len(pattern), "bytes that are kept")
    later = looker.ask("GetUser", "(s)", "anna")
    harness.expect_equal(
        later["offline-oldest-usec"] > anna["offline-oldest-usec"], True, "it gets older"
    )


def publish_tick(looker, symbol, pad=""):
    tick = json.dumps({"symbol": symbol, "price": 1, "pad": pad})
    looker.call("Admin", "PublishThroughRoute", "(ss)", TICKS, tick)


@harness.test
def finds_the_busiest(scope):
    """Who gets the most comes first, with what it got"""
    _, looker, service = start(scope)
    for user, tickers in (("few", ["A"]), ("most", ["A", "B"]), ("none", ["C"])):
        PlainTab(scope, service, user=user).want(*tickers)

    def look():
        for symbol in "ABABAB":
            publish_tick(looker, symbol)
        rows = looker.ask("ListBusiest", "(su)", "rate", 0)
        return rows if len(rows) == 2 and rows[0][2] > rows[1][2] > 0 else None

    rows = harness.wait_until(look, "one user gets more than another, and a third nothing")
    harness.expect_equal([row[1] for row in rows], ["most", "few"], "the order")
    lanes = looker.ask("ListLanes", "(tu)", 0, 0)
    harness.expect_equal([row[1] for row in lanes], ["few", "most", "none"], "lanes")
    first = looker.ask("ListBusiest", "(su)", "rate", 1)
    harness.expect_equal([row[1] for row in first], ["most"], "the first")


@harness.test
def finds_who_does_not_read(scope):
    """A client that reads nothing is seen, with the bytes that it has not taken"""
    _, looker, service = start(scope, f"delivery.outbox-soft-bytes={SOFT_BYTES}")
    reader = PlainTab(scope, service, user="reader")
    reader.want("A")
    lazy = PlainTab(scope, service, user="lazy", options=SMALL_WINDOW)
    lazy.want("B")

    def look():
        publish_tick(looker, "B", "x" * 50000)
        rows = looker.ask("ListBusiest", "(su)", "unread", 0)
        return rows if rows and rows[0][6] else None

    rows = harness.wait_until(look, "somebody is slow")
    harness.expect_equal([row[1] for row in rows], ["lazy"], "who does not read")
    harness.expect_equal(rows[0][5] > SOFT_BYTES, True, f"unread bytes of {rows}")
    row = looker.ask("ListConnections", "(tu)", 0, 0)[1]
    harness.expect_equal((row[1], row[5]), ("lazy", rows[0][5]), "its connection")
    details = looker.ask("GetConnection", "(t)", row[0])
    harness.expect_equal(details["unread-bytes"], row[5], "unread-bytes")
    harness.expect_equal(details["unread-events"] > 0, True, "unread events")
    harness.expect_equal(details["slow"], True, "slow")
    lane = looker.ask("GetUser", "(s)", "lazy")["lane"]
    kinds = sum(lane[f"pending-{name}"] for name in ("low", "medium", "high", "critical"))
    harness.expect_equal(kinds, lane["pending"], "pending of all priorities")


@harness.test
def dumps_all(scope):
    """The dump is one JSON document that nobody can change, with what the lists have"""
    bus, looker, service = start(scope)
    tab = PlainTab(scope, service, user='a"b')
    tab.want("A")
    tab.ask("join_room", {"room": "system_health_room"})
    handle = looker.ask("DumpByFileDescriptor")
    with open(looker.fds[handle], encoding="utf-8") as file:
        seals = fcntl.fcntl(file, fcntl.F_GET_SEALS)
        text = file.read()
    wanted = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK
    harness.expect_equal(seals & wanted, wanted, "seals")
    dump = json.loads(text)
    harness.expect_equal(dump["users"][0]["user"], 'a"b', "the user")
    for name in ("connections", "users", "rooms", "subscriptions", "lanes"):
        by_name = name == "rooms"
        start_after = ("(su)", "", 0) if by_name else ("(tu)", 0, 0)
        rows = looker.ask("List" + name.capitalize(), *start_after)
        harness.expect_equal(len(rows), 1, name)
        harness.expect_equal([tuple(row.values()) for row in dump[name]], rows, name)
    harness.expect_equal(dump["counters"]["connections"], 1, "connections")
    text = looker.ask("GetConfiguration")
    harness.expect_equal(text, dump["configuration"], "the configuration")


@harness.test
def shows_the_configuration(scope):
    """The configuration is what was read last, and has no password"""
    folder = harness.make_folder(scope)
    secret = folder / "secret"
    secret.write_text("very-secret\n")
    secret.chmod(0o600)
    config = folder / "tidewire.conf"
    text = f"[redis]\npassword-file={secret}\n[delivery]\nevents-per-second="
    config.write_text(text + "5\n")
    bus = privatebus.Bus(scope)
    service = harness.Service(scope, bus.setting, tabs.DEVELOPMENT, config=config)
    bus.wait_for_service()
    looker = Looker(bus)
    harness.expect_match(r"^events-per-second=5\b", looker.ask("GetConfiguration"))
    config.write_text(text + "6\n")
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Reloaded")
    found = looker.ask("GetConfiguration")
    harness.expect_match(r"^events-per-second=6\b", found)
    harness.expect_match(str(secret), found)
    harness.expect_equal("very-secret" in found, False, "a secret is in it")


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
