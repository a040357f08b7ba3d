"""Every public name is documented as docs/_ext/docstring_rules.py says, and that module finds faults.

The build of the site (`make docs`) uses the same rules.
"""

import pytest

from docs._ext import docstring_rules as rules


@pytest.mark.parametrize("module", rules.MODULES)
def test_every_public_name_is_documented(module: str) -> None:
    """Each name has a summary, its errors, its cost and an example."""
    assert rules.problems(module) == []
