"""The pods that an object makes, and the selector of a custom kind for them."""

import pytest

from labelsel import parse
from labelsel.kubernetes import Resource, Source
from labelsel.kubernetes.model.document import Data
from labelsel.lint.own_pods import custom_workload, fulfilled_in_manifests, own_pods


def an_object(spec: Data, kind: str = "Rollout", version: str = "argoproj.io/v1") -> Resource:
    return Resource(kind, version, None, "a", {}, {}, {"spec": spec}, Source("a.yaml", 1, 1))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"app": "web"}, {"app": "web"}),
        ({"app": "web", "b": None}, {"app": "web", "b": ""}),
        ({"app": "web", "b": 1}, None),
        ({"b": 1}, None),
        ({}, None),
        (["app"], None),
        (None, None),
    ],
)
def test_the_labels_of_own_pods(labels: Data, expected: dict[str, str] | None) -> None:
    """None where one of them is no string: that is for another rule."""
    spec: Data = {"template": {"metadata": {"labels": labels}, "spec": {"containers": []}}}
    found = own_pods(
        an_object(spec, "Deployment", "apps/v1"), ("spec", "template", "spec", "affinity")
    )
    assert (found and found.labels) == expected


MATCH = {"matchLabels": {"app": "web"}}


@pytest.mark.parametrize(
    ("selector", "labels", "containers", "expected"),
    [
        (MATCH, {"app": "db"}, False, ("app=web", {"app": "db"})),
        (MATCH, {"app": "db", "b": 1}, False, ("app=web", {"app": "db"})),
        (MATCH, {"tier": "x"}, True, ("app=web", {"tier": "x"})),
        (MATCH, {"tier": "x"}, False, None),
        (MATCH, {}, True, None),
        (MATCH, None, True, None),
        (MATCH, "app", True, None),
        (MATCH, ["app"], True, None),
        (None, {"app": "web"}, True, None),
        ({}, {"app": "web"}, True, None),
        ("app", {"app": "web"}, True, None),
        ({"app": "web"}, {"app": "web"}, True, None),
        ({**MATCH, "x": "y"}, {"app": "web"}, True, None),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, {"app": "a"}, True, None),
        ({"matchLabels": {"app": "a b"}}, {"app": "web"}, True, None),
        (
            {**MATCH, "matchExpressions": [{"key": "b", "operator": "Exists"}]},
            {"app": "web"},
            False,
            ("app=web,b", {"app": "web"}),
        ),
    ],
)
def test_the_selector_of_a_custom_kind(
    selector: Data, labels: Data, *, containers: bool, expected: tuple[str, object] | None
) -> None:
    template: dict[str, Data] = {"metadata": {"labels": labels}}
    if containers:
        template["spec"] = {"containers": [{"name": "a"}]}
    spec: Data = {"selector": selector, "template": template}
    found = custom_workload(an_object(spec, "Machines", "x.example/v1"))
    assert (found and (str(found[0].selector), found[1].labels)) == expected


def test_a_kind_that_is_known_to_make_pods() -> None:
    """Its template is one of pods also without containers."""
    spec: Data = {"selector": MATCH, "template": {"metadata": {"labels": {"tier": "x"}}}}
    assert custom_workload(an_object(spec)) is not None
    assert custom_workload(an_object(spec, "Machines", "x.example/v1")) is None


@pytest.mark.parametrize(
    ("kind", "version"), [("Deployment", "apps/v1"), ("ConfigMap", "v1"), ("Job", "batch/v1")]
)
def test_a_kind_of_kubernetes_is_not_custom(kind: str, version: str) -> None:
    spec: Data = {"selector": MATCH, "template": {"metadata": {"labels": {"app": "web"}}}}
    assert custom_workload(an_object(spec, kind, version)) is None


@pytest.mark.parametrize(
    ("selector", "kind", "version"),
    [
        # A selector of nothing, fields that a LabelSelector has not, and a kind that makes others.
        ({}, "DeploymentConfig", "apps.openshift.io/v1"),
        (None, "DeploymentConfig", "apps.openshift.io/v1"),
        ({**MATCH, "match_expressions": []}, "Rollout", "argoproj.io/v1"),
        ("app", "Rollout", "argoproj.io/v1"),
        (MATCH, "ApplicationSet", "argoproj.io/v1alpha1"),
    ],
)
def test_what_is_no_selector_of_own_pods(selector: Data, kind: str, version: str) -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a"}]}}
    spec: Data = {"selector": selector, "template": template}
    assert custom_workload(an_object(spec, kind, version)) is None
    known = an_object({**spec, "selector": MATCH}, "Rollout", version)
    assert custom_workload(known) is not None


@pytest.mark.parametrize(
    ("kind", "version", "expected"),
    [
        ("Pod", "v1", "app=web,x.example/a=b"),
        ("Deployment", "apps/v1", "app=web,x.example/a=b"),
        ("Machines", "m.x.example/v1", "app=web"),
    ],
)
def test_keys_of_the_domain_of_an_operator(kind: str, version: str, expected: str) -> None:
    """An operator fulfills them; kinds of Kubernetes have none."""
    selector = parse("app=web,x.example/a=b")
    assert str(fulfilled_in_manifests(selector, an_object({}, kind, version))) == expected
