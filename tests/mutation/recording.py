"""A plugin of pytest that writes down how long each test took, and whether it passed.

The time is the processor's, with that of processes that a test started: it is the same on a machine
that does other things beside.
"""

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

_PROPERTY = "processor"


class _Clock:
    """Puts the time of a test into the report of its last phase."""

    def __init__(self) -> None:
        self._start = 0.0

    def pytest_runtest_logstart(self) -> None:
        """Start."""
        self._start = sum(os.times()[:4])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Stop at the last phase."""
        report = yield
        if call.when == "teardown":
            report.user_properties.append((_PROPERTY, sum(os.times()[:4]) - self._start))
        return report


class _Recorder:
    """One line of JSON for each test, when its last phase is over."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", buffering=1)
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a phase that did not pass, and write the line after the last one."""
        if not report.passed:
            self._failed.add(report.nodeid)
        if report.when == "teardown":
            seconds = float(str(dict(report.user_properties)[_PROPERTY]))
            line = [report.nodeid, round(seconds, 4), report.nodeid not in self._failed]
            self._file.write(json.dumps(line) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Measure in each process, and record in the one that gathers the reports."""
    config.pluginmanager.register(_Clock())
    path = os.environ.get("MUTATION_DURATIONS")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(Path(path)))
