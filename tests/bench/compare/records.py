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

    def _lines_of(self, workload, contestant):
        pair = (workload, contestant)
        return [
            line
            for line in self.lines
            if (line.get("workload"), line.get("contestant")) == pair
        ]

    def find_common_run(self, workload, *contestants):
        """The last run with measurements of all of them, which alone can be compared; or
        None."""
        lines = [self._lines_of(workload, name) for name in contestants]
        common = set.intersection(*({line["run"] for line in found} for found in lines))
        return next(
            (line["run"] for line in reversed(lines[0]) if line["run"] in common), None
        )

    def find(self, workload, contestant, run=None):
        """The measurements of a pair in a run, or in the last one that has any."""
        run = run or self.find_common_run(workload, contestant)
        return [
            line for line in self._lines_of(workload, contestant) if line["run"] == run
        ]

    def figure(self, workload, contestant, name, run=None):
        """A Spread over good measurements, or None."""
        values = [
            line["figures"][name]
            for line in self.find(workload, contestant, run)
            if not line["problems"] and name in line["figures"]
        ]
        return Spread(values) if values else None

    def problems(self, workload, contestant, run=None):
        return [
            problem
            for line in self.find(workload, contestant, run)
            for problem in line["problems"]
        ]


class Spread:
    def __init__(self, values):
        self.median = statistics.median(values)
        self.least = min(values)
        self.most = max(values)
        self.count = len(values)
