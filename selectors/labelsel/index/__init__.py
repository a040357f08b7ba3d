"""The index of many label sets: an inverted index that answers a selector by set algebra.

Open label_index.py first: it is the mapping that users see. planner.py makes a plan (steps.py)
from a selector, query.py keeps it, and selection.py is the answer. store.py keeps the labels as
codes and postings (postings.py, row_codes.py, value_table.py, numeric_ranges.py), row_keys.py
the caller's keys. bulk_load.py and arrow.py load many label sets, clustering.py orders rows, and
index_file.py saves an index.
"""

from labelsel.index.label_index import Exchange, LabelIndex, Stats
from labelsel.index.plan_report import Plan
from labelsel.index.query import Query
from labelsel.index.selection import Selection

__all__ = ["Exchange", "LabelIndex", "Plan", "Query", "Selection", "Stats"]
