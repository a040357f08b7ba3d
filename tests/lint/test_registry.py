"""The registry of rules: a rule is one decorated function, of ours or from outside."""

import copy
import pickle
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labelsel.kubernetes import read_manifests
from labelsel.lint import (
    RULES,
    Context,
    Finding,
    Rule,
    Severity,
    UnknownRuleError,
    lint_objects,
    make_finding,
    parse_rule_names,
    registry,
    rule,
    rules,
)
from labelsel.lint.formats.sarif import sarif
from tests.lint.manifests import labelled

PAGE = "https://labelsel.readthedocs.io/en/latest/lint.html"


@pytest.fixture
def _registry() -> Iterator[None]:
    """Remove the rules that a test adds."""
    before = dict(registry._RULES)
    yield
    registry._RULES.clear()
    registry._RULES.update(before)


def make_rule(name: str = "no-team", severity: Severity = Severity.WARNING) -> Rule:
    """A rule from outside: each object has a label ``team``."""

    @rule(name, severity, "An object has no team", docs="https://docs.example/no-team")
    def no_team(context: Context) -> Iterator[Finding]:
        for resource in context.resources:
            if "team" not in resource.labels:
                fix = "add a label team"
                yield make_finding(no_team, resource, ("metadata",), "no team", fix)

    return no_team


def test_an_unknown_rule_checks_nothing_and_is_refused() -> None:
    """The error names the rule and the nearest one."""
    with pytest.raises(
        UnknownRuleError, match=r'^"key-typpo" is not a rule; did you mean key-typo?'
    ):
        lint_objects([], ["illegal-label", "key-typpo"])
    with pytest.raises(UnknownRuleError, match=r'^"typo" is not a rule'):
        lint_objects([], {"typo"})
    assert lint_objects([], ["illegal-label,key-typo"]) == lint_objects([], RULES) == []


@pytest.mark.usefixtures("_registry")
def test_a_rule_from_outside(tmp_path: Path) -> None:
    """Lint reports what a rule finds that was defined outside; so do the formats."""
    path = tmp_path / "a.yaml"
    path.write_text(labelled("Pod", "v1", "a"))
    resources = list(read_manifests([path]))
    assert lint_objects(resources) == []
    made = make_rule()
    (found,) = lint_objects(resources)
    assert (found.rule, found.line, found.message) == (made, 5, "no team")
    assert lint_objects(resources, parse_rule_names(["key-typo"])) == []
    assert lint_objects(resources, parse_rule_names(["no-team"])) == [found]
    listed = sarif([found], "1")["runs"][0]["tool"]["driver"]["rules"]
    assert [each.get("helpUri") for each in listed if each["id"] == "no-team"] == [made.docs]


@pytest.mark.usefixtures("_registry")
@pytest.mark.parametrize("name", ["no-team", "key-typo"])
def test_two_rules_of_one_name(name: str) -> None:
    """A name that exists is refused: the rule of this name stays."""
    if name not in RULES:
        make_rule(name)
    before = dict(RULES)
    with pytest.raises(ValueError, match=f"^a rule named '{name}' exists already: choose another"):
        make_rule(name)
    assert dict(RULES) == before


@pytest.mark.parametrize("name", ["", "a,b", "A", "a_b", "a--b", "a:b", "-a", "a\n"])
def test_a_bad_name(name: str) -> None:
    """A name must be usable in an option and in a GitHub command."""
    with pytest.raises(ValueError, match=r"^a rule's name must be lower-case words joined by '-'"):
        make_rule(name)
    assert name not in RULES


@pytest.mark.usefixtures("_registry")
def test_the_order_of_rules() -> None:
    """Ours come first: what a selector selects, what the API server refuses, what is suspicious."""
    ours = list(RULES)
    assert ours[0] == "selects-nothing"
    assert ours.index("illegal-label") < ours.index("key-typo")
    assert [name.replace("-", "_") for name in ours][: len(rules._ORDER)] == rules._ORDER
    make_rule("aaa", Severity.ERROR)
    assert list(RULES) == [*ours, "aaa"]


@pytest.mark.usefixtures("_registry")
def test_loading_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each module of the folder is imported, in the order of the rules."""
    ours = list(RULES)
    registry._RULES.clear()
    for name in (each.replace("-", "_") for each in ours):
        monkeypatch.setattr(rules, name, getattr(rules, name))
        monkeypatch.delitem(sys.modules, f"{rules.__name__}.{name}")
    rules.load_rules()
    assert list(RULES) == ours


def test_a_file_for_each_rule() -> None:
    """The file of a rule has the name of the rule; if the rule has a page, it is its section."""
    files = {path.stem for path in Path(rules.__path__[0]).glob("[a-z]*.py")}
    assert files == {name.replace("-", "_") for name in RULES}
    assert {each.docs for each in RULES.values()} <= {"", *(f"{PAGE}#{n}" for n in RULES)}


def test_parse_rule_names() -> None:
    """A word that is no rule is an error that names the one that was meant, and all others."""
    assert parse_rule_names([]) == frozenset()
    assert parse_rule_names(["key-typo, illegal-label"]) == {"key-typo", "illegal-label"}
    with pytest.raises(UnknownRuleError) as caught:
        parse_rule_names(["key-typo,select-nothing"])
    assert str(caught.value).startswith('"select-nothing" is not a rule; did you mean selects-no')
    assert caught.value.word == "select-nothing"
    with pytest.raises(UnknownRuleError) as caught:
        parse_rule_names([""])
    assert str(caught.value).splitlines() == ['"" is not a rule', f"  rules: {', '.join(RULES)}"]


def test_findings_are_pickled(tmp_path: Path) -> None:
    """Another process can return its findings; a rule is found again by its name."""
    for name in RULES:
        assert pickle.loads(pickle.dumps(RULES[name])) is RULES[name]  # noqa: S301 - our own bytes
    path = tmp_path / "a.yaml"
    path.write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {a b: c}}\n")
    found = list(lint_objects(read_manifests([path], any_labels=True)))
    assert found
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes


@pytest.mark.usefixtures("_registry")
def test_a_rule_that_another_process_lacks() -> None:
    """A rule from outside is known only where its module is imported."""
    data = pickle.dumps(make_rule("aaa"))
    del registry._RULES["aaa"]
    with pytest.raises(UnknownRuleError, match='"aaa" is not a rule'):
        pickle.loads(data)  # noqa: S301 - our own bytes


def test_a_copy_of_the_error() -> None:
    """The error can be copied, however it was made."""
    assert copy.copy(UnknownRuleError(word="typo")).word == "typo"


@pytest.mark.usefixtures("_registry")
def test_findings_about_parts_that_are_not_there(tmp_path: Path) -> None:
    """They come before what is there; those about other objects count as about the first one."""

    @rule("odd", Severity.WARNING, "A rule looks at odd parts")
    def odd(context: Context) -> Iterator[Finding]:
        first, second = context.resources
        for resource, path in (
            (second, ("kind",)),
            (second, ("spec", "a", "b")),
            (first, ("metadata",)),
            (first, ("spec", "a", "b")),
            (replace(second), ()),
        ):
            yield make_finding(odd, resource, path, "odd", "none")

    path = tmp_path / "a.json"
    path.write_text(
        '{"kind": "List", "apiVersion": "v1", "items": ['
        '{"kind": "Pod", "apiVersion": "v1", "spec": null, "metadata": {"name": "a"}},'
        '{"kind": "Pod", "apiVersion": "v1", "spec": [], "metadata": {"name": "b"}}]}'
    )
    found = lint_objects(read_manifests([path], any_labels=True), {"odd"})
    assert [(one.resource.name, one.path) for one in found] == [
        ("b", ()),
        ("a", ("spec", "a", "b")),
        ("a", ("metadata",)),
        ("b", ("kind",)),
        ("b", ("spec", "a", "b")),
    ]


@pytest.mark.usefixtures("_registry")
def test_a_rule_that_needs_all_says_so() -> None:
    """Any other rule finds the same in a part of the input."""
    assert Rule("a", Severity.ERROR, "A", lambda _: iter(())).needs_all is False
    assert rule("b", Severity.ERROR, "B")(lambda _: iter(())).needs_all is False
    assert rule("c", Severity.ERROR, "C", needs_all=True)(lambda _: iter(())).needs_all is True
