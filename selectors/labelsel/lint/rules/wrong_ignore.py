"""Rule wrong-ignore: a comment that says to ignore a finding names no rule."""

from __future__ import annotations

from collections.abc import Iterator

from labelsel.lint.context import Context
from labelsel.lint.finding import Finding
from labelsel.lint.registry import Severity, rule

__all__ = ["wrong_ignore"]


@rule(
    "wrong-ignore",
    Severity.WARNING,
    "A comment that says to ignore a finding names no rule, or one that does not exist",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#wrong-ignore",
)
def wrong_ignore(_context: Context) -> Iterator[Finding]:
    """Find nothing: comments are no part of an object, and are read when all rules have run.

    `labelsel.lint.ignore_comments` makes the findings of this rule.
    """
    return iter(())
