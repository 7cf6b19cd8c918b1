#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""RFC 6455, case by case: WebSocket as it should be spoken and as it should not.

usage: websocket_suite.py CONFORMANCE_SERVER [WORD...]

TIDEWIRED names the service, whose /ws answers; the conformance server's Engine.IO echoes.
Writes TAP, a line for each case, with the section of the standard that it is about. Words
choose the cases whose names have all of them.
"""

import contextlib
import sys
import traceback

sys.dont_write_bytecode = True  # the source tree is not ours to write to

import websocket_controls  # noqa: E402
import websocket_frames  # noqa: E402
import websocket_messages  # noqa: E402
from clients import Server  # noqa: E402
from websocket_handshakes import HANDSHAKES, run_handshake  # noqa: E402
from websocket_targets import MAX_MESSAGE, Echo, Plain, harness, run_case  # noqa: E402

MIN_CASES = 200
LONG_MS = 600000  # no ping of the servers comes between
TOPICS = (websocket_frames, websocket_messages, websocket_controls)


def start_plain(scope):
    settings = {
        "engineio.compression": "true",
        "engineio.max-payload-bytes": MAX_MESSAGE,
        "engineio.ping-interval-ms": 60000,
    }
    pairs = [f"{key}={value}" for key, value in settings.items()]
    return harness.Service(scope, *pairs).port


def start_echo(scope, program):
    server = Server(
        program,
        "engineio",
        "--compression",
        f"--ping-interval-ms={LONG_MS}",
        f"--ping-timeout-ms={LONG_MS}",
        f"--connect-timeout-ms={LONG_MS}",
        f"--max-payload-bytes={MAX_MESSAGE}",
    )
    scope.callback(server.close)
    return server.port


def make_lines(ports):
    """Gives the name of each case, and what runs it."""
    for target, port in ports.items():
        for topic in TOPICS:
            for case in topic.make_cases(target):
                yield target, port, case, run_case
        for case in HANDSHAKES:
            yield target, port, case, run_handshake


def run_line(number, name, run, *arguments):
    problem = ""
    try:
        with contextlib.ExitStack() as scope:
            run(scope, *arguments)
    except Exception:  # whatever it is, the next case is to run
        problem = traceback.format_exc()
    print(f"{'not ok' if problem else 'ok'} {number} - {name}", flush=True)
    harness.note(problem)
    return problem == ""


def main():
    program, *words = sys.argv[1:]
    n_cases = n_good = 0

    with contextlib.ExitStack() as scope:
        ports = {Plain(): start_plain(scope), Echo(): start_echo(scope, program)}
        for target, port, case, run in make_lines(ports):
            name = f"{target.name}, {case.section}: {case.name}"
            if all(word in name for word in words):
                n_cases += 1
                n_good += run_line(n_cases, name, run, port, target, case)
    is_enough = n_cases >= MIN_CASES or words != []
    result = "ok" if is_enough else "not ok"
    print(f"{result} {n_cases + 1} - these are at least {MIN_CASES} cases")
    print(f"1..{n_cases + 1}")
    return 0 if is_enough and n_good == n_cases else 1


if __name__ == "__main__":
    sys.exit(main())
