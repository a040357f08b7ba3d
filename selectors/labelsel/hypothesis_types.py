"""What Hypothesis draws for the types of labelsel: found by Hypothesis as an entry point.

Hypothesis calls `register` whenever it is imported, also in programs that draw no selector. So
this module loads no more than the classes themselves; labelsel/testing.py is loaded when a
strategy is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelsel.requirements import OPERATORS, FieldRequirement
from labelsel.selector import And, Everything, Everywhere, Not, Nothing, Or, Requirement, Selector

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["register"]

_TYPES = (
    *(row.requirement for row in OPERATORS),
    *(Requirement, FieldRequirement, And, Or, Not, Everything, Everywhere, Nothing, Selector),
)


def register() -> None:
    """Tell Hypothesis what to draw for `Selector`, and for each class below it.

    Complexity: O(types).

    >>> register()
    >>> from hypothesis import find, strategies as st
    >>> find(st.from_type(Nothing), lambda selector: True)
    Nothing()
    """
    from hypothesis.strategies import register_type_strategy  # noqa: PLC0415  # see above

    for kind in _TYPES:
        register_type_strategy(kind, _strategy_of)


def _strategy_of(kind: type[Selector]) -> SearchStrategy[Selector]:
    from labelsel.testing import strategy_for  # noqa: PLC0415  # see above

    return strategy_for(kind)
