"""Rule illegal-toleration: each refused part on its line with a fix; what is accepted is fine."""

from pathlib import Path

import pytest

from tests.lint.manifests import findings, labelled

NO_KEY = "without a key the operator must be Exists, which tolerates every taint"
KEY_FIX = "write the key as it is in the taints of the nodes"
EFFECTS = "must be NoSchedule, PreferNoSchedule or NoExecute"
BAD = [
    ("{key: g p, operator: Exists}", "key",
     "a key's name may hold only letters, digits, '-', '_' and '.', this one has ' '", KEY_FIX),
    ("{key: 5, operator: Exists}", "key", "a key must be a string, this is the number 5", KEY_FIX),
    ("{key: a, operator: In, value: b}", "operator", "must be Equal or Exists, not 'In'",
     "write operator: Equal or Exists"),
    ("{key: a, operator: exists}", "operator", "must be Equal or Exists, not 'exists'",
     "write operator: Exists"),
    ("{key: a, operator: [Exists]}", "operator", "must be Equal or Exists, not ['Exists']",
     "write operator: Equal or Exists"),
    ("{operator: Equal, value: b}", "operator", NO_KEY,
     "write the key of a taint, or operator: Exists"),
    ("{effect: NoSchedule}", "", NO_KEY, "write the key of a taint, or operator: Exists"),
    ("{key: a, operator: Exists, value: b}", "value",
     "must be empty: the operator Exists tolerates every value",
     "take the value out, or write operator: Equal"),
    ("{key: a, value: b c}", "value",
     "a value may hold only letters, digits, '-', '_' and '.', this one has ' '", "write b-c"),
    ("{key: a, value: true}", "value", "a value must be a string, this is the boolean true",
     'write "true", in quotes'),
    ("{key: a, value: 'b/c'}", "value",
     "a value may hold only letters, digits, '-', '_' and '.', this one has '/'",
     "write a value of letters, digits, '-', '_' and '.'"),
    ("{key: a, value: '${GPU}'}", "value",
     "a value may hold only letters, digits, '-', '_' and '.', this one has '$'",
     "substitute ${GPU} first, as envsubst does, and lint the result"),
    ("{key: a, operator: Gt, value: '1.5'}", "value",
     "must be a whole number of 64 bits, not '1.5'", "write a whole number, in quotes"),
    ("{key: a, operator: Exists, effect: noexecute}", "effect", f"{EFFECTS}, not 'noexecute'",
     "write effect: NoExecute"),
    ("{key: a, operator: Exists, effect: NoSchedule, tolerationSeconds: 5}", "tolerationSeconds",
     "only a toleration with effect: NoExecute may have tolerationSeconds",
     "write effect: NoExecute, or take tolerationSeconds out"),
    ("{key: a, operator: Exists, efect: NoSchedule}", "efect",
     "unknown field; did you mean effect?", "write effect"),
    ("{key: a, operator: Exists, zzz: NoSchedule}", "zzz",
     "unknown field; known are key, operator, value, effect, tolerationSeconds", "take zzz out"),
    ("gpu", "", "must be a map, not 'gpu'", "write a map with a key and an effect"),
]  # fmt: skip
GOOD = [
    "{operator: Exists}",
    "{key: gpu, operator: Exists, effect: NoSchedule}",
    "{key: example.com/gpu, value: a100}",
    "{key: gpu, operator: Equal, value: ''}",
    "{key: gpu, operator: Exists, value: ''}",
    "{key: gpu, operator: Exists, value: }",
    "{key: sla, operator: Gt, value: '950', effect: NoExecute, tolerationSeconds: 0}",
    "{key: '', operator: Exists, effect: ''}",
]


@pytest.mark.parametrize(("toleration", "name", "message", "fix"), BAD)
def test_a_refused_toleration(
    tmp_path: Path, toleration: str, name: str, message: str, fix: str
) -> None:
    spec = f"{{tolerations: [{{key: a}}, \n{toleration}]}}"
    (found,) = findings(tmp_path, labelled("Pod", "v1", "a", spec))
    path = f"spec.tolerations[1]{'.' if name else ''}{name}"
    assert (found.rule.id, found.message, found.fix) == (
        "illegal-toleration", f"{path}: {message}", fix
    )  # fmt: skip
    assert found.line == 7


def test_accepted_tolerations(tmp_path: Path) -> None:
    spec = f"{{tolerations: [{', '.join(GOOD)}]}}"
    assert findings(tmp_path, labelled("Pod", "v1", "a", spec)) == []


TAINTS = [
    ("{key: a b, effect: NoSchedule}", "[0].key",
     "a key's name may hold only letters, digits, '-', '_' and '.', this one has ' '"),
    ("{effect: NoSchedule}", "[0]", "a taint must have a key"),
    ("{key: '', effect: NoSchedule}", "[0].key", "a taint must have a key"),
    ("{key: a, value: b/c, effect: NoSchedule}", "[0].value",
     "a value may hold only letters, digits, '-', '_' and '.', this one has '/'"),
    ("{key: a, effect: NoRun}", "[0].effect", f"{EFFECTS}, not 'NoRun'"),
    ("{key: a}", "[0]", f"the effect {EFFECTS}"),
    ("{key: a, effect: NoSchedule, operator: Exists}", "[0].operator",
     "unknown field; known are key, value, effect, timeAdded"),
]  # fmt: skip


@pytest.mark.parametrize(("taint", "path", "message"), TAINTS)
def test_a_refused_taint(tmp_path: Path, taint: str, path: str, message: str) -> None:
    (found,) = findings(tmp_path, labelled("Node", "v1", "a", f"{{taints: [{taint}]}}"))
    assert (found.rule.id, found.message) == ("illegal-toleration", f"spec.taints{path}: {message}")


def test_an_accepted_taint(tmp_path: Path) -> None:
    taints = "{taints: [{key: example.com/gpu, value: a100, effect: NoSchedule}]}"
    assert findings(tmp_path, labelled("Node", "v1", "a", taints)) == []


@pytest.mark.parametrize(
    ("kind", "version", "spec"),
    [
        ("RuntimeClass", "node.k8s.io/v1", "{}\nscheduling: {tolerations: [{key: a, effect: No}]}"),
        ("Deployment", "apps/v1",
         ("{selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, "
          "spec: {tolerations: [{key: a, effect: No}]}}}")),
        ("NodePool", "karpenter.sh/v1",
         "{template: {spec: {startupTaints: [{key: a, effect: No}]}}}"),
        ("ResourceFlavor", "kueue.x-k8s.io/v1beta1", "{nodeTaints: [{key: a, effect: No}]}"),
        ("Prometheus", "monitoring.coreos.com/v1", "{tolerations: [{key: a, effect: No}]}"),
    ],
)  # fmt: skip
def test_other_kinds(tmp_path: Path, kind: str, version: str, spec: str) -> None:
    """Tolerations and taints are found in every kind by the name of their list."""
    (found,) = findings(tmp_path, labelled(kind, version, "a", spec))
    assert found.rule.id == "illegal-toleration"
    legal = spec.replace("No}", "NoExecute}")
    assert findings(tmp_path, labelled(kind, version, "a", legal)) == []


def test_a_custom_kind_is_not_known_well(tmp_path: Path) -> None:
    """Further fields and placeholders may be legal there."""
    spec = "{tolerations: [{key: a, operator: '{{ .op }}', more: x}], taints: ['a=b:NoSchedule']}"
    assert findings(tmp_path, labelled("Widget", "example.com/v1", "a", spec)) == []


def test_a_certain_fix(tmp_path: Path) -> None:
    """A word of the API with one typo, or in other letter case, can be corrected by itself."""
    spec = (
        "{tolerations: [{key: a, operator: exist, effect: noSchedule}, {key: b, operator: In}, "
        "{key: c, efect: NoSchedule}]}"
    )
    found = findings(tmp_path, labelled("Pod", "v1", "a", spec))
    edits = [one.edit.text if one.edit else None for one in found]
    assert edits == ["Exists", "NoSchedule", None, "effect"]


def test_a_taint_of_a_custom_kind(tmp_path: Path) -> None:
    """Further fields are taken there, and what is known must be right."""
    taint = "{key: a, effect: NoSchedule, more: x}"
    text = labelled("NodePool", "karpenter.sh/v1", "a", f"{{taints: [{taint}]}}")
    assert findings(tmp_path, text) == []
    (found,) = findings(tmp_path, text.replace("NoSchedule", "No"))
    assert found.path[-1] == "effect"
