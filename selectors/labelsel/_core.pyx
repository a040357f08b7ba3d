# cython: language_level=3, wraparound=False, freethreading_compatible=False
# cython: subinterpreters_compatible=no
"""The compiled core: what is hot in the index and the reverse index, once more, compiled.

Pure Python code defines each name, in the module that the heading names; `labelsel.core` chooses
between both. Each part is a file beside its pure module:

    index/_tables.pxi   index/value_table.py
    live/_bits.pxi      live/candidate_index.py, live/bit_matrix.py

Nothing here imports labelsel. An object from outside is checked before its memory is read.
"""

# Increased together with INTERFACE in core.py.
INTERFACE = 1

include "live/_bits.pxi"
