"""Label sets as the bits of one number: what a selector selects of a thousand, in a few steps.

A leaf is asked `allows` once for each value that its key has in the world; And, Or and Not are
the operators of bits. Brute force that looks at every label set, at the price of a few.
"""

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import assert_never

from labelsel import And, Everything, Not, Nothing, Or, Requirement, Selector
from labelsel.selector import sealed
from tests.engines import Labels

__all__ = ["World"]


class World:
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
        match sealed(selector):
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
