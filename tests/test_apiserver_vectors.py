"""The answers of a running kube-apiserver 1.36: every selector and evaluator, 300 objects.

The first row holds the objects; each other one a selector, whether the server took it, and the
objects that it listed for it, as the bits of a number.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from labelsel import LiveIndex, Selector, SelectorIndex, SelectorSyntaxError, parse
from tests.evaluators import EVALUATORS, Labels

VECTORS: Final = Path(__file__).resolve().parent / "vectors" / "apiserver.jsonl"

Row: TypeAlias = Mapping[str, Any]


@cache
def rows() -> list[Row]:
    """Return all rows, the one with the objects first."""
    return [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]


def objects() -> list[Labels]:
    """Return the labels of the objects, in the order of the bits."""
    return [labels for _, labels in rows()[0]["objects"]]


def accepted() -> dict[str, int]:
    """Return the selectors that the server took, each with the objects it listed."""
    return {row["selector"]: int(row["matched"], 16) for row in rows()[1:] if row["ok"]}


def bits(answers: list[bool]) -> int:
    """Return answers as a number of which bit i is answer i."""
    return sum(1 << number for number, answer in enumerate(answers) if answer)


def read(text: str) -> Selector | None:
    """Return the selector, None where the text is refused."""
    try:
        return parse(text)
    except SelectorSyntaxError:
        return None


def wrongly_read(some: list[Row]) -> list[str]:
    """Return the selectors that are taken here and refused by the server, or the other way."""
    return [row["selector"] for row in some if (read(row["selector"]) is None) == row["ok"]]


def differing(found: Mapping[str, int], expected: Mapping[str, int]) -> list[str]:
    """Return the selectors that select other objects than the server."""
    return [text for text in expected if found.get(text, 0) != expected[text]]


def test_outcomes() -> None:
    """The same texts are selectors here and there."""
    assert wrongly_read(rows()[1:]) == []


@pytest.mark.parametrize(
    "evaluator", [evaluator for _, evaluator in EVALUATORS], ids=[n for n, _ in EVALUATORS]
)
def test_matches(evaluator: Any) -> None:
    """Each evaluator selects the objects that the server lists."""
    ask = evaluator(objects())
    assert differing({text: bits(ask(parse(text))) for text in accepted()}, accepted()) == []


def test_all_selectors_in_one_index() -> None:
    """A SelectorIndex of all selectors tells of each object which of them the server applied."""
    index = SelectorIndex({text: text for text in accepted()})
    found: dict[str, int] = {}
    for number, labels in enumerate(objects()):
        for text in index.matching(labels):
            found[text] = found.get(text, 0) | 1 << number
    assert differing(found, accepted()) == []


def test_all_selectors_and_objects_live() -> None:
    """A LiveIndex says the same: of objects that come first, and of objects that change."""
    for first, then in ((objects(), []), ([], objects())):
        live: LiveIndex[int, str] = LiveIndex(enumerate(first), {text: text for text in accepted()})
        for number, labels in enumerate(then):
            live.set_item(number, labels)
        found = {
            text: sum(1 << number for number in live.selection(text)) for text in live.selectors
        }
        assert differing(found, accepted()) == []


def test_the_vectors_are_there() -> None:
    """The file is not empty or cut short: a loop over nothing would pass."""
    assert len(objects()) == 300
    assert (len(rows()), len(accepted())) == (2001, 470)
    assert sum(matched.bit_count() for matched in accepted().values()) == 44_055


def test_a_wrong_row_is_found() -> None:
    """The checks can fail: on an outcome, and on one object more or less."""
    row = next(row for row in rows()[1:] if row["ok"])
    assert wrongly_read([{**row, "ok": False}]) == [row["selector"]]
    right = {row["selector"]: int(row["matched"], 16)}
    assert differing(right, right) == []
    assert differing({row["selector"]: right[row["selector"]] ^ 1}, right) == [row["selector"]]
