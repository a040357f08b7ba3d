"""The nodes of a selector: what each node means, and its canonical text.

A selector is an immutable tree. Its leaves are *requirements* (requirements.py), each about
one key. `And`, `Or` and `Not` combine selectors; `Everything` and `Nothing` have no parts.
Meaning is defined once: `Requirement.allows` for the leaves and `holds` for the tree. Every
evaluator of the library is a faster way to the same answer and is tested equal to it.

Nodes are ordinary values: compare, hash, pickle and pattern-match them.

>>> from labelsel import parse
>>> match parse("app=web,!debug"):
...     case And(terms):
...         print([term.key for term in terms])
['app', 'debug']
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Final,
    NoReturn,
    TypeAlias,
    TypeVar,
    assert_never,
    cast,
    overload,
)

from labelsel.errors import SelectorLimitError, TranslationError, expected, require_several, show
from labelsel.labels import plain_string, require_labels
from labelsel.limits import MAX_SELECTOR_DEPTH

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

    from labelsel.explain import Why
    from labelsel.reasoning.answer import Answer

__all__ = [
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
    "SelectorOrText",
    "Span",
    "all_by_key",
    "all_of",
    "any_of",
    "as_selector",
    "holds",
    "require_selector",
    "require_string",
    "slot_setter",
]

Predicate: TypeAlias = Callable[[Mapping[str, str] | None], bool]
"""A function from a label set (None counts as no labels) to whether it is selected."""

Span: TypeAlias = tuple[int, int]
"""The part of the parsed text that a requirement came from: start and end, in characters."""

SelectorOrText: TypeAlias = "Selector | str"
"""A selector, or the text of a Kubernetes label selector (`labelsel.parse`)."""

T = TypeVar("T")


class Selector:
    """The parent of every node of a selector; all that a caller needs is here.

    1. A selector is an immutable tree: `Requirement` is the parent of its leaves, `And`, `Or` and
       `Not` combine selectors, `Everything` and `Nothing` have no parts. The arguments of a node
       are its attributes, too.
    2. Selectors compare by structure: equal nodes with equal parts. Two selectors that mean the
       same may differ (``x=a`` and ``x in (a)`` do, as their canonical texts do);
       `Selector.is_equivalent` compares what they mean.
    3. ``a & b``, ``a | b`` and ``~a`` combine selectors, and accept a text as one of two. They are
       `all_of`, `any_of` and `Not`.
    4. ``str()`` is the canonical text; `labelsel.parse` reads it back if it is Kubernetes text.
       What such text cannot express is written so that people can read it and the parser refuses
       it.

    Raises:
        TypeError: a selector is used as a condition (``one and other``, ``not one``, ``if one:``),
            because that is never what is meant.
        SelectorLimitError: ``&``, ``|`` or ``~`` makes a selector that is nested more than 100
            deep.

    Complexity:
        ``&``, ``|`` and ``~`` are O(1) for selectors that these operators, `labelsel.parse` or
        `all_of` made; the terms are put together when they are first needed, O(n log n) for n
        terms. Comparing and hashing are O(nodes and values), printing is O(n log n) for n of them.

    >>> from labelsel import parse
    >>> selector = parse("app=web") & "!debug" | parse("tier=db")
    >>> str(selector)
    '(app=web,!debug) || tier=db'
    >>> selector.matches({"tier": "db"})
    True
    """

    # `matches` and the questions import what answers them when they are called: predicate.py,
    # reasoning/, explain.py and languages/ are above this module. No other import in labelsel
    # goes upwards, and tests/test_layers.py lists these by name. An import that is already
    # loaded costs 0.5 µs; `matches` pays that once for each selector.

    __slots__ = ("_predicate",)
    _predicate: Predicate

    @staticmethod
    def parse(text: str) -> Selector:
        """Parse a Kubernetes label selector: the same as `labelsel.parse`.

        Arguments:
            text: the text, as after ``kubectl get -l``.

        Returns:
            The selector: a requirement, an `And`, or `Everything`.

        Raises:
            SelectorSyntaxError: the text is not a selector, or has more than 1 MiB.
            TypeError: the text is not a string.

        Complexity:
            O(len(text)).

        >>> str(Selector.parse("tier in (web), app=x"))
        'app=x,tier in (web)'
        """
        from labelsel.languages.kubernetes import parse  # noqa: PLC0415  # see above

        return parse(text)

    @property
    def depth(self) -> int:
        """How deep And, Or and Not nest; 0 for a requirement.

        Raises:
            Nothing.

        Complexity:
            O(1).

        >>> Selector.parse("app=web").depth, Selector.parse("app=web,!debug").depth
        (0, 1)
        """
        return 0

    # Matching

    def matches(self, labels: Mapping[str, str] | None) -> bool:
        """Return whether the selector selects the label set.

        Arguments:
            labels: a mapping of strings to strings; None counts as no labels.

        Returns:
            Whether it does; a bool.

        Raises:
            TypeError: ``labels`` is not a mapping of strings to strings, by the rules of
                `compile_predicate`: no whole object is selected because it has no key ``app``.

        Complexity:
            O(r) for r requirements, and O(labels) more for a yes. The first call compiles the
            selector (some 50 µs). Each further call costs one Python call more than the function of
            `compile_predicate`: call that one in a hot loop.

        >>> from labelsel import Equals
        >>> Equals("app", "web").matches({"app": "web", "tier": "db"})
        True
        """
        try:
            predicate = self._predicate
        except AttributeError:
            from labelsel.predicate import compile_predicate  # noqa: PLC0415  # see above

            predicate = compile_predicate(self)
            object.__setattr__(self, "_predicate", predicate)
        return predicate(labels)

    @overload
    def filter(
        self, objects: Iterable[Mapping[str, str] | None]
    ) -> Iterator[Mapping[str, str] | None]: ...
    @overload
    def filter(
        self, objects: Iterable[T], key: Callable[[T], Mapping[str, str] | None]
    ) -> Iterator[T]: ...
    def filter(self, objects: Iterable[T], key: Callable[[T], Any] | None = None) -> Iterator[T]:
        """Yield the objects whose labels this selects, in order.

        Arguments:
            objects: label sets, or objects of any kind when there is a ``key``.
            key: a function from an object to its labels; None from it counts as no labels.

        Raises:
            TypeError: an object has no label set, as in `Selector.matches`. Raised when the
                iteration reaches the object; the objects before it were yielded. Or ``objects`` is
                no collection; raised when the iteration begins.

        Complexity:
            O(objects), each as in `Selector.matches`; nothing is kept. For many questions about the
            same objects see `LabelIndex`.

        >>> pods = [("web-1", {"app": "web"}), ("db-1", {"app": "db"}), ("none", None)]
        >>> list(Selector.parse("app!=db").filter(pods, key=lambda pod: pod[1]))
        [('web-1', {'app': 'web'}), ('none', None)]
        """
        matches = self.matches
        for obj in require_several("objects", objects):
            if matches(cast("Any", obj) if key is None else key(obj)):
                yield obj

    def why(self, labels: Mapping[str, str] | None) -> Why:
        """Return why this holds for a label set or does not, requirement by requirement.

        1. The truth is that of `Selector.matches`.
        2. Of a requirement that does not hold, ``nearest`` is the label with its key; where there
           is none, one whose key is a typo away or has another prefix, as ``app`` has in
           ``app.kubernetes.io/name``; else one that has a value that the requirement names under
           another key. After 100,000 comparisons of a label and a requirement only labels with the
           key itself are found.

        Arguments:
            labels: a mapping of strings to strings; None counts as no labels.

        Returns:
            A tree of the selector's shape, which is true if the selector holds: see `Why`.

        Raises:
            TypeError: ``labels`` is not a mapping of strings to strings.

        Complexity:
            O(r l) for r requirements and l labels, up to 100,000 comparisons (0.1 s), then O(r).
            For a yes or no alone call `Selector.matches`.

        >>> print(Selector.parse("app=web,tier=front,!debug").why({"app": "wbe", "teir": "front"}))
        no   app=web: has app=wbe
        yes  !debug: has no debug
        no   tier=front: has no tier, but teir=front
        """
        from labelsel.explain import why  # noqa: PLC0415  # see above

        return why(self, labels)

    # Parts

    def requirements(self) -> tuple[Requirement, ...]:
        """Return the requirements of a conjunction, in canonical order; () for `Everything`.

        A label set is selected where all of them hold. ``Not`` of a requirement that has an inverse
        counts as the inverse.

        Returns:
            The requirements; a tuple.

        Raises:
            TranslationError: the selector is not a conjunction: an Or, `Nothing`, a negation
                without an inverse.

        Complexity:
            O(r log r) for r requirements.

        >>> selector = Selector.parse("tier in (a,b),!debug")
        >>> [requirement.key for requirement in selector.requirements()]
        ['debug', 'tier']
        """
        from labelsel.negation import without_not  # noqa: PLC0415  # see above

        return tuple(sorted(_leaves(without_not(self)), key=_sort_key))

    def keys(self) -> frozenset[str]:
        """Return the keys that the selector names anywhere.

        Raises:
            Nothing.

        Complexity:
            O(nodes).

        >>> sorted(Selector.parse("app=web,!debug").keys())
        ['app', 'debug']
        """
        return frozenset(_keys(self))

    # Questions about selectors

    def is_satisfiable(self) -> Answer:
        """Return whether some label set is selected; the same as `labelsel.is_satisfiable`.

        Returns:
            The answer. The witness of a yes is a label set that is selected.

        Raises:
            Nothing.

        Complexity:
            At most 1,000,000 steps, O(r) for most conjunctions of r requirements: see
            `labelsel.is_satisfiable`.

        >>> Selector.parse("cores>3,cores<5").is_satisfiable()
        Answer(truth=True, witness={'cores': '4'})
        """
        from labelsel.reasoning.decide import is_satisfiable  # noqa: PLC0415  # see above

        return is_satisfiable(self)

    def implies(self, other: SelectorOrText) -> Answer:
        """Return whether ``other`` selects all that this selects; the same as `labelsel.implies`.

        Arguments:
            other: a selector, or the text of a Kubernetes selector.

        Returns:
            The answer. The witness of a no is a label set that only this selector selects.

        Raises:
            SelectorSyntaxError: ``other`` is a text that is not a selector.
            TypeError: ``other`` is neither a selector nor a text.

        Complexity:
            At most 1,000,000 steps, O(r) for most conjunctions of r requirements: see
            `labelsel.is_satisfiable`.

        >>> Selector.parse("tier in (web,db)").implies("tier")
        Answer(truth=True, witness=None)
        """
        from labelsel.reasoning.decide import implies  # noqa: PLC0415  # see above

        return implies(self, other)

    def is_equivalent(self, other: SelectorOrText) -> Answer:
        """Return whether both select the same label sets; the same as `labelsel.is_equivalent`.

        Arguments:
            other: a selector, or the text of a Kubernetes selector.

        Returns:
            The answer. The witness of a no is a label set that only one of both selects.

        Raises:
            SelectorSyntaxError: ``other`` is a text that is not a selector.
            TypeError: ``other`` is neither a selector nor a text.

        Complexity:
            That of `Selector.implies`, once in each direction.

        >>> Selector.parse("tier in (web)") == Selector.parse("tier=web")
        False
        >>> bool(Selector.parse("tier in (web)").is_equivalent("tier=web"))
        True
        """
        from labelsel.reasoning.decide import is_equivalent  # noqa: PLC0415  # see above

        return is_equivalent(self, other)

    def overlaps(self, other: SelectorOrText) -> Answer:
        """Return whether some label set is selected by both; the same as `labelsel.overlaps`.

        Arguments:
            other: a selector, or the text of a Kubernetes selector.

        Returns:
            The answer. The witness of a yes is a label set that both select.

        Raises:
            SelectorSyntaxError: ``other`` is a text that is not a selector.
            TypeError: ``other`` is neither a selector nor a text.

        Complexity:
            At most 1,000,000 steps, O(r) for most conjunctions of r requirements: see
            `labelsel.is_satisfiable`.

        >>> Selector.parse("cores>3").overlaps("cores<5,cores!=4")
        Answer(truth=True, witness={'cores': '04'})
        """
        from labelsel.reasoning.decide import overlaps  # noqa: PLC0415  # see above

        return overlaps(self, other)

    def is_disjoint(self, other: SelectorOrText) -> Answer:
        """Return whether no label set is selected by both; the same as `labelsel.is_disjoint`.

        Arguments:
            other: a selector, or the text of a Kubernetes selector.

        Returns:
            The answer. The witness of a no is a label set that both select.

        Raises:
            SelectorSyntaxError: ``other`` is a text that is not a selector.
            TypeError: ``other`` is neither a selector nor a text.

        Complexity:
            That of `Selector.overlaps`.

        >>> Selector.parse("app=web").is_disjoint("tier=db")
        Answer(truth=False, witness={'app': 'web', 'tier': 'db'})
        """
        from labelsel.reasoning.decide import is_disjoint  # noqa: PLC0415  # see above

        return is_disjoint(self, other)

    # Operators

    def __bool__(self) -> NoReturn:
        """Raise TypeError: ``one and other``, ``not one`` are written ``&``, ``|``, ``~``."""
        message = (
            "a selector is neither true nor false. Combine selectors with & | ~ instead of"
            " `and`, `or`, `not`. To test a label set, call .matches(labels); to test for a"
            " missing selector, write `is not None`"
        )
        raise TypeError(message)

    def __and__(self, other: object) -> Selector:
        """Both hold: the same as ``all_of([self, other])``."""
        return _join_operands(And, self, other)

    def __rand__(self, other: object) -> Selector:
        return _join_operands(And, other, self)

    def __or__(self, other: object) -> Selector:
        """At least one holds: the same as ``any_of([self, other])``."""
        return _join_operands(Or, self, other)

    def __ror__(self, other: object) -> Selector:
        return _join_operands(Or, other, self)

    def __invert__(self) -> Selector:
        """Exactly where this does not hold. Negating a `Not` returns its operand."""
        return Not(self)

    # Text

    def __format__(self, spec: str) -> str:
        """Format the canonical text as a string is: ``f"{selector:<30}"`` pads it.

        >>> f"{Selector.parse('app=web'):>10}"
        '   app=web'
        """
        return format(str(self), spec)

    def __str__(self) -> str:
        """Return the canonical text.

        1. Requirements are sorted by key, equal keys keep their order, values are sorted
           and distinct (rule 15). Parsing the text gives an equal selector.
        2. What Kubernetes text cannot express (`Or`, `Not`, `Nothing`, an illegal key or value)
           is written so that people can read it and the parser refuses it: it never reads
           back as something else (rule D2).
        """
        raise NotImplementedError(_undefined(self, "__str__"))

    # Fields of pydantic

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> CoreSchema:
        """Return how a field of pydantic reads and writes a selector, for pydantic to call.

        1. A field of type `Selector` reads the text of a Kubernetes selector, the object of a
           LabelSelector as a mapping, and a selector. It refuses null.
        2. ``Annotated[Selector, language]`` reads and writes another language: see `Language`.
        3. A dump has the Kubernetes text. A selector that such text cannot express is an error.
        """
        from labelsel.integrations.pydantic import schema_of_selectors  # noqa: PLC0415  # see above

        return schema_of_selectors(cls)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the JSON schema of a field that reads or writes a selector."""
        from labelsel.integrations.pydantic import (  # noqa: PLC0415  # see above
            json_schema_of_selectors,
        )

        return json_schema_of_selectors(schema, handler)

    def __reduce__(self) -> tuple[object, ...]:
        # Through the constructor: what it checks is checked again, caches are left behind.
        parts = [f for f in fields(self) if f.init]  # type: ignore[arg-type]  # nodes are dataclasses
        return _rebuild, (type(self), {f.name: getattr(self, f.name) for f in parts})


def _undefined(selector: Selector, method: str) -> str:
    return f"{type(selector).__name__} has no {method}: a class below it must define that method"


def _rebuild(node: type[Selector], parts: dict[str, object]) -> Selector:
    return node(**parts)


@dataclass(frozen=True, slots=True)
class Everything(Selector):
    """Selects every label set: the meaning of the empty text and of the object ``{}``.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import Everything, parse
    >>> parse("") == Everything(), Everything().matches(None)
    (True, True)
    """

    def __str__(self) -> str:
        return ""


class Everywhere(Everything):
    """Selects every label set: Calico's ``global()``, which its text keeps apart from ``all()``.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import parse_expression, to_expression
    >>> everywhere = parse_expression("global()")
    >>> everywhere, everywhere.matches({"app": "web"}), to_expression(everywhere)
    (Everywhere(), True, 'global()')
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Nothing(Selector):
    """Selects no label set: the meaning of a LabelSelector that is null.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import Nothing, from_label_selector
    >>> from_label_selector(None) == Nothing(), Nothing().matches({"app": "web"})
    (True, False)
    """

    def __str__(self) -> str:
        return "(nothing)"


@dataclass(frozen=True, slots=True, init=False)
class Requirement(Selector):
    """The parent of the leaves of a selector: each leaf is a condition on the value of one key.

    A new operator is a subclass with `Requirement.allows` and ``__str__``: every evaluator answers
    it at once.

    Arguments:
        key: any string. Whether it is a legal label key is the parser's business.
        span: the part of the parsed text that the leaf came from: start and end, in characters;
            None if it was not parsed. Two leaves that differ only in it are equal.

    Attributes:
        sorted_by_key: whether canonical text sorts the leaves of a class by key; those of field
            selectors are sorted by their text instead.

    Raises:
        TypeError: the key is not a string.

    Complexity:
        O(1).

    >>> from labelsel import Requirement, parse
    >>> leaf = parse("app=web")
    >>> isinstance(leaf, Requirement), leaf.key, leaf.span
    (True, 'app', (0, 7))
    """

    sorted_by_key: ClassVar[bool] = True
    """Whether canonical text sorts it by key; field selectors are sorted by text instead."""

    key: str
    span: Span | None = field(default=None, compare=False, repr=False, kw_only=True)

    def __init__(self, key: str, *, span: Span | None = None) -> None:
        # As @dataclass would write it, but the slots are set directly: `slot_setter`.
        _set_key(self, key if type(key) is str else require_string("key", key))
        _set_span(self, span)

    def __post_init__(self) -> None:
        # Of a dataclass that is derived from this one, and has an __init__ of its own.
        if type(self.key) is not str:
            object.__setattr__(self, "key", require_string("key", self.key))

    def allows(self, value: str | None) -> bool:
        """Return whether the requirement holds where its key has this value.

        This is the definition of the requirement: whatever else answers for it is tested equal to
        it.

        Arguments:
            value: the value of the key; None stands for a key that is absent.

        Raises:
            NotImplementedError: the class is a subclass of `Requirement` that does not define it.

        Complexity:
            O(len(value)), unless the class says otherwise.

        >>> from labelsel import NotEquals
        >>> NotEquals("app", "web").allows("db"), NotEquals("app", "web").allows(None)
        (True, True)
        """
        raise NotImplementedError(_undefined(self, "allows"))

    def inverse(self) -> Requirement | None:
        """Return the requirement that holds exactly where this does not.

        Returns:
            The requirement; None where there is no such node, so that only `Not` expresses it.

        Raises:
            Nothing.

        Complexity:
            O(1), and O(values) for a requirement with a set of values.

        >>> from labelsel import Contains, In
        >>> In("tier", ["db"]).inverse(), Contains("app", "web").inverse()
        (NotIn(key='tier', values=['db']), None)
        """
        return None


def slot_setter(node: type[Selector], name: str) -> Callable[[Selector, object], None]:
    """Return the function that sets a slot of a new node, which is immutable to all others.

    It takes 40 ns, ``object.__setattr__`` 90; three requirements have 12 slots.

    >>> from labelsel import Exists
    >>> node = object.__new__(Exists)
    >>> slot_setter(Requirement, "key")(node, "app")
    >>> node.key
    'app'
    """
    setter: Callable[[Selector, object], None] = vars(node)[name].__set__
    return setter


_set_key: Final = slot_setter(Requirement, "key")
_set_span: Final = slot_setter(Requirement, "span")


@dataclass(frozen=True, slots=True)
class _Joined(Selector):
    """The parent of And and Or: some terms.

    ``&`` and ``|`` only record what they join; the terms are put together at the first access.
    So ``s = s & x`` in a loop costs O(n log n) in total, not O(n) for each step.
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


class And(_Joined):
    """All of the terms hold; ``And(())`` holds always, as ``all([])`` does.

    Terms keep the order and nesting in which they were given. `all_of` and ``&`` make the canonical
    form instead.

    Arguments:
        terms: the selectors, an iterable; kept as a tuple.

    Raises:
        TypeError: ``terms`` is not a collection of selectors. A text is not parsed here: `all_of`
            does.
        SelectorLimitError: the selector would be nested more than 100 deep.

    Complexity:
        O(terms).

    >>> from labelsel import And, parse
    >>> match parse("app=web,!debug"):
    ...     case And(terms):
    ...         print([term.key for term in terms])
    ['app', 'debug']
    """

    __slots__ = ()

    def __str__(self) -> str:
        return ",".join(_part(term) for term in sorted(_conjuncts(self.terms), key=_sort_key))


class Or(_Joined):
    """At least one of the terms holds; ``Or(())`` never holds, as ``any([])`` does not.

    Terms keep the order and nesting in which they were given. `any_of` and ``|`` open nested Ors
    instead.

    Arguments:
        terms: the selectors, an iterable; kept as a tuple.

    Raises:
        TypeError: ``terms`` is not a collection of selectors. A text is not parsed here: `any_of`
            does.
        SelectorLimitError: the selector would be nested more than 100 deep.

    Complexity:
        O(terms).

    >>> from labelsel import Or, parse
    >>> either = Or([parse("app=web"), parse("!app")])
    >>> str(either), either.matches({}), either.matches({"app": "db"})
    ('app=web || !app', True, False)
    """

    __slots__ = ()

    def __str__(self) -> str:
        return " || ".join(map(_part, self.terms)) or str(Nothing())


@dataclass(frozen=True, slots=True)
class Not(Selector):
    """The term does not hold.

    ``~`` makes it, too, and returns the operand of a `Not`.

    Arguments:
        term: the selector that must not hold.

    Raises:
        TypeError: ``term`` is not a selector.
        SelectorLimitError: the selector would be nested more than 100 deep.

    Complexity:
        O(1).

    >>> from labelsel import Not, parse
    >>> Not(parse("app=web,debug")).matches({"app": "web"})
    True
    >>> ~Not(parse("app=web"))
    Equals(key='app', value='web')
    """

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


def require_selector(selector: object) -> Node:
    """Return the selector itself, typed as one of the nodes there are.

    Raises TypeError where it is not a `Selector`; `as_selector` also takes text.
    """
    if isinstance(selector, Selector):
        return cast("Node", selector)
    message = f"expected a Selector, got {type(selector).__name__} {show(selector)}"
    if isinstance(selector, str):
        message += "; parse it with labelsel.parse()"
    elif isinstance(selector, Mapping):
        message += "; read it with labelsel.from_labels() or labelsel.from_label_selector()"
    raise TypeError(message)


def as_selector(selector: object) -> Selector:
    """Return a selector itself, and the selector that a text means (`labelsel.parse`).

    Raises TypeError for anything else, `SelectorSyntaxError` for a text that is not a selector.

    >>> as_selector("app=web"), as_selector(Nothing())
    (Equals(key='app', value='web'), Nothing())
    """
    return Selector.parse(selector) if isinstance(selector, str) else require_selector(selector)


def holds(selector: Selector, labels: Mapping[str, str] | None) -> bool:
    """Return whether a label set is selected: the definition, by walking the tree.

    None counts as no labels. Raises TypeError for what is no label set
    (`labels.require_labels`). O(requirements + labels). `Selector.matches` gives the same answer
    about twenty times as fast.

    >>> from labelsel import Equals, Exists
    >>> holds(Not(Exists("debug")) & Equals("app", "web"), {"app": "web"})
    True
    """
    return _holds(selector, require_labels(labels))


def _holds(selector: Selector, labels: Mapping[str, str]) -> bool:
    match require_selector(selector):
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


def all_of(selectors: Iterable[SelectorOrText]) -> Selector:
    """Return the conjunction in canonical form: nested Ands opened, requirements by key.

    1. No selectors give `Everything`, one selector gives itself.
    2. Requirements with equal keys keep their order; all other terms follow the requirements.

    Arguments:
        selectors: an iterable of selectors, or texts of Kubernetes selectors.

    Returns:
        The conjunction: a selector.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        SelectorLimitError: the selector would be nested more than 100 deep.
        TypeError: something is neither a selector nor a text, or there is one string in place of a
            collection.

    Complexity:
        O(n log n) for n terms.

    >>> from labelsel import Equals, Exists
    >>> str(all_of([Exists("b"), Equals("a", "1"), "tier!=db"]))
    'a=1,b,tier!=db'
    """
    parts = _parse_all(selectors)
    terms = [term for term in _conjuncts(parts) if not isinstance(term, Everything)]
    terms.sort(key=_sort_key)
    return _make_join(And, terms, Everything())


def all_by_key(requirements: list[Requirement]) -> Selector:
    """Return what `all_of` returns, for requirements that canonical text sorts by key.

    The parser calls it: 0.5 µs for three requirements, of which `all_of` would look at each one.

    >>> from labelsel import Exists
    >>> str(all_by_key([Exists("b"), Exists("a")]))
    'a,b'
    """
    requirements.sort(key=_KEY_OF)
    return _make_join(And, requirements, Everything())


_KEY_OF: Final = attrgetter("key")


def any_of(selectors: Iterable[SelectorOrText]) -> Selector:
    """Return the disjunction with nested Ors opened; terms keep their order.

    No selectors give `Nothing`, one selector gives itself.

    Arguments:
        selectors: an iterable of selectors, or texts of Kubernetes selectors.

    Returns:
        The disjunction: a selector.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        SelectorLimitError: the selector would be nested more than 100 deep.
        TypeError: something is neither a selector nor a text, or there is one string in place of a
            collection.

    Complexity:
        O(n) for n terms.

    >>> from labelsel import Exists
    >>> any_of([Exists("b"), Nothing()])
    Exists(key='b')
    >>> str(any_of(["app=web", "!app"]))
    'app=web || !app'
    """
    terms: list[Selector] = []
    for selector in _parse_all(selectors):
        terms += selector.terms if isinstance(selector, Or) else (selector,)
    return _make_join(Or, [term for term in terms if not isinstance(term, Nothing)], Nothing())


def _parse_all(selectors: Iterable[SelectorOrText]) -> Iterator[Selector]:
    """Yield selectors, texts parsed. A string would otherwise be read character by character."""
    return map(as_selector, require_several("selectors", selectors))


def _leaves(selector: Selector) -> Iterator[Requirement]:
    match require_selector(selector):
        case Requirement() as requirement:
            yield requirement
        case And(terms) | Or((_,) as terms):
            for term in terms:
                yield from _leaves(term)
        case Everything():
            return
        case _:
            reason = "only a conjunction of requirements has one"
            raise TranslationError(str(selector), "list of requirements", reason)


def _keys(selector: Selector) -> Iterator[str]:
    match require_selector(selector):
        case And(terms) | Or(terms):
            for term in terms:
                yield from _keys(term)
        case Not(term):
            yield from _keys(term)
        case Requirement(key=key):
            yield key
        case Everything() | Nothing():
            pass
        case _ as unreachable:
            assert_never(unreachable)


def _make_join(node: type[And | Or], terms: Sequence[Selector], neutral: Selector) -> Selector:
    if len(terms) < 2:
        return terms[0] if terms else neutral
    made = object.__new__(node)
    _set_terms(made, tuple(terms))
    _set_parts(made, None)
    _set_is_canonical(made, True)  # noqa: FBT003  # the value of a slot
    _check_depth(made, 1 + max(map(_DEPTH_OF, terms)))
    return made


_set_terms: Final = slot_setter(_Joined, "terms")
_set_parts: Final = slot_setter(_Joined, "_parts")
_set_is_canonical: Final = slot_setter(_Joined, "_is_canonical")
_DEPTH_OF: Final = attrgetter("depth")


def _join_operands(node: type[And | Or], one: object, other: object) -> Selector:
    """Return ``one & other`` or ``one | other``, where one of the two may be a text."""
    if isinstance(one, Selector | str) and isinstance(other, Selector | str):
        return _join(node, as_selector(one), as_selector(other))
    return cast("Selector", NotImplemented)  # Python then asks the other operand


def _join(node: type[And | Or], one: Selector, other: Selector) -> Selector:
    """Return what `all_of` or `any_of` makes of two selectors.

    O(1) where these are canonical, or no And or Or themselves; otherwise O(what is not).
    """
    opened = (_flatten(node, part) for part in (one, other))
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


def _flatten(node: type[And | Or], part: Selector) -> Selector | None:
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
    if type(value) is str:
        return value
    if not isinstance(value, str):
        message = f"{what} must be a string, not {show(value)}"
        raise TypeError(message)
    return plain_string(value)


def _adopt(node: _Joined, terms: Iterable[Selector]) -> None:
    try:
        given = tuple(terms)
    except TypeError:
        raise expected("a collection of selectors", terms) from None
    object.__setattr__(node, "terms", given)
    _set_depth(node, given)


def _set_depth(node: _Joined | Not, terms: Iterable[Selector]) -> None:
    _check_depth(node, 1 + max((require_selector(term).depth for term in terms), default=0))


def _check_depth(node: _Joined | Not, depth: int) -> None:
    if depth > MAX_SELECTOR_DEPTH:
        message = f"And, Or and Not may nest at most {MAX_SELECTOR_DEPTH} deep in a selector"
        raise SelectorLimitError(message)
    object.__setattr__(node, "depth", depth)


def _part(selector: Selector) -> str:
    """The text of a selector as part of another: a requirement as it is, else in parentheses."""
    if isinstance(selector, Requirement | Not | Nothing):
        return str(selector)
    return f"({str(selector) or 'everything'})"
