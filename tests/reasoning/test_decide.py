"""Questions about selectors, case by case: the answers, what shows them, and where they end."""

import re

import pytest

from labelsel import (
    And,
    Answer,
    Contains,
    DoesNotExist,
    Equals,
    Everything,
    Everywhere,
    Exists,
    GreaterThan,
    LessThan,
    Matches,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Requirement,
    Selector,
    SelectorLimitError,
    StartsWith,
    any_of,
    implies,
    is_disjoint,
    is_equivalent,
    is_satisfiable,
    overlaps,
    parse,
    parse_expression,
    parse_fields,
    parse_matchers,
    validate_labels,
)
from labelsel.selector import holds

MAX, MIN = 2**63 - 1, -(2**63)


def read(text: str) -> Selector:
    """Read a text in the language that it looks like."""
    if text.startswith("{"):
        return parse_matchers(text)
    is_expression = re.search(r"'|\{|(has|all|global)\(", text)
    return parse_expression(text) if is_expression else parse(text)


SATISFIABLE: list[tuple[str, bool]] = [
    ("", True), ("a", True), ("!a", True), ("a,!a", False), ("a=x,a=y", False),
    ("a=x,a!=x", False), ("a=x,!a", False), ("a!=x,!a", True), ("a notin (x,y),!a", True),
    ("a in (x,y),a=z", False), ("a in (x,y),a notin (x,y)", False), ("a in (x,y),a!=x", True),
    ("a=,!a", False), ("a=,a", True), ("a!=,a", True), ("a in (),a!=", False),
    ("a in (,x),a!=", True), ("a>5,a<6", False), ("a>5,a<7", True), ("a>5,a<7,a!=6", True),
    ("a>5,a<7,a notin (6,06,006)", True), ("a>5,!a", False), ("a>5,a=7", True),
    ("a>5,a=007", True), ("a>5,a=5", False), ("a<9,a=", False), ("a>5,a=x", False),
    ("a<007,a in (7,07,8)", False), ("a<007,a in (7,06)", True), (f"a>{MAX}", False),
    (f"a>{MAX - 1}", True), (f"a>{MAX - 1},a!={MAX}", True), ("a in {} || b in {}", False),
    ("a in {} || b not in {}", True), ("!all()", False), ("a starts with 'x' && a == 'y'", False),
    ("a starts with 'x' && a == 'xy'", True), ("a starts with 'x' && a starts with 'y'", False),
    ("a starts with 'xy' && !(a contains 'x')", False),
    ("a starts with 'x' && a starts with 'xy'", True),
    ("a ends with 'x' && a ends with 'yx'", True), ("a ends with 'x' && a ends with 'y'", False),
    ("a contains 'x' && !(a contains 'x')", False), ("a contains 'x' && !has(a)", False),
    ("!(a contains 'x') && !has(a)", True), ("a contains '' && a != ''", True),
    ("a contains '' && !has(a)", False), ("!(a contains '')", True),
    ("has(a) && !(a contains '')", False),
    ("a starts with 'x' && a ends with 'y' && a != 'xy'", True),
    ("(a == 'x' || b == 'x') && a == 'y' && b == 'y'", False),
    ("(a == 'x' || b == 'x') && (a == 'y' || b == 'y')", True),
    ("(has(a) || has(b)) && (!has(a) || !has(b)) && (has(a) || !has(b)) && (!has(a) || has(b))",
     False),
    ('{a=""}', True), ('{a="",a!=""}', False), ('{a=~"x|",a!="",a!="x"}', False),
    ('{a=~".*"}', True), ('{a!~".*"}', False), ('{a=~"x+",a!~"x+"}', False),
    ('{a=~"x+",a="y"}', False), ('{a=~"x+",a="xx"}', True), ('{a=~"x+|y+",a=~"xx|xy"}', True),
]  # fmt: skip

UNKNOWN = ['{a=~"x+"}', '{a=~"x+",a=~"y+"}', '{a=~"x+",a!="x"}', '{b="y",a!~"x*"}']

IMPLIES: list[tuple[str, str, bool]] = [
    ("a=x", "a", True), ("a", "a=x", False), ("a=x", "a!=y", True), ("a!=y", "a=x", False),
    ("a=x", "a in (x,y)", True), ("a in (x,y)", "a=x", False),
    ("a in (x,y)", "a notin (z)", True), ("a in (x,y)", "a notin (x)", False),
    ("!a", "a!=x", True), ("a!=x", "!a", False), ("a=x,b=y", "b=y", True),
    ("b=y", "a=x,b=y", False), ("a,!a", "b=y", True), ("", "a", False), ("a", "", True),
    ("a=x", "a=x,b", False), ("a>5", "a>4", True), ("a>5", "a>5", True), ("a>5", "a>6", False),
    ("a>5", "a!=5", True), ("a>5", "a!=7", False), ("a>5", "a", True), ("a=7", "a>6", True),
    ("a=007", "a>6,a<8", True), ("a=7", "a=007", False), ("a=x", "a<9", False),
    ("a>5,a<7", "a in (6)", False), ("a=x", "a == 'x'", True),
    ("a == 'x'", "a contains 'x'", True), ("a starts with 'xy'", "a starts with 'x'", True),
    ("a starts with 'x'", "a contains 'x'", True), ("a contains 'x'", "a starts with 'x'", False),
    ("a starts with 'x'", "a != 'y'", True), ("a starts with 'x'", "a != ''", True),
    ("a starts with 'x'", "has(a)", True),
    ("a starts with 'x' && a ends with 'y'", "a contains 'xy'", False),
    ("a ends with 'xy'", "a contains 'x' && a ends with 'y'", True),
    ("a>9", "a contains '1'", False), ("a>9,a<20", "a contains '1'", True),
    ("a>9,a<21", "a contains '1'", False), ("a == 'x' || a == 'y'", "a in {'x', 'y', 'z'}", True),
    ("a=x", "a == 'x' || b == 'y'", True), ("a == 'x' || b == 'y'", "a=x", False),
    ("has(a)", "a == '' || a != ''", True), ("!(a contains 'x')", "!(a contains 'xy')", True),
    ("!(a contains 'xy')", "!(a contains 'x')", False), ('{a="x"}', "a=x", True),
    ("!a", '{a=""}', True), ('{a=""}', "!a", False), ('{a=~"x+"}', '{a=~"x+"}', True),
    ('{a=~"x|y"}', '{a=~"[x-z]"}', True), ('{a=~"x|z"}', '{a=~"[xy]"}', False),
]  # fmt: skip

EQUIVALENT: list[tuple[str, str, bool]] = [
    ("a=x", "a in (x)", True), ("a!=x", "a notin (x)", True), ("a=x", "a=x,a", True),
    ("a=x,a=y", "b,!b", True), ("a in (x,y),a!=y", "a=x", True), ("a=7", "a=07", False),
    ("a>5", "a>6", False), ("a>5,a>7", "a>7", True), ("a>05", "a>5", True), ("a", "b", False),
    ("!(a == 'x' && b == 'y')", "a != 'x' || b != 'y'", True), ("all()", "global()", True),
    ("all()", "has(a) || !has(a)", True), ("a contains ''", "has(a)", True),
    ("a starts with 'x' && a == 'xy'", "a == 'xy'", True), ("a != ''", '{a!=""}', False),
    ("a,a!=", '{a!=""}', True), ("!has(a) || a == ''", '{a=""}', True),
    ('{a=~"x|y"}', "a in (x,y)", True), ("a=", '{a=""}', False), (f"a>{MAX}", "a,!a", True),
]  # fmt: skip

OVERLAP: list[tuple[str, str, bool]] = [
    ("a=x", "a=y", False), ("a=x", "b=y", True), ("a=x", "!a", False), ("a!=x", "!a", True),
    ("a in (x,y)", "a in (y,z)", True), ("a in (x,y)", "a notin (x,y)", False),
    ("a>5", "a<5", False), ("a>5", "a<7", True), ("a", "!b", True),
    ("a starts with 'x'", "a ends with 'y'", True), ("a starts with 'x'", "a in (y,z)", False),
    ("a == 'x' || a == 'y'", "a == 'y' || a == 'z'", True),
    ("a == 'x' || b == 'x'", "!has(a) && !has(b)", False), ("", "a,!a", False), ("", "", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "truth"), SATISFIABLE)
def test_is_satisfiable(text: str, truth: bool) -> None:  # noqa: FBT001
    """There is a label set that the selector selects, and here is one; or there is none."""
    selector = read(text)
    answer = is_satisfiable(selector)
    assert answer.truth is truth
    assert (answer.witness is not None) is truth
    assert answer.witness is None or holds(selector, answer.witness)


@pytest.mark.parametrize("text", UNKNOWN)
def test_unknown_is_said(text: str) -> None:
    """Of a regular expression nothing is known but what it says of given values."""
    assert is_satisfiable(read(text)) == Answer(None)


@pytest.mark.parametrize(("one", "other", "truth"), IMPLIES)
def test_implies(one: str, other: str, truth: bool) -> None:  # noqa: FBT001
    """Whatever one selects the other does; or here are labels that only one selects."""
    a, b = read(one), read(other)
    answer = implies(a, b)
    assert answer.truth is truth
    assert (answer.witness is None) is truth
    assert answer.witness is None or (holds(a, answer.witness) and not holds(b, answer.witness))
    assert is_satisfiable(a & ~b).truth is not truth


@pytest.mark.parametrize(("one", "other", "truth"), EQUIVALENT)
def test_is_equivalent(one: str, other: str, truth: bool) -> None:  # noqa: FBT001
    """Both select the same; or here are labels that one selects and the other does not."""
    a, b = read(one), read(other)
    for answer in (is_equivalent(a, b), is_equivalent(b, a)):
        assert answer.truth is truth
        assert (answer.witness is None) is truth
        assert answer.witness is None or holds(a, answer.witness) != holds(b, answer.witness)


@pytest.mark.parametrize(("one", "other", "truth"), OVERLAP)
def test_overlaps(one: str, other: str, truth: bool) -> None:  # noqa: FBT001
    """Both select some label set, and here is one; or they are disjoint."""
    a, b = read(one), read(other)
    for answer in (overlaps(a, b), overlaps(b, a)):
        assert answer.truth is truth
        assert (answer.witness is not None) is truth
        assert answer.witness is None or (holds(a, answer.witness) and holds(b, answer.witness))
    assert is_disjoint(a, b) == Answer(not truth, overlaps(a, b).witness)


WITNESSES: list[tuple[str, dict[str, str]]] = [
    ("a,!b,c!=x", {"a": "a"}), ("a,a!=a", {"a": "b"}), ("a in (y,x)", {"a": "x"}),
    ("a=", {"a": ""}), ("a>5", {"a": "6"}), ("a<5", {"a": "0"}), ("a>5,a<7,a!=6", {"a": "06"}),
    ("a>5,a<8,a!=6", {"a": "7"}), ("a>5,a<8,a notin (6,7)", {"a": "06"}),
    ("a>5,a<8,a notin (6,7,06)", {"a": "006"}),
    ("a<1,a!=0", {"a": "00"}), (f"a>{MAX - 1}", {"a": str(MAX)}), ("a contains 'x'", {"a": "x"}),
    ("!(a contains 'x')", {}), ("has(a) && !(a contains '0')", {"a": ""}),
    ("a starts with 'x' && a != 'x'", {"a": "xa"}),
    ("a starts with 'eu-' && a ends with '-1' && a != 'eu-1'", {"a": "eu--1"}),
    ("a contains 'xy' && a contains 'yz'", {"a": "xyz"}),
    ("a ends with 'é' && a != 'é'", {"a": "aé"}),
    ("a contains '-' && a != '-' && b == 'x'", {"a": "a-", "b": "x"}),
    ("a starts with 'abcdefghijklmnopqrstuvwxyz' && a ends with '0123456789'",
     {"a": "abcdefghijklmnopqrstuvwxyz0123456789"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "witness"), WITNESSES)
def test_witnesses(text: str, witness: dict[str, str]) -> None:
    """A witness is small: keys absent where they may be, the first and shortest of values."""
    assert is_satisfiable(read(text)).witness == witness


def test_witnesses_are_legal_labels() -> None:
    """Where some value that fits is a legal label value of no greater length, it is that."""
    for text in ("a,b!=a", "a>5,a<9", "a starts with 'x' && a != 'x'", "a,a!=a",
                 "a contains 'x' && a contains 'y' && a not in {'xy', 'yx'}"):  # fmt: skip
        witness = is_satisfiable(read(text)).witness
        assert witness
        assert validate_labels(witness) == []


def test_negative_numbers() -> None:
    """Below zero, at both ends of 64 bits, and in every spelling."""
    below = parse("a<0")
    assert is_satisfiable(below).witness == {"a": "-1"}
    assert is_satisfiable(below & parse_expression("a != '-1'")).witness == {"a": "-2"}
    assert is_satisfiable(LessThan("a", str(MIN + 1))).witness == {"a": str(MIN)}
    assert is_satisfiable(LessThan("a", str(MIN + 1)) & NotEquals("a", str(MIN))).witness == {
        "a": "-09223372036854775808"
    }
    assert is_satisfiable(LessThan("a", str(MIN))).truth is False
    assert is_equivalent(~LessThan("a", str(MIN)), Everything()).truth is True
    assert is_satisfiable(LessThan("a", "0") & ~LessThan("a", "-1")).witness == {"a": "-1"}
    between = LessThan("a", "-1") & GreaterThan("a", "-4")
    for used, left in (["-2"], "-3"), (["-2", "-3"], "-02"), (["-2", "-3", "-02"], "-002"):
        assert is_satisfiable(between & NotIn("a", used)).witness == {"a": left}


def test_selectors_of_other_kinds() -> None:
    """Field selectors, `global()`, empty Ands and Ors, and operators of one's own."""
    assert implies(parse_fields("a="), parse_fields("a!=x"))
    assert overlaps(parse_fields("a="), parse("!a")).witness == {}
    assert is_equivalent(parse_fields("a!="), parse("a,a!="))
    assert is_equivalent(Everywhere(), And(()))
    assert is_equivalent(Nothing(), Or(()))
    assert is_equivalent(Not(Or(())), Everything())
    assert is_satisfiable(And((Or(()), Or((Exists("a"), Exists("b")))))).truth is False
    assert is_satisfiable(Or((And((Or((Exists("a"),)),)),))).witness == {"a": "a"}


class Palindrome(Requirement):
    """An operator that reasoning has never heard of."""

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return value is not None and value == value[::-1]

    def __str__(self) -> str:
        return f"{self.key} reads both ways"


def test_an_operator_that_reasoning_does_not_know() -> None:
    """It is asked about values that are listed, believed to be itself, and otherwise unknown."""
    odd = Palindrome("a")
    assert is_satisfiable(odd & parse("a in (ab,aba)")).witness == {"a": "aba"}
    assert is_satisfiable(odd & parse("a in (ab,ba)")).truth is False
    assert is_satisfiable(odd & ~odd).truth is False
    assert is_satisfiable(odd & DoesNotExist("a")).truth is False
    assert implies(odd, Exists("a")).truth is True
    assert implies(Equals("a", "ab"), odd).witness == {"a": "ab"}
    assert is_satisfiable(odd & StartsWith("a", "x")).witness == {"a": "x"}
    assert is_satisfiable(odd & StartsWith("a", "xy")).truth is None
    assert is_satisfiable(odd & StartsWith("a", "xy") & StartsWith("a", "xz")).truth is False


def test_unknown_in_one_branch_hides_no_answer_of_another() -> None:
    """An Or holds where any branch does; it is unknown only where no branch is known to."""
    unknown = Matches("a", "x+")
    assert is_satisfiable(unknown | Exists("b")).truth is True
    assert is_satisfiable(unknown | (Exists("b") & ~Exists("b"))).truth is None
    assert is_equivalent(Or((unknown, Exists("a"))), Exists("b")).truth is False
    assert is_equivalent(unknown, Matches("a", "xx*")) == Answer(None)
    both = And((unknown, Contains("a", "x")))  # implies the other; the reverse is unknown
    assert is_equivalent(both, unknown) == is_equivalent(unknown, both) == Answer(None)
    other = Matches("a", "xx*") | Exists("b")  # does not imply the other; the reverse is unknown
    assert is_equivalent(other, unknown).truth is is_equivalent(unknown, other).truth is False


def test_answers_as_conditions() -> None:
    """Yes and no are what they are as conditions; unknown raises rather than being either."""
    assert parse("a=x").implies(parse("a"))
    assert not parse("a").implies(parse("a=x"))
    assert bool(Answer(truth=True)) is True
    assert bool(Answer(truth=False)) is False
    with pytest.raises(SelectorLimitError, match=r"the answer is unknown.*\.truth"):
        bool(Answer(None))
    with pytest.raises(SelectorLimitError):
        assert not Matches("a", "x+").is_satisfiable()


def test_answers_are_values() -> None:
    """Answers compare by what they say."""
    assert Answer(truth=True, witness={"a": "x"}) == Answer(truth=True, witness={"a": "x"})
    assert Answer(truth=True) != Answer(truth=False)
    assert repr(Answer(None)) == "Answer(truth=None, witness=None)"


@pytest.mark.parametrize(("one", "other", "truth"), [*OVERLAP, *EQUIVALENT])
def test_methods_are_the_functions(one: str, other: str, truth: bool) -> None:  # noqa: ARG001, FBT001
    """A selector answers about itself what the functions answer about it."""
    a, b = read(one), read(other)
    assert a.is_satisfiable() == is_satisfiable(a)
    assert a.implies(b) == implies(a, b)
    assert a.is_equivalent(b) == is_equivalent(a, b)
    assert a.overlaps(b) == overlaps(a, b)
    assert a.is_disjoint(b) == is_disjoint(a, b)


@pytest.mark.parametrize("other", [b"a", None, 5, Exists])
def test_questions_about_no_selector(other: object) -> None:
    """What is no selector is a TypeError."""
    for ask in (implies, overlaps, is_disjoint, is_equivalent):
        with pytest.raises(TypeError, match="expected a Selector, got "):
            ask(any_of([NotIn("b", ["x"])]), other)  # type: ignore[arg-type]
