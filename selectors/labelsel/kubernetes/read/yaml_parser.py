"""PyYAML's parser over a text, from any place in it on, for all that reads and edits YAML."""

from __future__ import annotations

from typing import Any, Final

import yaml

__all__ = ["parser_of"]

#: How much the parser is given at first, in characters; twice as much each time it asks again.
#: A text of 48 kB that is a fault every six characters takes 0.5 s so, and 3 s in parts of 16 kB.
_FIRST_PART: Final = 256


def parser_of(text: str, start: int = 0) -> Any:
    """A parser of a text from an offset on; call its ``get_event``, and ``dispose`` at the end.

    A last line without a line break gets one, as kubectl gives it one: a block of text ends
    with a line break then, whether or not the file does.
    """
    # CSafeLoader is missing where PyYAML was built without libyaml.
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)(_Rest(text, start))


class _Rest:
    """A text from an offset on, read in parts; no part of it is copied before it is asked for."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._position = start
        self._end = "" if text.endswith("\n") else "\n"
        self._most = _FIRST_PART

    def read(self, size: int = _FIRST_PART, /) -> str:
        part = self._text[self._position : self._position + min(size, self._most)]
        self._position += len(part)
        self._most *= 2
        if not part:
            part, self._end = self._end, ""
        return part
