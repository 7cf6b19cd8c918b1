#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks whether links between the documents lead somewhere: to a file that is there, and to
a heading that is in it. Writes TAP."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^]]*\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```.*?^```", re.M | re.S)
CODE = re.compile(r"`[^`\n]*`")


def find_documents():
    folders = ("docs", "tests", "data")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.md")]
    found = [path for path in found if "node_modules" not in path.parts]
    return sorted([*ROOT.glob("*.md"), *found])


def read(path):
    return BLOCK.sub("", path.read_text(encoding="utf-8"))


def get_anchors(path):
    """What the headings of a document are called in links."""
    anchors = set()
    for title in re.findall(r"^#+ +(.*?) *$", read(path), re.M):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        n = 0
        while (name := f"{anchor}-{n}" if n else anchor) in anchors:
            n += 1
        anchors.add(name)
    return anchors


def find_fault(document, link):
    if re.match(r"[a-z]+:", link):
        return None
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    if not target.exists():
        return f"there is no {path}"
    if anchor and anchor not in get_anchors(target):
        return f"there is no heading #{anchor}"
    return None


def main():
    documents = find_documents()
    is_good = True
    print(f"1..{len(documents) + 1}")
    for n, document in enumerate(documents, 1):
        links = LINK.findall(CODE.sub("", read(document)))
        faults = [f"{link}: {fault}" for link in links if (fault := find_fault(document, link))]
        is_good &= not faults
        print(f"{'not ' if faults else ''}ok {n} - {document.relative_to(ROOT)}")
        for fault in faults:
            print(f"# {fault}: correct the link")
    decisions = ROOT / "docs" / "decisions"
    index = (decisions / "README.md").read_text(encoding="utf-8")
    missing = [f.name for f in decisions.glob("0*.md") if f"({f.name})" not in index]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing += [f.name for f in (ROOT / "docs").glob("*.md") if f"(docs/{f.name})" not in readme]
    print(f"{'not ' if missing else ''}ok {len(documents) + 1} - every document is in an index")
    for name in missing:
        print(f"# {name} is in no index: add it to README.md, or to docs/decisions/README.md")
    sys.exit(0 if is_good and not missing else 1)


if __name__ == "__main__":
    main()
