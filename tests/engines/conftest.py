"""The comparison with many label sets, and the table of all of these when the tests end."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pytest

from labelsel import Selector
from tests.engines.relation import MANY, Rows, differences, label_sets, selectors

COMPARED = "compared with matches"
HEAD = ("engine", "layout", "label sets", "selectors", "differences")


class CompareMany(Protocol):
    """The fixture `compare_many`."""

    def __call__(
        self,
        engine: str,
        layout: str,
        answer: Callable[[Selector], Rows],
        *,
        nul: bool = True,
        chosen: Sequence[Selector] | None = None,
    ) -> None:
        """Require that an engine answers as `matches`; see `relation.differences`."""


@pytest.fixture
def compare_many(record_property: Callable[[str, object], None]) -> CompareMany:
    """Compare an engine with `matches` on `MANY` label sets, and note how many there were."""

    def compare(
        engine: str,
        layout: str,
        answer: Callable[[Selector], Rows],
        *,
        nul: bool = True,
        chosen: Sequence[Selector] | None = None,
    ) -> None:
        asked = selectors(nul=nul) if chosen is None else chosen
        found = differences(answer, MANY, nul=nul, chosen=asked)
        row = (engine, layout, len(label_sets(MANY, nul=nul)), len(set(asked)), len(found))
        record_property(COMPARED, row)
        assert found == []

    return compare


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what was compared, as a table of Markdown."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.getreports(kind)]
    rows = sorted(row for each in reports for name, row in each.user_properties if name == COMPARED)
    if rows:
        terminalreporter.section("compared with matches")
        for row in (HEAD, ["---"] * len(HEAD), *rows):
            shown = (f"{cell:,}" if isinstance(cell, int) else cell for cell in row)
            terminalreporter.line(f"| {' | '.join(shown)} |")
