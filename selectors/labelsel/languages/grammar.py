"""A language's grammar, read through Lark, and its errors in plain words.

A text takes one way: lexer -> tokens, each checked as it is read -> LALR parser, whose
transformer builds the nodes without a tree in between. When the text is at fault, the
error that leaves here is a `SelectorSyntaxError`, never one of Lark's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from labelsel.errors import SelectorError, SelectorSyntaxError, quote
from labelsel.labels import Fault
from labelsel.selector import Selector, Span, require_string

__all__ = [
    "GRAMMARS",
    "MAX_TEXT_BYTES",
    "BadWordError",
    "Grammar",
    "check_token",
    "clear_cache",
    "span_of",
    "start_of",
]

MAX_TEXT_BYTES: Final = 2**20
"""Longest text that is parsed, in bytes of UTF-8."""

_CACHED_TEXTS: Final = 1024
_CACHED_LENGTH: Final = 4096  # longer texts are parsed anew: the cache stays under some 10 MB


def clear_cache() -> None:
    """Forget all parsed texts. The cache is bounded, so only tests and benchmarks need this.

    >>> from labelsel import parse
    >>> before = parse("app=web")
    >>> clear_cache()
    >>> parse("app=web") is before
    False
    """
    _read_once.cache_clear()


class BadWordError(Exception):
    """A word is where a key, a value or a bound belongs, but is not a legal one."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(position, problem)
        self.position = position
        self.problem = problem


def check_token(faults_of: Callable[[str], list[Fault]]) -> Callable[[object, Token], Token]:
    """Make a terminal's callback: it lets a word pass or raises its first fault."""

    def check(_: object, token: Token) -> Token:
        faults = faults_of(str(token))
        if faults:
            offset, problem = min(faults)
            raise BadWordError(start_of(token) + offset, problem)
        return token

    return check


def start_of(token: Token) -> int:
    """Return the offset of a token in its text."""
    return cast("int", token.start_pos)  # Lark types it as optional; a lexed token has it


def span_of(first: Token, last: Token) -> Span:
    """Return the span from the first token of a part to its last."""
    return start_of(first), cast("int", last.end_pos)


class Grammar:
    """A grammar file, the class that builds its nodes, and the words of its error messages.

    Args:
        grammar: the name of its file in grammar/.
        nodes: builds the nodes as the parser reduces.
        words: what each terminal is called in an error, in the order in which errors list them.
        hint: how to correct a common mistake at a position of a text, or None.
        too_deep: for a language whose parts nest: where in a text they nest too deep, which is
            checked before it is parsed. Errors of such a language cost a second parse.
    """

    def __init__(
        self,
        grammar: str,
        nodes: Transformer[Token, Selector],
        words: Mapping[str, str],
        *,
        hint: Callable[[str, int], str | None] = lambda _text, _position: None,
        too_deep: Callable[[str], Fault | None] | None = None,
    ) -> None:
        self._grammar = grammar
        self._nodes = nodes
        self._words = words
        self._hint = hint
        self._too_deep = too_deep
        # Lark builds its scanners at the first token that needs them, and not for two
        # threads at once; uncontended, the lock costs 0.1 of some 60 µs.
        self._lock = threading.RLock()
        self._parser: Lark | None = None
        GRAMMARS[grammar.partition(".")[0]] = self

    def parse(self, text: str) -> Selector:
        """Return the selector that the text means, from the cache where it is there.

        Raises `SelectorSyntaxError`; TypeError where the text is no string.
        """
        text = require_string("a selector", text)
        return _read_once(self, text) if len(text) <= _CACHED_LENGTH else self._read(text)

    def find_fault(self, text: str) -> int | None:
        """Return where a text is at fault, None if it is legal. No error and no hint is built.

        Hints are made from it: an offer is a text that was parsed.
        """
        try:
            self._parse(text)
        except BadWordError as bad:
            return bad.position
        except UnexpectedInput as unexpected:
            return self._position(text, unexpected)
        # Nested too deep, or a regular expression without RE2: nothing to offer.
        except (SelectorError, ImportError):
            return 0
        return None

    def accept(self, text: str) -> Selector | None:
        """Return the selector that a text means; None if the text is not legal.

        >>> from labelsel import parse
        >>> GRAMMARS["kubernetes"].accept("a,,b")
        """
        return self._parse(text) if self.find_fault(text) is None else None

    def locate(self, _text: str, position: int, problem: str) -> Fault:
        """Return where an error points to, and what it says, of what the parser stopped at."""
        return Fault(position, problem)

    def _read(self, text: str) -> Selector:
        try:
            return self._parse(text)
        except BadWordError as bad:
            raise self._error(text, bad.position, problem=bad.problem) from None
        except UnexpectedInput as unexpected:
            raise self._syntax_error(text, unexpected) from None

    def _parse(self, text: str) -> Selector:
        fault = _too_long(text) or (self._too_deep(text) if self._too_deep else None)
        if fault is not None:
            raise BadWordError(fault.offset, fault.problem)
        with self._lock:
            parser = self._parser or self._build()
            return cast("Selector", parser.parse(text))

    def _build(self) -> Lark:
        # transformer= builds the nodes within the parse: a quarter of the time that a tree
        # and a walk over it take. Without placeholders an absent part is no argument.
        self._parser = Lark.open_from_package(
            "labelsel.grammar",
            self._grammar,
            ("",),
            parser="lalr",
            transformer=self._nodes,
            maybe_placeholders=False,
        )
        return self._parser

    def _position(self, text: str, fault: UnexpectedInput) -> int:
        # Of a text that ends too early Lark names the position of the last token.
        ends = isinstance(fault, UnexpectedToken) and fault.token.type == "$END"
        return len(text) if ends else cast("int", fault.pos_in_stream)

    def _syntax_error(self, text: str, fault: UnexpectedInput) -> SelectorSyntaxError:
        position = self._position(text, fault)
        if not isinstance(fault, UnexpectedToken):
            problem = f"found {text[position]!r}"
        elif fault.token.type != "$END":
            problem = f"found {quote(str(fault.token))}"
        else:
            problem = "the text ends too early"
        # Of the tokens that Lark names as expected some would fail all the same;
        # only .accepts() tells what the parser accepts in this state.
        state = self._state_at(text[:position]) if self._too_deep else fault.interactive_parser
        accepted = state.accepts()  # type: ignore[no-untyped-call]  # Lark has no type
        expected = dict.fromkeys(word for name, word in self._words.items() if name in accepted)
        return self._error(text, position, expected, problem)

    def _state_at(self, beginning: str) -> InteractiveParser:
        """Return the parser as it was before it saw what follows on a good beginning.

        An LALR parser may end parts before it refuses a token, and where parts nest, what
        could have come next in them is then lost: for "(a" it would only report "expected ')'".
        """
        with self._lock:
            state = (self._parser or self._build()).parse_interactive(beginning)
            state.exhaust_lexer()
        return state

    def _error(
        self, text: str, position: int, expected: Iterable[str] = (), problem: str = ""
    ) -> SelectorSyntaxError:
        position, problem = self.locate(text, position, problem)
        return SelectorSyntaxError(
            text, position, tuple(expected), problem=problem, hint=self._hint(text, position)
        )


#: Each grammar by the name of its file, so that the hints of a language can name another one.
GRAMMARS: Final[dict[str, Grammar]] = {}


@lru_cache(maxsize=_CACHED_TEXTS)
def _read_once(grammar: Grammar, text: str) -> Selector:
    return grammar._read(text)  # noqa: SLF001  # the half of Grammar.parse that is cached


def _too_long(text: str) -> Fault | None:
    if len(text) * 4 <= MAX_TEXT_BYTES:  # a character takes at most four bytes
        return None
    size = len(text.encode("utf-8", "surrogatepass"))
    if size <= MAX_TEXT_BYTES:
        return None
    return Fault(0, f"the text has {size} bytes, at most {MAX_TEXT_BYTES} are read")
