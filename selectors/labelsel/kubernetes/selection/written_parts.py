"""The parts of data, and of a text that nobody has parsed, to look for objects in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from labelsel.kubernetes.model.document import Data
from labelsel.placeholders import has_open_entry, may_become_anything

__all__ = ["has_open_objects", "may_have_open_objects", "parts_of", "values_in_text"]

#: The fields of a List, a Template of OpenShift and the like that hold whole objects.
_OBJECTS: Final = frozenset({"items", "manifests", "objects", "resources"})
#: The ends of the kinds that hold them, in lower case.
_HOLDERS: Final = ("list", "template")


def values_in_text(text: str, key: str) -> Iterator[str]:
    r"""Yield the values of a key in a text of YAML or JSON, whatever the quotes are.

    Upper and lower case of the key do not count. A map is no value. A value may be on the next
    line, and behind an anchor or a tag; an alias is ``*`` and a name. A value ends at 199
    characters: no name that anything is compared with is longer.

    Complexity: O(n) for n characters.

    >>> list(values_in_text("kind: Pod\n---\n{'Kind': \"List\", x: y}", "kind"))
    ['Pod', 'List']
    """
    return (found[1].rstrip() for found in _key_pattern(key).finditer(text))


@lru_cache(maxsize=16)
def _key_pattern(key: str) -> re.Pattern[str]:
    return re.compile(
        rf"""\b{key}["'\\]*+\s*+:\s*+
            # how a block of text begins, an anchor, a tag, a comment
            (?:(?:[>|][-+\d]*+(?=\s)|[&!]\S*+|\#[^\n]*+)\s++)*+
            (?:dyn\(\s*+)?+["'\\]*+    # dyn("Pod"), as in CEL
            (?![\w.-]+:(?:\s|$))    # the first key of a map, as in the schema of a kind
            ([^"'\\\n,}}\#]{{1,199}})""",
        re.IGNORECASE | re.VERBOSE,
    )


def parts_of(value: Data) -> Iterator[dict[str, Data] | str]:
    """Yield the maps and the texts in data, each map once.

    >>> list(parts_of([{"a": "b"}, 1]))
    [{'a': 'b'}, 'b']
    """
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict | list) and id(part) not in seen:
            seen.add(id(part))
            if isinstance(part, dict):
                yield part
            waiting += part.values() if isinstance(part, dict) else part


def has_open_objects(value: Data) -> bool:
    """Return whether data have a placeholder in place of objects, which may become any.

    Complexity: O(n) in the size of the data; a part that aliases share is searched once.

    >>> has_open_objects({"kind": "Template", "objects": ["${{REST}}"]})
    True
    >>> has_open_objects({"kind": "Template", "objects": [], "parameters": ["${{REST}}"]})
    False
    """
    return any(
        key.casefold() in _OBJECTS
        and any(map(_is_open, held if isinstance(held, list) else [held]))
        for part in parts_of(value)
        if isinstance(part, dict)
        for key, held in part.items()
    )


def _is_open(held: Data) -> bool:
    return isinstance(held, str) and may_become_anything(held)


def may_have_open_objects(text: str) -> bool:
    r"""Return whether a text that nobody has parsed may have a placeholder in place of objects.

    It is a whole document, or it is an entry of a list or a line of a text that has a list, or a
    template, of objects.

    Complexity: O(n) for n characters.

    >>> may_have_open_objects("kind: List\nitems: [${A}]"), may_have_open_objects("args: [${A}]")
    (True, False)
    """
    kinds = values_in_text(text, "kind")
    holds = any(kind.rstrip().casefold().endswith(_HOLDERS) for kind in kinds)
    return may_become_anything(text) or (holds and has_open_entry(text))
