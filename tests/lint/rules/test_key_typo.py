"""Keys that are nearly common ones, and keys that only look so."""

from pathlib import Path

import pytest

from labelsel.kubernetes.edit.part_edits import apply_part_edits
from labelsel.lint import Finding
from tests.lint.manifests import findings, labelled, lines_and_rules, marked, policy, workload

SLIPS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: &labels
    app.kubernets.io/name: web #! key-typo
    app.kubernetes.io/components: front #! key-typo
    app.kubernetes.io/part_of: shop #! key-typo
    apps.kubernetes.io/version: "1" #! key-typo
    helm.sh/Chart: web-1 #! key-typo
    app.kubernetes.oi/anything: x #! key-typo
spec:
  selector:
    matchLabels:
      app.kubernets.io/name: web #! key-typo
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: DoesNotExist}
      - {key: app.kubernetes.io/instances, operator: DoesNotExist} #! key-typo
  template:
    metadata: {labels: *labels}
    spec:
      nodeSelector:
        kubernetes.io/oss: linux #! key-typo
"""
IN_FIELDS = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers: [{name: web, image: web}]
  topologySpreadConstraints:
    - topologyKey: kubernetes.io/hostnme #! key-typo
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector: {}
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
          - matchExpressions:
              - {key: kubernetes.io/oss, operator: Exists} #! key-typo
              - {key: 1, operator: Exists} #! illegal-selector
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        - topologyKey: topology.kubernetes.io/zones #! key-typo
          namespaces: [other]
          labelSelector:
            matchLabels:
              app.kubernets.io/name: db #! key-typo
"""
FREQUENT = "".join(workload(f"w{n}", f"app: a{n}, environment: test") for n in range(5))


def test_typos_of_well_known_keys(tmp_path: Path) -> None:
    """In labels, selectors and node selectors; what an alias repeats is told where it stands."""
    found = findings(tmp_path, SLIPS)
    assert lines_and_rules(found) == marked(SLIPS)
    assert {one.message for one in found} == {
        f"the key {key} is one typo away from {meant}"
        for key, meant in {
            "app.kubernets.io/name": "app.kubernetes.io/name",
            "app.kubernetes.io/components": "app.kubernetes.io/component",
            "app.kubernetes.io/part_of": "app.kubernetes.io/part-of",
            "apps.kubernetes.io/version": "app.kubernetes.io/version",
            "helm.sh/Chart": "helm.sh/chart",
            "app.kubernetes.oi/anything": "app.kubernetes.io/anything",
            "app.kubernetes.io/instances": "app.kubernetes.io/instance",
            "kubernetes.io/oss": "kubernetes.io/os",
        }.items()
    }
    assert found[0].fix == "write app.kubernetes.io/name"


def test_typos_in_fields_that_select(tmp_path: Path) -> None:
    """In topology keys, terms of nodes and selectors of affinity; each has a certain fix."""
    found = findings(tmp_path, IN_FIELDS)
    assert lines_and_rules(found) == marked(IN_FIELDS)
    fixed = [one for one in found if one.rule.id == "key-typo"]
    body = apply_part_edits(fixed[0].resource.body, [one.edit for one in fixed if one.edit])
    assert [one.fix.removeprefix("write ") in str(body) for one in fixed] == [True] * 4
    assert not any(word in str(body) for word in ("hostnme", "oss", "zones", "kubernets"))


def test_one_field_is_reported_once(tmp_path: Path) -> None:
    """The nodeSelector of a custom kind is found as a part of a pod's spec, and by its name."""
    spec = "{template: {spec: {nodeSelector: {kubernetes.io/oss: linux}, containers: [{}]}}}"
    text = labelled("Rollout", "argoproj.io/v1alpha1", "a", spec)
    assert [one.rule.id for one in findings(tmp_path, text)].count("key-typo") == 1


def test_a_key_without_a_value(tmp_path: Path) -> None:
    """It is no entry that can be found by its value, and nothing else is renamed in its stead."""
    text = labelled("Service", "v1", "a", "{selector: {app.kubernets.io/name: }}")
    (found,) = (one for one in findings(tmp_path, text) if one.rule.id == "key-typo")
    assert found.edit is None


def test_a_rare_key_where_not_all_could_be_read(tmp_path: Path) -> None:
    """What is rare here may be common in the rest; what Kubernetes documents is so anyway."""
    rare = labelled("ConfigMap", "v1", "a", labels="enviroment: test")
    known = labelled("ConfigMap", "v1", "b", labels="app.kubernets.io/name: web")
    found = findings(tmp_path, FREQUENT, rare, known, complete=False)
    assert [one.fix for one in found] == ["write app.kubernetes.io/name"]


def test_typos_of_frequent_keys(tmp_path: Path) -> None:
    """What the input has often is common in it, five times as often as what is like it."""
    typo = labelled("ConfigMap", "v1", "a", labels="enviroment: test")
    (found,) = findings(tmp_path, FREQUENT, typo)
    assert found.message == "the key enviroment is one typo away from environment"
    assert findings(tmp_path, FREQUENT, typo, typo.replace("name: a", "name: b")) == []
    less = "".join(workload(f"w{n}", f"app: a{n}, environment: test") for n in range(4))
    assert findings(tmp_path, less, typo) == []


@pytest.mark.parametrize(
    ("common", "other"),
    [
        ("tier", "tie"),
        ("component", "components"),
        ("volume-1", "volume-2"),
        ("example.com/app", "example.com/apps"),
        ("environment", "environs"),
    ],
)
def test_words_of_their_own(tmp_path: Path, common: str, other: str) -> None:
    """Short words, plurals and numbers are meant as they are."""
    many = "".join(workload(f"w{n}", f"app: a{n}, {common}: x") for n in range(9))
    one = labelled("ConfigMap", "v1", "a", labels=f"{other}: x")
    assert findings(tmp_path, many, one) == []


@pytest.mark.parametrize(
    "text",
    [
        labelled("Node", "v1", "a", labels="node-role.kubernetes.io/workers: ''"),
        labelled("Node", "v1", "a", labels="beta.kubernetes.io/os: l, kubernetes.io/os: l"),
        labelled("Pod", "v1", "a", labels="apps.kubernetes.io/own: v"),
        labelled("Pod", "v1", "a", labels="k3s.io/x: v, k0s.io/x: v, example.io/app: x"),
        # Who has both means both.
        labelled("Pod", "v1", "a", labels="app.kubernetes.io/name: x, app.kubernetes.io/names: x"),
        FREQUENT + labelled("Pod", "v1", "a", labels="environment: x, environments: x"),
        policy("{matchExpressions: [{key: app.kubernetes.io/name, operator: DoesNotExist},"
               "{key: app.kubernetes.io/names, operator: DoesNotExist}]}"),
    ],
)  # fmt: skip
def test_no_typos(tmp_path: Path, text: str) -> None:
    """Keys that are near to others and meant all the same."""
    assert findings(tmp_path, text) == []


def typos(found: list[Finding]) -> list[tuple[object, str, str | None]]:
    """The keys that are typos, what is meant, and the edits."""
    return [
        (one.path[-1], one.fix.removeprefix("write "), None if one.edit is None else one.edit.text)
        for one in found
        if one.rule.id == "key-typo"
    ]


def many(key: str, count: int) -> str:
    return "".join(labelled("ConfigMap", "v1", f"m{n}", labels=f"{key}: x") for n in range(count))


@pytest.mark.parametrize(
    ("common", "typo", "meant"),
    [
        # The part that differs has six characters or more in both.
        ("region", "regoin", "region"),
        ("region", "regio", None),
        ("zones", "znoes", None),
        ("example.com/region", "example.com/regoin", "example.com/region"),
        ("example.com/zone", "example.com/znoe", None),
        ("example.com/zone", "exmaple.com/zone", "example.com/zone"),
        ("a.com/region", "a.co/region", None),
        # A key that is well known is none, and a prefix is none without a slash.
        ("app.kubernetes.io/componemt", "app.kubernetes.io/component", None),
        ("app", "app.kubernets.io", None),
        ("app", "app.kubernets.io/x", "app.kubernetes.io/x"),
    ],
)
def test_what_is_long_enough(tmp_path: Path, common: str, typo: str, meant: str | None) -> None:
    one = labelled("ConfigMap", "v1", "a", labels=f"{typo}: x")
    found = typos(findings(tmp_path, many(common, 9), one))
    expected = [] if meant is None else [(typo, meant, meant)]
    assert [each for each in found if each[0] == typo] == expected


@pytest.mark.parametrize(
    ("common", "rare", "expected"), [(4, 0, 0), (5, 0, 1), (5, 1, 2), (9, 2, 0), (10, 2, 3)]
)
def test_how_many_are_common(tmp_path: Path, common: int, rare: int, expected: int) -> None:
    """Five label sets have the key, and five times as many as have the other one."""
    texts = many("environment", common), many("enviroment", rare).replace("name: m", "name: r")
    selector = policy("{matchExpressions: [{key: enviroment, operator: DoesNotExist}]}")
    found = typos(findings(tmp_path, *texts, selector))
    assert len(found) == expected


def test_a_typo_of_two_keys(tmp_path: Path) -> None:
    """It is not certain which of the two is meant, so no edit is made."""
    text = labelled("ConfigMap", "v1", "a", labels="appx.kubernetes.io/name: x")
    assert typos(findings(tmp_path, text)) == [
        ("appx.kubernetes.io/name", "app.kubernetes.io/name", None)
    ]


def test_the_labels_of_a_workload(tmp_path: Path) -> None:
    """A key that its selector requires is no edit in the template, and one in its own labels."""
    key = "app.kubernets.io/name"
    text = workload("web", f"{key}: web").replace(", namespace: shop", f", labels: {{{key}: web}}")
    found = findings(tmp_path, text)
    assert [(one.path[0], one.edit is None) for one in found if one.rule.id == "key-typo"] == [
        ("metadata", False), ("spec", True), ("spec", True),
    ]  # fmt: skip
