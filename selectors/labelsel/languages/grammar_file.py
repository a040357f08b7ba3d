"""What a grammar file says, read without Lark, whose loading takes 100 ms.

Only as much of Lark's notation is known as the grammars of regular languages use; anything else
is an error. tests/languages/test_plain_text.py compares the outcome with what Lark makes of the
same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pkgutil import get_data
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["Alternative", "Expression", "GrammarFile", "Phrase", "parse_grammar", "read_grammar"]


class Phrase(NamedTuple):
    """A part of a rule that has parts itself.

    Attributes:
        kind: how the parts make the whole: one after the other, one of them, at most one
            of the only part, any number of it.
        parts: in the order in which they are written.
    """

    kind: Literal["sequence", "choice", "?", "*"]
    parts: tuple[Expression, ...]


Expression: TypeAlias = "str | Phrase"
"""A part of a rule: the name of a terminal or a rule, or a phrase of such."""


class Alternative(NamedTuple):
    """One way to write a rule.

    Attributes:
        parts: one after the other.
        alias: the name after ``->``; the rule's own where there is none.
    """

    parts: tuple[Expression, ...]
    alias: str


class GrammarFile(NamedTuple):
    """The statements of a grammar file.

    Attributes:
        terminals: the regular expression of each terminal.
        rules: the alternatives of each rule.
        ignored: the terminals that may stand between any two others.
    """

    terminals: dict[str, str]
    rules: dict[str, list[Alternative]]
    ignored: list[str]


def read_grammar(name: str) -> GrammarFile:
    """Read a file of grammar/. 0.3 ms.

    Raises ValueError where the file uses a notation that is not known here.

    >>> read_grammar("kubernetes.lark").terminals["NOT_EQUALS"]
    '!='
    """
    data = get_data("labelsel.grammar", name)
    assert data is not None  # only a loader that loads no files gives None
    return parse_grammar(data.decode())


def parse_grammar(text: str) -> GrammarFile:
    r"""Read the text of a grammar, as `read_grammar` does.

    >>> parse_grammar('start: NAME? -> name\nNAME: "n"').rules["start"]
    [Alternative(parts=(Phrase(kind='?', parts=('NAME',)),), alias='name')]
    """
    return _Statements(list(_tokens(text))).read()


class _Token(NamedTuple):
    kind: str
    text: str


_END: Final = _Token("end", "")
_TOKEN: Final = re.compile(
    r"""
      (?P<blank>   \s+ | //[^\n]*)
    | /(?P<regex>  (?:\\.|[^/\\\n])+)/
    | "(?P<string> [^"\\\n]+)"
    | (?P<sign>    -> | [:|()?*])
    | (?P<word>    %?\w+(?:\.\w+)?)
    """,
    re.VERBOSE,
)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise _unknown(text[position:].partition("\n")[0])
        if found.lastgroup != "blank":
            yield _Token(found.lastgroup, found[found.lastgroup])
        position = found.end()
    yield _END


def _unknown(found: str) -> ValueError:
    return ValueError(f"this notation of a grammar is only known to Lark: {found!r}")


class _Statements:
    """Reads the statements by recursive descent."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._grammar = GrammarFile({}, {}, [])

    def read(self) -> GrammarFile:
        while self._next() != _END:
            self._statement(self._take("word"))
        return self._grammar

    def _next(self, ahead: int = 0) -> _Token:
        return self._tokens[self._position + ahead]

    def _take(self, kind: str, *texts: str) -> str:
        """Return the text of the next token, which must be of a kind."""
        token = self._next()
        if token.kind != kind or (texts and token.text not in texts):
            raise _unknown(token.text)
        self._position += 1
        return token.text

    def _takes(self, *signs: str) -> str | None:
        """Return the next token where it is one of these signs, and go on behind it."""
        # A string with such a text has no place in a rule: to take a sign is an error then.
        return self._take("sign") if self._next().text in signs else None

    def _statement(self, name: str) -> None:
        if name == "%import":
            self._import(self._take("word"))
        elif name == "%ignore":
            self._grammar.ignored.append(self._take("word"))
        elif not name.isidentifier():
            raise _unknown(name)
        elif name.isupper():
            self._take("sign", ":")
            self._grammar.terminals[name] = self._terminal()
        else:
            self._take("sign", ":")
            self._grammar.rules[name] = self._alternatives(name)

    def _import(self, path: str) -> None:
        module, _, name = path.partition(".")
        known_as = self._take("word") if self._takes("->") else name
        self._grammar.terminals[known_as] = read_grammar(f"{module}.lark").terminals[name]

    def _terminal(self) -> str:
        if self._next().kind == "string":
            return re.escape(self._take("string"))
        return self._take("regex")

    def _alternatives(self, rule: str) -> list[Alternative]:
        found = [self._alternative(rule)]
        while self._takes("|"):
            found.append(self._alternative(rule))
        return found

    def _alternative(self, rule: str) -> Alternative:
        parts = self._sequence()
        return Alternative(parts, self._take("word") if self._takes("->") else rule)

    def _sequence(self) -> tuple[Expression, ...]:
        parts = []
        while self._next() == _Token("sign", "(") or self._is_name():
            parts.append(self._part())
        return tuple(parts)

    def _is_name(self) -> bool:
        """Whether the next token is a name in a rule, and not the one of the next statement."""
        kind, text = self._next()
        return kind == "word" and not text.startswith("%") and self._next(1).text != ":"

    def _part(self) -> Expression:
        part = self._choice() if self._takes("(") else self._take("word")
        sign = self._takes("?", "*")
        return Phrase("?" if sign == "?" else "*", (part,)) if sign else part

    def _choice(self) -> Expression:
        parts = [_whole(self._sequence())]
        while self._takes("|"):
            parts.append(_whole(self._sequence()))
        self._take("sign", ")")
        return parts[0] if len(parts) == 1 else Phrase("choice", tuple(parts))


def _whole(parts: tuple[Expression, ...]) -> Expression:
    return parts[0] if len(parts) == 1 else Phrase("sequence", parts)
