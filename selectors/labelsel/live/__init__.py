"""The other way round: of many selectors, those that select an object; and what changes that.

Read in this order: form.py (what a selector requires), block.py (many selectors asked at once),
files.py (which of them are asked), selector_index.py (all of it as a mapping), change.py (what
started and stopped matching), live_index.py (objects and selectors together).
"""

from labelsel.live.change import Change, Pairs
from labelsel.live.live_index import LiveIndex
from labelsel.live.selector_index import SelectorIndex

__all__ = ["Change", "LiveIndex", "Pairs", "SelectorIndex"]
