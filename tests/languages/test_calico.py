"""Which texts are Calico expressions, what they mean, and what is said of others: rules 26-32."""

from copy import copy

import pytest

from labelsel import (
    And,
    Contains,
    EndsWith,
    Equals,
    Everything,
    Everywhere,
    Exists,
    In,
    Not,
    NotEquals,
    NotIn,
    Or,
    Requirement,
    Selector,
    SelectorLimitError,
    SelectorSyntaxError,
    StartsWith,
    parse_expression,
)
from labelsel.languages.grammar import GRAMMARS
from labelsel.limits import (
    MAX_EXPRESSION_KEY_BYTES,
    MAX_PARENTHESES,
    MAX_SELECTOR_DEPTH,
    MAX_TEXT_BYTES,
)
from tests.evaluators import Labels, evaluate

A, B, C = Exists("a"), Equals("b", "x"), NotEquals("c", "y")
a, b, c = "has(a)", "b == 'x'", "c != 'y'"

VALID: list[tuple[int, str, Selector]] = [
    (26, "a == 'x'", Equals("a", "x")),
    (26, "a != 'x'", NotEquals("a", "x")),
    (26, "a in {'x'}", In("a", ["x"])),
    (26, "a not in {'x'}", NotIn("a", ["x"])),
    (26, "a contains 'x'", Contains("a", "x")),
    (26, "a starts with 'x'", StartsWith("a", "x")),
    (26, "a ends with 'x'", EndsWith("a", "x")),
    (26, "has(a)", A),
    (26, "all()", Everything()),
    (26, "global()", Everywhere()),
    (26, f"{a} && {b}", And((A, B))),
    (26, f"{a} || {b}", Or((A, B))),
    (26, f"!{a}", Not(A)),
    (26, f"({a})", A),
    (26, f"(((({a}))))", A),
    (26, f"{a} && {b} && {c}", And((A, B, C))),
    (26, f"{a} || {b} || {c}", Or((A, B, C))),
    (26, f"{a} || {b} && {c}", Or((A, And((B, C))))),
    (26, f"{a} && {b} || {c}", Or((And((A, B)), C))),
    (26, f"({a} || {b}) && {c}", And((Or((A, B)), C))),
    (26, f"{a} && ({b} && {c})", And((A, And((B, C))))),
    (26, f"({a} || {b}) || {c}", Or((Or((A, B)), C))),
    (26, f"!{b} && {c}", And((Not(B), C))),
    (26, f"!{a} || {b}", Or((Not(A), B))),
    (26, f"!({a} && {b})", Not(And((A, B)))),
    (26, f"{a} && !({b} || !{c})", And((A, Not(Or((B, Not(C))))))),
    (27, "a=='x'", Equals("a", "x")),
    (27, "\ta\t==\t'x'\t", Equals("a", "x")),
    (27, "a\t in{ 'x' }", In("a", ["x"])),
    (27, 'a == "it\'s"', Equals("a", "it's")),
    (27, "a == 'say \"x\"'", Equals("a", 'say "x"')),
    (27, "a == ''", Equals("a", "")),
    (27, "a == '\\n\\'", Equals("a", "\\n\\")),
    (27, "a == '\n\r\0\U0001f600'", Equals("a", "\n\r\0\U0001f600")),
    (27, "a == 'b && (!has(c)'", Equals("a", "b && (!has(c)")),
    (27, "-/._ == 'x'", Equals("-/._", "x")),
    (27, "//// == 'x'", Equals("////", "x")),
    (27, f"{'k' * MAX_EXPRESSION_KEY_BYTES} == 'x'", Equals("k" * MAX_EXPRESSION_KEY_BYTES, "x")),
    (27, f"a == '{'v' * 5000}'", Equals("a", "v" * 5000)),
    (27, "", Everything()),
    (27, " \t ", Everything()),
    (28, "in in {'in'}", In("in", ["in"])),
    (28, "not not in {'x'}", NotIn("not", ["x"])),
    (28, "notin notin {'x'}", NotIn("notin", ["x"])),
    (28, "has == 'x'", Equals("has", "x")),
    (28, "all != 'x'", NotEquals("all", "x")),
    (28, "global in {'x'}", In("global", ["x"])),
    (28, "contains contains 'x'", Contains("contains", "x")),
    (28, "starts starts with 'with'", StartsWith("starts", "with")),
    (28, "with endswith 'x'", EndsWith("with", "x")),
    (28, "has(has)", Exists("has")),
    (28, "has(all) && all()", And((Exists("all"), Everything()))),
    (28, "has( a\t)", A),
    (28, "all( )&&global(\t)", And((Everything(), Everywhere()))),
    (28, "a notin {'x'}", NotIn("a", ["x"])),
    (28, "a not \t in {'x'}", NotIn("a", ["x"])),
    (28, "a startswith 'x'", StartsWith("a", "x")),
    (28, "a ends \t with 'x'", EndsWith("a", "x")),
    (28, "inx in {'x'}", In("inx", ["x"])),
    (28, "a contains'x'", Contains("a", "x")),
    (29, "a in {}", In("a", [])),
    (29, "a not in { }", NotIn("a", [])),
    (29, "a in {'x',}", In("a", ["x"])),
    (29, "a in {'y', \"x\" , 'y'}", In("a", ["x", "y"])),
    (29, "a in {''}", In("a", [""])),
    (31, f"!!{a}", A),
    (31, f"! !\t!{a}", Not(A)),
    (31, f"!(!{a})", A),
    (31, f"!(!(!({a})))", Not(A)),
]  # fmt: skip

OPERATOR = "an operator (==, !=, in, not in, contains, starts with, ends with)"
ATOM = ("a label key", "has(key)", "all()", "global()", "'!'", "'('")
GOES_ON = ("'&&'", "'||'", "the end")

INVALID: list[tuple[int, str, int, tuple[str, ...]]] = [
    (26, "a", 1, (OPERATOR,)),
    (27, "a == '\ud800'", 6, ()),
    (27, "é == '\udcff'", 6, ()),
    (27, "a contains 'é\udcff'", 13, ()),
    (27, "\udcff == 'a'", 0, ()),
    (26, "a ", 2, (OPERATOR,)),
    (26, "!a", 2, (OPERATOR,)),
    (26, "a = 'x'", 2, (OPERATOR,)),
    (26, "a=", 1, (OPERATOR,)),
    (26, "a === 'x'", 4, ("a value in quotes",)),
    (26, "a == x", 5, ("a value in quotes",)),
    (26, "a == 5", 5, ("a value in quotes",)),
    (26, "a > '5'", 2, (OPERATOR,)),
    (26, "a =~ 'x'", 2, (OPERATOR,)),
    (26, "'a' == 'x'", 0, (*ATOM, "the end")),
    (26, "'a", 0, (*ATOM, "the end")),
    (26, "a ! = 'x'", 2, (OPERATOR,)),
    (26, "a !in {'x'}", 2, (OPERATOR,)),
    (26, f"{a} &&", 9, ATOM),
    (26, f"|| {a}", 0, (*ATOM, "the end")),
    (26, f"{a} & {b}", 7, GOES_ON),
    (26, f"{a} {b}", 7, GOES_ON),
    (26, f"{a}, {b}", 6, GOES_ON),
    (26, f"{a} && && {b}", 10, ATOM),
    (26, f"({a}", 7, ("'&&'", "'||'", "')'")),
    (26, f"({a}))", 8, GOES_ON),
    (26, "!", 1, ATOM),
    (26, f"{a} !{b}", 7, GOES_ON),
    (27, "()", 1, ATOM),
    (27, "( )", 2, ATOM),
    (27, "has()", 4, ("a label key",)),
    (27, "a == 'x", 5, ("a value in quotes",)),
    (27, 'a == "x\'', 5, ("a value in quotes",)),
    (27, "a == 'it's'", 9, GOES_ON),
    (27, "a\n== 'x'", 1, (OPERATOR,)),
    (27, "a == 'x'\r", 8, GOES_ON),
    (27, "a\0 == 'x'", 1, (OPERATOR,)),
    (27, "é == 'x'", 0, (*ATOM, "the end")),
    (27, "\u00a0", 0, (*ATOM, "the end")),
    (27, "app=web,tier in (db)", 3, (OPERATOR,)),
    (27, "!debug", 6, (OPERATOR,)),
    (28, "a IN {'x'}", 2, (OPERATOR,)),
    (28, "a inx {'x'}", 2, (OPERATOR,)),
    (28, "a not", 2, (OPERATOR,)),
    (28, "a starts 'x'", 2, (OPERATOR,)),
    (28, "a starts with", 13, ("a value in quotes",)),
    (28, "has (a)", 4, (OPERATOR,)),
    (28, "all ()", 4, (OPERATOR,)),
    (28, "HAS(a)", 3, (OPERATOR,)),
    (28, "all(a)", 4, ("')'",)),
    (28, "has(a", 5, ("')'",)),
    (28, "has('a')", 4, ("a label key",)),
    (29, "a in 'x'", 5, ("'{'",)),
    (29, "a in ('x')", 5, ("'{'",)),
    (29, "a in {,}", 6, ("a value in quotes", "'}'")),
    (29, "a in {,'x'}", 6, ("a value in quotes", "'}'")),
    (29, "a in {'x',,'y'}", 10, ("a value in quotes", "'}'")),
    (29, "a in {'x' 'y'}", 10, ("','", "'}'")),
    (29, "a in {'x'", 9, ("','", "'}'")),
    (29, "a in {x}", 6, ("a value in quotes", "'}'")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "selector"), VALID)
def test_valid(rule: int, text: str, selector: Selector) -> None:
    """The text is read, and as this tree: nesting as written, double negation dropped."""
    assert parse_expression(text) == selector, f"rule {rule}"


@pytest.mark.parametrize(("rule", "text", "position", "expected"), INVALID)
def test_invalid(rule: int, text: str, position: int, expected: tuple[str, ...]) -> None:
    """The text is refused: where, and what could have stood there. Hints: see hints.jsonl."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse_expression(text)
    error = caught.value
    assert (error.text, error.position) == (text, position), f"rule {rule}: {error}"
    assert error.expected == expected, f"rule {rule}: {error}"
    assert " " * (2 + position) + "^" in str(error).splitlines() or "\u00a0" in text


def test_a_parser_made_anew() -> None:
    """It knows that parts nest, and so what could have come next in one that is not closed."""
    anew = copy(GRAMMARS["expression"])
    anew._lark_parser = None
    with pytest.raises(SelectorSyntaxError) as caught:
        anew._read("(has(a)")
    assert caught.value.expected == ("'&&'", "'||'", "')'")


def x(*values: str) -> list[Labels]:
    """Label sets that have these values of the key x."""
    return [{"x": value} for value in values]


MEANING: list[tuple[str, list[Labels], list[Labels]]] = [
    ("x == 'a'", x("a"), [{}, {"X": "a"}, *x("", "A", "a ")]),
    ("x == ''", x(""), [{}, *x("a")]),
    ("x != 'a'", [{}, {"X": "a"}, *x("", "A")], x("a")),
    ("x != ''", [{}, *x("a")], x("")),
    ("x in {'a', 'b'}", x("a", "b"), [{}, *x("", "c", "a,b")]),
    ("x in {}", [], [{}, *x("", "a")]),
    ("x not in {'a', 'b'}", [{}, *x("", "c")], x("a", "b")),
    ("x not in {}", [{}, *x("", "a")], []),
    ("has(x)", x("", "a"), [{}, {"y": ""}]),
    ("x contains 'ab'", x("ab", "cab", "abc", "aab"), [{}, *x("", "a", "ba", "AB", "a b")]),
    ("x contains ''", x("", "a"), [{}, {"y": ""}]),
    ("x starts with 'ab'", x("ab", "abc"), [{}, *x("", "a", "cab", "Ab", "ac", "aab")]),
    ("x starts with ''", x("", "a"), [{}, {"y": ""}]),
    ("x ends with 'ab'", x("ab", "cab", "\nab"), [{}, *x("", "b", "abc", "aB", "ab\n")]),
    ("x ends with ''", x("", "a"), [{}, {"y": ""}]),
    ("x starts with '\U0001f600'", x("\U0001f600a"), [{}, *x("", "\ud83d", "\ud83d\ude00")]),
    ("x contains '\U0001f600'", x("a\U0001f600b"), [{}, *x("\ud83d\ude00")]),
    ("!(x contains 'ab')", [{}, *x("", "a", "ba")], x("ab", "cab")),
    ("!(x starts with 'ab')", [{}, *x("", "a", "cab")], x("ab", "abc")),
    ("!(x ends with 'ab')", [{}, *x("", "abc")], x("ab", "cab")),
    ("all()", [{}, *x("a")], []),
    ("global()", [{}, *x("a")], []),
    ("!all()", [], [{}, *x("a")]),
    ("!global()", [], [{}, *x("a")]),
    ("", [{}, *x("a")], []),
    ("!x == 'a' && y == 'b'", [{"y": "b"}, {"x": "c", "y": "b"}], [{}, {"x": "a", "y": "b"}]),
    ("!(x == 'a' && y == 'b')", [{}, *x("a"), {"y": "b"}], [{"x": "a", "y": "b"}]),
    ("x == 'a' || x == 'b' && has(y)", [*x("a"), {"x": "b", "y": ""}], [{}, *x("b")]),
    ("(x == 'a' || x == 'b') && has(y)", [{"x": "a", "y": ""}], [{}, *x("a", "b")]),
    ("x starts with 'a' && x ends with 'b' && x != 'ab'", x("aab", "acb"), [{}, *x("ab", "b")]),
    ("has(x) || !has(x)", [{}, *x("")], []),
    ("has(x) && !has(x)", [], [{}, *x("")]),
]


@pytest.mark.parametrize(("text", "selected", "others"), MEANING)
def test_meaning(text: str, selected: list[Labels], others: list[Labels]) -> None:
    """Rule 30, on every evaluator: an absent key satisfies `!=`, `not in`, negations."""
    answers = evaluate(parse_expression(text), [*selected, *others])
    assert answers == [True] * len(selected) + [False] * len(others)


def test_spans() -> None:
    """Each requirement knows where it stands in the text, sets and `has(` to their last sign."""
    text = " has( a )&&b == 'x'|| c not  in {'y', } && d starts with \"\" && e!='z'"
    text += " && f in {'y'} && g contains 'y' && h ends with 'y'"
    found = []
    waiting = [parse_expression(text)]
    while waiting:
        selector = waiting.pop(0)
        if isinstance(selector, And | Or):
            waiting = [*selector.terms, *waiting]
        else:
            assert isinstance(selector, Requirement)
            assert selector.span is not None
            found.append(text[slice(*selector.span)])
    assert found == [
        "has( a )", "b == 'x'", "c not  in {'y', }", 'd starts with ""', "e!='z'",
        "f in {'y'}", "g contains 'y'", "h ends with 'y'",
    ]  # fmt: skip


def parenthesised(depth: int) -> str:
    return "(" * depth + a + ")" * depth


def alternating(depth: int) -> str:
    """An expression in which && and || stand that deep above each other."""
    text = a
    for level in range(depth):
        text = f"({text} {('&&', '||')[level % 2]} {b})"
    return text


def test_nesting_up_to_the_limit() -> None:
    """Parentheses nest up to the limit; one more is a syntax error at the very parenthesis."""
    assert parse_expression(parenthesised(MAX_PARENTHESES)) == A
    with pytest.raises(SelectorSyntaxError, match=f"at most {MAX_PARENTHESES} deep") as caught:
        parse_expression(f"'(' {parenthesised(MAX_PARENTHESES + 1)}")
    assert caught.value.position == 4 + MAX_PARENTHESES


def test_only_real_parentheses_count() -> None:
    """Those in strings, of `has(` and side by side nest in nothing."""
    many = 3 * MAX_PARENTHESES
    assert parse_expression(f"a == '{'(' * many}'") == Equals("a", "(" * many)
    assert parse_expression(" && ".join([a] * many)) == And((A,) * many)
    assert parse_expression(" || ".join([f"({a})"] * many)) == Or((A,) * many)


def test_depth_up_to_the_limit() -> None:
    """&&, || and ! stand up to the limit above each other; one more is an error of that name."""
    assert parse_expression(alternating(MAX_SELECTOR_DEPTH)).depth == MAX_SELECTOR_DEPTH
    for text in (alternating(MAX_SELECTOR_DEPTH + 1), f"!{alternating(MAX_SELECTOR_DEPTH)}"):
        with pytest.raises(SelectorLimitError, match=f"at most {MAX_SELECTOR_DEPTH} deep"):
            parse_expression(text)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "position"),
    [("(" * 100_000, MAX_PARENTHESES),
     ("!(" * 100_000, 2 * MAX_PARENTHESES + 1), ("!" * 100_000, 100_000),
     ("has(" * 100_000, 4 * MAX_PARENTHESES + 3), (f"{a} && " * 50_000, 500_000),
     ("a in {" * 100_000, 6),
     ("('" * 100_000, 4 * MAX_PARENTHESES), ("\"'" * 100_000, 0),
     (parenthesised(100_000), MAX_PARENTHESES),
     ("a" * 100_000, 0), (" " * 100_000 + "x", 100_001), ("a == '" * 99_999, 12),
     ("a" * (MAX_TEXT_BYTES + 1), 0)],
    ids=lambda value: str(value)[:12],
)  # fmt: skip
def test_hostile_texts(text: str, position: int) -> None:
    """Rule 32: texts without measure are refused at a place, in a few lines, without a crash."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse_expression(text)
    assert caught.value.position == position
    assert len(str(caught.value)) < 600


def test_long_texts_are_read() -> None:
    """Length alone is no fault: 10,000 terms, 100,000 signs, a set of 10,000 values."""
    assert parse_expression(" && ".join([a] * 10_000)) == And((A,) * 10_000)
    assert parse_expression("!" * 100_000 + a) == A
    assert parse_expression("! " * 99_999 + a) == Not(A)
    values = [f"v{number}" for number in range(10_000)]
    listed = ", ".join(f"'{value}'" for value in values)
    assert parse_expression(f"a in {{{listed}}}") == In("a", values)


def test_long_keys_are_refused() -> None:
    """A key over 512 bytes is named with its length, wherever it stands."""
    key = "k" * (MAX_EXPRESSION_KEY_BYTES + 1)
    for text, position in ((f"{key} == 'x'", 0), (f"has(a) && has({key})", 14)):
        with pytest.raises(SelectorSyntaxError, match="at most 512 bytes, this one has 513") as e:
            parse_expression(text)
        assert e.value.position == position


@pytest.mark.parametrize("text", [None, b"has(a)", 5, A])
def test_no_text(text: object) -> None:
    """What is no string is a TypeError."""
    with pytest.raises(TypeError, match="a selector must be a string"):
        parse_expression(text)  # type: ignore[arg-type]
