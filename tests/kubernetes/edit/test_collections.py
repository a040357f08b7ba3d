"""Edits in brackets, and items that leave their lists."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel.kubernetes import (
    EditError,
    read_manifests,
)
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
