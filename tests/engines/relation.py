"""What every engine is asked, and what it must answer: 20,000 label sets, over 400 selectors.

The label sets have absent keys, empty values, and every character that some engine gives a
meaning. The selectors are every leaf on its own, its negation, and trees of all nodes.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pytest

from labelsel import (
    And,
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Everything,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LessThan,
    Matches,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Requirement,
    Selector,
    StartsWith,
    compile_predicate,
)

Labels = Mapping[str, str]

KEYS = (
    "app",
    "App",
    "app.kubernetes.io/name",
    "a.b/c",
    "a b",
    "it's",
    'q"t',
    "back\\slash",
    "tick`",
    "${x}",
    "$.x",
    "%s",
    ":p1",
    "{key}",
    "~1/~0",
    "ünï",
    "",
)
VALUES = (
    "",
    "web",
    "Web",
    "web ",
    "WEB",
    "web-1",
    "é",
    "e\u0301",
    "\U0001f600",
    "it's",
    "' OR '1'='1",
    "\\' OR 1=1 --",
    '"',
    "back\\slash",
    "\\n",
    "\n",
    "\t",
    "${x}",
    "${env:HOME}",
    "%",
    "_",
    "%s",
    ":p1",
    "$p1",
    "{value}",
    "`",
    "null",
    "NULL",
    "true",
    "[]",
    "007",
    "7",
    "+7",
    "-7",
    "7.0",
    "1_000",
    "0x10",
    "1e3",
    " 7 ",
    "\u0663",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "a" * 300,
)
COUNTS = (pytest.param(2_000), pytest.param(20_000, marks=pytest.mark.slow))
"""How many label sets a test takes: some in ``make test``, all in ``make test-all``."""
NUL = "a\0b"
"""A value that not every engine holds."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A selector that an engine answered wrongly, with some of the rows."""

    selector: Selector
    too_many: tuple[int, ...]
    missing: tuple[int, ...]


@cache
def label_sets(count: int, *, nul: bool = True) -> tuple[Labels, ...]:
    """Return label sets, the same each time: of up to six labels each, the first one empty."""
    draw = random.Random(20)
    values = (*VALUES, NUL) if nul else VALUES
    return (
        {},
        *(
            {key: draw.choice(values) for key in draw.sample(KEYS, draw.randrange(7))}
            for _ in range(count - 1)
        ),
    )


@cache
def selectors(*, nul: bool = True) -> tuple[Selector, ...]:
    """Return over 400 selectors: each leaf, its negation, and trees of all nodes."""
    draw = random.Random(21)
    values = (*VALUES, NUL) if nul else VALUES
    leaves = [each for make in _LEAVES for each in (make(draw, values) for _ in range(11))]
    alone = [*leaves, *map(Not, leaves), Everything(), Nothing(), Not(Everything())]
    return (*alone, *(_tree(draw, leaves, 3) for _ in range(140)))


def values_of(label_sets: Iterable[Labels]) -> Callable[[str], list[str]]:
    """Return what `resolve` needs, from the label sets themselves."""
    return cache(lambda key: sorted({labels[key] for labels in label_sets if key in labels}))


def differences(
    answer: Callable[[Selector], Iterable[int]],
    count: int,
    *,
    nul: bool = True,
    chosen: Sequence[Selector] | None = None,
) -> list[Difference]:
    """Return where an engine's row numbers are not those of `matches`; `[]` is what it must be."""
    found = []
    for selector in selectors(nul=nul) if chosen is None else chosen:
        answered = list(answer(selector))
        assert len(answered) == len(set(answered)), f"{selector} returned a row twice"
        expected, rows = _expected(selector, count, nul=nul), frozenset(answered)
        if rows != expected:
            more, less = sorted(rows - expected), sorted(expected - rows)
            found.append(Difference(selector, tuple(more[:3]), tuple(less[:3])))
    return found


@cache
def _expected(selector: Selector, count: int, *, nul: bool) -> frozenset[int]:
    matches = compile_predicate(selector)
    return frozenset(n for n, labels in enumerate(label_sets(count, nul=nul)) if matches(labels))


def _some(draw: random.Random, values: Sequence[str]) -> list[str]:
    return draw.sample(values, draw.randrange(1, 5))


_BOUNDS = ("0", "6", "7", "007", "-8", str(2**63 - 1), str(-(2**63)))
_PARTS = ("", "w", "web", "%", "_", "'", "\\", "\n", "${", "é", "\u0301", "7", "EB")
_PATTERNS = ("", "web.*", ".*", "[0-9]+", "\\d+", "(?i)web", "a+", ".", "\\w+", "w|e", "'.*")
_LEAVES: tuple[Callable[[random.Random, Sequence[str]], Requirement], ...] = (
    lambda draw, values: Equals(draw.choice(KEYS), draw.choice(values)),
    lambda draw, values: NotEquals(draw.choice(KEYS), draw.choice(values)),
    lambda draw, values: In(draw.choice(KEYS), _some(draw, values)),
    lambda draw, values: NotIn(draw.choice(KEYS), _some(draw, values)),
    lambda draw, _: Exists(draw.choice((*KEYS, "gone"))),
    lambda draw, _: DoesNotExist(draw.choice((*KEYS, "gone"))),
    lambda draw, _: GreaterThan(draw.choice(KEYS), draw.choice(_BOUNDS)),
    lambda draw, _: LessThan(draw.choice(KEYS), draw.choice(_BOUNDS)),
    lambda draw, _: Contains(draw.choice(KEYS), draw.choice(_PARTS)),
    lambda draw, _: StartsWith(draw.choice(KEYS), draw.choice(_PARTS)),
    lambda draw, _: EndsWith(draw.choice(KEYS), draw.choice(_PARTS)),
    lambda draw, _: Matches(draw.choice(KEYS), draw.choice(_PATTERNS)),
    lambda draw, values: FieldEquals(draw.choice(KEYS), draw.choice(values)),
    lambda draw, values: FieldNotEquals(draw.choice(KEYS), draw.choice(values)),
)


def _tree(draw: random.Random, leaves: Sequence[Selector], depth: int) -> Selector:
    if depth == 0 or draw.random() < 0.2:
        return draw.choice(leaves)
    if draw.random() < 0.2:
        return Not(_tree(draw, leaves, depth - 1))
    terms = tuple(_tree(draw, leaves, depth - 1) for _ in range(draw.randrange(4)))
    return draw.choice((And, Or))(terms)
