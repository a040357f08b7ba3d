"""Rule peer-selects-nothing: a peer in a NetworkPolicy selects no pods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from labelsel.kubernetes import ObjectSelector
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding
from labelsel.lint.missing_target import missing_target, typo_finding
from labelsel.lint.nearest_match import find_nearest_match
from labelsel.lint.neighbors import Distance
from labelsel.lint.registry import Severity, rule

__all__ = ["peer_selects_nothing"]


@rule(
    "peer-selects-nothing",
    Severity.ERROR,
    "A peer in a rule of a NetworkPolicy selects no pods, and a typo is the likely reason",
    needs_all=True,
    docs="https://labelsel.readthedocs.io/en/latest/lint.html#peer-selects-nothing",
)
def peer_selects_nothing(context: Context) -> Iterator[Finding]:
    """Find peers that select no pods, where the input has the pods that they are for.

    1. Peers are mostly of other apps, whose pods another input has. So the rule reports a peer
       that would select pods without one typo.
    2. Other peers are reported, as a note, if the input has the Namespace object beside the
       policy, so that all pods of the namespace should be there, and if one pod is most likely
       meant.
    3. As for `selects_nothing`, labels and pods that exist only in a cluster are not missed.
    """
    for peer in context.policy_peers:
        object_selector = peer.pod_selector(context.namespaces.select)
        if object_selector is not None:
            found = _find_fault(context, object_selector)
            if found is not None:
                yield found


def _find_fault(context: Context, object_selector: ObjectSelector) -> Finding | None:
    selector = context.missing_part(object_selector)
    if selector is None:
        return None
    groups = context.target_groups(object_selector)
    match = find_nearest_match(selector, object_selector.owner, groups)
    if match is None or not (match.is_typo or _has_whole_namespace(context, object_selector)):
        return None
    # The name of the policy says nothing about its peers.
    is_partner = match.is_partner and match.item.origin.name != object_selector.owner.name
    if not (match.is_typo or is_partner):
        return None
    found = missing_target(peer_selects_nothing, object_selector, match)
    if not match.is_typo:
        return replace(found, unsure=True)
    return typo_finding(found, object_selector, selector, groups, context.words)


def _has_whole_namespace(context: Context, object_selector: ObjectSelector) -> bool:
    """Whether the input has all pods of the namespaces in which a peer looks."""
    names, owner = object_selector.namespaces, object_selector.owner
    objects = context.namespaces.objects
    return (
        context.complete
        and names is not None
        and names <= objects.keys()
        and all(
            context.neighbors.distance(owner, objects[name]) <= Distance.FOLDER for name in names
        )
        and not context.cluster_only.fills(names)
        and not context.kustomizations.is_open(owner.source.file)
    )
