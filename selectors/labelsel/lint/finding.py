"""What a rule found: one thing that is wrong with an object, where, and how to correct it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labelsel.errors import Path, escape, path_text
from labelsel.kubernetes import Resource
from labelsel.lint.registry import Rule, Severity

__all__ = ["Finding", "make_finding"]


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
        unsure: whether the finding may be wrong, because a part of the input was not read.
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
        """The severity of the rule; a note if the finding is unsure."""
        return Severity.NOTE if self.unsure else self.rule.severity

    @property
    def file(self) -> str:
        """The name of the file, as the caller gave it."""
        return self.resource.source.file

    @property
    def in_file(self) -> bool:
        """Whether ``file`` is a file: standard input is not, nor is a pipe."""
        return self.resource.source.location is not None

    @property
    def subject(self) -> str:
        """The object, as people call it: ``service/web in shop``."""
        namespace = self.resource.namespace
        return self.resource.reference + (f" in {namespace}" if namespace else "")

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as data for JSON."""
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
        }


def make_finding(rule: Rule, resource: Resource, path: Path, message: str, fix: str) -> Finding:
    """Return a finding on the line of its object; the runner looks up the line of the path.

    >>> from labelsel.kubernetes import Resource, Source
    >>> from labelsel.lint import RULES
    >>> pod = Resource("Pod", "v1", "shop", "web", {}, {}, {}, Source("web.yaml", 1, 3))
    >>> made = make_finding(RULES["null-value"], pod, ("metadata",), "no labels", "add one")
    >>> made.subject, made.line, made.severity.value
    ('pod/web in shop', 3, 'warning')
    """
    return Finding(rule, resource, path, message, fix, resource.source.line)
