"""Field selectors over objects: what they see, and what they refuse."""

from typing import Any

import pytest

from labelsel import parse_fields
from labelsel.kubernetes import FieldError, Resource, Source
from labelsel.kubernetes.inventory.fields import matching_fields


def obj(kind: str = "Pod", name: str = "a", version: str = "v1", **body: Any) -> Resource:
    whole = {"kind": kind, "metadata": {"name": name}} | body
    return Resource(kind, version, None, name, {}, {}, whole, Source("a.yaml", 1, 1))


def names(text: str, *resources: Resource) -> list[str]:
    return [item.name for item in matching_fields(parse_fields(text), resources)]


PODS = (
    obj(
        name="a",
        spec={"nodeName": "n1", "priority": 5, "containers": []},
        status={"phase": "Running"},
    ),
    obj(name="b", spec={"nodeName": "n2", "hostNetwork": True}, status={"phase": "Failed"}),
    obj(name="c", spec={"priority": 0.5, "nodeName": None}),
)


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", "abc"),
        ("metadata.name=b", "b"),
        ("metadata.name==b", "b"),
        ("metadata.name!=b", "ac"),
        ("spec.nodeName=n1", "a"),
        ("spec.nodeName!=n1,status.phase!=Failed", "c"),
        # Absent and null read as nothing.
        ("spec.nodeName=", "c"),
        ("status.phase=", "c"),
        ("status.phase!=", "ab"),
        # Any single value may be asked for, where some object has it.
        ("spec.priority=5", "a"),
        ("spec.priority=0.5", "c"),
        ("spec.priority=", "b"),
        # Booleans have words, and those that the server serves a default.
        ("spec.hostNetwork=true", "b"),
        ("spec.hostNetwork=false", "ac"),
        # Known to Kubernetes, in no object.
        ("status.podIP=", "abc"),
        ("metadata.namespace=", "abc"),
        ("=", "abc"),
        ("metadata.name=a,metadata.name=b", ""),
    ],
)
def test_matching(text: str, matches: str) -> None:
    """Fields are compared as text, in the objects' order."""
    assert "".join(names(text, *PODS)) == matches


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("Node", {}, "spec.unschedulable=false"),
        ("Node", {"spec": {"unschedulable": True}}, "spec.unschedulable=true"),
        ("Job", {"version": "batch/v1"}, "status.successful=0"),
        ("Job", {"version": "batch/v1", "status": {"succeeded": 3}}, "status.successful=3"),
        ("ReplicationController", {}, "status.replicas=0"),
        ("Event", {"source": {"component": "kubelet"}}, "source=kubelet"),
        ("Event", {"involvedObject": {"name": "x"}}, "involvedObject.name=x,reason="),
        ("Secret", {"type": "Opaque"}, "type=Opaque"),
        ("Event", {"reportingComponent": "kubelet"}, "source=kubelet"),
        ("Event", {"version": "events.k8s.io/v1", "regarding": {"name": "x"}}, "regarding.name=x"),
        ("Service", {"spec": {"clusterIP": "None"}}, "spec.clusterIP!=10.0.0.1"),
        ("Service", {}, "spec.type=ClusterIP"),
        ("Secret", {"type": None}, "type=Opaque"),
        ("Pod", {"spec": {"restartPolicy": ""}}, "spec.restartPolicy=Always"),
    ],
)
def test_fields_as_the_server_serves_them(kind: str, body: dict[str, Any], text: str) -> None:
    """Served fields have their names and defaults from the API server."""
    assert names(text, obj(kind, **body)) == ["a"]


DOTTED = obj(
    metadata={
        "name": "a",
        "annotations": {"cert-manager.io/inject-ca-from": "shop/web", "x": "1"},
        "labels": {"app.kubernetes.io/name": "web", "app": "y"},
    },
    data={"a.b": {"c.d": "deep"}, "one": {"two": "1"}, "one.two": "2", "same": {"x": 1}},
)


@pytest.mark.parametrize(
    "text",
    [
        "metadata.annotations.cert-manager.io/inject-ca-from=shop/web",
        "metadata.annotations.x=1",
        "metadata.labels.app.kubernetes.io/name=web",
        "metadata.labels.app=y",
        "data.a.b.c.d=deep",
    ],
)
def test_keys_with_dots(text: str) -> None:
    """A dot divides two keys, or stands in one: labels and annotations can be asked for."""
    assert names(text, DOTTED) == ["a"]
    assert names(text.replace("=", "!="), DOTTED) == []


def test_keys_with_dots_that_mean_two_fields() -> None:
    """Where a name may mean two values it is an error: neither may be taken in silence."""
    with pytest.raises(FieldError) as caught:
        names("data.one.two=1", DOTTED)
    assert str(caught.value) == (
        'field "data.one.two": it may mean 2 fields of Pod/a (a.yaml:1): keys with dots in them'
    )


def test_paths_of_any_length() -> None:
    """A path costs little however many ways there are to read it, and none is too long."""
    tangle: dict[str, Any] = {"end": "x"}
    for _ in range(150):
        tangle = {"a": tangle, "a.a": tangle}
    assert names(f"tangle{'.a' * 190}.end=x", obj(tangle=tangle)) == ["a"]
    with pytest.raises(FieldError, match="no object in the input has it"):
        names("a." * 300 + "=x", obj())


@pytest.mark.parametrize("text", ["metadata.nme", "data.on.two", "metadata.label.app", "spec.x"])
def test_a_hint_never_offers_what_was_typed(text: str) -> None:
    """What was not understood is not offered as what was meant."""
    with pytest.raises(FieldError) as caught:
        names(f"{text}=x", DOTTED)
    assert f"did you mean {text}?" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("metadata.nme!=x", "no object in the input has it; did you mean metadata.name?"),
        ("status.fase=x", "no object in the input has it; did you mean status.phase?"),
        ("spec.nodename=n1", "did you mean spec.nodeName?"),
        ("spec.prioritty=5", "did you mean spec.priority?"),
        ("xyzzy=", "no object in the input has it"),
        # Served for other kinds only.
        ("spec.unschedulable=false", "no object in the input has it"),
        # Spaces belong to the name: rule 21.
        ("status.phase =Running", "did you mean status.phase?"),
        # A path does not go into lists, nor beyond single values.
        ("metadata.name.x=", "no object in the input has it"),
    ],
)
def test_unknown_fields(text: str, problem: str) -> None:
    """A field that nothing has is a slip: with != it would select everything."""
    with pytest.raises(FieldError) as caught:
        names(text, *PODS)
    assert problem in str(caught.value)
    assert caught.value.field in text


@pytest.mark.parametrize(
    ("body", "problem"),
    [({"spec": {"a": 1}}, "a map in Pod/a (a.yaml:1)"), ({"spec": [1]}, "a list in Pod/a")],
)
def test_fields_with_more_than_one_value(body: dict[str, Any], problem: str) -> None:
    """A map or a list is nothing that a selector compares; the object is named."""
    with pytest.raises(FieldError, match="compare single values") as caught:
        names("spec!=x", obj(**body))
    assert problem in caught.value.problem


def test_no_objects() -> None:
    """Where there is nothing to ask, no field is wrong."""
    assert names("metadata.nme!=x") == []
