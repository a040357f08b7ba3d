"""Both cores in one process: labelsel as it runs, and a second copy with the pure Python code."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

__all__ = ["pure"]

_COPY: dict[str, ModuleType] = {}


def pure(name: str) -> ModuleType:
    """Return a module of a copy of labelsel that runs the pure Python code.

    There is one copy. Its classes are others than those that `import` gives: what must fit together
    comes from here. A function of it that imports labelsel when it is called gets the other one.
    """
    if name not in _COPY:
        with _copy_imported():
            import_module(name)
    return _COPY[name]


@contextmanager
def _copy_imported() -> Iterator[None]:
    """Let imports of labelsel inside mean the copy."""
    own = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_ours(name)}
    sys.modules.update(_COPY)
    forced = os.environ.get("LABELSEL_PURE")
    os.environ["LABELSEL_PURE"] = "1"
    try:
        yield
    finally:
        if forced is None:
            del os.environ["LABELSEL_PURE"]
        for name in filter(_is_ours, list(sys.modules)):
            _COPY[name] = sys.modules.pop(name)
        sys.modules.update(own)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == "labelsel"
