"""Many label sets at once: an inverted index that answers a selector by set algebra.

Read in this order: postings.py (sets of rows), numbering.py and rows.py (codes without dicts),
store.py (labels -> codes -> postings), numbers.py (what '>' and '<' look at), steps.py and
plan.py (selector -> steps -> rows), query.py (a plan that is kept), keys.py and selection.py
(rows -> the caller's keys), build.py and arrow.py (many at once), file.py (all of it in a
file), label_index.py (all of it as one mapping).
"""

from labelsel.index.label_index import LabelIndex, Stats
from labelsel.index.plan_report import Plan
from labelsel.index.query import Query
from labelsel.index.selection import Selection

__all__ = ["LabelIndex", "Plan", "Query", "Selection", "Stats"]
