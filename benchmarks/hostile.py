"""Texts that are small and meant to be slow: the time to read each, over growing sizes.

    python -m benchmarks.hostile
    python -m benchmarks.hostile 1000 100000

Each line is a text, each column a size: how often its part is repeated. Where reading is linear,
ten times the size is ten times the time, and what is refused takes no time at all.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from labelsel.kubernetes.read.document_reader import read_documents

__all__ = ["CASES", "measure", "rows"]

_SIZES: Final = (1_000, 10_000, 100_000)
_POD: Final = "{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {%s}}}"


def _chain(size: int, value: str) -> str:
    links = (f"a{n}: &a{n} {value % (n - 1)}\n" for n in range(1, size))
    return "a0: &a0 {x: y}\n" + "".join(links)


CASES: Final[dict[str, Callable[[int], str]]] = {
    "[ [ [": lambda size: "[" * size,
    "{a: {a:": lambda size: "{a: " * size,
    '{"a":{"a":': lambda size: '{"a":' * size,
    "{ { {": lambda size: "{" * size,
    "- - -": lambda size: "- " * size + "x",
    "? ? ?": lambda size: "? " * size + "x",
    "a fault, then [ [ [": lambda size: "a: *x\nb: " + "[" * size,
    "aliases of aliases": lambda size: _chain(size, "[*a%d]"),
    "merges of merges": lambda size: _chain(size, "{<<: *a%d}"),
    "one map on one line": lambda size: _POD % ", ".join(f"k{n}: v" for n in range(size)),
    "anchors": lambda size: "".join(f"- &a{n} x\n" for n in range(size)),
    "one key many times": lambda size: "a: b\n" * size,
    "one JSON key many times": lambda size: "{" + ", ".join(['"a": 1'] * size) + "}",
    "documents with a fault": lambda size: "---\n[\n" * size,
    "a text of ten letters each": lambda size: "a: " + "x" * size * 10,
    "a block of lines": lambda size: "a: |\n" + "  x\n" * size,
}
"""Texts of a size, by what is repeated in them."""


def measure(text: str) -> float:
    """The seconds that reading a text takes."""
    start = time.perf_counter()
    for _ in read_documents(text, "a.yaml"):
        pass
    return time.perf_counter() - start


def rows(sizes: Sequence[int]) -> Iterator[str]:
    """The lines of the table: a heading with the sizes, then a line for each text."""
    yield f"{'':28}" + "".join(f"{size:>12,}" for size in sizes)
    for name, text_of in CASES.items():
        yield f"{name:28}" + "".join(f"{measure(text_of(size)):>10.4f} s" for size in sizes)


if __name__ == "__main__":
    for row in rows(tuple(map(int, sys.argv[1:])) or _SIZES):
        print(row)
