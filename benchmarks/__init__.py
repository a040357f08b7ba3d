"""What labelsel takes, beside what a program takes without it.

===================================  ==============================================================
``make bench``                       all of the next two; writes benchmarks/results/
``python -m pytest benchmarks``      parsing, predicates, select and reasoning in the tables of
                                     pytest-benchmark, with ratios below them; under two minutes
``python -m benchmarks``             queries beside Polars, DuckDB, pandas, SQLite, a plain scan and
                                     bitmaps by hand; building, memory, changes, files; ``--help``
``python -m benchmarks.scale``       an index of 10 million label sets, or ``--rows 100_000_000``
``python -m benchmarks.demo``        some queries for people to look at; a few seconds
``python -m benchmarks.data``        what the made-up label sets come to, against what is documented
===================================  ==============================================================

The packages of the peers are a dependency group of their own, which only ``make bench`` installs.

Compared are

1. the compiled predicate with a lambda that a person writes for the same selector;
2. `LabelIndex.select` and `count` with each peer in the layout that suits it best (peers.py), and
   with the best sequence of bitmap operations that can be written by hand (floor.py);
3. an index made from dicts with Polars' table made from the same, and with an index made from
   tables and files;
4. and, with themselves: parsing a text for the first time and again, memory, changes, churn.

Every comparison is between equal results: they are compared before anything is timed. Rivals
take turns in one run, and a ratio is the median of the turns' own ratios: it holds on a machine
that is busy with something else. Processor time is counted; but where a rival has threads of its
own, the clock on the wall is read, for all rivals of that race. The label sets are those of
data.py, the queries those of cases.py.
"""
