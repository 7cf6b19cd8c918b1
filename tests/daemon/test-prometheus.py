#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""/metrics, as Prometheus and its own tool read it, and what is shipped for them."""

import json
import pathlib
import re
import subprocess

import harness
import rawsocket

DATA = pathlib.Path(__file__).parents[2] / "data"
RULES = DATA / "prometheus" / "tidewire.rules.yml"
DASHBOARD = DATA / "grafana" / "tidewire.json"
METRIC = re.compile(r"\b(?:tidewire|process)_[a-z0-9_]+\b")


def run_promtool(*arguments, text=None):
    done = subprocess.run(
        ["promtool", *map(str, arguments)],
        input=text,
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0 or done.stderr.strip():
        raise AssertionError(f"promtool says: {done.stdout}{done.stderr}")
    return done.stdout


def get_metrics(service):
    answer = service.get("/metrics")
    harness.expect_equal(answer.status, 200, "status")
    return answer.headers["Content-Type"], answer.body.decode()


def read_values(text):
    return {
        name: float(value)
        for name, value in re.findall(r"^(\w+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    }


@harness.test
def checked_by_promtool(scope):
    """promtool finds nothing to say about names, units and the format"""
    service = harness.Service(scope, "source.type=demo")
    rawsocket.PlainClient(scope, service)
    service.wait_for_counter("connections", 1)
    _, text = get_metrics(service)
    run_promtool("check", "metrics", text=text)


@harness.test
def same_as_health(scope):
    """The figures are those of /health, and of the process"""
    service = harness.Service(scope)
    rawsocket.PlainClient(scope, service)
    service.wait_for_counter("connections", 1)
    content_type, text = get_metrics(service)
    values = read_values(text)
    harness.expect_match(r"^text/plain; version=0\.0\.4", content_type)
    harness.expect_equal(values["tidewire_connections"], 1, "connections")
    harness.expect_equal(values["tidewire_balance_error"], 0, "balance error")
    harness.expect_equal(values['tidewire_state{state="running"}'], 1, "state")
    if values["process_resident_memory_bytes"] < 1 << 20:
        raise AssertionError("the process has no memory")


@harness.test
def bounded(scope):
    """More clients do not make more lines"""
    service = harness.Service(scope)
    before = get_metrics(service)[1].count("\n")
    for _ in range(20):
        rawsocket.PlainClient(scope, service)
    service.wait_for_counter("connections", 20)
    harness.expect_equal(get_metrics(service)[1].count("\n"), before, "lines")


@harness.test
def shipped_rules(scope):
    """The shipped rules are good, fire when they should, and only then"""
    run_promtool("check", "rules", RULES)
    done = subprocess.run(
        ["promtool", "test", "rules", str(RULES.with_name("tidewire.rules.test.yml"))],
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)


@harness.test
def shipped_names(scope):
    """Rules and dashboard ask for metrics that there are"""
    service = harness.Service(scope)
    _, text = get_metrics(service)
    known = set(re.findall(r"^(\w+)", text, re.MULTILINE))
    dashboard = json.loads(DASHBOARD.read_text())
    asked = RULES.read_text() + json.dumps(dashboard["panels"])
    unknown = set(METRIC.findall(asked)) - known
    harness.expect_equal(sorted(unknown), [], "metrics that nobody has")


harness.run(limit_s=120)
