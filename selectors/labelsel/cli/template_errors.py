"""What can be wrong with a template of ``-o jsonpath``, a column or a path of ``--sort-by``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from labelsel.cli.command import MultilineUsageError
from labelsel.cli.screen import Failure

__all__ = ["PathTemplateError", "PathValueError", "naming"]


class PathTemplateError(Exception):
    """A text is not a template or a path.

    Arguments:
        lines: the lines of the message; the flag belongs before the first.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class PathValueError(PathTemplateError):
    """A template does not suit the data, as an index beyond a list."""


@contextmanager
def naming(flag: str) -> Iterator[None]:
    """Name a flag in the errors of its template: a usage error, or for a bad value a failure."""
    try:
        yield
    except PathValueError as error:
        raise Failure(f"{flag}: {error}") from error
    except PathTemplateError as error:
        first, *others = error.lines
        raise MultilineUsageError(f"{flag}: {first}", *others) from error
