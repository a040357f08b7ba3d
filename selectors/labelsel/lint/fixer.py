"""Corrects findings in their files: the fixes that are certain, each proven before it is written.

An edit is proven twice. The text is read again, and must be the old data with exactly this edit
(`PartEditPlan`). And the changed objects are checked again: the finding must be gone, and no new
finding may appear. Otherwise the edit is left out.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Final, NamedTuple, TypeAlias

from labelsel.errors import ManifestError, Path
from labelsel.kubernetes import Resource, Rewrite
from labelsel.kubernetes.edit.part_edits import (
    PartEdit,
    PartEditPlan,
    ResourceEdit,
    apply_part_edits,
)
from labelsel.kubernetes.edit.text_edits import TextEdit
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.scalars import nulls_as_empty
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.lint.finding import Finding
from labelsel.lint.raw_text import find_words, has_word

__all__ = ["FixResult", "TextFix", "fix_findings"]

#: Why a finding is not corrected.
_MAY_BE_WRONG: Final = "a note may be wrong"
_NEEDS_A_PERSON: Final = "no single fix is certain, so a person has to choose"
_NO_FILE: Final = "the object was not read from a file"
_NOT_SAFE: Final = (
    "the text cannot be edited safely: the file has changed or is a link, or the part is shared "
    "by an alias or has a comment inside"
)
_NOT_CLEAN: Final = "the fix would leave the finding, or cause another one"

#: Returns the findings in objects, all of them: reported ones and others.
Check: TypeAlias = Callable[[Sequence[Resource]], Iterable[Finding]]
#: A finding, apart from its words: the rule, the position of the object in the input, the path.
_Mark: TypeAlias = tuple[str, int, Path]


class TextFix(NamedTuple):
    """The fix of a finding in the text of its file.

    Attributes:
        text: the whole text before the fix, without a byte order mark.
        text_edits: the replacements in it.
    """

    text: str
    text_edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class FixResult:
    """The findings that can be corrected, and the files with the corrections.

    Attributes:
        fixed: the findings that the new files no longer have.
        rewrites: the files, for ``write_files``.
        text_fixes: for each of ``fixed`` what changes in the text of its file.
        kept_words: words of labels that are not corrected, because the input has them in other
            text, too; with the files that have it.
        searched: whether all text of the input could be searched for such words. If not, none is
            corrected.
        left: reasons, each with the findings that were not corrected for it. Those that the two
            attributes above explain are not among them.
    """

    fixed: Sequence[Finding]
    rewrites: Sequence[Rewrite]
    text_fixes: Sequence[TextFix] = ()
    kept_words: Mapping[str, Sequence[FilePath]] = field(default_factory=dict)
    searched: bool = True
    left: Mapping[str, Sequence[Finding]] = field(default_factory=dict)


def fix_findings(
    resources: Sequence[Resource],
    findings: Sequence[Finding],
    check: Check,
    *,
    paths: Iterable[str | os.PathLike[str]] | None = None,
) -> FixResult:
    """Return the files in which all findings are corrected whose fix is certain; none is written.

    1. A finding that is not reported or is unsure is not corrected.
    2. What was not read from a file that can be written is not corrected, nor is a file that has
       changed since it was read.
    3. Fixes of the same words are made together, in all files: a key that is corrected in a
       selector is corrected in the labels, too. If they would leave one of their findings, or
       add a new one, none of them is made.
    4. Nor are they if the key or value that they correct would still be anywhere in the text of
       the input: in a file of another kind, a template, a patch, a comment. Only text that was
       read can show that, so nothing of labels is corrected if a part of it cannot be read.

    Arguments:
        resources: the objects of the whole input.
        findings: the findings in them.
        check: finds the findings in changed objects, as ``Checks.find`` does.
        paths: the files and folders of the input; by default the files of the objects.

    Complexity: that of one more check, and a search in the text of the input; of one more check
    for each group of equal fixes, if one of them cannot be made.
    """
    certain = [
        one
        for one in findings
        if one.edit is not None and one.suppression is None and not one.unsure
    ]
    if paths is None:
        paths = {one.source.file for one in resources}
    fixes = _Fixes(resources, certain, check, paths)
    chosen = fixes.choose()
    fixed = [certain[number] for number in sorted(chosen)]
    plan = fixes.plan
    rewrites = plan.rewrites(chosen) if chosen else ()
    text_fixes = [
        TextFix(text, edits)
        for number in sorted(chosen)
        if (text := plan.texts[number]) is not None
        and (edits := plan.text_edits[number]) is not None
    ]
    left: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in findings:
        if one.suppression is None and (one.unsure or one.edit is None):
            left[_MAY_BE_WRONG if one.unsure else _NEEDS_A_PERSON].append(one)
    for number, one in enumerate(certain):
        if number not in chosen and (reason := fixes.why_left(number)) is not None:
            left[reason].append(one)
    return FixResult(fixed, rewrites, text_fixes, fixes.kept_words, fixes.searched, left)


class _Fixes:
    """The edits of some findings, and which of them can be made together."""

    def __init__(
        self,
        resources: Sequence[Resource],
        findings: Sequence[Finding],
        check: Check,
        paths: Iterable[str | os.PathLike[str]],
    ) -> None:
        self.kept_words: dict[str, list[FilePath]] = {}
        self.searched = True
        self._paths = paths
        self._resources = resources
        self._positions = {id(one): number for number, one in enumerate(resources)}
        self._findings = findings
        self._check = check
        self._before: list[Finding] | None = None
        self._edits = [one.edit for one in findings if one.edit is not None]
        edits = zip(findings, self._edits, strict=True)
        self.plan = PartEditPlan(ResourceEdit(one.resource, edit) for one, edit in edits)

    def choose(self) -> set[int]:
        """Return the positions of the findings whose edits can be made together."""
        groups: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        for number, text_edits in enumerate(self.plan.text_edits):
            if text_edits is not None:
                groups[self._words(number)].add(number)
        self._leave_words(groups)
        everything = {number for group in groups.values() for number in group}
        if not everything or self._is_clean(everything):
            return everything
        chosen: set[int] = set()
        for group in groups.values():
            if self._is_clean(chosen | group):
                chosen |= group
        return chosen

    def why_left(self, number: int) -> str | None:
        """Return why an edit is not made; None if `kept_words` or `searched` says so."""
        if self.plan.text_edits[number] is None:
            location = self._findings[number].resource.source.location
            return _NO_FILE if location is None else _NOT_SAFE
        word = self._findings[number].corrected_word
        if word is not None and (word in self.kept_words or not self.searched):
            return None
        return _NOT_CLEAN

    def _leave_words(self, groups: dict[tuple[str, ...], set[int]]) -> None:
        """Remove the groups after whose edits the input would still have the corrected word."""
        words = {
            group: self._findings[next(iter(groups[group]))].corrected_word for group in groups
        }
        corrected = {word for word in words.values() if word is not None}
        found = find_words(corrected, self._paths) if corrected else {}
        self.searched = found is not None
        for group, word in words.items():
            if word is not None and (found is None or self._left(word, found[word], groups[group])):
                del groups[group]

    def _left(self, word: str, files: Collection[FilePath], group: Collection[int]) -> bool:
        """Return whether a word is left in some files after a group of edits, and keep which."""
        after = {each.path: each.after for each in self._rewrites(group) or ()}
        left = sorted(each for each in files if each not in after or has_word(after[each], word))
        if left:
            self.kept_words[word] = left
        return bool(left)

    def _words(self, number: int) -> tuple[str, ...]:
        """Return what an edit replaces by what: equal edits in several objects belong together."""
        edit = self._edits[number]
        corrected = self._findings[number].corrected_word
        if corrected is not None:
            return corrected, edit.text
        old = value_at(self._findings[number].resource.body, edit.path)
        word = old if edit.operation == "replace" else edit.path[-1]
        return self._findings[number].rule.id, edit.operation, str(word), edit.text

    def _rewrites(self, chosen: Collection[int]) -> list[Rewrite] | None:
        """Return the files with some edits; None if these cannot be made together."""
        try:
            return self.plan.rewrites(chosen)
        except ManifestError:
            return None

    def _is_clean(self, chosen: Collection[int]) -> bool:
        """Return whether the edits correct their findings and add no other finding."""
        if self._rewrites(chosen) is None:
            return False
        by_object: defaultdict[int, list[PartEdit]] = defaultdict(list)
        for number in chosen:
            resource = self._findings[number].resource
            by_object[self._positions[id(resource)]].append(self._edits[number])
        changed = [
            _apply(one, by_object[number]) if number in by_object else one
            for number, one in enumerate(self._resources)
        ]
        if self._before is None:
            self._before = list(self._check(self._resources))
        before = self._marks(self._before, self._resources, by_object)
        after = self._marks(self._check(changed), changed, {})
        fixed = self._marks(
            (self._findings[number] for number in chosen), self._resources, by_object
        )
        return after <= before and not after & fixed

    @staticmethod
    def _marks(
        findings: Iterable[Finding],
        resources: Sequence[Resource],
        edits: dict[int, list[PartEdit]],
    ) -> set[_Mark]:
        """Return the marks of findings, with the paths that the parts have after the edits."""
        positions = {id(one): number for number, one in enumerate(resources)}
        marks: set[_Mark] = set()
        for found in findings:
            number = positions[id(found.resource)]
            path = found.path
            for edit in edits.get(number, ()):
                path = edit.translate(path)
            marks.add((found.rule.id, number, path))
        return marks


def _apply(resource: Resource, edits: Iterable[PartEdit]) -> Resource:
    """Return an object with edits, as it would be read from its new text."""
    body = apply_part_edits(resource.body, edits)
    metadata = body.get("metadata")
    labels, annotations = (
        _strings(value_at(metadata, (name,))) for name in ("labels", "annotations")
    )
    return replace(resource, body=body, labels=labels, annotations=annotations)


def _strings(entries: Data) -> dict[str, str]:
    known = nulls_as_empty(entries).items() if isinstance(entries, dict) else ()
    return {key: value for key, value in known if isinstance(value, str)}
