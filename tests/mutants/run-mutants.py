#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Breaks delivery on purpose, and looks whether its tests notice.

run-mutants.py BUILD_ROOT

Each mutant is one exact replacement in a copy of one file of src/delivery. The copy is
compiled with the flags of the build, linked with the other objects of delivery, and run
with the tests, until one of them fails. All must pass without a mutant, and no mutant may
pass them all. The output is TAP.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile

TESTS = [
    "test-lane-flush",
    "test-room-flush",
    "test-lane-users",
    "test-scalable-broadcaster",
]

# Name, file, what is there, what a mutant has instead.
MUTANTS = [
    (
        "conflation skipped",
        "tide-lane-flush.c",
        "  gboolean replaces =\n"
        "      is_pressed_now || entry->event->route->delivery_class == TIDE_CLASS_LATEST;",
        "  gboolean replaces = FALSE;\n  (void) is_pressed_now;",
    ),
    (
        "order turned",
        "tide-lane.c",
        "  for (guint i = TIDE_N_PRIORITIES; i > 0; i--)\n"
        "    {\n"
        "      TideLaneQueue *queue = &self->queues[i - 1];\n"
        "\n"
        "      for (guint j = 0; j < queue->length && n_events > 0; j++)",
        "  for (guint i = 1; i <= TIDE_N_PRIORITIES; i++)\n"
        "    {\n"
        "      TideLaneQueue *queue = &self->queues[i - 1];\n"
        "\n"
        "      for (guint j = 0; j < queue->length && n_events > 0; j++)",
    ),
    (
        "limit off by one",
        "tide-rate-ring.c",
        "  return limit > self->total ? limit - self->total : 0;",
        "  return limit + 1 > self->total ? limit + 1 - self->total : 0;",
    ),
    (
        "lost on close",
        "tide-lane-users.c",
        "      tide_offline_queue_return (self->offline, lane->user.slot, &item);\n"
        "      tide_lane_entry_clear (entry);",
        "      (void) item;\n      tide_lane_entry_clear (entry);",
    ),
    (
        "doubled for a user met by two ways",
        "tide-scalable-broadcaster.c",
        "  if (lane->last_push == entry->sequence)\n    return 0;\n",
        "",
    ),
    (
        "slot used again too early",
        "tide-lane-users.c",
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
        command = self.find("/src/delivery/" + name)
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
        words += ["-Wno-error", "-w", "-iquote", os.path.dirname(self.source("tide-lane.c"))]
        subprocess.run(words + ["-o", made, "-c", source], cwd=self.root, check=True)
        return made

    def link(self, command, objects, name):
        made = os.path.join(self.scratch, name)
        flags = [w for w in shlex.split(command["command"]) if w.startswith("-fsanitize")]
        libraries = subprocess.run(
            ["pkg-config", "--libs", "gobject-2.0", "json-glib-1.0", "gio-2.0"],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.split()
        core = os.path.join(self.root, "src", "core", "libtide-core.a")
        compiler = [w for w in shlex.split(command["command"])]
        compiler = compiler[: 2 if os.path.basename(compiler[0]) == "ccache" else 1]
        subprocess.run(
            compiler + flags + ["-o", made] + objects + [core] + libraries + ["-lm"],
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


def find_failing(builder, tests, objects):
    """Gives the name of the first test that fails with these objects of delivery."""
    for name, (command, test_object) in tests.items():
        program = builder.link(command, [test_object] + list(objects.values()), name)
        if not run(program):
            return name
    return None


def mutate(builder, mutant, objects):
    """Gives the objects with one of them broken; None when there is nothing to break."""
    _, file_name, old, new = mutant
    with open(builder.source(file_name)) as source:
        text = source.read()
    if text.count(old) != 1:
        return None
    copy = os.path.join(builder.scratch, file_name)
    with open(copy, "w") as out:
        out.write(text.replace(old, new))
    command = builder.find("/src/delivery/" + file_name)
    made = builder.compile(command, copy, "mutant-" + file_name)
    return dict(objects, **{file_name: made})


def main():
    build_root = os.path.abspath(sys.argv[1])
    n_failed = 0
    print(f"1..{len(MUTANTS) + 1}")
    with tempfile.TemporaryDirectory() as scratch:
        builder = Builder(build_root, scratch)
        objects = {}
        for command in builder.commands:
            if "/src/delivery/" in command["file"]:
                name = os.path.basename(command["file"])
                source = os.path.join(command["directory"], command["file"])
                objects[name] = builder.compile(command, source, name)
        tests = {}
        for name in TESTS:
            command = builder.find(f"/tests/unit/{name}.c")
            source = os.path.join(command["directory"], command["file"])
            tests[name] = (command, builder.compile(command, source, name + "-main"))
        failing = find_failing(builder, tests, objects)
        n_failed += failing is not None
        print("ok 1 unchanged" if failing is None else f"not ok 1 unchanged: {failing}")
        for number, mutant in enumerate(MUTANTS, 2):
            broken = mutate(builder, mutant, objects)
            caught = broken and find_failing(builder, tests, broken)
            if caught:
                print(f"ok {number} {mutant[0]}: caught by {caught}", flush=True)
                continue
            n_failed += 1
            why = "nothing notices" if broken else f"its text is not in {mutant[1]}"
            print(f"not ok {number} {mutant[0]}: {why}", flush=True)
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
