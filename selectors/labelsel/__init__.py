"""Kubernetes label selectors for Python: parse them, match with them, index for them.

>>> import labelsel
>>> selector = labelsel.parse("app=web,tier in (frontend,cache),!debug")
>>> selector.matches({"app": "web", "tier": "cache"})
True
>>> str(selector)
'app=web,!debug,tier in (cache,frontend)'
"""

from __future__ import annotations

from importlib import import_module

# What type checkers know by this name; importing it from typing takes 2 ms.
TYPE_CHECKING = False

if TYPE_CHECKING:
    __version__: str

    from labelsel.core import CoreInfo as CoreInfo
    from labelsel.core import core_info as core_info
    from labelsel.errors import IndexFileError as IndexFileError
    from labelsel.errors import InvalidLabelError as InvalidLabelError
    from labelsel.errors import InvalidObjectError as InvalidObjectError
    from labelsel.errors import LabelselError as LabelselError
    from labelsel.errors import Problem as Problem
    from labelsel.errors import SelectorError as SelectorError
    from labelsel.errors import SelectorLimitError as SelectorLimitError
    from labelsel.errors import SelectorSyntaxError as SelectorSyntaxError
    from labelsel.errors import TranslationError as TranslationError
    from labelsel.explain import Reason as Reason
    from labelsel.explain import Why as Why
    from labelsel.index import Exchange as Exchange
    from labelsel.index import LabelIndex as LabelIndex
    from labelsel.index import Plan as Plan
    from labelsel.index import Query as Query
    from labelsel.index import Selection as Selection
    from labelsel.index import Stats as Stats
    from labelsel.integrations.argparse_type import argparse_type as argparse_type
    from labelsel.labels import validate_annotations as validate_annotations
    from labelsel.labels import validate_key as validate_key
    from labelsel.labels import validate_labels as validate_labels
    from labelsel.labels import validate_value as validate_value
    from labelsel.languages import clear_cache as clear_cache
    from labelsel.languages import parse as parse
    from labelsel.languages import parse_expression as parse_expression
    from labelsel.languages import parse_fields as parse_fields
    from labelsel.languages import parse_matchers as parse_matchers
    from labelsel.languages import to_expression as to_expression
    from labelsel.languages import to_kubernetes as to_kubernetes
    from labelsel.live import Change as Change
    from labelsel.live import LiveIndex as LiveIndex
    from labelsel.live import Pairs as Pairs
    from labelsel.live import SelectorIndex as SelectorIndex
    from labelsel.objects import from_label_selector as from_label_selector
    from labelsel.objects import from_labels as from_labels
    from labelsel.objects import from_node_selector as from_node_selector
    from labelsel.objects import node_labels as node_labels
    from labelsel.objects import to_label_selector as to_label_selector
    from labelsel.objects import to_node_selector as to_node_selector
    from labelsel.predicate import compile_predicate as compile_predicate
    from labelsel.reasoning import Answer as Answer
    from labelsel.reasoning import implies as implies
    from labelsel.reasoning import is_disjoint as is_disjoint
    from labelsel.reasoning import is_equivalent as is_equivalent
    from labelsel.reasoning import is_satisfiable as is_satisfiable
    from labelsel.reasoning import overlaps as overlaps
    from labelsel.reasoning import simplify as simplify
    from labelsel.requirements import Contains as Contains
    from labelsel.requirements import DoesNotExist as DoesNotExist
    from labelsel.requirements import EndsWith as EndsWith
    from labelsel.requirements import Equals as Equals
    from labelsel.requirements import Exists as Exists
    from labelsel.requirements import FieldEquals as FieldEquals
    from labelsel.requirements import FieldNotEquals as FieldNotEquals
    from labelsel.requirements import GreaterThan as GreaterThan
    from labelsel.requirements import In as In
    from labelsel.requirements import LessThan as LessThan
    from labelsel.requirements import Matches as Matches
    from labelsel.requirements import NotEquals as NotEquals
    from labelsel.requirements import NotIn as NotIn
    from labelsel.requirements import StartsWith as StartsWith
    from labelsel.selector import And as And
    from labelsel.selector import Everything as Everything
    from labelsel.selector import Everywhere as Everywhere
    from labelsel.selector import Not as Not
    from labelsel.selector import Nothing as Nothing
    from labelsel.selector import Or as Or
    from labelsel.selector import Requirement as Requirement
    from labelsel.selector import Selector as Selector
    from labelsel.selector import all_of as all_of
    from labelsel.selector import any_of as any_of

_MODULES = {
    "labelsel.core": "CoreInfo core_info",
    "labelsel.errors": (
        "IndexFileError InvalidLabelError InvalidObjectError LabelselError Problem SelectorError "
        "SelectorLimitError SelectorSyntaxError TranslationError"
    ),
    "labelsel.explain": "Reason Why",
    "labelsel.index": "Exchange LabelIndex Plan Query Selection Stats",
    "labelsel.integrations.argparse_type": "argparse_type",
    "labelsel.labels": "validate_annotations validate_key validate_labels validate_value",
    "labelsel.languages": (
        "clear_cache parse parse_expression parse_fields parse_matchers to_expression to_kubernetes"
    ),
    "labelsel.live": "Change LiveIndex Pairs SelectorIndex",
    "labelsel.objects": (
        "from_label_selector from_labels from_node_selector node_labels "
        "to_label_selector to_node_selector"
    ),
    "labelsel.predicate": "compile_predicate",
    "labelsel.reasoning": (
        "Answer implies is_disjoint is_equivalent is_satisfiable overlaps simplify"
    ),
    "labelsel.requirements": (
        "Contains DoesNotExist EndsWith Equals Exists FieldEquals FieldNotEquals GreaterThan "
        "In LessThan Matches NotEquals NotIn StartsWith"
    ),
    "labelsel.selector": (
        "And Everything Everywhere Not Nothing Or Requirement Selector all_of any_of"
    ),
}
#: The module of each public name. A name is imported when it is first used (PEP 562), so that
#: a program pays only for what it uses: `parse` loads no numpy.
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted([*_MODULE_OF, "__version__"])  # noqa: PLE0605  # a list: type checkers read the imports above


# Hidden from type checkers, to which every name would exist.
if not TYPE_CHECKING:  # pragma: no branch  # false for type checkers only

    def __getattr__(name: str) -> object:
        module = _MODULE_OF.get(name)
        if name == "__version__":
            # Takes 30 ms to import, half of it for the parser of e-mail.
            from importlib.metadata import version  # noqa: PLC0415  # see above

            value: object = version("labelsel")
        elif module is not None:
            value = getattr(import_module(module), name)
        else:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
