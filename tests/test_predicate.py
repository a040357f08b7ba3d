"""The compiled function: what it reads, in which order, and what it cannot reach."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from labelsel import (
    And,
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Exists,
    GreaterThan,
    In,
    Not,
    NotEquals,
    NotIn,
    Or,
    Requirement,
    Selector,
    StartsWith,
    compile_predicate,
    parse,
    parse_fields,
)


class Recorded(Mapping[str, str]):
    """Labels that note which keys they are asked for, and cannot be walked through."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.labels = labels
        self.asked: list[str] = []

    def __getitem__(self, key: str) -> str:
        self.asked.append(key)
        return self.labels[key]

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError

    __len__ = __iter__  # type: ignore[assignment]  # neither is ever to be called


READ: list[tuple[Selector, Mapping[str, str], list[str]]] = [
    (parse(""), {"a": "1"}, []),
    (parse("a=1"), {"a": "1", "b": "2"}, ["a"]),
    (parse("b=2,a=1"), {"a": "1", "b": "2"}, ["b", "a"]),  # as written: that is cheaper by habit
    (parse("b=2,a=1"), {"a": "1"}, ["b"]),
    (parse("c,b in (2),a!=1"), {"b": "2", "c": ""}, ["c", "b", "a"]),
    (parse("c,b in (2),a!=1"), {"b": "3", "c": ""}, ["c", "b"]),
    (parse("c,b in (2),a!=1"), {}, ["c"]),
    (Equals("b", "2") & Equals("a", "1"), {"a": "1", "b": "2"}, ["a", "b"]),
    (parse("c,b") & Equals("a", "1"), {"a": "1", "b": "", "c": ""}, ["a", "b", "c"]),
    (parse_fields("b=2,a=1"), {"a": "1", "b": "2"}, ["b", "a"]),
    # Two texts: both requirements stand at the same place.
    (parse("b=2") & parse("a=1"), {"a": "1", "b": "2"}, ["a", "b"]),
    (Or((Exists("b"), Exists("a"))), {"b": ""}, ["b"]),
    (Or((Exists("b"), Exists("a"))), {}, ["b", "a"]),
    (And(()), {}, []),
    (Not(GreaterThan("a", "5")), {"a": "7"}, ["a"]),
]


@pytest.mark.parametrize(("selector", "labels", "asked"), READ)
def test_what_is_read(selector: Selector, labels: Mapping[str, str], asked: list[str]) -> None:
    """Only keys that the selector names are asked for, each once, until the answer is known.

    A checked predicate reads a mapping that is no dict as a whole first.
    """
    recorded = Recorded(labels)
    answer = compile_predicate(selector, checked=False)(recorded)
    assert recorded.asked == asked
    assert answer is selector.matches(labels)


@pytest.mark.parametrize(
    "word",
    ["labels", "allows_0", "predicate", "None", "True", "'", '"""', "\\", "\n", "{labels}", "%s",
     "__import__('os')", "\ud800", "\0", "", "\u2028", "#"],
)  # fmt: skip
def test_words_are_never_code(word: str) -> None:
    """Keys and values are constants: whatever they hold, they are only compared."""
    selector = And((Equals(word, word), In(word, [word, "x"]), Exists(word)))
    predicate = compile_predicate(selector)
    assert predicate({word: word}) is True
    assert predicate({word: "x"}) is False
    assert predicate({"other": word}) is predicate(None) is False


def test_the_function_reaches_nothing() -> None:
    """It has no builtins and no names but those of the operators it cannot write itself."""
    selector = parse("a=1,b>5,c<3")
    own = {"__builtins__", "allows_0", "allows_1"}
    checking = {"AttributeError", "TypeError", "type", "dict", "require_labels"}
    for predicate, names in (
        (compile_predicate(selector, checked=False), own),
        (compile_predicate(selector), own | checking),
    ):
        function: Any = predicate
        assert function.__globals__["__builtins__"] == {}
        assert set(function.__globals__) == names
        assert function.__closure__ is None


@pytest.mark.parametrize(
    "selector",
    [Equals("a", "1"), NotEquals("a", "1"), In("a", ["1", "12"]), NotIn("a", ["1", "12"]),
     Exists("a"), DoesNotExist("a"), Contains("a", "1"), Contains("a", ""), StartsWith("a", "1"),
     StartsWith("a", ""), EndsWith("a", "1"), EndsWith("a", "")],
)  # fmt: skip
def test_operators_that_are_written_and_not_called(selector: Requirement) -> None:
    """Only numbers and regular expressions need a call of `allows` for each object."""
    predicate: Any = compile_predicate(selector)
    assert "allows_0" not in predicate.__globals__
    for value in ("1", "12", "21", "2", "", None):
        labels = {} if value is None else {"a": value}
        assert predicate(labels) is selector.allows(value)


def test_answers_are_booleans() -> None:
    """True or False, never a truthy value that came up on the way."""
    texts = ["", "a", "!a", "a=1", "a!=1", "a in (1)", "a notin (1)", "a>1", "a<1", "a,!b,a>0"]
    for text in texts:
        predicate = compile_predicate(parse(text))
        assert {type(predicate(labels)) for labels in ({"a": "1"}, {"a": ""}, {}, None)} == {bool}


def test_matches_compiles_once() -> None:
    """`matches` compiles at its first call and keeps the function, also in equal texts."""
    selector = parse("compiled=once")
    selector.matches({})
    first: Any = selector._predicate
    compiled: Any = compile_predicate(selector)
    assert first.__code__ == compiled.__code__
    selector.matches({})
    assert selector._predicate is first is parse("compiled=once")._predicate
