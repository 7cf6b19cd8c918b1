#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests/tools/hooks/pre-commit lets pass, in a repository of its own. Writes TAP."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOOKS = ROOT / "tests" / "tools" / "hooks"
GOOD = "int\nmain (void)\n{\n  return 0;\n}\n"
UGLY = "int old( int a ){return a;}\n\n"
ENV = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}


class Repository:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.run("init", "-q")
        for key, value in (
            ("user.name", "Somebody"),
            ("user.email", "somebody@example.com"),
            ("core.hooksPath", HOOKS),
        ):
            self.run("config", key, str(value))
        shutil.copy(ROOT / ".clang-format", self.folder)
        self.write("old.c", UGLY + GOOD)
        self.run("add", ".")
        self.run("commit", "-q", "--no-verify", "-m", "Begin")

    def run(self, *arguments, is_checked=True):
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=ENV,
            capture_output=True,
            text=True,
            check=is_checked,
            timeout=30,
        )

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def commit(self, name, text):
        """Stages a file with this text and commits; gives whether that was let pass, and what
        was said."""
        self.write(name, text)
        self.run("add", name)
        done = self.run("commit", "-q", "-m", f"Change {name}", is_checked=False)
        return done.returncode == 0, done.stdout + done.stderr


def refuses_ugly_line(repository):
    """A changed line that is not formatted is refused, and shown with what to do"""
    passes, said = repository.commit("new.c", GOOD.replace("return 0;", "return  0 ;"))
    return not passes and "+  return 0;" in said and "git clang-format --force" in said


def says_what_helps(repository):
    """What the hook says to do lets the commit pass, with --all too"""
    repository.commit("new.c", GOOD.replace("return 0;", "return  0 ;"))
    repository.run("clang-format", "--force")
    repository.run("add", "new.c")
    repository.run("commit", "-q", "-m", "Add")
    repository.write("new.c", GOOD.replace("return 0;", "return  1 ;"))
    done = repository.run("commit", "-q", "-a", "-m", "Change", is_checked=False)
    repository.run("clang-format", "--force")
    repository.run("commit", "-q", "-a", "-m", "Change")
    wanted = GOOD.replace("0", "1")
    return done.returncode != 0 and repository.run("show", "HEAD:new.c").stdout == wanted


def leaves_old_lines_alone(repository):
    """Lines that were there before and are not formatted do not matter"""
    passes, said = repository.commit("old.c", UGLY + GOOD.replace("0", "1"))
    return passes and said == ""


def looks_at_what_is_staged(repository):
    """What is in the file and not staged does not matter"""
    repository.write("new.c", GOOD)
    repository.run("add", "new.c")
    repository.write("new.c", GOOD.replace("return 0;", "return  0 ;"))
    return repository.run("commit", "-q", "-m", "Add", is_checked=False).returncode == 0


def takes_other_files(repository):
    """Files of other kinds, and files that go, are let pass"""
    passes, said = repository.commit("notes.txt", "int  x ;\n")
    repository.run("rm", "-q", "old.c")
    done = repository.run("commit", "-q", "-m", "Remove", is_checked=False)
    return passes and said == "" and done.returncode == 0


TESTS = (
    refuses_ugly_line,
    says_what_helps,
    leaves_old_lines_alone,
    looks_at_what_is_staged,
    takes_other_files,
)


def main():
    is_good = True
    print(f"1..{len(TESTS)}")
    for n, test in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            passes = test(Repository(folder))
        is_good &= passes
        print(f"{'' if passes else 'not '}ok {n} - {test.__doc__}", flush=True)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
