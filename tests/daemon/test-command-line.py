#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line, the exit codes and the signals."""

import os
import re
import signal
import socket
import struct
import time

import harness
import rawsocket
from harness import Service, expect_equal, expect_match, run_tidewired
from rawsocket import PlainClient, RawSocket, SocketioClient

SOON_S = 2.5  # below the 3 s after which those who do not go are cut off


def expect_one_line(text, pattern):
    expect_equal(text.count("\n"), 1, f"lines in {text!r}")
    expect_match(pattern, text)


def make_config(scope, text):
    path = harness.make_folder(scope) / "tidewire.conf"
    path.write_text(text)
    return path


def end(service, signal_number=signal.SIGTERM, within_s=SOON_S):
    began = time.monotonic()
    service.stop(signal_number)
    took = time.monotonic() - began
    if took > within_s and not service.is_sanitized():
        raise AssertionError(f"it took {took:.1f} s to end")


@harness.test
def tells_about_itself(scope):
    """--version and --help print and end with 0"""
    done = run_tidewired("--version")
    expect_match(r"^tidewired \d+\.\d+\.\d+\n$", done.stdout)
    expect_equal((done.returncode, done.stderr), (0, ""))
    done = run_tidewired("--help")
    expect_equal((done.returncode, done.stderr), (0, ""))
    for word in ("--config", "--set", "--check-config", "--print-config", "Exit codes"):
        expect_match(re.escape(word), done.stdout)


@harness.test
def refuses_bad_usage(scope):
    """A command line that can't be understood ends with 2 and one line"""
    for arguments in (["--nonsense"], ["file"], ["--config="], ["--set"], ["--", "x"]):
        done = run_tidewired(*arguments)
        expect_equal(
            (done.returncode, done.stdout), (2, ""), f"the result of {arguments}"
        )
        expect_one_line(done.stderr, "tidewired --help")


@harness.test
def checks_configuration(scope):
    """--check-config names file and line of every mistake, and ends with 3"""
    good = make_config(scope, "[server]\nlisten=127.0.0.1:5001\n")
    done = run_tidewired(f"--config={good}", "--check-config")
    expect_equal((done.returncode, done.stderr), (0, ""))
    bad = make_config(scope, "[server]\nmax-connections=abc\nlistn=x\n[nothing]\n")
    drop_ins = bad.with_name("tidewire.conf.d")
    drop_ins.mkdir()
    (drop_ins / "10-more.conf").write_text("\n[demo]\nseed=-1\n")
    for more in (["--check-config"], ["--print-config"], []):
        done = run_tidewired(f"--config={bad}", "--set=bus.bus=no bus", *more)
        expect_equal((done.returncode, done.stdout), (3, ""))
        places = [f"{bad}:{line}: " for line in (2, 3, 4)]
        for place in [*places, "10-more.conf:3: ", "--set bus.bus="]:
            expect_match("^.*" + re.escape(place), done.stderr)
        expect_match("did you mean listen", done.stderr)
    done = run_tidewired("--config=/nowhere/tidewire.conf", "--check-config")
    expect_equal(done.returncode, 3)
    expect_match("/nowhere/tidewire.conf", done.stderr)
    public = ["--set=server.listen=0.0.0.0:1", "--set=auth.mode=development"]
    done = run_tidewired(f"--config={good}", "--check-config", *public)
    expect_equal(done.returncode, 3)
    expect_match("auth|loopback", done.stderr)


@harness.test
def prints_configuration(scope):
    """--print-config prints what is in force and where it came from, fit to be read again"""
    config = make_config(scope, "[demo]\n\nseed=7\n")
    done = run_tidewired(f"--config={config}", "--set=bus.bus=none", "--print-config")
    expect_equal((done.returncode, done.stderr), (0, ""))
    for pattern in (
        rf"^# {re.escape(str(config))}:3\nseed=7$",
        r"^# --set\nbus=none$",
        r"^# default\nmax-connections=20000$",
    ):
        expect_match(pattern, done.stdout)
    again = make_config(scope, done.stdout)
    once_more = run_tidewired(f"--config={again}", "--print-config")
    expect_equal(
        re.findall("^[^#].*$", once_more.stdout, re.MULTILINE),
        re.findall("^[^#].*$", done.stdout, re.MULTILINE),
        "the configuration that was printed from it",
    )


@harness.test
def works_without_a_file(scope):
    """The default file need not be there"""
    done = run_tidewired("--check-config")
    expect_equal((done.returncode, done.stderr), (0, ""))


@harness.test
def ends_on_signals(scope):
    """SIGTERM and SIGINT end it with 0; clients get 1001, on both ways"""
    for number in (signal.SIGTERM, signal.SIGINT):
        service = Service(scope)
        clients = [PlainClient(scope, service), SocketioClient(scope, service)]
        service.process.send_signal(number)
        for client in clients:
            client.expect_close(1001)
            client.close()
        service.wait_for_end()
        service.check_output()
        expect_equal(service.process.returncode, 0, "the exit code")


@harness.test
def has_one_thread_without_bus(scope):
    """Without the bus it is one thread: others make each send dearer"""
    service = Service(scope)
    client = PlainClient(scope, service)
    expect_equal(len(os.listdir(f"/proc/{service.process.pid}/task")), 1, "threads")
    client.close()
    end(service)


@harness.test
def ends_at_once_when_alone(scope):
    """It ends at once when all have left, also those whose connection was kept"""
    service = Service(scope)
    kept = RawSocket(scope, service)
    kept.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    kept.take_answer()
    kept.close()
    left = PlainClient(scope, service)
    left.close()
    time.sleep(0.2)
    end(service)


@harness.test
def does_not_wait_for_requests(scope):
    """A browser that keeps its HTTP connection does not keep the service"""
    service = Service(scope)
    kept = RawSocket(scope, service)
    kept.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    kept.take_answer()
    half = RawSocket(scope, service)
    half.send("GET / HT")
    end(service, within_s=SOON_S + 3)


@harness.test
def does_not_wait_for_ever(scope):
    """Clients that do not answer the close are cut off; a second signal cuts at once"""
    service = Service(scope)
    stubborn = PlainClient(scope, service)
    end(service, within_s=SOON_S + 3)
    stubborn.take_until_close()
    service = Service(scope)
    stubborn = PlainClient(scope, service)
    service.process.send_signal(signal.SIGTERM)
    service.wait_for_line("Ending")
    end(service, signal.SIGTERM, within_s=1)


@harness.test
def lets_nobody_in_while_ending(scope):
    """While it ends nobody is let in any more"""
    service = Service(scope)
    stubborn = PlainClient(scope, service)
    service.process.send_signal(signal.SIGTERM)
    service.wait_for_line("Ending")
    try:
        PlainClient(scope, service)
        raise AssertionError("somebody was let in")
    except (ConnectionError, rawsocket.Ended):
        stubborn.send_frame(rawsocket.CLOSE, struct.pack("!H", 1001))
    end(service)


@harness.test
def reloads(scope):
    """SIGHUP puts a good file in force, and goes on with the old one when it is bad"""
    origin = {"Origin": "https://app.example.org"}
    config = make_config(scope, "")
    service = Service(scope, config=config)
    client = PlainClient(scope, service)
    expect_equal(get_status(scope, service, origin), 403)
    config.write_text(
        "[server]\nallowed-origins=https://app.example.org\n[rooms]\nopen=new\n"
    )
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Reloaded")
    expect_equal(get_status(scope, service, origin), 101)
    expect_equal(client.ask("join_room", room="new")["type"], "room_joined")
    config.write_text("[server]\nallowed-origins=\nno-such-key=1\n")
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Not reloaded")
    service.wait_for_line(re.escape(f"{config}:3: "))
    expect_equal(get_status(scope, service, origin), 101)
    config.unlink()
    service.process.send_signal(signal.SIGHUP)
    harness.wait_until(
        lambda: service.count_lines("Not reloaded") == 2, "the second refusal"
    )
    client.ask("ping")


def get_status(scope, to, headers):
    client = RawSocket(scope, to)
    client.send(rawsocket.make_handshake("/ws", headers))
    return client.take_answer().status


@harness.test
def names_a_taken_address(scope):
    """A port or a Unix socket that is taken ends it with 4 and one line with a remedy"""
    path = harness.make_folder(scope) / "socket"
    service = Service(scope, f"server.listen=127.0.0.1:0;unix:{path}")
    for address in (f"127.0.0.1:{service.port}", f"unix:{path}"):
        done = run_tidewired(
            f"--set=server.listen=127.0.0.1:0;{address}", "--set=bus.bus=none"
        )
        expect_equal(done.returncode, 4, "the exit code")
        expect_one_line(done.stderr, re.escape(address) + ".*--set=server.listen=")
    PlainClient(scope, path)
    PlainClient(scope, service)


@harness.test
def names_an_impossible_address(scope):
    """An address that nobody could listen on ends it with one line, too"""
    for address in ("192.0.2.1:5000", "unix:/nowhere/at/all"):
        done = run_tidewired(f"--set=server.listen={address}", "--set=bus.bus=none")
        expect_equal(done.returncode, 3, f"the exit code for {address}")
        expect_one_line(done.stderr, re.escape(address))


@harness.test
def listens_on_several(scope):
    """It listens on several addresses at once, Unix sockets and IPv6 among them"""
    path = harness.make_folder(scope) / "socket"
    left_over = socket.socket(socket.AF_UNIX)
    left_over.bind(str(path))
    left_over.close()
    addresses = f"127.0.0.1:0;127.0.0.2:0;unix:{path}"
    has_ipv6 = os.path.exists("/proc/net/if_inet6") and can_bind_ipv6()
    service = Service(
        scope, "server.listen=" + addresses + (";[::1]:0" if has_ipv6 else "")
    )
    patterns = [
        r"^http://127\.0\.0\.1:\d+/$",
        r"^http://127\.0\.0\.2:\d+/$",
        f"^unix:{path}$",
    ]
    patterns += [r"^http://\[::1\]:\d+/$"] if has_ipv6 else []
    for address, pattern in zip(service.addresses, patterns, strict=True):
        expect_match(pattern, address)
    for to in (service, path):
        PlainClient(scope, to).close_politely()
    end(service)
    expect_equal(path.exists(), False, "that the socket's file is left")


def can_bind_ipv6():
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
            return True
        except OSError:
            return False


@harness.test
def spares_other_files(scope):
    """What stands at a Unix socket's path and is no socket is left alone"""
    path = harness.make_folder(scope) / "notes.txt"
    path.write_text("precious")
    done = run_tidewired(f"--set=server.listen=unix:{path}", "--set=bus.bus=none")
    expect_equal(done.returncode, 4, "the exit code")
    expect_equal(path.read_text(), "precious", "the file")


harness.run(limit_s=120)
