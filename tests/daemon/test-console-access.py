#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may see the console and the figures: by which way, and as whom."""

import importlib.util
import json
import re
import signal
import socket
import time

import harness
import rawsocket

API = "/console/api/session"
JWT_SECRET = "0123456789abcdef0123456789abcdef"
FLASK_SECRET = "a secret of the application"
PROXIED = {"X-Forwarded-For": "192.0.2.1"}


def need(*modules):
    missing = [name for name in modules if not importlib.util.find_spec(name)]
    if missing:
        raise harness.Skip("there is no Python module " + " or ".join(missing))


def write_secret(scope, text):
    path = harness.make_folder(scope) / "secret"
    path.touch(0o600)
    path.write_text(text + "\n")
    return path


def find_admin_port(service):
    """The port of the listener for those who run the service."""
    found = [text for text in service.addresses if text.endswith(" (admin)")]
    harness.expect_equal(len(found), 1, "listeners for operators")
    return int(re.search(r":(\d+)/ ", found[0]).group(1))


def expect_status(service, path, wanted, headers=None, **more):
    answer = service.get(path, headers=headers, **more)
    harness.expect_equal(answer.status, wanted, f"{path} with {headers}: status")
    return answer


def expect_let_in(service, headers=None, path=API):
    """Whoever is let in is answered by the API, even with 404: in JSON that says so."""
    answer = service.get(path, headers=headers)
    if answer.status != 200:
        harness.expect_equal(answer.status, 404, f"{path} with {headers}: status")
        harness.expect_equal(json.loads(answer.body)["code"], "not_found", "the code")


def expect_refused(service, status, code, mode, headers=None):
    answer = expect_status(service, API, status, headers)
    body = json.loads(answer.body)
    harness.expect_equal((body["code"], body["mode"]), (code, mode), "the answer")
    return body["message"]


def expect_nothing(service, headers=None):
    """There is no console, and no figure, for these."""
    for path in ("/console", "/console/", API, "/metrics"):
        answer = expect_status(service, path, 404, headers)
        harness.expect_equal(answer.body, b"Nothing is here.\n", path)
    health = expect_status(service, "/health", 200, headers)
    harness.expect_equal("counters" in json.loads(health.body), False, "figures")


def expect_figures(service, are_shown, **headers):
    """Whether /metrics and /health give figures to who asks like this."""
    metrics = expect_status(service, "/metrics", 200 if are_shown else 403, headers)
    if not are_shown:
        harness.expect_match(r"\[server\] allowed-origins", metrics.body.decode())
    health = expect_status(service, "/health", 200, headers)
    harness.expect_equal("counters" in json.loads(health.body), are_shown, "figures")


@harness.test
def is_for_the_machine(scope):
    """Without a log-in it is for who comes straight, by an address of this machine"""
    service = harness.Service(scope)
    expect_let_in(service)
    expect_status(service, "/console/", 200)
    harness.expect_equal(
        expect_status(service, "/console", 302).headers["Location"], "console/", "place"
    )
    expect_status(service, "/metrics", 200)
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host"):
        expect_nothing(service, {name: "192.0.2.1"})
    expect_let_in(service, {"Host": f"localhost:{service.port}"})
    message = expect_refused(service, 403, "forbidden", "none", {"Host": "evil.example"})
    harness.expect_match("localhost", message)
    expect_let_in(service, {"Origin": f"http://127.0.0.1:{service.port}"})
    expect_refused(service, 403, "forbidden", "none", {"Origin": "http://evil.example"})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    expect_status(service, API, 415, form, method="POST", body=b"a=b")
    expect_status(service, API, 405, method="PUT", body=b"{}")


@harness.test
def knows_names_of_its_own(scope):
    """On loopback no figure is given by a name that a foreign page may have"""
    for admin in (False, True):
        more = ["server.admin-listen=127.0.0.1:0"] if admin else []
        service = harness.Service(
            scope, "server.allowed-origins=https://desk.example", *more
        )
        if admin:
            service.port = find_admin_port(service)
        for name in ("localhost", "127.0.0.1:1", "[::1]", "desk.example:5000"):
            expect_figures(service, True, Host=name)
        expect_figures(service, True, Host=socket.gethostname())
        for name in ("evil.example", f"evil.example:{service.port}", "h"):
            expect_figures(service, False, Host=name)


@harness.test
def believes_no_proxy_about_names(scope):
    """A page can say what a proxy says, and loopback may be where a trusted one is"""
    service = harness.Service(
        scope, "server.trusted-proxies=127.0.0.1", "server.admin-listen=127.0.0.1:0"
    )
    service.port = find_admin_port(service)
    forged = {"X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https"} | PROXIED
    expect_figures(service, True, Host="localhost", **forged)
    expect_figures(service, False, Host="evil.example", **forged)


@harness.test
def takes_any_name_on_a_unix_socket(scope):
    """No browser opens a Unix socket, so whoever asks there may use any name"""
    path = harness.make_folder(scope) / "admin"
    harness.Service(scope, f"server.admin-listen=unix:{path}")
    link = rawsocket.RawSocket(scope, path)
    link.send("GET /metrics HTTP/1.1\r\nHost: ops.example\r\n\r\n")
    answer = link.take_answer()
    harness.expect_equal(answer.status, 200, "the status")
    harness.expect_match("^tidewire_connections ", answer.body.decode())


@harness.test
def is_not_public(scope):
    """As soon as one address is for other machines, nothing is shown anywhere"""
    service = harness.Service(scope, "server.listen=127.0.0.1:0;0.0.0.0:0")
    expect_nothing(service)


@harness.test
def has_listeners_of_its_own(scope):
    """With listeners for it, the console and figures are there and nowhere else"""
    service = harness.Service(
        scope, "server.listen=127.0.0.1:0;0.0.0.0:0", "server.admin-listen=127.0.0.1:0"
    )
    expect_nothing(service)
    service.port = find_admin_port(service)
    expect_let_in(service)
    expect_status(service, "/metrics", 200)
    expect_status(service, "/metrics", 200, PROXIED)
    message = expect_refused(service, 403, "forbidden", "none", PROXIED)
    harness.expect_match("proxy", message)
    expect_status(service, "/", 200)


@harness.test
def believes_names_in_development(scope):
    """In development mode everybody of the machine is let in, by any name"""
    service = harness.Service(scope, "auth.mode=development")
    expect_let_in(service)
    expect_let_in(service, path=API + "?user=anna")
    expect_nothing(service, PROXIED)


@harness.test
def knows_operators_by_token(scope):
    """With tokens, operators are named or have the role; others are told why not"""
    need("jwt")
    import jwt

    def bearer(user, for_s=3600, **claims):
        claims |= {"sub": user, "exp": int(time.time()) + for_s}
        return {"Authorization": "Bearer " + jwt.encode(claims, JWT_SECRET, "HS256")}

    path = write_secret(scope, JWT_SECRET)
    service = harness.Service(
        scope,
        "auth.mode=jwt",
        f"auth.jwt-key-file={path}",
        "console.operators=anna",
        "console.serve=everywhere",
        "server.listen=127.0.0.1:0;0.0.0.0:0",
    )
    for way in ({}, PROXIED):
        expect_status(service, "/console/", 200, way)
        expect_refused(service, 401, "login_required", "jwt", way)
        expect_let_in(service, bearer("anna") | way)
        message = expect_refused(service, 403, "forbidden", "jwt", bearer("carl") | way)
        harness.expect_match(r"carl .*\[console\] operators", message)
        expect_let_in(service, bearer("carl", roles=["operator"]) | way)
        expect_let_in(service, bearer("carl", roles="operator") | way)
        others = bearer("carl", roles=["anna"]) | way
        expect_refused(service, 403, "forbidden", "jwt", others)
    expect_refused(service, 401, "login_expired", "jwt", bearer("anna", -60))
    forged = {"Authorization": "Bearer a.b.c"}
    expect_refused(service, 401, "login_refused", "jwt", forged)
    expect_status(service, "/metrics", 404, bearer("anna"))


@harness.test
def knows_operators_by_session(scope):
    """With Flask's cookies it is the user of the session, and the roles in it"""
    need("flask")
    import flask
    from flask.sessions import SecureCookieSessionInterface

    app = flask.Flask("test")
    app.secret_key = FLASK_SECRET
    signer = SecureCookieSessionInterface().get_signing_serializer(app)

    def cookie(user, **members):
        return {"Cookie": "session=" + signer.dumps({"_user_id": user, **members})}

    path = write_secret(scope, FLASK_SECRET)
    service = harness.Service(
        scope,
        "auth.mode=flask-session",
        f"auth.flask-secret-file={path}",
        "auth.roles-claim=groups",
        "console.operator-role=staff",
        "console.operators=anna",
    )
    expect_refused(service, 401, "login_required", "flask-session")
    expect_let_in(service, cookie("anna"))
    expect_refused(service, 403, "forbidden", "flask-session", cookie("carl"))
    expect_let_in(service, cookie("carl", groups=["staff"]))
    operator = cookie("carl", groups=["operator"], roles=["staff"])
    expect_refused(service, 403, "forbidden", "flask-session", operator)
    expect_nothing(service, cookie("anna") | PROXIED)


@harness.test
def knows_operators_by_header(scope):
    """With a proxy's header it is the user whom the proxy names"""
    service = harness.Service(
        scope,
        "auth.mode=header",
        "server.trusted-proxies=127.0.0.1",
        "server.admin-listen=127.0.0.1:0",
        "console.operators=anna",
    )
    expect_nothing(service, {"X-Remote-User": "anna"})
    service.port = find_admin_port(service)
    expect_let_in(service, {"X-Remote-User": "anna"} | PROXIED)
    expect_refused(service, 401, "login_required", "header", PROXIED)
    other = {"X-Remote-User": "carl"} | PROXIED
    expect_refused(service, 403, "forbidden", "header", other)


@harness.test
def reloads(scope):
    """A reload puts another place and other operators in force"""
    config = harness.make_folder(scope) / "test.conf"
    text = "[auth]\nmode=header\n[server]\ntrusted-proxies=127.0.0.1\n[console]\n"
    anna = {"X-Remote-User": "anna"}

    def reload(more):
        first = len(service.lines)
        config.write_text(text + more)
        service.process.send_signal(signal.SIGHUP)
        service.wait_for_line("Reloaded: .* operators", first=first)

    config.write_text(text + "serve=off\n")
    service = harness.Service(scope, config=config)
    for path in ("/console", "/console/", API):
        expect_status(service, path, 404, anna)
    expect_status(service, "/metrics", 200)
    reload("operators=ben\n")
    expect_refused(service, 403, "forbidden", "header", anna)
    reload("operators=ben;anna\n")
    expect_let_in(service, anna)
    reload("serve=off\noperators=anna\n")
    expect_status(service, "/console/", 404, anna)


@harness.test
def refuses_bad_settings(scope):
    """What would show the console to anybody is no good configuration"""
    empty = harness.make_folder(scope) / "empty.conf"
    empty.touch()
    for setting, word in (
        ("console.serve=everywhere", "serve=everywhere is refused"),
        ("server.admin-listen=0.0.0.0:1", "nobody logs in"),
        ("server.admin-listen=127.0.0.1:5000", "an address of their own"),
    ):
        done = harness.run_tidewired(f"--config={empty}", "--check-config", f"--set={setting}")
        harness.expect_equal(done.returncode, 3, "the exit code")
        harness.expect_match(word, done.stderr)


harness.run(limit_s=120)
