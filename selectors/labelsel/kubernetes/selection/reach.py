"""Whether NetworkPolicies let one pod talk to another: both sides, with the term that decides.

Traffic from a pod to another one has two sides: egress of the source, and ingress of the
destination. Both must allow it. docs/reach.md has the rules, with the test of each.

1. A pod that no policy selects for a direction is allowed everything in this direction.
2. Otherwise a rule of one of these policies must allow the other pod and the port. The policies
   add up: none of them forbids what another one allows.
3. What the input does not tell is not known, and is never counted as allowed: labels that it
   does not have, ranges of addresses, the network of a node, policies of other kinds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain, product
from operator import and_, or_
from typing import Final

from labelsel.errors import (
    ManifestError,
    Path,
    list_words,
    require_each,
    require_several,
    require_type,
    show,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import Kind, is_namespaced
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.selection.affinity import pod_spec
from labelsel.kubernetes.selection.known_labels import NamespaceLabels, Truth, all_true
from labelsel.kubernetes.selection.kustomize_changes import DELETED, FindChanges
from labelsel.kubernetes.selection.namesakes import group_namesakes
from labelsel.kubernetes.selection.network_policies import (
    NETWORK_POLICIES,
    Direction,
    NetworkPolicy,
    read_network_policy,
)
from labelsel.kubernetes.selection.open_parts import OpenParts
from labelsel.kubernetes.selection.other_policies import is_other_policy, other_policy_selects
from labelsel.kubernetes.selection.policy_kinds import (
    has_policy_inside,
    has_policy_text,
    meant_policy,
)
from labelsel.kubernetes.selection.policy_pods import PolicyPod, read_policy_pod
from labelsel.kubernetes.selection.port_set import PortSet
from labelsel.kubernetes.selection.reach_result import Reach, ReachSide, ReachTerm
from labelsel.kubernetes.selection.reach_terms import (
    TermJudge,
    describe_node_network,
    describe_open_labels,
)
from labelsel.kubernetes.selection.selector_targets import (
    HOW_TO_TARGET,
    MONITOR_GROUP,
    SelectorTarget,
)
from labelsel.typos import did_you_mean

__all__ = ["Reachability", "reach"]

#: What a patch may change so that nobody knows what a policy says.
_POLICY: Final[tuple[Path, ...]] = (("spec",), ("kind",), DELETED)
#: The kinds of Kubernetes that hold texts, of which one may be a manifest.
_TEXT_KINDS: Final = frozenset({Kind("ConfigMap", ""), Kind("Secret", "")})
_NONE: Final = PortSet()
_ALL: Final = PortSet.all()


def reach(  # noqa: PLR0913  # one keyword for each thing that an input may leave open
    resources: Iterable[Resource],
    source: SelectorTarget,
    destination: SelectorTarget,
    *,
    on_error: Callable[[ManifestError], None] | None = None,
    unread: Iterable[str] = (),
    kustomized: FindChanges | None = None,
) -> Reach:
    """Return whether NetworkPolicies let one pod talk to another, and what decides.

    docs/reach.md has the rules.

    Arguments:
        resources: the objects of an inventory: policies and namespaces are looked for in them.
        source: the pod that begins, or the pods of a template.
        destination: the pod that has the ports, or the pods of a template.
        on_error: called with each policy that cannot be read, and each pod with containers that
            cannot be read; what they allow and name is not known. Without it the first error is
            raised.
        unread: for each file that was not read whole and may hold a policy, a text that says so.
            With one nothing is known but what a pod says to itself.
        kustomized: what kustomize may change of an object, or None if it changes nothing. What
            may change the answer is then not known.

    Returns:
        both sides, with every term that was looked at, and the ports that are allowed.

    Raises:
        ManifestError: a policy in the namespace of one of the pods cannot be read, or the
            containers of one of the pods.
        TypeError: something among the objects is not a `Resource`, a pod is not a
            `SelectorTarget`, or ``unread`` is one string.

    Complexity: O(n + p) for n objects and the size p of the policies in both namespaces. Make a
    `Reachability` to ask about many pods.

    >>> from labelsel.kubernetes import Inventory, selector_target
    >>> def obj(kind, name, version="v1", labels=None, **spec):
    ...     metadata = {"name": name, "labels": labels}
    ...     return {"kind": kind, "apiVersion": version, "metadata": metadata, "spec": spec}
    >>> from_web = {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}
    >>> here = Inventory.of([
    ...     obj("Pod", "web", labels={"app": "web"}), obj("Pod", "db"),
    ...     obj("NetworkPolicy", "db", "networking.k8s.io/v1", podSelector={},
    ...         ingress=[from_web | {"ports": [{"port": 5432}]}])])
    >>> web, db = (selector_target(here.get("pods", name)) for name in ("web", "db"))
    >>> found = reach(here, web, db)
    >>> found.answer().value, str(found.allowed), found.ingress.terms[0].peer
    ('allowed', 'TCP 5432', 'pods app=web in namespace default')
    >>> reach(here, db, web).answer().value
    'denied'
    """
    known = Reachability(resources, on_error=on_error, unread=unread, kustomized=kustomized)
    return known.reach(source, destination)


@dataclass(frozen=True, slots=True)
class _IsolatingPolicy:
    """A policy that selects a pod, or may.

    Attributes:
        copies: what it says. Several objects of one name are several states of it, and nobody
            knows which one the cluster has; only those that select the pod, or may, are here.
        surely: whether all objects of its name select the pod.
    """

    copies: list[NetworkPolicy]
    surely: bool


class Reachability:
    """The policies and namespaces of an input, to ask which of its pods may talk to each other.

    Policies are read when their namespace is first asked about.

    Arguments:
        resources: the objects of an inventory.
        on_error: called with each policy that cannot be read, and each pod with containers that
            cannot be read; what they allow and name is not known. Without it the first error is
            raised.
        unread: as for `reach`.
        kustomized: as for `reach`.

    Raises:
        TypeError: something among the objects is not a `Resource`, or ``unread`` is one string.

    Complexity: O(n) to make one of n objects, and the size of those of custom kinds.

    >>> from labelsel.kubernetes import Inventory, pod_targets
    >>> def pod(name):
    ...     return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}}
    >>> here = Inventory.of([pod("web"), pod("db")])
    >>> str(Reachability(here).reach(*pod_targets(here)).allowed)
    'all ports'
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        *,
        on_error: Callable[[ManifestError], None] | None = None,
        unread: Iterable[str] = (),
        kustomized: FindChanges | None = None,
    ) -> None:
        everything = require_each(Resource, resources, HOW_TO_READ)
        self._on_error = on_error
        self._unread_texts = list(require_several("texts", unread))
        self._parts = OpenParts(kustomized)
        self._namespaces = NamespaceLabels(
            everything, self._parts.namespace_labels, self._parts.names
        )
        self._judge = TermJudge(self._namespaces, self._parts)
        self._others = list(filter(is_other_policy, everything))
        self._holders = list(filter(_holds_policy, everything))
        self._pods: dict[int, PolicyPod] = {}
        #: By namespace: the objects, what they say by name, and those that cannot be read.
        self._objects: defaultdict[str, list[Resource]] = defaultdict(list)
        self._policies: dict[str, list[NetworkPolicy]] = {}
        self._groups: dict[tuple[str, ...], list[list[NetworkPolicy]]] = {}
        self._unread: defaultdict[str, list[Resource]] = defaultdict(list)
        #: The namespaces of policies which may be in another one, and the patched policies.
        self._open_namespaces: set[str] = set()
        self._patched: list[Resource] = []
        for resource in everything:
            if resource.group_kind in NETWORK_POLICIES:
                self._add_policy(resource)

    def _add_policy(self, policy: Resource) -> None:
        namespace = namespace_of(policy)
        if self._parts.describe_patch(policy, *_POLICY):
            self._patched.append(policy)
            return
        self._objects[namespace].append(policy)
        if self._parts.namespaces(policy) != frozenset((namespace,)):
            self._open_namespaces.add(namespace)

    def reach(self, source: SelectorTarget, destination: SelectorTarget) -> Reach:
        """Return whether one pod may talk to another.

        Arguments:
            source: the pod that begins, or the pods of a template, as `pod_targets` returns them.
            destination: the pod that has the ports, or the pods of a template.

        Raises:
            ManifestError: a policy in the namespace of one of the pods cannot be read, or the
                containers of one of the pods; only without ``on_error``.
            TypeError: a pod is not a `SelectorTarget`.

        Complexity: O(p + o) in the size p of the policies in both namespaces, for o policies of
        other kinds in the input.

        >>> from labelsel.kubernetes import Inventory, pod_targets
        >>> def obj(kind, name, version, **spec):
        ...     metadata = {"name": name}
        ...     return {"kind": kind, "apiVersion": version, "metadata": metadata, "spec": spec}
        >>> here = Inventory.of([
        ...     obj("Pod", "web", "v1"), obj("Pod", "db", "v1"),
        ...     obj("NetworkPolicy", "all", "networking.k8s.io/v1", podSelector={})])
        >>> web, db = pod_targets(here)
        >>> asked = Reachability(here)
        >>> asked.reach(web, db).answer().value, asked.reach(web, web).answer().value
        ('denied', 'allowed')
        """
        begins, answers = self._pod(source), self._pod(destination)
        if source.origin is destination.origin and not source.from_template:
            note = f"{source} is the source and the destination: a pod always reaches itself"
            egress = ReachSide("egress", source, (), (), _ALL, _ALL, (note,))
            ingress = ReachSide("ingress", source, (), (), _ALL, _ALL, (note,))
        else:
            egress = self._side("egress", begins, answers, answers)
            ingress = self._side("ingress", answers, begins, answers)
        return Reach(source, destination, egress, ingress)

    def _pod(self, target: SelectorTarget) -> PolicyPod:
        require_type(SelectorTarget, target, HOW_TO_TARGET)
        key = id(target.origin)  # which the pod keeps alive
        if key not in self._pods:
            self._pods[key] = read_policy_pod(target, on_error=self._on_error, parts=self._parts)
        return self._pods[key]

    def _side(
        self, direction: Direction, own: PolicyPod, other: PolicyPod, destination: PolicyPod
    ) -> ReachSide:
        selecting, notes = self._selecting(direction, own)
        terms = [
            (
                each.surely,
                [
                    list(self._judge.terms(copy, direction, other, destination))
                    for copy in each.copies
                ],
            )
            for each in selecting
        ]
        allowed, possible = _add_up(terms)
        unjudged = self._unjudged(own)
        if unjudged:
            allowed, possible = _NONE, _ALL
        on_node = [pod for pod in (own, other) if pod.host_network is not False and allowed != _ALL]
        return ReachSide(
            direction,
            own.target,
            tuple(copy.owner for each in selecting if each.surely for copy in each.copies),
            tuple(term for _, copies in terms for copy in copies for term in copy),
            allowed,
            _ALL if on_node else possible,
            (*notes, *unjudged, *map(describe_node_network, on_node)),
        )

    def _selecting(
        self, direction: Direction, pod: PolicyPod
    ) -> tuple[list[_IsolatingPolicy], list[str]]:
        """Return the policies that select a pod for a direction, or may, and notes about them."""
        found: list[_IsolatingPolicy] = []
        notes: list[str] = []
        for copies in self._policies_near(pod):
            truths = [
                self._selects(copy, pod) if direction in copy.rules else False for copy in copies
            ]
            if set(truths) == {False}:
                continue
            chosen = [
                copy for copy, truth in zip(copies, truths, strict=True) if truth is not False
            ]
            found.append(_IsolatingPolicy(chosen, surely=set(truths) == {True}))
            if len(copies) > 1:
                notes.append(_describe_copies(copies))
            notes += [
                f"{_name(copy.owner)} may select {pod.target}: {self._why_not_known(copy, pod)}"
                for copy, truth in zip(copies, truths, strict=True)
                if truth is None
            ]
        return found, notes

    def _selects(self, policy: NetworkPolicy, pod: PolicyPod) -> Truth:
        """Return whether a policy selects a pod."""
        target = pod.target
        return all_true(
            (
                self._parts.same_namespace(policy.owner, target.origin),
                self._parts.selector_truth(policy.owner, policy.pods, target, pod.labels),
            )
        )

    def _why_not_known(self, policy: NetworkPolicy, pod: PolicyPod) -> str:
        reasons = []
        if self._parts.same_namespace(policy.owner, pod.target.origin) is None:
            reasons.append(self._parts.describe_namespaces(policy.owner, pod.target.origin))
        reasons.append(describe_open_labels(self._parts, policy.owner, policy.pods, pod))
        return "; ".join(filter(None, reasons))

    def _namespaces_near(self, pod: PolicyPod) -> list[str]:
        """Return the namespaces whose policies may be in the namespace of a pod."""
        possible = self._parts.namespaces(pod.target.origin)
        known = self._objects.keys() | self._unread.keys()
        near = known if possible is None else known & (possible | self._open_namespaces)
        return sorted(near)

    def _policies_near(self, pod: PolicyPod) -> list[list[NetworkPolicy]]:
        """Return the policies that may be in the namespace of a pod, in groups.

        Those of a group are, or may be, one policy: rule 21.
        """
        near = tuple(self._namespaces_near(pod))
        if near not in self._groups:
            found = [policy for namespace in near for policy in self._policies_in(namespace)]
            groups = group_namesakes(
                [
                    (self._parts.namespaces(each.owner), self._parts.names(each.owner))
                    for each in found
                ]
            )
            self._groups[near] = [
                part
                for group in groups
                for part in self._without_copies([found[number] for number in group])
            ]
        return self._groups[near]

    def _without_copies(self, policies: list[NetworkPolicy]) -> list[list[NetworkPolicy]]:
        """Return the states of what may be one policy. Copies that say the same are one.

        If policies of several names all say the same, each is one of its own: whichever of them
        replaces another, the cluster has what they say.
        """
        states: dict[Hashable, NetworkPolicy] = {}
        names, said = set(), set()
        for each in policies:
            changes = self._parts.changes(each.owner)
            name, spec = (
                (namespace_of(each.owner), each.owner.name),
                _frozen(each.owner.body.get("spec")),
            )
            states.setdefault((name, spec, changes), each)
            names.add(name)
            said.add((spec, changes.selector_labels))
        kept = list(states.values())
        is_one = len(said) > 1 or len(names) < len(kept)
        return [kept] if is_one else [[each] for each in kept]

    def _unjudged(self, pod: PolicyPod) -> list[str]:
        """Return a note for each policy that selects a pod, or may, and is not judged."""
        origin = pod.target.origin
        notes = [
            f"{_name(each)} cannot be read"
            for namespace in self._namespaces_near(pod)
            for each in self._unread[namespace]
            if self._parts.same_namespace(each, origin) is not False
        ]
        notes += [
            self._parts.describe_patch(each, *_POLICY)
            for each in self._patched
            if self._parts.same_namespace(each, origin) is not False
        ]
        notes += filter(None, [self._parts.describe_patch(origin, self._host_network(pod))])
        notes += self._unread_texts
        notes += [f"{_name(each)} has a policy in it" for each in self._holders]
        for resource in self._others:
            truth = self._other_selects(resource, pod)
            if truth is not False:
                selects = f"{'selects' if truth else 'may select'} {pod.target}"
                notes.append(f"{_name(resource)} {_kind_problem(resource.kind) or selects}")
        return [f"not judged: {note}" for note in notes]

    def _host_network(self, pod: PolicyPod) -> Path:
        """Return the path of the field that puts a pod into the network of its node."""
        if pod.target.origin.group == MONITOR_GROUP:
            return ("spec", "hostNetwork")
        return (*pod_spec(pod.target.origin), "hostNetwork")

    def _other_selects(self, policy: Resource, pod: PolicyPod) -> Truth:
        """Return whether a policy of another kind selects a pod, wherever the two may be."""
        parts, target = self._parts, pod.target
        ours, theirs = parts.namespaces(policy), parts.namespaces(target.origin)
        if parts.describe_patch(policy, *_POLICY) or ours is None or theirs is None:
            return None
        own: list[str | None] = [policy.namespace, *parts.changes(policy).namespaces]
        pairs = list(product(own, theirs))
        if parts.same_namespace(policy, target.origin):
            pairs = [(policy.namespace and each, each) for each in theirs]
        truths = {
            other_policy_selects(
                replace(policy, namespace=space),
                replace(pod, target=replace(target, namespace=each)),
                self._namespaces,
            )
            for space, each in pairs
        }
        return truths.pop() if len(truths) == 1 else None

    def _policies_in(self, namespace: str) -> list[NetworkPolicy]:
        """Return the policies of a namespace that can be read."""
        if namespace not in self._policies:
            found = map(self._read, self._objects[namespace])
            self._policies[namespace] = list(chain.from_iterable(found))
        return self._policies[namespace]

    def _read(self, resource: Resource) -> list[NetworkPolicy]:
        try:
            return [read_network_policy(resource)]
        except ManifestError as error:
            if self._on_error is None:
                raise
            self._on_error(error)
            self._unread[namespace_of(resource)].append(resource)
            return []


def _frozen(value: Data) -> Hashable:
    """Return what a policy says, or a part of it, to compare it."""
    if isinstance(value, dict):
        return frozenset((key, _frozen(each)) for key, each in value.items())
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _holds_policy(resource: Resource) -> bool:
    """Return whether an object has a policy in it, of which a program may make an object.

    No kind of Kubernetes itself holds another object, but some hold any text.
    """
    kind = resource.group_kind
    if kind in _TEXT_KINDS:
        return has_policy_text(resource.body)
    return is_namespaced(kind) is None and has_policy_inside(resource.body)


def _add_up(policies: Iterable[tuple[bool, list[list[ReachTerm]]]]) -> tuple[PortSet, PortSet]:
    """Return the ports that policies allow, and those that they may allow.

    1. Of several copies of a policy what all of them allow is allowed, and what one allows may be.
    2. Policies add up.
    3. A policy that may select the pod adds nothing for sure. If no other policy selects the pod,
       it may as well take nothing away: then what it allows is allowed either way.

    Arguments:
        policies: for each policy whether it selects the pod for sure, and the terms of its copies.
    """
    surely, maybe, possible = _NONE, _ALL, _NONE
    isolated = False
    for is_sure, copies in policies:
        allowed = reduce(and_, (_union(term.allowed for term in terms) for terms in copies))
        possible |= _union(term.possible for terms in copies for term in terms)
        if is_sure:
            surely, isolated = surely | allowed, True
        else:
            maybe &= allowed
    return (surely, possible) if isolated else (maybe, _ALL)


def _union(sets: Iterable[PortSet]) -> PortSet:
    return reduce(or_, sets, _NONE)


def _describe_copies(copies: list[NetworkPolicy]) -> str:
    owners = [copy.owner for copy in copies]
    known = "only what all of them say is known"
    if len({(namespace_of(each), each.name) for each in owners}) > 1:
        return f"{list_words([_name(each) for each in owners], 'and')} may be one policy: {known}"
    sources = list_words([str(each.source) for each in owners], "and")
    name = f"{owners[0].reference} in namespace {namespace_of(owners[0])}"
    return f"{len(copies)} objects are {name} ({sources}): {known}"


def _kind_problem(kind: str) -> str:
    """Return why nobody can say what a policy with a kind does; empty if the kind is right."""
    meant = meant_policy(kind)
    if meant is None:
        return f"may be a policy: its kind is {show(kind)}"
    return "" if meant == kind else f"cannot be read: its kind is {show(kind)}{did_you_mean(meant)}"


def _name(resource: Resource) -> str:
    return f"{resource.reference} ({resource.source})"
