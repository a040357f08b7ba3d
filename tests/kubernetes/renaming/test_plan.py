"""Renames in files: the smallest text, all files or none, and what is said beside."""

import json
from pathlib import Path

import pytest

from labelsel.errors import ManifestError, ManifestWarning
from labelsel.kubernetes import RenamePlan, RenameRemark, read_manifests, rename_label, write_files
from labelsel.kubernetes.renaming.plan import find_line
from tests.kubernetes.yaml_objects import read_objects

WEB = """\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web, tier: front}  # all
spec:
  selector:
    matchLabels:
      app: "web"   # the app
  template:
    metadata:
      labels:
        # of the pods
        app: web
    spec:
      containers: []
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector:
    app: web
"""


def plan(folder: Path, *rename: str) -> RenamePlan:
    left_out: list[ManifestError | ManifestWarning] = []
    found = list(read_manifests([folder], on_error=left_out.append, on_warning=left_out.append))
    return rename_label(found, *rename, left_out=left_out)


def after(made: RenamePlan) -> list[str]:
    return [each.after.decode() for each in made.rewrites]


def test_only_the_label_changes(tmp_path: Path) -> None:
    """Comments, quotes and all other lines stay."""
    (tmp_path / "web.yaml").write_text(WEB)
    made = plan(tmp_path, "app", "example.com/app")
    assert after(made) == [WEB.replace("app:", "example.com/app:")]
    assert (made.labels, made.terms, len(made.changed)) == (2, 2, 2)
    assert made.comparison is not None
    assert (made.comparison.selectors, made.comparison.pairs) == (2, 2)
    (key,) = made.immutable
    assert (key[0].kind, key[1]) == ("Deployment", "spec.selector")
    write_files(made.rewrites)
    assert after(plan(tmp_path, "example.com/app", "app")) == [WEB]


def test_key_and_value_at_once(tmp_path: Path) -> None:
    """Key and value change together, each in its quotes."""
    (tmp_path / "web.yaml").write_text(WEB)
    (text,) = after(plan(tmp_path, "app=web", "name=on"))
    assert '      name: "on"   # the app\n' in text
    assert "labels: {name: 'on', tier: front}  # all" in text


ANCHORS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: &labels
    app: &app web
spec:
  selector:
    matchLabels: *labels
  template:
    metadata:
      labels:
        <<: *labels
        tier: front
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - topologyKey: zone
            labelSelector: {matchLabels: {app: *app}}
"""


@pytest.mark.parametrize(
    ("rename", "old", "new"),
    [(("app", "name"), "app:", "name:"), (("app=web", "app=api"), "web\n", "api\n")],
)
def test_labels_that_aliases_share(
    tmp_path: Path, rename: tuple[str, str], old: str, new: str
) -> None:
    """A part that aliases share is edited once, if all that share it are renamed."""
    (tmp_path / "web.yaml").write_text(ANCHORS)
    text = ANCHORS.replace("  name: web", "  name: x")
    (tmp_path / "web.yaml").write_text(text)
    assert after(plan(tmp_path, *rename)) == [text.replace(old, new)]


def test_an_alias_that_shares_more(tmp_path: Path) -> None:
    """If something else shares the part, nothing is renamed."""
    text = WEB.replace("labels: {app: web, tier: front}  # all", "labels: &x {app: web}")
    text = text.replace("containers: []", "containers: []\n      nodeSelector: *x")
    (tmp_path / "web.yaml").write_text(text)
    made = plan(tmp_path, "app", "name")
    assert [str(each).partition(": ")[2] for each in made.refusals] == [
        "deployment.apps/web: metadata.labels.app: something else would change, too"
    ]
    assert (made.rewrites, made.comparison) == ((), None)


def test_one_part_that_cannot_be_edited(tmp_path: Path) -> None:
    """Other edits of the document are not made, either."""
    text = WEB.replace("        app: web\n", "        !!str app: web\n")
    (tmp_path / "web.yaml").write_text(text)
    made = plan(tmp_path, "app", "name")
    assert {each.problem.problem for each in made.refusals if isinstance(each, RenameRemark)} == {
        "the key is not a plain string",
        "other edits of the document cannot be made",
    }


def test_both_labels_are_there(tmp_path: Path) -> None:
    """Where the new label is there with the same value, the old one goes: in maps and lists."""
    text = WEB.replace("        app: web\n", "        app: web\n        name: web\n")
    text = text.replace("    app: web\n", "    app: web\n    name: web\n", 1)
    text = WEB.replace("labels: {app: web, tier: front}", "labels: {app: web, name: web}")
    (tmp_path / "web.yaml").write_text(text)
    made = plan(tmp_path, "app=web", "name=web")
    assert "labels: {name: web}  # all" in after(made)[0]
    policy = """\
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: x}
spec:
  podSelector:
    matchExpressions:
    - key: app
      operator: In
      values:
      - api
      - web
    - {key: app, operator: In, values: [web, api]}
"""
    (tmp_path / "policy.yaml").write_text(policy)
    (text, _) = after(plan(tmp_path, "app=web", "app=api"))
    assert text.endswith("      - api\n    - {key: app, operator: In, values: [api]}\n")


def test_a_list_in_json(tmp_path: Path) -> None:
    """The objects of a List are renamed in its file."""
    items = [
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "labels": {"app": "web"}}},
        {
            "kind": "Service",
            "apiVersion": "v1",
            "metadata": {"name": "a"},
            "spec": {"selector": {"app": "web"}},
        },
    ]
    whole = {"kind": "List", "apiVersion": "v1", "items": items}
    (tmp_path / "all.json").write_text(json.dumps(whole))
    (text,) = after(plan(tmp_path, "app", "name"))
    assert text == json.dumps(whole).replace('"app"', '"name"')


def test_objects_in_no_file() -> None:
    """Objects that were not read from a file are compared, and no file is returned."""
    made = rename_label(read_objects(WEB), "app", "name")
    assert (len(made.changed), made.rewrites, made.is_refused) == (2, [], False)
    assert made.changed[1][1].body["spec"] == {"selector": {"name": "web"}}


def test_a_file_that_is_a_link_or_has_changed(tmp_path: Path) -> None:
    """A link that was found in a folder is not written, nor is a file that is another one now."""
    (tmp_path / "in").mkdir()
    (tmp_path / "web.txt").write_text(WEB)
    (tmp_path / "in" / "web.yaml").symlink_to(tmp_path / "web.txt")
    made = plan(tmp_path / "in", "app", "name")
    assert "the file is a link to" in str(made.refusals[0])
    file = tmp_path / "web.yaml"
    file.write_text(WEB)
    found = list(read_manifests([file]))
    file.write_text(f"# x\n{WEB}")
    made = rename_label(found, "app", "name")
    assert str(made.refusals[0]).startswith(f"{file}:2: ")
    assert "the file has changed since it was read" in str(made.refusals[0])
    file.unlink()
    made = rename_label(found, "app", "name")
    assert "no such file" in str(made.refusals[0])


def test_nothing_has_the_label(tmp_path: Path) -> None:
    """Only selectors speak of it: nothing is renamed, and the objects that speak are named."""
    (tmp_path / "web.yaml").write_text(WEB.rpartition("---\n")[2])
    made = plan(tmp_path, "app", "name")
    assert (made.labels, made.is_refused, made.rewrites) == (0, False, ())
    assert [each.name for each in made.speakers] == ["web"]
    assert plan(tmp_path, "app=db", "app=api").speakers == []


def test_a_label_that_has_another_value(tmp_path: Path) -> None:
    """An object that has the new key with another value cannot have both: with its line."""
    (tmp_path / "web.yaml").write_text(WEB)
    made = plan(tmp_path, "app", "tier")
    assert [str(each) for each in made.refusals] == [
        (
            f"{tmp_path}/web.yaml:6: deployment.apps/web: metadata.labels.app: "
            "tier is already 'front' there: it cannot be 'web', too"
        )
    ]
    assert made.comparison is None


def test_a_pair_that_would_start(tmp_path: Path) -> None:
    """A selector that would select more forbids the rename: no file is returned."""
    other = "---\nkind: Pod\napiVersion: v1\nmetadata: {name: api, labels: {app: api}}\n"
    (tmp_path / "web.yaml").write_text(WEB + other)
    made = plan(tmp_path, "app=web", "app=api")
    assert [(each.owner.name, each.target.name, each.starts) for each in made.moved] == [
        ("web", "api", True),
        ("web", "api", True),
    ]
    assert made.rewrites == ()


def test_texts_in_objects(tmp_path: Path) -> None:
    """Annotations and ConfigMaps that speak of the label are named with their lines, and stay."""
    more = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: run}
data:
  run: kubectl get pods -l app=web
"""
    (tmp_path / "web.yaml").write_text(WEB + more)
    made = plan(tmp_path, "app=web", "app=api")
    assert list(map(str, made.warnings)) == [
        (
            f"{tmp_path}/web.yaml:30: configmap/run: data.run: has app=web in a text "
            "that is neither a label nor a selector"
        )
    ]
    assert len(made.rewrites) == 1


OTHERS = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: mutate}
spec:
  rules:
  - mutate: {targets: [{selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}]}
  - generate:
      cloneList: {selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: cidr}
spec:
  egress:
  - toCIDRSet:
    - cidrGroupSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}
---
apiVersion: cilium.io/v2
kind: CiliumEgressGatewayPolicy
metadata: {name: gateways}
spec:
  egressGateways:
  - nodeSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}
---
apiVersion: chaos-mesh.org/v1alpha1
kind: PodChaos
metadata: {name: chaos}
spec: {selector: {expressionSelectors: [{key: app, operator: In, values: [web]}]}}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: thing}
spec: {selector: {requirements: [{key: app, operator: In, values: [web]}]}}
"""


@pytest.mark.parametrize(
    "rename", [("app", "example.com/app"), ("app=web", "app=api"), ("app=web", "name=web")]
)
def test_requirements_in_other_fields(tmp_path: Path, rename: tuple[str, str]) -> None:
    """A requirement is renamed where a selector is known to be, and is named everywhere else."""
    (tmp_path / "web.yaml").write_text(WEB)
    (tmp_path / "others.yaml").write_text(OTHERS)
    named = [str(each).partition(": ")[2] for each in plan(tmp_path, *rename).warnings]
    assert [each.partition(": requires app, in a field that is ")[0] for each in named] == [
        (
            "clusterpolicy.kyverno.io/mutate: "
            "spec.rules[0].mutate.targets[0].selector.matchExpressions[0]"
        ),
        (
            "clusterpolicy.kyverno.io/mutate: "
            "spec.rules[1].generate.cloneList.selector.matchExpressions[0]"
        ),
        (
            "ciliumnetworkpolicy.cilium.io/cidr: "
            "spec.egress[0].toCIDRSet[0].cidrGroupSelector.matchExpressions[0]"
        ),
        (
            "ciliumegressgatewaypolicy.cilium.io/gateways: "
            "spec.egressGateways[0].nodeSelector.matchExpressions[0]"
        ),
        "podchaos.chaos-mesh.org/chaos: spec.selector.expressionSelectors[0]",
        "thing.example.com/thing: spec.selector.requirements[0]",
    ]


def test_requirements_that_are_read(tmp_path: Path) -> None:
    """One in the selector of the object itself is compared: it is not named beside that."""
    (tmp_path / "web.yaml").write_text(WEB)
    (tmp_path / "policy.yaml").write_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n"
        "spec: {podSelector: {matchExpressions: [{key: app, operator: Exists}]}}\n"
    )
    made = plan(tmp_path, "app=web", "name=web")
    assert made.is_refused
    assert made.warnings == []


def test_references_without_the_label_itself(tmp_path: Path) -> None:
    """Prometheus and JSONPath write the key otherwise: an object that has only that is searched."""
    text = WEB.replace("app:", "example.com/app:")
    (tmp_path / "web.yaml").write_text(text)
    (tmp_path / "more.yaml").write_text(
        "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: web}\nspec:\n"
        "  podMetricsEndpoints:\n"
        "  - relabelings: [{sourceLabels: [__meta_kubernetes_pod_label_example_com_app]}]\n"
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
        "data:\n  a: /metadata/labels/example.com~1app\n"
        "  b: '{.metadata.labels.example\\.com/app}'\n"
    )
    paths = [
        "spec.podMetricsEndpoints[0].relabelings[0].sourceLabels[0]",
        "data.a",
        "data.b",
    ]
    for rename in (("example.com/app", "app"), ("example.com/app=web", "app=web")):
        found = plan(tmp_path, *rename).warnings
        assert [str(each).split(": ")[2] for each in found] == paths


def test_a_document_that_is_a_requirement(tmp_path: Path) -> None:
    """What holds no object may be one as a whole."""
    (tmp_path / "web.yaml").write_text(WEB)
    (tmp_path / "values.yaml").write_text("{key: app, operator: Exists}\n")
    (found,) = plan(tmp_path, "app", "name").warnings
    assert str(found).endswith("has app in it")


def test_texts_in_what_holds_no_objects(tmp_path: Path) -> None:
    """Kustomizations, values and templates are searched, with a word on what kustomize adds."""
    (tmp_path / "web.yaml").write_text(WEB)
    kustomization = "resources: [web.yaml]\ncommonLabels: {app: web}\npatches: [{patch: app=web}]\n"
    (tmp_path / "kustomization.yaml").write_text(kustomization)
    (tmp_path / "t.yaml").write_text("app: web\n{{- if x }}\na: {{ x }}\nselector: {app: web}\n")
    (tmp_path / "u.yaml").write_text("{{- if x }}\na: {{ x }}\n")
    (tmp_path / "v.yaml").write_text("{{- if x }}\na: {{ x }}\napp: web\n")
    found = sorted(str(each).partition(str(tmp_path))[2] for each in plan(
        tmp_path, "app=web", "app=api"
    ).warnings)  # fmt: skip
    assert found == [
        (
            "/kustomization.yaml (line 1): commonLabels.app: has app=web in it: "
            "kustomize adds this label to what it builds"
        ),
        "/kustomization.yaml (line 1): patches[0].patch: has app=web in it",
        "/t.yaml (line 1): has app=web in it (and 1 more lines), and was not read",
        "/v.yaml (line 3): has app=web in it, and was not read",
    ]


@pytest.mark.parametrize(("bad", "is_refused"), [("app: web", True), ("b: c", False)])
def test_a_file_with_an_error(tmp_path: Path, bad: str, is_refused: bool) -> None:  # noqa: FBT001
    """A document that cannot be read forbids the rename only if its file has the key in it."""
    (tmp_path / "web.yaml").write_text(WEB)
    (tmp_path / "bad.yaml").write_text(f"kind: Pod\napiVersion: v1\nmetadata: [\n{bad}\n")
    made = plan(tmp_path, "app=web", "app=api")
    assert made.is_refused == is_refused
    assert list(map(str, made.refusals)) == (
        [f"{tmp_path}/bad.yaml (line 4): the file has app in it, and has an input error"]
        if is_refused
        else []
    )


def test_a_file_with_many_errors(tmp_path: Path) -> None:
    """It is searched once, and named once, as is one of which many documents were left out."""
    bad, left = tmp_path / "bad.yaml", tmp_path / "left.yaml"
    bad.write_text("a: 1\n---\n[\n" * 9 + "---\napp: web\n")
    left.write_text("# app=web\n")
    errors = [ManifestError(str(bad), "x", document=number, line=3) for number in range(1, 9)]
    warnings = [ManifestWarning(str(left), "x", document=number) for number in range(1, 9)]
    made = rename_label(read_objects(WEB), "app", "name", left_out=[*errors, *warnings])
    (refusal,) = made.refusals
    assert str(refusal) == f"{bad} (line 29): the file has app in it, and has an input error"
    assert [str(each) for each in made.warnings if str(left) in str(each)] == [
        f"{left} (line 1): has app in it, and was not read"
    ]


def test_files_that_are_not_searched(tmp_path: Path) -> None:
    """What is no file, and what is too large for a text of hand, is not searched."""
    (tmp_path / "web.yaml").write_text(WEB)
    large = tmp_path / "large.txt"
    large.write_text("app: web\n" * 200_000)
    found = list(read_manifests([tmp_path]))
    left_out = [ManifestWarning(str(large), "x"), ManifestWarning("a pipe", "x")]
    assert rename_label(found, "app", "name", left_out=left_out).warnings == []


def test_patches_are_renamed_with_the_objects(tmp_path: Path) -> None:
    """A patch that removes the label by a null removes the new one then."""
    (tmp_path / "web.yaml").write_text(WEB)
    patch = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: web, labels: {app: null}}\n"
    (tmp_path / "patch.yaml").write_text(patch)
    assert after(plan(tmp_path, "app", "name"))[0] == patch.replace("app:", "name:")


def test_the_line_of_a_part(tmp_path: Path) -> None:
    """It is that of the part; of a file that has changed, or of none, that of the object."""
    file = tmp_path / "web.yaml"
    file.write_text(WEB)
    _, service = read_manifests([file])
    assert find_line(service, ("spec", "selector")) == 23
    file.write_text(f"\n{WEB}")
    assert find_line(service, ("spec", "selector")) == 19
    file.unlink()
    assert find_line(service, ("spec", "selector")) == 19
    assert find_line(read_objects(WEB)[1], ("spec", "selector")) == 19


def test_objects_that_do_not_speak_of_the_label() -> None:
    """What names neither label is not read."""
    other = "---\nkind: Service\napiVersion: v1\nmetadata: {name: db}\nspec: {selector: {x: db}}\n"
    made = rename_label(read_objects(WEB + other), "app=web", "example.com/x=web")
    assert made.comparison is not None
    assert (made.comparison.selectors, made.is_refused) == (2, False)


def test_a_file_that_nobody_can_search(tmp_path: Path) -> None:
    """Whatever was in it may have selected by the label."""
    objects = read_objects(WEB)
    for gone in (tmp_path, tmp_path / "gone.yaml"):
        plan = rename_label(objects, "app", "name", left_out=[ManifestError(str(gone), "bad")])
        problem = f"{gone}: the file cannot be searched for app, and has an input error"
        assert problem in list(map(str, plan.refusals))
