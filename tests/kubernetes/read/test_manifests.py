"""Objects out of files: documents, lists, folders, faults, and the laziness of it all."""

import errno
import io
import itertools
import json
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from labelsel.kubernetes import (
    Inventory,
    ManifestError,
    Resource,
    json_text,
    read_manifests,
    yaml_text,
)
from tests.atomic_write.faults import failing_at

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def obj(name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}} | more


def read(path: Path, text: str, name: str = "a.yaml") -> list[Resource]:
    (path / name).write_text(text)
    return list(read_manifests([path / name]))


def both(path: Path, text: str, name: str = "a.yaml") -> tuple[list[str], list[ManifestError]]:
    """The names of what can be read, and the faults."""
    (path / name).write_text(text)
    faults: list[ManifestError] = []
    names = [item.name for item in read_manifests([path / name], on_error=faults.append)]
    return names, faults


def test_documents(tmp_path: Path) -> None:
    """Every document of a file is an object; empty ones are passed over but count."""
    text = "---\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: a}\n---\n# no\n---\n"
    text += json.dumps(obj("b"))
    resources = read(tmp_path, text)
    assert [(item.name, item.source.document, item.source.line) for item in resources] == [
        ("a", 2, 3),
        ("b", 4, 9),
    ]


@pytest.mark.parametrize("text", ["", "---\n---\n", "# nothing\n", "{}\n"[:0] + "null\n"])
def test_a_file_with_nothing_in_it(tmp_path: Path, text: str) -> None:
    """An empty file is no fault."""
    assert read(tmp_path, text) == []


def test_json(tmp_path: Path) -> None:
    """JSON documents stand one after the other, whatever the file is called."""
    text = json.dumps(obj("a")) + "\n" + json.dumps(obj("b"), indent=2)
    for name in ("a.json", "a.yaml", "a.txt"):
        resources = read(tmp_path, text, name)
        assert [(item.name, item.source.line) for item in resources] == [("a", 1), ("b", 2)]


def test_a_flow_map_is_yaml(tmp_path: Path) -> None:
    """A text in braces that is no JSON is read as the YAML it is."""
    text = "{kind: Pod, apiVersion: v1, metadata: {name: a}}\n---\n" + json.dumps(obj("b"))
    for name in ("a.yaml", "a.json"):
        assert [item.name for item in read(tmp_path, text, name)] == ["a", "b"]


def test_braces_that_are_neither(tmp_path: Path) -> None:
    """A text that is neither is told as what its name says it is, and keeps what came before."""
    text = json.dumps(obj("a")) + "\n{"
    names, (error,) = both(tmp_path, text, "a.json")
    assert names == ["a"]
    assert "not valid JSON: expecting a key" in str(error)
    assert "not valid YAML" in str(both(tmp_path, text, "a.yaml")[1][0])


@pytest.mark.parametrize("kind", ["List", "PodList", "ConfigList"])
def test_lists(tmp_path: Path, kind: str) -> None:
    """Any list stands for its items, in order, each with its own line."""
    text = json.dumps({"apiVersion": "v1", "kind": kind, "items": [obj("a"), obj("b")]}, indent=1)
    for name in ("a.json", "a.yaml"):
        resources = read(tmp_path, text if name == "a.json" else f"---\n{text}", name)
        assert [item.name for item in resources] == ["a", "b"]
        assert [item.kind for item in resources] == ["Pod", "Pod"]
        shift = name == "a.yaml"
        assert [item.source.line for item in resources] == [5 + shift, 12 + shift]


def test_lists_in_lists(tmp_path: Path) -> None:
    """Lists may hold lists, and be empty."""
    inner = {"apiVersion": "v1", "kind": "List", "items": [obj("b"), obj("c")]}
    empty = {"apiVersion": "v1", "kind": "List", "items": None}
    outer = {"apiVersion": "v1", "kind": "List", "items": [obj("a"), inner, empty, obj("d")]}
    assert [item.name for item in read(tmp_path, json.dumps(outer))] == ["a", "b", "c", "d"]


def test_typed_lists_give_their_items_a_type(tmp_path: Path) -> None:
    """Items of a PodList need not say that they are Pods; the object is whole all the same."""
    items = [{"metadata": {"name": "a"}, "spec": {}}, obj("b", kind=None), obj("c", kind="Node")]
    text = json.dumps({"kind": "PodList", "apiVersion": "v1", "items": items})
    resources = read(tmp_path, text)
    assert [(item.kind, item.api_version) for item in resources] == [
        ("Pod", "v1"),
        ("Pod", "v1"),
        ("Node", "v1"),
    ]
    assert list(resources[0].body) == ["apiVersion", "kind", "metadata", "spec"]
    assert resources[1].body == obj("b")


def test_a_kind_that_only_ends_in_list(tmp_path: Path) -> None:
    """A kind called so without items is an object like others."""
    assert read(tmp_path, json.dumps(obj("a", kind="AllowList")))[0].kind == "AllowList"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"kind": "List", "items": {"a": 1}}, "List: items must be a list"),
        (
            {"kind": "List", "items": [5]},
            "not a Kubernetes object: expected a map, got the number 5",
        ),
        ({"kind": "List", "items": [{"metadata": {"name": "a"}}]}, "no kind"),
        ({"kind": "PodList", "items": [{"metadata": {"name": "a"}}]}, "Pod: no apiVersion"),
        (
            {"kind": "PodList", "items": [5]},
            "not a Kubernetes object: expected a map, got the number 5",
        ),
        ({"kind": 5, "items": []}, "kind must be a string, not the number 5"),
        *(
            (
                {"kind": "List", "apiVersion": "v1", "items": [], "metadata": {}, key: [obj("a")]},
                f"List: the field '{key}' is not read: objects stand in items",
            )
            for key in ("Items", "item", "objects", "${REST}")
        ),
    ],
)
def test_bad_lists(tmp_path: Path, value: object, problem: str) -> None:
    """What is wrong in a list is told like what is wrong outside."""
    names, (error,) = both(tmp_path, json.dumps(value))
    assert names == []
    assert problem in error.problem


@pytest.mark.parametrize(
    ("kind", "fields", "problem"),
    [
        ("PodList", {"Items": []}, 'PodList: no items: write "items" for "Items"'),
        ("DeploymentList", {"item": []}, 'DeploymentList: no items: write "items" for "item"'),
        ("WidgetList", {"Items": []}, 'WidgetList: no items: write "items" for "Items"'),
        ("List", {"spec": {}}, "List: no items: write items: []"),
        ("ServiceList", {}, "ServiceList: no items: write items: []"),
    ],
)
def test_lists_without_items(tmp_path: Path, kind: str, fields: Any, problem: str) -> None:
    """A list with a name is a list, and no object, if its items have another key or are missing."""
    names, (error,) = both(tmp_path, json.dumps({**obj("a", kind=kind), **fields}))
    assert names == []
    assert problem in error.problem
    assert error.problems[0].path == ("items",)


def test_custom_kinds_that_end_with_list(tmp_path: Path) -> None:
    """A custom kind may have the name of a list and a spec."""
    for kind in ("ServiceList", "AllowList"):
        text = json.dumps({**obj("a", kind=kind), "spec": {}})
        assert [each.kind for each in read(tmp_path, text)] == [kind]


def test_the_first_fault_ends_the_reading(tmp_path: Path) -> None:
    """Without on_error a fault is raised where it is met."""
    (tmp_path / "a.yaml").write_text(f"{json.dumps(obj('a'))}\n---\nkind: Pod\n")
    reading = read_manifests([tmp_path / "a.yaml"])
    assert next(reading).name == "a"
    with pytest.raises(ManifestError, match=r"document 2 \(line 3\): Pod: no apiVersion"):
        next(reading)


def test_with_on_error_all_else_is_read(tmp_path: Path) -> None:
    """Faults of paths, files, documents and items are told, and nothing else is lost."""
    (tmp_path / "a.yaml").write_text(f"kind: Pod\n---\n{json.dumps(obj('a'))}\n---\nb: [\n")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    items = [obj("c"), {"kind": "Pod"}, obj("d")]
    (tmp_path / "c.json").write_text(json.dumps({"kind": "List", "items": items}))
    faults: list[ManifestError] = []
    paths = [tmp_path / "none.yaml", tmp_path]
    names = [item.name for item in read_manifests(paths, on_error=faults.append)]
    assert names == ["a", "c", "d"]
    assert [Path(error.file).name for error in faults] == [
        *("none.yaml", "a.yaml", "a.yaml", "b.yaml", "c.json"),
    ]


def test_recursion_is_optional(tmp_path: Path) -> None:
    """The files below a folder are read, unless they are not wanted."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.yaml").write_text(json.dumps(obj("a")))
    (tmp_path / "sub" / "b.yaml").write_text(json.dumps(obj("b")))
    assert [item.name for item in read_manifests([tmp_path])] == ["a", "b"]
    assert [item.name for item in read_manifests([tmp_path], recursive=False)] == ["a"]


def test_standard_input_once_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is one path among others, in its place."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(obj("b")).encode())))
    for name in ("a", "c"):
        (tmp_path / f"{name}.yaml").write_text(json.dumps(obj(name)))
    paths: list[str | Path] = [tmp_path / "a.yaml", "-", tmp_path / "c.yaml"]
    resources = list(read_manifests(paths))
    assert [item.name for item in resources] == ["a", "b", "c"]
    assert str(resources[1].source) == "standard input:1"


def test_progress_over_several_files(tmp_path: Path) -> None:
    """Progress is over all files, never falls, and ends at the whole."""
    for name in ("a", "b"):
        documents = "\n---\n".join(json.dumps(obj(f"{name}{n}")) for n in range(2000))
        (tmp_path / f"{name}.yaml").write_text(f"---\n{documents}")
    total = sum(path.stat().st_size for path in tmp_path.iterdir())
    reports: list[tuple[int, int]] = []
    count = sum(
        1 for _ in read_manifests([tmp_path], on_progress=lambda *report: reports.append(report))
    )
    assert count == 4000
    assert reports == sorted(reports)
    assert reports[-1] == (total, total)
    assert len(reports) > 4


def test_reading_is_lazy(tmp_path: Path) -> None:
    """The first objects are there before later documents and files are looked at."""
    (tmp_path / "a.yaml").write_text(f"---\n{json.dumps(obj('a'))}\n---\n[\n")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    (first,) = islice(read_manifests([tmp_path]), 1)
    assert first.name == "a"


def test_the_examples_are_manifests() -> None:
    """The manifests that the project ships are read without a fault."""
    resources = list(read_manifests([EXAMPLES]))
    assert len(resources) > 30
    kinds = {item.kind for item in resources}
    assert {"Deployment", "Service", "Pod", "Node", "ConfigMap", "Namespace", "Probe"} <= kinds
    assert {item.namespace for item in resources} == {None, "shop", "shop-staging", "monitoring"}


FAULTY = """\
# The second line begins the object.
kind: Pod
apiVersion: v1
metadata:
  name: a
  labels:
    app: web
"""


@pytest.mark.parametrize(
    ("change", "line", "path"),
    [
        (("    app: web", "  - app"), 6, ("metadata", "labels")),
        (("    app: web", "    app: {a: b}"), 7, ("metadata", "labels", "app")),
        (("  labels:\n    app: web", "  annotations: text"), 6, ("metadata", "annotations")),
        (("  name: a", "  name: [a]"), 5, ("metadata", "name")),
        (("  name: a\n  labels:\n    app: web", "- a"), 4, ("metadata",)),
        (("apiVersion: v1", "apiVersion: {a: b}"), 3, ("apiVersion",)),
        (("apiVersion: v1", "apiVersion: 1"), 3, ("apiVersion",)),
        (("kind: Pod", "kind: []"), 2, ("kind",)),
    ],
)
@pytest.mark.parametrize("before", ["", "kind: List\napiVersion: v1\nitems: []\n---\n"])
def test_an_error_about_a_part_has_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, path: tuple[str, ...], before: str
) -> None:
    """It is the line of the part, not of the object; the part is named by its path, too."""
    file = tmp_path / "a.yaml"
    assert change[0] in FAULTY
    file.write_text(before + FAULTY.replace(*change))
    with pytest.raises(ManifestError) as caught:
        list(read_manifests([file]))
    assert caught.value.line == line + before.count("\n")
    (problem,) = caught.value.problems
    assert problem.path == path
    assert problem.problem in caught.value.problem


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_error_about_a_part_of_an_item(tmp_path: Path, form: str) -> None:
    """The line is found in an item of a list, in JSON, too."""
    items = [{"metadata": {"name": name, "labels": ["a"] if name == "b" else {}}} for name in "ab"]
    pods = {"kind": "PodList", "apiVersion": "v1", "items": items}
    text = json_text(pods) if form == "json" else yaml_text(pods)
    file = tmp_path / f"a.{form}"
    file.write_text(text)
    with pytest.raises(ManifestError, match="labels must be a map") as caught:
        list(read_manifests([file]))
    assert caught.value.line is not None
    assert "labels" in text.splitlines()[caught.value.line - 1]
    assert caught.value.line > 8


def test_an_error_about_a_part_of_no_file() -> None:
    """What was not read from text has no line."""
    with pytest.raises(ManifestError) as caught:
        Inventory.of([{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "labels": []}}])
    assert caught.value.line is None
    assert caught.value.problems[0].path == ("metadata", "labels")


def test_one_path_is_no_collection(tmp_path: Path) -> None:
    """A string of paths would be read letter by letter: of ``/pods.yaml`` all files there are."""
    file = tmp_path / "pods.yaml"
    file.write_text(json.dumps(obj("a")))
    with pytest.raises(TypeError, match=r"expected a collection of paths, got one string: "):
        Inventory.read(str(file))
    with pytest.raises(TypeError, match=r"got one path: "):
        next(read_manifests(file))  # type: ignore[arg-type]  # the mistake
    with pytest.raises(TypeError, match=r"collection of patterns, got one string: 'pods\.yaml'"):
        next(read_manifests([file], exclude="pods.yaml"))
    assert [each.name for each in read_manifests([file])] == ["a"]


def test_a_file_that_cannot_be_looked_at(tmp_path: Path) -> None:
    """Whichever look at a file fails: its object is an error, or can be written in its file."""
    path = tmp_path / "a.yaml"
    path.write_text("{kind: Pod, apiVersion: v1, metadata: {name: a}}")
    for number in itertools.count(1):
        with failing_at(number, errno.EIO) as failed:
            errors: list[ManifestError] = []
            pods = list(read_manifests([path], on_error=errors.append))
        assert [each.problem for each in errors] == ["input/output error"] * (not pods)
        assert all(pod.source.location is not None for pod in pods)
        if failed() is None:
            break
    assert number > 2
