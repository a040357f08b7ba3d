"""Findings as SARIF 2.1.0 (OASIS), the format that code scanners exchange."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from labelsel.errors import ManifestError, UnreadWarning, path_text
from labelsel.escapes import escape, sarif_text
from labelsel.lint.finding import Finding
from labelsel.lint.fixer import TextFix
from labelsel.lint.formats.input_errors import names_a_file
from labelsel.lint.registry import RULES, Rule

__all__ = ["sarif"]

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: The base of relative URIs: readers replace the name with the root of their checkout.
_ROOT: Final = "SRCROOT"


_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")


def sarif(
    findings: Iterable[Finding],
    version: str,
    *,
    folder: str | os.PathLike[str] = ".",
    fixes: Mapping[int, TextFix] | None = None,
    unread: Sequence[ManifestError | UnreadWarning] = (),
) -> dict[str, Any]:
    """Return a SARIF log of one run, with all rules and the findings, as data for JSON.

    Files below the working directory have URIs relative to it, under the name ``SRCROOT``, so
    that the log means the same in another checkout. A finding in standard input has no file.

    Findings that a comment or the baseline suppresses are left out. SARIF could mark them, but
    GitHub's code scanning does not look at the mark and would open an alert for each.

    Arguments:
        findings: the findings, also those that are not reported.
        version: the version of this program.
        folder: what the file in a fingerprint is relative to: the folder of the baseline.
        fixes: the fixes that are certain, by ``id()`` of the finding.
        unread: what was not read: each is a notification of the run, an error of the level error,
            which makes the run not successful, and a warning of the level note.

    >>> sarif([], "1.0")["version"]
    '2.1.0'
    """
    known = {} if fixes is None else fixes
    driver = {
        "name": "labelsel",
        "version": version,
        "informationUri": "https://labelsel.readthedocs.io/en/latest/lint.html",
        "rules": [_rule(rule) for rule in RULES.values()],
    }
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "originalUriBaseIds": {
                    _ROOT: {"description": {"text": "The folder that labelsel ran in"}}
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": not any(map(_is_error, unread)),
                        "toolExecutionNotifications": [_notification(each) for each in unread],
                    }
                ],
                "results": [
                    _result(one, folder, known.get(id(one)))
                    for one in findings
                    if one.suppression is None
                ],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": sarif_text(f"{rule.summary}.")},
        **({"helpUri": rule.docs} if rule.docs.startswith("https://") else {}),
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(found: Finding, folder: str | os.PathLike[str], fix: TextFix | None) -> dict[str, Any]:
    message = escape(f"{found.subject}: {found.message}. To fix it: {found.fix}.")
    return {
        "ruleId": found.rule.id,
        "ruleIndex": list(RULES).index(found.rule.id),
        "level": found.severity.value,
        "message": {"text": sarif_text(message)},
        "locations": [_location(found)],
        "partialFingerprints": {"labelsel/v1": found.key(folder).fingerprint},
        **({} if fix is None else {"fixes": [_fix(found, fix)]}),
    }


def _fix(found: Finding, fix: TextFix) -> dict[str, Any]:
    starts = [0, *(match.end() for match in _LINE_BREAK.finditer(fix.text))]

    def position(offset: int) -> tuple[int, int]:
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    replacements = []
    for edit in fix.text_edits:
        (start_line, start_column), (end_line, end_column) = map(position, edit[:2])
        region = {
            "startLine": start_line,
            "startColumn": start_column,
            "endLine": end_line,
            "endColumn": end_column,
        }
        replacements.append({"deletedRegion": region, "insertedContent": {"text": edit.text}})
    change = {"artifactLocation": _artifact(found.file), "replacements": replacements}
    return {"description": {"text": sarif_text(escape(found.fix))}, "artifactChanges": [change]}


def _location(found: Finding) -> dict[str, Any]:
    location_name = escape(f"{found.subject} {path_text(found.path, whole=True)}").rstrip()
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": location_name}]}
    if found.in_file:
        location["physicalLocation"] = {
            "artifactLocation": _artifact(found.file),
            "region": {"startLine": max(found.line, 1)},
        }
    return location


def _is_error(unread: ManifestError | UnreadWarning) -> bool:
    return isinstance(unread, ManifestError)


def _notification(unread: ManifestError | UnreadWarning) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "level": "error" if _is_error(unread) else "note",
        "message": {"text": sarif_text(str(unread))},
    }
    if names_a_file(unread):
        place: dict[str, Any] = {"artifactLocation": _artifact(unread.file)}
        if unread.line is not None:
            place["region"] = {"startLine": max(unread.line, 1)}
        notification["locations"] = [{"physicalLocation": place}]
    return notification


def _artifact(file: str) -> dict[str, str]:
    # The bytes of the name: a name need not be UTF-8. A link stays the name that was given.
    path, root = Path(os.path.abspath(file)), Path.cwd()  # noqa: PTH100 - resolve follows links
    if path.is_relative_to(root):
        return {"uri": quote(os.fsencode(path.relative_to(root))), "uriBaseId": _ROOT}
    return {"uri": path.as_uri()}
