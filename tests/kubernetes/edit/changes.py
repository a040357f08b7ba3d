"""Changes of objects in files, and what becomes of the text."""

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path

from labelsel.kubernetes import (
    Edit,
    Resource,
    annotate,
    apply_edits,
    label,
    read_manifests,
    write_files,
)

HEAD = "apiVersion: v1\nkind: Pod\n"
#: One object in block style, with comments wherever they may stand.
COMMENTED = (
    HEAD
    + """\
metadata:
  name: a # x
  labels: # all
    app: web  # the app
    # between
    'tier': "x"
spec: {}
"""
)
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"a": "b"}}}

Labels = Mapping[str, str | None]
Change = Callable[[list[Resource]], list[Edit]]


def labelled(changes: Labels) -> Change:
    """Change the labels of all objects."""

    def change(resources: list[Resource]) -> list[Edit]:
        done = label(resources, changes, overwrite=True)
        return [Edit(each.before, each.after) for each in done]

    return change


def annotated(changes: Labels) -> Change:
    """Change the annotations of all objects."""

    def change(resources: list[Resource]) -> list[Edit]:
        return [Edit(each.before, each.after) for each in annotate(resources, changes)]

    return change


def deleted(*names: str) -> Change:
    """Delete the objects of some names; all where none is given."""

    def change(resources: list[Resource]) -> list[Edit]:
        return [Edit(item, None) for item in resources if item.name in names or not names]

    return change


def run(path: Path, text: str, change: Change) -> str:
    """The text of a file after a change."""
    path.write_bytes(text.encode())
    write_files(apply_edits(change(list(read_manifests([path])))))
    return path.read_bytes().decode()


def lines(before: str, after: str) -> list[str]:
    """The lines that differ, marked as in a diff, without line breaks."""
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in list(diff)[2:] if not line.startswith("@@")]


def meta(text: str) -> str:
    """A pod with this text for its metadata."""
    return f"{HEAD}metadata: {text}"


def names(*letters: str) -> str:
    """Documents of one pod each, with a comment behind the separator."""
    return "---\n".join(f"# {letter}\n{meta(f'{{name: {letter}}}')}\n" for letter in letters)
