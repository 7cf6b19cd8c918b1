#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Flask application that keeps its log-in and leaves the sockets to Tidewire.

README.md beside it says how to run it behind nginx. There is no Flask-SocketIO in it any
more, no eventlet, and nothing else about sockets: the page connects to /socket.io/ as it
always did, nginx takes that to Tidewire, and Tidewire reads the same cookie.
"""

import os
import pathlib

import flask
import flask_login

HERE = pathlib.Path(__file__).resolve().parent

app = flask.Flask(__name__)
# One file for both: Tidewire's auth.flask-secret-file names it, too.
app.secret_key = pathlib.Path(os.environ["FLASK_SECRET_FILE"]).read_text().splitlines()[0]
app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")

manager = flask_login.LoginManager(app)
manager.login_view = "log_in"


class User(flask_login.UserMixin):
    """What Flask-Login takes for the id is the user's name in Tidewire."""

    def __init__(self, name):
        self.id = name


manager.user_loader(User)

FORM = """<!doctype html><title>Log in</title><link rel="icon" href="data:,">
<form method="post">
  <label>Name <input name="name" required autofocus></label>
  <button>Log in</button>
</form>"""


@app.route("/login", methods=["GET", "POST"])
def log_in():
    # Here an application asks for a password. This one believes everybody.
    name = flask.request.form.get("name", "").strip()
    if not name:
        return FORM
    flask_login.login_user(User(name))
    return flask.redirect("/")


@app.route("/logout")
def log_out():
    flask_login.logout_user()
    return flask.redirect("/login")


@app.route("/")
@flask_login.login_required
def show_page():
    return flask.send_from_directory(HERE.parent, "socketio.html")


@app.route("/socket.io.min.js")
def show_client():
    return flask.send_from_directory(
        os.environ.get("SOCKETIO_CLIENT", HERE.parent), "socket.io.min.js"
    )


if __name__ == "__main__":
    app.run("127.0.0.1", int(os.environ.get("PORT", "8000")))
