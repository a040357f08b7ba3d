"""Labels that pods get when they run, so that no manifest and no pod template has them."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_added_key", "is_run_time_key"]

#: Labels that controllers, service meshes and the programs in pods put on running pods.
_RUN_TIME_KEYS: Final = frozenset(
    {
        *("pod-template-hash", "controller-revision-hash", "pod-template-generation"),
        *("rollouts-pod-template-hash", "job-name", "controller-uid", "deploymentconfig"),
        *("apps.kubernetes.io/pod-index", "spilo-role", "vault-active", "vault-initialized"),
        *("vault-perf-standby", "vault-sealed", "vault-version"),
        *("operated-alertmanager", "operated-prometheus", "operated-thanos-ruler"),
    }
)
_RUN_TIME_PREFIXES: Final = re.compile(
    r"(statefulset\.kubernetes\.io|batch\.kubernetes\.io|gateway\.networking\.k8s\.io"
    r"|(.+\.)?istio\.io|(.+\.)?linkerd\.io)/"
)
#: Labels that admission puts on a pod, whoever makes it: service meshes, and for the zone and the
#: region the API server.
_ADDED: Final = re.compile(
    r"((.+\.)?istio\.io|(.+\.)?linkerd\.io)/|topology\.kubernetes\.io/(zone|region)$"
)


def is_added_key(key: str) -> bool:
    """Whether admission may put a label on each pod, also on one that no controller makes.

    >>> is_added_key("security.istio.io/tlsMode"), is_added_key("topology.kubernetes.io/zone")
    (True, True)
    >>> is_added_key("pod-template-hash")
    False
    """
    return _ADDED.match(key) is not None


def is_run_time_key(key: str) -> bool:
    """Whether controllers, service meshes or programs in pods set a label on running pods.

    >>> is_run_time_key("statefulset.kubernetes.io/pod-name"), is_run_time_key("app")
    (True, False)
    """
    return key in _RUN_TIME_KEYS or _RUN_TIME_PREFIXES.match(key) is not None
