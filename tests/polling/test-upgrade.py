#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The way from long-polling to WebSocket, step by step: nothing is lost or doubled."""

import json
import random
import socket
import struct
import threading
import time

import pollclient
from pollclient import Flow, PollingClient, ask, expect_refusal, publish

import harness
import rawsocket
import redisserver

SEED = 20
PER_S = 200


def get_numbers(packets):
    ticks = [json.loads(packet[2:]) for packet in packets if packet.startswith("42")]
    return [payload["number"] for event, payload in ticks if event == "tick_data"]


@harness.test
def switches(scope):
    """Probe, noop for the held GET, and switch; what waited comes over the WebSocket"""
    redis, service = redisserver.start_with_redis(scope)
    client = PollingClient(scope, service)
    client.subscribe("A")
    client.hold_get()
    link = client.begin_upgrade()
    link.probe()
    harness.expect_equal(client.end_get(), ["6"], "what the held GET got")
    publish(redis, 1, 2)
    link.expect_silence(0.1)
    link.send_text("5")
    harness.expect_equal([link.take_tick()["number"] for _ in "12"], [1, 2], "ticks")
    client.expect_gone()
    publish(redis, 3)
    harness.expect_equal(link.take_tick()["number"], 3, "the tick after that")
    link.send_text('42["subscribe_tickers",{"tickers":["B"]}]')
    harness.expect_match("subscription_updated", link.take_packet())
    service.wait_for_counter("connections", 1)
    service.check_books()
    link.close_politely()
    service.wait_for_counter("connections", 0)


@harness.test
def loses_nothing(scope):
    """While events flow, upgrades of any timing lose and double nothing"""
    rng = random.Random(SEED)
    redis, service = redisserver.start_with_redis(scope)
    flow = Flow(scope, redis, PER_S)

    def pause():
        if rng.random() < 0.7:
            time.sleep(rng.random() * 0.02)

    for n in range(80):
        client = PollingClient(scope, service)
        client.post('42["subscribe_tickers",{"tickers":["A"]}]')
        seen = []
        for _ in range(rng.randrange(3)):
            seen += client.get()
        is_in_flight = rng.random() < 0.5
        if is_in_flight:
            client.begin_get()
        pause()
        link = client.begin_upgrade()
        pause()
        link.probe()
        pause()
        if is_in_flight:
            seen += client.end_get()
        while rng.random() < 0.5:
            seen += client.get()
        pause()
        link.send_text("5")
        pause()
        wanted = flow.n_sent + 3
        numbers = get_numbers(seen)
        while not numbers or numbers[-1] < wanted:
            numbers += get_numbers([link.take_packet()])
        wanted = list(range(numbers[0], numbers[0] + len(numbers)))
        harness.expect_equal(numbers, wanted, f"the ticks of round {n}")
        link.close()
        client.close()
    service.wait_for_counter("connections", 0)
    service.check_books()


@harness.test
def does_not_answer_a_get_in_flight(scope):
    """A GET that is held at the switch gets a noop, the events go over the WebSocket"""
    redis, service = redisserver.start_with_redis(scope)
    client = PollingClient(scope, service)
    client.subscribe("A")
    client.hold_get()
    link = client.begin_upgrade()
    publish_now = threading.Thread(target=publish, args=(redis, 1, 2, 3))
    link.send_text("5")
    publish_now.start()
    publish_now.join()
    harness.expect_equal(client.end_get(), ["6"], "what the held GET got")
    harness.expect_equal([link.take_tick()["number"] for _ in "123"], [1, 2, 3], "ticks")
    client.expect_gone()


@harness.test
def goes_on_without_the_probe(scope):
    """A probe that vanishes, says nonsense or takes too long leaves polling usable"""
    settings = ("engineio.upgrade-timeout-ms=1000",)
    redis, service = redisserver.start_with_redis(scope, *settings)
    client = PollingClient(scope, service)
    client.subscribe("A")
    number = 0

    def expect_polling():
        nonlocal number
        harness.wait_until(lambda: not_noop(client), "polls are held again")
        number += 1
        publish(redis, number)
        harness.expect_equal(client.take_tick()["number"], number, "the tick")

    def not_noop(client):
        client.begin_get()
        time.sleep(0.05)
        if pollclient.has_input(client.getter):
            client.end_get()
            return False
        client.getter.close()
        client.getter = rawsocket.RawSocket(scope, service)
        return True

    for is_probed in (False, True):
        for leave in ("close", "reset", "close_politely"):
            link = client.begin_upgrade()
            if is_probed:
                link.probe()
            getattr(link, leave)()
            expect_polling()
    for opcode, message in (
        (rawsocket.TEXT, ""),
        (rawsocket.TEXT, "3"),
        (rawsocket.TEXT, "2"),
        (rawsocket.TEXT, "2probes"),
        (rawsocket.TEXT, '42["x"]'),
        (rawsocket.BINARY, ""),
        (rawsocket.BINARY, "\x00\x01"),
    ):
        for is_probed in (False, True):
            link = client.begin_upgrade()
            if is_probed:
                link.probe()
            link.send_frame(opcode, message)
            link.send_text("5")
            began = time.monotonic()
            if is_probed:
                expect_polling()
            link.expect_close(1002)
            if time.monotonic() - began > 3:
                raise AssertionError("polling waited for the client to answer the close")
            expect_polling()
    for is_probed in (False, True):
        link = client.begin_upgrade()
        if is_probed:
            link.probe()
        harness.expect_equal(link.take_rest(4), b"", "what comes after the timeout")
        expect_polling()
    link = client.upgrade()
    publish(redis, 99)
    harness.expect_equal(link.take_tick()["number"], 99, "the tick")
    service.check_books()


@harness.test
def refuses_a_second_probe(scope):
    """A second WebSocket at the same time is refused, and the first one goes on"""
    client = PollingClient(scope, harness.Service(scope))
    first = client.begin_upgrade()
    client.begin_upgrade().expect_close(1002)
    first.probe()
    client.begin_upgrade().expect_close(1002)
    first.send_text("5")
    harness.wait_until(
        lambda: ask(scope, client.to, client.path).status == 400, "the switch is done"
    )
    try:
        client.begin_upgrade()
        raise AssertionError("a session was taken over twice")
    except rawsocket.Refused as refused:
        expect_refusal(refused.answer, 400, 1)
    first.send_text('42["x"]')
    harness.expect_match("unknown_command", first.take_packet())


@harness.test
def survives_the_end_of_its_session(scope):
    """A session that ends while a WebSocket takes it over leaves nothing behind"""
    service = harness.Service(scope, "engineio.upgrade-timeout-ms=500")
    for is_probed in (False, True):
        for packet in ("1", "x"):
            client = PollingClient(scope, service)
            link = client.begin_upgrade()
            if is_probed:
                link.probe()
            client.post_raw(packet)
            link.send_text("2probe")
            link.send_text("5")
            link.send_text('42["x"]')
            client.expect_gone()
            try:
                link.take_message()
                raise AssertionError("the WebSocket was answered")
            except (rawsocket.Ended, rawsocket.Closed):
                pass
    service.wait_for_counter("connections", 0)


@harness.test
def takes_early_bytes(scope):
    """What is in one piece with the handshake, or right behind the 5, is taken"""
    service = harness.Service(scope)
    text = rawsocket.TEXT
    say = [rawsocket.make_frame(text, "2probe"), rawsocket.make_frame(text, "5")]
    command = '42["subscribe_tickers",{"tickers":["%s"]}]' % ("T" * 30)
    say += [rawsocket.make_frame(text, command)] * 3
    stream = b"".join(say)
    for cut in (len(stream), 0, 1, 3, 11, 12, 20, 40, 60, 100, len(stream) - 1):
        client = PollingClient(scope, service)
        link = client.begin_upgrade(early=stream[:cut])
        time.sleep(0.01)
        link.send(stream[cut:])
        harness.expect_equal(link.take_message(), "3probe", f"the answer, cut at {cut}")
        for _ in range(3):
            harness.expect_match("subscription_updated", link.take_packet())
        link.close()
    big = rawsocket.make_frame(text, '42["x",{"a":"%s"}]' % ("y" * 50000))
    client = PollingClient(scope, service)
    link = client.begin_upgrade(early=b"".join(say[:2]) + big)
    harness.expect_equal(link.take_message(), "3probe", "the answer")
    harness.expect_match("unknown_command", link.take_packet())
    plain = rawsocket.RawSocket(scope, service)
    frame = rawsocket.make_frame(text, '{"type":"ping","x":"%s"}' % ("\x7f" * 3000))
    plain.send(rawsocket.make_handshake("/ws").encode() + frame[:1000])
    plain.take_answer()
    time.sleep(0.05)
    plain.send(frame[1000:])
    plain.take_until(b'{"type":"pong"}')


@harness.test
def is_strict_after_the_switch(scope):
    """The WebSocket cases of a direct connection hold for an upgraded one"""
    service = harness.Service(scope, "engineio.max-payload-bytes=20000")
    text = rawsocket.TEXT
    cases = (
        (1002, lambda link: link.send_text("x")),
        (1002, lambda link: link.send_text("2")),
        (1002, lambda link: link.send_text("40")),
        (1002, lambda link: link.send_text("4" + "[" * 9000)),
        (1002, lambda link: link.send_frame(rawsocket.BINARY, b"\x01")),
        (1002, lambda link: link.send_frame(3, b"x")),
        (1002, lambda link: link.send_frame(text, "3", reserved=4)),
        (1002, lambda link: link.send_frame(text, "3", is_masked=False)),
        (1009, lambda link: link.send_text("4" + "x" * 20001)),
        (1009, lambda link: link.send_frame(text, "", length=1 << 62)),
        (1000, lambda link: link.send_text("1")),
        (1000, lambda link: link.send_frame(rawsocket.CLOSE, struct.pack("!H", 1000))),
    )
    for number, (code, misbehave) in enumerate(cases):
        client = PollingClient(scope, service)
        link = client.upgrade()
        link.send_text('42["x"]')
        harness.expect_match("unknown_command", link.take_packet())
        misbehave(link)
        closed = link.take_until_close()
        harness.expect_equal(closed.code, code, f"the code of case {number}")
        client.close()
    for leave in ("reset", "close"):
        link = PollingClient(scope, service).upgrade()
        getattr(link, leave)()
    client = PollingClient(scope, service)
    link = client.upgrade()
    link.send_frame(text, '42["x"', is_final=False)
    link.send_frame(rawsocket.PING, b"hey")
    link.send_frame(rawsocket.CONTINUATION, "]")
    harness.expect_equal(link.take_frame(), (rawsocket.PONG, b"hey"))
    harness.expect_match("unknown_command", link.take_packet())
    service.wait_for_counter("connections", 1)


@harness.test
def frees_what_polling_used(scope):
    """The HTTP connections of 300 upgraded clients are closed when they switch"""
    service = harness.Service(scope)
    links = []
    for _ in range(300):
        client = PollingClient(scope, service)
        links.append(client.upgrade())
        client.getter.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        links.append(client.getter)
        links.append(client.poster)
    websockets, idle = links[::3], links[1::3] + links[2::3]
    # Those that wait for the next request are kept for 17 s.
    harness.wait_until(lambda: all(link.has_ended() for link in idle), "they are closed", 5)
    for link in websockets:
        link.send_text('42["x"]')
        harness.expect_match("unknown_command", link.take_packet())
    harness.expect_equal(service.get_counters()["connections"], 300, "connections")


@harness.test
def keeps_what_others_use(scope):
    """An HTTP connection that carried several sessions, a proxy's, stays"""
    service = harness.Service(scope)
    one, other = PollingClient(scope, service), PollingClient(scope, service)
    one.poster.send(pollclient.make_request(other.path, "POST", body='42["x"]'))
    harness.expect_equal(one.poster.take_answer().status, 200, "the other's POST")
    link = one.upgrade()
    harness.wait_until(one.getter.has_ended, "its own is closed", 5)
    harness.expect_equal(one.poster.has_ended(), False, "the shared one is closed")
    link.close_politely()


harness.run(limit_s=300)
