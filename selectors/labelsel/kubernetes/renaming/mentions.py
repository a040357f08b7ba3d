"""Finds what speaks of a label where a rename does not reach: texts, and fields that are not known.

The search is one for hints, and rather finds too much. A key without a dot and a slash is a common
word, so it counts only where something is said of it as of a label: ``app=web``, ``app: web``,
``labels['app']``, ``__meta_kubernetes_pod_label_app``, and a requirement, which is a map with key
and operator.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from labelsel.errors import Path
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import MATCH_EXPRESSIONS
from labelsel.kubernetes.model.scalars import unescape_text
from labelsel.kubernetes.renaming.label_renaming import LabelRenaming

__all__ = ["MentionFinder"]

#: What kubectl keeps of the object that was applied: the next ``kubectl apply`` writes it anew.
_KEPT_BY_KUBECTL: Final = "kubectl.kubernetes.io/last-applied-configuration"
_OPERATOR: Final = r"\s*(?:[!=]?=~?|!~|:(?=\s)|(?:not\s*)?in\s*[({])"
#: A flag of kubectl that a key may be glued to: ``-lapp=web``, with others before ``-Alapp=web``.
_GLUED: Final = "(?:-[A-Za-z]{0,3}l)?"
#: A flag of kubectl with a selector, which begins with a key.
_FLAG: Final = r"""(?<![\w-])(?:-[A-Za-z]{0,3}l|--selector)[\s=]\s*\\*["']?!?"""
_MAPS: Final = r"/(?:labels|matchLabels|nodeSelector|podSelector|selector)/"
#: What is between the word labels and a key: ``labels.app``, ``labels['app']``, ``.Labels "app"``,
#: in CEL also ``labels.?app`` and ``labels[?'app']``, in a text within a text also with backslashes
#: before the quotes.
_OF_LABELS: Final = r"""[lL]abels?(?:[.[]\??\\*["']?|\s+\\*["'])"""
#: What is behind a key in quotes in CEL: ``'app' in object.metadata.labels``.
_IN_LABELS: Final = r"""\\*["']\s+in\s+[\w.?]*[lL]abels?(?!\w)"""
#: The same for Prometheus, which writes label_app and __meta_kubernetes_pod_labelpresent_app.
_IN_PROMETHEUS: Final = r"(?<![A-Za-z0-9])labels?(?:present)?_"
_NOT_OF_PROMETHEUS: Final = re.compile(r"[^A-Za-z0-9_]")
#: A comparison with a text in quotes: whether the text is the value, the pattern says.
_COMPARED: Final = r"""["'\])\\]*\s*(?:==?|!=)\s*\\*["']"""
#: Without one of these words, or of some that the key is in, no text has such an expression.
_HINTS: Final = ("abels.", "abel.", "abels[", "abel[", "abels ", "abel ", "abels\\", "abel\\")
#: Fields whose requirements a rename reads where a selector is.
_EXPRESSIONS: Final = frozenset({MATCH_EXPRESSIONS, "matchLabelExpressions"})


class _Lists(NamedTuple):
    """Finds an item in the lists of a text.

    One pattern for both would read the rest of a text again for each list that does not end.

    Attributes:
        lists: the pattern of a list to its end, with what is in it as a group. A list within a
            list is a part of it.
        item: the pattern of the item.
    """

    lists: re.Pattern[str]
    item: re.Pattern[str]

    def search(self, text: str) -> bool:
        """Return whether a list has the item."""
        inside = (each[each.lastindex or 0] for each in self.lists.finditer(text))
        return any(self.item.search(each) for each in inside)


class MentionFinder:
    r"""Finds what speaks of the old label of a rename.

    >>> finder = MentionFinder(LabelRenaming.from_texts("app=web", "name=web"))
    >>> list(finder.find_in_data({"data": {"run": "kubectl get pods -l app=web"}}))
    [('data', 'run')]
    >>> list(finder.find_in_data({"by": [{"key": "app", "operator": "In", "values": ["web"]}]}))
    [('by', 0)]
    >>> list(finder.find_in_text("app: db\napp: web\n"))
    [2]
    """

    def __init__(self, renaming: LabelRenaming) -> None:
        self._renaming = renaming
        self._is_common = not {".", "/"} & set(renaming.old_key)
        key = re.escape(renaming.old_key)
        # A JSON pointer has ~1 for the slash of a key, and JSONPath a backslash before a dot.
        self._spelling = key.replace("/", "(?:/|~1)").replace(r"\.", r"\\*\.")
        self._pattern = re.compile("|".join(self._patterns()))
        self._listed = self._listed_value()
        requirement = rf"""key["']?\s*:\s*["']?(?:\w+:)?{self._spelling}(?![\w./-])"""
        operator = r"""operator["']?\s*:\s*["']?\w+["']?"""
        self._requirement = re.compile(
            rf"""\b{requirement}["']?(?:\s*,)?\s*["']?operator\b|\b{operator}(?:\s*,)?\s*["']?{requirement}"""
        )
        self._hinted = re.compile(self._hinted_pattern())
        self._hints = self._words_of_hints()
        self._field = self._field_of_key()
        self._word = re.compile(rf"(?<![\w/-]){_GLUED}{key}(?![\w./-])")

    # Each pattern takes time linear in any text. What repeats without a limit is behind something
    # that cannot be in it, so that no two matches go through the same part of the text.

    def _whole(self) -> str:
        """Return the pattern of the key that is no part of another word."""
        return rf"(?<![\w./-]){_GLUED}{self._spelling}(?![\w./-])"

    def _found_value(self) -> str:
        return rf"[\"']?{re.escape(self._renaming.old_value or '')}(?![\w.-])"

    def _listed_value(self) -> _Lists | None:
        """Return what finds the value in a list behind the key: ``app in (web)``."""
        if self._renaming.old_value is None:
            return None
        lists = rf"{self._whole()}\s*(?:not\s*)?in\s*(?:\(([^)]*+)|\{{([^}}]*+))"
        return _Lists(re.compile(lists), re.compile(self._found_value()))

    def _patterns(self) -> Iterator[str]:
        whole = self._whole()
        yield rf"{_MAPS}{self._spelling}(?![\w./~-])"
        if self._renaming.old_value is not None:
            value = re.escape(self._renaming.old_value)
            yield rf"{whole}[\"'\]]*\s*(?:[!=]?=~?|!~|:)\s*{self._found_value()}"
            yield rf"[\"']{self._spelling}{_IN_LABELS}"
            yield rf"{self._reference()}(?!{_COMPARED}(?!{value}\\*[\"']))"
            return
        yield self._reference()
        if self._is_common:
            yield rf"{whole}{_OPERATOR}"
            yield rf"{_FLAG}{self._spelling}(?![\w./-])"
            yield rf"[\"']{self._spelling}[\"']"
        else:
            yield whole

    def _reference(self) -> str:
        """Return the pattern of the label as an expression, a template or Prometheus writes it."""
        word = _NOT_OF_PROMETHEUS.sub("_", self._renaming.old_key)
        # Not labels.app.kubernetes.io/name; but labels.app.startsWith('w').
        end = r"(?![\w/-]|\\++\.|(?:\.[\w-]++){1,9}(?:/|~1))"
        return rf"(?:{_OF_LABELS}{self._spelling}{end}|{_IN_PROMETHEUS}{word}(?![A-Za-z0-9_]))"

    def _hinted_pattern(self) -> str:
        """Return the pattern for the ``repr()`` of data that has one of the words of hints."""
        pattern = f"{self._reference()}|{_MAPS}{self._spelling}|[\"']{self._spelling}{_IN_LABELS}"
        if self._renaming.old_value is None:
            pattern = f"{pattern}|{self._spelling}"
        return pattern

    def _words_of_hints(self) -> tuple[str, ...]:
        key = self._renaming.old_key
        word = _NOT_OF_PROMETHEUS.sub("_", key)
        dots: tuple[str, ...] = () if self._is_common else ("~1", "\\.")
        return (*_HINTS, f"_{word}", f"/{key}", f"{key}' ", f'{key}" ', f"{key}\\", *dots)

    def _field_of_key(self) -> tuple[tuple[str, ...], _Lists]:
        """Return what finds the key as the value of a field of data, with the words of hints.

        The field is that of a requirement, or one such as jobLabel or targetLabels.
        """
        key = self._renaming.old_key
        hints = (f": '{key}'", f"['{key}'", f", '{key}',", f", '{key}']", f":{key}'")
        item = rf"""['"](?:\w++:)?{re.escape(key)}['"]"""
        field = r"""(?:key|abel(?:(?!abel)\w)*+)['"]"""
        return hints, _Lists(re.compile(rf"{field}: (?:\[([^]]*+)|({item}))"), re.compile(item))

    def may_refer(self, text: str) -> bool:
        """Whether data may speak of the label otherwise than by its key and its value.

        Arguments:
            text: the ``repr()`` of the data.

        Complexity: O(n) in the length of the text. To search nearly all objects for a few words
        takes a fraction of the time that the patterns take.

        >>> finder = MentionFinder(LabelRenaming.from_texts("app=web", "name=web"))
        >>> [finder.may_refer(repr(each)) for each in ({"app": "db"}, {"a": "{.labels.app}"})]
        [False, True]
        """
        if any(map(text.__contains__, self._hints)) and self._hinted.search(text) is not None:
            return True
        hints, field = self._field
        return any(map(text.__contains__, hints)) and field.search(text)

    def find_in_data(
        self, value: Data, known: Collection[Path] = (), selectors: Collection[Path] = ()
    ) -> Iterator[Path]:
        """Yield the paths of what speaks of the label in data, in their order.

        That are texts, also as the values of keys, and requirements, which are maps.

        Arguments:
            value: the data.
            known: paths that are left out, with everything below them.
            selectors: the paths of selectors and of tolerations: requirements in them are left
                out.

        Complexity: O(n) in the size of the data; a part that aliases share is searched once.
        """
        seen: set[int] = set()
        # With each part whether a key above it has the word label in it: keys may be long.
        waiting: list[tuple[Path, Data, bool]] = [((), value, False)]
        while waiting:
            path, part, is_of_labels = waiting.pop()
            if path in known or path[-1:] == (_KEPT_BY_KUBECTL,):
                continue
            if isinstance(part, str):
                if self._is_about(path, part, is_of_labels=is_of_labels):
                    yield path
            elif isinstance(part, dict | list) and id(part) not in seen:
                seen.add(id(part))
                if isinstance(part, dict) and self._is_of_key(part):
                    if self._is_required(part) and not _is_in_selector(path, selectors):
                        yield path
                    continue
                entries = part.items() if isinstance(part, dict) else enumerate(part)
                inside = [
                    ((*path, step), inner, is_of_labels or _names_labels(step))
                    for step, inner in entries
                ]
                waiting += reversed(inside)

    def _is_about(self, path: Path, text: str, *, is_of_labels: bool) -> bool:
        """Whether a text, or the entry of a map that it is the value of, speaks of the label."""
        key = path[-1] if path else None
        if isinstance(key, str) and self._renaming.concerns(_without_source(key), text):
            return True
        # In fields such as jobLabel and targetLabels a text alone is the key of a label.
        if text == self._renaming.old_key and self._renaming.changes_key:
            return is_of_labels
        return self._has_mention(text) or self._requirement.search(text) is not None

    def _has_mention(self, text: str) -> bool:
        if self._pattern.search(text) is not None:
            return True
        return self._listed is not None and self._listed.search(text)

    def _is_of_key(self, value: dict[str, Data]) -> bool:
        """Whether a map is a requirement of the key, as in matchExpressions."""
        key = value.get("key")
        is_requirement = isinstance(key, str) and bool(value.keys() & {"operator", "values"})
        return is_requirement and _without_source(str(key)) == self._renaming.old_key

    def _is_required(self, requirement: dict[str, Data]) -> bool:
        """Whether a requirement of the key may be about the old label."""
        renaming, values = self._renaming, requirement.get("values")
        if renaming.old_value is None:
            return True
        # Without values it is about all of them.
        return renaming.old_value in values if isinstance(values, list) else renaming.changes_key

    def find_in_text(self, text: str) -> Iterator[int]:
        """Yield the numbers of the lines of a text that speak of the label, from 1."""
        found: set[int] = set()
        breaks = end = 0
        for each in self._requirement.finditer(text):
            breaks += text.count("\n", end, each.start())
            end = each.start()
            found.add(breaks)
        for number, line in enumerate(text.split("\n")):
            if number in found or self._has_mention(line):
                yield number + 1

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


def _without_source(key: str) -> str:
    """Return a key without the source that Cilium writes before it, as in k8s:app."""
    return key.rpartition(":")[2]


def _names_labels(step: str | int) -> bool:
    return isinstance(step, str) and "label" in step.lower()


def _is_in_selector(path: Path, selectors: Collection[Path]) -> bool:
    """Whether a requirement is one that a rename reads itself, or is a toleration."""
    if path in selectors:
        return True
    is_read = len(path) > 1 and path[-2] in _EXPRESSIONS
    return is_read and any(path[:end] in selectors for end in range(len(path)))
