"""Many label sets at once: an inverted index that answers a selector by set algebra.

Read in this order: postings.py (sets of rows), store.py (labels -> codes -> postings),
plan.py (selector -> steps -> rows), selection.py (the answer), label_index.py (all of it
as one mapping).
"""

from labelsel.index.label_index import LabelIndex
from labelsel.index.plan import Plan
from labelsel.index.selection import Selection

__all__ = ["LabelIndex", "Plan", "Selection"]
