"""Rule never-matches: a term for nodes that the API server accepts, and that no node meets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from labelsel.errors import Problem
from labelsel.kubernetes import Resource
from labelsel.kubernetes.model.field_names import NODE_SELECTOR_TERMS
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import has_placeholder, placeholder_fix
from labelsel.lint.node_terms import NodeProblem, node_problems
from labelsel.lint.registry import Severity, rule

__all__ = ["never_matches"]


@rule(
    "never-matches",
    Severity.WARNING,
    "A term for nodes is one that the API server accepts, and that no node can meet",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#never-matches",
)
def never_matches(context: Context) -> Iterator[Finding]:
    """Find terms for nodes that the API server accepts, and that no node meets."""
    for resource, field in context.selector_fields:
        if field.syntax in {Syntax.NODE_SELECTOR, Syntax.NODE_TERM}:
            for found in node_problems(field):
                if found.outcome is not None:
                    yield _make_finding(resource, field, found)


def _make_finding(resource: Resource, field: SelectorField, found: NodeProblem) -> Finding:
    message = f"{found.problem.under(field.path)}; {found.outcome}"
    fix = placeholder_fix(found.problem.value) or _term_fix(found.problem)
    path = (*field.path, *found.problem.path)
    finding = make_finding(never_matches, resource, path, message, fix)
    return replace(finding, unsure=has_placeholder(found.problem.value))


def _term_fix(problem: Problem) -> str:
    if problem.path[-1] == NODE_SELECTOR_TERMS:
        return "add an expression to a term, or take the node affinity out"
    return "write a value that nodes can have, or for Gt and Lt a whole number, in quotes"
