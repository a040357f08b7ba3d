"""From many label sets to codes, in one pass over all labels: `encode`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from labelsel.core import compiled
from labelsel.index.store import Column, LabelStore
from labelsel.labels import require_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EncodedSets", "encode"]

Labels: TypeAlias = Mapping[str, str]


class EncodedSets:
    """Label sets as codes. The store is not changed until `append_to` is called.

    Attributes:
        sizes: the number of labels of each set.
    """

    def __init__(
        self, codes: NDArray[np.uint32], sizes: NDArray[np.uint32], new: Mapping[str, Sequence[str]]
    ) -> None:
        """Keep codes; those from the number of codes of the store on are positions in ``new``.

        ``new`` has the values that the store does not have, by key. Its first value has the
        first new code, and so on through all keys.
        """
        self._codes = codes
        self.sizes = sizes
        self._new = new

    def append_to(self, store: LabelStore) -> None:
        """Append the label sets to the store for which they were encoded."""
        known = len(store.values)
        given = [code for key, values in self._new.items() for code in store.new_codes(key, values)]
        codes = self._codes
        # The codes are as they were chosen, unless the store had free ones.
        if given != list(range(known, known + len(given))):
            codes = np.concatenate([np.arange(known), given]).astype(np.uint32)[codes]
        store.add_rows(codes, self.sizes)


class _Values(dict[str, int]):
    """The codes of the values of one key. A missing value is looked up in the store, once."""

    def __init__(self, key: str, encoder: _Encoder) -> None:
        super().__init__()
        if type(key) is not str:
            raise TypeError
        column = encoder.columns.get(key)
        self._find = None if column is None else column.codes.find
        self._encoder = encoder
        # Two lists instead of pairs: a million tuples would start the garbage collector.
        self.new_codes = array("I")
        self.new: list[str] = []

    def __missing__(self, value: str) -> int:
        code = self._find(value) if self._find is not None else -1
        if code < 0:
            if type(value) is not str:
                raise TypeError
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


def encode(label_sets: Iterable[Labels | None], store: LabelStore) -> EncodedSets:
    """Return label sets as codes. The store is not changed. None means no labels.

    TypeError if an object is not a mapping of strings. Types are checked once for each distinct
    label, which makes 0.2 µs for each label in all (``python -m benchmarks build``).

    >>> store = LabelStore()
    >>> encode([{"app": "web"}, None], store).append_to(store)
    >>> store.labels_of(0), store.labels_of(1)
    ({'app': 'web'}, {})
    """
    given: list[Labels | None] = list(label_sets)
    try:
        found = code_labels(given, store.columns, store.values)
    except TypeError:
        # Mappings of other types, or strings of a subclass; or `require_labels` raises again, and
        # says which label set and why.
        checked: list[Labels | None] = [require_labels(labels) for labels in given]
        found = code_labels(checked, store.columns, store.values)
    codes, sizes, new = found
    return EncodedSets(np.frombuffer(codes, np.uint32), np.frombuffer(sizes, np.uint32), new)


@compiled
def code_labels(
    sets: list[Labels | None], columns: dict[str, Column], values: list[str]
) -> tuple[array[int], array[int], dict[str, list[str]]]:
    """Return the codes of all labels, set by set, the size of each set, and the new values by key.

    A value that the columns have has its code there; ``values`` has the value of each of those
    codes. The other codes follow: those of the values of one key are consecutive, in the order
    in which the label sets have them. TypeError if a set is neither None nor a dict, or a key or
    value not a string, each of exactly that type; a string of another type may pass if an equal one
    was there before.
    """
    if not set(map(type, sets)) <= {dict, NoneType}:
        raise TypeError
    known = len(values)
    encoder = _Encoder(columns, known)
    sizes = array("I", [len(labels) if labels else 0 for labels in sets])
    codes = np.fromiter(
        (encoder[key][value] for labels in sets if labels for key, value in labels.items()),
        dtype=np.uint32,
        count=sum(sizes),
    )
    # New codes are numbered by key, so that the values of one key have consecutive codes.
    order = np.arange(encoder.next_code, dtype=np.uint32)
    new = {key: column.new for key, column in encoder.items() if column.new}
    found = np.concatenate([order[:0], *(column.new_codes for column in encoder.values())])
    order[found] = np.arange(known, encoder.next_code, dtype=np.uint32)
    return array("I", order[codes].tobytes()), sizes, new
