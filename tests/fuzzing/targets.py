"""The fuzz targets by name: which function gets the bytes, and what it is made of.

The modules are imported when a target is loaded, so that Atheris can instrument what they import.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final, TypeAlias

__all__ = ["SEEDS", "TARGETS", "Law", "Target"]

Law: TypeAlias = Callable[[bytes], None]
"""Returns if the bytes are treated as they must be, and raises otherwise."""

SEEDS: Final = Path(__file__).resolve().parent / "seeds"
"""A folder for each target, with a file for each seed."""


@dataclass(frozen=True, slots=True)
class Target:
    """A law, and where the search for bytes that break it begins.

    Attributes:
        name: the name of the target, of its function and of its folder of seeds.
        module: the module of the function, in this folder.
        words: pieces of input that no mutation of single bytes finds soon.
        longest: most bytes of an input.
        sanitized: whether it runs the compiled core with every access to memory checked.
    """

    name: str
    module: str
    words: tuple[str, ...] = ()
    longest: int = 400
    sanitized: bool = False

    @property
    def instrumented(self) -> tuple[str, ...]:
        """The packages of which Atheris counts the branches; of the core gcc counts them."""
        return () if self.sanitized else ("labelsel", "lark", "yaml", "json")

    @property
    def seeds(self) -> list[Path]:
        """The files of its seeds, sorted by name."""
        return sorted((SEEDS / self.name).iterdir())

    def load(self) -> Law:
        """Import the function."""
        law: Law = getattr(import_module(f"tests.fuzzing.{self.module}"), self.name)
        return law


_OF_YAML: Final = (
    "apiVersion: v1", "kind: Pod", "metadata:", "labels:", "items:", "\n---\n", "<<: *", "&a ",
    "*a", "!!", "%YAML 1.1\n", "...\n", "|-\n", ">+\n", "? ", "null", "selector:", "data:", "- ",
)  # fmt: skip
_OF_JSON: Final = (
    '"items": [', '"labels": {', "\\ud800", "\\u0061", "1e999", "true", "null", "}{", "NaN",
)  # fmt: skip
_OF_CALICO: Final = (
    "&&", "||", "has(", "all()", "global()", " not in {", " contains ", " starts with ",
    " ends with ", "==", "!=", "in {'",
)  # fmt: skip
_OF_PROMETHEUS: Final = (
    "=~", "!~", "!=", "__name__", "\\x", "\\u00", "(?i)", "(?:", "\\Q", "[[:alpha:]]", "|", ".*",
)  # fmt: skip
_OF_OBJECTS: Final = (
    '"matchLabels":{', '"matchExpressions":[', '"key":"', '"operator":"', '"values":[', '"NotIn"',
    '"In"', '"Exists"', '"DoesNotExist"', '"Gt"', '"Lt"', '"nodeSelectorTerms":[',
    '"matchFields":[', '"metadata.name"',
)  # fmt: skip

TARGETS: Final = {
    target.name: target
    for target in (
        Target("kubernetes", "language_targets", (" in (", " notin (", "==", "!=", ">", "<", "!")),
        Target("field", "language_targets", ("metadata.name", "==", "!=", "\\,", "\\=", "\\\\")),
        Target("calico", "language_targets", _OF_CALICO),
        Target("prometheus", "language_targets", _OF_PROMETHEUS),
        Target("objects", "object_target", _OF_OBJECTS, longest=600),
        Target("yaml_reader", "reader_targets", _OF_YAML, longest=600),
        Target("json_reader", "reader_targets", _OF_JSON),
        Target("editor", "editor_target", ("a=b,c-\n", "@a=b\n", "!\n", *_OF_YAML), longest=600),
        Target("lines", "line_target", _OF_YAML, longest=600),
        Target("index_file", "index_target", longest=2000),
        Target("core", "core_target", longest=200, sanitized=True),
    )
}
"""Every target by its name."""
