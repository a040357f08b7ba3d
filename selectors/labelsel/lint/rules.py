"""The rules: what each is called, how bad it is, and what it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from labelsel.errors import escaped
from labelsel.typos import did_you_mean, nearest

__all__ = [
    "ILLEGAL_ANNOTATION",
    "ILLEGAL_LABEL",
    "ILLEGAL_SELECTOR",
    "KEY_SLIP",
    "NEVER_MATCHES",
    "NULL_VALUE",
    "RULES",
    "SELECTS_NOTHING",
    "SELECTS_TOO_MUCH",
    "TEMPLATE_NOT_SELECTED",
    "WORKLOADS_OVERLAP",
    "Rule",
    "Severity",
    "UnknownRuleError",
    "rules_named",
]


class Severity(StrEnum):
    """How bad a finding is: an error does not work, a warning is most likely not meant.

    A note may be nothing: not all of the input could be read.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong.

    Attributes:
        id: its name, which stays what it is from version to version.
        severity: how bad each finding of it is.
        summary: what it finds, in one sentence without a full stop.
        needs_all: whether it concludes from what the input does not have. Its findings are notes
            where a part of the input could not be read.
    """

    id: str
    severity: Severity
    summary: str
    needs_all: bool = False


class UnknownRuleError(ValueError):
    """A word names no rule.

    Attributes:
        word: the word.
    """

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word

    def __str__(self) -> str:
        meant = did_you_mean(nearest(self.word, RULES))
        return f'"{escaped(self.word)}" is no rule{meant}\n  rules: {", ".join(RULES)}'


SELECTS_NOTHING: Final = Rule(
    "selects-nothing",
    Severity.ERROR,
    "A Service, NetworkPolicy, PodDisruptionBudget or monitor selects nothing in the input",
    needs_all=True,
)
SELECTS_TOO_MUCH: Final = Rule(
    "selects-too-much",
    Severity.WARNING,
    "A selector selects more than the pods or Services of its own app",
)
WORKLOADS_OVERLAP: Final = Rule(
    "workloads-overlap",
    Severity.ERROR,
    "A workload's selector selects the pods of another workload: they fight over these pods",
)
TEMPLATE_NOT_SELECTED: Final = Rule(
    "template-not-selected",
    Severity.ERROR,
    "A workload's selector does not select the pods of its own template",
)
ILLEGAL_LABEL: Final = Rule(
    "illegal-label",
    Severity.ERROR,
    "A label has a key or a value that the API server refuses",
)
ILLEGAL_ANNOTATION: Final = Rule(
    "illegal-annotation",
    Severity.ERROR,
    "An annotation has a key or a value that the API server refuses, or all are too large",
)
ILLEGAL_SELECTOR: Final = Rule(
    "illegal-selector",
    Severity.ERROR,
    "A selector is one that the API server refuses",
)
NULL_VALUE: Final = Rule(
    "null-value",
    Severity.WARNING,
    "A label, an annotation or a label to select is null, which Kubernetes reads as empty",
)
NEVER_MATCHES: Final = Rule(
    "never-matches",
    Severity.WARNING,
    "A term for nodes is one that the API server accepts, and that no node can meet",
)
KEY_SLIP: Final = Rule(
    "key-slip",
    Severity.WARNING,
    "A key is one typing slip away from a common one",
)

RULES: Final[dict[str, Rule]] = {
    rule.id: rule
    for rule in (
        SELECTS_NOTHING,
        SELECTS_TOO_MUCH,
        WORKLOADS_OVERLAP,
        TEMPLATE_NOT_SELECTED,
        ILLEGAL_LABEL,
        ILLEGAL_ANNOTATION,
        ILLEGAL_SELECTOR,
        NULL_VALUE,
        NEVER_MATCHES,
        KEY_SLIP,
    )
}
"""All rules, by name."""


def rules_named(words: Iterable[str]) -> frozenset[str]:
    """The names of rules in words, of which each is one or a comma list of them.

    Raises:
        UnknownRuleError: a word is no rule.

    >>> sorted(rules_named(["key-slip,illegal-label", "key-slip"]))
    ['illegal-label', 'key-slip']
    """
    named = [word.strip() for words_ in words for word in words_.split(",")]
    for word in named:
        if word not in RULES:
            raise UnknownRuleError(word)
    return frozenset(named)
