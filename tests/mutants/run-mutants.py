#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Breaks delivery and sessions on purpose, and looks whether their tests notice.

run-mutants.py BUILD_ROOT

Each mutant is one exact replacement in a copy of one file of a folder of src. The copy is
compiled with the flags of the build, linked with the other objects of the folder, and run
with the folder's tests, until one of them fails. All must pass without a mutant, and no
mutant may pass them all. The output is TAP.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile

# A folder's tests, and the folders that it is built on.
FOLDERS = {
    "delivery": (
        [
            "test-lane-flush",
            "test-lane-share",
            "test-room-flush",
            "test-lane-users",
            "test-scalable-broadcaster",
        ],
        ["core"],
    ),
    "sessions": (["test-session-books", "test-session-books-random"], ["protocol", "core"]),
}

# Name, file, what is there, what a mutant has instead.
MUTANTS = [
    (
        "conflation skipped",
        "delivery/tide-lane-flush.c",
        "  gboolean replaces =\n"
        "      is_pressed_now || entry->event->route->delivery_class == TIDE_CLASS_LATEST;",
        "  gboolean replaces = FALSE;\n  (void) is_pressed_now;",
    ),
    (
        "order turned",
        "delivery/tide-lane.c",
        "  for (guint i = self->queues != NULL ? TIDE_N_PRIORITIES : 0; i > 0; i--)\n"
        "    {\n"
        "      TideLaneQueue *queue = &self->queues[i - 1];\n"
        "\n"
        "      for (guint j = 0; j < queue->length && n_events > 0; j++)",
        "  for (guint i = 1; self->queues != NULL && i <= TIDE_N_PRIORITIES; i++)\n"
        "    {\n"
        "      TideLaneQueue *queue = &self->queues[i - 1];\n"
        "\n"
        "      for (guint j = 0; j < queue->length && n_events > 0; j++)",
    ),
    (
        "order forgotten where lanes share",
        "delivery/tide-lane-chain.c",
        "(self->is_level && self->newest.priority == longer->newest.priority);",
        "TRUE;",
    ),
    (
        "the wrong batch shared",
        "delivery/tide-lane-chain.c",
        "  if (*link != NULL && tide_lane_chain_is_of_push (*link, entry))",
        "  if (*link != NULL)",
    ),
    (
        "limit off by one",
        "delivery/tide-rate-ring.c",
        "  return limit > self->total ? limit - self->total : 0;",
        "  return limit + 1 > self->total ? limit + 1 - self->total : 0;",
    ),
    (
        "lost on close",
        "delivery/tide-lane-users.c",
        "      tide_offline_queue_return (self->offline, lane->user.slot, &item);\n"
        "      tide_lane_entry_clear (entry);",
        "      (void) item;\n      tide_lane_entry_clear (entry);",
    ),
    (
        "doubled for a user met by two ways",
        "delivery/tide-scalable-broadcaster.c",
        "  if (lane->last_push == entry->sequence)\n    return 0;\n",
        "",
    ),
    (
        "doubled on two tabs",
        "sessions/tide-session-books.c",
        "      if (is_settled)\n        return;\n",
        "      (void) is_settled;\n",
    ),
    (
        "slot used again too early",
        "delivery/tide-lane-users.c",
        "  tide_user_table_hold (self->users, user.slot);\n  lane->owner = self;",
        "  tide_user_table_hold (self->users, user.slot);\n"
        "  tide_user_table_release (self->users, user.slot);\n"
        "  lane->owner = self;",
    ),
]


class Builder:
    """Compiles and links with what the build has in its compile_commands.json."""

    def __init__(self, build_root, scratch):
        self.root = build_root
        self.scratch = scratch
        with open(os.path.join(build_root, "compile_commands.json")) as commands:
            self.commands = json.load(commands)

    def find(self, end):
        for command in self.commands:
            if command["file"].endswith(end):
                return command
        sys.exit(f"{end} is not in compile_commands.json")

    def source(self, name):
        command = self.find("/src/" + name)
        return os.path.join(command["directory"], command["file"])

    def compile(self, command, source, name):
        """Compiles a source as the build does; gives the object."""
        made = os.path.join(self.scratch, name + ".o")
        words = []
        skip = False
        for word in shlex.split(command["command"]):
            if skip:
                skip = False
            elif word in ("-o", "-MF", "-MQ", "-c"):
                skip = True
            elif word != "-MD":
                words.append(word)
        # A mutant may leave something unused.
        here = os.path.dirname(os.path.join(command["directory"], command["file"]))
        words += ["-Wno-error", "-w", "-iquote", here]
        subprocess.run(words + ["-o", made, "-c", source], cwd=self.root, check=True)
        return made

    def link(self, command, objects, folders, name):
        made = os.path.join(self.scratch, name)
        flags = [w for w in shlex.split(command["command"]) if w.startswith("-fsanitize")]
        libraries = subprocess.run(
            ["pkg-config", "--libs", "gobject-2.0", "json-glib-1.0", "gio-2.0"],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.split()
        archives = [f"{self.root}/src/{folder}/libtide-{folder}.a" for folder in folders]
        compiler = [w for w in shlex.split(command["command"])]
        compiler = compiler[: 2 if os.path.basename(compiler[0]) == "ccache" else 1]
        subprocess.run(
            compiler + flags + ["-o", made] + objects + archives + libraries + ["-lm"],
            cwd=self.root,
            check=True,
        )
        return made


def run(program):
    env = dict(os.environ, G_DEBUG="fatal-warnings", MALLOC_PERTURB_="85")
    try:
        done = subprocess.run(
            [program],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


class Folder:
    """A folder of src, compiled, and its tests."""

    def __init__(self, builder, name):
        self.builder = builder
        tests, self.below = FOLDERS[name]
        self.objects = {}
        self.tests = {}
        for command in builder.commands:
            if f"/src/{name}/" in command["file"]:
                source = os.path.join(command["directory"], command["file"])
                key = f"{name}/{os.path.basename(source)}"
                self.objects[key] = builder.compile(command, source, key.replace("/", "-"))
        for test in tests:
            command = builder.find(f"/tests/unit/{test}.c")
            source = os.path.join(command["directory"], command["file"])
            self.tests[test] = (command, builder.compile(command, source, test + "-main"))

    def find_failing(self, objects):
        """Gives the name of the first test that fails with these objects."""
        for name, (command, test_object) in self.tests.items():
            made = [test_object] + list(objects.values())
            if not run(self.builder.link(command, made, self.below, name)):
                return name
        return None

    def mutate(self, mutant):
        """Gives the objects with one of them broken; None when there is nothing to break."""
        _, file_name, old, new = mutant
        with open(self.builder.source(file_name)) as source:
            text = source.read()
        if text.count(old) != 1:
            return None
        copy = os.path.join(self.builder.scratch, os.path.basename(file_name))
        with open(copy, "w") as out:
            out.write(text.replace(old, new))
        command = self.builder.find("/src/" + file_name)
        made = self.builder.compile(command, copy, "mutant")
        return dict(self.objects, **{file_name: made})


def report(number, name, is_good, why):
    print(f"{'ok' if is_good else 'not ok'} {number} {name}: {why}", flush=True)
    return 0 if is_good else 1


def main():
    n_failed = 0
    print(f"1..{len(FOLDERS) + len(MUTANTS)}")
    with tempfile.TemporaryDirectory() as scratch:
        builder = Builder(os.path.abspath(sys.argv[1]), scratch)
        folders = {name: Folder(builder, name) for name in FOLDERS}
        for number, (name, folder) in enumerate(folders.items(), 1):
            failing = folder.find_failing(folder.objects)
            n_failed += report(number, name + " unchanged", not failing, failing or "passes")
        for number, mutant in enumerate(MUTANTS, len(FOLDERS) + 1):
            folder = folders[mutant[1].split("/")[0]]
            broken = folder.mutate(mutant)
            caught = broken and folder.find_failing(broken)
            why = "nothing notices" if broken else f"its text is not in {mutant[1]}"
            n_failed += report(
                number, mutant[0], caught, f"caught by {caught}" if caught else why
            )
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
