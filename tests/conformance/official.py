#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Official clients send text and binary data to a conformance server and have it back, by
each way in.

usage: official.py CONFORMANCE_SERVER COMMAND...

COMMAND is a client, without its arguments. Writes TAP.
"""

import subprocess
import sys

sys.dont_write_bytecode = True  # the source tree is not ours to write to

from clients import Server  # noqa: E402

WAYS = ("polling", "websocket", "default")
LIMIT_S = 60


def main():
    program, *command = sys.argv[1:]
    # Longer than a slow machine sleeps: what is shown here is no heartbeat.
    server = Server(program, "socketio", "--ping-interval-ms=2000", "--ping-timeout-ms=9000")
    has_failed = False

    print(f"1..{len(WAYS)}")
    for number, way in enumerate(WAYS, 1):
        client = subprocess.run(
            [*command, f"http://127.0.0.1:{server.port}", way],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
        )
        is_good = client.returncode == 0
        has_failed |= not is_good
        name = f"text and binary data come back, by {way}"
        print(f"{'ok' if is_good else 'not ok'} {number} - {name}")
        for line in client.stdout.splitlines():
            print(f"# {line}")
        sys.stdout.flush()
    server.close()
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
