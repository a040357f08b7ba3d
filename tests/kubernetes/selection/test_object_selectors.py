"""The selectors that objects carry: where each kind has its own, and what a missing one means."""

import pytest

from labelsel import parse
from labelsel.kubernetes import (
    POD,
    SERVICE,
    ManifestError,
    ObjectSelector,
    SelectorTarget,
    read_object_selector,
    read_object_selectors,
)
from tests.kubernetes.yaml_objects import make_object, read_objects

MONITORING = "monitoring.coreos.com/v1"
TEMPLATE = "template: {metadata: {labels: {a: b}}}"


def found(kind: str, spec: str) -> ObjectSelector:
    result = read_object_selector(make_object(kind, spec))
    assert result is not None
    return result


@pytest.mark.parametrize(
    ("kind", "spec", "selector"),
    [
        ("Service", "{selector: {b: c, a: b}}", "a=b,b=c"),
        ("Service", "{selector: {a: b}, type: ClusterIP}", "a=b"),
        ("ReplicationController", "{selector: {a: b}}", "a=b"),
        ("apps/v1 Deployment", "{selector: {matchLabels: {a: b}}}", "a=b"),
        (
            "apps/v1 ReplicaSet",
            "{selector: {matchExpressions: [{key: a, operator: In, values: [c, b]}]}}",
            "a in (b,c)",
        ),
        ("apps/v1 StatefulSet", "{selector: {matchLabels: {a: b}}}", "a=b"),
        ("apps/v1 DaemonSet", "{selector: {matchLabels: {a: b}}}", "a=b"),
        ("extensions/v1beta1 Deployment", "{selector: {matchLabels: {a: b}}}", "a=b"),
        ("batch/v1 Job", "{selector: {matchLabels: {a: b}}}", "a=b"),
        ("batch/v1 Job", "{selector: {}}", ""),
        ("policy/v1 PodDisruptionBudget", "{selector: {matchLabels: {a: b}}}", "a=b"),
        # An empty selector selects everything, a missing one nothing,
        ("policy/v1 PodDisruptionBudget", "{selector: {}}", ""),
        ("policy/v1 PodDisruptionBudget", "{selector: {matchLabels: {}}}", ""),
        # but in the version before both select nothing.
        ("policy/v1beta1 PodDisruptionBudget", "{selector: {matchLabels: {a: b}}}", "a=b"),
    ],
)
def test_pods_of_the_own_namespace(kind: str, spec: str, selector: str) -> None:
    """Most selectors stand at spec.selector and look for pods of their owner's namespace."""
    result = found(kind, spec)
    assert str(result.selector) == selector
    assert (result.path, result.target) == (("spec", "selector"), POD)
    assert result.namespaces == frozenset({"shop"})
    assert result.owner.kind in kind


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("policy/v1 PodDisruptionBudget", "{}"),
        ("policy/v1 PodDisruptionBudget", ""),
        ("policy/v1 PodDisruptionBudget", "{selector: null}"),
        ("policy/v1beta1 PodDisruptionBudget", "{selector: {}}"),
        ("policy/v1beta1 PodDisruptionBudget", "{selector: null}"),
    ],
)
def test_budgets_that_select_nothing(kind: str, spec: str) -> None:
    """A budget without a selector has one all the same: that which no labels match."""
    selector = found(kind, spec).selector
    assert not selector.matches({})
    assert not selector.is_satisfiable()


@pytest.mark.parametrize(
    ("spec", "selector"),
    [
        ("{podSelector: {matchLabels: {a: b}}, ingress: [{from: [{podSelector: {}}]}]}", "a=b"),
        ("{podSelector: {}}", ""),
        ("{podSelector: null}", ""),
        ("{ingress: []}", ""),
        ("", ""),
    ],
)
def test_network_policies(spec: str, selector: str) -> None:
    """A policy is about the pods of its podSelector; left out it means all of the namespace."""
    for kind in ("networking.k8s.io/v1 NetworkPolicy", "extensions/v1beta1 NetworkPolicy"):
        result = found(kind, spec)
        assert (str(result.selector), result.path) == (selector, ("spec", "podSelector"))
        assert (result.target, result.namespaces) == (POD, frozenset({"shop"}))


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("ReplicationController", f"{{{TEMPLATE}}}"),
        ("ReplicationController", f"{{selector: {{}}, {TEMPLATE}}}"),
        ("extensions/v1beta1 DaemonSet", f"{{{TEMPLATE}}}"),
        ("apps/v1beta1 StatefulSet", f"{{selector: null, {TEMPLATE}}}"),
    ],
)
def test_the_template_stands_in(kind: str, spec: str) -> None:
    """Where the API server takes the labels of the template, these are the selector."""
    result = found(kind, spec)
    assert (str(result.selector), result.path) == (
        "a=b",
        ("spec", "template", "metadata", "labels"),
    )


@pytest.mark.parametrize(("kind", "target"), [("ServiceMonitor", SERVICE), ("PodMonitor", POD)])
@pytest.mark.parametrize(
    ("scope", "namespaces"),
    [
        ("", {"shop"}),
        ("null", {"shop"}),
        ("{}", {"shop"}),
        ("{any: false, matchNames: []}", {"shop"}),
        ("{any: null, matchNames: null}", {"shop"}),
        ("{matchNames: [a, b]}", {"a", "b"}),
        ("{any: true}", None),
        ("{any: true, matchNames: [a]}", None),
    ],
)
def test_monitors(kind: str, target: object, scope: str, namespaces: set[str] | None) -> None:
    """Monitors say where they look; those of Services look for Services."""
    result = found(f"{MONITORING} {kind}", f"{{selector: {{}}, namespaceSelector: {scope}}}")
    assert (str(result.selector), result.path) == ("", ("spec", "selector"))
    assert (result.target, result.namespaces) == (target, namespaces)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("Service", "{}"),
        ("Service", ""),
        ("Service", "{selector: null}"),
        ("Service", "{selector: {}}"),
        ("Service", "{selector: {a: b}, type: ExternalName, externalName: a.example}"),
        ("batch/v1 Job", f"{{{TEMPLATE}}}"),
        ("batch/v1 CronJob", "{selector: {a: b}}"),
        ("ConfigMap", "{selector: {a: b}}"),
        # Kinds of the same name, of somebody else.
        ("serving.knative.dev/v1 Service", "{selector: {a: b}}"),
        ("example.com/v1 NetworkPolicy", "{}"),
    ],
)
def test_no_selector(kind: str, spec: str) -> None:
    """A Service with manual endpoints carries none, nor does what is of another kind."""
    assert read_object_selector(make_object(kind, spec)) is None


REQUIRED = "must have one, and not an empty one"


@pytest.mark.parametrize(
    ("kind", "spec", "problem"),
    [
        ("Service", "[a]", "spec: must be a map, not a list"),
        ("Service", "{selector: a=b}", "spec.selector: must be a map, not a string"),
        (
            "Service",
            "{selector: {a: b c}}",
            "spec.selector.a: a value may hold only letters, digits, '-', '_' and '.', this one",
        ),
        (
            "Service",
            "{selector: {a: 1.0, b: c}}",
            "spec.selector.a: must be a string, not the number 1.0: write it in quotes",
        ),
        ("ReplicationController", "{}", f"spec.selector: a ReplicationController {REQUIRED}"),
        ("apps/v1 Deployment", f"{{{TEMPLATE}}}", f"spec.selector: a Deployment {REQUIRED}"),
        ("apps/v1beta2 DaemonSet", f"{{{TEMPLATE}}}", f"spec.selector: a DaemonSet {REQUIRED}"),
        ("apps/v1 StatefulSet", "{selector: {}}", f"spec.selector: a StatefulSet {REQUIRED}"),
        ("extensions/v1beta1 ReplicaSet", "{}", f"spec.selector: a ReplicaSet {REQUIRED}"),
        (
            "extensions/v1beta1 Deployment",
            f"{{selector: {{}}, {TEMPLATE}}}",
            f"spec.selector: a Deployment {REQUIRED}",
        ),
        (
            "apps/v1 Deployment",
            "{selector: {a: b}}",
            "spec.selector.a: unknown field; known are matchLabels, matchExpressions",
        ),
        (
            "apps/v1 Deployment",
            "{selector: [a]}",
            "spec.selector: must be an object with matchLabels and matchExpressions, not ['a']",
        ),
        (
            "batch/v1 Job",
            "{selector: {matchLabels: 5, matchExpressions: [{key: a, operator: Has}]}}",
            (
                "spec.selector.matchLabels: must be an object of strings, not 5; "
                "spec.selector.matchExpressions[0].operator: must be In, NotIn, Exists or Does"
            ),
        ),
        (
            "v1 Service",
            "{selector: app=web}",
            'spec.selector: must be a map, not a string; write selector: {"app": "web"}',
        ),
        (
            "networking.k8s.io/v1 NetworkPolicy",
            "{podSelector: all}",
            "spec.podSelector: must be an object with matchLabels and matchExpressions, not 'all'",
        ),
        (
            "policy/v1 PodDisruptionBudget",
            "{selector: {matchLables: {a: b}}}",
            "spec.selector.matchLables: unknown field; did you mean matchLabels?",
        ),
        (f"{MONITORING} PodMonitor", "{}", "spec.selector: a PodMonitor must have one"),
        (
            f"{MONITORING} ServiceMonitor",
            "{selector: {}, namespaceSelector: {matchLabels: {a: b}}}",
            "spec.namespaceSelector.matchLabels: unknown field; known are any, matchNames",
        ),
        (
            f"{MONITORING} ServiceMonitor",
            '{selector: {}, namespaceSelector: {any: "true"}}',
            "spec.namespaceSelector.any: must be true or false, not 'true'",
        ),
        (
            f"{MONITORING} ServiceMonitor",
            "{selector: {}, namespaceSelector: {matchNames: shop}}",
            "spec.namespaceSelector.matchNames: must be a list of strings, not 'shop'",
        ),
        (
            f"{MONITORING} ServiceMonitor",
            "{selector: {}, namespaceSelector: {matchNames: [1]}}",
            "spec.namespaceSelector.matchNames: must be a list of strings, not [1]",
        ),
    ],
)
def test_faults(kind: str, spec: str, problem: str) -> None:
    """What is no selector is an error with file, document, line, object and path."""
    with pytest.raises(ManifestError) as caught:
        read_object_selector(make_object(kind, spec))
    word = kind.rpartition(" ")[2]
    assert str(caught.value).startswith(f"a.yaml, document 1 (line 1): {word}/x: {problem}")


SEVERAL = """\
{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {x: z}}}
---
{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {selector: 5}}
---
{apiVersion: v1, kind: Service, metadata: {name: c}, spec: {}}
---
{apiVersion: v1, kind: Service, metadata: {name: d}, spec: {selector: {x: z}}}
"""


def test_many() -> None:
    """Of many objects the selectors come in order; faults are told, or end the reading."""
    faults: list[ManifestError] = []
    objects = read_objects(SEVERAL)
    assert [item.owner.name for item in read_object_selectors(objects, on_error=faults.append)] == [
        "a",
        "d",
    ]
    assert [(fault.document, fault.line) for fault in faults] == [(2, 3)]
    with pytest.raises(
        ManifestError, match=r"Service/b: spec\.selector: must be a map, not the number 5"
    ):
        read_object_selectors(objects)


@pytest.mark.parametrize(
    ("kind", "namespace", "labels", "expected"),
    [
        (POD, "shop", {"a": "b"}, True),
        (SERVICE, "shop", {"a": "b"}, False),
        (POD, "blog", {"a": "b"}, False),
        (POD, "shop", {"a": "c"}, False),
    ],
)
def test_selects(kind: object, namespace: str, labels: dict[str, str], *, expected: bool) -> None:
    """Kind, namespace and labels must all be right."""
    owner = make_object("Service", "{}")
    item = SelectorTarget(POD if kind == POD else SERVICE, namespace, labels, owner)
    for namespaces in (frozenset({"shop", "x"}), None):
        carried = ObjectSelector(owner, ("spec", "selector"), parse("a=b"), POD, namespaces)
        everywhere = namespaces is None and (kind, labels) == (POD, {"a": "b"})
        assert carried.selects(item) is (expected or everywhere)


def test_the_default_namespace() -> None:
    """An object that names no namespace belongs to the default one, and so does its selector."""
    (result,) = read_object_selectors(read_objects(SEVERAL)[:1])
    assert result.namespaces == frozenset({"default"})
