"""Edits in JSON of every layout."""

import json
from pathlib import Path

import pytest

from labelsel.kubernetes.edit.json_layout import json_layout
from tests.kubernetes.edit.changes import annotated, deleted, labelled, run


@pytest.mark.parametrize(
    ("indent", "separators"), [(4, None), (1, (",", ":")), (None, (",", ":")), (None, None)]
)
def test_json(tmp_path: Path, indent: int | None, separators: tuple[str, str] | None) -> None:
    """A JSON file is afterwards what it had been if it had been written so at first."""

    def text(*pods: object) -> str:
        values = {"kind": "List", "apiVersion": "v1", "items": list(pods)}
        return json.dumps(values, indent=indent, separators=separators) + "\n"

    def pod(name: str, **metadata: object) -> object:
        return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, **metadata}}

    path = tmp_path / "a.json"
    before = text(pod("a", labels={"x": "y"}), pod("b", labels={}), pod("c"))
    assert run(path, before, labelled({"x": "é", "z": None} | {"x": "1"})) == text(
        pod("a", labels={"x": "1"}), pod("b", labels={"x": "1"}), pod("c", labels={"x": "1"})
    )
    assert run(path, before, labelled({"x": None})) == text(pod("a"), pod("b", labels={}), pod("c"))
    both = {"x": "y", "u": "v"}
    assert run(path, text(pod("a", labels={"x": "y"})), labelled({"u": "v"})) == text(
        pod("a", labels=both)
    )
    assert run(path, text(pod("a", annotations=both)), annotated({"w": "z"})) == text(
        pod("a", annotations={**both, "w": "z"})
    )
    assert run(path, before, deleted("a")) == text(pod("b", labels={}), pod("c"))
    assert run(path, before, deleted("b", "c")) == text(pod("a", labels={"x": "y"}))
    assert run(path, before, deleted()) == text()


def test_only_what_is_needed_has_parts() -> None:
    """Other maps and lists are one part each; behind the last document there is none."""
    text = '{"a": {"b": 1}, "c": [1]} \n'
    layout = json_layout(text, 0, {()})
    assert [(e.value.kind, e.value.entries, e.value.items) for e in layout.root.entries] == [
        ("map", (), ()), ("list", (), ()),
    ]  # fmt: skip
    assert (layout.end, layout.next_start) == (25, None)
    assert json_layout(f"{text}[]", 0, ()).next_start == len(text)
    needed = json_layout(text, 0, {(), ("a",), ("c",)})
    assert [len(e.value.entries + e.value.items) for e in needed.root.entries] == [1, 1]


def test_how_each_part_is_written() -> None:
    """Maps and lists are in brackets, strings and keys in quotes, whether or not it is needed."""
    text = '{"a": {}, "b": [], "c": "x", "d": 1, "e": null, "f": ""}'
    for paths in ({()}, {(), ("a",), ("b",)}):
        entries = json_layout(text, 0, paths).root.entries
        assert [(e.value.kind, e.value.flow, e.value.style) for e in entries] == [
            ("map", True, None), ("list", True, None), ("scalar", False, '"'),
            ("scalar", False, None), ("scalar", False, None), ("scalar", False, '"'),
        ]  # fmt: skip
        assert {(e.name.kind, e.name.flow, e.name.style) for e in entries} == {
            ("scalar", False, '"')
        }
