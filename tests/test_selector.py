"""What a selector offers beside matching: its parts, its text, and text in its place."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given

from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Everything,
    Exists,
    In,
    InvalidObjectError,
    LabelselError,
    Not,
    NotEquals,
    Nothing,
    Or,
    Selector,
    SelectorSyntaxError,
    TranslationError,
    all_of,
    any_of,
    compile_predicate,
    from_labels,
    implies,
    is_disjoint,
    is_equivalent,
    is_satisfiable,
    overlaps,
    parse,
    parse_expression,
    simplify,
    to_expression,
    to_kubernetes,
    to_label_selector,
    to_node_selector,
)
from labelsel.explain import why
from labelsel.selector import as_selector
from tests.strategies import labels as drawn_labels
from tests.strategies import requirements, selectors

WEB = parse("app=web")


@pytest.mark.parametrize(
    ("selector", "leaves"),
    [
        (Everything(), ()),
        (And(()), ()),
        (WEB, (Equals("app", "web"),)),
        (parse("b,a=1"), (Equals("a", "1"), Exists("b"))),
        (And((And((Exists("b"), Everything())), Exists("a"))), (Exists("a"), Exists("b"))),
        (~WEB, (NotEquals("app", "web"),)),
        (Not(Or((WEB, Exists("debug")))), (NotEquals("app", "web"), DoesNotExist("debug"))),
        (Or((WEB,)), (WEB,)),
    ],
)
def test_requirements(selector: Selector, leaves: tuple[Selector, ...]) -> None:
    """A conjunction has requirements, which say together what it says."""
    found = selector.requirements()
    assert found == leaves
    assert is_equivalent(all_of(found), selector)


@pytest.mark.parametrize(
    "selector",
    [Nothing(), parse_expression("has(a) || has(b)"), Or(()), ~parse("a>5"), ~parse("a,b")],
)
def test_no_list_of_requirements(selector: Selector) -> None:
    """What is no conjunction has no list of requirements: it would select less or more."""
    with pytest.raises(TranslationError, match="only a conjunction of requirements has one"):
        selector.requirements()


def test_keys() -> None:
    """The keys are those that the selector names anywhere, each once."""
    assert parse_expression("!(has(a) || b == 'x') && a != 'y'").keys() == {"a", "b"}
    assert Everything().keys() == Nothing().keys() == frozenset()


def test_parse_and_format() -> None:
    """A selector is made from text and written as text, with the format of strings."""
    assert Selector.parse("app = web") == WEB
    assert f"{WEB}|{WEB:<9}|{WEB:>9}" == "app=web|app=web  |  app=web"
    with pytest.raises(ValueError, match="Unknown format code"):
        f"{WEB:d}"  # formatting is the test


@given(selectors(requirements()), drawn_labels())
def test_filter(selector: Selector, labels: dict[str, str]) -> None:
    """Filtering is matching, one after the other."""
    given_sets = [labels, {}, None, MappingProxyType(labels)]
    assert list(selector.filter(given_sets)) == [x for x in given_sets if selector.matches(x)]
    objects = [(number, labels) for number, labels in enumerate(given_sets)]
    found = selector.filter(objects, key=lambda item: item[1])
    assert [number for number, _ in found] == [
        number for number, labels in objects if selector.matches(labels)
    ]


def test_filter_refuses_what_is_no_label_set() -> None:
    """A whole object is refused, and never selected because it lacks a key."""
    whole: Any = {"metadata": {"labels": {}}}
    found = parse("!app").filter([{"debug": ""}, whole])
    assert next(found) == {"debug": ""}
    with pytest.raises(TypeError, match="labels must be a mapping of strings to strings"):
        next(found)


@pytest.mark.parametrize(
    "ask",
    [
        is_satisfiable, simplify, to_kubernetes, to_label_selector, to_node_selector, to_expression,
        lambda one: implies(one, one), lambda one: overlaps(one, "tier"),
        lambda one: is_disjoint("app!=web", one), lambda one: is_equivalent(one, "app in (web)"),
        WEB.implies, WEB.overlaps, WEB.is_equivalent, WEB.is_disjoint,
        lambda one: all_of(["tier", one]), lambda one: any_of([one, "tier"]),
        lambda one: Exists("a") & one, lambda one: one & Exists("a"),
        lambda one: Exists("a") | one, lambda one: one | Exists("a"),
        lambda one: compile_predicate(one)({"app": "web"}), lambda one: why(one, {"app": "web"}),
    ],
)  # fmt: skip
def test_text_in_place_of_a_selector(ask: Callable[[Any], object]) -> None:
    """Where a function takes a selector, it takes the text of one; a bad text is its error."""
    assert ask("app=web") == ask(WEB)
    with pytest.raises(SelectorSyntaxError):
        ask("app==web=")


def test_nodes_take_no_text() -> None:
    """The nodes themselves are built from nodes."""
    with pytest.raises(TypeError, match=r"got str 'app'; parse it with labelsel\.parse\(\)"):
        And((WEB, "app"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"got dict \{'a': 'b'\}; read it with labelsel\.from_lab"):
        as_selector({"a": "b"})


def test_from_labels() -> None:
    """Each label of a plain map is required; a map without labels selects nothing."""
    assert from_labels({"b": "", "a": "1"}) == all_of([Equals("a", "1"), Equals("b", "")])
    assert from_labels(None) == from_labels({}) == Nothing()
    assert from_labels({"a": None}) == Equals("a", "")


@pytest.mark.parametrize(
    "labels", ["app=web", ["app"], {"matchLabels": {"app": "web"}}, {"a b": "c"}, {"a": 5}]
)
def test_from_labels_refused(labels: object) -> None:
    """What is no map of legal labels is an error, never a part of a selector."""
    with pytest.raises(InvalidObjectError):
        from_labels(labels)


def test_one_parent_of_errors() -> None:
    """Every error of the library is a LabelselError, and a ValueError as before."""
    for bad in (lambda: parse("=="), lambda: from_labels([]), lambda: Nothing().requirements()):
        with pytest.raises(LabelselError) as raised:
            bad()
        assert isinstance(raised.value, ValueError)


def test_in_is_written_once() -> None:
    """A selector from a table of operators and one from text are the same."""
    obj = {"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "y"]}]}
    assert to_label_selector(In("a", ["x", "y"])) == obj
