"""Each condition of the parts that the rules of lint share: the case beside the usual one."""

import pytest

from labelsel import parse
from labelsel.errors import SkippedWarning
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.lint.ignore_comments import find_ignore_comments
from labelsel.lint.kustomizations import Kustomizations
from labelsel.lint.selector_parts import requires_nothing, without_met
from labelsel.lint.selector_problems import selector_problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a: 1\n", []),
        ("a: 1 # labelsel: a tool\n", []),
        ("a: 1 # labelsel ignore this\n", []),
        ("a: 1 # labelsel: ignore this\n", [(1, 1)]),
        ("# labelsel: ignore[x]\na: 1\n", [(1, 2)]),
        ("# labelsel: ignore[x]\n# more\n\na: 1\n", [(1, 3)]),
        ("a: 1\n# labelsel: ignore[x]", [(2, 3)]),
        ("a: 1# labelsel: ignore[x]\n", []),
        ("a: |\n  # labelsel: ignore[x]\nb: 1 # labelsel: ignore[y]\n", [(3, 3)]),
        ("a: 1 # LABELSEL: ignore[x]\n", [(1, 1)]),
    ],
)
def test_the_lines_of_comments(text: str, expected: list[tuple[int, int]]) -> None:
    assert [(one.line, one.target) for one in find_ignore_comments(text)] == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("env=prod", ""),
        ("env=test", "env=test"),
        ("tier=prod", "tier=prod"),
        ("env,app", "app"),
    ],
)
def test_what_added_labels_meet(selector: str, expected: str) -> None:
    assert str(without_met(parse(selector), [("env", "prod")])) == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [(None, True), ({}, True), ({"matchLabels": {}}, True), ({"a": 1}, False), ([], False)],
)
def test_a_selector_without_requirements(selector: Data, *, expected: bool) -> None:
    assert requires_nothing(selector) is expected


@pytest.mark.parametrize(
    ("syntax", "selector", "paths"),
    [
        (Syntax.CILIUM, {"matchLabels": {"any:a b": "x"}}, [("matchLabels", "any:a b")]),
        (Syntax.CILIUM, {"matchLabels": {"any:app": "x"}}, []),
        (Syntax.CILIUM, {"matchLabels": {"app": "any:a"}}, [("matchLabels", "app")]),
        (Syntax.WILDCARDS, {"matchLabels": {"app": "a*"}}, []),
        (Syntax.WILDCARDS, {"match_labels": {"app": "a*"}}, []),
        (Syntax.WILDCARDS, {"match_labels": {"app": "a b"}}, [("match_labels", "app")]),
        (Syntax.WILDCARDS, {"matchLabels": {"app": "a b"}}, [("matchLabels", "app")]),
        (Syntax.WILDCARDS, {"matchLabels": {"app": 1}}, [("matchLabels", "app")]),
        (Syntax.WILDCARDS, {"matchLabels": {"app": "{{ x }}"}}, []),
        (Syntax.WILDCARDS, {"matchExpressions": "*"}, [("matchExpressions",)]),
        (Syntax.TOPOLOGY_TERM, {"matchLabelExpressions": [{"key": "a", "values": []}]},
         [("matchLabelExpressions", 0, "values")]),
        (Syntax.TOPOLOGY_TERM, {"matchLabelExpressions": [{"key": "a", "values": "b"}]},
         [("matchLabelExpressions", 0, "values")]),
        (Syntax.TOPOLOGY_TERM, {"matchLabelExpressions": [{"key": "a", "values": ["b"]}]}, []),
    ],
)  # fmt: skip
def test_the_parts_that_are_refused(
    syntax: Syntax, selector: Data, paths: list[tuple[object, ...]]
) -> None:
    found = selector_problems(SelectorField(("spec", "selector"), selector, syntax))
    assert [one.path for one in found] == paths


@pytest.mark.parametrize(
    ("body", "labels", "namespaces", "is_open"),
    [
        ({"commonLabels": {"a": "b", "c": 1, 2: "d"}}, {("a", "b")}, set(), False),
        ({"commonLabels": ["a"], "labels": "a"}, set(), set(), False),
        ({"labels": [{"pairs": {"a": "b"}, "includeTemplates": True}, "x"]}, {("a", "b")}, set(),
         False),
        ({"labels": [{"pairs": {"a": "b"}}]}, set(), set(), False),
        ({"namespace": "shop"}, set(), {"shop"}, False),
        ({"namespace": ""}, set(), set(), False),
        ({"namespace": 1}, set(), set(), False),
        ({"patches": [{"patch": "a: b"}]}, set(), set(), True),
    ],
)  # fmt: skip
def test_what_a_kustomization_does(
    body: dict[str, Data],
    labels: set[tuple[str, str]],
    namespaces: set[str],
    *,
    is_open: bool,
) -> None:
    data = {"resources": ["w.yaml"], **body}
    found = Kustomizations([SkippedWarning("a/kustomization.yaml", "", data=data)], ["a/w.yaml"])
    assert found.pod_labels("a/w.yaml") == labels
    assert found.namespaces("a/w.yaml") == namespaces
    assert found.is_open("a/w.yaml") is is_open


@pytest.mark.parametrize(
    ("entry", "is_open"),
    [("w.yaml", False), ("missing.yaml", True), ("https://x.example/w.yaml", True)],
)
def test_an_entry_of_a_kustomization(entry: str, *, is_open: bool) -> None:
    data: Data = {"resources": ["w.yaml", entry]}
    files = ["a/w.yaml", "a/https:/x.example/w.yaml"]
    found = Kustomizations([SkippedWarning("a/kustomization.yaml", "", data=data)], files)
    assert found.is_open("a/w.yaml") is is_open


@pytest.mark.parametrize(
    ("kind", "version", "expected"),
    [
        ("Kustomization", "kustomize.config.k8s.io/v1beta1", True),
        ("Kustomization", "kustomize.toolkit.fluxcd.io/v1", False),
        ("Deployment", "kustomize.config.k8s.io/v1beta1", False),
    ],
)
def test_a_kustomization_under_another_name(kind: str, version: str, *, expected: bool) -> None:
    data = {"kind": kind, "apiVersion": version, "resources": ["w.yaml"], "namespace": "shop"}
    found = Kustomizations([SkippedWarning("a/k.yaml", "", data=data)], ["a/w.yaml"])
    assert found.sets_namespace("a/w.yaml") is expected


def test_a_patch_of_several_lines_is_no_file() -> None:
    data: Data = {"resources": ["a\nb"], "patchesStrategicMerge": ["a\nb", 3, "p.yaml"]}
    known = SkippedWarning("kustomization.yaml", "", data=data)
    found = Kustomizations([known], ["p.yaml", "w.yaml"])
    assert found.is_patch("p.yaml")
    assert not found.is_patch("a\nb")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: | # labelsel: ignore[x]\n  text\n@\n", [1]),
        ("| # labelsel: ignore[x]\n text\n", [1]),
        ("a: 'x'# labelsel: ignore[x]\n@\n", [1]),
        # No character of this text is read.
        ("# labelsel: ignore[x]\n\x01", []),
    ],
)
def test_comments_before_a_fault(text: str, lines: list[int]) -> None:
    """A comment counts up to the end of the last token that is read."""
    assert [one.line for one in find_ignore_comments(text)] == lines


NAME = "a key's name may hold only letters, digits, '-', '_' and '.', this one has ' '"
PREFIX = "a key's prefix may hold only lower-case letters, digits, '-' and '.', this one has ' '"
VALUE = "a value may hold only letters, digits, '-', '_' and '.', this one has"
NO_SELECTOR = "must be an object with matchLabels and matchExpressions, not"


@pytest.mark.parametrize(
    ("syntax", "selector", "problems"),
    [
        (Syntax.CILIUM, {"matchLabels": {"k8s:a b/c d": "x"}}, [PREFIX, NAME]),
        (Syntax.CILIUM, {"matchExpressions": [{"key": "k8s:a b", "operator": "Exists"}]}, [NAME]),
        (Syntax.CILIUM, {"matchExpressions": [{"key": 5, "operator": "Exists"}]},
         ["a key must be a string, this is the number 5"]),
        (Syntax.CILIUM, {"matchLabels": {"cidr:1/2/3 4": "", "fqdn:a b": ""}}, []),
        (Syntax.CILIUM, {"matchLabels": {"k8s:a": "k8s:a"}}, [f"{VALUE} ':'"]),
        (Syntax.CILIUM, {"matchLabels": {"a": "k8s:a"}}, [f"{VALUE} ':'"]),
        (Syntax.CILIUM, "k8s:a", [f"{NO_SELECTOR} 'k8s:a'"]),
        (Syntax.WILDCARDS, "app*", [f"{NO_SELECTOR} 'app*'"]),
        (Syntax.WILDCARDS, {"matchLabels": "app*"}, ["must be an object of strings, not 'app*'"]),
        (Syntax.WILDCARDS, {"matchLabels": {"a": "<b c>", "d": "e f"}}, [f"{VALUE} ' '"]),
        (Syntax.WILDCARDS, {"matchExpressions": [{"key": "a b*", "operator": "Exists"}]}, [NAME]),
        (Syntax.CALICO, "=web", ["not a selector in Calico's language: found '='"]),
        (Syntax.CALICO, "a = 'b'", ["not a selector in Calico's language: found '=' behind 'a '"]),
        (Syntax.CALICO, "a ==", ["not a selector in Calico's language: the text ends too early"]),
    ],
)  # fmt: skip
def test_each_fault_is_told_of_once(syntax: Syntax, selector: Data, problems: list[str]) -> None:
    """All faults of a part, and no fault of another part with the same text."""
    found = selector_problems(SelectorField(("spec", "selector"), selector, syntax))
    assert [one.problem for one in found] == problems


@pytest.mark.parametrize(
    ("selector", "paths"),
    [
        (["a"], [()]),
        ({"matchLabels": {"a": "b c"}, "more": 1}, [("matchLabels", "a")]),
        ({"matchLabels": {"a": "b*", "c": "{{ d }}"}}, []),
        ({"matchExpressions": [{"key": "a", "operator": "exists"}]},
         [("matchExpressions", 0, "operator")]),
        ({"matchExpressions": [{"key": "a", "operator": "Like"}]}, []),
        ({"matchExpressions": [{"key": "a", "operator": 5}]}, []),
    ],
)  # fmt: skip
def test_what_is_certain_in_a_kind_that_is_not_known(
    selector: Data, paths: list[tuple[object, ...]]
) -> None:
    """Further fields, wildcards and operators may be legal there."""
    field = SelectorField(("spec", "selector"), selector, Syntax.LABEL_SELECTOR, by_name=True)
    assert [one.path for one in selector_problems(field)] == paths


def test_an_overlay_that_comes_before_its_base() -> None:
    """The order in which the files are read changes nothing."""
    head = {"kind": "Kustomization", "apiVersion": "kustomize.config.k8s.io/v1beta1"}
    bodies: dict[str, Data] = {
        "a": {"resources": ["w.yaml"], "components": ["../none"]},
        "b": {"resources": ["../a"]},
        "c": {"resources": ["../b"], "namespace": "shop"},
    }
    for names in ("abc", "cba"):
        documents = [
            SkippedWarning(f"{name}/kustomization.yaml", "", data={**head, **bodies[name]})
            for name in names
        ]
        known = Kustomizations(documents, ["a/w.yaml"])
        assert known.namespaces("a/w.yaml") == {"shop"}
        assert known.roots("a/w.yaml") == {known.paths.folder("c")}


@pytest.mark.parametrize(
    ("scope", "takes_values"),
    [
        ("BestEffort", False),
        ("CrossNamespacePodAffinity", True),
        ("NotBestEffort", False),
        ("NotTerminating", False),
        ("PriorityClass", True),
        ("Terminating", False),
        ("VolumeAttributesClass", True),
    ],
)
def test_the_operators_of_a_scope(scope: str, *, takes_values: bool) -> None:
    """Some scopes have no values; each may only be asked for."""
    for operator, values in (("In", ["a"]), ("NotIn", ["a"]), ("Exists", []), ("DoesNotExist", [])):
        expression = {"scopeName": scope, "operator": operator, "values": values}
        selector: Data = {"matchExpressions": [expression]}
        found = selector_problems(SelectorField(("spec",), selector, Syntax.SCOPE_SELECTOR))
        is_legal = takes_values or operator == "Exists"
        problem = f"must be Exists for the scope {scope}"
        assert [one.problem for one in found] == ([] if is_legal else [problem])
