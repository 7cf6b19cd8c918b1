# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine: its cores, ports and limits, and what /proc says."""

import os
import platform
import re
import resource
import socket
import subprocess
import time

CORES = sorted(os.sched_getaffinity(0))
# The server has a core for itself; clients, Redis, publisher and bridges share the other.
SERVER_CORE = CORES[0]
LOAD_CORE = CORES[-1]


def on_core(core, gives_way=False):
    """What a child process does first, as subprocess wants it. One that gives way runs when
    no other on its core wants to."""

    def prepare():
        os.sched_setaffinity(0, {core})
        if gives_way:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

    return prepare


def raise_file_limit():
    """As far as it goes without being root; children have it too. Returns it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def read_stolen_s():
    """Seconds in which one of our cores was wanted and others on the host had it."""
    with open("/proc/stat") as file:
        ticks = {line.split()[0]: line.split()[1:] for line in file}
    stolen = sum(int(ticks["cpu%d" % core][7]) for core in {SERVER_CORE, LOAD_CORE})
    return stolen / os.sysconf("SC_CLK_TCK")


def find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds=20):
    """Returns whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def is_listening(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def cpu_seconds(pids):
    """User and kernel time of these processes."""
    ticks = 0
    for pid in pids:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def count_descriptors(pids):
    return sum(len(os.listdir("/proc/%d/fd" % pid)) for pid in pids)


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def first_line_of(*command):
    """What a program says about its version."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    return (done.stdout + done.stderr).strip().partition("\n")[0] or None


def _describe_cpu():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^model name\s*:\s*(.+)$", file.read(), re.M)
    return found.group(1) if found else platform.machine()


def describe():
    return {
        "cpu": _describe_cpu(),
        "cores": len(CORES),
        "kernel": platform.release(),
        # tests/bench/run makes it.
        "network": os.environ.get("BENCH_NETWORK", "the machine's"),
        "redis-server": first_line_of("redis-server", "--version"),
        "node": first_line_of("node", "--version"),
        "nginx": first_line_of("/usr/sbin/nginx", "-v"),
    }
