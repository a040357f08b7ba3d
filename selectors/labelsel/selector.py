"""What a selector is: the node types, what each means, and its canonical text.

A selector is an immutable tree. Its leaves are *requirements* (requirements.py), each about
one key; above them stand `And`, `Or`, `Not`, and there are `Everything` and `Nothing`.
Meaning is written once: `Requirement.allows` for the leaves and `holds` for the tree. Every
engine of the library is a faster way to the same answer and is tested equal to it.

Nodes are ordinary values: compare, hash, pickle and pattern-match them.

>>> from labelsel import parse
>>> match parse("app=web,!debug"):
...     case And(terms):
...         print([term.key for term in terms])
['app', 'debug']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, ClassVar, Final, NoReturn, TypeAlias, assert_never, cast

from labelsel.errors import SelectorLimitError, shown
from labelsel.labels import checked_labels, plain_string
from labelsel.questions import Questions

__all__ = [
    "MAX_DEPTH",
    "And",
    "Everything",
    "Everywhere",
    "Node",
    "Not",
    "Nothing",
    "Or",
    "Predicate",
    "Requirement",
    "Selector",
    "Span",
    "all_of",
    "any_of",
    "holds",
    "require_string",
    "sealed",
    "use_compiler",
]

MAX_DEPTH: Final = 100
"""How many And, Or and Not may stand above each other. Every walk over a selector recurses,
and far below this many levels no walk can meet Python's own limit."""

Predicate: TypeAlias = Callable[[Mapping[str, str] | None], bool]
"""A function from a label set (None counts as no labels) to whether it is selected."""

Span: TypeAlias = tuple[int, int]
"""Where a requirement stands in the text it was parsed from: start and end, in characters."""


class Selector(Questions):
    """The parent of every node; all that a caller needs is here.

    Selectors compare by structure: equal nodes with equal parts. Two selectors that mean
    the same may differ (`x=a` and `x in (a)` do, as their canonical texts do).
    """

    __slots__ = ("_predicate",)
    _predicate: Predicate

    @property
    def depth(self) -> int:
        """How many And, Or and Not stand above each other; 0 for a requirement."""
        return 0

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        """Return whether the label set is selected. None counts as no labels.

        The first call compiles the selector (some 50 µs), the others cost a call more than
        `compile_predicate`'s function, which a hot loop should call itself.

        TypeError where ``labels`` is no mapping of strings to strings, by the rules of
        `compile_predicate`: a whole object is not selected because it has no label ``app``.

        >>> from labelsel import Equals
        >>> Equals("app", "web").matches({"app": "web", "tier": "db"})
        True
        """
        try:
            predicate = self._predicate
        except AttributeError:
            predicate = _compile(self)
            object.__setattr__(self, "_predicate", predicate)
        return predicate(labels)

    def __bool__(self) -> NoReturn:
        """Raise TypeError: ``one and other``, ``not one`` mean what ``&``, ``|``, ``~`` say."""
        message = (
            "a selector is neither true nor false. Combine selectors with & | ~ instead of"
            " `and`, `or`, `not`. Ask whether one holds with .matches(labels), and whether"
            " there is one with `is not None`"
        )
        raise TypeError(message)

    def __and__(self, other: object) -> Selector:
        """Both hold. The same as ``all_of([self, other])``, and O(1): see `_Joined`."""
        return _joined(And, self, other) if isinstance(other, Selector) else NotImplemented

    def __or__(self, other: object) -> Selector:
        """At least one holds. The same as ``any_of([self, other])``, and O(1): see `_Joined`."""
        return _joined(Or, self, other) if isinstance(other, Selector) else NotImplemented

    def __invert__(self) -> Selector:
        """Exactly where this does not hold. The negation of a negation is what it negates."""
        return Not(self)

    def __str__(self) -> str:
        """Return the canonical text.

        1. Requirements are sorted by key, equal keys keep their order, values are sorted
           and distinct (rule 15). Parsing the text gives an equal selector.
        2. What Kubernetes text cannot say (`Or`, `Not`, `Nothing`, an illegal key or value)
           is written so that people can read it and the parser refuses it: it never reads
           back as something else (rule D2).
        """
        raise NotImplementedError

    def __reduce__(self) -> tuple[object, ...]:
        # Through the constructor: what it checks is checked again, caches are left behind.
        parts = [f for f in fields(self) if f.init]  # type: ignore[arg-type]  # nodes are dataclasses
        return _rebuild, (type(self), {f.name: getattr(self, f.name) for f in parts})


def _rebuild(node: type[Selector], parts: dict[str, object]) -> Selector:
    return node(**parts)


@dataclass(frozen=True, slots=True)
class Everything(Selector):
    """Selects every label set. The meaning of the empty text and of the object ``{}``."""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Everywhere(Everything):
    """Selects every label set: Calico's ``global()``, which text keeps apart from ``all()``."""


@dataclass(frozen=True, slots=True)
class Nothing(Selector):
    """Selects no label set. The meaning of a LabelSelector that is null."""

    def __str__(self) -> str:
        return "(nothing)"


@dataclass(frozen=True, slots=True)
class Requirement(Selector):
    """The parent of the leaves: each says something about the value of one key.

    Attributes:
        key: any string. Whether it is a legal label key is the parser's business.
        span: where it stands in the text it came from, or None; no part of equality.
    """

    sorted_by_key: ClassVar[bool] = True
    """Whether canonical text sorts it by key; field selectors are sorted by text instead."""

    key: str
    span: Span | None = field(default=None, compare=False, repr=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", require_string("key", self.key))

    def allows(self, value: str | None) -> bool:
        """Return whether the requirement holds where its key has this value.

        None stands for a key that is absent. This is the definition of the requirement:
        whatever else answers for it is tested equal to it.
        """
        raise NotImplementedError

    def inverse(self) -> Requirement | None:
        """Return the requirement that holds exactly where this does not.

        None where there is no such node, and `Not` has to say it.
        """
        return None


@dataclass(frozen=True, slots=True)
class _Joined(Selector):
    """The parent of And and Or: some terms.

    ``&`` and ``|`` only note what they join; the terms are put together when they are first
    asked for. So ``s = s & x`` in a loop costs O(n log n) in all, not O(n) for each step.
    """

    terms: tuple[Selector, ...]
    depth: int = field(init=False, compare=False, repr=False)
    _parts: tuple[Selector, ...] | None = field(default=None, init=False, compare=False, repr=False)
    """What was joined; None where ``terms`` is there."""
    _is_canonical: bool = field(default=False, init=False, compare=False, repr=False)
    """Whether it was made so that nothing in it is to be opened or dropped."""

    def __post_init__(self) -> None:
        _adopt(self, self.terms)

    if not TYPE_CHECKING:  # pragma: no branch  # to a type checker the terms are simply there

        def __getattr__(self, name: str) -> object:
            if name == "terms" and self._parts is not None:
                object.__setattr__(self, "terms", _put_together(self))
                # Only now: another thread that finds no parts must find the terms.
                object.__setattr__(self, "_parts", None)
            return object.__getattribute__(self, name)


@dataclass(frozen=True, slots=True)
class And(_Joined):
    """All of the terms hold; ``And(())`` holds always, as ``all([])`` does.

    Terms stand as they were given. `all_of` and ``&`` make the canonical form instead.
    """

    def __str__(self) -> str:
        return ",".join(_part(term) for term in sorted(_conjuncts(self.terms), key=_sort_key))


@dataclass(frozen=True, slots=True)
class Or(_Joined):
    """At least one of the terms holds; ``Or(())`` never does, as ``any([])``."""

    def __str__(self) -> str:
        return " || ".join(map(_part, self.terms)) or str(Nothing())


@dataclass(frozen=True, slots=True)
class Not(Selector):
    """The term does not hold."""

    term: Selector
    depth: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        _set_depth(self, (self.term,))

    def __str__(self) -> str:
        return f"!({self.term})"

    def __invert__(self) -> Selector:
        return self.term


Node: TypeAlias = Everything | Nothing | And | Or | Not | Requirement
"""Every node there is, for a ``match`` that the type checker knows to be whole."""


def sealed(selector: object) -> Node:
    """Return the selector itself, typed as one of the nodes there are.

    TypeError where it is no selector.
    """
    if isinstance(selector, Selector):
        return cast("Node", selector)
    message = f"a selector is wanted, not {shown(selector)}"
    raise TypeError(message)


def holds(selector: Selector, labels: Mapping[str, str] | None) -> bool:
    """Return whether a label set is selected: the definition, by walking the tree.

    None counts as no labels; TypeError where it is no label set (`labels.checked_labels`).
    O(requirements + labels). `Selector.matches` gives the same answer some twenty times as
    fast.

    >>> from labelsel import Equals, Exists
    >>> holds(Not(Exists("debug")) & Equals("app", "web"), {"app": "web"})
    True
    """
    return _holds(selector, checked_labels(labels))


def _holds(selector: Selector, labels: Mapping[str, str]) -> bool:
    match sealed(selector):
        case Everything():
            return True
        case Nothing():
            return False
        case And(terms):
            return all(_holds(term, labels) for term in terms)
        case Or(terms):
            return any(_holds(term, labels) for term in terms)
        case Not(term):
            return not _holds(term, labels)
        case Requirement() as requirement:
            return requirement.allows(labels.get(requirement.key))
        case _ as unreachable:
            assert_never(unreachable)


def all_of(selectors: Iterable[Selector]) -> Selector:
    """Return the conjunction in canonical form: nested Ands opened, requirements by key.

    None at all gives `Everything`, one gives itself. Requirements with equal keys keep
    their order; whatever is no requirement stands behind them. O(n log n).

    >>> from labelsel import Equals, Exists
    >>> str(all_of([Exists("b"), Equals("a", "1"), Everything()]))
    'a=1,b'
    """
    terms = [term for term in _conjuncts(selectors) if not isinstance(term, Everything)]
    terms.sort(key=_sort_key)
    return _unwrapped(And, terms, Everything())


def any_of(selectors: Iterable[Selector]) -> Selector:
    """Return the disjunction with nested Ors opened; terms keep their order.

    None at all gives `Nothing`, one gives itself. O(n).

    >>> from labelsel import Exists
    >>> any_of([Exists("b"), Nothing()])
    Exists(key='b')
    """
    terms: list[Selector] = []
    for selector in selectors:
        terms += selector.terms if isinstance(selector, Or) else (selector,)
    return _unwrapped(Or, [term for term in terms if not isinstance(term, Nothing)], Nothing())


def use_compiler(compiler: Callable[[Selector], Predicate]) -> None:
    """Set what `Selector.matches` compiles with: predicate.py puts itself in place here.

    This module stands below predicate.py and may not import it; until it is loaded,
    `matches` walks the tree with `holds`.
    """
    global _compile  # noqa: PLW0603  # set once, when predicate.py is loaded
    _compile = compiler


def _walk(selector: Selector) -> Predicate:
    return lambda labels: holds(selector, labels)


_compile: Callable[[Selector], Predicate] = _walk


def _unwrapped(node: type[And | Or], terms: list[Selector], neutral: Selector) -> Selector:
    if len(terms) > 1:
        made = node(tuple(terms))
        object.__setattr__(made, "_is_canonical", True)
        return made
    return sealed(terms[0]) if terms else neutral


def _joined(node: type[And | Or], one: Selector, other: Selector) -> Selector:
    """Return what `all_of` or `any_of` makes of two selectors.

    O(1) where these are canonical, or no And or Or themselves; otherwise O(what is not).
    """
    opened = (_opened(node, part) for part in (one, other))
    parts = tuple(part for part in opened if part is not None)
    if len(parts) < 2:
        if parts and (not isinstance(parts[0], node) or parts[0]._is_canonical):  # noqa: SLF001  # of this module
            return parts[0]
        return all_of(parts) if node is And else any_of(parts)
    made = object.__new__(node)
    for name, value in (("_parts", parts), ("_is_canonical", True)):
        object.__setattr__(made, name, value)
    levels = (part.depth - isinstance(part, node) for part in parts)
    _check_depth(made, 1 + max(levels))
    return made


def _opened(node: type[And | Or], part: Selector) -> Selector | None:
    """Return what to join: if a node itself, one whose terms are terms of the whole.

    None where it adds nothing.
    """
    if not isinstance(part, node):
        return None if isinstance(part, Everything if node is And else Nothing) else part
    if part._is_canonical:  # noqa: SLF001  # of this module
        return part
    if isinstance(part, And):
        terms = all_of((part,))
        return None if isinstance(terms, Everything) else terms
    left = tuple(term for term in part.terms if not isinstance(term, Nothing))
    return Or(left) if left else None


def _put_together(joined: And | Or) -> tuple[Selector, ...]:
    """Return the terms of what was joined, in canonical order. O(n log n), however nested."""
    terms: list[Selector] = []
    waiting: list[Selector] = [joined]
    while waiting:
        part = waiting.pop()
        if type(part) is not type(joined):
            terms.append(part)
            continue
        parts = part._parts  # noqa: SLF001  # of this module
        if parts is None:
            terms += part.terms
        else:
            waiting += reversed(parts)
    if isinstance(joined, And):
        terms.sort(key=_sort_key)
    return tuple(terms)


def _conjuncts(selectors: Iterable[Selector]) -> Iterator[Selector]:
    """Yield the terms of a conjunction with nested Ands opened, in order."""
    for selector in selectors:
        if isinstance(selector, And):
            yield from _conjuncts(selector.terms)
        else:
            yield selector


def _sort_key(term: Selector) -> tuple[bool, str]:
    # Python compares strings by code point, which is the order of their UTF-8 bytes.
    if isinstance(term, Requirement) and term.sorted_by_key:
        return False, term.key
    return True, ""


def require_string(what: str, value: object) -> str:
    """Return a part of a requirement as a plain string; TypeError where it is none.

    A member of an enumeration of strings, and any other string with a class of its own, is
    taken for its characters: such a class may print and compare as something else.
    """
    if not isinstance(value, str):
        message = f"{what} must be a string, not {shown(value)}"
        raise TypeError(message)
    return plain_string(value)


def _adopt(node: _Joined, terms: Iterable[Selector]) -> None:
    object.__setattr__(node, "terms", tuple(terms))
    _set_depth(node, node.terms)


def _set_depth(node: _Joined | Not, terms: Iterable[Selector]) -> None:
    _check_depth(node, 1 + max((sealed(term).depth for term in terms), default=0))


def _check_depth(node: _Joined | Not, depth: int) -> None:
    if depth > MAX_DEPTH:
        message = f"And, Or and Not may nest at most {MAX_DEPTH} deep in a selector"
        raise SelectorLimitError(message)
    object.__setattr__(node, "depth", depth)


def _part(selector: Selector) -> str:
    """The text of a selector as part of another: a requirement as it is, else in parentheses."""
    if isinstance(selector, Requirement | Not | Nothing):
        return str(selector)
    return f"({str(selector) or 'everything'})"
