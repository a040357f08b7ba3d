"""Kubernetes label selectors for Python: parse them, match with them, index for them.

>>> import labelsel
>>> selector = labelsel.parse("app=web,tier in (frontend,cache),!debug")
>>> selector.matches({"app": "web", "tier": "cache"})
True
>>> str(selector)
'app=web,!debug,tier in (cache,frontend)'
"""

from labelsel.errors import (
    IndexFileError,
    InvalidLabelError,
    InvalidObjectError,
    Problem,
    SelectorError,
    SelectorLimitError,
    SelectorSyntaxError,
    TranslationError,
)
from labelsel.index import LabelIndex, Plan, Query, Selection, Stats
from labelsel.labels import validate_annotations, validate_key, validate_labels, validate_value
from labelsel.live import Change, LiveIndex, Pairs, SelectorIndex
from labelsel.objects import from_label_selector, from_node_selector, node_labels
from labelsel.parse import clear_cache, parse, parse_expression, parse_fields, parse_matchers
from labelsel.predicate import compile_predicate
from labelsel.reasoning import (
    Answer,
    implies,
    is_disjoint,
    is_equivalent,
    is_satisfiable,
    overlaps,
    simplify,
)
from labelsel.requirements import (
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LessThan,
    Matches,
    NotEquals,
    NotIn,
    StartsWith,
)
from labelsel.selector import (
    And,
    Everything,
    Everywhere,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    all_of,
    any_of,
)
from labelsel.translate import (
    to_expression,
    to_kubernetes,
    to_label_selector,
    to_node_selector,
)
from labelsel.why import Reason, Why

__all__ = [
    "And",
    "Answer",
    "Change",
    "Contains",
    "DoesNotExist",
    "EndsWith",
    "Equals",
    "Everything",
    "Everywhere",
    "Exists",
    "FieldEquals",
    "FieldNotEquals",
    "GreaterThan",
    "In",
    "IndexFileError",
    "InvalidLabelError",
    "InvalidObjectError",
    "LabelIndex",
    "LessThan",
    "LiveIndex",
    "Matches",
    "Not",
    "NotEquals",
    "NotIn",
    "Nothing",
    "Or",
    "Pairs",
    "Plan",
    "Problem",
    "Query",
    "Reason",
    "Requirement",
    "Selection",
    "Selector",
    "SelectorError",
    "SelectorIndex",
    "SelectorLimitError",
    "SelectorSyntaxError",
    "StartsWith",
    "Stats",
    "TranslationError",
    "Why",
    "all_of",
    "any_of",
    "clear_cache",
    "compile_predicate",
    "from_label_selector",
    "from_node_selector",
    "implies",
    "is_disjoint",
    "is_equivalent",
    "is_satisfiable",
    "node_labels",
    "overlaps",
    "parse",
    "parse_expression",
    "parse_fields",
    "parse_matchers",
    "simplify",
    "to_expression",
    "to_kubernetes",
    "to_label_selector",
    "to_node_selector",
    "validate_annotations",
    "validate_key",
    "validate_labels",
    "validate_value",
]
