"""What was not read, and so not checked, as the formats write it: errors, templates, pipes."""

from __future__ import annotations

import os
from typing import Any

from labelsel.errors import ManifestError, RenderError, UnreadWarning

__all__ = ["error_data", "names_a_file"]


def error_data(error: ManifestError | UnreadWarning) -> dict[str, Any]:
    """Return an error, or a warning about what was not read, as data for JSON.

    >>> error_data(ManifestError("web.yaml", "no kind", document=2, line=7))
    {'file': 'web.yaml', 'document': 2, 'line': 7, 'message': 'no kind'}
    """
    messages = error.messages if isinstance(error, RenderError) else ()
    return {
        "file": error.file,
        "document": error.document,
        "line": error.line,
        "message": "\n".join([error.problem, *messages]),
    }


def names_a_file(error: ManifestError | UnreadWarning) -> bool:
    """Return whether it is about a file or a folder: not in standard input or a program.

    >>> names_a_file(ManifestError("standard input", "not UTF-8"))
    False
    """
    return os.path.lexists(error.file)
