"""Plain texts are read without Lark, and exactly as Lark reads them."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark

from labelsel import And, Selector, parse
from labelsel.languages.grammar import GRAMMARS, BadTextError
from labelsel.languages.grammar_file import (
    Alternative,
    Expression,
    GrammarFile,
    Phrase,
    parse_grammar,
    read_grammar,
)
from labelsel.languages.kubernetes import _Nodes
from labelsel.languages.lark_parser import LarkParser
from labelsel.languages.plain_text import PlainReader
from tests.strategies import LEGAL_TEXTS, near_misses

_LARK = Lark.open_from_package("labelsel.grammar", "kubernetes.lark", ("",), parser="lalr")
_WORDS = st.sampled_from(["a", "in", "notin", "x/y", "1", "-5", "b_", "é", "/", "n" * 64])
_GRAMMAR_TEXTS = from_lark(
    _LARK,
    explicit={
        **dict.fromkeys(("KEY", "VALUE", "BOUND"), _WORDS),
        "_IN": st.just("in"),
        "_NOTIN": st.just("notin"),
        "WHITE_SPACE": st.text(" \t\r\n", max_size=2),
    },
)
"""Texts that the grammar makes, not all with legal words, and some with words that run together."""


def describe(selector: Selector) -> Any:
    """Return all that a reader decides about a selector: `==` leaves spans and spellings out."""
    if isinstance(selector, And):
        return [describe(term) for term in selector.terms]
    return repr(selector), str(selector), getattr(selector, "span", None)


def read_both(text: str) -> list[Any]:
    """Return what the derived expression reads, and what Lark does; None for no selector."""
    grammar = GRAMMARS["kubernetes"]
    plain = grammar._plain().read(text)
    try:
        lark: Selector | None = grammar._lark().parse(text)
    except BadTextError:
        lark = None
    assert plain == lark
    return [None if selector is None else describe(selector) for selector in (plain, lark)]


@given(st.one_of(LEGAL_TEXTS, near_misses(LEGAL_TEXTS)))
@example("")
@example(" \t\r\n")
@example(",")
@example(",a")
@example("a,")
@example("a,,b")
@example("a in (b,),c")
@example("a in (b,é)")
@example("a in (-)")
@example("a in(b)")
@example("a in b")
@example("ain (b)")
@example("in in (in),notin notin (notin),in,notin")
@example("a = ,b == ,c != ,d")
@example("a===b")
@example("a=in,b=notin,c=in (d)")
@example("a>1,b<-1,c>,d<x")
@example("a in ( , b ,, c ) , ! d")
@example("a\x00")
@example("a\x0b=b")
def test_as_lark(text: str) -> None:
    """The expression takes every legal text and no other, and reads nodes, spans and spellings."""
    plain, lark = read_both(text)
    assert plain == lark


@given(st.one_of(_GRAMMAR_TEXTS, near_misses(_GRAMMAR_TEXTS)))
def test_texts_of_the_grammar_as_lark(text: str) -> None:
    """So it is for texts that are made from the grammar."""
    plain, lark = read_both(text)
    assert plain == lark


def test_most_of_what_is_drawn_is_read() -> None:
    """The comparison compares selectors, not errors alone."""
    read = GRAMMARS["kubernetes"]._plain().read
    selector = read("a==b, !c,d in (,e) ,f>7")
    assert selector is not None
    assert describe(selector) == [
        ("Equals(key='a', value='b')", "a==b", (0, 4)),
        ("DoesNotExist(key='c')", "!c", (6, 8)),
        ("In(key='d', values=['', 'e'])", "d in (,e)", (9, 18)),
        ("GreaterThan(key='f', value='7')", "f>7", (20, 23)),
    ]


# The grammar file


def test_terminals_are_those_of_lark(capsys: pytest.CaptureFixture[str]) -> None:
    """Each terminal compiles to the program to which Lark's compiles."""

    def program(pattern: str) -> str:
        re.compile(pattern, re.DEBUG)
        return capsys.readouterr().out

    grammar = read_grammar("kubernetes.lark")
    by_lark = {terminal.name: terminal.pattern.to_regexp() for terminal in _LARK.terminals}
    assert grammar.terminals.keys() == by_lark.keys()
    assert grammar.ignored == _LARK.ignore_tokens
    for name, pattern in grammar.terminals.items():
        assert program(pattern) == program(by_lark[name]), name


_LONGEST = 8


def test_rules_are_those_of_lark() -> None:
    """The rules make the same sequences of terminals, and the same alternatives, up to eight."""
    grammar = read_grammar("kubernetes.lark")
    ours = set(sentences(grammar, Phrase("sequence", ("start",)), _LONGEST))
    assert len(ours) > 500
    assert ours == set(lark_sentences("start", _LONGEST))
    assert {way.alias for way in grammar.rules["requirement"]} == {
        rule.alias for rule in _LARK.rules if rule.origin.name == "requirement"
    }


def sentences(grammar: GrammarFile, part: Expression, longest: int) -> Iterator[tuple[str, ...]]:
    """Yield the sequences of terminals, up to a length, that a part of a rule makes."""
    match part:
        case str() if part in grammar.rules:
            for way in grammar.rules[part]:
                yield from sentences(grammar, Phrase("sequence", way.parts), longest)
        case str():
            yield from [(part,)] if longest else []
        case Phrase("choice", parts):
            yield from chain.from_iterable(sentences(grammar, one, longest) for one in parts)
        case Phrase("?" | "*" as kind, (inner,)):
            yield ()
            then = part if kind == "*" else Phrase("sequence", ())
            yield from joined_sentences(grammar, inner, then, longest)
        case Phrase(_, (first, *others)):
            then = Phrase("sequence", tuple(others))
            yield from joined_sentences(grammar, first, then, longest)
        case _:
            yield ()


def joined_sentences(
    grammar: GrammarFile, first: Expression, then: Expression, longest: int
) -> Iterator[tuple[str, ...]]:
    """Yield the sequences that one part and another one after it make."""
    for head in set(sentences(grammar, first, longest)):
        for tail in sentences(grammar, then, longest - len(head)):
            yield (*head, *tail)


@cache
def lark_sentences(rule: str, longest: int) -> frozenset[tuple[str, ...]]:
    """Return the same for a rule of Lark's, which has made rules of its own for repetitions."""
    found: set[tuple[str, ...]] = set()
    before = -1
    while before != len(found):  # a rule may begin with itself
        before = len(found)
        for made in [made for made in _LARK.rules if made.origin.name == rule]:
            parts: set[tuple[str, ...]] = {()}
            tails: frozenset[tuple[str, ...]]
            for symbol in made.expansion:
                if symbol.is_term:
                    tails = frozenset({(symbol.name,)})
                elif symbol.name == rule:
                    tails = frozenset(found)
                else:
                    tails = lark_sentences(symbol.name, longest)
                parts = {
                    (*head, *tail)
                    for head in parts
                    for tail in tails
                    if len(head) + len(tail) <= longest
                }
            found |= parts
    return frozenset(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('A: "a"i\nB: "b"', "B"),
        ('A.2: "a"', "A.2"),
        ("a: A+", "+"),
        ("a: A~2", "~2"),
        ("a: (A | B", ""),
        ('a: "literal"', "literal"),
        ('a: A "|" A', "|"),
        ("a | A", "|"),
        ('A: "\\n"', '"\\n"'),
        ("?a: A", "?"),
        ("%declare A", "%declare"),
        ("A: B", "B"),
    ],
)
def test_other_notations_are_refused(text: str, found: str) -> None:
    """What only Lark knows is an error, and never read as something else."""
    with pytest.raises(ValueError, match=re.escape(f"only known to Lark: {found!r}")):
        parse_grammar(text)


@pytest.mark.parametrize(
    "text",
    [
        "start: A",
        "start: (a)?\na: A",
        "start: (a (B a)*)?\na: A -> one\n | (A B) -> two",
        "start: (a (B a)*)?\na: A b\nb: A",
        "start: (a (B b)*)?\na: A\nb: A",
        "start: (a (B a)*)?\na: A (B | C)",
        "start: (a (B a)*)?\na: A -> one\n | A -> two",
        "start: (a (B a)*)?\na: A -> one\n | B (A)? A -> two | A (B A)* -> three",
        "start: (a (B a)*)*\na: A",
        "start: (a (B a)*)?\na: A (A C)",
    ],
)
def test_other_languages_are_refused(text: str) -> None:
    """A grammar of another shape is an error, and never read as a simpler one."""
    grammar = parse_grammar(f'{text}\nA: "a"\nB: "b"\nC: "c"\n')
    nodes: Any = type("Nodes", (_Nodes,), dict.fromkeys(["a", "one", "two", "three"], print))()
    with pytest.raises(ValueError):  # noqa: PT011  # which of them says it does not matter
        PlainReader(grammar, nodes, {"B": lambda _word: []})


class ListNodes:
    """Nodes of a language of lists: each is its span and its words."""

    def start(self, _span: None, *parts: object) -> object:
        return parts

    def a(self, span: tuple[int, int], words: list[str]) -> object:
        return span, words


def test_a_list_whose_words_need_no_check() -> None:
    """What no check is given for may be any word of the grammar."""
    text = 'start: (a (C a)*)?\na: l\nl: B w (C w)* D\nw: A?\nA: "a"\nB: "b"\nC: "c"\nD: "d"'
    reader: Any = PlainReader(parse_grammar(text), ListNodes(), {})
    assert reader.read("bacadcbcd") == (((0, 5), ["a", "a"]), ((6, 9), ["", ""]))
    assert reader.read("bacad bd") is None


def test_the_parts_of_a_list() -> None:
    """A word and a bracket may each be one of several; of these the longest notation is tried."""
    terminals = 'A: "a"\nB: "b"\nC: ","\nD: "d"\nE: "e"\nF: /[b]b/\nG: ")"'
    text = f"start: (a (C a)*)?\na: l\nl: (D | E) w (C w)* G\nw: (A | B | F)?\n{terminals}"
    reader: Any = PlainReader(parse_grammar(text), ListNodes(), {})
    assert reader.read("da,bb),eb)") == (((0, 6), ["a", "bb"]), ((7, 10), ["b"]))
    assert reader.read("ba)") is None


_ANEW = [
    ("a==b, !c,d in (,e) ,f>7,g=,h!=i,j notin (k)", None),
    ("a", None),
    ("", None),
    ("a,b=\u00e9", 4),
    ("a in (b,\u00e9)", 8),
    ("b,\u00e9/-", 2),  # of two faults of a word the first
    ("a in (b", 7),
]


def test_readers_made_anew() -> None:
    """Both are made once for all texts: these tests make them, so that they see how it is done."""
    rules = GRAMMARS["kubernetes"]._rules
    plain = PlainReader(read_grammar(rules.grammar), rules.nodes, rules.checks)
    lark = LarkParser(rules, nests=False)
    for text, position in _ANEW:
        selector = plain.read(text)
        if position is None:
            assert selector is not None, text
            assert describe(selector) == describe(lark.parse(text)) == describe(parse(text))
        else:
            assert selector is None, text
            with pytest.raises(BadTextError) as caught:
                lark.parse(text)
            assert caught.value.position == position, text


def test_alternatives() -> None:
    """An alternative without an alias has the name of its rule."""
    assert parse_grammar('a: A\n%ignore A\nA: "a"').ignored == ["A"]
    assert parse_grammar("a: A | B -> b").rules["a"] == [
        Alternative(("A",), "a"),
        Alternative(("B",), "b"),
    ]
