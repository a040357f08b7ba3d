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


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("behind", ["", "\n", "\nz: &y 1\n", "\n---\nb: 1\n", "\n...\n"])
def test_the_top_of_a_document_is_as_in_the_whole(value: str, behind: str) -> None:
    """Up to its last key the layout is the same; behind an anchor the parser does not stop."""
    text = f"b: 1\na: {value}{behind}"
    paths: set[Path] = {(), ("a",), ("a", "b")}
    whole, top = yaml_layout(text, 0, paths), yaml_layout(text, 0, paths, last_key="a")
    if "&x" in value:
        assert top == whole
    else:
        assert top.root.entries == whole.root.entries[:2]
        assert top.end == (len(text) if "..." in behind else whole.end)


def test_the_top_ends_at_the_next_document() -> None:
    """The next document is no part of it, nor is a line that only begins like a separator."""
    text = "a: 1\nb: |\n  ---\nc: 1\n---- : 1\n---\nd: 1\n"
    top = yaml_layout(text, 0, {()}, last_key="a")
    assert [entry.key for entry in top.root.entries] == ["a"]
    assert text[top.end :] == "---\nd: 1\n"
    assert top.end == yaml_layout(text, 0, {()}).end
    assert not top.closed
    assert repr(text) not in repr(top)


@pytest.mark.parametrize("text", ["{a: 1, b: 2}", "&x\na: 1\nb: *x\n", "<<: {b: 1}\nc: 2\n"])
def test_a_document_that_is_read_to_its_end(text: str) -> None:
    """In brackets, behind an anchor of the map, and where the last key is not in it."""
    assert yaml_layout(text, 0, {()}, last_key="a") == yaml_layout(text, 0, {()})


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("a:", [("a", 2, 2, None)]),
        ("a: ", [("a", 2, 2, None)]),
        ("? a", [("a", 3, 3, None)]),
        ("x: 1\na:", [("x", 3, 4, None), ("a", 7, 7, None)]),
        ("a: b", [("a", 3, 4, None)]),
        ("a: &x b  \n", [("a", 3, 7, None)]),
        ("a: 'b'", [("a", 3, 6, "'")]),
        ("a: |\n  b\n\nc: 1\n", [("a", 3, 8, "|"), ("c", 13, 14, None)]),
        ("a: !x |\n  b\n\n", [("a", 3, 11, "|")]),
        # A block that keeps its line breaks has all of them.
        ("a: |+\n  b\n\nc: 1\n", [("a", 3, 11, "|"), ("c", 14, 15, None)]),
        ("a: >2+\n  b\n\n", [("a", 3, 12, ">")]),
        # A key in quotes is a key, whatever it is.
        ("'<<': {x: y}\n<<: {z: 1}\n", [("<<", 6, 12, None), (None, 17, 23, None)]),
    ],
)
def test_where_values_are(
    text: str, entries: list[tuple[str | None, int, int, str | None]]
) -> None:
    """From the anchor or tag on, and never beyond the text."""
    found = yaml_layout(text, 0, {()}).root.entries
    assert [(e.key, e.value.start, e.value.end, e.value.style) for e in found] == entries
    assert all(e.value.flow == (e.value.kind == "map") for e in found)


def test_anchors_and_aliases() -> None:
    """A value has the anchors in it, and not the names that aliases in it use."""
    layout = yaml_layout("x: &a 1\ny: [*a, &b 2, *b]\nz: &c [1]\n", 0, {()})
    values = [entry.value for entry in layout.root.entries]
    assert [value.anchor for value in values] == ["a", None, "c"]
    assert [set(value.anchors) for value in values] == [{"a"}, {"b"}, {"c"}]
    assert layout.aliases == {"a": 12, "b": 22}


def test_only_what_is_needed_has_parts() -> None:
    """Other maps and lists are one part each."""
    layout = yaml_layout("a: {b: [1]}\nc: [{d: 1}]\n", 0, {()})
    assert [(e.value.entries, e.value.items) for e in layout.root.entries] == [((), ())] * 2
    needed = yaml_layout("a: {b: [1]}\nc: [{d: 1}]\n", 0, {(), ("a",), ("c",)})
    assert [len(e.value.entries + e.value.items) for e in needed.root.entries] == [1, 1]


def test_the_last_key_is_one_of_the_document() -> None:
    """A key of that name in a map inside ends nothing."""
    text = "metadata:\n  metadata: x\n  labels: {a: b}\nspec: {}\n"
    layout = yaml_layout(text, 0, {(), ("metadata",)}, last_key="metadata")
    (metadata,) = layout.root.entries
    assert [entry.key for entry in metadata.value.entries] == ["metadata", "labels"]
