"""Changes labelsel in small ways, one at a time, and tells which changes no test notices.

    python -m tests.mutation [FILE OR FOLDER ...] [--since COMMIT] [--minutes N] [--again] [--list]

1. Each mutant (tests/mutation/mutants.py) is tried with the tests that reach it. It is killed if
   one of them fails, takes far too long, or ends the process; else it survives.
2. Each verdict is written to ``build/mutation/results.jsonl`` at once: a run that is stopped goes
   on where it was. A function that changes is tried anew, and all is in a new folder
   ``build/mutation``; ``--again`` tries survivors again, with the tests as they are now.
3. Mutants in ``equivalent/*.toml`` are not tried.
4. The exit status is 0 if nothing of what was tried survives, else 1; 2 if the list of equivalents
   is out of date. A run that ``--minutes`` ends is no failure: its last line says what is left.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from benchmarks.options import documented_parser, positive_float, positive_int
from tests.mutation.equivalents import Equivalent, listed, module_name, stale
from tests.mutation.modules import FOLDER, ROOT, Module
from tests.mutation.mutants import Mutant
from tests.mutation.reach import Reach, mutated_environment, test_files
from tests.mutation.worker import Task, Verdict

RESULTS: Final = FOLDER / "results.jsonl"

#: What decides which objects are selected, how fast, and what is written: the core.
CORE: Final = tuple(
    f"selectors/labelsel/{name}"
    for name in (
        "requirements.py", "predicate.py", "index/planner.py", "kubernetes/edit/verify.py",
        "selector.py", "labels.py", "value_sets.py", "negation.py", "objects.py", "explain.py",
        "regex.py", "typos.py", "translation.py", "budget.py",
        "atomic_write", "locks.py", "running.py",
        "languages", "reasoning", "index", "live", "engines", "kubernetes/edit", "lint",
    )
)  # fmt: skip
_LOST: Final = {"killed", "timeout", "crash"}


class Case(NamedTuple):
    """A mutant, where it stands, and under which key its verdict is kept."""

    path: str
    module: Module
    number: int
    mutant: Mutant
    key: str

    def __str__(self) -> str:
        """Return one line for a reader."""
        one = self.mutant
        return f"{self.path}:{one.line}: {one.function or '(module)'}: {one.kind}: {one.change}"


# What to try


def modules(paths: Iterable[str]) -> dict[str, Module]:
    """Return the modules of files and folders, by their path from the root, each once."""
    found: dict[str, Module] = {}
    for name in paths:
        path = (ROOT / name).resolve()
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            key = str(file.relative_to(ROOT))
            if key not in found:
                found[key] = Module(file)
    return found


def _is_ours(name: str) -> bool:
    path = (ROOT / name).resolve()
    return path.exists() and path.is_relative_to(ROOT / "selectors/labelsel")


def changed_lines(commit: str) -> dict[str, set[int]]:
    """Return the lines of each file that differ from a commit."""
    command = [
        "git",
        "diff",
        "--unified=0",
        "--no-color",
        "--no-ext-diff",
        commit,
        "--",
        "selectors",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"--since {commit}: git says: {done.stderr.strip()}"
        raise ValueError(message)
    found: dict[str, set[int]] = {}
    lines: set[int] = set()
    for line in done.stdout.splitlines():
        if line.startswith("+++ "):
            lines = found.setdefault(line.removeprefix("+++ b/"), set())
        elif match := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            start, count = int(match[1]), int(match[2] or 1)
            lines.update(range(start, start + count))
    return found


def cases(found: dict[str, Module], changed: dict[str, set[int]] | None) -> list[Case]:
    """Return the mutants of modules, only those on changed lines if these are given."""
    result = []
    for path, module in found.items():
        lines = None if changed is None else changed.get(path, set())
        seen: Counter[str] = Counter()
        for number, mutant in enumerate(module.mutants):
            key = f"{path}:{mutant.function}:{_place(module, mutant)}:{mutant.kind}:{mutant.change}"
            seen[key] += 1
            if lines is None or lines & set(lines_of(mutant)):
                result.append(Case(path, module, number, mutant, f"{key}:{seen[key]}"))
    return result


def _place(module: Module, mutant: Mutant) -> str:
    """Return what a mutant is a change of: the text of its function, and the line in that.

    The rest of the module may change: a verdict also holds when other modules do, and none of a
    large module would be left after each small change. Code of the module has its own lines only.
    """
    lines = module.function_lines(mutant.line) if mutant.function else lines_of(mutant)
    text = "\n".join(module.lines[lines.start - 1 : lines.stop - 1])
    return f"{hashlib.sha256(text.encode()).hexdigest()[:16]}:{mutant.line - lines.start}"


# Which tests


class Chooser:
    """Chooses the tests of each mutant, those first that are likely to fail and take no time."""

    def __init__(self, reach: Reach, seconds: float) -> None:
        self._reach, self._seconds = reach, seconds
        self._killers: dict[tuple[str, str], list[str]] = {}

    def killed(self, case: Case, test: str) -> None:
        """Try the test first at the next mutant of the function."""
        killers = self._killers.setdefault((case.path, case.mutant.function), [])
        if test in killers:
            killers.remove(test)
        killers.insert(0, test)

    def tests(self, case: Case) -> dict[str, float]:
        """Return the tests that reach a mutant with the seconds of each: not more than allowed."""
        path, module, mutant = case.path, case.module, case.mutant
        found = self._reach.tests(path, module.text, lines_of(mutant))
        # What runs at an import is reached by no test: those of the function, or of the module.
        for lines in (
            module.function_lines(mutant.line),
            range(1, len(module.lines) + 1),
        ):
            found = found or self._reach.tests(path, module.text, lines)
        chosen: dict[str, float] = {}
        total = 0.0
        for name in self._ordered(case, found):
            total += found[name]
            if total > self._seconds and chosen:
                break
            chosen[name] = found[name]
        return chosen

    def nearest(self, case: Case) -> dict[str, float]:
        """Return those of the tests that stand in the two files nearest to the module.

        A cold worker loads each file anew, so the others are left for a second try.
        """
        tests = self.tests(case)
        files = dict.fromkeys(name.partition("::")[0] for name in tests)
        near = sorted(files, key=lambda file: _distance(case.path, file))[:2]
        found = {name: tests[name] for name in tests if name.partition("::")[0] in near}
        # What a test file made when it was loaded was made by no test of it.
        return found | self._reach.tests_of(
            {file for file in test_files() if _distance(case.path, file) == 1}
        )

    def _ordered(self, case: Case, found: dict[str, float]) -> Iterator[str]:
        killers = [
            t for t in self._killers.get((case.path, case.mutant.function), ()) if t in found
        ]
        yield from killers[:20]
        seen: Counter[str] = Counter()
        costs = {}
        for name, seconds in found.items():
            function = name.partition("[")[0]
            seen[function] += 1
            far = _distance(case.path, name.partition("::")[0])
            costs[name] = (seconds + 0.003 + 0.002 * seen[function]) * far
        for name in sorted(found, key=lambda each: (costs[each], each)):
            if name not in killers[:20]:
                yield name


@cache  # thousands of tests reach a mutant, of some hundred files
def _distance(module: str, test_file: str) -> int:
    """Return how far a test file is from a module, by their paths: 1, 3 or 20."""
    path, file = Path(module), Path(test_file)
    if path.stem in file.stem:
        return 1
    # The tests of what is built on a module reach it, too, but see little of what it does.
    folder = path.parent.relative_to("selectors/labelsel")
    return 3 if folder.parts and file.parent == "tests" / folder else 20


def near(todo: list[Case]) -> list[str]:
    """Return the test files that are likely to fail: by their names, and those of the laws."""
    paths = {case.path for case in todo}
    return [
        file
        for file in test_files()
        if file.startswith("tests/properties/") or any(_distance(path, file) < 20 for path in paths)
    ]


# The run


class Worker:
    """A process that tries mutants: warm or cold, see tests/mutation/worker.py."""

    def __init__(self, jobs: int, files: Iterable[str] | None) -> None:
        pipes = [Pipe() for _ in range(jobs)]
        self.connections = [ours for ours, _ in pipes]
        theirs = [connection.fileno() for _, connection in pipes]
        command = [sys.executable, "-m", "tests.mutation.worker"]
        if files is not None:
            command = [
                sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider",
                "-p", "tests.mutation.worker", *files,
            ]  # fmt: skip
        # Tests that are killed leave temporary files: all are in one folder, which is removed.
        self._temporary = TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True)
        environment = mutated_environment() | {
            "MUTATION_PIPES": ",".join(map(str, theirs)), "TMPDIR": self._temporary.name,
        }  # fmt: skip
        if files is None:
            environment["HYPOTHESIS_NO_PLUGINS"] = "1"
        log = RESULTS.with_name("cold.log" if files is None else "warm.log")
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output,
                stdin=subprocess.DEVNULL, pass_fds=theirs, start_new_session=True,
            )  # fmt: skip
        for _, connection in pipes:
            connection.close()

    def check(self, case: Case, chooser: Chooser) -> None:
        """Raise SystemExit unless the tests of a case pass without its mutant."""
        self.connections[0].send(Task(str(case.module.path), -1, chooser.nearest(case)))
        verdict = Verdict(*self.connections[0].recv())
        if verdict.outcome != "survived":
            raise SystemExit(f"without a mutant the tests of {case} give {verdict}")

    def close(self) -> None:
        """End the process and its children."""
        for connection in self.connections:
            connection.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._temporary.cleanup()


@contextmanager
def worker(jobs: int, files: Iterable[str] | None = None) -> Iterator[Worker]:
    """A worker that is ended in any case."""
    one = Worker(jobs, files)
    try:
        yield one
    finally:
        one.close()


class Run:
    """The verdicts so far, and the file that they are kept in."""

    def __init__(self, results: Path, until: float) -> None:
        self.outcomes: dict[str, str] = {}
        self._until = until
        text = results.read_text(encoding="utf-8") if results.exists() else ""
        for line in text.splitlines():
            with suppress(ValueError):  # the last line of a run that was killed
                one = json.loads(line)
                self.outcomes[one["key"]] = one["outcome"]
        results.parent.mkdir(parents=True, exist_ok=True)
        self._file = results.open("a", encoding="utf-8", buffering=1)
        if text and not text.endswith("\n"):
            self._file.write("\n")
        self.tried = 0

    def keep(self, case: Case, verdict: Verdict, seconds: float, tests: int) -> None:
        """Write a verdict down."""
        self.outcomes[case.key] = verdict.outcome
        line = {
            "key": case.key, "outcome": verdict.outcome, "by": verdict.by, "case": str(case),
            "seconds": round(seconds, 2), "processor": round(verdict.seconds, 3), "tests": tests,
        }  # fmt: skip
        self._file.write(json.dumps(line) + "\n")
        self.tried += verdict.outcome not in {"unpatched", "unsure"}

    def try_all(
        self, todo: list[Case], tests_of: Callable[[Case], dict[str, float]], one: Worker
    ) -> Iterator[tuple[Case, Verdict]]:
        """Give each mutant to a connection that is free, and yield the verdicts as they come."""
        waiting = iter(todo)
        busy: dict[Connection, tuple[Case, float, int]] = {}
        free = list(one.connections)
        while True:
            while free and time.monotonic() < self._until:
                case = next(waiting, None)
                if case is None:
                    break
                tests = tests_of(case)
                connection = free.pop()
                connection.send(Task(str(case.module.path), case.number, tests))
                busy[connection] = case, time.monotonic(), len(tests)
            if not busy:
                return
            for connection in [each for each in wait(list(busy)) if isinstance(each, Connection)]:
                case, start, count = busy.pop(connection)
                try:
                    verdict = Verdict(*connection.recv())
                except EOFError:
                    log = RESULTS.with_name("warm.log").read_text(encoding="utf-8")[-2000:]
                    raise SystemExit(f"a worker ended while it tried {case}\n{log}") from None
                free.append(connection)
                self.keep(case, verdict, time.monotonic() - start, count)
                yield case, verdict


def run(todo: list[Case], results: Run, reach: Reach, options: argparse.Namespace) -> None:
    """Try mutants in warm workers, and in cold ones what these could not decide."""
    chooser = Chooser(reach, options.seconds)
    again = [case for case in todo if results.outcomes.get(case.key) == "unsure"]
    first = [case for case in todo if results.outcomes.get(case.key) != "unsure"]
    if first:
        files = sorted(reach.files({case.path for case in first}))
        with worker(options.jobs, files) as one:
            for case, verdict in results.try_all(first, chooser.tests, one):
                shown(case, verdict, results, len(todo))
                if verdict.outcome == "killed":
                    chooser.killed(case, verdict.by)
                if verdict.outcome in {"survived", "unpatched"} and (
                    verdict.outcome == "unpatched"
                    or reach.at_import(case.path, case.module.text, lines_of(case.mutant))
                ):
                    results.keep(case, Verdict("unsure"), 0, 0)
                    again.append(case)
    if again:
        with worker(options.jobs) as one:
            one.check(again[0], chooser)
            left = []
            for case, verdict in results.try_all(again, chooser.nearest, one):
                if (
                    verdict.outcome == "survived"
                    and not chooser.tests(case).keys() <= chooser.nearest(case).keys()
                ):
                    results.keep(case, Verdict("unsure"), 0, 0)
                    left.append(case)
                else:
                    shown(case, verdict, results, len(todo))
            for case, verdict in results.try_all(left, chooser.tests, one):
                shown(case, verdict, results, len(todo))


def lines_of(mutant: Mutant) -> range:
    """Return the lines of a mutant."""
    return range(mutant.line, mutant.last_line + 1)


def shown(case: Case, verdict: Verdict, results: Run, total: int) -> None:
    """Print what is not killed, and how far the run is."""
    if verdict.outcome not in _LOST:
        print(f"[{results.tried}/{total}] {verdict.outcome}: {case} {verdict.by}", flush=True)
    elif results.tried % 100 == 0:
        print(f"[{results.tried}/{total}]", flush=True)


def report(every: list[Case], results: Run, equivalent: set[str], *, names: bool = True) -> int:
    """Print the survivors and the numbers of each package; return how many survive."""
    counts: dict[str, Counter[str]] = {}
    alive = []
    for case in every:
        outcome = results.outcomes.get(case.key, "open")
        if case.key in equivalent:
            outcome = "equivalent"
        elif outcome not in _LOST and outcome not in {"open", "unsure"}:
            outcome = "alive"
            alive.append(case)
        elif outcome == "unsure":
            outcome = "open"
        package = str(Path(case.path).relative_to("selectors/labelsel").parent)
        package = Path(case.path).name if package == "." else package
        for name in (package, "total"):
            counts.setdefault(name, Counter())[outcome] += 1
    if names:
        for case in alive:
            print(f"alive: {case}")
    for name in sorted(counts, key=lambda each: (each == "total", each)):
        count = counts[name]
        lost = sum(count[outcome] for outcome in _LOST)
        tried = lost + count["alive"]
        share = f"{math.floor(10_000 * lost / tried) / 100} % killed" if tried else "none tried"
        head = "== total" if name == "total" else name
        print(
            f"{head}: {sum(count.values())} mutants: {lost} killed ({count['timeout']} by "
            f"a time limit), {count['equivalent']} equivalent, {count['alive']} alive, "
            f"{count['open']} not tried: {share}"
        )
    return len(alive)


def main(arguments: list[str]) -> int:
    """Read the options and run; see the top of this file for the exit status."""
    parser = documented_parser("tests.mutation", __doc__)
    parser.add_argument("paths", nargs="*", help="files or folders; default: the core")
    parser.add_argument("--since", help="only the lines that changed since this commit")
    parser.add_argument(
        "--minutes",
        type=positive_float,
        default=math.inf,
        help="stop after these; what the tests reach is recorded first",
    )
    parser.add_argument(
        "--jobs", type=positive_int, default=os.cpu_count() or 1, help="mutants at a time"
    )
    parser.add_argument(
        "--seconds", type=positive_float, default=20, help="of tests for a mutant at most"
    )
    parser.add_argument("--tests", nargs="+", help="only these test files; default: all")
    parser.add_argument("--near", action="store_true", help="only tests near the module, and laws")
    parser.add_argument("--again", action="store_true", help="try the survivors again")
    parser.add_argument("--list", action="store_true", help="try nothing, only list")
    parser.add_argument("--shuffle", action="store_true", help="in an order by chance")
    options = parser.parse_args(arguments)
    strangers = [each for each in options.paths if not _is_ours(each)]
    if strangers:
        parser.error(f"no file or folder of the library: {', '.join(strangers)}")
    start = time.monotonic()
    until = start + 60 * options.minutes
    found = modules(options.paths or CORE)
    entries: list[Equivalent] = listed()
    names = {module_name(module.path) for module in found.values()}
    old = stale([each for each in entries if each.module in names], found.values())
    for each in old:
        print(f"no mutant fits this entry of the equivalents: {each}", file=sys.stderr)
    if old:
        return 2
    try:
        changed = None if options.since is None else changed_lines(options.since)
    except ValueError as error:
        parser.error(str(error))
    every = cases(found, changed)
    known = {(each.module, each.function, each.line, each.change) for each in entries}
    equivalent = {
        case.key
        for case in every
        if (
            module_name(case.module.path),
            case.mutant.function,
            case.mutant.text,
            case.mutant.change,
        )
        in known
    }
    results = Run(RESULTS, until)
    done = _LOST if options.again else {*_LOST, "survived"}
    todo = [
        case for case in every
        if case.key not in equivalent and results.outcomes.get(case.key) not in done
    ]  # fmt: skip
    if options.shuffle:
        random.Random(0).shuffle(todo)  # noqa: S311  # the same order each time
    if todo and options.minutes and not options.list:
        files = near(todo) if options.near else options.tests
        try:
            run(todo, results, Reach.load(files, until), options)
        except TimeoutError as error:
            print(f"== {error}")
        except KeyboardInterrupt:
            print("== Stopped: the next run goes on where this one was", file=sys.stderr)
            return 130
    minutes = (time.monotonic() - start) / 60
    tried = f"{results.tried} tried of {len(todo)} mutants without a verdict"
    print(f"== {tried}, in {minutes:.0f} minutes")
    return 1 if report(every, results, equivalent) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
