#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the console's API answers, of a service with a real Redis and real clients."""

import json
import urllib.parse

import harness
import redisserver
import tabs
from redisserver import TICKS
from tabs import PlainTab, SocketioTab

JSON = {"Content-Type": "application/json"}


def ask(service, path, status=200, method="GET", body=None, **query):
    """One request; gives the answer's JSON, or its lines."""
    target = "/console/api/" + urllib.parse.quote(path)
    if query:
        target += "?" + urllib.parse.urlencode(query)
    if body is not None:
        method = "POST"
        body = body if isinstance(body, bytes) else json.dumps(body)
    answer = service.get(target, method, JSON if body is not None else None, body)
    harness.expect_equal(answer.status, status, f"{target}: {answer.body!r}: status")
    if status == 204:
        return None
    if answer.headers["Content-Type"] == "application/x-ndjson":
        return [json.loads(line) for line in answer.body.splitlines()]
    harness.expect_equal(answer.headers["Content-Type"], "application/json", "the type")
    return json.loads(answer.body)


def expect_error(service, path, status, code, part, **more):
    error = ask(service, path, status, **more)
    harness.expect_equal(error["code"], code, f"{path}: code")
    harness.expect_match(part, error["message"])


def start(scope, *settings):
    return redisserver.start_with_redis(scope, tabs.DEVELOPMENT, *settings)


def tick(symbol, **more):
    return json.dumps({"symbol": symbol, "price": 1.5, **more})


@harness.test
def overview_grows(scope):
    """The overview counts what was published, and names busiest keys and users"""
    redis, service = start(scope)
    anna = PlainTab(scope, service, user="anna")
    anna.want("AAPL")
    before = ask(service, "overview")
    harness.expect_equal(before["busiest_keys"]["keys"], [], "keys before any question")
    redis.publish_all(TICKS, [tick("AAPL")] * 30 + [tick("MSFT")] * 10)
    for _ in range(2):
        anna.take_data("tick_data")
    now = harness.wait_until(
        lambda: (
            look
            if (look := ask(service, "overview"))["counters"]["events_received"] == 40
            and sum(one["count"] for one in look["latency_usec"].values()) > 0
            else None
        ),
        "all events are counted, and one is delivered",
    )
    keys = [(row["event"], row["key"], row["events"]) for row in now["busiest_keys"]["keys"]]
    harness.expect_equal(
        keys, [("tick_data", "AAPL", 30), ("tick_data", "MSFT", 10)], "keys"
    )
    harness.expect_equal(now["busiest_keys"]["window_ms"] <= 10000, True, "the window")
    for latency in now["latency_usec"].values():
        count = sum(n for _, n in latency["buckets"])
        harness.expect_equal(count, latency["count"], "events in buckets")
    harness.expect_equal(now["source"]["state"], "connected", "the source")
    harness.expect_equal(now["listeners"], service.addresses, "listeners")
    harness.expect_equal(now["counters"]["balance_error"], 0, "the books")
    harness.expect_equal(now["counters"]["connections"], 1, "connections")
    harness.expect_equal(now["time_ms"] >= now["started_ms"], True, "time")
    harness.expect_equal(now["process"]["resident_bytes"] > 1 << 20, True, "memory")
    harness.expect_equal(now["process"]["open_fds"] > 3, True, "descriptors")
    health = service.get_health()
    harness.expect_equal(set(now["counters"]), set(health["counters"]), "counters")
    harness.expect_equal(set(now["classes"]), set(health["classes"]), "classes")


@harness.test
def tells_sessions_and_samples(scope):
    """The session says who asks and what there is; a sample has a value for each column"""
    _, service = start(scope)
    session = ask(service, "session", user="anna")
    harness.expect_equal((session["user"], session["mode"]), ("anna", "development"), "who")
    harness.expect_equal(
        {"channel": TICKS, "event": "tick_data", "route": "tick_data"}
        in session["channels"],
        True,
        "the channel of ticks",
    )
    harness.expect_equal(session["timeframes"], ["1m", "5m", "15m", "1h", "1d"], "times")
    samples = ask(service, "samples")
    harness.expect_equal(len(samples["rows"]) >= 1, True, "samples")
    for row in samples["rows"]:
        harness.expect_equal(len(row), len(samples["columns"]), "columns")


@harness.test
def finds_connections(scope):
    """A connection is found by its user, and all about it and the user can be seen"""
    _, service = start(scope)
    names = ["anna", "joanna", "bob/by", "ünal"]
    open_tabs = [PlainTab(scope, service, user=name) for name in names]
    open_tabs.append(SocketioTab(scope, service, user="bob/by"))
    open_tabs[2].want("AAPL")
    found = ask(service, "connections", search="ANNA")
    harness.expect_equal((found["total"], found["found"]), (5, 2), "found")
    users = [row["user"] for row in found["connections"]]
    harness.expect_equal(users, ["anna", "joanna"], "users")
    page = ask(service, "connections", limit=2)
    rest = ask(service, "connections", after=page["connections"][-1]["id"])
    harness.expect_equal((page["found"], len(rest["connections"])), (5, 3), "the pages")
    harness.expect_equal(
        [row["user"] for row in ask(service, "connections", search="ünal")["connections"]],
        ["ünal"],
        "beyond ASCII",
    )
    harness.expect_equal(ask(service, "connections", search="socketio")["found"], 1, "way")
    bob = ask(service, "users/bob/by")
    harness.expect_equal(len(bob["connections"]), 2, "connections of a user")
    harness.expect_equal(bob["tickers"], ["AAPL"], "tickers")
    harness.expect_equal(bob["lane"]["unread_bytes"], 0, "unread")
    details = ask(service, f"connections/{bob['connections'][0]}")
    told = (details["user"], details["address"], details["unread_bytes"])
    harness.expect_equal(told, ("bob/by", "127.0.0.1", 0), "a connection")


@harness.test
def explains(scope):
    """An event is explained by its subscriber, and nothing is delivered"""
    _, service = start(scope)
    anna = PlainTab(scope, service, user="anna")
    anna.want("AAPL")
    PlainTab(scope, service, user="bob")
    for payload in ({"symbol": "AAPL", "price": 1}, tick("AAPL")):
        answer = ask(service, "explain", body={"channel": TICKS, "payload": payload})
        harness.expect_equal(answer["event"]["n_recipients"], 1, "recipients")
        harness.expect_equal(answer["recipients"][0]["user"], "anna", "who gets it")
        harness.expect_match("AAPL|ticker", answer["recipients"][0]["why"])
        harness.expect_equal([row["user"] for row in answer["others"]], ["bob"], "others")
    harness.expect_equal(service.get_counters()["events_received"], 0, "events")


@harness.test
def streams(scope):
    """A stream has the published events of its filter, each once, until it is closed"""
    redis, service = start(scope)
    opened = ask(service, "streams", 201, body={"filter": "key=A* type=tick_data"})
    path = f"streams/{opened['stream']}"
    harness.expect_equal(ask(service, path), [], "lines before any event")
    lines = []
    for number in range(5):
        redis.publish(TICKS, tick("AAPL", number=number))
        redis.publish(TICKS, tick("MSFT", number=number))
        harness.wait_until(
            lambda: lines.extend(ask(service, path)) or len(lines) > number, "a line"
        )
    harness.expect_equal([line["payload"]["number"] for line in lines], list(range(5)), "")
    harness.expect_equal({line["key"] for line in lines}, {"AAPL"}, "keys")
    harness.expect_equal(lines[0]["channel"], TICKS, "the channel")
    ask(service, path, 204, method="DELETE")
    expect_error(service, path, 404, "not_found", "no such stream")


@harness.test
def refuses(scope):
    """What is wrong is told so, and the service lives on"""
    _, service = start(scope)
    expect_error(service, "nothing", 404, "not_found", "CONSOLE-API")
    expect_error(service, "overview", 405, "bad_request", "only GET", body={})
    expect_error(service, "connections", 400, "bad_request", "1 to 500", limit=501)
    expect_error(service, "connections/99", 404, "not_found", "no connection 99")
    expect_error(service, "users/nobody", 404, "not_found", "a user nobody")
    expect_error(service, "explain", 400, "bad_request", "JSON object", body=b"{")
    deep = b'{"channel":"x","payload":' + b"[" * 30000 + b"]" * 30000 + b"}"
    expect_error(service, "explain", 400, "bad_request", "JSON object", body=deep)
    unknown = {"channel": "unknown", "payload": {}}
    expect_error(service, "explain", 400, "bad_request", "no route", body=unknown)
    bad = {"filter": "symbol=A"}
    expect_error(service, "streams", 400, "bad_request", "word 1 .* names", body=bad)
    for _ in range(16):
        ask(service, "streams", 201, body={})
    expect_error(service, "streams", 429, "limit_exceeded", "close one", body={})
    harness.expect_equal(ask(service, "overview")["state"], "running", "the state")


harness.run(120)
