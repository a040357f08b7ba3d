"""Rule never-matches: a term for nodes that the API server accepts, and that no node meets."""

from __future__ import annotations

from collections.abc import Iterator

from labelsel.errors import Problem
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import placeholder_fix
from labelsel.lint.node_terms import node_selector_problems
from labelsel.lint.registry import Severity, rule

__all__ = ["never_matches"]


@rule(
    "never-matches",
    Severity.WARNING,
    "A term for nodes is one that the API server accepts, and that no node can meet",
    docs="docs/lint.md#never-matches",
)
def never_matches(context: Context) -> Iterator[Finding]:
    """Find terms for nodes that the API server accepts, and that no node meets."""
    for resource in context.resources:
        for path, found in node_selector_problems(resource):
            if found.outcome is not None:
                message = f"{found.problem.under(path)}; {found.outcome}"
                fix = placeholder_fix(found.problem.value) or _term_fix(found.problem)
                whole_path = (*path, *found.problem.path)
                yield make_finding(never_matches, resource, whole_path, message, fix)


def _term_fix(problem: Problem) -> str:
    if problem.path[-1] == "nodeSelectorTerms":
        return "add an expression to a term, or take the node affinity out"
    return "write a value that nodes can have, or for Gt and Lt a whole number, in quotes"
