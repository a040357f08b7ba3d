"""Rule illegal-toleration: a toleration or a taint that the API server refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from labelsel.errors import Problem
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.kubernetes.selection.taints import (
    EFFECTS,
    OPERATORS,
    FieldFault,
    taint_faults,
    toleration_faults,
)
from labelsel.lint.certain_edits import rename_key, word_edit
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import has_placeholder, placeholder_fix, value_fix
from labelsel.lint.registry import Severity, rule

__all__ = ["illegal_toleration"]

#: The words that some fields must have.
_WORDS: Final = {"effect": EFFECTS, "operator": OPERATORS}


@rule(
    "illegal-toleration",
    Severity.ERROR,
    "A toleration of a pod or a taint of a node is one that the API server refuses",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#illegal-toleration",
)
def illegal_toleration(context: Context) -> Iterator[Finding]:
    """Find refused tolerations and taints.

    In a kind that is not known, a field with a placeholder is left to the program that replaces
    it.
    """
    for resource, field in context.selector_fields:
        for fault in _faults(field):
            value = field.value.get(fault.name) if isinstance(field.value, dict) else field.value
            fix = placeholder_fix(value)
            if not (fix and field.by_name):
                path = (*field.path, fault.name) if fault.name else field.path
                message = str(Problem(path, fault.problem, value))
                found = make_finding(
                    illegal_toleration,
                    resource,
                    path,
                    message,
                    fix or fault.fix or value_fix(value),
                )
                found = replace(found, unsure=has_placeholder(value))
                edit = word_edit(resource, path, _WORDS.get(fault.name, ()))
                if fault.meant:
                    edit = rename_key(resource, path, fault.name, fault.meant)
                yield found.with_edit(edit, api_word=True)


def _faults(field: SelectorField) -> Iterator[FieldFault]:
    """Yield the faults of a toleration or a taint; in an unknown kind other fields are none."""
    if field.syntax is Syntax.TAINT:
        yield from taint_faults(field.value, any_fields=field.by_name)
    elif field.syntax is Syntax.TOLERATION:
        yield from toleration_faults(field.value, any_fields=field.by_name)
