#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Adds up what test runs of Meson gave.

Reads the JSON logs that it is given. A program that writes TAP counts with each of its
checks, any other as one. One that fails with no check failed, such as by a crash or by
taking too long, counts as one more failure.

Prints what did not pass, and last the sums, three numbers: passed, failed, skipped. Ends
with 1 when something failed, or was skipped for a reason that is not in ALLOWED_SKIPS: a
test that cannot run is a test that proves nothing.
"""

import json
import re
import sys

# Reasons that no installed package can take away.
ALLOWED_SKIPS = {
    "only root can be another user",
    "this machine lets nobody make networks of their own",
    "this user has no name or no group",
    "this is the user who may have the name",
}

TAP_LINE = re.compile(r"^(not )?ok\b(?:\s+\d+)?(?:\s*-)?\s*(.*?)(?:\s+# (\w+)\s*(.*))?$")
TAP_PLAN_SKIP = re.compile(r"^1\.\.0\b.*?# skip\S*\s*(.*)$", re.IGNORECASE)
GOOD_RESULTS = {"OK", "EXPECTEDFAIL", "SKIP"}


class Sums:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.is_bad = False

    def fail(self, where):
        self.failed += 1
        self.is_bad = True
        print(f"FAILED   {where}")

    def skip(self, where, reason):
        self.skipped += 1
        if reason in ALLOWED_SKIPS:
            print(f"skipped  {where}: {reason}")
        else:
            self.is_bad = True
            print(f"SKIPPED  {where}: {reason or 'no reason given'}, which must not be")


def count_checks(sums, name, lines):
    """Counts the checks of a program that writes TAP; returns how many there were."""
    n_checks = 0
    for line in lines:
        plan = TAP_PLAN_SKIP.match(line)
        if plan:
            n_checks += 1
            sums.skip(name, plan[1])
        check = TAP_LINE.match(line)
        if not check:
            continue
        n_checks += 1
        is_not_ok, title, directive, words = check.groups()
        if (directive or "").upper() == "SKIP":
            sums.skip(f"{name} {title}", words)
        elif is_not_ok and (directive or "").upper() != "TODO":
            sums.fail(f"{name} {title}")
        else:
            sums.passed += 1
    return n_checks


def count_test(sums, test):
    name = test["name"].removeprefix("tidewire:")
    n_failed = sums.failed
    n_checks = count_checks(sums, name, test.get("stdout", "").splitlines())
    if test["result"] not in GOOD_RESULTS:
        if sums.failed == n_failed:
            sums.fail(f"{name} ({test['result'].lower()}, code {test['returncode']})")
    elif n_checks == 0:
        if test["result"] == "SKIP":
            sums.skip(name, "")
        else:
            sums.passed += 1


def main():
    sums = Sums()
    for file in sys.argv[1:]:
        with open(file, encoding="utf-8") as log:
            for line in log:
                count_test(sums, json.loads(line))
    print(sums.passed, sums.failed, sums.skipped)
    return sums.is_bad


if __name__ == "__main__":
    sys.exit(main())
