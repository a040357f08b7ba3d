"""Prometheus series selectors: what is read, what it means, what is refused; rules 33, 34, D6."""

import pickle
import sys

import pytest

from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Everything,
    Exists,
    In,
    Matches,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Selector,
    SelectorSyntaxError,
    clear_cache,
    parse_matchers,
)
from labelsel.languages.prometheus import METRIC_KEY
from labelsel.regex import compile_regex
from tests.evaluators import Labels, evaluate

UP = Equals(METRIC_KEY, "up")


def reads_as_empty(key: str, *values: str) -> Selector:
    """The tree for a matcher that accepts "", and so an absent key, and these values."""
    present = In(key, ["", *values]) if values else Equals(key, "")
    return Or((DoesNotExist(key), present))


VALID: list[tuple[str, Selector]] = [
    ('{a="x"}', Equals("a", "x")),
    ('{a!="x"}', NotEquals("a", "x")),
    ('{a=""}', reads_as_empty("a")),
    ('{a!=""}', And((Exists("a"), NotEquals("a", "")))),
    ('{a="x",b!="y"}', And((Equals("a", "x"), NotEquals("b", "y")))),
    ('{b="y",a="x"}', And((Equals("a", "x"), Equals("b", "y")))),
    ('{a="x",}', Equals("a", "x")),
    ('{ a = "x" , b = "y" , }', And((Equals("a", "x"), Equals("b", "y")))),
    ("{}", Everything()),
    ("{ # }\n}", Everything()),
    ("up", UP),
    ("up{}", UP),
    ('up{a="x"}', And((UP, Equals("a", "x")))),
    ("a:b_1", Equals(METRIC_KEY, "a:b_1")),
    (":", Equals(METRIC_KEY, ":")),
    ('{"a metric"}', Equals(METRIC_KEY, "a metric")),
    ('{""}', reads_as_empty(METRIC_KEY)),
    ("{a='x',``}", Or((DoesNotExist(METRIC_KEY), Equals(METRIC_KEY, ""))) & Equals("a", "x")),
    ('{"up","down"}', And((UP, Equals(METRIC_KEY, "down")))),
    ('{"up",__name__!="down"}', And((UP, NotEquals(METRIC_KEY, "down")))),
    ('{"on"}', Equals(METRIC_KEY, "on")),
    ('{__name__="NaN"}', Equals(METRIC_KEY, "NaN")),
    ('{on="x",bool="y"}', And((Equals("bool", "y"), Equals("on", "x")))),
    ("offset", Equals(METRIC_KEY, "offset")),
    ("sum{}", Equals(METRIC_KEY, "sum")),
    ("infinity", Equals(METRIC_KEY, "infinity")),
    ('{"up", a="x"}', And((UP, Equals("a", "x")))),
    ('{a="x","up"}', And((UP, Equals("a", "x")))),
    ('{__name__="up"}', UP),
    ('{"a.b c"="x"}', Equals("a.b c", "x")),
    ("{'a'=\"x\",`b`='y'}", And((Equals("a", "x"), Equals("b", "y")))),
    ('{in="x",notin="y"}', And((Equals("in", "x"), Equals("notin", "y")))),
    ('{ # a comment, "quoted"\n a="x" # another }\n}', Equals("a", "x")),
    ("up # the end", UP),
    ('{a="x" # c\r,b="y"\n}', And((Equals("a", "x"), Equals("b", "y")))),
    ('{a="# none"}', Equals("a", "# none")),
]

STRINGS = [
    ("'x'", "x"), ("`x`", "x"), ('"it\'s"', "it's"), ("'say \"x\"'", 'say "x"'),
    (r"'it\'s'", "it's"), (r'"say \"x\""', 'say "x"'), (r'"\\"', "\\"), (r"`\n\`", r"\n\ "[:-1]),
    (r'"\a\b\f\n\r\t\v"', "\a\b\f\n\r\t\v"), ("`a\nb\"c'`", "a\nb\"c'"), (r'"\x41\x7e"', "A~"),
    (r'"\101\000"', "A\0"), (r'"\u00e9\U0001F600"', "é\U0001f600"), (r'"\xc3\xa9"', "é"),
    (r'"\303\xa9!"', "é!"), (r'"\\x41"', r"\x41"), ('"\0\U0001f600"', "\0\U0001f600"),
    ('"{},#=~"', "{},#=~"), (r'"\ud7ff\ue000\U0000d7ff\U0010FFFF"', "\ud7ff\ue000\ud7ff\U0010ffff"),
]  # fmt: skip

LITERALS = [
    ("x", Equals("a", "x")),
    ("x|y", In("a", ["x", "y"])),
    ("x|y|x", In("a", ["x", "y"])),
    ("x|x", Equals("a", "x")),
    ("", reads_as_empty("a")),
    ("x|", reads_as_empty("a", "x")),
    ("|x", reads_as_empty("a", "x")),
    ("x||y", reads_as_empty("a", "x", "y")),
    ("|", reads_as_empty("a")),
    (r"x\.y", Equals("a", "x.y")),
    (r"x\|y", Equals("a", "x|y")),
    (r"x\|", Equals("a", "x|")),
    (r"\||x", In("a", ["|", "x"])),
    (r"\\|x\-\_", In("a", ["\\", "x-_"])),
    ("x y-z_0:é\n", Equals("a", "x y-z_0:é\n")),
    (".*", Everything()),
    ("(.*)", Everything()),
    ("^.*$", Everything()),
    ("(x)", Equals("a", "x")),
    ("(x|y)", In("a", ["x", "y"])),
    ("(?:x|y)", In("a", ["x", "y"])),
    ("^(?:x|y)$", In("a", ["x", "y"])),
    ("^(x|y)$", In("a", ["x", "y"])),
    ("(^x|y$)", In("a", ["x", "y"])),
    ("^x|y$", In("a", ["x", "y"])),
    ("^x", Equals("a", "x")),
    ("x$", Equals("a", "x")),
    ("((x|y))", In("a", ["x", "y"])),
    ("()", reads_as_empty("a")),
    ("^$", reads_as_empty("a")),
    ("(x|)", reads_as_empty("a", "x")),
    ("^(?:|x|y)$", reads_as_empty("a", "x", "y")),
    (r"(x\|)", Equals("a", "x|")),
    (r"(x\)|y\))", In("a", ["x)", "y)"])),
    (r"\(x|y\)", In("a", ["(x", "y)"])),
    (r"\^x\$", Equals("a", "^x$")),
    ("(" * 10 + "x" + ")" * 10, Equals("a", "x")),
]
REGEXES = ["x.y", "x+", "x*", "x?", "[x]", r"\d", "x{2}", "x{", "x}", "]",
           ".*|x", ".+", "(?i)x", r"\x41", r"\pL", r"x\ y", "(x)|(y)", "(x)(y)", "(x|y)z", "(x)+",
           "(?i:x)", "(?P<n>x)", "x^", "$x", "^^x", "(x|(y))", r"\\C+", r"\Q\C\E", r"\Q\\E\\C+",
           "[(?P<é>]", "(?P<n_1>x+)", "(.*|x)", "(" * 11 + "x" + ")" * 11]  # fmt: skip


@pytest.mark.parametrize(("text", "selector"), VALID)
def test_valid(text: str, selector: Selector) -> None:
    """The text is read, and as this tree."""
    assert parse_matchers(text) == selector


@pytest.mark.parametrize(("string", "value"), STRINGS)
def test_strings(string: str, value: str) -> None:
    """Quotes and escapes stand for this value: as a value, a name, a metric and a literal."""
    assert parse_matchers(f"{{a={string}}}") == Equals("a", value)
    assert parse_matchers(f"{{{string}='x'}}") == Equals(value, "x")
    assert parse_matchers(f"{{{string}}}") == Equals(METRIC_KEY, value)


@pytest.mark.parametrize(("pattern", "selector"), LITERALS)
def test_lists_of_literals(pattern: str, selector: Selector) -> None:
    """A regular expression that only lists literals becomes a set, and needs no RE2."""
    assert parse_matchers(f"{{a=~`{pattern}`}}") == selector
    values: list[Labels] = [{}, *({"a": v} for v in ("", "x", "y", "x|y", "x|", "|", "xy"))]
    truth = evaluate(Matches("a", pattern), values)
    assert evaluate(selector, values) == truth
    assert evaluate(parse_matchers(f"{{a!~`{pattern}`}}"), values) == [not t for t in truth]


@pytest.mark.parametrize("pattern", REGEXES)
def test_regular_expressions(pattern: str) -> None:
    """Any other regular expression stays one, and its negation the negation of one."""
    assert parse_matchers(f"{{a=~`{pattern}`}}") == Matches("a", pattern)
    assert parse_matchers(f"{{a!~`{pattern}`}}") == Not(Matches("a", pattern))


def test_negated_lists() -> None:
    """The negation of a list is a list that is excluded; of what always holds, nothing."""
    assert parse_matchers('{a!~"x|y"}') == NotIn("a", ["x", "y"])
    assert parse_matchers('{a!~"x|"}') == And((Exists("a"), NotIn("a", ["", "x"])))
    assert parse_matchers('{a!~".*"}') == Nothing()


MEANING: list[tuple[str, list[Labels], list[Labels]]] = [
    ('{a="x"}', [{"a": "x"}], [{}, {"a": ""}, {"a": "X"}]),
    ('{a!="x"}', [{}, {"a": ""}], [{"a": "x"}]),
    ('{a=""}', [{}, {"a": ""}], [{"a": "x"}]),
    ('{a!=""}', [{"a": "x"}, {"a": " "}], [{}, {"a": ""}]),
    ('{a=~"x|"}', [{}, {"a": ""}, {"a": "x"}], [{"a": "y"}]),
    ('{a!~"x|"}', [{"a": "y"}], [{}, {"a": ""}, {"a": "x"}]),
    ('{a=~"x.*"}', [{"a": "x"}, {"a": "xy"}, {"a": "x\ny"}], [{}, {"a": ""}, {"a": "yx"}]),
    ('{a!~"x.*"}', [{}, {"a": ""}, {"a": "yx"}], [{"a": "x"}, {"a": "xy"}, {"a": "x\ny"}]),
    ('{a=~".+"}', [{"a": "x"}, {"a": "\n"}, {"a": "\ud800"}], [{}, {"a": ""}]),
    ('{a=~"x*"}', [{}, {"a": ""}, {"a": "xx"}], [{"a": "y"}, {"a": "xy"}, {"a": "x\n"}]),
    ('{a!~"x*"}', [{"a": "y"}, {"a": "xy"}], [{}, {"a": ""}, {"a": "x"}]),
    ('{a=~"(?i)x"}', [{"a": "x"}, {"a": "X"}], [{}, {"a": "xx"}]),
    ('{a=~"é|[à-ü]"}', [{"a": "é"}, {"a": "à"}], [{}, {"a": "e"}, {"a": "éé"}, {"a": "\ud8e0"}]),
    ('{a=~"[^x]"}', [{"a": "y"}, {"a": "é"}, {"a": "\ud800"}], [{}, {"a": "x"}, {"a": "yy"}]),
    ('up{a="x"}', [{"__name__": "up", "a": "x"}], [{"a": "x"}, {"__name__": "up"}, {}]),
    ("{}", [{}, {"a": ""}], []),
    ('{a=~".*"}', [{}, {"a": "\ud800"}, {"a": "\n"}], []),
]


@pytest.mark.parametrize(("text", "selected", "others"), MEANING)
def test_meaning(text: str, selected: list[Labels], others: list[Labels]) -> None:
    """An absent label reads as "", and a regular expression matches the whole value."""
    answers = evaluate(parse_matchers(text), [*selected, *others])
    assert answers == [True] * len(selected) + [False] * len(others)


VALUE, OPERATOR = "a value in quotes", "an operator (=, !=, =~, !~)"
NAMES = ("a label name", VALUE)
INVALID: list[tuple[str, int, tuple[str, ...]]] = [
    ("", 0, ("a metric name", "'{'")),
    (" \t\r\n", 4, ("a metric name", "'{'")),
    ("#c", 2, ("a metric name", "'{'")),
    (" # up{}\n#", 9, ("a metric name", "'{'")),
    ("{", 1, (*NAMES, "'}'")),
    ('{a="x"', 6, ("','", "'}'")),
    ("{a}", 2, (OPERATOR,)),
    ("{a=x}", 3, (VALUE,)),
    ("{a==`x`}", 3, (VALUE,)),
    ("{a>'x'}", 2, (OPERATOR,)),
    ("{a='x' b='y'}", 7, ("','", "'}'")),
    ("{,}", 1, (*NAMES, "'}'")),
    ("{a='x',,}", 7, (*NAMES, "'}'")),
    ("{a.b='x'}", 2, (OPERATOR,)),
    ("{a:b='x'}", 2, (OPERATOR,)),
    ("{0='x'}", 1, (*NAMES, "'}'")),
    ("up down", 3, ("'{'", "the end")),
    ("up{}{}", 4, ("the end",)),
    ("{a='x'}}", 7, ("the end",)),
    ("'up'", 0, ("a metric name", "'{'")),
    (" on", 1, ()),
    ("ignoring{}", 0, ()),
    ("group_left{a='x'}", 0, ()),
    ("Group_Right", 0, ()),
    ("BOOL", 0, ()),
    ("atan2", 0, ()),
    ("Inf{}", 0, ()),
    ("NaN", 0, ()),
    ('up{__name__="down"}', 3, ()),
    ('up{__name__="up"}', 3, ()),
    ("up{a='x', __name__!~'d.*'}", 10, ()),
    ('up{"__name__"=~".*"}', 3, ()),
    (r'up{"\x5f_name__"=""}', 3, ()),
    ('up{a="x","down"}', 9, ()),
    ("up{``}", 3, ()),
    ("{a='x}", 3, (VALUE,)),
    ("{a='x\n'}", 3, (VALUE,)),
    ("{a=`x}", 3, (VALUE,)),
    ("{a='x\\", 3, (VALUE,)),
    ("app=web", 3, ("'{'", "the end")),
    ("{a='x'}\0", 7, ("the end",)),
    (r'{a="\q"}', 4, ()),
    (r'{a="x\'"}', 5, ()),
    (r"{a='x\"'}", 5, ()),
    (r'{a="\x4"}', 4, ()),
    (r'{a="\18"}', 4, ()),
    (r'{a="\400"}', 4, ()),
    (r'{a="\u00e"}', 4, ()),
    (r'{a="\ud800"}', 4, ()),
    (r'{a="\udfff"}', 4, ()),
    (r'{a="\U0000d800"}', 4, ()),
    (r'{a="\U00110000"}', 4, ()),
    (r'{a="\xff"}', 4, ()),
    (r'{a="é\xc3"}', 5, ()),
    (r'{a="ok\n\ "}', 8, ()),
    ('{a=~"("}', 4, ()),
    ('{a=~"(?=x)"}', 4, ()),
    (r'{a=~`(x)\1`}', 4, ()),
    ("{a=~`x{2000}`}", 4, ()),
    ("{a=~`((x{100}){100}){100}`}", 4, ()),
    ("{a=~`\\é`}", 4, ()),
    ("{a=~`\ud800+`}", 5, ()),
    ("{a=~`\ud800`}", 5, ()),
    ("{a=~'x|\udcff'}", 7, ()),
    ('{a="é\ud83d"}', 5, ()),
    ('{"\ud800"="a"}', 2, ()),
    ("{a='b'} # \ud800", 10, ()),
    ("{a=~`((x|y)`}", 4, ()),
    ("{a=~`(x|y))`}", 4, ()),
    (r"{a=~`x\C`}", 4, ()),
    (r"{a!~`\\\C`}", 4, ()),
    (r"{a=~`\Qx\E\C`}", 4, ()),
    ("{a=~`(?P<é>x)`}", 4, ()),
    ("{a=~`x+(?<ñ1>x)|(?P<n>y)`}", 4, ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "position", "expected"), INVALID)
def test_invalid(text: str, position: int, expected: tuple[str, ...]) -> None:
    """The text is refused: where, and what could have stood there; RE2's reason for its own."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse_matchers(text)
    error = caught.value
    assert (error.text, error.position, error.expected) == (text, position, expected), str(error)


def test_words_of_a_refused_expression() -> None:
    """What RE2 has against an expression is told, under the string that holds it."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse_matchers('{b="x",a=~"(x"}')
    assert str(caught.value) == (
        "not a valid selector: not a regular expression: missing ): '(x'\n"
        '  {b="x",a=~"(x"}\n'
        "            ^"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ("the text ends too early\n  \n  ^\n  expected: a metric name or '{'\n"
             "  hint: to select everything, write: {}")),
        ("{a", "the text ends too early\n  {a\n    ^\n  expected: an operator (=, !=, =~, !~)"),
        ("NaN", ("'NaN' is a word of the query language: as a metric's name write {\"NaN\"}\n"
                "  NaN\n  ^")),
        ("up{'down'}", ("the metric's name is set twice: it is 'up' already\n"
                       "  up{'down'}\n     ^")),
        (r"{a=~`\C`}", ("not a regular expression: '\\C', a single byte, is not allowed; '.' is one"
                       " character\n  {a=~`\\C`}\n      ^")),
        ("{a=~`(?P<é>x)`}", ("not a regular expression: the name of a group may hold only ASCII"
                            " letters, digits and '_', not 'é'\n  {a=~`(?P<é>x)`}\n      ^")),
    ],
)  # fmt: skip
def test_messages(text: str, message: str) -> None:
    """What Prometheus refuses is told in our words, and what to write instead."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse_matchers(text)
    assert str(caught.value) == f"not a valid selector: {message}"


@pytest.mark.parametrize(
    "part", ["\n", "\r", "\x1b[31m", "\x85", "\u2028", "\x7f", "\0", "\u202e", "x" * 500 + "\n"]
)
@pytest.mark.parametrize("pattern", ["a[c{{b{}", "({}", "{}**", "(?P<{}>x)", "[b-a{}]", r"\8{}"])
def test_nothing_of_the_expression_stands_raw_in_the_message(pattern: str, part: str) -> None:
    """RE2 repeats the expression: its line breaks and control characters are escaped."""
    with pytest.raises(ValueError, match="not a regular expression: ") as caught:
        Matches("a", pattern.format(part))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["{" * 100_000, '{a="' * 50_000, '{a=~"' + "(" * 100_000 + '"}', "`" * 99_999,
     '{a="' + "\\" * 99_999, '{a=~"' + "|(" * 50_000, "{" + 'a="",' * 50_000,
     '{"' + "\\x" * 50_000 + '"}', "#" * 2**20 + "x", '{a=~"' + "^(" * 50_000 + '"}',
     '{a=~"' + "(?:" * 50_000 + ")$" * 49_999 + '"}', '{a=~"(((' + "x|" * 50_000 + '++"}',
     '{a=~`' + "\\Q" * 50_000 + "\\C`}"],
    ids=lambda text: text[:9],
)  # fmt: skip
def test_hostile_texts(text: str) -> None:
    """Texts without measure are refused in a few lines."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse_matchers(text)
    assert len(str(caught.value)) < 600


def test_regular_expressions_that_never_end_elsewhere() -> None:
    """Expressions that take a backtracking engine for ever are answered: RE2 reads once."""
    value = "x" * 100_000
    for pattern in ("(x+x+)+y", "(x*)*y", "(x|xx)+y", "((((x*)*)*)*)*y", "(.*)(.*)(.*)(.*)y"):
        assert not Matches("a", pattern).matches({"a": value})
        assert Matches("a", pattern).matches({"a": f"{value}y"})


def test_matches_is_a_value() -> None:
    """A regular expression compares, hashes, prints and travels like any other requirement."""
    one, other = Matches("a b", 'x"+'), Matches("a b", 'x"+')
    assert one == other
    assert hash(one) == hash(other)
    assert one != Matches("a b", "x+")
    assert str(one) == '"a b"=~"x\\"+"'
    assert repr(one) == "Matches(key='a b', value='x\"+')"
    again = pickle.loads(pickle.dumps(one))  # noqa: S301  # our own bytes
    assert again == one
    assert again.matches({"a b": 'x""'})


@pytest.mark.parametrize("pattern", ["(", "(?=x)", "x{2000}", "\ud800"])
def test_nodes_with_a_broken_expression(pattern: str) -> None:
    """A node is not made of what RE2 refuses."""
    with pytest.raises(ValueError, match="not a regular expression: "):
        Matches("a", pattern)


@pytest.fixture
def no_re2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make RE2 look as if it were not installed, and forget what was compiled with it."""
    clear_cache()
    compile_regex.cache_clear()
    monkeypatch.setitem(sys.modules, "re2", None)


@pytest.mark.usefixtures("no_re2")
def test_without_re2() -> None:
    """Where RE2 is missing, an expression that needs it says how to get it; others need none."""
    for _ in range(2):
        with pytest.raises(ImportError, match=r"pip install 'labelsel\[regex\]'"):
            parse_matchers('{a=~"x+"}')
    with pytest.raises(ImportError, match=r"pip install 'labelsel\[regex\]'"):
        Matches("a", "x+")
    assert parse_matchers('{a=~"x|y",b!~".*"}') == And((In("a", ["x", "y"]), Nothing()))
    assert parse_matchers('{a=~"x|y"}').matches({"a": "x"})


def test_re2_that_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """That it was missing is not remembered: once it is installed the same text is read."""
    clear_cache()
    compile_regex.cache_clear()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "re2", None)
        with pytest.raises(ImportError):
            parse_matchers('{a=~"later+"}')
    assert parse_matchers('{a=~"later+"}').matches({"a": "laterr"})


def test_spans() -> None:
    """Each requirement knows where it stands in the text."""
    text = "up{ a = 'x', b =~ \"y+\",`c`!~'z|w'}"
    selector = parse_matchers(text)
    assert isinstance(selector, And)
    terms = [term for term in selector.terms if isinstance(term, Equals | Matches | NotIn)]
    assert sorted(text[slice(*term.span)] for term in terms if term.span) == [
        "`c`!~'z|w'", "a = 'x'", 'b =~ "y+"', "up",
    ]  # fmt: skip
    absent_or_empty = parse_matchers('{ a="" }')
    assert isinstance(absent_or_empty, Or)
    assert [getattr(term, "span", None) for term in absent_or_empty.terms] == [(2, 6), (2, 6)]
