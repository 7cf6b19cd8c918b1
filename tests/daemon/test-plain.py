#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The contract of /ws, as docs/PROTOCOL.md has it, over real sockets."""

import json
import time

import harness
import rawsocket
import redisserver
from rawsocket import PlainClient

DEVELOPMENT = "auth.mode=development"


def expect_error(answer, code, event):
    harness.expect_equal(answer["type"], "error", "the answer's type")
    harness.expect_equal(answer["data"]["code"], code, "the error's code")
    harness.expect_equal(answer["data"]["event"], event, "the error's event")
    harness.expect_match(r"\w", answer["data"]["message"])


def publish_tick(redis, symbol, **fields):
    redis.publish(redisserver.TICKS, json.dumps({"symbol": symbol, **fields}))


@harness.test
def greets(scope):
    """A client is greeted with an id of its own, and without a name"""
    service = harness.Service(scope)
    one, two = PlainClient(scope, service), PlainClient(scope, service)
    for client in (one, two):
        harness.expect_match(
            r"^[A-Za-z0-9_-]{20}$", client.greeting["data"]["connection_id"]
        )
        harness.expect_equal(client.greeting["data"]["user"], None, "the user")
        harness.expect_equal(
            set(client.greeting), {"type", "data"}, "the greeting's members"
        )
    if one.greeting == two.greeting:
        raise AssertionError("two connections have the same id")
    counters = service.get_counters()
    harness.expect_equal((counters["connections"], counters["users"]), (2, 2))
    one.close_politely()
    service.wait_for_counter("connections", 1)
    harness.expect_equal(service.get_counters()["users"], 1, "users")


@harness.test
def answers_in_order(scope):
    """Each command is answered once, in order, with its id"""
    client = PlainClient(scope, harness.Service(scope))
    ids = [0, 7, 7, 2**53 - 1, None]
    for number in ids:
        message = {"type": "ping"} if number is None else {"type": "ping", "id": number}
        client.send_json(message)
    for number in ids:
        wanted = {"type": "pong"} if number is None else {"type": "pong", "id": number}
        harness.expect_equal(client.take_json(), wanted, "the answer")
    client.expect_silence()


@harness.test
def changes_tickers(scope):
    """A list of tickers is replaced, taken from, and cleared"""
    client = PlainClient(scope, harness.Service(scope))
    harness.expect_equal(
        client.subscribe("B", "A", "B"), ["B", "A"], "doubles count once;"
    )
    harness.expect_equal(client.subscribe("C", "D", "c"), ["C", "D", "c"], "replaced")
    answer = client.ask("unsubscribe_tickers", tickers=["D", "NOT-MINE"])
    harness.expect_equal(answer["data"]["tickers"], ["C", "c"], "taken from")
    odd = ["BRK B", "^GSPC", "EUR/USD", '"', "\\", "x" * 32, "<b>"]
    harness.expect_equal(client.subscribe(*odd), odd, "odd names")
    harness.expect_equal(client.subscribe(), [], "cleared")


@harness.test
def refuses_commands(scope):
    """What is no command is answered with an error, and changes nothing"""
    client = PlainClient(scope, harness.Service(scope))
    client.subscribe("KEPT")
    bad_texts = ["", "x", "[]", "null", '"ping"', "{}", '{"type":7}', '{"type":""}']
    bad_texts += ["{'type':'ping'}", '{"type":"ping",}', '{"type":"ping"} x', '{"type":']
    bad_texts += ['{"type":"%s"}' % ("x" * 65), '{"type":"ping","id":"1"}', "[" * 100000]
    bad_texts += ['{"type":"ping","id":-1}', '{"type":"ping","id":9007199254740993}']
    bad_texts += ['{"type":"a\\u0000b"}', '{"type":"ping","x":NaN}', "\x00", " "]
    for text in bad_texts:
        client.send_text(text)
        answer = client.take_json()
        expect_error(
            answer, "bad_payload", "ping" if "ping" in answer["data"]["event"] else ""
        )
    client.send_frame(rawsocket.BINARY, b'{"type":"ping"}')
    expect_error(client.take_json(), "unsupported", "")
    expect_error(client.ask("no_such_thing"), "unknown_command", "no_such_thing")
    bad_lists = [
        None,
        "KEPT",
        7,
        {},
        [7],
        [None],
        [""],
        ["x" * 33],
        ["é"],
        ["A\n"],
        [["A"]],
    ]
    for tickers in bad_lists:
        answer = client.ask("subscribe_tickers", tickers=tickers)
        expect_error(answer, "bad_payload", "subscribe_tickers")
    expect_error(client.ask("subscribe_tickers"), "bad_payload", "subscribe_tickers")
    answer = client.ask("unsubscribe_tickers", tickers=["NONE"])
    harness.expect_equal(answer["data"]["tickers"], ["KEPT"], "what is in force")


@harness.test
def opens_rooms(scope):
    """Rooms that are open can be joined and left, others can't"""
    service = harness.Service(scope, "rooms.open=one;two")
    client = PlainClient(scope, service)
    for command, event in (("join_room", "room_joined"), ("leave_room", "room_left")):
        answer = client.ask(command, room="two")
        harness.expect_equal((answer["type"], answer["data"]), (event, {"room": "two"}))
    for room in ("three", "user_x", ""):
        answer = client.ask("join_room", room=room)
        harness.expect_equal(answer["type"], "error", "the answer's type")
    expect_error(client.ask("join_room", room=1), "bad_payload", "join_room")
    harness.expect_equal(service.get_counters()["rooms"], 0, "rooms")


@harness.test
def answers_raw_pings(scope):
    """A client's raw ping is answered with its payload, even between fragments"""
    client = PlainClient(scope, harness.Service(scope))
    client.send_frame(rawsocket.PING, b"are you there?")
    harness.expect_equal(client.take_frame(), (rawsocket.PONG, b"are you there?"))
    client.send_frame(rawsocket.TEXT, '{"type":', is_final=False)
    client.send_frame(rawsocket.PING, b"")
    client.send_frame(rawsocket.CONTINUATION, '"ping"}')
    harness.expect_equal(client.take_frame(), (rawsocket.PONG, b""))
    harness.expect_equal(client.take_json(), {"type": "pong"})


@harness.test
def pings_and_waits(scope):
    """Pings come at the interval; who answers stays, who is silent is closed with 4001"""
    times = ("engineio.ping-interval-ms=200", "engineio.ping-timeout-ms=600")
    service = harness.Service(scope, *times)
    began = time.monotonic()
    silent = PlainClient(scope, service, is_mute=True)
    silent.expect_close(4001, "ping timeout")
    took = time.monotonic() - began
    if not 0.75 <= took <= 0.8 + harness.END_S:
        raise AssertionError(f"closed after {took:.2f} s, not after 0.8 s")
    harness.expect_equal(silent.n_pings, 1, "pings to the silent client")
    lively = PlainClient(scope, service)
    lively.expect_silence(1.5)
    if lively.n_pings < 3:
        raise AssertionError(f"only {lively.n_pings} pings to the lively client")
    lively.ask("ping")
    harness.expect_equal(service.get_counters()["connections_timed_out"], 1, "timed out")


@harness.test
def counts_any_sign_of_life(scope):
    """Whatever a client sends counts as a sign of life"""
    times = ("engineio.ping-interval-ms=200", "engineio.ping-timeout-ms=400")
    client = PlainClient(scope, harness.Service(scope, *times), is_mute=True)
    for _ in range(15):
        client.expect_silence(0.1)
        client.send_frame(rawsocket.TEXT, b"", is_final=False)
        client.send_frame(rawsocket.CONTINUATION, '{"type":"ping"}')
        harness.expect_equal(client.take_json(), {"type": "pong"})


@harness.test
def serves_all_tabs(scope):
    """A user gets the tickers of all tabs on each of them; they end with their tab"""
    redis, service = redisserver.start_with_redis(scope, DEVELOPMENT)
    one, two = [PlainClient(scope, service, user="ann") for _ in range(2)]
    other = PlainClient(scope, service, user="bob")
    harness.expect_equal(one.greeting["data"]["user"], "ann", "the user")
    harness.expect_equal(service.get_counters()["users"], 2, "users")
    one.subscribe("A", "BOTH")
    two.subscribe("BOTH")
    other.subscribe("END")
    for number, symbol in enumerate(("A", "BOTH", "C", "END")):
        publish_tick(redis, symbol, number=number)
    for tab in (one, two):
        harness.expect_equal([tab.take_tick()["number"] for _ in "12"], [0, 1], "ticks")
    harness.expect_equal(other.take_tick()["number"], 3, "the other user's tick")
    one.close_politely()
    service.wait_for_counter("connections", 2)
    for number, symbol in enumerate(("A", "BOTH", "A")):
        publish_tick(redis, symbol, number=10 + number)
    harness.expect_equal(two.take_tick()["number"], 11, "the tick that is left")
    two.expect_silence()
    service.check_books()


@harness.test
def keeps_anonymous_users_apart(scope):
    """Anonymous connections are users of their own, and ?user= is nothing to them"""
    redis, service = redisserver.start_with_redis(scope)
    one, two = [PlainClient(scope, service, user="ann") for _ in range(2)]
    harness.expect_equal(one.greeting["data"]["user"], None, "the user")
    one.subscribe("A")
    two.subscribe("B")
    for symbol in ("A", "B"):
        publish_tick(redis, symbol)
    harness.expect_equal(one.take_tick(), {"symbol": "A"}, "the one's tick")
    harness.expect_equal(two.take_tick(), {"symbol": "B"}, "the other's tick")
    for client in (one, two):
        client.expect_silence()


@harness.test
def limits_tickers(scope):
    """Too many tickers of a tab or a user are refused as a whole"""
    limits = ("sessions.max-tickers=3", "sessions.max-tickers-per-user=4")
    service = harness.Service(scope, DEVELOPMENT, *limits)
    one, two = [PlainClient(scope, service, user="ann") for _ in range(2)]
    one.subscribe("A", "B", "C")
    answer = one.ask("subscribe_tickers", tickers=["A", "B", "C", "D"])
    expect_error(answer, "limit_exceeded", "subscribe_tickers")
    harness.expect_equal(
        two.subscribe("C", "D"), ["C", "D"], "a ticker both have counts once;"
    )
    answer = two.ask("subscribe_tickers", tickers=["D", "E"])
    expect_error(answer, "limit_exceeded", "subscribe_tickers")
    for tab, wanted in ((one, ["A", "B", "C"]), (two, ["C", "D"])):
        answer = tab.ask("unsubscribe_tickers", tickers=["Z"])
        harness.expect_equal(answer["data"]["tickers"], wanted, "what is in force")
    harness.expect_equal(one.subscribe("C"), ["C"], "room is made")
    harness.expect_equal(two.subscribe("D", "E", "F"), ["D", "E", "F"], "room is used")


@harness.test
def limits_connections_of_a_user(scope):
    """A user's connections are limited, and a place is free again after a close"""
    limit = "server.max-connections-per-user=2"
    service = harness.Service(scope, DEVELOPMENT, limit)
    one, two = [PlainClient(scope, service, user="ann") for _ in range(2)]
    for path in ("/ws?user=ann", rawsocket.SOCKETIO_PATH + "&user=ann"):
        try:
            rawsocket.WebSocket(scope, service, path)
            raise AssertionError("a third connection was let in")
        except rawsocket.Refused as refused:
            harness.expect_equal(refused.answer.status, 403, "the status")
            harness.expect_equal(refused.answer.get_json()["code"], 4, "the code")
            harness.expect_match("max-connections-per-user", refused.answer.body.decode())
    harness.expect_equal(service.get_counters()["handshakes_refused_limit"], 2)
    PlainClient(scope, service, user="bob")
    PlainClient(scope, service)
    one.close_politely()
    service.wait_for_counter("connections", 3)
    PlainClient(scope, service, user="ann")
    two.ask("ping")


@harness.test
def checks_names(scope):
    """In development mode a name is 1 to 128 printable bytes"""
    service = harness.Service(scope, DEVELOPMENT)
    for name, wanted in (
        ("j%C3%BCrgen", "jürgen"),
        ("a+b", "a b"),
        ("x" * 128, "x" * 128),
    ):
        client = PlainClient(scope, service, user=name)
        harness.expect_equal(client.greeting["data"]["user"], wanted, "the user")
    for name in ("", "x" * 129, "%FF", "a%0Ab", "%00"):
        try:
            PlainClient(scope, service, user=name)
            raise AssertionError(f"{name!r} was let in")
        except rawsocket.Refused as refused:
            harness.expect_equal(refused.answer.status, 403, "the status")


@harness.test
def closes_politely(scope):
    """A close is answered with its code, and nothing follows"""
    service = harness.Service(scope)
    for code in (1000, 1001, 3000, 4999):
        PlainClient(scope, service).close_politely(code)
    client = PlainClient(scope, service)
    client.send_frame(rawsocket.CLOSE)
    client.take_until_close()
    service.wait_for_counter("connections", 0)
    harness.expect_equal(service.get_counters()["connections_closed_protocol"], 0)


harness.run(limit_s=120)
