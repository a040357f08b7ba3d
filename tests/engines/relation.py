"""What every engine is asked, and what it must answer: 20,000 label sets, over 400 selectors.

The label sets have absent keys, empty values, and every character that some engine gives a
meaning. The selectors are every leaf on its own, its negation, and trees of all nodes.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

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
Rows = Iterable[int] | npt.NDArray[np.intp]

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
FEW = 2_000
"""How many label sets a test of ``make test`` takes: each value of each key is among them."""
MANY = 20_000
"""How many label sets one slow test of each engine and layout takes."""
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
    drawn = _drawn(count)
    return tuple(drawn[number] for number in _numbers(count, nul=nul))


@cache
def _drawn(count: int) -> tuple[Labels, ...]:
    """Return more label sets than asked for, of which some have NUL."""
    draw = random.Random(20)
    values = (*VALUES, NUL)
    return (
        {},
        *(
            {key: draw.choice(values) for key in draw.sample(KEYS, draw.randrange(7))}
            for _ in range(count * 11 // 10)
        ),
    )


@cache
def _numbers(count: int, *, nul: bool) -> npt.NDArray[np.intp]:
    """Return which of the drawn label sets are asked: without NUL those that have none."""
    held = [nul or NUL not in labels.values() for labels in _drawn(count)]
    numbers = np.flatnonzero(held)[:count]
    assert len(numbers) == count
    return numbers


@cache
def selectors(*, nul: bool = True) -> tuple[Selector, ...]:
    """Return over 400 different selectors: each leaf, its negation, and trees of all nodes."""
    draw = random.Random(21)
    values = (*VALUES, NUL)
    leaves = [each for make in _LEAVES for each in (make(draw, values) for _ in range(11))]
    alone = [*leaves, *map(Not, leaves), Everything(), Nothing(), Not(Everything())]
    drawn = dict.fromkeys([*alone, *(_tree(draw, leaves, 3) for _ in range(200))])
    return tuple(each for each in drawn if nul or repr(NUL)[1:-1] not in repr(each))


def values_of(label_sets: Iterable[Labels]) -> Callable[[str], list[str]]:
    """Return what `resolve` needs, from the label sets themselves."""
    return cache(lambda key: sorted({labels[key] for labels in label_sets if key in labels}))


def differences(
    answer: Callable[[Selector], Rows],
    count: int,
    *,
    nul: bool = True,
    chosen: Sequence[Selector] | None = None,
) -> list[Difference]:
    """Return where an engine's row numbers are not those of `matches`; `[]` is what it must be."""
    found = []
    for selector in selectors(nul=nul) if chosen is None else chosen:
        rows = np.fromiter(answer(selector), np.intp)
        answered = np.zeros(count, bool)
        answered[rows] = True
        assert len(rows) == np.count_nonzero(answered), f"{selector} returned a row twice"
        expected = _matched(selector, count)[_numbers(count, nul=nul)]
        if not np.array_equal(answered, expected):
            more, less = answered & ~expected, expected & ~answered
            found.append(Difference(selector, _some_rows(more), _some_rows(less)))
    return found


def _some_rows(is_selected: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(np.flatnonzero(is_selected)[:3].tolist())


@cache
def _matched(selector: Selector, count: int) -> npt.NDArray[np.bool_]:
    """Return which of the drawn label sets match: for all engines of one process, once."""
    return np.fromiter(map(compile_predicate(selector), _drawn(count)), bool)


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
