"""``python -m benchmarks.growth``: what one selector, or one label set, costs as it grows.

A selector may come from anybody, so nothing that is done with one may take time or memory that
grows faster than the selector, but for the factor log n of sorting. Each operation is measured
for each shape of selector at growing sizes, and told is the exponent of growth: 1 is linear, 2
quadratic. Sizes are leaves of the selector, or labels of the label set.

Seconds are those of the process. An exponent is that of the last two sizes; it is left out below
5 ms, where other things take longer than what grows. An operation that takes over ``--seconds`` is
asked for no larger size: what it does as it grows is seen, and a larger size would only take
longer. At its last size a second call is traced, and its peak of memory told: tracing takes five
times as long as the call.
"""

from __future__ import annotations

import gc
import json
import pickle
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, reduce
from math import log
from operator import and_, or_
from typing import Any, Final, TypeAlias

from benchmarks.options import documented_parser
from benchmarks.process import apart
from benchmarks.tables import Grid
from benchmarks.timing import CLOCK, duration
from labelsel import (
    And,
    Contains,
    Equals,
    Exists,
    In,
    LabelIndex,
    LiveIndex,
    Matches,
    Not,
    NotEquals,
    Or,
    Selector,
    SelectorError,
    SelectorIndex,
    all_of,
    compile_predicate,
    implies,
    is_satisfiable,
    overlaps,
    parse,
    parse_expression,
    parse_fields,
    parse_matchers,
    simplify,
    to_expression,
    to_kubernetes,
    to_label_selector,
    to_node_selector,
)
from labelsel.lint.ignore_comments import find_ignore_comments
from labelsel.selector import holds

__all__ = ["OPERATIONS", "SHAPES", "SIZES", "TEXTS", "grid", "main", "measure"]

Labels: TypeAlias = Mapping[str, str]
Call: TypeAlias = Callable[[], object]
Prepared: TypeAlias = Callable[[Selector, Labels], Call]
"""Makes what an operation needs, and returns the operation."""

SIZES: Final = (1_000, 2_000, 4_000, 8_000, 16_000)
_SECONDS: Final = 0.1
_LEAST: Final = 0.005
_STEEP: Final = 1.5
"""From this exponent on a row is marked: nothing here should be steeper than n log n."""


def _keys(n: int, prefix: str = "k") -> list[str]:
    return [f"{prefix}{number}" for number in range(n)]


def _pairs(n: int) -> Iterator[tuple[Selector, Selector]]:
    return ((Exists(key), Equals(f"x{key}", "v")) for key in _keys(n // 2))


def _nested(n: int) -> Selector:
    """Return an Or in an And in an Or, 40 levels of each, with leaves on every level."""
    selector: Selector = Exists("a")
    for level in range(80):
        node = Or if level % 2 else And
        selector = node((*map(Exists, _keys(n // 80, f"k{level}-")), selector))
    return selector


def _many(n: int) -> list[Selector]:
    """Return a hundred selectors, each an Or over keys of its own, n in all."""
    return [Or(tuple(map(Exists, _keys(n // 100, f"k{number}-")))) for number in range(100)]


SHAPES: Final[Mapping[str, Callable[[int], Selector]]] = {
    "or of keys": lambda n: Or(tuple(map(Exists, _keys(n)))),
    "or of labels": lambda n: Or(tuple(Equals(key, "v") for key in _keys(n))),
    "or of values": lambda n: Or(tuple(Equals("a", value) for value in _keys(n))),
    "and of keys": lambda n: And(tuple(map(Exists, _keys(n)))),
    "and of values": lambda n: And(tuple(NotEquals("a", value) for value in _keys(n))),
    "and of ors": lambda n: And(tuple(map(Or, _pairs(n)))),
    "or of ands": lambda n: Or(tuple(map(And, _pairs(n)))),
    "not or of ands": lambda n: Not(Or(tuple(map(And, _pairs(n))))),
    "and, and an or": lambda n: And(
        (*map(Exists, _keys(n // 2)), Or(tuple(map(Exists, _keys(n // 2, "y")))))
    ),
    "nested": _nested,
    "in": lambda n: In("a", _keys(n)),
    "in, and tests": lambda n: And(
        (In("a", _keys(n // 2)), *(Not(Contains("a", key)) for key in _keys(n // 2, "x")))
    ),
    "or of tests": lambda n: Or(tuple(Contains("a", part) for part in _keys(n))),
    "or of regexes": lambda n: Or(tuple(Matches(key, "x+y") for key in _keys(n))),
}


def _other(selector: Selector) -> Selector:
    return Or((selector, Exists("other")))


def _in_index(selector: Selector, labels: Labels) -> SelectorIndex[int]:
    index: SelectorIndex[int] = SelectorIndex({0: selector})
    index.matching(labels)
    return index


def _of_labels(labels: Labels) -> LabelIndex[int]:
    return LabelIndex({0: labels, 1: {}, 2: dict.fromkeys(labels, "w")})


def _live(selector: Selector, labels: Labels) -> LiveIndex[int, int]:
    return LiveIndex({0: labels, 1: {}}, {0: selector})


def _terms(selector: Selector) -> tuple[Selector, ...]:
    return selector.terms if isinstance(selector, And | Or) else (selector,)


def _text_of(join: Callable[[Selector, Selector], Selector], terms: Sequence[Selector]) -> str:
    return str(reduce(join, terms))


def _explained(index: LabelIndex[int], selector: Selector) -> str:
    return str(index.explain(selector))


def _why(selector: Selector, labels: Labels) -> str:
    return str(selector.why(labels))


def _patched(index: LabelIndex[int], labels: Labels) -> None:
    for key, value in list(labels.items())[:100]:
        index.patch(0, {key: value})


def _emptied(index: SelectorIndex[int]) -> None:
    for key in list(index):
        del index[key]


def _or_error(call: Callable[..., object], *arguments: object) -> object:
    """Call what may be refused: an error that is named is an answer, too."""
    try:
        return call(*arguments)
    except SelectorError as error:
        return error


def _again(selector: Selector) -> Selector:
    again: Selector = pickle.loads(pickle.dumps(selector))  # noqa: S301  # our own bytes
    return again


def _same(selector: Selector, other: Selector) -> bool:
    return selector == other


OPERATIONS: Final[Mapping[str, Prepared]] = {
    "SelectorIndex, add": lambda s, _: partial(SelectorIndex, {0: s}),
    "SelectorIndex, replace": lambda s, g: partial(_in_index(s, g).update, {0: _other(s)}),
    "SelectorIndex, match": lambda s, g: partial(_in_index(s, g).matching, g),
    "SelectorIndex, any": lambda s, g: partial(_in_index(s, g).any_matching, g),
    "SelectorIndex, remove": lambda s, g: partial(_in_index(s, g).pop, 0),
    "LiveIndex, set selector": lambda s, g: partial(_live(s, g).set_selector, 1, _other(s)),
    "LiveIndex, set item": lambda s, g: partial(_live(s, g).set_item, 0, dict.fromkeys(g, "w")),
    "LiveIndex, remove": lambda s, g: partial(_live(s, g).remove_selector, 0),
    "LabelIndex, select": lambda s, g: partial(_of_labels(g).select, s),
    "LabelIndex, count": lambda s, g: partial(_of_labels(g).count, s),
    "LabelIndex, explain": lambda s, g: partial(_explained, _of_labels(g), s),
    "&": lambda s, _: partial(_text_of, and_, _terms(s)),
    "|": lambda s, _: partial(_text_of, or_, _terms(s)),
    "all_of": lambda s, _: partial(all_of, _terms(s)),
    "str": lambda s, _: partial(str, s),
    "repr": lambda s, _: partial(repr, s),
    "hash": lambda s, _: partial(hash, s),
    "==": lambda s, _: partial(_same, s, _again(s)),
    "pickle": lambda s, _: partial(_again, s),
    "compile": lambda s, _: partial(compile_predicate, s),
    "matches": lambda s, g: partial(compile_predicate(s), g),
    "holds": lambda s, g: partial(holds, s, g),
    "why": lambda s, g: partial(_why, s, g),
    "why not": lambda s, _: partial(_why, s, {"other": "v"}),
    "simplify": lambda s, _: partial(simplify, s),
    "is_satisfiable": lambda s, _: partial(is_satisfiable, s),
    "implies": lambda s, _: partial(implies, s, s),
    "overlaps": lambda s, _: partial(overlaps, s, s),
    "to_kubernetes": lambda s, _: partial(_or_error, to_kubernetes, s),
    "to_label_selector": lambda s, _: partial(_or_error, to_label_selector, s),
    "to_node_selector": lambda s, _: partial(_or_error, to_node_selector, s),
    "to_expression": lambda s, _: partial(_or_error, to_expression, s),
}


def _set_and_removed(labels: Labels) -> LabelIndex[int]:
    index: LabelIndex[int] = LabelIndex({1: {}})
    for _ in range(2):
        index[0] = labels
        del index[0]
    return index


def _hundred(labels: Labels) -> SelectorIndex[int]:
    return SelectorIndex(enumerate(_many(len(labels))))


OF_LABELS: Final[Mapping[str, Callable[[Labels], Call]]] = {
    "LabelIndex, add": lambda g: partial(LabelIndex, {0: g}),
    "LabelIndex, add to one": lambda g: partial(LabelIndex({1: {}}).update, {0: g}),
    "LabelIndex, set and remove": lambda g: partial(_set_and_removed, g),
    "LabelIndex, exchange": lambda g: partial(
        LabelIndex({0: g}).exchange, 0, dict.fromkeys(_keys(len(g), "z"), "")
    ),
    "LabelIndex, patch": lambda g: partial(LabelIndex({0: g}).patch, 0, dict.fromkeys(g, "new")),
    "LabelIndex, label by label": lambda g: partial(_patched, LabelIndex({0: {}}), g),
    "a hundred selectors, add": lambda g: partial(_hundred, g),
    "a hundred selectors, match": lambda g: partial(
        _hundred(g).matching, {f"k{n}-0": "" for n in range(100)}
    ),
    "a hundred selectors, remove": lambda g: partial(_emptied, _hundred(g)),
}
"""What is done with a label set, or with many selectors at once, as it grows."""

TEXTS: Final[Mapping[str, tuple[Callable[[str], object], Callable[[int], str]]]] = {
    "kubernetes, keys": (parse, lambda n: ",".join(_keys(n))),
    "kubernetes, values": (parse, lambda n: f"a in ({','.join(_keys(n))})"),
    "fields": (parse_fields, lambda n: ",".join(f"{key}=v" for key in _keys(n))),
    "expression, or": (parse_expression, lambda n: "||".join(f"has({key})" for key in _keys(n))),
    "expression, values": (
        parse_expression,
        lambda n: "a in {" + ",".join(map(repr, _keys(n))) + "}",
    ),
    "matchers": (parse_matchers, lambda n: "{" + ",".join(f'{key}="v"' for key in _keys(n)) + "}"),
    "matchers, regex": (parse_matchers, lambda n: '{a=~"x(' + "|".join(_keys(n)) + ')+"}'),
    "comments of lint": (find_ignore_comments, lambda n: "# labelsel: ignore[a]\n" * n + "a: b"),
    "one line of them": (find_ignore_comments, lambda n: "a: b " + "# labelsel: ignore[" * n),
}
"""Texts of each language, and of comments."""


def cases() -> dict[str, Callable[[int], Call]]:
    """Return every case by name: what makes, for a size, the call to be measured."""
    of_selectors = {
        f"{operation}: {shape}": partial(_of_selector, made, prepared)
        for shape, made in SHAPES.items()
        for operation, prepared in OPERATIONS.items()
    }
    of_labels = {name: partial(_of_label_set, prepared) for name, prepared in OF_LABELS.items()}
    of_texts = {f"parse: {name}": partial(_of_text, *parts) for name, parts in TEXTS.items()}
    return {**of_selectors, **of_labels, **of_texts}


def _of_selector(made: Callable[[int], Selector], prepared: Prepared, size: int) -> Call:
    return prepared(made(size), dict.fromkeys(_keys(size), "v"))


def _of_label_set(prepared: Callable[[Labels], Call], size: int) -> Call:
    return prepared(dict.fromkeys(_keys(size), "v"))


def _of_text(read: Callable[[str], object], text: Callable[[int], str], size: int) -> Call:
    return partial(_or_error, read, text(size))


def measure(sizes: Sequence[int] = SIZES, *, only: str = "") -> dict[str, Any]:
    """Measure, in a process of its own, the cases whose names hold a text."""
    return apart("growth", f"--sizes={','.join(map(str, sizes))}", f"--only={only}")


def _measured(case: Callable[[int], Call], sizes: Sequence[int], most: float) -> dict[str, Any]:
    seconds: list[float] = []
    for size in sizes:
        gc.collect()
        seconds.append(_seconds(case(size)))
        if seconds[-1] > most:
            break
    peak = _peak(case(sizes[len(seconds) - 1]))
    return {"seconds": seconds, "bytes": peak, "exponent": _exponent(sizes, seconds)}


def _seconds(call: Call) -> float:
    start = CLOCK()
    call()
    return CLOCK() - start


def _peak(call: Call) -> int:
    """Return the bytes that a call holds at its peak."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float | None:
    if len(seconds) < 2 or seconds[-1] < _LEAST or not seconds[-2]:
        return None
    sizes = sizes[len(seconds) - 2 : len(seconds)]
    return log(seconds[-1] / seconds[-2]) / log(sizes[1] / sizes[0])


def _steepest(cases: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return, of each operation, the shape with the largest exponent, else the longest time."""
    of: dict[str, list[str]] = {}
    for name in cases:
        operation = name.rpartition(": ")[0]
        of.setdefault(operation if operation in OPERATIONS else name, []).append(name)

    def steepness(name: str) -> tuple[float, float]:
        return cases[name]["exponent"] or 0.0, cases[name]["seconds"][-1]

    return {name: cases[name] for name in (max(names, key=steepness) for names in of.values())}


def grid(found: Mapping[str, Any]) -> Grid:
    """Draw what `measure` found: of each operation the steepest of its shapes."""
    sizes = found["sizes"]
    made = Grid(
        "What grows with a selector or a label set",
        ("", *(f"{size:,}" for size in sizes), "exponent", "peak of memory"),
        note="Sizes are leaves or labels; of each operation the steepest of "
        f"{len(SHAPES)} shapes stands here. What took long was asked for no larger size; the "
        f"memory is that of the last. An exponent over {_STEEP} is marked with '!'.",
    )
    for name, case in _steepest(found["cases"]).items():
        seconds = [duration(taken) for taken in case["seconds"]]
        seconds += [""] * (len(sizes) - len(seconds))
        exponent = case["exponent"]
        shown = "" if exponent is None else f"{exponent:.2f}{' !' * (exponent > _STEEP)}"
        made.rows.append((name, *seconds, shown, f"{case['bytes'] / 2**20:,.1f} MiB"))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print what was found as JSON."""
    parser = documented_parser("benchmarks.growth", __doc__)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="leaves, by commas")
    parser.add_argument("--only", default="", help="cases whose names hold this text")
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="longest call (0.1)")
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.sizes.split(",")]
    found = {
        name: _measured(case, sizes, given.seconds)
        for name, case in cases().items()
        if given.only in name
    }
    print(json.dumps({"sizes": sizes, "cases": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
