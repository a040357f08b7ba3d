"""What is a legal label key, label value, label set and annotation set: rules 8, 9, 24.

Labels that are *matched* need not be legal (rule 11): `require_labels` requires strings only.
The other functions are for those who write labels or selectors. Each returns the list of what
is wrong, in words a person understands, and an empty list where all is well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from inspect import getattr_static
from typing import NamedTuple, TypeGuard

from labelsel.core import compiled
from labelsel.errors import Problem, describe, path_step, quote, show
from labelsel.limits import (
    MAX_ANNOTATIONS_BYTES,
    MAX_INT64,
    MAX_NAME_BYTES,
    MAX_PREFIX_BYTES,
    MIN_INT64,
)

__all__ = [
    "Fault",
    "annotation_problems",
    "entry_problems",
    "entry_text",
    "key_faults",
    "label_problems",
    "node_name_problems",
    "parse_int64",
    "plain_string",
    "require_labels",
    "validate_annotations",
    "validate_key",
    "validate_labels",
    "validate_value",
    "value_faults",
]


class _Shape(NamedTuple):
    """What one part of a key, or a value, must look like."""

    pattern: re.Pattern[str]
    illegal: re.Pattern[str]
    limit: int
    may_hold: str
    edge: str


_NAME = _Shape(
    pattern=re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"),
    illegal=re.compile(r"[^-A-Za-z0-9_.]"),
    limit=MAX_NAME_BYTES,
    may_hold="letters, digits, '-', '_' and '.'",
    edge="begin and end with a letter or digit",
)
_PREFIX = _Shape(
    pattern=re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"),
    illegal=re.compile(r"[^-a-z0-9.]"),
    limit=MAX_PREFIX_BYTES,
    may_hold="lower-case letters, digits, '-' and '.'",
    edge="begin and end with a lower-case letter or digit between its dots",
)


# A legal key or value is recognised at once, in 0.2 µs; the parts are looked at one by one, in
# 1.2 µs, only where there is a fault to word. These expressions never go back over a character:
# those of the parts, put together, take twice as long.
_LEGAL_NAME = rf"(?![-_.])[-A-Za-z0-9_.]{{1,{MAX_NAME_BYTES}}}+(?<![-_.])"
_LEGAL_VALUE = re.compile(rf"(?:{_LEGAL_NAME})?")
_LEGAL_KEY = re.compile(
    rf"(?:(?=[-a-z0-9.]{{1,{MAX_PREFIX_BYTES}}}+/)[a-z0-9]++(?:(?:\.|-++)[a-z0-9]++)*+/)?"
    rf"{_LEGAL_NAME}"
)


class Fault(NamedTuple):
    """One thing that is wrong with a text, and the offset of it in that text."""

    offset: int
    problem: str


def require_labels(labels: object) -> Mapping[str, str]:
    """Return a label set as every evaluator matches it; TypeError where it is none.

    This is the one definition of a label set: a mapping whose keys and values are all strings.

    1. None counts as no labels.
    2. Strings need not be legal labels (rule 11). A string with a class of its own, such
       as a member of an enumeration, counts as its characters, however its class compares.
    3. A dict of plain strings is returned itself. Any other mapping is read once, into a dict.

    O(labels): some 50 ns each, a tenth of that in the compiled core.

    >>> require_labels({"app": "web"}), require_labels(None)
    ({'app': 'web'}, {})
    >>> require_labels({"replicas": 3})
    Traceback (most recent call last):
        ...
    TypeError: labels must be a mapping of strings to strings: the value of 'replicas' is 3 (int)
    """
    return labels if are_strings(labels) else _plain_labels(labels)


@compiled
def are_strings(labels: object, or_none: bool = False) -> TypeGuard[dict[str, str]]:  # noqa: FBT001, FBT002  # positional: a keyword takes as long as a label
    """Return whether an object is a dict whose keys and values are all strings, of no subclass.

    With ``or_none`` values may also be None: the changes of labels (`LabelIndex.patch`).

    Up to ten labels the loop is faster than joining the strings, and always faster than a set of
    their types.
    """
    if type(labels) is not dict:
        return False
    for key, value in labels.items():
        if type(key) is not str or not (type(value) is str or (or_none and value is None)):
            return False
    return True


def _plain_labels(labels: object) -> dict[str, str]:
    if labels is None:
        return {}
    if not isinstance(labels, Mapping):
        message = f"{_LABELS}, not {_show_with_type(labels)}{_advice(labels)}"
        raise TypeError(message)
    given = dict(labels)
    for key, value in given.items():
        for what, part in (("the key", key), (f"the value of {show(key)}", value)):
            if not isinstance(part, str):
                problem = f"{what} is {_show_with_type(part)}{_advice(given) or _null_advice(part)}"
                message = f"{_LABELS}: {problem}"
                raise TypeError(message)
    plain = {plain_string(key): plain_string(value) for key, value in given.items()}
    if len(plain) < len(given):
        message = f"{_LABELS}: two keys have the same characters, in {_show_with_type(given)}"
        raise TypeError(message)
    return plain


_LABELS = "labels must be a mapping of strings to strings"


def _advice(given: object) -> str:
    """What to pass in place of an object that holds labels, where it looks like one."""
    if isinstance(given, str):
        return ". Pass the labels as a dict, {'app': 'web'}"
    if not isinstance(given, Mapping):
        has_metadata = getattr_static(given, "metadata", None) is not None
        return ". Pass the labels of the object, obj.metadata.labels" if has_metadata else ""
    if isinstance(given.get("metadata"), Mapping):
        return (
            ". This looks like a whole object: pass its labels, obj['metadata'].get('labels'),"
            " or for a field selector its fields, {'metadata.name': 'web-1'}"
        )
    if isinstance(given.get("labels"), Mapping):
        return ". This looks like the metadata of an object: pass its labels, metadata['labels']"
    return ""


def _null_advice(part: object) -> str:
    return ". Write '' for a label without a value" if part is None else ""


def plain_string(text: str) -> str:
    """Return the characters of a string, without the class that it may have of its own."""
    return text if type(text) is str else str.__str__(text)


def validate_key(key: object) -> list[str]:
    """Return what is wrong with a label key: ``[prefix/]name``.

    1. The name has 1 to 63 bytes: letters, digits, ``-``, ``_``, ``.``, and a letter or digit at
       both ends.
    2. The prefix, where there is one, is a lower-case RFC 1123 subdomain of 1 to 253 bytes.

    Arguments:
        key: the key. Anything that is not a string is a problem, not an error.

    Returns:
        One sentence for each problem, without a full stop; an empty list for a legal key.

    Raises:
        Nothing.

    Complexity:
        O(len(key)).

    Source: rule 8.

    >>> validate_key("app.kubernetes.io/name")
    []
    >>> validate_key("n" * 64)
    ["a key's name may be at most 63 bytes, this one has 64"]
    """
    return [fault.problem for fault in key_faults(key)]


def validate_value(value: object) -> list[str]:
    """Return what is wrong with a label value: it is empty, or shaped like a key's name.

    Arguments:
        value: the value. Anything that is not a string is a problem, not an error.

    Returns:
        One sentence for each problem, without a full stop; an empty list for a legal value.

    Raises:
        Nothing.

    Complexity:
        O(len(value)).

    Source: rule 9.

    >>> validate_value("web"), validate_value("")
    ([], [])
    >>> validate_value("a b")
    ["a value may hold only letters, digits, '-', '_' and '.', this one has ' '"]
    """
    return [fault.problem for fault in value_faults(value)]


def validate_labels(labels: object) -> list[str]:
    """Return what is wrong with a label set: a mapping of legal keys to legal values.

    Arguments:
        labels: the label set; None counts as no labels. Anything that is not a mapping is a
            problem, not an error.

    Returns:
        One sentence for each problem, which names its label; an empty list for legal labels.

    Raises:
        Nothing.

    Complexity:
        O(total length of the keys and values).

    Source: rules 8 and 9.

    >>> validate_labels({"app": "web", "v": "-"})
    ["label 'v': a value must begin and end with a letter or digit, this one is '-'"]
    """
    return [entry_text(problem, "label") for problem in label_problems(labels)]


def validate_annotations(annotations: object) -> list[str]:
    r"""Return what is wrong with an annotation set: legal keys, any text, 256 KiB in total.

    1. A key is lower-cased one code point at a time, then checked as a label key.
    2. A value is any string.
    3. Keys and values together take at most 262,144 bytes.

    Arguments:
        annotations: the annotation set; None counts as no annotations. Anything that is not a
            mapping is a problem, not an error.

    Returns:
        One sentence for each problem, which names its annotation; an empty list for legal
        annotations.

    Raises:
        Nothing.

    Complexity:
        O(total length of the keys and values).

    Source: rules 24 and 25.

    >>> validate_annotations({"Example.com/Owner": "any text: é, \n"})
    []
    >>> validate_annotations({"example.com/owner": 3})
    ["annotation 'example.com/owner': a value must be a string, this is the number 3"]
    """
    return [entry_text(problem, "annotation") for problem in annotation_problems(annotations)]


def label_problems(labels: object) -> list[Problem]:
    """Return the problems of `validate_labels`, each with its path: the label's key, or empty."""
    problems = [problem for key, value in _items(labels) for problem in entry_problems(key, value)]
    return problems + _not_a_mapping(labels, "labels")


def annotation_problems(annotations: object) -> list[Problem]:
    """Return the problems of `validate_annotations`, each with its path as in `label_problems`."""
    problems = []
    total = 0
    for key, value in _items(annotations):
        path = (path_step(key),)
        lowered = _lower(key) if isinstance(key, str) else key
        problems += [Problem(path, problem, key) for problem in validate_key(lowered)]
        if isinstance(value, str):
            total += _bytes(key) + _bytes(value) if isinstance(key, str) else 0
        else:
            problems.append(Problem(path, _not_a_string("a value", value), value))
    if total > MAX_ANNOTATIONS_BYTES:
        problem = (
            f"annotations may take at most {MAX_ANNOTATIONS_BYTES} bytes in total,"
            f" these take {total}"
        )
        problems.append(Problem((), problem, annotations))
    return problems + _not_a_mapping(annotations, "annotations")


def entry_problems(key: object, value: object) -> list[Problem]:
    """Return what is wrong with one label: first with its key, then with its value."""
    path = (path_step(key),)
    return [
        *(Problem(path, problem, key) for problem in validate_key(key)),
        *(Problem(path, problem, value) for problem in validate_value(value)),
    ]


def entry_text(problem: Problem, word: str) -> str:
    """Return a problem of a label or an annotation as a sentence that names the entry.

    >>> entry_text(Problem(("app",), "a key must not be empty", ""), "label")
    "label 'app': a key must not be empty"
    """
    if not problem.path:
        return problem.problem
    return f"{word} {show(problem.path[0])}: {problem.problem}"


def node_name_problems(name: str) -> list[str]:
    """Return what is wrong with the name of a node: it is shaped like the prefix of a key.

    >>> node_name_problems("node-1.example"), node_name_problems("")
    ([], ["a node's name must not be empty"])
    """
    return name_problems(name, "a node's name")


def name_problems(name: str, what: str = "a name") -> list[str]:
    """Return what is wrong with the name of an object: it is shaped like the prefix of a key.

    Arguments:
        name: the name.
        what: the words for it.

    >>> name_problems("allow-web.1"), name_problems("")
    ([], ['a name must not be empty'])
    """
    return [fault.problem for fault in _part_faults(what, name, _PREFIX, 0)]


def key_faults(key: object) -> list[Fault]:
    """Return the problems of `validate_key`, with the offset of each fault in the key."""
    if type(key) is str and _LEGAL_KEY.fullmatch(key):
        return []
    if not isinstance(key, str):
        return [Fault(0, _not_a_string("a key", key))]
    if not key:
        return [Fault(0, "a key must not be empty")]
    prefix, slash, name = key.partition("/")
    if not slash:
        return _part_faults("a key's name", key, _NAME, 0)
    if "/" in name:
        at = len(prefix) + 1 + name.index("/")
        return [Fault(at, "a key may hold only one '/', between prefix and name")]
    return [
        *_part_faults("a key's prefix", prefix, _PREFIX, 0),
        *_part_faults("a key's name", name, _NAME, len(prefix) + 1),
    ]


def value_faults(value: object) -> list[Fault]:
    """Return the problems of `validate_value`, with the offset of each fault in the value."""
    if type(value) is str and _LEGAL_VALUE.fullmatch(value):
        return []
    if not isinstance(value, str):
        return [Fault(0, _not_a_string("a value", value))]
    return _part_faults("a value", value, _NAME, 0) if value else []


def parse_int64(text: str) -> int | None:
    """Read a base-10 signed 64-bit integer as Go's ``strconv.ParseInt`` does, or None.

    An optional sign and ASCII digits, nothing else: no blanks, underscores or other
    scripts' digits, which Python's ``int`` would take. Source: rules 10 and 13.

    >>> parse_int64("007"), parse_int64("-3"), parse_int64("1_000"), parse_int64(str(2**63))
    (7, -3, None, None)
    """
    if len(text) < _SURE_DIGITS and text.isdecimal() and text.isascii():
        return int(text)  # most numbers in labels: 100 ns instead of 250
    match = _INT64.fullmatch(text)
    if match is None:
        return None
    number = int(match[1] + match[2])
    return number if MIN_INT64 <= number <= MAX_INT64 else None


_SURE_DIGITS = 19  # fewer digits than this are no more than 64 bits

# At most 19 digits after the zeros: no int64 has more, and int() refuses thousands of them.
_INT64 = re.compile(r"([+-]?)0*([0-9]{1,19})")


def _part_faults(what: str, part: str, shape: _Shape, start: int) -> list[Fault]:
    if not part:
        return [Fault(start, f"{what} must not be empty")]
    faults = []
    size = _bytes(part)
    if size > shape.limit:
        faults.append(
            Fault(start, f"{what} may be at most {shape.limit} bytes, this one has {size}")
        )
    if shape.pattern.fullmatch(part) is None:
        illegal = shape.illegal.search(part)
        if illegal:
            problem = f"{what} may hold only {shape.may_hold}, this one has {illegal[0]!r}"
            faults.append(Fault(start + illegal.start(), problem))
        else:
            faults.append(Fault(start, f"{what} must {shape.edge}, this one is {quote(part)}"))
    return faults


def _items(mapping: object) -> list[tuple[object, object]]:
    return list(mapping.items()) if isinstance(mapping, Mapping) else []


def _not_a_mapping(mapping: object, what: str) -> list[Problem]:
    if mapping is None or isinstance(mapping, Mapping):
        return []
    problem = f"{what} must be a mapping of strings to strings, this is {describe(mapping)}"
    return [Problem((), problem, mapping)]


def _not_a_string(what: str, value: object) -> str:
    advice = ': write "" for none' if value is None and what == "a value" else ""
    return f"{what} must be a string, this is {describe(value)}{advice}"


def _show_with_type(value: object) -> str:
    return "None" if value is None else f"{show(value)} ({type(value).__name__})"


def _bytes(text: str) -> int:
    # surrogatepass: a lone surrogate is a character that a rule refuses, not a reason to fail.
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _lower(text: str) -> str:
    # Go maps each code point to one; Python maps U+0130 alone to two, of which the first is Go's.
    return "".join(char.lower()[0] for char in text)
