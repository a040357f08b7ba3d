"""What selectors select: rules 12 to 14 and 23, case by case on every evaluator."""

import re
from dataclasses import fields
from typing import Any, NamedTuple

import pytest

from labelsel import (
    And,
    Contains,
    DoesNotExist,
    EndsWith,
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
    Requirement,
    Selector,
    SelectorIndex,
    StartsWith,
    parse,
    parse_fields,
)
from labelsel.requirements import OPERATORS, _Listed, name_operators
from tests.evaluators import EVALUATORS, Labels, evaluate

MAX, MIN = str(2**63 - 1), str(-(2**63))


class Case(NamedTuple):
    """A selector, label sets that it selects, others that it does not, and the rule."""

    rule: str
    selector: str | Selector
    selected: list[Labels]
    others: list[Labels]


def x(*values: str) -> list[Labels]:
    """Label sets that have these values of the key x."""
    return [{"x": value} for value in values]


# What reads as no number of 64 bits, though it looks like one.
NO_NUMBERS = x("", "5.0", " 5", "5 ", "5\n", "1_000", "\uff15", "\u0665", "0x10", "1e3", "+", "-",
               "--5", "+-5", "five", "9" * 19, "9" * 5000)  # fmt: skip

KUBERNETES = [
    Case("12 absent", "x=a", x("a"), [{}, {"X": "a"}, {"y": "a"}, *x("", "A", "a ", "b")]),
    Case("12 absent", "x==a", x("a"), [{}, {"y": "a"}, *x("", "b")]),
    Case("12 absent", "x!=a", [{}, {"y": "a"}, *x("", "b", "A")], x("a")),
    Case("12 absent", "x in (a,b)", x("a", "b"), [{}, {"y": "a"}, *x("", "c", "a,b", "ab")]),
    Case("12 absent", "x notin (a,b)", [{}, {"y": "a"}, *x("", "c")], x("a", "b")),
    Case("12 absent", "x", x("", "a"), [{}, {"y": ""}]),
    Case("12 absent", "!x", [{}, {"y": ""}, {"X": ""}], x("", "a")),
    Case("12 absent", "x>0", x("1"), [{}, {"y": "1"}]),
    Case("12 absent", "x<9", x("1"), [{}, {"y": "1"}]),
    Case("12 empty", "x=", x(""), [{}, *x("a", " ", "\0")]),
    Case("12 empty", "x==", x(""), [{}, *x("a")]),
    Case("12 empty", "x!=", [{}, *x("a", " ")], x("")),
    Case("12 empty", "x in ()", x(""), [{}, *x("a")]),
    Case("12 empty", "x in (,)", x(""), [{}, *x("a", ",")]),
    Case("12 empty", "x in (a,)", x("a", ""), [{}, *x("b")]),
    Case("12 empty", "x in (,a)", x("a", ""), [{}, *x("b")]),
    Case("12 empty", "x in (a,,b)", x("a", "", "b"), [{}, *x("c")]),
    Case("12 empty", "x notin ()", [{}, *x("a")], x("")),
    Case("12 empty", "x notin (a,)", [{}, *x("b")], x("a", "")),
    Case("13 number", "x>5", x("6", "+6", "006", "10", MAX), [*x("5", "-6", MIN), *NO_NUMBERS]),
    Case("13 number", "x<5", x("4", "-5", "+4", "000", "-0", MIN), [*x("5", "05"), *NO_NUMBERS]),
    Case("13 zeros", "x>007", x("8", "0" * 5000 + "8"), x("7", "0" * 5000 + "7", "0" * 5000)),
    Case("13 edge", f"x>{2**63 - 2}", x(MAX, f"+{MAX}"), x(str(2**63), str(2**63 - 2), MIN)),
    Case("13 edge", f"x>{MAX}", [], [{}, *x(MAX, str(2**63), "9" * 30)]),
    Case("13 edge", "x<0", x(MIN, "-1", "-0001"), x(str(-(2**63) - 1), "-0", "0", f"-{'9' * 30}")),
    Case("14 contradiction", "x=a,x=b", [], [{}, *x("a", "b", "")]),
    Case("14 contradiction", "x,!x", [], [{}, *x("a", "")]),
    Case("14 contradiction", "x>5,x<6", [], [{}, *x("5", "6")]),
    Case("14 repeated", "x!=a,x!=b", [{}, *x("c", "")], x("a", "b")),
    Case("14 repeated", "x>1,x<5,x!=3", x("2", "4", "+3"), [{}, *x("1", "3", "5")]),
    Case("14 all", "x=a,y=b", [{"x": "a", "y": "b"}], [{}, {"x": "a"}, {"y": "b"}]),
    Case("14 all", "x=a,!y,z", [{"x": "a", "z": ""}], [{}, {"x": "a", "y": "", "z": ""}, *x("a")]),
    Case("5 blank", " \t\r\n", [{}, {"x": ""}], []),
    Case("11 free labels", "x!=a", [{"x": "a b", "": "", "!": "("}], [{"x": "a", "a b": "\ud800"}]),
]  # fmt: skip

FIELDS = [
    Case("23 absent", "x=", [{}, *x("")], x("a")),
    Case("23 absent", "x==", [{}, *x("")], x("a")),
    Case("23 absent", "x!=", x("a", " "), [{}, *x("")]),
    Case("23 absent", "x=a", x("a"), [{}, *x("", "b")]),
    Case("23 absent", "x!=a", [{}, *x("", "b")], x("a")),
    Case("21 not trimmed", "x = a", [{"x ": " a"}], [{"x": "a"}, {"x ": "a"}, {}]),
    Case("21 empty terms", ",x=a,,", x("a"), [{}, *x("b")]),
    Case("21 lone operators", "=,==,!=", [{}, *x("a"), {"": "a"}], []),
    Case("21 no name", "=a", [{"": "a"}], [{}, *x("a")]),
    Case("22 escapes", r"x=a\,b\=c\\d", [{"x": r"a,b=c\d"}], x("a", r"a\,b\=c\\d")),
    Case("14 all", "x=a,y!=b", [{"x": "a"}, {"x": "a", "y": "c"}], [{}, {"x": "a", "y": "b"}]),
]

A, B = Equals("x", "a"), Equals("y", "b")
BOTH: Labels = {"x": "a", "y": "b"}
NODES = [
    Case("everything", Everything(), [{}, BOTH], []),
    Case("nothing", Nothing(), [], [{}, BOTH]),
    Case("empty And", And(()), [{}, BOTH], []),
    Case("empty Or", Or(()), [], [{}, BOTH]),
    Case("And of one", And((A,)), [BOTH], [{}]),
    Case("Or of one", Or((A,)), [BOTH], [{}]),
    Case("Or", Or((A, B)), [BOTH, {"x": "a"}, {"y": "b"}], [{}, {"x": "b"}]),
    Case("Or of negations", Or((Not(A), Not(B))), [{}, {"x": "a"}], [BOTH]),
    Case("Or of both kinds", Or((A, Not(B))), [{}, BOTH, {"x": "a"}], [{"y": "b"}]),
    Case("And of negations", And((Not(A), Not(B))), [{}, {"x": "b"}], [BOTH, {"x": "a"}]),
    Case("And of both kinds", And((A, Not(B))), [{"x": "a"}], [{}, BOTH, {"y": "b"}]),
    Case("Not of And", Not(And((A, B))), [{}, {"x": "a"}], [BOTH]),
    Case("Not of Or", Not(Or((A, B))), [{}, {"x": "b"}], [BOTH, {"x": "a"}]),
    Case("Not of everything", Not(Everything()), [], [{}, BOTH]),
    Case("Not of nothing", Not(Nothing()), [{}, BOTH], []),
    Case("Not of a bound", Not(GreaterThan("x", "5")), [{}, *x("5", "no number")], x("6")),
    Case("not of an absent key", Not(Exists("z")), [{}, BOTH], [{"z": ""}]),
    Case("no values", In("x", ()), [], [{}, BOTH, *x("")]),
    Case("no values", NotIn("x", ()), [{}, BOTH, *x("")], []),
    Case("bounds below zero", LessThan("x", MIN), [], [{}, *x(MIN, "0", str(-(2**63) - 1))]),
    Case("bounds below zero", GreaterThan("x", "-3"), x("-2", "0"), [{}, *x("-3", "-4", "")]),
    Case("and of empty sides", And((A, Nothing())), [], [{}, BOTH]),
    Case("labels and fields", And((A, FieldEquals("z", ""))), [BOTH], [{}, {"x": "a", "z": "1"}]),
    Case("wild words", Equals("\ud800", "'\")"), [{"\ud800": "'\")"}], [{}, {"\ud800": ""}]),
    Case("wild words", In("import os", {"__import__('os')", "%s{}"}),
         [{"import os": "%s{}"}], [{"import os": "os"}]),
    Case("named like the compiler's own", And((Exists("labels"), GreaterThan("allows_0", "1"))),
         [{"labels": "", "allows_0": "2"}], [{"allows_0": "2"}, {"labels": ""}]),
]  # fmt: skip


def check(case: Case, selector: Selector) -> None:
    """Every evaluator selects the case's label sets, together in one call, and not the others."""
    answers = evaluate(selector, [*case.selected, *case.others])
    for labels, answer, wanted in zip(
        [*case.selected, *case.others],
        answers,
        [*[True] * len(case.selected), *[False] * len(case.others)],
        strict=True,
    ):
        assert answer is wanted, f"rule {case.rule}: {selector!r} of {labels} is {answer}"


def named(case: Case) -> str:
    return f"{case.rule}: {case.selector!r}"[:60]


@pytest.mark.parametrize("case", KUBERNETES, ids=named)
def test_label_selectors(case: Case) -> None:
    """A label selector's text selects what the rule says, whatever answers it."""
    check(case, parse(str(case.selector)))


@pytest.mark.parametrize("case", FIELDS, ids=named)
def test_field_selectors(case: Case) -> None:
    """A field selector's text selects what the rule says, whatever answers it."""
    check(case, parse_fields(str(case.selector)))


@pytest.mark.parametrize("case", NODES, ids=named)
def test_nodes(case: Case) -> None:
    """Nodes that no text makes mean what logic says, whatever answers them."""
    assert isinstance(case.selector, Selector)
    check(case, case.selector)


class Prefixed(Requirement):
    """An operator that no evaluator has been taught: the value begins with the key."""

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return value is not None and value.startswith(self.key)

    def __str__(self) -> str:
        return f"{self.key}^"


class NotPrefixed(Prefixed):
    """The same operator with an absent key on the other side."""

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return not Prefixed.allows(self, value)


@pytest.mark.parametrize(
    "selector",
    [Prefixed("x"), Or((Prefixed("x"), B)), And((Prefixed("x"), DoesNotExist("y"))),
     Not(NotPrefixed("x"))],
    ids=repr,
)  # fmt: skip
def test_an_operator_that_no_evaluator_knows(selector: Selector) -> None:
    """A new operator needs `allows` alone: every evaluator answers it at once."""
    assert evaluate(selector, [{}, *x("xy", "yx", "x", "")]) == [False, True, False, True, False]


SPAN = (3, 7)
OPPOSITES: list[tuple[Requirement, Requirement]] = [
    (Equals("x", "a", span=SPAN), NotEquals("x", "a", span=SPAN)),
    (Equals("x", "", span=SPAN, doubled=True), NotEquals("x", "", span=SPAN)),
    (In("x", ["a", "b"], span=SPAN), NotIn("x", ["a", "b"], span=SPAN)),
    (In("x", [], span=SPAN), NotIn("x", [], span=SPAN)),
    (Exists("x", span=SPAN), DoesNotExist("x", span=SPAN)),
    (FieldEquals("x", "a", span=SPAN), FieldNotEquals("x", "a", span=SPAN)),
    (FieldEquals("x", "", span=SPAN), FieldNotEquals("x", "", span=SPAN)),
]


@pytest.mark.parametrize(("one", "other"), [*OPPOSITES, *((b, a) for a, b in OPPOSITES)], ids=repr)
def test_opposites(one: Requirement, other: Requirement) -> None:
    """The inverse holds exactly where the requirement does not, and stands in the same place."""
    inverse = one.inverse()
    assert inverse == other
    assert type(inverse) is type(other)
    assert inverse.span == SPAN
    assert inverse.inverse() == one
    for value in (None, "", "a", "b", "c"):
        assert inverse.allows(value) is not one.allows(value)


@pytest.mark.parametrize(
    "requirement",
    [GreaterThan("x", "5"), LessThan("x", "5"), Contains("x", "a"), StartsWith("x", "a"),
     EndsWith("x", "a"), Prefixed("x")],
    ids=repr,
)  # fmt: skip
def test_no_opposite(requirement: Requirement) -> None:
    """Only `Not` says it: what is no number is neither above a bound nor below the next."""
    assert requirement.inverse() is None
    for labels in x("6", "a6", "4", ""):
        assert (~requirement).matches(labels) is not requirement.matches(labels)


class Unfinished(Requirement):
    """An operator of which nobody has said what it means."""

    __slots__ = ()


def test_an_operator_without_a_meaning() -> None:
    """A requirement must say what it allows and how it is written: it is never just true."""
    for _, evaluator in EVALUATORS:
        with pytest.raises(NotImplementedError):
            evaluator([{"x": "y"}])(Unfinished("x"))
    with pytest.raises(NotImplementedError):
        str(Unfinished("x"))


def test_no_labels() -> None:
    """`None` counts as no labels, in `matches` and in the predicate."""
    assert [parse(text).matches(None) for text in ("", "!x", "x!=a", "x", "x=")] == [
        *[True] * 3,
        *[False] * 2,
    ]


@pytest.mark.parametrize(
    "selector",
    [parse(""), Nothing(), Or(()), Not(Exists("x")), parse("x"), parse("x,y"), parse_fields("x=y"),
     GreaterThan("x", "5"), In("x", ["y"]), And((Exists("x"),))],
    ids=repr,
)  # fmt: skip
def test_a_selector_is_no_condition(selector: Any) -> None:
    """`one and other` would be one of the two, and `not one` False: no selector at all.

    A type checker says so as well, of what it knows to be a selector.
    """
    one: Any = parse("z")
    for ask in (
        lambda: bool(selector),
        lambda: not selector,
        lambda: selector and one,
        lambda: one or selector,
        lambda: 1 if selector else 2,
        lambda: any([selector]),
        lambda: list(filter(None, [selector])),
    ):
        with pytest.raises(
            TypeError, match=r"neither true nor false.* with & | ~ instead of `and`"
        ):
            ask()
    assert selector.why({}).truth is bool(selector.why({}))


@pytest.mark.parametrize("parent", [row.requirement for row in OPERATORS])
def test_an_operator_has_no_subclasses(parent: type[Requirement]) -> None:
    """Evaluators go by the class: they would give a subclass the meaning of its parent."""
    with pytest.raises(TypeError, match=f"Mine must not be a subclass of {parent.__name__}: deri"):
        type("Mine", (parent,), {"allows": lambda _self, value: value == "7"})


def test_only_an_operator_is_closed() -> None:
    """What an operator is made of is not: its parents that are no operators, or no requirements."""
    beside = type("Beside", (), {"__slots__": (), "allows": lambda _self, value: value == "7"})
    mine: Any = type("Mine", (beside, _Listed), {"__slots__": ()})
    assert [mine("a").allows(value) for value in ("7", "8")] == [True, False]


def test_inverses_come_in_pairs() -> None:
    """The table names for each operator the inverse of its inverse."""
    inverse = {row.requirement: row.inverse for row in OPERATORS}
    pairs = {node: other for node, other in inverse.items() if other is not None}
    assert len(pairs) == 8
    assert all(inverse[other] is node for node, other in pairs.items())


def test_an_operator_may_return_any_truth() -> None:
    """``allows`` of an operator from outside may return a match or None."""

    class Likes(Requirement):
        __slots__ = ()

        def allows(self, value: str | None) -> bool:
            return re.match("w", value) if value else None  # type: ignore[return-value]

        def __str__(self) -> str:
            return "app likes w"

    sets: list[dict[str, str]] = [{"app": "web"}, {"app": "db"}, {}]
    for selector, expected in ((Likes("app"), [0]), (~Likes("app"), [1, 2])):
        assert [n for n, each in enumerate(sets) if selector.matches(each)] == expected
        assert sorted(LabelIndex(enumerate(sets)).select(selector)) == expected
        asked = SelectorIndex({"it": selector})
        assert [n for n, each in enumerate(sets) if asked.matching(each)] == expected


def test_a_bound_shows_what_was_given() -> None:
    """The number that is read from the value is no argument, so it is not in the text of one."""
    nodes: list[Any] = [GreaterThan, LessThan]
    for node in nodes:
        assert repr(node("cores", "05")) == f"{node.__name__}(key='cores', value='05')"
        with pytest.raises(TypeError):
            node("cores", "5", 5)


def test_a_requirement_has_its_arguments_and_no_more() -> None:
    """In its text, in comparisons, in patterns and in its construction."""
    for row in OPERATORS:
        node = row.requirement
        values = {Exists: [], DoesNotExist: [], In: ["values"], NotIn: ["values"]}
        names = ["key", *values.get(node, ["value"])]
        assert list(node.__match_args__) == names
        assert [each.name for each in fields(node) if each.repr] == names
        assert [each.name for each in fields(node) if each.compare] == names
        more = ["span", "doubled"] if node is Equals else ["span"]
        assert sorted(each.name for each in fields(node) if each.init) == sorted([*names, *more])


def test_what_the_table_of_operators_says() -> None:
    """Which operators only nodes have, and what a syntax error lists."""
    assert [row.requirement for row in OPERATORS if row.is_node_only] == [GreaterThan, LessThan]
    assert name_operators(row.prometheus for row in OPERATORS) == "an operator (=, !=, =~, !~)"
    listed = "an operator (=, ==, !=, in, notin, >, <)"
    assert name_operators(row.kubernetes for row in OPERATORS) == listed


def test_fields_are_sorted_as_they_are_written() -> None:
    """And labels by their keys."""
    assert str(parse_fields("b=1,b.c=2")) == "b.c=2,b=1"
    assert str(parse("b.c=2,b=1")) == "b=1,b.c=2"
