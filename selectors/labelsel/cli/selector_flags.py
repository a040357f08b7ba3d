"""The selectors of a command line: one flag for each language, each error with its flag.

Open `target_labels` first. It joins everything that a command line says about labels.
`target_annotations` and `target_fields` do the same for the other two.
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
from labelsel.languages import parse, parse_expression, parse_fields, parse_matchers
from labelsel.languages.prometheus import METRIC_KEY
from labelsel.placeholders import CERTAIN_PLACEHOLDER
from labelsel.requirements import Equals, FieldEquals, FieldNotEquals, NotEquals
from labelsel.selector import Requirement, Selector, all_of

__all__ = [
    "ANNOTATION_FLAGS",
    "FIELD_FLAGS",
    "LABEL_FLAGS",
    "METRIC_FLAGS",
    "TEXT_FLAGS",
    "field_value",
    "naming_field_flag",
    "parse_flag",
    "report_patterns",
    "selector_failure",
    "target_annotations",
    "target_fields",
    "target_labels",
    "trim_selector",
]

#: White space that kubectl removes at both ends of a selector: that of Go's strings.TrimSpace.
_WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)

#: The readers of the languages, by the flags that take them.
_READERS: Final[tuple[Callable[[str], Selector], ...]] = (parse, parse_expression, parse_matchers)
LABEL_FLAGS: Final = ("-l", "-e", "--matchers")
"""The flags that select by labels: the languages of Kubernetes, Calico and Prometheus."""
ANNOTATION_FLAGS: Final = (
    "--annotation-selector",
    "--annotation-expression",
    "--annotation-matchers",
)
"""The flags that select by annotations, in the order of `LABEL_FLAGS`."""
FIELD_FLAGS: Final = ("--field-selector",)
"""The flag that selects by fields."""
METRIC_FLAGS: Final = (LABEL_FLAGS[2], ANNOTATION_FLAGS[2])
"""The flags for matchers, whose language has names of metrics."""
TEXT_FLAGS: Final = (LABEL_FLAGS[0], ANNOTATION_FLAGS[0], *FIELD_FLAGS)
"""The flags for languages whose values have no quotes."""
_PARSE: Final[dict[str, Callable[[str], Selector]]] = {
    **dict(zip(LABEL_FLAGS, _READERS, strict=True)),
    **dict(zip(ANNOTATION_FLAGS, _READERS, strict=True)),
    "--field-selector": parse_fields,
}
#: A flag that a hint names, outside of the text in quotes that follows it.
_FLAG_OF_LABELS: Final = re.compile(r"(?<![\w-])(?:-[le]|--matchers)(?=[ ,;.]|\Z)")


def trim_selector(text: str) -> str:
    r"""Return a selector of the command line without white space at both ends, as kubectl does.

    >>> trim_selector("  app=web\u2003")
    'app=web'
    """
    return text.strip(_WHITE_SPACE)


def parse_flag(flag: str, text: str) -> Selector:
    """Return the selector of one flag, as of ``-l`` or ``--annotation-matchers``.

    Raises:
        Failure: the text is not a selector, or has a regular expression, for which RE2 is not
            installed. The message begins with the flag and the text, so that it says which of
            several is meant.

    >>> str(parse_flag("-e", " has(app) || tier == 'db' "))
    'app || tier=db'
    """
    try:
        return _PARSE[flag](trim_selector(text))
    except SelectorError as error:
        typed = f"{flag} {quote(text)}"
        raise selector_failure(typed, _for_flag(error, flag), "command") from error
    except ImportError as error:
        raise Failure(f"{flag} {quote(text)}: {error}") from error


def _for_flag(error: SelectorError, flag: str) -> SelectorError:
    """Return an error with a hint for a flag, where the hint of the language is not enough."""
    if not isinstance(error, SelectorSyntaxError):
        return error
    hint = None if error.hint is None else str(getattr(error.hint, "command", error.hint))
    if flag in ANNOTATION_FLAGS:
        hint = _hint_for_annotations(error, hint, flag)
    if flag in METRIC_FLAGS and hint is not None and not set(error.text) & set("\"'`"):
        hint = _WRITE.sub(lambda found: _in_quotes(flag, found[1]), hint)
    return SelectorSyntaxError(
        error.text, error.position, error.expected, problem=error.problem, hint=hint
    )


#: The text that the hint about matchers without quotes offers.
_WRITE: Final = re.compile(r"; write: (\{.*\})\Z")


def _in_quotes(flag: str, text: str) -> str:
    """Return the end of a hint about quotes: the shell takes them off a word without others."""
    # As in `_doubt`: the module takes 3 ms to load.
    from labelsel.languages.hints import in_shell_quotes  # noqa: PLC0415  # see above

    return f", and the shell takes them away; write: {flag} {in_shell_quotes(text)}"


def _hint_for_annotations(error: SelectorSyntaxError, hint: str | None, flag: str) -> str | None:
    """Return the hint with the flags of annotations in place of those of labels.

    A value that no label may have is the most common mistake: a hint offers the language for it.
    """
    offered = _offer_expression(error) if flag == ANNOTATION_FLAGS[0] else None
    if offered is not None:
        return f"label selectors have no such value; write: {offered}"
    if hint is None and flag == ANNOTATION_FLAGS[0]:
        return f"other values than those of labels need {ANNOTATION_FLAGS[1]} 'key == \"value\"'"
    return hint and _FLAG_OF_LABELS.sub(lambda found: _annotation_flag(found[0]), hint)


def _annotation_flag(flag: str) -> str:
    """Return the flag for annotations in the language of a flag for labels."""
    return ANNOTATION_FLAGS[LABEL_FLAGS.index(flag)]


#: One equation whose value is the rest of the text, and no words or signs of a selector.
_EQUATION: Final = re.compile(
    r"(?P<key>[\w./-]+)\s*(?P<sign>==?|!=)\s*(?P<value>(?!.*\b(?:or|and|not|in|notin)\b)"
    r"[^\s,;=!<>(){}\[\]&|\"'`$*~^][^,;=!<>(){}\[\]&|\"'`$*~^]*)",
    re.ASCII,
)


def _offer_expression(error: SelectorSyntaxError) -> str | None:
    """Return the option that asks for a value that is no label value; None if that is not sure."""
    found = _EQUATION.fullmatch(error.text)
    if found is None or error.position < found.start("value") or not error.text.isprintable():
        return None
    sign = "!=" if found["sign"] == "!=" else "=="
    return f"{ANNOTATION_FLAGS[1]} '{found['key']} {sign} \"{found['value']}\"'"


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


def target_labels(target: Target, *, metrics: bool = False) -> Selector:
    """Return the selector that requires everything that a target says about labels.

    It is Everything if the target has none of the flags.

    Arguments:
        target: what the command line says.
        metrics: whether what is selected may have the name of a metric, as rows of a table may.

    Raises:
        Failure: a text is not a selector, or asks for the name of a metric that no object has.

    >>> str(target_labels(Target(labels=("a=b",), expressions=("has(c)",))))
    'a=b,c'
    """
    return _joined(target, LABEL_FLAGS, metrics=metrics)


def target_annotations(target: Target) -> Selector:
    """Return the selector that requires everything that a target says about annotations.

    >>> str(target_annotations(Target(annotations=("a=b",), annotation_matchers=('{c!=""}',))))
    'a=b,c,c!='
    """
    return _joined(target, ANNOTATION_FLAGS, metrics=False)


def _joined(target: Target, flags: Sequence[str], *, metrics: bool = True) -> Selector:
    """Return the selector that requires all texts of some flags."""
    selectors = []
    for flag, texts in target.selectors:
        for text in texts if flag in flags else ():
            selector = parse_flag(flag, text)
            keys = selector.keys()
            if not metrics and flag in METRIC_FLAGS and METRIC_KEY in keys:
                problem = "objects have no metric name, which stands before the braces"
                advice = 'write what is meant as a label, as in {app="web"}'
                raise Failure(f"{flag} {quote(text)}: {problem}: {advice}")
            selectors.append(selector)
    return all_of(selectors)


def target_fields(target: Target) -> Selector:
    """Return the selector that requires all field selectors of a target.

    >>> str(target_fields(Target(fields=("a=b", "c!=d"))))
    'a=b,c!=d'
    """
    return _joined(target, FIELD_FLAGS)


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
