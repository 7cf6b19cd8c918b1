#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages: well formed, and complete beside the programs and the interfaces.

PAGES names their folder, in which they are as built; PROGRAMS says which page is that of
which program, as PAGE=PROGRAM with : between."""

import functools
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "daemon"))

import harness  # noqa: E402
from harness import expect_equal  # noqa: E402

PAGES = sorted(pathlib.Path(os.environ["PAGES"]).glob("*.[1-8]"))
PROGRAMS = dict(pair.split("=") for pair in os.environ["PROGRAMS"].split(":"))
COLUMNS = 80
ENV = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": str(COLUMNS)}
ENV.pop("MAN_KEEP_FORMATTING", None)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, env=ENV, timeout=60)


@functools.cache
def render(page):
    """A page as a reader has it."""
    return run("man", "-l", str(page)).stdout


def get_words(page):
    """All words of a page, with what was broken at the end of a line put together."""
    text = re.sub("‐\n *", "", render(page))
    return " ".join(text.split())


def expect_all(page, wanted):
    words = get_words(page)
    missing = [word for word in wanted if word not in words]
    expect_equal(missing, [], f"what is missing in {page.name}")


def expect_help(page, *command):
    """Compares a page with what --help says; gives the verbs that this lists."""
    done = run(*command, "--help")
    expect_equal((done.returncode, done.stderr), (0, ""), f"{command} --help")
    options = re.findall(r"^  (?:-(\w), )?(--[a-z-]+)", done.stdout, re.M)
    expect_equal(len(options) > 3, True, f"{command} has options")
    expect_all(page, [option for _, option in options])
    expect_all(page, [f"-{letter}" for letter, _ in options if letter])
    listed = re.search(r"^Verbs:\n((?:  .*\n)+)", done.stdout, re.M)
    verbs = re.findall(r"^  ([a-z-]+) ", listed[1], re.M) if listed else []
    text = render(page)
    missing = [verb for verb in verbs if not re.search(rf"^ {{7}}(.*, )?{verb}\b", text, re.M)]
    expect_equal(missing, [], f"verbs that are missing in {page.name}")
    return verbs


def get_page(name):
    return next(page for page in PAGES if page.name == name)


@harness.test
def formats_without_warning(scope):
    """man and groff have nothing to complain about, and no line is wider than the page"""
    for page in PAGES:
        for command in (
            ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(page)],
            ["groff", "-man", "-k", "-Tutf8", "-ww", f"-rLL={COLUMNS}n", str(page)],
        ):
            done = run(*command)
            expect_equal((done.returncode, done.stderr), (0, ""), f"{command}")
        wide = [line for line in render(page).splitlines() if len(line) > COLUMNS]
        expect_equal(wide, [], f"lines of {page.name} that are too wide")


@harness.test
def have_name_and_sections(scope):
    """apropos finds each page, and each has EXAMPLES, and under SEE ALSO all the others"""
    for page in PAGES:
        name = page.stem
        expect_equal(run("lexgrog", str(page)).stdout.count(f'"{name} - '), 1, page.name)
        text = render(page)
        for section in ("DESCRIPTION", "EXAMPLES", "SEE ALSO"):
            expect_equal(text.count(f"\n{section}\n"), 1, f"{section} in {page.name}")
        also = re.sub("‐\n *", "", text.split("\nSEE ALSO\n")[1])
        for other in PAGES:
            reference = f"{other.stem}({other.suffix[1:]})"
            if other != page and reference not in also:
                raise AssertionError(f"{page.name} does not refer to {reference}")


@harness.test
def have_every_option(scope):
    """What --help lists, options and verbs, and the options of each verb, is in the page"""
    for name, program in PROGRAMS.items():
        page = get_page(name)
        verbs = expect_help(page, program)
        for verb in verbs:
            expect_help(page, program, verb)


@harness.test
def has_every_key(scope):
    """tidewire.conf(5) has every key that is read, with its default, and those of routes"""
    page = get_page("tidewire.conf.5")
    done = harness.run_tidewired("--set=routing.preset=none", "--print-config")
    expect_equal(done.returncode, 0)
    keys = re.findall(r"^# default\n([a-z0-9-]+)=(.*)$", done.stdout, re.M)
    expect_equal(len(keys) > 50, True, "there are keys")
    expect_all(page, [f"{key}=" for key, _ in keys])
    expect_all(page, [f"Default: {value}." for _, value in keys if value])
    expect_all(page, re.findall(r"^\[[a-z]+\]$", done.stdout, re.M))
    shipped = (ROOT / "data" / "config" / "tidewire.conf").read_text()
    routes = re.findall(r"^#\n# ([a-zA-Z-]+=)", shipped.rpartition("[route NAME]")[2], re.M)
    expect_equal(len(routes) > 10, True, "there are keys of routes")
    expect_all(page, routes)


@harness.test
def has_good_examples(scope):
    """The examples of tidewire.conf(5) are good configurations"""
    text = (ROOT / "docs" / "man" / "tidewire.conf.5.rst.in").read_text()
    examples = text.split("EXAMPLES\n")[1].split("SEE ALSO\n")[0]
    blocks = re.findall(r"::\n\n((?:  .*\n|\n)+)", examples)
    expect_equal(len(blocks), 3, "examples")
    for block in blocks:
        path = harness.make_folder(scope) / "tidewire.conf"
        path.write_text(re.sub("^  ", "", block, flags=re.M))
        done = harness.run_tidewired(f"--config={path}", "--check-config")
        expect_equal((done.returncode, done.stderr), (0, ""), block)


@harness.test
def has_every_member(scope):
    """org.tidewire.Tidewire1(5) has every member, every argument and every error"""
    page = get_page("org.tidewire.Tidewire1.5")
    errors = (ROOT / "src" / "control" / "tide-bus-error.c").read_text()
    names = re.findall(r"PREFIX \"(\w+)\"", errors)
    expect_equal("Failed" in names, True, "there are errors")
    expect_all(page, [f"org.tidewire.Tidewire1.Error.{name} " for name in names])
    files = sorted((ROOT / "data" / "dbus").glob("org.tidewire.*.xml"))
    expect_equal(len(files), 3, "interfaces")
    for file in files:
        for interface in ElementTree.parse(file).getroot().iter("interface"):
            wanted = [f"interface {interface.get('name')} {{"]
            for member in interface.iter():
                name, type_ = member.get("name"), member.get("type")
                if member.tag in ("method", "signal"):
                    wanted += [f" {name}(", f"{name}() (since "]
                elif member.tag == "property":
                    wanted += [f"readonly {type_} {name};", f"{name} ({type_}; "]
                elif member.tag == "arg":
                    wanted.append(f"{name} ({type_}): ")
            expect_all(page, wanted)


harness.run(120)
