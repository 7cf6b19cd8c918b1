# SPDX-License-Identifier: LGPL-2.1-or-later
"""A D-Bus daemon of a test's own, which can be killed and started again, and how tidewired
looks on it."""

import importlib.util
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


class Caller:
    """Somebody on the bus who can take descriptors and signals."""

    def __init__(self, bus):
        if not importlib.util.find_spec("gi"):
            raise harness.Skip("there is no Python module gi")
        from gi.repository import Gio, GLib

        self._glib = GLib
        self._flags = Gio.DBusCallFlags.NONE
        self._no_signal_flags = Gio.DBusSignalFlags.NONE
        self._link = Gio.DBusConnection.new_for_address_sync(
            bus.address,
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None,
            None,
        )

    def call(self, interface, method, signature=None, *arguments):
        given = self._glib.Variant(signature, arguments) if signature else None
        answer, fds = self._link.call_with_unix_fd_list_sync(
            NAME,
            PATH,
            f"{NAME}.{interface}",
            method,
            given,
            None,
            self._flags,
            harness.WAIT_S * 1000,
            None,
            None,
        )
        self.fds = fds.steal_fds() if fds is not None else []
        return answer.unpack()

    def listen(self, signal_name):
        """A list to which each signal's arguments are added while wait_for() goes on."""
        came = []
        self._link.signal_subscribe(
            NAME,
            NAME + ".Stats",
            signal_name,
            PATH,
            None,
            self._no_signal_flags,
            lambda *what: came.append(what[5].unpack()),
        )
        return came

    def wait_for(self, condition, what):
        context = self._glib.MainContext.default()

        def turn():
            while context.iteration(False):
                pass
            return condition()

        harness.wait_until(turn, what)

    def leave(self):
        self._link.close_sync(None)
