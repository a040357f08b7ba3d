"""What labelsel takes, beside what a program takes without it.

===================================  ==============================================================
``make bench``                       every measurement, as pytest-benchmark's tables, with the
                                     ratios below them; under two minutes
``python -m benchmarks.report``      the same in one page; ``--queries`` shows each query,
                                     ``--sizes 1000,50000`` other numbers of label sets
``python -m benchmarks.demo``        some queries for people to look at; a few seconds
``python -m benchmarks.data``        what the made-up label sets come to, against what is documented
===================================  ==============================================================

Compared are

1. the compiled predicate with a lambda that a person writes for the same selector;
2. `LabelIndex.select` and `count` with a plain scan of all label sets, as a list comprehension
   with the condition written into it, the fastest that Python has, and with the compiled predicate;
3. and, with themselves: parsing a text for the first time and again, building an index.

Every comparison is between equal results: they are compared before anything is timed. Rivals
take turns in one run, processor time is counted, and a ratio is the median of the turns' own
ratios: it holds on a machine that is busy with something else. The label sets are those of
data.py, the queries those of cases.py.
"""
