"""Rule workloads-overlap: workloads that select the pods of others."""

from pathlib import Path

import pytest

from tests.lint.manifests import (
    findings,
    kustomization,
    lines_and_rules,
    marked,
    repository,
    workload,
)
from tests.lint.rules.test_template_not_selected import NOT_OWN

OVERLAP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: canary, namespace: shop}
spec:
  selector: #! workloads-overlap
    matchLabels: {app: web}
  template:
    metadata: {labels: {app: web, track: canary}}
"""


def test_an_overlap(tmp_path: Path) -> None:
    """Two that select each other's pods are told at the second, with pods that both select."""
    web = workload("web", "app: web")
    (found,) = findings(tmp_path, OVERLAP, web)
    assert found.resource.name == "web"
    (found,) = findings(tmp_path, web, "---\n" + OVERLAP)
    assert lines_and_rules([found]) == marked(web, "---\n" + OVERLAP)
    assert found.message == (
        "spec.selector app=web also selects the pods of deployment.apps/web "
        f"({tmp_path}/shop.yaml, line 3); both select pods with app=web"
    )
    assert found.fix == "add track: canary to the selector: only its own pods have that"


def test_a_selector_that_is_too_wide(tmp_path: Path) -> None:
    """Where one selects the other's pods and not the other way, the wide one is told."""
    narrow = workload("narrow", "app: web, track: new")
    wide = workload("wide", "app: web")
    for texts in ((narrow, wide), (wide, narrow)):
        (found,) = findings(tmp_path, *texts)
        assert found.resource.name == "wide"
        assert "both select pods with app=web,track=new" in found.message
        assert found.fix.startswith("add a label to the template and to the selector")


def test_many_that_are_the_same(tmp_path: Path) -> None:
    """Each but the first is told once, not once for each of the others."""
    found = findings(tmp_path, *(workload(f"w{n}", "app: a") for n in range(5)))
    assert [one.resource.name for one in found] == ["w1", "w2", "w3", "w4"]


OWNED = ", ownerReferences: [{kind: Deployment, name: web, controller: true}]"


@pytest.mark.parametrize(
    "texts",
    [
        # Usual side by side: selectors that could overlap, of templates that do not.
        [workload("a", "app: a"), workload("b", "tier: b")],
        [workload("a", "app: a", namespace="one"), workload("b", "app: a", namespace="two")],
        [workload("a", "app: a, track: old"), workload("b", "app: a, track: new")],
        # The same object in two versions, and what a Deployment makes.
        [workload("a", "app: a"), workload("a", "app: a, x: z", selector="app: a")],
        [workload("web", "app: a"), workload("web-1", "app: a", kind="ReplicaSet", more=OWNED)],
    ],
)
def test_no_overlap(tmp_path: Path, texts: list[str]) -> None:
    """Workloads that leave each other's pods alone."""
    assert findings(tmp_path, *texts) == []


def test_one_that_makes_no_pods(tmp_path: Path) -> None:
    """Whoever does not select its own template is refused, and makes nothing to fight over."""
    found = findings(tmp_path, NOT_OWN.replace("{app: qeue", "{app: x"), workload("a", "app: x"))
    assert [one.rule.id for one in found] == ["template-not-selected"]


@pytest.mark.parametrize("count", range(3))
def test_one_that_is_refused(tmp_path: Path, count: int) -> None:
    """It makes no pods, so it does not fight over those of others, be they one or several."""
    refused = workload("web", "app: web", selector="app: x")
    others = [workload(f"w{n}", f"app: x, n: w{n}", selector=f"n: w{n}") for n in range(count)]
    found = findings(tmp_path, *others, refused)
    assert [one.rule.id for one in found] == ["template-not-selected"]


def test_two_that_kustomize_moves_together(tmp_path: Path) -> None:
    files = {
        "a.yaml": workload("a", "app: web", namespace="one"),
        "b.yaml": workload("b", "app: web", namespace="two"),
    }
    assert repository(tmp_path, files) == []
    resources = kustomization("resources: [a.yaml, b.yaml]\nnamespace: shop")
    (found,) = repository(tmp_path, {**files, "kustomization.yaml": resources})
    assert (found.rule.id, found.unsure) == ("workloads-overlap", False)


def test_one_whose_own_label_kustomize_adds(tmp_path: Path) -> None:
    """It selects its own pods in the end, and so may fight over those of others."""
    files = {
        "a.yaml": workload("a", "app: web, track: new", selector="app: web"),
        "b.yaml": workload("b", "app: web", selector="app: web, track: new"),
    }
    assert [one.rule.id for one in repository(tmp_path, files)] == ["template-not-selected"]
    labels = "labels: [{pairs: {track: new}, includeTemplates: true}]"
    files["kustomization.yaml"] = kustomization(f"resources: [a.yaml, b.yaml]\n{labels}")
    assert [one.rule.id for one in repository(tmp_path, files)] == ["workloads-overlap"]


def test_alternatives_of_several_folders(tmp_path: Path) -> None:
    """A note is about the folders that have a pair in common, each about its own."""
    files = {
        f"{app}{n}/w.yaml": workload(f"{app}{n}", f"app: {app}") for app in "ab" for n in range(3)
    }
    found = repository(tmp_path, files)
    assert [(one.resource.name, one.unsure) for one in found] == [("a1", True), ("b1", True)]
    for one in found:
        assert one.message.endswith(", as does one more pair of workloads in these folders")


def test_which_labels_both_select(tmp_path: Path) -> None:
    """Those of real pods, but without the labels that neither of the two requires."""
    first = workload("first", "app: web, track: new, x: a", selector="app: web, track: new")
    second = workload("second", "app: web, y: b", selector="app: web")
    either = "matchExpressions: [{key: app, operator: In, values: [a, web]}]"
    second = second.replace("matchLabels: {app: web}", either)
    (found,) = findings(tmp_path, first, second)
    assert found.message.endswith("; both select pods with app=web,track=new")
