"""Objects of client libraries as they are, and dicts."""

import datetime as dt
import math
from typing import Any

import kr8s.objects
import pytest
from kubernetes import client
from lightkube.generic_resource import create_namespaced_resource
from lightkube.models.core_v1 import Container, PodSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from labelsel.kubernetes import Inventory, ManifestError
from labelsel.kubernetes.read.clients import to_data
from labelsel.limits import MAX_DOCUMENT_DEPTH

DATA = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "web",
        "namespace": "shop",
        "labels": {"app": "web", "pod-template-hash": "abc"},
        "annotations": {"a_b": "c"},
        "creationTimestamp": "2026-01-02T03:04:05Z",
    },
    "spec": {"nodeName": "n1", "containers": [{"name": "c", "imagePullPolicy": "Always"}]},
}


#: kr8s wants a connection for each object, and uses it when it is told to.
API: Any = object()


def official(**more: Any) -> client.V1Pod:
    return client.V1Pod(
        metadata=client.V1ObjectMeta(
            name="web",
            namespace="shop",
            labels={"app": "web", "pod-template-hash": "abc"},
            annotations={"a_b": "c"},
            creation_timestamp=dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        ),
        spec=client.V1PodSpec(
            node_name="n1",
            containers=[client.V1Container(name="c", image_pull_policy="Always")],
        ),
        **more,
    )


def lightkube() -> Pod:
    return Pod(
        metadata=ObjectMeta(
            name="web",
            namespace="shop",
            labels={"app": "web", "pod-template-hash": "abc"},
            annotations={"a_b": "c"},
            creationTimestamp=dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        ),
        spec=PodSpec(nodeName="n1", containers=[Container(name="c", imagePullPolicy="Always")]),
    )


GIVEN = {
    "dict": DATA,
    "official": official(kind="Pod", api_version="v1"),
    # The members of a list that the API sends name no type.
    "official, no type": official(),
    "official list": client.V1PodList(items=[official()]),
    "kr8s": kr8s.objects.Pod(DATA, api=API),
    "lightkube": lightkube(),
    "List": {"kind": "List", "apiVersion": "v1", "items": [DATA]},
    "PodList": {"kind": "PodList", "apiVersion": "v1", "items": [DATA | {"kind": None}]},
}


@pytest.mark.parametrize("name", GIVEN)
def test_objects_as_they_are(name: str) -> None:
    """All of them become what the API would send, alone and among others."""
    for given in (GIVEN[name], [GIVEN[name]], iter((GIVEN[name],))):
        [pod] = Inventory.of(given)
        assert pod.body == DATA
        assert type(pod.body["metadata"]["labels"]) is dict
        assert pod.labels == DATA["metadata"]["labels"]  # type: ignore[index]
        assert str(pod.source).startswith("object")


def test_what_is_given_is_copied() -> None:
    """Who changes an object that was given changes nothing here."""
    given = {**DATA, "metadata": {"name": "a", "labels": {"x": "y"}}}
    here = Inventory.of(given)
    given["metadata"]["labels"]["x"] = "z"  # type: ignore[index]
    assert here.select("po", "x=y")[0].labels == {"x": "y"}
    again = Inventory.of(here)
    assert list(again) == list(here)


def models() -> list[str]:
    """The official client's models of what the API keeps by name."""
    return [
        name
        for name in dir(client)
        if isinstance(types := getattr(getattr(client, name), "openapi_types", None), dict)
        and types.get("metadata") == "V1ObjectMeta"
        and "kind" in types
    ]


def check_the_type(name: str) -> None:
    """Fail unless a model's name tells its type, if the kind is known."""
    model = getattr(client, name)
    given = model.model_construct(metadata=client.V1ObjectMeta(name="a"))
    data = to_data(given)
    if "kind" not in data:
        with pytest.raises(ManifestError, match="object: no kind"):
            Inventory.of(given)
        return
    assert name.endswith(data["kind"])
    # Where a client for the group has a method for the kind, the group is right.
    group, _, version = data["apiVersion"].rpartition("/")
    api = "".join(part.capitalize() for part in group.removesuffix(".k8s.io").split("."))
    client_class = getattr(client, f"{api or 'Core'}{version.capitalize()}Api")
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in data["kind"])
    methods = "".join(dir(client_class)).replace("_", "")
    assert snake.replace("_", "") in methods


# One test and no parameters: to list the models loads all of them, which takes long, and the list
# of tests is made in each process.
@pytest.mark.slow
def test_the_types_of_models() -> None:
    """A model's name tells its type, if the kind is known; the list of models agrees."""
    names = models()
    assert len(names) > 50
    for name in names:
        check_the_type(name)


@pytest.mark.slow
def test_kinds_that_models_do_not_tell() -> None:
    """Most types are told by their names: of what Kubernetes itself keeps, all but new ones."""
    told = {name for name in models() if "kind" in to_data(getattr(client, name).model_construct())}
    assert {"V1Deployment", "V1Pod", "CoreV1Event", "EventsV1Event", "V1Node"} <= told
    assert "V1Scale" not in told
    assert to_data(client.CoreV1Event.model_construct())["apiVersion"] == "v1"
    assert to_data(client.EventsV1Event.model_construct())["apiVersion"] == "events.k8s.io/v1"


def test_custom_objects() -> None:
    """Custom objects are dicts in lightkube, of a class that knows their type in kr8s."""
    widget: Any = create_namespaced_resource("example.com", "v1", "Widget", "widgets")
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    [found] = Inventory.of(widget(**body))
    assert found.body == body
    theirs = kr8s.objects.new_class("Widget", version="example.com/v1", asyncio=False)
    [found] = Inventory.of([theirs({"metadata": {"name": "w"}}, api=API)])
    assert found.reference == "widget.example.com/w"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (5, "object: not a Kubernetes object: 5"),
        ("pods", "object: not a Kubernetes object: 'pods'"),
        ([5], "object 1: not a Kubernetes object: expected a map, got the number 5"),
        ([DATA, object()], "object 2: not a Kubernetes object: <object object"),
        ({"kind": "Pod"}, "object: Pod: no apiVersion"),
        (DATA | {"spec": math.nan}, "object: not a Kubernetes object: Out of range float"),
        (
            [DATA | {"spec": {1, 2}}],
            "object 1: not a Kubernetes object: {1, 2} cannot be written as JSON",
        ),
        (official(kind="Pod").to_dict(), "object: the keys are in snake_case"),
        (
            {"kind": "PodList", "apiVersion": "v1", "items": {}},
            "object: PodList: items must be a list",
        ),
        (
            [{"kind": "PodList", "apiVersion": "v1", "items": [DATA, {}]}],
            "object 1: Pod: no metadata.name",
        ),
        (
            {**DATA, "metadata": {"name": "a", "labels": {"a": 1}}},
            "object: Pod/a: label 'a' must be a string, not the number 1",
        ),
        (
            {**DATA, "metadata": {"name": "a", "Labels": {"debug": ""}}},
            "object: Pod/a: Kubernetes ignores the key 'Labels' in metadata: write labels",
        ),
        (
            {**DATA, "spec": {"node_name": "n1"}},
            "object: Pod/web: Kubernetes ignores the key 'node_name' in spec: write nodeName",
        ),
    ],
)
def test_what_is_no_object(given: object, message: str) -> None:
    """What is no object says which of those given it is, and why."""
    with pytest.raises(ManifestError) as caught:
        Inventory.of(given)
    assert str(caught.value).startswith(message)
    faults: list[ManifestError] = []
    Inventory.of(given, on_error=faults.append)
    assert [str(fault) for fault in faults] == [str(caught.value)]


@pytest.mark.parametrize("depth", [MAX_DOCUMENT_DEPTH, 100_000])
def test_nested_too_deep(depth: int) -> None:
    """The limit is that of files, whatever Python could still read."""
    deep: list[object] = []
    for _ in range(depth):
        deep = [deep]
    problem = f"not a Kubernetes object: maps and lists are nested more than {MAX_DOCUMENT_DEPTH} "
    with pytest.raises(ManifestError, match=problem):
        Inventory.of({**DATA, "spec": deep})


def test_nested_as_deep_as_a_file_may_be() -> None:
    """One level fewer than too deep."""
    deep: list[object] = []
    for _ in range(MAX_DOCUMENT_DEPTH - 2):
        deep = [deep]
    assert len(Inventory.of({**DATA, "spec": deep})) == 1


def test_the_rest_is_taken() -> None:
    """With on_error what is sound is taken all the same."""
    faults: list[ManifestError] = []
    here = Inventory.of([5, DATA, {}], on_error=faults.append)
    assert (len(here), len(faults)) == (1, 2)
