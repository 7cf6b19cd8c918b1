#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a program with the system calls that a unit allows, and no others, without systemd:

    sandbox.py UNIT PROGRAM [ARGUMENT ...]
"""

import errno
import os
import re
import socket
import subprocess
import sys

import seccomp

PROT_WRITE_EXEC = 2 | 4


def read_values(unit, name):
    with open(unit, encoding="utf-8") as lines:
        return re.findall(rf"^{name}=(.*)$", lines.read(), re.MULTILINE)


def list_calls(word):
    """The system calls of a group such as @system-service, with those of its groups."""
    if not word.startswith("@"):
        return {word}
    done = subprocess.run(
        ["systemd-analyze", "syscall-filter", word],
        capture_output=True,
        text=True,
        check=True,
    )
    words = [line.strip() for line in done.stdout.splitlines()[1:]]
    words = [each for each in words if each and not each.startswith("#")]
    return set().union(*(list_calls(each) for each in words))


def get_allowed(unit):
    allowed = set()
    for value in read_values(unit, "SystemCallFilter"):
        calls = set().union(*(list_calls(word) for word in value.lstrip("~").split()))
        allowed = allowed - calls if value.startswith("~") else allowed | calls
    # How a program is started, which systemd lets pass as well.
    return allowed | {"execve"}


def make_filter(unit):
    refusal = seccomp.ERRNO(errno.EPERM)
    rules = seccomp.SyscallFilter(refusal)
    for call in get_allowed(unit) - {"socket", "mmap", "mprotect"}:
        try:
            rules.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, ValueError):
            pass  # this processor has no such call, or libseccomp does not know it
    for name in read_values(unit, "RestrictAddressFamilies")[0].split():
        family = getattr(socket, name)
        rules.add_rule(seccomp.ALLOW, "socket", seccomp.Arg(0, seccomp.EQ, family))
    # MemoryDenyWriteExecute=
    for prot in (0, 2, 4):
        allowed = seccomp.Arg(2, seccomp.MASKED_EQ, PROT_WRITE_EXEC, prot)
        rules.add_rule(seccomp.ALLOW, "mmap", allowed)
    no_exec = seccomp.Arg(2, seccomp.MASKED_EQ, 4, 0)
    rules.add_rule(seccomp.ALLOW, "mprotect", no_exec)
    return rules


def main():
    unit, *command = sys.argv[1:]
    rules = make_filter(unit)
    rules.load()  # with no_new_privs
    os.execvp(command[0], command)


main()
