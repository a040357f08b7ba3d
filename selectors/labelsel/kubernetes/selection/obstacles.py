"""What keeps a pod off a node, beside what it requires of the node's labels and name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labelsel.errors import Path
from labelsel.kubernetes.model.resource import Resource
from labelsel.requirements import Exists, In, NotIn
from labelsel.selector import Everything, Nothing, Selector, all_of

__all__ = ["Obstacle", "TopologyCheck"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a pod off a node: a taint, pods that run there, the spread of the pods.

    It is an entry of `NodeRefusal.unmet`. ``str()`` of it has what is required, and what the node
    has instead.

    Attributes:
        cause: the field that it comes from: "taints", "unschedulable", "podAffinity",
            "podAntiAffinity", "topologySpreadConstraints".
        owner: the object that has the field: the node, the pod, or a pod that runs.
        path: the path of the taint, term or constraint in ``owner``.
        requirement: what is required, in words.
        has: what the node has instead, in words.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, nodes_for
    >>> here = Inventory.of([
    ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "db"}},
    ...     {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"},
    ...      "spec": {"taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]}}])
    >>> [refusal] = nodes_for(here.get("pods", "db"), here.select("nodes")).refused
    >>> [obstacle] = refusal.unmet
    >>> obstacle.cause, obstacle.owner.name, str(obstacle)
    ('taints', 'n1', 'tolerated taints only: has gpu=yes:NoSchedule')
    """

    cause: str
    owner: Resource
    path: Path
    requirement: str
    has: str

    def __str__(self) -> str:
        return f"{self.requirement}: has {self.has}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopologyCheck:
    """Which domains of a topology key a pod may run in; a domain is the nodes with one value.

    Attributes:
        cause, owner, path, requirement: as in `Obstacle`.
        key: the topology key.
        allowed: the only values that pass; None for all values.
        refused: the values that do not pass, each with what the nodes have instead.
        owners: for some of these values another object and path than ``owner`` and ``path``.
        needs_key: whether a node without the key does not pass.
        note: words to add to what a node has instead.
    """

    cause: str
    owner: Resource
    path: Path
    requirement: str
    key: str
    allowed: frozenset[str] | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, tuple[Resource, Path]] = field(default_factory=dict)
    needs_key: bool = True
    note: str = ""

    @property
    def selector(self) -> Selector:
        """The labels of the nodes that pass."""
        if self.allowed is not None:
            return In(self.key, self.allowed) if self.allowed else Nothing()
        present = Exists(self.key) if self.needs_key else Everything()
        return all_of([present, NotIn(self.key, self.refused) if self.refused else Everything()])

    def find_obstacle(self, labels: Mapping[str, str]) -> Obstacle | None:
        """Return what keeps the pod off a node with these labels; None if nothing does."""
        value = labels.get(self.key)
        has = self._find_fault(value)
        if has is None:
            return None
        owner, path = self.owners.get(value or "", (self.owner, self.path))
        return Obstacle(self.cause, owner, path, self.requirement, has + self.note)

    def _find_fault(self, value: str | None) -> str | None:
        if value is None:
            return f"no {self.key}" if self.needs_key else None
        if self.allowed is not None and value not in self.allowed:
            return f"no such pod in {self.key}={value}"
        return self.refused.get(value)
