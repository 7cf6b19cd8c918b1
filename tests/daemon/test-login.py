#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who is who: cookies that a real Flask application makes, tokens of PyJWT, a proxy's
header, guests, and users who are logged out, on every way in."""

import importlib.util
import json
import signal
import time

import harness
import privatebus
import rawsocket
import redisserver
import tabs
from tabs import PlainTab, SocketioTab

SECRET = "a secret of the application"
JWT_SECRET = "0123456789abcdef0123456789abcdef"
CONTROL = "tidewire.control"


def need(*modules):
    missing = [name for name in modules if not importlib.util.find_spec(name)]
    if missing:
        raise harness.Skip("there is no Python module " + " or ".join(missing))


def write_secret(scope, *lines):
    path = harness.make_folder(scope) / "secret"
    path.touch(0o600)
    path.write_text("".join(line + "\n" for line in lines))
    return path


def start(scope, mode, *settings):
    return harness.Service(scope, f"auth.mode={mode}", *settings)


# --- the application of the first users: Flask with Flask-Login ---


def make_application(secret=SECRET):
    import flask
    import flask_login

    app = flask.Flask("test")
    app.secret_key = secret
    manager = flask_login.LoginManager(app)

    class User(flask_login.UserMixin):
        def __init__(self, name):
            self.id = name

    manager.user_loader(User)

    @app.route("/login/<name>")
    def log_in(name):
        flask.session["wide"] = "x" * int(flask.request.args.get("wide", 0))
        flask_login.login_user(User(name), remember="remember" in flask.request.args)
        return "in"

    @app.route("/logout")
    def log_out():
        flask_login.logout_user()
        return "out"

    return app.test_client()


def get_cookies(client, *names):
    """The application's cookies as a browser sends them."""
    cookies = [each for each in client.cookie_jar if not names or each.name in names]
    return {"Cookie": "; ".join(f"{each.name}={each.value}" for each in cookies)}


def open_flask(scope, *settings, secrets=(SECRET,)):
    need("flask", "flask_login")
    path = write_secret(scope, *secrets)
    service = start(scope, "flask-session", f"auth.flask-secret-file={path}", *settings)
    return service, path


def expect_user(tab, name):
    """A user_id is taken when it is the user's own, and no other."""
    tab.ask("subscribe_tickers", {"tickers": ["A"], "user_id": name})
    tab.ask("subscribe_tickers", {"tickers": ["A"], "user_id": name + "x"}, "forbidden")


class Refusal:
    """A Socket.IO client that is not let in: its CONNECT's answer."""

    def __init__(self, scope, service, connect=None, headers=None):
        socket = rawsocket.WebSocket(scope, service, rawsocket.SOCKETIO_PATH, headers)
        socket.take_message()
        socket.send_text("40" + ("" if connect is None else json.dumps(connect)))
        answer = socket.take_message()
        harness.expect_equal(answer[:2], "44", f"the answer to CONNECT, {answer},")
        self.socket = socket
        self.code = json.loads(answer[2:])["data"]["code"]


def expect_refusal(scope, service, code, connect=None, headers=None):
    refusal = Refusal(scope, service, connect, headers)
    harness.expect_equal(refusal.code, code, "the code")
    return refusal


def expect_forbidden(scope, service, path="/ws", headers=None):
    try:
        rawsocket.WebSocket(scope, service, path, headers)
    except rawsocket.Refused as refused:
        harness.expect_equal(refused.answer.status, 403, "the status")
        return
    raise AssertionError("it was let in")


@harness.test
def takes_flask_log_in(scope):
    """A page keeps the log-in that Flask-Login gave it, on both ways in"""
    service, _ = open_flask(scope)
    client = make_application()
    client.get("/login/42")
    cookies = get_cookies(client, "session")
    expect_user(SocketioTab(scope, service, headers=cookies), "42")
    tab = PlainTab(scope, service, headers=cookies)
    harness.expect_equal(tab.greeting["data"]["user"], "42", "the user")
    client.get("/login/43?wide=3000")
    wide = get_cookies(client, "session")
    harness.expect_equal(wide["Cookie"].startswith("session=."), True, "compressed")
    expect_user(SocketioTab(scope, service, headers=wide), "43")
    harness.expect_equal(service.get_counters()["logins_refused"], 0, "refused log-ins")


@harness.test
def remembers_flask_log_in(scope):
    """The remember cookie counts without a session, until the application takes it back"""
    service, _ = open_flask(scope)
    client = make_application()
    client.get("/login/anna?remember")
    expect_user(
        SocketioTab(scope, service, headers=get_cookies(client, "remember_token")), "anna"
    )
    client.get("/logout")
    expect_refusal(scope, service, "login_required", headers=get_cookies(client))


@harness.test
def refuses_bad_cookies(scope):
    """Without a cookie, with a changed, an old or a foreign one nobody comes in"""
    service, _ = open_flask(scope)
    client = make_application()
    client.get("/login/42")
    good = get_cookies(client, "session")["Cookie"]
    foreign = make_application("another secret")
    foreign.get("/login/42")
    expect_refusal(scope, service, "login_required")
    expect_refusal(scope, service, "login_required", {"token": "x", "user": "42"})
    expect_refusal(scope, service, "login_refused", headers={"Cookie": good + "x"})
    expect_refusal(
        scope, service, "login_refused", headers=get_cookies(foreign, "session")
    )
    expect_forbidden(scope, service)
    expect_forbidden(scope, service, headers={"Cookie": "session=" + "." * 3000})
    for line in service.lines:
        harness.expect_equal(good[20:40] in line, False, "a cookie in the log")
    service.stop()
    late, _ = open_flask(scope, "auth.flask-max-age-s=1")
    time.sleep(2.1)
    expect_refusal(scope, late, "login_expired", headers={"Cookie": good})


@harness.test
def takes_new_keys(scope):
    """A reload takes a new key, and the old one as long as it is in the file"""
    service, path = open_flask(scope)
    old, new = make_application(), make_application("a new secret")
    old.get("/login/42")
    new.get("/login/42")
    expect_refusal(scope, service, "login_refused", headers=get_cookies(new))
    path.write_text(f"a new secret\n{SECRET}\n")
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Reloaded")
    expect_user(SocketioTab(scope, service, headers=get_cookies(new)), "42")
    expect_user(SocketioTab(scope, service, headers=get_cookies(old)), "42")
    path.write_text("")
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Not reloaded")
    expect_user(SocketioTab(scope, service, headers=get_cookies(old)), "42")
    path.write_text("a new secret\n")
    first = len(service.lines)
    service.process.send_signal(signal.SIGHUP)
    service.wait_for_line("Reloaded", first=first)
    expect_refusal(scope, service, "login_refused", headers=get_cookies(old))


@harness.test
def keeps_a_session_to_its_user(scope):
    """Who knows another's session id, but not the log-in, can't go on with it"""
    service, _ = open_flask(scope)
    client, other = make_application(), make_application()
    client.get("/login/42")
    other.get("/login/43")
    polling = "/socket.io/?EIO=4&transport=polling"
    answer = service.get(polling, headers=get_cookies(client))
    sid = json.loads(answer.body[1:])["sid"]
    for cookies in (get_cookies(other), {}):
        answer = service.get(f"{polling}&sid={sid}", headers=cookies)
        harness.expect_equal(answer.status, 403, "the status")
        path = rawsocket.SOCKETIO_PATH + f"&sid={sid}"
        expect_forbidden(scope, service, path, cookies)


# --- tokens ---


def make_token(user="42", for_s=3600, key=JWT_SECRET, **claims):
    import jwt

    now = int(time.time())
    return jwt.encode({"sub": user, "exp": now + for_s, **claims}, key, "HS256")


def open_jwt(scope, *settings):
    need("jwt")
    path = write_secret(scope, JWT_SECRET)
    return start(scope, "jwt", f"auth.jwt-key-file={path}", *settings)


@harness.test
def takes_tokens(scope):
    """A token counts in CONNECT, a header, a cookie, and on /ws as the first message"""
    service = open_jwt(scope, "auth.jwt-cookie=token")
    token = make_token()
    expect_user(SocketioTab(scope, service, connect={"token": token}), "42")
    expect_user(
        SocketioTab(scope, service, headers={"Authorization": f"Bearer {token}"}), "42"
    )
    expect_user(SocketioTab(scope, service, headers={"Cookie": f"token={token}"}), "42")
    plain = rawsocket.WebSocket(scope, service)
    plain.send_json({"type": "subscribe_tickers", "tickers": ["A"]})
    answer = json.loads(plain.take_message())
    harness.expect_equal(answer["data"]["code"], "login_required", "the code")
    plain.send_json({"type": "authenticate", "token": token})
    harness.expect_equal(json.loads(plain.take_message())["data"]["user"], "42", "user")
    answer = json.loads(plain.take_message())
    harness.expect_equal(answer["type"], "authenticated", "the answer")


@harness.test
def refuses_bad_tokens(scope):
    """Every way in which a token can be wrong has its code, and the client may try again"""
    service = open_jwt(scope, "auth.jwt-audience=a", "auth.jwt-issuer=i")
    good = {"aud": "a", "iss": "i"}
    expect_refusal(scope, service, "login_required")
    for token in (
        make_token(),
        make_token(**{**good, "aud": "b"}),
        make_token(**{**good, "iss": "j"}),
        make_token(key="another" * 8, **good),
        make_token(nbf=int(time.time()) + 3600, **good),
        make_token(user="", **good),
        make_token(**good)[:-1],
        "x" * 100000,
        "..",
        "",
    ):
        expect_refusal(scope, service, "login_refused", {"token": token})
    refusal = expect_refusal(
        scope, service, "login_expired", {"token": make_token(for_s=-100, **good)}
    )
    refusal.socket.send_text("40" + json.dumps({"token": make_token(**good)}))
    harness.expect_equal(refusal.socket.take_message()[:2], "40", "the next try")
    harness.expect_equal(service.get_counters()["logins_refused"], 12, "refused log-ins")


@harness.test
def ends_when_a_token_runs_out(scope):
    """A token that runs out is told, may be replaced in time, and else ends the connection"""
    service = open_jwt(scope, "auth.jwt-grace-s=2", "auth.jwt-leeway-s=0")
    stays = SocketioTab(scope, service, connect={"token": make_token(for_s=2)})
    goes = SocketioTab(scope, service, connect={"token": make_token("7", for_s=2)})
    for tab in (stays, goes):
        expired = tab.take_data("login_expired")
        harness.expect_equal(expired["closes_in_s"], 2, "the grace")
    stays.ask("authenticate", {"token": make_token("7")}, "forbidden")
    login = stays.ask("authenticate", {"token": make_token()})
    harness.expect_equal(login["user"], "42", "the user")
    try:
        goes.take_event()
        raise AssertionError("an event came")
    except rawsocket.Closed as closed:
        harness.expect_equal(closed.code, 4004, "the close code")
    stays.synchronise()
    counters = service.get_counters()
    harness.expect_equal(counters["connections_closed_expired"], 1, "expired")


@harness.test
def logs_in_by_polling(scope):
    """A polling session is its user's by the token of its CONNECT, and its id goes on"""
    service = open_jwt(scope)

    def ask(path, body=None):
        method = "GET" if body is None else "POST"
        return service.get(path, method, body=body).body.decode()

    path = "/socket.io/?EIO=4&transport=polling"
    path += "&sid=" + json.loads(ask(path)[1:])["sid"]
    ask(path, "40" + json.dumps({"token": "x"}))
    harness.expect_match(r"^44.*login_refused", ask(path))
    ask(path, "40" + json.dumps({"token": make_token()}))
    harness.expect_match(r'^40\{"sid"', ask(path))
    ask(path, '42["subscribe_tickers",{"tickers":["A"],"user_id":"42"}]')
    harness.expect_match("subscription_updated", ask(path))
    other = {"Authorization": "Bearer " + make_token("43")}
    harness.expect_equal(service.get(path, headers=other).status, 403, "the status")


# --- a proxy's header, guests, log-out ---


@harness.test
def believes_its_proxy_only(scope):
    """The header counts once, and from a trusted proxy; all else is answered with 403"""
    service = start(scope, "header", "server.trusted-proxies=127.0.0.1")
    expect_user(SocketioTab(scope, service, headers={"X-Remote-User": "anna"}), "anna")
    expect_forbidden(scope, service, headers={"X-Remote-User": "anna\r\nx-remote-user: b"})
    expect_refusal(scope, service, "login_required")
    expect_refusal(scope, service, "login_required", headers={"X-Remote-User": ""})
    service.stop()
    far = start(scope, "header", "server.trusted-proxies=127.0.0.2", "auth.guest=true")
    expect_forbidden(scope, far, headers={"X-Remote-User": "anna"})
    expect_forbidden(scope, far)
    expect_forbidden(scope, far, rawsocket.SOCKETIO_PATH, {"X-Remote-User": "anna"})


@harness.test
def lets_guests_in(scope):
    """A guest gets what is public and nothing else, and becomes somebody by a token"""
    need("jwt")
    path = write_secret(scope, JWT_SECRET)
    config = harness.make_folder(scope) / "tidewire.conf"
    config.write_text("[route system_health]\npublic=true\n")
    redis = redisserver.RedisServer(scope)
    service = harness.Service(
        scope,
        *redis.settings,
        "auth.mode=jwt",
        f"auth.jwt-key-file={path}",
        "auth.guest=true",
        config=config,
    )
    redisserver.wait_for_source(service)
    user = SocketioTab(scope, service, connect={"token": make_token()})
    guests = [SocketioTab(scope, service), PlainTab(scope, service)]
    harness.expect_equal(guests[1].greeting["data"]["guest"], True, "the guest")
    for tab in (user, *guests):
        tab.want("A")
    guests[0].ask("join_room", {"room": "system_health_room"}, "login_required")
    redis.publish(redisserver.TICKS, tabs.make_tick("A", 1))
    redis.publish(tabs.PROGRESS, json.dumps({"job_id": "j", "progress": 1}))
    redis.publish(tabs.HEALTH, json.dumps({"status": "healthy", "number": 3}))
    names = {user.take_event()[0] for _ in range(3)}
    wanted = {"tick_data", "backtest_progress", "system_health"}
    harness.expect_equal(names, wanted, "what the user gets")
    for guest in guests:
        harness.expect_equal(guest.take_data("system_health")["number"], 3, "the health")
        tabs.expect_no(guest, "tick_data")
    guests[0].ask("authenticate", {"token": make_token("7")})
    guests[0].want("A")
    redis.publish(redisserver.TICKS, tabs.make_tick("A", 4))
    harness.expect_equal(guests[0].take_data("tick_data")["number"], 4, "the tick")
    tabs.expect_no(guests[1], "tick_data")
    tabs.check_balance(service)


def expect_logged_out(tab, started_s):
    try:
        while True:
            tab.take_event()
    except rawsocket.Closed as closed:
        harness.expect_equal(closed.code, 4003, "the close code")
    took_s = time.monotonic() - started_s
    if took_s > 1:
        raise AssertionError(f"the log-out took {took_s:.2f} s")


@harness.test
def logs_out(scope):
    """The bus and Redis log a user out of every tab within a second, and nobody else"""
    bus = privatebus.Bus(scope)
    redis, service = redisserver.start_with_redis(scope, tabs.DEVELOPMENT, bus.setting)
    bus.wait_for_service()
    bert = PlainTab(scope, service, user="bert")
    ways = (
        lambda: harness.expect_equal(
            bus.call("Admin.LogOut", "anna"), "(uint32 3,)", "the answer"
        ),
        lambda: redis.publish(CONTROL, '{"action":"log_out","user":"anna"}'),
    )
    for way in ways:
        anna = [PlainTab(scope, service, user="anna") for _ in range(2)]
        polling = "/socket.io/?EIO=4&transport=polling&user=anna"
        sid = json.loads(service.get(polling).body[1:])["sid"]
        started_s = time.monotonic()
        way()
        for tab in anna:
            expect_logged_out(tab, started_s)
        harness.expect_equal(
            service.get(f"{polling}&sid={sid}").status, 400, "the status of a poll"
        )
    bert.synchronise()
    harness.expect_equal(bus.call("Admin.LogOut", "anna"), "(uint32 0,)", "the answer")
    for order in ("", "{}", '{"action":"stop","user":"anna"}'):
        redis.publish(CONTROL, order)
    service.wait_for_counter("orders_refused", 3)
    harness.expect_equal(service.count_lines("An order on the channel"), 1, "warnings")
    counters = service.get_counters()
    harness.expect_equal(counters["connections_logged_out"], 6, "logged out")
    harness.expect_equal(counters["orders_taken"], 1, "orders")
    harness.expect_equal(service.count_lines("anna"), 0, "names in the log")


@harness.test
def says_what_is_wrong_with_secrets(scope):
    """A secret that is not there, empty, or open to all stops the start with a remedy"""
    folder = harness.make_folder(scope)
    is_open = folder / "open"
    is_open.write_text(SECRET)
    is_open.chmod(0o644)
    empty = folder / "empty"
    empty.touch(0o600)
    for path, word in ((is_open, "chmod"), (empty, "empty"), (folder / "x", "No such")):
        for more in ("--check-config", "--set=server.listen=127.0.0.1:0"):
            done = harness.run_tidewired(
                "--set=bus.bus=none",
                "--set=auth.mode=flask-session",
                f"--set=auth.flask-secret-file={path}",
                more,
            )
            harness.expect_match(word, done.stderr)
            harness.expect_match("flask-secret-file", done.stderr)
            harness.expect_equal(SECRET in done.stderr, False, "the secret is shown")
            harness.expect_equal(done.returncode, 3, "the exit code")


harness.run(200)
