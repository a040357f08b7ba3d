"""`LabelIndex.compact`: other row numbers, smaller bitmaps, and nothing else that can be seen.

`tests/properties/test_index_equals_model.py` calls it at any moment between other changes.
"""

import copy
import pickle
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Final

import pyarrow as pa
import pytest
from pyarrow.parquet import write_table
from pyroaring import BitMap

from labelsel import LabelIndex
from labelsel.index.clustering import cluster
from labelsel.index.postings import SMALL

Labels = dict[str, str]

MIXED: Final = [
    {
        "env": "ab"[n % 2],
        "tier": "xyz"[n % 3],
        "n": str(n % 500),
        **({"debug": ""} if n % 7 else {}),
    }
    for n in range(3000)
]
TEXTS: Final = [
    "env=a",
    "env=a,tier!=x",
    "!debug",
    "n>250",
    "n=7",
    "tier in (x,z),debug",
    "gone",
    "",
]


def mixed() -> LabelIndex[str]:
    return LabelIndex({f"pod-{n}": labels for n, labels in enumerate(MIXED)})


def seen(index: LabelIndex[Any]) -> list[object]:
    """Return what can be seen of an index."""
    index.check_invariants()
    return [list(index.items()), *(list(index.select(text)) for text in TEXTS)]


def runs(rows: BitMap) -> int:
    """Return how many runs of consecutive rows there are."""
    numbers = list(rows)
    return sum(one + 1 != other for one, other in pairwise(numbers)) + 1


def test_nothing_can_be_seen_of_it() -> None:
    """Items, their order and all answers stay; the bitmaps become runs."""
    index = mixed()
    before, stats = seen(index), index.stats()
    assert runs(index.select("env=a")._rows) == 1500
    index.compact()
    assert seen(index) == before
    assert runs(index.select("env=a")._rows) < 10
    assert runs(index.select("tier=x")._rows) < 10
    after = index.stats()
    assert (after.rows, after.pairs, after.labels, after.keys) == (
        stats.rows, stats.pairs, stats.labels, stats.keys,
    )  # fmt: skip
    assert after.bytes["postings"] < stats.bytes["postings"]
    assert after.bytes["keys"] < stats.bytes["keys"]


def test_rows_are_internal_numbers() -> None:
    """They no longer follow the order of insertion; they still name the same items."""
    index = LabelIndex({"a": {"app": "web"}, "b": {"app": "db"}, "c": {"app": "web"}} | {
        n: {"app": "ab"[n % 2]} for n in range(2 * SMALL + 2)
    })  # fmt: skip
    index.compact()
    rows = index.select("app=a").rows()
    assert rows.tolist() == list(range(rows[0], rows[0] + len(rows)))
    assert list(index.select("app=a")) == list(range(0, 2 * SMALL + 2, 2))


def test_again() -> None:
    """An index that is compact already stays the same, to the row."""
    index = mixed()
    index.compact()
    before = {text: index.select(text).rows().tolist() for text in TEXTS}
    seen_before = seen(index)
    index.compact()
    assert {text: index.select(text).rows().tolist() for text in TEXTS} == before
    assert seen(index) == seen_before


def test_changes_afterwards() -> None:
    """Every way to change an index, on one that is compact and one that is not."""
    index, other = mixed(), mixed()
    index.compact()
    for each in (index, other):
        each["new"] = {"env": "b"}
        del each["pod-7"], each["pod-8"]
        each["pod-8"] = {"env": "a", "n": "7"}
        each.patch("pod-9", {"env": None, "extra": "1"})
        each.exchange("pod-10", {"env": "c"})
        each.update({f"late-{n}": {"env": "a", "n": str(n)} for n in range(200)})
    assert seen(index) == seen(other)
    index.compact()
    assert seen(index) == seen(other)
    index.clear()
    index.compact()
    assert seen(index) == [[], *([] for _ in TEXTS)]
    index.update(other)
    assert seen(index) == seen(other)


def test_answers_from_before() -> None:
    """Selections and prepared queries that were made before go on as if nothing had happened."""
    index = mixed()
    query, selection = index.prepare("env=a,n>250"), index.select("env=a,n>250")
    keys = list(selection)
    index.compact()
    assert list(query.select()) == keys
    assert query.count() == len(keys)
    later = index.select("env=a,debug")
    assert selection & later == set(selection) & set(later)
    assert selection | later == set(selection) | set(later)
    del index[keys[0]]
    index.patch(keys[1], {"env": "b"})
    assert list(selection) == keys
    assert keys[0] in selection
    assert list(query.select()) == keys[2:]
    assert list(selection.intersection(keys[:3])) == keys[:3]


def test_an_iteration_goes_on() -> None:
    """It may happen inside of a loop over the items."""
    index = mixed()
    expected = list(index.items())
    found = []
    for n, item in enumerate(index.items()):
        if n % 1000 == 5:
            index.compact()
        found.append(item)
    assert found == expected


def pickled(made: Any) -> Any:
    """Return what comes out of a pickle."""
    return pickle.loads(pickle.dumps(made))  # noqa: S301  # made here


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, pickled])
def test_copies(how: Callable[[Any], Any]) -> None:
    """Copies of the index and of its answers have the order of insertion."""
    index = mixed()
    index.compact()
    assert seen(how(index)) == seen(index)
    selection = index.select("env=a,n>250")
    assert list(how(selection)) == list(selection)


def test_saved_and_loaded(tmp_path: Path) -> None:
    """A file keeps the row numbers and the order of insertion."""
    index = mixed()
    before = seen(index)
    index.save(tmp_path / "before")
    index.compact()
    del index["pod-5"]
    index["pod-5"] = MIXED[5]
    index.save(tmp_path / "after")
    loaded: LabelIndex[str] = LabelIndex.load(tmp_path / "after")
    assert seen(loaded) == seen(index)
    for text in TEXTS:
        assert loaded.select(text).rows().tolist() == index.select(text).rows().tolist()
    loaded.compact()
    assert seen(loaded) == seen(index)
    smaller, larger = ((tmp_path / name).stat().st_size for name in ("after", "before"))
    assert smaller - 4 * len(index) < larger  # four bytes for the place of each item
    assert seen(LabelIndex.load(tmp_path / "before")) == before


def test_while_it_is_made() -> None:
    """``cluster=True`` is the same as a call at the end."""
    index = LabelIndex({f"pod-{n}": labels for n, labels in enumerate(MIXED)}, cluster=True)
    other = mixed()
    other.compact()
    assert seen(index) == seen(other)
    assert [index.select(t).rows().tolist() for t in TEXTS] == [
        other.select(t).rows().tolist() for t in TEXTS
    ]


@pytest.mark.parametrize("name", ["arrow", "parquet", "polars"])
def test_from_tables(tmp_path: Path, name: str) -> None:
    """The same for Arrow, Parquet and Polars, which need keys for it."""
    keys = [f"pod-{n}" for n in range(len(MIXED))]
    table = pa.table({"env": [each["env"] for each in MIXED], "id": keys})
    write_table(table, tmp_path / "table.parquet")
    make: Callable[..., LabelIndex[Any]] = getattr(LabelIndex, f"from_{name}")
    source: object = table
    if name == "parquet":
        source = tmp_path / "table.parquet"
    if name == "polars":
        source = pytest.importorskip("polars").from_arrow(table)
    index = make(source, keys="id", cluster=True)
    assert list(index) == keys
    assert runs(index.select("env=a")._rows) == 1
    with pytest.raises(ValueError, match=r"whose keys are its row numbers, .* keys=\.\.\."):
        make(source, cluster=True)


def test_row_numbers_as_keys_are_refused() -> None:
    """Such keys would change; nothing happens to the index."""
    table = pa.table({"env": [each["env"] for each in MIXED]})
    index = LabelIndex.from_arrow(table)
    before = index.select("env=a").rows().tolist()
    with pytest.raises(ValueError, match="cannot compact an index whose keys are its row numbers"):
        index.compact()
    assert index.select("env=a").rows().tolist() == list(index.select("env=a")) == before
    index["web-1"] = {"env": "c"}  # from now on there are keys
    index.compact()
    assert list(index.select("env=a")) == before


def test_more_keys_than_one_number_has_room_for() -> None:
    """The rows are sorted by the keys that save most; the others follow as they come."""
    chance = Random(1)  # noqa: S311  # any numbers
    items = {
        n: {f"k{key}": str(chance.randrange(9)) for key in range(40) if chance.random() < 0.9}
        for n in range(2000)
    }
    index = LabelIndex(items)
    index.compact()
    assert list(index.items()) == list(items.items())
    index.check_invariants()
    found = [runs(index.select(f"k{key}=1")._rows) for key in range(40)]
    assert min(found) < 20 < max(found)


@pytest.mark.parametrize(("keys", "rare"), [(64, False), (80, False), (40, True)])
def test_keys_that_fill_one_number(keys: int, rare: bool) -> None:  # noqa: FBT001  # a parameter
    """64 keys with one frequent value are 64 bits; 80 are more, and so are 40 with rare values."""
    chance = Random(1)  # noqa: S311  # any numbers
    items = {
        n: {
            f"k{key}": f"rare {n}" if rare and n % 5 == 0 else "v"
            for key in range(keys)
            if chance.random() < 0.6
        }
        for n in range(200)
    }
    index = LabelIndex(items)
    index.compact()
    assert list(index.items()) == list(items.items())
    index.check_invariants()


def test_equal_labels_keep_their_order() -> None:
    """Rows are sorted by their labels, and those with equal labels stay in order."""
    index = LabelIndex({n: {"app": f"a{n * n % 5}"} for n in range(600)})
    _, order = cluster(index._store)
    for square in (0, 1, 4):
        rows = [row for row in order.tolist() if row * row % 5 == square]
        assert rows == sorted(rows)
        assert len(rows) >= 120


def test_free_rows_and_codes_go() -> None:
    """What was removed takes no place any more."""
    index = mixed()
    for n in range(0, 3000, 2):
        del index[f"pod-{n}"]
    store, order = cluster(index._store)
    assert sorted(order.tolist()) == list(range(1, 3000, 2))
    assert list(store.rows) == list(range(1500))
    assert "" not in store.values[:3]
    store.check_invariants()
    index.compact()
    assert index._table.free == 0
    assert list(index) == [f"pod-{n}" for n in range(1, 3000, 2)]


@pytest.mark.parametrize("items", [{}, {"a": {}}, {"a": {}, "b": {"x": ""}}])
def test_little(items: dict[str, Labels]) -> None:
    """No items, no labels, one label."""
    index = LabelIndex(items, cluster=True)
    assert list(index.items()) == list(items.items())
    index.check_invariants()
    assert index.count("x") == sum("x" in labels for labels in items.values())


def test_row_numbers_as_keys_are_refused_first() -> None:
    """Before anything is read."""
    source = iter([pa.table({"env": ["a"]})])
    with pytest.raises(ValueError, match="cannot compact an index whose keys are its row numbers"):
        LabelIndex.from_arrow(source, cluster=True)
    assert next(source).num_rows == 1


def test_the_keys_by_which_rows_are_sorted() -> None:
    """So many as fit into a number of 64 bits, here one bit for each."""
    index = LabelIndex({n: {f"k{n:02}": ""} if n < 70 else {} for n in range(72)})
    _, order = cluster(index._store)
    assert order.tolist() == [*range(64, 72), *reversed(range(64))]


def test_made_compact() -> None:
    """As `compact` makes it: equal label sets are side by side."""
    items = {n: {"app": "ab"[n % 2]} for n in range(2 * SMALL + 2)}
    index = LabelIndex(items)
    index.compact()
    made = LabelIndex(items, cluster=True)
    rows = made.select("app=a").rows().tolist()
    assert rows == index.select("app=a").rows().tolist()
    assert rows != LabelIndex(items).select("app=a").rows().tolist()


def test_an_empty_source_with_keys() -> None:
    """Its index has keys, and so it can be compact; that of row numbers cannot."""
    index = LabelIndex.from_arrow([], keys="id", cluster=True)
    index.compact()
    index["a"] = {"app": "web"}
    assert list(index.select("app")) == ["a"]
    with pytest.raises(ValueError, match="keys are its row numbers"):
        LabelIndex.from_arrow([]).compact()
