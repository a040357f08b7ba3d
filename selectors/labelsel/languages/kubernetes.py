"""Kubernetes label selectors: the text of ``kubectl -l``."""

from __future__ import annotations

from typing import Final, NamedTuple, cast

from lark import Token, Transformer, v_args

from labelsel.errors import quote
from labelsel.labels import Fault, key_faults, parse_int64, value_faults
from labelsel.languages.grammar import Grammar, check_token, span_of
from labelsel.languages.registry import Language
from labelsel.requirements import (
    OPERATORS,
    DoesNotExist,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
    name_operators,
)
from labelsel.selector import Requirement, Selector, SelectorOrText, all_of
from labelsel.translation import KUBERNETES_TEXT, conjunction, write

__all__ = ["KUBERNETES", "parse", "to_kubernetes"]


def parse(text: str) -> Selector:
    """Read a Kubernetes label selector, the text of ``kubectl -l``.

    1. Requirements are joined by commas, and all must hold: ``k``, ``!k``, ``k=v``,
       ``k==v``, ``k!=v``, ``k in (v,w)``, ``k notin (v,w)``, ``k>5``, ``k<5``.
    2. Blank text selects everything.
    3. Nothing is skipped: every part of a text counts, or the text is an error.

    Returns a requirement, an `And` of them sorted by key, or `Everything`. The result is
    cached by text (`clear_cache`). Some 60 µs for three requirements, 0.2 µs from the cache;
    O(len(text)).

    Raises `SelectorSyntaxError` with the position and the reason, also for text over 1 MiB;
    TypeError where the text is no string. Source: rules 1 to 15, D1, D3.

    >>> parse("tier in (web,db),!debug")
    And(terms=(DoesNotExist(key='debug'), In(key='tier', values=['db', 'web'])))
    """
    return _GRAMMAR.parse(text)


def to_kubernetes(selector: SelectorOrText) -> str:
    """Return Kubernetes selector text that means the same; `labelsel.parse` reads it back.

    Raises `TranslationError` naming the part that such text cannot express: an Or over several
    keys, parts of values, regular expressions, illegal keys and values, nothing at all.
    O(requirements) for a conjunction, else what `simplify` costs.

    >>> from labelsel import parse_expression
    >>> to_kubernetes(parse_expression("!(has(debug) || tier in {'db', 'cache'})"))
    '!debug,tier notin (cache,db)'
    """
    return write(selector, lambda form: str(all_of(conjunction(form, KUBERNETES_TEXT))))


def _bound_faults(text: str) -> list[Fault]:
    if parse_int64(text) is None:
        return [Fault(0, f"'>' and '<' compare with a whole number of 64 bits, not {quote(text)}")]
    return value_faults(text)


@v_args(inline=True)
class _Nodes(Transformer[Token, Selector]):
    """Builds the nodes of a label selector as the parser reduces.

    Upper-case methods are called for each token, before the parser sees it.
    """

    KEY = check_token(key_faults)
    VALUE = check_token(value_faults)
    BOUND = check_token(_bound_faults)

    def start(self, *requirements: Requirement) -> Selector:
        return all_of(requirements)

    def exists(self, key: Token) -> Requirement:
        return Exists(str(key), span=span_of(key, key))

    def does_not_exist(self, sign: Token, key: Token) -> Requirement:
        return DoesNotExist(str(key), span=span_of(sign, key))

    def equals(self, key: Token, sign: Token, value: Token | None = None) -> Requirement:
        doubled = sign.type == "DOUBLE_EQUALS"
        return Equals(str(key), str(value or ""), doubled=doubled, span=span_of(key, value or sign))

    def not_equals(self, key: Token, sign: Token, value: Token | None = None) -> Requirement:
        return NotEquals(str(key), str(value or ""), span=span_of(key, value or sign))

    def in_(self, key: Token, values: _Values) -> Requirement:
        return In(str(key), values.values, span=span_of(key, values.close))

    def not_in(self, key: Token, values: _Values) -> Requirement:
        return NotIn(str(key), values.values, span=span_of(key, values.close))

    def greater_than(self, key: Token, bound: Token) -> Requirement:
        return GreaterThan(str(key), str(bound), span=span_of(key, bound))

    def less_than(self, key: Token, bound: Token) -> Requirement:
        return LessThan(str(key), str(bound), span=span_of(key, bound))

    def values(self, *items: str | Token) -> _Values:
        *values, close = items
        return _Values(frozenset(values), cast("Token", close))

    def item(self, value: Token | None = None) -> str:
        return str(value or "")


class _Values(NamedTuple):
    """The values of a set, and the parenthesis that closes it."""

    values: frozenset[str]
    close: Token


def _hint(text: str, position: int) -> str | None:
    # Only errors need hints; the module takes 3 ms to load.
    from labelsel.languages.kubernetes_mistakes import hint_for  # noqa: PLC0415  # see above

    return hint_for(text, position)


_OPERATOR: Final = name_operators(row.kubernetes for row in OPERATORS)
_OPERATORS: Final = (
    "EQUALS", "DOUBLE_EQUALS", "NOT_EQUALS", "_IN", "_NOTIN", "_GREATER", "_LESS",
)  # fmt: skip

_GRAMMAR: Final = Grammar(
    "kubernetes.lark",
    _Nodes(),
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
    hint=_hint,
)

KUBERNETES: Final = Language(
    name="kubernetes",
    parse=parse,
    format=to_kubernetes,
    example="app=web,tier notin (db,cache),!debug",
)
