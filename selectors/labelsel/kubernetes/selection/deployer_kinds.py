"""Which objects deploy others: those of Flux and Argo CD, which build folders, and charts."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Final

from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.model.scalars import unescape_text
from labelsel.kubernetes.selection.written_parts import values_in_text
from labelsel.placeholders import CERTAIN_PLACEHOLDER

__all__ = ["CHART_KINDS", "DEPLOYER_KINDS", "FLUX", "is_deployer", "may_have_deployer"]

FLUX: Final = "kustomize.toolkit.fluxcd.io"
"""The API group of the Kustomization of Flux."""

_ARGO: Final = "argoproj.io"

DEPLOYER_KINDS: Final = frozenset(
    {Kind("Kustomization", FLUX), Kind("Application", _ARGO), Kind("ApplicationSet", _ARGO)}
)
"""The kinds of their objects."""

CHART_KINDS: Final = frozenset(
    {Kind("HelmRelease", "helm.toolkit.fluxcd.io"), Kind("HelmChart", "helm.cattle.io")}
)
"""The kinds of objects that deploy a chart of Helm."""


def is_deployer(resource: Resource) -> bool:
    """Return whether an object builds folders with kustomize, in a cluster.

    Its kind and its group may be placeholders.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> source = Source("a.yaml", 1, 1)
    >>> is_deployer(Resource("Application", f"{_ARGO}/v1alpha1", None, "a", {}, {}, {}, source))
    True
    """
    return _is_of_deployer(resource.kind, resource.api_version)


@lru_cache(maxsize=1024)  # an input has few kinds
def _is_of_deployer(kind: str, version: str) -> bool:
    return _may_be_deployer({version.partition("/")[0]}, {kind})


def _may_be_deployer(groups: Collection[str], kinds: Collection[str]) -> bool:
    """Return whether a kind and a group are those of a deployer; a placeholder may be any."""
    any_group = any(map(CERTAIN_PLACEHOLDER.search, groups))
    any_kind = any(map(CERTAIN_PLACEHOLDER.search, kinds))
    return any(
        (any_group or group in groups) and (any_kind or kind in kinds)
        for kind, group in DEPLOYER_KINDS
    )


def may_have_deployer(text: str) -> bool:
    r"""Return whether a text that nobody has parsed may have an object of Flux or Argo CD.

    It has a kind and the group of one. Each of the two, or both, may be a placeholder.

    Complexity: O(n) for n characters.

    >>> flux = f"apiVersion: {FLUX}/v1\nkind: {{}}"
    >>> [may_have_deployer(flux.format(kind)) for kind in ("Kustomization", "{{ .k }}", "Role")]
    [True, True, False]
    """
    plain = unescape_text(text)
    groups = {each.partition("/")[0] for each in values_in_text(plain, "apiVersion")}
    return _may_be_deployer(groups, set(values_in_text(plain, "kind")))
