"""A language's grammar: its texts read, and its errors in plain words.

plain_text.py reads the texts of a regular language that have no errors, lark_parser.py reads
all others. Where a text is at fault, the error that leaves here is a `SelectorSyntaxError`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from labelsel.errors import SelectorError, SelectorSyntaxError, quote
from labelsel.labels import Fault
from labelsel.languages.grammar_file import read_grammar
from labelsel.languages.plain_text import PlainReader, WordCheck
from labelsel.limits import MAX_CACHED_TEXT_LENGTH, MAX_CACHED_TEXTS, MAX_TEXT_BYTES
from labelsel.locks import new_lock
from labelsel.selector import Selector, Span, require_string

if TYPE_CHECKING:
    from lark import Token

    from labelsel.languages.lark_parser import LarkParser

__all__ = [
    "GRAMMARS",
    "BadTextError",
    "Grammar",
    "Rules",
    "clear_cache",
    "half_pair",
    "span_of",
    "start_of",
]


def clear_cache() -> None:
    """Forget all parsed texts, in every language.

    The cache has at most 1,024 texts of at most 4,096 characters each, so only tests and benchmarks
    need this.

    Raises:
        Nothing.

    Complexity:
        O(cached texts).

    >>> from labelsel import parse
    >>> before = parse("app=web")
    >>> clear_cache()
    >>> parse("app=web") is before
    False
    """
    _read_once.cache_clear()


class BadTextError(Exception):
    """A text is at fault at a position: a word is not legal, or does not belong there.

    ``accepted`` returns the terminals that the parser would accept there, if any help.
    """

    def __init__(
        self,
        position: int,
        problem: str,
        accepted: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        super().__init__(position, problem)
        self.position = position
        self.problem = problem
        self.accepted = accepted


def start_of(token: Token) -> int:
    """Return the offset of a token in its text."""
    return cast("int", token.start_pos)  # Lark types it as optional; a lexed token has it


def span_of(first: Token, last: Token) -> Span:
    """Return the span from the first token of a part to its last."""
    return start_of(first), cast("int", last.end_pos)


class Rules(NamedTuple):
    """A grammar file, and what becomes of what it reads.

    Attributes:
        grammar: the name of the file in grammar/.
        nodes: has a method for each rule, which builds a node of the rule's parts: Lark's tokens,
            and what the methods of other rules return.
        checks: by terminal, what is wrong with a word.
        is_regular: whether the parts of the language do not nest. Texts without errors are then
            read without Lark (plain_text.py). Each method of ``nodes`` gets the span of its rule
            first, and then words, not tokens.
    """

    grammar: str
    nodes: object
    checks: Mapping[str, WordCheck]
    is_regular: bool = False


class Grammar:
    """The rules of a language, and the words of its error messages.

    Args:
        rules: what reads its texts.
        words: what each terminal is called in an error, in the order in which errors list them.
        hint: how to correct a common mistake at a position of a text, or None.
        too_deep: for a language whose parts nest: where in a text they nest too deep, which is
            checked before it is parsed. Errors of such a language cost a second parse.
    """

    def __init__(
        self,
        rules: Rules,
        words: Mapping[str, str],
        *,
        hint: Callable[[str, int], str | None] = lambda _text, _position: None,
        too_deep: Callable[[str], Fault | None] | None = None,
    ) -> None:
        self._rules = rules
        self._words = words
        self._hint = hint
        self._too_deep = too_deep
        self._plain_reader: PlainReader | None = None
        self._lark_parser: LarkParser | None = None
        self._lock = new_lock()
        GRAMMARS[rules.grammar.partition(".")[0]] = self

    def parse(self, text: str) -> Selector:
        """Return the selector that the text means, from the cache where it is there.

        Raises `SelectorSyntaxError`; TypeError where the text is no string.
        """
        text = require_string("a selector", text)
        return _read_once(self, text) if len(text) <= MAX_CACHED_TEXT_LENGTH else self._read(text)

    def find_fault(self, text: str) -> int | None:
        """Return where a text is at fault, None if it is legal. No error and no hint is built.

        Hints are made from it: an offer is a text that was parsed.
        """
        try:
            self._parse(text)
        except BadTextError as bad:
            return bad.position
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
        except BadTextError as bad:
            raise self._error(text, bad) from None

    def _parse(self, text: str) -> Selector:
        fault = _too_long(text) or half_pair(text)
        if fault is None and self._too_deep is not None:
            fault = self._too_deep(text)
        if fault is not None:
            raise BadTextError(fault.offset, fault.problem)
        selector = self._plain().read(text) if self._rules.is_regular else None
        return self._lark().parse(text) if selector is None else selector

    def _plain(self) -> PlainReader:
        # Two threads may both derive it, in 2 ms: either is right.
        if self._plain_reader is None:
            grammar, nodes, checks, _ = self._rules
            self._plain_reader = PlainReader(read_grammar(grammar), nodes, checks)
        return self._plain_reader

    def _lark(self) -> LarkParser:
        # Imported before the lock is taken, so that nothing waits for both. It takes 50 ms.
        from labelsel.languages.lark_parser import LarkParser  # noqa: PLC0415  # see above

        with self._lock:
            if self._lark_parser is None:
                self._lark_parser = LarkParser(self._rules, nests=self._too_deep is not None)
            return self._lark_parser

    def _error(self, text: str, bad: BadTextError) -> SelectorSyntaxError:
        accepted = bad.accepted()
        expected = dict.fromkeys(word for name, word in self._words.items() if name in accepted)
        position, problem = self.locate(text, bad.position, bad.problem)
        return SelectorSyntaxError(
            text, position, tuple(expected), problem=problem, hint=self._hint(text, position)
        )


#: Each grammar by the name of its file, so that the hints of a language can name another one.
GRAMMARS: Final[dict[str, Grammar]] = {}


@lru_cache(maxsize=MAX_CACHED_TEXTS)
def _read_once(grammar: Grammar, text: str) -> Selector:
    return grammar._read(text)  # noqa: SLF001  # the half of Grammar.parse that is cached


def _too_long(text: str) -> Fault | None:
    if len(text) * 4 <= MAX_TEXT_BYTES:  # a character takes at most four bytes
        return None
    size = len(text.encode("utf-8", "surrogatepass"))
    if size <= MAX_TEXT_BYTES:
        return None
    return Fault(0, f"the text has {size} bytes, at most {MAX_TEXT_BYTES} are read")


def half_pair(text: str) -> Fault | None:
    r"""Return where a text has half of a surrogate pair, which no text in UTF-8 has.

    Python reads bytes that are no UTF-8 as such halves. Prometheus refuses these bytes, and JSON,
    in which texts of the other languages travel, cannot hold them (rule D8).

    >>> half_pair("a=\ud800")
    Fault(offset=2, problem="'\\ud800' is half of a surrogate pair, and no character")
    """
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = quote(text[error.start])
        return Fault(error.start, f"{half} is half of a surrogate pair, and no character")
    return None
