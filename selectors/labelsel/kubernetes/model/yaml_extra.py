"""PyYAML is an extra: JSON, dicts and objects of a client need none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["needs_yaml"]


@contextmanager
def needs_yaml() -> Iterator[None]:
    """Import something that needs PyYAML; the error without it names the extra that brings it.

    Raises ModuleNotFoundError, which is an ImportError, with the name ``yaml``.

    >>> with needs_yaml():
    ...     raise ModuleNotFoundError(name="yaml")
    Traceback (most recent call last):
        ...
    ModuleNotFoundError: PyYAML, which reads and writes YAML, is not installed: pip install ...
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        message = "PyYAML, which reads and writes YAML, is not installed: "
        message += "pip install 'labelsel[cli]'"
        raise ModuleNotFoundError(message, name="yaml") from error
