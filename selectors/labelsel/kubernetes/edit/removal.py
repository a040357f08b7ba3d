"""Removes documents from a file, with their separators and their own comments."""

from __future__ import annotations

import re
from typing import Final

from labelsel.kubernetes.edit.layout import Layout
from labelsel.kubernetes.edit.text_edits import (
    TextEdit,
    comments_above,
    comments_below,
    line_start,
    next_line,
)

__all__ = [
    "remove_json_document",
    "remove_yaml_document",
    "restore_json_end",
    "restore_yaml_head",
]

_COMMENT: Final = re.compile(r"^[ \t]*#", re.MULTILINE)
#: The head of a file before its first document: blank lines and comments.
_HEAD: Final = r"((?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*)"
_MARKED: Final = re.compile(_HEAD + r"(?:---(?=\s|\Z)|%)")
_BARE_MARK: Final = re.compile(_HEAD + r"---[ \t]*(?:\r\n|\r|\n|\Z)")


def remove_yaml_document(layout: Layout) -> list[TextEdit]:
    r"""Return the text edits that remove a YAML document.

    1. Its ``---`` is removed, or if it has none, the comment on the lines just above.
    2. Comments on the lines just below are removed. Comments behind a blank line are about
       something else, and stay.
    3. Its ``...`` is removed, unless the next document needs it.

    >>> from labelsel.kubernetes.edit.layout import Part
    >>> text = "a: 1\n---\nb: 2\n"
    >>> layout = Layout(text, json=False, start=5, root=Part("map", 9, 13), end=14)
    >>> remove_yaml_document(layout)
    [TextEdit(start=5, end=14, text='')]
    """
    text, offset = layout.text, layout.start
    marked = text.startswith(("---", "%"), offset)
    start = offset if marked else comments_above(text, line_start(text, offset))
    below = comments_below(text, next_line(text, layout.root.end))
    end = below if _COMMENT.search(text, below, layout.end) else layout.end
    text_edits = [TextEdit(start, end, "")]
    if layout.closed and (layout.next_start is None or text.startswith("---", layout.next_start)):
        text_edits.append(TextEdit(layout.end, next_line(text, layout.end), ""))
    return text_edits


def remove_json_document(layout: Layout) -> list[TextEdit]:
    """Return the text edits that remove a JSON document, up to the next one.

    >>> from labelsel.kubernetes.edit.layout import Part
    >>> layout = Layout("{} []", json=True, start=0, root=Part("map", 0, 2), end=2, next_start=3)
    >>> remove_json_document(layout)
    [TextEdit(start=0, end=3, text='')]
    """
    end = len(layout.text) if layout.next_start is None else layout.next_start
    return [TextEdit(layout.start, end, "")]


def restore_yaml_head(before: str, after: str) -> str:
    r"""Remove the ``---`` that a file begins with since documents were removed from it.

    A file that began with ``---`` before keeps it.

    >>> restore_yaml_head("a: 1\n---\nb: 2\n", "---\nb: 2\n")
    'b: 2\n'
    """
    bare = _BARE_MARK.match(after)
    if bare is None or _MARKED.match(before) is not None:
        return after
    return bare[1] + after[bare.end() :]


def restore_json_end(before: str, after: str) -> str:
    r"""Give a file from which documents were removed the white space it ended with before.

    >>> restore_json_end("{} []\n", "{} ")
    '{}\n'
    """
    rest = after.rstrip()
    return rest + before[len(before.rstrip()) :] if rest else ""
