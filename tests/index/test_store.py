"""`LabelStore` by itself: what it keeps, and what it counts so that plans are made anew."""

import sys
from array import array

import numpy as np
import pytest
from pyroaring import BitMap

from labelsel.index.postings import bytes_of
from labelsel.index.store import LabelStore, _copy_strings, label_changes

VALUES = [
    ["plain", "texts"],
    ["one"],
    ["with\0nul", "plain"],
    ["\0front", "behind\0", "\0\0", "plain"],
    ["\0", "", "x\0y\0z", "\ud800\udfff", "é\0"],
    ["\0"],
    ["\0\0"],
    ["nul\0"],
    [""],
]


@pytest.mark.parametrize("values", VALUES)
def test_copied_values(values: list[str]) -> None:
    """They are equal, one for one, also where they hold the NUL that copying parts them by."""
    copies = _copy_strings(values)
    assert copies == values
    # A value that comes alone keeps no others in memory. Of a text with no or one character
    # Python has only one string.
    long = [pair for pair in zip(copies, values, strict=True) if len(values) > 1 and pair[1][1:]]
    assert all(copy is not value for copy, value in long)


def test_many_copied_values() -> None:
    """They are copied in parts, each value once."""
    for number in (8191, 8192, 8193, 16385):
        values = list(map(str, range(number)))
        assert _copy_strings(values) == values


@pytest.mark.parametrize("values", VALUES)
def test_new_codes(values: list[str]) -> None:
    """Each new value has a code, and plans that know the key's values know that some came."""
    store = LabelStore()
    column_version = store.version
    codes = store.new_codes("key", values)
    column = store.columns["key"]
    assert store.version > column_version
    assert [store.values[code] for code in codes] == values
    if len(values) > 1:  # these are copies, but where Python has only one string
        kept = [store.values[code] is value for code, value in zip(codes, values, strict=True)]
        assert kept == [not value[1:] for value in values]
    assert [column.codes.find(value) for value in values] == codes
    version, store_version = column.version, store.version
    (code,) = store.new_codes("key", ["and\0another"])
    assert (store.values[code], store.version) == ("and\0another", store_version)
    assert column.version > version
    assert store.new_codes("key", []) == []


def test_versions() -> None:
    """A value or a key that comes or goes changes the version of its column or of the store."""
    store = LabelStore()
    assert (store.version, store.changes) == (0, 0)
    seen: list[tuple[int, int]] = []
    column = None
    for labels in ({"k": "a"}, {"k": "b"}, {"k": "b", "j": ""}, {"k": "b"}, {}):
        store.set_row(0, labels)
        store.check_invariants()
        column = column or store.columns["k"]
        seen.append((store.version, column.version))
    (s1, k1), (s2, k2), (s3, k3), (s4, k4), (s5, k5) = seen
    assert s1 == s2 < s3 < s4 < s5
    assert k1 < k2 == k3 == k4 < k5


def test_a_value_that_only_comes_or_only_goes() -> None:
    """Each of the two alone changes the version of the column."""
    store = LabelStore()
    store.set_row(0, {"k": "a"})
    column = store.columns["k"]
    first = column.version
    store.set_row(1, {"k": "b"})
    second = column.version
    store.set_row(2, {"k": "b"})
    assert first < second == column.version
    store.remove_row(0)
    assert column.version > second


def test_changes() -> None:
    """Each label that is put on a row or taken off counts; one that stays does not."""
    store = LabelStore()
    counted = []
    for labels in ({"a": "1", "b": "2"}, {"a": "1", "b": "3"}, {"a": "1"}, {"a": "1"}):
        store.set_row(0, labels)
        counted.append(store.changes)
    assert counted == [2, 4, 5, 5]
    codes = np.array(store.new_codes("c", ["x", "y"]), dtype=np.uint32)
    store.add_rows(codes, np.array([1, 1]))
    assert store.changes == 7
    store.check_invariants()


def test_a_label_that_stays() -> None:
    """To patch a row with a value that it has changes nothing, and frees no code."""
    store = LabelStore()
    store.set_row(0, {"a": "1", "b": "2"})
    before = store.changes, store.columns["a"].version, store.snapshot().codes.tolist()
    store.patch_row(0, {"a": "1"})
    store.patch_row(0, {"a": "1", "c": None})
    after = store.changes, store.columns["a"].version, store.snapshot().codes.tolist()
    assert before == after


def test_one_of_two_rows_of_a_value_goes() -> None:
    """The value stays among those that are in order, and among the numbers."""
    store = LabelStore()
    for row, value in enumerate(("5", "5", "7")):
        store.set_row(row, {"k": value})
    column = store.columns["k"]
    store.values_starting_with(column, "")
    ranges = store.numeric_ranges_of(column)
    store.remove_row(0)
    store.check_invariants()
    assert store.values_starting_with(column, "") == ["5", "7"]
    assert store.numeric_ranges_of(column) is ranges
    assert list(ranges.between(5, 5)[0]) == [1]


def test_numbers_of_columns_are_given_out_again() -> None:
    """Keys that come and go leave nothing behind."""
    store = LabelStore()
    for row in range(20):
        store.set_row(0, {f"key {row}": "v"})
        store.check_invariants()
    assert len(store._columns) == 2


def test_the_memory_of_an_empty_store() -> None:
    """It is that of its lists, arrays and bitmaps, though nothing is in them."""
    assert LabelStore().nbytes() == {
        "postings": sys.getsizeof([]),
        "keys": bytes_of(BitMap()),
        "rows": 0,
        "values": sys.getsizeof([]),
        "codes": sys.getsizeof(array("I")) + sys.getsizeof([]),
        "numbers": 0,
        "prefixes": 0,
    }


def test_ordered_and_numbered_values_keep_up() -> None:
    """What was sorted once for prefixes and numbers stays so, value by value and in bulk."""
    store = LabelStore()
    store.set_row(0, {"k": "5"})
    column = store.columns["k"]
    assert store.values_starting_with(column, "") == ["5"]
    store.numeric_ranges_of(column)
    store.set_row(1, {"k": "3"})
    store.set_row(2, {"k": "x"})
    store.check_invariants()
    assert store.values_starting_with(column, "") == ["3", "5", "x"]
    store.set_row(0, {"k": "x"})
    store.check_invariants()
    assert store.values_starting_with(column, "") == ["3", "x"]
    codes = store.new_codes("k", ["4"])
    assert column.numeric_ranges is None
    for _ in range(2):
        # At first a value that is new in the column, then one that it knows.
        store.add_rows(np.array(codes, dtype=np.uint32), np.array([1]))
        assert store.values_starting_with(column, "") == ["3", "4", "x"]
        store.numeric_ranges_of(column)
        store.check_invariants()


def test_what_was_lent_never_changes() -> None:
    """Rows that somebody holds are copied before they change, those that nobody holds are not."""
    store = LabelStore()
    for row in range(100):
        store.set_row(row, {"k": "v"})
    column, (code,) = store.columns["k"], store.codes_in(store.columns["k"])
    lent = (store.share(code), store.share_column(column), store.share_rows())
    kept = store.snapshot()
    store.set_row(100, {"k": "v"})
    held = store.postings[code], column.rows, store.rows
    assert [len(rows) for rows in lent] == [100] * 3
    assert (len(kept.postings[code]), len(kept.columns[0][2]), len(kept.rows)) == (100,) * 3
    store.set_row(101, {"k": "v"})
    assert held[0] is store.postings[code]
    assert held[1] is column.rows
    assert held[2] is store.rows
    store.check_invariants()
    again = LabelStore.of(kept)
    assert (again.pairs, again.labels_of(99)) == (100, {"k": "v"})
    again.check_invariants()


def test_a_snapshot_never_changes() -> None:
    """It holds bitmaps of the store, which copies them before it changes them."""
    store = LabelStore()
    for row in range(100):
        store.set_row(row, {"k": "v"})
    kept = store.snapshot()
    store.set_row(100, {"k": "v"})
    store.remove_row(0)
    assert [len(rows) for rows in (kept.postings[0], kept.columns[0][2], kept.rows)] == [100] * 3


def test_the_first_number_of_a_key() -> None:
    """A view that was made when there was none is made anew."""
    store = LabelStore()
    store.set_row(0, {"k": "x"})
    store.numeric_ranges_of(store.columns["k"])
    store.set_row(1, {"k": "5"})
    rows, _ = store.numeric_ranges_of(store.columns["k"]).between(5, 5)
    assert list(rows) == [1]
    store.check_invariants()


def test_rows_without_labels() -> None:
    """They are rows like others, also those that come first or last."""
    store = LabelStore()
    for row, labels in enumerate(({}, {"k": "v"}, {})):
        store.set_row(row, labels)
    assert [store.labels_of(row) for row in range(3)] == [{}, {"k": "v"}, {}]
    assert list(store.rows) == [0, 1, 2]
    store.check_invariants()


def test_a_value_that_no_row_has_is_let_go() -> None:
    """Its text is not kept while its code is free, and the code is given out again."""
    store = LabelStore()
    store.set_row(0, {"k": "a long text"})
    store.set_row(0, {})
    assert store.values == [""]
    store.set_row(0, {"j": "other"})
    assert store.values == ["other"]
    store.check_invariants()


def test_differing() -> None:
    """Keys that came, went or changed; of equal labels none."""
    assert label_changes({"a": "1"}, {"a": "1"}) == {}
    assert label_changes({}, {"a": "1"}) == {"a": "1"}
    assert label_changes({"a": "1"}, {}) == {"a": None}
    assert label_changes({"a": "1", "b": "2"}, {"b": "3", "c": "4"}) == {
        "b": "3",
        "c": "4",
        "a": None,
    }


def test_a_column_has_no_other_attributes() -> None:
    """Its table of codes alone is made when it is first used."""
    store = LabelStore()
    store.set_row(0, {"a": "b"})
    with pytest.raises(AttributeError, match="nothing"):
        getattr(store.columns["a"], "nothing")  # noqa: B009  # a name that a checker would refuse


def test_a_copy_shares_and_changes_nothing() -> None:
    """Neither changes what the other has, and both count on from where they were."""
    store = LabelStore()
    for row in range(100):
        store.set_row(row, {"k": "v", "j": str(row)})
    copied = store.copy()
    # Plans and answers of the first are not taken for those of the second.
    assert copied.version > store.version
    assert copied.changes > store.changes
    copied.set_row(100, {"k": "v"})
    copied.remove_row(0)
    store.set_row(100, {"k": "other"})
    store.remove_row(1)
    for one, gone, value in ((store, 1, "other"), (copied, 0, "v")):
        one.check_invariants()
        assert one.rows == BitMap(range(101)) - BitMap([gone])
        assert one.labels_of(100) == {"k": value}
    assert (store.labels_of(0), copied.labels_of(1)) == (
        {"k": "v", "j": "0"},
        {"k": "v", "j": "1"},
    )
    copied = store.copy()  # of which the first changes before it does
    store.set_row(0, {"k": "w"})
    copied.check_invariants()
    assert copied.labels_of(0) == {"k": "v", "j": "0"}


def test_values_are_read_once() -> None:
    """The tables of a loaded store, and of its copy, are made together before many reads."""
    store = LabelStore()
    store.set_row(0, {"k": "v", "j": "w"})
    for loaded in (LabelStore.of(store.snapshot()), LabelStore.of(store.snapshot()).copy()):
        assert [column._table for column in loaded.columns.values()] == [None, None]
        loaded.read_values()
        for column, value in zip(loaded.columns.values(), ("v", "w"), strict=True):
            assert column._table is not None
            assert column._unread is None
            assert loaded.values[column._table.find(value)] == value


def test_what_was_made_is_made_again() -> None:
    """Values in order and numbers, of the keys that had them, and of no others."""
    store, other = LabelStore(), LabelStore()
    other.set_row(0, {"p": "1", "n": "1", "x": "1", "both": "1"})
    store.set_row(0, {"p": "2", "n": "2", "x": "2", "both": "2", "new": "2"})
    for key in ("p", "both"):
        other.values_starting_with(other.columns[key], "")
    for key in ("n", "both"):
        other.numeric_ranges_of(other.columns[key])
    store.prepare_like(other)
    made = {
        key: (column.sorted_values, column.numeric_ranges is not None)
        for key, column in store.columns.items()
    }
    assert made == {
        "p": (["2"], False), "n": (None, True), "x": (None, False),
        "both": (["2"], True), "new": (None, False),
    }  # fmt: skip


def test_the_check_sees_each_part() -> None:
    """Codes that no row has, and a value that its table does not find."""
    store = LabelStore()
    store.set_row(0, {"k": "v"})
    store.check_invariants()
    codes = store._codes._codes[0]
    codes.append(0)
    with pytest.raises(AssertionError):
        store.check_invariants()
    del codes[-1]
    store.check_invariants()
    slots = store.columns["k"].codes._slots
    slots[:] = slots[4:] + slots[:4]
    with pytest.raises(AssertionError):
        store.check_invariants()


def test_a_value_that_is_no_number_goes() -> None:
    """Ranges of the numbers of its key stay as they are."""
    store = LabelStore()
    for row, value in enumerate(("5", "x", "x")):
        store.set_row(row, {"k": value})
    ranges = store.numeric_ranges_of(store.columns["k"])
    store.remove_row(1)
    store.remove_row(2)
    store.set_row(1, {"k": "y"})
    assert store.columns["k"].numeric_ranges is ranges
    assert list(ranges.between(0, 9)[0]) == [0]
    store.check_invariants()


@pytest.mark.parametrize("rows", [1, 5, 100])
def test_rows_in_bulk(rows: int) -> None:
    """They are those that are set one by one, of few keys and of many, some without labels."""
    store, other = LabelStore(), LabelStore()
    for labels in ({f"k{n}": "v" for n in range(90)}, {}):
        store.set_row(len(store.rows), labels)
        other.set_row(len(other.rows), labels)
    codes: list[int] = []
    sizes: list[int] = []
    for row in range(rows):
        labels = {f"k{key}": f"v{row % key}" for key in range(1, 1 + row % 4)}
        for key, value in labels.items():
            column = store.columns[key]
            code = column.codes.find(value)
            codes += [code] if code >= 0 else store.new_codes(key, [value])
        sizes.append(len(labels))
        other.set_row(2 + row, labels)
    store.add_rows(np.array(codes, np.uint32), np.array(sizes, np.uint32))
    store.check_invariants()
    assert store.rows == other.rows
    assert [store.labels_of(row) for row in store.rows] == list(map(other.labels_of, other.rows))
    for key, column in other.columns.items():
        assert store.columns[key].rows == column.rows
