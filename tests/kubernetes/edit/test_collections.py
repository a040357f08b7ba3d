"""Edits in brackets, and items that leave their lists."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.kubernetes import Edit, EditError, Resource, read_manifests
from tests.kubernetes.edit.changes import POD, deleted, labelled, lines, meta, run


@st.composite
def flow_labels(draw: st.DrawFn) -> str:
    """Labels in brackets, in any layout that YAML allows; the keys are a, b, c and so on."""
    space = st.sampled_from(["", " ", "  ", "\n    ", " # it\n    ", "\n\n    # it, {too}\n    "])
    text = "{" + draw(space)
    keys = "abcd"[: draw(st.integers(0, 4))]
    for key in keys:
        quote, other = draw(st.sampled_from(["", '"', "'"])), draw(st.sampled_from(["", '"', "'"]))
        colon = draw(st.sampled_from([": ", " : ", ":   ", ":\n      ", *([":"] * bool(quote))]))
        explicit = "? " if draw(st.booleans()) and colon != ":" else ""
        value = draw(st.sampled_from([f"{other}v{other}", "&w v", "! v", "!!str v", "", "~"]))
        comma = "," if key != keys[-1] or draw(st.booleans()) else ""
        text += f"{explicit}{quote}{key}{quote}{colon}{value}{draw(space)}{comma}{draw(space)}"
    return text + "}" + draw(st.sampled_from(["", " # end"]))


@given(
    flow_labels(),
    st.booleans(),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["x", "on", ""]) | st.none()),
)
def test_any_layout_in_brackets(text: str, block: bool, changes: dict[str, str | None]) -> None:  # noqa: FBT001 - an argument that Hypothesis gives by place
    """Labels in brackets can be edited however they are laid out."""
    text = meta(f"\n  name: a\n  labels: {text}\n" if block else f"{{name: a, labels: {text}\n}}\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.yaml")
        path.write_text(text)
        (before,) = read_manifests([path])
        expected = {**before.labels, **changes}
        run(path, text, labelled(changes))
        (after,) = read_manifests([path])
        assert after.labels == {key: value for key, value in expected.items() if value is not None}
        assert path.read_text().count("# end") == text.count("# end") or not after.labels


ITEMS = """\
apiVersion: v1
kind: List
items: # all
# a
- {apiVersion: v1, kind: Pod, metadata: {name: a}}
# of b

- apiVersion: v1
  kind: List
  items: [{apiVersion: v1, kind: Pod, metadata: {name: b}}]
"""


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ("a", ["-# a", "-- {apiVersion: v1, kind: Pod, metadata: {name: a}}"]),
        (
            "b",
            [
                "-  items: [{apiVersion: v1, kind: Pod, metadata: {name: b}}]",
                "+  items: []",
            ],
        ),
    ],
)
def test_items_go(tmp_path: Path, gone: str, expected: list[str]) -> None:
    """An item goes with the comment above it; a List stays, if need be empty."""
    assert lines(ITEMS, run(tmp_path / "a.yaml", ITEMS, deleted(gone))) == expected


def test_all_items_go(tmp_path: Path) -> None:
    """A List without an item says so in brackets: with nothing it would be null."""
    text = "apiVersion: v1\nkind: List\nitems: # all\n- " + json.dumps(POD) + "\n"
    after = run(tmp_path / "a.yaml", text, deleted())
    assert after == "apiVersion: v1\nkind: List\nitems: [] # all\n"


LIST = "kind: List\napiVersion: v1\nitems:\n"


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        # The indentation of a new map is that of the map around it, not that of its own lines.
        (
            f"{LIST}-   kind: Pod\n    apiVersion: v1\n    metadata:\n      name: a\n",
            {"x": "v"},
            ["+      labels:", "+        x: v"],
        ),
        (
            f"{LIST}- kind: Pod\n  apiVersion: v1\n  metadata:\n    name: a\n",
            {"x": "v"},
            ["+    labels:", "+      x: v"],
        ),
        (
            f"{LIST}-   kind: Pod\n    apiVersion: v1\n    metadata:\n        name: a\n",
            {"x": "v"},
            ["+        labels:", "+            x: v"],
        ),
        # In lines a colon is followed by one blank, whatever the others are aligned to.
        (meta("\n  name: a\n  labels:\n    a:    b\n"), {"x": "v"}, ["+    x: v"]),
        # A comma is as the last one before.
        (
            meta("{name: a, labels: {a: b ,c: d}}\n"),
            {"x": "v"},
            [
                "-metadata: {name: a, labels: {a: b ,c: d}}",
                "+metadata: {name: a, labels: {a: b ,c: d ,x: v}}",
            ],
        ),
        (
            meta("\n  name: a\n  labels: {a: b,c: d , e: f}\n"),
            {"x": "v"},
            ["-  labels: {a: b,c: d , e: f}", "+  labels: {a: b,c: d , e: f , x: v}"],
        ),
        # One with a line break is not taken from the map around it; one without is.
        (
            meta("{\n    name: a,\n    labels: {a: b}\n  }\n"),
            {"x": "v"},
            ["-    labels: {a: b}", "+    labels: {a: b, x: v}"],
        ),
        (
            meta("{name: a,labels: {a: b}}\n"),
            {"x": "v"},
            ["-metadata: {name: a,labels: {a: b}}", "+metadata: {name: a,labels: {a: b,x: v}}"],
        ),
        (
            meta("\n  labels: {}\n  name: a\n"),
            {"x": "v", "z": "v"},
            ["-  labels: {}", "+  labels: {x: v, z: v}"],
        ),
        # Quotes are those of all strings around; maps have none.
        (
            meta('\n  name: "a"\n  annotations: {c: d}\n'),
            {"x": "v"},
            ["+  labels:", '+    x: "v"'],
        ),
        (
            meta("\n  name: a\n  labels:\n    a: |\n      b\n"), {"x": "v"}, ["+    x: v"],
        ),
        # The last label goes with the map, in lines with the comments of other things in it.
        (
            meta("\n  name: a\n  labels: {a: b} # of it\n"), {"a": None},
            ["-  labels: {a: b} # of it"],
        ),
        (
            meta("\n  name: a\n  labels:\n    # why\n    a: b\n"), {"a": None},
            ["-  labels:", "-    a: b"],
        ),
        (
            meta("\n  name: a\n  labels: {a: b, c: d, e: f, g: h}\n"),
            {"a": None, "c": None, "g": None},
            ["-  labels: {a: b, c: d, e: f, g: h}", "+  labels: {e: f}"],
        ),
    ],
)  # fmt: skip
def test_what_is_new_is_written_as_what_is_there(
    tmp_path: Path, text: str, changes: dict[str, str | None], expected: list[str]
) -> None:
    """Indentation, colons, commas and quotes; and what goes takes no comment of others along."""
    assert lines(text, run(tmp_path / "a.yaml", text, labelled(changes))) == expected


def test_an_item_of_a_list_in_a_list(tmp_path: Path) -> None:
    """Only its labels change."""
    one, other = (json.dumps(POD).replace('"a"', f'"{name}"') for name in "xy")
    inner = json.dumps({"apiVersion": "v1", "kind": "List", "items": [json.loads(one)]})
    text = f"{LIST}- {other}\n- {inner}\n- {other}\n"

    def change(resources: list[Resource]) -> list[Edit]:
        return labelled({"x": "z"})([each for each in resources if each.name == "x"])

    after = run(tmp_path / "a.yaml", text, change)
    assert after == text.replace(inner, inner.replace('"x": "b"', '"x": "z"'))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "kind: List\napiVersion: v1\nitems: &i [" + json.dumps(POD) + "]\nx: *i\n",
            "by the alias *i",
        ),
        (
            "kind: List\napiVersion: v1\nitems:\n- &p " + json.dumps(POD) + "\nx: *p\n",
            "something else would change, too: the alias *p has no anchor &p before it",
        ),
    ],
)
def test_items_that_cannot_go(tmp_path: Path, text: str, problem: str) -> None:
    """An item that something else needs stays."""
    with pytest.raises(EditError) as caught:
        run(tmp_path / "a.yaml", text, deleted())
    assert problem in str(caught.value)
