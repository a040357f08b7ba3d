"""Fuzz target: the compiled core does what the pure Python code does, step by step.

The bytes are a program: each step is an operation and what it is about. Two machines of the
property tests run them: an index for each core, and the look-ups of selectors for each core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from labelsel import Contains, In, SelectorIndex, any_of, parse, parse_expression
from tests.properties.test_compiled_lookups_equal_pure import compare
from tests.properties.test_cores_agree import Cores, Text

__all__ = ["core"]

Each = TypeVar("Each")

_TEXTS: Final = (
    "a", "b", "", "7", "007", "-3", "\0", "é", "日本", "😀", "\ud800", "x" * 300, "ab",
    "k1", "k2", "k3",
)  # fmt: skip
_KEYS: Final = (*range(12), "a", "ä", "\0", ("x", 1), 1.0, True)
_SELECTORS: Final = (
    *map(parse, ("a=b", "!b", "a,b!=x", "a notin (b,),k1", "b>3", "!a,!b", "")),
    In("a", ("a", "b", "é", "\ud800")),
    Contains("a", "b"),
    any_of([parse("a=b"), parse("!b")]),
    parse_expression("a == 'b' || b == ''"),
    parse_expression("!(a == 'b' && has(b))"),
)
_MOST_STEPS: Final = 24
#: To compare all parts of two indexes takes as long as some ten steps.
_STEPS_PER_LOOK: Final = 6


class _Bytes:
    """Reads choices from bytes; at the end every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_left(self) -> bool:
        return self._at < len(self._data)

    def number(self, most: int = 255) -> int:
        """Return a number from 0 to ``most``."""
        found = self._data[self._at] if self.is_left else 0
        self._at += 1
        return found % (most + 1)

    def one_of(self, choices: tuple[Each, ...]) -> Each:
        return choices[self.number(len(choices) - 1)]

    def text(self) -> str:
        return self.one_of(_TEXTS)

    def labels(self) -> dict[str, str]:
        """Return a label set, sometimes one with many keys."""
        size = self.number(31)
        if size > 7:
            return {str(number): self.text() for number in range(size)}
        return {self.text(): self.text() for _ in range(size)}


def core(data: bytes) -> None:
    """Run the program; after each step both indexes have the same parts."""
    program = _Bytes(data)
    machine = Cores()
    selectors: SelectorIndex[Any] = SelectorIndex()
    before: dict[str, str] = {}
    for step in range(_MOST_STEPS):
        if not program.is_left:
            break
        if program.number(1):
            _STEPS[program.number(len(_STEPS) - 1)](machine, program)
            if step % _STEPS_PER_LOOK == 0:
                machine.same()
        else:
            _change_selectors(selectors, program)
            after = (
                program.labels() if program.number(1) else before | {program.text(): program.text()}
            )
            compare(selectors, before, after)
            before = after
    machine.same()


def _set(machine: Cores, program: _Bytes) -> None:
    machine.do("__setitem__", program.one_of(_KEYS), program.labels())


def _patch(machine: Cores, program: _Bytes) -> None:
    changes: dict[str, str | None] = {**program.labels(), program.text(): None}
    one, other = machine.do("patch", program.one_of(_KEYS), changes)
    assert one == other


def _exchange(machine: Cores, program: _Bytes) -> None:
    one, other = machine.do("exchange", program.one_of(_KEYS), program.labels())
    assert one == other
    assert list(one[1]) == list(other[1])


def _delete(machine: Cores, program: _Bytes) -> None:
    one, other = machine.do("__delitem__", program.one_of(_KEYS))
    assert one == other


def _update(machine: Cores, program: _Bytes) -> None:
    first, count = program.number(40), program.number(80)
    sets = [program.labels() for _ in range(1 + program.number(2))]
    machine.do("update", {first + number: sets[number % len(sets)] for number in range(count)})


def _odd(machine: Cores, program: _Bytes) -> None:
    labels = program.one_of(({1: "a"}, {"a": 1}, {Text("a"): Text("b")}, 5, None))
    for name, arguments in (
        ("patch", (program.one_of(_KEYS), labels)),
        ("update", ({1: labels, 2: {"a": "b"}},)),
    ):
        one, other = machine.do(name, *arguments)
        assert one == other


def _select(machine: Cores, program: _Bytes) -> None:
    name = program.one_of(("Exists", "DoesNotExist", "Equals", "GreaterThan", "StartsWith"))
    machine.select(name, program.text(), program.one_of(("7", "1", "0")))


def _compact(machine: Cores, _: _Bytes) -> None:
    machine.do("compact")


_STEPS: Final[tuple[Callable[[Cores, _Bytes], None], ...]] = (
    _set, _set, _patch, _exchange, _delete, _update, _odd, _select, _compact,
)  # fmt: skip


def _change_selectors(index: SelectorIndex[Any], program: _Bytes) -> None:
    """Add, list, replace or remove selectors."""
    key, selector = program.number(12), program.one_of(_SELECTORS)
    match program.number(4):
        case 0:
            index[key] = selector
        case 1:
            index[key] = In(program.text(), [program.text() for _ in range(program.number(5))])
        case 2:
            count = program.one_of((3, 70))
            name = program.text()
            index.update({100 + number: In(name, ["a", str(number)]) for number in range(count)})
        case 3:
            index[key] = parse(f"k{program.number(9)}!=x,b!={program.number(200)}")
        case _:
            index.pop(key, None)
