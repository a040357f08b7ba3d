"""The outcomes of Kubernetes' own Go code, whole: every row, on every evaluator.

The rows stand in tests/vectors; those made from the strings of Kubernetes' own tests are
read from a folder that is not part of the repository. A test reads a file at a time and tells of
every row that differs, by its id.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Everything,
    Exists,
    GreaterThan,
    In,
    InvalidObjectError,
    LessThan,
    NotEquals,
    Nothing,
    NotIn,
    Selector,
    SelectorSyntaxError,
    from_label_selector,
    from_node_selector,
    node_labels,
    parse,
    parse_fields,
    validate_annotations,
    validate_key,
    validate_labels,
    validate_value,
)
from labelsel.requirements import FieldRequirement
from tests.evaluators import EVALUATORS, Labels
from tests.vector_parts import PARTS, select_part

VECTORS: Final = Path(__file__).resolve().parent / "vectors"
UPSTREAM: Final = VECTORS.parents[2] / "shared" / "vectors" / "upstream"

Row: TypeAlias = Mapping[str, Any]
Check: TypeAlias = Callable[[Row], Iterable[str]]


@cache
def rows(file: Path) -> list[Row]:
    """Return the rows of a file; skip the test where the file is not ours and not there."""
    if file.is_relative_to(UPSTREAM) and not file.exists():
        pytest.skip(f"the cases from other projects, {file.name}, are not part of the repository")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def failures(some: Iterable[Row], check: Check) -> list[str]:
    """Return a line for everything that a check finds wrong in rows."""
    return [f"row {row['id']}: {fault}" for row in some for fault in check(row)]


def hold(file: Path, check: Check, part: str) -> None:
    """Fail with the first rows of a part of a file that a check finds wrong."""
    found = failures(select_part(rows(file), part), check)
    assert not found, "\n".join([f"{len(found)} faults in {file.name}", *found[:10]])


def unequal(what: str, found: object, expected: object) -> Iterator[str]:
    """Yield a fault where the two differ."""
    if found != expected:
        yield f"{what} is {found!r}, must be {expected!r}"


def wrong_matches(
    selector: Selector, label_sets: list[Labels], matches: list[int]
) -> Iterator[str]:
    """Yield a fault for each evaluator that does not match what Kubernetes matches."""
    for name, evaluator in EVALUATORS:
        answers = list(map(int, evaluator(label_sets)(selector)))
        yield from unequal(f"{name}: matches of {selector!r}", answers, matches)


def terms_of(selector: Selector) -> tuple[Selector, ...]:
    """Return the requirements that a selector joins."""
    match selector:
        case Everything():
            return ()
        case And(terms):
            return terms
        case _:
            return (selector,)


def described(term: Selector) -> Row:
    """Return a requirement as the rows have it."""
    match term:
        case FieldRequirement(key=key, value=value):
            return {"field": key, "op": term.operator, "value": value}
        case Equals(key=key, value=value) | NotEquals(key=key, value=value):
            return {"key": key, "op": term.operator, "values": [value]}
        case In(key=key, values=values) | NotIn(key=key, values=values):
            return {"key": key, "op": term.operator, "values": sorted(values)}
        case Exists(key=key):
            return {"key": key, "op": "exists", "values": []}
        case DoesNotExist(key=key):
            return {"key": key, "op": "!", "values": []}
        case GreaterThan(key=key, value=value):
            return {"key": key, "op": "gt", "values": [value]}
        case _:
            assert isinstance(term, LessThan), term
            return {"key": term.key, "op": "lt", "values": [term.value]}


def outcome(read: Callable[[Any], Selector], source: object) -> Selector | None:
    """Return what is read, None where it is refused; an error's text must be there, too."""
    try:
        return read(source)
    except (SelectorSyntaxError, InvalidObjectError) as error:
        message = str(error)
    assert message, f"{source!r} is refused without a word"
    return None


def check_selector(row: Row) -> Iterator[str]:
    """Rules 1 to 10 and 15, D1 and D3: outcome, canonical text, requirements."""
    text = row["selector"]
    selector = outcome(parse, text)
    if "\0" in text:  # D1: Go ends the text there
        yield from unequal("the outcome of a text with NUL", selector, None)
        return
    yield from unequal(f"the outcome of {text!r}", selector is not None, row["ok"])
    if selector is None or not row["ok"]:
        return
    yield from unequal("what the canonical text means", parse(str(selector)), selector)
    found = [described(term) for term in terms_of(selector)]
    if row.get("unstable_sort"):  # D3: in Go, equal keys change places above 12 requirements
        yield from unequal("the keys", [t["key"] for t in found], keys_of(row))
        found, expected = sorted(found, key=repr), sorted(row["requirements"], key=repr)
        yield from unequal("the requirements in any order", found, expected)
    else:
        yield from unequal("the canonical text", str(selector), row["canonical"])
        yield from unequal("the requirements", found, row["requirements"])


def keys_of(row: Row) -> list[str]:
    """Return the keys of a row's requirements, in order."""
    return [requirement["key"] for requirement in row["requirements"]]


def check_match(row: Row) -> Iterator[str]:
    """Rules 12 to 14: what each label set is to each selector, on every evaluator."""
    return wrong_matches(parse(row["selector"]), row["labels"], row["matches"])


def check_fields(row: Row) -> Iterator[str]:
    """Rules 21 to 23: field selectors."""
    selector = outcome(parse_fields, row["fieldSelector"])
    yield from unequal("the outcome", selector is not None, row["ok"])
    if selector is None or not row["ok"]:
        return
    yield from unequal("the canonical text", str(selector), row["canonical"])
    found = [described(term) for term in terms_of(selector)]
    yield from unequal("the requirements", found, row["requirements"])
    # `==` is sorted as it was written and printed as `=`: then the text sorts otherwise.
    again = str(parse_fields(str(selector)))
    yield from unequal("the text read again", again, row.get("reparse_differs", row["canonical"]))
    yield from wrong_matches(selector, row["fields"], row["matches"])


def check_label_selector(row: Row) -> Iterator[str]:
    """Rules 16 and 17, D2 and D4: LabelSelector objects."""
    selector = outcome(from_label_selector, row["labelSelector"])
    yield from unequal("the outcome", selector is not None, row["ok"])
    if selector is None or not row["ok"]:
        return
    yield from unequal("selecting nothing", selector != Nothing(), row["selectable"])
    yield from wrong_matches(selector, row["labels"], row["matches"])
    if selector == Nothing():  # D2: in Go it prints as the empty text
        yield from unequal("the reading of its text", outcome(parse, str(selector)), None)
        return
    found = list(map(described, terms_of(selector)))
    yield from unequal("the requirements", found, row["requirements"])
    # D4: in Go, values that the object gives twice are printed twice.
    canonical = re.sub(r"\((.*?)\)", without_duplicates, row["canonical"])
    yield from unequal("the canonical text", str(selector), canonical)
    yield from unequal("the canonical text of Go, read", parse(row["canonical"]), selector)


def without_duplicates(values: re.Match[str]) -> str:
    """Return a set in parentheses with each of its values once."""
    return f"({','.join(dict.fromkeys(values[1].split(',')))})"


def check_node_selector(row: Row) -> Iterator[str]:
    """Rules 18 to 20: NodeSelector objects, read strictly and lazily."""
    nodes: list[Labels] = [node_labels(node["name"], node["labels"]) for node in row["nodes"]]
    strict = outcome(from_node_selector, row["nodeSelector"])
    yield from unequal("the outcome", strict is not None, row["ok"])
    if strict is not None and row["ok"]:
        yield from wrong_matches(strict, nodes, row["matches"])
    lazy = from_node_selector(row["nodeSelector"], strict=False)
    yield from wrong_matches(lazy, nodes, row["matches" if row["ok"] else "lazy_matches"])


VALIDATE: Final[Mapping[str, Callable[[object], list[str]]]] = {
    "key": validate_key,
    "value": validate_value,
    "labels": validate_labels,
    "annotations": validate_annotations,
}


def check_validation(row: Row) -> Iterator[str]:
    """Rules 8, 9 and 24: what is a legal key, value, label set and annotation set."""
    value = row["value"]
    if "pad" in row:
        value = {**value, row["pad"]["key"]: row["pad"]["char"] * row["pad"]["count"]}
    found = VALIDATE[row["validate"]](value)
    yield from unequal(f"{found}: the outcome", not found, row["ok"])


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("selectors", check_selector),
        ("matches", check_match),
        ("fields", check_fields),
        ("label_selectors", check_label_selector),
        ("node_selectors", check_node_selector),
        ("validation", check_validation),
    ],
)
def test_vectors(name: str, check: Check, part: str) -> None:
    """Every row of the file comes out here as it does in Kubernetes."""
    hold(VECTORS / f"{name}.jsonl", check, part)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("name", "check"), [("selectors", check_selector), ("fields", check_fields)]
)
def test_upstream_vectors(name: str, check: Check, part: str) -> None:
    """The strings in Kubernetes' own tests come out here as they do there."""
    hold(UPSTREAM / f"{name}.jsonl", check, part)


@pytest.mark.parametrize(
    ("name", "check", "change"),
    [
        ("selectors", check_selector, {"ok": False}),
        ("selectors", check_selector, {"canonical": "other"}),
        ("selectors", check_selector, {"requirements": []}),
        ("matches", check_match, {"matches": [1] * 20}),
        ("fields", check_fields, {"canonical": "other"}),
        ("fields", check_fields, {"matches": [0] * 6}),
        ("label_selectors", check_label_selector, {"selectable": False}),
        ("label_selectors", check_label_selector, {"matches": [1] * 6}),
        ("node_selectors", check_node_selector, {"matches": [1] * 5}),
        ("validation", check_validation, {"ok": True}),
    ],
)
def test_a_wrong_row_is_found(name: str, check: Check, change: Row) -> None:
    """The checks can fail: a row that is changed to claim something false is told by its id."""
    good = next(
        row
        for row in rows(VECTORS / f"{name}.jsonl")
        if row.get("ok", True) is not change.get("ok", False)
        and all(row[part] != other for part, other in change.items())
    )
    row = {**good, **change}
    assert any(row["id"] in fault for fault in failures([row], check))


def test_the_vectors_are_there() -> None:
    """No file is empty or cut short: a loop over nothing would pass."""
    names = ("calico", "fields", "label_selectors", "matches", "node_selectors", "selectors")
    counts = {name: len(rows(VECTORS / f"{name}.jsonl")) for name in (*names, "validation")}
    assert counts == {
        "calico": 1787,
        "fields": 346,
        "label_selectors": 349,
        "matches": 1028,
        "node_selectors": 288,
        "selectors": 2971,
        "validation": 473,
    }
