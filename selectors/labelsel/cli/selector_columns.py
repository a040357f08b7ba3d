"""How tables show the selectors of objects: their text, and their path in the object."""

from __future__ import annotations

from typing import Final

from labelsel.errors import path_text
from labelsel.kubernetes import ObjectSelector

__all__ = ["is_inner", "shown_path", "shown_text"]

#: The text of a selector that selects everything, and has no text of its own.
_EVERYTHING: Final = "<everything>"
#: The length of the path of an object's main selector: ``spec.selector``, ``spec.podSelector``.
_MAIN: Final = 2


def is_inner(object_selector: ObjectSelector) -> bool:
    """Whether only the path says what a selector does: its object has it deep inside."""
    return len(object_selector.path) > _MAIN


def shown_path(object_selector: ObjectSelector) -> str:
    """Return the path of a selector in its object: ``spec.ingress[0].from[0].podSelector``."""
    return path_text(object_selector.path)


def shown_text(object_selector: ObjectSelector) -> str:
    """Return the text of a selector; a word for one that selects everything."""
    return object_selector.text or _EVERYTHING
