"""Run the property tests with new seeds until the time is up: `make explore MINUTES=60`.

1. A round is one run of all property tests in a process of its own, with one random seed and the
   Hypothesis profile `explore`. Each processor runs rounds at the same time as the others.
2. A failure does not end the exploration. It is printed when its round ends: the whole report the
   first time, one line when another seed finds it again.
3. When the time is up, each round ends after the test that it is running. Ctrl-C stops at once.
   Both print a summary with the command that runs each failure again.
4. The exit status is 0 if nothing was found, 1 if something was, 2 if a round could not run,
   or no test had ended when the time was up.
"""

import argparse
import io
import math
import os
import random
import shlex
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from benchmarks.options import positive_float, positive_int

ROOT = Path(__file__).resolve().parent.parent
PROFILE = "explore"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed test: its path from the checkout's root, its report, the error's first line."""

    test: str
    report: str
    error: str


@dataclass(slots=True)
class Round:
    """What one run of the property tests with one seed found. Also the plugin that records it."""

    seed: int
    until: float
    failures: list[Failure] = field(default_factory=list)
    passed: int = 0
    trouble: str = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test that passed, and keep what pytest says of one that failed."""
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            error = (crash.message if crash else report.longreprtext).strip().partition("\n")[0]
            # The node id of a file outside of the root directory starts in a folder of its own.
            test = "::".join([report.location[0], *report.nodeid.split("::")[1:]])
            self.failures.append(Failure(test, report.longreprtext, error))
        elif report.when == "call":
            self.passed += report.passed

    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """End the round before the next test once the time is up."""
        if time.time() > self.until:
            item.session.shouldstop = "the time is up"


def run_round(seed: int, until: float, paths: list[str]) -> Round:
    """Run the property tests once with a seed; nothing is printed."""
    os.environ["HYPOTHESIS_PROFILE"] = PROFILE
    found, output = Round(seed, until), io.StringIO()
    options = ["-m", "hypothesis", f"--hypothesis-seed={seed}", "-p", "no:cacheprovider"]
    options.append(f"--rootdir={ROOT}")
    with redirect_stdout(output), redirect_stderr(output):
        status = pytest.main([*options, *paths], plugins=[found])
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED} and time.time() < until:
        found.trouble = f"{pytest.ExitCode(status).name}\n{output.getvalue()}"
    return found


def send_round(answer: Connection, seed: int, until: float, paths: list[str]) -> None:
    """Run one round in this process and send what it found."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this
    answer.send(run_round(seed, until, paths))


def rounds(jobs: int, until: float, number: float, paths: list[str]) -> Iterator[Round]:
    """Yield rounds as they end, with ``jobs`` of them running at a time.

    New rounds start until the time is up or ``number`` of them were started. Each has a process
    of its own: what one leaves in memory changes no other, and a crash is a result like others.
    """
    seeds, context = random.SystemRandom(), get_context("spawn")
    running: dict[Connection, tuple[int, SpawnProcess]] = {}
    started = 0
    try:
        while True:
            while len(running) < jobs and started < number and time.time() < until:
                seed, (mine, theirs) = seeds.randrange(2**32), context.Pipe(duplex=False)
                process = context.Process(target=send_round, args=(theirs, seed, until, paths))
                process.start()
                theirs.close()
                running[mine] = seed, process
                started += 1
            if not running:
                return
            for answer in wait(list(running)):
                assert isinstance(answer, Connection)
                yield received(answer, *running.pop(answer))
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()


def received(answer: Connection, seed: int, process: SpawnProcess) -> Round:
    """Return what a round sent, or say that its process ended without an answer."""
    try:
        found: Round = answer.recv()
    except EOFError:
        process.join()
        found = Round(seed, 0, trouble=f"its process ended with status {process.exitcode}")
    process.join()
    return found


def property_tests() -> list[str]:
    """Return the files that hold property tests: to load the others takes longer than to run."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [str(file) for file in files if "from hypothesis" in file.read_text(encoding="utf-8")]


def again(test: str, seed: int) -> str:
    """Return the command that runs a failed test with its seed, from the checkout's root."""
    python = shlex.quote(os.path.relpath(sys.executable, ROOT))
    options = f"--hypothesis-seed={seed} {shlex.quote(test)}"
    return f"HYPOTHESIS_PROFILE={PROFILE} {python} -m pytest {options}"


def summary(found: dict[tuple[str, str], list[int]], ended: int, passed: int) -> str:
    """Say how much ran, and for each failure how often it came and how to run it again."""
    lines = [
        f"== {ended} rounds, {passed} property tests passed, {len(found)} kinds of failure found"
    ]
    for (test, error), seeds in found.items():
        lines += [f"{test}: {error}", f"   in {len(seeds)} rounds; to run it again:"]
        lines += [f"   {again(test, seeds[0])}"]
    return "\n".join(lines)


def show(one: Round, found: dict[tuple[str, str], list[int]]) -> None:
    """Print what a round found, in full what is new, and add it to ``found``."""
    print(f"seed {one.seed}: {one.passed} passed, {len(one.failures)} failed", flush=True)
    for failure in one.failures:
        seeds = found.setdefault((failure.test, failure.error), [])
        text = failure.error if seeds else failure.report
        print(f"-- {failure.test}: {text}", flush=True)
        seeds.append(one.seed)


def explore(jobs: int, until: float, number: float, paths: list[str]) -> int:
    """Run rounds, print what they find, and return the exit status."""
    found: dict[tuple[str, str], list[int]] = {}
    ended = passed = 0
    trouble, is_stopped = "", False
    try:
        for one in rounds(jobs, until, number, paths):
            ended, passed, trouble = ended + 1, passed + one.passed, one.trouble
            show(one, found)
            if trouble:
                print(f"-- this round could not run: {trouble}", file=sys.stderr, flush=True)
                break
    except KeyboardInterrupt:
        print("== stopped")
        is_stopped = True
    print(summary(found, ended, passed))
    if not (trouble or found or passed or is_stopped):
        trouble = "no property test had ended when the time was up: give more --minutes"
        print(f"-- {trouble}", file=sys.stderr)
    return 2 if trouble else 1 if found else 0


def main(arguments: list[str]) -> int:
    """Read the options and explore; see the top of this file for the exit status."""
    parser = argparse.ArgumentParser(description="Run the property tests with new seeds.")
    parser.add_argument("--minutes", type=positive_float, default=math.inf, help="default: no end")
    parser.add_argument("--rounds", type=positive_int, default=math.inf, help="default: no end")
    parser.add_argument(
        "--jobs", type=positive_int, default=os.cpu_count() or 1, help="rounds at a time"
    )
    parser.add_argument("paths", nargs="*", help="default: every file with property tests")
    options = parser.parse_args(arguments)
    until = time.time() + 60 * options.minutes
    return explore(options.jobs, until, options.rounds, options.paths or property_tests())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
