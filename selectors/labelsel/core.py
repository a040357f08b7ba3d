"""Which core runs: the compiled one, the extension `labelsel._core`, or the pure Python code.

The pure Python code is the definition. A class or function that the extension has, too, is marked
with `compiled` where it is defined, and importers get the one that runs. Without the extension, or
with ``LABELSEL_PURE=1`` in the environment, that is the pure one.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Literal, TypeVar

__all__ = ["INTERFACE", "CoreInfo", "compiled", "core_info"]

T = TypeVar("T")

INTERFACE: Final = 4
"""Increased, here and in ``_core.pyx``, if compiled and pure code no longer fit together: an
extension that was left by an older checkout is then not used."""

_NAME: Final = "labelsel._core"
_FORCED: Final = "LABELSEL_PURE"


@dataclass(frozen=True, slots=True)
class CoreInfo:
    """The result of `core_info`: which core runs, and why.

    ``str()`` of it is one line for people.

    Attributes:
        name: "compiled" or "pure".
        reason: why the pure Python code runs, in words; empty for the compiled core.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> from labelsel import core_info
    >>> info = core_info()
    >>> (info.name == "pure") == bool(info.reason)
    True
    >>> print(CoreInfo("pure", "LABELSEL_PURE is set"))
    pure Python code: LABELSEL_PURE is set
    """

    name: Literal["compiled", "pure"]
    reason: str

    def __str__(self) -> str:
        return f"pure Python code: {self.reason}" if self.reason else "compiled core"


def core_info() -> CoreInfo:
    """Return which core runs, and if it is the pure Python code, why.

    Both give the same answers; the compiled core builds and changes an index two to four times as
    fast. The choice is made once, when labelsel is first imported: ``LABELSEL_PURE=1`` in the
    environment forces the pure Python code.

    Returns:
        The name of the core, and the reason: see `CoreInfo`.

    Raises:
        Nothing.

    Complexity:
        O(1).

    >>> import labelsel
    >>> labelsel.core_info().name in ("compiled", "pure")
    True
    """
    return CoreInfo("pure" if _REASON else "compiled", _REASON)


def compiled(pure: T) -> T:
    """Return the class or function of the compiled core with the same name as a pure one.

    That is the pure one itself if the pure Python code runs. Used as a decorator.

    >>> @compiled
    ... def only_in_python() -> None: ...
    >>> only_in_python.__module__ == __name__
    True
    """
    found: T = getattr(_CORE, getattr(pure, "__name__", ""), pure)
    return found


def _load() -> tuple[Any, str]:
    """Return the extension and an empty text, or None and why there is none."""
    if os.environ.get(_FORCED, "0") not in {"", "0"}:
        return None, f"the environment variable {_FORCED} is set"
    # It would turn the global lock on for the whole process, and Python would warn of that.
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return None, "a Python without its global lock runs no compiled core"
    try:
        core = import_module(_NAME)
    except ModuleNotFoundError as error:
        if error.name == _NAME:
            return None, "there is no compiled core for this Python in this installation"
        return None, f"the compiled core failed to load: {error}"
    except ImportError as error:
        return None, f"the compiled core failed to load: {error}"
    if core.INTERFACE != INTERFACE:
        return None, "the compiled core was built from another version: build it again"
    return core, ""


_CORE, _REASON = _load()
