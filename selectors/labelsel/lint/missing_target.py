"""What to say about a selector that selects nothing: where it looks, and what it nearly selects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from labelsel.lint.certain_edits import corrections, target_edit
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.neighbors import Distance
from labelsel.lint.selector_parts import key_path, selector_text

if TYPE_CHECKING:  # only types here
    from labelsel.kubernetes import ObjectSelector
    from labelsel.lint.known_words import KnownWords
    from labelsel.lint.nearest_match import NearestMatch
    from labelsel.lint.registry import Rule
    from labelsel.lint.target_group import TargetGroup
    from labelsel.selector import Selector

__all__ = ["missing_target", "selects_none", "typo_finding"]


def missing_target(
    rule: Rule, object_selector: ObjectSelector, match: NearestMatch | None
) -> Finding:
    """Return the finding about a selector that selects nothing, with its nearest match."""
    owner, message = object_selector.owner, selects_none(object_selector)
    if match is None:
        kind = object_selector.target.kind
        fix = f"correct the selector, or check it together with the {kind}s that it is for"
        return make_finding(rule, owner, object_selector.path, message, fix)
    path = key_path(object_selector, match.faults[0].key)
    return make_finding(rule, owner, path, f"{message}; {match.description}", match.fix)


def typo_finding(
    found: Finding,
    object_selector: ObjectSelector,
    selector: Selector,
    groups: list[TargetGroup],
    words: KnownWords,
) -> Finding:
    """Return the finding about a selector with its edit, if a typo explains it for certain.

    Arguments:
        found: the finding.
        object_selector: the selector with its object.
        selector: its requirements that can be met in manifests.
        groups: where it looks.
        words: the words of the input.
    """
    near = [(group, group.levels(object_selector.owner)[Distance.FOLDER]) for group in groups]
    explained = len(corrections(selector, near)) == 1
    found = replace(found, explained=explained)
    return found.with_edit(target_edit(object_selector, selector, groups, words))


def selects_none(object_selector: ObjectSelector) -> str:
    """Return the message that a selector selects nothing where it looks.

    >>> from labelsel.kubernetes import Resource, Source, read_object_selector
    >>> web = Resource("Service", "v1", "shop", "web", {}, {},
    ...     {"spec": {"selector": {"app": "web"}}}, Source("a.yaml", 1, 1))
    >>> selects_none(read_object_selector(web))
    'spec.selector app=web selects no Pod in namespace shop'
    """
    names = object_selector.namespaces
    if names is None:
        where = "in any namespace"
    else:
        where = f"in namespace{'s' if len(names) > 1 else ''} {', '.join(sorted(names))}"
    return f"{selector_text(object_selector)} selects no {object_selector.target.kind} {where}"
