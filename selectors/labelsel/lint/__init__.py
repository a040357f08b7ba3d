"""What goes wrong with labels in real manifests: rules, and what they find.

Open registry.py first: what a rule is, and how one is added. The folder rules/ has one file for
each rule. context.py reads, once for all rules, what the objects select and what can be
selected. runner.py runs the rules. formats/ writes findings for other programs.
"""

from __future__ import annotations

from labelsel.kubernetes.model.yaml_extra import needs_yaml

# Fixes are edits of YAML: the error without PyYAML says what to install.
with needs_yaml():
    from labelsel.lint.context import Context, Workload
    from labelsel.lint.finding import Finding, FindingKey, Suppression, make_finding
    from labelsel.lint.registry import (
        RULES,
        Rule,
        Severity,
        UnknownRuleError,
        parse_rule_names,
        rule,
    )
    from labelsel.lint.rules import load_rules
    from labelsel.lint.runner import lint_objects
    from labelsel.lint.target_group import TargetGroup

    load_rules()

__all__ = [
    "RULES",
    "Context",
    "Finding",
    "FindingKey",
    "Rule",
    "Severity",
    "Suppression",
    "TargetGroup",
    "UnknownRuleError",
    "Workload",
    "lint_objects",
    "make_finding",
    "parse_rule_names",
    "rule",
]
