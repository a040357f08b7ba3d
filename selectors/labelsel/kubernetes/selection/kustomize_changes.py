"""What kustomize may change of an object between its file and the cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from labelsel.errors import Path
from labelsel.kubernetes.model.resource import Resource

__all__ = ["DELETED", "ITEM", "FindChanges", "KustomizeChanges", "PatchPath", "may_patch"]

PatchPath: TypeAlias = tuple[str, ...]
"""The path of a field in an object, with `ITEM` for each item of a list."""

ITEM: Final = "*"
"""Any item of a list, in a `PatchPath`."""

DELETED: Final[PatchPath] = ("$patch",)
"""The path for a patch that deletes the object, or an annotation that has it left out."""


@dataclass(frozen=True, slots=True)
class KustomizeChanges:
    """What the Kustomizations of an input may change of an object.

    The argument ``kustomized`` of `reach` and `nodes_for` returns it for an object. What an
    object may become is not known, so that no answer counts it as allowed or fitting.

    Attributes:
        files: the files of the Kustomizations, for messages.
        namespaces: the namespaces to which they move the object.
        labels: the labels that the object itself gets, as pairs of key and value.
        pod_labels: the labels that the pods of its template get.
        selector_labels: the labels that its selectors get.
        patches: the paths of the fields that patches set or remove: ``("spec", "nodeSelector")``,
            with ``*`` for each item of a list. The empty path is the whole object, and ``$patch``
            that kustomize may leave it out.
        affixes: what it may put before and behind the name, as pairs.
        patch_files: those of the files that have patches, for messages; empty if that is not known.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, reach, pod_targets
    >>> def obj(kind, name, version, namespace=None, **spec):
    ...     metadata = {"name": name, "namespace": namespace}
    ...     return {"kind": kind, "apiVersion": version, "metadata": metadata, "spec": spec}
    >>> here = Inventory.of([
    ...     obj("Pod", "web", "v1", "shop"), obj("Pod", "db", "v1", "shop"),
    ...     obj("NetworkPolicy", "deny", "networking.k8s.io/v1", podSelector={})])
    >>> moved = KustomizeChanges(("pol/kustomization.yaml",), namespaces=frozenset({"shop"}))
    >>> def find_changes(item):
    ...     return moved if item.kind == "NetworkPolicy" else None
    >>> reach(here, *pod_targets(here)).answer().value
    'allowed'
    >>> reach(here, *pod_targets(here), kustomized=find_changes).answer().value
    'not known'
    """

    files: tuple[str, ...] = ()
    namespaces: frozenset[str] = frozenset()
    labels: frozenset[tuple[str, str]] = frozenset()
    pod_labels: frozenset[tuple[str, str]] = frozenset()
    selector_labels: frozenset[tuple[str, str]] = frozenset()
    patches: frozenset[PatchPath] = frozenset()
    affixes: frozenset[tuple[str, str]] = frozenset()
    patch_files: tuple[str, ...] = field(default=(), compare=False)

    def may_patch(self, path: Path) -> bool:
        """Return whether a patch may change what is at a path: a part of it, or what it is in.

        Arguments:
            path: the path, with ``*`` for each item of a list.

        Raises:
            Nothing.

        Complexity: O(p) for p paths of patches; O(1) for what was asked for before.

        >>> patched = KustomizeChanges(patches=frozenset({("spec", "replicas")}))
        >>> patched.may_patch(("spec",)), patched.may_patch(("spec", "template"))
        (True, False)
        """
        return may_patch(self.patches, path)


# Cached: the objects of a file have few different sets of patches.
@lru_cache(maxsize=2**14)
def may_patch(patches: frozenset[PatchPath], path: Path) -> bool:
    """Return whether patches of some fields may change what is at a path.

    >>> may_patch(frozenset({("spec", "replicas")}), ("spec",))
    True
    """
    return any(
        all(ours == other for ours, other in zip(patch, path, strict=False)) for patch in patches
    )


FindChanges: TypeAlias = Callable[[Resource], KustomizeChanges | None]
"""Returns what kustomize may change of an object; None if it changes nothing."""
