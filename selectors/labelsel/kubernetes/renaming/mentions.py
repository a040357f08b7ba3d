"""Finds text that speaks of a label where a rename does not reach: annotations, ConfigMaps, values.

The search is one for hints. A key without a dot and a slash is a common word, so it counts only
where something is said of it as of a label: ``app=web``, ``app: web``, ``labels['app']``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from labelsel.errors import Path
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.read.input_files import unescape_text
from labelsel.kubernetes.renaming.label_renaming import LabelRenaming

__all__ = ["MentionFinder"]

#: What kubectl keeps of the object that was applied: the next ``kubectl apply`` writes it anew.
_KEPT_BY_KUBECTL: Final = "kubectl.kubernetes.io/last-applied-configuration"
_OPERATOR: Final = r"\s*(?:[!=]?=~?|!~|:(?=\s)|(?:not\s*)?in\s*[({])"
_MAPS: Final = r"/(?:labels|matchLabels|nodeSelector|podSelector|selector)/"


class MentionFinder:
    r"""Finds the texts that speak of the old label of a rename.

    >>> finder = MentionFinder(LabelRenaming.from_texts("app=web", "name=web"))
    >>> list(finder.find_in_data({"data": {"run": "kubectl get pods -l app=web"}}))
    [('data', 'run')]
    >>> list(finder.find_in_text("app: db\napp: web\n"))
    [2]
    """

    def __init__(self, renaming: LabelRenaming) -> None:
        self._renaming = renaming
        self._is_common = not {".", "/"} & set(renaming.old_key)
        self._pattern = re.compile("|".join(self._patterns()))
        key = re.escape(renaming.old_key)
        self._word = re.compile(rf"(?<![\w/-]){key}(?![\w./-])")

    def _patterns(self) -> Iterator[str]:
        # A JSON pointer has ~1 for the slash of a key.
        key = re.escape(self._renaming.old_key).replace("/", "(?:/|~1)")
        whole = rf"(?<![\w./-]){key}(?![\w./-])"
        yield rf"{_MAPS}{key}(?![\w./~-])"
        if self._renaming.old_value is not None:
            value = rf"[\"']?{re.escape(self._renaming.old_value)}(?![\w.-])"
            yield rf"{whole}[\"'\]]*\s*(?:[!=]?=~?|!~|:)\s*{value}"
            yield rf"{whole}\s*(?:not\s*)?in\s*[({{][^)}}]*{value}"
        elif self._is_common:
            yield rf"{whole}{_OPERATOR}"
            yield rf"[\"']{key}[\"']"
        else:
            yield whole

    def find_in_data(self, value: Data, known: Collection[Path] = ()) -> Iterator[Path]:
        """Yield the paths of the keys and texts in data that speak of the label, in their order.

        Arguments:
            value: the data.
            known: paths that are left out, with everything below them.

        Complexity: O(n) in the size of the data; a part that aliases share is searched once.
        """
        seen: set[int] = set()
        waiting: list[tuple[Path, Data]] = [((), value)]
        while waiting:
            path, part = waiting.pop()
            if path in known or path[-1:] == (_KEPT_BY_KUBECTL,):
                continue
            if isinstance(part, str):
                if self._is_about(path, part):
                    yield path
            elif isinstance(part, dict | list) and id(part) not in seen:
                seen.add(id(part))
                entries = part.items() if isinstance(part, dict) else enumerate(part)
                waiting += reversed([((*path, step), inner) for step, inner in entries])

    def _is_about(self, path: Path, text: str) -> bool:
        """Whether a text, or the entry of a map that it is the value of, speaks of the label."""
        key = path[-1] if path else None
        if isinstance(key, str) and self._renaming.concerns(key, text):
            return True
        # In fields such as jobLabel and targetLabels a text alone is the key of a label.
        if text == self._renaming.old_key and self._renaming.changes_key:
            return any(isinstance(step, str) and "label" in step.lower() for step in path)
        return self._pattern.search(text) is not None

    def find_in_text(self, text: str) -> Iterator[int]:
        """Yield the numbers of the lines of a text that speak of the label, from 1."""
        for number, line in enumerate(text.splitlines(), start=1):
            if self._pattern.search(line):
                yield number

    def find_word(self, text: str) -> Iterator[int]:
        r"""Yield the numbers of the lines of a text in which the key stands, whatever is around it.

        For a document that cannot be read: the label may be written in any way of YAML and JSON.

        >>> finder = MentionFinder(LabelRenaming.from_texts("app=web", "name=web"))
        >>> list(finder.find_word('selector:\n- {key: app, values: [db]}\n"\\u0061pp": "db"'))
        [2, 3]
        """
        for number, line in enumerate(text.splitlines(), start=1):
            if self._word.search(unescape_text(line)):
                yield number
