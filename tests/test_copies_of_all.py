"""An object of each public class can be copied and pickled, or says in words why not.

The objects are those of the examples in the documentation. A process pool pickles what it is given
and what it returns; a method of a pool that spawns is the whole of that.
"""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from labelsel import LabelIndex, LiveIndex, Selector, SelectorIndex, compile_predicate, parse
from labelsel.kubernetes import Inventory, list_filter
from tests.examples_found import examples_of, public_classes

#: What cannot be pickled, and the beginning of what it says.
REFUSED: Final = {
    "Query": "a Query belongs to its index",
    "Context": "a Context belongs to the objects",
    "TargetGroup": "a TargetGroup belongs to its Context",
}
WAYS: Final[dict[str, Callable[[Any], Any]]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda made: pickle.loads(pickle.dumps(made)),  # noqa: S301  # our own bytes
}


@cache
def examples() -> dict[str, list[Any]]:
    """Return objects of each public class."""
    return examples_of(public_classes())


def is_equal(made: Any, again: Any) -> bool:
    """Return whether a copy says what the original says."""
    if any("__eq__" in vars(each) for each in type(made).__mro__[:-1]):
        return bool(made == again)
    # Errors, too. Where the class has no text of its own, the text has the address.
    plain = [str(each).partition(" at 0x")[0] for each in (made, again)]
    return plain[0] == plain[1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", sorted(public_classes()))
def test_copies(name: str, way: str) -> None:
    """The copy is equal; or a TypeError says what to do instead."""
    for made in examples()[name][:5]:
        if name in REFUSED and (name, way) != ("Query", "copy"):
            with pytest.raises(TypeError, match=f"^{REFUSED[name]}") as refusal:
                WAYS[way](made)
            assert ": " in str(refusal.value)
            continue
        again = WAYS[way](made)
        assert type(again) is type(made)
        assert is_equal(made, again)


def test_most_classes_have_an_example() -> None:
    """What has none is an error, or an abstract class, or is tested elsewhere."""
    found = examples()
    missing = {name for name, made in found.items() if not made}
    assert len(found) - len(missing) >= 80
    assert missing.isdisjoint({"LabelIndex", "SelectorIndex", "LiveIndex", "Inventory"})


def test_a_copied_inventory_is_another_one() -> None:
    """It has the same objects and versions, and changes alone."""
    pods = {
        "kind": "PodList",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": "7"},
        "items": [],
    }
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "labels": {"app": "web"}}}
    here = Inventory()
    here.replace("pods", {**pods, "items": [pod]})
    for way in WAYS.values():
        again = way(here)
        assert list(again) == list(here)
        assert again.resource_version("pods") == "7"
        again.delete_all("pods")
        assert (len(again), len(here)) == (0, 1)
        assert here.select("pods", "app=web")


def test_a_copied_filter_answers() -> None:
    """Its predicates are compiled again."""
    keep = list_filter(kind="pods", label_selector="app=web")
    again = pickle.loads(pickle.dumps(keep))  # noqa: S301  # our own bytes
    assert again({"metadata": {"name": "a", "labels": {"app": "web"}}})
    assert not again({"metadata": {"name": "b"}})


def test_a_compiled_predicate_is_a_function() -> None:
    """Python pickles functions by name; send the selector, and compile it there."""
    predicate = compile_predicate(parse("app=web"))
    assert copy.deepcopy(predicate) is predicate
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(predicate)


def answers(index: LabelIndex[str], selector: Selector, path: str) -> tuple[Any, ...]:
    """Ask in another process."""
    compiled = compile_predicate(selector)
    loaded: LabelIndex[str] = LabelIndex.load(path)
    loaded["new"] = {"app": "web"}
    return index.select(selector), list(loaded.select(selector)), compiled({"app": "web"})


@pytest.mark.slow
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_pool(method: str, tmp_path: Path) -> None:
    """An index, a selector and a selection pass to another process and back, and files do."""
    index = LabelIndex({"a": {"app": "web"}, "b": {"app": "db"}, "c": {"app": "web"}})
    path = str(tmp_path / "pods.index")
    index.save(path)
    selector = parse("app=web")
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
        found, loaded, matches = pool.submit(answers, index, selector, path).result(timeout=300)
        live = pool.submit(LiveIndex, {"a": {"app": "web"}}, {"s": "app"}).result(timeout=300)
        reverse = pool.submit(SelectorIndex, {"s": "app"}).result(timeout=300)
    assert found == index.select(selector)
    assert (loaded, matches) == (["a", "c", "new"], True)
    assert live.selected_by("a") == reverse.matching({"app": "x"}) == {"s"}
