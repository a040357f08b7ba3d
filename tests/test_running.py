"""Calls of an index out of the middle of another call of the same thread."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable
from typing import Any

import pytest

from labelsel import LabelIndex, SelectorIndex
from labelsel.running import require_interrupted


class Key:
    """A key that calls a function each time it is hashed."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call
        self.errors: list[str] = []

    def __hash__(self) -> int:
        try:
            self.call()
        except RuntimeError as error:
            self.errors.append(str(error))
        return 7


class Labels(UserDict[str, str]):
    """A label set that calls a function each time a value is read."""

    def __init__(self, call: Callable[[], object]) -> None:
        super().__init__(app="db")
        self.call = call

    def __getitem__(self, key: str) -> str:
        self.call()
        return super().__getitem__(key)


CALLS: dict[str, tuple[Callable[[Any], object], str]] = {
    "a question": (len, "is changing what this one asks; keep in mind what is to be done"),
    "a change": (lambda index: index.compact(), "nothing is changed; keep in mind what is to be"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_key_that_calls_its_index(name: str) -> None:
    """It gets an error in plain words, and the change that goes on is made."""
    call, words = CALLS[name]
    labels = LabelIndex[Any]({1: {"app": "web"}})
    key = Key(lambda: call(labels))
    labels[key] = {"app": "db"}
    assert any(words in each for each in key.errors)
    assert [labels.count(each) for each in ("app=web", "app=db")] == [1, 1]
    labels.check_invariants()

    selectors = SelectorIndex[Any]({1: "app=web"})
    key = Key(lambda: call(selectors))
    selectors[key] = "app=db"
    assert any(words in each for each in key.errors)
    assert len(selectors) == 2
    selectors.check_invariants()


def test_labels_that_change_their_index() -> None:
    """The error names them among what may have called, and nothing is changed."""
    labels = LabelIndex[Any]({1: {"app": "web"}})
    with pytest.raises(RuntimeError, match="or a method of a key or label set: nothing is changed"):
        labels.update({2: Labels(labels.clear)})
    assert list(labels) == [1]
    labels.check_invariants()


def test_whose_variables_count() -> None:
    """The function of labelsel that asks is looked at, too; one of somebody else never is."""
    source = "def change(changed): require_interrupted(changed)"
    names: dict[str, Any] = {
        "__name__": "labelsel.made_up",
        "require_interrupted": require_interrupted,
    }
    exec(source, names)  # noqa: S102  # the text above
    with pytest.raises(RuntimeError, match="that one is changing what this one asks"):
        names["change"]([])
    names["__name__"] = "somebody"
    names["change"]([])
