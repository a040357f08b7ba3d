"""Nothing is skipped: what is read says all that was written, or is refused.

tests/second_reader.py reads the same texts and shares no code with the parsers. It is tested itself
against the outcomes of Kubernetes.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Everything,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    InvalidObjectError,
    LessThan,
    NotIn,
    Selector,
    SelectorSyntaxError,
    from_label_selector,
    from_node_selector,
    parse,
    parse_fields,
    to_label_selector,
    validate_key,
    validate_value,
)
from labelsel.labels import parse_int64
from tests import second_reader
from tests.second_reader import Statement
from tests.strategies import CONJUNCTIONS, FIELD_TEXTS, LEGAL_TEXTS, WILD, near_misses

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
Reader: TypeAlias = Callable[[str], list[Statement] | None]


def read(parser: Callable[[str], Selector], text: str) -> list[Statement] | None:
    """Return what a selector that was parsed says, None where the text is refused."""
    try:
        selector = parser(text)
    except SelectorSyntaxError:
        return None
    match selector:
        case Everything():
            return []
        case And(terms):
            return [said(term) for term in terms]
        case _:
            return [said(selector)]


def said(term: Selector) -> Statement:
    """Return what a requirement says."""
    match term:
        case Exists(key=key):
            return Statement(key, "exists", ())
        case DoesNotExist(key=key):
            return Statement(key, "!", ())
        case In(key=key, values=values) | NotIn(key=key, values=values):
            return Statement(key, term.operator, tuple(sorted(values)))
        case _:
            return Statement(term.key, term.operator, (term.value,))  # type: ignore[attr-defined]  # one key, one value


def legal(one: Statement) -> bool:
    """Rules 8 to 10: what the words of a requirement must be."""
    bound = one.operator in {">", "<"}
    return not any(
        (
            validate_key(one.key),
            *map(validate_value, one.values),
            bound and parse_int64(one.values[0]) is None,
        )
    )


def labels_expected(text: str) -> list[Statement] | None:
    """Return what the text of a label selector must be read as."""
    all_said = second_reader.requirements(text)
    if all_said is None or not all(map(legal, all_said)):
        return None
    distinct = [
        Statement(key, sign, tuple(sorted(set(values)) if sign in {"in", "notin"} else values))
        for key, sign, values in all_said
    ]
    return sorted(distinct, key=lambda one: one.key)


def fields_expected(text: str) -> list[Statement] | None:
    """Return what the text of a field selector must be read as, in any order."""
    all_said = second_reader.field_requirements(text)
    if all_said is None:
        return None
    return sorted(Statement(key, sign.replace("==", "="), values) for key, sign, values in all_said)


def fields_read(text: str) -> list[Statement] | None:
    found = read(parse_fields, text)
    return None if found is None else sorted(found)


@given(st.one_of(LEGAL_TEXTS, near_misses(LEGAL_TEXTS)))
@example("x in (a,,b),y")
@example("x!=,!y")
@example("a \0,(((")
@example("a \0,b")
@example("a=b\0")
@example("in in (in),notin notin (notin,)")
def test_every_requirement_of_a_text_is_read(text: str) -> None:
    """A text is read as all that it says, requirement by requirement, or refused."""
    assert read(parse, text) == labels_expected(text)


@given(st.text("ab,=!()><in \t@\0", max_size=12))
def test_every_requirement_of_a_jumble_is_read(text: str) -> None:
    """Signs and words in any order are read by the rules, too."""
    assert read(parse, text) == labels_expected(text)


@given(st.one_of(FIELD_TEXTS, near_misses(FIELD_TEXTS), st.text("ab,=!\\", max_size=10)))
@example(",a=b,,=,!=c")
@example("a\\,b=c")
@example("a\\\\,b=c")
@example("a\\=b,c\\!=d")
@example("a!==b")
@example("a=\\")
@example("a=\0")
def test_every_term_of_a_field_selector_is_read(text: str) -> None:
    """A field selector is read as all that it says, or refused."""
    assert fields_read(text) == fields_expected(text)


@pytest.mark.parametrize(
    ("name", "part", "expected"),
    [
        ("selectors", "selector", labels_expected),
        ("fields", "fieldSelector", fields_expected),
    ],
)
def test_the_second_reader_reads_as_kubernetes(name: str, part: str, expected: Reader) -> None:
    """The judge is right: it refuses what Kubernetes refuses, and finds as many requirements."""
    lines = (VECTORS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        text = row[part]
        if "\0" in text and name == "selectors":
            continue
        found = expected(text)
        assert (found is not None) == row["ok"], row
        assert len(found or ()) == len(row.get("requirements", ())), row


@given(CONJUNCTIONS, st.one_of(WILD, st.sampled_from(["matchLabel", "Values", "x"])), st.data())
def test_no_part_of_an_object_is_skipped(
    selector: Selector, name: str, data: st.DataObject
) -> None:
    """A field that is not known is an error, wherever in an object it stands."""
    leaves = selector.terms if isinstance(selector, And) else (selector,)
    assume(not any(isinstance(leaf, GreaterThan | LessThan) for leaf in leaves))
    obj: dict[str, Any] = to_label_selector(selector) or {}
    expressions: list[dict[str, object]] = obj.get("matchExpressions", [])
    parts: list[dict[str, object]] = [obj, *expressions]
    part = data.draw(st.sampled_from(parts))
    known = {"key", "operator", "values", "matchLabels", "matchExpressions",
             "match_labels", "match_expressions"}  # fmt: skip
    assume(name not in known)
    part[name] = data.draw(st.sampled_from([None, [], {}, "x"]))
    with pytest.raises(InvalidObjectError) as caught:
        from_label_selector(obj)
    assert "unknown field" in str(caught.value)
    term = {"matchExpressions": expressions, **({name: None} if part is obj else {})}
    with pytest.raises(InvalidObjectError):
        from_node_selector({"nodeSelectorTerms": [term]})


def test_the_judge_can_find_something() -> None:
    """A reader that skips something is found out: the second reader finds more."""
    assert labels_expected("a,b=c") != [said(Exists("a"))]
    assert labels_expected("a,b=c") == [said(Exists("a")), said(Equals("b", "c"))]
    assert fields_expected("a=b,c!=d") == [
        said(FieldEquals("a", "b")),
        said(FieldNotEquals("c", "d")),
    ]
    assert [labels_expected(text) for text in ("a,", "a b", "a in b", "!a=b")] == [None] * 4
    assert [fields_expected(text) for text in ("a", "a=b=c", "a=\\x")] == [None] * 3
