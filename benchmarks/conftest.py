"""Sizes from the command line, and the ratios below pytest-benchmark's own tables."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from benchmarks import tables
from benchmarks.measures import SIZES, Results

_RESULTS = pytest.StashKey[Results]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--sizes 1000,100000``: how many label sets the queries are asked of."""
    parser.addoption(
        "--sizes",
        type=lambda text: sorted({int(size) for size in text.split(",")}),
        default=SIZES,
        help="numbers of label sets to query, 1000 or more, with commas between them",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the place where tests put what they measured."""
    config.stash[_RESULTS] = Results()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask for each size, the smallest first, and for all queries of a size in a row."""
    if "size" in metafunc.fixturenames:
        sizes = metafunc.config.getoption("sizes")
        metafunc.parametrize("size", sizes, ids=[f"{n:,}" for n in sizes], scope="session")


@pytest.fixture(scope="session")
def results(pytestconfig: pytest.Config) -> Results:
    """Where a test puts what it measured, to be shown at the end."""
    return pytestconfig.stash[_RESULTS]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the ratios of predicates and of queries, below what pytest-benchmark shows."""
    results = terminalreporter.config.stash[_RESULTS]
    page = Console(file=StringIO(), width=100)
    with page.capture() as shown:
        if results.predicates:
            page.print(tables.predicates(results, each=True).rich())
        for size in results.queries:
            page.print(tables.queries(results, size).rich())
        if results.queries:
            page.print(tables.sizes(results).rich())
        if results.builds:
            page.print(tables.builds(results).rich())
    terminalreporter.write(shown.get())
