#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves that no folder of src can include a header that it may not.

Takes the compiler's command lines from the build's compile_commands.json, and with those
of each folder compiles one line: an include of a header of every folder. What the folder
may include has to compile, everything else has to fail because there is no such file.
The table below is that of docs/ARCHITECTURE.md.

Writes TAP. Usage: check-includes.py BUILD-FOLDER
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys

# folder: what it may include besides its own headers, what it is built on before GLib
ALLOWED = {
    "core": set(),
    "protocol": {"core"},
    "auth": {"core"},
    "sources": {"core"},
    "history": {"core"},
    "routing": {"core"},
    "delivery": {"core"},
    "sessions": {"core", "protocol"},
    "server": {"core", "protocol", "auth", "sessions", "libsoup"},
    "control": {"core"},
    "ctl": {"core"},
    "daemon": {
        "core",
        "protocol",
        "auth",
        "sources",
        "history",
        "routing",
        "delivery",
        "sessions",
        "server",
        "control",
        "libsoup",
    },
}

# One header of each folder, and of what only some of them are built on.
HEADERS = {
    "core": '"tide-event.h"',
    "protocol": '"tide-protocol.h"',
    "auth": '"tide-authenticator.h"',
    "sources": '"tide-source.h"',
    "history": '"tide-history.h"',
    "routing": '"tide-event-router.h"',
    "delivery": '"tide-broadcaster.h"',
    "sessions": '"tide-websocket-manager.h"',
    "server": '"tide-http-server.h"',
    "control": '"tide-bus-service.h"',
    "ctl": '"tide-ctl.h"',
    "daemon": '"tide-pipeline.h"',
    "libsoup": "<libsoup/soup.h>",
}

NOT_FOUND = re.compile(r"fatal error: .*(No such file or directory|file not found)")
PATH_INCLUDE = re.compile(r'^\s*#\s*include\s*"[^"]*/', re.MULTILINE)


def read_commands(build):
    """Returns folder → the command that compiles one of its files, without the file."""
    source_root = pathlib.Path(__file__).resolve().parent.parent / "src"
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if file.parent.parent != source_root or file.name == "main.c":
            continue
        arguments = shlex.split(entry["command"])
        kept = []
        while arguments:
            argument = arguments.pop(0)
            if argument in ("-o", "-MF", "-MQ"):
                arguments.pop(0)
            elif argument not in ("-c", "-MD", entry["file"]):
                kept.append(argument)
        commands.setdefault(file.parent.name, (entry["directory"], kept))
    return commands


def try_include(command, header):
    """Returns whether the include compiles, and what the compiler said."""
    directory, arguments = command
    result = subprocess.run(
        [*arguments, "-w", "-fdiagnostics-color=never", "-fsyntax-only", "-xc", "-"],
        cwd=directory,
        input=f"#include {header}\n",
        capture_output=True,
        text=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"},
    )
    return result.returncode == 0, result.stderr


def check_folder(folder, command):
    """Returns what is wrong with the folder, a list of sentences."""
    problems = []
    for target, header in HEADERS.items():
        is_allowed = target == folder or target in ALLOWED[folder]
        compiles, words = try_include(command, header)
        if is_allowed and not compiles:
            problems.append(f"src/{folder} may include {header} but it fails: {words}")
        elif not is_allowed and compiles:
            problems.append(f"src/{folder} must not include {header} but it compiles")
        elif not is_allowed and not NOT_FOUND.search(words):
            problems.append(f"{header} in src/{folder} fails for another reason: {words}")
    return problems


def check_bare_names(source_root):
    """With a path in its name, an include could get around the rule."""
    return [
        f"{file.relative_to(source_root.parent)} includes a header by its path"
        for file in sorted(source_root.glob("*/*.[ch]"))
        if PATH_INCLUDE.search(file.read_text())
    ]


def main():
    build = pathlib.Path(sys.argv[1])
    source_root = pathlib.Path(__file__).resolve().parent.parent / "src"
    commands = read_commands(build)
    folders = sorted(path.name for path in source_root.iterdir() if path.is_dir())
    checks = []

    for folder in folders:
        if folder not in ALLOWED:
            problems = [f"src/{folder} is not in the table of this test"]
        elif folder not in commands:
            problems = [f"no file of src/{folder} is compiled"]
        else:
            problems = check_folder(folder, commands[folder])
        checks.append((f"src/{folder} sees what it may and nothing else", problems))
    checks.append(("headers are included by bare name", check_bare_names(source_root)))

    print(f"1..{len(checks)}")
    for number, (name, problems) in enumerate(checks, 1):
        print(f"{'not ok' if problems else 'ok'} {number} - {name}")
        for problem in problems:
            for line in problem.splitlines():
                print(f"# {line}")
    return any(problems for _, problems in checks)


if __name__ == "__main__":
    sys.exit(main())
