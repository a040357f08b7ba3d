"""What a person is told: the text, a caret under the fault, what was expected, a hint."""

import copy
import pickle
import re
from collections.abc import Callable

import pytest

from labelsel import (
    And,
    GreaterThan,
    IndexFileError,
    InvalidLabelError,
    InvalidObjectError,
    Not,
    Selector,
    SelectorError,
    SelectorLimitError,
    SelectorSyntaxError,
    TranslationError,
    Why,
    from_label_selector,
    parse,
    parse_fields,
    to_label_selector,
)
from labelsel.errors import Path, Problem, describe, escape, path_text, quote, show
from labelsel.limits import MAX_SELECTOR_DEPTH

OPERATOR = "an operator (=, ==, !=, in, notin, >, <)"
MAY_HOLD = "may hold only letters, digits, '-', '_' and '.', this one has"


def fault(text: str, read: Callable[[str], Selector] = parse) -> SelectorSyntaxError:
    """Return the error that a text gives."""
    with pytest.raises(SelectorSyntaxError) as caught:
        read(text)
    return caught.value


MESSAGES = [
    ("app=web,,tier=db", """\
not a valid selector: found ','
  app=web,,tier=db
          ^
  expected: a label key or '!'
  hint: remove one of the two commas; write: app=web,tier=db"""),
    ("x not in (a)", f"""\
not a valid selector: found 'not'
  x not in (a)
    ^
  expected: {OPERATOR}, ',' or the end
  hint: 'notin' is one word; write: x notin (a)"""),
    ("app=web,\n\ttier IN (db),\r\n!debug", f"""\
not a valid selector: found 'IN'
  app=web,  tier IN (db),  !debug
                 ^
  expected: {OPERATOR}, ',' or the end
  hint: operators are written in lower case; write: app=web, tier in (db), !debug"""),
    ("x>=1", """\
not a valid selector: found '='
  x>=1
    ^
  expected: a whole number
  hint: '>=' and '<=' do not exist; whole numbers are compared by '>' and '<'; write: x>0\
"""),
    ("x in (a", """\
not a valid selector: the text ends too early
  x in (a
         ^
  expected: ',' or ')'
  hint: the parenthesis is never closed; write: x in (a)"""),
    ("x in", """\
not a valid selector: the text ends too early
  x in
      ^
  expected: '('"""),
    ("x > 5.5", """\
not a valid selector: '>' and '<' compare with a whole number of 64 bits, not '5.5'
  x > 5.5
      ^"""),
    # Two columns for a wide character, one for a stand-in.
    ("\u65e5\u672c=a", f"""\
not a valid selector: a key's name {MAY_HOLD} '\u65e5'
  \u65e5\u672c=a
  ^"""),
    ("x in (\uff41)\u65e5\u672c|", f"""\
not a valid selector: a value {MAY_HOLD} '\uff41'
  x in (\uff41)\u65e5\u672c|
        ^
  hint: U+FF41 FULLWIDTH LATIN SMALL LETTER A only looks like 'a'"""),
    ("a=b,e\u0301\u20dd\u0902\u200b=1", f"""\
not a valid selector: a key's name {MAY_HOLD} '\u0301'
  a=b,e\ufffd\ufffd\ufffd\ufffd=1
       ^"""),
    ("x=a\ud800b", """\
not a valid selector: '\\ud800' is half of a surrogate pair, and no character
  x=a\ufffdb
     ^"""),
    ("x=a\0b", """\
not a valid selector: found '\\x00'
  x=a\ufffdb
     ^
  expected: ',' or the end"""),
    ("x=\x1b[31m", f"""\
not a valid selector: a value {MAY_HOLD} '\\x1b'
  x=\ufffd[31m
    ^"""),
    (f"{'k' * 61}=a b,{'z' * 40}", f"""\
not a valid selector: found 'b'
  …{'k' * 41}=a b,{'z' * 26}…
   {' ' * 41}   ^
  expected: ',' or the end
  hint: requirements are joined by a comma, as in a=b,c=d"""),
    ("k" * 100, f"""\
not a valid selector: a key's name may be at most 63 bytes, this one has 100
  {'k' * 28}…
  ^"""),
]  # fmt: skip

FIELD_MESSAGES = [
    ("status.phase", """\
not a valid selector: the text ends too early
  status.phase
              ^
  expected: an operator (=, ==, !=)
  hint: to ask for a field that is not empty, write: status.phase!="""),
    ("a,b=c", """\
not a valid selector: found ','
  a,b=c
   ^
  expected: an operator (=, ==, !=)
  hint: to ask for a field that is not empty, write: a!=,b=c"""),
    ("a=b=c", """\
not a valid selector: a '=' in a value is written '\\='
  a=b=c
     ^"""),
    ("a=\\n,b=c", """\
not a valid selector: a backslash may only come before '\\', ',' and '=', not before 'n'
  a=\\n,b=c
    ^"""),
    ("b=c,a=d\\", """\
not a valid selector: the value ends in a lone backslash; a backslash is written '\\\\'
  b=c,a=d\\
         ^"""),
]  # fmt: skip


def test_the_wide_character_before_the_fault_takes_two_columns() -> None:
    """The caret stands under the fault also on a terminal that draws some letters wide."""
    lines = str(fault("x=a,b!=\u65e5\uff21\U0001f600|")).splitlines()
    assert lines[2] == f"{' ' * 9}^"
    assert str(SelectorSyntaxError("\u65e5\uff21\U0001f600|", 3)).splitlines()[2] == f"{' ' * 8}^"


@pytest.mark.parametrize(("text", "message"), MESSAGES)
def test_messages(text: str, message: str) -> None:
    """The whole message, to the column."""
    assert str(fault(text)) == message


@pytest.mark.parametrize(("text", "message"), FIELD_MESSAGES)
def test_messages_of_field_selectors(text: str, message: str) -> None:
    """Field selectors are told in the same way."""
    assert str(fault(text, parse_fields)) == message


POSITIONS = [
    ("", "x y", 2), ("", "x,", 2), ("", "x, ", 3), ("", ",x", 0), ("", "x in (a b)", 8),
    ("a label key", "!!x", 1), ("a label key", "!=x", 1), ("'!'", "x,,y", 2),
    ("the end", "!x=a", 2), ("a value", "x= =a", 3), ("a whole number", "x>", 2),
    ("'('", "x in a", 5), ("')'", "x in (a", 7), ("','", "x in (a b)", 8), (OPERATOR, "x y", 2),
    (OPERATOR, "x ~ y", 2), ("the end", "x)", 1), ("a whole number", "x<,y", 2),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "text", "position"), POSITIONS)
def test_positions_and_expectations(expected: str, text: str, position: int) -> None:
    """The error says where, and what could have stood there."""
    error = fault(text)
    assert (error.text, error.position) == (text, position)
    assert not expected or expected in error.expected


def test_no_terminal_name_leaks() -> None:
    """Expectations are in words: nobody reads the grammar's names, whatever the error."""
    texts = [text for text, _ in MESSAGES] + [text for _, text, _ in POSITIONS]
    errors = [fault(text) for text in texts]
    errors += [fault(text, parse_fields) for text, _ in FIELD_MESSAGES]
    words = {word for error in errors for word in error.expected}
    assert words == {
        "a label key", "'!'", OPERATOR, "a value", "a whole number", "'('", "','", "')'", "the end",
        "an operator (=, ==, !=)",
    }  # fmt: skip
    assert not re.search(r"\$END|Token|UnexpectedInput|[Ll]ark", "".join(map(str, errors)))


def test_hostile_texts_are_refused_briefly() -> None:
    """Texts without measure give an error without delay, and of a few lines."""
    for text in ("(" * 100_000, "!" * 100_000, "x in (" * 20_000, "a" * 2**20, "\\" * 100_000,
                 "x in (" + "," * 50_000, "=" * 100_000, "a " * 300_000, "," * 2**20):  # fmt: skip
        assert len(str(fault(text))) < 500
    assert len(str(fault("\\" * 2**20, parse_fields))) < 500
    assert len(str(fault("a=" + "=" * 2**20, parse_fields))) < 500


def errors_of_each_kind() -> list[SelectorError]:
    """An error of each class, as the library raises it where it does."""
    errors: list[SelectorError] = [fault("x>=1"), fault("x=", lambda text: parse(f"{text}*"))]
    errors.append(InvalidLabelError(["a key must not be empty", "a value must be a string"]))
    attempts: list[Callable[[], object]] = [
        lambda: from_label_selector({"matchLabels": {"-": 1}}),
        lambda: to_label_selector(parse("x>5,y")),
        lambda: nested(MAX_SELECTOR_DEPTH + 1),
    ]
    for attempt in attempts:
        with pytest.raises(SelectorError) as caught:
            attempt()
        errors.append(caught.value)
    return errors


def nested(depth: int) -> Selector:
    """Return a negation of a negation and so on, as `Not` alone builds it."""
    selector: Selector = GreaterThan("x", "5")
    for level in range(depth):
        selector = Not(selector) if level % 2 else And((selector,))
    return selector


@pytest.mark.parametrize("error", errors_of_each_kind(), ids=lambda error: type(error).__name__)
def test_errors_can_be_sent(error: SelectorError) -> None:
    """Errors pass through pickle and copy whole: process pools send them home."""
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301  # our own bytes
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert vars(again) == vars(error)
        assert again.args == error.args


def test_one_parent() -> None:
    """`except ValueError` and `except SelectorError` catch them all."""
    kinds = {type(error) for error in errors_of_each_kind()}
    assert kinds == {
        SelectorSyntaxError, InvalidLabelError, InvalidObjectError, TranslationError,
        SelectorLimitError,
    }  # fmt: skip
    assert all(issubclass(kind, SelectorError | ValueError) for kind in kinds)


def test_texts_of_the_other_errors() -> None:
    """Each problem in its words, joined where there are several."""
    _, _, label, obj, translation, limit = map(str, errors_of_each_kind())
    assert label == "a key must not be empty; a value must be a string"
    assert obj == (
        'matchLabels["-"]: a key\'s name must begin and end with a letter or digit, this one is '
        "'-';"
        ' matchLabels["-"]: a value must be a string, this is the number 1'
    )
    assert translation == (
        "'x>5' cannot be written as a LabelSelector object:"
        " it has In, NotIn, Exists and DoesNotExist only"
    )
    assert limit == "And, Or and Not may nest at most 100 deep in a selector"


def test_values_in_messages_are_short() -> None:
    """Whatever a value is, a message can show it, and stays a line."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert quote("a" * 100) == f"'{'a' * 80}…'"
    assert (show("a'b"), show(None), show([1, "a"])) == ('"a\'b"', "None", "[1, 'a']")
    assert show(list(range(1000))) == f"{str(list(range(1000)))[:80]}…"
    assert show(deep) == "something too large to show, of type list"
    assert show(1 << 20_000) == "something too large to show, of type int"


#: What ends a line for some program, is obeyed by a terminal, or turns text around.
ODD = "a\n::error::\r\x07\x1b[1m\x7f\x85\x9b\u2028\u2029\u202e\u2066\ud8ff"


def test_escaped() -> None:
    """Only what is printable stays as it is; nothing is escaped twice."""
    assert escape("web é 漢字 🚀 \\n") == "web é 漢字 🚀 \\n"
    assert escape(ODD) == (r"a\n::error::\r\x07\x1b[1m\x7f\x85\x9b\u2028\u2029\u202e\u2066\ud8ff")
    assert escape(escape(ODD)) == escape(ODD)
    every = "".join(map(chr, range(0x110000)))
    assert escape(every).isprintable()


@pytest.mark.parametrize(
    "error",
    [
        SelectorError(ODD),
        SelectorLimitError(ODD),
        SelectorSyntaxError(ODD, 3, (ODD,), problem=ODD, hint=ODD),
        InvalidLabelError([ODD, ODD]),
        InvalidObjectError([Problem((), ODD, ODD), Problem((ODD,), ODD, ODD)]),
        TranslationError(ODD, ODD, ODD),
        IndexFileError(ODD, ODD),
    ],
    ids=lambda error: type(error).__name__,
)
def test_outside_text_in_errors(error: Exception) -> None:
    """Whatever an error tells of, its text has no line breaks but its own."""
    lines = str(error).split("\n")
    assert all(line.isprintable() and not line.startswith("::") for line in lines)
    assert len(lines) == (5 if isinstance(error, SelectorSyntaxError) else 1)


def test_outside_text_in_answers() -> None:
    """Nor have answers for people."""
    why: Why = parse("a,!b").why({"a": ODD, "b": ODD})
    assert [line.isprintable() for line in str(why).split("\n")] == [True, True]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a", 0, "b", "c.d/e", "f"), 'a[0].b["c.d/e"].f'),
        (("a b",), '["a b"]'),
        (("matchLabels", ""), 'matchLabels[""]'),
        (("a", "\x1b\n"), r'a["\x1b\n"]'),
        (("a", 'b"\\'), r'a["b\"\\"]'),
        (("a" * 81, "b"), f'["{"a" * 80}…"].b'),
    ],
)
def test_paths_as_text(path: Path, text: str) -> None:
    """A path is written so that it can be read, on one line, and not without end."""
    assert path_text(path) == text


def test_a_whole_path() -> None:
    """What tells paths apart has them whole."""
    assert path_text(("a" * 81, "b"), whole=True) == "a" * 81 + ".b"


def test_a_problem() -> None:
    """A problem is data: a path, what is wrong, the value. As text it is all but the value."""
    problem = Problem(("a", 1), "must be a list, not 5", 5)
    assert str(problem) == "a[1]: must be a list, not 5"
    assert problem.under(("spec",)) == (("spec", "a", 1), "must be a list, not 5", 5)
    assert str(Problem((), "it is nothing", None)) == "it is nothing"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (False, "the boolean false"),
        (1.10, "the number 1.1"),
        ("a", "a string"),
        ([1], "a list"),
        ({}, "a map"),
        ((1,), "(1,) (tuple)"),
    ],
)
def test_what_a_value_is(value: object, words: str) -> None:
    assert describe(value) == words
