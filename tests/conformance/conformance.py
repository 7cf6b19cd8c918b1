#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Speaks Engine.IO v4 and Socket.IO v5 with a conformance server, right and wrong.

usage: conformance.py engineio|socketio CONFORMANCE_SERVER [CASE...]

Writes TAP. The server gets a free port and short timings; one serves all cases.
"""

import sys
import traceback

sys.dont_write_bytecode = True  # the source tree is not ours to write to

import engineio_cases  # noqa: E402
import socketio_cases  # noqa: E402
from clients import Server  # noqa: E402

OPTIONS = [
    f"--ping-interval-ms={engineio_cases.INTERVAL_MS}",
    f"--ping-timeout-ms={engineio_cases.TIMEOUT_MS}",
    f"--max-payload-bytes={engineio_cases.MAX_PAYLOAD}",
    f"--connect-timeout-ms={socketio_cases.CONNECT_TIMEOUT_MS}",
]
CASES = {
    "engineio": engineio_cases.COMMON + engineio_cases.ECHOES,
    "socketio": engineio_cases.COMMON + socketio_cases.CASES,
}


def run_case(case, server):
    """Gives what went wrong, or nothing."""
    try:
        case(server)
        return ""
    except Exception:  # whatever it is, the next case is to run
        return traceback.format_exc()


def main():
    mode, program, *names = sys.argv[1:]
    cases = [case for case in CASES[mode] if not names or case.__name__ in names]
    server = Server(program, mode, *OPTIONS)
    has_failed = False

    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        problem = run_case(case, server)
        has_failed |= problem != ""
        print(f"{'not ok' if problem else 'ok'} {number} - {case.__doc__}")
        for line in problem.splitlines():
            print(f"# {line}")
        sys.stdout.flush()
    server.close()
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
