"""The rules of labelsel, one file each: the file's name is the rule's name.

To add a rule, add a file here: every module of this folder is imported, and its decorator
`labelsel.lint.rule` registers it. null_value.py is a short one to read first. A rule from
outside needs no place here: importing the module that defines it is enough.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

__all__ = ["load_rules"]

#: The order of the rules in the help, and of their findings on one line: what a selector
#: selects, then what the API server refuses, then what is suspicious. Others follow by name.
_ORDER: Final = [
    "selects_nothing",
    "peer_selects_nothing",
    "selects_no_namespace",
    "monitor_not_selected",
    "selects_other_app",
    "selects_too_much",
    "workloads_overlap",
    "budgets_overlap",
    "template_not_selected",
    "misses_own_pods",
    "illegal_label",
    "illegal_annotation",
    "illegal_selector",
    "illegal_toleration",
    "illegal_topology",
    "misspelled_field",
    "null_value",
    "never_matches",
    "key_typo",
]


def load_rules() -> None:
    """Import every module of this folder; each registers its rule.

    >>> from labelsel.lint import RULES
    >>> load_rules()
    >>> "null-value" in RULES
    True
    """
    names = sorted(module.name for module in iter_modules(__path__))
    for name in sorted(names, key=lambda name: [*_ORDER, name].index(name)):
        import_module(f"{__name__}.{name}")
