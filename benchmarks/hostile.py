"""``make hostile``: what hostile input costs, in time and in memory, as it grows.

    python -m benchmarks.hostile
    python -m benchmarks.hostile --only yaml --sizes 1000,10000

Each line is an input of one reader, at growing sizes. A size is how often the part that repeats is
repeated. Time is that of the processor. Memory is the peak of what Python held beyond the input, in
bytes for each byte of the input. The last column is one of these:

1. ``linear``: ten times the input takes at most 20 times the time and the memory: 10 ** `_STEEP`.
2. ``too short to judge``: the largest input takes less than `_LEAST_SECONDS` and `_LEAST_BYTES`,
   where other things take longer than what grows.
3. Either with ``, refused``: the largest input is refused with a documented error, whose message
   is at most `_LONGEST_MESSAGE` characters.
4. ``MORE THAN LINEAR``, ``UNDOCUMENTED`` or ``HANGS``. With one such line the exit code is 1.

The last table has paths that may never end or lead nowhere, given to the command, and what it did.
Each reader, and each path, has a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import subprocess
import sys
import tempfile
import tracemalloc
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any, Final

from benchmarks.hostile_inputs import LONGEST_MESSAGE, READERS, Made, Reader, Refused
from benchmarks.hostile_paths import PATHS, run_path
from benchmarks.options import documented_parser, positive_ints
from benchmarks.timing import CLOCK, duration
from labelsel import clear_cache
from labelsel.errors import LabelselError
from labelsel.regex import compile_regex

__all__ = ["SIZES", "main", "measure", "outcome_of", "verdict"]

SIZES: Final = (1_000, 10_000, 100_000)
_LINEAR: Final = "linear"
_SHORT: Final = "too short to judge"
_STEEP: Final = 1.3
_LEAST_SECONDS: Final = 0.03
_LEAST_BYTES: Final = 2**22


# The measurements


def outcome_of(read: Callable[[Any], object], given: Any) -> str:
    """Return what became of an input: "read", "refused", or what is undocumented about it."""
    from labelsel.cli.template_errors import PathTemplateError  # noqa: PLC0415  # as above

    try:
        read(given)
    except (LabelselError, PathTemplateError, Refused) as error:
        # A command may have a line for each word that it was given, as for each name.
        lines = str(error).splitlines() if isinstance(error, Refused) else [str(error)]
        length = max(map(len, lines), default=0)
        if length > LONGEST_MESSAGE:
            return f"UNDOCUMENTED: a message of {length:,} characters"
        return "refused"
    except (Exception, RecursionError) as error:  # noqa: BLE001  # any other is the finding
        return f"UNDOCUMENTED: {type(error).__name__}"
    return "read"


def _size_of(given: Any) -> int:
    if isinstance(given, bytes):
        return len(given)
    if isinstance(given, str):
        return len(given.encode("utf-8", "surrogatepass"))
    if isinstance(given, list):
        return sum(len(str(each)) + 1 for each in given)
    return len(repr(given))  # some are nested too deep for JSON


def _once(read: Callable[[Any], object], made: Made, size: int) -> dict[str, Any]:
    """Return the bytes of an input, the seconds and the peak of memory of reading it, and how."""
    with contextlib.suppress(RecursionError):
        given = made(size)
        length = max(_size_of_deep(given, size), size)  # a path is short, a folder is not
        _forget()
        start = CLOCK()
        outcome = outcome_of(read, given)
        seconds = CLOCK() - start
        _forget()
        tracemalloc.start()
        outcome_of(read, given)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return {"input": length, "seconds": seconds, "memory": peak, "outcome": outcome}
    raise AssertionError("an input that cannot be made")


def _forget() -> None:
    """Empty the caches: a text that is read again would cost nothing."""
    clear_cache()
    compile_regex.cache_clear()
    gc.collect()


def _size_of_deep(given: Any, size: int) -> int:
    try:
        return _size_of(given)
    except RecursionError:  # a map in a map: repr() does not reach its end
        return size * len(repr("matchLabels"))


def _exponent(runs: Sequence[Mapping[str, Any]], what: str, least: float) -> float:
    """Return how steep the last step is: 1 is linear, 2 quadratic; 0 below what counts."""
    if len(runs) < 2 or runs[-1][what] < least or runs[-1]["input"] <= runs[-2]["input"]:
        return 0.0
    before = max(runs[-2][what], least / 10)
    return log(runs[-1][what] / before) / log(runs[-1]["input"] / runs[-2]["input"])


def _can_be_judged(runs: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the largest input took enough for its growth to be seen."""
    last = runs[-1]
    return bool(last["seconds"] >= _LEAST_SECONDS or last["memory"] >= _LEAST_BYTES)


def verdict(runs: Sequence[Mapping[str, Any]]) -> str:
    """Return the word about an input, from the runs over its sizes.

    >>> verdict([{"input": 10, "seconds": 0.1, "memory": 9, "outcome": "read"},
    ...          {"input": 100, "seconds": 9.0, "memory": 9, "outcome": "read"}])
    'MORE THAN LINEAR'
    """
    last: str = runs[-1]["outcome"]
    if last.startswith("UNDOCUMENTED"):
        return last
    steep = max(_exponent(runs, "seconds", _LEAST_SECONDS), _exponent(runs, "memory", _LEAST_BYTES))
    if steep > _STEEP:
        return "MORE THAN LINEAR"
    word = _LINEAR if _can_be_judged(runs) else _SHORT
    return word if last == "read" else f"{word}, refused"


def measure(reader: Reader, name: str, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Return the runs of one input over growing sizes.

    A run that looks steep is repeated: a busy machine makes a measurement longer, never shorter.
    """
    made = reader.inputs[name]
    runs = [_once(reader.read, made, size) for size in sizes]
    for _ in range(3):
        if verdict(runs) != "MORE THAN LINEAR":
            break
        for run, size in zip(runs, sizes, strict=True):
            again = _once(reader.read, made, size)
            for what in ("seconds", "memory"):
                run[what] = min(run[what], again[what])
    return runs


def _row(reader: str, name: str, runs: Sequence[Mapping[str, Any]]) -> str:
    last = runs[-1]
    seconds = "".join(f"{duration(run['seconds']):>10}" for run in runs)
    memory = last["memory"] / max(last["input"], 1)
    return (
        f"{reader:16} {name:32}{last['input']:>11,}"
        f"{seconds:>{10 * len(SIZES)}}{memory:>8.1f}  {verdict(runs)}"
    )


# The program


def _apart(reader: str, sizes: Sequence[int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the runs of the inputs of a reader, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.hostile", f"--sizes={','.join(map(str, sizes))}"]
    with subprocess.Popen(  # noqa: S603  # this interpreter, with our own words
        [*command, f"--reader={reader}"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            name, runs = json.loads(line)
            yield name, runs
    if process.returncode:
        raise RuntimeError(f"{reader}: the process ended with {process.returncode}")


def _report(only: str, sizes: Sequence[int]) -> Iterator[tuple[str, bool]]:
    """Yield the lines of the tables, and whether each is as it should be."""
    found: list[tuple[str, Sequence[Mapping[str, Any]]]] = []
    for reader in READERS:
        if only in reader:
            for name, runs in _apart(reader, sizes):
                found.append((verdict(runs), runs))
                yield _row(reader, name, runs), found[-1][0].startswith((_LINEAR, _SHORT))
    done: list[str] = []
    for name, path in PATHS.items():
        if only in "paths":
            with tempfile.TemporaryDirectory() as folder:
                done.append(run_path(path, Path(folder)))
            yield f"{'paths':16} {name:32}{done[-1]:>40}", done[-1] in {"read", "refused"}
    words = [word for word, _ in found]
    linear = sum(word.startswith(_LINEAR) for word in words)
    short = sum(word.startswith(_SHORT) for word in words)
    ended = done.count("refused") + done.count("read")
    refused = sum(word.endswith(", refused") for word in words) + done.count("refused")
    count = len(words) + len(done)
    judged = f"{linear:,} linear, {short:,} too short to judge, {ended:,} paths that end"
    bad = f"{refused:,} of them refused; {count - linear - short - ended:,} not as they should be"
    yield f"{count:,} hostile inputs: {judged}; {bad}", bool(count)


def _print_runs(reader: Reader, sizes: Sequence[int]) -> None:
    for name in reader.inputs:
        runs = measure(reader, name, sizes[: reader.sizes])
        print(json.dumps([name, runs]), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print the tables; 1 if something is more than linear, or undocumented."""
    parser = documented_parser("benchmarks.hostile", __doc__)
    parser.add_argument("--sizes", type=positive_ints, default=list(SIZES), help="sizes, by commas")
    parser.add_argument("--only", default="", help="readers whose names hold this text; paths")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if not any(given.only in name for name in (*READERS, "paths")):
        names = ", ".join([*READERS, "paths"])
        print(f"--only: no reader holds {given.only!r}; there are {names}", file=sys.stderr)
        return 1
    if given.reader is not None:
        warnings.simplefilter("ignore")
        _print_runs(READERS[given.reader], given.sizes)
        return 0
    head = "".join(f"{size:>10,}" for size in given.sizes)
    print(f"{'reader':16} {'input':32}{'bytes':>11}{head}{'memory':>8}")
    good = True
    for line, is_good in _report(given.only, given.sizes):
        print(line, flush=True)
        good = good and is_good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
