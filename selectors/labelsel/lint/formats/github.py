"""Findings and input errors as workflow commands of GitHub Actions: each is shown at its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Final

from labelsel.errors import ManifestError
from labelsel.escapes import github_data, github_property
from labelsel.lint.finding import Finding
from labelsel.lint.formats.input_errors import names_a_file
from labelsel.lint.registry import Severity

__all__ = ["github_error_lines", "github_lines"]

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
        lines = (f"{found.subject}: {found.message}", f"fix: {found.fix}")
        yield _command(_COMMANDS[found.severity], properties, lines)


def github_error_lines(errors: Iterable[ManifestError]) -> Iterator[str]:
    r"""Yield a line for each error of the input, escaped as a finding is.

    >>> print(*github_error_lines([ManifestError("standard input", "not UTF-8", line=3)]))
    ::error title=input-error::standard input (line 3): not UTF-8
    """
    for error in errors:
        properties = {"title": "input-error"}
        if names_a_file(error):
            line = {} if error.line is None else {"line": str(error.line)}
            properties = {"file": PurePath(error.file).as_posix(), **line, **properties}
        yield _command("error", properties, str(error).split("\n"))


def _command(name: str, properties: Mapping[str, str], lines: Iterable[str]) -> str:
    options = ",".join(f"{key}={github_property(value)}" for key, value in properties.items())
    return f"::{name} {options}::{github_data(*lines)}"
