"""What a rule is, and the registry of all rules: the runner, the help and the formats read it.

A rule is one function with the decorator `rule`, in one file. Our own are in the folder
``rules``. A program adds its own rules by importing the module that defines them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from labelsel.errors import LabelselError, escape, require_each, require_type
from labelsel.typos import did_you_mean, nearest

if TYPE_CHECKING:  # both modules import this one
    from labelsel.lint.context import Context
    from labelsel.lint.finding import Finding

    Check: TypeAlias = Callable[[Context], Iterator[Finding]]

__all__ = ["RULES", "Rule", "Severity", "UnknownRuleError", "parse_rule_names", "rule"]

#: A comma would divide a name in ``--select``, and a GitHub command ends at a colon.
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Severity(StrEnum):
    """How bad a finding is, the worst first.

    1. ``ERROR``: it does not work in a cluster.
    2. ``WARNING``: it works, and is most likely not meant.
    3. ``NOTE``: it may be wrong, because a part of the input was not read; or it is about a comment
       and no object.

    Each is also a string: its value.

    Raises:
        ValueError: there is no severity of this value.

    Complexity: O(1).

    >>> Severity("warning") is Severity.WARNING, Severity.ERROR == "error"
    (True, True)
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong with labels and selectors: the decorator `rule` makes it.

    Attributes:
        id: the name of the rule, which stays the same from version to version.
        severity: how bad each finding of the rule is.
        summary: what the rule finds, in one sentence without a full stop.
        check: yields the findings in the objects of a `Context`.
        needs_all: whether the rule concludes something from what the input does not contain. If a
            part of the input was not read, the findings of such a rule are notes.
        docs: where the rule is explained: a file with an anchor, or a URL; empty for nowhere.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.lint import RULES
    >>> found = RULES["illegal-label"]
    >>> found.severity.value, found.summary
    ('error', 'A label has a key or a value that the API server refuses')
    """

    id: str
    severity: Severity
    summary: str
    check: Check
    needs_all: bool = False
    docs: str = ""

    def __reduce__(self) -> tuple[object, ...]:
        # By name: its function cannot be pickled, since the decorator put the rule in its place.
        return _rule_named, (self.id,)


class UnknownRuleError(LabelselError, ValueError):
    """No rule has this name.

    Attributes:
        word: the name.

    >>> from labelsel.lint import parse_rule_names
    >>> try:
    ...     parse_rule_names(["key-typpo"])
    ... except UnknownRuleError as error:
    ...     print(error.word, "/", str(error).splitlines()[0])
    key-typpo / "key-typpo" is not a rule; did you mean key-typo?
    """

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word

    def __str__(self) -> str:
        meant = did_you_mean(nearest(self.word, RULES))
        return f'"{escape(self.word)}" is not a rule{meant}\n  rules: {", ".join(RULES)}'


def _rule_named(name: str) -> Rule:
    """Return a rule for pickle; a process that lacks the rule has not imported its module."""
    try:
        return RULES[name]
    except KeyError:
        raise UnknownRuleError(name) from None


_RULES: Final[dict[str, Rule]] = {}

RULES: Final[Mapping[str, Rule]] = MappingProxyType(_RULES)
"""All rules by name, in the order in which they were registered: ours first."""


def rule(
    name: str, severity: Severity, summary: str, *, needs_all: bool = False, docs: str = ""
) -> Callable[[Check], Rule]:
    """Return a decorator that makes a rule of a function and registers the rule.

    The function takes a `Context` and yields findings, which `make_finding` makes. The decorated
    name is the `Rule`.

    Arguments:
        name: the name of the rule: lower-case words and digits, joined by hyphens.
        severity: how bad each finding of the rule is.
        summary: what the rule finds, in one sentence without a full stop.
        needs_all: whether the rule concludes something from what the input does not contain; see
            `Rule.needs_all`.
        docs: where the rule is explained: a file with an anchor, or a URL; empty for nowhere.

    Returns:
        the decorator.

    Raises:
        ValueError: the name is not of lower-case letters, digits and hyphens; or, from the
            decorator, another rule has the name.
        TypeError: the name is not a string.

    Complexity: O(1).

    >>> from labelsel.lint import RULES, Severity, rule
    >>> @rule("illegal-label", Severity.ERROR, "A label is not in our list")
    ... def illegal_label(context):
    ...     yield from ()
    Traceback (most recent call last):
    ValueError: a rule named 'illegal-label' exists already: choose another name
    """
    if _NAME.fullmatch(require_type(str, name)) is None:
        message = f"a rule's name must be lower-case words joined by '-', not {name!r}"
        raise ValueError(message)

    def register(check: Check) -> Rule:
        if name in _RULES:
            message = f"a rule named {name!r} exists already: choose another name"
            raise ValueError(message)
        _RULES[name] = made = Rule(name, severity, summary, check, needs_all, docs)
        return made

    return register


def parse_rule_names(texts: Iterable[str]) -> frozenset[str]:
    """Return the rule names in some texts, each of which is a name or a comma list of names.

    Arguments:
        texts: the texts; blanks around a name do not count.

    Returns:
        the names, each once.

    Raises:
        UnknownRuleError: no rule has a name.
        TypeError: the texts are not several strings.

    Complexity: O(n) for n names.

    >>> from labelsel.lint import parse_rule_names
    >>> sorted(parse_rule_names(["key-typo,illegal-label", "key-typo"]))
    ['illegal-label', 'key-typo']
    """
    several = require_each(str, texts, "write the names as a list, ['key-typo']")
    names = [name.strip() for text in several for name in text.split(",")]
    for name in names:
        if name not in RULES:
            raise UnknownRuleError(name)
    return frozenset(names)
