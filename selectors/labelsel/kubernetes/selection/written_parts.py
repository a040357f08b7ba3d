"""The parts of data, and of a text that nobody has parsed, to look for objects in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from labelsel.kubernetes.model.document import Data

__all__ = ["parts_of", "values_in_text"]


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
            ["'\\]*+
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
