"""The floor: each query of cases.py as the best sequence of pyroaring calls written by hand for it.

Given are one roaring bitmap for each label and one for each key; for a key with numbers, the
bitmaps of its values in numeric order. The order of operations was chosen for these label sets,
by trying: nothing is planned, looked up or checked while it is timed. An index that is built on
roaring bitmaps can come close to this, and not below it but by keeping something else than bitmaps.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from benchmarks.cases import HASH, OTHER_HASH, Case
from benchmarks.data import LabelSet
from labelsel.labels import parse_int64

__all__ = ["FLOORS", "Bitmaps", "Floor", "Numbers"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The bitmaps of a key's values, in the order of the numbers that they are.

    Attributes:
        values: the numbers, ascending.
        bitmaps: the rows of each.
        none: the rows of each value that is no number.
    """

    values: Sequence[int]
    bitmaps: Sequence[BitMap]
    none: Sequence[BitMap]

    def between(self, above: int, below: int) -> Sequence[BitMap]:
        """Return the bitmaps of the numbers between two, those excluded."""
        return self.bitmaps[bisect_right(self.values, above) : bisect_left(self.values, below)]

    def not_above(self, number: int) -> Sequence[BitMap]:
        """Return the bitmaps of all other values than the numbers above one."""
        return [*self.none, *self.bitmaps[: bisect_right(self.values, number)]]


class Bitmaps:
    """The bitmaps of label sets that the floors are made of."""

    def __init__(self, sets: Sequence[LabelSet]) -> None:
        rows: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        named = {operand for floor in FLOORS.values() for operand in floor.operands}
        numeric = {operand[1:] for operand in named if operand[0] == "#"}
        values: defaultdict[str, set[str]] = defaultdict(set)
        for row, labels in enumerate(sets):
            for key, value in labels.items():
                if key in named:
                    rows[key].append(row)
                if key in numeric:
                    values[key].add(value)
                    rows[f"{key}={value}"].append(row)
                elif (label := f"{key}={value}") in named:
                    rows[label].append(row)
        bitmaps = defaultdict(BitMap, {name: BitMap(found) for name, found in rows.items()})
        self._operands: dict[str, BitMap | Numbers] = {
            name: bitmaps[name] for name in named if name[0] not in "*#"
        }
        self._operands["*"] = BitMap(range(len(sets)))
        for key in numeric:
            postings = {value: bitmaps[f"{key}={value}"] for value in values[key]}
            self._operands[f"#{key}"] = _numbers(postings)

    def rows(self, case: Case) -> Callable[[], NDArray[np.uint32]]:
        """Return what answers a query as fast as bitmaps can."""
        floor = FLOORS[case.name]
        best, operands = floor.best, [self._operands[name] for name in floor.operands]
        return lambda: np.frombuffer(best(*operands).to_array(), dtype=np.uint32)


def _numbers(postings: Mapping[str, BitMap]) -> Numbers:
    numbers, none = [], []
    for value, bitmap in postings.items():
        number = parse_int64(value)
        if number is None:
            none.append(bitmap)
        else:
            numbers.append((number, bitmap))
    numbers.sort(key=lambda pair: pair[0])
    return Numbers([number for number, _ in numbers], [rows for _, rows in numbers], none)


class Floor(NamedTuple):
    """How a query is best answered.

    Attributes:
        best: makes the bitmap of the answer, from bitmaps.
        operands: the bitmaps: ``key=value`` for the rows with that label, ``key`` for those that
            have the key, ``*`` for all, ``#key`` for the `Numbers` of a key.
    """

    best: Callable[..., BitMap]
    operands: tuple[str, ...]


def _all_but(every: BitMap, *taken: BitMap) -> BitMap:
    first, *others = taken
    rows = every - first
    for other in others:
        rows -= other
    return rows


def _all_of(first: BitMap, second: BitMap, *others: BitMap) -> BitMap:
    rows = first & second
    for other in others:
        rows &= other
    return rows


def _above_8000(port: BitMap, ports: Numbers) -> BitMap:
    # Of some 500 values above 8000 each is on few rows, and six are not above it.
    return port - BitMap.union(*ports.not_above(8000))


def _web(web: BitMap, generation: BitMap, backend: BitMap, batch: BitMap) -> BitMap:
    rows = backend | batch
    rows -= generation
    rows &= web
    return rows


def _helm(  # noqa: PLR0913, PLR0917  # as many requirements
    prod: BitMap, backend: BitMap, eu_1a: BitMap, helm: BitMap, port: BitMap, ports: Numbers
) -> BitMap:
    rows = prod & backend
    rows &= helm
    rows -= eu_1a
    rows &= _above_8000(port, ports)
    return rows


def _versioned(  # noqa: PLR0913, PLR0917  # as many requirements
    prod: BitMap, staging: BitMap, hashed: BitMap, version: BitMap, part_of: BitMap, us_1c: BitMap
) -> BitMap:
    rows = prod | staging
    rows -= hashed
    rows &= version
    rows &= part_of
    rows -= us_1c
    return rows


def _itself(rows: BitMap) -> BitMap:
    return rows


def _nothing() -> BitMap:
    return BitMap()


_NAME: Final = "app.kubernetes.io/name"
_COMPONENT: Final = "app.kubernetes.io/component"
_PART_OF: Final = "app.kubernetes.io/part-of"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
_VERSION: Final = "app.kubernetes.io/version"
_ZONE: Final = "topology.kubernetes.io/zone"
_HASH: Final = "pod-template-hash"
_POD_NAME: Final = "statefulset.kubernetes.io/pod-name"
_union: Final[Callable[..., BitMap]] = BitMap.union


def _floor(best: Callable[..., Any], *operands: str) -> Floor:
    return Floor(best, operands)


FLOORS: Final[Mapping[str, Floor]] = {
    "name=web": _floor(_itself, f"{_NAME}=web"),
    "name=mail": _floor(_itself, f"{_NAME}=mail"),
    "pod-name=web-database-0": _floor(_itself, f"{_POD_NAME}=web-database-0"),
    "hash=H": _floor(_itself, f"{_HASH}={HASH}"),
    "env=": _floor(_itself, "env="),
    "env!=prod": _floor(_all_but, "*", "env=prod"),
    "tier in (cache,database)": _floor(_union, "tier=cache", "tier=database"),
    "name in (web,search,orders,mail)": _floor(
        _union, f"{_NAME}=web", f"{_NAME}=search", f"{_NAME}=orders", f"{_NAME}=mail"
    ),
    "hash in (H,I)": _floor(_union, f"{_HASH}={HASH}", f"{_HASH}={OTHER_HASH}"),
    "component notin (server,worker)": _floor(
        _all_but, "*", f"{_COMPONENT}=server", f"{_COMPONENT}=worker"
    ),
    "part-of": _floor(_itself, _PART_OF),
    "controller-uid": _floor(_itself, "controller-uid"),
    "!pod-name": _floor(_all_but, "*", _POD_NAME),
    "port>8000": _floor(_above_8000, "port", "#port"),
    "generation<10": _floor(
        lambda numbers: BitMap.union(*numbers.between(-(2**63), 10)), "#generation"
    ),
    "gone": _floor(_nothing),
    "name=gone": _floor(_nothing),
    "env=prod,env=dev": _floor(_nothing),
    "name!=gone": _floor(_itself, "*"),
    "name=web,env=prod": _floor(_all_of, f"{_NAME}=web", "env=prod"),
    "hash=H,env=prod": _floor(_all_of, f"{_HASH}={HASH}", "env=prod"),
    "controller-uid,env=prod": _floor(_all_of, "controller-uid", "env=prod"),
    "generation>20,generation<200": _floor(
        lambda numbers: BitMap.union(*numbers.between(20, 200)), "#generation"
    ),
    "name=web,tier in (backend,batch),!generation": _floor(
        _web, f"{_NAME}=web", "generation", "tier=backend", "tier=batch"
    ),
    "env!=prod,zone notin (eu-1a,eu-1b),!controller-uid": _floor(
        _all_but, "*", "env=prod", f"{_ZONE}=eu-1a", f"{_ZONE}=eu-1b", "controller-uid"
    ),
    "name=mail,env=staging,tier=backend,managed-by": _floor(
        _all_of, f"{_NAME}=mail", "env=staging", "tier=backend", _MANAGED_BY
    ),
    "managed-by=Helm,env=prod,tier=backend,zone!=eu-1a,port>8000": _floor(
        _helm, "env=prod", "tier=backend", f"{_ZONE}=eu-1a", f"{_MANAGED_BY}=Helm", "port", "#port"
    ),
    "env in (prod,staging),part-of,version,zone!=us-1c,!hash": _floor(
        _versioned, "env=prod", "env=staging", _HASH, _VERSION, _PART_OF, f"{_ZONE}=us-1c"
    ),
}
"""By the name of the case."""
