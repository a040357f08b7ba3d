"""Labels, annotations and selectors that the API server refuses, each on its line."""

from pathlib import Path

import pytest

from labelsel.lint import Finding
from tests.lint.manifests import (
    findings,
    labelled,
    marked,
    monitor,
    places,
    policy,
)

LABELS = """\
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
  labels: &labels
    app: web server #! illegal-label
    -tier-: front #! illegal-label
    fine: "1.10"
spec:
  selector:
    matchLabels: {fine: "1.10"}
  template:
    metadata:
      labels:
        fine: "1.10"
        version: 1.10 #! illegal-label
        empty: #! null-value
        deep: {a: b} #! illegal-label
  volumeClaimTemplates:
    - metadata: {name: fine, labels: {a: b}}
    - metadata:
        name: data
        labels:
          "": x #! illegal-label
"""
JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: night}
spec:
  jobTemplate:
    metadata:
      labels:
        a/b/c: x #! illegal-label
    spec:
      template:
        metadata:
          labels: #! illegal-label
            - app
        spec:
          nodeSelector:
            kubernetes.io/os: lin ux #! illegal-selector
"""
PROMETHEUS = """\
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main}
spec:
  podMetadata:
    labels:
      app: _x_ #! illegal-label
    annotations:
      Example.com/Any: "text: é"
      example.com/: x #! illegal-annotation
      example.com/number: 1 #! illegal-annotation
"""
OWN = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels:
    app: web
    version: 1.0 #! illegal-label
    tiers: [a, b] #! illegal-label
    zone: #! null-value
  annotations:
    port: 8080 #! illegal-annotation
---
apiVersion: v1
kind: Pod
metadata:
  name: text
  labels: app=web #! illegal-label
  annotations: [] #! illegal-annotation
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}
---
apiVersion: v1
kind: Service
metadata: {name: version}
spec:
  selector: {version: "1.0"} #! selects-nothing
"""
BROKEN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: #! illegal-label
  template: none
  selector: {matchLabels: {a: b}}
"""


@pytest.mark.parametrize("text", [LABELS, JOB, PROMETHEUS, OWN])
def test_lines(tmp_path: Path, text: str) -> None:
    """Each is told on its own line: of the object, of templates, of claims, of pod metadata."""
    assert places(findings(tmp_path, text)) == marked(text)


def fixes(found: list[Finding]) -> dict[str, str]:
    return {str(one.path[-1]): one.fix for one in found}


def test_fixes(tmp_path: Path) -> None:
    """A fix is what to write, where that is plain."""
    assert fixes(findings(tmp_path, LABELS)) == {
        "app": "write app: web-server",
        "-tier-": "write tier: front",
        "version": "write the value in quotes: without them it is no string",
        "empty": 'write empty: "" if it is to be empty, else its value',
        "deep": "write one string as the value of deep",
        "": "write a key and a value of letters, digits, '-', '_' and '.'",
    }
    assert fixes(findings(tmp_path, JOB)) == {
        "a/b/c": "write a key and a value of letters, digits, '-', '_' and '.'",
        "labels": "write a map from keys to strings",
        "kubernetes.io/os": "write kubernetes.io/os: lin-ux",
    }
    assert fixes(findings(tmp_path, PROMETHEUS)) == {
        "app": "write app: x",
        "example.com/": "write a key of letters, digits, '-', '_' and '.'",
        "example.com/number": "write the value in quotes: without them it is no string",
    }


def test_messages(tmp_path: Path) -> None:
    """What is wrong is said in the words of the library, and values in those of YAML."""
    messages = [one.message.partition(", this one is")[0] for one in findings(tmp_path, LABELS)]
    assert messages == [
        "label 'app': a value may hold only letters, digits, '-', '_' and '.', this one has ' '",
        "label '-tier-': a key's name must begin and end with a letter or digit",
        "label 'version': a value must be a string, this is the number 1.1",
        'spec.template.metadata.labels.empty is null, which Kubernetes reads as ""',
        "label 'deep': a value must be a string, this is a map",
        "label '': a key must not be empty",
    ]
    messages = [one.message for one in findings(tmp_path, JOB)]
    assert messages[1] == "labels must be a mapping of strings to strings, this is a list"
    assert messages[2].startswith("spec.jobTemplate.spec.template.spec.nodeSelector: label 'kub")


@pytest.mark.parametrize(("more", "line"), [("", 6), ("    b: c\n", 5)])
def test_an_annotation_that_is_too_large(tmp_path: Path, more: str, line: int) -> None:
    """One that is too large alone is the one to blame; with others, it is all of them."""
    text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n"
    (found,) = findings(tmp_path, f"{text}    a: {'x' * 300_000}\n{more}")
    assert (found.line, found.rule.id) == (line, "illegal-annotation")
    assert found.fix == "move what is large into a ConfigMap, and name that in the annotation"


def test_annotations_that_are_too_large(tmp_path: Path) -> None:
    """All annotations of an object together have a limit, which no single one is to blame for."""
    large = "\n".join(f"    a{n}: {'x' * 100_000}" for n in range(3))
    text = f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n{large}\n"
    (found,) = findings(tmp_path, text)
    assert (found.line, found.rule.id) == (5, "illegal-annotation")
    assert "at most 262144 bytes in total, these take 300006" in found.message
    assert found.fix == "move what is large into a ConfigMap, and name that in the annotation"


SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector:
    app: "a b" #! illegal-selector
    matchLabels: #! illegal-selector
      app: web
"""
EXPRESSIONS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector:
    matchLabels:
      "it's": x #! illegal-selector
    matchExpressions:
      - key: app
        operator: in #! illegal-selector
        values: [web]
      - key: tier
        operator: In
        values: #! illegal-selector
          []
      - key: track
        operator: NotIn
        values:
          - old
          - -new- #! illegal-selector
"""
MISSPELT = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector:
    matchLabel: {app: web} #! illegal-selector
"""
SNAKE_CASE = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  selector:
    match_labels: {app: web} #! illegal-selector
    match_expressions: #! illegal-selector
      - {key: tier, operator: Exists}
"""
EMPTY = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {} #! illegal-selector
  template: {metadata: {labels: {app: web}}}
"""
MISSING = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: #! illegal-selector
  template: {metadata: {labels: {app: web}}}
"""
NODES = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  nodeSelector:
    disk: fast one #! illegal-selector
"""


@pytest.mark.parametrize(
    "text", [SERVICE, EXPRESSIONS, MISSPELT, SNAKE_CASE, EMPTY, MISSING, NODES]
)
def test_selectors(tmp_path: Path, text: str) -> None:
    """Every part that is refused is told on its own line."""
    found = findings(tmp_path, text)
    assert places(found) == marked(text)


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        (SERVICE, "spec.selector: label 'app': a value may hold only letters", "write app: a-b"),
        (EXPRESSIONS, "spec.selector.matchLabels[\"it's\"]: a key's name may hold only",
         "write a key and a value of letters, digits, '-', '_' and '.'"),
        (MISSPELT, "spec.podSelector.matchLabel: unknown field; did you mean matchLabels?",
         "write matchLabels"),
        (SNAKE_CASE, "spec.selector.match_labels: unknown field; did you mean matchLabels?",
         "write matchLabels"),
        (EMPTY, "spec.selector: a Deployment must have one, and not an empty one",
         "add labels to it that its pods have"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_selectors(tmp_path: Path, text: str, message: str, fix: str) -> None:
    """The part is named with what is wrong and, where it is plain, what to write."""
    found = findings(tmp_path, text)[0]
    assert message in found.message
    assert found.fix == fix


@pytest.mark.parametrize(
    ("text", "rule", "message"),
    [
        (BROKEN, "illegal-label", "spec.template: must be a map, not a string"),
        (labelled("CronJob", "batch/v1", "a", "none"), "illegal-label",
         "spec: must be a map, not a string"),
        (labelled("Service", "v1", "a", "[]"), "illegal-selector",
         "spec: must be a map, not a list"),
        (labelled("Service", "v1", "a", "{selector: [app]}"), "illegal-selector",
         "spec.selector: must be a map, not a list"),
    ],
)  # fmt: skip
def test_what_is_no_map(tmp_path: Path, text: str, rule: str, message: str) -> None:
    """An object that is put together wrongly is told of once, not passed over."""
    (found,) = findings(tmp_path, text)
    assert found.rule.id == rule
    assert message in found.message


@pytest.mark.parametrize(
    ("kind", "version"),
    [("ReplicationController", "v1"), ("Deployment", "extensions/v1beta1")],
)
def test_labels_that_are_the_selector(tmp_path: Path, kind: str, version: str) -> None:
    """Labels of a template that are its selector by default are told as labels, and once."""
    text = labelled(kind, version, "a", "{template: {metadata: {labels: {app: a b, n: 1}}}}")
    assert [one.rule.id for one in findings(tmp_path, text)] == ["illegal-label"] * 2
    fine = labelled(kind, version, "a", "{template: {metadata: {labels: {app: a b}}}}")
    assert [one.rule.id for one in findings(tmp_path, fine)] == ["illegal-label"]


def test_templates_of_other_things(tmp_path: Path) -> None:
    """A template without containers is none of pods: what stands in it is for another program."""
    # fmt: off
    text = labelled("ApplicationSet", "argoproj.io/v1alpha1", "all",
                    "{template: {metadata: {labels: {app: '{{n}}'}}, spec: {project: x}}}")
    pods = labelled("Rollout", "argoproj.io/v1alpha1", "all",
                    "{template: {metadata: {labels: {app: 'a b', n: 1}}, "
                    "spec: {containers: [{}]}}}")
    # fmt: on
    assert findings(tmp_path, text) == []
    assert [one.rule.id for one in findings(tmp_path, pods)] == ["illegal-label"] * 2


PEERS = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {}
  ingress:
    - {}
    - from:
        - podSelector: {matchLabels: {app: web}}
        - podSelector:
            matchLabels:
              app: we b #! illegal-selector
        - namespaceSelector:
            matchExpressions:
              - {key: team, operator: in, values: [a]} #! illegal-selector
  egress:
    - to:
        - ipBlock: {cidr: 10.0.0.0/8}
          podSelector:
        - podSelector: [a] #! illegal-selector
"""
AFFINITY = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      topologySpreadConstraints:
        - labelSelector:
            matchExpressions:
              - {key: app, operator: Exists, values: [x]} #! illegal-selector
      affinity:
        podAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - labelSelector: {matchLabels: {app: web}}
              namespaceSelector:
                matchLabel: {a: b} #! illegal-selector
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - podAffinityTerm:
                labelSelector:
                  matchExpressions:
                    - {key: app, operator: IN, values: [web]} #! illegal-selector
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
              - matchExpressions:
                  - {key: cores, operator: GT, values: ["4"]} #! illegal-selector
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 1
              preference:
                matchExpressions:
                  - {key: disk, operator: In, values: [ssd]}
                  - {key: cores, operator: Gt, values: [four]} #! never-matches
"""


@pytest.mark.parametrize("text", [PEERS, AFFINITY])
def test_selectors_of_peers_and_in_pods(text: str, tmp_path: Path) -> None:
    """Each part at fault on its line; what is fine, null or no selector is left alone."""
    found = findings(tmp_path, text)
    assert places(found) == marked(text)


def test_where_a_selector_in_a_pod_stands(tmp_path: Path) -> None:
    messages = [found.message for found in findings(tmp_path, AFFINITY)]
    start = (
        "spec.template.spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution"
    )
    assert any(
        message.startswith(f"{start}[0].preference.matchExpressions[1].values")
        for message in messages
    )


LONG = "k" * 90
UNDER_TEMPLATE = f"""\
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec:
  selector:
    template: a b #! illegal-selector
    {LONG}: x #! illegal-selector
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: web}}
spec:
  podSelector:
    matchLabels:
      template: a b #! illegal-selector
      example.com/{LONG}: x #! illegal-selector
    matchExpressions:
      - key: {LONG} #! illegal-selector
        operator: Exists
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, labels: {{
    template: a b, #! illegal-label
    {LONG}: x #! illegal-label
  }}}}
spec:
  selector:
    matchLabels:
      template: a b #! illegal-selector
  template:
    metadata:
      labels:
        template: a b #! illegal-label
    spec:
      nodeSelector:
        template: a b #! illegal-selector
        {LONG}: x #! illegal-selector
"""


def test_keys_that_no_path_can_be_read_from(tmp_path: Path) -> None:
    """A label named template, and keys that messages shorten, are told of on their own lines."""
    found = findings(tmp_path, UNDER_TEMPLATE)
    assert places(found) == marked(UNDER_TEMPLATE)
    keys = {one.path[-1] for one in found}
    assert {"template", LONG, f"example.com/{LONG}"} <= keys
    assert all(len(one.message) < 300 for one in found)


def value_of(place: str, text: str) -> str:
    """A manifest with a value in a label, an annotation's key, a selector or an expression."""
    return {
        "label": labelled("Pod", "v1", "a", labels=f"app: {text}"),
        "key": labelled("Pod", "v1", "a", labels=f"{text}: web"),
        "annotation": (
            f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a, annotations: {{{text}: x}}}}"
        ),
        "service": labelled("Service", "v1", "a", f"{{selector: {{app: {text}}}}}"),
        "matchLabels": policy(f"{{matchLabels: {{app: {text}}}}}"),
        "values": policy(f"{{matchExpressions: [{{key: app, operator: In, values: [{text}]}}]}}"),
        "peer": labelled(
            "NetworkPolicy",
            "networking.k8s.io/v1",
            "a",
            f"{{podSelector: {{}}, egress: [{{to: [{{podSelector: {{matchLabels: "
            f"{{app: {text}}}}}}}]}}]}}",
        ),
        "required": affinity(f"{{key: app, operator: In, values: [{text}]}}"),
        "bound": affinity(f"{{key: app, operator: Gt, values: [{text}]}}"),
    }[place]


def affinity(expression: str) -> str:
    terms = f"{{nodeSelectorTerms: [{{matchExpressions: [{expression}]}}]}}"
    kind = "requiredDuringSchedulingIgnoredDuringExecution"
    return labelled("Pod", "v1", "a", f"{{affinity: {{nodeAffinity: {{{kind}: {terms}}}}}}}")


@pytest.mark.parametrize(
    "place",
    ["label", "key", "annotation", "service", "matchLabels", "values", "peer", "required", "bound"],
)
@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("'${region}'", "substitute ${region} first, as envsubst does, and lint the result"),
        ("'a-${r:-x y}-b'", "render or substitute ${r:-x y} first, and lint the result"),
        ("$REGION", "substitute $REGION first, as envsubst does, and lint the result"),
        ("$(REGION)", "render or substitute $(REGION) first, and lint the result"),
        ("""'{{ template "x.name" . }}'""",
         'render {{ template "x.name" . }} first, as helm template does, and lint the result'),
        (f"'{{{{ {'x' * 56} }}}}'",
         f"render or substitute {{{{ {'x' * 56} … first, and lint the result"),
    ],
)  # fmt: skip
def test_a_placeholder(tmp_path: Path, place: str, text: str, fix: str) -> None:
    """What is to be put in by another program is no slip: the fix is to put it in."""
    (found,) = findings(tmp_path, value_of(place, text))
    assert found.rule.id.startswith("illegal-")
    assert found.fix == fix


@pytest.mark.parametrize(
    "place",
    ["label", "key", "annotation", "service", "matchLabels", "values", "peer", "required", "bound"],
)
@pytest.mark.parametrize(
    "marker",
    [
        *("<region>", "%region%", "%{region}", "@region@", "@@x@@", "#{region}", "#{x}#"),
        *("[[ region ]]", "{% x %}", "((region))", "{region}", "__REGION__", "<%= x %>"),
        *(r"\(region)", "<no value>", "ENC[AES256,data:x]", "vault:secret/data/x#y", "$$x"),
        *("${{ env.REGION }}", "[region]", "(region)", "{{ region }}", "$${x}"),
    ],
)
def test_a_marker_of_any_kind(tmp_path: Path, place: str, marker: str) -> None:
    """A word between brackets or sigils is told of whole, and no program that cannot read it."""
    (found,) = findings(tmp_path, value_of(place, f"'{marker}'"))
    assert found.rule.id.startswith("illegal-")
    assert found.fix == f"render or substitute {marker} first, and lint the result"


@pytest.mark.parametrize(
    ("text", "marker"), [("[[ region ]]", "[[ region ]]"), ("{region}", "{region}")]
)
def test_a_marker_without_quotes(tmp_path: Path, text: str, marker: str) -> None:
    """YAML takes it for a list or a map."""
    (found,) = findings(tmp_path, value_of("label", text))
    assert found.fix == f"render or substitute {marker} first, and lint the result"


def test_a_marker_without_a_value(tmp_path: Path) -> None:
    """A key that is a marker is no key to write."""
    found = findings(tmp_path, labelled("Pod", "v1", "a", labels="<region>: null"))
    assert {one.rule.id for one in found} == {"illegal-label", "null-value"}
    assert {one.fix for one in found} == {
        "render or substitute <region> first, and lint the result"
    }


@pytest.mark.parametrize("text", ["US$Rate", "team@example.com", "a/b", "x" * 64, "50%"])
def test_a_value_that_nobody_can_guess(tmp_path: Path, text: str) -> None:
    """Only spaces and edges are mended: of the rest it is not plain what was meant."""
    (found,) = findings(tmp_path, value_of("label", text))
    if text != "50%":
        assert found.fix == "write a key and a value of letters, digits, '-', '_' and '.'"
    assert "write app" not in found.fix


@pytest.mark.parametrize("text", ["web server", "-web-server", "web  server_"])
def test_spaces_and_edges_are_mended(tmp_path: Path, text: str) -> None:
    (found,) = findings(tmp_path, value_of("label", f"'{text}'"))
    assert found.fix == "write app: web-server"


OWN_LABEL = (
    "a selector like this one can select only by equal labels: "
    "give the pods a label of their own and select that"
)
NODE_LABEL = (
    "a nodeSelector can select only by equal labels: give the nodes a label of their own "
    "and select that, or write it as required nodeAffinity"
)


@pytest.mark.parametrize(
    ("selector", "fix"),
    [
        ("{matchExpressions: [{key: tier, operator: In, values: [front]}]}",
         "write selector: {tier: front}"),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [front]}]}",
         "write selector: {app: web, tier: front}"),
        (("{matchLabels: {app: web}, "
          "matchExpressions: [{key: tier, operator: In, values: [front]}]}"),
         "write selector: {app: web, tier: front}"),
        ("{app: web, match_expressions: [{key: tier, operator: In, values: [front]}]}",
         "write selector: {app: web, tier: front}"),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [a, b]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: NotIn, values: [a]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: Exists}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [a], x: y}]}",
         OWN_LABEL),
        ("{app: web, matchExpressions: [{key: app, operator: In, values: [db]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [a/b]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [5]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [tier]}", OWN_LABEL),
        ("{matchExpressions: []}", OWN_LABEL),
        ("{app: web, matchExpressions: {tier: front}}", OWN_LABEL),
        ("{matchLabels: {app: web}, matchExpressions: [{key: a, operator: Exists}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: ['<tier>']}]}",
         "render or substitute <tier> first, and lint the result"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["Service", "ReplicationController"])
def test_expressions_where_labels_select(
    tmp_path: Path, kind: str, selector: str, fix: str
) -> None:
    """Nothing is to be taken out, which would select more: all of it is written, or nothing."""
    found = findings(tmp_path, labelled(kind, "v1", "a", f"{{selector: {selector}}}"))
    assert {one.fix for one in found} == {fix}
    assert {one.rule.id for one in found} == {"illegal-selector"}


def test_expressions_in_a_node_selector(tmp_path: Path) -> None:
    """A node selector is such a map, too; what it cannot say, the affinity to nodes can."""
    one = "{disk: ssd, matchExpressions: [{key: zone, operator: In, values: [a]}]}"
    (found,) = findings(tmp_path, node_selector(one))
    assert found.fix == "write nodeSelector: {disk: ssd, zone: a}"
    (found,) = findings(tmp_path, node_selector("{disk: ssd, matchFields: []}"))
    assert found.fix == NODE_LABEL


POD_TEMPLATE = """\
apiVersion: v1
kind: PodTemplate
metadata: {name: web}
template:
  metadata:
    labels:
      app: web server #! illegal-label
      tier: #! null-value
      app.kubernets.io/name: web #! key-slip
    annotations:
      run book: x #! illegal-annotation
  spec:
    nodeSelector:
      disk: fast one #! illegal-selector
    affinity:
      nodeAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms:
            - matchExpressions:
                - key: cores
                  operator: is #! illegal-selector
    topologySpreadConstraints:
      - labelSelector:
          matchLabel: {app: web} #! illegal-selector
"""


def test_a_pod_template(tmp_path: Path) -> None:
    """Its template stands at the top, and is looked at as those of workloads are."""
    assert sorted(places(findings(tmp_path, POD_TEMPLATE))) == marked(POD_TEMPLATE)


def test_no_pods_come_of_a_pod_template(tmp_path: Path) -> None:
    """A Service that only the pods of a PodTemplate would meet selects nothing, as before."""
    pod = labelled("Pod", "v1", "db", labels="app: db")
    template = POD_TEMPLATE[: POD_TEMPLATE.index("      app:")].replace(
        "{name: web}", "{name: web, namespace: shop}"
    )
    service = labelled("Service", "v1", "web", "{selector: {app: web}}")
    found = findings(tmp_path, f"{template}      app: web\n", pod, service)
    assert [one.rule.id for one in found] == ["selects-nothing"]


def test_a_group_of_its_own_has_no_pod_template(tmp_path: Path) -> None:
    text = POD_TEMPLATE.replace("apiVersion: v1", "apiVersion: example.com/v1")
    assert findings(tmp_path, text) == []


def test_match_labels_that_are_no_map(tmp_path: Path) -> None:
    """A label beside them is not written into what is no map, nor over another value."""
    for selector in ("{matchLabels: x, app: web}", "{matchLabels: {app: db}, app: web}"):
        fixes_found = [one.fix for one in findings(tmp_path, deployment(selector))]
        assert "write app under matchLabels" in fixes_found
        assert not any("{" in fix for fix in fixes_found)


def node_selector(labels: str) -> str:
    return labelled("Pod", "v1", "a", f"{{nodeSelector: {labels}}}")


def deployment(selector: str) -> str:
    spec = f"{{selector: {selector}, template: {{metadata: {{labels: {{app: web}}}}}}}}"
    return labelled("Deployment", "apps/v1", "web", spec)


@pytest.mark.parametrize(
    ("text", "fixes"),
    [
        (labelled("Service", "v1", "a", "{selector: {matchLabels: {app: web}}}"),
         ["write selector: {app: web}"]),
        (labelled("Service", "v1", "a", "{selector: {matchLabels: {app: 'on'}, tier: x}}"),
         ["write selector: {app: 'on', tier: x}"]),
        (labelled("Service", "v1", "a", "{selector: {matchLabels: {app: {}}}}"),
         ["write a map from keys to strings"]),
        (labelled("Service", "v1", "a", "{selector: {matchExpressions: [{key: a}]}}"),
         [OWN_LABEL]),
        (labelled("ReplicationController", "v1", "a", "{selector: {matchLabels: {app: web}}}"),
         ["write selector: {app: web}"]),
        (node_selector("{matchLabels: {disk: ssd}}"), ["write nodeSelector: {disk: ssd}"]),
        (node_selector("{nodeSelectorTerms: []}"),
         [NODE_LABEL]),
        (node_selector("[a]"), ["write a map from keys to strings"]),
        (deployment("{app: web}"), ["write selector: {matchLabels: {app: web}}"]),
        (deployment("{app: web, tier: x}"),
         ["write selector: {matchLabels: {app: web, tier: x}}"] * 2),
        (deployment("{matchLabels: {tier: x}, app: web}"),
         ["write selector: {matchLabels: {tier: x, app: web}}"]),
        (deployment("{app: web, matchExpressions: [{key: a, operator: Exists}]}"),
         ["write selector: {matchLabels: {app: web}}, and leave matchExpressions as they are"]),
        (deployment("{app: web, tiers: {}}"),
         ["write app under matchLabels", "correct it: the API server refuses the object as it is"]),
        (deployment("{app: web, tier: '<tier>'}"),
         ["render or substitute <tier> first, and lint the result"] * 2),
        (deployment("{matchlabels: {app: web}}"), ["write matchLabels"]),
        (deployment("[]"), ["correct it: the API server refuses the object as it is"]),
        (monitor("{app: web}"), ["write selector: {matchLabels: {app: web}}"]),
        (monitor("{matchExpressions: [{key: a, operator: Is}]}"),
         ["correct it: its operator refuses the object as it is"]),
        (labelled("NetworkPolicy", "networking.k8s.io/v1", "a",
                  "{podSelector: {}, ingress: [{from: [{podSelector: {app: web}}]}]}"),
         ["write podSelector: {matchLabels: {app: web}}"]),
        (labelled("NetworkPolicy", "networking.k8s.io/v1", "a",
                  "{podSelector: {}, ingress: [{from: [{podSelector: "
                  "{match_labels: {app: web}}}]}]}"),
         ["write matchLabels"]),
        (affinity("{key: a, operator: Gt, values: ['x']}"),
         ["write a value that nodes can have, or for Gt and Lt a whole number, in quotes"]),
        (labelled("Pod", "v1", "a", "{affinity: {nodeAffinity: "
                  "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{}]}}}}"),
         ["add an expression to a term, or take the node affinity out"]),
        (labelled("Pod", "v1", "a", "{affinity: {nodeAffinity: "
                  "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
                  "[{match_fields: []}]}}}}"),
         ["write matchFields"]),
    ],
)  # fmt: skip
def test_what_was_meant(tmp_path: Path, text: str, fixes: list[str]) -> None:
    """The fix of a selector in the form of another kind is the selector in its own form."""
    found = findings(tmp_path, text)
    assert [one.fix for one in found] == fixes
    assert {one.rule.id for one in found} <= {"illegal-selector", "never-matches"}


@pytest.mark.parametrize(
    ("expression", "rule", "message"),
    [
        ("{key: a, operator: Gt, values: ['1.0']}", "never-matches",
         ("must be a whole number of 64 bits, not '1.0'; "
          "the API server accepts it, and no node matches the term")),
        ("{key: a, operator: Lt, values: ['-1']}", "illegal-selector",
         "a value must begin and end with a letter or digit, this one is '-1'"),
        ("{key: a, operator: Gt, values: [5]}", "illegal-selector",
         "a value must be a string, this is the number 5; write \"5\", in quotes"),
    ],
)  # fmt: skip
def test_bounds(tmp_path: Path, expression: str, rule: str, message: str) -> None:
    """What the API server accepts and no node meets is a warning; the rest is refused."""
    (found,) = findings(tmp_path, affinity(expression))
    path = (
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
        ".nodeSelectorTerms[0].matchExpressions[0].values[0]"
    )
    assert (found.rule.id, found.message) == (rule, f"{path}: {message}")


def test_a_preference_that_cannot_be_read(tmp_path: Path) -> None:
    """The API server takes any values in a preferred term; the scheduler's reader does not."""
    term = "{matchExpressions: [{key: a, operator: In, values: [b c]}]}"
    kind = "preferredDuringSchedulingIgnoredDuringExecution"
    spec = f"{{affinity: {{nodeAffinity: {{{kind}: [{{weight: 1, preference: {term}}}]}}}}}}"
    (found,) = findings(tmp_path, labelled("Pod", "v1", "a", spec))
    assert found.rule.id == "never-matches"
    assert found.message.endswith("the scheduler cannot read the preference")


def test_a_field_that_is_no_string(tmp_path: Path) -> None:
    """It is told of once."""
    term = "{matchFields: [{key: 5, operator: In, values: [n1]}]}"
    kind = "requiredDuringSchedulingIgnoredDuringExecution"
    spec = f"{{affinity: {{nodeAffinity: {{{kind}: {{nodeSelectorTerms: [{term}]}}}}}}}}"
    (found,) = findings(tmp_path, labelled("Pod", "v1", "a", spec))
    assert found.message.endswith("matchFields[0].key: must be a string, not 5")


def test_a_patch_of_a_selector(tmp_path: Path) -> None:
    """An object that is laid over another needs no selector; one that it has must be right."""
    assert findings(tmp_path, labelled("Deployment", "apps/v1", "web", "{replicas: 2}")) == []
    spec = "{selector: {matchExpressions: [{operator: Exists}]}}"
    (found,) = findings(tmp_path, labelled("Deployment", "apps/v1", "web", spec))
    assert found.path == ("spec", "selector", "matchExpressions", 0, "key")


def service_of(selector: str) -> str:
    """A Service with a selector."""
    return f"kind: Service\napiVersion: v1\nmetadata: {{name: a}}\nspec: {{selector: {selector}}}\n"


def policy_of(selector: str) -> str:
    """A NetworkPolicy for pods, and with a peer."""
    peer = f"{{podSelector: {selector}, ingress: [{{from: [{{podSelector: {selector}}}]}}]}}"
    head = "kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nmetadata: {name: a}\n"
    return f"{head}spec: {peer}\n"


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (service_of("app=web"), "write selector: {app: web}"),
        (service_of("[{app: web}]"), "write selector: {app: web}"),
        (service_of("{labels: {app: web}, tier: db}"), "write selector: {app: web, tier: db}"),
        (service_of("{matchLabels: app=web}"), "write selector: {app: web}"),
        (service_of("app in (a,b)"), "write a map from keys to strings"),
        (service_of("'app=${x}'"), "substitute ${x} first, as envsubst does, and lint the result"),
        (policy_of("app=web"), 'write {"matchLabels": {"app": "web"}}'),
        (policy_of("{labels: {app: web}}"), 'write under matchLabels: {"app": "web"}'),
        (policy_of("{matchLabels: app=web}"), 'write matchLabels: {"app": "web"}'),
        (
            policy_of("{matchExpressions: [{key: a, operator: In, values: x}]}"),
            'write values: ["x"]',
        ),
        (
            policy_of("{matchExpressions: [{key: a, operator: In, value: x}]}"),
            'write values: ["x"]',
        ),
        (
            policy_of("{matchExpressions: [{key: a, operator: In, values: [5]}]}"),
            'write "5", in quotes',
        ),
    ],
)
def test_exactly_what_to_write(tmp_path: Path, text: str, fix: str) -> None:
    """What has the wrong form is written in the right one."""
    found = findings(tmp_path, text)
    assert {one.fix for one in found} == {fix}


CLAIM = "spec: {selector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"kind: PersistentVolumeClaim\napiVersion: v1\nmetadata: {{name: a}}\n{CLAIM}", ""),
        (
            labelled(
                "Pod",
                "v1",
                "a",
                f"{{volumes: [{{ephemeral: {{volumeClaimTemplate: {{{CLAIM}}}}}}}]}}",
            ),
            "spec.volumes[0].ephemeral.volumeClaimTemplate.",
        ),
        (
            labelled(
                "StatefulSet",
                "apps/v1",
                "a",
                f"{{selector: {{matchLabels: {{a: b}}}}, volumeClaimTemplates: [{{{CLAIM}}}], "
                "template: {metadata: {labels: {a: b}}}}",
            ),
            "spec.volumeClaimTemplates[0].",
        ),
    ],
)
def test_the_selector_of_a_claim(tmp_path: Path, text: str, path: str) -> None:
    """A claim selects PersistentVolumes with a LabelSelector, which must be a legal one."""
    (found,) = findings(tmp_path, text)
    assert found.rule.id == "illegal-selector"
    assert found.message == (
        f"{path}spec.selector.matchExpressions[0].operator: must be In, NotIn, Exists or "
        "DoesNotExist, not 'in'; write 'In'"
    )


def test_a_claim_that_may_find_its_volume_in_the_cluster(tmp_path: Path) -> None:
    """A legal selector of a claim is fine: which volumes there are no manifest shows."""
    claim = CLAIM.replace("in,", "In,")
    for version in ("v1", "example.com/v1"):
        head = f"kind: PersistentVolumeClaim\napiVersion: {version}\nmetadata: {{name: a}}\n"
        assert not findings(tmp_path, f"{head}{claim if version == 'v1' else CLAIM}")
