"""The processes that try mutants: each is loaded once, and forks for each mutant.

A warm worker is a run of pytest that has gathered its tests and then waits. For a mutant it forks:
the child gives the changed functions their new code and runs the tests that reach it, until one
fails. That takes some hundredths of a second.

A cold worker has loaded the libraries that the tests use, and nothing of labelsel. Its child loads
labelsel with the changed module and runs pytest. That takes some seconds, and is for code that runs
at an import, and for what a warm worker could not see: objects that were made before the change.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

import pytest

from tests.mutation.modules import ROOT, Functions, Module, find_functions, install, replace

__all__ = ["Task", "Verdict", "run_cold"]

_MEMORY: Final = 6 << 30
# Compiled, or slow to load; nothing of them starts a thread when it is imported.
_LIBRARIES: Final = (
    "_pytest.assertion.rewrite", "hypothesis", "hypothesis.strategies", "hypothesis.stateful",
    "lark", "numpy", "pyroaring", "yaml", "click", "rich.console", "pyarrow", "sqlalchemy",
    "kubernetes.client", "jsonpath", "difflib", "pydantic", "pandas",
)  # fmt: skip


class Task(NamedTuple):
    """One mutant to try: the file of its module, its number there, and the tests with seconds."""

    path: str
    number: int
    tests: dict[str, float]


class Verdict(NamedTuple):
    """What came of a mutant.

    ``outcome`` is "killed" by a test that failed, "timeout", "crash" if the process ended,
    "survived", "unpatched" if no function of the process had the code, or "error" if the mutant was
    not tried. ``by`` is the test that failed, or what happened. ``seconds`` are the processor's.
    """

    outcome: str
    by: str = ""
    seconds: float = 0.0


class _Reporter:
    """Ends the process at the first test that fails, and limits the time of each."""

    def __init__(self, answer: int, seconds: dict[str, float]) -> None:
        self._answer, self._seconds = answer, seconds

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A failure in any phase kills the mutant."""
        if report.failed:
            _end(self._answer, Verdict("killed", report.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """The same before pytest writes the report of a failure, which takes most of the time."""
        error = call.excinfo
        if error is None or error.errisinstance(pytest.skip.Exception):
            return
        if item.get_closest_marker("xfail") is None:
            _end(self._answer, Verdict("killed", item.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """Set the timers: of the processor, for a loop; of the clock, for a lock."""
        limit(self._seconds.get(item.nodeid, 1.0))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests of the task, in its order; for a cold worker."""
        order = {name: number for number, name in enumerate(self._seconds)}
        items[:] = sorted(
            (item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid]
        )


def limit(seconds: float) -> None:
    """End this process if a test takes many times as long as it took when it was recorded."""
    signal.setitimer(signal.ITIMER_PROF, 3 + 8 * seconds)
    signal.setitimer(signal.ITIMER_REAL, 60 + 30 * seconds)


def _end(answer: int, verdict: Verdict) -> NoReturn:
    os.write(answer, "\n".join(verdict[:2]).encode())
    os._exit(0)


def _in_child(work: Callable[[int], Verdict]) -> Verdict:
    """Fork, and return the verdict of the child; how it ended, if it gives none."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        try:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
            for each in (signal.SIGPROF, signal.SIGALRM):
                signal.signal(each, signal.SIG_DFL)
            limit(30)
            _end(write, work(write))
        except BaseException as error:  # noqa: BLE001  # this process ends here in any case
            _end(write, Verdict("error", repr(error)))
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        # A process that a test left behind may hold the pipe: what is read ends with the child.
        _, status, usage = os.wait4(child, 0)
        os.set_blocking(read, False)
        said = (pipe.read() or b"").decode()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    seconds = usage.ru_utime + usage.ru_stime
    if said:
        outcome, by = said.split("\n", 1)
        return Verdict(outcome, by, seconds)
    ended = os.waitstatus_to_exitcode(status)
    outcome = "timeout" if -ended in {signal.SIGPROF, signal.SIGALRM} else "crash"
    return Verdict(outcome, str(ended), seconds)


class _Warm:
    """Tries mutants in the process that has gathered the tests."""

    def __init__(self, items: dict[str, pytest.Item], functions: Functions) -> None:
        self._items, self._functions = items, functions
        self._modules: dict[str, Module] = {}
        self._sound: dict[str, bool] = {}

    def verdict(self, task: Task) -> Verdict:
        """Try a mutant, without each test that, alone, fails without the mutant, too."""
        module = self._modules.get(task.path)
        if module is None:
            module = self._modules[task.path] = Module(Path(task.path))
            module.mutants, module.code  # noqa: B018  # once, before any fork
        tests = {
            name: seconds
            for name, seconds in task.tests.items()
            if name in self._items and self._sound.get(name, True)
        }
        found = _in_child(lambda answer: self._try(answer, module, task.number, tests))
        if found.outcome != "killed" or self._sound.get(found.by):
            return found
        alone = {found.by: tests.get(found.by, 1.0)}
        again = _in_child(lambda answer: self._run(answer, alone))
        self._sound[found.by] = again.outcome == "survived"
        return found if self._sound[found.by] else self.verdict(task)

    def _try(self, answer: int, module: Module, number: int, tests: dict[str, float]) -> Verdict:
        try:
            if not replace(self._functions, module.code, module.mutated(number)):
                return Verdict("unpatched")
        except (SyntaxError, ValueError) as error:
            return Verdict("error", repr(error))
        return self._run(answer, tests)

    def _run(self, answer: int, tests: dict[str, float]) -> Verdict:
        items = [self._items[name] for name in tests]
        if items:
            items[0].config.pluginmanager.register(_Reporter(answer, tests))
        for number, item in enumerate(items, 1):
            after = items[number] if number < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        return Verdict("survived")


def _serve(connection: Connection, verdict: Callable[[Task], Verdict]) -> None:
    """Answer tasks until the other end is closed."""
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            connection.send(verdict(Task(*connection.recv())))


def _connections() -> Iterator[Connection]:
    for number in os.environ["MUTATION_PIPES"].split(","):
        yield Connection(int(number))


def _fork_all(serve: Callable[[Connection], None]) -> None:
    """Serve each connection in a process of its own, and wait for all."""
    connections, children = list(_connections()), []
    for connection in connections:
        child = os.fork()
        if not child:
            for other in connections:
                if other is not connection:
                    other.close()
            serve(connection)
            os._exit(0)
        children.append(child)
    for connection in connections:
        connection.close()
    for child in children:
        os.waitpid(child, 0)


class _WarmPlugin:
    """Serves instead of running the tests."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find what can be changed, and wait for tasks."""
        items = {item.nodeid: item for item in session.items}
        gc.unfreeze()  # tests/conftest.py hides what was made before the tests
        functions = find_functions(ROOT / "selectors" / "labelsel")
        gc.collect()
        gc.freeze()  # so that the children share the memory of their parent

        def serve(connection: Connection) -> None:
            # Not in the checkout: a test that makes a repository must never find this one.
            folder = Path(tempfile.mkdtemp(prefix="mutation-")) / "tmp"
            session.config._tmp_path_factory._given_basetemp = folder  # type: ignore[attr-defined]
            _serve(connection, _Warm(items, functions).verdict)

        _fork_all(serve)
        return True


def pytest_configure(config: pytest.Config) -> None:
    """``-p tests.mutation.worker`` makes a run of pytest a warm worker."""
    config.pluginmanager.register(_WarmPlugin())


def run_cold(answer: int, task: Task, folder: Path) -> Verdict:
    """Load labelsel with a mutant and run the tests of a task with pytest."""
    module = Module(Path(task.path))
    if task.number >= 0:
        install(module.path, module.mutated(task.number))
    os.environ.pop("HYPOTHESIS_NO_PLUGINS", None)
    try:
        importlib.import_module("hypothesis.entry_points").run()
    except Exception as error:  # noqa: BLE001  # of the changed module
        return Verdict("killed", repr(error))
    files = dict.fromkeys(name.partition("::")[0] for name in task.tests)
    options = ["-q", "-p", "no:cacheprovider", "-m", "not slow", f"--basetemp={folder}"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is loaded
    reporter = _Reporter(answer, task.tests)
    status = pytest.main([*options, *files], plugins=[reporter])
    # What fails before a test runs, such as the import of labelsel, is a failure, too.
    fine = status in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    return Verdict("survived" if fine else "killed", "" if fine else f"pytest: {status}")


def main() -> None:
    """Be a cold worker."""
    sys.path.insert(0, str(ROOT))
    for name in _LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    loaded = [name for name in sys.modules if name.partition(".")[0] == "labelsel"]
    assert not loaded, loaded
    gc.collect()
    gc.freeze()

    def serve(connection: Connection) -> None:
        folder = Path(tempfile.mkdtemp(prefix="mutation-")) / "tmp"
        _serve(connection, lambda task: _in_child(lambda answer: run_cold(answer, task, folder)))

    _fork_all(serve)


if __name__ == "__main__":
    main()
