"""Objects of every public class, from the examples in the documentation: `examples_of`."""

from __future__ import annotations

import doctest
import importlib
import inspect
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from types import ModuleType
from typing import Any

__all__ = ["PUBLIC", "examples_of", "public_classes"]

PUBLIC = ("labelsel", "labelsel.kubernetes", "labelsel.lint", "labelsel.languages")
"""The modules with public names."""


def public_classes() -> dict[str, type]:
    """Return every public class by its name."""
    found = {}
    for module in map(importlib.import_module, PUBLIC):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value) and not getattr(value, "_is_protocol", False):
                found[name] = value
    return found


def examples_of(classes: dict[str, type]) -> dict[str, list[Any]]:
    """Return objects of each class, from all that the examples make, print or raise."""
    by_type: dict[type, list[Any]] = {each: [] for each in classes.values()}
    for made in _made():
        for each in (made, *(made if type(made) in (list, tuple, dict) else ())):
            if type(each) in by_type and not any(each is other for other in by_type[type(each)]):
                by_type[type(each)].append(each)
    return {name: by_type[each] for name, each in classes.items()}


def _made() -> Iterator[Any]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for module in map(importlib.import_module, PUBLIC):
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, ModuleType) or not hasattr(value, "__doc__"):
                continue
            with suppress(ValueError, TypeError):
                home = sys.modules[getattr(value, "__module__", module.__name__)]
                for test in finder.find(value, name, home):
                    yield from _run(test)


def _run(test: doctest.DocTest) -> Iterator[Any]:
    found: list[Any] = []
    hook, output = sys.displayhook, sys.stdout
    sys.displayhook, sys.stdout = found.append, StringIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for example in test.examples:
                try:
                    exec(compile(example.source, test.name, "single"), test.globs)  # noqa: S102  # ours
                except Exception as error:  # noqa: BLE001  # some examples show an error
                    found.append(error)
    finally:
        sys.displayhook, sys.stdout = hook, output
    yield from found
    yield from test.globs.values()
