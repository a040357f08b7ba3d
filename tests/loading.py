"""Loads a module of labelsel a second time, for tests of what it does when it is imported."""

from __future__ import annotations

from importlib.util import module_from_spec
from types import ModuleType

__all__ = ["load_again"]


def load_again(module: ModuleType) -> ModuleType:
    """Return a new module of the same code; the first one stays as it is."""
    assert module.__spec__ is not None
    assert module.__spec__.loader is not None
    again = module_from_spec(module.__spec__)
    module.__spec__.loader.exec_module(again)
    return again
