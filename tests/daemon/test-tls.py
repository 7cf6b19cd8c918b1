#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""TLS by tidewired itself: good clients, and those that hang or break off at every point
of a handshake."""

import contextlib
import json
import os
import signal
import socket
import ssl
import statistics
import subprocess
import time
import warnings

import harness
import rawsocket
from harness import expect_equal, expect_match, note, test, wait_until

LIMIT_S = 240
N_HANGING = 200
MOST_DELAY_S = 0.5


def make_certificate(folder, name, days=90, key="rsa:2048"):
    """A certificate that signs itself, and its key; gives both paths."""
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    command = f"openssl req -x509 -nodes -days {days} -subj /CN={name} -newkey {key}"
    command += " -pkeyopt ec_paramgen_curve:P-256" if key == "ec" else ""
    command += " -addext subjectAltName=IP:127.0.0.1"
    command += f" -out {paths[0]} -keyout {paths[1]}"
    subprocess.run(command.split(), check=True, capture_output=True)
    paths[1].chmod(0o600)
    return paths


class TlsService(harness.Service):
    """A tidewired that speaks TLS on one port and plain HTTP on another, for figures."""

    def __init__(self, scope, *settings, days=90, key="rsa:2048"):
        self.folder = harness.make_folder(scope)
        self.certificate, self.key = make_certificate(self.folder, "first", days, key)
        super().__init__(
            scope,
            "server.listen=127.0.0.1:0;tls:127.0.0.1:0",
            f"server.tls-certificate={self.certificate}",
            f"server.tls-private-key={self.key}",
            "delivery.events-per-second=0",
            *settings,
        )
        found = expect_match(r"https://127\.0\.0\.1:(\d+)/", " ".join(self.addresses))
        self.tls_port = int(found.group(1))

    def connect(self, scope):
        """A socket on which nothing was said yet."""
        link = socket.create_connection(("127.0.0.1", self.tls_port), harness.WAIT_S)
        scope.callback(link.close)
        return link


def make_context(version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():  # of versions that are too old, which is the point
        warnings.simplefilter("ignore", DeprecationWarning)
        if version is not None:
            context.minimum_version = context.maximum_version = version
    return context


def open_tls(scope, service, context=None):
    link = service.connect(scope)
    return (context or make_context()).wrap_socket(link)


def get(link, path="/health"):
    """Asks once, and gives the body."""
    link.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = b""
    with contextlib.suppress(ssl.SSLEOFError):
        while more := link.recv(65536):
            answer += more
    head, body = answer.split(b"\r\n\r\n", 1)
    expect_match(r"^HTTP/1.1 200 ", head.decode())
    return body


class Encrypted:
    """What makes a client of rawsocket shake hands for TLS before anything else."""

    def send(self, data):
        if not isinstance(self.socket, ssl.SSLSocket):
            self.socket = make_context().wrap_socket(self.socket)
        return super().send(data)


class TlsWebSocket(Encrypted, rawsocket.WebSocket):
    pass


class TlsPlainClient(Encrypted, rawsocket.PlainClient):
    pass


def make_hello():
    """The bytes that a good client begins with."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = make_context().wrap_bio(incoming, outgoing)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def wait_for_end(link):
    """Waits until the other side has ended the connection; gives what it said before."""
    said = b""
    link.settimeout(harness.WAIT_S)
    with contextlib.suppress(ConnectionResetError):
        while more := link.recv(65536):
            said += more
    return said


@test
def https_and_versions(scope):
    """HTTPS is spoken by TLS 1.2 and 1.3, and by nothing older"""
    service = TlsService(scope)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        link = open_tls(scope, service, make_context(version))
        expect_equal(link.version(), version.name.replace("_", "."), "the version")
        expect_equal(json.loads(get(link))["status"], "ok", "the status")
    old = make_context(ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("ALL:@SECLEVEL=0")
    try:
        open_tls(scope, service, old)
    except ssl.SSLError as error:
        expect_match("PROTOCOL_VERSION|protocol version", str(error))
    else:
        raise AssertionError("TLS 1.1 is spoken")
    service.wait_for_counter("tls_connections", 0)
    counters = service.get_counters()
    expect_equal(counters["tls_handshakes"], 2, "good handshakes")
    expect_equal(counters["tls_handshakes_failed"], 1, "failed ones")


@test
def figures_by_any_name(scope):
    """Figures are given by any name: a foreign page has no certificate for its own"""
    service = TlsService(scope)
    expect_match("counters", get(open_tls(scope, service)).decode())
    expect_match("^tidewire_", get(open_tls(scope, service), "/metrics").decode())
    plain = service.get("/metrics", headers={"Host": "x"})
    expect_equal(plain.status, 403, "the status without TLS")


@test
def websocket(scope):
    """A WebSocket gets and sends what one without TLS does, small and large"""
    service = TlsService(scope, "source.type=demo")
    client = TlsPlainClient(scope, service.tls_port)
    tickers = [f"T{number}" for number in range(400)]
    expect_equal(client.subscribe(*tickers), tickers, "a large answer")
    answer = client.ask("no_such_thing", text="x" * 1000000)
    expect_equal(answer["type"], "error", "the answer to a large message")
    client.subscribe("AAPL")
    wait_until(
        lambda: client.take_json()["type"] == "tick_data", "a tick, among other events"
    )
    client.close_politely()
    service.wait_for_counter("connections", 0)
    service.wait_for_counter("tls_connections", 0)
    service.check_books()


@test
def slow_reader(scope):
    """Who reads late gets every byte in order, whatever the records were cut into"""
    service = TlsService(scope)
    link = socket.socket()
    scope.callback(link.close)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    link.settimeout(harness.WAIT_S)
    link.connect(("127.0.0.1", service.tls_port))
    link = make_context().wrap_socket(link)
    n_asked = 900
    ask = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    link.sendall(ask * n_asked)
    wanted = service.get("/").body
    time.sleep(0.3)  # for the service to fill what the kernel takes
    got = b""
    while got.count(b"</html>") < n_asked:
        more = link.recv(65536)
        if not more:
            raise AssertionError(f"it ended after {len(got)} bytes")
        got += more
    expect_equal(got.count(wanted), n_asked, "whole pages")


@test
def hanging_handshakes(scope):
    """200 silent and 200 half hellos delay a good handshake by less than 500 ms"""
    service = TlsService(scope)

    def measure():
        begin = time.monotonic()
        link = open_tls(scope, service)
        took_s = time.monotonic() - begin
        link.close()
        return took_s

    before_s = statistics.median(measure() for _ in range(5))
    hello = make_hello()
    for _ in range(N_HANGING):
        service.connect(scope)
        service.connect(scope).sendall(hello[: len(hello) // 2])
    for _ in range(N_HANGING):  # and as many that stop right after it
        service.connect(scope).sendall(hello)
    wait_until(
        lambda: service.get_counters()["tls_connections"] >= N_HANGING,
        "whole hellos are answered",
    )
    during_s = statistics.median(measure() for _ in range(5))
    note(f"a handshake takes {before_s * 1000:.1f} ms, beside these {during_s * 1000:.1f}")
    if during_s - before_s >= MOST_DELAY_S:
        raise AssertionError(f"a handshake is delayed by {during_s - before_s:.3f} s")


@test
def deadlines(scope):
    """Who is silent, and who does not go on, is closed in time and counted"""
    service = TlsService(scope)
    hello = make_hello()
    begin = time.monotonic()
    stopped, silent, half = (service.connect(scope) for _ in range(3))
    half.sendall(hello[:50])
    stopped.sendall(hello)
    wait_for_end(stopped)
    stopped_s = time.monotonic() - begin
    wait_for_end(silent)
    wait_for_end(half)
    silent_s = time.monotonic() - begin
    note(f"after {stopped_s:.1f} s and {silent_s:.1f} s")
    if stopped_s < 4.5 or silent_s < 9.5:
        raise AssertionError("they were closed too early")
    expect_equal(service.get_counters()["tls_handshakes_timed_out"], 3, "too slow")
    service.wait_for_counter("tls_connections", 0)


@test
def broken_handshakes(scope):
    """Garbage, plain HTTP and every truncated hello end their own connection only"""
    service = TlsService(scope)
    hello = make_hello()
    said = {}
    for name, words in {
        "garbage": os.urandom(1).translate(bytes([0xFF]) * 256) * 100,
        "a version of our own": b"\x16\x07\x01\x00\x10" + b"x" * 16,
        "an empty record": b"\x16\x03\x01\x00\x00",
        "a record that is too long": b"\x16\x03\x01\xff\xff",
        "a hello of nothing": b"\x16\x03\x01\x00\x10" + b"\x00" * 16,
        "a hello that is broken": hello[:9] + b"\xff" * (len(hello) - 9),
        "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    }.items():
        link = service.connect(scope)
        link.sendall(words)
        said[name] = wait_for_end(link)
    expect_match("^HTTP/1.1 400 .*https://", said["HTTP"].decode().replace("\r\n", " "))
    head, body = said["HTTP"].split(b"\r\n\r\n")
    expect_match(rf"Content-Length: {len(body)}\b", head.decode())
    expect_equal(service.get_counters()["tls_handshakes_failed"], 7, "failed handshakes")
    for length in range(1, len(hello), 7):
        link = service.connect(scope)
        link.sendall(hello[:length])
        link.shutdown(socket.SHUT_WR)
        expect_equal(wait_for_end(link), b"", f"the answer to {length} bytes")
    get(open_tls(scope, service))
    service.wait_for_counter("tls_connections", 0)


@test
def slow_handshake(scope):
    """A hello that comes byte by byte is answered like any other"""
    service = TlsService(scope)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = make_context().wrap_bio(incoming, outgoing)
    link = service.connect(scope)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        try:
            client.do_handshake()
            break
        except ssl.SSLWantReadError:
            for byte in outgoing.read():
                link.sendall(bytes([byte]))
            incoming.write(link.recv(65536))
    client.write(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    link.sendall(outgoing.read())
    incoming.write(wait_for_end(link))
    expect_match("^HTTP/1.1 200 ", client.read(65536).decode())


# Application data as RFC 8446, section 5.1, has it, with a body that nobody encrypted.
RECORDS = {
    "half": b"",
    "mid-record": b"\x17\x03\x03\x01\x00" + b"x" * 20,
    "forged": b"\x17\x03\x03\x00\x20" + b"x" * 32,
}


@test
def ends(scope):
    """A connection may break off in the middle, end half or politely, or be forged"""
    service = TlsService(scope)
    for way in ("reset", "polite", *RECORDS):
        client = TlsWebSocket(scope, service.tls_port)
        service.wait_for_counter("connections", 1)
        if way == "reset":
            client.reset()
        elif way == "polite":
            with contextlib.suppress(ssl.SSLError, OSError):
                client.socket.unwrap()
        else:
            with socket.socket(fileno=os.dup(client.socket.fileno())) as raw:
                raw.sendall(RECORDS[way])
                if way != "forged":
                    raw.shutdown(socket.SHUT_WR)
        service.wait_for_counter("connections", 0)
    service.wait_for_counter("tls_connections", 0)


@test
def renegotiation(scope):
    """A client that wants to shake hands once more is sent away"""
    service = TlsService(scope)
    client = subprocess.Popen(
        f"openssl s_client -tls1_2 -connect 127.0.0.1:{service.tls_port}".split(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    scope.callback(client.kill)
    service.wait_for_counter("tls_connections", 1)
    service.wait_for_counter("tls_handshakes", 1)
    client.stdin.write(b"R\n")
    client.stdin.flush()
    service.wait_for_counter("tls_connections", 0)
    expect_equal(service.get_counters()["tls_handshakes"], 1, "handshakes")


@test
def limit(scope):
    """max-tls-connections refuses the next one, and lets one in when one has left"""
    service = TlsService(scope, "server.max-tls-connections=3")
    links = [open_tls(scope, service) for _ in range(3)]
    service.connect(scope)  # who is silent takes nobody's place
    try:
        open_tls(scope, service)
    except (ssl.SSLError, OSError):
        pass
    else:
        raise AssertionError("a fourth one is let in")
    counters = service.get_counters()
    expect_equal(counters["tls_connections_refused_limit"], 1, "those refused")
    links.pop().close()
    service.wait_for_counter("tls_connections", 2)
    get(open_tls(scope, service))


@test
def reload(scope):
    """SIGHUP reads the certificate again; a bad one leaves the old one in use"""
    service = TlsService(scope)

    def get_certificate():
        return open_tls(scope, service).getpeercert(binary_form=True)

    first = get_certificate()
    kept = open_tls(scope, service)
    certificate, key = make_certificate(service.folder, "second", key="ec")
    certificate.replace(service.certificate)
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("old TLS certificate stays in use.*do not belong together")
    expect_equal(get_certificate(), first, "the certificate without its key")
    key.replace(service.key)
    n_reloads = service.count_lines("Reloaded")
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: service.count_lines("Reloaded") > n_reloads, "reloaded")
    if get_certificate() == first:
        raise AssertionError("the old certificate is still shown")
    get(kept)


@test
def expiry(scope):
    """A certificate that expires soon is warned of, and works"""
    service = TlsService(scope, days=10)
    service.wait_for_line(r"certificate .* expires in (9|10) days; put a new one")
    get(open_tls(scope, service))


@test
def bad_settings(scope):
    """What can't work ends the start with what to do about it"""
    folder = harness.make_folder(scope)
    certificate, key = make_certificate(folder, "one")
    other = make_certificate(folder, "other")[1]
    config = folder / "empty.conf"
    config.touch()
    open_key = folder / "open.key"
    open_key.write_bytes(key.read_bytes())
    open_key.chmod(0o644)

    def start(listen, *pair):
        names = ("tls-certificate", "tls-private-key")
        done = harness.run_tidewired(
            f"--config={config}",
            "--set=source.type=none",
            "--set=bus.bus=none",
            f"--set=server.listen={listen}",
            *[f"--set=server.{name}={path}" for name, path in zip(names, pair)],
        )
        expect_equal(done.returncode, 3, "the exit code")
        return done.stderr

    at = "tls:127.0.0.1:0"
    expect_match("needs a certificate; name its files", start(at))
    expect_match("TLS is spoken nowhere", start("127.0.0.1:0", certificate, key))
    expect_match("needs tls-private-key as well", start(at, certificate))
    expect_match("do not belong together", start(at, certificate, other))
    expect_match("chmod o=", start(at, certificate, open_key))
    expect_match("both must be PEM files", start(at, key, certificate_as_key(folder)))
    expect_match("No such file", start(at, folder / "nothing", key))


def certificate_as_key(folder):
    path = folder / "text.key"
    path.write_text("no key at all\n")
    path.chmod(0o600)
    return path


if __name__ == "__main__":
    harness.run(LIMIT_S)
