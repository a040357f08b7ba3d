"""The leaves of a selector, and the table of their operators.

A leaf is a requirement: a condition on the value of one key. `allows` of each class
is its definition. The table `OPERATORS`, at the end of this module, has all other facts: how
each language writes the operator and how LabelSelector objects call it. Parsers, writers and
their error messages read the table.

==================  ====================  =========================  =================
node                Kubernetes text       key absent                 source
==================  ====================  =========================  =================
Equals              ``k=v``, ``k==v``     does not match             rules 6, 12
NotEquals           ``k!=v``              matches                    rules 6, 12
In                  ``k in (v,w)``        does not match             rules 6, 12
NotIn               ``k notin (v,w)``     matches                    rules 6, 12
Exists              ``k``                 does not match             rule 12
DoesNotExist        ``!k``                matches                    rule 12
GreaterThan         ``k>5``               does not match             rules 10, 13
LessThan            ``k<5``               does not match             rules 10, 13
Contains            none                  does not match             rules 26, 30
StartsWith          none                  does not match             rules 26, 30
EndsWith            none                  does not match             rules 26, 30
Matches             none                  reads as ""                rule 33
FieldEquals         ``field=v``           reads as ""                rule 23
FieldNotEquals      ``field!=v``          reads as ""                rule 23
==================  ====================  =========================  =================

The rules are those of docs/semantics.md.

A new operator is a new subclass of `Requirement` with `allows` and ``__str__``: every evaluator
answers it at once, by calling `allows` for each distinct value of the key, and faster when it
is taught to. docs/extending.md shows an example.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, NamedTuple

from labelsel.errors import expected, quote
from labelsel.labels import parse_int64, validate_key, validate_value
from labelsel.limits import MAX_INT64, MIN_INT64
from labelsel.regex import compile_regex
from labelsel.selector import Requirement, Span, require_string, slot_setter

# A class that adds no field inherits all that @dataclass makes: it only has empty slots. Each
# decorator takes 0.7 ms when the module is loaded, and there were 20.

__all__ = [
    "OPERATORS",
    "Contains",
    "DoesNotExist",
    "EndsWith",
    "Equals",
    "Exists",
    "FieldEquals",
    "FieldNotEquals",
    "FieldRequirement",
    "GreaterThan",
    "In",
    "LessThan",
    "Matches",
    "NotEquals",
    "NotIn",
    "Operator",
    "StartsWith",
    "name_operators",
]


class _Listed(Requirement):
    """A requirement whose operator is in the table `OPERATORS`. Its class has no subclasses."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        # Evaluators recognise an operator by its class, and would answer a subclass with another
        # `allows` by the meaning of its parent.
        for base in cls.__bases__:
            if issubclass(base, _Listed) and "allows" in vars(base):
                message = (
                    f"{cls.__name__} must not be a subclass of {base.__name__}: derive an operator"
                    " from Requirement"
                )
                raise TypeError(message)

    def inverse(self) -> Requirement | None:
        node: Callable[..., Requirement] | None = _INVERSES.get(type(self))
        if node is None:
            return None
        match self:
            case _OneValue(value=value):
                return node(self.key, value, span=self.span)
            case _ManyValues(values=values):
                return node(self.key, values, span=self.span)
            case _:
                return node(self.key, span=self.span)


@dataclass(frozen=True, slots=True)
class _OneValue(_Listed):
    """A requirement that names one value; written ``key``, operator, ``value``."""

    operator: ClassVar[str]
    value: str

    def __post_init__(self) -> None:
        if type(self.key) is not str or type(self.value) is not str:
            Requirement.__post_init__(self)
            object.__setattr__(self, "value", require_string("value", self.value))

    def __str__(self) -> str:
        key, value = _format_word(self.key, validate_key), _format_word(self.value, validate_value)
        return f"{key}{self.operator}{value}"


@dataclass(frozen=True, slots=True, repr=False, init=False)
class _ManyValues(_Listed):
    """A requirement that names a set of values; any iterable of strings may be given."""

    operator: ClassVar[str]
    values: frozenset[str]

    def __init__(self, key: str, values: Iterable[str], *, span: Span | None = None) -> None:
        if isinstance(values, str):
            message = f"values must be a collection of strings, not one string: {quote(values)}"
            raise TypeError(message)
        try:
            given = iter(values)
        except TypeError:
            raise expected("a collection of strings", values) from None
        distinct = frozenset([require_string("value", value) for value in given])
        Requirement.__init__(self, key, span=span)
        _set_values(self, distinct)

    def __repr__(self) -> str:
        # Sorted: the order of a set of strings differs from process to process.
        return f"{type(self).__qualname__}(key={self.key!r}, values={sorted(self.values)!r})"

    def __str__(self) -> str:
        key = _format_word(self.key, validate_key)
        if not self.values:
            # `()` is the set of the empty value (rule 6): no text names no value at all.
            return f"{key} {self.operator} {{}}"
        values = ",".join(_format_word(value, validate_value) for value in sorted(self.values))
        return f"{key} {self.operator} ({values})"


_set_value: Final = slot_setter(_OneValue, "value")
_set_values: Final = slot_setter(_ManyValues, "values")


@dataclass(frozen=True, slots=True)
class _Bound(_OneValue):
    """A requirement that compares with a whole number; ``value`` keeps how it was written."""

    bound: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        _OneValue.__post_init__(self)
        bound = parse_int64(self.value)
        if bound is None:
            message = f"a bound must be a whole number of 64 bits, not {quote(self.value)}"
            raise ValueError(message)
        object.__setattr__(self, "bound", bound)


@dataclass(frozen=True, slots=True, init=False)
class Equals(_OneValue):
    """``key=value``: the key is there and has this value.

    Arguments:
        key: the label key, any string.
        value: the value, any string.
        span: the part of the parsed text that it came from: start and end, in characters; or None.
        doubled: whether it was written ``==``, for the canonical text (rule 15). Like the span it
            takes no part in equality.

    Raises:
        TypeError: the key or the value is not a string.

    Complexity:
        O(1).

    Source: rule 12.

    >>> from labelsel import Equals, parse
    >>> parse("app=web") == Equals("app", "web")
    True
    >>> Equals("app", "").allows(""), Equals("app", "").allows(None)
    (True, False)
    """

    doubled: bool = field(default=False, compare=False, repr=False, kw_only=True)

    def __init__(
        self, key: str, value: str, *, span: Span | None = None, doubled: bool = False
    ) -> None:
        Requirement.__init__(self, key, span=span)
        _set_value(self, value if type(value) is str else require_string("value", value))
        _set_doubled(self, doubled)

    @property
    def operator(self) -> str:  # type: ignore[override]  # one of two, by how it was written
        """The operator as it was written, ``=`` or ``==``: O(1), and no error."""
        return "==" if self.doubled else "="

    def allows(self, value: str | None) -> bool:
        return value == self.value


_set_doubled: Final = slot_setter(Equals, "doubled")


class NotEquals(_OneValue):
    """``key!=value``: the key is absent or has another value.

    Arguments:
        key: the label key, any string.
        value: the value, any string.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the key or the value is not a string.

    Complexity:
        O(1).

    Source: rule 12.

    >>> from labelsel import NotEquals
    >>> NotEquals("app", "web").allows("db"), NotEquals("app", "web").allows(None)
    (True, True)
    """

    __slots__ = ()

    operator: ClassVar[str] = "!="

    def allows(self, value: str | None) -> bool:
        return value != self.value


class In(_ManyValues):
    """``key in (a,b)``: the key is there and has one of the values.

    Without values it never holds.

    Arguments:
        key: the label key, any string.
        values: the values, any iterable of strings; kept as a frozenset.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the key is not a string; or ``values`` is one string, is not iterable, or has
            something that is not a string.

    Complexity:
        O(values). `Requirement.allows` is O(1) in their number.

    Source: rules 6 and 12.

    >>> from labelsel import In
    >>> In("tier", ["web", ""]).allows(""), In("tier", ["web"]).allows(None)
    (True, False)
    """

    __slots__ = ()

    operator: ClassVar[str] = "in"

    def allows(self, value: str | None) -> bool:
        return value in self.values


class NotIn(_ManyValues):
    """``key notin (a,b)``: the key is absent or has none of the values.

    Without values it always holds.

    Arguments:
        key: the label key, any string.
        values: the values, any iterable of strings; kept as a frozenset.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the key is not a string; or ``values`` is one string, is not iterable, or has
            something that is not a string.

    Complexity:
        O(values). `Requirement.allows` is O(1) in their number.

    Source: rules 6 and 12.

    >>> from labelsel import NotIn
    >>> NotIn("tier", ["web"]).allows(None), NotIn("tier", ["web"]).allows("web")
    (True, False)
    """

    __slots__ = ()

    operator: ClassVar[str] = "notin"

    def allows(self, value: str | None) -> bool:
        return value not in self.values


class Exists(_Listed):
    """``key``: the key is there, whatever its value.

    Arguments:
        key: the label key, any string.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the key is not a string.

    Complexity:
        O(1).

    Source: rule 12.

    >>> from labelsel import Exists
    >>> Exists("gpu").allows(""), Exists("gpu").allows(None)
    (True, False)
    """

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return value is not None

    def __str__(self) -> str:
        return _format_word(self.key, validate_key)


class DoesNotExist(_Listed):
    """``!key``: the key is absent.

    Arguments:
        key: the label key, any string.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the key is not a string.

    Complexity:
        O(1).

    Source: rule 12.

    >>> from labelsel import DoesNotExist
    >>> DoesNotExist("gpu").allows(None), DoesNotExist("gpu").allows("")
    (True, False)
    """

    __slots__ = ()

    def allows(self, value: str | None) -> bool:
        return value is None

    def __str__(self) -> str:
        return f"!{_format_word(self.key, validate_key)}"


class GreaterThan(_Bound):
    """``key>5``: the value reads as a 64-bit whole number above the bound.

    A value that is not such a number does not match; no error is raised.

    Arguments:
        key: the label key, any string.
        value: the bound, as it is written: a whole number of 64 bits in decimal digits.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Attributes:
        bound: the number that ``value`` reads as.

    Raises:
        TypeError: the key or the bound is not a string.
        ValueError: the bound does not read as a whole number of 64 bits.

    Complexity:
        O(len(value)).

    Source: rules 10 and 13.

    >>> from labelsel import GreaterThan
    >>> above = GreaterThan("cores", "5")
    >>> [above.allows(value) for value in ("007", "+6", "5", "6.0", "", None)]
    [True, True, False, False, False, False]
    """

    __slots__ = ()

    operator: ClassVar[str] = ">"

    def allows(self, value: str | None) -> bool:
        number = None if value is None else parse_int64(value)
        return number is not None and number > self.bound


class LessThan(_Bound):
    """``key<5``: the value reads as a 64-bit whole number below the bound.

    A value that is not such a number does not match; no error is raised.

    Arguments:
        key: the label key, any string.
        value: the bound, as it is written: a whole number of 64 bits in decimal digits.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Attributes:
        bound: the number that ``value`` reads as.

    Raises:
        TypeError: the key or the bound is not a string.
        ValueError: the bound does not read as a whole number of 64 bits.

    Complexity:
        O(len(value)).

    Source: rules 10 and 13.

    >>> from labelsel import LessThan
    >>> below = LessThan("cores", "5")
    >>> [below.allows(value) for value in ("004", "-6", "5", "4.0", "", None)]
    [True, True, False, False, False, False]
    """

    __slots__ = ()

    operator: ClassVar[str] = "<"

    def allows(self, value: str | None) -> bool:
        number = None if value is None else parse_int64(value)
        return number is not None and number < self.bound


class _Part(_OneValue):
    """A requirement on a part of the value; Kubernetes text cannot express it."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{_format_word(self.key, validate_key)} {self.operator} {json.dumps(self.value)}"


class Contains(_Part):
    """``key contains 'part'``: the key is there and its value holds the part.

    Kubernetes text cannot express it; Calico's expressions can.

    Arguments:
        key: the label key, any string.
        value: the part, any string.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the key or the part is not a string.

    Complexity:
        O(1). `Requirement.allows` is O(length of its argument).

    Source: rule 26.

    >>> from labelsel import Contains
    >>> Contains("app", "eb").allows("web"), Contains("app", "").allows(None)
    (True, False)
    """

    __slots__ = ()

    operator: ClassVar[str] = "contains"

    def allows(self, value: str | None) -> bool:
        return value is not None and self.value in value


class StartsWith(_Part):
    """``key starts with 'part'``: the key is there and its value starts with the part.

    Kubernetes text cannot express it; Calico's expressions can.

    Arguments:
        key: the label key, any string.
        value: the part, any string.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the key or the part is not a string.

    Complexity:
        O(1). `Requirement.allows` is O(length of the part).

    Source: rule 26.

    >>> from labelsel import StartsWith
    >>> StartsWith("app", "web").allows("web-1"), StartsWith("app", "").allows(None)
    (True, False)
    """

    __slots__ = ()

    operator: ClassVar[str] = "starts with"

    def allows(self, value: str | None) -> bool:
        return value is not None and value.startswith(self.value)


class EndsWith(_Part):
    """``key ends with 'part'``: the key is there and its value ends with the part.

    Kubernetes text cannot express it; Calico's expressions can.

    Arguments:
        key: the label key, any string.
        value: the part, any string.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the key or the part is not a string.

    Complexity:
        O(1). `Requirement.allows` is O(length of the part).

    Source: rule 26.

    >>> from labelsel import EndsWith
    >>> EndsWith("app", "-1").allows("web-1"), EndsWith("app", "").allows(None)
    (True, False)
    """

    __slots__ = ()

    operator: ClassVar[str] = "ends with"

    def allows(self, value: str | None) -> bool:
        return value is not None and value.endswith(self.value)


@dataclass(frozen=True, slots=True)
class Matches(_OneValue):
    """``label=~"regex"`` of Prometheus: the regular expression matches the whole value.

    An absent key reads as "". The expression runs on RE2, whose time is linear in the value
    whatever the expression: ``pip install 'labelsel[regex]'``.

    Arguments:
        key: the label key, any string.
        value: the regular expression, in the syntax of Go's RE2; at most 65,536 characters.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        ImportError: RE2 is not installed.
        TypeError: the key or the expression is not a string.
        ValueError: RE2 refuses the expression, or it is too long.

    Complexity:
        Making one compiles the expression; the last 256 are kept. `Requirement.allows` is O(length
        of its argument).

    Source: rule 33.

    >>> from labelsel import Matches
    >>> web = Matches("app", "web-[0-9]+")
    >>> web.allows("web-1"), web.allows("web-1-old"), web.allows(None)
    (True, False, False)
    """

    operator: ClassVar[str] = "=~"
    _fits: Callable[[str], object] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        _OneValue.__post_init__(self)
        object.__setattr__(self, "_fits", compile_regex(self.value))

    def __str__(self) -> str:
        return f"{_format_word(self.key, validate_key)}=~{json.dumps(self.value)}"

    def allows(self, value: str | None) -> bool:
        return self._fits(value or "") is not None


class FieldRequirement(_OneValue):
    """The parent of the two requirements of a field selector; the key is the field's name."""

    __slots__ = ()

    sorted_by_key: ClassVar[bool] = False  # but by its text as written, when parsed: rule 21

    def __str__(self) -> str:
        text = f"{self.key}{self.operator}{_escape_value(self.value)}"
        name = _FIELD.match(text)
        if (name[0] if name else "") == self.key and text != self.operator:
            return text
        # No text expresses this. Of a second operator in a term the parser takes neither part.
        return f"{json.dumps(self.key)} {self.operator}== {json.dumps(self.value)}"


class FieldEquals(FieldRequirement):
    """``field=value`` of a field selector: the field has this value.

    An absent field reads as "".

    Arguments:
        key: the name of the field, any string.
        value: the value, any string.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the name or the value is not a string.

    Complexity:
        O(1).

    Source: rule 23.

    >>> from labelsel import FieldEquals, parse_fields
    >>> parse_fields("spec.nodeName=") == FieldEquals("spec.nodeName", "")
    True
    >>> FieldEquals("spec.nodeName", "").allows(None)
    True
    """

    __slots__ = ()

    operator: ClassVar[str] = "="

    def allows(self, value: str | None) -> bool:
        return (value or "") == self.value


class FieldNotEquals(FieldRequirement):
    """``field!=value`` of a field selector: the field has another value.

    An absent field reads as "".

    Arguments:
        key: the name of the field, any string.
        value: the value, any string.
        span: the part of the parsed text that it came from: start and end, in characters; or None.

    Raises:
        TypeError: the name or the value is not a string.

    Complexity:
        O(1).

    Source: rule 23.

    >>> from labelsel import FieldNotEquals
    >>> FieldNotEquals("spec.nodeName", "").allows(None)
    False
    """

    __slots__ = ()

    operator: ClassVar[str] = "!="

    def allows(self, value: str | None) -> bool:
        return (value or "") != self.value


def _format_word(text: str, faults: Callable[[str], list[str]]) -> str:
    # Quotes are legal in no key and no value: what is quoted here the parser refuses.
    return json.dumps(text, ensure_ascii=False) if faults(text) else text


# Up to where the parser reads a field's name: the terminal FIELD of grammar/fields.lark.
_FIELD: Final = re.compile(r"(?:\\(?!!?=)[\s\S]?|\\|[^\\,=!]|!(?!=))++")


def _escape_value(value: str) -> str:
    return "".join(f"\\{char}" if char in "\\,=" else char for char in value)


class Operator(NamedTuple):
    """How one operator is written. Its meaning is `allows` of its class.

    Attributes:
        requirement: the class of its requirements.
        kubernetes: how the text of ``kubectl -l`` writes it; () where it cannot.
        calico: how Calico's expressions write it.
        prometheus: how Prometheus matchers write it and its negation.
        fields: how field selectors write it.
        object_name: what ``matchExpressions`` call it; "" where they have no such operator.
            `Equals` is written as ``In`` with one value.
        values: how many values ``matchExpressions`` take with it.
        is_node_only: whether only the ``matchExpressions`` of NodeSelector objects have it.
        inverse: the class of the requirements that hold exactly where its own do not; None
            where there is no such class.
        number_range: returns the least and the greatest number that a bound allows; None where
            the operator does not compare numbers.
    """

    requirement: type[Requirement]
    kubernetes: tuple[str, ...] = ()
    calico: tuple[str, ...] = ()
    prometheus: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    object_name: str = ""
    values: Literal["at least one value", "exactly one value", "no values"] = "no values"
    is_node_only: bool = False
    inverse: type[Requirement] | None = None
    number_range: Callable[[int], tuple[int, int]] | None = None


_SOME: Final = "at least one value"
_ONE: Final = "exactly one value"

#: Every operator, in the order in which error messages list them. Where two have one object name,
#: the later is the one that the name is read as.
OPERATORS: Final = (
    Operator(
        Equals, ("=", "=="), ("==",), ("=",), object_name="In", values=_SOME, inverse=NotEquals
    ),
    Operator(
        NotEquals, ("!=",), ("!=",), ("!=",), object_name="NotIn", values=_SOME, inverse=Equals
    ),
    Operator(In, ("in",), ("in",), object_name="In", values=_SOME, inverse=NotIn),
    Operator(NotIn, ("notin",), ("not in",), object_name="NotIn", values=_SOME, inverse=In),
    Operator(Exists, ("key",), ("has(key)",), object_name="Exists", inverse=DoesNotExist),
    Operator(DoesNotExist, ("!key",), ("!has(key)",), object_name="DoesNotExist", inverse=Exists),
    Operator(
        GreaterThan,
        (">",),
        object_name="Gt",
        values=_ONE,
        is_node_only=True,
        number_range=lambda bound: (bound + 1, MAX_INT64),
    ),
    Operator(
        LessThan,
        ("<",),
        object_name="Lt",
        values=_ONE,
        is_node_only=True,
        number_range=lambda bound: (MIN_INT64, bound - 1),
    ),
    Operator(Contains, calico=("contains",)),
    Operator(StartsWith, calico=("starts with",)),
    Operator(EndsWith, calico=("ends with",)),
    Operator(Matches, prometheus=("=~", "!~")),
    Operator(FieldEquals, fields=("=", "=="), inverse=FieldNotEquals),
    Operator(FieldNotEquals, fields=("!=",), inverse=FieldEquals),
)

_INVERSES: Final = {row.requirement: row.inverse for row in OPERATORS}


def name_operators(spellings: Iterable[tuple[str, ...]]) -> str:
    """Return what a syntax error calls the operators of a language, those between key and value.

    >>> name_operators(operator.prometheus for operator in OPERATORS)
    'an operator (=, !=, =~, !~)'
    """
    written = [text for texts in spellings for text in texts if "key" not in text]
    return f"an operator ({', '.join(written)})"
