"""A module with its mutants, and how a mutant is put into a process that runs."""

from __future__ import annotations

import ast
import gc
import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Final, TypeAlias

from tests.mutation.mutants import Mutant, find_mutants

__all__ = ["FOLDER", "ROOT", "Functions", "Module", "find_functions", "install", "replace"]

ROOT: Final = Path(__file__).resolve().parents[2]
#: What a run leaves for the next one.
FOLDER: Final = Path(os.environ.get("MUTATION_FOLDER", ROOT / "build" / "mutation"))

#: Every function of the process, by its file and its code.
Functions: TypeAlias = dict[tuple[object, ...], list[FunctionType]]


class Module:
    """The text of a module, its syntax tree and its mutants."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.splitlines()
        self.tree = ast.parse(self.text, str(path))

    @cached_property
    def mutants(self) -> list[Mutant]:
        """The mutants, in the order of the text; to apply one changes the tree for good."""
        return find_mutants(self.tree, self.text)

    @cached_property
    def code(self) -> CodeType:
        """The code of the module as it is."""
        return compile(self.text, str(self.path), "exec", dont_inherit=True)

    def function_lines(self, line: int) -> range:
        """Return the lines of the innermost function around a line; of the module if none is."""
        inside = [lines for lines in self._functions if line in lines]
        return min(inside, key=len, default=range(1, len(self.lines) + 1))

    @cached_property
    def _functions(self) -> list[range]:
        return [
            range(node.lineno, (node.end_lineno or node.lineno) + 1)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]

    def mutated(self, number: int) -> CodeType:
        """Return the code with one mutant: once only, in a process that ends after it."""
        self.mutants[number].apply()
        return compile(self.tree, str(self.path), "exec", dont_inherit=True)


def find_functions(folder: Path) -> Functions:
    """Return the functions whose code stands in a folder: all that are there, also closures."""
    found: Functions = {}
    inside = f"{folder}/"
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(inside):
            found.setdefault(_key(each.__code__), []).append(each)
    return found


def replace(functions: Functions, old: CodeType, new: CodeType) -> int:
    """Give functions their new code; return how many there were.

    Objects that hold a function, such as a class or a decorator, hold it still. A function in
    another one comes with the new code of that one, and is also replaced where it is there already.
    """
    count = 0
    for before, after in _pairs(old, new):
        if before != after:
            for function in functions.get(_key(before), []):
                function.__code__ = after
                count += 1
    return count


def _pairs(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Yield each code in a code with the new one; what the compiler saw to be unused has none."""
    after = [each for each in new.co_consts if isinstance(each, CodeType)]
    for before in old.co_consts:
        if isinstance(before, CodeType):
            name = (before.co_qualname, before.co_firstlineno)
            same = [each for each in after if (each.co_qualname, each.co_firstlineno) == name]
            if same:
                after.remove(same[0])
                yield before, same[0]
                yield from _pairs(before, same[0])


def _key(code: CodeType) -> tuple[object, ...]:
    return code.co_filename, code.co_qualname, code.co_firstlineno, code.co_code, code.co_names


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module with the code that it is given."""

    def __init__(self, path: Path, code: CodeType) -> None:
        self._path, self._code = path, code

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec that Python itself finds, with this loader, if it is this module."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin != str(self._path):
            return None
        spec.loader = self
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Run the code in the new module."""
        exec(self._code, module.__dict__)  # noqa: S102  # it is our own


def install(path: Path, code: CodeType) -> None:
    """Have the next import of a module run other code."""
    sys.meta_path.insert(0, _Finder(path, code))
