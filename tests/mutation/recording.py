"""A plugin of pytest that writes down how long each test took, and whether it passed."""

import json
import os
from pathlib import Path

import pytest


class _Recorder:
    """One line of JSON for each test, when its last phase is over."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", buffering=1)
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up the three phases of a test."""
        test = report.nodeid
        self._seconds[test] = self._seconds.get(test, 0.0) + report.duration
        if not report.passed:
            self._failed.add(test)
        if report.when == "teardown":
            line = [test, round(self._seconds[test], 4), test not in self._failed]
            self._file.write(json.dumps(line) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Record in the process that gathers the reports: not in each worker of pytest-xdist."""
    path = os.environ.get("MUTATION_DURATIONS")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(Path(path)))
