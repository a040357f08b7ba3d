"""The lines of parts of an object, in YAML and JSON of every layout."""

import json
from pathlib import Path

import pytest

from labelsel.kubernetes import Resource, read_manifests
from labelsel.kubernetes.read import line_locator as module
from labelsel.kubernetes.read.line_locator import LineLocator


def read(folder: Path, text: str, name: str = "a.yaml") -> tuple[list[Resource], LineLocator]:
    path = folder / name
    path.write_text(text, newline="")
    return list(read_manifests([path])), LineLocator(text)


BLOCK = """\
# a comment
apiVersion: v1
kind: Pod
metadata:
  name: a
  labels:
    # the app
    app: web
    "tier":
      front
spec:
  containers:
    - name: web
      ports: [{name: http,
               port: 80}]
    -
      name: log
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("kind",), 3),
        (("metadata", "labels"), 6),
        (("metadata", "labels", "app"), 8),
        (("metadata", "labels", "tier"), 9),
        (("spec", "containers", 0), 13),
        (("spec", "containers", 0, "ports", 0, "port"), 15),
        (("spec", "containers", 1), 17),
        # What is not there has the line of what is on the way to it.
        (("metadata", "labels", "none"), 6),
        (("metadata", "labels", "app", "x"), 8),
        (("spec", "containers", 7, "name"), 12),
        (("none", "at", "all"), 2),
    ],
)
def test_lines(tmp_path: Path, path: tuple[str | int, ...], line: int) -> None:
    """A key's line, a list member's line."""
    (pod,), places = read(tmp_path, BLOCK)
    assert places.line(pod, path) == line


def test_documents_and_lists(tmp_path: Path) -> None:
    """Objects are found again in any order, and no earlier one is mistaken for them."""
    text = (
        "--- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n"
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n"
        "    name: b\n    labels: {x: v}\n- kind: Pod\n  apiVersion: v1\n  metadata:\n"
        "    generateName: c-\n    labels:\n      x: v\nmetadata: {}\n--- # the last\n"
        "kind: PodList\napiVersion: v1\nitems:\n  - metadata:\n      labels: {x: v}\n"
        "      name: d\n"
    )
    pods, places = read(tmp_path, text)
    lines = [places.line(pod, ("metadata", "labels", "x")) for pod in pods]
    assert lines == [1, 10, 16, 23]
    assert [places.line(pod, ("metadata", "labels", "x")) for pod in pods[::-1]] == lines[::-1]


@pytest.mark.parametrize("sign", ["\r", "\x85", "\u2028"])
def test_a_line_ends_at_a_line_feed(tmp_path: Path, sign: str) -> None:
    """Other signs end a line to YAML alone, and not to who looks for the line in an editor."""
    text = (
        f"# a{sign}# b\nkind: Pod # c{sign}\napiVersion: v1\nmetadata:\n  name: a\n"
        "  labels: {x: v}\n"
    )
    (pod, other), places = read(tmp_path, f"{text}--- #{sign}\n{text}")
    assert pod.source.line == 2
    assert places.line(pod, ("metadata", "labels", "x")) == 6
    assert places.line(other, ("metadata", "labels", "x")) == 13


def test_aliases_and_merges(tmp_path: Path) -> None:
    """What an alias stands for is told where it is written; the alias itself where it stands."""
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: &name a\n  labels: &labels\n    x: v\n"
        "more:\n  - &more\n    z: z\n  - *more\nspec:\n  name: *name\n  labels: *labels\n"
        "  one:\n    <<: *labels\n    own: x\n  two:\n    <<: [*more, *labels]\n"
    )
    (pod,), places = read(tmp_path, text)
    expected = {
        ("spec", "name"): 12,
        ("spec", "labels"): 13,
        ("spec", "labels", "x"): 6,
        ("spec", "one", "x"): 6,
        ("spec", "one", "own"): 16,
        ("spec", "two", "x"): 6,
        ("spec", "two", "z"): 9,
        ("spec", "two", "none"): 17,
    }
    assert {path: places.line(pod, path) for path in expected} == expected


def test_a_name_that_is_an_alias(tmp_path: Path) -> None:
    """An object is known by its name, however that is written."""
    text = "kind: Pod\napiVersion: &v v1\nmetadata:\n  name: *v\n  labels: {x: v}\n"
    (pod,), places = read(tmp_path, text)
    assert places.line(pod, ("metadata", "labels", "x")) == 5


def test_an_anchor_before_the_object(tmp_path: Path) -> None:
    """Of a part that another object of the list has, the alias's own line is told."""
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: Pod, metadata: {name: a, labels: &labels {x: v}}}\n"
        "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: b\n    labels: *labels\n"
    )
    (_, pod), places = read(tmp_path, text)
    assert places.line(pod, ("metadata", "labels", "x")) == 9


def test_json(tmp_path: Path) -> None:
    """JSON as kubectl prints it, and on one line."""
    bodies = ({"name": name, "labels": {"x": "y/", "é": "\t"}} for name in "ab")
    pods = [{"kind": "Pod", "apiVersion": "v1", "metadata": body} for body in bodies]
    text = json.dumps({"kind": "List", "apiVersion": "v1", "items": pods}, indent=4)
    resources, places = read(tmp_path, text, "a.json")
    assert [places.line(pod, ("metadata", "labels", "é")) for pod in resources] == [12, 23]
    for text in (json.dumps(pods[0]), json.dumps({"kind": "List", "items": pods}) + "\n"):
        resources, places = read(tmp_path, text, "a.json")
        assert {places.line(pod, ("metadata", "labels", "x")) for pod in resources} == {1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n\n",
        "a: [\n",
        "- - - a\n",
        "\x00",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: other, labels: {app: x}}\n",
        "[" * 300,
        "*a",
    ],
)
def test_another_text(tmp_path: Path, text: str) -> None:
    """Where the text has changed since, an object keeps the line that it had."""
    (pod,), _ = read(tmp_path, BLOCK)
    assert LineLocator(text).line(pod, ("metadata", "labels", "app")) == 2


def test_many_merges_of_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A map that aliases merge thousands of times is looked at once for each question."""
    looked_at: list[object] = []
    merged = module._Node.merge_sources

    def counted(node: module._Node) -> list[module._Node]:
        looked_at.append(node)
        return merged(node)

    monkeypatch.setattr(module._Node, "merge_sources", counted)
    levels = [f"  l{n}: &l{n} {{<<: [*l{n - 1}, *l{n - 1}]}}\n" for n in range(1, 15)]
    head = "apiVersion: v1\nkind: Pod\nspec:\n  l0: &l0 {x: t, z: u}\n" + "".join(levels)
    text = head + "metadata:\n  name: a\n  labels:\n    <<: [{v: w}, *l14, {x: none}]\n"
    (pod,), places = read(tmp_path, text)
    assert pod.labels == {"x": "t", "z": "u", "v": "w"}
    path = ("metadata", "labels")
    assert [places.line(pod, (*path, key)) for key in ("x", "v", "absent")] == [4, 22, 21]
    assert len(looked_at) < 100


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_last_line_is_not_parsed(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    """A List in one line, as programs write it, may have a hundred thousand objects."""
    monkeypatch.setattr(module, "_NodeReader", None)
    text = "# a List\n" + json.dumps({"kind": "List", "items": [{"metadata": {"name": "a"}}]}) + end
    assert LineLocator(text).line_of(2, ("items", 0, "metadata")) == 2
