"""Duplicate keys are errors where labels and selectors are, and nowhere else."""

import json
from pathlib import Path

import pytest

from labelsel.errors import ManifestError, ManifestWarning
from labelsel.kubernetes import read_manifests

#: Texts with a key twice, in which neither key means pods or nodes.
WARNED = {
    "data": '{"kind": "ConfigMap", "data": {"selector": "a", "selector": "b"}}',
    "data before the kind": '{"data": {"labels": {"a": "b", "a": "c"}}, "kind": "ConfigMap"}',
    "labels in data": '{"data": {"labels": {}, "labels": {}}, "kind": "Secret"}',
    "stringData": '{"kind": "Secret", "stringData": {"x.affinity": "a", "x.affinity": "b"}}',
    "environment": (
        '{"kind": "Pod", "spec": {"containers": [{"env": [{"name": "a", "x": {"selector": 1, '
        '"selector": 2}}]}]}}'
    ),
    "environment of a template": (
        '{"kind": "PodTemplate", "spec": {"template": {"spec": {"initContainers": [{}, {"env": '
        '[{}, {"labels": 1, "labels": 2}]}]}}}}'
    ),
    "other keys": '{"kind": "Pod", "spec": {"a": 1, "a": 2}}',
}
#: Texts with a key twice that may mean pods or nodes.
REFUSED = {
    "another kind": '{"kind": "Pod", "data": {"selector": "a", "selector": "b"}}',
    "spec": '{"kind": "ConfigMap", "spec": {"selector": "a", "selector": "b"}}',
    "metadata": '{"kind": "ConfigMap", "metadata": {"name": "a", "labels": {}, "labels": {}}}',
    "labels called data": '{"kind": "ConfigMap", "metadata": {"labels": {"data": 1, "data": 2}}}',
    "env of no container": '{"kind": "X", "spec": {"env": [{"selector": 1, "selector": 2}]}}',
    "containers without env": '{"kind": "Pod", "containers": [{"selector": 1, "selector": 2}]}',
}


def read(folder: Path, text: str, name: str) -> tuple[int, list[ManifestError], list[str]]:
    """How many objects there are, the errors and the warnings."""
    body = json.loads(text)
    start = '{"apiVersion": "v1", '
    if "metadata" not in body:
        start += '"metadata": {"name": "a"}, '
    text = text.replace("{", start, 1)
    (folder / name).write_text(text if name.endswith("json") else f"---\n{text}")
    errors: list[ManifestError] = []
    warnings: list[ManifestWarning] = []
    found = list(
        read_manifests([folder / name], on_error=errors.append, on_warning=warnings.append)
    )
    return len(found), errors, [each.problem for each in warnings]


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
@pytest.mark.parametrize("case", WARNED)
def test_warnings(tmp_path: Path, case: str, name: str) -> None:
    """The last entry counts, as for kubectl, and a warning says so."""
    count, errors, [warning] = read(tmp_path, WARNED[case], name)
    assert (count, errors) == (1, [])
    assert "is in this map twice" in warning
    assert warning.endswith(": the last entry counts")


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
@pytest.mark.parametrize("case", REFUSED)
def test_errors(tmp_path: Path, case: str, name: str) -> None:
    """The object is not read."""
    count, [error], warnings = read(tmp_path, REFUSED[case], name)
    assert (count, warnings) == (0, [])
    assert "is in this map twice, first on line" in error.problem
    assert "keep one" in error.problem


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
@pytest.mark.parametrize("case", ["data", "data before the kind", "another kind"])
def test_lists(tmp_path: Path, case: str, name: str) -> None:
    """In a list, and in a list of a list, each item has its own kind."""
    text = (WARNED | REFUSED)[case].replace(
        "{", '{"apiVersion": "v1", "metadata": {"name": "a"}, ', 1
    )
    pod = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}'
    inner = f'{{"apiVersion": "v1", "kind": "List", "items": [{pod}, {text}]}}'
    outer = f'{{"apiVersion": "v1", "kind": "List", "items": [{pod}, {inner}]}}'
    (tmp_path / name).write_text(outer if name == "a.json" else f"---\n{outer}")
    errors: list[ManifestError] = []
    found = list(
        read_manifests([tmp_path / name], on_error=errors.append, on_warning=lambda _: None)
    )
    assert (len(found), len(errors)) == ((3, 0) if case in WARNED else (0, 1))


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
@pytest.mark.parametrize("items", ["5", "{}", "[5]", "[{}]", '{"0": {"data": 1}}'])
def test_lists_that_are_none(tmp_path: Path, name: str, items: str) -> None:
    """What is no list of objects is as strict as anything else."""
    twice = '{"data": {"selector": 1, "selector": 2}}'
    text = f'{{"items": [{twice}], "kind": "List", "apiVersion": "v1", "items": {items}}}'
    (tmp_path / name).write_text(text if name == "a.json" else f"---\n{text}")
    errors: list[ManifestError] = []
    assert not list(
        read_manifests([tmp_path / name], on_error=errors.append, on_warning=lambda _: None)
    )
    assert "twice" in errors[0].problem


def test_aliases(tmp_path: Path) -> None:
    """An alias below data is text as the value of its anchor is."""
    path = tmp_path / "a.yaml"
    text = (
        "x: &x {b: 1, b: 2}\ndata: {labels: *x}\napiVersion: v1\nmetadata: {name: a}\nkind: KIND\n"
    )
    path.write_text(text.replace("KIND", "ConfigMap"))
    with pytest.warns(ManifestWarning, match="twice"):
        assert len(list(read_manifests([path]))) == 1
    path.write_text(text.replace("KIND", "Pod"))
    with pytest.raises(ManifestError, match=r"\(line 2\): \*x, among labels, has a key twice"):
        list(read_manifests([path]))
