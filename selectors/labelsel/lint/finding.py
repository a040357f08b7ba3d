"""What a rule found: one thing that is wrong with an object, where, and how to correct it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from labelsel.errors import Path, escape, path_text, require_type
from labelsel.kubernetes import Resource
from labelsel.kubernetes.edit.part_edits import PartEdit
from labelsel.kubernetes.model.resource import HOW_TO_READ
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.lint.registry import Rule, Severity

__all__ = ["Finding", "FindingKey", "Suppression", "make_finding", "relative_file"]


class Suppression(StrEnum):
    """Why a finding is not reported: a comment in the file, or an entry of a baseline.

    1. ``IGNORED``: a comment ``# labelsel: ignore[rule]`` in the file says so.
    2. ``BASELINE``: the baseline of an earlier run has the finding.

    Each is also a string: its value.

    Raises:
        ValueError: there is no suppression of this value.

    Complexity: O(1).

    >>> Suppression("baseline") is Suppression.BASELINE
    True
    """

    IGNORED = "ignored"
    BASELINE = "baseline"


class FindingKey(NamedTuple):
    """What makes a finding the same as one of an earlier run: not its line, and not its words.

    `Finding.key` returns it.

    Attributes:
        rule: the name of the rule.
        file: the file, relative to some folder, with slashes.
        object: the object as people call it: ``service/web in shop``.
        path: the part of the object.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> key = FindingKey("key-typo", "web.yaml", "pod/web", "metadata.labels.a")
    >>> len(key.fingerprint)
    32
    """

    rule: str
    file: str
    object: str
    path: str

    @property
    def fingerprint(self) -> str:
        """A short text that is the same for equal keys: 32 hexadecimal digits.

        O(n) for a key of n characters; raises nothing.
        """
        # 32 hexadecimal digits: no two findings have the same by accident.
        return hashlib.sha256("\0".join(self).encode(errors="surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule found something; `make_finding` makes it.

    Attributes:
        rule: the rule.
        resource: the object.
        path: the part of the object.
        message: what is wrong, one sentence without a full stop.
        fix: how to correct it, one sentence without a full stop.
        line: the line in the object's file: of the label or the selector if the line is known,
            otherwise of the object.
        unsure: whether the finding may be wrong, because a part of the input was not read, or
            because another program replaces a placeholder.
        edit: the fix as an edit of the object; None if the fix needs the judgement of a person.
        explained: whether one typo explains the finding, and what it was meant to be is near:
            then a part of the input that was not read matters only if it is near, too.
        api_word: whether the edit corrects a word of the API. Any other word that it corrects is
            one of labels, which other files may have, too: ``--fix`` makes such an edit only if the
            old word is nowhere else in the input.
        level: the severity that a configuration gives the rule; None for that of the rule.
        suppression: why the finding is not reported; None if it is.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory
    >>> from labelsel.lint import lint_objects
    >>> [found] = lint_objects(Inventory.of({"kind": "Pod", "apiVersion": "v1",
    ...     "metadata": {"name": "a", "labels": {"app": "a b"}}}))
    >>> found.rule.id, found.severity.value, found.path, found.subject
    ('illegal-label', 'error', ('metadata', 'labels', 'app'), 'pod/a')
    """

    rule: Rule
    resource: Resource
    path: Path
    message: str
    fix: str
    line: int
    unsure: bool = False
    edit: PartEdit | None = None
    explained: bool = False
    api_word: bool = False
    level: Severity | None = None
    suppression: Suppression | None = None

    @property
    def severity(self) -> Severity:
        """The severity of the rule, or the configured one; a note if the finding is unsure.

        O(1); raises nothing.
        """
        return Severity.NOTE if self.unsure else self.level or self.rule.severity

    @property
    def file(self) -> str:
        """The name of the file, as the caller gave it. O(1); raises nothing."""
        return self.resource.source.file

    @property
    def in_file(self) -> bool:
        """Whether `Finding.file` is a file: standard input is not, nor is a pipe.

        O(1); raises nothing.
        """
        return self.resource.source.location is not None

    @property
    def subject(self) -> str:
        """The object, as people call it: ``service/web in shop``. O(1); raises nothing."""
        namespace = self.resource.namespace
        return self.resource.reference + (f" in {namespace}" if namespace else "")

    def with_edit(self, edit: PartEdit | None, *, api_word: bool = False) -> Finding:
        """Return the same finding with an edit that is certain to correct it.

        Arguments:
            edit: the edit, a ``labelsel.kubernetes.edit.part_edits.PartEdit``; None for none.
            api_word: whether the edit corrects a word of the API, see `Finding.api_word`.

        Raises:
            Nothing.

        Complexity: O(1).
        """
        return replace(self, edit=edit, api_word=api_word)

    @property
    def corrected_word(self) -> str | None:
        """The key or value of labels that the edit replaces; None if it replaces none.

        O(1); raises nothing.
        """
        if self.edit is None or self.api_word or self.edit.operation not in ("rename", "replace"):
            return None
        path, body = self.edit.path, self.resource.body
        return str(path[-1] if self.edit.operation == "rename" else value_at(body, path))

    def key(self, folder: str | os.PathLike[str] = ".") -> FindingKey:
        """Return what identifies the finding in later runs; the file is relative to a folder.

        Arguments:
            folder: the folder; by default the working directory.

        Raises:
            Nothing.

        Complexity: O(n) for paths of n characters.
        """
        file = relative_file(self.file, folder) if self.in_file else self.file
        return FindingKey(self.rule.id, file, self.subject, path_text(self.path, whole=True))

    def to_dict(self, folder: str | os.PathLike[str] = ".") -> dict[str, Any]:
        """Return the finding as data for JSON.

        Arguments:
            folder: what the file in the fingerprint is relative to.

        Raises:
            Nothing.

        Complexity: O(n) for texts and an edit of n characters.
        """
        edit = self.edit
        return {
            "rule": self.rule.id,
            "severity": self.severity.value,
            "file": self.file,
            "line": self.line,
            "document": self.resource.source.document,
            "kind": self.resource.kind,
            "apiVersion": self.resource.api_version,
            "namespace": self.resource.namespace,
            "name": self.resource.name,
            "path": path_text(self.path, whole=True),
            "message": escape(self.message),
            "fix": escape(self.fix),
            "edit": None if edit is None else edit.json_patch(self.resource.body),
            "fingerprint": self.key(folder).fingerprint,
            "suppression": None if self.suppression is None else self.suppression.value,
        }


def relative_file(file: str, folder: str | os.PathLike[str]) -> str:
    """Return the path of a file, relative to a folder, with slashes.

    >>> relative_file("shop/web.yaml", "shop"), relative_file("web.yaml", "shop")
    ('web.yaml', '../web.yaml')
    """
    return FilePath(os.path.relpath(file, folder)).as_posix()


def make_finding(rule: Rule, resource: Resource, path: Path, message: str, fix: str) -> Finding:
    """Return a finding on the line of its object; the runner looks up the line of the path.

    Arguments:
        rule: the rule that found it.
        resource: the object, one of `Context.resources`.
        path: the part of the object, from the object inwards.
        message: what is wrong, one sentence without a full stop.
        fix: how to correct it, one sentence without a full stop.

    Returns:
        the finding, without an edit.

    Raises:
        TypeError: an argument is of another type.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Resource, Source
    >>> from labelsel.lint import RULES
    >>> pod = Resource("Pod", "v1", "shop", "web", {}, {}, {}, Source("web.yaml", 1, 3))
    >>> made = make_finding(RULES["null-value"], pod, ("metadata",), "no labels", "add one")
    >>> made.subject, made.line, made.severity.value
    ('pod/web in shop', 3, 'warning')
    """
    require_type(Rule, rule, "rules are made with the decorator labelsel.lint.rule")
    require_type(Resource, resource, HOW_TO_READ)
    require_type(tuple, path, "a path is a tuple of keys and positions")
    for text in (message, fix):
        require_type(str, text)
    return Finding(rule, resource, path, message, fix, resource.source.line)
