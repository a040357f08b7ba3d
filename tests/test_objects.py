"""LabelSelector and NodeSelector objects, in every form they come in: rules 16 to 20."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest
from kubernetes.client import (
    V1LabelSelector,
    V1LabelSelectorRequirement,
    V1NodeSelector,
    V1NodeSelectorRequirement,
    V1NodeSelectorTerm,
)

from labelsel import (
    Everything,
    Exists,
    Nothing,
    Selector,
    from_label_selector,
    from_node_selector,
    node_labels,
    parse,
)
from labelsel.objects import NODE_NAME
from tests.evaluators import evaluate


def expression(key: object, operator: object, *values: object) -> dict[str, object]:
    """Return an expression as JSON has it."""
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


FULL = {
    "matchLabels": {"tier": "db", "app": "web"},
    "matchExpressions": [
        expression("app", "In", "web", "api"),
        expression("debug", "DoesNotExist"),
        expression("tier", "NotIn", "cache", ""),
        expression("zone", "Exists"),
    ],
}
FULL_TEXT = "app=web,app in (api,web),!debug,tier=db,tier notin (,cache),zone"
MODEL = V1LabelSelector(
    match_labels={"tier": "db", "app": "web"},
    match_expressions=[
        V1LabelSelectorRequirement(key="app", operator="In", values=["web", "api"]),
        V1LabelSelectorRequirement(key="debug", operator="DoesNotExist"),
        V1LabelSelectorRequirement(key="tier", operator="NotIn", values=["cache", ""]),
        V1LabelSelectorRequirement(key="zone", operator="Exists"),
    ],
)


@dataclass
class OwnSelector:
    """A user's own model of a LabelSelector, in camelCase."""

    matchLabels: Mapping[str, str] | None = None  # noqa: N815  # that is the point


@dataclass
class OldModel:
    """A model as older releases of the official client have it: snake_case, no mapping."""

    match_labels: Mapping[str, str] | None = None
    match_expressions: list[object] | None = None


@dataclass
class OldExpression:
    """An expression of such a model."""

    key: str
    operator: str
    values: list[str] | None = None


SAME: list[tuple[object, str]] = [
    ({}, ""),
    ({"matchLabels": None, "matchExpressions": None}, ""),
    ({"matchLabels": {}, "matchExpressions": []}, ""),
    ({"matchLabels": {"x": ""}}, "x="),
    ({"matchLabels": {"b": "1", "a": "2"}}, "a=2,b=1"),
    ({"matchExpressions": (expression("a", "Exists"),)}, "a"),
    ({"matchExpressions": [{**expression("a", "Exists"), "values": []}]}, "a"),
    ({"matchExpressions": [{**expression("a", "Exists"), "values": None}]}, "a"),
    ({"matchExpressions": [expression("a", "In", "")]}, "a in ()"),
    ({"matchExpressions": [expression("a", "In", "b", "b")]}, "a in (b)"),
    ({"matchExpressions": [expression("a", "Exists")], "matchLabels": {"a": "1"}}, "a=1,a"),
    (FULL, FULL_TEXT),
    ({"match_labels": FULL["matchLabels"], "match_expressions": FULL["matchExpressions"]},
     FULL_TEXT),
    # Go decodes a null into a string as the empty one.
    ({"matchLabels": {"a": None}}, "a="),
    ({"matchExpressions": [expression("a", "In", "x", None)]}, "a in (,x)"),
    ({"match_labels": {"a": "1"}, "matchLabels": None}, "a=1"),
    ({"matchLabels": {"a": "1"}, "match_labels": None}, "a=1"),
    ({"match_labels": None, "matchLabels": {"a": "1"}}, "a=1"),
    ({"matchLabels": None, "match_labels": {"a": "1"}}, "a=1"),
    (MappingProxyType({"matchLabels": OrderedDict(a="1")}), "a=1"),
    (V1LabelSelector(), ""),
    (MODEL, FULL_TEXT),
    (MODEL.to_dict(), FULL_TEXT),
    ({"matchLabels": MODEL.match_labels, "matchExpressions": MODEL.match_expressions}, FULL_TEXT),
    (OwnSelector({"a": "1"}), "a=1"),
    (OwnSelector(), ""),
    (OldModel({"a": "1"}, [OldExpression("b", "In", ["c"]), OldExpression("a", "Exists")]),
     "a=1,a,b in (c)"),
    ({"matchExpressions": [OldExpression("b", "Exists"), expression("a", "Exists")]}, "a,b"),
]  # fmt: skip


@pytest.mark.parametrize(("obj", "text"), SAME)
def test_label_selectors(obj: object, text: str) -> None:
    """A dict in either spelling, a model, and a mix of both mean what the text says."""
    selector = from_label_selector(obj)
    assert selector == parse(text)
    assert str(selector) == text


def test_null_and_empty() -> None:
    """Null selects nothing, the empty object everything: the difference that bites."""
    sets = [{}, {"a": "1"}]
    assert evaluate(from_label_selector(None), sets) == [False, False]
    assert evaluate(from_label_selector({}), sets) == [True, True]
    assert (from_label_selector(None), from_label_selector({})) == (Nothing(), Everything())


def test_the_object_is_not_kept() -> None:
    """What becomes of the object later does not change the selector."""
    values = ["a"]
    obj = {"matchExpressions": [{"key": "x", "operator": "In", "values": values}]}
    selector = from_label_selector(obj)
    values.append("b")
    obj.clear()
    assert str(selector) == "x in (a)"


def node_selector(*terms: object) -> dict[str, object]:
    """Return a NodeSelector as JSON has it."""
    return {"nodeSelectorTerms": list(terms)}


def term(*expressions: object, fields: list[object] | None = None) -> dict[str, object]:
    """Return a term of a NodeSelector."""
    return {"matchExpressions": list(expressions), "matchFields": fields}


def field(operator: str, value: str, key: str = "metadata.name") -> dict[str, object]:
    """Return an expression about a node's field."""
    return expression(key, operator, value)


N1 = node_labels("n1", {"zone": "a", "gpus": "4"})
N2 = node_labels("n2", {"zone": "b"})
NAMELESS = node_labels("", {"zone": "a"})
NODES = [N1, N2, NAMELESS]

NODE_CASES: list[tuple[str, object, list[int]]] = [
    ("18 no terms", {}, [0, 0, 0]),
    ("18 no terms", {"nodeSelectorTerms": None}, [0, 0, 0]),
    ("18 no terms", node_selector(), [0, 0, 0]),
    ("18 only empty terms", node_selector({}, term(), {"matchExpressions": None}), [0, 0, 0]),
    ("18 an empty term", node_selector({}, term(expression("gpus", "Exists"))), [1, 0, 0]),
    ("18 terms are ORed", node_selector(
        term(expression("zone", "In", "b")), term(expression("gpus", "Exists"))), [1, 1, 0]),
    ("18 expressions are ANDed", node_selector(
        term(expression("zone", "In", "a"), expression("gpus", "DoesNotExist"))), [0, 0, 1]),
    ("18 Gt", node_selector(term(expression("gpus", "Gt", "3"))), [1, 0, 0]),
    ("18 Gt", node_selector(term(expression("gpus", "Gt", "4"))), [0, 0, 0]),
    ("18 Lt", node_selector(term(expression("gpus", "Lt", "005"))), [1, 0, 0]),
    ("18 In of an empty value", node_selector(term(expression("gpus", "In", ""))), [0, 0, 0]),
    ("18 NotIn of an absent key", node_selector(term(expression("gpus", "NotIn", "4"))), [0, 1, 1]),
    ("19 In", node_selector(term(fields=[field("In", "n1")])), [1, 0, 1]),
    ("19 NotIn", node_selector(term(fields=[field("NotIn", "n1")])), [0, 1, 1]),
    ("19 In of an empty name", node_selector(term(fields=[field("In", "")])), [0, 0, 1]),
    ("19 unknown fields", node_selector(term(fields=[field("In", "n1", "spec.x")])), [0, 0, 1]),
    ("19 unknown fields", node_selector(term(fields=[field("In", "", "spec.x")])), [1, 1, 1]),
    ("19 unknown fields", node_selector(term(fields=[field("NotIn", "", "")])), [0, 0, 1]),
    ("19 unknown fields", node_selector(term(fields=[field("NotIn", "a", "x y")])), [1, 1, 1]),
    ("19 any name", node_selector(term(fields=[field("In", "not a label value!")])), [0, 0, 1]),
    ("19 both", node_selector(
        term(expression("zone", "Exists"), fields=[field("NotIn", "n2")])), [1, 0, 1]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "obj", "matches"), NODE_CASES)
def test_node_selectors(rule: str, obj: object, matches: list[int]) -> None:
    """A node selector means what the rule says, on every evaluator, read strictly and lazily."""
    for strict in (True, False):
        answers = evaluate(from_node_selector(obj, strict=strict), NODES)
        assert list(map(int, answers)) == matches, rule


def test_node_selectors_of_the_official_client() -> None:
    """Models and their dicts mean what the JSON says."""
    model = V1NodeSelector(
        node_selector_terms=[
            V1NodeSelectorTerm(
                match_expressions=[
                    V1NodeSelectorRequirement(key="gpus", operator="Gt", values=["3"])
                ],
                match_fields=[
                    V1NodeSelectorRequirement(key="metadata.name", operator="In", values=["n1"])
                ],
            ),
            V1NodeSelectorTerm(),
        ]
    )
    expected = from_node_selector(
        node_selector(term(expression("gpus", "Gt", "3"), fields=[field("In", "n1")]))
    )
    forms: list[Any] = [model, model.to_dict()]
    forms.append({"nodeSelectorTerms": model.node_selector_terms})
    forms.append({"node_selector_terms": [t.to_dict() for t in model.node_selector_terms]})
    assert [from_node_selector(form) for form in forms] == [expected] * 4
    assert evaluate(expected, NODES) == [True, False, False]


BAD_TERMS = [
    None,
    5,
    {"matchLabels": {"zone": "a"}},
    term(expression("zone", "Exists"), None),
    term(expression("zone", "Exists"), expression("zone", "In")),
    term(expression("zone", "Exists"), expression("gpus", "Gt", "x")),
    term(expression("zone", "Exists"), expression("gpus", "Gt", 3)),
    term(expression("zone", "Exists"), expression("gpus", "Gt", "-1")),
    term(expression("zone", "Exists"), {**expression("gpus", "Exists"), "more": 1}),
    term(expression("zone", "Exists"), fields=[field("Exists", "")]),
    term(expression("zone", "Exists"), fields=[expression("metadata.name", "In", "n1", "n2")]),
]


@pytest.mark.parametrize("bad", BAD_TERMS, ids=repr)
def test_the_lazy_reading(bad: object) -> None:
    """Rule 20: a bad term counts for nothing, as a whole; the good ones are what matches."""
    good = term(expression("gpus", "Exists"))
    alone = from_node_selector(node_selector(bad), strict=False)
    beside = from_node_selector(node_selector(bad, good, bad), strict=False)
    assert alone == Nothing()
    assert beside == Exists("gpus")


def test_node_labels() -> None:
    """A node is its labels, and its name under a key that no label can have."""
    assert node_labels("n1", None) == {NODE_NAME: "n1"}
    assert node_labels("", None) == node_labels("", {}) == {}
    labels = {"a": "b"}
    assert node_labels("n1", labels) == {"a": "b", NODE_NAME: "n1"}
    assert labels == {"a": "b"}
    with_name: Selector = from_node_selector(node_selector(term(fields=[field("In", "n1")])))
    assert not with_name.matches({NODE_NAME: "n2", "metadata.name": "n1"})
