"""Rule illegal-selector: an object's own selector, those of peers, and those in pods."""

from pathlib import Path

import pytest

from tests.lint.manifests import (
    MATCH_LABELS_OF_ALL,
    findings,
    kustomization,
    labelled,
    lines_and_rules,
    marked,
    repository,
)

BROKEN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: #! illegal-label
  template: none
  selector: {matchLabels: {a: b}}
"""


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
    assert lines_and_rules(found) == marked(text)


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
        - topologyKey: zone
          whenUnsatisfiable: DoNotSchedule
          labelSelector:
            matchExpressions:
              - {key: app, operator: Exists, values: [x]} #! illegal-selector
      affinity:
        podAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - topologyKey: zone
              labelSelector: {matchLabels: {app: web}}
              namespaceSelector:
                matchLabel: {a: b} #! illegal-selector
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - podAffinityTerm:
                topologyKey: zone
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
    assert lines_and_rules(found) == marked(text)


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
    assert lines_and_rules(found) == marked(UNDER_TEMPLATE)
    keys = {one.path[-1] for one in found}
    assert {"template", LONG, f"example.com/{LONG}"} <= keys
    assert all(len(one.message) < 300 for one in found)


def test_a_patch_of_a_selector(tmp_path: Path) -> None:
    """An object that is laid over another needs no selector; one that it has must be right."""
    assert findings(tmp_path, labelled("Deployment", "apps/v1", "web", "{replicas: 2}")) == []
    spec = "{selector: {matchExpressions: [{operator: Exists}]}}"
    (found,) = findings(tmp_path, labelled("Deployment", "apps/v1", "web", spec))
    assert found.path == ("spec", "selector", "matchExpressions", 0, "key")


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
    head = "kind: PersistentVolumeClaim\napiVersion: v1\nmetadata: {name: a}\n"
    assert not findings(tmp_path, head + CLAIM.replace("in,", "In,"))


CONTAINERS = "spec: {containers: [{name: a, image: b}]}"


@pytest.mark.parametrize(
    ("kind", "version", "template", "fix"),
    [
        ("ReplicationController", "v1", CONTAINERS,
         "add labels: {app: web} to the template: they are its selector, too"),
        ("Deployment", "apps/v1", CONTAINERS,
         "add selector: {matchLabels: {app: web}}, and labels: {app: web} to the template"),
        ("Deployment", "apps/v1", f"metadata: {{labels: {{a: b}}}}, {CONTAINERS}",
         "add selector: {matchLabels: {a: b}}"),
    ],
)  # fmt: skip
def test_a_workload_without_a_selector(
    tmp_path: Path, kind: str, version: str, template: str, fix: str
) -> None:
    """A template with an image is a whole one: the API server refuses the object."""
    text = labelled(kind, version, "web", f"{{template: {{{template}}}}}")
    (found,) = findings(tmp_path, text)
    assert (found.rule.id, found.line, found.fix) == ("illegal-selector", 6, fix)
    assert found.message == f"spec.selector: a {kind} must have one, and not an empty one"
    # A patch of an object in the input, or one by its file's name.
    whole = labelled(
        kind, version, "web",
        "{selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}}"
        if kind == "Deployment" else "{selector: {a: b}, template: {metadata: {labels: {a: b}}}}",
    )  # fmt: skip
    assert findings(tmp_path, whole, text) == []
    assert findings(tmp_path, text, name="web-patch.yaml") == []


def test_a_monitor_without_a_selector(tmp_path: Path) -> None:
    spec = "{endpoints: [{port: web}]}"
    (found,) = findings(tmp_path, labelled("ServiceMonitor", "monitoring.coreos.com/v1", "a", spec))
    assert found.fix == "add a selector"


@pytest.mark.parametrize("labels", ["{}", "[a]", "{a: a b}", "{a: [b]}"])
def test_a_template_whose_labels_select_nothing(tmp_path: Path, labels: str) -> None:
    """They cannot be the selector, so labels are suggested for both."""
    template = f"{{template: {{metadata: {{labels: {labels}}}, {CONTAINERS}}}}}"
    found = findings(tmp_path, labelled("Deployment", "apps/v1", "web", template))[0]
    assert found.fix == (
        "add selector: {matchLabels: {app: web}}, and labels: {app: web} to the template"
    )


def test_another_whole_object(tmp_path: Path) -> None:
    """Only an object of the same name and kind makes one without a selector a patch."""
    whole = "{selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}}"
    part = f"{{template: {{metadata: {{labels: {{c: d}}}}, {CONTAINERS}}}}}"
    for kind, name, count in (("Deployment", "web", 0), ("Deployment", "db", 1),
                              ("StatefulSet", "web", 1)):  # fmt: skip
        one = labelled("Deployment", "apps/v1", "web", whole)
        found = findings(tmp_path, one, labelled(kind, "apps/v1", name, part))
        assert [each.rule.id for each in found] == ["illegal-selector"] * count


def test_common_labels_are_a_selector(tmp_path: Path) -> None:
    """Where kustomize adds them, none needs to be written; one that is must be right."""
    files = {"kustomization.yaml": kustomization("resources: [a.yaml]\ncommonLabels: {a: b}")}
    template = f"template: {{metadata: {{labels: {{a: b}}}}, {CONTAINERS}}}"
    for selector, count in (("", 0), ("selector: {}, ", 0), ("selector: {a: b}, ", 1)):
        files["a.yaml"] = labelled("Deployment", "apps/v1", "web", f"{{{selector}{template}}}")
        assert len(repository(tmp_path, files)) == count


def in_affinity(preferred: str, required: str) -> str:
    during = "DuringSchedulingIgnoredDuringExecution"
    terms = f"preferred{during}: [{{weight: 1, preference: {preferred}}}], "
    spec = f"{{affinity: {{nodeAffinity: {{{terms}required{during}: {required}}}}}}}"
    return labelled("Pod", "v1", "a", spec)


LEGAL_TERM = "{matchExpressions: [{key: disk, operator: Exists}]}"
LEGAL_TERMS = f"{{nodeSelectorTerms: [{LEGAL_TERM}]}}"


@pytest.mark.parametrize(
    ("term", "fix"),
    [
        # A term has no labels, so none are suggested.
        ("{disk: ssd}", "correct it: the API server refuses the object as it is"),
        ("{match_labels: {disk: ssd}}", "correct it: the API server refuses the object as it is"),
        ("{match_expressions: [{key: disk, operator: Exists}]}", "write matchExpressions"),
        ("{match_fields: [{key: metadata.name, operator: In, values: [a]}]}", "write matchFields"),
        ("{matchExpressions: [{key: disk, operator: In, values: ssd}]}",
         'write values: ["ssd"]'),
        ("{matchExpressions: [{key: '${X}', operator: Exists}]}",
         "substitute ${X} first, as envsubst does, and lint the result"),
    ],
)  # fmt: skip
def test_a_term_of_nodes(tmp_path: Path, term: str, fix: str) -> None:
    """The same is wrong with a term that is preferred, and with one that is required."""
    required = f"{{nodeSelectorTerms: [{LEGAL_TERM}, {term}]}}"
    for text in (in_affinity(term, LEGAL_TERMS), in_affinity(LEGAL_TERM, required)):
        found = findings(tmp_path, text)
        assert {one.rule.id for one in found} == {"illegal-selector"}
        assert found[0].fix == fix
        assert len({(one.path, one.message) for one in found}) == len(found)


def test_the_terms_of_nodes(tmp_path: Path) -> None:
    terms = LEGAL_TERMS.replace("nodeSelectorTerms", "node_selector_terms")
    found = findings(tmp_path, in_affinity(LEGAL_TERM, terms))
    fixes = [one.fix for one in found if one.path[-1] == "node_selector_terms"]
    assert fixes == ["write nodeSelectorTerms"]


@pytest.mark.parametrize(("kind", "version", "spec"), MATCH_LABELS_OF_ALL)
@pytest.mark.parametrize("name", ["match_labels", "match_expressions"])
def test_the_spelling_of_a_client(
    tmp_path: Path, kind: str, version: str, spec: str, name: str
) -> None:
    """No API server knows it, and labelsel reads it in each LabelSelector."""
    value = "{a: b}" if name == "match_labels" else "[{key: a, operator: Exists}]"
    text = labelled(kind, version, "a", spec.replace("SELECTOR", f"{{{name}: {value}}}"))
    (found,) = findings(tmp_path, text)
    meant = {"match_labels": "matchLabels", "match_expressions": "matchExpressions"}[name]
    assert (found.rule.id, found.path[-1]) == ("illegal-selector", name)
    assert found.message.endswith(f".{name}: unknown field; did you mean {meant}?")


@pytest.mark.parametrize(
    "text",
    [
        # A selector by its name may have more fields, and one label may have any name.
        labelled("Widget", "x.example/v1", "a",
                 "{selector: {matchLabels: {a: b}, match_expressions: [{key: a}]}}"),
        labelled("Pod", "v1", "a", "{nodeSelector: {match_labels: ssd, matchLabels: ssd}}"),
    ],
)  # fmt: skip
def test_what_has_other_fields(tmp_path: Path, text: str) -> None:
    assert [one for one in findings(tmp_path, text) if "did you mean" in one.message] == []


def test_labels_and_terms_in_a_map_of_labels(tmp_path: Path) -> None:
    """Each wrong value of a map has one finding, also under the name of a field."""
    inside = "{match_labels: {a: b}, nodeSelectorTerms: [{match_fields: []}]}"
    found = findings(tmp_path, labelled("Pod", "v1", "a", f"{{nodeSelector: {inside}}}"))
    assert [one.path[-1] for one in found] == ["match_labels", "nodeSelectorTerms"]


@pytest.mark.parametrize(
    ("text", "step"),
    [
        (labelled("StorageClass", "storage.k8s.io/v1", "a").replace(
            "spec: {}", "allowedTopologies: [{matchLabelExpressions: "
            "[{key: KEY, values: [a]}]}]"), "key"),
        (labelled("ResourceQuota", "v1", "a", "{scopeSelector: {matchExpressions: "
                  "[{scopeName: KEY, operator: Exists}]}}"), "scopeName"),
    ],
)  # fmt: skip
def test_terms_of_topologies_and_of_scopes(tmp_path: Path, text: str, step: str) -> None:
    (found,) = findings(tmp_path, text.replace("KEY", "'${X}'"))
    assert (found.path[-1], found.severity.value) == (step, "note")
    assert found.fix == "substitute ${X} first, as envsubst does, and lint the result"
    (found,) = findings(tmp_path, text.replace("KEY", "a b"))
    assert (found.path[-1], found.severity.value) == (step, "error")
    assert found.fix == "correct it: the API server refuses the object as it is"
    text = text.replace("KEY", "PriorityClass").replace("Exists", "In, values: [a]")
    (found,) = findings(tmp_path, text.replace("[a]", "a"))
    assert (found.path[-1], found.fix) == ("values", 'write values: ["a"]')


ONLY_LETTERS = "may hold only letters, digits, '-', '_' and '.', this one has"


@pytest.mark.parametrize(
    ("label", "messages"),
    [
        ("any:app: web", []),
        ("any:app: 'any:app'", [f"a value {ONLY_LETTERS} ':'"]),
        ("'any:/': x", ["a key's prefix must not be empty", "a key's name must not be empty"]),
        ("'any:a b': 'any:a b'", [
            f"a key's name {ONLY_LETTERS} ' '", f"a value {ONLY_LETTERS} ':'"]),
        ("any:app: [web]", ["a value must be a string, this is a list"]),
        ("'cidr:10.0.0.0/8': ''", []),
        ("'fqdn:*.example.com': ''", []),
        ("'cidr:10.0.0.0/8': a b", [f"a value {ONLY_LETTERS} ' '"]),
    ],
)  # fmt: skip
def test_a_label_of_cilium(tmp_path: Path, label: str, messages: list[str]) -> None:
    """Its key may begin with a source; the rest of it, and the value, must be a label's."""
    spec = f"{{endpointSelector: {{matchLabels: {{{label}}}}}}}"
    found = findings(tmp_path, labelled("CiliumNetworkPolicy", "cilium.io/v2", "a", spec))
    assert [one.message.partition("]: ")[2] for one in found] == messages


def test_a_key_of_cilium(tmp_path: Path) -> None:
    keys = ["any:app", "k8s:a/", "fqdn:*.example.com", "any:a b", "a b"]
    expressions = ", ".join(f"{{key: '{key}', operator: Exists}}" for key in keys)
    value = "{key: any:app, operator: In, values: ['any:app']}"
    spec = f"{{endpointSelector: {{matchExpressions: [{expressions}, {value}, x]}}}}"
    found = findings(tmp_path, labelled("CiliumNetworkPolicy", "cilium.io/v2", "a", spec))
    paths = [one.path[3:] for one in found]
    assert paths[:5] == [(1, "key"), (3, "key"), (4, "key"), (5, "values", 0), (6,)]
