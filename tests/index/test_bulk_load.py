"""`code_labels`: label sets as codes, also as the compiled core makes them."""

from array import array
from collections import OrderedDict
from types import MappingProxyType

import pytest

from labelsel import LabelIndex
from labelsel.index.bulk_load import code_labels, encode
from labelsel.index.store import LabelStore
from tests.cores import pure


class CaseBlind(str):
    """A string that is equal to others."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.lower() == other.lower()

    def __hash__(self) -> int:
        return hash(self.lower())


FUNCTIONS = {
    "as it runs": code_labels,
    "pure": pure("labelsel.index.bulk_load").code_labels,
}


@pytest.mark.parametrize("code", FUNCTIONS.values(), ids=FUNCTIONS)
def test_codes(code: object) -> None:
    """Known labels have their codes, others the next ones, in order; None is no labels."""
    assert callable(code)
    store = LabelStore()
    store.set_row(0, {"a": "x", "b": "y"})
    items = {1: {"b": "z", "a": "x"}, 2: None, 3: {}, 4: {"c": "z", "b": "z"}}
    assert code(items, store.columns, store.values) == (
        array("I", [2, 0, 3, 2]),
        array("I", [2, 0, 0, 2]),
        {"b": (["z"], array("I", [2])), "a": ([], array("I")), "c": (["z"], array("I", [3]))},
    )
    assert code({1: None}, {}, []) == (array("I"), array("I", [0]), {})


@pytest.mark.parametrize("known", [0, 1, 2, 3, 100])
def test_new_labels_beside_known_ones(known: int) -> None:
    """However many labels there are already, fewer or more than those that come."""
    store = LabelStore()
    model = [{"a": f"v{row}", "b": "x"} for row in range(known)]
    for row, labels in enumerate(model):
        store.set_row(row, labels)
    more = [{"a": "v0"}, MappingProxyType({"c": "new"}), {"b": "new", "a": "new"}]
    encode(dict(enumerate(more)), store).append_to(store)
    store.check_invariants()
    assert [store.labels_of(row) for row in store.rows] == [*model, *map(dict, more)]


@pytest.mark.parametrize("labels", [{"app": CaseBlind("WEB")}, {CaseBlind("APP"): "web"}])
@pytest.mark.parametrize("code", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_string_of_another_type(code: object, labels: dict[str, str]) -> None:
    """It is refused also if an equal one was there before; the index has its own characters."""
    assert callable(code)
    store = LabelStore()
    store.set_row(0, {"app": "web"})
    for columns, values in (({}, []), (store.columns, store.values)):
        with pytest.raises(TypeError):
            code({1: {"app": "web"}, 2: labels}, columns, values)
    index = LabelIndex({1: {"app": "web"}})
    index.update({2: {"app": "web"}, 3: labels})
    assert index[3] == dict([*map(str, label)] for label in labels.items())


@pytest.mark.parametrize("labels", [[], 0, "", OrderedDict(a="x"), MappingProxyType({})], ids=repr)
@pytest.mark.parametrize("code", FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_is_no_dict(code: object, labels: object) -> None:
    """Nothing but a dict, of exactly that type, or None, is taken for labels: also not if empty."""
    assert callable(code)
    with pytest.raises(TypeError):
        code({1: labels}, {}, [])
