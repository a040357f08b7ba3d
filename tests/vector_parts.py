"""Vectors in two parts: `make test` asks a fifth of the rows, `make test-all` all of them.

Each row is asked of every evaluator, which takes long; the fifth is spread over the whole file.
The selectors that every engine is asked are in the same two parts.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

import pytest

Item = TypeVar("Item")

_STRIDE: Final = 5
PARTS: Final = ["a fifth", pytest.param("the rest", marks=pytest.mark.slow)]


def select_part(rows: Sequence[Item], part: str) -> list[Item]:
    """Return the rows of one of the parts; together the parts are all rows."""
    if part == "a fifth":
        return list(rows[::_STRIDE])
    return [row for number, row in enumerate(rows) if number % _STRIDE]
