"""Fuzz the targets with Atheris until the time is up: `make fuzz MINUTES=10 TARGETS="yaml_reader"`.

1. Each target runs in a process of its own for so many minutes of processor time: on a busy machine
   longer by the clock. As many run at a time as the machine has processors. What libFuzzer prints
   is in build/fuzz/<target>.log.
2. The search begins at the seeds, and at what earlier searches kept in build/fuzz/corpus: an hour
   can be made of parts, and the table at the end says how long all of them took. Inputs that break
   a target are files in build/fuzz/found; each kind is printed once, with the command that runs the
   input again. A crash of the process, or an input that takes 25 seconds, ends the search at this
   target.
3. Ctrl-C stops at once. In any case the end is a table, and one line that sums it up.
4. The exit status is 0 if nothing was found, 1 if something was in this run.

``--again TARGET FILE`` runs one input. ``--keep`` fuzzes nothing, but makes the fewest inputs that
reach all that the corpus reaches the seeds of the suite; files that somebody named stay.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.options import positive_float, positive_int
from tests.fuzzing.targets import SEEDS, TARGETS, Target
from tests.fuzzing.watched import FOUND

__all__ = ["Search", "command", "main", "summary"]

ROOT: Final = Path(__file__).resolve().parent.parent.parent
WORK: Final = ROOT / "build" / "fuzz"
#: A first input of the core takes ten seconds where every access to memory is checked.
_SLOWEST: Final = 25
_RUNS: Final = re.compile(r"^(?:#|Done |stat::number_of_executed_units: )(\d+)\b", re.MULTILINE)
_BROKEN: Final = re.compile(r"Test unit written to (\S+)")
#: How libFuzzer names what it keeps: by its SHA-1.
_KEPT: Final = re.compile(r"[0-9a-f]{40}")
#: Most seeds that are kept for one target, the smallest: the suite runs them all in seconds.
_MOST_SEEDS: Final = 100


@dataclass(slots=True)
class Search:
    """What one process looked for, and found.

    Attributes:
        target: the target.
        seconds: how much processor time it took.
        runs: how many inputs it ran.
        found: the inputs that break the target, each with what it breaks.
    """

    target: Target
    seconds: float = 0.0
    runs: int = 0
    found: dict[str, str] = field(default_factory=dict)

    def read(self, log: str, status: int) -> None:
        """Take in what the process printed, and its exit status."""
        self.runs = max(map(int, _RUNS.findall(log)), default=0)
        for line in log.splitlines():
            if line.startswith(FOUND):
                _, _, path, kind = line.split(" ", 3)
                self.found[path] = kind
        for path in _BROKEN.findall(log):
            self.found[path] = f"the process ended with status {status}: see its log"
        if status and not self.found:
            self.found[""] = f"the process ended with status {status}: see its log"


def command(target: Target) -> list[str]:
    """Return the command of one search, and make the folders that it names."""
    corpus, found = (WORK / name / target.name for name in ("corpus", "found"))
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    words = WORK / f"{target.name}.words"
    # libFuzzer refuses an empty list of words.
    words.write_text("".join(map(_quoted, target.words or ("\0\0",))), encoding="utf-8")
    options = [
        f"-max_len={target.longest}",
        f"-timeout={_SLOWEST}",
        f"-report_slow_units={_SLOWEST}",  # a busy machine is slow, and no input
        f"-artifact_prefix={found}/",
        f"-dict={words}",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
    ]
    folders = [str(corpus), str(SEEDS / target.name)]
    return [
        sys.executable,
        "-m",
        "tests.fuzzing.child",
        target.name,
        str(found),
        *options,
        *folders,
    ]


def _quoted(word: str) -> str:
    """Return a word as a line of a dictionary of libFuzzer."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n'


def environment(target: Target) -> dict[str, str]:
    """Return the environment of a search; for the core with its sanitizers."""
    # libFuzzer ends the process at once, so files for a while stay: not in a folder of others.
    files = WORK / "files"
    files.mkdir(parents=True, exist_ok=True)
    variables = os.environ | {"TMPDIR": str(files)}
    if not target.sanitized:
        return variables
    import atheris  # noqa: PLC0415  # only `make fuzz` installs it

    return variables | {
        "PYTHONPATH": str(ROOT / "build" / "sanitized" / "lib"),
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=16",
        "LD_PRELOAD": f"{atheris.path()}/asan_with_fuzzer.so",
    }


def searches(targets: list[Target], minutes: float, jobs: int) -> Iterator[Search]:
    """Yield each search when it ends. Ctrl-C ends all that run, and they are yielded, too."""
    waiting = list(targets)
    running: list[_Running] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(_Running(waiting.pop(0), minutes))
            time.sleep(0.2)
            for each in list(running):
                if each.has_ended(60 * minutes):
                    running.remove(each)
                    yield each.ended()
    except KeyboardInterrupt:
        for each in running:
            each.process.terminate()
        yield from (each.ended(is_stopped=True) for each in running)
        print("== stopped")


class _Running:
    """A search that runs."""

    def __init__(self, target: Target, minutes: float) -> None:
        print(f"{target.name}: {minutes:g} minutes", flush=True)
        self.search = Search(target)
        self.log = WORK / f"{target.name}.log"
        # Inherited, until libFuzzer begins its search: before that SIGUSR1 would kill the process.
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        line, variables = command(target), environment(target)  # they make the folders
        # In a group of its own: Ctrl-C is for this process, which ends the others.
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                line, cwd=ROOT, env=variables, stdout=log, stderr=log, start_new_session=True
            )

    def has_ended(self, seconds: float) -> bool:
        """Return whether it has, and ask it to end when it took so much processor time."""
        # Asked before it is known whether the process ended: afterwards nobody knows its time.
        self.search.seconds = _processor_time(self.process.pid)
        if self.process.poll() is not None:
            return True
        if self.search.seconds >= seconds:
            # libFuzzer prints its numbers then and ends; a crash or a slow input it reports, too.
            self.process.send_signal(signal.SIGUSR1)
        return False

    def ended(self, *, is_stopped: bool = False) -> Search:
        """Wait for the end; print what the search found, and add it to the ledger."""
        status = self.process.wait()
        search = self.search
        search.read(
            self.log.read_text(encoding="utf-8", errors="replace"), 0 if is_stopped else status
        )
        for path, kind in search.found.items():
            name = search.target.name
            python = os.path.relpath(sys.executable, ROOT)
            again = path and f"\n   {python} -m tests.fuzzing --again {name} {path}"
            print(f"-- {name}: {kind}{again}", flush=True)
        _add(search)
        return search


def _processor_time(process: int) -> float:
    """Return the seconds that a process took, also one that ended and was not waited for."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    # Behind the name of the program, which may hold anything.
    times = fields.rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def _ledger(target: Target) -> Path:
    return WORK / f"{target.name}.all"


def _all_runs(target: Target) -> tuple[float, int]:
    """Return the seconds and the executions of all searches of a target in this checkout."""
    path = _ledger(target)
    seconds, runs = path.read_text(encoding="ascii").split() if path.exists() else ("0", "0")
    return float(seconds), int(runs)


def _add(search: Search) -> None:
    seconds, runs = _all_runs(search.target)
    text = f"{seconds + search.seconds:.1f} {runs + search.runs}\n"
    _ledger(search.target).write_text(text, encoding="ascii")


def summary(ended: list[Search]) -> str:
    """Return a table of the searches, of all those before with them, and a line that sums up."""
    head = f"{'target':<12} {'minutes':>8} {'executions':>12} {'found':>6}"
    lines = [f"{head} {'all minutes':>12} {'executions':>12}"]
    for each in sorted(ended, key=lambda each: list(TARGETS).index(each.target.name)):
        seconds, runs = _all_runs(each.target)
        lines.append(
            f"{each.target.name:<12} {each.seconds / 60:>8.1f} {each.runs:>12,}"
            f" {len(each.found):>6} {seconds / 60:>12.1f} {runs:>12,}"
        )
    minutes = sum(each.seconds for each in ended) / 60
    runs, found = sum(each.runs for each in ended), sum(len(each.found) for each in ended)
    lines.append(
        f"== {len(ended)} targets, {minutes:.0f} minutes together, {runs:,} executions,"
        f" {found} kinds of failure found"
    )
    return "\n".join(lines)


def keep(target: Target) -> None:
    """Make the fewest inputs that reach what the corpus reaches the seeds, up to `_MOST_SEEDS`."""
    corpus, merged = WORK / "corpus" / target.name, WORK / "merged" / target.name
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    *options, _, _ = command(target)
    folders = [str(merged), str(corpus), str(SEEDS / target.name)]
    with (WORK / f"{target.name}.keep.log").open("w", encoding="utf-8") as log:
        subprocess.run(
            [*options, "-set_cover_merge=1", *folders],
            cwd=ROOT, env=environment(target), stdout=log, stderr=log, check=True,
        )  # fmt: skip
    for path in target.seeds:
        if _KEPT.fullmatch(path.name):
            path.unlink()
    known = {path.read_bytes() for path in target.seeds}
    for path in sorted(merged.iterdir(), key=lambda path: (path.stat().st_size, path.name)):
        if len(target.seeds) < _MOST_SEEDS and path.read_bytes() not in known:
            shutil.copy(path, SEEDS / target.name / path.name)
    print(f"{target.name}: {len(target.seeds)} seeds", flush=True)


def main(arguments: list[str]) -> int:
    """Read the options and fuzz; see the top of this file for the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--minutes",
        type=positive_float,
        default=10,
        help="of processor time, for each target; default: 10",
    )
    parser.add_argument(
        "--jobs", type=positive_int, default=os.cpu_count() or 1, help="targets at a time"
    )
    parser.add_argument("--again", nargs=2, metavar=("TARGET", "FILE"), help="run one input")
    parser.add_argument("--keep", action="store_true", help="make the corpus the seeds")
    parser.add_argument("targets", nargs="*", help=f"default: all: {', '.join(TARGETS)}")
    options = parser.parse_args(arguments)
    if options.again:
        TARGETS[options.again[0]].load()(Path(options.again[1]).read_bytes())
        return 0
    unknown = sorted(set(options.targets) - TARGETS.keys())
    if unknown:
        parser.error(f"no target {unknown[0]}; there are {', '.join(TARGETS)}")
    targets = [TARGETS[name] for name in options.targets or TARGETS]
    if options.keep:
        for target in targets:
            keep(target)
        return 0
    ended = list(searches(targets, options.minutes, options.jobs))
    print(summary(ended))
    return 1 if any(each.found for each in ended) else 0


if __name__ == "__main__":
    # Ended by another program it also ends its processes, which no Ctrl-C reaches.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
