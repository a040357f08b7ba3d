"""What goes wrong with labels in real manifests: rules, and what they find.

rules.py has the table of rules. scene.py reads what objects select and what can be selected;
targets.py, workloads.py, legality.py and keys.py look at it, a family of rules each; near.py
and elsewhere.py know what was perhaps meant, and what no manifest shows. check.py runs all of
them, and sarif.py and github.py say what they found to other programs.
"""

from __future__ import annotations

from labelsel.lint.finding import Finding
from labelsel.lint.rules import (
    RULES,
    Rule,
    Severity,
    UnknownRuleError,
    rules_named,
)
from labelsel.lint.runner import lint

__all__ = [
    "RULES",
    "Finding",
    "Rule",
    "Severity",
    "UnknownRuleError",
    "lint",
    "rules_named",
]
