"""Text to AST, through the grammars in grammar/: `parse` and `parse_fields`.

A text takes one way: lexer -> tokens, each checked as it is read -> LALR parser, whose
transformer builds the nodes without a tree in between. When the text is at fault, the
error that leaves here is a `SelectorSyntaxError`, never one of Lark's.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from operator import itemgetter
from typing import Final, NamedTuple, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken

from labelsel.errors import SelectorSyntaxError, quoted
from labelsel.hints import hint_for
from labelsel.labels import Fault, key_faults, parse_int64, value_faults
from labelsel.requirements import (
    DoesNotExist,
    Equals,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
)
from labelsel.selector import Everything, Requirement, Selector, all_of, require_string

__all__ = ["MAX_TEXT_BYTES", "clear_cache", "parse", "parse_fields"]

MAX_TEXT_BYTES: Final = 2**20
"""Longest text that is parsed, in bytes of UTF-8."""

_CACHED_TEXTS: Final = 1024
_CACHED_LENGTH: Final = 4096  # longer texts are parsed anew: the cache stays under some 10 MB


def parse(text: str) -> Selector:
    """Read a Kubernetes label selector, the text of ``kubectl -l``.

    1. Requirements are joined by commas, and all must hold: ``k``, ``!k``, ``k=v``,
       ``k==v``, ``k!=v``, ``k in (v,w)``, ``k notin (v,w)``, ``k>5``, ``k<5``.
    2. Blank text selects everything.
    3. Nothing is skipped: a text means all that it says, or it is an error.

    Returns a requirement, an `And` of them sorted by key, or `Everything`. The result is
    cached by text (`clear_cache`). Some 60 µs for three requirements, 0.2 µs from the cache;
    O(len(text)).

    Raises `SelectorSyntaxError` with the place and the reason, also for text over 1 MiB;
    TypeError where the text is no string. Source: SEMANTICS 1 to 15, D1, D3.

    >>> parse("tier in (web,db),!debug")
    And(terms=(DoesNotExist(key='debug'), In(key='tier', values=['db', 'web'])))
    """
    return _parsed(_KUBERNETES, text)


def parse_fields(text: str) -> Selector:
    r"""Read a Kubernetes field selector, the text of ``kubectl --field-selector``.

    1. Terms ``field=v``, ``field==v``, ``field!=v``, joined by commas; empty ones are
       passed over, as is a term with neither field nor value.
    2. Nothing is trimmed, and names are not checked: ``a = b`` is about the field ``a ``.
    3. In a value a backslash stands before ``\``, ``,`` and ``=``, and only there.

    The selector matches mappings of field to value; an absent field reads as "". Cached,
    priced and failing like `parse`. Source: SEMANTICS 21 to 23.

    >>> parse_fields("status.phase!=Running").matches({"status.phase": "Failed"})
    True
    """
    return _parsed(_FIELDS, text)


def clear_cache() -> None:
    """Forget all parsed texts. The cache is bounded, so only tests need this, and timing."""
    _parsed_once.cache_clear()


class _BadWordError(Exception):
    """A word has the right place but is no legal key, value or bound."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(position, problem)
        self.position = position
        self.problem = problem


def _checked(faults_of: Callable[[str], list[Fault]]) -> Callable[[object, Token], Token]:
    """Make a terminal's callback: it lets a word pass or raises its first fault."""

    def check(_: object, token: Token) -> Token:
        faults = faults_of(str(token))
        if faults:
            offset, problem = min(faults)
            raise _BadWordError(_start(token) + offset, problem)
        return token

    return check


def _bound_faults(text: str) -> list[Fault]:
    if parse_int64(text) is None:
        return [Fault(0, f"'>' and '<' compare with a whole number of 64 bits, not {quoted(text)}")]
    return value_faults(text)


def _escape_faults(text: str) -> list[Fault]:
    return [
        Fault(match.start(), problem)
        for match in _ESCAPE.finditer(text)
        if (problem := _escape_problem(match[0])) is not None
    ]


def _escape_problem(found: str) -> str | None:
    match found:
        case "=":
            return "a '=' in a value is written '\\='"
        case "\\":
            return "the value ends in a lone backslash; a backslash is written '\\\\'"
        case "\\\\" | "\\," | "\\=":
            return None
        case _:
            return f"a backslash stands only before '\\', ',' and '=', not before {found[1]!r}"


_ESCAPE: Final = re.compile(r"\\[\s\S]?|=")


@v_args(inline=True)
class _KubernetesNodes(Transformer[Token, Selector]):
    """Builds the nodes of a label selector as the parser reduces.

    Upper-case methods are called for each token, before the parser sees it.
    """

    KEY = _checked(key_faults)
    VALUE = _checked(value_faults)
    BOUND = _checked(_bound_faults)

    def start(self, *requirements: Requirement) -> Selector:
        return all_of(requirements)

    def exists(self, key: Token) -> Requirement:
        return Exists(str(key), span=_span(key, key))

    def does_not_exist(self, sign: Token, key: Token) -> Requirement:
        return DoesNotExist(str(key), span=_span(sign, key))

    def equals(self, key: Token, sign: Token, value: Token | None = None) -> Requirement:
        doubled = sign.type == "DOUBLE_EQUALS"
        return Equals(str(key), str(value or ""), doubled=doubled, span=_span(key, value or sign))

    def not_equals(self, key: Token, sign: Token, value: Token | None = None) -> Requirement:
        return NotEquals(str(key), str(value or ""), span=_span(key, value or sign))

    def in_(self, key: Token, values: _Values) -> Requirement:
        return In(str(key), values.values, span=_span(key, values.close))

    def not_in(self, key: Token, values: _Values) -> Requirement:
        return NotIn(str(key), values.values, span=_span(key, values.close))

    def greater_than(self, key: Token, bound: Token) -> Requirement:
        return GreaterThan(str(key), str(bound), span=_span(key, bound))

    def less_than(self, key: Token, bound: Token) -> Requirement:
        return LessThan(str(key), str(bound), span=_span(key, bound))

    def values(self, *items: str | Token) -> _Values:
        *values, close = items
        return _Values(frozenset(values), cast("Token", close))

    def item(self, value: Token | None = None) -> str:
        return str(value or "")


class _Values(NamedTuple):
    """The values of a set, and the parenthesis that closes it."""

    values: frozenset[str]
    close: Token


@v_args(inline=True)
class _FieldNodes(Transformer[Token, Selector]):
    """Builds the nodes of a field selector as the parser reduces."""

    VALUE = _checked(_escape_faults)

    def start(self, *requirements: tuple[str, Selector]) -> Selector:
        # By the text of each term, and so in the order that Kubernetes prints.
        return all_of(term for _, term in sorted(requirements, key=itemgetter(0)))

    def requirement(self, *tokens: Token) -> tuple[str, Selector]:
        words = {"FIELD": "", "VALUE": ""} | {token.type: str(token) for token in tokens}
        node = FieldNotEquals if "NOT_EQUALS" in words else FieldEquals
        field, value = words["FIELD"], _unescaped(words["VALUE"])
        if not field and not value:
            return "", Everything()  # a lone operator says nothing: SEMANTICS 21
        return "".join(tokens), node(field, value, span=_span(tokens[0], tokens[-1]))


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda match: match[0][1:], value) if "\\" in value else value


def _start(token: Token) -> int:
    return cast("int", token.start_pos)  # Lark types it as optional; a lexed token has it


def _span(first: Token, last: Token) -> tuple[int, int]:
    return _start(first), cast("int", last.end_pos)


class _Language:
    """A grammar, what builds its nodes, and the words in which its errors are told."""

    def __init__(
        self,
        grammar: str,
        nodes: Transformer[Token, Selector],
        words: Mapping[str, str],
        hint: Callable[[str, int], str | None],
    ) -> None:
        self._grammar = grammar
        self._nodes = nodes
        self._words = words
        self._hint = hint
        # Lark builds its scanners at the first token that needs them, and not for two
        # threads at once; uncontended, the lock costs 0.1 of some 60 µs.
        self._lock = threading.RLock()
        self._parser: Lark | None = None

    def read(self, text: str) -> Selector:
        """Parse the text, or raise `SelectorSyntaxError`."""
        self._refuse_long(text)
        try:
            with self._lock:
                parser = self._parser or self._build()
                return cast("Selector", parser.parse(text))
        except _BadWordError as fault:
            raise self._error(text, fault.position, problem=fault.problem) from None
        except UnexpectedInput as fault:
            raise self._syntax_error(text, fault) from None

    def _build(self) -> Lark:
        source = files("labelsel.grammar").joinpath(self._grammar).read_text(encoding="utf-8")
        # transformer= builds the nodes within the parse: a quarter of the time that a tree
        # and a walk over it take. Without placeholders an absent part is no argument.
        self._parser = Lark(
            source, parser="lalr", transformer=self._nodes, maybe_placeholders=False
        )
        return self._parser

    def _refuse_long(self, text: str) -> None:
        if len(text) * 4 <= MAX_TEXT_BYTES:  # a character takes at most four bytes
            return
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > MAX_TEXT_BYTES:
            problem = f"the text has {size} bytes, at most {MAX_TEXT_BYTES} are read"
            raise SelectorSyntaxError(text, 0, problem=problem)

    def _syntax_error(self, text: str, fault: UnexpectedInput) -> SelectorSyntaxError:
        # Of the tokens that Lark names as expected some would fail all the same;
        # what the parser accepts in this very state is told only by .accepts().
        accepted = fault.interactive_parser.accepts()  # type: ignore[no-untyped-call]
        expected = dict.fromkeys(word for name, word in self._words.items() if name in accepted)
        if isinstance(fault, UnexpectedToken):
            if fault.token.type == "$END":  # Lark names the last token's place
                return self._error(text, len(text), expected, "the text ends too early")
            found = quoted(str(fault.token))
        else:
            found = repr(text[cast("int", fault.pos_in_stream)])
        return self._error(text, cast("int", fault.pos_in_stream), expected, f"found {found}")

    def _error(
        self, text: str, position: int, expected: Iterable[str] = (), problem: str = ""
    ) -> SelectorSyntaxError:
        return SelectorSyntaxError(
            text, position, tuple(expected), problem=problem, hint=self._hint(text, position)
        )


_OPERATOR: Final = "an operator (=, ==, !=, in, notin, >, <)"
_OPERATORS: Final = (
    "EQUALS", "DOUBLE_EQUALS", "NOT_EQUALS", "_IN", "_NOTIN", "_GREATER", "_LESS",
)  # fmt: skip

_KUBERNETES: Final = _Language(
    "kubernetes.lark",
    _KubernetesNodes(),
    {
        "KEY": "a label key",
        "NOT": "'!'",
        **dict.fromkeys(_OPERATORS, _OPERATOR),
        "VALUE": "a value",
        "BOUND": "a whole number",
        "_OPEN": "'('",
        "_COMMA": "','",
        "CLOSE": "')'",
        "$END": "the end",
    },
    hint_for,
)

_FIELDS: Final = _Language(
    "fields.lark",
    _FieldNodes(),
    dict.fromkeys(("EQUALS", "DOUBLE_EQUALS", "NOT_EQUALS"), "an operator (=, ==, !=)"),
    lambda _text, _position: None,
)


def _parsed(language: _Language, text: str) -> Selector:
    text = require_string("a selector", text)
    if len(text) > _CACHED_LENGTH:
        return language.read(text)
    return _parsed_once(language, text)


@lru_cache(maxsize=_CACHED_TEXTS)
def _parsed_once(language: _Language, text: str) -> Selector:
    return language.read(text)
