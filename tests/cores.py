"""Both cores in one process: labelsel as it runs, and a second copy with the pure Python code."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType

__all__ = ["pure"]


@contextmanager
def _without_labelsel() -> Iterator[None]:
    """Let every import of labelsel inside start anew, with the pure Python code."""
    own = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_ours(name)}
    forced = os.environ.get("LABELSEL_PURE")
    os.environ["LABELSEL_PURE"] = "1"
    try:
        yield
    finally:
        if forced is None:
            del os.environ["LABELSEL_PURE"]
        for name in filter(_is_ours, list(sys.modules)):
            del sys.modules[name]
        sys.modules.update(own)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == "labelsel"


@cache
def pure(name: str) -> ModuleType:
    """Return a module of labelsel that uses the pure Python code, whichever core runs.

    Its classes are others than those of the module that `import` gives. Each call starts a copy of
    its own, so take all that must fit together from one module.
    """
    with _without_labelsel():
        return import_module(name)
