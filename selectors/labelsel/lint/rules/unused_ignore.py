"""Rule unused-ignore: a comment says to ignore a rule that finds nothing there."""

from __future__ import annotations

from collections.abc import Iterator

from labelsel.lint.context import Context
from labelsel.lint.finding import Finding
from labelsel.lint.registry import Severity, rule

__all__ = ["unused_ignore"]


@rule(
    "unused-ignore",
    Severity.NOTE,
    "A comment says to ignore a rule that finds nothing there",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#unused-ignore",
)
def unused_ignore(_context: Context) -> Iterator[Finding]:
    """Find nothing: whether a comment is used is known when all other rules have run.

    `labelsel.lint.ignore_comments` makes the findings of this rule.
    """
    return iter(())
