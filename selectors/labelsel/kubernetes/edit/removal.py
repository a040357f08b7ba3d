"""Documents taken out of a file with their separators and the comments that are their own."""

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

__all__ = ["removed_json", "removed_yaml", "tidied_json", "tidied_yaml"]

_COMMENT: Final = re.compile(r"^[ \t]*#", re.MULTILINE)
#: What a file may begin with before its first document: blank lines and comments.
_HEAD: Final = r"((?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))*)"
_MARKED: Final = re.compile(_HEAD + r"(?:---(?=\s|\Z)|%)")
_BARE_MARK: Final = re.compile(_HEAD + r"---[ \t]*(?:\r\n|\r|\n|\Z)")


def removed_yaml(layout: Layout) -> list[TextEdit]:
    """The text of a YAML document, taken out.

    1. It goes with its ``---``, or where it has none with the comment on the lines just above.
    2. Comments on the lines just below go with it. Those behind a gap are about something
       else, and stay.
    3. Its ``...`` goes, too, unless what follows needs it.
    """
    text, offset = layout.text, layout.start
    marked = text.startswith(("---", "%"), offset)
    start = offset if marked else comments_above(text, line_start(text, offset))
    below = comments_below(text, next_line(text, layout.root.end))
    end = below if _COMMENT.search(text, below, layout.end) else layout.end
    splices = [TextEdit(start, end, "")]
    if layout.closed and (layout.behind is None or text.startswith("---", layout.behind)):
        splices.append(TextEdit(layout.end, next_line(text, layout.end), ""))
    return splices


def removed_json(layout: Layout) -> list[TextEdit]:
    """The text of a JSON document, taken out up to the next one."""
    end = len(layout.text) if layout.behind is None else layout.behind
    return [TextEdit(layout.start, end, "")]


def tidied_yaml(before: str, after: str) -> str:
    """A file without some of its documents: no ``---`` at its head where none was there."""
    bare = _BARE_MARK.match(after)
    if bare is None or _MARKED.match(before) is not None:
        return after
    return bare[1] + after[bare.end() :]


def tidied_json(before: str, after: str) -> str:
    """A file without some of its documents: with the end that it had."""
    rest = after.rstrip()
    return rest + before[len(before.rstrip()) :] if rest else ""
