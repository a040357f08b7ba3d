"""Findings as workflow commands of GitHub Actions, which shows each beside its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelsel.resources.lint.finding import Finding

__all__ = ["github_lines"]


def github_lines(findings: Iterable[Finding]) -> Iterator[str]:
    r"""A line for each finding: ``::error file=web.yaml,line=7,title=illegal-label::pod/a: …``.

    In a message a line break is ``%0A`` and a per cent sign ``%25``; in a property colons and
    commas are escaped, too. Nothing in a manifest can so become a command of its own.
    """
    for found in findings:
        properties = {"file": found.file, "line": str(found.line)} if found.in_file else {}
        properties["title"] = found.rule.id
        said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
        message = f"{found.subject}: {found.message}\nfix: {found.fix}"
        yield f"::{found.rule.severity.value} {said}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
