#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What outlives the process: who is away, and what waits for them, with a copy in Redis."""

import json
import os
import signal
import socket
import threading
import time

import harness
import redisserver
import tabs
from tabs import PlainTab, SocketioTab

STORE = "delivery.offline-store=redis"
DURABLE = (tabs.DEVELOPMENT, STORE)


class Client:
    """Any command for a Redis server, with its answer."""

    def __init__(self, scope, redis):
        self._socket = socket.create_connection(("127.0.0.1", redis.port))
        self._socket.settimeout(harness.WAIT_S)
        self._file = self._socket.makefile("rb")
        scope.callback(self._socket.close)
        scope.callback(self._file.close)

    def call(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        request = b"*%d\r\n" % len(words)
        request += b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
        self._socket.sendall(request)
        return self._read()

    def _read(self):
        line = self._file.readline()[:-2]
        kind, rest = line[:1], line[1:]
        if kind in b"+-":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._file.read(int(rest) + 2)[:-2]
        return [self._read() for _ in range(int(rest))]

    def count_kept(self, user):
        return self.call("XLEN", f"tidewire:offline:{user}")


def wait_for_store(service, state="whole", within_s=harness.WAIT_S):
    harness.wait_until(
        lambda: service.get_health()["offline_store"] == state,
        f"the store is {state}",
        within_s,
    )


def start(scope, redis, *settings):
    service = harness.Service(scope, *redis.settings, *DURABLE, *settings)
    redisserver.wait_for_source(service)
    wait_for_store(service)
    return service


def kill(service):
    os.kill(service.pid, signal.SIGKILL)
    service.process.wait()


def restart(scope, redis, service, *settings):
    kill(service)
    return start(scope, redis, f"server.listen=127.0.0.1:{service.port}", *settings)


def go_away(scope, service, user="anna", symbol="A", way=PlainTab):
    tab = way(scope, service, user=user)
    tab.watch(symbol)
    before = service.get_counters()["connections"]
    tabs.leave(tab, service, before - 1)


@harness.test
def survives_a_kill(scope):
    """What waits is there after kill -9, comes in order and once, and is gone then"""
    redis = redisserver.RedisServer(scope)
    client = Client(scope, redis)
    service = start(scope, redis)
    for user in ("anna", "bert"):
        go_away(scope, service, user, "A")
    tabs.publish_alerts(redis, "A", range(30))
    harness.wait_until(lambda: client.count_kept("bert") == 30, "all is kept")
    service = restart(scope, redis, service)
    counters = service.get_counters()
    harness.expect_equal(counters["users_away"], 2, "users away")
    harness.expect_equal(counters["offline_restored"], 60, "restored")
    tabs.check_balance(service)
    tabs.publish_alerts(redis, "A", range(30, 40))
    for user, way in (("anna", PlainTab), ("bert", SocketioTab)):
        back = way(scope, service, user=user)
        tabs.expect_numbers(back, range(40))
        tabs.expect_no(back, "pattern_alert", 0.2)
        harness.wait_until(lambda: client.count_kept(user) == 0, "nothing is kept")
    tabs.check_balance(service)
    service = restart(scope, redis, service)
    back = PlainTab(scope, service, user="anna")
    tabs.expect_no(back, "pattern_alert", 0.2)
    tabs.publish_alerts(redis, "A", [99])
    tabs.expect_numbers(back, [99], "the alert of a subscription of before")
    tabs.check_balance(service)


@harness.test
def keeps_what_was_not_taken(scope):
    """What was handed over but not read when the service was killed comes again"""
    redis = redisserver.RedisServer(scope)
    client = Client(scope, redis)
    large = "delivery.offline-max-bytes=50000000"
    service = start(scope, redis, large)
    go_away(scope, service)
    tabs.publish_alerts(redis, "A", range(100), pad="p" * 60000)
    harness.wait_until(lambda: client.count_kept("anna") == 100, "all is kept")
    small = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]
    back = PlainTab(scope, service, user="anna", options=small)
    harness.expect_equal(tabs.take_numbers(back, "pattern_alert", 1), [0], "the first")
    harness.wait_until(lambda: client.count_kept("anna") < 100, "some are taken")
    time.sleep(0.3)
    n_kept = client.count_kept("anna")
    if n_kept < 10:
        raise AssertionError(f"{n_kept} are kept: the kernel took nearly all of 12 MB")
    service = restart(scope, redis, service, large)
    again = PlainTab(scope, service, user="anna")
    tabs.expect_numbers(again, range(100 - n_kept, 100))
    tabs.expect_no(again, "pattern_alert", 0.2)
    tabs.check_balance(service)


@harness.test
def survives_an_end(scope):
    """After SIGTERM what a client had not read is kept, and comes once"""
    redis = redisserver.RedisServer(scope)
    large = ["delivery.outbox-hard-bytes=50000000", "delivery.offline-max-bytes=50000000"]
    service = start(scope, redis, "server.drain-timeout-ms=2000", *large)
    small = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)]
    tab = PlainTab(scope, service, user="anna", options=small)
    tab.watch("A")
    tabs.publish_alerts(redis, "A", range(100), pad="p" * 60000)
    service.wait_for_counter("events_received", 100)
    port = service.port
    service.stop()
    found = []
    try:
        while True:
            name, data = tab.take_event(2)
            if name == "pattern_alert":
                found.append(data["number"])
    except Exception as error:
        harness.note(f"the end of the first tab: {type(error).__name__}")
    service = start(scope, redis, f"server.listen=127.0.0.1:{port}", *large)
    back = PlainTab(scope, service, user="anna")
    rest = tabs.take_numbers(back, "pattern_alert", 100 - len(found))
    harness.note(f"{len(found)} came before the end, {len(rest)} after it")
    harness.expect_equal(found + rest, list(range(100)), "the alerts")
    harness.expect_equal(len(rest) > 0, True, "whether some were kept")
    tabs.expect_no(back, "pattern_alert", 0.2)


@harness.test
def survives_kills_under_load(scope):
    """Killed in the middle of load, it has all that Redis has, in order, and no more"""
    redis = redisserver.RedisServer(scope)
    client = Client(scope, redis)
    settings = ["delivery.offline-max-events=100000", "delivery.batch-window-ms=5"]
    settings.append("delivery.offline-max-bytes=50000000")
    service = start(scope, redis, *settings)
    users = [f"user{number}" for number in range(10)]
    for user in users:
        go_away(scope, service, user, "A")
    published = 0
    for _ in range(3):
        ended = threading.Event()

        def publish():
            nonlocal published
            own = redisserver.RedisLink(scope, redis.port)
            while not ended.is_set():
                tabs.publish_alerts(own, "A", range(published, published + 20))
                published += 20

        publisher = threading.Thread(target=publish)
        publisher.start()
        before = client.count_kept("user0")
        harness.wait_until(lambda: client.count_kept("user0") > before + 300, "load")
        kill(service)
        ended.set()
        publisher.join()
        service = start(scope, redis, f"server.listen=127.0.0.1:{service.port}", *settings)
    kept = {}
    for user in users:
        entries = client.call("XRANGE", f"tidewire:offline:{user}", "-", "+")
        fields = [dict(zip(each[1][::2], each[1][1::2])) for each in entries]
        kept[user] = [json.loads(each[b"payload"])["number"] for each in fields]
        if sorted(set(kept[user])) != kept[user]:
            raise AssertionError(f"{user}: out of order, or twice")
    lengths = sorted(len(each) for each in kept.values())
    harness.note(f"{published} published, {lengths[0]} to {lengths[-1]} kept for a user")
    for user in users:
        back = PlainTab(scope, service, user=user)
        tabs.expect_numbers(back, kept[user])
        tabs.expect_no(back, "pattern_alert", 0.05)
    service.wait_for_counter("offline_restored", sum(lengths))
    for user in users:
        harness.wait_until(lambda: client.count_kept(user) == 0, "nothing is kept")
    tabs.check_balance(service)


@harness.test
def restores_those_who_were_here(scope):
    """Who was connected at the kill is waited for from the next start on"""
    redis = redisserver.RedisServer(scope)
    service = start(scope, redis)
    tab = SocketioTab(scope, service, user="anna")
    tab.watch("A")
    tab.ask("subscribe_patterns", {"patterns": ["Hammer"]})
    named = PlainTab(scope, service, user="bert")
    named.watch("B")
    tabs.leave(named, service, 1)
    back = PlainTab(scope, service, user="bert")
    back.ask("unsubscribe", {"subscription_type": "watchlist"})
    harness.wait_until(
        lambda: Client(scope, redis).call("SMEMBERS", "tidewire:users") == [b"anna"],
        "only one is kept",
    )
    service = restart(scope, redis, service)
    harness.expect_equal(service.get_counters()["users_away"], 1, "users away")
    tabs.publish_alerts(redis, "A", range(5))
    tabs.publish_alerts(redis, "Z", range(5, 8), pattern="Hammer")
    service.wait_for_counter("offline_queued", 8)
    again = SocketioTab(scope, service, user="anna")
    tabs.expect_numbers(again, range(8))
    again.ask("subscribe_patterns", {"patterns": []})
    tabs.publish_alerts(redis, "Z", [8], pattern="Hammer")
    tabs.publish_alerts(redis, "A", [9])
    tabs.expect_numbers(again, [9])
    tabs.check_balance(service)


@harness.test
def goes_on_without_redis(scope):
    """Redis gone: memory goes on, it is said and counted; back and empty, all is written"""
    redis = redisserver.RedisServer(scope)
    service = start(scope, redis)
    go_away(scope, service)
    tabs.publish_alerts(redis, "A", range(5))
    service.wait_for_counter("offline_queued", 5)
    redis.kill()
    wait_for_store(service, "disconnected")
    service.wait_for_line("offline store")
    if service.get_counters()["offline_store_errors"] == 0:
        raise AssertionError("no error of the store is counted")
    go_away(scope, service, "bert", "B")
    redis.start()
    wait_for_store(service)
    redisserver.wait_for_source(service)
    client = Client(scope, redis)
    harness.expect_equal(client.count_kept("anna"), 5, "what is kept for anna")
    service = restart(scope, redis, service)
    tabs.publish_alerts(redis, "B", [1])
    tabs.expect_numbers(PlainTab(scope, service, user="anna"), range(5))
    tabs.expect_numbers(PlainTab(scope, service, user="bert"), [1])
    tabs.check_balance(service)


@harness.test
def starts_without_redis(scope):
    """A start does not wait for a Redis that is not there; what it has comes with it"""
    redis = redisserver.RedisServer(scope)
    client = Client(scope, redis)
    service = start(scope, redis)
    go_away(scope, service)
    tabs.publish_alerts(redis, "A", range(5))
    harness.wait_until(lambda: client.count_kept("anna") == 5, "all is kept")
    kill(service)
    redis.freeze()
    began = time.monotonic()
    service = harness.Service(scope, *redis.settings, *DURABLE)
    if time.monotonic() - began < 3:
        raise AssertionError("it did not wait for a Redis that hangs")
    back = PlainTab(scope, service, user="anna")
    redis.thaw()
    tabs.expect_numbers(back, range(5))
    wait_for_store(service)
    harness.wait_until(lambda: client.count_kept("anna") == 0, "nothing is kept")
    tabs.check_balance(service)


def check_refusal(scope, redis, client, refuse, accept, word):
    """Redis refuses: said once, counted, nothing else changes; then all is written."""
    service = start(scope, redis)
    go_away(scope, service)
    tabs.publish_alerts(redis, "A", range(5))
    harness.wait_until(lambda: client.count_kept("anna") == 5, "all is kept")
    refuse()
    tabs.publish_alerts(redis, "A", range(5, 10))
    wait_for_store(service, "refusing")
    service.wait_for_line(rf"offline store, .* says \"{word}.*: \w+")
    service.wait_for_counter("offline_queued", 10)
    harness.expect_equal(service.get_health()["state"], "running", "the state")
    harness.expect_equal(client.count_kept("anna"), 5, "what is kept meanwhile")
    time.sleep(1)
    accept()
    wait_for_store(service)
    harness.expect_equal(client.count_kept("anna"), 10, "what is kept")
    harness.expect_equal(service.count_lines(rf"says \"{word}"), 1, "lines about it")
    service = restart(scope, redis, service)
    tabs.expect_numbers(PlainTab(scope, service, user="anna"), range(10))
    tabs.check_balance(service)


@harness.test
def bears_a_full_redis(scope):
    """Redis at its maxmemory refuses to write: what is there stays, and is completed later"""
    redis = redisserver.RedisServer(scope)
    client = Client(scope, redis)

    def refuse():
        client.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
        harness.expect_equal(client.call("CONFIG", "SET", "maxmemory", "1mb"), "OK")

    def accept():
        client.call("CONFIG", "SET", "maxmemory", "0")

    check_refusal(scope, redis, client, refuse, accept, "OOM")


@harness.test
def bears_a_full_disk(scope):
    """Redis that can't save refuses to write: what is there stays, and is completed later"""
    redis = redisserver.RedisServer(scope)
    client = Client(scope, redis)

    def refuse():
        client.call("CONFIG", "SET", "save", "3600 1")
        redis.lose_folder()
        client.call("BGSAVE")
        harness.wait_until(
            lambda: b"rdb_last_bgsave_status:err" in client.call("INFO", "persistence"),
            "saving fails",
        )

    def accept():
        client.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")

    check_refusal(scope, redis, client, refuse, accept, "MISCONF")


harness.run(limit_s=240)
