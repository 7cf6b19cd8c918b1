#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the service ends, by a signal or by a kill, and what happens when it has no
descriptors left."""

import os
import pathlib
import re
import resource
import signal
import socket
import time

import harness
import redisserver
import tabs
from redisserver import TICKS
from tabs import PlainTab, SocketioTab

SMALL = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]


def take_until_end(tab):
    """All events until the connection ends; gives them and the WebSocket's close code."""
    events = []
    try:
        while True:
            events.append(tab.take_event())
    except Exception as end:
        return events, end


@harness.test
def drains_under_load(scope):
    """On SIGTERM all that waits reaches who reads; who does not read delays nobody"""
    redis, service = redisserver.start_with_redis(
        scope,
        tabs.DEVELOPMENT,
        "delivery.events-per-second=20",
        "delivery.urgent-events-per-second=5",
        "delivery.batch-window-ms=500",
        "server.drain-timeout-ms=6000",
        "server.drain-spread-ms=5000",
    )
    readers = [
        (PlainTab, SocketioTab)[number % 2](scope, service, user=f"reader{number}")
        for number in range(180)
    ]
    stalled = [
        PlainTab(scope, service, user=f"stalled{number}", options=SMALL)
        for number in range(20)
    ]
    for tab in readers + stalled:
        tab.watch("A")
    tabs.publish_alerts(redis, "A", range(60), pad="p" * 2000)
    service.wait_for_counter("events_received", 60)
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    service.wait_for_line("Ending: ")
    retries = []
    for tab in readers:
        events, _ = take_until_end(tab)
        alerts = [data["number"] for name, data in events if name == "pattern_alert"]
        harness.expect_equal(alerts, list(range(60)), "the alerts of a reader")
        told = [data for name, data in events if name == "server_draining"]
        harness.expect_equal(len(told), 1, "times that a reader is told")
        retries.append(told[0]["retry_after_ms"])
    harness.note(f"readers were done after {time.monotonic() - began:.1f} s")
    harness.expect_equal(service.wait_for_end(12), 0, "the exit code")
    took = time.monotonic() - began
    harness.note(f"it ended after {took:.1f} s")
    if took > 9:
        raise AssertionError(f"it took {took:.1f} s, of 6 s that it has")
    harness.expect_equal(len(set(retries)), len(retries), "different times to come back")
    quarters = [sum(1 for ms in retries if ms * 4 // 5000 == each) for each in range(4)]
    harness.note(f"they are asked to come back, by quarters: {quarters}")
    if min(retries) < 0 or max(retries) >= 5000 or min(quarters) < 30:
        raise AssertionError("they are not spread over 5 s")


@harness.test
def says_when_to_come_back(scope):
    """The close frame has the code 1001, and when to come back; nobody new is let in"""
    service = harness.Service(scope, tabs.DEVELOPMENT, "server.drain-timeout-ms=20000")
    tab = PlainTab(scope, service, user="anna")
    unfinished = socket.create_connection(("127.0.0.1", service.port))
    scope.callback(unfinished.close)
    unfinished.settimeout(harness.WAIT_S)
    unfinished.sendall(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n")
    unfinished.sendall(b"Host: a\r\nConnection: close\r\n")
    time.sleep(0.2)
    service.process.send_signal(signal.SIGTERM)
    told = tab.take_data("server_draining")
    tab.expect_close(1001, rf'"retry_after_ms":{told["retry_after_ms"]}\}}')
    unfinished.sendall(b"\r\n")
    answer = b""
    while more := unfinished.recv(4096):
        answer += more
    harness.expect_match(r"^HTTP/1.1 503 ", answer.decode())
    try:
        socket.create_connection(("127.0.0.1", service.port))
    except ConnectionRefusedError:
        pass
    else:
        raise AssertionError("somebody new is let in")
    tab.close()
    harness.expect_equal(service.wait_for_end(), 0, "the exit code")


@harness.test
def ends_at_once(scope):
    """A second SIGTERM ends at once"""
    redis, service = redisserver.start_with_redis(
        scope,
        tabs.DEVELOPMENT,
        "delivery.outbox-hard-bytes=50000000",
        "server.drain-timeout-ms=60000",
    )
    tab = PlainTab(scope, service, user="anna", options=SMALL)
    tab.watch("A")
    tabs.publish_alerts(redis, "A", range(100), pad="p" * 60000)
    service.wait_for_counter("events_received", 100)
    service.process.send_signal(signal.SIGTERM)
    service.wait_for_line("Ending: ")
    time.sleep(0.5)
    harness.expect_equal(service.process.poll(), None, "the exit code while it drains")
    service.process.send_signal(signal.SIGTERM)
    harness.expect_equal(service.wait_for_end(5), 0, "the exit code")


@harness.test
def starts_again_after_a_kill(scope):
    """Killed in the middle of load it starts again, and clients that come back are served"""
    redis, service = redisserver.start_with_redis(scope, tabs.DEVELOPMENT)
    number = 0
    for _ in range(2):
        crowd = [SocketioTab(scope, service, user=f"user{each}") for each in range(20)]
        for tab in crowd:
            tab.watch("A")
            tab.want("T")
        for _ in range(50):
            tabs.publish_alerts(redis, "A", range(number, number + 10))
            redis.publish(TICKS, tabs.make_tick("T", number))
            number += 10
        os.kill(service.pid, signal.SIGKILL)
        service.process.wait()
        service = harness.Service(
            scope,
            *redis.settings,
            tabs.DEVELOPMENT,
            f"server.listen=127.0.0.1:{service.port}",
        )
        redisserver.wait_for_source(service)
    harness.expect_equal(service.get_counters()["users_away"], 0, "users away")
    back = [SocketioTab(scope, service, user=f"user{each}") for each in range(20)]
    for tab in back:
        tab.watch("A")
    tabs.publish_alerts(redis, "A", range(10))
    for tab in back:
        tabs.expect_numbers(tab, range(10))
    tabs.check_balance(service)


@harness.test
def has_room_for_all_descriptors(scope):
    """The table of open files does not grow while connections come: that makes all wait"""
    service = harness.Service(scope, "server.max-connections=5000")
    harness.expect_equal(service.get_counters()["connections"], 0, "connections")
    status = pathlib.Path(f"/proc/{service.pid}/status").read_text()
    sizes = re.findall(r"^FDSize:\s+(\d+)$", status, re.M)
    if not sizes or int(sizes[0]) < 5000:
        raise AssertionError(f"the table has {sizes} places for 5000 connections")


@harness.test
def waits_for_descriptors(scope):
    """Without descriptors accepting pauses, said once; those who are in go on, others wait"""
    redis, service = redisserver.start_with_redis(scope)
    tab = PlainTab(scope, service)
    tab.want("A")
    keeper = SocketioTab(scope, service)
    n_open = len(os.listdir(f"/proc/{service.pid}/fd"))
    before = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (n_open + 5, before[1]))
    crowd = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(30)]
    for each in crowd:
        scope.callback(each.close)
        each.settimeout(harness.WAIT_S)
    service.wait_for_line("can't accept: .*LimitNOFILE")
    began = time.monotonic()
    for number in range(30):
        redis.publish(TICKS, tabs.make_tick("A", number))
        harness.expect_equal(tab.take_data("tick_data")["number"], number, "a tick")
        time.sleep(0.05)
    took = time.monotonic() - began
    if took > 6:
        raise AssertionError(f"30 ticks, 50 ms apart, took {took:.1f} s")
    last = crowd[-1]
    last.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    last.settimeout(1)
    try:
        found = last.recv(100)
    except TimeoutError:
        found = None
    harness.expect_equal(found, None, "the answer to who has to wait")
    for each in crowd[:-1]:
        each.close()
    last.settimeout(harness.WAIT_S)
    harness.expect_match(r"^HTTP/1.1 200 ", last.recv(100).decode())
    counters = service.get_counters()
    if counters["accepts_paused"] == 0:
        raise AssertionError("no pause is counted")
    harness.expect_equal(service.count_lines("can't accept"), 1, "lines about it")
    keeper.synchronise()
    tabs.check_balance(service)


harness.run(limit_s=240)
