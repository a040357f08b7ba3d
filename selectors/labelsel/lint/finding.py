"""One thing that is wrong with the labels of an object, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labelsel.errors import Path, escaped, path_text
from labelsel.kubernetes.model.resource import Resource
from labelsel.lint.rules import Rule, Severity

__all__ = ["Finding", "finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of a rule.

    Attributes:
        rule: the rule.
        resource: the object.
        path: where in the object.
        message: what is wrong, one sentence without a full stop.
        fix: what to do, one sentence without a full stop.
        line: the line in the object's file: of the label or the selector where it can be
            told, else of the object.
        unsure: whether it may be nothing, because not all of the input could be read.
    """

    rule: Rule
    resource: Resource
    path: Path
    message: str
    fix: str
    line: int
    unsure: bool = False

    @property
    def severity(self) -> Severity:
        """How bad it is: as its rule says, and a note where it is not sure."""
        return Severity.NOTE if self.unsure else self.rule.severity

    @property
    def file(self) -> str:
        """The file's name, as the caller gave it."""
        return self.resource.source.file

    @property
    def in_file(self) -> bool:
        """Whether that is a file: a pipe is none, nor is what came from no text."""
        return self.resource.source.location is not None

    @property
    def subject(self) -> str:
        """The object, as people call it: ``service/web in shop``."""
        namespace = self.resource.namespace
        return self.resource.reference + (f" in {namespace}" if namespace else "")

    def to_dict(self) -> dict[str, Any]:
        """The same as data that JSON can say."""
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
            "message": escaped(self.message),
            "fix": escaped(self.fix),
        }


def finding(rule: Rule, resource: Resource, path: Path, message: str, fix: str) -> Finding:
    """A finding on the line of its object, until its own is looked up."""
    return Finding(rule, resource, path, message, fix, resource.source.line)
