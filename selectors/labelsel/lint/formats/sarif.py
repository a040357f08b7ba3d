"""Findings as SARIF 2.1.0 (OASIS), the format that code scanners exchange."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from labelsel.errors import escape, path_text
from labelsel.lint.finding import Finding
from labelsel.lint.registry import RULES, Rule

__all__ = ["sarif"]

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: The base of relative URIs: readers replace the name with the root of their checkout.
_ROOT: Final = "SRCROOT"


def sarif(findings: Iterable[Finding], version: str) -> dict[str, Any]:
    """Return a SARIF log of one run, with all rules and the findings, as data for JSON.

    Files below the working directory have URIs relative to it, under the name ``SRCROOT``, so
    that the log means the same in another checkout. A finding in standard input has no file.

    Arguments:
        findings: the findings.
        version: the version of this program.
    """
    driver = {
        "name": "labelsel",
        "version": version,
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
                "results": [_result(found) for found in findings],
            }
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.summary}."},
        **({"helpUri": rule.docs} if rule.docs.startswith("https://") else {}),
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _result(found: Finding) -> dict[str, Any]:
    message = escape(f"{found.subject}: {found.message}. To fix it: {found.fix}.")
    return {
        "ruleId": found.rule.id,
        "ruleIndex": list(RULES).index(found.rule.id),
        "level": found.severity.value,
        "message": {"text": message},
        "locations": [_location(found)],
        "partialFingerprints": {"labelsel/v1": _fingerprint(found)},
    }


def _location(found: Finding) -> dict[str, Any]:
    location_name = escape(f"{found.subject} {path_text(found.path, whole=True)}").rstrip()
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": location_name}]}
    if found.in_file:
        location["physicalLocation"] = {
            "artifactLocation": _artifact(found.file),
            "region": {"startLine": found.line},
        }
    return location


def _artifact(file: str) -> dict[str, str]:
    path, root = Path(file).resolve(), Path.cwd()
    if path.is_relative_to(root):
        return {"uri": quote(path.relative_to(root).as_posix()), "uriBaseId": _ROOT}
    return {"uri": path.as_uri()}


def _fingerprint(found: Finding) -> str:
    """Return a text that stays the same if the finding moves to another line of the file."""
    parts = (found.rule.id, found.subject, path_text(found.path, whole=True))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
