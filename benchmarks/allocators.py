"""How much memory Python and the C library hold that nothing uses: `unused`.

A process that makes and frees objects for long has holes in its memory. Both allocators fill them
again. They give back to the system only what is free as a whole: a MiB of Python's allocator, the
end of the memory of the C library.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from tempfile import TemporaryFile
from typing import Final

__all__ = ["unused"]

_FIELDS: Final = (
    *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
    *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
)


class _MallocInfo(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_size_t) for name in _FIELDS)


def unused() -> int:
    """Return the bytes that Python's allocator and glibc's hold and nothing uses.

    >>> kept = [bytes(100) for _ in range(100_000)]
    >>> before = unused()
    >>> del kept[::2]
    >>> unused() - before > 4_000_000
    True
    """
    return _unused_by_python() + _unused_by_c()


def _unused_by_c() -> int:
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _MallocInfo
    return int(mallinfo().fordblks)


def _unused_by_python() -> int:
    text = _debug_text()
    used = _number(text, r"# bytes in allocated blocks\s*=\s*([\d,]+)")
    arenas = _number(text, r"# arenas allocated current\s*=\s*([\d,]+)")
    return arenas * _number(text, r"\d+ arenas \* (\d+) bytes/arena") - used


def _debug_text() -> str:
    """Return what `sys._debugmallocstats` writes to the standard error of the process."""
    sys.stderr.flush()
    kept = os.dup(2)
    with TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            sys._debugmallocstats()  # noqa: SLF001  # the only way to learn it
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        return file.read().decode()


def _number(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return int(found[1].replace(",", ""))
