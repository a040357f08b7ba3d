"""Findings as workflow commands of GitHub Actions, which shows each beside its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Final

from labelsel.errors import escape
from labelsel.lint.finding import Finding
from labelsel.lint.registry import Severity

__all__ = ["github_lines"]

_COMMANDS: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}


def github_lines(findings: Iterable[Finding]) -> Iterator[str]:
    r"""Yield a line for each finding.

    As in ``::error file=web.yaml,line=7,title=illegal-label::pod/a: …``.

    1. Control characters and line breaks are shown as escapes, as in all messages.
    2. A per cent sign is ``%25``. In a property colons and commas are escaped, too. So no text of
       a manifest or of a file's name can become a command.
    3. The one line break in a message, before its fix, is ``%0A``.
    """
    for found in findings:
        properties = {}
        if found.in_file:
            # GitHub knows the files of a repository without "./" before their names.
            properties = {"file": PurePath(found.file).as_posix(), "line": str(found.line)}
        properties["title"] = found.rule.id
        options = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        message = _data(f"{found.subject}: {found.message}") + "%0A" + _data(f"fix: {found.fix}")
        yield f"::{_COMMANDS[found.severity]} {options}::{message}"


def _data(text: str) -> str:
    return escape(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
