"""What a selector selects of thousands of label sets, by brute force in few steps.

The label sets are the bits of one number. `allows` of a leaf is called once for each value of its
key; And, Or and Not are operations on bits. The result is what looking at each label set gives.
"""

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import assert_never

from labelsel import And, Everything, Not, Nothing, Or, Requirement, Selector
from labelsel.selector import require_selector
from tests.evaluators import Labels

__all__ = ["BruteForce"]


class BruteForce:
    """Label sets, numbered from 0 on.

    Attributes:
        sets: the label sets.
        all: a number with a bit for each of them.
    """

    def __init__(self, sets: Sequence[Labels]) -> None:
        self.sets = sets
        self.all = (1 << len(sets)) - 1
        self._bits: dict[str, dict[str | None, int]] = {}

    def selected(self, selector: Selector) -> int:
        """Return a number whose bit n says whether the selector selects set n."""
        match require_selector(selector):
            case Everything():
                return self.all
            case Nothing():
                return 0
            case And(terms):
                return reduce(and_, map(self.selected, terms), self.all)
            case Or(terms):
                return reduce(or_, map(self.selected, terms), 0)
            case Not(term):
                return self.all & ~self.selected(term)
            case Requirement() as leaf:
                values = self._values(leaf.key)
                return reduce(or_, (bits for v, bits in values.items() if leaf.allows(v)), 0)
            case _ as unreachable:
                assert_never(unreachable)

    def _values(self, key: str) -> dict[str | None, int]:
        if key not in self._bits:
            bits: dict[str | None, int] = {}
            self._bits[key] = bits
            for number, labels in enumerate(self.sets):
                value = labels.get(key)
                bits[value] = bits.get(value, 0) | 1 << number
        return self._bits[key]
