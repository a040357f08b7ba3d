"""The outcomes of Calico's own selector library, whole: every row, on every evaluator.

The rows stand in tests/vectors; those made from the strings of Calico's own tests are read
from a folder that is not part of the repository. A test tells of every row that differs, by its id.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from labelsel import (
    Selector,
    SelectorSyntaxError,
    parse_expression,
    to_expression,
)
from tests.evaluators import EVALUATORS
from tests.vector_parts import PARTS, select_part

OURS: Final = Path(__file__).resolve().parent / "vectors" / "calico.jsonl"
UPSTREAM: Final = OURS.parents[3] / "shared" / "vectors" / "upstream" / "calico.jsonl"

Row: TypeAlias = Mapping[str, Any]


@cache
def rows(file: Path) -> list[Row]:
    """Return the rows of a file; skip the test where the file is not ours and not there."""
    if file == UPSTREAM and not file.exists():
        pytest.skip("the cases from Calico's own tests are not part of the repository")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def faults(row: Row) -> Iterator[str]:
    """Yield what comes out otherwise than in Calico: rules 26 to 31."""
    text = row["selector"]
    try:
        selector = parse_expression(text)
    except SelectorSyntaxError as error:
        if row["ok"]:
            yield f"refuses {text!r}: {error}"
        return
    if not row["ok"]:
        yield f"reads {text!r} as {selector!r}"
        return
    said = to_expression(selector)
    # Calico's canonical text is no fixed point; ours is: it is the canonical of the canonical.
    if said != row["canonical2"]:
        yield f"says {text!r} as {said!r}, must be {row['canonical2']!r}"
    if not parse_expression(said) == parse_expression(row["canonical"]) == selector:
        yield f"reads the canonical text of {text!r} as another selector"
    yield from wrong_matches(selector, row)


def wrong_matches(selector: Selector, row: Row) -> Iterator[str]:
    """Yield a fault for each evaluator that does not match what Calico matches."""
    for name, evaluator in EVALUATORS:
        answers = evaluator(row["labels"])(selector)
        if answers != row["matches"]:
            yield f"{name}: {row['selector']!r} matches {answers}, must be {row['matches']}"


def failures(some: Iterable[Row], check: Callable[[Row], Iterable[str]] = faults) -> list[str]:
    """Return a line for everything that a check finds wrong in rows."""
    return [f"row {row['id']}: {fault}" for row in some for fault in check(row)]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("file", [OURS, UPSTREAM], ids=["ours", "upstream"])
def test_vectors(file: Path, part: str) -> None:
    """Every row comes out here as it does in Calico: outcome, canonical text, matches."""
    found = failures(select_part(rows(file), part))
    assert not found, "\n".join([f"{len(found)} faults in {file.name}", *found[:10]])


def test_the_vectors_are_there() -> None:
    """The file is not empty or cut short: a loop over nothing would pass."""
    outcomes = [row["ok"] for row in rows(OURS)]
    assert (len(outcomes), sum(outcomes)) == (1787, 1300)
    assert sum(row["canonical"] != row["canonical2"] for row in rows(OURS)) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"ok": False},
        {"canonical2": "all() "},
        {"canonical": '(z == "z")'},
        {"matches": [True] * 12},
    ],
    ids=repr,
)
def test_a_wrong_row_is_found(change: Row) -> None:
    """The checks can fail: a row that claims something false is told by its id."""
    good = next(row for row in rows(OURS) if row["ok"] and not all(row["matches"]))
    assert not failures([good])
    assert any(good["id"] in fault for fault in failures([{**good, **change}]))


def test_a_refused_row_is_found() -> None:
    """The checks can fail: a row that claims that a broken text is legal is told."""
    bad = next(row for row in rows(OURS) if not row["ok"])
    assert not failures([bad])
    assert failures([{**bad, "ok": True}])
