# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tarball of a release: made, built, installed, run and uninstalled. What is not committed
is not in it."""

import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))

import harness  # noqa: E402
from harness import expect_equal, expect_match, test  # noqa: E402

MESON = os.environ.get("MESON_COMMAND", "meson")
BUILD = pathlib.Path(os.environ.get("MESON_BUILD_ROOT", "build-test"))
SOURCE = pathlib.Path(__file__).resolve().parents[2]
STEP_S = 200  # a build on a machine that is busy with others

# Without a network, however the machine fetches wraps.
SETUP = ["--wrap-mode=nodownload", "-Dcharts=disabled", "-Doptimization=0", "-Ddebug=false"]


def run(*command, folder=None, is_good=True, **env):
    """Runs a command; gives what it wrote. It has to succeed, or to fail."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, **{name: str(value) for name, value in env.items()}},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=STEP_S,
    )
    if (done.returncode == 0) != is_good:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout[-4000:]}")
    return done.stdout


def list_files(folder):
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.is_dir() or path.is_symlink()
    }


class Release:
    """The tarball, unpacked, built for a prefix of its own."""

    def __init__(self, scope):
        self.folder = harness.make_folder(scope)
        run(MESON, "dist", "-C", BUILD, "--no-tests", "--allow-dirty")
        tarball = max((BUILD / "meson-dist").glob("*.tar.xz"), key=os.path.getmtime)
        run("tar", "-xf", tarball, folder=self.folder)
        (self.tree,) = self.folder.iterdir()
        self.prefix = self.folder / "prefix"
        self.build = self.folder / "build"

    @functools.cached_property
    def is_built(self):
        command = [MESON, "setup", self.build, self.tree, f"--prefix={self.prefix}"]
        run(*command, *SETUP, "-Dtests=false")
        run("ninja", "-C", self.build)
        return True

    def install(self, **env):
        assert self.is_built
        run(MESON, "install", "-C", self.build, "--no-rebuild", **env)

    def uninstall(self):
        run("ninja", "-C", self.build, "uninstall")

    def list_installed(self):
        """Where each file is to go."""
        assert self.is_built
        text = run(MESON, "introspect", "--installed", self.build)
        return {pathlib.Path(path) for path in json.loads(text).values()}

    def copy(self, scope):
        """A copy of the tree that a test may spoil."""
        tree = harness.make_folder(scope) / "tree"
        shutil.copytree(self.tree, tree, symlinks=True)
        return tree

    def check(self, tree, is_good=False):
        version = self.tree.name.removeprefix("tidewire-")
        script = tree / "data/packaging/check-release"
        return run(script, version, is_good=is_good, MESON_DIST_ROOT=tree)


@test
def has_all(scope, release):
    """A release has the files that git has, and no other"""
    committed = run("git", "ls-tree", "-r", "-z", "--name-only", "HEAD", folder=SOURCE)
    expect_equal(
        list_files(release.tree) ^ set(committed.strip("\0").split("\0")),
        set(),
        "the difference between the release and the last commit",
    )


@test
def tests_are_complete(scope, release):
    """All that the tests are built from is in it"""
    run(MESON, "setup", release.folder / "build-tests", release.tree, *SETUP)


@test
def stays_in_prefix(scope, release):
    """Nothing is installed outside of the prefix"""
    outside = {
        str(path)
        for path in release.list_installed()
        if not path.is_relative_to(release.prefix)
    }
    expect_equal(outside, set(), "what would be installed outside of the prefix")


@test
def runs_and_goes(scope, release):
    """It runs from where it is installed, and uninstalled it leaves no file"""
    stays_in_prefix(scope, release)
    release.install()
    found = list_files(release.prefix)
    wanted = {str(path.relative_to(release.prefix)) for path in release.list_installed()}
    expect_equal(wanted - found, set(), "what was not installed")

    harness.TIDEWIRED = str(release.prefix / "libexec" / "tidewired")
    service = harness.Service(scope)
    expect_equal(service.get_health()["status"], "ok", "the status")
    service.stop()

    mine = release.prefix / "etc" / "tidewire" / "tidewire.conf.d" / "mine.conf"
    mine.parent.mkdir()
    mine.write_text("[delivery]\nbatch-window-ms=250\n")
    shown = harness.run_tidewired("--print-config").stdout
    expect_match(r"^batch-window-ms=250$", shown)
    mine.unlink()

    release.uninstall()
    expect_equal(list_files(release.prefix), set(), "what uninstall has left")


@test
def is_staged(scope, release):
    """With DESTDIR all goes below it, and uninstalled it leaves no file"""
    stage = harness.make_folder(scope)
    release.install(DESTDIR=stage)
    found = {"/" + name for name in list_files(stage)}
    expect_equal({str(path) for path in release.list_installed()} - found, set(), "missing")
    expect_equal(list_files(release.prefix), set(), "what went into the prefix itself")

    release.uninstall()
    expect_equal(list_files(stage), set(), "what uninstall has left")


@test
def old_news(scope, release):
    """No release without news of its version"""
    tree = release.copy(scope)
    release.check(tree, is_good=True)
    news = tree / "NEWS"
    news.write_text("Tidewire 0.0.1\n==============\n\n" + news.read_text())
    expect_match(r"NEWS begins with \"Tidewire 0\.0\.1\"", release.check(tree))


@test
def old_changelog(scope, release):
    """No release without an entry in the Debian changelog"""
    tree = release.copy(scope)
    log = tree / "data/packaging/debian/changelog"
    log.write_text(log.read_text().replace("tidewire (", "tidewire (9.", 1))
    expect_match(r"changelog does not begin with it", release.check(tree))


@test
def old_metainfo(scope, release):
    """No release that the metainfo does not know"""
    tree = release.copy(scope)
    (file,) = tree.glob("data/*.metainfo.xml")
    file.write_text(file.read_text().replace('<release version="', '<release version="9.'))
    expect_match(r"metainfo.xml has no release of it", release.check(tree))


@test
def things_to_do(scope, release):
    """No release with something left to do, as meson dist finds"""
    tree = release.copy(scope)
    with (tree / "po" / "LINGUAS").open("a") as file:
        file.write("# TODO" + ": all of them\n")
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@localhost"]
    run(*git, "init", "--quiet", folder=tree)
    run(*git, "add", "--all", "--force", folder=tree)
    run(*git, "commit", "--quiet", "--message=All", folder=tree)
    run(MESON, "setup", "build", *SETUP, "-Dtests=false", folder=tree)
    said = run(MESON, "dist", "-C", "build", "--no-tests", folder=tree, is_good=False)
    expect_match(r"LINGUAS:\d+:# TODO", said)
    expect_match(r"a TODO is left", said)
    expect_equal(list(tree.glob("build/meson-dist/*.tar.*")), [], "the tarballs")


harness.run(260, setup=Release)
