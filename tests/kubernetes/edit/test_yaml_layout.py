"""What an edit does not need is skimmed: it has the same ends and anchors as if it were walked."""

import pytest

from labelsel.errors import Path
from labelsel.kubernetes.edit.layout import Entry, Part
from labelsel.kubernetes.edit.yaml_layout import yaml_layout

VALUES = [
    "b",
    "{}",
    "[]  # none",
    "{b: &x c, d: &y [e, {f: &z g}]}",
    "&x {b: c,\n  d: e}  # flow",
    "\n  b: c\n  d: e\n\n# behind",
    "\n  b: {c: [d]}",
    "\n- b\n- - c\n  - &x d\n",
    "\n  b: |\n    text\n\n",
    "\n  b: |+\n    text\n\n",
    "\n  b: &x >-\n    text\n  c: *x\n",
    "\n  b: 'c\n\n    d'\n",
    "\n  b:\n  c:",
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("behind", ["", "\n", "\nz: 1\n", "\n---\nb: 1\n", "\n...\n"])
def test_a_skimmed_value_is_as_a_walked_one(value: str, behind: str) -> None:
    """Each value of the root has its position and its anchors, whether or not it is needed."""
    text = f"a: {value}{behind}"
    paths: set[Path] = {(), ("a",), ("a", "b"), ("a", "d"), ("a", 0), ("a", 1), ("a", "d", 1)}
    walked, skimmed = (yaml_layout(text, 0, needed) for needed in (paths, {()}))
    assert list(map(outline, walked.root.entries)) == list(map(outline, skimmed.root.entries))
    assert (walked.end, walked.next_start, walked.aliases) == (
        skimmed.end,
        skimmed.next_start,
        skimmed.aliases,
    )


def outline(entry: Entry) -> list[Part]:
    """Return the parts of an entry without what is in them."""
    _, name, value = entry
    return [part._replace(entries=(), items=()) for part in (name, value)]
