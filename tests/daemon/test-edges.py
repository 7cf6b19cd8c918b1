#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The edges of the service: who is let in, how much of everything, and what somebody who
asks for more is told."""

import json
import pathlib
import re
import signal
import time

import harness
import rawsocket
import redisserver
import tabs
from rawsocket import PlainClient, RawSocket, Refused

LIMITS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "LIMITS.md"
POLLING = "/socket.io/?EIO=4&transport=polling"


def ask(scope, to, path=POLLING, method="GET", **headers):
    """One request on a socket of its own; `_` in a header's name stands for `-`."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    link = RawSocket(scope, to)
    link.send("\r\n".join([f"{method} {path} HTTP/1.1", "Host: h", *lines, "", ""]))
    answer = link.take_answer()
    link.close()
    return answer


def expect_refused(scope, to, pattern, headers=None):
    """A handshake of /ws must be answered with 403 and a text that says why."""
    try:
        PlainClient(scope, to, headers=headers)
    except Refused as refused:
        harness.expect_equal(refused.answer.status, 403, "the status")
        harness.expect_match(pattern, refused.answer.get_json()["message"])
        return
    raise AssertionError("it was let in")


def reload(service, config, text):
    config.write_text(text)
    n_lines = len(service.lines)
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Reloaded", first=n_lines)


@harness.test
def lets_in_beside_silence(scope):
    """A thousand silent sockets keep nobody out, and the oldest of them go"""
    service = harness.Service(scope, "server.max-half-open=100", "server.max-connections=300")
    silent = []
    longest = 0
    for number in range(1000):
        silent.append(RawSocket(scope, service))
        if number % 100 == 50:
            began = time.monotonic()
            PlainClient(scope, service).ask("ping")
            harness.expect_equal(ask(scope, service).status, 200, "the status")
            longest = max(longest, time.monotonic() - began)
    harness.note(f"a good client took at most {longest * 1000:.0f} ms")
    # Those whose turn it was have gone; the last hundred may still ask, less those that
    # the good ones have taken the place of.
    harness.wait_until(
        lambda: service.get_counters()["sockets_closed_waiting"] >= 900, "old ones go"
    )
    harness.wait_until(lambda: silent[500].has_ended(), "an old one is closed")
    silent[-1].send("GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
    harness.expect_equal(silent[-1].take_answer().status, 200, "the last one's status")
    harness.expect_equal(service.get_counters()["sockets_refused_limit"], 0, "refused")


@harness.test
def ends_silence_in_time(scope):
    """Silent and dripping sockets end at header-timeout-ms, with 408 where there was a start"""
    service = harness.Service(scope, "server.header-timeout-ms=500")
    silent, dripping = RawSocket(scope, service), RawSocket(scope, service)
    dripping.send("GET /ws HTTP/1.1\r\nX-A")
    harness.expect_equal(dripping.take_answer().status, 408, "the status")
    harness.expect_equal(silent.take_rest(), b"", "what the silent one was told")
    service.wait_for_counter("requests_timed_out", 2)


@harness.test
def counts_clients_of_proxies(scope):
    """By a trusted proxy the client's address counts; a reload changes who is trusted"""
    config = harness.make_folder(scope) / "test.conf"
    limit = "[server]\nmax-connections-per-address=2\n"
    config.write_text(limit + "trusted-proxies=127.0.0.0/8\n")
    service = harness.Service(scope, config=config)

    def by(address):
        return {"X-Forwarded-For": address}

    pattern = "max-connections-per-address is reached"
    clients = [PlainClient(scope, service, headers=by("192.0.2.1")) for _ in range(2)]
    clients.append(PlainClient(scope, service, headers=by("192.0.2.2")))
    expect_refused(scope, service, pattern, by("9.9.9.9, 192.0.2.1"))
    net = [by("2001:db8:1:1::1"), by("[2001:db8:1:1::2]:80"), by("2001:db8:1:1:ffff::")]
    clients += [PlainClient(scope, service, headers=each) for each in net[:2]]
    expect_refused(scope, service, pattern, net[2])
    harness.expect_equal(
        ask(scope, service, X_Forwarded_For="192.0.2.1").status, 403, "by polling"
    )
    clients[0].close_politely()
    harness.wait_until(
        lambda: ask(scope, service, X_Forwarded_For="192.0.2.1").status == 200, "a place"
    )
    reload(service, config, limit)
    for client in clients[1:]:
        client.ask("ping")
    direct = [PlainClient(scope, service, headers=by(f"192.0.2.{n}")) for n in (7, 8)]
    harness.expect_equal(RawSocket(scope, service).take_rest(), b"", "one too many")
    direct[0].ask("ping")


@harness.test
def limits_newcomers(scope):
    """Over max-accepts-per-second sockets are closed at once, and others come in later"""
    service = harness.Service(scope, "server.max-accepts-per-second=20")
    ends = [RawSocket(scope, service) for _ in range(100)]
    time.sleep(1)
    n_open = sum(not link.has_ended() for link in ends)
    # The service may have begun a new second meanwhile.
    harness.expect_equal(20 <= n_open < 100, True, f"whether {n_open} of 100 are fewer")
    time.sleep(1)
    PlainClient(scope, service).ask("ping")
    counters = service.get_counters()
    harness.expect_equal(counters["sockets_refused_rate"], 100 - n_open, "refused")


PREFLIGHT = {
    "Access_Control_Request_Method": "POST",
    "Access_Control_Request_Headers": "content-type",
    "Sec_Fetch_Mode": "cors",
    "Sec_Fetch_Site": "cross-site",
    "Sec_Fetch_Dest": "empty",
}


@harness.test
def answers_pages(scope):
    """Pages that are named get cookies through, others by * only the answers"""
    named, other = "https://a.example.org", "http://b.example.org:8080"
    cors = "access-control-allow-"
    for allowed, origin, credentials in (
        (named, named, "true"),
        (f"*;{named}", named, "true"),
        (f"*;{named}", other, None),
        ("*", "null", None),
        ("", "http://h", None),
    ):
        service = harness.Service(scope, f"server.allowed-origins={allowed}")
        headers = {"Origin": origin}
        for method, added in (("OPTIONS", PREFLIGHT), ("GET", {})):
            answer = ask(scope, service, method=method, **headers, **added)
            harness.expect_equal(answer.status, 204 if added else 200, "the status")
            harness.expect_equal(answer.headers.get(cors + "origin"), origin, "the origin")
            harness.expect_equal(
                answer.headers.get(cors + "credentials"), credentials, f"with {allowed}"
            )
            harness.expect_equal(answer.headers.get("vary"), "Origin", "Vary")
        answer = ask(scope, service, method="OPTIONS", **headers, **PREFLIGHT)
        harness.expect_equal(answer.headers[cors + "methods"], "GET, POST", "the methods")
        harness.expect_equal(answer.headers[cors + "headers"], "content-type", "the headers")
        harness.expect_match(r"^\d+$", answer.headers["access-control-max-age"])


@harness.test
def limits_commands(scope):
    """Too many commands are refused, then done again; who does not stop is closed"""
    service = harness.Service(scope, "sessions.client-events-per-second=10")
    client, flood = PlainClient(scope, service), PlainClient(scope, service)
    asked = [
        json.dumps({"type": "subscribe_tickers", "tickers": [f"T{n}"]}) for n in range(30)
    ]
    client.send(b"".join(rawsocket.make_frame(rawsocket.TEXT, each) for each in asked))
    answers = [client.take_json() for _ in asked]
    refused = [each for each in answers if each["type"] == "error"]
    codes = {each["data"]["code"] for each in refused}
    # As many more are done as the time of doing them gives back.
    harness.expect_equal(0 < len(refused) <= 10, True, f"whether {len(refused)} are few")
    harness.expect_equal(codes, {"rate_limited"}, "the codes")
    harness.expect_equal(answers[19]["data"]["tickers"], ["T19"], "the last one's")
    time.sleep(0.5)
    answer = client.ask("ping")
    harness.expect_equal(answer["type"], "pong", "the answer's type")
    flood.send(rawsocket.make_frame(rawsocket.TEXT, '{"type":"ping"}') * 5000)
    flood.expect_close(1008, "^too_many_events: ")
    harness.expect_equal(len(flood.events) < 100, True, "whether it was cut off early")
    counters = service.get_counters()
    harness.expect_equal(counters["connections_closed_rate"], 1, "closed")
    harness.expect_equal(client.ask("ping")["type"], "pong", "the answer's type")


@harness.test
def ends_floods_in_posts(scope):
    """A POST of 600,000 packets ends its session after a few, and costs others nothing"""
    service = harness.Service(scope)
    fair = harness.Service(scope, "sessions.client-events-per-second=50")
    taken = {}
    for name, to in (("without a limit", service), ("with 50", fair)):
        bystander = PlainClient(scope, to)
        opening = ask(scope, to)
        sid = json.loads(opening.body[1:])["sid"]
        link = RawSocket(scope, to)
        poll = RawSocket(scope, to)
        poll.send(f"GET {POLLING}&sid={sid} HTTP/1.1\r\nHost: h\r\n\r\n")
        body = "\x1e".join(["40"] + ["3"] * 600000).encode()
        head = f"POST {POLLING}&sid={sid} HTTP/1.1\r\nHost: h\r\n"
        link.send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = link.take_answer()
        harness.expect_equal(answer.status, 200 if to is service else 400, "the status")
        if to is fair:
            last = poll.take_answer().body.split(b"\x1e")[-1]
            harness.expect_equal(last, b"1", "the last packet of the poll")
        bystander.ask("ping")
        taken[name] = to.get_counters()["messages_received"]
    harness.note(f"messages taken: {taken}")
    counters = fair.get_counters()
    harness.expect_equal(counters["messages_received"] < 300, True, "whether few came in")
    harness.expect_equal(counters["connections_closed_rate"], 1, "closed")
    harness.expect_equal(counters["connections"], 1, "connections")


@harness.test
def ends_unfinished_messages(scope):
    """A message that is not complete in message-timeout-ms ends with 1008, others go on"""
    service = harness.Service(scope, "engineio.message-timeout-ms=600")
    good = PlainClient(scope, service)
    for opcode, is_final in ((rawsocket.TEXT, True), (rawsocket.TEXT, False)):
        client = PlainClient(scope, service)
        frame = rawsocket.make_frame(opcode, '{"type":"ping"}', is_final=is_final)
        client.send(frame[:-4] if is_final else frame)
        client.expect_close(1008, "not complete in time")
    for _ in range(3):
        frame = rawsocket.make_frame(rawsocket.TEXT, '{"type":"ping","id":7}')
        good.send(frame[:1])
        time.sleep(0.3)
        good.send(frame[1:])
        harness.expect_equal(good.take_json()["id"], 7, "the answer's id")
    harness.expect_equal(
        service.get_counters()["connections_closed_unfinished"], 2, "closed"
    )


def begin_posts(scope, service):
    """Begins POSTs that do not end, of 60 MB in all. Nobody is let in once they are there,
    so their sessions come first."""
    links = []
    for _ in range(15):
        sid = json.loads(ask(scope, service).body[1:])["sid"]
        links.append(RawSocket(scope, service))
        links[-1].send(
            f"POST {POLLING}&sid={sid} HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n"
        )
    for link in links:
        link.send(b"x" * 4000000)
    return links


@harness.test
def keeps_its_budget(scope):
    """Over max-memory-bytes newcomers are refused and who holds most goes, then all is well"""
    config = harness.make_folder(scope) / "test.conf"
    config.touch()
    service = harness.Service(scope, config=config)
    bystander, holder = PlainClient(scope, service), PlainClient(scope, service)
    limit = (service.get_resident_kib() + 40 * 1024) * 1024
    reload(service, config, f"[server]\nmax-memory-bytes={limit}\n")
    harness.expect_equal(service.get_counters()["memory_step"], 0, "the step")
    frame = rawsocket.make_frame(rawsocket.TEXT, b"x" * 200000)
    holder.send(frame[:-1])
    # Bodies are nobody's to shed, so that the shortage lasts.
    posts = begin_posts(scope, service)
    service.wait_for_line(r"Memory is short: .* max-memory-bytes=\d+; newcomers")
    refused = ask(scope, service)
    harness.expect_equal(refused.status, 503, "the status")
    harness.expect_match("memory is short", refused.get_json()["message"])
    holder.expect_close(1013, "short of memory")
    service.wait_for_counter("memory_step", 4)
    harness.expect_equal(bystander.ask("ping")["type"], "pong", "the answer's type")
    for link in posts:
        link.reset()
    if service.is_sanitized():
        # What is freed is kept there.
        reload(service, config, f"[server]\nmax-memory-bytes={100 * limit}\n")
    service.wait_for_line("Memory is no longer short")
    PlainClient(scope, service).ask("ping")
    counters = service.get_counters()
    names = ("memory_step", "memory_shortages", "connections_closed_memory")
    harness.expect_equal([counters[name] for name in names], [0, 1, 1], str(names))
    harness.expect_equal(counters["handshakes_refused_memory"], 1, "refused")


@harness.test
def sheds_what_waits(scope):
    """Short of memory, what is kept for users who are away goes, and the books balance"""
    for mode in ("leading", "direct"):
        redis = redisserver.RedisServer(scope)
        config = harness.make_folder(scope) / "test.conf"
        text = f"[delivery]\nbatch-mode={mode}\n"
        config.write_text(text)
        settings = (*redis.settings, tabs.DEVELOPMENT)
        service = harness.Service(scope, *settings, config=config)
        redisserver.wait_for_source(service)
        away = tabs.PlainTab(scope, service, user="anna")
        away.watch("A")
        tabs.leave(away, service, 0)
        tabs.publish_alerts(redis, "A", range(50))
        service.wait_for_counter("offline_queued", 50)
        limit = (service.get_resident_kib() + 40 * 1024) * 1024
        reload(service, config, text + f"[server]\nmax-memory-bytes={limit}\n")
        posts = begin_posts(scope, service)
        service.wait_for_counter("offline_shed", 50)
        for link in posts:
            link.reset()
        reload(service, config, text)
        back = tabs.PlainTab(scope, service, user="anna")
        tabs.publish_alerts(redis, "A", range(50, 53))
        tabs.expect_numbers(back, range(50, 53))
        book = tabs.check_balance(service)["classes"]["lossless"]
        harness.expect_equal((book["dropped_full"], book["in_offline"]), (50, 0), mode)


@harness.test
def lists_its_limits(scope):
    """docs/LIMITS.md names keys and counters that there are, and every key of a limit"""
    page = LIMITS.read_text()
    service = harness.Service(scope)
    health = service.get_health()
    known = set(health["counters"]) | set(health["classes"]["lossless"])
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")]
    named = {word for row in rows for word in re.findall(r"`(\w+)`(?=[ ,|]|$)", row[-1])}
    harness.expect_equal(named - known - {"limit_exceeded"}, set(), "unknown counters")
    printed = harness.run_tidewired("--print-config", "--config=/dev/null").stdout
    keys = set(re.findall(r"^#?([a-z][a-z-]+)=", printed, re.MULTILINE))
    in_page = {key for text in re.findall(r"`\[\w+\] ([a-z-]+)`", page) for key in [text]}
    harness.expect_equal(in_page - keys, set(), "unknown keys")
    limits = {key for key in keys if re.search("^max-|-timeout-|-per-second$", key)}
    limits -= {"ticks-per-second"}
    harness.expect_equal(limits - in_page, set(), "limits that are not in the page")


harness.run(limit_s=120)
