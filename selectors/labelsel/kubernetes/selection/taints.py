"""Taints of nodes and tolerations of pods: what is legal, and which taints a toleration tolerates.

The rules are those of the API server (``ValidateTolerations``, ``validateNodeTaints``) and of the
scheduler (``Toleration.ToleratesTaint``). ``Lt`` and ``Gt`` are those of KEP-5471: they compare
whole numbers of 64 bits in canonical form, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from labelsel.errors import (
    ManifestError,
    Path,
    Problem,
    list_words,
    show_value,
)
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.paths import list_at, value_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.known_fields import find_unknown_spec_field
from labelsel.labels import parse_int64, validate_key, validate_value
from labelsel.objects import find_nearest_field, unknown_field
from labelsel.typos import is_one_typo_apart

__all__ = [
    "EFFECTS",
    "OPERATORS",
    "UNSCHEDULABLE",
    "FieldFault",
    "Taint",
    "Toleration",
    "read_taints",
    "read_tolerations",
    "taint_faults",
    "toleration_faults",
]

NO_SCHEDULE: Final = "NoSchedule"
EVICTING: Final = "NoExecute"
EFFECTS: Final = (NO_SCHEDULE, "PreferNoSchedule", EVICTING)
OPERATORS: Final = ("Equal", "Exists")

_TOLERATION: Final = ("key", "operator", "value", "effect", "tolerationSeconds")
_TAINT: Final = ("key", "value", "effect", "timeAdded")
#: Operators on whole numbers, of Kubernetes 1.35 and later, if the cluster has them switched on.
_NUMERIC: Final = ("Lt", "Gt")
#: The API server and the scheduler take no other spelling: no sign ``+``, no zero in front.
_CANONICAL: Final = re.compile(r"0|-?[1-9][0-9]*")
_DAEMON_SETS: Final = frozenset(Kind("DaemonSet", group) for group in ("apps", "extensions"))


@dataclass(frozen=True, slots=True)
class Taint:
    """A taint of a node: an entry of `Placement.avoided`.

    ``str()`` of it is the taint as kubectl writes it: ``gpu=yes:NoSchedule``.

    Attributes:
        key: its key.
        value: its value; empty if it has none.
        effect: ``NoSchedule``, ``PreferNoSchedule`` or ``NoExecute``.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, nodes_for
    >>> here = Inventory.of([
    ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "db"}},
    ...     {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"},
    ...      "spec": {"taints": [{"key": "old", "effect": "PreferNoSchedule"}]}}])
    >>> [placement] = nodes_for(here.get("pods", "db"), here.select("nodes")).fitting
    >>> [taint] = placement.avoided
    >>> print(taint, taint.refuses)
    old:PreferNoSchedule False
    """

    key: str
    value: str
    effect: str

    @property
    def refuses(self) -> bool:
        """Whether pods that do not tolerate the taint may not run on the node.

        O(1); raises nothing.
        """
        return self.effect in {NO_SCHEDULE, EVICTING}

    def __str__(self) -> str:
        """Return the taint as kubectl writes it: ``gpu=yes:NoSchedule``."""
        return f"{self.key}{'=' * bool(self.value)}{self.value}:{self.effect}"


UNSCHEDULABLE: Final = Taint("node.kubernetes.io/unschedulable", "", NO_SCHEDULE)
"""The taint of a node with ``spec.unschedulable``."""


@dataclass(frozen=True, slots=True)
class Toleration:
    """A toleration of a pod.

    Attributes:
        key: the key of the taints that it tolerates; empty for any key.
        operator: how it compares values: Equal, Exists, Lt or Gt.
        value: the value that it compares with.
        effect: the effect of the taints that it tolerates; empty for any effect.
    """

    key: str
    operator: str
    value: str
    effect: str

    @property
    def is_numeric(self) -> bool:
        """Whether it compares numbers, which a cluster must have switched on."""
        return self.operator in _NUMERIC

    def tolerates(self, taint: Taint) -> bool:
        """Return whether it tolerates a taint.

        >>> sla = Taint("sla", "950", "NoSchedule")
        >>> Toleration("sla", "Gt", "900", "").tolerates(sla)
        True
        >>> Toleration("sla", "Equal", "900", "").tolerates(sla)
        False
        """
        return (
            self.effect in {"", taint.effect}
            and self.key in {"", taint.key}
            and self._allows(taint.value)
        )

    def _allows(self, value: str) -> bool:
        match self.operator:
            case "Exists":
                return True
            case "Equal":
                return value == self.value
            case _:
                number, bound = _number(value), _number(self.value)
                if number is None or bound is None:
                    return False
                return number < bound if self.operator == "Lt" else number > bound


def _number(value: str) -> int | None:
    """Return the whole number of 64 bits that a value is in canonical form; None for no such."""
    return parse_int64(value) if _CANONICAL.fullmatch(value) else None


#: What the controller of DaemonSets adds to each pod, and with hostNetwork the last one.
_OF_DAEMONS: Final = tuple(
    Toleration(f"node.kubernetes.io/{name}", "Exists", "", effect)
    for name, effect in (
        ("not-ready", EVICTING),
        ("unreachable", EVICTING),
        ("disk-pressure", NO_SCHEDULE),
        ("memory-pressure", NO_SCHEDULE),
        ("pid-pressure", NO_SCHEDULE),
        ("unschedulable", NO_SCHEDULE),
        ("network-unavailable", NO_SCHEDULE),
    )
)


def read_tolerations(
    pod: Resource, spec: Path, on_error: Callable[[ManifestError], None]
) -> list[Toleration]:
    """Return the tolerations of a pod, with those that the controller of DaemonSets adds.

    Arguments:
        pod: the pod, or a workload.
        spec: the path of the pod's spec, from `pod_spec`.
        on_error: called for each toleration that is illegal; that one tolerates nothing.

    Raises:
        ManifestError: the tolerations are not a list.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"spec": {"tolerations": [{"key": "gpu", "operator": "Exists"}, {"key": "a b"}]}}
    >>> pod = Resource("Pod", "v1", None, "db", {}, {}, body, Source("a.yaml", 1, 1))
    >>> errors = []
    >>> read_tolerations(pod, ("spec",), errors.append)
    [Toleration(key='gpu', operator='Exists', value='', effect='')]
    >>> print(errors[0].problems[0])
    spec.tolerations[1].key: a key's name may hold only ...
    """
    path = (*spec, "tolerations")
    found = []
    for number, item in enumerate(list_at(pod, path)):
        fault = _first_fault(pod, (*path, number), item, toleration_faults(item))
        if fault is not None:
            on_error(fault)
        else:
            key, operator, value, effect = _texts(item, ("key", "operator", "value", "effect"))
            found.append(Toleration(key, operator or OPERATORS[0], value, effect))
    if pod.group_kind in _DAEMON_SETS:
        on_host = value_at(pod, (*spec, "hostNetwork")) is True
        found += _OF_DAEMONS if on_host else _OF_DAEMONS[:-1]
    return found


def read_taints(
    node: Resource, on_error: Callable[[ManifestError], None]
) -> Iterator[tuple[Path, Taint | None]]:
    """Yield the taints of a node, each with its path; None for what cannot be read.

    A node with ``spec.unschedulable`` has `UNSCHEDULABLE`, as the node controller taints it.

    Arguments:
        node: the node.
        on_error: called for each taint that is illegal, for a spec that is no map, and for one
            with a field that nodes do not have: it may be a taint.

    >>> from labelsel.kubernetes.model.resource import Source
    >>> body = {"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}}
    >>> node = Resource("Node", "v1", None, "n1", {}, {}, body, Source("a.yaml", 1, 1))
    >>> [(path, str(taint)) for path, taint in read_taints(node, print)]
    [(('spec', 'taints', 0), 'gpu:NoSchedule')]
    """
    path: Path = ("spec", "taints")
    try:
        items = list_at(node, path)
        is_closed = value_at(node, ("spec", "unschedulable"))
    except ManifestError as error:
        on_error(error)
        yield path, None
        return
    if is_closed is not None and not isinstance(is_closed, bool):
        problem = f"must be true or false, not {show_value(is_closed)}"
        on_error(node.fault(Problem(("spec", "unschedulable"), problem, is_closed)))
        yield ("spec", "unschedulable"), None
        is_closed = None
    elif (unknown := find_unknown_spec_field(node)) is not None:
        on_error(unknown)
        yield path, None
    found: list[Taint] = []
    for number, item in enumerate(items):
        fault = _first_fault(node, (*path, number), item, taint_faults(item))
        if fault is not None:
            on_error(fault)
            yield (*path, number), None
        else:
            found.append(Taint(*_texts(item, ("key", "value", "effect"))))
            yield (*path, number), found[-1]
    # A node of a cluster has both; one line about it is enough.
    if is_closed and UNSCHEDULABLE not in found:
        yield ("spec", "unschedulable"), UNSCHEDULABLE


def _first_fault(
    resource: Resource, path: Path, value: Data, faults: Iterator[FieldFault]
) -> ManifestError | None:
    """Return the error that names the first fault of a toleration or a taint."""
    for fault in [*faults][:1]:
        has_field = bool(fault.name) and isinstance(value, dict)
        where, what = ((*path, fault.name), value.get(fault.name)) if has_field else (path, value)
        return resource.fault(Problem(where, fault.problem, what))
    return None


def _texts(item: Data, names: tuple[str, ...]) -> Iterator[str]:
    """Yield fields of a map without faults: strings, or null, which is the empty string."""
    assert isinstance(item, dict)
    return (str(item.get(name) or "") for name in names)


# What is legal


class FieldFault(NamedTuple):
    """What is wrong with a field of a toleration or a taint, and what to write.

    Attributes:
        name: the field; empty for the whole toleration or taint.
        problem: what is wrong.
        fix: what to write; empty if that depends on the value alone.
        meant: the known field that is one typo away; empty if there is none.
    """

    name: str
    problem: str
    fix: str
    meant: str = ""


def toleration_faults(value: Data, *, any_fields: bool = False) -> Iterator[FieldFault]:
    """Yield why the API server refuses a toleration; ``any_fields`` permits unknown fields.

    >>> [fault.problem for fault in toleration_faults({"key": "gpu", "operator": "Exist"})]
    ["must be Equal or Exists, not 'Exist'"]
    """
    if not isinstance(value, dict):
        yield _not_a_map(value)
        return
    yield from () if any_fields else _unknown_fields(value, _TOLERATION)
    yield from _key_faults(value.get("key"))
    yield from _operator_faults(value)
    effect = value.get("effect")
    if not _is_empty(effect) and effect not in EFFECTS:
        yield _wrong_word("effect", effect, EFFECTS)
    elif value.get("tolerationSeconds") is not None and effect != EVICTING:
        problem = f"only a toleration with effect: {EVICTING} may have tolerationSeconds"
        fix = f"write effect: {EVICTING}, or take tolerationSeconds out"
        yield FieldFault("tolerationSeconds", problem, fix)


def taint_faults(value: Data, *, any_fields: bool = False) -> Iterator[FieldFault]:
    """Yield why the API server refuses a taint; ``any_fields`` permits unknown fields.

    >>> [fault.problem for fault in taint_faults({"key": "gpu", "effect": "NoSchedul"})]
    ["must be NoSchedule, PreferNoSchedule or NoExecute, not 'NoSchedul'"]
    """
    if not isinstance(value, dict):
        yield _not_a_map(value)
        return
    yield from () if any_fields else _unknown_fields(value, _TAINT)
    yield from _key_faults(value.get("key"))
    if _is_empty(value.get("key")):
        yield FieldFault("key" if "key" in value else "", "a taint must have a key", "write a key")
    yield from _value_faults("Equal", value.get("value"))
    effect = value.get("effect")
    if effect not in EFFECTS:
        fault = _wrong_word("effect", effect, EFFECTS)
        is_there = "effect" in value
        yield fault if is_there else fault._replace(name="", problem=f"the effect {fault.problem}")


def _not_a_map(value: Data) -> FieldFault:
    return FieldFault(
        "", f"must be a map, not {show_value(value)}", "write a map with a key and an effect"
    )


def _unknown_fields(value: dict[str, Data], known: tuple[str, ...]) -> Iterator[FieldFault]:
    for name in value:
        if name not in known:
            meant = find_nearest_field(name, known)
            fix = f"write {meant}" if meant else f"take {name} out"
            is_typo = meant is not None and is_one_typo_apart(name, meant)
            problem = unknown_field(name, known)
            yield FieldFault(name, problem, fix, (meant or "") if is_typo else "")


def _key_faults(key: Data) -> Iterator[FieldFault]:
    """Yield what is wrong with a key that is not empty."""
    for fault in validate_key(key)[:1] if not _is_empty(key) else ():
        yield FieldFault("key", fault, "write the key as it is in the taints of the nodes")


def _operator_faults(toleration: dict[str, Data]) -> Iterator[FieldFault]:
    """Yield what is wrong with the operator and the value of a toleration."""
    operator = toleration.get("operator")
    operator = OPERATORS[0] if _is_empty(operator) else operator
    if operator not in (*OPERATORS, *_NUMERIC):
        yield _wrong_word("operator", operator, OPERATORS)
    elif _is_empty(toleration.get("key")) and operator != "Exists":
        name = "operator" if "operator" in toleration else ""
        problem = "without a key the operator must be Exists, which tolerates every taint"
        yield FieldFault(name, problem, "write the key of a taint, or operator: Exists")
    yield from _value_faults(operator, toleration.get("value"))


def _value_faults(operator: Data, value: Data) -> Iterator[FieldFault]:
    if operator in _NUMERIC:
        yield from _number_faults(value)
    elif _is_empty(value):
        return
    elif operator == "Exists":
        problem = "must be empty: the operator Exists tolerates every value"
        yield FieldFault("value", problem, "take the value out, or write operator: Equal")
    else:
        yield from (FieldFault("value", fault, "") for fault in validate_value(value)[:1])


def _number_faults(value: Data) -> Iterator[FieldFault]:
    """Yield what is wrong with a value that must be a number."""
    if value is not None and not isinstance(value, str):
        yield from (FieldFault("value", fault, "") for fault in validate_value(value)[:1])
    elif parse_int64(value or "") is None:
        problem = f"must be a whole number of 64 bits, not {show_value(value or '')}"
        yield FieldFault("value", problem, "write a whole number, in quotes")
    elif _number(value or "") is None:
        problem = f"a number must have no '+' and no zeros in front, not {show_value(value)}"
        yield FieldFault("value", problem, f"write {json.dumps(str(parse_int64(value or '')))}")


def _is_empty(value: Data) -> bool:
    """Whether a value is one that the API server does not tell from a missing one."""
    return value is None or value == ""


def _wrong_word(name: str, word: Data, words: tuple[str, ...]) -> FieldFault:
    """Return the fault of a word that is none of those that the API server knows."""
    meant = find_nearest_field(word, words)
    listed = list_words(words)
    shown = f", not {show_value(word)}" if word is not None else ""
    fix = f"write {name}: {meant}" if meant else f"write {name}: {listed}"
    return FieldFault(name, f"must be {listed}{shown}", fix)
