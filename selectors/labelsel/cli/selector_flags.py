"""The selectors of a command line: -l, -e and --field-selector, each error with its flag.

Open `target_labels` first. It joins everything that a command line says about labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Literal

from labelsel.cli.options import Target
from labelsel.cli.screen import Failure, say
from labelsel.errors import FieldError, SelectorError, SelectorSyntaxError, quote
from labelsel.kubernetes import Resource
from labelsel.kubernetes.inventory.fields import field_values, fields_in
from labelsel.languages import parse, parse_expression, parse_fields
from labelsel.placeholders import CERTAIN_PLACEHOLDER
from labelsel.requirements import Equals, FieldEquals, FieldNotEquals, NotEquals
from labelsel.selector import Requirement, Selector, all_of

__all__ = [
    "field_value",
    "naming_field_flag",
    "parse_flag",
    "report_patterns",
    "selector_failure",
    "target_fields",
    "target_labels",
    "trim_selector",
]

#: White space that kubectl removes at both ends of a selector: that of Go's strings.TrimSpace.
_WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)

_PARSE: Final[dict[str, Callable[[str], Selector]]] = {
    "-l": parse,
    "-e": parse_expression,
    "--field-selector": parse_fields,
}


def trim_selector(text: str) -> str:
    r"""Return a selector of the command line without white space at both ends, as kubectl does.

    >>> trim_selector("  app=web\u2003")
    'app=web'
    """
    return text.strip(_WHITE_SPACE)


def parse_flag(flag: str, text: str) -> Selector:
    """Return the selector of one ``-l``, ``-e`` or ``--field-selector``.

    Raises:
        Failure: the text is not a selector. The message begins with the flag and the text, so
            that it says which of several is meant.

    >>> str(parse_flag("-e", " has(app) || tier == 'db' "))
    'app || tier=db'
    """
    try:
        return _PARSE[flag](trim_selector(text))
    except SelectorError as error:
        raise selector_failure(f"{flag} {quote(text)}", error, "command") from error


def selector_failure(
    typed: str, error: SelectorError, place: Literal["command", "for_translate"]
) -> Failure:
    """Return the failure for a text that is not a selector, or cannot be used.

    Arguments:
        typed: where the text was typed; the message begins with it.
        error: what is wrong.
        place: which words of a `Hint` are for those who typed the text.
    """
    if isinstance(error, SelectorSyntaxError) and error.hint is not None:
        hint = getattr(error.hint, place, error.hint)
        error = SelectorSyntaxError(
            error.text, error.position, error.expected, problem=error.problem, hint=hint
        )
    first, *others = str(error).split("\n")
    return Failure(f"{typed}: {first}", *others)


def target_labels(target: Target) -> Selector:
    """Return the selector that requires everything that a target says about labels.

    It is Everything if the target has neither -l nor -e.

    >>> str(target_labels(Target(labels=("a=b",), expressions=("has(c)",))))
    'a=b,c'
    """
    given = (("-l", target.labels), ("-e", target.expressions))
    return all_of([parse_flag(flag, text) for flag, texts in given for text in texts])


def target_fields(target: Target) -> Selector:
    """Return the selector that requires all field selectors of a target.

    >>> str(target_fields(Target(fields=("a=b", "c!=d"))))
    'a=b,c!=d'
    """
    return all_of([parse_flag("--field-selector", text) for text in target.fields])


@contextmanager
def naming_field_flag(texts: Iterable[str]) -> Iterator[None]:
    """Name the ``--field-selector`` of a field that no object has, or that is no single value.

    Arguments:
        texts: the field selectors of the command line.
    """
    try:
        yield
    except FieldError as error:
        text = next(text for text in texts if error.field in _fields(text))
        problem = f"--field-selector {quote(text)}: {error}"
        selects = None if error.label is None else _as_label(text, error.field, error.label)
        if selects is not None:
            problem = f"{problem}: -l '{selects}'"
        elif negated := _NOT.fullmatch(error.field):
            problem = f"{problem}; another value is asked for with {negated[1]}!=VALUE"
        raise Failure(problem) from error


_NOT: Final = re.compile(r"not\s+(\S+)", re.IGNORECASE)


#: What a value looks like that is meant as a pattern, or has quotes or blanks by mistake: ~a, a*,
#: ^a, a$, /a/, a|b, (a, "a", and blanks at an end.
_PATTERN: Final = re.compile(r"""[~^/(\[{"'`\s]|.*[*|]|.*[$"'`\s]\Z""", re.DOTALL)


_IN_QUOTES: Final = re.compile(r"""(?P<sign>["'`])(?P<inside>[^"'`]*)(?P=sign)""")


def report_patterns(
    texts: Iterable[str], resources: Sequence[Resource], *, changes: bool = False
) -> None:
    """Warn of values that look like patterns or placeholders, and that no object has.

    Kubernetes takes any value, and compares it as it is: ``metadata.name=~web`` finds nothing, and
    ``metadata.name!=web*`` everything.

    Arguments:
        texts: the field selectors of the command line.
        resources: all objects of the input.
        changes: whether the selected objects are changed.

    Raises:
        Failure: they are changed, and such a value is behind ``!=``: it excludes no object.
    """
    for text in texts:
        for term in _terms(text):
            why = _doubt(text, term)
            if why is None or _has_value(resources, term):
                continue
            problem = (
                f"--field-selector {quote(text)}: {why}; "
                f"no object in the input has the value {quote(term.value)}"
            )
            if changes and isinstance(term, FieldNotEquals):
                raise Failure(f"{problem}, so that != excludes none")
            say(f"warning: {problem}")


def _doubt(text: str, term: FieldEquals | FieldNotEquals) -> str | None:
    """Return why the value of a term is hardly the one that was meant; None if it may well be."""
    found = CERTAIN_PLACEHOLDER.search(term.value)
    if found is not None:
        # Only a doubtful value needs hints; the module takes 3 ms to load.
        from labelsel.languages.hints import placeholder  # noqa: PLC0415  # see above

        hint = placeholder(text, max(0, text.find(found[0])), "--field-selector")
        if hint is not None:
            return hint.command
    quoted = _IN_QUOTES.fullmatch(term.value)
    if quoted is not None:
        sign = "!=" if isinstance(term, FieldNotEquals) else "="
        return f"write the value without quotes: {term.key}{sign}{quoted['inside']}"
    if _PATTERN.match(term.value) is None:
        return None
    return "field selectors have no patterns, and values are compared as they are"


def _terms(text: str) -> list[FieldEquals | FieldNotEquals]:
    selector = parse_fields(trim_selector(text))
    terms = selector.requirements() or ()
    return [term for term in terms if isinstance(term, FieldEquals | FieldNotEquals)]


def _has_value(resources: Iterable[Resource], term: FieldEquals | FieldNotEquals) -> bool:
    return any(field_value(item, term.key) == term.value for item in resources)


def field_value(resource: Resource, field: str) -> str | None:
    """Return the value of a field of an object; None where it has none, or a map or a list.

    >>> from labelsel.kubernetes import Inventory
    >>> [pod] = Inventory.of({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})
    >>> field_value(pod, "metadata.name"), field_value(pod, "metadata")
    ('a', None)
    """
    try:
        return field_values(resource, [field]).get(field)
    except FieldError:
        return None


def _fields(text: str) -> list[str]:
    return fields_in(parse_fields(trim_selector(text)))


def _as_label(text: str, field: str, label: str) -> str | None:
    """Return what a field selector asks of a field, as a selector of a label.

    None if there are several such terms, or if labels cannot have the value.
    """
    match [term for term in _terms(text) if term.key == field]:
        case [FieldEquals(value=value)]:
            same: Requirement = Equals(label, value)
        case [FieldNotEquals(value=value)]:
            same = NotEquals(label, value)
        case _:
            return None
    written = str(same)
    try:
        return written if parse(written) == same else None
    except SelectorSyntaxError:
        return None
