"""What kustomize adds to files, and patches in files, are no faults of workloads and their pods."""

from dataclasses import replace
from pathlib import Path

import pytest

from labelsel.errors import ManifestWarning, SkippedWarning
from labelsel.kubernetes import Resource, Source, read_manifests
from labelsel.kubernetes.model.document import Data
from labelsel.lint import Finding, lint_objects
from labelsel.lint.fixer import fix_findings
from labelsel.lint.patch_view import patch_view
from labelsel.lint.runner import Checks, run_checks

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
PLAIN = HEAD + "resources: [web.yaml]\n"
LABELLED = PLAIN + "commonLabels: {app: web}\n"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  {selector}
  template:
    metadata: {{labels: {{tier: front}}}}
    spec:
      containers: [{{name: web, image: web:1}}]
      {more}
"""
SELECTOR = "selector: {matchLabels: {tier: front}}"
SPREAD = (
    "topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: DoNotSchedule, "
    "labelSelector: {matchLabels: {app: web}}}]"
)
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
APART = (
    f"affinity: {{podAntiAffinity: {{{REQUIRED}: [{{topologyKey: a, "
    "labelSelector: {matchLabels: {tier: frnt}}}]}}"
)
BUDGET = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: NAME}
spec: {selector: {matchLabels: {tier: front}}}
"""


def read(folder: Path, texts: dict[str, str]) -> tuple[list[Resource], Checks]:
    """The objects in files, whose names have __ for a slash, and all checks for them."""
    skipped: list[SkippedWarning] = []

    def on_warning(warning: ManifestWarning) -> None:
        if isinstance(warning, SkippedWarning):
            skipped.append(warning)

    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    resources = list(read_manifests([folder], any_labels=True, on_warning=on_warning))
    return resources, Checks(skipped=tuple(skipped))


def lint(folder: Path, **texts: str) -> list[Finding]:
    """What is found in files."""
    resources, checks = read(folder, texts)
    return lint_objects(resources, skipped=checks.skipped)


def rules(found: list[Finding]) -> list[str]:
    return [one.rule.id for one in found]


def test_a_selector_of_kustomize(tmp_path: Path) -> None:
    """Common labels become the selector; without them there is none."""
    web = WEB.format(selector="replicas: 1", more="")
    assert rules(lint(tmp_path, web=web, kustomization=PLAIN)) == ["illegal-selector"]
    assert lint(tmp_path, web=web, kustomization=LABELLED) == []


@pytest.mark.parametrize("selector", ["{}", "{matchLabels: }", "{matchLabels: {}}"])
def test_an_empty_selector_that_kustomize_completes(tmp_path: Path, selector: str) -> None:
    """A selector that requires nothing gets the common labels; without them it is refused."""
    web = WEB.format(selector=f"selector: {selector}", more="")
    assert lint(tmp_path, web=web, kustomization=LABELLED) == []
    assert rules(lint(tmp_path, web=web, kustomization=PLAIN)) == ["illegal-selector"]


def test_labels_of_kustomize(tmp_path: Path) -> None:
    """Labels that kustomize adds to the template are no fault of its selectors."""
    web = WEB.format(selector="selector: {matchLabels: {app: web}}", more="")
    assert rules(lint(tmp_path, web=web, kustomization=PLAIN)) == ["template-not-selected"]
    assert lint(tmp_path, web=web, kustomization=LABELLED) == []
    web = WEB.format(selector=SELECTOR, more=SPREAD)
    assert rules(lint(tmp_path, web=web, kustomization=PLAIN)) == ["misses-own-pods"]
    assert lint(tmp_path, web=web, kustomization=LABELLED) == []


def test_objects_of_kustomize(tmp_path: Path) -> None:
    """If the Kustomization takes objects from elsewhere, affinity may be for them."""
    web = WEB.format(selector=SELECTOR, more=APART)
    assert rules(lint(tmp_path, web=web, kustomization=PLAIN)) == ["misses-own-pods"]
    remote = HEAD + "resources: [web.yaml, 'https://example.com/more.yaml']\n"
    assert lint(tmp_path, web=web, kustomization=remote) == []


def test_what_is_laid_over_others(tmp_path: Path) -> None:
    """A patch that has an image lacks other parts all the same."""
    constraint = "topologySpreadConstraints: [{topologyKey: a}]"
    web, more = WEB.format(selector=SELECTOR, more=""), WEB.format(selector="", more=constraint)
    rollout = more.replace("apps/v1", "argoproj.io/v1").replace("Deployment", "Rollout")
    rollout = rollout.replace("spec:\n", "spec:\n  selector: {matchLabels: {app: web}}\n", 1)
    patched = PLAIN + "patches: [{path: image.yaml}, {path: rollout.yaml}]\n"
    assert lint(tmp_path, web=web, image=more, rollout=rollout, kustomization=patched) == []
    found = rules(lint(tmp_path, web=web, image=more, rollout=rollout, kustomization=PLAIN))
    assert set(found) == {"illegal-topology", "misses-own-pods", "template-not-selected"}


def test_budgets_of_a_kustomization(tmp_path: Path) -> None:
    """Two budgets in two folders meet where one Kustomization builds both."""
    texts = {
        "base__web": WEB.format(selector=SELECTOR, more=""),
        "base__budget": BUDGET.replace("NAME", "first"),
        "base__kustomization": HEAD + "resources: [web.yaml, budget.yaml]\n",
        "prod__budget": BUDGET.replace("NAME", "second"),
    }
    assert lint(tmp_path, **texts) == []
    prod = HEAD + "resources: [../base, budget.yaml]\n"
    assert rules(lint(tmp_path, **texts, prod__kustomization=prod)) == ["budgets-overlap"]


#: A patch in which each part says how to merge, or removes something.
DIRECTIVES = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {$patch: replace, app: null, tier: front}
  annotations: {note: null}
spec:
  selector: {matchLabels: {$patch: replace, app: null}}
  template:
    metadata: {labels: {$patch: delete}}
    spec:
      nodeSelector: {$patch: replace, disk: null}
      tolerations: [{$patch: replace}, {key: a, $patch: delete}, {key: b, operator: OPERATOR}]
      topologySpreadConstraints: [{$patch: replace}, {topologyKey: zone}]
      affinity: {nodeAffinity: {REQUIRED: {nodeSelectorTerms: [{$patch: replace}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: wall}
spec:
  podSelector: {}
  ingress: [{$patch: delete, from: [{podSelector: {matchLabels: {x: null}}}]}]
---
$patch: delete
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: a b}}
""".replace("REQUIRED", REQUIRED)
PATCHED = PLAIN + "patches: [{path: change.yaml}]\n"


@pytest.mark.parametrize("name", ["change", "patches__web"])
def test_directives_of_a_patch(tmp_path: Path, name: str) -> None:
    """What a patch removes, and how it is merged, is no label and no toleration."""
    web = WEB.format(selector=SELECTOR, more="")
    texts = {"web": web, "kustomization": PATCHED}
    assert lint(tmp_path, **texts, **{name: DIRECTIVES.replace("OPERATOR", "Exists")}) == []
    (found,) = lint(tmp_path, **texts, **{name: DIRECTIVES.replace("OPERATOR", "Exist")})
    # Items that are left out keep their numbers, so the line and the fix are right.
    assert (found.rule.id, found.line) == ("illegal-toleration", 13)
    assert found.path == ("spec", "template", "spec", "tolerations", 2, "operator")


def test_directives_in_whole_objects(tmp_path: Path) -> None:
    """In an object that is no patch, null and ``$patch`` are mistakes."""
    found = lint(tmp_path, whole=DIRECTIVES.replace("OPERATOR", "Exists"))
    assert {"null-value", "illegal-toleration", "illegal-label"} <= set(rules(found))


def test_a_fix_in_a_patch(tmp_path: Path) -> None:
    """A finding in a patch is about the object as it was read, so its fix can be written."""
    texts = {"change": DIRECTIVES.replace("OPERATOR", "exists"), "kustomization": PATCHED}
    resources, checks = read(tmp_path, texts)
    findings = run_checks(resources, checks).reported
    fixed = fix_findings(resources, findings, checks.find)
    assert [one.rule.id for one in fixed.fixed] == ["illegal-toleration"]
    (edit,) = fixed.text_fixes[0].text_edits
    assert edit.text == "Exists"


MOVED = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: SELECTOR}\n"
UNWRAP = MOVED.replace("SELECTOR", "{matchLabels: {app: web}}")
WRAP = WEB.format(selector="selector: {tier: front}", more="")
RENAME = WEB.format(selector="selector: {MatchLabels: {tier: front}}", more="")
JSON_PATCH = "- {op: replace, path: /spec/selector/matchLabels/app, value: x}\n"

#: The object, the fields of the Kustomization, the patch in a file, and whether it is fixed.
PATCHES = {
    "none": (UNWRAP, "", None, True),
    "another field": (UNWRAP, "patches: [{path: change.yaml}]", "- {path: /spec/type}\n", True),
    "a JSON patch": (UNWRAP, "patches: [{path: change.yaml}]", JSON_PATCH, False),
    "an old patch": (WRAP, "patchesJson6902: [{path: change.yaml}]", JSON_PATCH, False),
    "inside": (WRAP, "patches: [{patch: '[{path: /spec/selector/tier}]'}]", None, False),
    "a field": (RENAME, "patches: [{patch: '[{path: /spec/selector/tier}]'}]", None, False),
    "no patch, a field": (RENAME, "", None, True),
    "a replacement": (
        UNWRAP,
        "replacements: [{targets: [{fieldPaths: [spec.selector.app]}]}]",
        None,
        False,
    ),
    "an object": (UNWRAP, "patches: [{path: change.yaml}]", UNWRAP, False),
    "an object of another kind": (
        UNWRAP,
        "patches: [{path: change.yaml}]",
        WEB.format(selector="replicas: 1", more=""),
        True,
    ),
    "not there": (UNWRAP, "patches: [{path: change.yaml}]", None, False),
    "another kustomization": (UNWRAP, "OTHER: ", JSON_PATCH, True),
}


@pytest.mark.parametrize("name", PATCHES)
def test_patches_of_a_selector(tmp_path: Path, name: str) -> None:
    """Labels are not moved if a patch has their path: it would not apply any more."""
    web, fields, patch, is_fixed = PATCHES[name]
    kustomization = f"{HEAD}resources: [web.yaml]\n{fields}\n"
    texts = {"web": web, "kustomization": kustomization}
    if patch is not None:
        texts["change"] = patch
    resources, checks = read(tmp_path, texts)
    (found,) = (
        one for one in run_checks(resources, checks).reported if one.file.endswith("web.yaml")
    )
    assert (found.rule.id, found.edit is not None) == ("illegal-selector", is_fixed)
    assert found.fix.endswith("; correct its patches, too") is not is_fixed


def test_parts_that_aliases_share(tmp_path: Path) -> None:
    """A part that aliases repeat is the same part afterwards, and read once."""
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: &a {b: c d}, annotations: *a}\n"
    path = tmp_path / "change.yaml"
    path.write_text(text)
    (pod,) = read_manifests([path])
    metadata = patch_view(pod).body["metadata"]
    assert metadata["labels"] is metadata["annotations"]


def test_what_is_empty_in_a_patch() -> None:
    """What was empty before is a value; what only removes is nothing."""
    labels = {"app": "web"}
    source = Source("a.yaml", 1, 1)
    body: dict[str, Data] = {
        "metadata": {"name": "a"},
        "spec": {"a": {}, "b": [], "c": {"x": None}, "d": [None], "e": [None, 1]},
    }
    pod = Resource("Pod", "v1", None, "a", labels, labels, body, source)
    assert patch_view(pod).body["spec"] == {"a": {}, "b": [], "e": [None, 1]}
    assert patch_view(pod).labels == patch_view(pod).annotations == labels
    removed = patch_view(replace(pod, body={"$patch": "delete", **body}))
    assert (removed.labels, removed.annotations) == ({}, {})
    assert removed.body == {"metadata": {"name": "a"}}


def test_a_label_that_a_patch_has_too(tmp_path: Path) -> None:
    """Only fields of selectors are moved: the fix of a key of labels stays."""
    web = "kind: ConfigMap\napiVersion: v1\nmetadata: {name: a, labels: {LABELS}}\n"
    web = web.replace("LABELS", "app.kubernets.io/name: web")
    kustomization = f"{PLAIN}patches: [{{path: change.yaml}}]\n"
    resources, checks = read(tmp_path, {"web": web, "change": web, "kustomization": kustomization})
    edits = [one.edit for one in run_checks(resources, checks).reported]
    assert [edit and edit.operation for edit in edits] == ["rename", "rename"]
