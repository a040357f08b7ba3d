"""What a label set is: one rule for whoever takes labels, and one message where it is broken."""

import enum
import re
from collections import Counter, OrderedDict, UserDict
from collections.abc import Callable, Mapping
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest

from labelsel import (
    Everything,
    GreaterThan,
    LabelIndex,
    LiveIndex,
    Not,
    Nothing,
    Selector,
    SelectorIndex,
    compile_predicate,
    parse,
    parse_expression,
    parse_fields,
    parse_matchers,
)
from labelsel.labels import require_labels
from labelsel.selector import holds

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web-1", "labels": {"app": "web"}},
    "spec": {"nodeName": "n1"},
}

MAPPING = "labels must be a mapping of strings to strings"

#: Whatever asks one selector about one label set: whether it is selected.
ASK: dict[str, Callable[[Selector, Any], bool]] = {
    "matches": lambda selector, labels: selector.matches(labels),
    "compile_predicate": lambda selector, labels: compile_predicate(selector)(labels),
    "holds": holds,
    "filter": lambda selector, labels: bool(list(selector.filter([labels]))),
    "why": lambda selector, labels: bool(selector.why(labels)),
    "matching": lambda selector, labels: 1 in SelectorIndex({1: selector}).matching(labels),
    "any_matching": lambda selector, labels: SelectorIndex({1: selector}).any_matching(labels),
    "difference": lambda selector, labels: bool(
        SelectorIndex({1: selector}).difference({"?": "?"}, labels or {})[1]
        or SelectorIndex({1: selector}).difference(labels or {}, None)[0]
    ),
    "LabelIndex": lambda selector, labels: LabelIndex({1: labels}).count(selector) == 1,
    "LabelIndex, one by one": lambda selector, labels: one_by_one(labels).count(selector) == 1,
    "exchange": lambda selector, labels: exchanged(labels).count(selector) == 1,
    "LiveIndex": lambda selector, labels: bool(
        LiveIndex[int, int](selectors={1: selector}).set_item(1, labels).started
    ),
    "LiveIndex, many": lambda selector, labels: bool(
        LiveIndex[int, int](selectors={1: selector}).update_items({1: labels}).started
    ),
}


def one_by_one(labels: Any) -> LabelIndex[int]:
    index: LabelIndex[int] = LabelIndex()
    index[1] = labels
    return index


def exchanged(labels: Any) -> LabelIndex[int]:
    index = LabelIndex({1: {"?": "?"}})
    index.exchange(1, labels)
    return index


#: Each holds for a label set that has nothing of what it names.
NEGATIVE = [
    parse("!app"),
    parse("app!=web"),
    parse("app notin (web)"),
    parse("!app,tier!=db"),
    Not(GreaterThan("app", "5")),
    Everything(),
    parse_fields("metadata.name!=web-1"),
    parse_matchers('{app!="web"}'),
]

NO_LABEL_SETS: list[Mapping[Any, Any]] = [
    POD,
    POD["metadata"],  # type: ignore[list-item]  # a dict, as the next one
    {"a": 1},
    {"a": None},
    {"a": True},
    {"a": ["b"]},
    {"a": {}},
    {"a": b"b"},
    {1: "a"},
    {None: "a"},
    {b"a": "b"},
    {("a",): "b"},
    {"good": "good", "a": 0.5},
    Counter("ab"),
    OrderedDict(a=1),
    UserDict({"a": 1}),
    MappingProxyType({"a": 1}),
]


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize("labels", NO_LABEL_SETS, ids=str)
def test_a_mapping_that_is_no_label_set(ask: Callable[..., bool], labels: Any) -> None:
    """Nothing is selected because a whole object, or a part of one, lacks what is named."""
    for selector in NEGATIVE:
        with pytest.raises(TypeError, match=rf"^{MAPPING}: "):
            ask(selector, labels)


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize(
    "labels", [5, True, "app=web", "app", b"app", ["app"], [("a", "b")], {"app"}, 1.5, object()]
)
def test_what_is_no_mapping(ask: Callable[..., bool], labels: Any) -> None:
    """A TypeError also where the answer would be no."""
    for selector in (*NEGATIVE, parse("app"), parse("x=y"), parse("x>1"), Nothing()):
        with pytest.raises(TypeError, match=rf"^{MAPPING}, not "):
            ask(selector, labels)


@pytest.mark.parametrize("empty", [0, "", (), [], set(), False], ids=repr)
@pytest.mark.parametrize("ask", [ask for name, ask in ASK.items() if name != "difference"])
def test_only_none_stands_for_no_labels(ask: Callable[..., bool], empty: Any) -> None:
    """What is empty is not taken for no labels."""
    assert ask(parse("!app"), None)
    with pytest.raises(TypeError, match=rf"^{MAPPING}, not "):
        ask(parse("!app"), empty)


class Key(enum.StrEnum):
    """Keys and values that people keep in enumerations."""

    APP = "app"
    WEB = "web"


class Text(str):
    """A string that is never equal to one with the same characters."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = str.__hash__


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize(
    "labels",
    [
        {Key.APP: Key.WEB},
        {Key.APP: "web"},
        {"app": Key.WEB},
        {Text("app"): Text("web")},
        OrderedDict(app="web"),
        UserDict({Key.APP: "web"}),
        MappingProxyType({"app": "web"}),
    ],
    ids=repr,
)
def test_strings_and_mappings_with_a_class_of_their_own(
    ask: Callable[..., bool], labels: Mapping[str, str]
) -> None:
    """They count as their characters: what is there is never taken to be absent."""
    assert not ask(parse("!app"), labels)
    assert not ask(parse("app!=web"), labels)
    assert not ask(parse("app notin (web)"), labels)
    assert not ask(parse("app notin (web,x),!b"), labels)
    assert ask(parse("app!=x,!b"), labels)


def test_two_keys_with_the_same_characters() -> None:
    """Which of them counts nobody can tell."""
    labels = {"app": "web", Text("app"): "db"}
    with pytest.raises(TypeError, match="two keys have the same characters, in "):
        require_labels(labels)
    index = LabelIndex({1: {"app": "web"}})
    with pytest.raises(TypeError, match="two of the labels to change have the same characters"):
        index.patch(1, labels)
    index.patch(1, {Key.APP: Key.WEB, "b": None, "c": Key.WEB})
    assert index[1] == {"app": "web", "c": "web"}
    assert {type(text) for pair in index[1].items() for text in pair} == {str}


def test_a_plain_dict_is_not_copied() -> None:
    """It is returned itself; anything else is read once, into a dict."""
    labels = {"app": "web", "": "\ud800"}
    assert require_labels(labels) is labels
    assert require_labels(None) == {}
    for other in (OrderedDict(labels), MappingProxyType(labels), {Key.APP: "web", "": "\ud800"}):
        copy = require_labels(other)
        assert copy == labels
        assert type(copy) is dict


def test_a_bulk_of_label_sets_keeps_no_class() -> None:
    """Many label sets at once are coded by their characters, too: one code for one value."""
    for key, value in ((Text, Text), (str, Text), (Text, str)):
        index = LabelIndex({n: {key("app"): value("web"), "n": str(n)} for n in range(3)})
        index.update({3: {"app": "web"}})
        assert index.count("app=web") == 4
        assert {type(text) for label in index[0].items() for text in label} == {str}
        index.check_invariants()


WHOLE = (
    ": the value of 'metadata' is {'name': 'web-1',"
    " 'labels': {'app': 'web'}} (dict). This looks like a whole object: pass its labels,"
    " obj['metadata'].get('labels'), or for a field selector its fields, {'metadata.name': 'web-1'}"
)


class Shouting:
    """An object whose text has lines of its own."""

    def __repr__(self) -> str:
        return "Shouting\n::error file=x::\x1b[0m"


class Silent:
    """An object that has no text."""

    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"metadata": POD["metadata"]}, WHOLE),
        (
            POD["metadata"],
            (
                ": the value of 'labels' is {'app': 'web'} (dict). This looks like the metadata of"
                " an object: pass its labels, metadata['labels']"
            ),
        ),
        (
            {"app": None},
            ": the value of 'app' is None. Write '' for a label without a value",
        ),
        (
            {"app": "web", 7: "x"},
            ": the key is 7 (int)",
        ),
        (
            "app=web",
            ", not 'app=web' (str). Pass the labels as a dict, {'app': 'web'}",
        ),
        (5, ", not 5 (int)"),
        (
            Shouting(),
            (
                ", not"
                r" Shouting\n::error file=x::\x1b[0m (Shouting)"
            ),
        ),
        (
            Silent(),
            ", not something that cannot be shown, of type Silent (Silent)",
        ),
        (
            SimpleNamespace(metadata=SimpleNamespace(labels={})),
            (
                ", not namespace(metadata=namespace("
                "labels={})) (SimpleNamespace). Pass the labels of the object, obj.metadata.labels"
            ),
        ),
    ],
)
def test_messages(labels: Any, message: str) -> None:
    """What was passed, what is wrong with it, and what to pass."""
    for check in (require_labels, parse("").matches, one_by_one):
        with pytest.raises(TypeError) as caught:
            check(labels)
        assert str(caught.value) == MAPPING + message


def test_unchecked() -> None:
    """`checked=False` is for labels that are known to be strings: nothing is looked at."""
    assert compile_predicate(parse("!app"), checked=False)(POD) is True  # type: ignore[arg-type]  # that is the point
    assert compile_predicate(parse("!app"), checked=False)(None) is True


@pytest.mark.parametrize("checked", [True, False])
def test_a_no_reads_nothing_else(*, checked: bool) -> None:
    """Of a dict that is not selected no other label is looked at: that keeps the check cheap."""
    labels: Any = {"app": "db", "other": 5}
    assert compile_predicate(parse("app=web"), checked=checked)(labels) is False


@pytest.mark.parametrize(
    ("selector", "value"),
    [
        (parse("app>0"), 1),
        (parse("app>0"), b"7"),
        (parse("app in (web)"), ["web"]),
        (parse_expression("app starts with 'w'"), b"web"),
        (parse_expression("app ends with 'b'"), 5),
        (parse_expression("app contains 'e'"), 5),
    ],
)
def test_a_value_that_an_operator_cannot_take(selector: Selector, value: object) -> None:
    """The error speaks of the labels, not of what an operator did with the value."""
    labels: Any = {"app": value}
    for selects in (selector.matches, compile_predicate(selector)):
        with pytest.raises(
            TypeError, match="labels must be a mapping of strings to strings: the v"
        ):
            selects(labels)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({3: "a"}, "label key must be a string, not 3"),
        ({None: None}, "label key must be a string, not None"),
        ({"b": None, 3: "a"}, "label key must be a string, not 3"),
        ({"a": 3}, "label 'a': value must be a string, or None to remove the label, not 3"),
        ({"a": False}, "label 'a': value must be a string, or None to remove the label, not False"),
        ({"b": None, "a": b"x"}, "label 'a': value must be a string, or None to remove the label"),
    ],
)
def test_changes_that_are_no_labels(changes: Any, message: str) -> None:
    """Nothing is changed."""
    index = LabelIndex({1: {"app": "web", "b": "c"}})
    with pytest.raises(TypeError, match=re.escape(message)):
        index.patch(1, changes)
    assert index[1] == {"app": "web", "b": "c"}
