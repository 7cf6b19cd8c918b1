# SPDX-License-Identifier: LGPL-2.1-or-later
"""Results: a file of JSON lines, and medians of what is in it."""

import json
import statistics


class Records:
    """Lines are added as they come, so that an end halfway loses nothing. A line is the head
    of a run ({"kind":"run",…}) or one measurement of it."""

    def __init__(self, path=None):
        self.path = path
        self.lines = []

    def add(self, record):
        self.lines.append(record)
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")

    def read(self):
        with open(self.path, encoding="utf-8") as file:
            self.lines = [json.loads(line) for line in file]

    def heads(self):
        return [line for line in self.lines if line["kind"] == "run"]

    def pairs(self):
        """The workloads and contestants that there are measurements of."""
        measured = [line for line in self.lines if line["kind"] == "measurement"]
        return {(line["workload"], line["contestant"]) for line in measured}

    def find(self, workload, contestant):
        """The measurements of a pair in the last run that has any."""
        found = []
        for line in self.lines:
            if (line.get("workload"), line.get("contestant")) == (workload, contestant):
                if found and found[-1]["run"] != line["run"]:
                    found = []
                found.append(line)
        return found

    def figure(self, workload, contestant, name):
        """A Spread over good measurements, or None."""
        values = [
            line["figures"][name]
            for line in self.find(workload, contestant)
            if not line["problems"] and name in line["figures"]
        ]
        return Spread(values) if values else None

    def problems(self, workload, contestant):
        return [
            problem
            for line in self.find(workload, contestant)
            for problem in line["problems"]
        ]


class Spread:
    def __init__(self, values):
        self.median = statistics.median(values)
        self.least = min(values)
        self.most = max(values)
        self.count = len(values)
