"""Each condition of a rule by itself: the manifest beside the one that is reported, or not."""

from pathlib import Path

import pytest

from tests.lint.manifests import (
    MATCH_LABELS_OF_ALL,
    findings,
    kustomization,
    labelled,
    policy,
    repository,
    service,
    workload,
)

HOST = "topologyKey: kubernetes.io/hostname"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def deployment(spec: str) -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-one, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web, tier: front, release: stable}}}}
    spec:
      containers: [{{name: web, image: 'web:1'}}]
      {spec}
"""


def affinity(selector: str, more: str = "") -> str:
    return deployment(
        f"affinity: {{podAffinity: {{{REQUIRED}: [{{{HOST}{more}, labelSelector: {selector}}}]}}}}"
    )


def spread(selector: str) -> str:
    return deployment(
        f"topologySpreadConstraints: [{{{HOST}, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway, "
        f"labelSelector: {selector}}}]"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (affinity("{matchLabels: {app.kubernetes.io/name: web}}"), 1),
        (affinity("{matchLabels: {app.kubernetes.io/name: web-one}}"), 1),
        (affinity("{matchLabels: {app.kubernetes.io/name: front}}"), 0),
        (affinity("{matchLabels: {track: web}}"), 0),
        (affinity("{matchLabels: {relaese: stable}}"), 1),
        (affinity("{matchLabels: {relaese: other}}"), 0),
        (affinity("{matchLabels: {app: wbe}, matchExpressions: [{key: x, operator: In,"
                  " values: [c, d]}]}"), 0),
        (affinity("{matchExpressions: [{key: app, operator: In, values: [wbe, wob]}]}"), 0),
        (affinity("{matchExpressions: [{key: track, operator: Exists}]}"), 0),
        (affinity("{matchLabels: {app: wbe}}", ", namespaces: [1, blog]"), 1),
        (affinity("{matchLabels: {app: wbe}}", ", namespaces: blog"), 1),
        (affinity("{matchLabels: {app: web, tier: front}}"), 0),
        (spread("{matchLabels: {app: web, tier: front, release: stable}}"), 0),
        (spread("{matchLabels: {tier: front}}"), 0),
        (spread("{matchLabels: {tier: back}}"), 1),
        (spread("{matchLabels: {}}"), 0),
        (spread("{matchLabels: null}"), 0),
        (spread("{matchExpressions: [{key: tier, operator: Exists}]}"), 0),
        (spread("{matchExpressions: [{key: track, operator: Exists}]}"), 1),
    ],
)  # fmt: skip
def test_own_pods(tmp_path: Path, text: str, expected: int) -> None:
    found = findings(tmp_path, text)
    assert [one.rule.id for one in found] == ["misses-own-pods"] * expected


def test_labels_that_kustomize_adds_to_own_pods(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": kustomization("resources: [a.yaml]\ncommonLabels: {track: new}"),
        "a.yaml": spread("{matchLabels: {track: new}}"),
    }
    assert repository(tmp_path / "right", files) == []
    files["a.yaml"] = spread("{matchLabels: {track: old}}")
    (found,) = repository(tmp_path / "wrong", files)
    assert found.rule.id == "misses-own-pods"


@pytest.mark.parametrize(
    ("constraint", "unsure", "word"),
    [
        ("whenUnsatisfiable: scheduleAnyway, topologyKey: zone", False, "ScheduleAnyway"),
        ("whenUnsatisfiable: '${X}', topologyKey: zone", True, None),
        ("whenUnsatisfiable: DoNotSchedule, topologyKey: DoNotSchedul/e/", False, None),
        ("whenUnsatisfiable: DoNotSchedule, topologyKey: /DoNotSchedule/", False, None),
        ("whenUnsatisfiable: DoNotSchedule, topologyKey: '-'", False, None),
    ],
)
def test_a_constraint(tmp_path: Path, constraint: str, word: str | None, *, unsure: bool) -> None:
    """Each part has one finding; only a word of the API has an edit, and templates are notes."""
    text = deployment(
        "topologySpreadConstraints: [{maxSkew: 1, labelSelector: {matchLabels: {app: web}}, "
        f"matchLabelKeys: [tier], {constraint}}}]"
    )
    (found,) = findings(tmp_path, text)
    assert (found.rule.id, found.unsure) == ("illegal-topology", unsure)
    assert (found.edit and found.edit.text) == word
    assert found.api_word


def test_the_keys_of_a_constraint(tmp_path: Path) -> None:
    text = deployment(
        "topologySpreadConstraints: [{maxSkew: 1, labelSelector: {matchLabels: {app: web}}, "
        f"whenUnsatisfiable: DoNotSchedule, {HOST}, matchLabelKeys: [a b/, tier, '-']}}]"
    )
    found = findings(tmp_path, text)
    assert [one.path[-2:] for one in found] == [("matchLabelKeys", 0), ("matchLabelKeys", 2)]


@pytest.mark.parametrize(
    ("toleration", "unsure", "word"),
    [
        ("{key: a, operator: exists}", False, "Exists"),
        ("{key: a, operator: Exists, efect: NoSchedule}", False, "effect"),
        ("{key: a, value: '${GPU}'}", True, None),
        ("{key: a, value: a b}", False, None),
    ],
)
def test_a_toleration(tmp_path: Path, toleration: str, word: str | None, *, unsure: bool) -> None:
    (found,) = findings(tmp_path, deployment(f"tolerations: [{toleration}]"))
    assert (found.rule.id, found.unsure) == ("illegal-toleration", unsure)
    assert (found.edit and found.edit.text) == word
    assert found.api_word


@pytest.mark.parametrize(("kind", "version", "spec"), MATCH_LABELS_OF_ALL)
def test_a_null_in_a_selector(tmp_path: Path, kind: str, version: str, spec: str) -> None:
    text = labelled(kind, version, "a", spec.replace("SELECTOR", "{matchLabels: {b: c, a: null}}"))
    (found,) = findings(tmp_path, text)
    assert (found.rule.id, found.path[-2:]) == ("null-value", ("matchLabels", "a"))
    assert found.fix == 'write a: "" if it is to be empty, else its value'


def test_a_null_elsewhere(tmp_path: Path) -> None:
    """Where no labels are selected, a null is no value of a label."""
    text = labelled("Any", "x.example/v1", "a", "{tolerations: [{key: a, operator: Exists, "
                    "matchLabels: {a: null}}]}")  # fmt: skip
    assert findings(tmp_path, text) == []


@pytest.mark.parametrize(
    ("value", "unsure", "fix"),
    [
        ("${X}", True, "substitute ${X} first, as envsubst does, and lint the result"),
        ("a b", False,
         "write a value that nodes can have, or for Gt and Lt a whole number, in quotes"),
    ],
)  # fmt: skip
def test_a_preference_that_no_node_meets(
    tmp_path: Path, value: str, fix: str, *, unsure: bool
) -> None:
    term = f"{{matchExpressions: [{{key: a, operator: In, values: ['{value}']}}]}}"
    preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    text = deployment(
        f"affinity: {{nodeAffinity: {{{preferred}: [{{weight: 1, preference: {term}}}]}}}}"
    )
    (found,) = findings(tmp_path, text)
    assert (found.rule.id, found.unsure, found.fix) == ("never-matches", unsure, fix)


def test_terms_of_nodes_in_a_map_of_labels(tmp_path: Path) -> None:
    """The terms are no terms there, but a label with a value that is none."""
    found = findings(tmp_path, deployment("nodeSelector: {nodeSelectorTerms: [{}]}"))
    assert [one.rule.id for one in found] == ["illegal-selector"]


def in_unknown_kind(inside: str) -> str:
    return labelled("Any", "x.example/v1", "a", f"{{{inside}}}")


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("tolerations: [{key: a, operator: exists}]", 1),
        ("tolerations: [{key: a, operator: Exists, more: true}]", 0),
        ("tolerations: [{key: a, operator: '{{ x }}'}]", 0),
        ("topologySpreadConstraints: [{maxSkew: 1}]", 0),
        ("topologySpreadConstraints: [{whenUnsatisfiable: schedule}]", 1),
        ("topologySpreadConstraints: [{whenUnsatisfiable: '${X}'}]", 0),
        ("topologySpreadConstraints: [{topologyKey: zone, matchLabelKeys: [app]}]", 0),
    ],
)
def test_the_same_in_a_kind_that_is_not_known(tmp_path: Path, inside: str, expected: int) -> None:
    """There parts may be missing and fields be added, and templates are filled in later."""
    assert len(findings(tmp_path, in_unknown_kind(inside))) == expected


@pytest.mark.parametrize(
    ("texts", "count"),
    [(["app: web"] * 2, 1), (["app: web"] * 3, 2), (["app: web", "tier: front"], 0)],
)
def test_workloads_in_one_file(tmp_path: Path, texts: list[str], count: int) -> None:
    found = findings(tmp_path, *(workload(f"w{n}", text) for n, text in enumerate(texts)))
    assert [one.rule.id for one in found] == ["workloads-overlap"] * count


@pytest.mark.parametrize(("count", "text"), [
    (2, None),
    (3, ", as does one more pair of workloads in these folders"),
    (4, ", as do 2 more pairs of workloads in these folders"),
])  # fmt: skip
def test_workloads_that_may_be_alternatives(tmp_path: Path, count: int, text: str | None) -> None:
    """One note for all, which counts those that it does not name."""
    files = {f"f{n}/w.yaml": workload(f"w{n}", "app: web") for n in range(count)}
    (found,) = repository(tmp_path, files)
    assert found.unsure
    end = found.message.partition("both select pods with app=web")[2]
    assert end == (text or "")


def peers(pod: str, namespaces: str | None = None, name: str = "wall") -> str:
    more = "" if namespaces is None else f", namespaceSelector: {namespaces}"
    spec = f"{{podSelector: {{}}, ingress: [{{from: [{{podSelector: {pod}{more}}}]}}]}}"
    return labelled("NetworkPolicy", "networking.k8s.io/v1", name, spec)


NAMESPACE = labelled("Namespace", "v1", "shop").replace(", namespace: shop", "")
KEY = "{matchLabels: {app.kubernetes.io/name: web}}"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"a/n.yaml": NAMESPACE}, 1),
        ({"b/n.yaml": NAMESPACE}, 0),
        ({}, 0),
        # kustomize may add pods, and a chart makes its own.
        ({"a/n.yaml": NAMESPACE, "a/kustomization.yaml": kustomization(
            "resources: [n.yaml, p.yaml, w.yaml, 'https://x.example/a?ref=v1']")}, 0),
        ({"a/n.yaml": NAMESPACE, "a/h.yaml": labelled(
            "HelmRelease", "helm.toolkit.fluxcd.io/v2", "queue")}, 0),
        ({"a/n.yaml": NAMESPACE, "a/bad.yaml": "a: [\n"}, 0),
    ],
)  # fmt: skip
def test_a_namespace_that_is_whole(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    files = {"a/w.yaml": workload("web", "app: web"), "a/p.yaml": peers(KEY), **files}
    found = [one for one in repository(tmp_path, files) if one.rule.id == "peer-selects-nothing"]
    assert len(found) == expected
    assert all(one.unsure for one in found)


def test_a_peer_in_no_namespace(tmp_path: Path) -> None:
    """Where no Namespace of the input is selected, nothing is known of its pods."""
    other = peers("{matchLabels: {app: wbe}}", "{matchLabels: {x: z}}")
    assert findings(tmp_path, NAMESPACE, workload("web", "app: web"), other) == []


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("{matchLabels: {team: shop}}", 0),
        ("{matchLabels: {taem: shop}}", 1),
        ("{matchLabels: {team: shpo}}", 1),
        ("{matchLabels: {other: x}}", 0),
        ("{}", 0),
        ("{matchExpressions: [{key: team, operator: DoesNotExist}]}", 0),
        ("{matchExpressions: [{key: name, operator: In, values: [shop, blog]}]}", 1),
        ("{matchExpressions: [{key: name, operator: NotIn, values: [blog]}]}", 0),
        ("{matchExpressions: [{key: name, operator: NotIn, values: [shop]}]}", 1),
        ("{matchLabels: {kubernetes.io/metadata.name: shpo}}", 1),
        ("{matchLabels: {kubernetes.io/metadata.name: other}}", 0),
        ("{matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]}", 0),
    ],
)
def test_a_selector_of_namespaces(tmp_path: Path, selector: str, expected: int) -> None:
    namespace = NAMESPACE.replace("labels: {}", "labels: {team: shop}")
    found = findings(tmp_path, namespace, peers("{}", selector))
    assert [one.rule.id for one in found] == ["selects-no-namespace"] * expected


def test_a_selector_of_namespaces_without_any(tmp_path: Path) -> None:
    assert findings(tmp_path, peers("{}", "{matchLabels: {taem: shop}}")) == []


def test_one_of_two_namespaces_has_the_name(tmp_path: Path) -> None:
    """A list of names needs one Namespace with one of them in its label."""
    named = NAMESPACE.replace("labels: {}", "labels: {name: shop}")
    names = "{matchExpressions: [{key: name, operator: In, values: [blog, shop]}]}"
    assert findings(tmp_path, named, peers("{}", names)) == []


@pytest.mark.parametrize(("label", "expected"), [("web", 0), ("wbe", 1), ("web-1", 1), ("db", 1)])
def test_the_pods_of_a_policy(tmp_path: Path, label: str, expected: int) -> None:
    found = findings(tmp_path, workload("web", "app: web"), policy(
        f"{{matchLabels: {{app: {label}}}}}"))  # fmt: skip
    assert [one.rule.id for one in found] == ["selects-nothing"] * expected


@pytest.mark.parametrize(
    ("ours", "theirs", "same_file", "expected"),
    [
        ("shop", "blog", True, ("selects-nothing", False)),
        ("shop", "blog", False, ("selects-nothing", False)),
        ("", "blog", False, ("selects-nothing", True)),
        ("shop", "", False, ("selects-nothing", True)),
        ("", "blog", True, ("selects-nothing", False)),
    ],
)
def test_a_target_in_another_namespace(
    tmp_path: Path, ours: str, theirs: str, expected: tuple[str, bool], *, same_file: bool
) -> None:
    """Where only one of two files names a namespace, kubectl may bring them together: a note."""
    texts = [
        text.replace(", namespace: ,", ",").replace(", namespace: }", "}")
        for text in (
            service("web", "app: web", namespace=ours),
            workload("web", "app: web", namespace=theirs),
        )
    ]
    files = {"a.yaml": "".join(texts)} if same_file else dict(zip("ab", texts, strict=True))
    files = {name if name.endswith(".yaml") else f"{name}.yaml": t for name, t in files.items()}
    found = repository(tmp_path, files)
    assert [(one.rule.id, one.unsure) for one in found] == [expected]
