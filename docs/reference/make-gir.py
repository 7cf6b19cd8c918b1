#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the GIR of which gi-docgen makes the reference.

    make-gir.py GIR LIBRARY SOURCE_TREE BUILD_TREE FOLDER…

Runs g-ir-scanner over those folders of src that are in the library. Any warning about a comment is an error, but for those about
bindings to other languages, which nobody is going to make.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

WARNING = re.compile(r":\d+: (Warning|Error): ")
OF_BINDINGS = re.compile(
    r"Invalid non-constant return of bare structure|Missing \(scope\)|Unresolved type|"
    r"argument vectors:"
)
PRIVATE = re.compile(
    r"(Only for the files of|Private to)\s+(\* )?this folder|#include \"[a-z-]+-private\.h\""
)
INCLUDES = ("Gio-2.0", "Json-1.0", "Soup-3.0")
PACKAGES = ("gio-unix-2.0", "json-glib-1.0", "libsoup-3.0")
CORE = "http://www.gtk.org/introspection/core/1.0"
NAMESPACES = {
    "": CORE,
    "c": "http://www.gtk.org/introspection/c/1.0",
    "glib": "http://www.gtk.org/introspection/glib/1.0",
}


def is_private(name):
    """Whether a header is for its own folder only."""
    with open(name, encoding="utf-8") as file:
        return name.endswith("-private.h") or PRIVATE.search(file.read()) is not None


def find_sources(folder):
    """The public headers, and the code, which has the comments on functions."""
    headers = glob.glob(f"{folder}/tide-*.h")
    return glob.glob(f"{folder}/tide-*.c") + [h for h in headers if not is_private(h)]


def make_command(gir, library, source, build, folders):
    path, name = os.path.split(library)
    files = [file for folder in folders for file in find_sources(f"{source}/src/{folder}")]
    return [
        "g-ir-scanner",
        "--no-libtool",
        "--quiet",
        "--warn-all",
        "--namespace=Tide",
        "--nsversion=1",
        "--identifier-prefix=Tide",
        "--symbol-prefix=tide",
        *(f"--include={include}" for include in INCLUDES),
        *(f"--pkg={package}" for package in PACKAGES),
        f"--library-path={path}",
        f"--library={name.removeprefix('lib').removesuffix('.so')}",
        f"--output={gir}",
        f"-I{build}",
        *(f"-I{tree}/src/{folder}" for tree in (source, build) for folder in folders),
        "--cflags-begin",
        "-D_GNU_SOURCE",
        "-DG_LOG_USE_STRUCTURED",
        "--cflags-end",
        *sorted(files),
    ]


def put_sentences(gir):
    """Functions of which a comment says only what they return get a sentence made of that."""
    for prefix, uri in NAMESPACES.items():
        ElementTree.register_namespace(prefix, uri)
    tree = ElementTree.parse(gir)
    for symbol in tree.iter():
        doc = symbol.find(f"{{{CORE}}}return-value/{{{CORE}}}doc")
        if doc is not None and symbol.find(f"{{{CORE}}}doc") is None:
            sentence = ElementTree.Element(doc.tag, doc.attrib)
            sentence.text = f"Returns {doc.text}."
            symbol.insert(0, sentence)
    tree.write(gir, encoding="utf-8", xml_declaration=True)


def main():
    gir, library, source, build = map(os.path.abspath, sys.argv[1:5])
    folders = sys.argv[5:]
    # The scanner builds a program in the current folder.
    with tempfile.TemporaryDirectory() as folder:
        command = make_command(f"{folder}/made.gir", library, source, build, folders)
        run = subprocess.run(command, cwd=folder, stderr=subprocess.PIPE, text=True)
        lines = [line for line in run.stderr.splitlines() if not OF_BINDINGS.search(line)]
        for line in lines:
            print(line, file=sys.stderr)
        if run.returncode != 0 or any(WARNING.search(line) for line in lines):
            sys.exit("make-gir: correct the comments that are named above, then build again")
        put_sentences(f"{folder}/made.gir")
        with open(f"{folder}/made.gir", "rb") as made, open(gir, "wb") as file:
            file.write(made.read())


if __name__ == "__main__":
    main()
