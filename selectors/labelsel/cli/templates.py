"""Templates of ``-o jsonpath``, in kubectl's dialect: from text to parts that can be evaluated.

Open `parse_template` first. grammar/jsonpath.lark has the grammar, template_values.py evaluates
the parts. What the dialect of kubectl has and labelsel has not is a syntax error: docs/kubectl.md.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NoReturn, TypeAlias, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken

from labelsel.cli.template_errors import PathTemplateError
from labelsel.errors import caret_lines, quote
from labelsel.labels import parse_int64
from labelsel.limits import MAX_TEMPLATE_DEPTH, MAX_TEXT_BYTES

__all__ = [
    "Child",
    "Children",
    "Comparison",
    "Descendants",
    "Elements",
    "Filter",
    "Literal",
    "Part",
    "Path",
    "Range",
    "Step",
    "Template",
    "UnionOfPaths",
    "parse_path",
    "parse_template",
]

Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or a number that is printed as it is."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Child:
    """The values below names, each below the one before: ``.metadata.name``."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Children:
    """All values of a map or a list: ``.*``."""


@dataclass(frozen=True, slots=True)
class Descendants:
    """All values with a name, at any depth: ``..name``."""

    name: str


@dataclass(frozen=True, slots=True)
class Elements:
    """Elements of a list: ``[0]``, ``[-1]``, ``[1:3]``, ``[::2]``, ``[*]``.

    Attributes:
        start, stop, step: as in a slice of Python.
        single: whether one element is meant, that ``start`` says.
    """

    start: int | None = None
    stop: int | None = None
    step: int | None = None
    single: bool = False


@dataclass(frozen=True, slots=True)
class UnionOfPaths:
    """The values of one path, then those of the next: ``['metadata.name', 'kind']``."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a filter compares: ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``."""

    operator: str
    right: Path | Literal


@dataclass(frozen=True, slots=True)
class Filter:
    """The elements of a list for which a path has a value, or one that compares.

    Attributes:
        left: the path, from the element.
        comparison: None if the path only must have a value.
    """

    left: Path | Literal
    comparison: Comparison | None


Step: TypeAlias = Child | Children | Descendants | Elements | UnionOfPaths | Filter
Path: TypeAlias = tuple[Step, ...]
"""Steps, each from the values of the one before. The empty path is the value itself."""


@dataclass(frozen=True, slots=True)
class Range:
    """Parts that are printed once for each value of a path: ``{range .items[*]}…{end}``."""

    path: Path
    body: Template


Part: TypeAlias = Literal | Path | Range
Template: TypeAlias = tuple[Part, ...]

_OPERATORS: Final = ("==", "!=", "<", "<=", ">", ">=")
_ESCAPE: Final = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9A-Fa-f]{2})|([0-7]{3})"
    r"|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.?))",
    re.DOTALL,
)
_ESCAPED: Final = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
#: Halves of pairs: no characters, in Go too.
_SURROGATES: Final = (0xD800, 0xDFFF)
#: kubectl takes paths with or without the braces and the first dot in --sort-by and columns.
_RELAXED: Final = re.compile(r"\{\.?([^{}]+)\}|\.?([^{}]+)")


class _BadPartError(Exception):
    """A part of a template that the grammar takes, and that means nothing."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(position, problem)
        self.position = position
        self.problem = problem


def parse_template(text: str) -> Template:
    r"""Return the parts of a template of ``-o jsonpath``; raises PathTemplateError for a bad one.

    >>> parse_template("{.kind}: {.metadata.name}")
    ((Child(names=('kind',)),), Literal(value=': '), (Child(names=('metadata', 'name')),))
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_TEXT_BYTES:
        problem = f"the text has {size} bytes, at most {MAX_TEXT_BYTES} are read"
        raise PathTemplateError(f"not a valid template: {problem}")
    try:
        return cast("Template", _parser().parse(text))
    except _BadPartError as bad:
        _refuse(text, bad.position, bad.problem)
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        position = len(text) if at_end else cast("int", error.pos_in_stream)
        _refuse(text, position, _hint(text, position))


def parse_path(text: str) -> Path:
    """Return a path of ``--sort-by`` or of a column, with or without braces and a first dot.

    Raises PathTemplateError for a bad one.

    >>> parse_path("metadata.name") == parse_path("{.metadata.name}")
    True
    """
    relaxed = _RELAXED.fullmatch(text)
    if relaxed is None:
        problem = "not a path into an object: write it as .metadata.name or {.metadata.name}"
        raise PathTemplateError(f"{quote(text)} is {problem}")
    template = parse_template(f"{{.{relaxed[1] or relaxed[2]}}}")
    (part,) = template
    assert isinstance(part, tuple)  # a text that begins with a dot is a path
    return part


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark.open_from_package(
        "labelsel.grammar",
        "jsonpath.lark",
        ("",),
        parser="lalr",
        transformer=_Parts(),
        maybe_placeholders=False,
    )


def _refuse(text: str, position: int, problem: str) -> NoReturn:
    """Raise a PathTemplateError that shows the place in the template."""
    # The line of the template that has the place: a caret below several lines shows none.
    begin = text.rfind("\n", 0, position) + 1
    line = text[begin:].partition("\n")[0]
    raise PathTemplateError(
        f"not a valid template: {problem}", *caret_lines(line, position - begin)
    )


def _hint(text: str, position: int) -> str:
    """Return what is wrong at a position where no part can begin or go on."""
    rest, before = text[position:], text[:position]
    in_filter = before.rfind("[?(") > before.rfind(")]")
    if not rest:
        return "a { is not closed: add }"
    if rest.startswith(("&", "|")) and in_filter:
        return "a filter has one comparison: && and || do not exist in kubectl's dialect either"
    if rest[0] in "\"'" and before.endswith("["):
        return "write a name in single quotes: ['name']"
    if rest[0] in "\"'":
        return 'a text has braces of its own: {.kind}{" "}{.metadata.name}'
    if rest.startswith(".."):
        return "behind .. a name is needed: ..name"
    if rest.startswith("."):
        return "behind the dot a name is needed; the whole object is {}"
    if rest.startswith("]") and before.endswith("["):
        return "[] is empty: write [*] for all elements, [0] for the first"
    word = re.match(r"\w+", rest)
    if word and before.rstrip().endswith("{"):
        return f'write .{word[0]} for the field, or {{"{word[0]}"}} for the text'
    return f"{rest[0]!r} cannot stand here"


def _number(token: Token) -> int | float:
    whole = None if "." in token else parse_int64(str(token))
    number = float(token) if whole is None else whole
    if math.isinf(number):
        raise _BadPartError(cast("int", token.start_pos), "the number is too large")
    return number


def _string(token: Token) -> str:
    """Return the text in quotes with Go's escapes replaced."""

    def replace(match: re.Match[str]) -> str:
        character, byte, octal, short, long, bad = match.groups()
        if bad is not None:
            problem = f"\\{bad} is no escape: write \\\\ for a backslash"
            raise _BadPartError(cast("int", token.start_pos) + 1 + match.start(), problem)
        if character is not None:
            return _ESCAPED.get(character, character)
        code = int(octal, 8) if octal else int(byte or short or long, 16)
        if code > sys.maxunicode or _SURROGATES[0] <= code <= _SURROGATES[1]:
            problem = f"{match[0]} is no character"
            raise _BadPartError(cast("int", token.start_pos) + 1 + match.start(), problem)
        return chr(code)

    return _ESCAPE.sub(replace, token[1:-1])


def _unescape(text: str) -> str:
    """Return a name without the backslashes before its dots, as kubectl reads it."""
    return text.replace("\\", "")


def _key_path(token: Token) -> Path:
    r"""Return the path of a quoted key; a dot in it without a backslash divides it, as in kubectl.

    ``['a.b']`` is ``.a.b``, and ``['a\.b']`` is the key "a.b".
    """
    names = re.findall(r"(?:\\.|[^\\.])++", token[1:-1])
    if not names or re.search(r"[\s,\[\]$@{}]", token):
        problem = "a name in quotes has no blanks, commas or brackets, and is not empty"
        raise _BadPartError(cast("int", token.start_pos), problem)
    return (Child(tuple(map(_unescape, names))),)


def _join(steps: Sequence[Step]) -> Path:
    """Return a path; names that follow one another are one step, which is one query."""
    path: list[Step] = []
    names = sum(len(step.names) if isinstance(step, Child) else 1 for step in steps)
    if names > MAX_TEMPLATE_DEPTH:
        problem = f"a path has at most {MAX_TEMPLATE_DEPTH} names and indices, this one has {names}"
        raise _BadPartError(0, problem)
    for step in steps:
        last = path[-1] if path else None
        if isinstance(last, Child) and isinstance(step, Child):
            path[-1] = Child(last.names + step.names)
        else:
            path.append(step)
    return tuple(path)


@v_args(inline=True)
class _Parts(Transformer[Token, Template]):
    """Builds the parts of a template while it is parsed."""

    def start(self, *parts: Any) -> Template:
        stack: list[tuple[Path, list[Part]]] = [((), [])]
        for part in parts:
            match part:
                case _Begin(path):
                    stack.append((path, []))
                    if len(stack) > MAX_TEMPLATE_DEPTH + 1:
                        problem = f"ranges may nest at most {MAX_TEMPLATE_DEPTH} deep"
                        raise _BadPartError(0, problem)
                case _End() if len(stack) > 1:
                    path, body = stack.pop()
                    stack[-1][1].append(Range(path, tuple(body)))
                case _End():
                    raise _BadPartError(0, "{end} without a {range} before it")
                case _:
                    stack[-1][1].append(part)
        if len(stack) > 1:
            raise _BadPartError(0, "a {range} has no {end}: add {end} behind what is repeated")
        return tuple(stack[0][1])

    def text(self, token: Token) -> Literal:
        return Literal(str(token))

    def range(self, path: Path) -> _Begin:
        return _Begin(path)

    def end(self) -> _End:
        return _End()

    def literal(self, token: Token) -> Literal:
        match token.type:
            case "STRING":
                return Literal(_string(token))
            case "NUMBER":
                return Literal(_number(token))
            case _:
                return Literal(str(token) == "true")

    literal_operand = literal

    def path(self, *steps: Step) -> Path:
        return _join(steps)

    condition_path = path

    def name(self, token: Token) -> Child | Children:
        return Children() if str(token) == ".*" else Child((_unescape(token[1:]),))

    condition_name = name

    def descent(self, token: Token) -> Descendants:
        if not (token[2].isalnum() or token[2] == "_"):
            problem = "behind .. a name is needed: ..name"
            raise _BadPartError(cast("int", token.start_pos), problem)
        return Descendants(_unescape(token[2:]))

    def subscript(self, *tokens: Token) -> Step:
        paths = tuple(map(_subscript, tokens))
        return paths[0][0] if len(paths) == 1 else UnionOfPaths(paths)

    condition_subscript = subscript

    def filter(self, condition: Filter) -> Filter:
        return condition

    def operand(self, value: Path | Literal) -> Path | Literal:
        return value

    def condition(
        self,
        left: Path | Literal,
        operator: Token | None = None,
        right: Path | Literal | None = None,
    ) -> Filter:
        if operator is None or right is None:
            return Filter(left, None)
        if operator not in _OPERATORS:
            problem = f"{operator} compares nothing: use one of {' '.join(_OPERATORS)}"
            raise _BadPartError(cast("int", operator.start_pos), problem)
        return Filter(left, Comparison(str(operator), right))


@dataclass(frozen=True, slots=True)
class _Begin:
    """The beginning of a range."""

    path: Path


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a range."""


def _index(token: Token, text: str) -> int:
    number = parse_int64(text)
    if number is None:
        raise _BadPartError(cast("int", token.start_pos), "the index is too large")
    return number


def _subscript(token: Token) -> Path:
    """Return the path of what stands between the brackets, or between two commas in them."""
    if token.type == "KEY":
        return _key_path(token)
    if token.type == "STAR":
        return (Elements(),)
    bounds = [_index(token, bound) if bound else None for bound in token.split(":")]
    if len(bounds) == 1:
        return (Elements(bounds[0], single=True),)
    start, stop, step = (*bounds, None)[:3]
    elements = Elements(start, stop, step)
    if elements.step is not None and elements.step <= 0:
        raise _BadPartError(cast("int", token.start_pos), "the step must be more than 0")
    return (elements,)
