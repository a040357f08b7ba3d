"""`list_filter` answers as the API server's own code does: fields, errors, events, types."""

import json
import pickle
import subprocess
import sys
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes import client
from kubernetes.client import models

from labelsel import FieldNotEquals, Nothing, parse, parse_fields
from labelsel.kubernetes import (
    BadRequestError,
    Kind,
    ListFilter,
    ManifestError,
    Resource,
    Source,
    UnknownKindError,
    field_values,
    list_filter,
)
from labelsel.kubernetes.model.misspelled_keys import check_spelling
from labelsel.kubernetes.model.served_fields import _TABLE, served_fields


def pod(name: str = "a", labels: Any = None, **parts: Any) -> dict[str, Any]:
    """Return a pod as an item of a list has it: without kind and apiVersion."""
    return {"metadata": {"name": name, "labels": labels or {}}, **parts}


def refused(**arguments: Any) -> str:
    """Return the message about a selector that the API server would refuse."""
    with pytest.raises(BadRequestError) as caught:
        list_filter(**arguments)
    assert json.loads(json.dumps(caught.value.to_status())) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": str(caught.value),
        "reason": "BadRequest",
        "code": 400,
    }
    return str(caught.value)


PODS: Final = [
    pod("a", {"tier": "a", "cores": "8"}, status={"phase": "Running"}),
    pod("b", {"tier": "b", "debug": ""}, status={"phase": "Failed"}),
    pod("c", {"cores": "08", "tier": None}, spec={"hostNetwork": True}),
    pod("d", {"cores": "8.5"}, spec=None, status={"phase": "Run,ning=\\"}),
]


@pytest.mark.parametrize(
    ("labels", "fields", "expected"),
    [
        (None, None, "abcd"),
        ("", "", "abcd"),
        (" ", ",", "abcd"),
        ("tier", None, "abc"),
        ("tier in (a,b),!debug", "", "a"),
        ("cores>7", None, "ac"),
        ("cores<9", None, "ac"),
        ("tier=", None, "c"),
        ("tier!=a", "status.phase!=Failed", "cd"),
        (None, "status.phase=", "c"),
        (None, "status.phase==Running", "a"),
        (None, r"status.phase=Run\,ning\=\\", "d"),
        (None, r"status.phase!=Run\,ning\=\\", "abc"),
        (None, "spec.hostNetwork=true", "c"),
        (None, "spec.hostNetwork!=true", "abd"),
        (None, "spec.restartPolicy=Always,spec.schedulerName!=x", "abcd"),
        (None, "metadata.name=a,metadata.name=b", ""),
        (None, "metadata.namespace=,status.podIPs=", "abcd"),
        (parse("debug") | parse("cores>7"), parse_fields("metadata.name!=a"), "bc"),
        (Nothing(), None, ""),
        (None, Nothing(), ""),
    ],
)
def test_selected(labels: Any, fields: Any, expected: str) -> None:
    """Both selectors count, and an empty one selects everything."""
    keep = list_filter(kind="pods", label_selector=labels, field_selector=fields)
    names = [obj["metadata"]["name"] for obj in PODS if keep(obj)]
    assert "".join(names) == expected
    assert list(keep.filter(PODS)) == [obj for obj in PODS if keep(obj)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"label_selector": "app=web,,x"},
            "unable to parse requirement: found ','\n  app=web,,x\n          ^\n  expected: ",
        ),
        ({"label_selector": "a" * 64}, "unable to parse requirement: "),
        ({"field_selector": " "}, "invalid selector: "),
        (
            {"field_selector": r"metadata.name=a\b"},
            r"invalid field selector: invalid escape sequence: \b: a backslash may only",
        ),
        (
            {"field_selector": "metadata.name=a\\"},
            "invalid field selector: invalid escape sequence: \\: the value ends in",
        ),
        (
            {"field_selector": "metadata.name=a=b"},
            "invalid field selector: unescaped character in value: 61: a '=' in a value is",
        ),
        ({"field_selector": "a in (b)"}, "invalid selector: "),
        (
            {"field_selector": "foo.bar=baz"},
            """\
"foo.bar" is not a known field selector: only "metadata.name", "metadata.namespace"
  foo.bar=baz
  ^
  hint: the fields of every kind are metadata.name and metadata.namespace""",
        ),
        (
            {"kind": "pods", "field_selector": "metadata.name=a,x!=b"},
            "field label not supported: x\n  metadata.name=a,x!=b\n                  ^\n  hint: ",
        ),
        # The server looks at the terms by their text: a before z.
        (
            {"kind": "po", "field_selector": "z=1,a=1"},
            "field label not supported: a\n  z=1,a=1\n      ^",
        ),
        ({"kind": "Pod", "field_selector": "=x"}, "field label not supported: \n  =x\n  ^"),
        (
            {"kind": "Pod", "field_selector": "metadata.labels.app!=web"},
            """\
field label not supported: metadata.labels.app
  metadata.labels.app!=web
  ^
  hint: labels are selected with labelSelector""",
        ),
        (
            {"kind": "jobs", "field_selector": 'a"b\x1b=1'},
            r'field label "a\"b\u001b" not supported for Job',
        ),
        (
            {"kind": "pods", "field_selector": "spec.x\n::error::=1"},
            "field label not supported: spec.x\\n::error::\n  spec.x ::error::=1\n  ^\n",
        ),
        (
            {"kind": "resourceslices", "field_selector": "spec.pool=1"},
            "field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.pool",
        ),
        (
            {"kind": "nodes", "field_selector": "metadata.namespace="},
            "field label not supported: m",
        ),
        ({"kind": "rs", "field_selector": "status.replicas=1"}, '"status.replicas" is not a known'),
        (
            {"kind": "events", "api_version": "events.k8s.io/v1", "field_selector": "source=x"},
            "field label not supported: source",
        ),
        (
            {"kind": "Shirt", "api_version": "e.com/v1", "field_selector": "spec.color=x"},
            "field label not supported: spec.color\n  spec.color=x\n  ^\n  hint: the fields of",
        ),
        # A selector that is no text has no position.
        (
            {"kind": "pods", "field_selector": parse("status.fase in (a,b)")},
            "field label not supported: status.fase\n  hint: did you mean status.phase?",
        ),
    ],
)
def test_refused(arguments: dict[str, Any], message: str) -> None:
    """The first line is the server's; then come the selector with a caret, and a hint."""
    assert refused(**arguments).startswith(message)


def test_the_error() -> None:
    """It names the parameter, and survives a process border; the label selector comes first."""
    with pytest.raises(BadRequestError) as caught:
        list_filter(label_selector="a b", field_selector="a b")
    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # our own
    assert (copy.parameter, str(copy)) == ("labelSelector", str(caught.value))
    assert (copy.status, copy.reason) == (400, "BadRequest")


#: What is no pod, and no object at all.
WRONG: Final[list[Any]] = [
    None, 5, "a", [], {}, {"metadata": None}, {"metadata": []}, {"metadata": {}},
    {"metadata": {"name": ""}}, {"metadata": {"name": None}}, {"metadata": {"name": 5}},
    {"metadata": {"name": "a", "labels": []}}, {"metadata": {"name": "a", "labels": "x=y"}},
    {"metadata": {"name": "a", "labels": {"x": 5}}},
    {"metadata": {"name": "a", "labels": {"x": True}}},
    {"metadata": {"name": "a", "labels": {"x": {}}}},
    {"metadata": {"generateName": "a-"}}, {"metadata": {"name": "a", "namespace": 5}},
    {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "a"}},
    {"kind": "Pod", "apiVersion": "e.com/v1", "metadata": {"name": "a"}},
    {"kind": None, "apiVersion": "v1", "metadata": {"name": "a"}},
    {"kind": "PodList", "apiVersion": "v1", "items": []},
    {"api_version": "v1", "kind": "Pod", "metadata": {"name": "a"}},
    {"type": "ADDED", "object": {"metadata": {"name": "a"}}},
    {"kind": "Status", "apiVersion": "v1", "metadata": {}},
    pod(spec=[]), pod(spec="x"), pod(spec={"nodeName": 5}), pod(spec={"nodeName": ["n1"]}),
    pod(spec={"nodeName": {}}), pod(spec={"nodeName": False}),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("labels", ["!debug", "a notin (b)", "debug"])
def test_wrong_types_are_never_selected(wrong: Any, labels: str) -> None:
    """What is not understood is an error, also for a selector that would not select it."""
    keep = list_filter(kind="Pod", label_selector=labels, field_selector="spec.nodeName!=n1")
    with pytest.raises((ManifestError, TypeError)):
        keep(wrong)


#: Objects with a misspelled key, and what they should say.
MISSPELLED: Final[list[tuple[str, dict[str, Any], str]]] = [
    ("Pod", {"spec": {"node_name": "n1"}}, "'node_name' in spec: write nodeName"),
    ("Pod", {"spec": {"nodename": "n1"}}, "'nodename' in spec: write nodeName"),
    ("Pod", {"spec": {"nodeNmae": "n1"}}, "'nodeNmae' in spec: write nodeName"),
    ("Pod", {"spec": {"restart_policy": "Never"}}, "'restart_policy' in spec: write restartP"),
    ("Pod", {"status": {"pod_ip": "1.2.3.4"}}, "'pod_ip' in status: write podIP"),
    ("Pod", {"status": {"podIPs": [{"IP": "::1"}]}}, "'IP' in status.podIPs[0]: write ip"),
    ("Pod", {"Status": {"phase": "Running"}}, "'Status': write status"),
    ("Pod", {"stauts": {"phase": "Running"}}, "'stauts': write status"),
    ("Pod", {"Kind": "Service"}, "'Kind': write kind"),
    ("Pod", {"labels": {"debug": ""}}, "'labels': write metadata.labels"),
    ("Pod", {"namespace": "shop"}, "'namespace': write metadata.namespace"),
    ("Deployment", {"Metadata": {}}, "'Metadata': write metadata"),
    ("Event", {"involved_object": {}, "type": "Normal"}, "'involved_object': write involvedObj"),
    *(
        (
            kind,
            {"metadata": {"name": "a", key: {"debug": ""}}},
            f"'{key}' in metadata: write labels",
        )
        for kind in ("Pod", "Shirt")
        for key in ("Labels", "label", "lables", "lable", "LABELS")
    ),
    ("Shirt", {"metadata": {"name": "a", "Namespace": "x"}}, "'Namespace' in metadata: write name"),
    ("Shirt", {"spec": {"Color": "red"}}, "'Color' in spec: write color"),
    ("Shirt", {"spec": {"col_or": "red"}}, "'col_or' in spec: write color"),
]


@pytest.mark.parametrize(("kind", "parts", "message"), MISSPELLED, ids=str)
def test_misspelled_keys_are_never_selected(kind: str, parts: Any, message: str) -> None:
    """The server ignores such a key, so "!debug" and "spec.nodeName!=n1" would select it."""
    options: dict[str, Any] = {"kind": Kind("Event", "") if kind == "Event" else kind}
    if kind == "Shirt":
        options |= {"api_version": "e.com/v1", "selectable_fields": [".spec.color"]}
    keep = list_filter(label_selector="!debug", **options)
    with pytest.raises(ManifestError) as caught:
        keep({"metadata": {"name": "a"}, **parts})
    assert message in str(caught.value)
    if "spec" in parts:
        with pytest.raises(ManifestError):
            field_values({"metadata": {"name": "a"}, **parts}, **options)


@pytest.mark.parametrize("key", ["labels", "name"])
def test_misplaced_keys_of_an_object_without_a_kind(key: str) -> None:
    """It is not taken for one of a custom kind, which may have such a key."""
    with pytest.raises(ManifestError, match=f"'{key}': write metadata.{key}"):
        list_filter(label_selector="!debug")({"metadata": {"name": "a"}, key: {"debug": ""}})


def test_a_dict_of_the_official_client() -> None:
    """`to_dict` spells the keys otherwise than the API, also without the values that are None."""
    given = client.V1Pod(
        metadata=client.V1ObjectMeta(name="a"),
        spec=client.V1PodSpec(containers=[], node_name="n1"),
    )
    data = {key: value for key, value in given.to_dict().items() if value is not None}
    data["spec"] = {key: value for key, value in data["spec"].items() if value is not None}
    with pytest.raises(ManifestError, match="'node_name' in spec: write nodeName"):
        list_filter(kind="pods", field_selector="spec.nodeName!=n1")(data)


OWN_KEYS: Final[list[tuple[str, dict[str, Any]]]] = [
    ("Pod", {"metadata": {"name": "a", "generation": 1, "uid": "x", "selfLink": "x"}}),
    ("Pod", {"spec": {"hostname": "x", "nodeSelector": {"node_name": "x"}}}),
    ("Service", {"spec": {"clusterIPs": [], "clusterIP": ""}}),
    ("Shirt", {"labels": {}, "stauts": {}, "spec": {"colors": [], "color": "x", "Color": "y"}}),
    ("Shirt", {"spec": {f"key{number}": number for number in range(200)}}),
]


@pytest.mark.parametrize(("kind", "parts"), OWN_KEYS, ids=str)
def test_other_keys_are_not_misspelled(kind: str, parts: dict[str, Any]) -> None:
    """They are keys of the API, or those of a custom kind."""
    options: dict[str, Any] = {"kind": kind}
    if kind == "Shirt":
        options |= {"api_version": "e.com/v1", "selectable_fields": [".spec.color"]}
    assert list_filter(**options)({"metadata": {"name": "a"}, **parts})


def fields_of_model(name: str, depth: int = 3) -> Any:
    """Return an object with all fields that a model of the official client has."""
    model = getattr(models, name, None)
    if model is None:
        is_list = name.startswith("list[")
        return [fields_of_model(name[5:-1], depth)] if is_list else {}
    types: dict[str, str] = model.openapi_types if depth else {}
    return {model.attribute_map[key]: fields_of_model(of, depth - 1) for key, of in types.items()}


def test_no_field_of_the_api_is_misspelled() -> None:
    """Every field of each kind with fields of its own is another field, however near."""
    for kind, fields in _TABLE.items():
        prefix = "Core" if kind == Kind("Event", "") else "Events" if kind.kind == "Event" else ""
        versions = ("V1", "V1beta1", "V1alpha1")
        names = [f"{prefix}{version}{kind.kind}" for version in versions]
        name = next(name for name in names if hasattr(models, name))
        body = fields_of_model(name)
        assert {"metadata", "kind"} <= body.keys()
        version = f"{kind.group}/v1".removeprefix("/")
        check_spelling(
            Resource(kind.kind, version, None, "a", {}, {}, body, Source("a.yaml", 1, 1)), fields
        )


@pytest.mark.parametrize("key", [1, None, True, 1.5, ("a",)], ids=repr)
@pytest.mark.parametrize("labels", [None, "!debug"])
def test_keys_that_are_no_strings(key: Any, labels: str | None) -> None:
    """YAML reads "1: x" as a number: an error for every selector."""
    with pytest.raises(ManifestError, match="a key in labels must be a string, not "):
        list_filter(kind="pods", label_selector=labels)(pod(labels={key: "x"}))
    assert list_filter(kind="pods")(pod(spec={key: "x"}))  # no selector sees it


@pytest.mark.parametrize(
    ("kind", "parts", "message"),
    [
        (
            "Pod",
            {"spec": {"hostNetwork": "true"}},
            "spec.hostNetwork: must be a boolean, not a str",
        ),
        ("Pod", {"status": {"podIPs": "x"}}, "status.podIPs: must be a list, not a string"),
        ("Pod", {"status": {"podIPs": ["x"]}}, "status.podIPs[0]: must be a map, not a string"),
        (
            "Job",
            {"status": {"succeeded": True}},
            "status.succeeded: must be a whole number, not th",
        ),
        ("Job", {"status": {"succeeded": 1.0}}, "status.succeeded: must be a whole number, not th"),
    ],
)
def test_wrong_types_of_fields(kind: str, parts: dict[str, Any], message: str) -> None:
    """The path of the value is named."""
    with pytest.raises(ManifestError) as caught:
        field_values(pod(**parts), kind=kind)
    assert message in str(caught.value)


def test_namespaces_have_the_label_of_their_name() -> None:
    """The server sets it on each Namespace."""
    keep = list_filter(kind="ns", label_selector="kubernetes.io/metadata.name=shop")
    assert [name for name in ("shop", "lab") if keep({"metadata": {"name": name}})] == ["shop"]


@pytest.mark.parametrize(
    ("kind", "version", "parts", "expected"),
    [
        ("Pod", "v1", {"status": {"podIP": "1.2.3.4", "podIPs": [{"ip": "1.2.3.4"}]}},
         {"status.podIP": "1.2.3.4", "status.podIPs": "", "status.phase": ""}),
        ("Pod", "v1", {"status": {"podIPs": [{"ip": "1.2.3.4"}, {"ip": "::1"}]}},
         {"status.podIP": "1.2.3.4", "spec.hostNetwork": "false"}),
        ("Pod", "v1", {"status": {"podIPs": []}}, {"status.podIP": ""}),
        ("Pod", "v1", {"spec": {"nodeName": "n", "restartPolicy": None, "hostNetwork": False}},
         {"spec.nodeName": "n", "spec.host": "n", "spec.restartPolicy": "Always",
          "spec.hostNetwork": "false", "spec.schedulerName": "default-scheduler"}),
        ("Event", "v1", {"reportingComponent": "kubelet", "involvedObject": {"name": "x"}},
         {"source": "kubelet", "reportingComponent": "kubelet", "involvedObject.name": "x"}),
        ("Event", "v1", {"reportingComponent": "k", "source": {"component": "c"}}, {"source": "c"}),
        ("Event", "events.k8s.io/v1", {"regarding": {"fieldPath": "x"}, "reportingController": "k"},
         {"regarding.fieldPath": "x", "reportingController": "k"}),
        ("Job", "batch/v1", {"status": {"succeeded": 3}}, {"status.successful": "3"}),
        ("Job", "batch/v1", {}, {"status.successful": "0"}),
        ("Namespace", "v1", {}, {"metadata.name": "a", "status.phase": "Active"}),
        ("Node", "v1", {"spec": {"unschedulable": True}}, {"spec.unschedulable": "true"}),
        ("ClusterRole", "rbac.authorization.k8s.io/v1", {}, {"metadata.namespace": ""}),
        ("ReplicationController", "v1", {}, {"status.replicas": "0"}),
        ("Secret", "v1", {"type": ""}, {"type": "Opaque"}),
        ("Service", "v1", {"spec": {"clusterIP": "None"}},
         {"spec.type": "ClusterIP", "spec.clusterIP": "None"}),
        ("Widget", "e.com/v1", {"spec": {"x": 1}}, {"metadata.namespace": ""}),
    ],
)  # fmt: skip
def test_field_values(
    kind: str, version: str, parts: dict[str, Any], expected: dict[str, str]
) -> None:
    """The fields of a kind have the values that the server compares."""
    found = field_values({"kind": kind, "apiVersion": version, **pod(**parts)})
    assert {name: found[name] for name in expected} == expected
    assert found == field_values(pod(**parts), kind=kind, api_version=version)
    assert next(iter(found)) == "metadata.name"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (pod(), "no kind"),
        (pod(kind="Pod"), "no apiVersion"),
        (pod(apiVersion="v1"), "no kind"),
        (pod(kind="Pod", api_version="v1"), 'write "apiVersion" for "api_version"'),
        (pod(kind="Pod", apiVersion=1), "apiVersion must be a string"),
        (pod(kind="pod", apiVersion="v1"), "did you mean Pod of v1?"),
        (pod(kind="Pods", apiVersion="v1"), "did you mean Pod of v1?"),
        (pod(kind="Pod", apiVersion="v2"), "did you mean Pod of v1?"),
        (pod(kind="Widget", apiVersion="v1"), "'Widget' of the group '' is no kind of Kubernetes"),
        (pod(kind="Widget", apiVersion="x/v1"), "the group of a custom kind has a dot"),
        (pod(kind="../x", apiVersion="e.com/v1"), "'../x' is not the name of a kind"),
        (pod(kind="X", apiVersion="a.b/c/v1"), "'X' of the group 'a.b/c' is no kind of Kuberne"),
        (None, "expected a map, got null"),
        ({"kind": "PodList", "apiVersion": "v1", "items": []}, "no items"),
        (pod(kind="PodList", apiVersion="v1", items=[]), "'PodList' of the group '' is no kind"),
    ],
)
@pytest.mark.parametrize("options", [{}, {"selectable_fields": [".spec.x"]}], ids=str)
def test_field_values_of_an_object_of_no_kind(given: Any, message: str, options: Any) -> None:
    """Without the fields of its kind, "status.phase!=Running" would select it."""
    with pytest.raises(ManifestError) as caught:
        field_values(given, **options)
    assert message in str(caught.value)
    assert field_values(pod(), kind=Kind("Shirt", "e.com"))["metadata.name"] == "a"
    assert field_values(pod(kind="Shirt", apiVersion="e.com/v1"), **options)


def test_kinds_whose_namespace_is_no_field() -> None:
    """The server refuses it for them, in namespaces or not."""
    without = {kind.kind for kind in _TABLE if "metadata.namespace" not in _TABLE[kind].fields}
    assert without == {
        *("CertificateSigningRequest", "ClusterTrustBundle", "Namespace", "Node"),
        *("PodCertificateRequest", "ResourceSlice"),
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | st.text(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "labels", "nodeName", "phase", "podIPs", "ip", "debug"]), inner
        )
    ),
    max_leaves=8,
)


metadata_values = json_values | st.fixed_dictionaries(
    {"name": st.just("a") | json_values},
    optional={
        "labels": json_values | st.dictionaries(st.sampled_from(["debug", "x"]), json_values)
    },
)


@given(metadata=metadata_values, spec=json_values, status=json_values)
def test_any_json_is_an_object_or_an_error(metadata: Any, spec: Any, status: Any) -> None:
    """What is selected has a name, and strings for labels and fields; all else is an error."""
    keep = list_filter(
        kind="pods", label_selector="!debug", field_selector="spec.nodeName!=x,status.podIP!=x"
    )
    try:
        selected = keep({"metadata": metadata, "spec": spec, "status": status})
    except ManifestError:
        return
    assert isinstance(metadata["name"], str)
    labels = metadata.get("labels") or {}
    assert all(isinstance(value, str | None) for value in labels.values())
    assert selected is ("debug" not in labels and (spec or {}).get("nodeName") != "x")


@pytest.mark.parametrize("kind", [*_TABLE, Kind("Ingress", "networking.k8s.io"), None], ids=str)
@given(name=st.text(max_size=3))
def test_the_fields_are_what_a_field_selector_may_name(kind: Kind | None, name: str) -> None:
    """Each key of `field_values` is accepted, every other name is refused."""
    obj = {"metadata": {"name": "a"}}
    any_kind = {"metadata.name": "a", "metadata.namespace": ""}
    values = any_kind if kind is None else field_values(obj, kind=kind)
    for field, value in values.items():
        keep = list_filter(kind=kind, field_selector=f"{field}={value}")
        assert keep({"metadata": {"name": "a"}})
    assert name not in served_fields(kind).fields
    refused(kind=kind, field_selector=FieldNotEquals(name, "x"))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {"app": "web"}, "ADDED"),
        (None, {"app": "db"}, None),
        ({"app": "db"}, {"app": "web"}, "ADDED"),
        ({"app": "web"}, {"app": "web", "x": "y"}, "MODIFIED"),
        ({"app": "web"}, {"app": "db"}, "DELETED"),
        ({"app": "web"}, None, "DELETED"),
        ({"app": "db"}, {"app": "api"}, None),
        ({"app": "db"}, None, None),
    ],
)
def test_watch_event(
    before: dict[str, str] | None, after: dict[str, str] | None, expected: str | None
) -> None:
    """An event is what the change is for this watch: the table of convertToWatchEvent."""
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    old = before and {"metadata": {"name": "a", "labels": before, "resourceVersion": "7"}}
    new = after and {"metadata": {"name": "a", "labels": after, "resourceVersion": "8"}}
    copies = json.dumps([old, new])
    event = list_filter(label_selector="app=web").watch_event(old, new)
    assert json.dumps([old, new]) == copies
    if expected is None:
        assert event is None
        return
    assert event is not None
    assert event["type"] == expected
    if expected == "DELETED":
        version = "8" if new else "7"
        metadata = {"name": "a", "labels": before, "resourceVersion": version}
        assert event["object"] == {"metadata": metadata}
    else:
        assert event["object"] is new


def test_the_version_of_a_deletion() -> None:
    """The caller knows it; objects without versions get none."""
    keep, old = list_filter(), {"metadata": {"name": "a"}}
    event = keep.watch_event(old, None, resource_version="9")
    assert event == {
        "type": "DELETED",
        "object": {"metadata": {"name": "a", "resourceVersion": "9"}},
    }
    assert keep.watch_event(old, None) == {"type": "DELETED", "object": old}
    with pytest.raises(TypeError, match="expected str, got int 9; a resourceVersion is text"):
        keep.watch_event(old, None, resource_version=9)  # type: ignore[arg-type]  # the wrong type


def test_a_deleted_object_is_a_copy() -> None:
    """Whoever changes the event does not change the store of the server."""
    old = pod("a", {"app": "web"}, spec={"nodeName": "n1"})
    event = list_filter(label_selector="app").watch_event(old, pod("a"))
    assert event is not None
    event["object"]["metadata"]["labels"].clear()
    event["object"]["spec"].clear()
    assert old == pod("a", {"app": "web"}, spec={"nodeName": "n1"})


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (None, None, "got nothing"),
        (pod("a"), pod("b"), "got two objects"),
        (pod(kind="Pod", apiVersion="v1"), pod(kind="Node", apiVersion="v1"), "got two objects"),
        (pod(kind="X", apiVersion="a.b/v1"), pod(kind="X", apiVersion="b.b/v1"), "got two objects"),
        (
            {"metadata": {"name": "a", "namespace": "x"}},
            {"metadata": {"name": "a"}},
            "got two objects",
        ),
    ],
)
def test_what_is_no_change(before: Any, after: Any, problem: str) -> None:
    """A change is of one object."""
    with pytest.raises(ValueError, match=f"expected one object before and after .*{problem}"):
        list_filter().watch_event(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (pod(kind="X", apiVersion="a.b/v1"), pod(kind="X", apiVersion="a.b/v2")),
        (pod(kind="Pod", apiVersion="v1"), pod()),
        ({"metadata": {"name": "a", "namespace": ""}}, {"metadata": {"name": "a"}}),
    ],
)
def test_what_is_one_object(before: Any, after: Any) -> None:
    """In two versions, as an item of a list, or in no namespace."""
    for one, other in ((before, after), (after, before)):
        event = list_filter().watch_event(one, other)
        assert event is not None
        assert event["type"] == "MODIFIED"


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({}, None),
        ({"kind": "po"}, Kind("Pod", "")),
        ({"kind": "Deployments.apps"}, Kind("Deployment", "apps")),
        ({"kind": Kind("Shirt", "e.com")}, Kind("Shirt", "e.com")),
        ({"kind": Kind("Shirt", "e.com"), "api_version": "e.com/v2"}, Kind("Shirt", "e.com")),
        ({"kind": "events", "api_version": "v1"}, Kind("Event", "")),
        ({"kind": "Service", "api_version": "serving.e.dev/v1"}, Kind("Service", "serving.e.dev")),
        ({"kind": "Shirt", "api_version": "e.com/v1"}, Kind("Shirt", "e.com")),
    ],
)
def test_kinds(arguments: dict[str, Any], kind: Kind | None) -> None:
    """A kind is a word of kubectl or a Kind, in the group of the apiVersion."""
    keep = list_filter(**arguments)
    assert (keep.kind, str(keep.labels), str(keep.fields)) == (kind, "", "")
    assert repr(keep).startswith(f"<ListFilter of {kind.kind if kind else 'any kind'}: labels")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"kind": "widgets"},
            UnknownKindError,
            "'widgets' is not a kind of Kubernetes; a custom k",
        ),
        (
            {"kind": "deploymnts"},
            UnknownKindError,
            "did you mean deployments?; a custom kind needs",
        ),
        (
            {"kind": "events"},
            UnknownKindError,
            "several kinds: Event and Event.events.k8s.io; pass",
        ),
        (
            {"kind": "po,svc", "api_version": "v1"},
            UnknownKindError,
            "several kinds: Pod and Service",
        ),
        ({"kind": "Pood", "api_version": "v1"}, UnknownKindError, "did you mean Pod of v1?"),
        (
            {"kind": "ingresses", "api_version": "v1"},
            UnknownKindError,
            "is not of 'v1': Ingress.netw",
        ),
        ({"kind": ""}, UnknownKindError, "'' is not a kind of Kubernetes"),
        ({"kind": "podz", "api_version": "v1"}, UnknownKindError, "'podz' of the group '' is no"),
        ({"kind": "Shirt", "api_version": "shop/v1"}, UnknownKindError, "a custom kind has a dot"),
        ({"kind": "pod s", "api_version": "e.com/v1"}, UnknownKindError, "'pod s' is not the na"),
        ({"kind": "../x", "api_version": "e.com/v1"}, UnknownKindError, "'../x' is not the name"),
        ({"kind": "a" * 64, "api_version": "e.com/v1"}, UnknownKindError, "is not the name of a"),
        ({"kind": Kind("Podd", "")}, UnknownKindError, "'Podd' of the group '' is no kind of Kub"),
        ({"kind": Kind("pod s", "e.com")}, UnknownKindError, "'pod s' is not the name of a kind"),
        *(
            ({"kind": kind, "api_version": version}, ValueError, "expected an apiVersion such as")
            for kind in ("pods", "Shirt", None)
            for version in ("", "/", "a/b/c", "/v1", "e.com/", "e com/v1", "v 1", "E.com/v1")
        ),
        (
            {"kind": Kind("Shirt", ""), "selectable_fields": [".spec.x"]},
            UnknownKindError,
            "'Shirt' of the group '' is no kind of Kubernetes",
        ),
        ({"api_version": "v1"}, ValueError, "api_version is 'v1', with no kind"),
        (
            {"kind": Kind("Pod", ""), "api_version": "apps/v1"},
            ValueError,
            "api_version is 'apps/v1', with Pod of the group ''",
        ),
        ({"kind": 5}, TypeError, "expected a kind, as in 'pods', got int 5"),
        ({"kind": "pods", "api_version": 1}, TypeError, "expected str, got int 1; as in 'apps/v1'"),
        ({"label_selector": ["a=b"]}, TypeError, "expected one text for labelSelector, got list"),
        ({"field_selector": b"a=b"}, TypeError, "expected one text for fieldSelector, got bytes"),
        (
            {"kind": "pods", "selectable_fields": [".spec.x"]},
            ValueError,
            "Pod is a kind of Kubernetes",
        ),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    """What the author of a server passes is checked when the filter is made."""
    with pytest.raises(error) as caught:
        list_filter(**arguments)
    assert message in str(caught.value)


def test_a_filter_is_made_by_list_filter() -> None:
    """Its parts are checked, too."""
    with pytest.raises(TypeError, match=r"make a filter with list_filter\(\)"):
        ListFilter("pods", parse("a"), parse("b"))  # type: ignore[arg-type]  # the wrong type


def test_it_needs_no_yaml() -> None:
    """A fake server in a test suite needs the library alone: no PyYAML, no numpy."""
    code = """if True:
        import sys
        from labelsel.kubernetes import field_values, list_filter
        pod = {"metadata": {"name": "a"}}
        print(list_filter(kind="pods", field_selector="spec.nodeName=")(pod), *sys.modules)
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("True ")
    assert not {"yaml", "numpy", "pyroaring", "click"} & set(run.stdout.split())
