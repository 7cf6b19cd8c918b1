# SPDX-License-Identifier: LGPL-2.1-or-later
"""A D-Bus daemon of a test's own, which can be killed and started again, and how tidewired
looks on it."""

import shutil
import subprocess

import harness

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
    """A bus where everybody may do everything."""

    def __init__(self, scope):
        for program in ("dbus-daemon", "busctl", "gdbus"):
            if shutil.which(program) is None:
                raise harness.Skip(f"there is no {program}")
        folder = harness.make_folder(scope)
        self.path = folder / "bus"
        self.address = f"unix:path={self.path}"
        self.setting = f"bus.bus={self.address}"
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

    def call(self, method, *arguments):
        """Calls a method such as Admin.LogOut by gdbus; gives the answer, or what is
        wrong."""
        words = ["--address", self.address, "--dest", NAME, "--object-path", PATH]
        words += ["--method", f"{NAME}.{method}", *map(str, arguments)]
        done = subprocess.run(
            ["gdbus", "call", *words],
            capture_output=True,
            text=True,
            timeout=harness.WAIT_S,
        )
        return done.stdout.strip() or done.stderr.strip()

    def wait_for_service(self):
        harness.wait_until(
            lambda: "uint32" in self.call("Manager.GetDeliveryLimits"),
            "the service is on the bus",
        )

    def introspect(self):
        """What gdbus shows of the service."""
        words = ["--address", self.address, "--dest", NAME, "--object-path", PATH]
        done = subprocess.run(
            ["gdbus", "introspect", *words],
            capture_output=True,
            text=True,
            timeout=harness.WAIT_S,
        )
        return done.stdout

    def watch(self):
        """A program that writes down the service's signals."""
        words = ["gdbus", "monitor", "--address", self.address, "--dest", NAME]
        program = harness.Program(self._scope, words)
        program.wait_for_line("is owned by")
        return program
