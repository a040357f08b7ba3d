"""From many label sets to codes, in one pass over all labels: `encode`."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from itertools import chain
from operator import methodcaller
from types import NoneType
from typing import Any, TypeAlias

import numpy as np

from labelsel.core import compiled
from labelsel.index.store import Column, LabelStore
from labelsel.labels import require_labels

__all__ = ["EncodedSets", "encode"]

Labels: TypeAlias = Mapping[str, str]

NewValues: TypeAlias = "tuple[list[str], array[int]]"
"""New values of a key, and the code of each."""


class EncodedSets:
    """Label sets as codes. The store is not changed until `append_to` is called.

    Attributes:
        sizes: the number of labels of each set.
    """

    def __init__(self, codes: array[int], sizes: array[int], new: Mapping[str, NewValues]) -> None:
        """Keep codes. ``new`` has those that the store does not have, and their values, by key."""
        self._codes = codes
        self.sizes = sizes
        self._new = new

    def append_to(self, store: LabelStore) -> None:
        """Append the label sets to the store for which they were encoded. To be called once."""
        codes = np.frombuffer(self._codes, np.uint32)
        known = len(store.values)
        number = known + sum(len(values) for values, _ in self._new.values())
        # Few labels beside many known ones: only what is new is looked up.
        first = known if known > len(codes) else 0
        final = np.arange(first, number, dtype=np.uint32)
        for key, (values, chosen) in self._new.items():
            final[np.frombuffer(chosen, np.uint32) - first] = store.new_codes(key, values)
        moved = codes >= first if first else slice(None)
        codes[moved] = final[codes[moved] - first]
        store.add_rows(self._codes, self.sizes)


class _Values(dict[str, int]):
    """The codes of the values of one key. A missing value is looked up in the store, once."""

    def __init__(self, key: str, encoder: _Encoder) -> None:
        super().__init__()
        column = encoder.columns.get(key)
        self._find = None if column is None else column.codes.find
        self._encoder = encoder
        # Two lists instead of pairs: a million tuples would start the garbage collector.
        self.new_codes = array("I")
        self.new: list[str] = []

    def __missing__(self, value: str) -> int:
        code = self._find(value) if self._find is not None else -1
        if code < 0:
            code = self._encoder.next_code
            self._encoder.next_code += 1
            self.new_codes.append(code)
            self.new.append(value)
        self[value] = code
        return code


class _Encoder(dict[str, _Values]):
    """The values of each key, by key."""

    def __init__(self, columns: Mapping[str, Column], known: int) -> None:
        super().__init__()
        self.columns = columns
        self.next_code = known

    def __missing__(self, key: str) -> _Values:
        values = self[key] = _Values(key, self)
        return values


def encode(items: dict[Any, Labels | None], store: LabelStore) -> EncodedSets:
    """Return the label sets of items as codes. The store is not changed. None means no labels.

    TypeError if an object is not a mapping of strings. It takes some 0.1 µs for each label, and 0.3
    without the compiled core (``python -m benchmarks build``).

    >>> store = LabelStore()
    >>> encode({"web-1": {"app": "web"}, "web-2": None}, store).append_to(store)
    >>> store.labels_of(0), store.labels_of(1)
    ({'app': 'web'}, {})
    """
    store.read_values()
    try:
        found = code_labels(items, store.columns, store.values)
    except TypeError:
        # Mappings of other types, or strings of a subclass; or `require_labels` raises again, and
        # says which label set and why.
        checked: dict[Any, Labels | None] = {
            key: require_labels(labels) for key, labels in items.items()
        }
        found = code_labels(checked, store.columns, store.values)
    return EncodedSets(*found)


@compiled
def code_labels(
    items: dict[Any, Labels | None], columns: dict[str, Column], values: list[str]
) -> tuple[array[int], array[int], dict[str, NewValues]]:
    """Return the codes of all labels of items, the size of each label set, and what is new by key.

    A value that the columns have has its code there; ``values`` has the value of each of those
    codes. The other codes follow, in the order in which the label sets have them: for each key its
    new values, and their codes. The tables of the columns must have been read. TypeError if a set
    is neither None nor a dict, or a key or value not a string, each of exactly that type.
    """
    sets = items.values()
    if not set(map(type, sets)) <= {dict, NoneType}:
        raise TypeError
    given = [labels for labels in sets if labels]
    # Not where one is looked up: an equal string of another type would be found.
    texts = chain.from_iterable(chain(given, map(methodcaller("values"), given)))
    if not set(map(type, texts)) <= {str}:
        raise TypeError
    encoder = _Encoder(columns, len(values))
    sizes = array("I", [len(labels) if labels else 0 for labels in sets])
    codes = np.fromiter(
        (encoder[key][value] for labels in given for key, value in labels.items()),
        dtype=np.uint32,
        count=sum(sizes),
    )
    new = {key: (column.new, column.new_codes) for key, column in encoder.items()}
    return array("I", codes.tobytes()), sizes, new
