"""A grammar file read through Lark: the nodes of a text, and where a text is at fault.

A text takes one way: lexer -> tokens, each checked as it is read -> LALR parser, which builds
the nodes without a tree in between. Lark takes 100 ms to load and to read a grammar, so only
grammar.py imports this module, when a text needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from labelsel.errors import quote
from labelsel.languages.grammar import BadTextError, Rules, span_of, start_of
from labelsel.languages.plain_text import WordCheck
from labelsel.locks import new_lock
from labelsel.selector import Selector, Span

__all__ = ["LarkParser"]


class LarkParser:
    """Reads the texts of one grammar; safe for threads.

    ``nests`` is whether parts of the language nest.
    """

    def __init__(self, rules: Rules, *, nests: bool) -> None:
        self._nests = nests
        # Lark builds its scanners at the first token that needs them, and not for two
        # threads at once; uncontended, the lock costs 0.1 of some 60 µs.
        self._lock = new_lock()
        # transformer= builds the nodes within the parse: a quarter of the time that a tree
        # and a walk over it take.
        self._lark = Lark.open_from_package(
            "labelsel.grammar",
            rules.grammar,
            ("",),
            parser="lalr",
            transformer=_callbacks(rules),
        )

    def parse(self, text: str) -> Selector:
        """Return the selector that a text means. Raises `BadTextError`."""
        try:
            with self._lock:
                found: Any = self._lark.parse(text)
        except UnexpectedInput as unexpected:
            raise self._bad_text(text, unexpected) from None
        return cast("Selector", found.value if isinstance(found, _Part) else found)

    def _bad_text(self, text: str, fault: UnexpectedInput) -> BadTextError:
        position = cast("int", fault.pos_in_stream)
        if not isinstance(fault, UnexpectedToken):
            problem = f"found {text[position]!r}"
        elif fault.token.type != "$END":
            problem = f"found {quote(str(fault.token))}"
        else:
            # Of a text that ends too early Lark names the position of the last token.
            position = len(text)
            problem = "the text ends too early"

        def accepted() -> Collection[str]:
            # Of the tokens that Lark names as expected some would fail all the same;
            # only .accepts() tells what the parser accepts in this state.
            state = self._state_at(text[:position]) if self._nests else fault.interactive_parser
            return cast("Collection[str]", state.accepts())  # type: ignore[no-untyped-call]  # Lark has no type

        return BadTextError(position, problem, accepted)

    def _state_at(self, beginning: str) -> InteractiveParser:
        """Return the parser as it was before it saw what follows on a good beginning.

        An LALR parser may end parts before it refuses a token, and where parts nest, what
        could have come next in them is then lost: for "(a" it would only report "expected ')'".
        """
        with self._lock:
            state = self._lark.parse_interactive(beginning)
            state.exhaust_lexer()
        return state


def _callbacks(rules: Rules) -> Any:
    """Return what Lark calls by name: for a terminal with each token, for a rule with its parts."""
    as_callback = _with_span if rules.is_regular else _of_parts
    names = [name for name in dir(rules.nodes) if not name.startswith("_")]
    of_rules = {name: as_callback(getattr(rules.nodes, name)) for name in names}
    of_terminals = {name: _checked(check) for name, check in rules.checks.items()}
    return SimpleNamespace(**of_rules, **of_terminals)


def _checked(faults_of: WordCheck) -> Callable[[Token], Token]:
    """Return what lets a token pass or raises its first fault."""

    def check(token: Token) -> Token:
        faults = faults_of(str(token))
        if faults:
            offset, problem = min(faults)
            raise BadTextError(start_of(token) + offset, problem)
        return token

    return check


def _of_parts(build: Callable[..., object]) -> Callable[[list[object]], object]:
    return lambda parts: build(*parts)


class _Part(NamedTuple):
    """What a token or a rule is, and where it stands; None where it is no text at all."""

    value: object
    span: Span | None


def _with_span(build: Callable[..., object]) -> Callable[[list[Token | _Part]], _Part]:
    def build_part(children: list[Token | _Part]) -> _Part:
        parts = [child if isinstance(child, _Part) else _word(child) for child in children]
        span = _joined(part.span for part in parts if part.span is not None)
        return _Part(build(span, *(part.value for part in parts)), span)

    return build_part


def _word(token: Token) -> _Part:
    return _Part(str(token), span_of(token, token))


def _joined(spans: Iterable[Span]) -> Span | None:
    ends = [end for span in spans for end in span]
    return (ends[0], ends[-1]) if ends else None
