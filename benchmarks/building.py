"""What making an index takes: from dicts, from tables and files, and from its own file.

``python -m benchmarks.building`` times only the way from dicts, and Polars, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import labelsel
from benchmarks.cases import CASES
from benchmarks.data import LabelSet, label_sets
from benchmarks.measures import Rivals
from benchmarks.options import documented_parser
from benchmarks.peers import Columns
from benchmarks.process import CORES, apart
from benchmarks.tables import Grid
from benchmarks.timing import WALL, Race, duration, race, times

__all__ = [
    "build",
    "build_grid",
    "cores_grid",
    "main",
    "measure_cores",
    "sources",
    "storage",
    "storage_grid",
]

DICTS: Final = "labelsel, from dicts"
POLARS: Final = "Polars, from dicts, Categorical columns"
_STRINGS: Final = "Polars, from dicts, String columns"
_COMPACT: Final = "labelsel, from dicts, cluster=True"
_FILE: Final = "index.labelsel"


def build(size: int, *, seconds: float = 1.0) -> Race:
    """Time the ways to an index of the same label sets, and Polars' to its table of them."""
    with TemporaryDirectory() as folder:
        return race(sources(label_sets(size), Path(folder)), _same, seconds=seconds, clock=WALL)


def sources(sets: Sequence[LabelSet], folder: Path) -> Mapping[str, Callable[[], Any]]:
    """Return what makes an index from each source, with the label sets in each source's form."""
    pl, pa, pq = map(import_module, ("polars", "pyarrow", "pyarrow.parquet"))
    items = dict(enumerate(sets))
    columns = Columns(sets)
    by_key = pa.table(
        {key: pa.array(values, pa.string()) for key, values in columns.values.items()}
    )
    encoded = pa.table({k: by_key[k].dictionary_encode() for k in by_key.column_names})
    maps = pa.array(
        [list(labels.items()) for labels in sets], type=pa.map_(pa.string(), pa.string())
    )
    frame = pl.from_arrow(by_key)
    pq.write_table(by_key, folder / "keys.parquet")
    pq.write_table(pa.table({"labels": maps}), folder / "map.parquet")
    index: type[labelsel.LabelIndex[int]] = labelsel.LabelIndex
    strings = partial(pl.from_dicts, list(sets), schema=dict.fromkeys(columns.values, pl.String))
    return {
        DICTS: partial(index, items),
        _COMPACT: partial(index, items, cluster=True),
        POLARS: lambda: strings().cast(pl.Categorical),
        _STRINGS: strings,
        "labelsel, from an Arrow map column": partial(index.from_arrow, maps),
        "labelsel, from Arrow, a string column a key": partial(index.from_arrow, by_key),
        "labelsel, from Arrow, a dictionary column a key": partial(index.from_arrow, encoded),
        "labelsel, from Polars, a String column a key": partial(index.from_polars, frame),
        "labelsel, from Parquet, a column a key": partial(
            index.from_parquet, folder / "keys.parquet"
        ),
        "labelsel, from Parquet, a map column": partial(index.from_parquet, folder / "map.parquet"),
    }


def measure_cores(size: int, *, seconds: float = 20.0) -> dict[str, dict[str, Any]]:
    """Time the way from dicts with each core, beside Polars, in a process of its own each."""
    arguments = (f"--size={size}", f"--seconds={seconds}")
    return {core: apart("building", *arguments, core=core) for core in CORES}


def cores_grid(size: int, found: Mapping[str, Mapping[str, Any]]) -> Grid:
    """Draw what `measure_cores` found."""
    made = Grid(
        f"An index of {size:,} label sets from dicts, with each core",
        ("core", "labelsel", "Polars", "labelsel's time\nto Polars'"),
        note="Each core in a process of its own, with Polars beside it: Categorical columns.",
    )
    for each in found.values():
        made.rows.append(
            (
                each["core"],
                duration(each["labelsel"]),
                duration(each["polars"]),
                times(each["ratio"]),
            )
        )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the way from dicts, and Polars', and print what was found as JSON."""
    parser = documented_parser("benchmarks.building", __doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="label sets, 1000 or more")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to measure")
    options = parser.parse_args(arguments)
    sets = label_sets(options.size)
    ways: dict[str, Callable[[], Any]] = {
        DICTS: partial(labelsel.LabelIndex, dict(enumerate(sets))),
        POLARS: _categoricals(sets, dict.fromkeys(key for labels in sets for key in labels)),
    }
    found = race(ways, _same, seconds=options.seconds, clock=WALL)
    result = {
        "core": str(labelsel.core_info().name),
        "labelsel": found.median(DICTS),
        "polars": found.median(POLARS),
        "ratio": found.ratio(DICTS, POLARS),
    }
    print(json.dumps(result))
    return 0


def _categoricals(sets: Sequence[LabelSet], keys: Iterable[str]) -> Callable[[], Any]:
    pl = import_module("polars")
    strings = partial(pl.from_dicts, list(sets), schema=dict.fromkeys(keys, pl.String))
    return lambda: strings().cast(pl.Categorical)


def build_grid(size: int, found: Race) -> Grid:
    """Draw what `build` found."""
    made = Grid(
        f"Making an index of {size:,} label sets",
        ("from", "in all", "a label set", "as fast as\nfrom dicts"),
        note=(
            "Polars makes a column for each key; in a Categorical one each value has a code, as in"
            " an index. The indexes are compared; those from tables have row numbers for keys."
        ),
    )
    for name in found.seconds:
        taken = found.median(name)
        gain = times(found.ratio(DICTS, name))
        made.rows.append((name, duration(taken), duration(taken / size), gain))
    return made


def storage(size: int, *, seconds: float = 1.0) -> dict[str, float]:
    """Save and load an index, and write it as Parquet: the seconds of each, and the bytes."""
    index: labelsel.LabelIndex[int] = labelsel.LabelIndex(enumerate(label_sets(size)))
    with TemporaryDirectory() as folder:
        file = Path(folder) / _FILE
        rivals: Rivals = {
            "save": lambda: index.save(file),
            "load": lambda: labelsel.LabelIndex.load(file),
            "to_parquet": lambda: index.to_parquet(file.with_suffix(".columns")),
            "to_parquet, map": lambda: index.to_parquet(file.with_suffix(".map"), layout="map"),
            "to_arrow": index.to_arrow,
        }

        def compare(made: Mapping[str, Any]) -> None:
            _same_index(index, made["load"])
            for suffix in (".columns", ".map"):
                path = file.with_suffix(suffix)
                _same_index(index, labelsel.LabelIndex.from_parquet(path, keys="key"))

        index.save(file)
        found = race(rivals, compare, seconds=seconds, clock=WALL)
        medians = {name: found.median(name) for name in rivals}
        return {"label sets": size, "bytes": file.stat().st_size, **medians}


def storage_grid(found: Mapping[str, float]) -> Grid:
    """Draw what `storage` found."""
    ways = [name for name in found if name not in {"label sets", "bytes"}]
    title = f"An index of {found['label sets']:,} label sets as a file"
    made = Grid(title, (*ways, "bytes that save wrote"))
    made.rows.append((*(duration(found[way]) for way in ways), f"{found['bytes']:,}"))
    return made


def _same(made: Mapping[str, Any]) -> None:
    first = made[DICTS]
    for name, index in made.items():
        if name in {POLARS, _STRINGS}:
            assert len(index) == len(first)
        else:
            _same_index(first, index)


def _same_index(first: labelsel.LabelIndex[int], other: labelsel.LabelIndex[int]) -> None:
    """Raise AssertionError where two indexes answer some query differently."""
    for case in CASES:
        found, same = (list(index.select(case.selector)) for index in (first, other))
        assert found == same, case.name
    some = list(range(0, len(first), max(1, len(first) // 100)))
    assert len(first) == len(other)
    assert [dict(first[row]) for row in some] == [dict(other[row]) for row in some]


if __name__ == "__main__":
    sys.exit(main())
