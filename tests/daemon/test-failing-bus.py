#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A D-Bus daemon that is killed and comes back at the same address, while browsers are
served."""

import shutil
import subprocess

import harness
from rawsocket import PlainClient

NAME = "org.tidewire.Tidewire1"
PATH = "/org/tidewire/Tidewire1"
CONFIG = """<busconfig>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Bus:
    """A bus of the test's own, where everybody may do everything."""

    def __init__(self, scope):
        for program in ("dbus-daemon", "busctl", "gdbus"):
            if shutil.which(program) is None:
                raise harness.Skip(f"there is no {program}")
        folder = harness.make_folder(scope)
        self.path = folder / "bus"
        self.address = f"unix:path={self.path}"
        self._config = folder / "bus.conf"
        self._config.write_text(CONFIG.format(path=self.path))
        self._scope = scope
        self.start()

    def start(self):
        command = ["dbus-daemon", f"--config-file={self._config}", "--nofork"]
        self._program = harness.Program(self._scope, command)
        harness.wait_until(lambda: self.ask("list")[0] == 0, "the bus answers")

    def kill(self):
        self._program.finish()
        self.path.unlink(missing_ok=True)

    def ask(self, *words):
        """Runs busctl; gives its exit code and what it wrote."""
        done = subprocess.run(
            ["busctl", f"--address={self.address}", *words],
            capture_output=True,
            text=True,
            timeout=harness.WAIT_S,
        )
        return done.returncode, done.stdout

    def get(self, interface, name):
        """A property of the service, as busctl writes it; None when it is not there."""
        words = ("get-property", NAME, PATH, f"{NAME}.{interface}", name)
        code, text = self.ask(*words)
        return text.split(" ", 1)[1].strip() if code == 0 else None


def introspect_with_gdbus(bus):
    words = ["--address", bus.address, "--dest", NAME, "--object-path", PATH]
    done = subprocess.run(
        ["gdbus", "introspect", *words],
        capture_output=True,
        text=True,
        timeout=harness.WAIT_S,
    )
    return done.stdout


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
    harness.expect_match("interface org.tidewire.Tidewire1.Admin", introspect_with_gdbus(bus))
    harness.expect_equal(service.count_lines(f"as {NAME}"), 3, "lines about the name")


harness.run(limit_s=100)
