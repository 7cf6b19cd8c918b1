#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service within the system calls that its unit allows: all it does has to work."""

import os
import pathlib
import signal
import subprocess
import sys

import harness
import privatebus
import redisserver
import tabs

HERE = pathlib.Path(__file__).parent
SANDBOX = (sys.executable, HERE / "sandbox.py", os.environ["TIDEWIRED_SERVICE"])


@harness.test
def refuses_what_it_should(scope):
    """The sandbox of this test is one: a program in it may not do what the unit forbids"""
    attempt = "import os, socket; %s"
    attempts = ["os.nice(1)", "os.chroot('/')", "socket.socket(socket.AF_NETLINK)"]
    for call in attempts:
        command = [*SANDBOX, sys.executable, "-c", attempt % call]
        done = subprocess.run(command, capture_output=True, text=True)
        harness.expect_match("PermissionError", done.stderr)


@harness.test
def does_all_it_does(scope):
    """Redis, clients, the bus, a reload and the end work within the sandbox"""
    bus = privatebus.Bus(scope)
    redis = redisserver.RedisServer(scope)
    service = harness.Service(
        scope,
        *redis.settings,
        bus.setting,
        tabs.DEVELOPMENT,
        "delivery.offline-store=redis",
        "redis.uri=" + redis.uri.replace("127.0.0.1", "localhost"),
        "server.max-memory-bytes=2000000000",
        # It looks for leaks by calls that are forbidden.
        env={"ASAN_OPTIONS": "detect_leaks=0"},
        prefix=SANDBOX,
    )
    redisserver.wait_for_source(service)
    bus.wait_for_service()
    for way in (tabs.PlainTab, tabs.SocketioTab):
        tab = way(scope, service, user="anna")
        tab.watch("A")
        tabs.publish_alerts(redis, "A", [1])
        tabs.take_numbers(tab, "pattern_alert", 1)
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Reloaded: ")
    service.stop()


harness.run(60)
