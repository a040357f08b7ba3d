"""Keys that are one typing slip away from a common one: a label that nobody will ever ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from labelsel.errors import Path
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import Resource
from labelsel.lint.context import Context, key_path, requirements
from labelsel.lint.finding import Finding, finding
from labelsel.lint.neighbours import Neighbours
from labelsel.lint.rules import KEY_SLIP

__all__ = ["key_slip"]

#: Keys of labels that Kubernetes and Helm document, by prefix.
_WELL_KNOWN: Final = frozenset(
    f"{prefix}/{name}"
    for prefix, names in {
        "addonmanager.kubernetes.io": "mode",
        "app.kubernetes.io": "component created-by instance managed-by name part-of version",
        "apps.kubernetes.io": "pod-index",
        "batch.kubernetes.io": "controller-uid job-completion-index job-name",
        "beta.kubernetes.io": "arch instance-type os",
        "endpointslice.kubernetes.io": "managed-by",
        "failure-domain.beta.kubernetes.io": "region zone",
        "helm.sh": "chart",
        "kubernetes.io": "arch cluster-service hostname metadata.name os service-name",
        "node-role.kubernetes.io": "control-plane master worker",
        "node.kubernetes.io": "exclude-from-external-load-balancers instance-type windows-build",
        "pod-security.kubernetes.io": "audit audit-version enforce enforce-version warn "
        "warn-version",
        "rbac.authorization.k8s.io": "aggregate-to-admin aggregate-to-edit aggregate-to-view",
        "service.kubernetes.io": "headless service-proxy-name",
        "statefulset.kubernetes.io": "pod-name",
        "topology.kubernetes.io": "region zone",
    }.items()
    for name in names.split()
)
_PREFIXES: Final = frozenset(key.partition("/")[0] for key in _WELL_KNOWN)
#: Below it everybody makes up roles of their own.
_FREE: Final = "node-role.kubernetes.io/"

#: A key is common in an input where so many sets of labels have it, ...
_COMMON: Final = 5
#: ... and so many times as many as have the key that is like it.
_TIMES: Final = 5
#: Shorter names are words of their own more often than slips: app, apps; tier, tie.
_SHORTEST: Final = 6


def key_slip(scene: Context) -> Iterator[Finding]:
    """Keys one typing slip from a key that is well known, or common in the input.

    1. A key that is well known, or common itself, is no slip.
    2. A set of labels that has both keys means both.
    3. What is common in the input alone must be six characters long on either side of the
       slash, and more than a plural.
    """
    common = _Common(scene)
    for resource, path, labels in (*scene.labels, *scene.node_selectors):
        for key in labels if isinstance(labels, dict) else ():
            yield from _slips(common, resource, (*path, key), key, labels)
    for selecting in scene.selectings:
        keys = {term.key: None for term in requirements(selecting.selector)}
        for key in keys:
            path = key_path(selecting, key)
            yield from _slips(common, selecting.owner, path, key, keys)


def _slips(
    common: _Common, resource: Resource, path: Path, key: str, beside: Mapping[str, Data]
) -> Iterator[Finding]:
    meant = common.meant_by(key)
    if meant is not None and meant not in beside:
        message = f"the key {key} is one typing slip away from {meant}"
        yield finding(KEY_SLIP, resource, path, message, f"write {meant}")


class _Common:
    """Knows which keys are common, and what is meant by one that is not."""

    def __init__(self, scene: Context) -> None:
        self._counts: Counter[str] = Counter()
        for _, _, labels in scene.labels:
            self._counts.update(list(labels) if isinstance(labels, dict) else ())
        self._known = Neighbours(key for key in _WELL_KNOWN if not key.startswith(_FREE))
        self._prefixes = Neighbours(_PREFIXES)
        # Where not all could be read, a key that is rare here may be common in the rest.
        counted = self._counts.items() if scene.complete else ()
        frequent = (key for key, count in counted if count >= _COMMON)
        self._frequent = Neighbours(frequent)
        self._meant: dict[str, str | None] = {}

    def meant_by(self, key: str) -> str | None:
        """The key that was most likely meant by one; None where it is meant as it is."""
        if key not in self._meant:
            self._meant[key] = None if key in _WELL_KNOWN else next(self._candidates(key), None)
        return self._meant[key]

    def _candidates(self, key: str) -> Iterator[str]:
        prefix, slash, name = key.partition("/")
        yield from self._known.near(key)
        if slash and prefix not in _PREFIXES:
            yield from (f"{near}/{name}" for near in self._prefixes.near(prefix))
        for other in self._frequent.near(key):
            if self._counts[other] >= _TIMES * self._counts[key] and _is_telling(key, other):
                yield other


def _is_telling(key: str, other: str) -> bool:
    """Whether two keys that are one slip apart are too long for two words of their own."""
    prefix, _, name = key.rpartition("/")
    its_prefix, _, its_name = other.rpartition("/")
    one, two = (name, its_name) if prefix == its_prefix else (prefix, its_prefix)
    plural = one.removesuffix("s") == two.removesuffix("s")
    return not plural and min(len(one), len(two)) >= _SHORTEST
