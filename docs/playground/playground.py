"""What the playground shows, as plain data: a function from JSON to JSON, without any page.

The page (index.html, page.js) sends what was typed to a worker (worker.js), and the worker calls
`answer` in Pyodide. What a selector means is asked of labelsel alone; here it is only laid out.
Nothing that was typed is run as code.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from pprint import pformat
from typing import Any, Final

from labelsel.errors import (
    InvalidLabelError,
    ManifestError,
    SelectorError,
    SelectorSyntaxError,
    TranslationError,
    escape,
)
from labelsel.kubernetes.model.serializer import yaml_text
from labelsel.kubernetes.read.document_reader import read_documents, read_value
from labelsel.labels import entry_text, label_problems
from labelsel.languages import LANGUAGES, Language
from labelsel.reasoning import Answer, implies, is_equivalent, overlaps
from labelsel.selector import Selector

__all__ = ["MAX_CHARACTERS", "SOURCES", "answer", "explain", "relate", "translate", "warm_up"]

MAX_CHARACTERS: Final = 10_000
"""Longest selector and longest labels that the page takes. In the browser Python takes some five
times as long as elsewhere: 10,000 characters of YAML take a second."""

SOURCES: Final = ("kubernetes", "fields", "calico", "prometheus")
"""The languages in which a selector can be typed."""

_WIDTH: Final = 72  # columns of the tree: as wide as its box on a laptop

#: Their keys and values are those of Kubernetes' labels. Fields and Prometheus have other rules.
_OF_LABELS: Final = frozenset({"kubernetes", "calico"})
_NO_RE2: Final = (
    "RE2 is a library in C++ that does not run in the browser, so this page cannot answer. A list "
    'of words needs no RE2: env=~"prod|staging" works here. After installing labelsel[regex] all '
    "regular expressions work."
)
_QUOTES: Final = "In YAML, true, 1 and null are not strings. Put them in quotes."
_PAIRS: Final = "Write one label on each line, as in app: web."
_UNKNOWN: Final = "There are too many cases to try, or a regular expression cannot be decided."
_NOT_PRINTABLE: Final = "The text has a character that is not printable."
_HALF: Final = "found half of a surrogate pair, which is no character"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_WARM: Final = (
    (("kubernetes", "app=web,tier in (front,cache),!debug"), "app: web\nteir: front"),
    (("fields", "status.phase!=Running"), "status.phase: Failed"),
    (("calico", "app == 'web' && !(has(debug) || tier in {'db'})"), "{app: web}"),
    (("prometheus", '{app="web",env=~"prod|staging"}'), '{"app": "web"}'),
)
"""A selector of each language, with labels."""


def answer(request: str) -> str:
    """Return the answer to a request of the page; both are JSON.

    Arguments:
        request: an object with ``function``, "explain", "translate" or "relate", and its arguments.

    Returns:
        what the function returns.

    Raises:
        KeyError: there is no such function.
        TypeError: its arguments are others.
        ValueError: the request is not JSON.

    Complexity: that of the function.

    >>> json.loads(answer('{"function": "explain", "source": ["kubernetes", "a"], "labels": ""}'))[
    ...     "matches"
    ... ]
    False
    """
    arguments = json.loads(request)
    function = _FUNCTIONS[arguments.pop("function")]
    return json.dumps(function(**arguments))


def explain(source: tuple[str, str], labels: str) -> dict[str, Any]:
    """Return all about one selector and one label set.

    Arguments:
        source: the selector's language, of `SOURCES`, and its text.
        labels: a label set as YAML; blank is no labels.

    Returns:
        ``matches`` is True or False, None where one of both is not valid: then ``selector_error``
        or ``labels_error`` says why. ``why`` has a row for each line of `Selector.why`.
        ``canonical`` and ``tree`` are about the selector, and ``notes`` about the labels.
        ``is_own_text`` says that the language does not read the canonical text.

    Raises:
        ValueError: the language is not of `SOURCES`.

    Complexity: O(n) in the length of the texts, for labels and requirements as in `why`.

    >>> found = explain(("kubernetes", "app=web,!debug"), "app: db")
    >>> found["matches"], found["canonical"]
    (False, 'app=web,!debug')
    >>> [(row["truth"], row["text"]) for row in found["why"]]
    [(False, 'app=web: has app=db'), (True, '!debug: has no debug')]
    """
    selector, selector_error = _parse(source)
    given, notes, labels_error = _read(labels)
    found: dict[str, Any] = {
        "matches": None,
        "why": [],
        "canonical": None,
        "is_own_text": False,
        "tree": None,
        "notes": notes if source[0] in _OF_LABELS else [],
        "selector_error": selector_error,
        "labels_error": labels_error,
    }
    if selector is not None:
        text, is_read = _canonical(selector, LANGUAGES[source[0]])
        found["canonical"], found["is_own_text"] = escape(text), not is_read
        found["tree"] = pformat(selector, width=_WIDTH)
        if given is not None:
            why = selector.why(given)
            found["matches"] = selector.matches(given)
            found["why"] = [
                {"depth": depth, "truth": part.truth, "text": escape(part.text)}
                for depth, part in why.walk()
            ]
    return found


def translate(source: tuple[str, str]) -> dict[str, Any]:
    """Return a selector in all other languages.

    Arguments:
        source: the selector, as in `explain`.

    Returns:
        ``rows`` has a language, the text, and the reason where there is no text, for each other
        language; it is empty where the selector is not valid.

    Raises:
        ValueError: the language is not of `SOURCES`.

    Complexity: that of `labelsel.simplify`, which ends after `labelsel.reasoning.MAX_STEPS`.

    >>> translate(("calico", "has(app)"))["rows"][0]
    {'language': 'kubernetes', 'text': 'app', 'reason': None}
    """
    selector, _ = _parse(source)
    others = [each for each in dict.fromkeys(LANGUAGES.values()) if each.name != source[0]]
    return {"rows": [] if selector is None else [_written(selector, each) for each in others]}


def relate(relation: str, one: tuple[str, str], other: tuple[str, str]) -> dict[str, Any]:
    r"""Return whether a relation holds between two selectors.

    Arguments:
        relation: "overlap": some labels match both; "implies": the first implies the second;
            "implied": the second implies the first; "same": both match the same labels.
        one: the first selector, as in `explain`.
        other: the second one.

    Returns:
        ``answer`` is "yes", "no" or "unknown", and None where one selector is not valid.
        ``witness`` is labels that show the answer, as YAML, and ``caption`` says what they show;
        each may be None. ``error`` is what is wrong with ``other``.

    Raises:
        KeyError: there is no such relation.
        ValueError: a language is not of `SOURCES`.

    Complexity: that of `labelsel.overlaps`, which ends after `labelsel.reasoning.MAX_STEPS`.

    >>> found = relate("overlap", ("kubernetes", "cores>3"), ("kubernetes", "cores<5"))
    >>> found["answer"], found["witness"]
    ('yes', "cores: '4'\n")
    """
    ask, caption = _RELATIONS[relation]
    first, _ = _parse(one)
    second, error = _parse(other)
    found: dict[str, Any] = {"answer": None, "caption": None, "witness": None, "error": error}
    if first is None or second is None:
        return found
    answered = ask(first, second)
    if answered.truth is None:
        return found | {"answer": "unknown", "caption": _UNKNOWN}
    found["answer"] = "yes" if answered.truth else "no"
    if caption is not None and answered.witness is not None:
        found |= {"caption": caption, "witness": yaml_text(answered.witness)}
    return found


def _is_implied(one: Selector, other: Selector) -> Answer:
    return implies(other, one)


_RELATIONS: Final[dict[str, tuple[Callable[[Selector, Selector], Answer], str | None]]] = {
    "overlap": (overlaps, "Both match these labels."),
    "implies": (implies, "Only the first selector matches these labels."),
    "implied": (_is_implied, "Only the second selector matches these labels."),
    # Its witness is one of those above.
    "same": (is_equivalent, None),
}
"""What answers each relation, and what its witness shows; None where the witness is left out."""

_FUNCTIONS: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "explain": explain,
    "relate": relate,
    "translate": translate,
}


def warm_up() -> None:
    """Ask about selectors of all languages, with and without mistakes: this loads all code.

    `make playground` saves the memory of Python after this call, and the page begins there.

    >>> warm_up()
    """
    for source, labels in _WARM:
        explain(source, labels)
        translate(source)
        for other, _ in _WARM:
            for relation in _RELATIONS:
                relate(relation, source, other)
        explain((source[0], "(a=b=c"), "a: [1, true]")


# Reading


def _parse(source: tuple[str, str]) -> tuple[Selector | None, dict[str, Any] | None]:
    """Return the selector of a text, or else the error."""
    language, text = source
    if language not in SOURCES:
        message = f"not a language of the playground: {language!r}"
        raise ValueError(message)
    if len(text) > MAX_CHARACTERS:
        return None, _error(_too_long("selector", text))
    half = _SURROGATE.search(text)
    if half is not None:
        return None, _error(str(SelectorSyntaxError(text, half.start(), problem=_HALF)))
    try:
        return LANGUAGES[language].parse(text), None
    except SelectorError as error:
        return None, _error(str(error))
    except ImportError as error:  # a regular expression without RE2
        return None, _error(str(error), _NO_RE2) | {"is_wrong": False}


def _read(text: str) -> tuple[dict[str, str] | None, list[str], dict[str, Any] | None]:
    """Return the labels of a text and what Kubernetes would refuse of them, or else the error."""
    if len(text) > MAX_CHARACTERS:
        return None, [], _error(_too_long("labels", text))
    try:
        value = read_value(text, "labels")
    except ManifestError as error:
        # A text of comments has no document. To read_value that is an error; here it is no labels.
        if error.document is not None or list(read_documents(text, "labels")):
            return None, [], _error(str(error))
        value = None
    # A label need not be legal to be matched (rule 11), but it must be a string.
    problems = label_problems(value)
    refused = [each for each in problems if not (each.path and isinstance(each.value, str))]
    if refused:
        message = InvalidLabelError([entry_text(each, "label") for each in refused])
        return None, [], _error(str(message), _QUOTES if isinstance(value, dict) else _PAIRS)
    assert value is None or isinstance(value, dict)
    notes = [f"Kubernetes refuses the {entry_text(each, 'label')}" for each in problems]
    return dict(value or {}), list(map(escape, notes)), None


def _too_long(what: str, text: str) -> str:
    return (
        f"too long for this page: the {what} may have {MAX_CHARACTERS:,} characters here, this"
        f" text has {len(text):,}"
    )


# Laying out


def _error(message: str, note: str | None = None) -> dict[str, Any]:
    """Return a message by its lines. A caret and the line above it must not be wrapped."""
    lines = message.split("\n")
    carets = [line.strip() == "^" for line in lines]
    return {
        "lines": [
            {"cells": list(_cells(line)), "wraps": not (is_caret or above_caret)}
            for line, is_caret, above_caret in zip(lines, carets, [*carets[1:], False], strict=True)
        ],
        "note": note,
        "is_wrong": True,
    }


def _cells(line: str) -> Iterator[tuple[str, int]]:
    """Yield the parts of a line with their widths: then a caret is right in any font.

    0 is plain ASCII, which has its own width; any other part is one character, of one column or
    two.
    """
    plain = ""
    for char in line:
        if char.isascii():
            plain += char
            continue
        if plain:
            yield plain, 0
            plain = ""
        # As the library counts columns for the caret.
        yield char, 2 if unicodedata.east_asian_width(char) in "WF" else 1
    if plain:
        yield plain, 0


def _canonical(selector: Selector, language: Language) -> tuple[str, bool]:
    """Return the canonical text of a selector, and whether its language reads this text."""
    if language.format is not None:
        with suppress(TranslationError):
            return str(language.format(selector)), True
    text = str(selector)
    try:
        return text, language.parse(text) == selector
    except (SelectorError, ImportError):
        return text, False


def _written(selector: Selector, language: Language) -> dict[str, Any]:
    """Return a selector in a language, or why it cannot be written in it."""
    row: dict[str, Any] = {"language": language.name, "text": None, "reason": None}
    if language.format is None:
        return row | {"reason": "labelsel reads this language and does not write it."}
    try:
        written = language.format(selector)
    except TranslationError as error:
        return row | {"reason": str(error)}
    if not language.is_text:
        return row | {"text": yaml_text(written)}
    return row | ({"text": written} if written.isprintable() else {"reason": _NOT_PRINTABLE})
