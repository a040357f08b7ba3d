"""The baseline: findings that are known, so that only new ones are reported.

A baseline is a JSON file. Each entry is a `FindingKey`: rule, file, object and path, with the file
relative to the folder of the baseline. The line and the words of a finding do not count, so an
entry stays good if text moves.
"""

from __future__ import annotations

import json
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from labelsel.errors import LabelselError, escape, show
from labelsel.kubernetes import Rewrite, json_text
from labelsel.kubernetes.read.input_files import STANDARD_INPUT, error_reason, read_bytes
from labelsel.lint.finding import Finding, FindingKey, Suppression, relative_file
from labelsel.lint.registry import RULES

__all__ = ["Baseline", "BaselineError", "BaselineResult", "write_baseline"]

_TOOL: Final = "labelsel lint"
_VERSION: Final = 1
#: How the names of inputs begin that are no files: of standard input, and of commands.
_NO_FILES: Final = (STANDARD_INPUT, "helm ", "kubectl ", "kustomize ")
_FIELDS: Final = ("rule", "file", "object", "path")


class BaselineError(LabelselError, ValueError):
    """A baseline cannot be read or written, so nothing may count as known.

    Attributes:
        path: the file.
        problem: what is wrong with it, without a full stop.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return escape(f"baseline {self.path}: {self.problem}")


@dataclass(frozen=True, slots=True)
class BaselineResult:
    """Findings compared with a baseline.

    Attributes:
        findings: the findings; those that the baseline has are marked.
        stale: the entries that no finding has any more.
    """

    findings: list[Finding]
    stale: list[FindingKey]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The findings that are known, each with how often it is there.

    Attributes:
        path: the file.
        entries: the findings.

    >>> Baseline("labelsel-baseline.json", Counter()).folder
    '.'
    """

    path: str
    entries: Counter[FindingKey]

    @property
    def folder(self) -> str:
        """The folder of the file, which the files of its entries are relative to."""
        return str(Path(self.path).parent)

    @classmethod
    def read(cls, path: str) -> Baseline:
        """Read a baseline.

        Raises:
            BaselineError: the file is missing, or is not a baseline.
        """
        _refuse_other_than_files(path)
        try:
            text = read_bytes(Path(path)).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BaselineError(path, "not UTF-8, so not a baseline") from None
        except FileNotFoundError:
            problem = "there is no such file: --write-baseline makes it"
            raise BaselineError(path, problem) from None
        except (OSError, ValueError) as error:
            raise BaselineError(path, error_reason(error)) from error
        try:
            return cls(path, Counter(_keys(_read_json(text))))
        except ValueError as error:
            problem = f"not a baseline of labelsel: {error}; correct it, or remove it"
            raise BaselineError(path, problem) from error

    def compare(
        self, findings: Iterable[Finding], rules: Collection[str], files: Collection[str]
    ) -> BaselineResult:
        """Return the findings, marked if the baseline has them, and the stale entries.

        An entry that is there once stands for one finding, not for all with its key.

        Arguments:
            findings: the findings.
            rules: the rules that were checked.
            files: the files that were read, as entries name them. See `covers`.

        Complexity: O(n) for n findings and entries.
        """
        left = Counter(self.entries)
        marked: list[Finding] = []
        for found in findings:
            key = found.key(self.folder)
            if found.suppression is None and left[key] > 0:
                left[key] -= 1
                marked.append(replace(found, suppression=Suppression.BASELINE))
            else:
                marked.append(found)
        stale = [key for key in left.elements() if self.covers(key, rules, files)]
        return BaselineResult(marked, stale)

    def covers(self, key: FindingKey, rules: Collection[str], files: Collection[str]) -> bool:
        """Return whether a check would have had the finding of an entry, if it is still there.

        1. A check of its rule in its file would. So would any, if there is no such rule or file.
        2. A file that no entry of this baseline is written with is never read: one with an
           absolute path, or one with a detour (``shop/../web.yaml``).
        """
        if key.rule not in RULES:
            return True
        is_file = not key.file.startswith(_NO_FILES)
        if is_file and self._is_gone(key.file):
            return True
        return key.rule in rules and key.file in files

    def _is_gone(self, file: str) -> bool:
        path = Path(self.folder, file)
        return relative_file(str(path), self.folder) != file or not path.exists()


def _refuse_other_than_files(path: str) -> None:
    """Raise a BaselineError for what is there and no regular file: reading it may never end."""
    if path == "-":
        problem = "a baseline is a file, not standard input; a file of this name is ./-"
        raise BaselineError(path, problem)
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return  # reading the file says why
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a device, a pipe or a socket"
        raise BaselineError(path, f"a baseline is a regular file, and this is {what}")


def write_baseline(
    path: str, findings: Iterable[Finding], rules: Collection[str], files: Collection[str]
) -> tuple[Rewrite, int]:
    """Return the file of a baseline for ``write_files``, and how many old entries it keeps.

    It has the findings, and the old entries of rules and files that were not checked. A link is
    followed.

    Arguments:
        path: the file, which may be there already.
        findings: the findings.
        rules: the rules that were checked.
        files: the files that were read, as entries name them.

    Raises:
        BaselineError: there is such a file, and it is not a baseline: it is not overwritten.
    """
    _refuse_other_than_files(path)
    target = Path(path)
    before: bytes | None = None
    kept: list[FindingKey] = []
    if target.exists():
        old = Baseline.read(path)
        kept = [key for key in old.entries.elements() if not old.covers(key, rules, files)]
        before = target.read_bytes()
    elif not target.parent.is_dir():
        raise BaselineError(path, "there is no such folder")
    keys = sorted([*(found.key(target.parent) for found in findings), *kept])
    data = {
        "tool": _TOOL,
        "version": _VERSION,
        "findings": [dict(zip(_FIELDS, key, strict=True)) for key in keys],
    }
    return Rewrite(path, target.resolve(), before, json_text(data).encode()), len(kept)


def _read_json(text: str) -> Any:
    """Return the data of a text; ValueError in our words if it is not JSON."""
    if not text.strip():
        raise ValueError("it is empty")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except json.JSONDecodeError as error:
        message = f"line {error.lineno}, column {error.colno} is not JSON"
        raise ValueError(message) from None
    except ValueError:
        raise ValueError("a number has thousands of digits") from None


def _keys(data: Any) -> Sequence[FindingKey]:
    """Return the entries in the data of a baseline; ValueError if it is none."""
    match data:
        case {"tool": "labelsel lint", "version": 1, "findings": list(entries)}:
            return [_key(number, entry) for number, entry in enumerate(entries, start=1)]
        case {"tool": "labelsel lint", "version": version} if version != _VERSION:
            message = f"its version is {show(version)}, and this labelsel knows {_VERSION}"
        case _:
            message = f'it must be a map with "tool": "{_TOOL}", "version" and "findings"'
    raise ValueError(message)


def _key(number: int, entry: Any) -> FindingKey:
    fields: list[Any] = [entry.get(name) for name in _FIELDS] if isinstance(entry, dict) else []
    if not fields or not all(isinstance(field, str) for field in fields):
        message = f"its finding {number} needs {', '.join(_FIELDS)}, each a string"
        raise ValueError(message)
    return FindingKey(*fields)
