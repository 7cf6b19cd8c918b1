#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""That all text for people can be translated, and is."""

import pathlib
import re
import subprocess

import harness
from harness import expect_equal, test

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = re.compile(r"\b(_|N_|ngettext) \(\s*\"")


def read_list(name):
    lines = (ROOT / "po" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@test
def listed(scope):
    """POTFILES.in is sorted, and names each file with text for people and no other"""
    named = read_list("POTFILES.in")
    expect_equal(named, sorted(named), "the order")
    sources = [name for name in named if name.endswith(".c")]
    marked = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "src").rglob("*.c")
        if MARK.search(path.read_text())
    ]
    expect_equal(sources, sorted(marked), "the files")
    for name in named:
        expect_equal((ROOT / name).is_file(), True, f"that there is {name}")


@test
def complete(scope):
    """Each language has every text of today, checked by msgfmt"""
    languages = read_list("LINGUAS")
    expect_equal(languages, sorted(languages), "the order")
    template = harness.make_folder(scope) / "tidewire.pot"
    subprocess.run(
        ["xgettext", "-f", "po/POTFILES.in", "-D", ".", "--from-code=UTF-8", "-o", template,
         "--keyword=_", "--keyword=N_", "--keyword=ngettext:1,2",
         "--flag=_:1:pass-c-format", "--flag=N_:1:pass-c-format",
         "--flag=ngettext:1:pass-c-format", "--flag=ngettext:2:pass-c-format"],
        cwd=ROOT, check=True,
    )
    for language in languages:
        file = ROOT / "po" / f"{language}.po"
        merged = template.with_suffix(".po")
        # Without fuzzy matching, what is new is untranslated.
        subprocess.run(
            ["msgmerge", "-q", "--no-fuzzy-matching", "-o", merged, file, template], check=True
        )
        done = subprocess.run(
            ["msgfmt", "--check", "--statistics", "-o", "/dev/null", merged],
            capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin"},
        )
        expect_equal(done.returncode, 0, f"msgfmt for {language}: {done.stderr}")
        harness.expect_match(r"\A\d+ translated messages\.\n\Z", done.stderr)
        expect_equal("#, fuzzy" in file.read_text(), False, f"fuzzy texts of {language}")


harness.run(60)
