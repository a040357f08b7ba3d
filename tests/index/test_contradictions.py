"""Index files whose checksums are right and whose contents are not: refused, or a whole index."""

import json
import math
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest
from pyroaring import BitMap

from labelsel import IndexFileError, LabelIndex, parse
from labelsel.index import index_file
from tests.cores import pure
from tests.index.test_index_file import bitmaps, file_of, nested, sections_of, u32

Contents: TypeAlias = dict[str, list[Any]]
Change: TypeAlias = Callable[[Contents], object]

NUMBERS = (*("order", "value counts", "row counts", "small postings", "row sizes", "row codes"),)
BITMAPS = ("rows", "key rows", "large postings")
TEXTS = ("keys", "label keys", "values")
SELECTORS = [parse(text) for text in ("a", "!a", "a=x", "b!=1,c", "b in (0,1)", "c>4", "")]


def read(data: bytes) -> Contents:
    """Return the contents of a file as lists: numbers, sets of rows as lists, texts."""
    sections = sections_of(data)
    contents: Contents = {}
    for name, section in sections.items():
        if name in NUMBERS:
            contents[name] = array("I", section).tolist()
        elif name in TEXTS:
            contents[name] = json.loads(section)
        else:
            contents[name] = list(sets_of(section))
    return contents


def sets_of(section: bytes) -> Iterator[list[int]]:
    """Yield the sets of rows of a section."""
    while section:
        end = 4 + int.from_bytes(section[:4], "little")
        yield list(BitMap.deserialize(section[4:end]))
        section = section[end:]


def written(contents: Contents) -> bytes:
    """Return the file with these contents; all its checksums are right."""
    return file_of(
        {
            name: u32(*content)
            if name in NUMBERS
            else bitmaps(*content)
            if name in BITMAPS
            else json.dumps(content).encode()
            for name, content in contents.items()
        }
    )


def copied(contents: Contents) -> Contents:
    """Return a copy that can be changed."""
    return {
        name: [each.copy() if isinstance(each, list) else each for each in content]
        for name, content in contents.items()
    }


def base() -> LabelIndex[str]:
    """Return an index with small and large sets of rows, rows without labels, and a free row."""
    index = LabelIndex({f"k{n}": {"a": "xy"[n > 65], "b": str(n % 3)} for n in range(67)})
    index.update({"k3": {"c": "1", "b": "0"}, "k5": {}, "k7": {"c": "5"}})
    del index["k1"], index["k2"]
    index["new"] = {"a": "x", "c": "1"}
    return index


def accepted(data: bytes, path: Path, load: Callable[[Path], LabelIndex[Any]]) -> bool:
    """Return whether a file is loaded. Then the index must be whole, answer and change rightly."""
    path.write_bytes(data)
    try:
        index = load(path)
        items = list(index.items())
    except IndexFileError:
        return False
    index.check_invariants()
    for selector in SELECTORS:
        expected = [key for key, labels in items if selector.matches(labels)]
        assert list(index.select(selector)) == expected
        assert index.count(selector) == len(expected)
    index.save(path)
    again: LabelIndex[Any] = LabelIndex.load(path)
    assert list(again.items()) == items
    for key, labels in items[:4]:
        index[key] = {**labels, "a": "z", "d": ""}
        index.patch(key, {"b": None})
    for key, _ in items[:2]:
        del index[key]
    index.update({("new", n): {"a": "x", "c": str(n)} for n in range(3)})
    index.check_invariants()
    assert len(index) == len(items) - len(items[:2]) + 3
    return True


def values_near(value: Any) -> list[Any]:
    """Return other values for a number, a text or a set of rows."""
    match value:
        case int():
            return [n for n in (value - 1, value + 1, 0, 2**32 - 1) if 0 <= n != value]
        case str():
            return ["", "x", "k4", "a", "1", None, 1, ["a"]]
        case _:
            more = [row for row in (0, 1, 66, 67, 68) if row not in value]
            return [value[1:], value[:-1], [], *([*value[1:], row] for row in more)]


def every_change(contents: Contents) -> Iterator[Change]:
    """Yield changes of one section: each place of it gets other values, goes, or comes twice."""
    for name, content in contents.items():
        for place, value in enumerate(content):
            for other in values_near(value):
                yield lambda c, n=name, p=place, v=other: c[n].__setitem__(p, v)  # type: ignore[misc]
            yield lambda c, n=name, p=place: c[n].pop(p)  # type: ignore[misc]
            yield lambda c, n=name, p=place, v=value: c[n].insert(p, v)  # type: ignore[misc]
        for place in range(1, len(content)):
            yield lambda c, n=name, p=place: swap(c[n], p - 1, p)  # type: ignore[misc]


def swap(content: list[Any], one: int, other: int) -> None:
    """Exchange two places of a list."""
    content[one], content[other] = content[other], content[one]


def move_one(counts: list[int], random: Random) -> None:
    """Make one number smaller by one, and another one larger."""
    one, other = random.randrange(len(counts)), random.randrange(len(counts))
    counts[one] = max(counts[one] - 1, 0)
    counts[other] += 1


def swap_some(content: list[Any], random: Random) -> None:
    """Exchange two places."""
    swap(content, random.randrange(len(content)), random.randrange(len(content)))


def change_row(contents: Contents, random: Random) -> None:
    """Exchange a row in a set of rows for another one."""
    rows = random.choice([*contents["key rows"], *contents["large postings"]])
    rows[random.randrange(len(rows))] = random.randrange(68)


def drop_row(contents: Contents, random: Random) -> None:
    """Say that a row is not in use."""
    place = random.randrange(len(contents["keys"]))
    row = contents["rows"][0].pop(place)
    contents["keys"].pop(place)
    contents["order"].remove(row)


def change_some(contents: Contents, random: Random) -> None:
    """Change one to four places so that the sizes of sections still fit to each other."""
    for _ in range(random.randint(1, 4)):
        kind = random.choice(["counts", "places", "row", "use"])
        if kind == "counts":
            name = random.choice(["row counts", "row sizes", "value counts"])
            move_one(contents[name], random)
        elif kind == "places":
            name = random.choice(["row codes", "small postings", "order", *TEXTS])
            swap_some(contents[name], random)
        elif kind == "row":
            change_row(contents, random)
        else:
            drop_row(contents, random)


def outcomes(
    changes: Iterator[Change], folder: Path, load: Callable[[Path], LabelIndex[Any]]
) -> tuple[int, int]:
    """Return how many changes of a right file were refused, and how many gave a whole index."""
    base().save(folder / "right")
    right = read((folder / "right").read_bytes())
    found = {True: 0, False: 0}
    for change in changes:
        contents = copied(right)
        change(contents)
        found[accepted(written(contents), folder / "changed", load)] += 1
    return found[False], found[True]


@pytest.fixture(params=["as it runs", "pure"])
def load(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what loads an index, also with the check in pure Python."""
    if request.param == "pure":
        check = pure("labelsel.index.row_groups").are_rows_of
        monkeypatch.setattr(index_file, "are_rows_of", check)
    return LabelIndex.load


def test_the_contents_before_a_change(tmp_path: Path) -> None:
    """A file of the contents that are changed below is loaded."""
    base().save(tmp_path / "right")
    data = written(read((tmp_path / "right").read_bytes()))
    assert accepted(data, tmp_path / "changed", LabelIndex.load)


def test_a_value_that_changes(tmp_path: Path, load: Any) -> None:
    """Some changes of one place: few of them give other contents that are right."""
    base().save(tmp_path / "right")
    changes = list(every_change(read((tmp_path / "right").read_bytes())))[::31]
    refused, whole = outcomes(iter(changes), tmp_path, load)
    assert refused > 70
    assert whole > 10


@pytest.mark.slow
def test_more_values_that_change(tmp_path: Path) -> None:
    """Every third change of one place."""
    base().save(tmp_path / "right")
    changes = list(every_change(read((tmp_path / "right").read_bytes())))[::3]
    refused, whole = outcomes(iter(changes), tmp_path, LabelIndex.load)
    assert refused > 3 * whole > 500


@pytest.mark.slow
def test_several_sections_that_change(tmp_path: Path, load: Any) -> None:
    """Sections whose sizes fit to each other, and which contradict each other."""
    random = Random(5)  # noqa: S311  # the same changes each time
    changes = repeat(partial(change_some, random=random), 600)
    refused, whole = outcomes(changes, tmp_path, load)
    assert refused > 5 * whole > 100


RIGHT: Contents = {
    "keys": ["p", "q", "r"],
    "rows": [[0, 1, 2]],
    "order": [],
    "label keys": ["a", "b"],
    "value counts": [2, 2],
    "values": ["x", "y", "0", "1"],
    "key rows": [[0, 1, 2], [0, 1]],
    "row counts": [2, 1, 1, 1],
    "small postings": [0, 1, 2, 0, 1],
    "large postings": [],
    "row sizes": [2, 2, 1],
    "row codes": [0, 2, 0, 3, 1],
}
"""The contents of ``{"p": {"a": "x", "b": "0"}, "q": {"a": "x", "b": "1"}, "r": {"a": "y"}}``."""

CONTRADICTIONS: dict[str, tuple[Contents, str]] = {
    "two rows have each other's labels": ({"row codes": [0, 3, 0, 2, 1]}, "row codes"),
    "two labels have each other's rows": ({"small postings": [0, 1, 2, 1, 0]}, "row codes"),
    "the rows of a label begin one too late": ({"row counts": [1, 2, 1, 1]}, "row codes"),
    "rows in descending order": ({"small postings": [1, 0, 2, 0, 1]}, "row codes"),
    "a row twice": ({"small postings": [0, 0, 2, 0, 1]}, "row codes"),
    "a row that is not there": ({"small postings": [0, 1, 7, 0, 1]}, "row codes"),
    "a row that has a key twice": (
        {"row codes": [0, 1, 0, 3, 2], "small postings": [0, 1, 0, 2, 1]},
        "key rows",
    ),
    "a row that has a label twice": (
        {"row codes": [0, 0, 2, 3, 1], "small postings": [0, 0, 2, 1, 1]},
        "key rows",
    ),
    "a key on other rows": ({"key rows": [[0, 1, 2], [0, 2]]}, "key rows"),
    "a key on fewer rows": ({"key rows": [[0, 1], [0, 1]]}, "key rows"),
    "a value that moves to another key": ({"value counts": [3, 1]}, "key rows"),
    "a row that has no key": ({"rows": [[0, 1, 2, 3]], "row sizes": [2, 2, 1, 0]}, "keys"),
    "a row that is not in use and has labels": (
        {"rows": [[0, 1]], "keys": ["p", "q"]},
        "row sizes",
    ),
    "two rows of one key": ({"keys": ["p", "q", "p"]}, "keys"),
    "an endless number as a key": ({"keys": ["p", "q", math.inf]}, "keys"),
    "a key that is nested too deep": ({"keys": ["p", "q", nested(33)]}, "keys"),
    "a key with more than a number": ({"keys": ["p", "q", {"int": "1", "a": 1}]}, "keys"),
    "a label that no row has": ({"row counts": [2, 1, 2, 0]}, "row counts"),
}


@pytest.mark.parametrize(("changed", "name"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradictions(tmp_path: Path, load: Any, changed: Contents, name: str) -> None:
    """Each of these was loaded before, or would let `save` write what `load` refuses."""
    # JSON has no number for what is infinite, but one that is too large is read as that.
    data = written(RIGHT | changed).replace(b"Infinity", b"10e99999")
    (tmp_path / "changed").write_bytes(file_of(sections_of(data)))
    with pytest.raises(IndexFileError, match=f"section '{name}' is not valid"):
        list(load(tmp_path / "changed"))


def test_what_the_contradictions_change(tmp_path: Path) -> None:
    """The contents are those that `save` writes."""
    index = LabelIndex({"p": {"a": "x", "b": "0"}, "q": {"a": "x", "b": "1"}, "r": {"a": "y"}})
    index.save(tmp_path / "right")
    assert read((tmp_path / "right").read_bytes()) == RIGHT
