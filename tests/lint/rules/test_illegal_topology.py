"""Rule illegal-topology: spread constraints and affinity to other pods that are refused."""

from pathlib import Path

import pytest

from tests.lint.manifests import findings, labelled

ZONE = "topologyKey: zone"
SPREAD = f"{ZONE}, whenUnsatisfiable: DoNotSchedule"
SELECTOR = "labelSelector: {matchLabels: {app: web}}"
EXPRESSION = "labelSelector: {matchExpressions: [{key: app, operator: Exists}]}"
KEY_FIX = "write the key of a label of nodes, such as topology.kubernetes.io/zone"
NO_SELECTOR = "needs a labelSelector: the keys only restrict what that selects"
ACTIONS = "must be DoNotSchedule or ScheduleAnyway"
NAME_FAULT = "a key's name may hold only letters, digits, '-', '_' and '.', this one has ' '"
BAD_SPREAD = [
    (f"whenUnsatisfiable: DoNotSchedule, {SELECTOR}", "", "there must be a topologyKey", KEY_FIX),
    (f"topologyKey: '', whenUnsatisfiable: DoNotSchedule, {SELECTOR}", ".topologyKey",
     "there must be a topologyKey", KEY_FIX),
    (f"topologyKey: a zone, whenUnsatisfiable: DoNotSchedule, {SELECTOR}", ".topologyKey",
     NAME_FAULT, KEY_FIX),
    (f"{ZONE}, {SELECTOR}", "", "there must be a whenUnsatisfiable",
     "write whenUnsatisfiable: DoNotSchedule or ScheduleAnyway"),
    (f"{ZONE}, whenUnsatisfiable: DontSchedule, {SELECTOR}", ".whenUnsatisfiable",
     f"{ACTIONS}, not 'DontSchedule'", "write whenUnsatisfiable: DoNotSchedule"),
    (f"{SPREAD}, matchLabelKeys: [app]", ".matchLabelKeys", NO_SELECTOR,
     "add a labelSelector that selects the pods"),
    (f"{SPREAD}, {SELECTOR}, matchLabelKeys: [app]", ".matchLabelKeys[0]",
     "'app' is in labelSelector, too", "take it out of matchLabelKeys or of labelSelector"),
    (f"{SPREAD}, {EXPRESSION}, matchLabelKeys: [version, app]", ".matchLabelKeys[1]",
     "'app' is in labelSelector, too", "take it out of matchLabelKeys or of labelSelector"),
    (f"{SPREAD}, {SELECTOR}, matchLabelKeys: [my app]", ".matchLabelKeys[0]", NAME_FAULT,
     "write the key of a label of the pods"),
]  # fmt: skip
BAD_TERMS = [
    (SELECTOR, "", "there must be a topologyKey", KEY_FIX),
    (f"{ZONE}, mismatchLabelKeys: [app]", ".mismatchLabelKeys", NO_SELECTOR,
     "add a labelSelector that selects the pods"),
    (f"{ZONE}, {SELECTOR}, matchLabelKeys: [a], mismatchLabelKeys: [a]", ".matchLabelKeys[0]",
     "'a' is in mismatchLabelKeys, too", "take it out of matchLabelKeys or of mismatchLabelKeys"),
]  # fmt: skip
GOOD_SPREAD = [
    f"{SPREAD}, {SELECTOR}",
    f"{SPREAD}, labelSelector: {{}}, matchLabelKeys: [app]",
    f"{SPREAD}, {SELECTOR}, matchLabelKeys: [pod-template-hash]",
    f"topologyKey: example.com/zone, whenUnsatisfiable: ScheduleAnyway, {EXPRESSION}",
]
GOOD_TERMS = [
    f"{ZONE}, {SELECTOR}",
    f"{ZONE}, {SELECTOR}, matchLabelKeys: [a], mismatchLabelKeys: [b]",
    f"{ZONE}, {SELECTOR}, mismatchLabelKeys: [app]",
]
LABELS = "{app: web}"


def pod(spec: str, *, image: str = ", image: b") -> str:
    """A pod with the spec on line 6, in which a constraint or a term is on line 7."""
    containers = f"containers: [{{name: a{image}}}]"
    return labelled("Pod", "v1", "a", f"{{{containers}, {spec}}}", labels="app: web")


def spread(constraint: str) -> str:
    return f"topologySpreadConstraints: [\n{{{constraint}}}]"


def term(text: str) -> str:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    return f"affinity: {{podAffinity: {{{required}: [\n{{{text}}}]}}}}"


def preferred(text: str) -> str:
    kind = "preferredDuringSchedulingIgnoredDuringExecution"
    weighted = f"[{{weight: 1, podAffinityTerm: \n{{{text}}}}}]"
    return f"affinity: {{podAntiAffinity: {{{kind}: {weighted}}}}}"


@pytest.mark.parametrize(("constraint", "path", "message", "fix"), BAD_SPREAD)
def test_a_refused_constraint(
    tmp_path: Path, constraint: str, path: str, message: str, fix: str
) -> None:
    (found,) = findings(tmp_path, pod(spread(constraint)))
    assert (found.rule.id, found.line, found.fix) == ("illegal-topology", 7, fix)
    assert found.message == f"spec.topologySpreadConstraints[0]{path}: {message}"


@pytest.mark.parametrize(("text", "path", "message", "fix"), BAD_TERMS)
def test_a_refused_term(tmp_path: Path, text: str, path: str, message: str, fix: str) -> None:
    for spec in (term(text), preferred(text)):
        (found,) = findings(tmp_path, pod(spec))
        assert (found.rule.id, found.fix) == ("illegal-topology", fix)
        assert found.message.endswith(f"{path}: {message}")


def test_what_is_accepted(tmp_path: Path) -> None:
    for constraint in GOOD_SPREAD:
        assert findings(tmp_path, pod(spread(constraint))) == []
    for text in GOOD_TERMS:
        assert findings(tmp_path, pod(term(text))) == []
        assert findings(tmp_path, pod(preferred(text))) == []


def test_what_is_no_map(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, pod("topologySpreadConstraints: [zone]"))
    assert found.message == "spec.topologySpreadConstraints[0]: must be a map, not 'zone'"


def test_a_patch_may_lack_parts(tmp_path: Path) -> None:
    """Without an image it is laid over a pod that has them; what is there must be legal."""
    assert findings(tmp_path, pod(spread(SELECTOR), image="")) == []
    assert len(findings(tmp_path, pod(spread("whenUnsatisfiable: No"), image=""))) == 1
    assert len(findings(tmp_path, pod(spread("whenUnsatisfiable: No"), image=""))) == 1


def test_custom_kinds(tmp_path: Path) -> None:
    """There the operator may complete what is missing, and replace placeholders."""
    for spec in (
        spread(SELECTOR),
        spread("topologyKey: '{{ key }}'"),
        term(SELECTOR),
        preferred(SELECTOR),
    ):
        assert findings(tmp_path, labelled("Widget", "example.com/v1", "a", f"{{{spec}}}")) == []
    for spec in (
        spread("topologyKey: a b"),
        term("topologyKey: a b"),
        preferred("topologyKey: a b"),
    ):
        text = labelled("Widget", "example.com/v1", "a", f"{{{spec}}}")
        assert [one.rule.id for one in findings(tmp_path, text)] == ["illegal-topology"]


def test_a_certain_fix(tmp_path: Path) -> None:
    text = f"{ZONE}, {SELECTOR}, whenUnsatisfiable: doNotSchedule"
    (found,) = findings(tmp_path, pod(spread(text)))
    assert found.edit is not None
    assert (found.edit.operation, found.edit.text) == ("replace", "DoNotSchedule")


def test_a_custom_kind_with_whole_pods(tmp_path: Path) -> None:
    """Also where a selector and an image show that it is no patch, parts may be missing."""
    text = labelled(
        "Widget", "example.com/v1", "a",
        "{selector: {matchLabels: {app: web}}, containers: [{image: web}], "
        f"{spread(SELECTOR)}}}",
    )  # fmt: skip
    assert findings(tmp_path, text) == []


def test_one_fault_of_a_key(tmp_path: Path) -> None:
    """A key has one finding, also if its prefix and its name are wrong."""
    text = f"topologyKey: /, whenUnsatisfiable: DoNotSchedule, {SELECTOR}, matchLabelKeys: [/]"
    found = findings(tmp_path, pod(spread(text)))
    assert [one.path[3:] for one in found] == [("topologyKey",), ("matchLabelKeys", 0)]
    assert {one.message.partition(": ")[2] for one in found} == {"a key's prefix must not be empty"}


def test_a_placeholder_in_a_key(tmp_path: Path) -> None:
    text = "topologyKey: '${KEY}', whenUnsatisfiable: DoNotSchedule, labelSelector: {}"
    (found,) = findings(tmp_path, pod(spread(text)))
    assert found.unsure
    assert found.fix == "substitute ${KEY} first, as envsubst does, and lint the result"


def test_only_a_word_is_corrected(tmp_path: Path) -> None:
    """A key that reads like a word of the API is no word."""
    text = f"{SPREAD}, labelSelector: {{matchLabels: {{app: web, doNotSchedule: a}}}}"
    found = findings(tmp_path, pod(spread(f"{text}, matchLabelKeys: [doNotSchedule]")))
    (edit,) = (one.edit for one in found if one.rule.id == "illegal-topology")
    assert edit is None
