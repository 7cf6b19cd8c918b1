#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the ids of messages with the entries of the journal's catalog.

    check-catalog.py HEADER CATALOG
"""

import pathlib
import re
import sys

header, catalog = (pathlib.Path(path).read_text(encoding="utf-8") for path in sys.argv[1:])
wanted = dict(re.findall(r'^#define (TIDE_MESSAGE_\w+) "([0-9a-f]{32})"$', header, re.M))
found = dict(re.findall(r"^# (TIDE_MESSAGE_\w+)\n-- ([0-9a-f]{32})$", catalog, re.M))
entries = re.split(r"^-- [0-9a-f]{32}\n", catalog, flags=re.M)[1:]
troubles = [f"{name} has no entry" for name in wanted.keys() - found.keys()]
troubles += [f"{name} is no message" for name in found.keys() - wanted.keys()]
troubles += [f"{name} has two ids" for name in wanted if found.get(name, wanted[name]) != wanted[name]]
if len(set(wanted.values())) != len(wanted) or len(wanted) < 10:
    troubles.append("ids are used twice, or there are too few")
for entry in entries:
    if not re.match(r"Subject: .+\nDefined-By: Tidewire\nSupport: .+\nDocumentation: .+\n\n\S", entry):
        troubles.append(f"an entry is not of the form that journalctl reads: {entry[:60]}")
for trouble in troubles:
    print(f"# {trouble}")
print(f"{'not ' if troubles else ''}ok 1 - each message has its entry, and each entry its message")
print("1..1")
sys.exit(bool(troubles))
