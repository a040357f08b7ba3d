"""Questions about selectors: is one satisfiable, does one imply, overlap or equal another.

Open decide.py first: it answers the questions. witness.py finds a value of one key, and
automata.py does so for tests that no list of values can express. simplification.py makes
selectors smaller. The sets of values are in labelsel/value_sets.py, the limit on the steps of a
question in labelsel/budget.py.
"""

from labelsel.limits import MAX_STEPS
from labelsel.reasoning.answer import Answer
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
