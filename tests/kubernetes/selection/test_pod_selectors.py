"""The selectors in pods and templates: what they select, where they look, and what is refused."""

from typing import Any

import pytest

from labelsel.errors import ManifestError
from labelsel.kubernetes import Inventory, ObjectSelector, Resource, read_object_selectors
from labelsel.kubernetes.selection.pod_selectors import has_pod_selectors
from tests.kubernetes.selection.specs import (
    PREFERRED,
    REQUIRED,
    expression,
    prefer,
    preferred,
    required,
    term,
)
from tests.kubernetes.selection.specs import pod as specs_pod
from tests.kubernetes.yaml_objects import make_object

WEB = "labelSelector: {matchLabels: {app: web}}"
NAMESPACES: list[Any] = [
    {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": name, "labels": {"team": team}}}
    for name, team in (("shop", "a"), ("blog", "a"), ("bank", "b"))
]


def read(*objects: Resource) -> list[ObjectSelector]:
    return read_object_selectors([*objects, *Inventory.of(NAMESPACES)])


def rows(*objects: Resource) -> list[tuple[str, str, str, list[str] | None]]:
    """What is read: the end of the path, the text, the kind, and the namespaces."""
    return [
        (
            ".".join(map(str, found.path[-3:])),
            found.text,
            found.target.kind,
            None if found.namespaces is None else sorted(found.namespaces),
        )
        for found in read(*objects)
    ]


def pod(spec: str, labels: str = "{}") -> Resource:
    (made,) = Inventory.of(
        {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {"name": "p", "namespace": "shop", "labels": _yaml(labels)},
            "spec": _yaml(spec),
        }
    )
    return made


def _yaml(text: str) -> Any:
    return make_object("Pod", text).body["spec"]


BY_NAME = {"key": "metadata.name", "operator": "In", "values": ["n1"]}
IN_REQUIRED = f"nodeAffinity.{REQUIRED}"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, []),
        ({"nodeName": "n1"}, []),
        ({"nodeName": "n1", "affinity": None, "nodeSelector": {}}, []),
        ({"nodeSelector": {"disk": "ssd"}}, [("spec.nodeSelector", "disk=ssd")]),
        (
            required(term(expression("a", "Exists")), {}, term(fields=[BY_NAME])),
            [
                (f"{REQUIRED}.nodeSelectorTerms.0", "a"),
                (f"{REQUIRED}.nodeSelectorTerms.2", "metadata.name in (n1)"),
            ],
        ),
        (required(), [(f"affinity.{IN_REQUIRED}", "(nothing)")]),
        (
            preferred(prefer(1, expression("a", "DoesNotExist"))),
            [(f"{PREFERRED}.0.preference", "!a")],
        ),
    ],
)
def test_nodes(spec: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """A pod selects nodes by nodeSelector and by each term of node affinity."""
    assert rows(specs_pod(spec)) == [(*each, "Node", None) for each in expected]


@pytest.mark.parametrize(
    ("text_of_term", "text", "inside"),
    [
        (WEB, "app=web", ["shop"]),
        (f"{WEB}, namespaces: []", "app=web", ["shop"]),
        (f"{WEB}, namespaces: [bank, gone]", "app=web", ["bank", "gone"]),
        (f"{WEB}, namespaceSelector: null", "app=web", ["shop"]),
        (f"{WEB}, namespaceSelector: {{}}", "app=web", None),
        (f"{WEB}, namespaceSelector: {{}}, namespaces: [bank]", "app=web", None),
        (f"{WEB}, namespaceSelector: {{matchLabels: {{team: a}}}}", "app=web", ["blog", "shop"]),
        (
            f"{WEB}, namespaces: [bank], namespaceSelector: {{matchLabels: {{team: a}}}}",
            "app=web",
            ["bank", "blog", "shop"],
        ),
        (f"{WEB}, namespaceSelector: {{matchLabels: {{team: c}}}}", "app=web", []),
        ("topologyKey: zone", "(nothing)", ["shop"]),
        ("labelSelector: null, matchLabelKeys: [v]", "(nothing)", ["shop"]),
        ("labelSelector: {}", "", ["shop"]),
        (f"{WEB}, matchLabelKeys: [v, gone]", "app=web,v=1", ["shop"]),
        (f"{WEB}, mismatchLabelKeys: [v, gone]", "app=web,v!=1", ["shop"]),
    ],
)
@pytest.mark.parametrize("name", ["podAffinity", "podAntiAffinity"])
@pytest.mark.parametrize("required", [True, False])
def test_affinity(
    text_of_term: str, text: str, inside: list[str] | None, name: str, *, required: bool
) -> None:
    """The rules of a PodAffinityTerm: where it looks, and what a missing selector means."""
    terms = (
        f"{REQUIRED}: [{{{text_of_term}}}]"
        if required
        else f"{PREFERRED}: [{{weight: 1, podAffinityTerm: {{{text_of_term}}}}}]"
    )
    found = rows(pod(f"{{affinity: {{{name}: {{{terms}}}}}}}", "{v: '1'}"))
    path = f"{REQUIRED}.0" if required else "0.podAffinityTerm"
    assert found[-1] == (f"{path}.labelSelector", text, "Pod", inside)
    scopes = [(kind, where) for _, _, kind, where in found[:-1]]
    assert scopes == [("Namespace", None)] * ("namespaceSelector: {" in text_of_term)


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (WEB, "app=web"),
        ("topologyKey: zone", "(nothing)"),
        ("labelSelector: {}", "(nothing)"),
        ("labelSelector: {}, matchLabelKeys: [v]", "v=1"),
        (f"{WEB}, matchLabelKeys: [v]", "app=web,v=1"),
    ],
)
def test_spread(constraint: str, text: str) -> None:
    """A constraint counts pods of its own namespace; an empty selector counts none."""
    found = rows(pod(f"{{topologySpreadConstraints: [{{{constraint}}}]}}", "{v: '1'}"))
    assert found == [("topologySpreadConstraints.0.labelSelector", text, "Pod", ["shop"])]


SPREAD = f"{{topologySpreadConstraints: [{{{WEB}, matchLabelKeys: [v]}}]}}"
OPERATED = (
    "{podMetadata: {labels: {v: '2'}}, nodeSelector: {a: b}, topologySpreadConstraints: "
    "[{labelSelector: {}, matchLabelKeys: [v], additionalLabelSelectors: OnResource}]}"
)
TEMPLATE = f"{{metadata: {{labels: {{v: '2'}}}}, spec: {SPREAD}}}"


@pytest.mark.parametrize(
    ("kind", "spec", "texts"),
    [
        ("batch/v1 CronJob", f"{{jobTemplate: {{spec: {{template: {TEMPLATE}}}}}}}", ["v=2"]),
        ("argoproj.io/v1 Rollout", f"{{template: {TEMPLATE}}}", ["v=2"]),
        ("example.com/v1 Web", f"{{template: {TEMPLATE}}}", []),
        ("example.com/v1 Web", "{template: a text}", []),
        (
            "monitoring.coreos.com/v1 Alertmanager",
            OPERATED,
            ["a=b", "alertmanager=x,app.kubernetes.io/instance=x", "v=2"],
        ),
    ],
)
def test_templates(kind: str, spec: str, texts: list[str]) -> None:
    """The same parts are read in templates, with the labels of the pods that they make."""
    found = [text for _, text, kind, _ in rows(make_object(kind, spec)) if kind in {"Pod", "Node"}]
    text = " ".join(found)
    assert all(part in text for part in texts)
    assert bool(texts) == ("v=2" in text)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{nodeSelector: [a]}", "spec.nodeSelector: must be a map"),
        ("{affinity: {podAfinity: {}}}", "unknown field; did you mean podAffinity?"),
        ("{affinity: {podAffinity: {required: []}}}", "spec.affinity.podAffinity.required"),
        (f"{{affinity: {{podAffinity: {{{REQUIRED}: {{}}}}}}}}", "must be a list, not a map"),
        (f"{{affinity: {{podAffinity: {{{REQUIRED}: [a]}}}}}}", "must be a map, not a string"),
        (
            f"{{affinity: {{podAffinity: {{{REQUIRED}: [{{labelSelectors: {{}}}}]}}}}}}",
            "did you mean labelSelector?",
        ),
        (
            f"{{affinity: {{podAffinity: {{{REQUIRED}: [{{{WEB}, namespaces: shop}}]}}}}}}",
            "namespaces: must be a list of strings, not a string",
        ),
        (
            f"{{affinity: {{podAffinity: {{{PREFERRED}: [{{{WEB}}}]}}}}}}",
            "labelSelector: unknown field",
        ),
        ("{topologySpreadConstraints: [{labelSelector: {a: b}}]}", "labelSelector.a: unknown"),
        ("{topologySpreadConstraints: [{matchLabels: {}}]}", "matchLabels: unknown field"),
    ],
)
def test_refused(spec: str, message: str) -> None:
    """A part that is not understood is an error with its path, and selects nothing."""
    with pytest.raises(ManifestError) as caught:
        read(pod(spec))
    assert message in str(caught.value)
    assert "Pod/p: spec." in str(caught.value)


def test_a_fault_in_one_part_hides_no_other() -> None:
    """The selector of a workload is read although its affinity cannot be."""
    workload = make_object(
        "apps/v1 Deployment",
        "{selector: {matchLabels: {a: b}}, template: {spec: {affinity: [], nodeSelector: {c: d}}}}",
    )
    faults: list[ManifestError] = []
    found = read_object_selectors([workload], on_error=faults.append)
    assert [each.text for each in found] == ["a=b"]
    assert len(faults) == 2


def test_has_pod_selectors() -> None:
    assert not has_pod_selectors(make_object("Service", "{}"))
    assert has_pod_selectors(make_object("apps/v1 Deployment", "{template: {}}"))
