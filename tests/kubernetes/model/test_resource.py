"""Objects out of data: what they know of themselves, and what no object may be."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from labelsel.errors import path_text
from labelsel.kubernetes import (
    Inventory,
    ManifestError,
    ManifestWarning,
    Resource,
    Source,
    nodes_for,
    pod_targets,
    read_manifests,
    read_object_selectors,
)
from labelsel.kubernetes.edit.edit import string_map
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.model.resource import make_resource
from labelsel.kubernetes.read.yaml_reader import read_yaml
from labelsel.lint import lint_objects


def make(text: str) -> Resource:
    """The object that a YAML document is."""
    (document,) = read_yaml(text, "a.yaml")
    assert isinstance(document, Document)
    return make_resource(document.value, document, Source("a.yaml", document.number, document.line))


def fault(text: str) -> str:
    with pytest.raises(ManifestError) as caught:
        make(text)
    return str(caught.value)


def pod(metadata: str) -> str:
    return f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\n"


def test_an_object() -> None:
    """An object has its type, name, labels, annotations, its data whole, and its source."""
    resource = make(
        "\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n"
        "  {name: web, namespace: shop, labels: {a: b}, annotations: {c: d}}\nspec: {x: 1}\n"
    )
    assert (resource.kind, resource.api_version) == ("Deployment", "apps/v1")
    assert (resource.namespace, resource.name) == ("shop", "web")
    assert (resource.labels, resource.annotations) == ({"a": "b"}, {"c": "d"})
    assert list(resource.body) == ["apiVersion", "kind", "metadata", "spec"]
    assert resource.source == Source("a.yaml", document=1, line=2)
    assert str(resource.source) == "a.yaml:2"
    assert (resource.group, resource.reference) == ("apps", "deployment.apps/web")


@pytest.mark.parametrize("key", ["labels", "annotations"])
def test_a_null_value_is_an_empty_one(tmp_path: Path, key: str) -> None:
    """Whatever brings it: YAML, JSON, a dict, an object of a client, an event of a watch."""
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", key: {"x": None}}}

    class Client:
        raw = body

    path = tmp_path / "a.yaml"
    for text in (pod(f"{{name: a, {key}: {{x: }}}}"), json.dumps(body)):
        path.write_text(text)
        (read,) = read_manifests([path])
        assert string_map(read, key) == {"x": ""}
        # The body is what was written: `lint` tells of the null by it.
        assert read.body["metadata"][key] == {"x": None}
    watched = Inventory()
    watched.apply({"type": "ADDED", "object": body})
    for inventory in (Inventory.of([body]), Inventory.of([Client()]), watched):
        (held,) = inventory
        assert string_map(held, key) == {"x": ""}
        assert len(inventory.select("pods", "x=")) == (key == "labels")


def test_a_null_in_a_selector_is_an_empty_value(tmp_path: Path) -> None:
    """As in labels: in a Service's map of them, in matchLabels and in a nodeSelector."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {x: }}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n"
        "spec: {selector: {matchLabels: {x: ~}}, template: {metadata: {labels: {x: null}},"
        " spec: {nodeSelector: {z: }}}}\n"
    )
    service, deployment = read_manifests([path])
    assert [str(found.selector) for found in read_object_selectors([service, deployment])] == [
        "x=",
        "x=",
        "z=",
    ]
    assert [dict(found.labels) for found in pod_targets([deployment])] == [{"x": ""}]
    node = make("apiVersion: v1\nkind: Node\nmetadata: {name: c, labels: {z: ''}}\n")
    assert [placed.node.name for placed in nodes_for(deployment, [node]).fitting] == ["c"]
    found = [(str(one.rule.id), path_text(one.path)) for one in lint_objects([service, deployment])]
    assert found == [
        ("null-value", "spec.selector.x"),
        ("null-value", "spec.selector.matchLabels.x"),
        ("null-value", "spec.template.metadata.labels.x"),
        ("null-value", "spec.template.spec.nodeSelector.z"),
    ]


def test_the_core_group() -> None:
    """Objects of the core group have no group, in their reference neither."""
    resource = make(pod("{name: web}"))
    assert (resource.group, resource.reference) == ("", "pod/web")


@pytest.mark.parametrize(
    "metadata",
    [
        *("{name: a}", "{name: a, namespace: , labels: , annotations: }"),
        *('{name: a, namespace: ""}', "{name: a, labels: {}, annotations: {}}"),
    ],
)
def test_null_stands_for_nothing(metadata: str) -> None:
    """Missing, null and empty are the same, as to Kubernetes."""
    resource = make(pod(metadata))
    assert (resource.namespace, resource.labels, resource.annotations) == (None, {}, {})


@pytest.mark.parametrize("metadata", ["{generateName: job-}", '{name: "", generateName: job-}'])
def test_a_name_that_the_server_makes_up(metadata: str) -> None:
    """The beginning of a name serves for it."""
    assert make(pod(metadata)).name == "job-"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]", "(line 1): not a Kubernetes object: expected a map, got a list"),
        ("a", "(line 1): not a Kubernetes object: expected a map, got a string"),
        ("5", "(line 1): not a Kubernetes object: expected a map, got the number 5"),
        ("a: 1", "(line 1): no kind"),
        ("kind: ''", "(line 1): no kind"),
        ("kind: 5", "(line 1): kind must be a string, not the number 5: write"),
        ("kind: {a: b}", "(line 1): kind must be a string, not a map"),
        ("kind: Pod", "(line 1): Pod: no apiVersion"),
        ("kind: Pod\napiVersion: 1.0", "Pod: apiVersion must be a string, not the number 1.0"),
        (pod("[a]"), "(line 1): Pod: metadata must be a map, not a list"),
        (pod("~"), "(line 1): Pod: no metadata.name"),
        (pod("{name: }"), "(line 1): Pod: no metadata.name"),
        (pod("{name: 1.10}"), "Pod: metadata.name must be a string, not the number 1.10: write"),
        (pod("{name: [a]}"), "(line 1): Pod: metadata.name must be a string, not a list"),
        (
            pod("{name: a, namespace: off}"),
            "Pod/a: metadata.namespace must be a string, not the boolean off",
        ),
        (
            pod("{name: a, labels: [b]}"),
            "(line 1): Pod/a: metadata.labels must be a map, not a list",
        ),
        (
            pod("{name: a, labels: b}"),
            "(line 1): Pod/a: metadata.labels must be a map, not a string",
        ),
        (
            pod("\n  name: a\n  labels:\n    app: web\n    version: 1.0"),
            "a.yaml, document 1 (line 7): Pod/a: label 'version' must be a string, not the number",
        ),
        (
            pod("\n  name: a\n  labels:\n    debug: on"),
            "(line 6): Pod/a: label 'debug' must be a string, not the boolean on: write \"on\"",
        ),
        (
            pod("{name: a, labels: {app: {b: c}}}"),
            "(line 1): Pod/a: label 'app' must be a string, not a map",
        ),
        (
            pod("{name: a, labels: {1.10: b}}"),
            'a key in labels must be a string, not the number 1.10: write "1.10" in quotes',
        ),
        (
            pod("{name: a, annotations: {y: b}}"),
            "Pod/a: a key in annotations must be a string, not the boolean y: write",
        ),
        (
            pod("{name: a, annotations: {b: 1}}"),
            "(line 3): Pod/a: annotation 'b' must be a string, not the number 1: write \"1\"",
        ),
        # Merged in, a value has lost its spelling: its text as JSON stands in.
        (
            pod("{name: a, labels: {<<: {v: 0x10}}}"),
            "label 'v' must be a string, not the number 16",
        ),
    ],
)
def test_faults(text: str, message: str) -> None:
    """What is no object says why, where, and how to mend it."""
    assert message in fault(text)


def test_errors_survive_pickling() -> None:
    """A fault found in another process arrives whole."""
    error = ManifestError("a.yaml", "no kind", document=2, line=7)
    copy: Any = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert str(copy) == str(error) == "a.yaml, document 2 (line 7): no kind"
    assert vars(copy) == vars(error)
    assert str(ManifestError("a.yaml", "gone")) == "a.yaml: gone"
    assert isinstance(error, ValueError)
    warning = ManifestWarning("a.yaml", "a key twice", document=2, line=7)
    copy = pickle.loads(pickle.dumps(warning))  # noqa: S301 - our own bytes
    assert str(copy) == str(warning) == "a.yaml, document 2 (line 7): a key twice"


EVENT = "{type: ADDED, object: {kind: Pod, apiVersion: v1, metadata: {name: a}}}"
STATUS = "{kind: Status, apiVersion: v1, metadata: {}, message: pods is forbidden, code: 403}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{kind: List, apiVersion: v1}", "List: no items: write items: [] for an empty list"),
        ("{kind: PodList, apiVersion: v1, metadata: {}}", "PodList: no items: write items: []"),
        ("{kind: List, Items: []}", 'List: no items: write "items" for "Items"'),
        (STATUS, "a Status, the answer of a server ('pods is forbidden'), not an object"),
        ("{kind: Status, apiVersion: v1, code: 4}", "a Status, the answer of a server, not an obj"),
        (EVENT, 'a watch event, not an object: pass the value of its key "object", or give'),
        ("{Kind: Pod}", 'no kind: write "kind" for "Kind"'),
        ("{kind: Pod, apiversion: v1}", 'Pod: no apiVersion: write "apiVersion" for "apiversion"'),
        (
            "{kind: Pod, apiVersion: v1, Metadata: {}}",
            'Pod: no metadata.name: write "metadata" for',
        ),
        (
            "{kind: Pod, apiVersion: v1, metadata: {NAME: a}}",
            'Pod: no metadata.name: write "name" for "NAME"',
        ),
    ],
)
def test_what_the_api_sends_that_is_no_object(text: str, problem: str) -> None:
    """The message says what it is, and what to pass."""
    assert fault(text).startswith(f"a.yaml, document 1 (line 1): {problem}")


def test_objects_whose_kind_ends_as_that_of_a_list() -> None:
    """A custom object may be an AllowList, or a Status of another group."""
    for kind in ("AllowList", "Status"):
        made = make(f"{{kind: {kind}, apiVersion: x.io/v1, metadata: {{name: a}}}}")
        assert made.kind == kind
