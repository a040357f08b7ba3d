"""Patterns of files to leave out: sets of letters that do not end."""

from fnmatch import fnmatchcase

from hypothesis import given
from hypothesis import strategies as st

from labelsel.kubernetes.read.exclusion import Exclusion, _escape_open_sets


@given(st.text("[]!-a*b", max_size=9), st.text("[]!-ab", max_size=5))
def test_an_open_set_means_the_same(pattern: str, name: str) -> None:
    """A bracket that nothing closes stands for itself, before and after it is escaped."""
    assert fnmatchcase(name, _escape_open_sets(pattern)) is fnmatchcase(name, pattern)


def test_many_open_sets() -> None:
    """Fnmatch looks for the end of each: 100,000 of them would take minutes."""
    text = "[a-" * 100_000
    assert _escape_open_sets(text) == "[[]a-" * 100_000
    exclusion = Exclusion(["[" * 100_000, "x[a"])
    assert not exclusion.leaves_out("a")
    assert exclusion.leaves_out("deploy/x[a")
