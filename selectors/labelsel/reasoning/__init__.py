"""Reasoning about selectors themselves: which can hold, imply, overlap or equal each other.

values.py says what one key may be, automata.py finds a value that passes tests, decide.py
puts keys and Ors together, simplify.py makes selectors smaller, budget.py bounds them all.
"""

from labelsel.reasoning.answer import Answer
from labelsel.reasoning.budget import MAX_STEPS
from labelsel.reasoning.decide import (
    implies,
    is_disjoint,
    is_equivalent,
    is_satisfiable,
    overlaps,
)
from labelsel.reasoning.simplification import simplify

__all__ = [
    "MAX_STEPS",
    "Answer",
    "implies",
    "is_disjoint",
    "is_equivalent",
    "is_satisfiable",
    "overlaps",
    "simplify",
]
