"""What kustomize adds to files, and patches in files, are no faults of workloads and their pods."""

from pathlib import Path

from labelsel.errors import ManifestWarning, SkippedWarning
from labelsel.kubernetes import read_manifests
from labelsel.lint import Finding, lint_objects

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


def lint(folder: Path, **texts: str) -> list[Finding]:
    """What is found in files, whose names have __ for a slash."""
    skipped: list[SkippedWarning] = []

    def on_warning(warning: ManifestWarning) -> None:
        assert isinstance(warning, SkippedWarning)
        skipped.append(warning)

    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    resources = list(read_manifests([folder], on_warning=on_warning))
    return lint_objects(resources, skipped=skipped)


def rules(found: list[Finding]) -> list[str]:
    return [one.rule.id for one in found]


def test_a_selector_of_kustomize(tmp_path: Path) -> None:
    """Common labels become the selector; without them there is none."""
    web = WEB.format(selector="replicas: 1", more="")
    assert rules(lint(tmp_path, web=web, kustomization=PLAIN)) == ["illegal-selector"]
    assert lint(tmp_path, web=web, kustomization=LABELLED) == []


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
