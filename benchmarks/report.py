"""``python -m benchmarks.report``: all measurements in one page.

Median times, means over the queries, and ratios to what a program does without labelsel.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version

from rich.console import Console

from benchmarks import tables
from benchmarks.cases import CASES
from benchmarks.measures import (
    SIZES,
    TEXTS,
    Results,
    build_seconds,
    parse_race,
    population,
    predicate_race,
    query_race,
)
from benchmarks.timing import Mix

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the tables."""
    options = _parser().parse_args(arguments)
    console = Console()
    console.print(_setting(), style="dim", highlight=False)
    results = Results()
    with console.status("parsing"):
        _measure_parsing(results)
    with console.status("predicates"):
        results.predicates.update((case.name, predicate_race(case)) for case in CASES)
    for size in options.sizes:
        with console.status(f"{size:,} label sets"):
            _measure_queries(results, size)
    console.print(tables.parsing(results))
    console.print(tables.predicates(results, each=options.queries))
    for size in options.sizes if options.queries else ():
        console.print(tables.queries(results, size))
    console.print(tables.sizes(results))
    console.print(tables.builds(results))
    return 0


def _measure_parsing(results: Results) -> None:
    for name, text in TEXTS.items():
        results.parsing[name] = parse_race(text)
    results.parsing[f"mean of {len(CASES)} queries"] = Mix([parse_race(c.text) for c in CASES])


def _measure_queries(results: Results, size: int) -> None:
    among = population(size)
    results.builds[size] = build_seconds(among.items)
    results.queries[size] = {case.name: query_race(case, among) for case in CASES}


def _setting() -> str:
    return (
        f"labelsel {version('labelsel')}, pyroaring {version('pyroaring')},"
        f" Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )


def _sizes(text: str) -> list[int]:
    return sorted({int(size) for size in text.split(",")})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument(
        "--sizes",
        type=_sizes,
        default=SIZES,
        metavar="N,N",
        help="how many label sets, 1000 or more (default: 1000,10000,100000,1000000)",
    )
    parser.add_argument("--queries", action="store_true", help="show each selector and query, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
