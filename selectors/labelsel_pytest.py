"""What pytest loads of labelsel in every run: the options of ``labelsel.conformance``.

They exist only where the command line names labelsel.conformance, so that no other project's
options are in the way. This module is outside the package, so that pytest loads nothing of
labelsel itself before a tool that measures coverage has started.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

_SUITE = "labelsel.conformance"


def _is_asked(arguments: list[str]) -> bool:
    return any(word.partition("::")[0].startswith(_SUITE) for word in arguments)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Add the options where the suite is asked for; say what to give where it is not given."""
    if not _is_asked(args):
        return
    group = parser.getgroup("labelsel.conformance")
    group.addoption("--matcher", metavar="MODULE:NAME", help="the function to test")
    group.addoption("--objects", action="store_true", help="LabelSelector objects instead of texts")
    early_config.pluginmanager.register(_Suite(), "labelsel.conformance")


class _Suite:
    """The hooks of a run of the suite."""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Refuse a run without a function, before anything is collected."""
        from labelsel.conformance.matcher import WHAT_TO_GIVE, MatcherError, load_matcher  # noqa: PLC0415  # see above

        name = config.getoption("--matcher")
        if config.option.collectonly or config.option.help:
            return
        if name is None:
            raise pytest.UsageError(WHAT_TO_GIVE)
        try:
            load_matcher(name)
        except MatcherError as error:
            raise pytest.UsageError(str(error)) from None

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        """Print the table of all groups."""
        from labelsel.conformance.report import Count, table  # noqa: PLC0415  # see above

        reports = [
            report
            for outcome in ("passed", "failed")
            for report in terminalreporter.getreports(outcome)
        ]
        found = [
            Count(**json.loads(value))
            for report in reports
            for name, value in report.user_properties
            if name == _SUITE and report.when == "call"
        ]
        if found:
            found.sort(key=lambda group: (group.rule, group.about))
            terminalreporter.section(_SUITE)
            terminalreporter.write_line(table(found, config.getoption("--matcher")))
