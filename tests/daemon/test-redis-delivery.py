#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From a producer's PUBLISH to a client's socket, with a Redis that comes and goes and
producers that send rubbish."""

import json
import socket
import time

import harness
import rawsocket
import redisserver
from rawsocket import PlainClient, SocketioClient
from redisserver import TICKS

RECONNECT_S = 30  # the longest pause between two tries is 0.9 s

# Texts that any re-serialising would change.
EXACT = [
    '{"symbol":"X","id":12345678901234567890,"minus":-98765432109876543210}',
    '{"symbol":"X","price":1.10,"e":1E+2,"tiny":1e-999,"zero":-0}',
    '{"symbol":"X","long":0.1000000000000000055511151231257827}',
    '{ "b" : 1 ,\t"a" : [ 1 , 2 ] ,\r\n "symbol" : "X" }',
    '{"symbol":"X","same":1,"same":2,"":0,"same":3}',
    '{"symbol":"Y","symbol":"X"}',
    '{"symbol":"\\u0058","text":"\\u00e9\\/\\ud83d\\ude00\\u0000\\u2028"}',
    '{"symbol":"X","text":"é – 😀 \u2028\u2029\ufeff \x7f"}',
    '{"symbol":"X","text":"</script>\\"\\\\\\n"}',
    '{"data":{"symbol":"X","ticker":"Z"},"price":1}',
    '{"ticker":"X","__proto__":{"a":1},"toString":null}',
    ' \n{"symbol":"X"}\n ',
    '{"symbol":"X","deep":' + "[" * 30 + "]" * 30 + "}",
    '{"symbol":"X","pad":"' + "p" * 250000 + '"}',
]


def take_payloads(client, n_events, prefix, suffix):
    """The payloads' own bytes, as they stand in the messages."""
    for _ in range(n_events):
        message = client.take_message()
        harness.expect_equal(message[: len(prefix)], prefix, "the message's beginning")
        yield message[len(prefix) : len(message) - len(suffix)]


@harness.test
def delivers_exact_bytes(scope):
    """What is published arrives to the byte, on both ways"""
    redis, service = redisserver.start_with_redis(scope)
    plain, socketio = PlainClient(scope, service), SocketioClient(scope, service)
    plain.subscribe("X")
    socketio.send_text('42["subscribe_tickers",{"tickers":["X"]}]')
    socketio.take_message()
    for payload in EXACT:
        harness.expect_equal(redis.publish(TICKS, payload), 1, "subscribers")
    got = list(take_payloads(plain, len(EXACT), '{"type":"tick_data","data":', "}"))
    harness.expect_equal(got, EXACT, "what came on /ws")
    got = list(take_payloads(socketio, len(EXACT), '42["tick_data",', "]"))
    harness.expect_equal(got, EXACT, "what came on /socket.io/")
    service.check_books()


@harness.test
def routes_each_channel(scope):
    """Each channel has its event; what is for everyone needs no subscription"""
    redis, service = redisserver.start_with_redis(scope)
    client = PlainClient(scope, service)
    events = {
        "tickstock.events.backtest.progress": "backtest_progress",
        "tickstock.events.backtest.results": "backtest_result",
        "tickstock.events.health": "system_health",
    }
    for channel, event in events.items():
        payload = {"job_id": "j1", "status": "healthy", "event": event}
        redis.publish(channel, json.dumps(payload))
        harness.expect_equal(client.take_json(), {"type": event, "data": payload})
    redis.publish(TICKS, '{"symbol":"NOBODYS"}')
    client.expect_silence()
    service.check_books()


@harness.test
def is_exact_per_client(scope):
    """Each of many clients gets every tick of its symbols, in order, and no others"""
    redis, service = redisserver.start_with_redis(scope)
    n_symbols, n_rounds = 10, 200
    wants = [{f"S{n % n_symbols}", f"S{n * 7 % n_symbols}"} for n in range(30)]
    clients = [PlainClient(scope, service) for _ in wants]
    for client, symbols in zip(clients, wants):
        client.subscribe(*symbols)
    ticks = [
        {"symbol": f"S{symbol}", "sequence": number}
        for number in range(n_rounds)
        for symbol in range(n_symbols)
    ]
    redis.publish_all(TICKS, [json.dumps(tick) for tick in ticks])
    for client, symbols in zip(clients, wants):
        wanted = [tick for tick in ticks if tick["symbol"] in symbols]
        got = [client.take_tick() for _ in wanted]
        harness.expect_equal(got == wanted, True, "every tick, in order, and no others")
    clients[0].expect_silence()
    service.wait_for_counter("outbox_bytes", 0)
    service.check_books()
    counters = service.get_counters()
    harness.expect_equal(counters["events_routed"], len(ticks), "events routed")
    n_deliveries = sum(len(symbols) for symbols in wants) * n_rounds
    harness.expect_equal(counters["deliveries_taken"], n_deliveries, "deliveries")


@harness.test
def starts_without_redis(scope):
    """Without Redis it serves, says degraded and why; with Redis it delivers"""
    redis = redisserver.RedisServer(scope, is_started=False)
    service = harness.Service(scope, *redis.settings)
    hint = rf"127\.0\.0\.1:{redis.port}.*to run without Redis, start with "
    service.wait_for_line(hint + "--set=source.type=demo")
    harness.wait_until(
        lambda: service.get_health()["status"] == "degraded", "the state is degraded"
    )
    client = PlainClient(scope, service)
    harness.expect_equal(client.subscribe("X"), ["X"])
    time.sleep(2)  # long enough for several tries
    harness.expect_equal(service.count_lines("warning: "), 1, "warnings")
    redis.start()
    redisserver.wait_for_source(service, within_s=RECONNECT_S)
    harness.expect_equal(service.get_health()["status"], "ok", "the status")
    redis.publish(TICKS, '{"symbol":"X"}')
    harness.expect_equal(client.take_tick(), {"symbol": "X"})
    service.wait_for_line("connected to redis://127.0.0.1:")


@harness.test
def outlives_redis(scope):
    """Redis is killed and comes back; connections and subscriptions are still there"""
    redis, service = redisserver.start_with_redis(scope)
    client = PlainClient(scope, service)
    client.subscribe("X")
    for number in range(2):
        redis.publish(TICKS, '{"symbol":"X","number":%d}' % number)
        harness.expect_equal(client.take_tick()["number"], number, "the tick")
        redis.kill()
        harness.wait_until(
            lambda: service.get_health()["status"] == "degraded", "the state is degraded"
        )
        client.ask("ping")
        redis.start()
        redisserver.wait_for_source(service, within_s=RECONNECT_S)
    redis.publish(TICKS, '{"symbol":"X","number":2}')
    harness.expect_equal(client.take_tick()["number"], 2, "the tick")
    harness.expect_equal(service.get_counters()["source_reconnects"], 2, "reconnects")
    harness.expect_equal(
        service.count_lines("connected to .* again, after"), 2, "log lines"
    )


@harness.test
def notices_a_silent_redis(scope):
    """A Redis that hangs with its sockets open is noticed by the probe"""
    redis, service = redisserver.start_with_redis(scope, "redis.probe-interval-ms=200")
    redis.freeze()
    try:
        service.wait_for_line("no probe came back")
        harness.expect_equal(service.get_health()["status"], "degraded", "the status")
    finally:
        redis.thaw()
    redisserver.wait_for_source(service, within_s=RECONNECT_S)


@harness.test
def refuses_rubbish(scope):
    """Whatever a producer sends that is no event is counted by reason, and never shown"""
    redis, service = redisserver.start_with_redis(scope)
    client = PlainClient(scope, service)
    client.subscribe("X")
    secret = "SECRET"
    rubbish = {
        "not_json": [b"", b"x", b'{"symbol":"X"', b"{'symbol':'X'}", b'{"symbol":"X",}'],
        "not_object": [b"[]", b"1", b'"X"', b"null", b'[{"symbol":"X"}]'],
        "too_deep": [b"[" * 200000, b'{"symbol":"X","a":' + b"[" * 32 + b"]" * 32 + b"}"],
        "bad_utf8": [b'{"symbol":"X","a":"\xff"}', b'{"symbol":"X","a":"\xed\xa0\x80"}'],
        "no_key": [b"{}", b'{"price":1}', b'{"data":{}}', b'{"Symbol":"X"}'],
        "wrong_type": [b'{"symbol":null}', b'{"symbol":{}}', b'{"symbol":""}'],
        "too_large": [b'{"symbol":"X","pad":"' + b"p" * 300 * 1024 + b'"}'],
    }
    more = [
        b'{"symbol":"X","a":01}',
        b'{"symbol":"X"}x',
        b'{"symbol":"X"}{}',
        b"\x1e",
        b"\0",
    ]
    more += [
        b'{"symbol":"X","a":NaN}',
        b'{"symbol":"X","a":"\t"}',
        b"var x=1",
        b"// x\n{}",
    ]
    more += [b'{"symbol":"X","a":"%s}' % secret.encode(), b'\xef\xbb\xbf{"symbol":"X"}']
    rubbish["not_json"] += more
    for payloads in rubbish.values():
        redis.publish_all(TICKS, payloads)
    redis.publish(TICKS, '{"symbol":"X","good":true}')
    harness.expect_equal(client.take_tick(), {"symbol": "X", "good": True})
    client.expect_silence()
    counters = service.get_counters()
    for reason, payloads in rubbish.items():
        name = "events_dropped_" + reason
        harness.expect_equal(counters[name], len(payloads), name)
    service.check_books()
    harness.expect_equal(
        service.count_lines("Dropped"), 1, "log lines about dropped events"
    )
    harness.expect_equal(service.count_lines(secret), 0, "log lines with a payload")


@harness.test
def takes_a_flood_of_rubbish(scope):
    """A producer that floods it with rubbish delays others, no more"""
    redis, service = redisserver.start_with_redis(scope)
    client = PlainClient(scope, service)
    client.subscribe("X")
    for number in range(20):
        redis.publish_all(TICKS, [b"{" * 100] * 2000)
        redis.publish(TICKS, '{"symbol":"X","number":%d}' % number)
    numbers = [client.take_tick()["number"] for _ in range(20)]
    harness.expect_equal(numbers, list(range(20)), "the good ticks")
    service.wait_for_counter("events_dropped_not_json", 40000)
    if service.count_lines("Dropped") > 3:
        raise AssertionError("the log is flooded")
    service.check_books()


@harness.test
def greets_before_events(scope):
    """A client that connects in the middle of a stream is greeted before any event"""
    redis, service = redisserver.start_with_redis(scope)
    for number in range(20):
        redis.publish_all("tickstock.events.health", ['{"status":"x"}'] * 50)
        if number % 2:
            PlainClient(scope, service)  # it looks at the first message
        else:
            client = SocketioClient(scope, service, is_connected=False)
            redis.publish("tickstock.events.health", '{"status":"x"}')
            client.send_text("40")
            harness.expect_equal(client.take_message()[:2], "40", "the first packet")
            rawsocket.RawSocket.reset(client)


@harness.test
def closes_slow_readers_with_a_code(scope):
    """Without lanes, who never reads while 4 MB of ticks are sent is closed with 4002"""
    redis, service = redisserver.start_with_redis(scope, "delivery.batch-mode=direct")
    slow = PlainClient(scope, service, options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    lively = PlainClient(scope, service)
    for client in (slow, lively):
        client.subscribe("FAT")
    for number in range(80):
        tick = {"symbol": "FAT", "sequence": number, "pad": "p" * 50000}
        redis.publish(TICKS, json.dumps(tick))
        harness.expect_equal(lively.take_tick()["sequence"], number, "the tick")
    service.wait_for_counter("connections_closed_slow", 1)
    closed = slow.take_until_close()
    harness.expect_equal(closed.code, 4002, "the close code")
    harness.expect_match("slow", closed.reason)


harness.run(limit_s=240)
