"""Labels and objects that only a cluster has: which keys, names and values say so."""

import pytest

from labelsel import parse
from labelsel.kubernetes import POD, SERVICE, Kind, ObjectSelector, Resource, Source
from labelsel.kubernetes.model.document import Data
from labelsel.lint.cluster_only import ClusterOnly, in_manifests

DEFINITION = ("CustomResourceDefinition", "apiextensions.k8s.io/v1")


def an_object(kind: str, version: str, name: str = "events", spec: Data = None) -> Resource:
    """An object in the namespace ``shop``."""
    return Resource(kind, version, "shop", name, {}, {}, {"spec": spec}, Source("a.yaml", 1, 1))


def looks(
    selector: str, *, target: Kind = POD, namespaces: frozenset[str] | None = frozenset({"shop"})
) -> ObjectSelector:
    """A selector of an object."""
    owner = an_object("Service", "v1")
    return ObjectSelector(owner, ("spec", "selector"), parse(selector), target, namespaces)


def test_the_role_of_a_replica() -> None:
    """It is under any key with that name, and only with one of the known values."""
    written = parse("app=db,x.example/role=primary,role=web,role in (replica, web),tier=primary")
    assert str(in_manifests(written)) == "app=db,role=web,tier=primary"


@pytest.mark.parametrize(
    ("group", "key", "expected"),
    [
        ("store.example", "store.example/component", True),
        ("store.example", "store.example", True),
        ("eu.store.example", "a.b.store.example/component", True),
        ("store.example", "store.test/component", False),
        ("store.example", "example/component", False),
        ("cilium.io", "io.cilium/app", True),
        ("cilium.io", "io.cilium.x/app", True),
        ("cilium.io", "io/app", False),
        # The projects of Kubernetes share a domain; the groups of Kubernetes have no operator.
        ("jobset.sigs.k8s.io", "jobset.sigs.k8s.io/name", True),
        ("jobset.sigs.k8s.io", "other.k8s.io/name", False),
        ("set.x-k8s.io", "set.x-k8s.io/name", True),
        ("networking.k8s.io", "networking.k8s.io/name", False),
        ("kafka.strimzi.io", "strimzi.io/name", True),
        ("apps", "apps/name", False),
    ],
)
def test_the_key_of_an_operator(group: str, key: str, *, expected: bool) -> None:
    assert ClusterOnly([an_object("Any", f"{group}/v1")]).is_operator_key(key) is expected
    found = ClusterOnly([an_object("Any", f"{group}/v1")])
    assert found.may_make_targets(looks(f"app=web,{key}=x")) is expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=rook-ceph-mgr", True),
        ("app=ROOK-mgr", True),
        ("app=web,tier=ceph", True),
        ("app=rook", True),
        ("app=cephcluster-a", True),
        ("app=web", False),
        ("app=io", False),
        ("app=k8s", False),
        ("app=operator", False),
        ("app=prometheus", False),
        ("app=none", False),
        ("app=noname", False),
        ("!rook", False),
    ],
)
def test_the_words_of_an_operator(selector: str, *, expected: bool) -> None:
    """Those of a definition's names and of its group, if the operator makes pods."""
    definitions = [
        an_object(*DEFINITION, spec=spec)
        for spec in (
            {"group": "ceph.k8s.rook.io", "names": {"kind": "CephCluster", "singular": 3}},
            {"group": "operator.example.com", "names": None},
            {"group": "monitoring.coreos.com", "names": {"kind": "Prometheus"}},
            {"group": "", "names": {"kind": "None"}},
            {"group": 3, "names": {"kind": "None"}},
            {"group": "x.example", "names": "noname"},
        )
    ]
    assert ClusterOnly(definitions).may_be_named_so(looks(selector)) is expected


def test_an_empty_word_of_an_operator() -> None:
    """No value contains it."""
    names: Data = {"kind": "Foo", "singular": "", "plural": "foos"}
    found = ClusterOnly([an_object(*DEFINITION, spec={"group": "x.io", "names": names})])
    assert not found.may_be_named_so(looks("app=front"))
    assert found.may_be_named_so(looks("app=my-foo-front"))


def test_the_definition_of_an_operator() -> None:
    found = ClusterOnly([an_object(*DEFINITION, spec={"group": "a.store.example"})])
    assert found.is_operator_key("store.example/x")
    # Only a definition defines a group.
    found = ClusterOnly([an_object("ConfigMap", "v1", spec={"group": "a.store.example"})])
    assert not found.is_operator_key("store.example/x")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=events", True),
        ("app=events-kafka", True),
        ("app=my-events", True),
        ("app=my-events-kafka,tier=x", True),
        ("tier=x,app=big-data-1", True),
        ("app=data-1", False),
        ("app=event", False),
        ("app=volume", False),
        ("app=alert", False),
        ("app!=events", False),
    ],
)
def test_the_name_of_a_custom_object(selector: str, *, expected: bool) -> None:
    """A value has it between its hyphens, if the operator makes pods of such objects."""
    found = ClusterOnly(
        [
            an_object("Kafka", "kafka.strimzi.io/v1", "events"),
            an_object("Kafka", "kafka.strimzi.io/v1", "big-data"),
            an_object("Volume", "snapshot.storage.k8s.io/v1", "volume"),
            an_object("Volume", "volume.x-k8s.io/v1", "volume"),
            an_object("Rule", "monitoring.coreos.com/v1", "alert"),
        ]
    )
    assert found.may_make_targets(looks(selector)) is expected
    assert found.may_make_targets(looks(selector, namespaces=None)) is expected
    assert not found.may_make_targets(looks(selector, namespaces=frozenset({"blog"})))


@pytest.mark.parametrize(
    ("spec", "selector", "expected"),
    [
        ({"a": [{"podLabels": {"app": "web"}}]}, "app=web", True),
        ({"labels": {"app": "web", "b": "c"}}, "app=web,role=primary", True),
        ({"labels": {"x": {"labels": {"app": "web"}}}}, "app=web", True),
        ({"other": {"app": "web"}}, "app=web", False),
        ({"labels": {"app": "web", "b": 1}}, "app=web", False),
        ({"labels": {"app": "web", "b": None}}, "app=web", False),
        ({"labels": ["app"], "commonLabels": "app"}, "app=web", False),
        ({"labels": ["app"], "commonLabels": "app"}, "app!=web", False),
        ({"labels": {}}, "app!=web", False),
        ({"labels": {"b": "c"}}, "app!=web", True),
    ],
)
def test_labels_in_a_custom_object(spec: Data, selector: str, *, expected: bool) -> None:
    found = ClusterOnly([an_object("Kafka", "kafka.strimzi.io/v1", spec=spec)])
    assert found.may_make_targets(looks(selector)) is expected


@pytest.mark.parametrize(
    ("target", "namespaces", "selector", "expected"),
    [
        (SERVICE, frozenset({"default"}), "component=apiserver,provider=kubernetes", True),
        (SERVICE, None, "component=apiserver", True),
        (SERVICE, frozenset({"shop"}), "component=apiserver", False),
        (SERVICE, None, "component=web", False),
        (POD, None, "component=apiserver", False),
        (POD, frozenset({"default"}), "component=apiserver", False),
    ],
)
def test_the_service_of_the_api_server(
    target: Kind, namespaces: frozenset[str] | None, selector: str, *, expected: bool
) -> None:
    written = looks(selector, target=target, namespaces=namespaces)
    assert ClusterOnly([]).may_make_targets(written) is expected


def test_the_namespaces_that_are_filled() -> None:
    """Those of every cluster, and those that a chart is deployed to."""
    argo = an_object(
        "Application", "argoproj.io/v1alpha1", "q", {"destination": {"namespace": "queue"}}
    )
    flux = an_object("HelmRelease", "helm.toolkit.fluxcd.io/v2", "h", {"targetNamespace": 3})
    found = ClusterOnly([argo, flux])
    filled = ["kube-system", "kube-public", "kube-node-lease", "queue", "shop", "blog"]
    assert [found.fills(frozenset({"x", name})) for name in filled] == [True] * 5 + [False]
    assert found.may_make_targets(looks("app=q", namespaces=frozenset({"blog"})))
    assert not found.is_operator_key("argoproj.io/x")
