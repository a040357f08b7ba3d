"""`NumericRanges`: labels of one key by the number that their value is."""

import random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pyroaring import BitMap

from labelsel.index.numeric_ranges import NumericRanges
from labelsel.index.postings import Postings, add_row, bytes_of, discard_row

LEAST, MOST = -(2**63), 2**63 - 1


class Labels:
    """Labels with their rows, and a view of them that is told of each change."""

    def __init__(self, numbers: list[int]) -> None:
        self.rows: dict[int, Postings] = {}
        self.numbers: dict[int, int] = {}
        self.next = 0
        for number in numbers:
            self.numbers[self.next] = number
            self.rows[self.next] = add_row(b"", self.next)
            self.next += 1
        self.view = NumericRanges(self.pairs(), self.rows.__getitem__)

    def pairs(self) -> list[tuple[int, int]]:
        return [(number, code) for code, number in self.numbers.items()]

    def add(self, number: int) -> bool:
        """Add a label with one row; the code is also the row."""
        code = self.next
        self.next += 1
        self.numbers[code], self.rows[code] = number, b""
        if not self.view.add(number, code):
            self.rows[code] = add_row(b"", code)
            self.view = NumericRanges(self.pairs(), self.rows.__getitem__)
            return False
        self.add_row(code, code)
        return True

    def add_row(self, code: int, row: int) -> None:
        self.rows[code] = add_row(self.rows[code], row)
        self.view.add_row(self.numbers[code], code, row)

    def remove(self, code: int) -> None:
        """Take all rows off a label, and forget it."""
        for row in list(BitMap(self.all_of(code))):
            self.rows[code] = discard_row(self.rows[code], row)
            self.view.discard_row(self.numbers[code], code, row)
        self.view.remove(self.numbers.pop(code), code)
        del self.rows[code]

    def all_of(self, code: int) -> list[int]:
        postings = self.rows[code]
        return memoryview(postings).cast("I").tolist() if isinstance(postings, bytes) else [
            *postings
        ]  # fmt: skip

    def check(self, *bounds: tuple[int, int]) -> None:
        """Fail unless the view tells what a scan tells, for ranges around all of its numbers."""
        self.view.check_invariants(self.pairs())
        for least, most in bounds:
            codes = [code for code, number in self.numbers.items() if least <= number <= most]
            expected = {row for code in codes for row in self.all_of(code)}
            rows, new = self.view.between(least, most)
            assert set(rows) == expected, (least, most)
            assert self.view.count(least, most) == len(expected)
            if new:
                rows.clear()  # which may not reach the view
        self.view.check_invariants(self.pairs())


def ranges(numbers: list[int]) -> list[tuple[int, int]]:
    """Return ranges that begin and end at, below and above each of some numbers."""
    ends = sorted({end for number in numbers for end in (number - 1, number, number + 1)})
    picked = ends if len(ends) < 20 else random.Random(1).sample(ends, 20)  # noqa: S311
    return [(least, most) for least in [LEAST, *picked] for most in [*picked, MOST]]


def test_numbers_on_many_rows() -> None:
    """A number on many rows ends its chunk; ranges that begin and end around it are right."""
    labels = Labels(list(range(100)))
    row = 100
    for code, more in ((1, 3000), (2, 10), (7, 1100), (98, 2000)):
        labels.rows[code] = BitMap([code, *range(row, row + more)])
        row += more
    labels.view = NumericRanges(labels.pairs(), labels.rows.__getitem__)
    assert [len(chunk.numbers) for chunk in labels.view._chunks[:4]] == [2, 4, 2, 4]
    labels.check(*ranges([0, 1, 2, 3, 6, 7, 8, 97, 98, 99]))
    labels.add_row(7, row)
    labels.remove(2)
    labels.check(*ranges([0, 1, 2, 3, 6, 7, 8, 97, 98, 99]))


@pytest.mark.parametrize("count", [0, 1, 4, 5, 129, 500])
def test_ranges(count: int) -> None:
    """Every range of distinct numbers, of few chunks and of many."""
    numbers = [7 * number - 1000 for number in range(count)]
    labels = Labels(numbers)
    labels.check(*ranges(numbers), (5, 4), (MOST, LEAST))


@pytest.mark.parametrize("times", [3, 4, 5, 8, 9, 13])
def test_many_values_of_one_number(times: int) -> None:
    """Values such as 5, 05 and +5 are one number, whose labels may fill chunks and cross them."""
    labels = Labels([number for number in (1, 5, 6, 9) for _ in range(times)])
    bounds = ranges([1, 5, 6, 9])
    labels.check(*bounds)
    for _ in range(times):
        labels.add(5)
        labels.check(*bounds)
    for code in [code for code, number in labels.numbers.items() if number == 5][::-1]:
        labels.remove(code)
        labels.check(*bounds)


def test_the_ends_of_int64() -> None:
    """The least and the greatest number are numbers like others."""
    labels = Labels([LEAST, LEAST + 1, -1, 0, 1, MOST - 1, MOST])
    labels.check(*ranges([LEAST, 0, MOST]), (LEAST, LEAST), (MOST, MOST))


def test_splitting_until_it_is_made_anew() -> None:
    """Chunks that grow are split; when there are too many the view asks to be made anew."""
    labels = Labels(list(range(0, 1000, 200)))
    anew = 0
    for number in range(999):
        anew += not labels.add(number * 37 % 1000)
        if number % 100 == 0:
            labels.check(*ranges([0, 200, 999, number]))
    assert anew == 1
    labels.check(*ranges(list(range(0, 1000, 90))))


def test_below_the_first() -> None:
    """Numbers smaller than all there were come into the first chunk, and it may be split."""
    labels = Labels(list(range(0, 100, 10)))
    for number in range(-1, -30, -1):
        assert labels.add(number)
        labels.check(*ranges([-30, number, 0, 90]))


def test_chunks_that_end() -> None:
    """A chunk whose labels are all gone goes too, until none is left and none can be added."""
    numbers = list(range(20))
    labels = Labels(numbers)
    for code in (*range(8, 12), *range(4), *range(16, 20), *range(4, 8), *range(12, 16)):
        labels.remove(code)
        labels.check(*ranges([0, 4, 8, 12, 16, 19]))
    assert labels.view.nbytes == 0
    assert not labels.add(3)
    labels.check((0, 5))
    assert labels.view.nbytes > 0


def test_what_is_not_new() -> None:
    """A range that reaches the end may be the view's own bitmap; others are made for it."""
    labels = Labels(list(range(100)))
    assert [labels.view.between(*b)[1] for b in ((50, 20), (LEAST, MOST), (0, 50), (3, 3))] == [
        True, False, True, False,
    ]  # fmt: skip
    assert Labels([]).view.between(LEAST, MOST) == (BitMap(), True)


@pytest.mark.parametrize(
    ("rows", "count", "expected"),
    [(1, 9, [4, 4, 1]), (512, 9, [3, 3, 3]), (513, 3, [2, 1]), (1024, 2, [2]), (1025, 2, [1, 1])],
)
def test_the_rows_that_end_a_chunk(rows: int, count: int, expected: list[int]) -> None:
    """More than 1,024 of them, or four numbers: one bitmap more would save nothing."""
    postings = [BitMap(range(n * rows, (n + 1) * rows)) for n in range(count)]
    view = NumericRanges([(n, n) for n in range(count)], postings.__getitem__)
    assert [len(chunk.codes) for chunk in view._chunks] == expected


def test_the_memory_of_ranges() -> None:
    """Twelve bytes for each label, and a bitmap for each chunk."""
    labels = Labels(list(range(6)))
    chunks = labels.view._chunks
    assert [len(chunk.codes) for chunk in chunks] == [4, 2]
    assert labels.view.nbytes - sum(bytes_of(chunk.onwards) for chunk in chunks) == 6 * 12


class NumbersMachine(RuleBasedStateMachine):
    """Changes labels at random, and asks for ranges."""

    labels: Labels

    @initialize(numbers=st.lists(st.integers(0, 30), max_size=40))
    def start(self, numbers: list[int]) -> None:
        """Begin with some labels."""
        self.labels = Labels(numbers)

    @rule(numbers=st.lists(st.integers(-5, 35), min_size=1, max_size=20))
    def add(self, numbers: list[int]) -> None:
        """Add labels; where there is no view for them it is made anew."""
        for number in numbers:
            self.labels.add(number)

    @precondition(lambda self: self.labels.numbers)
    @rule(data=st.data(), rows=st.integers(1, 80))
    def add_rows(self, data: st.DataObject, rows: int) -> None:
        """Put a label on more rows."""
        code = data.draw(st.sampled_from(sorted(self.labels.numbers)))
        for _ in range(rows):
            self.labels.add_row(code, self.labels.next)
            self.labels.next += 1

    @precondition(lambda self: self.labels.numbers)
    @rule(data=st.data(), count=st.integers(1, 10))
    def remove(self, data: st.DataObject, count: int) -> None:
        """Forget labels that are neighbours."""
        codes = [code for _, code in sorted(self.labels.pairs())]
        first = data.draw(st.integers(0, len(codes) - 1))
        for code in codes[first : first + count]:
            self.labels.remove(code)

    @rule(least=st.integers(-6, 36), most=st.integers(-6, 36))
    def ask(self, least: int, most: int) -> None:
        """Ask for a range."""
        self.labels.check((least, most), (least, least), (LEAST, most), (least, MOST))

    @invariant()
    def whole(self) -> None:
        """The view is one of the labels there are."""
        self.labels.view.check_invariants(self.labels.pairs())


TestNumbersEqualModel = NumbersMachine.TestCase
