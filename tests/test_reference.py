"""Every public name is documented by the rules of docs/_ext/docstring_rules.py, and has a page.

The build of the site (`make docs`) uses the same rules.
"""

from pathlib import Path

import pytest

from docs._ext import docstring_rules as rules
from docs._ext import reference


@pytest.mark.parametrize("module", rules.MODULES)
def test_every_public_name_is_documented(module: str) -> None:
    """Each name has a summary, its errors, its cost and an example."""
    assert rules.problems(module) == []


def test_every_public_name_is_in_one_group() -> None:
    """docs/reference/index.rst, from which the pages are made, leaves none out."""
    index = Path(__file__).parent.parent / "docs" / "reference" / "index.rst"
    assert list(reference.faults(index.read_text(encoding="utf-8"))) == []
