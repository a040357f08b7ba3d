"""The reverse index: from labels to the selectors that select them, and what a change changes.

Open selector_index.py first, then live_index.py: these are the two classes that users see.
restrictions.py says what a selector requires of each key, bit_matrix.py tests many selectors
together, candidate_index.py chooses which selectors are tested, and change.py is the answer to a
change: which pairs of an item and a selector started and stopped matching.
"""

from labelsel.live.change import Change, Pairs
from labelsel.live.live_index import LiveIndex
from labelsel.live.selector_index import SelectorIndex

__all__ = ["Change", "LiveIndex", "Pairs", "SelectorIndex"]
