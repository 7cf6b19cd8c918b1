#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the reference that is made from data/dbus: it has to be good reStructuredText, and
every member and argument has to be explained. Writes TAP; takes the files."""

import io
import pathlib
import re
import sys

import docutils.core

MEMBER = re.compile(r"^(org\S+)\n\^{4,}\n(.*?)(?=^org\S+\n\^{4,}\n|^-{4,}\n|\Z)", re.M | re.S)
SINCE = re.compile(r"^(Method|Property|Signal) available since: \d", re.M)


def find_faults(text):
    """Yields what is wrong with a reference, a sentence each."""
    said = io.StringIO()
    options = {"warning_stream": said, "report_level": 2, "halt_level": 5}
    docutils.core.publish_string(text, writer_name="null", settings_overrides=options)
    yield from said.getvalue().splitlines()
    members = MEMBER.findall(text)
    if not members:
        yield "there are no members"
    for name, body in members:
        if not SINCE.search(body):
            yield f"{name}: write @since"
        if not re.search(r"^[A-Z\"]", SINCE.sub("", body), re.M):
            yield f"{name}: write what it does"
        for argument in re.findall(r"^(\w+)\n +\n", body, re.M):
            yield f"{name}: write what @{argument} is"


def main(paths):
    print(f"1..{len(paths)}")
    code = 0
    for number, path in enumerate(map(pathlib.Path, paths), 1):
        faults = list(find_faults(path.read_text()))
        for fault in faults:
            print("#", fault)
        print("not ok" if faults else "ok", number, "-", path.name)
        code |= bool(faults)
    return code


sys.exit(main(sys.argv[1:]))
