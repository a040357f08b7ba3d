"""Rule selects-no-namespace: the key name, and typos in selectors of namespaces."""

from pathlib import Path

import pytest

from tests.lint.manifests import findings, kustomization, labelled, monitor, repository, workload


def namespace(name: str = "shop", labels: str = "") -> str:
    return labelled("Namespace", "v1", name, labels=labels).replace(", namespace: shop", "")


def peer(selector: str) -> str:
    spec = f"{{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {selector}}}]}}]}}"
    return labelled("NetworkPolicy", "networking.k8s.io/v1", "wall", spec)


def webhook(selector: str) -> str:
    return f"""
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: hook}}
webhooks:
  - namespaceSelector: {selector}
"""


def not_in(key: str, value: str) -> str:
    return f"{{matchExpressions: [{{key: {key}, operator: NotIn, values: [{value}]}}]}}"


def prometheus(selector: str) -> str:
    spec = f"{{podMonitorSelector: {{}}, podMonitorNamespaceSelector: {selector}}}"
    return labelled("Prometheus", "monitoring.coreos.com/v1", "main", spec)


NAMED = "{matchLabels: {name: shop}}"


@pytest.mark.parametrize("make", [peer, webhook, prometheus])
def test_the_key_name(tmp_path: Path, make: object) -> None:
    """It is certain if the input has the Namespace without the label, and a note otherwise."""
    assert callable(make)
    (found,) = findings(tmp_path, make(NAMED), namespace())
    assert (found.rule.id, found.severity.value) == ("selects-no-namespace", "error")
    assert found.message.endswith(
        "name=shop selects no namespace: namespace/shop has no label 'name'"
    )
    assert found.fix == (
        "write kubernetes.io/metadata.name instead of name, as the API server sets it"
    )
    (found,) = findings(tmp_path, make(NAMED), workload("a", "app: a"))
    assert found.severity.value == "note"
    assert "no Namespace has a label 'name'" in found.message


def test_an_exclusion_that_excludes_nothing(tmp_path: Path) -> None:
    """A webhook that excludes a namespace by ``name`` does not exclude it."""
    (found,) = findings(tmp_path, webhook(not_in("name", "shop")), namespace())
    assert "excludes no namespace" in found.message
    unequal = "{matchExpressions: [{key: name, operator: In, values: [shop, blog]}]}"
    (found,) = findings(tmp_path, webhook(unequal), namespace())
    assert "selects no namespace" in found.message


@pytest.mark.parametrize(
    ("selector", "told", "fix"),
    [
        ("{matchLabels: {kubernetes.io/metadata.name: shpo}}",
         "shpo is one typo away from shop", "write kubernetes.io/metadata.name: shop"),
        ("{matchLabels: {kubernetes.io/metadata.name: kube-sytem}}",
         "kube-sytem is one typo away from kube-system",
         "write kubernetes.io/metadata.name: kube-system"),
        ("{matchLabels: {team: frnot}}", "nearest: namespace/shop, which has team=front",
         "write team: front in the selector, or team: frnot in namespace/shop"),
        ("{matchLabels: {taem: front}}", "namespace/shop, which has no taem, but team=front",
         "write team: front in the selector, or taem: front in namespace/shop"),
    ],
)  # fmt: skip
def test_a_typo(tmp_path: Path, selector: str, told: str, fix: str) -> None:
    (found,) = findings(tmp_path, peer(selector), namespace(labels="team: front"))
    assert (found.rule.id, found.severity.value) == ("selects-no-namespace", "error")
    assert told in found.message
    assert found.fix == fix


@pytest.mark.parametrize(
    "texts",
    [
        [peer(NAMED), namespace(labels="name: shop")],
        [peer(NAMED), namespace("other", labels="name: shop")],
        [peer("{matchLabels: {kubernetes.io/metadata.name: shop}}"), namespace()],
        [peer("{matchLabels: {kubernetes.io/metadata.name: other}}"), namespace()],
        [peer("{matchLabels: {kubernetes.io/metadata.name: kube-public}}"),
         namespace("kube-publi")],
        [webhook("{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, "
                 "values: [shpo, shop]}]}"), namespace()],
        [webhook(not_in("name", "kube-system")), namespace()],
        [webhook(not_in("kubernetes.io/metadata.name", "kube-system")), namespace()],
        [webhook("{matchExpressions: [{key: name, operator: Exists}]}"), namespace()],
        [webhook("{matchExpressions: [{key: name, operator: Exists}]}"),
         namespace(labels="name: x")],
        [peer("{matchLabels: {team: other}}"), namespace(labels="team: front")],
        [peer("{matchLabels: {istio-injection: enabled}}")],
        [peer("{}"), peer("{matchLabels: {team: a}}"), namespace(labels="team: a")],
        # A field of that name that is no selector of labels; a custom kind.
        [namespace(), monitor("{}", kind="PodMonitor", scope="{matchNames: [shpo]}")],
        [namespace(), labelled("Policy", "example.com/v1", "p",
                               "{namespaceSelector: {matchLabels: {name: shop}}}")],
    ],
)  # fmt: skip
def test_no_false_alarm(tmp_path: Path, texts: list[str]) -> None:
    found = findings(tmp_path, *texts)
    assert [one for one in found if one.rule.id == "selects-no-namespace"] == []


def test_a_selector_that_cannot_be_read(tmp_path: Path) -> None:
    """That is for illegal-selector alone."""
    found = findings(tmp_path, peer("{matchLabel: {name: shop}}"), namespace())
    assert [one.rule.id for one in found] == ["illegal-selector"]


def test_labels_that_kustomize_adds(tmp_path: Path) -> None:
    """A Namespace may get the label from its Kustomization, surely or by a patch."""
    files = {"ns.yaml": namespace() + peer(NAMED)}
    for fields, severities in (
        ("commonLabels: {name: shop}", []),
        ("patches: [{path: x.yaml}]", ["note"]),
        ("namePrefix: x-", ["error"]),
    ):
        files["kustomization.yaml"] = kustomization(f"resources: [ns.yaml]\n{fields}")
        found = repository(tmp_path, files)
        assert [one.severity.value for one in found] == severities


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        # A value like the name of a namespace, under a key that has no names.
        ("{matchLabels: {other: shpo}}", 0),
        ("{matchLabels: {team: front}}", 0),
        ("{matchLabels: {team: fornt}}", 1),
        # Another label is missing, too, so it is no typo alone.
        ("{matchLabels: {team: front, other: x}}", 0),
        ("{matchLabels: {team: fornt, other: x}}", 0),
        ("{matchLabels: {team: front}, matchExpressions: [{key: team, operator: DoesNotExist}]}",
         0),
    ],
)  # fmt: skip
def test_two_namespaces_one_typo_apart(tmp_path: Path, selector: str, count: int) -> None:
    both = namespace(labels="team: front"), namespace("blog", labels="team: frnot")
    assert len(findings(tmp_path, *both, peer(selector))) == count


@pytest.mark.parametrize(("patched", "expected"), [("a", "note"), ("b", "note"), ("c", "error")])
def test_two_names(tmp_path: Path, patched: str, expected: str) -> None:
    """A patch may give one of the Namespaces the label."""
    names = "{matchExpressions: [{key: name, operator: In, values: [shop, blog]}]}"
    files = {"a/n.yaml": namespace(), "b/n.yaml": namespace("blog"), "p.yaml": peer(names)}
    files[f"{patched}/kustomization.yaml"] = kustomization(
        "resources: [n.yaml]\npatches: [{path: x.yaml}]"
    )
    files["c/n.yaml"] = namespace("other")
    (found,) = repository(tmp_path, files)
    assert (found.rule.id, found.severity.value) == ("selects-no-namespace", expected)
