"""The words of an input: which of them stand in one place only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labelsel.lint.selector_parts import requirements
from labelsel.requirements import Equals, In
from labelsel.selector import Selector

if TYPE_CHECKING:  # only a type here
    from labelsel.lint.context import Context

__all__ = ["KnownWords"]


class KnownWords:
    """The words of an input: names of objects, keys and values of labels, words of selectors.

    A word that stands in one place only is a typo more likely than one that others use, too.

    >>> from labelsel.lint import Context
    >>> KnownWords(Context([])).is_unique("wbe")
    True
    """

    def __init__(self, context: Context) -> None:
        self._counts: Counter[str] = Counter(one.name for one in context.resources)
        for _, _, labels in context.labels:
            entries = labels.items() if isinstance(labels, dict) else ()
            self._counts.update(word for pair in entries for word in pair if isinstance(word, str))
        self._in_selectors: Counter[str] = Counter()
        peers = (peer.pod_selector(context.namespaces.select) for peer in context.policy_peers)
        for object_selector in (*context.object_selectors, *filter(None, peers)):
            self._in_selectors.update(set(_words(object_selector.selector)))

    def is_unique(self, word: str) -> bool:
        """Return whether at most one selector has a word, and nothing else has it."""
        return not self._counts[word] and self._in_selectors[word] <= 1


def _words(selector: Selector) -> Iterator[str]:
    for term in requirements(selector):
        yield term.key
        match term:
            case Equals(value=value):
                yield value
            case In(values=values):
                yield from values
            case _:
                pass
