"""Nodes are values: compared, hashed, sent, matched by pattern, joined, never changed."""

import copy
import dataclasses
import operator
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Everything,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LabelIndex,
    LessThan,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Selector,
    all_of,
    any_of,
    compile_predicate,
    parse,
    to_label_selector,
)
from labelsel.selector import holds, require_selector

A, B, C = Exists("a"), Exists("b"), Exists("c")
EACH: list[Selector] = [
    Everything(), Nothing(), A, DoesNotExist("a"), Equals("a", "1"), NotEquals("a", "1"),
    In("a", ["1", "2"]), NotIn("a", ["1"]), GreaterThan("a", "1"), LessThan("a", "1"),
    FieldEquals("a", "1"), FieldNotEquals("a", "1"), And((A, B)), Or((A, B)), Not(A),
]  # fmt: skip


@pytest.mark.parametrize("node", EACH, ids=repr)
def test_equal_to_itself_alone(node: Selector) -> None:
    """Nodes of the same kind and parts are equal and hash alike; all others differ."""
    assert [other for other in EACH if other == node] == [node]
    text: object = str(node)
    assert node != text
    again = copied(node)
    assert again == node
    assert hash(again) == hash(node)
    assert len({node, again}) == 1


def copied(node: Selector) -> Selector:
    """Return a node made anew from the parts of another."""
    return type(node)(
        **{f.name: getattr(node, f.name) for f in dataclasses.fields(node) if f.init}  # type: ignore[arg-type]  # every node is a dataclass
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Exists("a"), Exists("A")),
        (Equals("a", "1"), Equals("a", "01")),
        (GreaterThan("a", "7"), GreaterThan("a", "007")),
        (In("a", ["1"]), Equals("a", "1")),
        (In("a", [""]), In("a", [])),
        (NotEquals("a", "1"), Not(Equals("a", "1"))),
        (And((A, B)), And((B, A))),
        (And((A, B)), Or((A, B))),
        (And((A,)), A),
        (And((A, And((B, C)))), And((A, B, C))),
        (And(()), Everything()),
        (Or(()), Nothing()),
        (FieldEquals("a", "1"), Equals("a", "1")),
    ],
)
def test_equality_is_structure(one: Selector, other: Selector) -> None:
    """Selectors that mean the same but are written otherwise are not equal."""
    assert one != other


def test_what_takes_no_part_in_equality() -> None:
    """Where it stood, and that it was written `==`, is kept but makes no other selector."""
    written, made = parse(" a == 1"), Equals("a", "1")
    assert isinstance(written, Equals)
    assert (written, hash(written), repr(written)) == (made, hash(made), repr(made))
    assert (written.span, written.doubled, written.operator) == ((1, 7), True, "==")
    assert (made.span, made.doubled, made.operator) == (None, False, "=")
    assert In("a", ["1", "2"], span=(0, 5)) == In("a", {"2", "1"})


@pytest.mark.parametrize("node", [*EACH, parse("a==1,b in (x,y),c>5")], ids=repr)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(node: Selector, protocol: int) -> None:
    """Pickled and read again a node is the same, spans and `==` included, compiled or not."""
    for _ in range(2):
        again = pickle.loads(pickle.dumps(node, protocol))  # noqa: S301  # our own bytes
        assert again == node
        assert (str(again), repr(again), hash(again)) == (str(node), repr(node), hash(node))
        assert spans(again) == spans(node)
        node.matches({})  # now it holds a compiled function, which no pickle takes


def spans(node: Selector) -> list[object]:
    terms = node.terms if isinstance(node, And) else (node,)
    return [(getattr(term, "span", None), getattr(term, "doubled", None)) for term in terms]


@pytest.mark.parametrize("node", EACH, ids=repr)
def test_copies(node: Selector) -> None:
    """`copy` and `deepcopy` give equal nodes."""
    assert copy.copy(node) == copy.deepcopy(node) == node


@pytest.mark.parametrize("node", EACH, ids=repr)
def test_immutable(node: Selector) -> None:
    """No part of a node can be set or deleted, and no new one be hung on it."""
    node.matches({})
    for name in ("key", "value", "values", "terms", "term", "span", "depth", "_predicate", "new"):
        with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
            setattr(node, name, "x")
        with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
            delattr(node, name)
    assert not hasattr(node, "__dict__")


def test_patterns() -> None:
    """A `match` takes selectors apart, by place and by name."""

    def told(selector: Selector) -> str:
        match selector:
            case And((Equals("app", app), *others)):
                return f"app {app} and {len(others)} more"
            case Or((first, _)) | Not(first):
                return f"first {first}"
            case In(key, values):
                return f"{key}: {sorted(values)}"
            case Everything() | Nothing():
                return "plain"
            case GreaterThan(key="cores", bound=bound):
                return f"over {bound:,}"
            case _:
                return "other"

    assert told(parse("app=web,b,c")) == "app web and 2 more"
    assert told(A | B) == told(~A) == "first a"
    assert told(parse("x in (b,a)")) == "x: ['a', 'b']"
    assert told(parse("")) == told(Nothing()) == "plain"
    assert told(parse("cores>0005000")) == "over 5,000"
    assert told(DoesNotExist("x")) == "other"


def test_a_node_has_its_terms_and_no_more() -> None:
    """In its text, in comparisons, in patterns and in its construction."""
    for node, name in (And, "terms"), (Or, "terms"), (Not, "term"):
        fields = dataclasses.fields(node)
        for shown in "repr", "compare", "init":
            assert [each.name for each in fields if getattr(each, shown)] == [name]
        assert node.__match_args__ == (name,)
        assert repr(node((A,) if name == "terms" else A)).count("=") == 2  # type: ignore[arg-type]


def test_repr_is_code() -> None:
    """`repr` of a node evaluates to an equal one."""
    for node in EACH:
        assert eval(repr(node)) == node  # noqa: S307  # what repr is for


def test_one_order_in_every_process() -> None:
    """`repr`, `str` and what the index tells do not depend on the seed of string hashing."""
    script = (
        "import labelsel as l; s = l.parse('x in (e,d,c,b,a),y notin (q,p,o)');"
        "i = l.LabelIndex({k: {'x': k, 'y': v} for k in 'cadbe' for v in 'pz'});"
        "print(repr(s), s, list(i.select(s)), i.explain(s).text(times=False),"
        "i.label_values('x'), hash(1))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_terms_may_come_from_anywhere() -> None:
    """Terms and values are taken once, from any iterable, and kept as a tuple and a set."""

    def words() -> Iterator[str]:
        yield from "ab"

    assert And([A, B]) == And(iter((A, B))) == And((A, B))  # type: ignore[arg-type]  # more than is promised
    assert isinstance(Or([A]).terms, tuple)  # type: ignore[arg-type]
    assert In("x", words()).values == In("x", {"a": 1, "b": 2}).values == frozenset("ab")


BAD_ARGUMENTS: list[tuple[Callable[..., object], tuple[object, ...]]] = [
    (Exists, (None,)), (Exists, (b"a",)), (DoesNotExist, (1,)), (Exists, (["a"],)),
    (Equals, ("a", None)), (Equals, ("a", 1)), (Equals, (None, "a")), (NotEquals, ("a", b"1")),
    (Equals, ("a", "b", True)), (Exists, ("a", (0, 1))),
    (In, ("a", "abc")), (In, ("a", None)), (In, ("a", [None])), (In, ("a", [1])), (In, (1, ["a"])),
    (In, ("a", b"abc")), (In, ("a", 5)), (NotIn, ("a", [["a"]])), (NotIn, ("a", {"b", 1})),
    (GreaterThan, ("a", 5)), (LessThan, (None, "5")), (FieldEquals, ("a", None)),
    (FieldNotEquals, (None, "")), (And, (A,)), (And, (None,)), (And, ("ab",)), (And, ((A, "b"),)),
    (Or, ((None,),)), (Or, (5,)), (Not, (None,)), (Not, ("a",)), (Not, ((A,),)),
    (all_of, ([A, b"b"],)), (all_of, ([5],)), (all_of, (A,)), (all_of, ("ab",)),
    (any_of, ([b"a", B],)), (any_of, ([5],)), (any_of, (None,)), (any_of, ("ab",)),
    (operator.and_, (A, b"b")), (operator.and_, (5, B)), (operator.and_, (A, {"b"})),
    (operator.or_, (A, None)), (operator.or_, (None, A)), (operator.lt, (A, B)),
    (holds, ("a", {})), (holds, (None, {})), (compile_predicate, (b"a",)),
    (compile_predicate, (None,)), (compile_predicate, (Exists,)), (to_label_selector, (b"a",)),
    (to_label_selector, (None,)), (LabelIndex().select, (None,)), (LabelIndex().select, (b"a",)),
    (LabelIndex().count, (5,)), (LabelIndex().explain, ({"a": "b"},)),
]  # fmt: skip


@pytest.mark.parametrize(("called", "arguments"), BAD_ARGUMENTS)
def test_bad_arguments(called: Callable[..., object], arguments: tuple[object, ...]) -> None:
    """What is of the wrong kind is a TypeError where it comes in, not a strange answer later."""
    with pytest.raises(TypeError):
        called(*arguments)


@pytest.mark.parametrize("bound", ["", "five", "5.0", "1_000", " 5", "\uff15", str(2**63)])
def test_bad_bounds(bound: str) -> None:
    """A bound that is no whole number of 64 bits makes no requirement."""
    for node in (GreaterThan, LessThan):
        with pytest.raises(ValueError, match="a bound must be a whole number of 64 bits, not "):
            node("x", bound)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "expected a Selector, got int 5"),
        ("app", "expected a Selector, got str 'app'; parse it with labelsel.parse()"),
        ({}, ("expected a Selector, got dict {}; read it with labelsel.from_labels() or "
             "labelsel.from_label_selector()")),
    ],
)  # fmt: skip
def test_what_is_no_selector(value: object, message: str) -> None:
    """The hint is for what can be read as a selector, and for nothing else."""
    with pytest.raises(TypeError) as caught:
        require_selector(value)
    assert str(caught.value) == message
