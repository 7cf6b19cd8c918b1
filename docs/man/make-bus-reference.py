#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the reference of D-Bus interfaces as reStructuredText.

    make-bus-reference.py REFERENCE XML…

The XML files are those of data/dbus, with comments in the form of gdbus-codegen: a member's
name, its arguments, and paragraphs. A member without a comment, and an argument that the
comment does not name, is an error.
"""

import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
CHANGES = {
    "true": "signals changes",
    "invalidates": "signals that it has changed",
    "const": "never changes",
    "false": "no signal",
}
HINT = re.compile(r"@([a-z_]+): *(.*)")
WIDTH = 64  # of a line of code on a page of 80 columns, without its indent


def escape(words):
    """Words in which nothing is markup."""
    return re.sub(r"([\\*`|_:])", r"\\\1", words)


class Comment:
    """What a comment says of an interface or a member."""

    def __init__(self, text):
        blocks = re.split(r"\n\s*\n", textwrap.dedent(text).strip())
        head, *hints = blocks[0].splitlines()
        self.name = head.strip().rstrip(":")
        self.hints = dict(HINT.fullmatch(line.strip()).groups() for line in hints)
        self.paragraphs = [" ".join(block.split()) for block in blocks[1:]]

    def get_body(self):
        return "\n\n".join(escape(paragraph) for paragraph in self.paragraphs)


def find_comments(element):
    """Pairs of each child and the comment right before it."""
    comment = None
    for child in element:
        if child.tag is ElementTree.Comment:
            comment = child.text
            continue
        if child.tag in ("interface", "method", "signal", "property"):
            name = child.get("name")
            found = Comment(comment) if comment else None
            if not found or found.name != name or not found.paragraphs:
                sys.exit(f"{name} lacks a comment that begins with its name and says what it is")
            if "since" not in found.hints:
                sys.exit(f"the comment of {name} lacks @since")
            yield child, found
        comment = None


def get_change(member):
    for annotation in member.findall("annotation"):
        if annotation.get("name") == EMITS:
            return annotation.get("value")
    return "true"


def list_member(member):
    """A member as a line or some of code."""
    name = member.get("name")
    if member.tag == "property":
        return [f"readonly {member.get('type')} {name};"]
    arguments = [
        " ".join(filter(None, (arg.get("direction"), arg.get("type"), arg.get("name"))))
        for arg in member.findall("arg")
    ]
    line = f"{name}({', '.join(arguments)});"
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(name) + 1)
    lines = [f"{indent}{argument}," for argument in arguments]
    lines[0] = f"{name}({lines[0].strip()}"
    lines[-1] = lines[-1].removesuffix(",") + ");"
    return lines


def list_interface(interface):
    lines = [f"interface {interface.get('name')} {{"]
    for tag, title in (("method", "methods"), ("signal", "signals"), ("property", "properties")):
        members = interface.findall(tag)
        if members:
            lines.append(f"  {title}:")
        for member in members:
            lines += [f"    {line}" for line in list_member(member)]
    return lines + ["};"]


def describe_argument(member, comment, arg):
    name = arg.get("name")
    if name not in comment.hints:
        sys.exit(f"the comment of {member.get('name')} does not name its argument {name}")
    way = "gives " if arg.get("direction") == "out" else ""
    return f"{way}*{name}* ({arg.get('type')}): {escape(comment.hints[name])}."


def describe_member(member, comment):
    name, since = member.get("name"), comment.hints["since"]
    if member.tag == "property":
        change = CHANGES[get_change(member)]
        yield f"``{name}`` ({member.get('type')}; {change}; since {since})"
        yield textwrap.indent(comment.get_body(), "  ")
        return
    yield f"``{name}()`` (since {since})"
    yield textwrap.indent(comment.get_body(), "  ")
    for arg in member.findall("arg"):
        yield f"  {describe_argument(member, comment, arg)}"


def describe_interface(interface, comment):
    title = f"The {interface.get('name').split('.')[-1]} interface"
    yield f"{title}\n{'=' * len(title)}"
    yield f"{comment.hints['short_description']}. Since {comment.hints['since']}."
    yield comment.get_body()
    yield "::"
    yield textwrap.indent("\n".join(list_interface(interface)), "  ")
    members = list(find_comments(interface))
    for tag, title in (("method", "Methods"), ("signal", "Signals"), ("property", "Properties")):
        some = [pair for pair in members if pair[0].tag == tag]
        if some:
            yield f"{title}\n{'-' * len(title)}"
        for member, about in some:
            term, *rest = describe_member(member, about)
            yield f"{term}\n" + "\n\n".join(rest)


def main():
    reference, *files = sys.argv[1:]
    blocks = []
    for name in files:
        builder = ElementTree.TreeBuilder(insert_comments=True)
        node = ElementTree.parse(name, ElementTree.XMLParser(target=builder)).getroot()
        for interface, comment in find_comments(node):
            blocks += describe_interface(interface, comment)
    with open(reference, "w", encoding="utf-8") as file:
        file.write("\n\n".join(blocks) + "\n")


if __name__ == "__main__":
    main()
