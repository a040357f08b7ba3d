"""``python -m benchmarks``: labelsel beside its peers; all of it, or the sections named.

parsing     a text that is new and one in the cache; the predicates
queries     rows and count of each query, from 1,000 label sets up to --size, there in random
            order, in the order of a list, and after compact()
repeated    the same query again: as text, as selector, prepared
build       an index from dicts, Arrow, Polars and Parquet, and Polars' table from dicts; from
            dicts with each core
storage     save and load, to_arrow and to_parquet
memory      what an index takes, in a fresh process
changes     changes a second and the longest pause, with each core, in a fresh process each
churn       memory while label sets come and go, in a fresh process
selectors   which selectors select a label set, of 100 up to --size, with each core, in a fresh
            process each
live        items and selectors that change, and what that starts and stops, with each core, in a
            fresh process each
start       import, parse and commands from the start of the process, beside bare Python
manifests   commands over one large file, a tenth of --size objects, beside PyYAML's C loader
growth      what a selector or a label set costs as it grows to 16,000 parts, in a fresh process

A section that fails says why, the others go on, and the exit status is 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from rich.console import Console

import labelsel
from benchmarks import (
    building,
    changes,
    growth,
    live,
    manifests,
    memory,
    plots,
    queries,
    start,
    tables,
)
from benchmarks.cases import CASES
from benchmarks.data import label_sets
from benchmarks.measures import TEXTS, Results, parse_race, predicate_race
from benchmarks.process import CORES, ROOT, new_parser
from benchmarks.setting import setting
from benchmarks.tables import Grid
from benchmarks.timing import Mix, duration, times

__all__ = ["SECTIONS", "Options", "Section", "main"]

RESULTS: Final = ROOT / "benchmarks" / "results"
LEAST: Final = 1_000
"""Label sets of which every query that should select something does."""


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured.

    Attributes:
        size: label sets.
        changes: changes in the mix.
        churn: label sets that come and go.
        seconds: that a comparison takes at least.
    """

    size: int = 1_000_000
    changes: int = 1_000_000
    churn: int = 1_000_000
    seconds: float = 0.1


@dataclass(frozen=True, slots=True)
class Section:
    """What a section found.

    Attributes:
        grids: its tables.
        data: the same for a program, as JSON has it.
        plots: what draws a file, by the file's name.
    """

    grids: Sequence[Grid]
    data: Any
    plots: Mapping[str, Callable[[Path], None]] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and write them."""
    console = Console()
    console.width = max(console.width, 160)
    options, names, folder = _options(arguments)
    found_in = setting()
    for name, value in found_in.items():
        console.print(f"{name}: {value}", style="dim", highlight=False)
    found: dict[str, Section] = {}
    for name in names:
        start = perf_counter()
        try:
            with console.status(name):
                found[name] = SECTIONS[name](options)
        except Exception as error:  # noqa: BLE001  # whatever it is, the other sections go on
            console.print(f"{name} failed: {type(error).__name__}: {error}", style="red")
            continue
        for grid in found[name].grids:
            console.print(grid.rich())
        console.print(f"{name}: {duration(perf_counter() - start)}\n", style="dim")
    if folder is not None and found:
        _write(folder, found_in, found)
        console.print(f"written to {folder}")
    return 0 if len(found) == len(names) else 1


def _parsing(options: Options) -> Section:
    results, seconds = Results(), options.seconds
    for name, text in TEXTS.items():
        results.parsing[name] = parse_race(text, seconds=seconds)
    results.parsing[f"mean of {len(CASES)} queries"] = Mix(
        [parse_race(case.text, seconds=seconds) for case in CASES]
    )
    results.predicates.update((case.name, predicate_race(case, seconds=seconds)) for case in CASES)
    mix = Mix(results.predicates.values())
    data = {
        "parsing": {
            name: {way: race.median(way) for way in ("new", "cached")}
            for name, race in results.parsing.items()
        },
        "predicate": {
            way: mix.median(way) for way in ("by hand", "compiled", "checked", "matches")
        },
    }
    return Section([tables.parsing(results), tables.predicates(results)], data)


def _queries(options: Options) -> Section:
    sizes = [LEAST * 10**power for power in range(6) if LEAST * 10**power < options.size]
    by_size = {size: queries.measure(size, seconds=options.seconds) for size in sizes}
    by_order = queries.measure_orders(options.size, seconds=options.seconds)
    last = by_size[options.size] = by_order["random"]
    found = {**{str(size): answers for size, answers in by_size.items()}, **by_order}
    data = {
        name: {what: [asdict(answer) for answer in some] for what, some in answers.items()}
        for name, answers in found.items()
    }
    grids = [
        queries.orders_grid(options.size, by_order),
        *(
            draw(options.size, answers[what], order)
            for what, draw in (("rows", queries.rows_grid), ("count", queries.counts_grid))
            for order, answers in by_order.items()
        ),
        queries.sizes_grid(by_size),
    ]
    drawn = {
        "sizes.svg": lambda file: plots.plot_sizes(by_size, file),
        "queries.svg": lambda file: plots.plot_gains(last, file),
    }
    return Section(grids, data, drawn)


def _repeated(options: Options) -> Section:
    index = labelsel.LabelIndex(enumerate(label_sets(options.size)))
    mix = queries.repeated(index, seconds=options.seconds)
    ways = ("selector", "text", "prepared")
    grid = Grid(f"The rows of a query asked again, {options.size:,} label sets", ("", *ways))
    grid.rows.append(("geometric mean of all", *(duration(mix.median(way)) for way in ways)))
    grid.rows.append(("to the selector", *(times(mix.ratio(way, "selector")) for way in ways)))
    return Section([grid], {way: mix.median(way) for way in ways})


def _build(options: Options) -> Section:
    found = building.build(options.size, seconds=10 * options.seconds)
    cores = building.measure_cores(options.size, seconds=200 * options.seconds)
    data = {name: found.median(name) for name in found.seconds} | {"cores": cores}
    grids = [building.build_grid(options.size, found), building.cores_grid(options.size, cores)]
    return Section(grids, data)


def _storage(options: Options) -> Section:
    found = building.storage(options.size, seconds=10 * options.seconds)
    return Section([building.storage_grid(found)], found)


def _memory(options: Options) -> Section:
    found = memory.measure(options.size)
    return Section([memory.grid(found)], found)


def _changes(options: Options) -> Section:
    found = {core: changes.measure_changes(options.size, options.changes, core) for core in CORES}
    return Section([changes.changes_grid(each) for each in found.values()], found)


def _churn(options: Options) -> Section:
    found = changes.measure_churn(options.size, options.churn)
    return Section([changes.churn_grid(found)], found)


def _selectors(options: Options) -> Section:
    found = {core: live.measure_matching(options.size, core) for core in CORES}
    rows = next(iter(found[CORES[0]].values()))
    drawn = {"selectors.svg": lambda file: plots.plot_matching(rows, file)}
    return Section([live.matching_grid(each) for each in found.values()], found, drawn)


def _live(options: Options) -> Section:
    items, some = max(LEAST, options.size // 10), max(LEAST // 10, options.size // 100)
    changed = min(options.changes, 20_000)
    found = {core: live.measure_changes(items, some, changed, core) for core in CORES}
    return Section([live.changes_grid(each) for each in found.values()], found)


def _start(options: Options) -> Section:
    found = start.measure(15 if options.seconds else 1)
    return Section([start.grid(found)], found)


def _manifests(options: Options) -> Section:
    found = manifests.measure(options.size // 10)
    return Section([manifests.grid(found)], found)


def _growth(options: Options) -> Section:
    # Without times one small size shows that each case runs: 1,000 took 6 min, of which tracing
    # memory was five, and 20 takes half a minute.
    sizes = [size for size in growth.SIZES if size <= options.size] if options.seconds else [20]
    found = growth.measure(sizes)
    return Section([growth.grid(found)], found)


SECTIONS: Final[Mapping[str, Callable[[Options], Section]]] = {
    "parsing": _parsing,
    "queries": _queries,
    "repeated": _repeated,
    "build": _build,
    "storage": _storage,
    "memory": _memory,
    "changes": _changes,
    "churn": _churn,
    "selectors": _selectors,
    "live": _live,
    "start": _start,
    "manifests": _manifests,
    "growth": _growth,
}


def _write(folder: Path, found_in: Mapping[str, str], found: Mapping[str, Section]) -> None:
    """Write results.md, results.json and the plots."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {name: draw for section in found.values() for name, draw in section.plots.items()}
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    lines = ["# What labelsel takes, beside its peers", ""]
    lines += [
        "Written by `make bench`; the programs in `benchmarks/` say how each is measured.",
        "",
    ]
    lines += [f"- {name}: {value}" for name, value in {**found_in, "day": day}.items()]
    lines += ["", *(f"![{Path(name).stem}]({name})" for name in drawn), ""]
    lines += [grid.markdown() for section in found.values() for grid in section.grids]
    (folder / "results.md").write_text("\n".join(lines), encoding="utf-8")
    data = {"setting": {**found_in, "day": day}} | {
        name: section.data for name, section in found.items()
    }
    (folder / "results.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    for name, draw in drawn.items():
        draw(folder / name)


def _options(arguments: Sequence[str] | None) -> tuple[Options, Sequence[str], Path | None]:
    written = "to; default benchmarks/results where all is measured in full"
    parser = new_parser("benchmarks", __doc__, written=written)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="which; default all")
    parser.add_argument("--size", type=int, default=1_000_000, help="label sets (1000000)")
    parser.add_argument("--quick", action="store_true", help="20,000 label sets and changes")
    parser.add_argument("--check", action="store_true", help="1,000, each once: compare only")
    parser.add_argument("--changes", type=int, default=1_000_000, help="in the mix (1000000)")
    parser.add_argument("--churn", type=int, default=1_000_000, help="that come and go (1000000)")
    given = parser.parse_args(arguments)
    names = given.sections or list(SECTIONS)
    if unknown := set(names) - SECTIONS.keys():
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    if given.size < LEAST:
        parser.error(f"--size must be {LEAST} or more")
    few = LEAST if given.check else 20_000 if given.quick else None
    if few is not None:
        options = Options(few, few, few, 0.0 if given.check else 0.02)
    else:
        options = Options(given.size, given.changes, given.churn)
        if not given.sections and given.output is None:
            given.output = RESULTS
    return options, names, given.output


if __name__ == "__main__":
    sys.exit(main())
