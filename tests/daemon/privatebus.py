# SPDX-License-Identifier: LGPL-2.1-or-later
"""A D-Bus daemon of a test's own, and calls to the service on it."""

import shutil
import subprocess

import harness

CONFIG = """<busconfig>
<listen>unix:path={}/socket</listen>
<auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"""


class PrivateBus:
    """A bus that anybody may do anything on."""

    def __init__(self, scope):
        for program in ("dbus-daemon", "gdbus"):
            if shutil.which(program) is None:
                raise harness.Skip(f"there is no {program}")
        folder = harness.make_folder(scope)
        config = folder / "bus.conf"
        config.write_text(CONFIG.format(folder))
        command = ["dbus-daemon", "--nofork", "--nopidfile", "--config-file", config]
        harness.Program(scope, [*command, "--print-address"]).wait_for_line("unix:path=")
        self.address = f"unix:path={folder}/socket"
        self.setting = f"bus.bus={self.address}"

    def call(self, method, *arguments):
        """Calls a method such as Admin.LogOut; gives the answer, or what is wrong."""
        done = subprocess.run(
            ["gdbus", "call", "--address", self.address]
            + ["--dest", "org.tidewire.Tidewire1"]
            + ["--object-path", "/org/tidewire/Tidewire1"]
            + ["--method", f"org.tidewire.Tidewire1.{method}"]
            + [str(each) for each in arguments],
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
