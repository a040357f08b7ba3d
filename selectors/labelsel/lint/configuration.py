"""The configuration of lint in a file: a table of pyproject.toml, or labelsel.toml.

Unknown keys and rules are errors: what is not understood must not switch a rule off, nor on.
"""

from __future__ import annotations

import codecs
import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from labelsel.errors import LabelselError, describe, escape, quote, shorten, show
from labelsel.kubernetes.read.input_files import error_reason, read_bytes
from labelsel.limits import MAX_CONFIGURATION_BYTES, MAX_CONFIGURATION_KEY_PARTS
from labelsel.lint.registry import RULES, Severity
from labelsel.typos import did_you_mean, nearest

__all__ = ["Configuration", "ConfigurationError", "find_configuration", "read_configuration"]

_PYPROJECT: Final = "pyproject.toml"
_LABELSEL: Final = "labelsel.toml"
_KEYS: Final = ("select", "ignore", "severity", "exclude", "baseline", "fail-on")
#: More parts of a key with dots than the limit. A word in quotes is a part, too.
_LONG_KEY: Final = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)"""
    rf"{{{MAX_CONFIGURATION_KEY_PARTS}}}"
)
#: The severities that --fail-on takes.
_FAILING: Final = (Severity.ERROR.value, Severity.WARNING.value)


class ConfigurationError(LabelselError, ValueError):
    """A configuration cannot be read, or says something that is not understood.

    Attributes:
        path: the file.
        problem: what is wrong with it, without a full stop.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return escape(f"{self.path}: {self.problem}")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a file says about lint; the defaults if there is no file.

    Attributes:
        path: the file; None if there is none.
        select: the rules to check; None for all.
        ignore: the rules not to check.
        severity: the severity of rules that differ from their own.
        exclude: patterns of files and folders that are left out.
        baseline: the path of the baseline, from the working directory; None for none.
        fail_on: the severity of findings that fail the run; None for the default.

    >>> Configuration().select is None
    True
    """

    path: str | None = None
    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    baseline: str | None = None
    fail_on: str | None = None


def find_configuration(folder: Path) -> Path | None:
    """Return the configuration that counts for a folder; None if there is none.

    1. The folder is searched first, then the folders above it: the first that has a
       configuration counts. The search ends at the root of a repository (a folder with
       ``.git``), or of the file system.
    2. A folder has a configuration if it has ``labelsel.toml``, or a ``pyproject.toml`` with a
       table ``[tool.labelsel]``.

    Raises:
        ConfigurationError: a folder has both, or its pyproject.toml cannot be read.
    """
    try:
        resolved = folder.resolve()
    except OSError as error:  # the working directory was removed
        raise ConfigurationError(str(folder), error_reason(error)) from error
    for each in (resolved, *resolved.parents):
        own, project = each / _LABELSEL, each / _PYPROJECT
        has_table = _is_file(project) and _project_table(project, _load(project)) is not None
        if _is_file(own):
            if has_table:
                problem = f"{project} has [tool.labelsel], too: keep one of them"
                raise ConfigurationError(str(own), problem)
            return own
        if has_table:
            return project
        if os.path.exists(each / ".git"):  # noqa: PTH110 - as `_is_file`
            break
    return None


def _is_file(path: Path) -> bool:
    # Unlike Path.is_file, this is no error in a folder that must not be searched.
    return os.path.isfile(path)  # noqa: PTH113 - see above


def read_configuration(path: Path) -> Configuration:
    """Return what a file says about lint.

    A file named ``pyproject.toml`` says it in ``[tool.labelsel.lint]``, any other file in
    ``[lint]``.

    Raises:
        ConfigurationError: the file cannot be read, or a key or a rule is unknown.
    """
    data = _load(path)
    name = str(path)
    prefix = ""
    if path.name == _PYPROJECT:
        table = _project_table(path, data)
        if table is None:
            raise ConfigurationError(name, "it has no table [tool.labelsel.lint]")
        data, prefix = table, "tool.labelsel."
    _check_keys(name, data, ("lint",), prefix)
    return _Reader(name, f"{prefix}lint").read(data.get("lint", {}))


def _load(path: Path) -> dict[str, Any]:
    try:
        data = read_bytes(path, MAX_CONFIGURATION_BYTES)
    except (OSError, ValueError) as error:
        raise ConfigurationError(str(path), error_reason(error)) from error
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError:
        raise ConfigurationError(str(path), "not UTF-8") from None
    if _LONG_KEY.search(text) is not None:
        problem = f"a key has more than {MAX_CONFIGURATION_KEY_PARTS} parts"
        raise ConfigurationError(str(path), problem)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(str(path), f"not TOML: {_reason_of(error)}") from error
    except RecursionError:
        raise ConfigurationError(str(path), "not TOML: it is nested too deep") from None
    except ValueError:
        raise ConfigurationError(str(path), "not TOML: a number has thousands of digits") from None


def _reason_of(error: tomllib.TOMLDecodeError) -> str:
    """Return the words of Python's reader, which name a key of any length before the line."""
    words, bracket, place = str(error).rpartition(" (at ")
    return f"{shorten(words)}{bracket}{place}"


def _project_table(path: Path, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return ``[tool.labelsel]``, or None."""
    tool = data.get("tool")
    table = tool.get("labelsel") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise ConfigurationError(str(path), f"tool.labelsel must be a table, not {describe(table)}")


def _check_keys(file: str, table: Mapping[str, Any], known: Collection[str], prefix: str) -> None:
    for key in table:
        if key not in known:
            meant = did_you_mean(nearest(key, known)) or f"; known: {', '.join(known)}"
            raise ConfigurationError(file, f"unknown key {prefix}{shorten(key)}{meant}")


class _Reader:
    """Reads the table of lint; every error names the file and the key."""

    def __init__(self, file: str, table: str) -> None:
        self._file = file
        self._table = table

    def read(self, data: Any) -> Configuration:
        if not isinstance(data, dict):
            raise self._fault("", f"must be a table, not {describe(data)}")
        _check_keys(self._file, data, _KEYS, f"{self._table}.")
        return Configuration(
            path=self._file,
            select=self._rules("select", data["select"]) if "select" in data else None,
            ignore=self._rules("ignore", data.get("ignore", [])),
            severity=self._severity(data.get("severity", {})),
            exclude=self._patterns(data.get("exclude", [])),
            baseline=self._baseline(data["baseline"]) if "baseline" in data else None,
            fail_on=self._word("fail-on", data["fail-on"]) if "fail-on" in data else None,
        )

    def _fault(self, key: str, problem: str) -> ConfigurationError:
        name = f"{self._table}.{key}" if key else self._table
        return ConfigurationError(self._file, f"{name} {problem}")

    def _strings(self, key: str, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._fault(key, f'must be a list of strings, such as {key} = ["..."]')
        return value

    def _rules(self, key: str, value: Any) -> frozenset[str]:
        return frozenset(self._rule(key, name) for name in self._strings(key, value))

    def _rule(self, key: str, name: str) -> str:
        if name not in RULES:
            meant = did_you_mean(nearest(name, RULES)) or f"; rules: {', '.join(RULES)}"
            raise self._fault(key, f'has "{shorten(name)}", which is not a rule{meant}')
        return name

    def _severity(self, value: Any) -> dict[str, Severity]:
        if not isinstance(value, dict):
            raise self._fault("severity", f"must be a table, not {describe(value)}")
        levels: dict[str, Severity] = {}
        for name, level in value.items():
            if level not in list(Severity):
                words = ", ".join(Severity)
                raise self._fault(
                    f"severity.{shorten(name)}", f"must be one of {words}, not {show(level)}"
                )
            levels[self._rule("severity", name)] = Severity(level)
        return levels

    def _patterns(self, value: Any) -> tuple[str, ...]:
        patterns = self._strings("exclude", value)
        for pattern in patterns:
            if not Path(pattern).parts:
                raise self._fault(
                    "exclude", f"has {quote(pattern)}, which is not a pattern of a name"
                )
        return tuple(patterns)

    def _baseline(self, value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or "\0" in value:
            raise self._fault("baseline", "must be the path of a file")
        return str(Path(self._file).parent / value)

    def _word(self, key: str, value: Any) -> str:
        if value not in _FAILING:
            raise self._fault(key, f"must be {' or '.join(_FAILING)}, not {show(value)}")
        return str(value)
