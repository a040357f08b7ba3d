"""Rule illegal-topology: a spread constraint, or affinity to other pods, that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from labelsel.errors import (
    Problem,
    list_words,
    show,
    show_value,
)
from labelsel.kubernetes import Resource
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import (
    LABEL_SELECTOR,
    MATCH_EXPRESSIONS,
    MATCH_LABEL_KEYS,
    MATCH_LABELS,
    MISMATCH_LABEL_KEYS,
    TOPOLOGY_KEY,
)
from labelsel.kubernetes.selection.label_locations import value_at
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.labels import validate_key
from labelsel.lint.certain_edits import word_edit
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import has_placeholder, placeholder_fix
from labelsel.lint.registry import Severity, rule
from labelsel.objects import find_nearest_field

__all__ = ["illegal_topology"]

_ACTION: Final = "whenUnsatisfiable"
_ACTIONS: Final = ("DoNotSchedule", "ScheduleAnyway")
_KEY_FIX: Final = "write the key of a label of nodes, such as topology.kubernetes.io/zone"


@rule(
    "illegal-topology",
    Severity.ERROR,
    "A topology spread constraint or affinity to other pods is one that the API server refuses",
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#illegal-topology",
)
def illegal_topology(context: Context) -> Iterator[Finding]:
    """Find refused spread constraints, and refused terms of affinity to other pods.

    1. ``topologyKey`` must be a legal key, ``whenUnsatisfiable`` one of two words. Where a part
       of an object is laid over another one, or the kind is not known, parts may be missing.
    2. ``matchLabelKeys`` and ``mismatchLabelKeys`` need a ``labelSelector``, and a key may be in
       one of the three only.
    """
    for resource, field in context.selector_fields:
        if field.syntax in {Syntax.SPREAD_CONSTRAINT, Syntax.POD_AFFINITY_TERM}:
            is_whole = not (field.by_name or context.is_patch(resource, field.path))
            for problem, fix in _problems(field, is_whole=is_whole):
                template_fix = placeholder_fix(problem.value)
                if not (template_fix and field.by_name):
                    yield _finding(resource, problem.under(field.path), template_fix or fix)


def _finding(resource: Resource, problem: Problem, fix: str) -> Finding:
    words = _ACTIONS if problem.path[-1] == _ACTION else ()
    found = make_finding(illegal_topology, resource, problem.path, str(problem), fix)
    found = replace(found, unsure=has_placeholder(problem.value))
    return found.with_edit(word_edit(resource, problem.path, words), api_word=True)


def _problems(field: SelectorField, *, is_whole: bool) -> Iterator[tuple[Problem, str]]:
    constraint = field.value
    if not isinstance(constraint, dict):
        yield Problem((), f"must be a map, not {show_value(constraint)}", constraint), "write a map"
        return
    key = constraint.get(TOPOLOGY_KEY)
    is_missing = key is None or key == ""
    for fault in validate_key(key)[:1] if not is_missing else ():
        yield Problem((TOPOLOGY_KEY,), fault, key), _KEY_FIX
    if is_missing and is_whole:
        path = (TOPOLOGY_KEY,) if TOPOLOGY_KEY in constraint else ()
        yield Problem(path, f"there must be a {TOPOLOGY_KEY}", key), _KEY_FIX
    action = constraint.get(_ACTION)
    if field.syntax is Syntax.SPREAD_CONSTRAINT and (action is not None or is_whole):
        yield from _action_problems(action)
    yield from _label_key_problems(constraint, is_whole=is_whole)


def _action_problems(action: Data) -> Iterator[tuple[Problem, str]]:
    if action not in _ACTIONS:
        meant = find_nearest_field(action, _ACTIONS)
        fix = f"write {_ACTION}: {meant or list_words(_ACTIONS)}"
        if action is None:
            yield Problem((), f"there must be a {_ACTION}", action), fix
        else:
            problem = f"must be {list_words(_ACTIONS)}, not {show_value(action)}"
            yield Problem((_ACTION,), problem, action), fix


def _label_key_problems(
    constraint: dict[str, Data], *, is_whole: bool
) -> Iterator[tuple[Problem, str]]:
    """Yield what is wrong with the keys whose values are those of the pod itself."""
    selector = constraint.get(LABEL_SELECTOR)
    for name in (MATCH_LABEL_KEYS, MISMATCH_LABEL_KEYS):
        keys = constraint.get(name)
        if keys and selector is None and is_whole:
            problem = f"needs a {LABEL_SELECTOR}: the keys only restrict what that selects"
            yield Problem((name,), problem, keys), f"add a {LABEL_SELECTOR} that selects the pods"
        for number, key in enumerate(keys if isinstance(keys, list) else ()):
            for fault in validate_key(key)[:1]:
                fix = "write the key of a label of the pods"
                yield Problem((name, number), fault, key), fix
    yield from _repeated_keys(constraint, LABEL_SELECTOR, list(_keys_of(selector)))
    yield from _repeated_keys(constraint, MISMATCH_LABEL_KEYS, constraint.get(MISMATCH_LABEL_KEYS))


def _repeated_keys(
    constraint: dict[str, Data], name: str, others: Data
) -> Iterator[tuple[Problem, str]]:
    """Yield the keys in ``matchLabelKeys`` that another field names, too."""
    keys = constraint.get(MATCH_LABEL_KEYS)
    for number, key in enumerate(keys if isinstance(keys, list) else ()):
        if isinstance(others, list) and key in others:
            problem = f"{show(key)} is in {name}, too"
            yield (
                Problem((MATCH_LABEL_KEYS, number), problem, key),
                f"take it out of {MATCH_LABEL_KEYS} or of {name}",
            )


def _keys_of(selector: Data) -> Iterator[Data]:
    """Yield the keys that a LabelSelector names."""
    labels = value_at(selector, (MATCH_LABELS,))
    expressions = value_at(selector, (MATCH_EXPRESSIONS,))
    yield from labels if isinstance(labels, dict) else ()
    for expression in expressions if isinstance(expressions, list) else ():
        yield value_at(expression, ("key",))
