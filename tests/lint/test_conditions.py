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
