#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A D-Bus daemon that is killed and comes back at the same address, while browsers are
served."""

import harness
from privatebus import NAME, Bus
from rawsocket import PlainClient


@harness.test
def outlives_the_bus(scope):
    """A bus is killed and comes back, twice: one line each, and nobody is disturbed"""
    bus = Bus(scope)
    service = harness.Service(scope, f"bus.bus={bus.address}")
    harness.wait_until(lambda: bus.get("Manager", "State") == '"running"', "it is there")
    client = PlainClient(scope, service)
    for turn in range(1, 3):
        bus.kill()
        service.wait_for_line("warning: .*lost the bus at")
        # Longer than the first two pauses.
        for _ in range(40):
            harness.expect_equal(client.ask("ping")["type"], "pong", "the answer")
            client.expect_silence(0.1)
        harness.expect_equal(service.get_health()["status"], "ok", "the status")
        PlainClient(scope, service).close_politely()
        harness.expect_equal(service.count_lines("warning: "), turn, "warnings")
        bus.start()
        harness.wait_until(
            lambda: bus.get("Manager", "State") == '"running"', "it is back", 10
        )
        n_opened = bus.get("Stats", "ConnectionsOpened")
        harness.expect_equal(n_opened, str(turn + 1), "connections opened, on the bus")
    harness.expect_match("interface org.tidewire.Tidewire1.Admin", bus.introspect())
    harness.expect_equal(service.count_lines(f"as {NAME}"), 3, "lines about the name")


harness.run(limit_s=100)
