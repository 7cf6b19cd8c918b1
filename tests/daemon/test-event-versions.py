#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A route whose payloads have got other names over the years, and clients of each age."""

import json

import harness
import redisserver
import tabs
from tabs import PlainTab, SocketioTab

ROUTES = """[routing]
preset=none

[route trade]
channel=trades
audience=everyone
schema=3
schema-2=rename last_price price
schema-1=rename quantity volume;drop venue

[route note]
channel=notes
audience=everyone

[route late]
channel=late
audience=everyone
schema=3
schema-2=rename a b
"""
NOW = '{"symbol":"A","last_price":1.50,"quantity":12345678901234567890,"venue":"X"}'
BY_VERSION = {
    3: NOW,
    2: '{"symbol":"A","price":1.50,"quantity":12345678901234567890,"venue":"X"}',
    1: '{"symbol":"A","price":1.50,"volume":12345678901234567890}',
}
NOTE = '{"last_price":1,"venue":2,"quantity":3}'
NONSENSE = ("0", "-1", "1001", "one", "1.5", "99999999999999999999", "", " 1", "1x")
BAD_CONNECTS = (0, -1, 1001, 1.5, "one", True, [1], {"v": 1}, 1e30)


def start(scope, config_text=ROUTES):
    """The routes are in a drop-in beside an empty configuration."""
    folder = harness.make_folder(scope)
    config = folder / "test.conf"
    config.touch()
    drop_ins = folder / "test.conf.d"
    drop_ins.mkdir()
    (drop_ins / "10-routes.conf").write_text(config_text)
    redis = redisserver.RedisServer(scope)
    service = harness.Service(scope, *redis.settings, tabs.DEVELOPMENT, config=config)
    redisserver.wait_for_source(service)
    return redis, service


def make_clients(scope, service, version):
    """Clients of a version on each way that there is to say so."""
    return [
        PlainTab(scope, service, user=f"user{version}", v=version),
        SocketioTab(scope, service, user=f"user{version}", v=version),
        SocketioTab(scope, service, user=f"user{version}", connect={"v": version}),
        SocketioTab(scope, service, user=f"user{version}", v=1001, connect={"v": version}),
    ]


def take_exact(tab, event):
    """The payload's own bytes."""
    packet = tab.take_message()
    if tab.is_plain:
        prefix, suffix = f'{{"type":"{event}","data":', "}"
    else:
        prefix, suffix = f'42["{event}",', "]"
    harness.expect_equal(packet[: len(prefix)], prefix, f"the beginning of {packet}")
    return packet[len(prefix) : len(packet) - len(suffix)]


def expect_events(redis, clients, wanted, note=NOTE):
    """What clients get of a trade, and of a note that has no versions."""
    redis.publish("trades", NOW)
    redis.publish("notes", NOTE)
    for tab in clients:
        harness.expect_equal(take_exact(tab, "trade"), wanted, "the trade")
        harness.expect_equal(take_exact(tab, "note"), note, "the note")
        tab.expect_silence(0.02)


def skip_errors(clients, code):
    for tab in clients:
        data = tab.take_data("error")
        harness.expect_equal(data["code"], code, f"the code of {data}")
        yield data


@harness.test
def serves_each_age(scope):
    """Clients of versions 1, 2, 3, later and none get each event as they know it"""
    redis, service = start(scope)
    everyone = {}
    for version in (1, 2, 3, 4, 1000):
        clients = make_clients(scope, service, version)
        if version == 1:
            for data in skip_errors(clients[:3], "unsupported"):
                harness.expect_match("late", data["message"])
            next(skip_errors(clients[3:], "unsupported"))
        everyone[version] = clients
    everyone[None] = [way(scope, service, user="anna") for way in tabs.WAYS]
    redis.publish("trades", NOW)
    redis.publish("notes", NOTE)
    for version, clients in everyone.items():
        wanted = BY_VERSION.get(version, NOW)
        for tab in clients:
            found = [take_exact(tab, "trade"), take_exact(tab, "note")]
            harness.expect_equal(found, [wanted, NOTE], f"what version {version} gets")
            tab.expect_silence(0.02)
    tabs.check_balance(service)


@harness.test
def refuses_nonsense(scope):
    """A version that is none is answered with bad_payload, and events come as they are"""
    redis, service = start(scope)
    clients = []
    for text in NONSENSE:
        clients += [way(scope, service, v=text) for way in tabs.WAYS]
    for value in BAD_CONNECTS:
        clients.append(SocketioTab(scope, service, connect={"v": value}))
    for _ in skip_errors(clients, "bad_payload"):
        pass
    expect_events(redis, clients, NOW)


@harness.test
def passes_over_what_it_cannot_make(scope):
    """An event that a client's version can't have does not come; it was told so once"""
    redis, service = start(scope)
    old, able = PlainTab(scope, service, v=1), PlainTab(scope, service, v=2)
    harness.expect_match("late", next(skip_errors([old], "unsupported"))["message"])
    redis.publish("late", '{"a":1,"c":2}')
    harness.expect_equal(take_exact(able, "late"), '{"b":1,"c":2}', "the event")
    expect_events(redis, [old], BY_VERSION[1])
    tabs.check_balance(service)


@harness.test
def versions_batches(scope):
    """Batches have the versions too; the tabs of one user may differ"""
    redis, service = start(scope)
    shapes = {
        version: SocketioTab(
            scope, service, user="anna", connect={"batch": True, "v": version}
        )
        for version in (1, 2, 3)
    }
    for _ in skip_errors([shapes[1]], "unsupported"):
        pass
    for turn in range(3):
        redis.publish("trades", NOW)
        for version, tab in shapes.items():
            (event,) = tab.take_data("event_batch")["events"]
            wanted = json.loads(BY_VERSION[version])
            harness.expect_equal(event["data"], wanted, f"version {version}, turn {turn},")


@harness.test
def refuses_wrong_routes(scope):
    """Versions with a gap, or without a schema, stop the start with their line"""
    for wrong in (
        "schema=3\nschema-1=drop a",
        "schema=2\nschema-2=drop a",
        "schema=0",
        "schema=1001",
        "schema=2\nschema-1=rename a",
        "schema=2\nschema-1=remove a",
    ):
        folder = harness.make_folder(scope)
        config = folder / "wrong.conf"
        config.write_text(f"[route trade]\nchannel=trades\naudience=everyone\n{wrong}\n")
        done = harness.run_tidewired(f"--config={config}", "--check-config")
        if done.returncode == 0:
            raise AssertionError(f"{wrong!r} is taken")
        harness.expect_match(r"wrong\.conf:[1-5]", done.stdout + done.stderr)


harness.run(limit_s=120)
